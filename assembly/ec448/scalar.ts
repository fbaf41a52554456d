// Scalars modulo the order of the base point of edwards448 (RFC 8032 §5.2),
//   L = 2^446 - c,  c = 13818066809895115352007386748515426880336692474882178609894547503885 < 2^224.
// Constant time. Numbers are limbs of 28 bits in i64, 56 bytes outside. 448 = 16 * 28: 2^448 is limb 16 and counts 4c.

import { wipe } from '../shared/ct';

const BITS: i64 = 28;
const MASK: i64 = 0xfffffff;
const TOP_BITS: i64 = 26; // of limb 15 below 2^446
const TOP_MASK: i64 = 0x3ffffff;

const C = memory.data<i64>([
  0x4a7bb0d, 0x873d6d5, 0xa70aadc, 0x3d8d723, 0x96fde93, 0xb65129c, 0x63bb124, 0x8335dc1, 0,
], 16);
const C4 = memory.data<i64>([
  0x29eec34, 0x1cf5b55, 0x9c2ab72, 0xf635c8e, 0x5bf7a4c, 0xd944a72, 0x8eec492, 0x0cd7705, 2,
], 16);
const C_LIMBS: usize = 9;

const scratch = memory.data((16 + 16 + 36 + 20) * 8, 16);
const left = scratch; // 16 limbs
const right = scratch + 16 * 8; // 16 limbs
const wide = scratch + 32 * 8; // 36 limbs
const high = scratch + 68 * 8; // 20 limbs
const SCRATCH: usize = 88 * 8;

// CT begin: secret = every scalar

/** out = in mod L. in: `length` bytes little-endian, at most 114 (public); out: 56 bytes, may be in. */
export function reduceScalar(out: usize, input: usize, length: i32): void {
  unpack(wide, 33, input, length);
  reduce(out);
}

/** out = (a * b + c) mod L, 56 bytes each, little-endian. */
export function multiplyAddScalar(out: usize, a: usize, b: usize, c: usize): void {
  unpack(left, 16, a, 56);
  unpack(right, 16, b, 56);
  unpack(wide, 16, c, 56);
  // A column is at most sixteen products of 56 bits and one limb.
  for (let i: usize = 0; i < 16; i++) {
    const x = load<i64>(left + (i << 3));
    for (let j: usize = 0; j < 16; j++) {
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

/** out = wide mod L, for 0 <= wide < 2^913; wipes the scratch. */
function reduce(out: usize): void {
  fold(34); // below 2^691 now, in limbs 0..25
  fold(27); // below 2^470
  fold(19); // below 2^448 + 2^249
  fold(18); // below 2^448: a bit above would leave less than 2^250
  carry(17);
  // The same at 2^446, in a limb's middle.
  const top = load<i64>(wide, 15 * 8) >> TOP_BITS;
  store<i64>(wide, load<i64>(wide, 15 * 8) & TOP_MASK, 15 * 8);
  addMultiple(wide, C, top);
  carry(16);
  // x < 2^446 + 2^227 < 2L: x - L = x + c - 2^446, if that is not negative.
  addMultiple(wide, C, 1);
  carry(16);
  const above = load<i64>(wide, 15 * 8) >> TOP_BITS; // 1 or 0
  store<i64>(wide, load<i64>(wide, 15 * 8) & TOP_MASK, 15 * 8);
  addMultiple(wide, C, above - 1);
  carry(16);
  pack(out);
  wipe(scratch, SCRATCH);
}

/** Replaces limbs 16 and up of `wide`, `count` in all, by 4c times their value. */
function fold(count: usize): void {
  carry(count);
  const highs = count - 16;
  for (let i: usize = 0; i < highs; i++) {
    const at = wide + ((16 + i) << 3);
    store<i64>(high + (i << 3), load<i64>(at));
    store<i64>(at, 0);
  }
  for (let i: usize = 0; i < highs; i++) addMultiple(wide + (i << 3), C4, load<i64>(high + (i << 3)));
}

/** limbs += c * factor, not carried. */
function addMultiple(limbs: usize, c: usize, factor: i64): void {
  for (let j: usize = 0; j < C_LIMBS; j++) {
    const at = limbs + (j << 3);
    store<i64>(at, load<i64>(at) + factor * load<i64>(c + (j << 3)));
  }
}

/** Brings all limbs but the last of `count` into 0..2^28-1. */
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

/** The 56 bytes of limbs 0..15, all within 28 bits. */
function pack(out: usize): void {
  for (let i: usize = 0; i < 8; i++) {
    const pair = load<u64>(wide + (i << 4)) | (load<u64>(wide + (i << 4), 8) << BITS);
    for (let j: usize = 0; j < 7; j++) store<u8>(out + 7 * i + j, <u8>(pair >> (<u64>j << 3)));
  }
}
// CT end

const ORDER = memory.data<u64>([
  0x2378c292ab5844f3, 0x216cc2728dc58f55, 0xc44edb49aed63690, 0xffffffff7cca23e9,
  0xffffffffffffffff, 0xffffffffffffffff, 0x3fffffffffffffff,
], 16);

/** True if the 57 bytes are below L. Vartime: the S of a signature is public. */
export function isReducedVartime(bytes: usize): bool {
  if (load<u8>(bytes, 56) != 0) return false;
  for (let i: i32 = 48; i >= 0; i -= 8) {
    const x = load<u64>(bytes + i);
    const l = load<u64>(ORDER + i);
    if (x != l) return x < l;
  }
  return false;
}
