// Pairs of elements modulo p = 2^255 - 19 for the Montgomery ladder, whose multiplications come two by two: a v128
// multiplies four limbs with two instructions where i64.mul takes four. Constant time throughout.
//
// The limbs of field.ts in i32, those of the first element x beside those of the second y, 80 bytes, 16-byte aligned:
//
//   lane of word w:   0      1      2        3
//                   x_2w   y_2w   x_2w+1   y_2w+1
//
// "Carried" means 0 <= limb < 2^26 (even) or 2^25 (odd), plus 2^17 in limb 1: what multiplyPairs and squarePairs
// (pair_products.ts, generated) return. Sums and differences are not carried; the callers state their factors.

import { FE } from './field';

/** Bytes of a pair. */
export const PAIR: usize = 80;

// CT begin: secret = every element

/** (x, y) from two elements whose limbs fit in i32. */
export function pack(out: usize, x: usize, y: usize): void {
  for (let i: usize = 0; i < FE; i += 8) {
    store<i32>(out + i, <i32>load<i64>(x + i));
    store<i32>(out + i, <i32>load<i64>(y + i), 4);
  }
}

/** The elements of a pair. */
export function unpack(x: usize, y: usize, pair: usize): void {
  for (let i: usize = 0; i < FE; i += 8) {
    store<i64>(x + i, load<i32>(pair + i));
    store<i64>(y + i, load<i32>(pair + i, 4));
  }
}

/** (y, x) */
// @ts-ignore: decorator
@inline
export function swapped(pair: v128): v128 {
  return v128.shuffle<i32>(pair, pair, 1, 0, 3, 2);
}

/** (x, 0) */
// @ts-ignore: decorator
@inline
export function first(pair: v128): v128 {
  return v128.and(pair, i64x2.splat(0xffffffff));
}

/** (0, y) */
// @ts-ignore: decorator
@inline
export function second(pair: v128): v128 {
  return v128.and(pair, i64x2.splat(-0x100000000));
}

/** (x + y, x - y): factors add up. */
// @ts-ignore: decorator
@inline
export function sumAndDifference(pair: v128): v128 {
  const minus = i64x2.splat(-0x100000000);
  return i32x4.add(swapped(pair), i32x4.sub(v128.xor(pair, minus), minus));
}
// CT end
