// The kernels as the tests call them, one by one, to compare them with their slow twins over their whole ranges.

import { inverseNtt, ntt } from './ntt';
import { decompose, power2Round, useHint } from './rounding';

/** ntt.ts: the forward transform in place; |f| <= q. */
export function mldsaNtt(f: usize): void {
  ntt(f);
}

/** ntt.ts: the inverse transform in place, times 2^32; |f| <= 0.82 q. */
export function mldsaInverseNtt(f: usize): void {
  inverseNtt(f);
}

/** rounding.ts: Power2Round of f, the high half in place. */
export function mldsaPower2Round(f: usize, low: usize): void {
  power2Round(f, low);
}

/** rounding.ts: Decompose of f. */
export function mldsaDecompose(f: usize, set: i32, high: usize, low: usize): void {
  decompose(f, set, high, low);
}

/** rounding.ts: UseHint of f in place, for hints of 0 and 1. */
export function mldsaUseHint(f: usize, set: i32, hint: usize): void {
  useHint(f, set, hint);
}
