// The RSA public operation (RFC 8017 §5.2.2). All inputs are public.

import { fromBytes, GUARD, limbsFor, toBytes } from '../shared/bignum/limbs';
import { initModulus, isBelow, MAX_LIMBS, modulusLength, valueOf, wipeMontgomery } from '../shared/bignum/montgomery';
import { computeSquareOfRVartime, publicPowerVartime, wipePublicPower } from '../shared/bignum/public_power';

const NUMBER: usize = (MAX_LIMBS << 2) + GUARD;
const modulus = memory.data(2496, 16);
const space = memory.data(1200, 16);
const value = space + GUARD;

/**
 * Replaces the integer at `data` by its `exponent`-th power. Big-endian throughout.
 * @param m modulus, odd, without leading zeros, 256 to 1024 bytes @param data as long as the modulus, below it
 * @returns false if data >= m
 */
export function rsaPublicVartime(
  m: usize,
  length: usize,
  exponent: usize,
  exponentLength: usize,
  data: usize,
): bool {
  const bits = (<u32>length << 3) - (<u32>clz<u32>(<u32>load<u8>(m)) - 24);
  const n = limbsFor(bits);
  const done = power(m, length, n, bits, exponent, exponentLength, data);
  // Public, but then memory tells nothing of what was verified.
  memory.fill(modulus, 0, modulusLength(n));
  memory.fill(space, 0, NUMBER);
  wipePublicPower();
  wipeMontgomery();
  return done;
}

function power(
  m: usize, length: usize, n: usize, bits: u32, exponent: usize, exponentLength: usize, data: usize,
): bool {
  memory.fill(modulus, 0, modulusLength(n));
  memory.fill(space, 0, NUMBER);
  fromBytes(valueOf(modulus), n, m, length);
  initModulus(modulus, n, bits);
  fromBytes(value, n, data, length);
  if (isBelow(value, modulus) == 0) return false;
  computeSquareOfRVartime(modulus);
  publicPowerVartime(value, value, exponent, exponentLength, modulus);
  toBytes(data, length, value, n);
  return true;
}
