// Sampling (FIPS 204 §7.3). The public matrix by plain rejection; the secret vectors, the mask and the challenge
// without any branch or address that depends on them.

import { choose64, less32 } from '../shared/ct';
import {
  SHAKE128_RATE, SHAKE256_RATE, SHAKE_SUFFIX, keccakAbsorb, keccakFinish, keccakInit, keccakSqueeze,
} from '../shared/hash/keccak';
import { keccakX2Absorb, keccakX2SqueezeBlocks } from '../shared/hash/keccak_x2';
import { columns, eta, rows, tau } from './parameters';
import { unpackMask } from './encoding';
import { POLY } from './poly';

const STREAM: usize = 5 * 168 + 24; // five blocks, and room for reads beyond
const SCRATCH: i32 = 400 + 2 * 864 + 2 * 80 + 3328 + 256 + 208 + 128;
const scratch = memory.data(SCRATCH, 16);
const state = scratch; // two sponges
const streams = state + 400; // 2 * STREAM
const inputs = streams + 2 * 864; // 2 * 80
const elements = inputs + 160; // 1088 candidates in i16 lanes, and 512 that stay zero, + slack
const ball = elements + 3328; // 256 bytes
const sponge = ball + 256;
const candidates = sponge + 208; // 128 bytes
/** Where rejection sampling writes: a polynomial and room for one more vector. */
const sampled = memory.data(2 * (1024 + 16), 16);
/** For each subset of four lanes the byte indices that move its lanes to the front. */
const gather = memory.data(16 * 16, 16);

function buildGather(): void {
  for (let subset = 0; subset < 16; subset++) {
    let to = gather + (<usize>subset << 4);
    for (let lane = 0; lane < 4; lane++) {
      if (((subset >> lane) & 1) == 0) continue;
      for (let b = 0; b < 4; b++) store<u8>(to + b, <u8>(4 * lane + b));
      to += 4;
    }
  }
}
buildGather();

/** Takes the 23-bit values below q from a stream of whole 12-byte groups until there are 256; returns how many now. */
function acceptVartime(stream: usize, length: usize, out: usize, count: i32): i32 {
  const bytes = i8x16(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  const low = i32x4.splat(0x7fffff);
  const q = i32x4.splat(8380417);
  for (const end = stream + length; stream < end && count < 256; stream += 12) {
    const v = v128.and(i8x16.swizzle(v128.load(stream), bytes), low);
    const subset = i32x4.bitmask(i32x4.lt_s(v, q));
    v128.store(out + (<usize>count << 2), i8x16.swizzle(v, v128.load(gather + (<usize>subset << 4))));
    count += popcnt(subset);
  }
  return count;
}

/** ExpandA (Algorithm 32): row i, column j at out + (i l + j) * POLY. Variable time: rho and the matrix are public. */
export function sampleMatrixVartime(rho: usize, set: i32, out: usize): void {
  const total = rows(set) * columns(set); // even
  for (let n = 0; n < total; n += 2) {
    matrixSeed(inputs, rho, n, columns(set));
    matrixSeed(inputs + 80, rho, n + 1, columns(set));
    keccakX2Absorb(state, SHAKE128_RATE, SHAKE_SUFFIX, inputs, inputs + 80, 34);
    let blocks: usize = 5; // 280 candidates: nearly always enough
    let first = 0;
    let second = 0;
    while (first < 256 || second < 256) {
      keccakX2SqueezeBlocks(state, SHAKE128_RATE, streams, streams + STREAM, blocks);
      first = acceptVartime(streams, blocks * SHAKE128_RATE, sampled, first);
      second = acceptVartime(streams + STREAM, blocks * SHAKE128_RATE, sampled + 1040, second);
      blocks = 1;
    }
    memory.copy(out + <usize>n * POLY, sampled, POLY);
    memory.copy(out + <usize>(n + 1) * POLY, sampled + 1040, POLY);
  }
  memory.fill(sampled, 0, 2 * (1024 + 16));
  wipeSampling();
}

function matrixSeed(input: usize, rho: usize, n: i32, l: i32): void {
  memory.copy(input, rho, 32);
  const row = n / l;
  store<u8>(input, <u8>(n - row * l), 32);
  store<u8>(input, <u8>row, 33);
}

// CT begin: secret = seed, coefficients, challenge

/** Absorbs seed (64 bytes) with the two-byte numbers n and n + 1 into the two sponges. */
function absorbPair(seed: usize, n: i32): void {
  memory.copy(inputs, seed, 64);
  memory.copy(inputs + 80, seed, 64);
  store<u16>(inputs, <u16>n, 64);
  store<u16>(inputs + 80, <u16>(n + 1), 64);
  keccakX2Absorb(state, SHAKE256_RATE, SHAKE_SUFFIX, inputs, inputs + 80, 66);
}

/** ExpandMask (Algorithm 34): `count` polynomials of seed (64 bytes) and the counter kappa. */
export function sampleMask(seed: usize, kappa: i32, count: i32, set: i32, out: usize): void {
  for (let n = 0; n < count; n += 2) {
    absorbPair(seed, kappa + n);
    keccakX2SqueezeBlocks(state, SHAKE256_RATE, streams, streams + STREAM, 5);
    unpackMask(streams, set, out + <usize>n * POLY);
    if (n + 1 < count) unpackMask(streams + STREAM, set, out + <usize>(n + 1) * POLY);
  }
}

/**
 * RejBoundedPoly (Algorithm 31) for the numbers 0..count-1 of seed (64 bytes). Which candidates are rejected shows in
 * no branch and no address: accepted ones move to the front through a network of conditional moves. The first window
 * of 320 or 640 candidates fails to hold 256 good ones with probability below 2^-52, independently of their values;
 * then both polynomials are done again with 1088.
 */
export function sampleSecrets(seed: usize, count: i32, set: i32, out: usize): void {
  const blocks: usize = set == 65 ? 3 : 2;
  const window = set == 65 ? 640 : 320;
  for (let n = 0; n < count; n += 2) {
    const first = out + <usize>n * POLY;
    const second = n + 1 < count ? first + POLY : 0;
    absorbPair(seed, n);
    keccakX2SqueezeBlocks(state, SHAKE256_RATE, streams, streams + STREAM, blocks);
    // CT public (window full): false with a probability below 2^-52, whatever the accepted values are.
    if (boundedPair(window, set, first, second) >= 256) continue;
    const done = blocks * SHAKE256_RATE;
    keccakX2SqueezeBlocks(state, SHAKE256_RATE, streams + done, streams + STREAM + done, 4 - blocks);
    boundedPair(1088, set, first, second);
  }
}

/** Polynomials of the first `window` candidates of the two streams; returns the smaller number of good ones. */
function boundedPair(window: i32, set: i32, first: usize, second: usize): i32 {
  const inFirst = compact(streams, window, set);
  toCoefficients(set, first);
  if (second == 0) return inFirst;
  const inSecond = compact(streams + STREAM, window, set);
  toCoefficients(set, second);
  return inFirst + (((inSecond - inFirst) >> 31) & (inSecond - inFirst));
}

/** The first 256 elements as coefficients: eta - nibble, or for eta = 2: 2 - (nibble mod 5). */
function toCoefficients(set: i32, out: usize): void {
  const four = i32x4.splat(4);
  const two = i32x4.splat(2);
  for (let i: usize = 0; i < 256; i += 4) {
    const v = i32x4.extend_low_i16x8_s(v128.load64_zero(elements + (i << 1)));
    const nibble = v128.and(v, i32x4.splat(15));
    if (eta(set) == 4) {
      v128.store(out + (i << 2), i32x4.sub(four, nibble));
    } else {
      // v mod 5 = v - 5 * floor(205 v / 1024) for v < 15.
      const fifth = i32x4.shr_u(i32x4.mul(nibble, i32x4.splat(205)), 10);
      v128.store(out + (i << 2), i32x4.sub(two, i32x4.sub(nibble, i32x4.mul(fifth, i32x4.splat(5)))));
    }
  }
}

/**
 * Moves the accepted ones of `window` nibbles to the front of `elements`, in order; returns how many there are.
 * An element is 0 or 16 + nibble + 32 * d, where d counts the rejected ones before it: the places it has to move.
 * Moving by 1, 2, 4, ... where that bit of d is set never makes two meet.
 */
function compact(stream: usize, window: i32, set: i32): i32 {
  const limit = i16x8.splat(eta(set) == 4 ? 9 : 15);
  const nibbles = i8x16.splat(15);
  let rejected = i16x8.splat(0); // so far, in all lanes
  for (let i: usize = 0; i < <usize>(window >> 1); i += 8) {
    const bytes = v128.load64_zero(stream + i);
    const low = v128.and(bytes, nibbles);
    const high = v128.and(i16x8.shr_u(bytes, 4), nibbles);
    const both = i8x16.shuffle(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    rejected = place(i16x8.extend_low_i8x16_s(both), limit, rejected, elements + (i << 2));
    rejected = place(i16x8.extend_high_i8x16_s(both), limit, rejected, elements + (i << 2) + 16);
  }
  memory.fill(elements + (<usize>window << 1), 0, 1024 + 16);
  for (let bit = 0; bit < 10; bit++) {
    const distance = <usize>2 << bit;
    const left = 10 - bit;
    for (let at = elements, end = elements + (<usize>window << 1); at < end; at += 16) {
      const here = v128.load(at);
      const there = v128.load(at + distance);
      const leaving = i16x8.shr_s(i16x8.shl(here, left), 15);
      const coming = i16x8.shr_s(i16x8.shl(there, left), 15);
      v128.store(at, v128.or(v128.andnot(here, leaving), v128.and(there, coming)));
    }
  }
  return window - i16x8.extract_lane_s(rejected, 0);
}

/** Eight elements of `compact` from eight nibbles; returns the rejected ones so far in all lanes. */
// @ts-ignore: decorator
@inline
function place(v: v128, limit: v128, before: v128, out: usize): v128 {
  const good = i16x8.lt_s(v, limit);
  // Inclusive prefix sums of the rejected lanes.
  const bad = i16x8.add(i16x8.splat(1), good);
  const zero = i16x8.splat(0);
  let sums = i16x8.add(bad, i16x8.shuffle(zero, bad, 0, 8, 9, 10, 11, 12, 13, 14));
  sums = i16x8.add(sums, i16x8.shuffle(zero, sums, 0, 1, 8, 9, 10, 11, 12, 13));
  sums = i16x8.add(sums, i16x8.shuffle(zero, sums, 0, 1, 2, 3, 8, 9, 10, 11));
  sums = i16x8.add(sums, before);
  const element = v128.or(v128.or(v, i16x8.splat(16)), i16x8.shl(sums, 5));
  v128.store(out, v128.and(element, good));
  return i16x8.splat(i16x8.extract_lane_s(sums, 7));
}

/**
 * SampleInBall (Algorithm 29) of a challenge c~ to a polynomial of tau coefficients 1 or -1, by a Fisher-Yates shuffle
 * that reads and writes all 256 places at every step. Of the first 72, 96 or 112 candidates enough are good, but with
 * probability below 2^-57; how many more are drawn depends on the hash c~ alone.
 */
export function sampleInBall(challenge: usize, length: usize, set: i32, out: usize): void {
  keccakInit(sponge, SHAKE256_RATE);
  keccakAbsorb(sponge, challenge, length);
  keccakFinish(sponge, SHAKE_SUFFIX);
  memory.fill(ball, 0, 256);
  let end: usize = 8 + (set == 44 ? 72 : set == 65 ? 96 : 112);
  keccakSqueeze(sponge, candidates, end);
  let signs = load<u64>(candidates);
  let slot: u32 = <u32>(256 - tau(set));
  let first: usize = 8;
  do {
    for (let i = first; i < end; i++) {
      const j = <u32>load<u8>(candidates + i);
      const accept = less32(j, slot + 1) & less32(slot, 256);
      shuffleStep(slot, j, accept, 1 - ((<u32>signs & 1) << 1));
      // Not a shift by `accept`: of 64 bits by a number that is secret, a host of 32 bits makes a branch.
      signs = choose64(<u64><i64><i32>accept, signs, signs >> 1);
      slot += accept & 1;
    }
    keccakSqueeze(sponge, candidates, 8);
    first = 0;
    end = 8;
    // CT public (challenge sampled): whether the first candidates were enough, a matter of the hash c~ alone.
  } while (slot < 256);
  for (let i: usize = 0; i < 256; i += 8) {
    const v = i16x8.extend_low_i8x16_s(v128.load64_zero(ball + i));
    v128.store(out + (i << 2), i32x4.extend_low_i16x8_s(v));
    v128.store(out + (i << 2), i32x4.extend_high_i16x8_s(v), 16);
  }
}

/** Where `accept` is set: ball[i] = ball[j], then ball[j] = sign. */
// @ts-ignore: decorator
@inline
function shuffleStep(i: u32, j: u32, accept: u32, sign: u32): void {
  const all = i8x16.splat(<i8>accept);
  const atI = i8x16.splat(<i8>i);
  const atJ = i8x16.splat(<i8>j);
  const steps = i8x16.splat(16);
  let index = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  let found = i8x16.splat(0);
  for (let n: usize = 0; n < 256; n += 16) {
    found = v128.or(found, v128.and(v128.load(ball + n), i8x16.eq(index, atJ)));
    index = i8x16.add(index, steps);
  }
  // One byte of found is set: spread it.
  const halves = i64x2.extract_lane(found, 0) | i64x2.extract_lane(found, 1);
  const fours = <u32>halves | <u32>(<u64>halves >> 32);
  const twos = fours | (fours >> 16);
  const moved = i8x16.splat(<i8>(twos | (twos >> 8)));
  const placed = i8x16.splat(<i8>sign);
  index = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (let n: usize = 0; n < 256; n += 16) {
    let v = v128.load(ball + n);
    v = v128.bitselect(moved, v, v128.and(all, i8x16.eq(index, atI)));
    v = v128.bitselect(placed, v, v128.and(all, i8x16.eq(index, atJ)));
    v128.store(ball + n, v);
    index = i8x16.add(index, steps);
  }
}

/** Wipes what the functions above left. */
export function wipeSampling(): void {
  memory.fill(scratch, 0, SCRATCH);
}
// CT end
