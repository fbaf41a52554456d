// High-order and low-order bits and hints (FIPS 204 §7.4) on four lanes at once, without division.
// Constant-time by construction.

import { POLY } from './poly';

// CT begin: secret = coefficients

/** Power2Round (Algorithm 35) of f in 0..q-1: high to f, low in -2^12+1..2^12 to `low`. */
export function power2Round(f: usize, low: usize): void {
  for (let i: usize = 0; i < POLY; i += 16) {
    const r = v128.load(f + i);
    const high = i32x4.shr_s(i32x4.add(r, i32x4.splat(4095)), 13);
    v128.store(f + i, high);
    v128.store(low + i, i32x4.sub(r, i32x4.shl(high, 13)));
  }
}

/**
 * HighBits of r in 0..q-1 (Algorithm 37). With m = ceil(r / 128) the quotient of m by 2 gamma2 / 128 (1488 or 4092),
 * rounded, is a multiplication and a shift; the last, short interval wraps to zero. A test checks every r.
 */
// @ts-ignore: decorator
@inline
function highBits(r: v128, set: i32): v128 {
  const m = i32x4.shr_s(i32x4.add(r, i32x4.splat(127)), 7);
  if (set == 44) {
    const high = i32x4.shr_s(i32x4.add(i32x4.mul(m, i32x4.splat(11275)), i32x4.splat(1 << 23)), 24);
    return v128.and(high, i32x4.lt_s(high, i32x4.splat(44)));
  }
  const high = i32x4.shr_s(i32x4.add(i32x4.mul(m, i32x4.splat(1025)), i32x4.splat(1 << 21)), 22);
  return v128.and(high, i32x4.splat(15));
}

/** LowBits of r with these high bits: in -gamma2..gamma2. */
// @ts-ignore: decorator
@inline
function lowBits(r: v128, high: v128, set: i32): v128 {
  const step = set == 44 ? 190464 : 523776;
  const low = i32x4.sub(r, i32x4.mul(high, i32x4.splat(step)));
  const above = i32x4.gt_s(low, i32x4.splat(4190208));
  return i32x4.sub(low, v128.and(above, i32x4.splat(8380417)));
}

/** Decompose (Algorithm 36) of f in 0..q-1. */
export function decompose(f: usize, set: i32, high: usize, low: usize): void {
  for (let i: usize = 0; i < POLY; i += 16) {
    const r = v128.load(f + i);
    const h = highBits(r, set);
    v128.store(high + i, h);
    v128.store(low + i, lowBits(r, h, set));
  }
}

/**
 * MakeHint (Algorithm 39) for w - cs2 + ct0, whose low bits before ct0 are known: `low` = LowBits(w) - cs2 + ct0 as an
 * integer, `high` = HighBits(w), which the check of r0 ensured to be HighBits(w - cs2) too. The hint, 0 or 1, says
 * that `low` left the interval of `high`. Returns the number of hints.
 */
export function makeHint(low: usize, high: usize, set: i32, hint: usize): i32 {
  const gamma = i32x4.splat(set == 44 ? 95232 : 261888);
  const minus = i32x4.splat(set == 44 ? -95232 : -261888);
  const zero = i32x4.splat(0);
  let count = zero;
  for (let i: usize = 0; i < POLY; i += 16) {
    const a = v128.load(low + i);
    const edge = v128.and(i32x4.eq(a, minus), i32x4.ne(v128.load(high + i), zero));
    const out = v128.or(v128.or(i32x4.gt_s(a, gamma), i32x4.lt_s(a, minus)), edge);
    v128.store(hint + i, i32x4.neg(out));
    count = i32x4.sub(count, out);
  }
  return i32x4.extract_lane(count, 0) + i32x4.extract_lane(count, 1) + i32x4.extract_lane(count, 2) +
    i32x4.extract_lane(count, 3);
}

/** UseHint (Algorithm 40) on f in 0..q-1: f becomes the corrected high bits. */
export function useHint(f: usize, set: i32, hint: usize): void {
  const steps = i32x4.splat(set == 44 ? 44 : 16);
  const zero = i32x4.splat(0);
  for (let i: usize = 0; i < POLY; i += 16) {
    const r = v128.load(f + i);
    const high = highBits(r, set);
    const up = i32x4.gt_s(lowBits(r, high, set), zero); // -1 or 0
    // +1 above zero, -1 otherwise; only where there is a hint.
    const step = i32x4.sub(i32x4.neg(i32x4.shl(up, 1)), i32x4.splat(1));
    let moved = i32x4.add(high, i32x4.mul(step, v128.load(hint + i)));
    moved = i32x4.add(moved, v128.and(i32x4.shr_s(moved, 31), steps));
    v128.store(f + i, i32x4.sub(moved, v128.and(i32x4.eq(moved, steps), steps)));
  }
}
// CT end
