// The (code, version family) -> alert table, row by row, against what the RFCs say.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { alertOfError } from '../../src/base/alert_of_error.ts';
import { type ErrorCode, errorCodes } from '../../src/base/errors.ts';
import { AlertDescription, alertName } from '../../src/registry/alerts.ts';

/** Code, then the alert in TLS 1.3, TLS 1.2 and SSL 3.0; "-" for an end without an alert. */
const expected: Record<ErrorCode, string> = {
  ERR_INVALID_ARGUMENT: 'internal_error internal_error handshake_failure',
  ERR_UNSUPPORTED_OPTION: 'internal_error internal_error handshake_failure',
  ERR_INVALID_STATE: 'internal_error internal_error handshake_failure',
  ERR_BAD_LENGTH: 'internal_error internal_error handshake_failure',
  ERR_OVERLAPPING_BUFFERS: 'internal_error internal_error handshake_failure',
  ERR_STALE_HANDLE: 'internal_error internal_error handshake_failure',
  ERR_FOREIGN_HANDLE: 'internal_error internal_error handshake_failure',
  ERR_OUT_OF_MEMORY: 'internal_error internal_error handshake_failure',
  ERR_UNSUPPORTED_ALGORITHM: 'internal_error internal_error handshake_failure',
  ERR_DECRYPTION_FAILED: 'bad_record_mac bad_record_mac bad_record_mac',
  ERR_RECORD_OVERFLOW: 'record_overflow record_overflow illegal_parameter',
  ERR_SEQUENCE_EXHAUSTED: 'internal_error internal_error handshake_failure',
  ERR_INVALID_PUBLIC_KEY: 'illegal_parameter illegal_parameter illegal_parameter',
  ERR_INVALID_PRIVATE_KEY: 'internal_error internal_error handshake_failure',
  ERR_INVALID_CIPHERTEXT: 'illegal_parameter illegal_parameter illegal_parameter',
  ERR_INVALID_SIGNATURE: 'decrypt_error decrypt_error handshake_failure',
  ERR_WEAK_KEY: 'insufficient_security insufficient_security handshake_failure',
  ERR_FAULT_DETECTED: 'internal_error internal_error handshake_failure',
  ERR_DECODE_ERROR: 'decode_error decode_error illegal_parameter',
  ERR_ILLEGAL_PARAMETER: 'illegal_parameter illegal_parameter illegal_parameter',
  ERR_UNEXPECTED_MESSAGE: 'unexpected_message unexpected_message unexpected_message',
  ERR_MISSING_EXTENSION: 'missing_extension handshake_failure handshake_failure',
  ERR_UNSUPPORTED_EXTENSION: 'unsupported_extension unsupported_extension handshake_failure',
  ERR_BAD_RECORD_VERSION: 'protocol_version protocol_version handshake_failure',
  ERR_MESSAGE_TOO_LARGE: 'decode_error decode_error illegal_parameter',
  ERR_TOO_MANY_RECORDS: 'unexpected_message unexpected_message unexpected_message',
  ERR_TOO_MANY_WARNINGS: 'unexpected_message unexpected_message unexpected_message',
  ERR_TOO_MANY_KEY_UPDATES: 'unexpected_message unexpected_message unexpected_message',
  ERR_TOO_MANY_CERTIFICATE_REQUESTS: 'unexpected_message unexpected_message unexpected_message',
  ERR_TOO_MANY_HANDSHAKES: '- - -',
  ERR_TOO_MUCH_WORK: 'unexpected_message unexpected_message unexpected_message',
  ERR_TOO_MUCH_EARLY_DATA: 'unexpected_message unexpected_message unexpected_message',
  ERR_KEY_CHANGE_INSIDE_MESSAGE: 'unexpected_message unexpected_message unexpected_message',
  ERR_BAD_FINISHED: 'decrypt_error decrypt_error handshake_failure',
  ERR_BAD_BINDER: 'decrypt_error decrypt_error handshake_failure',
  ERR_UNKNOWN_PSK_IDENTITY: 'unknown_psk_identity unknown_psk_identity handshake_failure',
  ERR_DOWNGRADE_DETECTED: 'illegal_parameter illegal_parameter illegal_parameter',
  ERR_INAPPROPRIATE_FALLBACK: 'inappropriate_fallback inappropriate_fallback inappropriate_fallback',
  ERR_RENEGOTIATION_REFUSED: 'unexpected_message handshake_failure handshake_failure',
  ERR_BAD_RENEGOTIATION_INFO: 'handshake_failure handshake_failure handshake_failure',
  ERR_ECH_REQUIRED: 'ech_required handshake_failure handshake_failure',
  ERR_NO_SHARED_VERSION: 'protocol_version protocol_version handshake_failure',
  ERR_NO_SHARED_CIPHER_SUITE: 'handshake_failure handshake_failure handshake_failure',
  ERR_NO_SHARED_GROUP: 'handshake_failure handshake_failure handshake_failure',
  ERR_NO_SHARED_SIGNATURE_SCHEME: 'handshake_failure handshake_failure handshake_failure',
  ERR_NO_APPLICATION_PROTOCOL: 'no_application_protocol no_application_protocol handshake_failure',
  ERR_UNRECOGNIZED_NAME: 'unrecognized_name unrecognized_name handshake_failure',
  ERR_INSUFFICIENT_SECURITY: 'insufficient_security insufficient_security handshake_failure',
  ERR_CERTIFICATE_REQUIRED: 'certificate_required handshake_failure handshake_failure',
  ERR_BAD_CERTIFICATE: 'bad_certificate bad_certificate bad_certificate',
  ERR_UNSUPPORTED_CERTIFICATE: 'unsupported_certificate unsupported_certificate unsupported_certificate',
  ERR_BAD_CERTIFICATE_STATUS: 'bad_certificate_status_response bad_certificate_status_response certificate_unknown',
  ERR_ACCESS_DENIED: 'access_denied access_denied handshake_failure',
  ERR_ALERT_RECEIVED: '- - -',
  ERR_TRUNCATED: '- - -',
  ERR_CONNECTION_CLOSED: '- - -',
  ERR_BRIDGE_REFUSED: '- - -',
  ERR_BRIDGE_LIMIT: '- - -',
  ERR_TARGET_UNREACHABLE: '- - -',
  ERR_HANDSHAKE_TIMEOUT: '- - -',
  ERR_TOO_MUCH_INPUT: 'internal_error internal_error handshake_failure',
  ERR_HOOK_FAILED: 'internal_error internal_error handshake_failure',
  ERR_INTERNAL: 'internal_error internal_error handshake_failure',
  ERR_WRONG_PASSWORD: 'internal_error internal_error handshake_failure',
  ERR_COST_LIMIT: 'internal_error internal_error handshake_failure',
  ERR_MALFORMED_DER: 'bad_certificate bad_certificate bad_certificate',
  ERR_MALFORMED_PEM: 'bad_certificate bad_certificate bad_certificate',
  ERR_CERT_MALFORMED: 'bad_certificate bad_certificate bad_certificate',
  ERR_CERT_NO_TRUST_ANCHORS: 'unknown_ca unknown_ca certificate_unknown',
  ERR_CERT_UNKNOWN_ISSUER: 'unknown_ca unknown_ca certificate_unknown',
  ERR_CERT_SIGNATURE: 'bad_certificate bad_certificate bad_certificate',
  ERR_CERT_EXPIRED: 'certificate_expired certificate_expired certificate_expired',
  ERR_CERT_NOT_YET_VALID: 'certificate_expired certificate_expired certificate_expired',
  ERR_CERT_NAME_MISMATCH: 'bad_certificate bad_certificate bad_certificate',
  ERR_CERT_CONSTRAINT: 'bad_certificate bad_certificate bad_certificate',
  ERR_CERT_PURPOSE: 'unsupported_certificate unsupported_certificate unsupported_certificate',
  ERR_CERT_WEAK: 'bad_certificate bad_certificate bad_certificate',
  ERR_CERT_UNSUPPORTED_ALGORITHM: 'unsupported_certificate unsupported_certificate unsupported_certificate',
  ERR_CERT_UNKNOWN_CRITICAL_EXTENSION: 'unsupported_certificate unsupported_certificate unsupported_certificate',
  ERR_CERT_PROFILE: 'bad_certificate bad_certificate bad_certificate',
  ERR_CERT_POLICY: 'certificate_unknown certificate_unknown certificate_unknown',
  ERR_CERT_BUDGET: 'certificate_unknown certificate_unknown certificate_unknown',
  ERR_CERT_REVOKED: 'certificate_revoked certificate_revoked certificate_revoked',
  ERR_CERT_REVOCATION_UNKNOWN: 'certificate_unknown certificate_unknown certificate_unknown',
  ERR_CERT_STAPLE_REQUIRED: 'bad_certificate_status_response bad_certificate_status_response certificate_unknown',
  ERR_CERT_TRANSPARENCY: 'certificate_unknown certificate_unknown certificate_unknown',
};

/** The alerts SSL 3.0 has (RFC 6101 §5.4.2), and RFC 7507's, which was made for it. */
const ssl30 = new Set<number>([0, 10, 20, 30, 40, 41, 42, 43, 44, 45, 46, 47, AlertDescription.inappropriate_fallback]);

for (const code of errorCodes) {
  test(`${code}: ${expected[code]}`, () => {
    const families = ['1.3', '1.2', 'ssl3.0'] as const;
    const alerts = families.map(family => alertOfError(code, family));
    assert.is(alerts.map(alert => (alert === null ? '-' : alertName(alert))).join(' '), expected[code]);
    assert.ok(alerts[2] === null || ssl30.has(alerts[2]), 'an alert SSL 3.0 does not have');
  });
}

test.run();
