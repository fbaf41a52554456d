// Triple DES (FIPS 46-3, NIST SP 800-67) in CBC mode, for 24-byte keys K1 K2 K3: K1 K2 K1 is the variant of two keys, K K K
// is DES itself. Permutations gather bits and S-boxes are shuffles, so no address and no branch depends on a secret; all
// tables but the packing of the S-boxes are as FIPS 46-3 prints them.
//
// Bits are numbered as there, from 1 for the most significant. Schedule: 48 round keys of eight octets, each with the six
// bits of one S-box, in the order in which encryption uses them.

const SCHEDULE_LENGTH: usize = 384;

const IP = memory.data<u8>([
  58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
  57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
]);
const INVERSE_IP = memory.data<u8>([
  40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21, 61, 29,
  36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
]);
const P = memory.data<u8>([
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
]);
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
    for (let box: usize = 0; box < 8; box++) store<u8>(out + box, <u8>(bits >> (42 - 6 * <u64>box)) & 63);
    out = <usize>(<isize>out + step);
  }
  // CT end
}

/** The function f of FIPS 46-3. */
// @ts-ignore: decorator
@inline
function f(r: u32, key: usize): u32 {
  // CT begin: secret = r, round keys
  // E: box i takes the six bits from 4i on, the one before the first being the last. In lanes 0 to 7.
  const pairs = i64x2.splat(<i64>((<u64>rotl<u32>(r, 9) << 32) | <u64>rotl<u32>(r, 5)));
  const expanded = i8x16.shuffle(pairs, pairs, 0, 4, 3, 7, 2, 6, 1, 5, 0, 4, 3, 7, 2, 6, 1, 5);
  const six = v128.and(v128.xor(expanded, i64x2.splat(load<i64>(key))), i8x16.splat(63));
  const column = v128.and(i8x16.shr_u(six, 1), i8x16.splat(15));
  // Lane i asks box i; an index over 15 gives zero, which is what the other lanes get.
  let upper = i8x16.splat(0);
  let lower = i8x16.splat(0);
  for (let box: usize = 0; box < 8; box++) {
    const asked = v128.or(column, v128.not(i64x2.splat(<i64>((<u64>0xff) << (<u64>box << 3)))));
    upper = v128.or(upper, i8x16.swizzle(load<v128>(S + (box << 5)), asked));
    lower = v128.or(lower, i8x16.swizzle(load<v128>(S + (box << 5), 16), asked));
  }
  const first = i8x16.splat(32);
  const last = i8x16.splat(1);
  const rows = v128.bitselect(lower, upper, i8x16.eq(v128.and(six, first), first));
  const out = v128.bitselect(i8x16.shr_u(rows, 4), rows, i8x16.eq(v128.and(six, last), last));
  return (substituted(out, P) << 16) | substituted(out, P + 16);
  // CT end
}

/** As gather, from eight lanes of four bits. */
// @ts-ignore: decorator
@inline
function substituted(nibbles: v128, table: usize): u32 {
  const turned = i8x16.shuffle(load<v128>(table), load<v128>(table), 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const number = i8x16.sub(turned, i8x16.splat(1));
  const bit = i8x16.swizzle(i8x16(8, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), v128.and(number, i8x16.splat(3)));
  const lane = i8x16.swizzle(nibbles, i8x16.shr_u(number, 2));
  return <u32>i8x16.bitmask(i8x16.eq(v128.and(lane, bit), bit));
}

/** One block through the 48 rounds from `keys` on, whose addresses grow by `step`. */
function crypt(block: u64, keys: usize, step: isize): u64 {
  // CT begin: secret = block, round keys
  const permuted = permute64(block, IP);
  let l = <u32>(permuted >> 32);
  let r = <u32>permuted;
  // Where one DES ends and the next begins, IP undoes its inverse; what stays is the exchange of the halves.
  for (let pass = 0; pass < 3; pass++) {
    for (let round = 0; round < 16; round++) {
      const next = l ^ f(r, keys);
      l = r;
      r = next;
      keys = <usize>(<isize>keys + step);
    }
    const swapped = l;
    l = r;
    r = swapped;
  }
  return permute64((<u64>l << 32) | <u64>r, INVERSE_IP);
  // CT end
}

// CT begin: secret = schedule, data

/**
 * Encrypts in place, in CBC mode.
 * @param schedule of tripleDesExpand @param iv 8 bytes; the last ciphertext block afterwards @param length multiple of 8 bytes
 */
export function tripleDesCbcEncrypt(schedule: usize, iv: usize, data: usize, length: usize): void {
  let chain = bswap<u64>(load<u64>(iv));
  for (const end = data + length; data != end; data += 8) {
    chain = crypt(bswap<u64>(load<u64>(data)) ^ chain, schedule, 8);
    store<u64>(data, bswap<u64>(chain));
  }
  store<u64>(iv, bswap<u64>(chain));
}

/** Decrypts in place; parameters as in tripleDesCbcEncrypt. */
export function tripleDesCbcDecrypt(schedule: usize, iv: usize, data: usize, length: usize): void {
  let chain = bswap<u64>(load<u64>(iv));
  for (const end = data + length; data != end; data += 8) {
    const ciphertext = bswap<u64>(load<u64>(data));
    store<u64>(data, bswap<u64>(crypt(ciphertext, schedule + 376, -8) ^ chain));
    chain = ciphertext;
  }
  store<u64>(iv, bswap<u64>(chain));
}
// CT end
