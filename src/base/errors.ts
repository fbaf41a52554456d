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
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Every error castls throws or reports. `code` is stable, `message` is for people and never holds a secret. */
export class TlsError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail: string, options?: { cause?: unknown }) {
    super(detail, options);
    this.code = code;
  }

  override get name(): string {
    return 'TlsError';
  }
}
