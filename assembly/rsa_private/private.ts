// The RSA private operation (RFC 8017 §5.1.2): CRT, blinded, and checked with the public exponent before anything
// comes out (Boneh, DeMillo and Lipton 1997: one faulty CRT half gives away the key). It is taken in steps of some windows
// of a power, at once or with other work between. How many a step has is chosen by a count or a clock, never by a number
// that is raised: each power has as many windows as its exponent has bits, each window takes as long as any other, and what
// stands between two powers is always the same. So a clock that is read between steps tells of sizes alone.

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
  montgomerySquare,
  setSmall,
  toMontgomery,
  valueOf,
  wipeMontgomery,
} from '../shared/bignum/montgomery';
import { computeSquareOfRVartime, publicPowerVartime, wipePublicPower } from '../shared/bignum/public_power';
import { beginPower, continuePower, windowsOf } from '../shared/bignum/secret_power';
import {
  baseOf,
  blindOf,
  DONE,
  DRAW_P,
  DRAW_Q,
  drawExponentOf,
  inputOf,
  phaseOf,
  POWER_Q,
  powerOf,
  powerQOf,
  setPhase,
  setWindowsLeft,
  tableOf,
  unblindOf,
  windowsLeft,
} from './job';
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
const SPACE: usize = 4800;
/** Numbers that live no longer than a step. */
const space = memory.data(4800, 16);
const high = space + GUARD;
const one = space + NUMBER + GUARD;
const product = space + 2 * NUMBER + GUARD;
const scratch = space + 3 * NUMBER + GUARD;

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
  toMontgomery(scratch, valueOf(primeQ(key)), primeP(key));
  montgomeryMultiply(scratch, scratch, coefficient(key), primeP(key));
  reduceOnce(scratch, valueOf(primeP(key)), limbs, high);
  store<u32>(scratch, load<u32>(scratch) ^ 1);
  good &= isZero(scratch, limbs);
  wipeScratch();
  return ~good & 1;
  // CT end
}

function setPrime(block: usize, key: usize, bits: u32, bytes: usize): void {
  primeFromBytes(valueOf(block), key, bytes);
  initModulus(block, primeLimbs(key), bits);
  computeSquareOfR(block);
}

/**
 * Begins the private power of the integer at `data` (big-endian, as long as n) in the zeroed block `job`
 * (rsaPrivateJobLength(bits) bytes). It takes the key's blinding pair, and the key goes on with the next: none serves twice.
 * @param random as many random bytes as n has, for blinding where the key has none left; wiped
 * @returns 0; 1 if data >= n
 */
export function rsaPrivateBegin(key: usize, job: usize, data: usize, random: usize): u32 {
  const modulus = modulusN(key);
  const limbs = modulusLimbs(key);
  const length = lengthOf(key);
  const input = inputOf(job);
  fromBytes(input, limbs, data, length);
  // CT public (base in range): of a ciphertext, or of a signature's encoded message; neither is secret.
  if (isBelow(input, modulus) == 0) return 1;
  // CT begin: secret = key, random
  if (blindingLeft(key) == 0) {
    // r < 2^(bits - 1)
    store<u8>(random, load<u8>(random) & ((1 << ((<u8>(load<u32>(modulus, 8) - 1)) & 7)) - 1));
    fromBytes(baseOf(job, key), limbs, random, length);
    startPower(key, job, DRAW_Q);
  } else {
    memory.copy(blindOf(job, key), blindingFactor(key), limbs << 2);
    memory.copy(unblindOf(job, key), unblindingFactor(key), limbs << 2);
    nextBlinding(key, job, blindingLeft(key) - 1);
    blind(key, job);
  }
  memory.fill(random, 0, length);
  wipeScratch();
  // CT end
  return 0;
}

/** Goes on for `windows` windows. @returns true if the operation needs more */
export function rsaPrivateStep(key: usize, job: usize, windows: u32): bool {
  // CT begin: secret = key, job
  while (windows > 0 && phaseOf(job) != DONE) {
    const left = windowsLeft(job);
    const count = min(windows, left);
    const half = halfLength(key);
    const exponent = exponentFor(key, job);
    continuePower(tableOf(job, key), powerOf(job, key), exponent, half, primeFor(key, job), left, count);
    setWindowsLeft(job, left - count);
    windows -= count;
    if (left == count) endPower(key, job);
  }
  wipeScratch();
  // CT end
  return phaseOf(job) != DONE;
}

/**
 * Replaces the integer at `data` by its private power, when `rsaPrivateStep` needs no more.
 * @returns 0; 2 if the result failed its check, in which case `data` is wiped
 */
export function rsaPrivateFinish(key: usize, job: usize, data: usize): u32 {
  const modulus = modulusN(key);
  const limbs = modulusLimbs(key);
  const length = lengthOf(key);
  // CT begin: secret = key, job, result
  // Checked unblinded: a blinding factor without an inverse is a fault too.
  publicPowerVartime(scratch, baseOf(job, key), exponentOf(key), exponentLengthOf(key), modulus);
  const good = equalLimbs(scratch, inputOf(job), limbs);
  toBytes(data, length, baseOf(job, key), limbs);
  wipeScratch();
  wipePublicPower();
  // CT end
  // CT public (fault found): the operation fails with ERR_FAULT_DETECTED; its result is wiped.
  if (good == 0) {
    setBlindingLeft(key, 0); // the next operation draws anew
    memory.fill(data, 0, length);
    return 2;
  }
  return 0;
}

function wipeScratch(): void {
  memory.fill(space, 0, SPACE);
  wipeMontgomery();
}

// CT begin: secret = key, job but for its phase

function modQ(job: usize): bool {
  return phaseOf(job) == DRAW_Q || phaseOf(job) == POWER_Q;
}

function primeFor(key: usize, job: usize): usize {
  return modQ(job) ? primeQ(key) : primeP(key); // public: follows the phase
}

function exponentFor(key: usize, job: usize): usize {
  if (phaseOf(job) < POWER_Q) return drawExponentOf(job, key);
  return modQ(job) ? exponentQ(key) : exponentP(key); // public: follows the phase
}

/** Begins the power of a phase. */
function startPower(key: usize, job: usize, phase: u32): void {
  setPhase(job, phase);
  const prime = primeFor(key, job);
  // Fermat: r^-1 modulo a prime is its power by the prime less two.
  if (phase < POWER_Q) minusTwo(drawExponentOf(job, key), halfLength(key), valueOf(prime), primeLimbs(key));
  residue(scratch, baseOf(job, key), key, prime);
  beginPower(tableOf(job, key), powerOf(job, key), scratch, prime);
  setWindowsLeft(job, windowsOf(halfLength(key)));
}

/** What follows the power of a phase, up to the beginning of the next. */
function endPower(key: usize, job: usize): void {
  const modulus = modulusN(key);
  const base = baseOf(job, key);
  switch (phaseOf(job)) {
    case DRAW_Q:
    case POWER_Q:
      fromMontgomery(powerQOf(job, key), powerOf(job, key), primeQ(key), one);
      startPower(key, job, phaseOf(job) + 1);
      return;
    case DRAW_P:
      combine(unblindOf(job, key), key, job);
      toMontgomery(unblindOf(job, key), unblindOf(job, key), modulus);
      publicPowerVartime(blindOf(job, key), base, exponentOf(key), exponentLengthOf(key), modulus);
      wipePublicPower();
      toMontgomery(blindOf(job, key), blindOf(job, key), modulus);
      // Another operation may have drawn meanwhile: then the key keeps that pair.
      if (blindingLeft(key) == 0) nextBlinding(key, job, BLINDING_USES - 1);
      blind(key, job);
      return;
    default:
      combine(base, key, job);
      montgomeryMultiply(base, base, unblindOf(job, key), modulus);
      reduceOnce(base, valueOf(modulus), modulusLimbs(key), scratch);
      setPhase(job, DONE);
  }
}

/** The base becomes the blinded integer, and its first power begins. */
function blind(key: usize, job: usize): void {
  const modulus = modulusN(key);
  const base = baseOf(job, key);
  montgomeryMultiply(base, inputOf(job), blindOf(job, key), modulus);
  reduceOnce(base, valueOf(modulus), modulusLimbs(key), scratch);
  startPower(key, job, POWER_Q);
}

/** The key goes on with the square of the pair that the job took: r^e and r^-1 in Montgomery form. */
function nextBlinding(key: usize, job: usize, left: u32): void {
  const modulus = modulusN(key);
  montgomerySquare(blindingFactor(key), blindOf(job, key), modulus);
  montgomerySquare(unblindingFactor(key), unblindOf(job, key), modulus);
  setBlindingLeft(key, left);
}

/** Big-endian bytes of a prime less two. */
function minusTwo(out: usize, length: usize, prime: usize, limbs: usize): void {
  setSmall(one, limbs, 2);
  subtractLimbs(scratch, prime, one, limbs);
  toBytes(out, length, scratch, limbs);
}

/** out = the number whose powers modulo q and p (this one in Montgomery form) the job holds. */
function combine(out: usize, key: usize, job: usize): void {
  const p = primeP(key);
  const limbs = primeLimbs(key);
  const powerP = powerOf(job, key);
  const powerQ = powerQOf(job, key);
  // h = (m1 - m2) qInv mod p: m1 + 2p - m2 is positive and below 4p
  toMontgomery(high, powerQ, p);
  addLimbs(powerP, powerP, valueOf(p), limbs);
  addLimbs(powerP, powerP, valueOf(p), limbs);
  subtractLimbs(powerP, powerP, high, limbs);
  montgomeryMultiply(powerP, powerP, coefficient(key), p);
  reduceOnce(powerP, valueOf(p), limbs, high);
  // out = m2 + h q
  const wide = modulusLimbs(key);
  multiplyLimbs(product, wide, powerP, valueOf(primeQ(key)), limbs);
  addLimbs(out, product, powerQ, wide); // above the limbs of a prime nothing is ever written to the power modulo q
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
// CT end
