// Repeatable pseudo-random inputs for tests.

export interface RepeatableRandom {
  bytes(length: number): Uint8Array;
  /** An integer from 0 to limit - 1. */
  below(limit: number): number;
}

/** xorshift32 from a seed: good enough to choose lengths and fill buffers, the same in every run. */
export function randomFrom(seed: number): RepeatableRandom {
  let x = ((seed + 1) * 0x9e3779b9) >>> 0 || 1;
  const next = () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
  return {
    bytes: length => Uint8Array.from({ length }, () => next() >>> 11),
    below: limit => next() % limit,
  };
}
