// Arithmetic modulo p = 2^255 - 19 for X25519 (RFC 7748) and Ed25519 (RFC 8032). Constant time throughout.
//
// A field element is ten signed limbs of alternately 26 and 25 bits in i64, least significant first, 80 bytes, 16-byte
// aligned; limb i stands for h_i * 2^ceil(25.5 i):
//
//   offset  0   8   16  24  32   40   48   56   64   72
//   weight  0   26  51  77  102  128  153  179  204  230
//
// "Carried" means |h_i| <= 2^26 (even i) or 2^25 (odd i), plus 2^17 in limb 1: what multiply and square return. Carries
// round down (arithmetic shifts). add and subtract do not carry: their results are bounded by the sum of the operands'
// bounds. multiply takes operands of a and b times the carried bound as long as a * b <= 12: column 0 is the largest,
// below a * b * 2^52 * (1 + 19 * 6.5) < a * b * 2^59, and an i64 holds 2^63. The callers state their factors.
// The ladder of X25519 multiplies two elements at once, in lanes: pair.ts.

/** Bytes of a field element. */
export const FE: usize = 80;

const MASK25: i64 = 0x1ffffff;
const MASK26: i64 = 0x3ffffff;

// CT begin: secret = every field element

/** Stores limbs 0 and 1 with the carry out of limb 9, which counts 2^255 = 19; |carry| < 2^38. */
// @ts-ignore: decorator
@inline
function foldCarry(out: usize, h0: i64, h1: i64, carry: i64): void {
  const h = h0 + 19 * carry; // |h| < 2^43
  store<i64>(out, h & MASK26, 0);
  store<i64>(out, h1 + (h >> 26), 8);
}

/** out = f * g, carried. Bounds a * b <= 12. `out` may be an operand. */
export function multiply(out: usize, f: usize, g: usize): void {
  // Odd limbs stand half a bit above 25.5 i: a product of two of them counts twice. Columns past 9 count 19 times.
  // Each column is carried and stored as soon as it is there: ten columns at once would not fit in registers.
  const f0 = load<i64>(f, 0);
  const f1 = load<i64>(f, 8);
  const f2 = load<i64>(f, 16);
  const f3 = load<i64>(f, 24);
  const f4 = load<i64>(f, 32);
  const f5 = load<i64>(f, 40);
  const f6 = load<i64>(f, 48);
  const f7 = load<i64>(f, 56);
  const f8 = load<i64>(f, 64);
  const f9 = load<i64>(f, 72);
  const g0 = load<i64>(g, 0);
  const g1 = load<i64>(g, 8);
  const g2 = load<i64>(g, 16);
  const g3 = load<i64>(g, 24);
  const g4 = load<i64>(g, 32);
  const g5 = load<i64>(g, 40);
  const g6 = load<i64>(g, 48);
  const g7 = load<i64>(g, 56);
  const g8 = load<i64>(g, 64);
  const g9 = load<i64>(g, 72);
  let h = f0 * g0 +
    19 * (f2 * g8 + f4 * g6 + f6 * g4 + f8 * g2 + ((f1 * g9 + f3 * g7 + f5 * g5 + f7 * g3 + f9 * g1) << 1));
  const h0 = h & MASK26;
  h = (h >> 26) + f0 * g1 + f1 * g0 +
    19 * (f2 * g9 + f3 * g8 + f4 * g7 + f5 * g6 + f6 * g5 + f7 * g4 + f8 * g3 + f9 * g2);
  const h1 = h & MASK25;
  h = (h >> 25) + f0 * g2 + f2 * g0 + ((f1 * g1) << 1) +
    19 * (f4 * g8 + f6 * g6 + f8 * g4 + ((f3 * g9 + f5 * g7 + f7 * g5 + f9 * g3) << 1));
  store<i64>(out, h & MASK26, 16);
  h = (h >> 26) + f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0 +
    19 * (f4 * g9 + f5 * g8 + f6 * g7 + f7 * g6 + f8 * g5 + f9 * g4);
  store<i64>(out, h & MASK25, 24);
  h = (h >> 25) + f0 * g4 + f2 * g2 + f4 * g0 + ((f1 * g3 + f3 * g1) << 1) +
    19 * (f6 * g8 + f8 * g6 + ((f5 * g9 + f7 * g7 + f9 * g5) << 1));
  store<i64>(out, h & MASK26, 32);
  h = (h >> 26) + f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1 + f5 * g0 +
    19 * (f6 * g9 + f7 * g8 + f8 * g7 + f9 * g6);
  store<i64>(out, h & MASK25, 40);
  h = (h >> 25) + f0 * g6 + f2 * g4 + f4 * g2 + f6 * g0 + ((f1 * g5 + f3 * g3 + f5 * g1) << 1) +
    19 * (f8 * g8 + ((f7 * g9 + f9 * g7) << 1));
  store<i64>(out, h & MASK26, 48);
  h = (h >> 26) + f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 + f5 * g2 + f6 * g1 + f7 * g0 +
    19 * (f8 * g9 + f9 * g8);
  store<i64>(out, h & MASK25, 56);
  h = (h >> 25) + f0 * g8 + f2 * g6 + f4 * g4 + f6 * g2 + f8 * g0 + ((f1 * g7 + f3 * g5 + f5 * g3 + f7 * g1) << 1) +
    19 * ((f9 * g9) << 1);
  store<i64>(out, h & MASK26, 64);
  h = (h >> 26) + f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0;
  store<i64>(out, h & MASK25, 72);
  foldCarry(out, h0, h1, h >> 25);
}

/** out = f^2, carried. Bound a * a <= 12. `out` may be f. */
export function square(out: usize, f: usize): void {
  const f0 = load<i64>(f, 0);
  const f1 = load<i64>(f, 8);
  const f2 = load<i64>(f, 16);
  const f3 = load<i64>(f, 24);
  const f4 = load<i64>(f, 32);
  const f5 = load<i64>(f, 40);
  const f6 = load<i64>(f, 48);
  const f7 = load<i64>(f, 56);
  const f8 = load<i64>(f, 64);
  const f9 = load<i64>(f, 72);
  let h = f0 * f0 + 19 * (((f2 * f8 + f4 * f6 + f5 * f5) << 1) + ((f1 * f9 + f3 * f7) << 2));
  const h0 = h & MASK26;
  h = (h >> 26) + ((f0 * f1) << 1) + 19 * ((f2 * f9 + f3 * f8 + f4 * f7 + f5 * f6) << 1);
  const h1 = h & MASK25;
  h = (h >> 25) + ((f0 * f2 + f1 * f1) << 1) + 19 * (f6 * f6 + ((f4 * f8) << 1) + ((f3 * f9 + f5 * f7) << 2));
  store<i64>(out, h & MASK26, 16);
  h = (h >> 26) + ((f0 * f3 + f1 * f2) << 1) + 19 * ((f4 * f9 + f5 * f8 + f6 * f7) << 1);
  store<i64>(out, h & MASK25, 24);
  h = (h >> 25) + f2 * f2 + ((f0 * f4) << 1) + ((f1 * f3) << 2) +
    19 * (((f6 * f8 + f7 * f7) << 1) + ((f5 * f9) << 2));
  store<i64>(out, h & MASK26, 32);
  h = (h >> 26) + ((f0 * f5 + f1 * f4 + f2 * f3) << 1) + 19 * ((f6 * f9 + f7 * f8) << 1);
  store<i64>(out, h & MASK25, 40);
  h = (h >> 25) + ((f0 * f6 + f2 * f4 + f3 * f3) << 1) + ((f1 * f5) << 2) + 19 * (f8 * f8 + ((f7 * f9) << 2));
  store<i64>(out, h & MASK26, 48);
  h = (h >> 26) + ((f0 * f7 + f1 * f6 + f2 * f5 + f3 * f4) << 1) + 19 * ((f8 * f9) << 1);
  store<i64>(out, h & MASK25, 56);
  h = (h >> 25) + f4 * f4 + ((f0 * f8 + f2 * f6) << 1) + ((f1 * f7 + f3 * f5) << 2) + 19 * ((f9 * f9) << 1);
  store<i64>(out, h & MASK26, 64);
  h = (h >> 26) + ((f0 * f9 + f1 * f8 + f2 * f7 + f3 * f6 + f4 * f5) << 1);
  store<i64>(out, h & MASK25, 72);
  foldCarry(out, h0, h1, h >> 25);
}

/** out = f^(2^n), carried; n >= 1. */
export function squareTimes(out: usize, f: usize, n: i32): void {
  square(out, f);
  for (let i = 1; i < n; i++) square(out, out);
}

/** out = f * small, carried; |small| < 2^20, bound of f below 2^8. */
export function multiplySmall(out: usize, f: usize, small: i64): void {
  let h = load<i64>(f, 0) * small;
  const h0 = h & MASK26;
  h = (h >> 26) + load<i64>(f, 8) * small;
  const h1 = h & MASK25;
  h = (h >> 25) + load<i64>(f, 16) * small;
  store<i64>(out, h & MASK26, 16);
  h = (h >> 26) + load<i64>(f, 24) * small;
  store<i64>(out, h & MASK25, 24);
  h = (h >> 25) + load<i64>(f, 32) * small;
  store<i64>(out, h & MASK26, 32);
  h = (h >> 26) + load<i64>(f, 40) * small;
  store<i64>(out, h & MASK25, 40);
  h = (h >> 25) + load<i64>(f, 48) * small;
  store<i64>(out, h & MASK26, 48);
  h = (h >> 26) + load<i64>(f, 56) * small;
  store<i64>(out, h & MASK25, 56);
  h = (h >> 25) + load<i64>(f, 64) * small;
  store<i64>(out, h & MASK26, 64);
  h = (h >> 26) + load<i64>(f, 72) * small;
  store<i64>(out, h & MASK25, 72);
  foldCarry(out, h0, h1, h >> 25);
}

/** out = f + g, not carried. */
// @ts-ignore: decorator
@inline
export function add(out: usize, f: usize, g: usize): void {
  v128.store(out, i64x2.add(v128.load(f), v128.load(g)));
  v128.store(out, i64x2.add(v128.load(f, 16), v128.load(g, 16)), 16);
  v128.store(out, i64x2.add(v128.load(f, 32), v128.load(g, 32)), 32);
  v128.store(out, i64x2.add(v128.load(f, 48), v128.load(g, 48)), 48);
  v128.store(out, i64x2.add(v128.load(f, 64), v128.load(g, 64)), 64);
}

/** out = f - g, not carried. */
// @ts-ignore: decorator
@inline
export function subtract(out: usize, f: usize, g: usize): void {
  v128.store(out, i64x2.sub(v128.load(f), v128.load(g)));
  v128.store(out, i64x2.sub(v128.load(f, 16), v128.load(g, 16)), 16);
  v128.store(out, i64x2.sub(v128.load(f, 32), v128.load(g, 32)), 32);
  v128.store(out, i64x2.sub(v128.load(f, 48), v128.load(g, 48)), 48);
  v128.store(out, i64x2.sub(v128.load(f, 64), v128.load(g, 64)), 64);
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

/** f as 32 bytes little-endian at `bytes`; the top bit is ignored, values from p to 2^255 - 1 are taken modulo p. */
export function fromBytes(out: usize, bytes: usize): void {
  const w0 = load<u64>(bytes, 0);
  const w1 = load<u64>(bytes, 8);
  const w2 = load<u64>(bytes, 16);
  const w3 = load<u64>(bytes, 24);
  store<i64>(out, w0 & MASK26, 0);
  store<i64>(out, (w0 >> 26) & MASK25, 8);
  store<i64>(out, ((w0 >> 51) | (w1 << 13)) & MASK26, 16);
  store<i64>(out, (w1 >> 13) & MASK25, 24);
  store<i64>(out, w1 >> 38, 32);
  store<i64>(out, w2 & MASK25, 40);
  store<i64>(out, (w2 >> 25) & MASK26, 48);
  store<i64>(out, ((w2 >> 51) | (w3 << 13)) & MASK25, 56);
  store<i64>(out, (w3 >> 12) & MASK26, 64);
  store<i64>(out, (w3 >> 38) & MASK25, 72);
}

const reduced = memory.data(80, 16);

/** One pass of carries over all limbs in order. Returns the carry out of limb 9, which counts 2^255. */
function carryPass(f: usize, start: i64): i64 {
  let carry = start;
  for (let i: usize = 0; i < 10; i++) {
    const bits: i64 = 26 - (i & 1);
    const h = load<i64>(f + (i << 3)) + carry;
    carry = h >> bits;
    store<i64>(f + (i << 3), h & ((<i64>1 << bits) - 1));
  }
  return carry;
}

/** The canonical 32 bytes of f, below p. Any |h_i| < 2^62. */
export function toBytes(bytes: usize, f: usize): void {
  const h = reduced;
  copy(h, f);
  // |first| < 2^38. The second pass carries out -1, 0 or 1, and where it is not 0, h is so far from that edge that the
  // third pass carries out nothing.
  const first = carryPass(h, 0);
  const second = carryPass(h, 19 * first);
  carryPass(h, 19 * second);
  // 0 <= h < 2^255 < 2p: h >= p exactly if h + 19 >= 2^255, and then h - p = h + 19 - 2^255.
  let q: i64 = 19;
  for (let i: usize = 0; i < 10; i++) q = (load<i64>(h + (i << 3)) + q) >> (26 - <i64>(i & 1));
  carryPass(h, 19 * q);
  const h2 = load<u64>(h, 16);
  const h7 = load<u64>(h, 56);
  store<u64>(bytes, load<u64>(h, 0) | (load<u64>(h, 8) << 26) | (h2 << 51), 0);
  store<u64>(bytes, (h2 >> 13) | (load<u64>(h, 24) << 13) | (load<u64>(h, 32) << 38), 8);
  store<u64>(bytes, load<u64>(h, 40) | (load<u64>(h, 48) << 25) | (h7 << 51), 16);
  store<u64>(bytes, (h7 >> 13) | (load<u64>(h, 64) << 12) | (load<u64>(h, 72) << 38), 24);
  memory.fill(h, 0, FE);
}

const t0 = memory.data(80, 16);
const t1 = memory.data(80, 16);
const t2 = memory.data(80, 16);

/** out = z^(2^250 - 1); leaves z^11 in t0. Exponents in the comments are those of z. */
function powerOf250Ones(out: usize, z: usize): void {
  square(t0, z); // 2
  squareTimes(t1, t0, 2); // 8
  multiply(t1, z, t1); // 9
  multiply(t0, t0, t1); // 11
  square(t2, t0); // 22
  multiply(t1, t1, t2); // 2^5 - 1
  squareTimes(t2, t1, 5);
  multiply(t1, t2, t1); // 2^10 - 1
  squareTimes(t2, t1, 10);
  multiply(t2, t2, t1); // 2^20 - 1
  squareTimes(out, t2, 20);
  multiply(t2, out, t2); // 2^40 - 1
  squareTimes(t2, t2, 10);
  multiply(t1, t2, t1); // 2^50 - 1
  squareTimes(t2, t1, 50);
  multiply(t2, t2, t1); // 2^100 - 1
  squareTimes(out, t2, 100);
  multiply(t2, out, t2); // 2^200 - 1
  squareTimes(t2, t2, 50);
  multiply(out, t2, t1); // 2^250 - 1
}

/** out = 1 / z by Fermat (z^(p - 2)); 0 for 0. z carried. `out` may not be z. */
export function invert(out: usize, z: usize): void {
  powerOf250Ones(out, z);
  squareTimes(out, out, 5);
  multiply(out, out, t0); // 2^255 - 32 + 11 = p - 2
  memory.fill(t0, 0, FE);
  memory.fill(t1, 0, FE);
  memory.fill(t2, 0, FE);
}

/** out = z^((p - 5) / 8), as a square root needs it (RFC 8032 §5.1.3). z carried. `out` may not be z. */
export function powerForRoot(out: usize, z: usize): void {
  powerOf250Ones(out, z);
  squareTimes(out, out, 2);
  multiply(out, out, z); // 2^252 - 4 + 1 = (p - 5) / 8
}
// CT end
