// The exchange area: where JavaScript puts the inputs of a call and finds its outputs. Sixteen full records with room
// for their headers, or one long message piece. Whoever put a secret there wipes it after the call.

export const EXCHANGE_LENGTH: usize = 0x48000; // 294,912 bytes
const area = memory.data(0x48000, 16);

/** Address of the exchange area. */
export function exchangePointer(): usize {
  return area;
}

/** Zeros its first `length` bytes, no more than it has. */
export function exchangeWipe(length: usize): void {
  memory.fill(area, 0, min(length, EXCHANGE_LENGTH));
}
