// Polynomials of 256 coefficients in i32 lanes (1024 bytes): sums, products in the NTT domain, norms.
// Constant-time by construction.

import { canonical, centred, montgomery } from './arithmetic';

export const POLY: usize = 1024;

// CT begin: secret = coefficients

/** f += g. */
export function add(f: usize, g: usize): void {
  for (let i: usize = 0; i < POLY; i += 16) v128.store(f + i, i32x4.add(v128.load(f + i), v128.load(g + i)));
}

/** f -= g. */
export function subtract(f: usize, g: usize): void {
  for (let i: usize = 0; i < POLY; i += 16) v128.store(f + i, i32x4.sub(v128.load(f + i), v128.load(g + i)));
}

/** Every coefficient in 0..q-1, from -q..2q-1. */
export function canonicalAll(f: usize): void {
  for (let at = f, end = f + POLY; at < end; at += 16) v128.store(at, canonical(v128.load(at)));
}

/** Every coefficient in -(q-1)/2..(q-1)/2, from -q..2q-1. */
export function centredAll(f: usize): void {
  for (let at = f, end = f + POLY; at < end; at += 16) v128.store(at, centred(v128.load(at)));
}

/**
 * out = 2^-32 * sum of a_j * b_j in the NTT domain, j < count <= 8, a_j and b_j one behind the other; less c * d if
 * c is not 0. With |a_j| <= q and the others at most 9.2 q the sum is below 160 q^2 and |out| <= 0.82 q.
 */
export function innerProduct(a: usize, b: usize, count: i32, c: usize, d: usize, out: usize): void {
  for (let i: usize = 0; i < POLY; i += 16) {
    let low = i64x2.splat(0);
    let high = i64x2.splat(0);
    let x = a + i;
    let y = b + i;
    for (let j = 0; j < count; j++) {
      const u = v128.load(x);
      const v = v128.load(y);
      low = i64x2.add(low, i64x2.extmul_low_i32x4_s(u, v));
      high = i64x2.add(high, i64x2.extmul_high_i32x4_s(u, v));
      x += POLY;
      y += POLY;
    }
    if (c != 0) {
      const u = v128.load(c + i);
      const v = v128.load(d + i);
      low = i64x2.sub(low, i64x2.extmul_low_i32x4_s(u, v));
      high = i64x2.sub(high, i64x2.extmul_high_i32x4_s(u, v));
    }
    v128.store(out + i, montgomery(low, high));
  }
}

/** All ones if some coefficient of the `count` polynomials at f has an absolute value of `bound` or more. */
export function reachesMask(f: usize, count: i32, bound: i32): u32 {
  const largest = i32x4.splat(bound - 1);
  let found = i32x4.splat(0);
  for (let at = f, end = f + <usize>count * POLY; at < end; at += 16) {
    found = v128.or(found, i32x4.gt_s(i32x4.abs(v128.load(at)), largest));
  }
  return maskOf(found);
}

/** All ones if a lane of masks is set. */
// @ts-ignore: decorator
@inline
function maskOf(lanes: v128): u32 {
  return i32x4.extract_lane(lanes, 0) | i32x4.extract_lane(lanes, 1) | i32x4.extract_lane(lanes, 2) |
    i32x4.extract_lane(lanes, 3);
}
// CT end
