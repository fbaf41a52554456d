// Scalar multiplication in constant time: of any point, in windows of five bits, and of the generator, by a comb.
// Scalars are in 1..n-1; their digits are odd (scalar.ts), so that the sum before a doubling is an odd multiple,
// smaller than n, and never infinity. The additions are complete, but for those of the comb, which say why they need not be.
// F and N are the generated classes of a field and a group order.

import { copy, negateIf } from './element';
import { invert } from './inversion';
import { addAffine, addComplete, addMixed, doubleJacobian, fromAffine, toHomogeneous, toJacobian } from './point';
import { digit, digitSign, recode, select } from './scalar';

/** Bits of a digit, and the odd multiples that its size chooses from. */
const WIDTH: i32 = 5;
const ENTRIES: usize = 16;
/** Digits between those that share a doubling: row r of the comb serves the digits 3 r, 3 r + 1 and 3 r + 2. */
const APART: i32 = 3;
/** Points of the comb that are brought to affine coordinates with one inversion. */
const GROUP: usize = 64;

const table = memory.data(16 * 3 * 80, 16);
const chosen = memory.data(3 * 80, 16);
const double = memory.data(3 * 80, 16);
const denominators = memory.data((64 + 8) * 80, 16);
const products = memory.data((64 + 8) * 80, 16);

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
  for (let i: usize = 1; i < ENTRIES; i++) addComplete<F>(table + i * stride, table + (i - 1) * stride, double);
  fromAffine<F>(out, point);
  for (let i = (n.bits + WIDTH - 2) / WIDTH - 1; i >= 0; i--) {
    toJacobian<F>(out);
    doubleJacobian<F>(out, WIDTH);
    toHomogeneous<F>(out);
    const bits = digit(i * WIDTH, WIDTH);
    select(chosen, table, bits, WIDTH, 3 * f.vectors);
    negateIf<F>(chosen + size, digitSign(bits, WIDTH));
    addComplete<F>(out, out, chosen);
  }
  negateIf<F>(out + size, negated);
  // CT end
}

/**
 * (out) = scalar * generator, homogeneous. The scalar is top * 2^(5 t) + sum(d_i * 2^(5 i), i < t), t = (bits - 1) / 5,
 * with odd digits and an odd top below 2^(rest + 1), rest = (bits - 1) % 5 (scalar.ts).
 */
export function multiplyGenerator<F, N>(out: usize, scalar: usize): void {
  const f = changetype<F>(0);
  if (load<u32>(f.comb) == 0) {
    // Filling the comb costs as much as it saves in three multiplications: a first handshake goes without.
    const uses = load<u32>(f.generatorUses);
    if (uses < 3) {
      store<u32>(f.generatorUses, uses + 1);
      multiplyPoint<F, N>(out, f.generator, scalar);
      return;
    }
    fillComb<F>();
  }
  const digits = (f.bits - 1) / WIDTH;
  const rest = (f.bits - 1) % WIDTH;
  const stride: usize = 2 * f.size;
  // CT begin: secret = scalar
  const negated = recode<N>(scalar);
  let row: usize = 0;
  for (let j = APART - 1; j >= 0; j--) {
    if (j < APART - 1) doubleJacobian<F>(out, WIDTH);
    row = f.comb;
    for (let i = j; i < digits; i += APART) {
      const bits = digit(i * WIDTH, WIDTH);
      select(chosen, row, bits, WIDTH, 2 * f.vectors);
      negateIf<F>(chosen + f.size, digitSign(bits, WIDTH));
      // As multiples of G, one of the sum so far and the entry is odd and the other even, and their sizes add up to
      // less than 2^(5 t) < n: the sum is neither infinity nor the entry nor its negative.
      if (i == APART - 1) fromAffine<F>(out, chosen);
      else addAffine<F>(out, chosen);
      row += ENTRIES * stride;
    }
  }
  toHomogeneous<F>(out);
  // The last sum has the size of n: its parts may be equal or opposite modulo n.
  if (rest == 0) memory.copy(chosen, row, stride);
  else select(chosen, row, digit(digits * WIDTH, rest) | (1 << rest), rest + 1, 2 * f.vectors);
  addMixed<F>(out, out, chosen);
  negateIf<F>(out + f.size, negated);
  // CT end
}

/**
 * The comb: for every row r, 1, 3, ... 31 times 2^(15 r) G; then, for the top, 2^rest odd multiples of 2^(5 t) G. All
 * affine. Public data.
 */
function fillComb<F>(): void {
  const f = changetype<F>(0);
  const size = f.size;
  const stride: usize = 2 * size;
  const digits = (f.bits - 1) / WIDTH;
  const base = chosen;
  let entry = f.comb;
  let group: usize = 0;
  fromAffine<F>(base, f.generator);
  for (let i = 0; i < digits; i += APART) {
    writeMultiples<F>(entry, base, ENTRIES, denominators + group * size);
    entry += ENTRIES * stride;
    group += ENTRIES;
    if (group == GROUP) {
      normalize<F>(entry - GROUP * stride, GROUP);
      group = 0;
    }
    toJacobian<F>(base);
    doubleJacobian<F>(base, WIDTH * min(APART, digits - i));
    toHomogeneous<F>(base);
  }
  const last: usize = 1 << ((f.bits - 1) % WIDTH);
  writeMultiples<F>(entry, base, last, denominators + group * size);
  normalize<F>(entry - group * stride, group + last);
}

/** G, 3G, 5G, ..., affine: `count` points, at most GROUP. Public data. */
export function fillMultiples<F>(out: usize, count: usize): void {
  fromAffine<F>(chosen, changetype<F>(0).generator);
  writeMultiples<F>(out, chosen, count, denominators);
  normalize<F>(out, count);
}

/** P, 3P, 5P, ... of a homogeneous P: X and Y to `out`, Z to `zs`. */
function writeMultiples<F>(out: usize, p: usize, count: usize, zs: usize): void {
  const f = changetype<F>(0);
  const size = f.size;
  const multiple = table;
  memory.copy(multiple, p, 3 * size);
  memory.copy(double, p, 3 * size);
  toJacobian<F>(double);
  doubleJacobian<F>(double, 1);
  toHomogeneous<F>(double);
  for (let i: usize = 0; i < count; i++) {
    if (i > 0) addComplete<F>(multiple, multiple, double);
    memory.copy(out + i * 2 * size, multiple, 2 * size);
    copy<F>(zs + i * size, multiple + 2 * size);
  }
}

/** Divides `count` points by their denominators with one inversion (Montgomery's trick). */
function normalize<F>(points: usize, count: usize): void {
  const f = changetype<F>(0);
  const size = f.size;
  copy<F>(products, denominators);
  for (let i: usize = 1; i < count; i++) {
    f.multiply(products + i * size, products + (i - 1) * size, denominators + i * size);
  }
  const inverse = double;
  const one = double + size;
  invert<F>(inverse, products + (count - 1) * size);
  for (let i = count; i-- > 0; ) {
    copy<F>(one, inverse);
    if (i > 0) f.multiply(one, inverse, products + (i - 1) * size);
    f.multiply(inverse, inverse, denominators + i * size);
    const x = points + i * 2 * size;
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
  memory.fill(table, 0, ENTRIES * 3 * 80);
  memory.fill(chosen, 0, 3 * 80);
  memory.fill(double, 0, 3 * 80);
}
