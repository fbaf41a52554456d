// Ed448 (RFC 8032 §5.2): keys and signatures in constant time, verification in variable time.
// `dom` is the dom4 string of RFC 8032 §2 that the caller gives: it holds the context, and tells Ed448 from Ed448ph.

import {
  keccakAbsorb, keccakFinish, keccakInit, keccakSqueeze, SHAKE256_RATE, SHAKE_SUFFIX,
} from '../shared/hash/keccak';
import { wipe } from '../shared/ct';
import { addOddMultipleVartime, multiplyBase } from './base_table';
import {
  ENCODED, POINT, addPrepared, decodeVartime, double, encode, prepare, setIdentity, wipeEdwards,
} from './edwards';
import { isReducedVartime, multiplyAddScalar, reduceScalar } from './scalar';
import { clamp } from './x448';

const DIGEST: usize = 114;
const SCALAR: usize = 56;

const scratch = memory.data(208 + 128 + 128 + 64 + 64 + 512, 16);
const sponge = scratch; // KECCAK_STATE_LENGTH bytes
const expanded = scratch + 208; // the secret scalar and the prefix, 57 bytes each
const digest = scratch + 336;
const r = scratch + 464;
const k = scratch + 528;
const point = scratch + 592;
const SCRATCH: usize = 1104;

/** Writes the public key of the seed at `key` (57 bytes) behind it, to key + 57. */
export function ed448PublicKey(key: usize): void {
  // CT begin: secret = seed
  expand(key);
  multiplyBaseByClamped();
  encode(key + ENCODED, point);
  wipe(scratch, SCRATCH);
  wipeEdwards();
  // CT end
}

/**
 * Signs a message. signature: 114 bytes; key: the seed and the public key that ed448PublicKey put behind it. The public
 * key is no argument of its own: signing with another one would give the secret scalar away.
 */
export function ed448Sign(
  signature: usize, key: usize, dom: usize, domLength: usize, message: usize, length: usize,
): void {
  // CT begin: secret = seed
  expand(key);
  startHash();
  keccakAbsorb(sponge, dom, domLength);
  keccakAbsorb(sponge, expanded + ENCODED, ENCODED);
  keccakAbsorb(sponge, message, length);
  finishHash(digest);
  reduceScalar(r, digest, <i32>DIGEST);
  multiplyBase(point, r);
  encode(signature, point); // R
  challenge(signature, key + ENCODED, dom, domLength, message, length);
  multiplyAddScalar(signature + ENCODED, k, expanded, r); // S
  store<u8>(signature + ENCODED, 0, SCALAR);
  wipe(scratch, SCRATCH);
  wipeEdwards();
  // CT end
}

/** expanded = the clamped secret scalar and the prefix (RFC 8032 §5.2.5); byte 56 of the scalar stays unused. */
function expand(seed: usize): void {
  startHash();
  keccakAbsorb(sponge, seed, ENCODED);
  finishHash(expanded);
  clamp(expanded, expanded);
}

/** point = secret scalar * B: the table takes scalars below 2^447, and B has order L. */
function multiplyBaseByClamped(): void {
  reduceScalar(k, expanded, <i32>SCALAR);
  multiplyBase(point, k);
}

/** k = SHAKE256(dom || R || A || message, 114) mod L */
function challenge(
  encodedR: usize, publicKey: usize, dom: usize, domLength: usize, message: usize, length: usize,
): void {
  startHash();
  keccakAbsorb(sponge, dom, domLength);
  keccakAbsorb(sponge, encodedR, ENCODED);
  keccakAbsorb(sponge, publicKey, ENCODED);
  keccakAbsorb(sponge, message, length);
  finishHash(digest);
  reduceScalar(k, digest, <i32>DIGEST);
}

function startHash(): void {
  keccakInit(sponge, SHAKE256_RATE);
}

function finishHash(out: usize): void {
  keccakFinish(sponge, SHAKE_SUFFIX);
  keccakSqueeze(sponge, out, DIGEST);
}

// Verification: everything is public.

const NAF_LENGTH: i32 = 449;
const ODD_MULTIPLES: usize = 8; // of A: 1, 3, ... 15
const WIDTH_A = 5;
const WIDTH_B = 6; // 16 odd multiples of B in base_table.ts
const multiples = memory.data(8 * 512, 16);
const doubled = memory.data(512, 16);
const twice = memory.data(512, 16); // prepared
const nafOfK = memory.data(449, 16);
const nafOfS = memory.data(449, 16);
const padded = memory.data(64, 16);
const expected = memory.data(57, 16);

/**
 * 1 if the 114-byte signature is valid, 0 if not, -1 if the 57 bytes at publicKey encode no point. Strict: S below L,
 * canonical encodings, and the equation without the cofactor (RFC 8032 §5.2.7, the stricter of the two allowed).
 * Points of small order are keys like any other here: the caller refuses them (src/crypto/edwards_public_key.ts).
 */
export function ed448VerifyVartime(
  publicKey: usize, signature: usize, dom: usize, domLength: usize, message: usize, length: usize,
): i32 {
  const status = verify(publicKey, signature, dom, domLength, message, length);
  wipe(multiples, 8 * POINT);
  wipe(doubled, POINT);
  wipe(twice, POINT);
  wipe(nafOfK, NAF_LENGTH);
  wipe(nafOfS, NAF_LENGTH);
  wipe(padded, 64);
  wipe(expected, 57);
  wipe(scratch, SCRATCH);
  wipeEdwards();
  return status;
}

function verify(
  publicKey: usize, signature: usize, dom: usize, domLength: usize, message: usize, length: usize,
): i32 {
  if (!decodeVartime(point, publicKey)) return -1;
  if (!isReducedVartime(signature + ENCODED)) return 0;
  challenge(signature, publicKey, dom, domLength, message, length);
  prepareMultiplesVartime();
  recodeVartime(nafOfK, k, WIDTH_A);
  recodeVartime(nafOfS, signature + ENCODED, WIDTH_B);
  combineVartime();
  // S B - k A must encode as R does; an R that is no canonical encoding equals none.
  encode(expected, point);
  return <i32>(memory.compare(expected, signature, ENCODED) == 0);
}

/** multiples[j] = (2j + 1) * A, prepared; A is `point`. */
function prepareMultiplesVartime(): void {
  prepare(multiples, point);
  memory.copy(doubled, point, POINT);
  double(doubled, true);
  prepare(twice, doubled);
  for (let j: usize = 1; j < ODD_MULTIPLES; j++) {
    addPrepared(point, twice, false, false);
    prepare(multiples + j * POINT, point);
  }
}

/** point = S B - k A: one chain of doublings for both (Straus). */
function combineVartime(): void {
  setIdentity(point);
  for (let i: i32 = NAF_LENGTH - 1; i >= 0; i--) {
    const digitOfK = <i32>load<i8>(nafOfK + i);
    const digitOfS = <i32>load<i8>(nafOfS + i);
    double(point, digitOfK != 0 || digitOfS != 0);
    if (digitOfK != 0) {
      const size = digitOfK < 0 ? -digitOfK : digitOfK;
      addPrepared(point, multiples + <usize>(size >> 1) * POINT, false, digitOfK > 0);
    }
    if (digitOfS != 0) addOddMultipleVartime(point, digitOfS);
  }
}

/** The non-adjacent form of width w: digits odd or 0, below 2^(w-1) in size, w - 1 zeros at least between two. */
function recodeVartime(naf: usize, scalar: usize, width: i32): void {
  memory.fill(naf, 0, NAF_LENGTH);
  memory.fill(padded, 0, 64);
  memory.copy(padded, scalar, SCALAR);
  let carry: i32 = 0;
  let i: i32 = 0;
  while (i < NAF_LENGTH) {
    const bits = <i32>(load<u32>(padded + (i >> 3)) >> (i & 7));
    if ((bits & 1) == carry) {
      i++;
      continue;
    }
    const digit = (bits & ((1 << width) - 1)) + carry;
    carry = digit >> (width - 1);
    store<i8>(naf + i, <i8>(digit - (carry << width)));
    i += width;
  }
}
