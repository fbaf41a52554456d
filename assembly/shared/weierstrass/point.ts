// Points of a short Weierstrass curve with a = -3 and prime order. Addition takes homogeneous coordinates (x = X/Z,
// y = Y/Z) by the complete formulas of Renes, Costello and Batina (eprint 2015/1060, algorithms 4 and 5): right for
// every pair of points, the same one and infinity included. Doubling takes Jacobian ones (x = X/Z^2, y = Y/Z^3), which
// cost a third less; it is right for every point but infinity, which multiply.ts never doubles.
// A point is its coordinates one after the other, each tight (element.ts), but for Z of a Jacobian point: within 2.
// F is a generated field class.
// Comments give limb bounds in units of 2^28.

import { add, carry, copy, shift, subtract, triple } from './element';

const temporaries = memory.data(6 * 80, 16);

/** (out) = (p) + (q), homogeneous, complete. May overlap. */
export function addComplete<F>(out: usize, p: usize, q: usize): void {
  const f = changetype<F>(0);
  const size = f.size;
  const t0 = temporaries;
  const t1 = t0 + size;
  const t2 = t1 + size;
  const t3 = t2 + size;
  const t4 = t3 + size;
  const t5 = t4 + size;
  // CT begin: secret = the coordinates
  f.multiply(t0, p, q); // X1 X2
  f.multiply(t1, p + size, q + size); // Y1 Y2
  f.multiply(t2, p + 2 * size, q + 2 * size); // Z1 Z2
  cross<F>(t3, p, p + size, q, q + size, t0, t1, t5); // X1 Y2 + X2 Y1: 2
  cross<F>(t4, p + size, p + 2 * size, q + size, q + 2 * size, t1, t2, t5); // Y1 Z2 + Y2 Z1: 2
  cross<F>(t5, p, p + 2 * size, q, q + 2 * size, t0, t2, out); // X1 Z2 + X2 Z1: 2
  finish<F>(out, t0, t1, t2, t3, t4, t5);
  // CT end
}

/** (out) = (p) + (q), p homogeneous, q affine (two coordinates, not infinity), complete. May overlap. */
export function addMixed<F>(out: usize, p: usize, q: usize): void {
  const f = changetype<F>(0);
  const size = f.size;
  const t0 = temporaries;
  const t1 = t0 + size;
  const t2 = t1 + size;
  const t3 = t2 + size;
  const t4 = t3 + size;
  const t5 = t4 + size;
  // CT begin: secret = the coordinates
  f.multiply(t0, p, q); // X1 X2
  f.multiply(t1, p + size, q + size); // Y1 Y2
  copy<F>(t2, p + 2 * size); // Z1: 1
  cross<F>(t3, p, p + size, q, q + size, t0, t1, t5); // X1 Y2 + X2 Y1: 2
  f.multiply(t4, q + size, t2);
  add<F>(t4, t4, p + size); // Y2 Z1 + Y1: 2
  f.multiply(t5, q, t2);
  add<F>(t5, t5, p); // X2 Z1 + X1: 2
  finish<F>(out, t0, t1, t2, t3, t4, t5);
  // CT end
}

/** out = a d + b c from ac and bd: ac + bd - (a - b)(c - d). Bound of the result: 2. */
// @ts-ignore: decorator
@inline
function cross<F>(out: usize, a: usize, b: usize, c: usize, d: usize, ac: usize, bd: usize, t: usize): void {
  const f = changetype<F>(0);
  subtract<F>(out, a, b); // 1
  subtract<F>(t, c, d); // 2: the y of a table's entry may be negated
  f.multiply(t, out, t);
  add<F>(out, ac, bd); // 2
  subtract<F>(out, out, t); // (-1, 2)
}

/** The common end of both additions (from step 19 of algorithm 4 on). */
function finish<F>(out: usize, t0: usize, t1: usize, t2: usize, t3: usize, t4: usize, t5: usize): void {
  const f = changetype<F>(0);
  const size = f.size;
  const x = out;
  const y = out + size;
  const z = out + 2 * size;
  // CT begin: secret = the coordinates
  f.multiply(z, f.b, t2);
  subtract<F>(x, t5, z); // 3
  carry<F>(x);
  triple<F>(x, x); // 3
  carry<F>(x);
  subtract<F>(z, t1, x); // 1
  add<F>(x, t1, x); // 2
  f.multiply(y, f.b, t5);
  triple<F>(t2, t2); // 3
  subtract<F>(y, y, t2);
  subtract<F>(y, y, t0); // (-4, 1)
  carry<F>(y);
  triple<F>(y, y); // 3
  triple<F>(t0, t0); // 3
  subtract<F>(t0, t0, t2); // 3
  carry<F>(t0);
  f.multiply(t1, t4, y); // 2 * 3
  f.multiply(t2, t0, y); // 1 * 3
  f.multiply(y, x, z); // 2 * 1
  add<F>(y, y, t2);
  carry<F>(y);
  f.multiply(x, t3, x); // 2 * 2
  subtract<F>(x, x, t1);
  carry<F>(x);
  f.multiply(z, t4, z); // 2 * 1
  f.multiply(t1, t3, t0); // 2 * 1
  add<F>(z, z, t1);
  carry<F>(z);
  // CT end
}

/**
 * (p) += (q), p Jacobian and not infinity, q affine and neither p nor its negative: the caller says why there are no
 * others. (madd of the Explicit-Formulas Database.)
 */
export function addAffine<F>(p: usize, q: usize): void {
  const f = changetype<F>(0);
  const size = f.size;
  const y = p + size;
  const z = y + size;
  const h = temporaries;
  const r = h + size;
  const w = r + size;
  // CT begin: secret = the coordinates
  f.square(w, z);
  f.multiply(h, q, w); // X2 Z1^2
  f.multiply(w, w, z);
  f.multiply(r, q + size, w); // Y2 Z1^3
  subtract<F>(h, h, p); // 1
  subtract<F>(r, r, y); // 2: the y of the comb's first entry may be negated
  finishJacobian<F>(p, p, y, h, r);
  // CT end
}

/**
 * The common end of Jacobian additions: X, Y and Z of the sum from U1, S1 (they may be X and Y), H = U2 - U1 within 1
 * and R = S2 - S1 within 2, which are lost. Z of p is Z1 Z2.
 */
export function finishJacobian<F>(p: usize, u: usize, s: usize, h: usize, r: usize): void {
  const f = changetype<F>(0);
  const size = f.size;
  const y = p + size;
  const z = y + size;
  const v = temporaries + 2 * size;
  const w = v + size;
  // CT begin: secret = the coordinates
  f.multiply(z, z, h);
  f.square(w, h);
  f.multiply(v, u, w); // U1 H^2
  f.multiply(h, h, w); // H^3
  f.square(p, r);
  subtract<F>(p, p, h);
  subtract<F>(p, p, v);
  subtract<F>(p, p, v); // (-3, 1)
  carry<F>(p);
  subtract<F>(v, v, p); // 1
  f.multiply(w, s, h);
  f.multiply(y, r, v);
  subtract<F>(y, y, w); // 1
  carry<F>(y);
  // CT end
}

/**
 * Doubles a Jacobian point `times` times (dbl-2001-b of the Explicit-Formulas Database, but Z = 2 Y Z plainly: a
 * multiplication costs what a square does). Not for infinity.
 */
export function doubleJacobian<F>(p: usize, times: i32): void {
  const f = changetype<F>(0);
  const size = f.size;
  const x = p;
  const y = p + size;
  const z = y + size;
  const delta = temporaries;
  const gamma = delta + size;
  const beta = gamma + size;
  const alpha = beta + size;
  const t = alpha + size;
  // CT begin: secret = the coordinates
  for (let i = 0; i < times; i++) {
    f.square(delta, z);
    f.square(gamma, y);
    f.multiply(beta, x, gamma);
    subtract<F>(alpha, x, delta); // 1
    triple<F>(alpha, alpha); // 3
    add<F>(t, x, delta); // 2
    f.multiply(alpha, alpha, t);
    f.multiply(z, y, z);
    add<F>(z, z, z); // 2 Y Z: 2
    f.square(x, alpha);
    shift<F>(beta, beta, 2); // 4
    subtract<F>(x, x, beta); // 4
    subtract<F>(x, x, beta); // (-8, 1)
    carry<F>(x);
    subtract<F>(beta, beta, x); // 5
    f.multiply(beta, alpha, beta); // 1 * 5
    f.square(gamma, gamma);
    shift<F>(gamma, gamma, 3); // 8, as the top limb is small and the others are below 2^28
    subtract<F>(y, beta, gamma); // (-8, 1)
    carry<F>(y);
  }
  // CT end
}

/** The same point in Jacobian coordinates: (X Z, Y Z^2, Z). */
export function toJacobian<F>(p: usize): void {
  const f = changetype<F>(0);
  const z = p + 2 * f.size;
  f.multiply(p, p, z);
  f.square(temporaries, z);
  f.multiply(p + f.size, p + f.size, temporaries);
}

/** The same point in homogeneous coordinates: (X Z, Y, Z^3). */
export function toHomogeneous<F>(p: usize): void {
  const f = changetype<F>(0);
  const z = p + 2 * f.size;
  f.multiply(p, p, z);
  f.square(temporaries, z);
  f.multiply(z, z, temporaries);
}

/** (out) = an affine point in homogeneous or Jacobian coordinates. */
export function fromAffine<F>(out: usize, p: usize): void {
  const f = changetype<F>(0);
  copy<F>(out, p);
  copy<F>(out + f.size, p + f.size);
  copy<F>(out + 2 * f.size, f.one);
}

/** Wipes what the functions of this file keep. */
export function wipePoints(): void {
  memory.fill(temporaries, 0, 6 * 80);
}
