// Powers with secret exponents, in constant time: fixed windows of five bits, table entries read by masks over the
// whole table. The exponent's length is public, its bits and the base are not. A power can be taken in pieces: what it
// needs from one to the next is the number under way and its table, and where it stands is public - a count of windows.

import { equal32 } from '../ct';
import { GUARD } from './limbs';
import { limbsOf, MAX_LIMBS, montgomeryMultiply, montgomerySquare, setSmall, toMontgomery } from './montgomery';

const WINDOW: u32 = 5;
const ENTRIES: usize = 32;

const table = memory.data(38480, 16); // tableLength(MAX_LIMBS)
const entry = memory.data(1264, 16); // lookUp writes whole groups of 16 limbs

/** Bytes of a table for numbers of n limbs: ENTRIES of them, one more guard, and what lookUp reads past the last limb. */
export function tableLength(n: usize): usize {
  return ENTRIES * strideOf(n) + GUARD + 64;
}

// @ts-ignore: decorator
@inline
function strideOf(n: usize): usize {
  return (n << 2) + GUARD;
}

/** Windows of an exponent of `length` bytes. */
export function windowsOf(length: usize): u32 {
  return ((<u32>length << 3) + WINDOW - 1) / WINDOW;
}

/**
 * out = x^exponent in Montgomery form, for x in Montgomery form below 4m. out may be x. The exponent is big-endian,
 * `length` bytes. Wipes its table.
 */
export function secretPower(out: usize, x: usize, exponent: usize, length: usize, modulus: usize): void {
  beginPower(table, out, x, modulus);
  const windows = windowsOf(length);
  continuePower(table, out, exponent, length, modulus, windows, windows);
  memory.fill(table, 0, tableLength(limbsOf(modulus)));
}

/** Fills the table (tableLength bytes, its guards zero) with powers of x, as above; out = 1. out may be x. */
export function beginPower(space: usize, out: usize, x: usize, modulus: usize): void {
  // CT begin: secret = x, m
  const n = limbsOf(modulus);
  const stride = strideOf(n);
  const first = space + GUARD;
  setSmall(first, n, 1);
  toMontgomery(first, first, modulus);
  memory.copy(first + stride, x, n << 2);
  let power = first + 2 * stride;
  for (let i: usize = 2; i < ENTRIES; i++) {
    montgomeryMultiply(power, power - stride, first + stride, modulus);
    power += stride;
  }
  memory.copy(out, first, n << 2);
  // CT end
}

/**
 * The next `count` windows of the `left` that are left, from the top; out is the power when none is. Both numbers are
 * public, and so is how a power is cut: by a clock, which sees the same of every exponent of this length.
 */
export function continuePower(
  space: usize,
  out: usize,
  exponent: usize,
  length: usize,
  modulus: usize,
  left: u32,
  count: u32,
): void {
  // CT begin: secret = out, exponent, m
  const n = limbsOf(modulus);
  for (; count > 0; count--) {
    left--;
    for (let i: u32 = 0; i < WINDOW; i++) montgomerySquare(out, out, modulus);
    lookUp(space, windowAt(exponent, length, left * WINDOW), n);
    montgomeryMultiply(out, out, entry + GUARD, modulus);
  }
  memory.fill(entry, 0, 1264);
  // CT end
}

// CT begin: secret = exponent, table

/** Five bits of the big-endian exponent from bit `at` upward; bits past its end are zero. */
function windowAt(exponent: usize, length: usize, at: u32): u32 {
  const byte = <usize>(at >> 3);
  let value: u32 = <u32>load<u8>(exponent + length - 1 - byte);
  if (byte + 1 < length) value |= <u32>load<u8>(exponent + length - 2 - byte) << 8;
  return (value >> <u32>(at & 7)) & 31;
}

/** entry = table[index], reading all of the table; 16 limbs at a time, so that a mask serves four loads. */
function lookUp(space: usize, index: u32, n: usize): void {
  const stride = strideOf(n);
  for (let j: usize = 0; j < n << 2; j += 64) {
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    let from = space + GUARD + j;
    for (let i: u32 = 0; i < 32; i++) {
      const mask = i32x4.splat(<i32>equal32(i, index));
      a = v128.or(a, v128.and(mask, v128.load(from)));
      b = v128.or(b, v128.and(mask, v128.load(from, 16)));
      c = v128.or(c, v128.and(mask, v128.load(from, 32)));
      d = v128.or(d, v128.and(mask, v128.load(from, 48)));
      from += stride;
    }
    v128.store(entry + GUARD + j, a);
    v128.store(entry + GUARD + j, b, 16);
    v128.store(entry + GUARD + j, c, 32);
    v128.store(entry + GUARD + j, d, 48);
  }
}
// CT end
