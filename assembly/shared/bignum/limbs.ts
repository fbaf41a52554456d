// Natural numbers as little-endian limbs of 28 bits, each in a u32. 28 bits leave room to add up 64-bit products
// (montgomery.ts). A number of n limbs is preceded by GUARD bytes of zeros, which the multiplication reads.

export const LIMB_BITS: u32 = 28;
export const LIMB_MASK: u32 = 0x0fffffff;

/** Zero bytes in front of every number. */
export const GUARD: usize = 16;

/**
 * Limbs for a modulus of `bits` bits: two spare bits, so that sums below four times the modulus need no reduction, one
 * spare limb that is always zero, and a multiple of four.
 */
export function limbsFor(bits: u32): usize {
  const needed = (bits + 2 + LIMB_BITS - 1) / LIMB_BITS + 1;
  return <usize>((needed + 3) & ~3);
}

/** out = the big-endian `bytes`; what does not fit in n limbs is cut off. */
export function fromBytes(out: usize, n: usize, bytes: usize, length: usize): void {
  // CT begin: secret = bytes
  let accumulator: u64 = 0;
  let bits: u32 = 0;
  let limb: usize = 0;
  for (let i = length; i > 0 && limb < n; i--) {
    accumulator |= <u64>load<u8>(bytes + i - 1) << bits;
    bits += 8;
    if (bits >= LIMB_BITS) {
      store<u32>(out + (limb << 2), <u32>accumulator & LIMB_MASK);
      accumulator >>= LIMB_BITS;
      bits -= LIMB_BITS;
      limb++;
    }
  }
  for (; limb < n; limb++) {
    store<u32>(out + (limb << 2), <u32>accumulator & LIMB_MASK);
    accumulator >>= LIMB_BITS;
  }
  // CT end
}

/** The number as `length` big-endian bytes; it must fit. */
export function toBytes(bytes: usize, length: usize, x: usize, n: usize): void {
  // CT begin: secret = x
  let accumulator: u64 = 0;
  let bits: u32 = 0;
  let limb: usize = 0;
  for (let i = length; i > 0; i--) {
    if (bits < 8 && limb < n) {
      accumulator |= <u64>load<u32>(x + (limb << 2)) << bits;
      bits += LIMB_BITS;
      limb++;
    }
    store<u8>(bytes + i - 1, <u8>accumulator);
    accumulator >>= 8;
    bits = bits >= 8 ? bits - 8 : 0; // public: follows the position
  }
  // CT end
}

// CT begin: secret = the limbs, mask

/** out = a + b mod 2^(28 n); returns the carry. */
export function addLimbs(out: usize, a: usize, b: usize, n: usize): u32 {
  let carry: u32 = 0;
  for (let i: usize = 0; i < n << 2; i += 4) {
    const sum = load<u32>(a + i) + load<u32>(b + i) + carry;
    store<u32>(out + i, sum & LIMB_MASK);
    carry = sum >> LIMB_BITS;
  }
  return carry;
}

/** out = a - b mod 2^(28 n); returns all ones if a < b, else zero. */
export function subtractLimbs(out: usize, a: usize, b: usize, n: usize): u32 {
  let borrow: u32 = 0;
  for (let i: usize = 0; i < n << 2; i += 4) {
    const difference = load<u32>(a + i) - load<u32>(b + i) - borrow;
    store<u32>(out + i, difference & LIMB_MASK);
    borrow = difference >> 31;
  }
  return 0 - borrow;
}

/** out = b where the mask is set, else a. */
export function chooseLimbs(out: usize, mask: u32, a: usize, b: usize, n: usize): void {
  const wide = i32x4.splat(<i32>mask);
  for (let i: usize = 0; i < n << 2; i += 16) {
    v128.store(out + i, v128.bitselect(v128.load(b + i), v128.load(a + i), wide));
  }
}
// CT end

/** x = x - m if x >= m, for x < 2m. `scratch`: n limbs. */
export function reduceOnce(x: usize, m: usize, n: usize, scratch: usize): void {
  const smaller = subtractLimbs(scratch, x, m, n);
  chooseLimbs(x, smaller, scratch, x, n);
}

// CT begin: secret = the limbs

/** All ones if the number is zero. */
export function isZero(x: usize, n: usize): u32 {
  let any: u32 = 0;
  for (let i: usize = 0; i < n << 2; i += 4) any |= load<u32>(x + i);
  return <u32>~(<i32>(any | (0 - any)) >> 31);
}

/** All ones if a equals b. */
export function equalLimbs(a: usize, b: usize, n: usize): u32 {
  let any: u32 = 0;
  for (let i: usize = 0; i < n << 2; i += 4) any |= load<u32>(a + i) ^ load<u32>(b + i);
  return <u32>~(<i32>(any | (0 - any)) >> 31);
}

/** out (2n limbs, or as many as given) = a * b, schoolbook; for what is not on a hot path. */
export function multiplyLimbs(out: usize, outLimbs: usize, a: usize, b: usize, n: usize): void {
  memory.fill(out, 0, outLimbs << 2);
  for (let i: usize = 0; i < n; i++) {
    const x = <u64>load<u32>(a + (i << 2));
    let carry: u64 = 0;
    const rows = min(n, outLimbs - i);
    let j: usize = 0;
    for (; j < rows; j++) {
      const at = out + ((i + j) << 2);
      const sum = x * <u64>load<u32>(b + (j << 2)) + <u64>load<u32>(at) + carry; // < 2^56 + 2^28 + 2^36
      store<u32>(at, <u32>sum & LIMB_MASK);
      carry = sum >> LIMB_BITS;
    }
    if (i + j < outLimbs) store<u32>(out + ((i + j) << 2), <u32>carry);
  }
}
// CT end
