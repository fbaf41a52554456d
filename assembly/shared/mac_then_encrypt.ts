// What opening a MAC-then-encrypt record has in common in all versions that have it: padding judged in full, and a MAC taken
// from a place that is secret, in constant time (RFC 5246 §6.2.3.2, after Lucky 13 and POODLE).

import { choose32, equal32, less32, nonZero32, wipe, zero32 } from './ct';

const rotated = memory.data(64, 16);

/** All ones if the last `padding` + 1 bytes all hold `padding` and fit in `room`. Looks at up to 256 bytes always. */
export function paddingMask(data: usize, length: usize, padding: u32, room: usize): u32 {
  // CT begin: secret = data, padding
  const span: usize = min(room, 256);
  let bad: u32 = 0;
  for (let i: usize = 0; i < span; i++) {
    const inPadding = ~less32(padding, <u32>i);
    bad |= inPadding & (<u32>load<u8>(data + length - 1 - i) ^ padding);
  }
  return zero32(bad) & less32(padding, <u32>room);
  // CT end
}

/**
 * Copies the MAC from its secret place data[start..start+macLength) to `extracted`, 64 bytes: one pass over all places where
 * it may be collects it rotated by an amount that is then undone in steps of powers of two, each taken or not by mask.
 */
export function extractMac(
  data: usize,
  start: u32,
  scanStart: usize,
  scanEnd: usize,
  macLength: usize,
  extracted: usize,
): void {
  // CT begin: secret = data, start
  wipe(rotated, 64);
  let slot: usize = 0;
  let rotation: u32 = 0;
  for (let i = scanStart; i < scanEnd; i++) {
    const position = <u32>i;
    const inside = ~less32(position, start) & less32(position, start + <u32>macLength);
    rotation |= <u32>slot & equal32(position, start);
    store<u8>(rotated + slot, load<u8>(rotated + slot) | (load<u8>(data + i) & <u8>inside));
    slot++;
    if (slot == macLength) slot = 0; // public: slot depends on i alone
  }
  for (let step: u32 = 1; step < <u32>macLength; step <<= 1) {
    const take = nonZero32(rotation & step);
    for (let i: usize = 0; i < macLength; i++) {
      let from = i + <usize>step;
      if (from >= macLength) from -= macLength;
      const kept = load<u8>(rotated + i);
      store<u8>(extracted + i, <u8>choose32(take, kept, load<u8>(rotated + from)));
    }
    memory.copy(rotated, extracted, macLength);
  }
  memory.copy(extracted, rotated, macLength);
  wipe(rotated, 64);
  // CT end
}
