// Powers with secret exponents, in constant time: fixed windows of five bits, table entries read by masks over the
// whole table. The exponent's length is public, its bits and the base are not.

import { equal32 } from '../ct';
import { GUARD } from './limbs';
import { limbsOf, MAX_LIMBS, montgomeryMultiply, montgomerySquare, setSmall, toMontgomery } from './montgomery';

const WINDOW: u32 = 5;
const ENTRIES: usize = 32;
const NUMBER: usize = (MAX_LIMBS << 2) + GUARD; // 1200

const table = memory.data(38464, 16); // ENTRIES numbers, one guard, and what lookUp reads past the last limb
const entry = memory.data(1264, 16); // lookUp writes whole groups of 16 limbs

// @ts-ignore: decorator
@inline
function tableEntry(index: usize): usize {
  return table + index * NUMBER + GUARD;
}

/**
 * out = x^exponent in Montgomery form, for x in Montgomery form below 4m. out may be x. The exponent is big-endian,
 * `length` bytes. Wipes its table.
 */
export function secretPower(out: usize, x: usize, exponent: usize, length: usize, modulus: usize): void {
  // CT begin: secret = x, exponent, m
  const n = limbsOf(modulus);
  setSmall(tableEntry(0), n, 1);
  toMontgomery(tableEntry(0), tableEntry(0), modulus);
  memory.copy(tableEntry(1), x, n << 2);
  for (let i: usize = 2; i < ENTRIES; i++) {
    montgomeryMultiply(tableEntry(i), tableEntry(i - 1), tableEntry(1), modulus);
  }
  const bits = <i32>length << 3;
  let at = ((bits + <i32>WINDOW - 1) / <i32>WINDOW) * <i32>WINDOW; // public: the length alone
  memory.copy(out, tableEntry(0), n << 2);
  while (at > 0) {
    at -= <i32>WINDOW;
    for (let i: u32 = 0; i < WINDOW; i++) montgomerySquare(out, out, modulus);
    lookUp(windowAt(exponent, length, at), n);
    montgomeryMultiply(out, out, entry + GUARD, modulus);
  }
  memory.fill(table, 0, ENTRIES * NUMBER);
  memory.fill(entry, 0, 1264);
  // CT end
}

// CT begin: secret = exponent, table

/** Five bits of the big-endian exponent from bit `at` upward; bits past its end are zero. */
function windowAt(exponent: usize, length: usize, at: i32): u32 {
  const byte = <usize>(at >> 3);
  let value: u32 = <u32>load<u8>(exponent + length - 1 - byte);
  if (byte + 1 < length) value |= <u32>load<u8>(exponent + length - 2 - byte) << 8;
  return (value >> <u32>(at & 7)) & 31;
}

/** entry = table[index], reading all of the table; 16 limbs at a time, so that a mask serves four loads. */
function lookUp(index: u32, n: usize): void {
  for (let j: usize = 0; j < n << 2; j += 64) {
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    let from = tableEntry(0) + j;
    for (let i: u32 = 0; i < 32; i++) {
      const mask = i32x4.splat(<i32>equal32(i, index));
      a = v128.or(a, v128.and(mask, v128.load(from)));
      b = v128.or(b, v128.and(mask, v128.load(from, 16)));
      c = v128.or(c, v128.and(mask, v128.load(from, 32)));
      d = v128.or(d, v128.and(mask, v128.load(from, 48)));
      from += NUMBER;
    }
    v128.store(entry + GUARD + j, a);
    v128.store(entry + GUARD + j, b, 16);
    v128.store(entry + GUARD + j, c, 32);
    v128.store(entry + GUARD + j, d, 48);
  }
}
// CT end
