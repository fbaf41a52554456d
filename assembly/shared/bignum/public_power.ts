// Powers with public exponents and public moduli: RSA verification and encryption, checks after a private operation.
// Variable time in exponent and modulus; the multiplication itself does not depend on values.

import { GUARD, LIMB_BITS, LIMB_MASK, reduceOnce, subtractLimbs } from './limbs';
import {
  bitsOf,
  limbsOf,
  MAX_LIMBS,
  montgomeryMultiply,
  montgomerySquare,
  squareOfR,
  toMontgomery,
  valueOf,
} from './montgomery';

const NUMBER: usize = (MAX_LIMBS << 2) + GUARD;
const space = memory.data(3600, 16);
const base = space + GUARD;
const power = space + NUMBER + GUARD;
const temporary = space + 2 * NUMBER + GUARD;

/** Wipes what publicPowerVartime leaves of its base. */
export function wipePublicPower(): void {
  memory.fill(space, 0, 3 * NUMBER);
}

/** out = x^exponent mod m for x < m; the exponent is big-endian and odd. out may be x. Time is independent of x. */
export function publicPowerVartime(out: usize, x: usize, exponent: usize, exponentLength: usize, modulus: usize): void {
  const n = limbsOf(modulus);
  memory.copy(temporary, x, n << 2);
  toMontgomery(base, x, modulus);
  let started = false;
  for (let i: usize = 0; i < exponentLength; i++) {
    const byte = load<u8>(exponent + i);
    for (let bit = 7; bit >= 0; bit--) {
      if (started) montgomerySquare(power, power, modulus);
      if (((byte >> <u8>bit) & 1) == 0) continue;
      // The last factor, of the odd exponent's lowest bit, is x itself: that takes R out of the product.
      const last = bit == 0 && i + 1 == exponentLength;
      if (started) montgomeryMultiply(power, power, last ? temporary : base, modulus);
      else memory.copy(power, base, n << 2);
      started = true;
    }
  }
  memory.copy(out, power, n << 2);
  reduceOnce(out, valueOf(modulus), n, temporary);
}

/**
 * R^2 mod m for a public m: shifts by up to 24 bits a step and subtracts an estimated multiple of m, instead of
 * computeSquareOfR's one bit a step.
 */
export function computeSquareOfRVartime(modulus: usize): void {
  const n = limbsOf(modulus);
  const m = valueOf(modulus);
  const x = squareOfR(modulus);
  const bits = bitsOf(modulus);
  memory.fill(x, 0, n << 2);
  store<u32>(x + (<usize>((bits - 1) / LIMB_BITS) << 2), <u32>1 << (bits - 1) % LIMB_BITS);
  const target = <u32>n * LIMB_BITS + <u32>(n >> 2) * 7;
  const inverse = 1.0 / leading(m, n);
  for (let at = bits - 1; at < target; ) {
    const step = min(target - at, 24);
    shiftAndReduce(x, m, n, step, inverse);
    at += step;
  }
  for (let i = 0; i < 4; i++) montgomerySquare(x, x, modulus);
}

/**
 * The number as a float scaled by 2^(-28 (n - 1)). A modulus has at most five leading zero limbs (limbsFor), so the
 * first eight hold at least 57 of its bits.
 */
function leading(x: usize, n: usize): f64 {
  let value: f64 = 0;
  let scale: f64 = 1;
  for (let i: usize = 0; i < 8 && i < n; i++) {
    value += <f64>load<u32>(x + ((n - 1 - i) << 2)) * scale;
    scale /= 268435456.0;
  }
  return value;
}

/** x = x * 2^step mod m for x < m. The quotient's estimate is low by at most one, after subtracting one. */
function shiftAndReduce(x: usize, m: usize, n: usize, step: u32, inverse: f64): void {
  let quotient = <i64>(leading(x, n) * inverse * <f64>(<u32>1 << step)) - 1;
  if (quotient < 0) quotient = 0;
  let shifted: u64 = 0;
  let borrow: i64 = 0;
  for (let i: usize = 0; i < n << 2; i += 4) {
    shifted = (shifted >> LIMB_BITS) + (<u64>load<u32>(x + i) << step); // < 2^52 + 2^24
    const difference = <i64>(shifted & 0x0fffffff) - quotient * <i64>load<u32>(m + i) + borrow;
    store<u32>(x + i, <u32>difference & LIMB_MASK);
    borrow = difference >> LIMB_BITS;
  }
  while (subtractLimbs(temporary, x, m, n) == 0) memory.copy(x, temporary, n << 2);
}
