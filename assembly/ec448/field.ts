// Arithmetic modulo p = 2^448 - 2^224 - 1 for X448 (RFC 7748) and Ed448 (RFC 8032). Constant time throughout.
//
// A field element is sixteen signed limbs of 28 bits in i64, least significant first, 128 bytes, 16-byte aligned.
//
// "Carried" means |h_i| <= 2^27, plus 2^9 in limbs 1 and 9: what multiply and square return. add and subtract do not
// carry: their results are bounded by the sum of the operands' bounds. multiply takes operands of a and b times the
// carried bound as long as a * b <= 12: with x = 2^224, (a + c x)(b + d x) has three products of halves in a column of
// the upper half, folded ones included at most 38 limb products, below 38 * a * b * 2^54 < a * b * 2^59.3.

/** Bytes of a field element. */
export const FE: usize = 128;

const HALF: i64 = 1 << 27;
const BITS: i64 = 28;
const MASK: i64 = 0xfffffff;

// CT begin: secret = every field element

/** Stores limbs 0, 1, 8 and 9 with the carries out of limbs 7 and 15: 2^448 counts 2^224 + 1. |carries| < 2^36. */
// @ts-ignore: decorator
@inline
function foldCarries(out: usize, h0: i64, h1: i64, h8: i64, h9: i64, carryLow: i64, carryUpper: i64): void {
  const low = h0 + carryUpper;
  const upper = h8 + carryLow + carryUpper;
  const c = (low + HALF) >> BITS; // |c| < 2^9
  const d = (upper + HALF) >> BITS;
  store<i64>(out, low - (c << BITS), 0);
  store<i64>(out, h1 + c, 8);
  store<i64>(out, upper - (d << BITS), 64);
  store<i64>(out, h9 + d, 72);
}

/**
 * out = f * g, carried. Bounds a * b <= 12. `out` may be an operand. With f = a + c x, g = b + d x, x = 2^224 and
 * x^2 = x + 1 (Karatsuba): the low half is ab + cd, the high half (a + c)(b + d) - ab. Columns 8 and up of a product of
 * halves count x times once more. p: a column of ab, used twice; q: one of (a + c)(b + d).
 */
export function multiply(out: usize, f: usize, g: usize): void {
  // Each column is carried and stored as soon as it is there: sixteen columns at once would not fit in registers.
  const a0 = load<i64>(f, 0);
  const a1 = load<i64>(f, 8);
  const a2 = load<i64>(f, 16);
  const a3 = load<i64>(f, 24);
  const a4 = load<i64>(f, 32);
  const a5 = load<i64>(f, 40);
  const a6 = load<i64>(f, 48);
  const a7 = load<i64>(f, 56);
  const c0 = load<i64>(f, 64);
  const c1 = load<i64>(f, 72);
  const c2 = load<i64>(f, 80);
  const c3 = load<i64>(f, 88);
  const c4 = load<i64>(f, 96);
  const c5 = load<i64>(f, 104);
  const c6 = load<i64>(f, 112);
  const c7 = load<i64>(f, 120);
  const b0 = load<i64>(g, 0);
  const b1 = load<i64>(g, 8);
  const b2 = load<i64>(g, 16);
  const b3 = load<i64>(g, 24);
  const b4 = load<i64>(g, 32);
  const b5 = load<i64>(g, 40);
  const b6 = load<i64>(g, 48);
  const b7 = load<i64>(g, 56);
  const d0 = load<i64>(g, 64);
  const d1 = load<i64>(g, 72);
  const d2 = load<i64>(g, 80);
  const d3 = load<i64>(g, 88);
  const d4 = load<i64>(g, 96);
  const d5 = load<i64>(g, 104);
  const d6 = load<i64>(g, 112);
  const d7 = load<i64>(g, 120);
  const s0 = a0 + c0;
  const s1 = a1 + c1;
  const s2 = a2 + c2;
  const s3 = a3 + c3;
  const s4 = a4 + c4;
  const s5 = a5 + c5;
  const s6 = a6 + c6;
  const s7 = a7 + c7;
  const t0 = b0 + d0;
  const t1 = b1 + d1;
  const t2 = b2 + d2;
  const t3 = b3 + d3;
  const t4 = b4 + d4;
  const t5 = b5 + d5;
  const t6 = b6 + d6;
  const t7 = b7 + d7;
  let p = a0 * b0;
  let q = s1 * t7 + s2 * t6 + s3 * t5 + s4 * t4 + s5 * t3 + s6 * t2 + s7 * t1;
  let low = p + q + c0 * d0 - (a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1);
  let upper = s0 * t0 + q - p + c1 * d7 + c2 * d6 + c3 * d5 + c4 * d4 + c5 * d3 + c6 * d2 + c7 * d1;
  let carryLow = (low + HALF) >> BITS;
  let carryUpper = (upper + HALF) >> BITS;
  const h0 = low - (carryLow << BITS);
  const h8 = upper - (carryUpper << BITS);
  p = a0 * b1 + a1 * b0;
  q = s2 * t7 + s3 * t6 + s4 * t5 + s5 * t4 + s6 * t3 + s7 * t2;
  low = carryLow + p + q + c0 * d1 + c1 * d0 - (a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2);
  upper = carryUpper + s0 * t1 + s1 * t0 + q - p + c2 * d7 + c3 * d6 + c4 * d5 + c5 * d4 + c6 * d3 + c7 * d2;
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  const h1 = low - (carryLow << BITS);
  const h9 = upper - (carryUpper << BITS);
  p = a0 * b2 + a1 * b1 + a2 * b0;
  q = s3 * t7 + s4 * t6 + s5 * t5 + s6 * t4 + s7 * t3;
  low = carryLow + p + q + c0 * d2 + c1 * d1 + c2 * d0 - (a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3);
  upper = carryUpper + s0 * t2 + s1 * t1 + s2 * t0 + q - p + c3 * d7 + c4 * d6 + c5 * d5 + c6 * d4 + c7 * d3;
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  store<i64>(out, low - (carryLow << BITS), 16);
  store<i64>(out, upper - (carryUpper << BITS), 80);
  p = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0;
  q = s4 * t7 + s5 * t6 + s6 * t5 + s7 * t4;
  low = carryLow + p + q + c0 * d3 + c1 * d2 + c2 * d1 + c3 * d0 - (a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4);
  upper = carryUpper + s0 * t3 + s1 * t2 + s2 * t1 + s3 * t0 + q - p + c4 * d7 + c5 * d6 + c6 * d5 + c7 * d4;
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  store<i64>(out, low - (carryLow << BITS), 24);
  store<i64>(out, upper - (carryUpper << BITS), 88);
  p = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0;
  q = s5 * t7 + s6 * t6 + s7 * t5;
  low = carryLow + p + q + c0 * d4 + c1 * d3 + c2 * d2 + c3 * d1 + c4 * d0 - (a5 * b7 + a6 * b6 + a7 * b5);
  upper = carryUpper + s0 * t4 + s1 * t3 + s2 * t2 + s3 * t1 + s4 * t0 + q - p + c5 * d7 + c6 * d6 + c7 * d5;
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  store<i64>(out, low - (carryLow << BITS), 32);
  store<i64>(out, upper - (carryUpper << BITS), 96);
  p = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0;
  q = s6 * t7 + s7 * t6;
  low = carryLow + p + q + c0 * d5 + c1 * d4 + c2 * d3 + c3 * d2 + c4 * d1 + c5 * d0 - (a6 * b7 + a7 * b6);
  upper = carryUpper + s0 * t5 + s1 * t4 + s2 * t3 + s3 * t2 + s4 * t1 + s5 * t0 + q - p + c6 * d7 + c7 * d6;
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  store<i64>(out, low - (carryLow << BITS), 40);
  store<i64>(out, upper - (carryUpper << BITS), 104);
  p = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0;
  q = s7 * t7;
  low = carryLow + p + q + c0 * d6 + c1 * d5 + c2 * d4 + c3 * d3 + c4 * d2 + c5 * d1 + c6 * d0 - a7 * b7;
  upper = carryUpper + s0 * t6 + s1 * t5 + s2 * t4 + s3 * t3 + s4 * t2 + s5 * t1 + s6 * t0 + q - p + c7 * d7;
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  store<i64>(out, low - (carryLow << BITS), 48);
  store<i64>(out, upper - (carryUpper << BITS), 112);
  p = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0;
  low = carryLow + p + c0 * d7 + c1 * d6 + c2 * d5 + c3 * d4 + c4 * d3 + c5 * d2 + c6 * d1 + c7 * d0;
  upper = carryUpper + s0 * t7 + s1 * t6 + s2 * t5 + s3 * t4 + s4 * t3 + s5 * t2 + s6 * t1 + s7 * t0 - p;
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  store<i64>(out, low - (carryLow << BITS), 56);
  store<i64>(out, upper - (carryUpper << BITS), 120);
  foldCarries(out, h0, h1, h8, h9, carryLow, carryUpper);
}

/** out = f^2, carried. Bound a * a <= 12. `out` may be f. As multiply, with b = a and d = c. */
export function square(out: usize, f: usize): void {
  const a0 = load<i64>(f, 0);
  const a1 = load<i64>(f, 8);
  const a2 = load<i64>(f, 16);
  const a3 = load<i64>(f, 24);
  const a4 = load<i64>(f, 32);
  const a5 = load<i64>(f, 40);
  const a6 = load<i64>(f, 48);
  const a7 = load<i64>(f, 56);
  const c0 = load<i64>(f, 64);
  const c1 = load<i64>(f, 72);
  const c2 = load<i64>(f, 80);
  const c3 = load<i64>(f, 88);
  const c4 = load<i64>(f, 96);
  const c5 = load<i64>(f, 104);
  const c6 = load<i64>(f, 112);
  const c7 = load<i64>(f, 120);
  const s0 = a0 + c0;
  const s1 = a1 + c1;
  const s2 = a2 + c2;
  const s3 = a3 + c3;
  const s4 = a4 + c4;
  const s5 = a5 + c5;
  const s6 = a6 + c6;
  const s7 = a7 + c7;
  let p = a0 * a0;
  let q = s4 * s4 + ((s1 * s7 + s2 * s6 + s3 * s5) << 1);
  let low = p + q + c0 * c0 - (a4 * a4 + ((a1 * a7 + a2 * a6 + a3 * a5) << 1));
  let upper = s0 * s0 + q - p + c4 * c4 + ((c1 * c7 + c2 * c6 + c3 * c5) << 1);
  let carryLow = (low + HALF) >> BITS;
  let carryUpper = (upper + HALF) >> BITS;
  const h0 = low - (carryLow << BITS);
  const h8 = upper - (carryUpper << BITS);
  p = ((a0 * a1) << 1);
  q = ((s2 * s7 + s3 * s6 + s4 * s5) << 1);
  low = carryLow + p + q + ((c0 * c1) << 1) - (((a2 * a7 + a3 * a6 + a4 * a5) << 1));
  upper = carryUpper + ((s0 * s1) << 1) + q - p + ((c2 * c7 + c3 * c6 + c4 * c5) << 1);
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  const h1 = low - (carryLow << BITS);
  const h9 = upper - (carryUpper << BITS);
  p = a1 * a1 + ((a0 * a2) << 1);
  q = s5 * s5 + ((s3 * s7 + s4 * s6) << 1);
  low = carryLow + p + q + c1 * c1 + ((c0 * c2) << 1) - (a5 * a5 + ((a3 * a7 + a4 * a6) << 1));
  upper = carryUpper + s1 * s1 + ((s0 * s2) << 1) + q - p + c5 * c5 + ((c3 * c7 + c4 * c6) << 1);
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  store<i64>(out, low - (carryLow << BITS), 16);
  store<i64>(out, upper - (carryUpper << BITS), 80);
  p = ((a0 * a3 + a1 * a2) << 1);
  q = ((s4 * s7 + s5 * s6) << 1);
  low = carryLow + p + q + ((c0 * c3 + c1 * c2) << 1) - (((a4 * a7 + a5 * a6) << 1));
  upper = carryUpper + ((s0 * s3 + s1 * s2) << 1) + q - p + ((c4 * c7 + c5 * c6) << 1);
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  store<i64>(out, low - (carryLow << BITS), 24);
  store<i64>(out, upper - (carryUpper << BITS), 88);
  p = a2 * a2 + ((a0 * a4 + a1 * a3) << 1);
  q = s6 * s6 + ((s5 * s7) << 1);
  low = carryLow + p + q + c2 * c2 + ((c0 * c4 + c1 * c3) << 1) - (a6 * a6 + ((a5 * a7) << 1));
  upper = carryUpper + s2 * s2 + ((s0 * s4 + s1 * s3) << 1) + q - p + c6 * c6 + ((c5 * c7) << 1);
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  store<i64>(out, low - (carryLow << BITS), 32);
  store<i64>(out, upper - (carryUpper << BITS), 96);
  p = ((a0 * a5 + a1 * a4 + a2 * a3) << 1);
  q = ((s6 * s7) << 1);
  low = carryLow + p + q + ((c0 * c5 + c1 * c4 + c2 * c3) << 1) - ((a6 * a7) << 1);
  upper = carryUpper + ((s0 * s5 + s1 * s4 + s2 * s3) << 1) + q - p + ((c6 * c7) << 1);
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  store<i64>(out, low - (carryLow << BITS), 40);
  store<i64>(out, upper - (carryUpper << BITS), 104);
  p = a3 * a3 + ((a0 * a6 + a1 * a5 + a2 * a4) << 1);
  q = s7 * s7;
  low = carryLow + p + q + c3 * c3 + ((c0 * c6 + c1 * c5 + c2 * c4) << 1) - a7 * a7;
  upper = carryUpper + s3 * s3 + ((s0 * s6 + s1 * s5 + s2 * s4) << 1) + q - p + c7 * c7;
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  store<i64>(out, low - (carryLow << BITS), 48);
  store<i64>(out, upper - (carryUpper << BITS), 112);
  p = ((a0 * a7 + a1 * a6 + a2 * a5 + a3 * a4) << 1);
  low = carryLow + p + ((c0 * c7 + c1 * c6 + c2 * c5 + c3 * c4) << 1);
  upper = carryUpper + ((s0 * s7 + s1 * s6 + s2 * s5 + s3 * s4) << 1) - p;
  carryLow = (low + HALF) >> BITS;
  carryUpper = (upper + HALF) >> BITS;
  store<i64>(out, low - (carryLow << BITS), 56);
  store<i64>(out, upper - (carryUpper << BITS), 120);
  foldCarries(out, h0, h1, h8, h9, carryLow, carryUpper);
}

/** out = f^(2^n), carried; n >= 1. */
export function squareTimes(out: usize, f: usize, n: i32): void {
  square(out, f);
  for (let i = 1; i < n; i++) square(out, out);
}

/** out = f * small, carried; |small| < 2^20, bound of f below 2^8. */
export function multiplySmall(out: usize, f: usize, small: i64): void {
  let carryLow: i64 = 0;
  let carryUpper: i64 = 0;
  for (let i: usize = 0; i < 64; i += 8) {
    const low = load<i64>(f + i, 0) * small + carryLow;
    const upper = load<i64>(f + i, 64) * small + carryUpper;
    carryLow = (low + HALF) >> BITS;
    carryUpper = (upper + HALF) >> BITS;
    store<i64>(out + i, low - (carryLow << BITS), 0);
    store<i64>(out + i, upper - (carryUpper << BITS), 64);
  }
  foldCarries(
    out, load<i64>(out, 0), load<i64>(out, 8), load<i64>(out, 64), load<i64>(out, 72), carryLow, carryUpper,
  );
}

/** out = f + g, not carried. */
export function add(out: usize, f: usize, g: usize): void {
  for (let i: usize = 0; i < FE; i += 16) v128.store(out + i, i64x2.add(v128.load(f + i), v128.load(g + i)));
}

/** out = f - g, not carried. */
export function subtract(out: usize, f: usize, g: usize): void {
  for (let i: usize = 0; i < FE; i += 16) v128.store(out + i, i64x2.sub(v128.load(f + i), v128.load(g + i)));
}

/** Swaps f and g where the mask is set (all ones), else leaves both. */
export function conditionalSwap(f: usize, g: usize, mask: u32): void {
  const m = i32x4.splat(mask);
  for (let i: usize = 0; i < FE; i += 16) {
    const x = v128.load(f + i);
    const y = v128.load(g + i);
    const d = v128.and(m, v128.xor(x, y));
    v128.store(f + i, v128.xor(x, d));
    v128.store(g + i, v128.xor(y, d));
  }
}

/** out = -f where the mask is set (all ones), else f. */
export function conditionalNegate(out: usize, f: usize, mask: u32): void {
  const m = i32x4.splat(mask);
  // Two's complement: -x is (x ^ -1) - -1.
  for (let i: usize = 0; i < FE; i += 16) {
    v128.store(out + i, i64x2.sub(v128.xor(v128.load(f + i), m), m));
  }
}

// @ts-ignore: decorator
@inline
export function copy(out: usize, f: usize): void {
  memory.copy(out, f, FE);
}

/** out = value, a small constant. */
export function setSmall(out: usize, value: i64): void {
  memory.fill(out, 0, FE);
  store<i64>(out, value);
}

/** out = the 56 bytes at `bytes`, little-endian, carried; values from p to 2^448 - 1 are taken modulo p. */
export function fromBytes(out: usize, bytes: usize): void {
  // Seven bytes are two limbs.
  for (let i: usize = 0; i < 8; i++) {
    const at = bytes + 7 * i;
    const pair = <u64>load<u32>(at) | ((<u64>load<u32>(at, 3) >> 8) << 32);
    store<i64>(out + (i << 4), pair & MASK);
    store<i64>(out + (i << 4), pair >> BITS, 8);
  }
  multiplySmall(out, out, 1); // carries
}

const reduced = memory.data(128, 16);

/** One pass of carries over all limbs in order, rounding down. Returns the carry out of limb 15, which counts 2^448. */
function carryPass(f: usize): i64 {
  let carry: i64 = 0;
  for (let i: usize = 0; i < 16; i++) {
    const h = load<i64>(f + (i << 3)) + carry;
    carry = h >> BITS;
    store<i64>(f + (i << 3), h & MASK);
  }
  return carry;
}

/** f += n * (2^224 + 1), not carried. */
function addFolded(f: usize, n: i64): void {
  store<i64>(f, load<i64>(f, 0) + n, 0);
  store<i64>(f, load<i64>(f, 64) + n, 64);
}

/** The canonical 56 bytes of f, below p. Any |h_i| < 2^62. */
export function toBytes(bytes: usize, f: usize): void {
  const h = reduced;
  copy(h, f);
  // The first carry is below 2^35 in size. The second is -1, 0 or 1, and where it is not 0, h is so far from that edge
  // that the third is 0.
  addFolded(h, carryPass(h));
  addFolded(h, carryPass(h));
  carryPass(h);
  // 0 <= h < 2^448 < 2p: h >= p exactly if h + 2^224 + 1 >= 2^448, and then h - p = h + 2^224 + 1 - 2^448.
  let q: i64 = 1;
  for (let i: usize = 0; i < 16; i++) q = (load<i64>(h + (i << 3)) + q + <i64>(i == 8)) >> BITS;
  addFolded(h, q);
  carryPass(h);
  for (let i: usize = 0; i < 8; i++) {
    const pair = load<u64>(h + (i << 4)) | (load<u64>(h + (i << 4), 8) << BITS);
    const at = bytes + 7 * i;
    store<u32>(at, <u32>pair);
    store<u16>(at, <u16>(pair >> 32), 4);
    store<u8>(at, <u8>(pair >> 48), 6);
  }
  memory.fill(h, 0, FE);
}

const t0 = memory.data(128, 16);
const t1 = memory.data(128, 16);

/**
 * out = z^((p - 3) / 4) = z^(2^446 - 2^222 - 1), as a square root needs it (RFC 8032 §5.2.3). z carried; `out` may not
 * be z. Exponents in the comments are those of z.
 */
export function powerForRoot(out: usize, z: usize): void {
  square(t0, z);
  multiply(t0, t0, z); // 2^2 - 1
  square(t0, t0);
  multiply(t0, t0, z); // 2^3 - 1
  squareTimes(t1, t0, 3);
  multiply(t1, t1, t0); // 2^6 - 1
  squareTimes(t1, t1, 3);
  multiply(t0, t1, t0); // 2^9 - 1
  squareTimes(t1, t0, 9);
  multiply(t0, t1, t0); // 2^18 - 1
  square(t1, t0);
  multiply(t1, t1, z); // 2^19 - 1
  squareTimes(t1, t1, 18);
  multiply(t0, t1, t0); // 2^37 - 1
  squareTimes(t1, t0, 37);
  multiply(t1, t1, t0); // 2^74 - 1
  squareTimes(t1, t1, 37);
  multiply(t0, t1, t0); // 2^111 - 1
  squareTimes(t1, t0, 111);
  multiply(t1, t1, t0); // 2^222 - 1
  square(t0, t1);
  multiply(t0, t0, z); // 2^223 - 1
  squareTimes(t0, t0, 223);
  multiply(out, t0, t1); // 2^446 - 2^223 + 2^222 - 1
  memory.fill(t0, 0, FE);
  memory.fill(t1, 0, FE);
}

/** out = 1 / z by Fermat (z^(p - 2)); 0 for 0. z carried. `out` may not be z. */
export function invert(out: usize, z: usize): void {
  powerForRoot(out, z);
  squareTimes(out, out, 2);
  multiply(out, out, z); // 4 (p - 3) / 4 + 1 = p - 2
}
// CT end
