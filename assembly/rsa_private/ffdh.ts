// Finite-field Diffie-Hellman (RFC 7919, RFC 3526, and the explicit groups of RFC 5246 §7.4.3): powers with secret
// exponents over public moduli.

import { fromBytes, GUARD, limbsFor, subtractLimbs, toBytes } from '../shared/bignum/limbs';
import {
  fromMontgomery,
  initModulus,
  MAX_LIMBS,
  modulusLength,
  toMontgomery,
  valueOf,
  wipeMontgomery,
} from '../shared/bignum/montgomery';
import { computeSquareOfRVartime } from '../shared/bignum/public_power';
import { secretPower } from '../shared/bignum/secret_power';

const NUMBER: usize = (MAX_LIMBS << 2) + GUARD;
const modulus = memory.data(2496, 16);
const space = memory.data(3600, 16);
const value = space + GUARD;
const one = space + NUMBER + GUARD;
const limit = space + 2 * NUMBER + GUARD;

/**
 * out = base^exponent mod prime, as `length` bytes. Everything big-endian. Exponent and base may be secret; the prime
 * is public, and so is whether the base is in range.
 * @param prime odd, without leading zeros, `length` bytes @param base `length` bytes
 * @returns false unless 2 <= base <= prime - 2 (RFC 7919 §5.1, SP 800-56A §5.6.2.3.1)
 */
export function ffdhPower(
  out: usize,
  prime: usize,
  length: usize,
  base: usize,
  exponent: usize,
  exponentLength: usize,
): bool {
  const bits = (<u32>length << 3) - (<u32>clz<u32>(<u32>load<u8>(prime)) - 24);
  const n = limbsFor(bits);
  memory.fill(modulus, 0, modulusLength(n));
  memory.fill(space, 0, 3 * NUMBER);
  fromBytes(valueOf(modulus), n, prime, length);
  initModulus(modulus, n, bits);
  fromBytes(value, n, base, length);
  // CT public (base in range): a share that is refused ends the handshake; padded premaster secrets always are in range.
  if (!inRange(n)) {
    wipeAll(n);
    return false;
  }
  computeSquareOfRVartime(modulus);
  // CT begin: secret = exponent, base
  toMontgomery(value, value, modulus);
  secretPower(value, value, exponent, exponentLength, modulus);
  fromMontgomery(value, value, modulus, one);
  toBytes(out, length, value, n);
  wipeAll(n);
  // CT end
  return true;
}

function wipeAll(n: usize): void {
  memory.fill(modulus, 0, modulusLength(n));
  memory.fill(space, 0, 3 * NUMBER);
  wipeMontgomery();
}

/** Public values: 2 <= value <= m - 2. */
function inRange(n: usize): bool {
  memory.fill(one, 0, n << 2);
  store<u32>(one, 2);
  // CT public (base in range): of a padded premaster secret, which is in range by its first bytes, 0 and 2.
  if (subtractLimbs(limit, value, one, n) != 0) return false;
  subtractLimbs(limit, valueOf(modulus), one, n);
  return subtractLimbs(limit, limit, value, n) == 0;
}
