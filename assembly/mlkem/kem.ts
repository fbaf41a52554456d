// ML-KEM (FIPS 203): key generation, encapsulation, decapsulation with implicit rejection, for k = 2, 3, 4
// (ML-KEM-512, -768, -1024). All pointers are the caller's; the scratch below is wiped before returning.
//
// A private key is the 64-byte seed d || z, followed by H(ek) where `decapsulateWithSeed` says so, or the expanded dk
// of the standard: s^ (384 k) || ek (384 k + 32) || H(ek) (32) || z (32).

import { equalBytes, nonZero64, zero32 } from '../shared/ct';
import {
  SHA3_256_RATE, SHA3_512_RATE, SHA3_SUFFIX, SHAKE256_RATE, SHAKE_SUFFIX, keccakAbsorb, keccakFinish, keccakInit,
  keccakSqueeze,
} from '../shared/hash/keccak';
import { inverseNtt, ntt } from './ntt';
import {
  POLY, PREPARED, add, canonicalAll, compressEncode, decode12, decodeDecompress, encode12, innerProduct, prepare,
  reduceAll, subtractFrom, toPlain,
} from './poly';
import { sampleMatrixVartime, sampleNoise, wipeSampling } from './sample';

// Public: the matrix of the key at work, kept for the next call (mlkemMatrixVartime), and t^.
const matrix = memory.data(16 * 512, 16);
// rho of that matrix (32 bytes) and its k (i32, 0 for none).
const matrixOf = memory.data(48, 16);
const tHat = memory.data(4 * 512, 16);
// Secret scratch, in one block so that one fill wipes it.
const SECRET_LENGTH: i32 = 2048 + 4608 + 4096 + 512 + 1584 + 208 + 64 + 48 + 32 + 48;
const secret = memory.data(SECRET_LENGTH, 16);
const sHat = secret; // up to 4 polynomials
const noise = sHat + 2048; // up to 9
const prepared = noise + 4608; // up to 4, prepared
const work = prepared + 4096; // 1
const again = work + 512; // the ciphertext encrypted again, 1568 bytes and room for encode8
const sponge = again + 1584;
const seeds = sponge + 208; // 64: rho || sigma, or K || r
const message = seeds + 64; // 32, and 16 that compressEncode writes beyond
const rejected = message + 48; // 32: the secret of implicit rejection
const headSeed = rejected + 32; // 33: d || k, 48 with the slack

// @ts-ignore: decorator
@inline
function eta1(k: i32): i32 {
  return k == 2 ? 3 : 2;
}

/** G, H or J (FIPS 203 §4.1) of first || second. */
function hash2(
  rate: usize, suffix: u8, first: usize, firstLength: usize, second: usize, secondLength: usize, out: usize,
  outLength: usize
): void {
  keccakInit(sponge, rate);
  keccakAbsorb(sponge, first, firstLength);
  keccakAbsorb(sponge, second, secondLength);
  keccakFinish(sponge, suffix);
  keccakSqueeze(sponge, out, outLength);
}

function wipeSecrets(): void {
  memory.fill(secret, 0, SECRET_LENGTH);
  memory.fill(tHat, 0, 4 * 512);
  wipeSampling();
}

// CT begin: secret = d, z, sigma, s^, m; public: k, rho, ek

/** G(d || k) to rho || sigma, 64 bytes at out (Algorithm 13, line 1). */
export function mlkemExpandSeed(k: i32, d: usize, out: usize): void {
  memory.copy(headSeed, d, 32);
  store<u8>(headSeed, <u8>k, 32);
  hash2(SHA3_512_RATE, SHA3_SUFFIX, headSeed, 33, headSeed, 0, out, 64);
  memory.fill(headSeed, 0, 33);
}

/**
 * Makes the matrix of rho the one that the functions below use, unless it is already: a client that decapsulates right
 * after it made its key, or a server with one key for long, samples it once. Variable time in rho, which is public.
 */
export function mlkemMatrixVartime(k: i32, rho: usize): void {
  if (load<i32>(matrixOf, 32) == k && equalBytes(matrixOf, rho, 32) != 0) return;
  sampleMatrixVartime(rho, k, matrix);
  memory.copy(matrixOf, rho, 32);
  store<i32>(matrixOf, k, 32);
}

/** s^ and t^ of sigma and the matrix, canonical, to scratch (Algorithm 13, lines 8-18). */
function keyVectors(k: i32, sigma: usize): void {
  sampleNoise(sigma, 0, 2 * k, eta1(k), noise);
  for (let i = 0; i < k; i++) {
    const s = noise + <usize>i * POLY;
    ntt(s);
    prepare(s, prepared + <usize>i * PREPARED);
    memory.copy(sHat + <usize>i * POLY, s, POLY);
    canonicalAll(sHat + <usize>i * POLY);
  }
  for (let i = 0; i < k; i++) {
    const t = tHat + <usize>i * POLY;
    const e = noise + <usize>(k + i) * POLY;
    innerProduct(matrix + <usize>(i * k) * POLY, POLY, prepared, k, t);
    toPlain(t);
    ntt(e);
    reduceAll(e);
    add(t, e);
    canonicalAll(t);
  }
}

/** ByteEncode_12 of polynomial i of a vector to its place at out; by way of scratch, as the encoder writes beyond. */
function encodeVector(vector: usize, i: i32, out: usize): void {
  encode12(vector + <usize>i * POLY, again);
  memory.copy(out + <usize>i * 384, again, 384);
}

/**
 * Key pair of sigma and z over the matrix of rho (Algorithms 13 and 16). ek: 384 k + 32 bytes; dk: 768 k + 96 bytes, or
 * 0 for none; hash: H(ek), 32 bytes.
 */
export function mlkemKeyPair(k: i32, rho: usize, sigma: usize, z: usize, ek: usize, dk: usize, hash: usize): void {
  keyVectors(k, sigma);
  const vectorLength = <usize>k * 384;
  for (let i = 0; i < k; i++) encodeVector(tHat, i, ek);
  memory.copy(ek + vectorLength, rho, 32);
  hash2(SHA3_256_RATE, SHA3_SUFFIX, ek, vectorLength + 32, ek, 0, hash, 32);
  if (dk != 0) {
    for (let i = 0; i < k; i++) encodeVector(sHat, i, dk);
    memory.copy(dk + vectorLength, ek, vectorLength + 32);
    memory.copy(dk + 2 * vectorLength + 32, hash, 32);
    memory.copy(dk + 2 * vectorLength + 64, z, 32);
  }
  wipeSecrets();
}

/** Key pair of the 64-byte seed d || z (Algorithm 16). Pointers as in mlkemKeyPair. */
export function mlkemGenerate(k: i32, seed: usize, ek: usize, dk: usize, hash: usize): void {
  mlkemExpandSeed(k, seed, seeds);
  mlkemMatrixVartime(k, seeds);
  mlkemKeyPair(k, seeds, seeds + 32, seed + 32, ek, dk, hash);
}

/** K-PKE.Encrypt (Algorithm 14) of `m` with the matrix and t^ in scratch. out: 32 (du k + dv) bytes and room for 11. */
function encrypt(k: i32, m: usize, randomness: usize, out: usize): void {
  if (k == 2) {
    sampleNoise(randomness, 0, 2, 3, noise);
    sampleNoise(randomness, 2, 3, 2, noise + 2 * POLY);
  } else {
    sampleNoise(randomness, 0, 2 * k + 1, 2, noise);
  }
  for (let i = 0; i < k; i++) {
    const y = noise + <usize>i * POLY;
    ntt(y);
    prepare(y, prepared + <usize>i * PREPARED);
  }
  for (let i = 0; i < k; i++) {
    // Column i of the matrix: its transpose times y.
    innerProduct(matrix + <usize>i * POLY, <usize>k * POLY, prepared, k, work);
    inverseNtt(work);
    add(work, noise + <usize>(k + i) * POLY);
    if (k == 4) compressEncode(work, 11, 20159, out + <usize>i * 352);
    else compressEncode(work, 10, 10079, out + <usize>i * 320);
  }
  innerProduct(tHat, POLY, prepared, k, work);
  inverseNtt(work);
  add(work, noise + <usize>(2 * k) * POLY);
  decodeDecompress(m, 1, noise);
  add(work, noise);
  if (k == 4) compressEncode(work, 5, 315, out + 1408);
  else compressEncode(work, 4, 157, out + <usize>k * 320);
}

/** Length of a ciphertext (FIPS 203 Table 3). */
// @ts-ignore: decorator
@inline
function ciphertextLength(k: i32): usize {
  return k == 4 ? 1568 : <usize>k * 320 + 128;
}

/**
 * Encapsulates (Algorithm 17) with the 32 random bytes at m. ct: as FIPS 203 Table 3; shared: 32 bytes.
 * Returns 0, or 1 if ek fails the modulus check of §7.2: then nothing is written.
 */
export function mlkemEncapsulate(k: i32, ek: usize, m: usize, ct: usize, shared: usize): i32 {
  let over = 0;
  for (let i = 0; i < k; i++) over |= decode12(ek + <usize>i * 384, tHat + <usize>i * POLY);
  if (over != 0) {
    wipeSecrets();
    return 1;
  }
  const ekLength = <usize>k * 384 + 32;
  mlkemMatrixVartime(k, ek + ekLength - 32);
  hash2(SHA3_256_RATE, SHA3_SUFFIX, ek, ekLength, ek, 0, rejected, 32);
  hash2(SHA3_512_RATE, SHA3_SUFFIX, m, 32, rejected, 32, seeds, 64);
  memory.copy(message, m, 32);
  encrypt(k, message, seeds + 32, again);
  memory.copy(ct, again, ciphertextLength(k));
  memory.copy(shared, seeds, 32);
  wipeSecrets();
  return 0;
}

/** All ones if the `length` bytes at a and b, a multiple of 16, are equal. */
function equalMask(a: usize, b: usize, length: usize): u64 {
  let difference = i64x2.splat(0);
  for (let i: usize = 0; i < length; i += 16) {
    difference = v128.or(difference, v128.xor(v128.load(a + i), v128.load(b + i)));
  }
  return ~nonZero64(i64x2.extract_lane(difference, 0) | i64x2.extract_lane(difference, 1));
}

/** Algorithm 18 with s^, t^ and the matrix in scratch. The result is the same work for good and bad ciphertexts. */
function decapsulate(k: i32, hash: usize, z: usize, ct: usize, shared: usize): void {
  const length = ciphertextLength(k);
  // K-PKE.Decrypt (Algorithm 15); the copy leaves room for reads beyond the ciphertext.
  memory.copy(again, ct, length);
  const du = k == 4 ? 11 : 10;
  for (let i = 0; i < k; i++) {
    if (k == 4) decodeDecompress(again + <usize>i * 352, 11, work);
    else decodeDecompress(again + <usize>i * 320, 10, work);
    ntt(work);
    prepare(work, prepared + <usize>i * PREPARED);
  }
  innerProduct(sHat, POLY, prepared, k, work);
  inverseNtt(work);
  if (k == 4) decodeDecompress(again + <usize>(32 * du * k), 5, noise);
  else decodeDecompress(again + <usize>(32 * du * k), 4, noise);
  subtractFrom(work, noise);
  compressEncode(work, 1, 20, message);

  hash2(SHA3_512_RATE, SHA3_SUFFIX, message, 32, hash, 32, seeds, 64);
  hash2(SHAKE256_RATE, SHAKE_SUFFIX, z, 32, ct, length, rejected, 32);
  encrypt(k, message, seeds + 32, again);
  const same = equalMask(ct, again, length);
  for (let i: usize = 0; i < 32; i += 8) {
    const good = load<u64>(seeds + i);
    const bad = load<u64>(rejected + i);
    store<u64>(shared + i, bad ^ (same & (good ^ bad)));
  }
  wipeSecrets();
}

/** s^ and t^ of an expanded dk to scratch. Zero if all coefficients are below q. */
function decodeVectors(k: i32, dk: usize): i32 {
  const ek = dk + <usize>k * 384;
  let over = 0;
  for (let i = 0; i < k; i++) {
    over |= decode12(dk + <usize>i * 384, sHat + <usize>i * POLY);
    over |= decode12(ek + <usize>i * 384, tHat + <usize>i * POLY);
  }
  return over;
}

/**
 * Decapsulates with an expanded dk (Algorithm 21), which passed mlkemCheckKey once. shared: 32 bytes. A ciphertext
 * that was not made for this key gives the pseudo-random secret of implicit rejection.
 */
export function mlkemDecapsulate(k: i32, dk: usize, ct: usize, shared: usize): void {
  const vectorLength = <usize>k * 384;
  const ek = dk + vectorLength;
  decodeVectors(k, dk);
  mlkemMatrixVartime(k, ek + vectorLength);
  decapsulate(k, ek + vectorLength + 32, ek + vectorLength + 64, ct, shared);
}

/** Decapsulates with the private key d || z || H(ek), 96 bytes, expanding it once more. shared: 32 bytes. */
export function mlkemDecapsulateWithSeed(k: i32, key: usize, ct: usize, shared: usize): void {
  mlkemExpandSeed(k, key, seeds);
  mlkemMatrixVartime(k, seeds);
  mlkemDecapsulateWithSigma(k, seeds + 32, key, ct, shared);
}

/** The part of mlkemDecapsulateWithSeed after the matrix, with sigma (32 bytes) beside the key. */
export function mlkemDecapsulateWithSigma(k: i32, sigma: usize, key: usize, ct: usize, shared: usize): void {
  keyVectors(k, sigma);
  decapsulate(k, key + 64, key + 32, ct, shared);
}

/**
 * All ones if the expanded dk can be one: H(ek) in it is that of the ek in it (the hash check of §7.3), and the coefficients
 * of s^ and t^ are below q, as ByteEncode_12 makes them (§4.2.1). The result is public, what is wrong does not show.
 */
export function mlkemCheckKey(k: i32, dk: usize): u32 {
  const vectorLength = <usize>k * 384;
  const ek = dk + vectorLength;
  const over = decodeVectors(k, dk);
  hash2(SHA3_256_RATE, SHA3_SUFFIX, ek, vectorLength + 32, ek, 0, rejected, 32);
  const same = <u32>equalMask(rejected, ek + vectorLength + 32, 32);
  wipeSecrets();
  return same & zero32(<u32>over);
}
// CT end
