// Multiples of the base point of edwards25519, built in memory at first use (in the binary they would cost 36 KB).
//
// A table entry, 128 bytes, is an affine point prepared for addition: Y+X, Y-X and 2dXY, ten limbs in i32 each, and
// 8 unused bytes.

import { equal32, wipe } from '../../shared/ct';
import { BASE_POINT, D2 } from './constants';
import {
  DIFFERENCE, POINT, SUM, T2D, X, Y, Z, addPrepared, double, doubleTimes, prepare, setIdentity,
} from './edwards';
import { FE, add, conditionalNegate, conditionalSwap, invert, multiply, subtract } from './field';

const ENTRY: usize = 128;
const GROUP: usize = 8; // entries made together, with one inversion
const ROWS: usize = 32;
const ODD_GROUPS: usize = 4;

/** Row i, entry j: (j + 1) * 256^i * B. 32 KiB. */
const comb = memory.data(32 * 8 * 128, 16);
/** Entry j: (2j + 1) * B, for verification. 4 KiB. */
const odd = memory.data(4 * 8 * 128, 16);
let combReady: bool = false;
let oddReady: bool = false;

const points = memory.data(8 * 320, 16);
const products = memory.data(8 * 80, 16);
const current = memory.data(320, 16);
const step = memory.data(320, 16);
const inverse = memory.data(80, 16);
const zInverse = memory.data(80, 16);
const x = memory.data(80, 16);
const y = memory.data(80, 16);
const entry = memory.data(3 * 80, 16);
const chosen = memory.data(128, 16);
const digits = memory.data(64, 16);

/** Builds the table of multiplyBase, which takes as long as a few scalar multiplications. */
function buildComb(): void {
  memory.copy(current, BASE_POINT, POINT);
  for (let row: usize = 0; row < ROWS; row++) {
    prepare(step, current);
    fillGroup(comb + row * GROUP * ENTRY);
    memory.copy(current, points + (GROUP - 1) * POINT, POINT);
    doubleTimes(current, 5); // 8 -> 256
  }
  combReady = true;
}

/** Builds the table of addOddMultipleVartime. */
function buildOdd(): void {
  memory.copy(current, BASE_POINT, POINT);
  double(current, true);
  prepare(step, current);
  memory.copy(current, BASE_POINT, POINT);
  for (let group: usize = 0; group < ODD_GROUPS; group++) fillGroup(odd + group * GROUP * ENTRY);
  oddReady = true;
}

/** Stores current, current + step, ... current + 7 * step at `target`; current advances by eight steps. */
function fillGroup(target: usize): void {
  for (let j: usize = 0; j < GROUP; j++) {
    memory.copy(points + j * POINT, current, POINT);
    if (j == 0) memory.copy(products, current + Z, FE);
    else multiply(products + j * FE, products + (j - 1) * FE, current + Z);
    addPrepared(current, step, false, false);
  }
  // Montgomery's trick: one inversion of the product of all Z, unwound from the end.
  invert(inverse, products + (GROUP - 1) * FE);
  for (let j: i32 = <i32>GROUP - 1; j >= 0; j--) {
    const p = points + <usize>j * POINT;
    if (j == 0) memory.copy(zInverse, inverse, FE);
    else multiply(zInverse, inverse, products + <usize>(j - 1) * FE);
    multiply(inverse, inverse, p + Z);
    storeEntry(target + <usize>j * ENTRY, p);
  }
}

/** Stores the point p, whose 1/Z is in zInverse. */
function storeEntry(target: usize, p: usize): void {
  multiply(x, p + X, zInverse);
  multiply(y, p + Y, zInverse);
  add(entry + SUM, y, x);
  subtract(entry + DIFFERENCE, y, x);
  multiply(x, x, y);
  multiply(entry + T2D, x, D2);
  // All limbs are below 2^27 + 2^18 in size, so they fit in i32.
  for (let i: usize = 0; i < 30; i++) store<i32>(target + (i << 2), <i32>load<i64>(entry + (i << 3)));
}

/** Widens the 30 limbs of a stored entry into `entry`. */
function widen(source: usize): void {
  // CT begin: secret = digit, by which the entry was chosen
  for (let i: usize = 0; i < 30; i++) store<i64>(entry + (i << 3), <i64>load<i32>(source + (i << 2)));
  // CT end
}

/** p = scalar * B. scalar: 32 bytes little-endian, below 2^255. p gets T too. */
export function multiplyBase(p: usize, scalar: usize): void {
  // CT begin: secret = scalar
  if (!combReady) buildComb();
  signedDigits(scalar);
  setIdentity(p);
  for (let i: usize = 1; i < 64; i += 2) {
    select(i >> 1, load<i8>(digits + i));
    addPrepared(p, entry, true, false);
  }
  doubleTimes(p, 4); // the odd digits count 16 times
  for (let i: usize = 0; i < 64; i += 2) {
    select(i >> 1, load<i8>(digits + i));
    addPrepared(p, entry, true, false);
  }
  wipe(digits, 64);
  wipe(chosen, ENTRY);
  wipe(entry, 3 * FE);
  // CT end
}

/** digits[i] in -7..8 with scalar = sum of digits[i] * 16^i. */
function signedDigits(scalar: usize): void {
  // CT begin: secret = scalar
  let carry: i32 = 0;
  for (let i: usize = 0; i < 64; i++) {
    const digit = ((<i32>load<u8>(scalar + (i >> 1)) >> ((<i32>i & 1) << 2)) & 15) + carry;
    // 8 stays 8, so that the last digit, at most 7 + 1, does not carry.
    carry = (digit + 7) >> 4;
    store<i8>(digits + i, <i8>(digit - (carry << 4)));
  }
  // CT end
}

/** entry = digit * 256^row * B, for -7 <= digit <= 8. Reads the whole row whatever the digit. */
function select(row: usize, digit: i32): void {
  // CT begin: secret = digit
  const sign = <u32>(digit >> 31);
  const size = (<u32>digit ^ sign) - sign;
  const source = comb + row * (GROUP * ENTRY);
  memory.fill(chosen, 0, ENTRY);
  // The identity is Y+X = 1, Y-X = 1, 2dT = 0.
  const none = equal32(size, 0) & 1;
  store<u32>(chosen, none, 0);
  store<u32>(chosen, none, 40);
  for (let i: usize = 0; i < ENTRY; i += 16) {
    let sum = v128.load(chosen + i);
    for (let j: usize = 0; j < GROUP; j++) {
      const mask = i32x4.splat(equal32(size, <u32>j + 1));
      sum = v128.or(sum, v128.and(mask, v128.load(source + j * ENTRY + i)));
    }
    v128.store(chosen + i, sum);
  }
  widen(chosen);
  // -(x, y) = (-x, y): the sum and the difference change places, 2dT changes its sign.
  conditionalSwap(entry + SUM, entry + DIFFERENCE, sign);
  conditionalNegate(entry + T2D, entry + T2D, sign);
  // CT end
}

/** p += digit * B, for odd digits from -63 to 63. Vartime: the digit is public. */
export function addOddMultipleVartime(p: usize, digit: i32): void {
  if (!oddReady) buildOdd();
  const size = digit < 0 ? -digit : digit;
  widen(odd + <usize>(size >> 1) * ENTRY);
  addPrepared(p, entry, true, digit < 0);
}
