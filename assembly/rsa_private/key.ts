// RSA private keys: one block in an arena slot, prepared for CRT with blinding.
//
//   0    limbs of a prime u32, limbs of n u32, length of n in bytes u32, blinding uses left u32, e length u32
//   24   e, big-endian, up to 8 bytes
//   32   modulus blocks: p, q, n
//        dP, dQ: length/2 bytes each, padded to 16
//        qInv: limbs of p, guarded
//        blinding: r^e and r^-1 in Montgomery form modulo n, guarded

import { fromBytes, GUARD, limbsFor } from '../shared/bignum/limbs';
import { modulusLength } from '../shared/bignum/montgomery';

const PRIME_LIMBS: usize = 0;
const LIMBS: usize = 4;
const LENGTH: usize = 8;
const BLINDING_LEFT: usize = 12;
const E_LENGTH: usize = 16;
const E: usize = 24;
const BLOCKS: usize = 32;

// @ts-ignore: decorator
@inline
function pad16(length: usize): usize {
  return (length + 15) & ~15;
}

/** Length in bytes of the block for a modulus of `bits` bits, an even number. */
export function rsaPrivateKeyLength(bits: u32): usize {
  const prime = limbsFor(bits >> 1);
  const n = limbsFor(bits);
  const exponents = pad16(<usize>(bits + 15) >> 4) * 2;
  return BLOCKS + 2 * modulusLength(prime) + modulusLength(n) + exponents + (prime << 2) + GUARD + 2 * ((n << 2) + GUARD);
}

export function initKey(key: usize, bits: u32, exponent: usize, exponentLength: usize): void {
  store<u32>(key, <u32>limbsFor(bits >> 1), PRIME_LIMBS);
  store<u32>(key, <u32>limbsFor(bits), LIMBS);
  store<u32>(key, (bits + 7) >> 3, LENGTH);
  store<u32>(key, 0, BLINDING_LEFT);
  store<u32>(key, <u32>exponentLength, E_LENGTH);
  memory.copy(key + E, exponent, exponentLength);
}

export function primeLimbs(key: usize): usize {
  return load<u32>(key, PRIME_LIMBS);
}
export function modulusLimbs(key: usize): usize {
  return load<u32>(key, LIMBS);
}
export function lengthOf(key: usize): usize {
  return load<u32>(key, LENGTH);
}
/** Length of a prime and of dP and dQ in bytes. */
export function halfLength(key: usize): usize {
  return (lengthOf(key) + 1) >> 1;
}
export function blindingLeft(key: usize): u32 {
  return load<u32>(key, BLINDING_LEFT);
}
export function setBlindingLeft(key: usize, uses: u32): void {
  store<u32>(key, uses, BLINDING_LEFT);
}
export function exponentOf(key: usize): usize {
  return key + E;
}
export function exponentLengthOf(key: usize): usize {
  return load<u32>(key, E_LENGTH);
}
export function primeP(key: usize): usize {
  return key + BLOCKS;
}
export function primeQ(key: usize): usize {
  return primeP(key) + modulusLength(primeLimbs(key));
}
export function modulusN(key: usize): usize {
  return primeQ(key) + modulusLength(primeLimbs(key));
}
export function exponentP(key: usize): usize {
  return modulusN(key) + modulusLength(modulusLimbs(key));
}
export function exponentQ(key: usize): usize {
  return exponentP(key) + pad16(halfLength(key));
}
export function coefficient(key: usize): usize {
  return exponentQ(key) + pad16(halfLength(key)) + GUARD;
}
export function blindingFactor(key: usize): usize {
  return coefficient(key) + (primeLimbs(key) << 2) + GUARD;
}
export function unblindingFactor(key: usize): usize {
  return blindingFactor(key) + (modulusLimbs(key) << 2) + GUARD;
}

/** A prime-sized number from the half-length bytes at `bytes`. */
export function primeFromBytes(out: usize, key: usize, bytes: usize): void {
  fromBytes(out, primeLimbs(key), bytes, halfLength(key));
}
