// The RSA private operation (RFC 8017 §5.1.2): CRT, blinded, and checked with the public exponent before anything
// comes out (Boneh, DeMillo and Lipton 1997: one faulty CRT half gives away the key).

import {
  addLimbs,
  equalLimbs,
  fromBytes,
  GUARD,
  isZero,
  multiplyLimbs,
  reduceOnce,
  subtractLimbs,
  toBytes,
} from '../shared/bignum/limbs';
import {
  computeSquareOfR,
  fromMontgomery,
  initModulus,
  isBelow,
  MAX_LIMBS,
  montgomeryMultiply,
  toMontgomery,
  valueOf,
  wipeMontgomery,
} from '../shared/bignum/montgomery';
import { computeSquareOfRVartime, publicPowerVartime, wipePublicPower } from '../shared/bignum/public_power';
import { secretPower } from '../shared/bignum/secret_power';
import {
  blindingFactor,
  blindingLeft,
  coefficient,
  exponentLengthOf,
  exponentOf,
  exponentP,
  exponentQ,
  halfLength,
  initKey,
  lengthOf,
  modulusLimbs,
  modulusN,
  primeFromBytes,
  primeLimbs,
  primeP,
  primeQ,
  setBlindingLeft,
  unblindingFactor,
} from './key';

const NUMBER: usize = (MAX_LIMBS << 2) + GUARD; // 1200
const SPACE: usize = 9600;
const space = memory.data(9600, 16);
const input = space + GUARD;
const result = space + NUMBER + GUARD;
const first = space + 2 * NUMBER + GUARD;
const second = space + 3 * NUMBER + GUARD;
const high = space + 4 * NUMBER + GUARD;
const one = space + 5 * NUMBER + GUARD;
const product = space + 6 * NUMBER + GUARD;
const blinded = space + 7 * NUMBER + GUARD;
const inverseExponents = memory.data(1040, 16);

/** A blinding pair is squared after each use and drawn anew after this many. */
const BLINDING_USES: u32 = 32;

/**
 * Prepares a private key in the zeroed block `key` (rsaPrivateKeyLength(bits) bytes). p, q, dP, dQ and qInv are
 * big-endian, (bits + 15) / 16 bytes each.
 * @returns 0, or 1 if p q is not n, or qInv is not q^-1 mod p, or a prime has the wrong size
 */
export function rsaPrivateImport(
  key: usize,
  bits: u32,
  n: usize,
  e: usize,
  eLength: usize,
  p: usize,
  q: usize,
  dP: usize,
  dQ: usize,
  qInv: usize,
): u32 {
  // CT begin: secret = p, q, dP, dQ, qInv
  initKey(key, bits, e, eLength);
  const limbs = primeLimbs(key);
  setPrime(primeP(key), key, bits >> 1, p);
  setPrime(primeQ(key), key, bits >> 1, q);
  fromBytes(valueOf(modulusN(key)), modulusLimbs(key), n, lengthOf(key));
  initModulus(modulusN(key), modulusLimbs(key), bits);
  computeSquareOfRVartime(modulusN(key)); // n is public
  memory.copy(exponentP(key), dP, halfLength(key));
  memory.copy(exponentQ(key), dQ, halfLength(key));
  primeFromBytes(coefficient(key), key, qInv);

  multiplyLimbs(product, modulusLimbs(key), valueOf(primeP(key)), valueOf(primeQ(key)), limbs);
  let good = equalLimbs(product, valueOf(modulusN(key)), modulusLimbs(key));
  good &= isBelow(coefficient(key), primeP(key));
  // q qInv = 1 mod p; q < R serves unreduced.
  toMontgomery(first, valueOf(primeQ(key)), primeP(key));
  montgomeryMultiply(first, first, coefficient(key), primeP(key));
  reduceOnce(first, valueOf(primeP(key)), limbs, second);
  store<u32>(first, load<u32>(first) ^ 1);
  good &= isZero(first, limbs);
  memory.fill(space, 0, SPACE);
  wipeMontgomery();
  return ~good & 1;
  // CT end
}

function setPrime(block: usize, key: usize, bits: u32, bytes: usize): void {
  primeFromBytes(valueOf(block), key, bytes);
  initModulus(block, primeLimbs(key), bits);
  computeSquareOfR(block);
}

/**
 * Replaces the integer at `data` (big-endian, as long as n) by its private power.
 * @param random as many random bytes as n has, for blinding
 * @returns 0; 1 if data >= n; 2 if the result failed its check, in which case `data` is wiped
 */
export function rsaPrivateApply(key: usize, data: usize, random: usize): u32 {
  const modulus = modulusN(key);
  const limbs = modulusLimbs(key);
  const length = lengthOf(key);
  fromBytes(input, limbs, data, length);
  // CT public (base in range): of a ciphertext, or of a signature's encoded message; neither is secret.
  if (isBelow(input, modulus) == 0) return 1;
  if (blindingLeft(key) == 0) drawBlinding(key, random);
  // CT begin: secret = key, blinding, result
  montgomeryMultiply(blinded, input, blindingFactor(key), modulus);
  reduceOnce(blinded, valueOf(modulus), limbs, result);
  crtPower(result, blinded, key, exponentP(key), exponentQ(key));
  montgomeryMultiply(result, result, unblindingFactor(key), modulus);
  reduceOnce(result, valueOf(modulus), limbs, first);
  // Checked unblinded: a blinding factor without an inverse is a fault too.
  publicPowerVartime(first, result, exponentOf(key), exponentLengthOf(key), modulus);
  const good = equalLimbs(first, input, limbs);
  nextBlinding(key);
  toBytes(data, length, result, limbs);
  memory.fill(space, 0, SPACE);
  wipePublicPower();
  wipeMontgomery();
  // CT end
  // CT public (fault found): the operation fails with ERR_FAULT_DETECTED; its result is wiped.
  if (good == 0) {
    setBlindingLeft(key, 0); // the next operation draws anew
    memory.fill(data, 0, length);
    return 2;
  }
  return 0;
}

/** r from random bytes; r^e and r^-1 in Montgomery form. */
function drawBlinding(key: usize, random: usize): void {
  const modulus = modulusN(key);
  const limbs = modulusLimbs(key);
  const half = halfLength(key);
  // CT begin: secret = r
  store<u8>(random, load<u8>(random) & ((1 << ((<u8>(load<u32>(modulus, 8) - 1)) & 7)) - 1)); // r < 2^(bits - 1)
  fromBytes(high, limbs, random, lengthOf(key));
  const expP = inverseExponents;
  const expQ = inverseExponents + 520;
  minusTwo(expP, half, valueOf(primeP(key)), primeLimbs(key));
  minusTwo(expQ, half, valueOf(primeQ(key)), primeLimbs(key));
  memory.copy(blindingFactor(key), high, limbs << 2);
  crtPower(unblindingFactor(key), blindingFactor(key), key, expP, expQ); // Fermat: r^-1
  toMontgomery(unblindingFactor(key), unblindingFactor(key), modulus);
  publicPowerVartime(blindingFactor(key), blindingFactor(key), exponentOf(key), exponentLengthOf(key), modulus);
  toMontgomery(blindingFactor(key), blindingFactor(key), modulus);
  memory.fill(inverseExponents, 0, 1040);
  memory.fill(random, 0, lengthOf(key));
  // CT end
  setBlindingLeft(key, BLINDING_USES);
}

function nextBlinding(key: usize): void {
  const modulus = modulusN(key);
  montgomeryMultiply(blindingFactor(key), blindingFactor(key), blindingFactor(key), modulus);
  montgomeryMultiply(unblindingFactor(key), unblindingFactor(key), unblindingFactor(key), modulus);
  setBlindingLeft(key, blindingLeft(key) - 1);
}

/** Big-endian bytes of a prime less two. */
function minusTwo(out: usize, length: usize, prime: usize, limbs: usize): void {
  memory.fill(one, 0, limbs << 2);
  store<u32>(one, 2);
  subtractLimbs(first, prime, one, limbs);
  toBytes(out, length, first, limbs);
}

/** out = x^d mod n from the exponents modulo p - 1 and q - 1. out must not be x. */
function crtPower(out: usize, x: usize, key: usize, expP: usize, expQ: usize): void {
  const p = primeP(key);
  const q = primeQ(key);
  const limbs = primeLimbs(key);
  const half = halfLength(key);
  // m2 = x^dQ mod q
  residue(second, x, key, q);
  secretPower(second, second, expQ, half, q);
  fromMontgomery(second, second, q, one);
  // m1 = x^dP mod p, kept in Montgomery form
  residue(first, x, key, p);
  secretPower(first, first, expP, half, p);
  // h = (m1 - m2) qInv mod p: m1 + 2p - m2 is positive and below 4p
  toMontgomery(high, second, p);
  addLimbs(first, first, valueOf(p), limbs);
  addLimbs(first, first, valueOf(p), limbs);
  subtractLimbs(first, first, high, limbs);
  montgomeryMultiply(first, first, coefficient(key), p);
  reduceOnce(first, valueOf(p), limbs, high);
  // out = m2 + h q
  const wide = modulusLimbs(key);
  multiplyLimbs(product, wide, first, valueOf(q), limbs);
  memory.fill(second + (limbs << 2), 0, (wide - limbs) << 2);
  addLimbs(out, product, second, wide);
}

/** out = x mod prime in Montgomery form, below 4 times the prime: x = low + 2^(28 limbs) high, and 2^(28 limbs) is R. */
function residue(out: usize, x: usize, key: usize, prime: usize): void {
  const limbs = primeLimbs(key);
  const rest = modulusLimbs(key) - limbs;
  memory.fill(high, 0, limbs << 2);
  memory.copy(high, x + (limbs << 2), rest << 2);
  toMontgomery(high, high, prime);
  toMontgomery(high, high, prime);
  memory.copy(out, x, limbs << 2);
  toMontgomery(out, out, prime);
  addLimbs(out, out, high, limbs);
}
