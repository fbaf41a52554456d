// Sampling (FIPS 203 §4.2.2): the public matrix by rejection, the secret noise by the centred binomial distribution.

import { SHAKE128_RATE, SHAKE256_RATE, SHAKE_SUFFIX } from '../shared/hash/keccak';
import { KECCAK_X2_STATE_LENGTH, keccakX2Absorb, keccakX2SqueezeBlocks } from '../shared/hash/keccak_x2';
import { POLY } from './poly';

const STREAM: usize = 3 * 168 + 16; // three blocks of SHAKE128, and room for a read of 16 bytes at the last 12
const state = memory.data(400, 16);
const streams = memory.data(2 * (3 * 168 + 16), 16);
const inputs = memory.data(2 * 48, 16);
/** Where rejection sampling writes: a polynomial and room for one more vector. */
const sampled = memory.data(2 * (512 + 16), 16);
/** For each subset of eight lanes the byte indices that move its lanes to the front. */
const gather = memory.data(256 * 16, 16);

function buildGather(): void {
  for (let subset = 0; subset < 256; subset++) {
    let to = gather + (<usize>subset << 4);
    for (let lane = 0; lane < 8; lane++) {
      if (((subset >> lane) & 1) == 0) continue;
      store<u8>(to, <u8>(2 * lane));
      store<u8>(to, <u8>(2 * lane + 1), 1);
      to += 2;
    }
  }
}
buildGather();

/** Takes the 12-bit values below q from a stream of whole 12-byte groups until there are 256; returns how many now. */
function acceptVartime(stream: usize, length: usize, out: usize, count: i32): i32 {
  const bytes = i8x16(0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11);
  const odd = i32x4.splat(0xffff0000);
  const twelve = i16x8.splat(0xfff);
  const q = i16x8.splat(3329);
  for (const end = stream + length; stream < end && count < 256; stream += 12) {
    const raw = i8x16.swizzle(v128.load(stream), bytes);
    const v = v128.bitselect(i16x8.shr_u(raw, 4), v128.and(raw, twelve), odd);
    const subset = i16x8.bitmask(i16x8.lt_s(v, q));
    v128.store(out + (<usize>count << 1), i8x16.swizzle(v, v128.load(gather + (<usize>subset << 4))));
    count += popcnt(subset);
  }
  return count;
}

/**
 * The k x k matrix of Algorithm 13, line 3 from rho (32 bytes): row i, column j at out + (i k + j) * POLY.
 * Variable time: rho and so the matrix are public, part of the encapsulation key.
 */
export function sampleMatrixVartime(rho: usize, k: i32, out: usize): void {
  const total = k * k;
  for (let n = 0; n < total; n += 2) {
    // With an odd number the last one is sampled twice.
    const other = n + 1 < total ? n + 1 : n;
    matrixSeed(inputs, rho, n, k);
    matrixSeed(inputs + 48, rho, other, k);
    keccakX2Absorb(state, SHAKE128_RATE, SHAKE_SUFFIX, inputs, inputs + 48, 34);
    // 3 blocks hold 336 candidates: enough but for one polynomial in 100.
    let blocks: usize = 3;
    let first = 0;
    let second = 0;
    while (first < 256 || second < 256) {
      keccakX2SqueezeBlocks(state, SHAKE128_RATE, streams, streams + STREAM, blocks);
      first = acceptVartime(streams, blocks * SHAKE128_RATE, sampled, first);
      second = acceptVartime(streams + STREAM, blocks * SHAKE128_RATE, sampled + 528, second);
      blocks = 1;
    }
    memory.copy(out + <usize>n * POLY, sampled, POLY);
    memory.copy(out + <usize>other * POLY, sampled + 528, POLY);
  }
  memory.fill(sampled, 0, 2 * (512 + 16));
  wipeSampling();
}

function matrixSeed(input: usize, rho: usize, n: i32, k: i32): void {
  memory.copy(input, rho, 32);
  const row = n / k;
  store<u8>(input, <u8>(n - row * k), 32);
  store<u8>(input, <u8>row, 33);
}

// CT begin: secret = seed, coefficients

/**
 * `count` polynomials at out, SamplePolyCBD_eta(PRF_eta(seed, nonce)) for nonce, nonce + 1, ... (Algorithm 8).
 * seed: 32 bytes; eta: 2 or 3.
 */
export function sampleNoise(seed: usize, nonce: i32, count: i32, eta: i32, out: usize): void {
  memory.copy(inputs, seed, 32);
  memory.copy(inputs + 48, seed, 32);
  for (let n = 0; n < count; n += 2) {
    const other = n + 1 < count ? n + 1 : n;
    store<u8>(inputs, <u8>(nonce + n), 32);
    store<u8>(inputs, <u8>(nonce + other), 80);
    keccakX2Absorb(state, SHAKE256_RATE, SHAKE_SUFFIX, inputs, inputs + 48, 33);
    keccakX2SqueezeBlocks(state, SHAKE256_RATE, streams, streams + STREAM, eta == 3 ? 2 : 1);
    const first = out + <usize>n * POLY;
    const second = out + <usize>other * POLY;
    if (eta == 3) {
      binomial3(streams, first);
      binomial3(streams + STREAM, second);
    } else {
      binomial2(streams, first);
      binomial2(streams + STREAM, second);
    }
  }
}

/** Wipes what sampling left. */
export function wipeSampling(): void {
  memory.fill(state, 0, KECCAK_X2_STATE_LENGTH);
  memory.fill(streams, 0, 2 * STREAM);
  memory.fill(inputs, 0, 96);
}

/** 128 bytes to 256 coefficients in -2..2: each nibble gives (bit 0 + bit 1) - (bit 2 + bit 3). */
function binomial2(bytes: usize, out: usize): void {
  const ones = i8x16.splat(0x55);
  const three = i8x16.splat(3);
  for (let i: usize = 0; i < 128; i += 16) {
    const v = v128.load(bytes + i);
    const sums = i8x16.add(v128.and(v, ones), v128.and(i16x8.shr_u(v, 1), ones));
    const even = i8x16.sub(v128.and(sums, three), v128.and(i16x8.shr_u(sums, 2), three));
    const odd = i8x16.sub(v128.and(i16x8.shr_u(sums, 4), three), v128.and(i16x8.shr_u(sums, 6), three));
    const low = i8x16.shuffle(even, odd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const high = i8x16.shuffle(even, odd, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const at = out + (i << 2);
    v128.store(at, i16x8.extend_low_i8x16_s(low), 0);
    v128.store(at, i16x8.extend_high_i8x16_s(low), 16);
    v128.store(at, i16x8.extend_low_i8x16_s(high), 32);
    v128.store(at, i16x8.extend_high_i8x16_s(high), 48);
  }
}

/** 192 bytes to 256 coefficients in -3..3: six bits give the sum of three minus the sum of three. */
function binomial3(bytes: usize, out: usize): void {
  for (let i: usize = 0; i < 64; i++) {
    const v = load<u32>(bytes + i * 3) & 0xffffff;
    const sums = (v & 0x249249) + ((v >> 1) & 0x249249) + ((v >> 2) & 0x249249);
    const at = out + (i << 3);
    store<i16>(at, <i16>((sums & 7) - ((sums >> 3) & 7)), 0);
    store<i16>(at, <i16>(((sums >> 6) & 7) - ((sums >> 9) & 7)), 2);
    store<i16>(at, <i16>(((sums >> 12) & 7) - ((sums >> 15) & 7)), 4);
    store<i16>(at, <i16>(((sums >> 18) & 7) - ((sums >> 21) & 7)), 6);
  }
}
// CT end
