// u1 G + u2 Q for the verification of signatures, in variable time: every input is public. Both scalars in non-adjacent
// form, one chain of doublings (Strauss), Jacobian coordinates, every special case of the addition a branch of its own.
// F and N are the generated classes of a field and a group order. Bounds as in point.ts.

import { carry, isZero, nonZero, subtract, toBytes } from './element';
import { fillMultiples } from './multiply';
import { doubleJacobian, finishJacobian, fromAffine } from './point';

/** Widths of the windows: 2^(w - 2) odd multiples of a point. Those of G are affine and stay. */
const GENERATOR_WIDTH: i32 = 7;
const POINT_WIDTH: i32 = 5;
/** Digits of the longest scalar (521 bits), and one more for the carry. */
const DIGITS: i32 = 528;

const generatorDigits = memory.data(528, 16);
const pointDigits = memory.data(528, 16);
const bytes = memory.data(80, 16);
const multiples = memory.data(8 * 3 * 80, 16);
const double = memory.data(3 * 80, 16);
const negative = memory.data(3 * 80, 16);
const t = memory.data(5 * 80, 16);

/**
 * (out) = u1 * generator + u2 * (point), Jacobian; returns false for infinity. `u1` and `u2` are integers below n,
 * `point` is affine, on the curve, in the Montgomery domain.
 */
export function multiplyTwoVartime<F, N>(out: usize, u1: usize, point: usize, u2: usize): bool {
  const f = changetype<F>(0);
  const size = f.size;
  if (load<u32>(f.oddMultiples) == 0) fillMultiples<F>(f.oddMultiples, 1 << (GENERATOR_WIDTH - 2));
  recodeVartime<N>(generatorDigits, u1, GENERATOR_WIDTH);
  recodeVartime<N>(pointDigits, u2, POINT_WIDTH);
  fromAffine<F>(multiples, point);
  fromAffine<F>(double, point);
  doubleJacobian<F>(double, 1);
  for (let i: usize = 1; i < 8; i++) {
    memory.copy(multiples + i * 3 * size, multiples + (i - 1) * 3 * size, 3 * size);
    addVartime<F>(multiples + i * 3 * size, double, false);
  }
  let finite = false;
  for (let i = DIGITS - 1; i >= 0; i--) {
    if (finite) doubleJacobian<F>(out, 1);
    const first = <i32>load<i8>(generatorDigits + <usize>i);
    if (first != 0) finite = addDigit<F>(out, finite, f.oddMultiples, 2 * size, first, true);
    const second = <i32>load<i8>(pointDigits + <usize>i);
    if (second != 0) finite = addDigit<F>(out, finite, multiples, 3 * size, second, false);
  }
  return finite;
}

/** Wipes what the function above left: public, but then memory tells nothing of what was verified. */
export function wipeVartime(): void {
  memory.fill(generatorDigits, 0, DIGITS);
  memory.fill(pointDigits, 0, DIGITS);
  memory.fill(bytes, 0, 80);
  memory.fill(multiples, 0, 8 * 3 * 80);
  memory.fill(double, 0, 3 * 80);
  memory.fill(negative, 0, 3 * 80);
  memory.fill(t, 0, 5 * 80);
}

/** Adds digit * P from the table of P, 3P, 5P, ...; returns false if the sum is infinity. */
function addDigit<F>(out: usize, finite: bool, table: usize, stride: usize, digit: i32, affine: bool): bool {
  const f = changetype<F>(0);
  const size = f.size;
  let p = table + <usize>((digit < 0 ? -digit : digit) >> 1) * stride;
  if (digit < 0) {
    memory.copy(negative, p, stride);
    memory.fill(negative + size, 0, size);
    subtract<F>(negative + size, negative + size, p + size);
    p = negative;
  }
  if (finite) return addVartime<F>(out, p, affine);
  if (affine) fromAffine<F>(out, p);
  else memory.copy(out, p, 3 * size);
  carry<F>(out + size);
  return true;
}

/** (p) += (q); q affine, or Jacobian. Neither is infinity. Returns false if the sum is: then p is not changed. */
function addVartime<F>(p: usize, q: usize, affine: bool): bool {
  const f = changetype<F>(0);
  const size = f.size;
  const y = p + size;
  const z = y + size;
  const h = t;
  const r = h + size;
  const w = r + size;
  const u = affine ? p : w + size;
  const s = affine ? y : w + 2 * size;
  f.square(w, z);
  f.multiply(h, q, w); // U2 = X2 Z1^2
  f.multiply(w, w, z);
  f.multiply(r, q + size, w); // S2 = Y2 Z1^3
  if (!affine) {
    f.square(w, q + 2 * size);
    f.multiply(u, p, w); // U1 = X1 Z2^2
    f.multiply(w, w, q + 2 * size);
    f.multiply(s, y, w); // S1 = Y1 Z2^3
  }
  subtract<F>(h, h, u); // H: 1
  subtract<F>(r, r, s); // R: 1
  if (isZeroVartime<F>(h)) {
    if (!isZeroVartime<F>(r)) return false;
    doubleJacobian<F>(p, 1);
    return true;
  }
  if (!affine) f.multiply(z, z, q + 2 * size);
  finishJacobian<F>(p, u, s, h, r);
  return true;
}

/** True if a, below 16 p in size, is zero modulo p. All three p are -1 modulo 2^28: few low limbs need the long way. */
function isZeroVartime<F>(a: usize): bool {
  if (((load<u32>(a) + 16) & 0xfffffff) > 32) return false;
  return isZero<F>(a) != 0;
}

/** Digits of k, the lowest first: odd and below 2^(width - 1) in size, or zero. */
function recodeVartime<N>(digits: usize, k: usize, width: i32): void {
  const n = changetype<N>(0);
  memory.fill(digits, 0, DIGITS);
  if (nonZero<N>(k) == 0) return;
  toBytes<N>(bytes, k);
  let borrowed: i32 = 0;
  let i = 0;
  while (i <= n.bits) {
    if (bit<N>(i) == borrowed) {
      i++;
      continue;
    }
    let digit = borrowed;
    for (let j = 0; j < width; j++) digit += bit<N>(i + j) << j;
    borrowed = digit >> (width - 1);
    store<i8>(digits + <usize>i, <i8>(digit - (borrowed << width)));
    i += width;
  }
}

/** Bit i of the big-endian string in `bytes`; zero above it. */
// @ts-ignore: decorator
@inline
function bit<N>(i: i32): i32 {
  const n = changetype<N>(0);
  if (i >= 8 * n.bytes) return 0;
  return (<i32>load<u8>(bytes + <usize>(n.bytes - 1 - (i >> 3))) >> (i & 7)) & 1;
}
