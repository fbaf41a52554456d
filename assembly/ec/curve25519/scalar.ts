// Scalars modulo the order of the base point of edwards25519 (RFC 8032 §5.1),
//   L = 2^252 + c,  c = 27742317777372353535851937790883648493 < 2^125.
// Constant time. Numbers are signed limbs of 28 bits in i64: 252 = 9 * 28, so 2^252 is limb 9 and counts -c.

import { wipe } from '../../shared/ct';

const BITS: i64 = 28;
const MASK: i64 = 0xfffffff;

const C = memory.data<i64>([0xcf5d3ed, 0x12631a5, 0x79cd658, 0xf9dea2f, 0x00014de], 16);

const scratch = memory.data((10 + 10 + 22 + 12) * 8, 16);
const left = scratch; // 10 limbs
const right = scratch + 10 * 8; // 10 limbs
const wide = scratch + 20 * 8; // 22 limbs
const high = scratch + 42 * 8; // 12 limbs
const SCRATCH: usize = 54 * 8;

// CT begin: secret = every scalar

/** out = in mod L. in: 64 bytes little-endian; out: 32 bytes. */
export function reduceScalar(out: usize, input: usize): void {
  unpack(wide, 19, input, 64);
  reduce(out);
}

/** out = (a * b + c) mod L, 32 bytes each, little-endian. */
export function multiplyAddScalar(out: usize, a: usize, b: usize, c: usize): void {
  unpack(left, 10, a, 32);
  unpack(right, 10, b, 32);
  unpack(wide, 10, c, 32);
  // A column is at most ten products of 56 bits and one limb.
  for (let i: usize = 0; i < 10; i++) {
    const x = load<i64>(left + (i << 3));
    for (let j: usize = 0; j < 10; j++) {
      const at = wide + ((i + j) << 3);
      store<i64>(at, load<i64>(at) + x * load<i64>(right + (j << 3)));
    }
  }
  reduce(out);
}

/** limbs[0..count-1] = the little-endian bytes; the rest of `wide` stays as it is (zero). */
function unpack(limbs: usize, count: i32, bytes: usize, length: i32): void {
  for (let i = 0; i < count; i++) {
    let limb: u64 = 0;
    const bit = i * 28;
    for (let j = 0; j < 5; j++) {
      const at = (bit >> 3) + j;
      if (at < length) limb |= <u64>load<u8>(bytes + at) << (j << 3);
    }
    store<i64>(limbs + (i << 3), <i64>(limb >> (bit & 7)) & MASK);
  }
}

/** out = wide mod L, for 0 <= wide < 2^512 + 2^510; wipes the scratch. */
function reduce(out: usize): void {
  fold(20); // below 2^513: leaves |x| < 2^387
  fold(16); // |x| < 2^261
  fold(12); // -2^134 < x < 2^252 + 2^134
  // Above zero after adding L, and below 2L + 2^135: two subtractions at most are left.
  addL(1);
  subtractLIfAbove();
  subtractLIfAbove();
  pack(out);
  wipe(scratch, SCRATCH);
}

/** Replaces limbs 9 and up of `wide`, `count` in all, by -c times their value. */
function fold(count: usize): void {
  carry(count);
  const highs = count - 9;
  for (let i: usize = 0; i < highs; i++) {
    const at = wide + ((9 + i) << 3);
    store<i64>(high + (i << 3), load<i64>(at));
    store<i64>(at, 0);
  }
  for (let i: usize = 0; i < highs; i++) {
    const x = load<i64>(high + (i << 3));
    for (let j: usize = 0; j < 5; j++) {
      const at = wide + ((i + j) << 3);
      store<i64>(at, load<i64>(at) - x * load<i64>(C + (j << 3)));
    }
  }
}

/** Brings all limbs but the last into 0..2^28-1; the last keeps the sign. */
function carry(count: usize): void {
  let c: i64 = 0;
  for (let i: usize = 0; i < count - 1; i++) {
    const x = load<i64>(wide + (i << 3)) + c;
    store<i64>(wide + (i << 3), x & MASK);
    c = x >> BITS;
  }
  const last = wide + ((count - 1) << 3);
  store<i64>(last, load<i64>(last) + c);
}

/** wide += factor * L in limbs 0..9, carried. factor: 1, -1 or 0. */
function addL(factor: i64): void {
  for (let j: usize = 0; j < 5; j++) {
    const at = wide + (j << 3);
    store<i64>(at, load<i64>(at) + factor * load<i64>(C + (j << 3)));
  }
  store<i64>(wide, load<i64>(wide, 9 * 8) + factor, 9 * 8);
  carry(10);
}

/** wide -= L if wide >= L. */
function subtractLIfAbove(): void {
  addL(-1);
  addL(-(load<i64>(wide, 9 * 8) >> 63)); // limb 9 is negative if it was below
}

/** The 32 bytes of limbs 0..9, all within 28 bits. */
function pack(out: usize): void {
  for (let i = 0; i < 32; i++) {
    const limb = (i << 3) / 28;
    const shift = (i << 3) - 28 * limb;
    const at = wide + (limb << 3);
    store<u8>(out + i, <u8>((load<u64>(at) | (load<u64>(at, 8) << BITS)) >> shift));
  }
}
// CT end

const ORDER = memory.data<u64>([0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000], 16);

/** True if the 32 bytes are below L. Vartime: the S of a signature is public. */
export function isReducedVartime(bytes: usize): bool {
  for (let i: i32 = 24; i >= 0; i -= 8) {
    const x = load<u64>(bytes + i);
    const l = load<u64>(ORDER + i);
    if (x != l) return x < l;
  }
  return false;
}
