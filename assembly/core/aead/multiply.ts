// Multiplication in GHASH's field (NIST SP 800-38D §6.3) by integer multiplication with holes: operands are split into
// four parts with every fourth bit, so that the carries of at most 16 summands die in the three bits between. The low
// halves of the carry-less products come out directly; the high halves are the low halves of the bit-reversed operands.
//
// A block read as a big-endian integer has the coefficient of x^127 in bit 0. In that order the product of two blocks
// is their carry-less product shifted left by one bit, reduced from the low end (x^128 = x^7 + x^2 + x + 1).
// All 64-bit products modulo 2^64; integer multiplication takes constant time on every target of SIMD WebAssembly.

// Byte orders and bit reversal of a nibble, for swizzles.
const tables = memory.data<u8>([
  15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, // whole block turned
  7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8, // each half turned
  0x00, 0x80, 0x40, 0xc0, 0x20, 0xa0, 0x60, 0xe0, 0x10, 0x90, 0x50, 0xd0, 0x30, 0xb0, 0x70, 0xf0,
  0x00, 0x08, 0x04, 0x0c, 0x02, 0x0a, 0x06, 0x0e, 0x01, 0x09, 0x05, 0x0d, 0x03, 0x0b, 0x07, 0x0f,
], 16);

/** Bytes that prepareHashKey writes: the parts of three words and of their reversals. */
export const HASH_KEY_LENGTH: usize = 192;

const M0: u64 = 0x1111111111111111;
const M1: u64 = 0x2222222222222222;
const M2: u64 = 0x4444444444444444;
const M3: u64 = 0x8888888888888888;

/** Bits of each byte reversed. */
// @ts-ignore: decorator
@inline
function reverseBits(a: v128): v128 {
  const mask = i8x16.splat(0x0f);
  return v128.or(
    i8x16.swizzle(load<v128>(tables, 32), v128.and(a, mask)),
    i8x16.swizzle(load<v128>(tables, 48), v128.and(i16x8.shr_u(a, 4), mask)),
  );
}

/** Low half of the carry-less product of x and the word whose parts stand at `parts`. */
// @ts-ignore: decorator
@inline
function multiplyLow(x: u64, parts: usize): u64 {
  const a = x & M0;
  const b = x & M1;
  const c = x & M2;
  const d = x & M3;
  const p = load<u64>(parts);
  const q = load<u64>(parts, 8);
  const r = load<u64>(parts, 16);
  const s = load<u64>(parts, 24);
  return (
    (((a * p) ^ (b * s) ^ (c * r) ^ (d * q)) & M0) |
    (((a * q) ^ (b * p) ^ (c * s) ^ (d * r)) & M1) |
    (((a * r) ^ (b * q) ^ (c * p) ^ (d * s)) & M2) |
    (((a * s) ^ (b * r) ^ (c * q) ^ (d * p)) & M3)
  );
}

function storeParts(at: usize, x: u64): void {
  store<u64>(at, x & M0);
  store<u64>(at, x & M1, 8);
  store<u64>(at, x & M2, 16);
  store<u64>(at, x & M3, 24);
}

/** Splits a block to multiply with, 16 bytes at `block`, into HASH_KEY_LENGTH bytes of parts. */
export function prepareHashKey(block: usize, parts: usize): void {
  // CT begin: secret = block
  const raw = load<v128>(block);
  const words = i8x16.swizzle(raw, load<v128>(tables));
  const reversed = reverseBits(raw);
  const low = i64x2.extract_lane(words, 0);
  const high = i64x2.extract_lane(words, 1);
  const reversedHigh = i64x2.extract_lane(reversed, 0);
  const reversedLow = i64x2.extract_lane(reversed, 1);
  storeParts(parts, low);
  storeParts(parts + 32, high);
  storeParts(parts + 64, low ^ high);
  storeParts(parts + 96, reversedLow);
  storeParts(parts + 128, reversedHigh);
  storeParts(parts + 160, reversedLow ^ reversedHigh);
  // CT end
}

/** A block times the block whose parts stand at `parts`. */
export function multiply(block: v128, parts: usize): v128 {
  // CT begin: secret = block, parts
  const words = i8x16.swizzle(block, load<v128>(tables));
  const reversed = reverseBits(block);
  const x0 = <u64>i64x2.extract_lane(words, 0);
  const x1 = <u64>i64x2.extract_lane(words, 1);
  const r1 = <u64>i64x2.extract_lane(reversed, 0);
  const r0 = <u64>i64x2.extract_lane(reversed, 1);
  // Karatsuba on halves: low, high and middle products, each as its low and its reversed high half.
  const low = multiplyLow(x0, parts);
  const high = multiplyLow(x1, parts + 32);
  const middle = multiplyLow(x0 ^ x1, parts + 64) ^ low ^ high;
  const lowTop = multiplyLow(r0, parts + 96);
  const highTop = multiplyLow(r1, parts + 128);
  const middleTop = multiplyLow(r0 ^ r1, parts + 160) ^ lowTop ^ highTop;

  // The product shifted left by one, as four words v3..v0. A low half and its reversed high half overlap in one bit,
  // so that only the low half needs the shift.
  const tops = reverseWords(i64x2.replace_lane(i64x2.splat(lowTop), 1, middleTop));
  const last = reverseWords(i64x2.splat(highTop));
  const v0 = low << 1;
  let v1 = <u64>i64x2.extract_lane(tops, 0) ^ (middle << 1);
  let v2 = <u64>i64x2.extract_lane(tops, 1) ^ (high << 1);
  let v3 = <u64>i64x2.extract_lane(last, 0);

  v1 ^= (v0 << 63) ^ (v0 << 62) ^ (v0 << 57);
  v2 ^= v0 ^ (v0 >> 1) ^ (v0 >> 2) ^ (v0 >> 7);
  v2 ^= (v1 << 63) ^ (v1 << 62) ^ (v1 << 57);
  v3 ^= v1 ^ (v1 >> 1) ^ (v1 >> 2) ^ (v1 >> 7);
  const result = i64x2.replace_lane(i64x2.splat(v2), 1, v3);
  return i8x16.swizzle(result, load<v128>(tables));
  // CT end
}

/** Bits of each 64-bit word reversed. */
// @ts-ignore: decorator
@inline
function reverseWords(a: v128): v128 {
  return i8x16.swizzle(reverseBits(a), load<v128>(tables, 16));
}
