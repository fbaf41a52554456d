// Inversion in constant time by division steps (Bernstein, Yang, "Fast constant-time gcd computation and modular
// inversion", eprint 2019/266): steps on low words only, 28 at a time, then one matrix for the whole numbers. Theorem
// 11.2: (49 * bits + 57) / 17 steps bring g to zero and f to 1 or -1, whatever the input; then d is the inverse or its
// negative. Invariants: d * input = f and e * input = g modulo M, but for powers of two taken out with d and e.
// M is a generated class of an odd modulus.

import { add, copy, enter, leave, negateIf } from './element';

const LIMB: i32 = 0xfffffff;

const f = memory.data(80, 16);
const g = memory.data(80, 16);
const d = memory.data(80, 16);
const e = memory.data(80, 16);
/** The matrix of 28 steps, times 2^28: f' = u f + v g, g' = q f + r g. |u| + |v| and |q| + |r| are at most 2^28. */
const matrix = memory.data(16, 16);

/** out = 1 / a in the Montgomery domain, in [0, 2 M) although d may be negative; 0 modulo M for 0. May overlap. */
export function invert<M>(out: usize, a: usize): void {
  const m = changetype<M>(0);
  // CT begin: secret = a
  copy<M>(f, m.modulus);
  leave<M>(g, a);
  memory.fill(d, 0, m.size);
  memory.fill(e, 0, m.size);
  store<i32>(e, 1);
  let negatedDelta: i32 = -1; // delta starts at 1
  for (let i = 0; i < m.inversionRounds; i++) {
    negatedDelta = divide28(negatedDelta, load<i32>(f), load<i32>(g));
    const u = <i64>load<i32>(matrix);
    const v = <i64>load<i32>(matrix, 4);
    const q = <i64>load<i32>(matrix, 8);
    const r = <i64>load<i32>(matrix, 12);
    updateNumbers<M>(u, v, q, r);
    updateFactors<M>(u, v, q, r);
  }
  const top = <usize>(m.limbs - 1) << 2;
  negateIf<M>(d, <u32>(load<i32>(f + top) >> 31));
  add<M>(d, d, m.modulus);
  add<M>(d, d, m.modulus); // in (0, 4 M), limbs within 3
  enter<M>(out, d);
  // CT end
}

/**
 * 28 division steps (§8 of the paper) on the low words of f and g, of which only as many bits count as steps are left.
 * Leaves the matrix and returns the new -delta. A step: if delta > 0 and g is odd, (delta, f, g) becomes
 * (1 - delta, g, (g - f) / 2), else (1 + delta, f, (g + (g mod 2) f) / 2).
 */
function divide28(negatedDelta: i32, f: i32, g: i32): i32 {
  // CT begin: secret = all of it
  let u: i32 = 1;
  let v: i32 = 0;
  let q: i32 = 0;
  let r: i32 = 1;
  for (let i = 0; i < 28; i++) {
    const positive = negatedDelta >> 31;
    const odd = -(g & 1);
    g += ((f ^ positive) - positive) & odd;
    q += ((u ^ positive) - positive) & odd;
    r += ((v ^ positive) - positive) & odd;
    const swap = positive & odd;
    negatedDelta = (negatedDelta ^ swap) - 1 - swap;
    f += g & swap;
    u += q & swap;
    v += r & swap;
    g >>= 1;
    u <<= 1;
    v <<= 1;
  }
  store<i32>(matrix, u);
  store<i32>(matrix, v, 4);
  store<i32>(matrix, q, 8);
  store<i32>(matrix, r, 12);
  return negatedDelta;
  // CT end
}

/** (f, g) = (u f + v g, q f + r g) / 2^28, which is exact. Limbs in [0, 2^28), the top one signed, before and after. */
// @ts-ignore: decorator
@inline
function updateNumbers<M>(u: i64, v: i64, q: i64, r: i64): void {
  const m = changetype<M>(0);
  // CT begin: secret = all of it
  let newF = (u * <i64>load<i32>(f) + v * <i64>load<i32>(g)) >> 28;
  let newG = (q * <i64>load<i32>(f) + r * <i64>load<i32>(g)) >> 28;
  const end = <usize>m.limbs << 2;
  for (let i: usize = 4; i < end; i += 4) {
    const fi = <i64>load<i32>(f + i);
    const gi = <i64>load<i32>(g + i);
    newF += u * fi + v * gi;
    newG += q * fi + r * gi;
    store<i32>(f + i - 4, <i32>newF & LIMB);
    store<i32>(g + i - 4, <i32>newG & LIMB);
    newF >>= 28;
    newG >>= 28;
  }
  store<i32>(f + end - 4, <i32>newF);
  store<i32>(g + end - 4, <i32>newG);
  // CT end
}

/**
 * (d, e) = (u d + v e, q d + r e) / 2^28 modulo M. Both stay in (-2 M, M): M is added to what is negative before, and
 * then such a multiple of M in (-2^28, 0] that the low limb vanishes. Limbs as in updateNumbers.
 */
// @ts-ignore: decorator
@inline
function updateFactors<M>(u: i64, v: i64, q: i64, r: i64): void {
  const m = changetype<M>(0);
  // CT begin: secret = all of it
  const end = <usize>m.limbs << 2;
  const negativeD = <i64>(load<i32>(d + end - 4) >> 31);
  const negativeE = <i64>(load<i32>(e + end - 4) >> 31);
  let timesD = (u & negativeD) + (v & negativeE);
  let timesE = (q & negativeD) + (r & negativeE);
  const d0 = <i64>load<i32>(d);
  const e0 = <i64>load<i32>(e);
  const m0 = <i64>load<i32>(m.modulus);
  let newD = u * d0 + v * e0;
  let newE = q * d0 + r * e0;
  timesD -= (newD * <i64>m.lowInverse + timesD) & <i64>LIMB;
  timesE -= (newE * <i64>m.lowInverse + timesE) & <i64>LIMB;
  newD = (newD + timesD * m0) >> 28;
  newE = (newE + timesE * m0) >> 28;
  for (let i: usize = 4; i < end; i += 4) {
    const di = <i64>load<i32>(d + i);
    const ei = <i64>load<i32>(e + i);
    const mi = <i64>load<i32>(m.modulus + i);
    newD += u * di + v * ei + timesD * mi;
    newE += q * di + r * ei + timesE * mi;
    store<i32>(d + i - 4, <i32>newD & LIMB);
    store<i32>(e + i - 4, <i32>newE & LIMB);
    newD >>= 28;
    newE >>= 28;
  }
  store<i32>(d + end - 4, <i32>newD);
  store<i32>(e + end - 4, <i32>newE);
  // CT end
}

/** Wipes what the functions of this file keep. */
export function wipeInversion(): void {
  memory.fill(f, 0, 80);
  memory.fill(g, 0, 80);
  memory.fill(d, 0, 80);
  memory.fill(e, 0, 80);
  memory.fill(matrix, 0, 16);
}
