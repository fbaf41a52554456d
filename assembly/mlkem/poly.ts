// Polynomials of 256 coefficients in i16 lanes (512 bytes): products in the NTT domain, compression, byte encoding
// (FIPS 203 §4.2). Constant-time by construction: compression multiplies and compares in lanes and never divides.

import { canonical, montgomery, mulmod, reduce } from './arithmetic';
import { gammas } from './tables';

export const POLY: usize = 512;
/** A polynomial made ready as the second factor of innerProduct. */
export const PREPARED: usize = 1024;

// CT begin: secret = coefficients, bytes

/** Replaces every coefficient by a small one: |f| <= 1960 for |f| <= 18,600. */
export function reduceAll(f: usize): void {
  for (let at = f, end = f + POLY; at < end; at += 16) v128.store(at, reduce(v128.load(at)));
}

/** Replaces every coefficient by its representative in 0..q-1; |f| <= 9 q. */
export function canonicalAll(f: usize): void {
  for (let at = f, end = f + POLY; at < end; at += 16) v128.store(at, canonical(v128.load(at)));
}

/** f += g. */
export function add(f: usize, g: usize): void {
  for (let i: usize = 0; i < POLY; i += 16) v128.store(f + i, i16x8.add(v128.load(f + i), v128.load(g + i)));
}

/** f = g - f. */
export function subtractFrom(f: usize, g: usize): void {
  for (let i: usize = 0; i < POLY; i += 16) v128.store(f + i, i16x8.sub(v128.load(g + i), v128.load(f + i)));
}

/**
 * Lays out f, an NTT image with |f| <= 18,600, as second factor of innerProduct: for each vector of four pairs
 * (b0, b1) the pairs (b0, gamma b1) and (b1, b0), so that FIPS 203 Algorithm 12 becomes two dot products.
 */
export function prepare(f: usize, out: usize): void {
  for (let i: usize = 0; i < POLY; i += 16) {
    const b = reduce(v128.load(f + i));
    const gamma = gammas + (i << 1);
    v128.store(out + (i << 1), mulmod(b, v128.load(gamma), v128.load(gamma, 16)));
    v128.store(out + (i << 1), i16x8.shuffle(b, b, 1, 0, 3, 2, 5, 4, 7, 6), 16);
  }
}

/**
 * out = 2^-16 * sum of a_j * b_j in the NTT domain, j < k <= 4. a_j: at a + j * stride, coefficients 0..4095;
 * b_j: prepared, |b_j| <= 1960. The sums stay below 4 * 2 * 4095 * 1960 < 2^26; |out| <= 2600.
 */
export function innerProduct(a: usize, stride: usize, prepared: usize, k: i32, out: usize): void {
  for (let i: usize = 0; i < POLY; i += 16) {
    let x = a + i;
    let y = prepared + (i << 1);
    let v = v128.load(x);
    let even = i32x4.dot_i16x8_s(v, v128.load(y));
    let odd = i32x4.dot_i16x8_s(v, v128.load(y, 16));
    for (let j = 1; j < k; j++) {
      x += stride;
      y += PREPARED;
      v = v128.load(x);
      even = i32x4.add(even, i32x4.dot_i16x8_s(v, v128.load(y)));
      odd = i32x4.add(odd, i32x4.dot_i16x8_s(v, v128.load(y, 16)));
    }
    v128.store(out + i, v128.or(i32x4.shr_u(montgomery(even), 16), montgomery(odd)));
  }
}

/** f * 2^16 mod q: undoes the Montgomery reduction of innerProduct. -1044 = 2^16 mod q. */
export function toPlain(f: usize): void {
  const b = i16x8.splat(-1044);
  const bq = i16x8.splat(-10276); // round(-1044 * 2^15 / q)
  for (let at = f, end = f + POLY; at < end; at += 16) v128.store(at, mulmod(v128.load(at), b, bq));
}

/** ByteEncode_d (Algorithm 5) of values 0..2^d-1 in eight lanes to d bytes; writes 12 bytes, the rest zero. */
// @ts-ignore: decorator
@inline
function encode8(v: v128, d: i32, out: usize): void {
  const pairs = i32x4.dot_i16x8_s(v, i32x4.splat(1 | (1 << (16 + d))));
  const low = v128.and(pairs, i64x2.splat(0xffffffff));
  const fours = v128.or(low, i64x2.shl(i64x2.shr_u(pairs, 32), 2 * d));
  const first = i64x2.extract_lane(fours, 0);
  const second = i64x2.extract_lane(fours, 1);
  store<u64>(out, first | (second << (4 * d)));
  store<u32>(out, <u32>((<u64>second) >> (64 - 4 * d)), 8);
}

/** ByteDecode_d (Algorithm 6) of d bytes to eight lanes; reads 12 bytes. */
// @ts-ignore: decorator
@inline
function decode8(bytes: usize, d: i32): v128 {
  const low = load<u64>(bytes);
  const second = (low >> (4 * d)) | (<u64>load<u32>(bytes, 8) << (64 - 4 * d));
  const fours = i64x2.replace_lane(i64x2.splat(low), 1, second);
  const pairMask = i64x2.splat((<i64>1 << (2 * d)) - 1);
  const high = i64x2.shl(v128.and(i64x2.shr_u(fours, 2 * d), pairMask), 32);
  const pairs = v128.or(v128.and(fours, pairMask), high);
  const oneMask = i32x4.splat((1 << d) - 1);
  return v128.or(v128.and(pairs, oneMask), i32x4.shl(v128.and(i32x4.shr_u(pairs, d), oneMask), 16));
}

/** ByteEncode_12 of canonical coefficients: 384 bytes, and 12 - d = 0 beyond. */
export function encode12(f: usize, out: usize): void {
  for (let i: usize = 0; i < 32; i++) encode8(v128.load(f + (i << 4)), 12, out + i * 12);
}

/** ByteDecode_12 of 384 bytes without the reduction modulo q: 0..4095. Zero if all are below q. */
export function decode12(bytes: usize, f: usize): i32 {
  let over = i16x8.splat(0);
  for (let i: usize = 0; i < 32; i++) {
    const v = decode8(bytes + i * 12, 12);
    over = v128.or(over, i16x8.gt_s(v, i16x8.splat(3328)));
    v128.store(f + (i << 4), v);
  }
  return i16x8.bitmask(over);
}

/**
 * ByteEncode_d(Compress_d(f)) for |f| <= 5400: 32 d bytes, and up to 11 bytes beyond. d = 1, 4, 5, 10, 11.
 * `factor` = round(2^d * 2^15 / q) gives round(2^d f / q + e), |e| < 0.09; the remainder 2^d f - q * result, exact
 * modulo 2^16, then says whether the result is one too large or too small. Never a tie: q is odd.
 */
export function compressEncode(f: usize, d: i32, factor: i32, out: usize): void {
  const mask = i16x8.splat(<i16>(<i32>((1 << d) - 1)));
  const q = i16x8.splat(3329);
  const half = i16x8.splat(1664);
  const minusHalf = i16x8.splat(-1664);
  const scale = i16x8.splat(<i16>factor);
  for (let i: usize = 0; i < 32; i++) {
    const x = v128.load(f + (i << 4));
    const estimate = i16x8.q15mulr_sat_s(x, scale);
    const remainder = i16x8.sub(i16x8.shl(x, d), i16x8.mul(estimate, q));
    const correction = i16x8.sub(i16x8.lt_s(remainder, minusHalf), i16x8.gt_s(remainder, half));
    encode8(v128.and(i16x8.add(estimate, correction), mask), d, out + i * <usize>d);
  }
}

/** Decompress_d(ByteDecode_d(bytes)): 32 d bytes, reads up to 11 beyond; 0..3329. (q y + 2^(d-1)) >> d, exactly. */
export function decodeDecompress(bytes: usize, d: i32, f: usize): void {
  const q = i16x8.splat(3329);
  for (let i: usize = 0; i < 32; i++) {
    const y = i16x8.shl(decode8(bytes + i * <usize>d, d), 15 - d);
    v128.store(f + (i << 4), i16x8.q15mulr_sat_s(y, q));
  }
}
// CT end
