// The one place where an error becomes an alert: (error code, version family) -> AlertDescription
// (RFC 9846 §6.2; RFC 5246 §7.2.2; RFC 6101 §5.4.2 for SSL 3.0, which knows few). Who sends it stands elsewhere.

import { AlertDescription as A } from '../registry/alerts.ts';
import type { VersionFamily } from '../registry/protocol_versions.ts';
import type { ErrorCode } from './errors.ts';

/** Alerts by family; null: the connection ends without one. TLS 1.0 and 1.1 share the column of 1.2. */
type Row = readonly [tls13: number | null, tls12: number | null, ssl30: number | null];

// Rows that many codes share.
const silent: Row = [null, null, null];
const internal: Row = [A.internal_error, A.internal_error, A.handshake_failure];
const unexpected: Row = [A.unexpected_message, A.unexpected_message, A.unexpected_message];
const decode: Row = [A.decode_error, A.decode_error, A.illegal_parameter];
const illegal: Row = [A.illegal_parameter, A.illegal_parameter, A.illegal_parameter];
const failure: Row = [A.handshake_failure, A.handshake_failure, A.handshake_failure];
const notAuthentic: Row = [A.decrypt_error, A.decrypt_error, A.handshake_failure];
const insecure: Row = [A.insufficient_security, A.insufficient_security, A.handshake_failure];
const badCertificate: Row = [A.bad_certificate, A.bad_certificate, A.bad_certificate];
const unsupported: Row = [A.unsupported_certificate, A.unsupported_certificate, A.unsupported_certificate];
const unknownCertificate: Row = [A.certificate_unknown, A.certificate_unknown, A.certificate_unknown];
const unknownCa: Row = [A.unknown_ca, A.unknown_ca, A.certificate_unknown];
const expired: Row = [A.certificate_expired, A.certificate_expired, A.certificate_expired];
const badStatus: Row = [A.bad_certificate_status_response, A.bad_certificate_status_response, A.certificate_unknown];

const rows: Readonly<Record<ErrorCode, Row>> = {
  // Misuse of the API: if it happens inside a connection it is our fault, not the peer's.
  ERR_INVALID_ARGUMENT: internal,
  ERR_UNSUPPORTED_OPTION: internal,
  ERR_INVALID_STATE: internal,
  ERR_BAD_LENGTH: internal,
  ERR_OVERLAPPING_BUFFERS: internal,
  ERR_STALE_HANDLE: internal,
  ERR_FOREIGN_HANDLE: internal,
  ERR_OUT_OF_MEMORY: internal,
  ERR_UNSUPPORTED_ALGORITHM: internal,
  // Cryptography
  ERR_DECRYPTION_FAILED: [A.bad_record_mac, A.bad_record_mac, A.bad_record_mac],
  ERR_RECORD_OVERFLOW: [A.record_overflow, A.record_overflow, A.illegal_parameter],
  ERR_SEQUENCE_EXHAUSTED: internal,
  ERR_INVALID_PUBLIC_KEY: illegal,
  ERR_INVALID_PRIVATE_KEY: internal,
  ERR_INVALID_CIPHERTEXT: illegal,
  ERR_INVALID_SIGNATURE: notAuthentic,
  ERR_WEAK_KEY: insecure,
  ERR_FAULT_DETECTED: internal,
  // The protocol
  ERR_DECODE_ERROR: decode,
  ERR_ILLEGAL_PARAMETER: illegal,
  ERR_UNEXPECTED_MESSAGE: unexpected,
  // RFC 9846 §9.2; TLS 1.2 has no such alert.
  ERR_MISSING_EXTENSION: [A.missing_extension, A.handshake_failure, A.handshake_failure],
  ERR_UNSUPPORTED_EXTENSION: [A.unsupported_extension, A.unsupported_extension, A.handshake_failure],
  ERR_BAD_RECORD_VERSION: [A.protocol_version, A.protocol_version, A.handshake_failure],
  // A length field that promises more than the message can have.
  ERR_MESSAGE_TOO_LARGE: decode,
  // Floods: as OpenSSL and BoringSSL answer them.
  ERR_TOO_MANY_RECORDS: unexpected,
  ERR_TOO_MANY_WARNINGS: unexpected,
  ERR_TOO_MANY_KEY_UPDATES: unexpected,
  ERR_TOO_MANY_CERTIFICATE_REQUESTS: unexpected,
  ERR_TOO_MUCH_WORK: unexpected,
  // This side has enough to do: nothing the peer did is wrong.
  ERR_TOO_MANY_HANDSHAKES: silent,
  // RFC 9846 §4.2.10.
  ERR_TOO_MUCH_EARLY_DATA: unexpected,
  // RFC 9846 §5.1.
  ERR_KEY_CHANGE_INSIDE_MESSAGE: unexpected,
  ERR_BAD_FINISHED: notAuthentic,
  ERR_BAD_BINDER: notAuthentic,
  ERR_UNKNOWN_PSK_IDENTITY: [A.unknown_psk_identity, A.unknown_psk_identity, A.handshake_failure],
  // RFC 9846 §4.1.3.
  ERR_DOWNGRADE_DETECTED: illegal,
  // RFC 7507 §3, for every version.
  ERR_INAPPROPRIATE_FALLBACK: [A.inappropriate_fallback, A.inappropriate_fallback, A.inappropriate_fallback],
  // RFC 9846 §4.1.2 and RFC 5746 §4.2.
  ERR_RENEGOTIATION_REFUSED: [A.unexpected_message, A.handshake_failure, A.handshake_failure],
  // RFC 5746 §3.4, §3.6.
  ERR_BAD_RENEGOTIATION_INFO: failure,
  ERR_ECH_REQUIRED: [A.ech_required, A.handshake_failure, A.handshake_failure],
  // Negotiation
  ERR_NO_SHARED_VERSION: [A.protocol_version, A.protocol_version, A.handshake_failure],
  ERR_NO_SHARED_CIPHER_SUITE: failure,
  ERR_NO_SHARED_GROUP: failure,
  ERR_NO_SHARED_SIGNATURE_SCHEME: failure,
  ERR_NO_APPLICATION_PROTOCOL: [A.no_application_protocol, A.no_application_protocol, A.handshake_failure],
  ERR_UNRECOGNIZED_NAME: [A.unrecognized_name, A.unrecognized_name, A.handshake_failure],
  ERR_INSUFFICIENT_SECURITY: insecure,
  // Authentication of the peer. RFC 9846 §4.4.2.4; RFC 5246 §7.4.6.
  ERR_CERTIFICATE_REQUIRED: [A.certificate_required, A.handshake_failure, A.handshake_failure],
  ERR_BAD_CERTIFICATE: badCertificate,
  ERR_UNSUPPORTED_CERTIFICATE: unsupported,
  ERR_BAD_CERTIFICATE_STATUS: badStatus,
  ERR_ACCESS_DENIED: [A.access_denied, A.access_denied, A.handshake_failure],
  // The life of a connection: the peer is gone, or has said its last word.
  ERR_ALERT_RECEIVED: silent,
  ERR_TRUNCATED: silent,
  ERR_CONNECTION_CLOSED: silent,
  ERR_HANDSHAKE_TIMEOUT: silent,
  ERR_TOO_MUCH_INPUT: internal,
  ERR_HOOK_FAILED: internal,
  ERR_INTERNAL: internal,
  // Keys in files, which are read before there is a connection.
  ERR_WRONG_PASSWORD: internal,
  ERR_COST_LIMIT: internal,
  // Certificates
  ERR_MALFORMED_DER: badCertificate,
  ERR_MALFORMED_PEM: badCertificate,
  ERR_CERT_MALFORMED: badCertificate,
  ERR_CERT_NO_TRUST_ANCHORS: unknownCa,
  ERR_CERT_UNKNOWN_ISSUER: unknownCa,
  ERR_CERT_SIGNATURE: badCertificate,
  ERR_CERT_EXPIRED: expired,
  // RFC 9846 §6.2: "expired or is not currently valid".
  ERR_CERT_NOT_YET_VALID: expired,
  ERR_CERT_NAME_MISMATCH: badCertificate,
  ERR_CERT_CONSTRAINT: badCertificate,
  ERR_CERT_PURPOSE: unsupported,
  ERR_CERT_WEAK: badCertificate,
  ERR_CERT_UNSUPPORTED_ALGORITHM: unsupported,
  ERR_CERT_UNKNOWN_CRITICAL_EXTENSION: unsupported,
  ERR_CERT_PROFILE: badCertificate,
  ERR_CERT_POLICY: unknownCertificate,
  ERR_CERT_BUDGET: unknownCertificate,
  ERR_CERT_REVOKED: [A.certificate_revoked, A.certificate_revoked, A.certificate_revoked],
  ERR_CERT_REVOCATION_UNKNOWN: unknownCertificate,
  ERR_CERT_STAPLE_REQUIRED: badStatus,
  ERR_CERT_TRANSPARENCY: unknownCertificate,
};

/**
 * The fatal alert for an error, or null if the connection ends without one.
 * @param family of the version in use; before one is agreed on, the highest this side speaks
 */
export function alertOfError(code: ErrorCode, family: VersionFamily): number | null {
  const [tls13, tls12, ssl30] = rows[code] ?? internal;
  return family === '1.3' ? tls13 : family === '1.2' ? tls12 : ssl30;
}
