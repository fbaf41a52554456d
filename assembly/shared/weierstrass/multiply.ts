// Scalar multiplication in constant time: of any point, in windows of five bits, and of the generator, by a comb.
// Scalars are in 1..n-1; their digits are odd (scalar.ts), so that the sum before a doubling is an odd multiple,
// smaller than n, and never infinity. The additions are complete, so nothing else can go wrong.
// F and N are the generated classes of a field and a group order.

import { copy, negateIf } from './element';
import { invert } from './inversion';
import { addComplete, addMixed, doubleJacobian, fromAffine, toHomogeneous, toJacobian } from './point';
import { digit, digitSign, recode, select } from './scalar';

/** Rows of the comb that are brought to affine coordinates with one inversion. */
const GROUP = 8;

const table = memory.data(16 * 3 * 80, 16);
const chosen = memory.data(3 * 80, 16);
const double = memory.data(3 * 80, 16);
const denominators = memory.data(GROUP * 8 * 80, 16);
const products = memory.data(GROUP * 8 * 80, 16);

/** (out) = scalar * (point), homogeneous; `point` affine, on the curve, in the Montgomery domain. */
export function multiplyPoint<F, N>(out: usize, point: usize, scalar: usize): void {
  const f = changetype<F>(0);
  const n = changetype<N>(0);
  const size = f.size;
  const stride: usize = 3 * size;
  // CT begin: secret = scalar
  const negated = recode<N>(scalar);
  fromAffine<F>(table, point);
  fromAffine<F>(double, point);
  doubleJacobian<F>(double, 1);
  toHomogeneous<F>(double);
  for (let i: usize = 1; i < 16; i++) addComplete<F>(table + i * stride, table + (i - 1) * stride, double);
  fromAffine<F>(out, point);
  for (let i = (n.bits + 3) / 5 - 1; i >= 0; i--) {
    toJacobian<F>(out);
    doubleJacobian<F>(out, 5);
    toHomogeneous<F>(out);
    const bits = digit(i, 5);
    select(chosen, table, bits, 5, 3 * f.vectors);
    negateIf<F>(chosen + size, digitSign(bits, 5));
    addComplete<F>(out, out, chosen);
  }
  negateIf<F>(out + size, negated);
  // CT end
}

/** (out) = scalar * generator, homogeneous. */
export function multiplyGenerator<F, N>(out: usize, scalar: usize): void {
  const f = changetype<F>(0);
  const rows = (f.bits + 6) >> 3;
  if (load<u32>(f.comb) == 0) {
    // Filling the comb costs as much as it saves in three multiplications: a first handshake goes without.
    const uses = load<u32>(f.generatorUses);
    if (uses < 3) {
      store<u32>(f.generatorUses, uses + 1);
      multiplyPoint<F, N>(out, f.generator, scalar);
      return;
    }
    fillComb<F>(rows);
  }
  // CT begin: secret = scalar
  const negated = recode<N>(scalar);
  memory.fill(out, 0, 3 * f.size);
  copy<F>(out + f.size, f.one);
  for (let row = 0; row < rows; row++) addDigit<F>(out, row, 2 * row + 1);
  toJacobian<F>(out);
  doubleJacobian<F>(out, 4);
  toHomogeneous<F>(out);
  for (let row = 0; row < rows; row++) addDigit<F>(out, row, 2 * row);
  addMixed<F>(out, out, f.comb + (<usize>rows << 4) * f.size);
  negateIf<F>(out + f.size, negated);
  // CT end
}

/** Adds digit i times 256^row times the generator. */
// @ts-ignore: decorator
@inline
function addDigit<F>(out: usize, row: i32, i: i32): void {
  const f = changetype<F>(0);
  const bits = digit(i, 4);
  select(chosen, f.comb + (<usize>row << 4) * f.size, bits, 4, 2 * f.vectors);
  negateIf<F>(chosen + f.size, digitSign(bits, 4));
  addMixed<F>(out, out, chosen);
}

/** The comb: for every row r, 1, 3, ... 15 times 256^r G, affine; then 256^rows G. Public data. */
function fillComb<F>(rows: i32): void {
  const f = changetype<F>(0);
  const size = f.size;
  const base = chosen;
  let entry = f.comb;
  let group: i32 = 0;
  fromAffine<F>(base, f.generator);
  for (let row = 0; row <= rows; row++) {
    const count = row < rows ? 8 : 1;
    writeMultiples<F>(entry, base, count, denominators + <usize>group * size);
    entry += <usize>count * 2 * size;
    group += count;
    if (group == GROUP * 8 || row >= rows - 1) {
      normalize<F>(entry - <usize>group * 2 * size, group);
      group = 0;
    }
    toJacobian<F>(base);
    doubleJacobian<F>(base, 8);
    toHomogeneous<F>(base);
  }
}

/** G, 3G, 5G, ..., affine: `count` points, at most GROUP * 8. Public data. */
export function fillMultiples<F>(out: usize, count: i32): void {
  fromAffine<F>(chosen, changetype<F>(0).generator);
  writeMultiples<F>(out, chosen, count, denominators);
  normalize<F>(out, count);
}

/** P, 3P, 5P, ... of a homogeneous P: X and Y to `out`, Z to `zs`. */
function writeMultiples<F>(out: usize, p: usize, count: i32, zs: usize): void {
  const f = changetype<F>(0);
  const size = f.size;
  const multiple = table;
  memory.copy(multiple, p, 3 * size);
  memory.copy(double, p, 3 * size);
  toJacobian<F>(double);
  doubleJacobian<F>(double, 1);
  toHomogeneous<F>(double);
  for (let i: usize = 0; i < <usize>count; i++) {
    if (i > 0) addComplete<F>(multiple, multiple, double);
    memory.copy(out + i * 2 * size, multiple, 2 * size);
    copy<F>(zs + i * size, multiple + 2 * size);
  }
}

/** Divides `count` points by their denominators with one inversion (Montgomery's trick). */
function normalize<F>(points: usize, count: i32): void {
  const f = changetype<F>(0);
  const size = f.size;
  copy<F>(products, denominators);
  for (let i: usize = 1; i < <usize>count; i++) {
    f.multiply(products + i * size, products + (i - 1) * size, denominators + i * size);
  }
  const inverse = double;
  const one = double + size;
  invert<F>(inverse, products + <usize>(count - 1) * size);
  for (let i = count - 1; i >= 0; i--) {
    copy<F>(one, inverse);
    if (i > 0) f.multiply(one, inverse, products + <usize>(i - 1) * size);
    f.multiply(inverse, inverse, denominators + <usize>i * size);
    const x = points + <usize>i * 2 * size;
    f.multiply(x, x, one);
    f.multiply(x + size, x + size, one);
  }
}

/** A homogeneous point that is not infinity becomes affine: (X/Z, Y/Z). Constant-time. */
export function toAffine<F>(p: usize): void {
  const f = changetype<F>(0);
  const z = p + 2 * f.size;
  invert<F>(z, z);
  f.multiply(p, p, z);
  f.multiply(p + f.size, p + f.size, z);
}

/** Wipes what the functions of this file keep, but not the comb. */
export function wipeMultiples(): void {
  memory.fill(table, 0, 16 * 3 * 80);
  memory.fill(chosen, 0, 3 * 80);
  memory.fill(double, 0, 3 * 80);
}
