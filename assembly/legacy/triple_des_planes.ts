// Triple DES on 128 blocks at once: bit n of block k is bit k of a vector of its own, a plane; the rounds are des_planes.ts. CBC
// decryption is the only use: there blocks do not wait for each other.
//
//   planes     64 times 16 octets, by the number of the bit behind IP: L, then R
//   taken      the ciphertext block before the first one, then up to 128 blocks, which chaining needs again
//   keys       48 rounds times 48 octets, all ones or zero, in the order of decryption

import { wipe } from '../shared/ct';
import { desRound, PLANE_OF } from './des_planes';

const BLOCKS: usize = 128;
/** Bytes of that many blocks. */
export const PLANES_BYTES: usize = 8 * BLOCKS;
const HALF: usize = 32 * 16;
const ROUNDS: usize = 48;
const KEY_LENGTH: usize = 48;

const planes = memory.data(1024, 16);
const taken = memory.data(1032, 16);
const keys = memory.data(2304, 16);
const blocks = memory.data(128, 16);

// CT begin: secret = schedule, data, planes, keys

/** Brings the round keys to the planes. @param schedule of tripleDesExpand */
export function planesBegin(schedule: usize): void {
  let to = keys;
  for (let round = ROUNDS; round > 0; round--) {
    for (let box: usize = 0; box < 8; box++, to += 6) {
      const six = <u32>load<u8>(schedule + ((round - 1) << 3) + box);
      // As FIPS 46-3 numbers them: the first and the last are the row's.
      store<u8>(to, <u8>(0 - (six >> 5)));
      for (let bit: usize = 1; bit < 5; bit++) store<u8>(to + bit, <u8>(0 - ((six >> (4 - <u32>bit)) & 1)));
      store<u8>(to + 5, <u8>(0 - ((six >> 4) & 1)));
    }
  }
}

/** Wipes what the planes held. */
export function planesEnd(): void {
  wipe(planes, 1024);
  wipe(taken, 1032);
  wipe(keys, 2304);
  wipe(blocks, 128);
}

/** Decrypts in place. @param iv 8 bytes; the last ciphertext block afterwards @param length multiple of 8 bytes, at most PLANES_BYTES */
export function planesCbcDecrypt(iv: usize, data: usize, length: usize): void {
  memory.copy(taken, iv, 8);
  memory.copy(taken + 8, data, length);
  memory.copy(iv, data + length - 8, 8);
  for (let group: usize = 0; group < 8; group++) spread(taken + 8 + (group << 7), planes + (group << 1));
  let l = planes;
  let r = planes + HALF;
  let key = keys;
  for (let pass = 0; pass < 3; pass++) {
    for (let round = 0; round < 16; round += 2) {
      desRound(l, r, key);
      desRound(r, l, key + KEY_LENGTH);
      key += 2 * KEY_LENGTH;
    }
    // As for one block: the exchange of the halves is what stays between two of the three.
    const swapped = l;
    l = r;
    r = swapped;
  }
  // In the order L, R: after three exchanges the halves stand the other way around.
  for (let at: usize = 0; at < HALF; at += 16) {
    const first = load<v128>(planes + at);
    store<v128>(planes + at, load<v128>(planes + HALF + at));
    store<v128>(planes + HALF + at, first);
  }
  for (let group: usize = 0; group << 7 < length; group++) {
    gather(planes + (group << 1), taken + (group << 7), data + (group << 7), min<usize>(length - (group << 7), 128));
  }
}

/** 16 blocks become two octets of each plane. */
function spread(from: usize, to: usize): void {
  for (let octet: usize = 0; octet < 8; octet++) {
    let octets = octetsOf(from, octet);
    for (let bit: usize = 0; bit < 8; bit++) {
      store<u16>(to + (<usize>load<u8>(PLANE_OF + (octet << 3) + bit) << 4), <u16>i8x16.bitmask(octets));
      octets = i8x16.shl(octets, 1);
    }
  }
}

/** Octet number `octet` of 16 blocks. */
// @ts-ignore: decorator
@inline
function octetsOf(from: usize, octet: usize): v128 {
  // The low octets of 64-bit lanes that are shifted down.
  const down = <i32>(octet << 3);
  const mask = i64x2.splat(0xff);
  const a = v128.and(i64x2.shr_u(load<v128>(from, 0), down), mask);
  const b = v128.and(i64x2.shr_u(load<v128>(from, 16), down), mask);
  const c = v128.and(i64x2.shr_u(load<v128>(from, 32), down), mask);
  const d = v128.and(i64x2.shr_u(load<v128>(from, 48), down), mask);
  const e = v128.and(i64x2.shr_u(load<v128>(from, 64), down), mask);
  const f = v128.and(i64x2.shr_u(load<v128>(from, 80), down), mask);
  const g = v128.and(i64x2.shr_u(load<v128>(from, 96), down), mask);
  const h = v128.and(i64x2.shr_u(load<v128>(from, 112), down), mask);
  // Nothing saturates: 64-bit lanes below 256 are pairs of 32-bit ones, and so on.
  const low = i16x8.narrow_i32x4_u(narrow(a, b), narrow(c, d));
  const high = i16x8.narrow_i32x4_u(narrow(e, f), narrow(g, h));
  return i8x16.narrow_i16x8_u(low, high);
}

/** The low halves of four 64-bit lanes. */
// @ts-ignore: decorator
@inline
function narrow(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 0, 2, 4, 6);
}

/** 16 blocks of the planes, each with the ciphertext block before it: `length` bytes of them to `to`. */
function gather(from: usize, before: usize, to: usize, length: usize): void {
  // Octets of 16 blocks become pairs, fours and eights of each.
  const o0 = column(from, 0);
  const o1 = column(from, 1);
  const o2 = column(from, 2);
  const o3 = column(from, 3);
  const o4 = column(from, 4);
  const o5 = column(from, 5);
  const o6 = column(from, 6);
  const o7 = column(from, 7);
  const a0 = v128.shuffle<u8>(o0, o1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const b0 = v128.shuffle<u8>(o0, o1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const a1 = v128.shuffle<u8>(o2, o3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const b1 = v128.shuffle<u8>(o2, o3, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const a2 = v128.shuffle<u8>(o4, o5, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const b2 = v128.shuffle<u8>(o4, o5, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const a3 = v128.shuffle<u8>(o6, o7, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const b3 = v128.shuffle<u8>(o6, o7, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const a0l = v128.shuffle<u16>(a0, a1, 0, 8, 1, 9, 2, 10, 3, 11);
  const a0h = v128.shuffle<u16>(a0, a1, 4, 12, 5, 13, 6, 14, 7, 15);
  const a2l = v128.shuffle<u16>(a2, a3, 0, 8, 1, 9, 2, 10, 3, 11);
  const a2h = v128.shuffle<u16>(a2, a3, 4, 12, 5, 13, 6, 14, 7, 15);
  const b0l = v128.shuffle<u16>(b0, b1, 0, 8, 1, 9, 2, 10, 3, 11);
  const b0h = v128.shuffle<u16>(b0, b1, 4, 12, 5, 13, 6, 14, 7, 15);
  const b2l = v128.shuffle<u16>(b2, b3, 0, 8, 1, 9, 2, 10, 3, 11);
  const b2h = v128.shuffle<u16>(b2, b3, 4, 12, 5, 13, 6, 14, 7, 15);
  unmask(before, 0, v128.shuffle<u32>(a0l, a2l, 0, 4, 1, 5));
  unmask(before, 16, v128.shuffle<u32>(a0l, a2l, 2, 6, 3, 7));
  unmask(before, 32, v128.shuffle<u32>(a0h, a2h, 0, 4, 1, 5));
  unmask(before, 48, v128.shuffle<u32>(a0h, a2h, 2, 6, 3, 7));
  unmask(before, 64, v128.shuffle<u32>(b0l, b2l, 0, 4, 1, 5));
  unmask(before, 80, v128.shuffle<u32>(b0l, b2l, 2, 6, 3, 7));
  unmask(before, 96, v128.shuffle<u32>(b0h, b2h, 0, 4, 1, 5));
  unmask(before, 112, v128.shuffle<u32>(b0h, b2h, 2, 6, 3, 7));
  memory.copy(to, blocks, length);
}

/** Two blocks of CBC. */
// @ts-ignore: decorator
@inline
function unmask(before: usize, at: usize, value: v128): void {
  store<v128>(blocks + at, v128.xor(value, load<v128>(before + at)));
}

/** Octet number `octet` of 16 blocks, from two octets of each of its planes. */
function column(from: usize, octet: usize): v128 {
  const halves = i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  const each = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  let out = i8x16.splat(0);
  for (let bit: usize = 0; bit < 8; bit++) {
    const pair = i16x8.splat(load<i16>(from + (<usize>load<u8>(PLANE_OF + (octet << 3) + bit) << 4)));
    const spread = i8x16.eq(v128.and(i8x16.swizzle(pair, halves), each), each);
    out = v128.or(i8x16.shl(out, 1), v128.and(spread, i8x16.splat(1)));
  }
  return out;
}
// CT end
