// Ed25519 (RFC 8032 §5.1): keys and signatures in constant time, verification in variable time.
// Ed25519ctx and Ed25519ph differ by `dom`, the dom2 string of RFC 8032 §2 that the caller gives (empty for Ed25519).

import { sha512Final, sha512Init, sha512Update } from '../../shared/hash/sha512';
import { wipe } from '../../shared/ct';
import { addOddMultipleVartime, multiplyBase } from './base_table';
import { clamp } from './clamp';
import {
  POINT, addPrepared, decodeVartime, double, encode, prepare, setIdentity, wipeEdwards,
} from './edwards';
import { isReducedVartime, multiplyAddScalar, reduceScalar } from './scalar';

const scratch = memory.data(208 + 64 + 64 + 32 + 32 + 320, 16);
const hash = scratch; // SHA512_STATE_LENGTH bytes
const expanded = scratch + 208; // the secret scalar and the prefix, 32 bytes each
const digest = scratch + 272;
const r = scratch + 336;
const k = scratch + 368;
const point = scratch + 400;
const SCRATCH: usize = 720;

/** Writes the public key of the seed at `key` (32 bytes) behind it, to key + 32. */
export function ed25519PublicKey(key: usize): void {
  // CT begin: secret = seed
  expand(key);
  multiplyBase(point, expanded);
  encode(key + 32, point);
  wipe(scratch, SCRATCH);
  wipeEdwards();
  // CT end
}

/**
 * Signs a message. signature: 64 bytes; key: the seed and the public key that ed25519PublicKey put behind it. The
 * public key is no argument of its own: signing with another one would give the secret scalar away.
 */
export function ed25519Sign(
  signature: usize, key: usize, dom: usize, domLength: usize, message: usize, length: usize,
): void {
  // CT begin: secret = seed
  expand(key);
  sha512Init(hash);
  sha512Update(hash, dom, domLength);
  sha512Update(hash, expanded + 32, 32);
  sha512Update(hash, message, length);
  sha512Final(hash, digest);
  reduceScalar(r, digest);
  multiplyBase(point, r);
  encode(signature, point); // R
  challenge(signature, key + 32, dom, domLength, message, length);
  multiplyAddScalar(signature + 32, k, expanded, r); // S
  wipe(scratch, SCRATCH);
  wipeEdwards();
  // CT end
}

/** expanded = the clamped secret scalar and the prefix (RFC 8032 §5.1.5). */
function expand(seed: usize): void {
  sha512Init(hash);
  sha512Update(hash, seed, 32);
  sha512Final(hash, expanded);
  clamp(expanded, expanded);
}

/** k = SHA-512(dom || R || A || message) mod L */
function challenge(
  encodedR: usize, publicKey: usize, dom: usize, domLength: usize, message: usize, length: usize,
): void {
  sha512Init(hash);
  sha512Update(hash, dom, domLength);
  sha512Update(hash, encodedR, 32);
  sha512Update(hash, publicKey, 32);
  sha512Update(hash, message, length);
  sha512Final(hash, digest);
  reduceScalar(k, digest);
}

// Verification: everything is public.

const NAF_LENGTH = 257;
const ODD_MULTIPLES: usize = 8; // of A: 1, 3, ... 15
const WIDTH_A = 5;
const WIDTH_B = 7; // 32 odd multiples of B in base_table.ts
const multiples = memory.data(8 * 320, 16);
const doubled = memory.data(320, 16);
const twice = memory.data(320, 16); // prepared
const nafOfK = memory.data(257, 16);
const nafOfS = memory.data(257, 16);
const padded = memory.data(40, 16);
const expected = memory.data(32, 16);

/**
 * 1 if the 64-byte signature is valid, 0 if not, -1 if the 32 bytes at publicKey encode no point. Strict: S below L,
 * canonical encodings, and the equation without the cofactor (RFC 8032 §5.1.7, the stricter of the two allowed).
 * Points of small order are keys like any other here: the caller refuses them (src/crypto/edwards_public_key.ts).
 */
export function ed25519VerifyVartime(
  publicKey: usize, signature: usize, dom: usize, domLength: usize, message: usize, length: usize,
): i32 {
  const status = verify(publicKey, signature, dom, domLength, message, length);
  wipe(multiples, 8 * POINT);
  wipe(doubled, POINT);
  wipe(twice, POINT);
  wipe(nafOfK, NAF_LENGTH);
  wipe(nafOfS, NAF_LENGTH);
  wipe(padded, 40);
  wipe(expected, 32);
  wipe(scratch, SCRATCH);
  wipeEdwards();
  return status;
}

function verify(
  publicKey: usize, signature: usize, dom: usize, domLength: usize, message: usize, length: usize,
): i32 {
  if (!decodeVartime(point, publicKey)) return -1;
  if (!isReducedVartime(signature + 32)) return 0;
  challenge(signature, publicKey, dom, domLength, message, length);
  prepareMultiplesVartime();
  recodeVartime(nafOfK, k, WIDTH_A);
  recodeVartime(nafOfS, signature + 32, WIDTH_B);
  combineVartime();
  // S B - k A must encode as R does; an R that is no canonical encoding equals none.
  encode(expected, point);
  return <i32>(memory.compare(expected, signature, 32) == 0);
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
  memory.fill(padded, 0, 40);
  memory.copy(padded, scalar, 32);
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
