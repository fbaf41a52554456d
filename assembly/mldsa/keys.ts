// ML-DSA keys (FIPS 204 §5.1, §6.1): public key and expanded private key of a seed, and the check of an expanded
// private key that came from elsewhere.
//
// Public key: rho (32) || t1 (320 k). Private key: rho (32) || K (32) || tr (64) || s1 || s2 || t0 (416 k).

import { equalBytes, nonZero32 } from '../shared/ct';
import {
  SHAKE256_RATE, SHAKE_SUFFIX, keccakAbsorb, keccakFinish, keccakInit, keccakSqueeze,
} from '../shared/hash/keccak';
import { packSecret, packT0, packT1, unpackSecret } from './encoding';
import { inverseNtt, ntt } from './ntt';
import { columns, eta, publicKeyLength, rows, secretPolyLength } from './parameters';
import { POLY, add, canonicalAll, innerProduct, reachesMask } from './poly';
import { power2Round } from './rounding';
import { sampleMatrixVartime, sampleSecrets, wipeSampling } from './sample';
import {
  bytes, derived, high, input, low, matrix, matrixOf, maskHat, response, s1Hat, s2Hat, sponge, wipeScratch,
} from './scratch';

const expandedSeed = memory.data(128, 16);

/** SHAKE256 of `length` bytes at data to `outLength` bytes (H of FIPS 204 §3.7). */
export function hash(data: usize, length: usize, out: usize, outLength: usize): void {
  keccakInit(sponge, SHAKE256_RATE);
  keccakAbsorb(sponge, data, length);
  keccakFinish(sponge, SHAKE_SUFFIX);
  keccakSqueeze(sponge, out, outLength);
}

/**
 * Makes the matrix of rho the one that the other functions use, unless it is already. Variable time in rho, which is
 * public.
 */
export function mldsaMatrixVartime(set: i32, rho: usize): void {
  if (load<i32>(matrixOf, 32) == set && equalBytes(matrixOf, rho, 32) != 0) return;
  sampleMatrixVartime(rho, set, matrix);
  memory.copy(matrixOf, rho, 32);
  store<i32>(matrixOf, set, 32);
}

// CT begin: secret = seed, rho', K, s1, s2, t0; public: set, rho, t1

/** H(seed || k || l) to rho (32) || rho' (64) || K (32) at out (Algorithm 6, line 1). */
export function mldsaExpandSeed(set: i32, seed: usize, out: usize): void {
  memory.copy(input, seed, 32);
  store<u8>(input, <u8>rows(set), 32);
  store<u8>(input, <u8>columns(set), 33);
  hash(input, 34, out, 128);
  memory.fill(input, 0, 32);
}

/** t = A s1 + s2 for the matrix in scratch: canonical, at `high`. s1 stands at `response` and s2 at `low`. */
function multiply(set: i32): void {
  const l = columns(set);
  memory.copy(maskHat, response, <usize>l * POLY);
  for (let j = 0; j < l; j++) ntt(maskHat + <usize>j * POLY);
  for (let i = 0; i < rows(set); i++) {
    const t = high + <usize>i * POLY;
    innerProduct(matrix + <usize>(i * l) * POLY, maskHat, l, 0, 0, t);
    inverseNtt(t);
    add(t, low + <usize>i * POLY);
    // -q/4 - 4..5q/4 + 4
    canonicalAll(t);
  }
}

/**
 * Key pair over the matrix of rho (Algorithm 6, lines 3-10). expanded: rho || rho' || K, 128 bytes.
 * pk: 32 + 320 k bytes; sk: the private key.
 */
export function mldsaKeyPair(set: i32, expanded: usize, pk: usize, sk: usize): void {
  const k = rows(set);
  const l = columns(set);
  const secretLength = secretPolyLength(set);
  // s1 and s2 come numbered through; scratch has them side by side at `response` and `low`.
  sampleSecrets(expanded + 32, k + l, set, s1Hat);
  memory.copy(response, s1Hat, <usize>l * POLY);
  memory.copy(low, s1Hat + <usize>l * POLY, <usize>k * POLY);
  multiply(set);
  memory.copy(pk, expanded, 32);
  memory.copy(sk, expanded, 32);
  memory.copy(sk + 32, expanded + 96, 32);
  let at = sk + 128;
  for (let i = 0; i < k + l; i++) {
    packSecret(s1Hat + <usize>i * POLY, set, bytes);
    memory.copy(at, bytes, secretLength);
    at += secretLength;
  }
  for (let i = 0; i < k; i++) {
    const t = high + <usize>i * POLY;
    power2Round(t, s1Hat);
    packT1(t, bytes);
    memory.copy(pk + 32 + <usize>(320 * i), bytes, 320);
    packT0(s1Hat, bytes);
    memory.copy(at, bytes, 416);
    at += 416;
  }
  hash(pk, publicKeyLength(set), sk + 64, 64);
  wipeScratch();
  wipeSampling();
}

/** Key pair of a 32-byte seed (Algorithm 6). Pointers as in mldsaKeyPair. */
export function mldsaGenerate(set: i32, seed: usize, pk: usize, sk: usize): void {
  mldsaExpandSeed(set, seed, expandedSeed);
  mldsaMatrixVartime(set, expandedSeed);
  mldsaKeyPair(set, expandedSeed, pk, sk);
  memory.fill(expandedSeed, 0, 128);
}

/**
 * Computes the public key of the private key at sk. Returns all ones if the private key is consistent: coefficients of
 * s1 and s2 within eta, t0 and tr those of its public key. FIPS 204 asks for no such check; a key without it would
 * sign, but nobody could verify.
 */
export function mldsaPublicKey(set: i32, sk: usize, pk: usize): u32 {
  const k = rows(set);
  const l = columns(set);
  const secretLength = secretPolyLength(set);
  mldsaMatrixVartime(set, sk);
  let wrong: u32 = 0;
  let at = sk + 128;
  for (let i = 0; i < k + l; i++) {
    const s = i < l ? response + <usize>i * POLY : low + <usize>(i - l) * POLY;
    memory.copy(bytes, at, secretLength);
    unpackSecret(bytes, set, s);
    wrong |= reachesMask(s, 1, eta(set) + 1);
    at += secretLength;
  }
  multiply(set);
  memory.copy(pk, sk, 32);
  for (let i = 0; i < k; i++) {
    const t = high + <usize>i * POLY;
    power2Round(t, s1Hat);
    packT1(t, bytes);
    memory.copy(pk + 32 + <usize>(320 * i), bytes, 320);
    packT0(s1Hat, bytes);
    wrong |= ~equalBytes(at, bytes, 416);
    at += 416;
  }
  hash(pk, publicKeyLength(set), derived, 64);
  wrong |= ~equalBytes(derived, sk + 64, 64);
  wipeScratch();
  return ~nonZero32(wrong);
}
// CT end
