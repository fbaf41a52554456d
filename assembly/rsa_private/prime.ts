// Prime candidates for RSA keys (FIPS 186-5 §A.1.3). That a candidate was rejected is public; about an accepted one the
// trace shows nothing: every test runs over all of its steps and ends in one mask.
//
// Candidates are 3 modulo 4, so that the odd part of p - 1 has a known length and Miller-Rabin is one power per round.

import { equal32, less32, nonZero64, zero32 } from '../shared/ct';
import { equalLimbs, fromBytes, GUARD, limbsFor, reduceOnce, subtractLimbs } from '../shared/bignum/limbs';
import {
  computeSquareOfR,
  initModulus,
  MAX_LIMBS,
  modulusLength,
  toMontgomery,
  valueOf,
  wipeMontgomery,
} from '../shared/bignum/montgomery';
import { secretPower } from '../shared/bignum/secret_power';

const NUMBER: usize = (MAX_LIMBS << 2) + GUARD;
const modulus = memory.data(2496, 16);
const space = memory.data(3600, 16);
const base = space + GUARD;
const one = space + NUMBER + GUARD;
const minusOne = space + 2 * NUMBER + GUARD;
const exponent = memory.data(528, 16);

// The odd primes below 1000, and for each p the reciprocal floor(2^40 / p).
const PRIMES: usize = 167;
const primes = memory.data(672, 16);
const reciprocals = memory.data(1344, 16);
let primesReady = false;

function preparePrimes(): void {
  let found: usize = 0;
  for (let candidate: u32 = 3; found < PRIMES; candidate += 2) {
    let isPrime = true;
    for (let d: u32 = 3; d * d <= candidate; d += 2) {
      if (candidate % d == 0) isPrime = false; // public: small numbers
    }
    if (!isPrime) continue;
    store<u32>(primes + (found << 2), candidate);
    store<u64>(reciprocals + (found << 3), (<u64>1 << 40) / candidate);
    found++;
  }
  primesReady = true;
}

/** Builds the table of small primes; called outside the region that handles candidates. */
export function primeSetUp(): void {
  if (!primesReady) preparePrimes();
}

/** Makes random bytes a candidate: the two top bits set, so that a product of two has full length, and 3 modulo 4. */
export function primeCandidate(bytes: usize, length: usize): void {
  // CT begin: secret = candidate
  store<u8>(bytes, load<u8>(bytes) | 0xc0);
  store<u8>(bytes + length - 1, load<u8>(bytes + length - 1) | 3);
  // CT end
}

/**
 * Screens a candidate: not divisible by a prime below 1000, and not 1 modulo 65537, the public exponent.
 * @param bytes big-endian, `length` bytes, top bit set
 * @returns 1 if it is worth a Miller-Rabin test
 */
export function primeScreen(bytes: usize, length: usize): u32 {
  const n = limbsFor(<u32>length << 3);
  fromBytes(base, n, bytes, length);
  // CT begin: secret = base
  let divisible: u32 = 0;
  for (let i: usize = 0; i < PRIMES; i++) {
    const p = <u64>load<u32>(primes + (i << 2));
    divisible |= zero32(remainder(base, n, p, load<u64>(reciprocals + (i << 3))));
  }
  divisible |= equal32(remainder65537(bytes, length), 1);
  memory.fill(base, 0, n << 2);
  return ~divisible & 1;
  // CT end
}

// CT begin: secret = candidate

/** x mod p for p < 2^10, limb by limb from the top: r 2^28 + limb < 2^38, quotient by reciprocal low by at most one. */
function remainder(x: usize, n: usize, p: u64, reciprocal: u64): u32 {
  let r: u64 = 0;
  for (let i = n; i > 0; i--) {
    r = reduce((r << 14) | <u64>(load<u32>(x + ((i - 1) << 2)) >> 14), p, reciprocal);
    r = reduce((r << 14) | <u64>(load<u32>(x + ((i - 1) << 2)) & 0x3fff), p, reciprocal);
  }
  return <u32>r;
}

/** x mod p for x < 2^24: x * reciprocal < 2^64, the estimate is low by at most one. */
// @ts-ignore: decorator
@inline
function reduce(x: u64, p: u64, reciprocal: u64): u64 {
  const r = x - ((x * reciprocal) >> 40) * p;
  const less = <u64>(<i64>(r - p) >> 63);
  return r - (p & ~less);
}

/** x mod 65537 for big-endian bytes: 2^16 is -1, so the digits alternate in sign. */
export function remainder65537(bytes: usize, length: usize): u32 {
  let sum: i32 = 0;
  let sign: i32 = 1;
  for (let i = length; i >= 2; i -= 2) {
    sum += sign * <i32>bswap<u16>(load<u16>(bytes + i - 2)); // at most 256 digits of 16 bits: 2^24
    sign = -sign;
  }
  if ((length & 1) != 0) sum += sign * <i32>load<u8>(bytes);
  return fold65537(sum);
}

/** A number between -2^30 and 2^30 modulo 65537. */
export function fold65537(x: i32): u32 {
  let r = (x & 0xffff) - (x >> 16); // between -2^14 and 2^16 + 2^14
  r += 65537 & (r >> 31);
  r -= 65537;
  r += 65537 & (r >> 31);
  return <u32>r;
}
// CT end

/**
 * One round of Miller-Rabin (FIPS 186-5 §B.3.1) with a random base. For x = 3 mod 4 the test is base^((x-1)/2) = 1 or -1.
 * @param random `length` random bytes; wiped
 * @returns 1 if the candidate may be prime
 */
export function primeRound(bytes: usize, length: usize, random: usize): u32 {
  const bits = <u32>length << 3;
  const n = limbsFor(bits);
  memory.fill(modulus, 0, modulusLength(n));
  // CT begin: secret = candidate, base
  fromBytes(valueOf(modulus), n, bytes, length);
  initModulus(modulus, n, bits);
  computeSquareOfR(modulus);
  // Top bit cleared: below x. Zero, one and x - 1 as bases have no weight among 2^1023.
  store<u8>(random, load<u8>(random) & 0x7f);
  fromBytes(base, n, random, length);
  toMontgomery(base, base, modulus);
  // (x - 1) / 2: x is odd, so it is x shifted down.
  let carry: u8 = 0;
  for (let i: usize = 0; i < length; i++) {
    const byte = load<u8>(bytes + i);
    store<u8>(exponent + i, (byte >> 1) | (carry << 7));
    carry = byte & 1;
  }
  secretPower(base, base, exponent, length, modulus);
  reduceOnce(base, valueOf(modulus), n, minusOne);
  memory.fill(one, 0, n << 2);
  store<u32>(one, 1);
  toMontgomery(one, one, modulus);
  reduceOnce(one, valueOf(modulus), n, minusOne);
  subtractLimbs(minusOne, valueOf(modulus), one, n);
  const passed = equalLimbs(base, one, n) | equalLimbs(base, minusOne, n);
  memory.fill(space, 0, 3 * NUMBER);
  memory.fill(modulus, 0, modulusLength(n));
  memory.fill(exponent, 0, length);
  memory.fill(random, 0, length);
  wipeMontgomery();
  return passed & 1;
  // CT end
}

/**
 * 1 if |p - q| > 2^(bits of p - 96), which is more than FIPS 186-5 §A.1.3 demands (bits - 100): the numbers made of the
 * top 12 bytes differ by two or more. Bytes behind them could make up for a difference of one.
 */
export function primesFarApart(p: usize, q: usize): u32 {
  // CT begin: secret = p, q
  const low = <i64>bswap<u32>(load<u32>(p, 8)) - <i64>bswap<u32>(load<u32>(q, 8)) + 1;
  const high = bswap<u64>(load<u64>(p)) - bswap<u64>(load<u64>(q)) + <u64>(low >> 32);
  // The difference plus one is 0, 1 or 2 for neighbours.
  const far = <u32>nonZero64(high) | less32(2, <u32>low);
  return far & 1;
  // CT end
}
