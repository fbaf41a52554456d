// ML-DSA.Sign_internal (FIPS 204 Algorithm 7) for the mu in scratch.
//
// Rejection is public by design: the number of passes says nothing about the key. Every pass does the same work at the
// same addresses, whichever of the four checks fails; nothing else of a rejected pass shows.

import { zero32, less32 } from '../shared/ct';
import {
  SHAKE256_RATE, SHAKE_SUFFIX, keccakAbsorb, keccakFinish, keccakInit, keccakSqueeze,
} from '../shared/hash/keccak';
import { packHigh, packHintsVartime, packMask, unpackSecret, unpackT0 } from './encoding';
import { hash, mldsaMatrixVartime } from './keys';
import { inverseNtt, ntt } from './ntt';
import {
  beta, challengeLength, columns, gamma2, highPolyLength, maskBits, omega, rows, secretPolyLength,
} from './parameters';
import { POLY, add, canonicalAll, centredAll, innerProduct, reachesMask, subtract } from './poly';
import { decompose, makeHint } from './rounding';
import { sampleInBall, sampleMask, wipeSampling } from './sample';
import {
  bytes, challenge, challengeHash, derived, high, hints, input, low, marker, maskHat, matrix, mu, response, s1Hat,
  s2Hat, sponge, t0Hat, wipeMessage, wipeScratch, work,
} from './scratch';

/** Address that the trace check looks for: stored to at the end of every pass. */
export function rejectionMarker(): usize {
  return marker;
}

// CT begin: secret = s1, s2, t0, K, y, w, c~ and z of rejected passes; public: set, rho, tr, mu, number of passes

/** s1, s2 and t0 of the private key, transformed. */
function loadKey(set: i32, sk: usize): void {
  const k = rows(set);
  const l = columns(set);
  const secretLength = secretPolyLength(set);
  let at = sk + 128;
  for (let i = 0; i < l + k; i++) {
    const f = i < l ? s1Hat + <usize>i * POLY : s2Hat + <usize>(i - l) * POLY;
    memory.copy(bytes, at, secretLength);
    unpackSecret(bytes, set, f);
    ntt(f);
    at += secretLength;
  }
  for (let i = 0; i < k; i++) {
    const f = t0Hat + <usize>i * POLY;
    memory.copy(bytes, at, 416);
    unpackT0(bytes, f);
    ntt(f);
    at += 416;
  }
}

/** w = A y: high bits to `high`, low bits to `low`, and c~ = H(mu || w1). */
function commit(set: i32): void {
  const k = rows(set);
  const l = columns(set);
  const length = highPolyLength(set);
  memory.copy(maskHat, response, <usize>l * POLY);
  for (let j = 0; j < l; j++) ntt(maskHat + <usize>j * POLY);
  keccakInit(sponge, SHAKE256_RATE);
  keccakAbsorb(sponge, mu, 64);
  for (let i = 0; i < k; i++) {
    innerProduct(matrix + <usize>(i * l) * POLY, maskHat, l, 0, 0, work);
    inverseNtt(work);
    canonicalAll(work);
    decompose(work, set, high + <usize>i * POLY, low + <usize>i * POLY);
    packHigh(high + <usize>i * POLY, set, bytes);
    keccakAbsorb(sponge, bytes, length);
  }
  keccakFinish(sponge, SHAKE_SUFFIX);
  keccakSqueeze(sponge, challengeHash, challengeLength(set));
}

/** work = c * f, centred, for f transformed. */
function timesChallenge(f: usize): void {
  innerProduct(challenge, f, 1, 0, 0, work);
  inverseNtt(work);
  centredAll(work);
}

/** z, r0 and the hints of this pass. All ones if one of the four checks rejects it. */
function respond(set: i32): u32 {
  const k = rows(set);
  const l = columns(set);
  sampleInBall(challengeHash, challengeLength(set), set, challenge);
  ntt(challenge);
  for (let j = 0; j < l; j++) {
    timesChallenge(s1Hat + <usize>j * POLY);
    add(response + <usize>j * POLY, work);
  }
  let reject = reachesMask(response, l, (1 << (maskBits(set) - 1)) - beta(set));
  for (let i = 0; i < k; i++) {
    timesChallenge(s2Hat + <usize>i * POLY);
    subtract(low + <usize>i * POLY, work);
  }
  // LowBits(w - cs2) = LowBits(w) - cs2 wherever that is below gamma2 - beta, since |cs2| <= beta.
  reject |= reachesMask(low, k, gamma2(set) - beta(set));
  let count = 0;
  for (let i = 0; i < k; i++) {
    timesChallenge(t0Hat + <usize>i * POLY);
    reject |= reachesMask(work, 1, gamma2(set));
    add(low + <usize>i * POLY, work);
    count += makeHint(low + <usize>i * POLY, high + <usize>i * POLY, set, hints + <usize>i * POLY);
  }
  return reject | less32(<u32>omega(set), <u32>count);
}

/**
 * Signs the mu in scratch with the private key at sk; rnd: 32 bytes, random, or zero for deterministic signatures.
 * The signature stays in scratch for mldsaSignatureVartime, which must follow. Returns the number of passes.
 */
export function mldsaSign(set: i32, sk: usize, rnd: usize): i32 {
  mldsaMatrixVartime(set, sk);
  loadKey(set, sk);
  memory.copy(input, sk + 32, 32);
  memory.copy(input + 32, rnd, 32);
  memory.copy(input + 64, mu, 64);
  hash(input, 128, derived, 64);
  const l = columns(set);
  let passes = 0;
  let rejected: u32 = 0;
  do {
    sampleMask(derived, passes * l, l, set, response);
    commit(set);
    rejected = respond(set);
    passes++;
    store<u32>(marker, 0);
    // CT public (pass rejected): FIPS 204 Algorithm 7; the number of passes depends on the hash of the mask, not on the key.
  } while (zero32(rejected) == 0);
  return passes;
}
// CT end

/**
 * Writes the signature that mldsaSign left (Algorithm 26) and wipes the scratch. Variable time: a finished signature
 * is public. out: 12 bytes more than the signature.
 */
export function mldsaSignatureVartime(set: i32, out: usize): void {
  const length = challengeLength(set);
  memory.copy(out, challengeHash, length);
  let at = out + length;
  for (let j = 0; j < columns(set); j++) {
    packMask(response + <usize>j * POLY, set, at);
    at += <usize>(32 * maskBits(set));
  }
  packHintsVartime(hints, rows(set), omega(set), at);
  wipeScratch();
  wipeSampling();
  wipeMessage();
}
