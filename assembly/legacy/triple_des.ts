// Triple DES (FIPS 46-3, NIST SP 800-67) in CBC mode, for 24-byte keys K1 K2 K3: K1 K2 K1 is the variant of two keys, K K K
// is DES itself. Permutations gather bits and S-boxes are shuffles, so no address and no branch depends on a secret. Encryption
// is a chain, block by block; what is decrypted goes 128 blocks at once where there are many (triple_des_planes.ts).
//
// Bits are numbered as there, from 1 for the most significant. Schedule: 48 round keys of eight octets, each with the six
// bits of one S-box - those of the row, 2 and 1, above the four of the column - in the order in which encryption uses them.

import { ENTER, EXPAND, LEAVE } from './des_lanes';
import { planesBegin, planesCbcDecrypt, planesEnd, PLANES_BYTES } from './triple_des_planes';

const SCHEDULE_LENGTH: usize = 384;

/** Bytes from which on 128 blocks at once are faster than one by one, though some of them are of no use. */
const FEWEST_PLANES: usize = 128;

// C, then D; the last eight fill the vector.
const PC1 = memory.data<u8>([
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
  1, 1, 1, 1, 1, 1, 1, 1,
]);
const PC2 = memory.data<u8>([
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
  41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
]);
const SHIFTS = memory.data<u8>([1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1]);

// S1 to S8, two vectors each: rows 0 (low nibble) and 1 (high nibble), then rows 2 and 3.
const S = memory.data<u8>([
  0x0e, 0xf4, 0x7d, 0x41, 0xe2, 0x2f, 0xdb, 0x18, 0xa3, 0x6a, 0xc6, 0xbc, 0x95, 0x59, 0x30, 0x87,
  0xf4, 0xc1, 0x8e, 0x28, 0x4d, 0x96, 0x12, 0x7b, 0x5f, 0xbc, 0x39, 0xe7, 0xa3, 0x0a, 0x65, 0xd0,
  0x3f, 0xd1, 0x48, 0x7e, 0xf6, 0x2b, 0x83, 0xe4, 0xc9, 0x07, 0x12, 0xad, 0x6c, 0x90, 0xb5, 0x5a,
  0xd0, 0x8e, 0xa7, 0x1b, 0x3a, 0xf4, 0x4d, 0x21, 0xb5, 0x68, 0x7c, 0xc6, 0x09, 0x53, 0xe2, 0x9f,
  0xda, 0x70, 0x09, 0x9e, 0x36, 0x43, 0x6f, 0xa5, 0x21, 0x8d, 0x5c, 0xe7, 0xcb, 0xb4, 0xf2, 0x18,
  0x1d, 0xa6, 0xd4, 0x09, 0x68, 0x9f, 0x83, 0x70, 0x4b, 0xf1, 0xe2, 0x3c, 0xb5, 0x5a, 0x2e, 0xc7,
  0xd7, 0x8d, 0xbe, 0x53, 0x60, 0xf6, 0x09, 0x3a, 0x41, 0x72, 0x28, 0xc5, 0x1b, 0xac, 0xe4, 0x9f,
  0x3a, 0xf6, 0x09, 0x60, 0xac, 0x1b, 0xd7, 0x8d, 0x9f, 0x41, 0x53, 0xbe, 0xc5, 0x72, 0x28, 0xe4,
  0xe2, 0xbc, 0x24, 0xc1, 0x47, 0x7a, 0xdb, 0x16, 0x58, 0x05, 0xf3, 0xaf, 0x3d, 0x90, 0x8e, 0x69,
  0xb4, 0x82, 0xc1, 0x7b, 0x1a, 0xed, 0x27, 0xd8, 0x6f, 0xf9, 0x0c, 0x95, 0xa6, 0x43, 0x50, 0x3e,
  0xac, 0xf1, 0x4a, 0x2f, 0x79, 0xc2, 0x96, 0x58, 0x60, 0x1d, 0xd3, 0xe4, 0x0e, 0xb7, 0x35, 0x8b,
  0x49, 0x3e, 0x2f, 0xc5, 0x92, 0x58, 0xfc, 0xa3, 0xb7, 0xe0, 0x14, 0x7a, 0x61, 0x0d, 0x8b, 0xd6,
  0xd4, 0x0b, 0xb2, 0x7e, 0x4f, 0x90, 0x18, 0xad, 0xe3, 0x3c, 0x59, 0xc7, 0x25, 0xfa, 0x86, 0x61,
  0x61, 0xb4, 0xdb, 0x8d, 0x1c, 0x43, 0xa7, 0x7e, 0x9a, 0x5f, 0x06, 0xf8, 0xe0, 0x25, 0x39, 0xc2,
  0x1d, 0xf2, 0xd8, 0x84, 0xa6, 0x3f, 0x7b, 0x41, 0xca, 0x59, 0x63, 0xbe, 0x05, 0xe0, 0x9c, 0x27,
  0x27, 0x1b, 0xe4, 0x71, 0x49, 0xac, 0x8e, 0xd2, 0xf0, 0xc6, 0x9a, 0x0d, 0x3f, 0x53, 0x65, 0xb8,
]);

// For box i all ones in every lane but i.
const OTHERS = memory.data<u8>([
  0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 0, 255, 255, 255, 255, 255, 255, 255, 255,
], 16);

const HALVES = memory.data<u8>([8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7], 16);
const NIBBLES = memory.data<u8>([15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15], 16);
// The bits of a row in what a box is asked.
const FIRSTS = memory.data<u8>([32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32], 16);
const LASTS = memory.data<u8>([16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16], 16);

/** Bytes of an expanded key. */
export function tripleDesScheduleLength(): usize {
  return SCHEDULE_LENGTH;
}

/**
 * 16 bits of `source`, a number of `width` bits in its low octets, as the first 16 entries at `table` number them.
 * The first becomes bit 15.
 */
// @ts-ignore: decorator
@inline
function gather(source: v128, table: usize, width: i8): u32 {
  // Number n is bit width - n counted from zero; lane 0 becomes bit 0, so the table is turned around.
  const turned = i8x16.shuffle(load<v128>(table), load<v128>(table), 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const number = i8x16.sub(i8x16.splat(width), turned);
  const bit = i8x16.swizzle(
    i8x16(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0),
    v128.and(number, i8x16.splat(7)),
  );
  const octet = i8x16.swizzle(source, i8x16.shr_u(number, 3));
  return <u32>i8x16.bitmask(i8x16.eq(v128.and(octet, bit), bit));
}

function permute64(block: u64, table: usize): u64 {
  // CT begin: secret = block
  const source = i64x2.splat(<i64>block);
  return (<u64>gather(source, table, 64) << 48) | (<u64>gather(source, table + 16, 64) << 32) |
    (<u64>gather(source, table + 32, 64) << 16) | <u64>gather(source, table + 48, 64);
  // CT end
}

/** Expands K1 K2 K3, 24 bytes at `key`, whose parity bits are not looked at, to the 384 bytes at `schedule`. */
export function tripleDesExpand(key: usize, schedule: usize): void {
  expandOne(key, schedule, 8);
  // EDE: the middle key decrypts, its round keys come in reverse order.
  expandOne(key + 8, schedule + 248, -8);
  expandOne(key + 16, schedule + 256, 8);
}

function expandOne(key: usize, out: usize, step: isize): void {
  // CT begin: secret = key
  let cd = permute64(bswap<u64>(load<u64>(key)), PC1) >> 8;
  let c = <u32>(cd >> 28);
  let d = <u32>cd & 0xfffffff;
  for (let round: usize = 0; round < 16; round++) {
    const shift = <u32>load<u8>(SHIFTS + round);
    c = ((c << shift) | (c >> (28 - shift))) & 0xfffffff;
    d = ((d << shift) | (d >> (28 - shift))) & 0xfffffff;
    cd = (<u64>c << 28) | <u64>d;
    const source = i64x2.splat(<i64>cd);
    const bits = (<u64>gather(source, PC2, 56) << 32) | (<u64>gather(source, PC2 + 16, 56) << 16) |
      <u64>gather(source, PC2 + 32, 56);
    for (let box: usize = 0; box < 8; box++) {
      const six = <u32>(bits >> (42 - 6 * <u64>box)) & 63;
      store<u8>(out + box, <u8>((six & 32) | ((six & 1) << 4) | ((six >> 1) & 15)));
    }
    out = <usize>(<isize>out + step);
  }
  // CT end
}

// CT begin: secret = all vectors but those of tables

/** One step of a permutation of des_lanes.ts. */
// @ts-ignore: decorator
@inline
function pick(source: v128, step: usize): v128 {
  const mask = load<v128>(step, 16);
  const bit = v128.and(i8x16.swizzle(source, load<v128>(step)), mask);
  return v128.and(i8x16.eq(bit, mask), load<v128>(step, 32));
}

/** Lanes 8 to 15 and 0 to 7, exchanged: by memory, as engines make literal orders of many instructions. */
// @ts-ignore: decorator
@inline
function folded(v: v128): v128 {
  return v128.or(v, i8x16.swizzle(v, load<v128>(HALVES)));
}

/** What box `box` is asked, in its lane; an index over 15 gives zero, which is what the other lanes get. */
// @ts-ignore: decorator
@inline
function asked(column: v128, box: usize): v128 {
  return v128.or(column, load<v128>(OTHERS + (box << 4)));
}

// @ts-ignore: decorator
@inline
function four(a: v128, b: v128, c: v128, d: v128, first: usize): v128 {
  const ab = v128.or(i8x16.swizzle(load<v128>(S + first), a), i8x16.swizzle(load<v128>(S + first, 32), b));
  const cd = v128.or(i8x16.swizzle(load<v128>(S + first, 64), c), i8x16.swizzle(load<v128>(S + first, 96), d));
  return v128.or(ab, cd);
}

// CT end

/** The function f of FIPS 46-3 without P, which is a part of the next E. Lanes 0 to 7; the others are zero. */
// @ts-ignore: decorator
@inline
function boxes(half: v128, key: usize): v128 {
  // CT begin: secret = half, round keys
  const bits = folded(v128.or(v128.or(pick(half, EXPAND), pick(half, EXPAND + 48)), pick(half, EXPAND + 96)));
  const six = v128.xor(bits, i64x2.splat(load<i64>(key)));
  const low = load<v128>(NIBBLES);
  const column = v128.and(six, low);
  const a = asked(column, 0);
  const b = asked(column, 1);
  const c = asked(column, 2);
  const d = asked(column, 3);
  const e = asked(column, 4);
  const f = asked(column, 5);
  const g = asked(column, 6);
  const h = asked(column, 7);
  const upper = v128.or(four(a, b, c, d, 0), four(e, f, g, h, 128));
  const lower = v128.or(four(a, b, c, d, 16), four(e, f, g, h, 144));
  const first = load<v128>(FIRSTS);
  const last = load<v128>(LASTS);
  const rows = v128.bitselect(lower, upper, i8x16.eq(v128.and(six, first), first));
  return v128.and(v128.bitselect(i16x8.shr_u(rows, 4), rows, i8x16.eq(v128.and(six, last), last)), low);
  // CT end
}

/** One block, in both halves of a vector, through the 48 rounds from `keys` on, whose addresses grow by `step`; out as it came. */
function crypt(block: v128, keys: usize, step: isize): v128 {
  // CT begin: secret = block, round keys
  let l = v128.or(v128.or(pick(block, ENTER), pick(block, ENTER + 48)), v128.or(pick(block, ENTER + 96), pick(block, ENTER + 144)));
  let r = i8x16.swizzle(l, load<v128>(HALVES));
  // Where one DES ends and the next begins, IP undoes its inverse; what stays is the exchange of the halves.
  for (let pass = 0; pass < 3; pass++) {
    for (let round = 0; round < 16; round += 2) {
      l = v128.xor(l, boxes(r, keys));
      r = v128.xor(r, boxes(l, <usize>(<isize>keys + step)));
      keys = <usize>(<isize>keys + 2 * step);
    }
    const swapped = l;
    l = r;
    r = swapped;
  }
  const out = v128.shuffle<u64>(l, r, 0, 2);
  return folded(v128.or(v128.or(pick(out, LEAVE), pick(out, LEAVE + 48)), v128.or(pick(out, LEAVE + 96), pick(out, LEAVE + 144))));
  // CT end
}

// CT begin: secret = schedule, data

/**
 * Encrypts in place, in CBC mode.
 * @param schedule of tripleDesExpand @param iv 8 bytes; the last ciphertext block afterwards @param length multiple of 8 bytes
 */
export function tripleDesCbcEncrypt(schedule: usize, iv: usize, data: usize, length: usize): void {
  let chain = i64x2.splat(load<i64>(iv));
  for (const end = data + length; data != end; data += 8) {
    chain = crypt(v128.xor(i64x2.splat(load<i64>(data)), chain), schedule, 8);
    store<i64>(data, i64x2.extract_lane(chain, 0));
  }
  store<i64>(iv, i64x2.extract_lane(chain, 0));
}

/** Decrypts in place; parameters as in tripleDesCbcEncrypt. */
export function tripleDesCbcDecrypt(schedule: usize, iv: usize, data: usize, length: usize): void {
  const end = data + length;
  if (length >= FEWEST_PLANES) {
    planesBegin(schedule);
    while (<usize>(end - data) >= FEWEST_PLANES) {
      const part = min<usize>(end - data, PLANES_BYTES);
      planesCbcDecrypt(iv, data, part);
      data += part;
    }
    planesEnd();
  }
  let chain = i64x2.splat(load<i64>(iv));
  for (; data != end; data += 8) {
    const ciphertext = i64x2.splat(load<i64>(data));
    const plain = v128.xor(crypt(ciphertext, schedule + 376, -8), chain);
    store<i64>(data, i64x2.extract_lane(plain, 0));
    chain = ciphertext;
  }
  store<i64>(iv, i64x2.extract_lane(chain, 0));
}
// CT end
