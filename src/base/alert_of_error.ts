// The one place where an error becomes an alert: (error code, version family) -> AlertDescription
// (RFC 9846 §6.2; RFC 5246 §7.2.2; RFC 6101 §5.4.2 for SSL 3.0, which knows few). Who sends it stands elsewhere.

import { AlertDescription as A } from '../registry/alerts.ts';
import type { VersionFamily } from '../registry/protocol_versions.ts';
import type { ErrorCode } from './errors.ts';
import { OLDER } from './variant.ts';

/** Null: the connection ends without one. */
type Alert = number | null;

/** The alerts of TLS 1.3, and of older versions as far as they have them. */
const alerts: Readonly<Record<ErrorCode, Alert>> = {
  // Misuse of the API: if it happens inside a connection it is our fault, not the peer's.
  ERR_INVALID_ARGUMENT: A.internal_error,
  ERR_UNSUPPORTED_OPTION: A.internal_error,
  ERR_INVALID_STATE: A.internal_error,
  ERR_BAD_LENGTH: A.internal_error,
  ERR_OVERLAPPING_BUFFERS: A.internal_error,
  ERR_STALE_HANDLE: A.internal_error,
  ERR_FOREIGN_HANDLE: A.internal_error,
  ERR_OUT_OF_MEMORY: A.internal_error,
  ERR_UNSUPPORTED_ALGORITHM: A.internal_error,
  // Cryptography
  ERR_DECRYPTION_FAILED: A.bad_record_mac,
  ERR_RECORD_OVERFLOW: A.record_overflow,
  ERR_SEQUENCE_EXHAUSTED: A.internal_error,
  ERR_INVALID_PUBLIC_KEY: A.illegal_parameter,
  ERR_INVALID_PRIVATE_KEY: A.internal_error,
  ERR_INVALID_CIPHERTEXT: A.illegal_parameter,
  ERR_INVALID_SIGNATURE: A.decrypt_error,
  ERR_WEAK_KEY: A.insufficient_security,
  ERR_FAULT_DETECTED: A.internal_error,
  // The protocol
  ERR_DECODE_ERROR: A.decode_error,
  ERR_ILLEGAL_PARAMETER: A.illegal_parameter,
  ERR_UNEXPECTED_MESSAGE: A.unexpected_message,
  // RFC 9846 §9.2.
  ERR_MISSING_EXTENSION: A.missing_extension,
  ERR_UNSUPPORTED_EXTENSION: A.unsupported_extension,
  ERR_BAD_RECORD_VERSION: A.protocol_version,
  // A length field that promises more than the message can have.
  ERR_MESSAGE_TOO_LARGE: A.decode_error,
  // Floods: as OpenSSL and BoringSSL answer them.
  ERR_TOO_MANY_RECORDS: A.unexpected_message,
  ERR_TOO_MANY_WARNINGS: A.unexpected_message,
  ERR_TOO_MANY_KEY_UPDATES: A.unexpected_message,
  ERR_TOO_MANY_CERTIFICATE_REQUESTS: A.unexpected_message,
  ERR_TOO_MUCH_WORK: A.unexpected_message,
  // This side has enough to do: nothing the peer did is wrong.
  ERR_TOO_MANY_HANDSHAKES: null,
  // RFC 9846 §4.2.10.
  ERR_TOO_MUCH_EARLY_DATA: A.unexpected_message,
  // RFC 9846 §5.1.
  ERR_KEY_CHANGE_INSIDE_MESSAGE: A.unexpected_message,
  ERR_BAD_FINISHED: A.decrypt_error,
  ERR_BAD_BINDER: A.decrypt_error,
  ERR_UNKNOWN_PSK_IDENTITY: A.unknown_psk_identity,
  // RFC 9846 §4.1.3.
  ERR_DOWNGRADE_DETECTED: A.illegal_parameter,
  // RFC 7507 §3, for every version.
  ERR_INAPPROPRIATE_FALLBACK: A.inappropriate_fallback,
  // RFC 9846 §4.1.2 and RFC 5746 §4.2.
  ERR_RENEGOTIATION_REFUSED: A.unexpected_message,
  // RFC 5746 §3.4, §3.6.
  ERR_BAD_RENEGOTIATION_INFO: A.handshake_failure,
  ERR_ECH_REQUIRED: A.ech_required,
  // Negotiation
  ERR_NO_SHARED_VERSION: A.protocol_version,
  ERR_NO_SHARED_CIPHER_SUITE: A.handshake_failure,
  ERR_NO_SHARED_GROUP: A.handshake_failure,
  ERR_NO_SHARED_SIGNATURE_SCHEME: A.handshake_failure,
  ERR_NO_APPLICATION_PROTOCOL: A.no_application_protocol,
  ERR_UNRECOGNIZED_NAME: A.unrecognized_name,
  ERR_INSUFFICIENT_SECURITY: A.insufficient_security,
  // Authentication of the peer. RFC 9846 §4.4.2.4; RFC 5246 §7.4.6.
  ERR_CERTIFICATE_REQUIRED: A.certificate_required,
  ERR_BAD_CERTIFICATE: A.bad_certificate,
  ERR_UNSUPPORTED_CERTIFICATE: A.unsupported_certificate,
  ERR_BAD_CERTIFICATE_STATUS: A.bad_certificate_status_response,
  ERR_ACCESS_DENIED: A.access_denied,
  // The life of a connection: the peer is gone, or has said its last word.
  ERR_ALERT_RECEIVED: null,
  ERR_TRUNCATED: null,
  ERR_CONNECTION_CLOSED: null,
  ERR_HANDSHAKE_TIMEOUT: null,
  ERR_TOO_MUCH_INPUT: A.internal_error,
  ERR_HOOK_FAILED: A.internal_error,
  ERR_INTERNAL: A.internal_error,
  // The way to the peer is gone.
  ERR_BRIDGE_REFUSED: null,
  ERR_BRIDGE_LIMIT: null,
  ERR_TARGET_UNREACHABLE: null,
  // Keys in files, which are read before there is a connection.
  ERR_WRONG_PASSWORD: A.internal_error,
  ERR_COST_LIMIT: A.internal_error,
  // Certificates
  ERR_MALFORMED_DER: A.bad_certificate,
  ERR_MALFORMED_PEM: A.bad_certificate,
  ERR_CERT_MALFORMED: A.bad_certificate,
  ERR_CERT_NO_TRUST_ANCHORS: A.unknown_ca,
  ERR_CERT_UNKNOWN_ISSUER: A.unknown_ca,
  ERR_CERT_SIGNATURE: A.bad_certificate,
  ERR_CERT_EXPIRED: A.certificate_expired,
  // RFC 9846 §6.2: "expired or is not currently valid".
  ERR_CERT_NOT_YET_VALID: A.certificate_expired,
  ERR_CERT_NAME_MISMATCH: A.bad_certificate,
  ERR_CERT_CONSTRAINT: A.bad_certificate,
  ERR_CERT_PURPOSE: A.unsupported_certificate,
  ERR_CERT_WEAK: A.bad_certificate,
  ERR_CERT_UNSUPPORTED_ALGORITHM: A.unsupported_certificate,
  ERR_CERT_UNKNOWN_CRITICAL_EXTENSION: A.unsupported_certificate,
  ERR_CERT_PROFILE: A.bad_certificate,
  ERR_CERT_POLICY: A.certificate_unknown,
  ERR_CERT_BUDGET: A.certificate_unknown,
  ERR_CERT_REVOKED: A.certificate_revoked,
  ERR_CERT_REVOCATION_UNKNOWN: A.certificate_unknown,
  ERR_CERT_STAPLE_REQUIRED: A.bad_certificate_status_response,
  ERR_CERT_TRANSPARENCY: A.certificate_unknown,
};

/** What TLS 1.2 says in the place of alerts that came with TLS 1.3; TLS 1.0 and 1.1 share its alerts. */
const since13: ReadonlySet<Alert> = new Set([A.missing_extension, A.certificate_required, A.ech_required]);

/** The alert of RFC 6101 §5.4.2 that stands for one that SSL 3.0 does not have. */
function ssl3Alert(alert: Alert): Alert {
  switch (alert) {
    case null:
    case A.unexpected_message:
    case A.bad_record_mac:
    case A.illegal_parameter:
    case A.bad_certificate:
    case A.unsupported_certificate:
    case A.certificate_revoked:
    case A.certificate_expired:
    case A.certificate_unknown:
    // RFC 7507 §3 has it for every version.
    case A.inappropriate_fallback:
      return alert;
    case A.decode_error:
    case A.record_overflow:
      return A.illegal_parameter;
    case A.unknown_ca:
    case A.bad_certificate_status_response:
      return A.certificate_unknown;
    default:
      return A.handshake_failure;
  }
}

/**
 * The fatal alert for an error, or null if the connection ends without one.
 * @param family of the version in use; before one is agreed on, the highest this side speaks
 */
export function alertOfError(code: ErrorCode, family: VersionFamily): number | null {
  const alert = alerts[code] === undefined ? A.internal_error : alerts[code];
  if (!OLDER || family === '1.3') return alert;
  // RFC 5746 §4.2: TLS 1.2 has a way to refuse, TLS 1.3 no renegotiation at all.
  if (since13.has(alert) || code === 'ERR_RENEGOTIATION_REFUSED') return A.handshake_failure;
  return family === '1.2' ? alert : ssl3Alert(alert);
}
