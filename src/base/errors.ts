// The one error type of castls and the list of its codes.
// The (code, version family) -> alert table stands in alert_of_error.ts; a throw site never sends an alert.

/** Stable codes; messages may change. Grouped by the floor that throws them. */
export const errorCodes = [
  // Misuse of the API
  'ERR_INVALID_ARGUMENT',
  'ERR_UNSUPPORTED_OPTION',
  'ERR_INVALID_STATE',
  'ERR_BAD_LENGTH',
  'ERR_OVERLAPPING_BUFFERS',
  'ERR_STALE_HANDLE',
  'ERR_FOREIGN_HANDLE',
  'ERR_OUT_OF_MEMORY',
  'ERR_UNSUPPORTED_ALGORITHM',
  // Cryptography
  'ERR_DECRYPTION_FAILED',
  'ERR_RECORD_OVERFLOW',
  'ERR_SEQUENCE_EXHAUSTED',
  'ERR_INVALID_PUBLIC_KEY',
  'ERR_INVALID_PRIVATE_KEY',
  'ERR_INVALID_CIPHERTEXT',
  'ERR_INVALID_SIGNATURE',
  'ERR_WEAK_KEY',
  'ERR_FAULT_DETECTED',
  // The protocol: what the peer did (wire, record, handshake)
  'ERR_DECODE_ERROR',
  'ERR_ILLEGAL_PARAMETER',
  'ERR_UNEXPECTED_MESSAGE',
  'ERR_MISSING_EXTENSION',
  'ERR_UNSUPPORTED_EXTENSION',
  'ERR_BAD_RECORD_VERSION',
  'ERR_MESSAGE_TOO_LARGE',
  'ERR_TOO_MANY_RECORDS',
  'ERR_TOO_MANY_WARNINGS',
  'ERR_TOO_MANY_KEY_UPDATES',
  'ERR_TOO_MANY_CERTIFICATE_REQUESTS',
  'ERR_TOO_MANY_HANDSHAKES',
  'ERR_TOO_MUCH_WORK',
  'ERR_TOO_MUCH_EARLY_DATA',
  'ERR_KEY_CHANGE_INSIDE_MESSAGE',
  'ERR_BAD_FINISHED',
  'ERR_BAD_BINDER',
  'ERR_UNKNOWN_PSK_IDENTITY',
  'ERR_DOWNGRADE_DETECTED',
  'ERR_INAPPROPRIATE_FALLBACK',
  'ERR_RENEGOTIATION_REFUSED',
  'ERR_BAD_RENEGOTIATION_INFO',
  'ERR_ECH_REQUIRED',
  // Negotiation: no common ground
  'ERR_NO_SHARED_VERSION',
  'ERR_NO_SHARED_CIPHER_SUITE',
  'ERR_NO_SHARED_GROUP',
  'ERR_NO_SHARED_SIGNATURE_SCHEME',
  'ERR_NO_APPLICATION_PROTOCOL',
  'ERR_UNRECOGNIZED_NAME',
  'ERR_INSUFFICIENT_SECURITY',
  // Authentication of the peer
  'ERR_CERTIFICATE_REQUIRED',
  'ERR_BAD_CERTIFICATE',
  'ERR_UNSUPPORTED_CERTIFICATE',
  'ERR_BAD_CERTIFICATE_STATUS',
  'ERR_ACCESS_DENIED',
  // The life of a connection
  'ERR_ALERT_RECEIVED',
  'ERR_TRUNCATED',
  'ERR_CONNECTION_CLOSED',
  'ERR_HANDSHAKE_TIMEOUT',
  'ERR_TOO_MUCH_INPUT',
  'ERR_HOOK_FAILED',
  'ERR_INTERNAL',
  // Through castls bridge
  'ERR_BRIDGE_REFUSED',
  'ERR_BRIDGE_LIMIT',
  'ERR_TARGET_UNREACHABLE',
  // Keys in files
  'ERR_WRONG_PASSWORD',
  'ERR_COST_LIMIT',
  // Certificates: reading
  'ERR_MALFORMED_DER',
  'ERR_MALFORMED_PEM',
  'ERR_CERT_MALFORMED',
  // Certificates: verification (src/x509)
  'ERR_CERT_NO_TRUST_ANCHORS',
  'ERR_CERT_UNKNOWN_ISSUER',
  'ERR_CERT_SIGNATURE',
  'ERR_CERT_EXPIRED',
  'ERR_CERT_NOT_YET_VALID',
  'ERR_CERT_NAME_MISMATCH',
  'ERR_CERT_CONSTRAINT',
  'ERR_CERT_PURPOSE',
  'ERR_CERT_WEAK',
  'ERR_CERT_UNSUPPORTED_ALGORITHM',
  'ERR_CERT_UNKNOWN_CRITICAL_EXTENSION',
  'ERR_CERT_PROFILE',
  'ERR_CERT_POLICY',
  'ERR_CERT_BUDGET',
  'ERR_CERT_REVOKED',
  'ERR_CERT_REVOCATION_UNKNOWN',
  'ERR_CERT_STAPLE_REQUIRED',
  'ERR_CERT_TRANSPARENCY',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Every error castls throws or reports. `code` is stable, `message` is for people and never holds a secret. */
export class TlsError extends Error {
  readonly code: ErrorCode;
  /** AlertDescription the peer sent; only with ERR_ALERT_RECEIVED. */
  readonly alert?: number;

  constructor(code: ErrorCode, detail: string, options?: { cause?: unknown; alert?: number }) {
    super(detail, options);
    this.code = code;
    if (options?.alert !== undefined) this.alert = options.alert;
  }

  override get name(): string {
    return 'TlsError';
  }
}
