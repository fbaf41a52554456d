// Small writes as one, so that they share a record.

/** Small writes are joined up to this length. */
export const JOIN_LIMIT = 64 * 1024;

/** Where they are joined; taken away while it is in use. */
let joined: Buffer | undefined;

/**
 * Joins chunks of JOIN_LIMIT bytes at most in a buffer that is for everybody.
 * @param use has the bytes until it returns @param keep copies what is needed longer
 */
export function withJoined(
  chunks: readonly Buffer[],
  use: (whole: Buffer) => void,
  keep: (whole: Buffer) => void,
): void {
  // A transport in this process may bring the peer's answer, and the answer to that, within.
  const buffer = joined ?? Buffer.allocUnsafeSlow(JOIN_LIMIT);
  joined = undefined;
  let end = 0;
  for (const chunk of chunks) end += chunk.copy(buffer, end);
  const whole = buffer.subarray(0, end);
  use(whole);
  keep(whole);
  whole.fill(0);
  joined = buffer;
}
