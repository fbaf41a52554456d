// The rest of an RSA key from its primes, for the public exponent 65537 (FIPS 186-5 §A.1.1). Constant time: 65537 is
// prime and 2^16 = -1 modulo it, so inverses modulo the even p - 1 come from an exact division instead of Euclid.

import { addLimbs, fromBytes, GUARD, LIMB_BITS, LIMB_MASK, limbsFor, multiplyLimbs, subtractLimbs, toBytes } from '../shared/bignum/limbs';
import {
  computeSquareOfR,
  fromMontgomery,
  initModulus,
  isBelow,
  MAX_LIMBS,
  modulusLength,
  toMontgomery,
  valueOf,
  wipeMontgomery,
} from '../shared/bignum/montgomery';
import { secretPower } from '../shared/bignum/secret_power';
import { fold65537, remainder65537 } from './prime';

const NUMBER: usize = (MAX_LIMBS << 2) + GUARD;
const modulus = memory.data(2496, 16);
const space = memory.data(4800, 16);
const a = space + GUARD;
const b = space + NUMBER + GUARD;
const one = space + 2 * NUMBER + GUARD;
const product = space + 3 * NUMBER + GUARD;
const bytes = memory.data(1040, 16);

// 65537^-1 mod 2^28: (1 - 2^16)(1 + 2^32 ...) gives 1 - 2^16 modulo 2^28 up to the term 2^32.
const INVERSE_OF_E: u32 = 0x0fff0001;

/**
 * From p and q (big-endian, `half` bytes each): n and d (2 half bytes), dP, dQ and qInv (half bytes each).
 * The larger prime must be p. d is the inverse modulo (p - 1)(q - 1), as RFC 8017 §3.2 allows; FIPS 186-5 takes the
 * least common multiple instead. Only dP and dQ are used.
 */
export function rsaDerive(
  p: usize,
  q: usize,
  half: usize,
  n: usize,
  d: usize,
  dP: usize,
  dQ: usize,
  qInv: usize,
): void {
  // CT begin: secret = p, q
  const limbs = limbsFor(<u32>half << 3);
  const wide = limbsFor(<u32>half << 4);
  memory.fill(space, 0, 4 * NUMBER);
  fromBytes(a, limbs, p, half);
  fromBytes(b, limbs, q, half);
  multiplyLimbs(product, wide, a, b, limbs);
  toBytes(n, 2 * half, product, wide);

  // phi = n - p - q + 1 = (p - 1)(q - 1)
  subtractLimbs(product, product, a, wide);
  subtractLimbs(product, product, b, wide);
  memory.fill(one, 0, wide << 2);
  store<u32>(one, 1);
  addLimbs(product, product, one, wide);
  inverseOfE(d, 2 * half, product, wide);
  store<u32>(a, load<u32>(a) - 1); // p and q are odd: no borrow
  store<u32>(b, load<u32>(b) - 1);
  inverseOfE(dP, half, a, limbs);
  inverseOfE(dQ, half, b, limbs);

  // qInv = q^(p - 2) mod p
  memory.fill(modulus, 0, modulusLength(limbs));
  fromBytes(valueOf(modulus), limbs, p, half);
  initModulus(modulus, limbs, <u32>half << 3);
  computeSquareOfR(modulus);
  memory.fill(one, 0, limbs << 2);
  store<u32>(one, 2);
  subtractLimbs(b, valueOf(modulus), one, limbs);
  toBytes(bytes, half, b, limbs);
  fromBytes(a, limbs, q, half);
  toMontgomery(a, a, modulus);
  secretPower(a, a, bytes, half, modulus);
  fromMontgomery(a, a, modulus, one);
  toBytes(qInv, half, a, limbs);
  memory.fill(space, 0, 4 * NUMBER);
  memory.fill(modulus, 0, modulusLength(limbs));
  memory.fill(bytes, 0, 1040);
  wipeMontgomery();
  // CT end
}

// CT begin: secret = m and what follows from it

/**
 * out = 65537^-1 mod m as `length` bytes: (1 + k m) / 65537 with k = -m^-1 mod 65537, an exact division.
 */
function inverseOfE(out: usize, length: usize, m: usize, n: usize): void {
  toBytes(bytes, length, m, n);
  const k = fold65537(-<i32>inverse65537(remainder65537(bytes, length)));
  // Hensel division from the lowest limb: each quotient limb is (what is left) * 65537^-1 mod 2^28.
  let carry: u64 = 1; // of 1 + k m
  let borrow: i64 = 0; // of the quotient times 65537
  let fill: usize = 0;
  for (; fill < n; fill++) {
    const sum = <u64>k * <u64>load<u32>(m + (fill << 2)) + carry; // < 2^45
    carry = sum >> LIMB_BITS;
    const digit = <i64>(sum & 0x0fffffff) + borrow;
    const quotient = (<u32>digit * INVERSE_OF_E) & LIMB_MASK;
    borrow = (digit - <i64>quotient * 65537) >> LIMB_BITS;
    store<u32>(one + (fill << 2), quotient);
  }
  toBytes(out, length, one, n);
}

/** x^-1 mod 65537 by Fermat: x^65535, the exponent being sixteen ones. */
function inverse65537(x: u32): u32 {
  let power = x;
  for (let i = 0; i < 15; i++) power = multiply65537(multiply65537(power, power), x);
  return power;
}

/** a * b mod 65537 for a, b <= 65536: the product below 2^32 + 1 is folded in two steps. */
function multiply65537(x: u32, y: u32): u32 {
  const wide = <u64>x * <u64>y;
  return fold65537(<i32>(wide & 0xffff) - <i32>(wide >> 16)); // between -2^16 - 1 and 2^16
}
// CT end

/** All ones if the primes are in the wrong order: p < q. */
export function primesSwapped(p: usize, q: usize, half: usize): u32 {
  const limbs = limbsFor(<u32>half << 3);
  memory.fill(modulus, 0, modulusLength(limbs));
  fromBytes(valueOf(modulus), limbs, q, half);
  store<u32>(modulus, <u32>limbs);
  fromBytes(a, limbs, p, half);
  const swapped = isBelow(a, modulus);
  memory.fill(space, 0, 4 * NUMBER);
  memory.fill(modulus, 0, modulusLength(limbs));
  wipeMontgomery();
  return swapped & 1;
}
