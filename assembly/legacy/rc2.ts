// RC2 (RFC 2268): reading keys that were encrypted by it, nothing else, so there is no encryption here. Its tables are
// read through shuffles over the whole of them: no address depends on a secret.
import { wipe } from '../shared/ct';

/** 64 words of 16 bits. */
const SCHEDULE_LENGTH: usize = 128;

// RFC 2268 §2: PITABLE
const PI = memory.data<u8>([
  0xd9, 0x78, 0xf9, 0xc4, 0x19, 0xdd, 0xb5, 0xed, 0x28, 0xe9, 0xfd, 0x79, 0x4a, 0xa0, 0xd8, 0x9d,
  0xc6, 0x7e, 0x37, 0x83, 0x2b, 0x76, 0x53, 0x8e, 0x62, 0x4c, 0x64, 0x88, 0x44, 0x8b, 0xfb, 0xa2,
  0x17, 0x9a, 0x59, 0xf5, 0x87, 0xb3, 0x4f, 0x13, 0x61, 0x45, 0x6d, 0x8d, 0x09, 0x81, 0x7d, 0x32,
  0xbd, 0x8f, 0x40, 0xeb, 0x86, 0xb7, 0x7b, 0x0b, 0xf0, 0x95, 0x21, 0x22, 0x5c, 0x6b, 0x4e, 0x82,
  0x54, 0xd6, 0x65, 0x93, 0xce, 0x60, 0xb2, 0x1c, 0x73, 0x56, 0xc0, 0x14, 0xa7, 0x8c, 0xf1, 0xdc,
  0x12, 0x75, 0xca, 0x1f, 0x3b, 0xbe, 0xe4, 0xd1, 0x42, 0x3d, 0xd4, 0x30, 0xa3, 0x3c, 0xb6, 0x26,
  0x6f, 0xbf, 0x0e, 0xda, 0x46, 0x69, 0x07, 0x57, 0x27, 0xf2, 0x1d, 0x9b, 0xbc, 0x94, 0x43, 0x03,
  0xf8, 0x11, 0xc7, 0xf6, 0x90, 0xef, 0x3e, 0xe7, 0x06, 0xc3, 0xd5, 0x2f, 0xc8, 0x66, 0x1e, 0xd7,
  0x08, 0xe8, 0xea, 0xde, 0x80, 0x52, 0xee, 0xf7, 0x84, 0xaa, 0x72, 0xac, 0x35, 0x4d, 0x6a, 0x2a,
  0x96, 0x1a, 0xd2, 0x71, 0x5a, 0x15, 0x49, 0x74, 0x4b, 0x9f, 0xd0, 0x5e, 0x04, 0x18, 0xa4, 0xec,
  0xc2, 0xe0, 0x41, 0x6e, 0x0f, 0x51, 0xcb, 0xcc, 0x24, 0x91, 0xaf, 0x50, 0xa1, 0xf4, 0x70, 0x39,
  0x99, 0x7c, 0x3a, 0x85, 0x23, 0xb8, 0xb4, 0x7a, 0xfc, 0x02, 0x36, 0x5b, 0x25, 0x55, 0x97, 0x31,
  0x2d, 0x5d, 0xfa, 0x98, 0xe3, 0x8a, 0x92, 0xae, 0x05, 0xdf, 0x29, 0x10, 0x67, 0x6c, 0xba, 0xc9,
  0xd3, 0x00, 0xe6, 0xcf, 0xe1, 0x9e, 0xa8, 0x2c, 0x63, 0x16, 0x01, 0x3f, 0x58, 0xe2, 0x89, 0xa9,
  0x0d, 0x38, 0x34, 0x1b, 0xab, 0x33, 0xff, 0xb0, 0xbb, 0x48, 0x0c, 0x5f, 0xb9, 0xb1, 0xcd, 0x2e,
  0xc5, 0xf3, 0xdb, 0x47, 0xe5, 0xa5, 0x9c, 0x77, 0x0a, 0xa6, 0x20, 0x68, 0xfe, 0x7f, 0xc1, 0xad,
]);

const chain = memory.data(8, 8);

/** Bytes of an expanded key. */
export function rc2ScheduleLength(): usize {
  return SCHEDULE_LENGTH;
}

/** Bytes `index` and, in the second lane, `index + 1` of a table of `chunks` times 16 bytes. */
function lookup(table: usize, chunks: usize, index: u32): v128 {
  // CT begin: secret = index, table
  // Lanes that are not below 16 give zero: each chunk answers for its own part of the table.
  let lanes = i8x16.add(i8x16.splat(<i8>index), i8x16(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  const next = i8x16.splat(16);
  let found = i8x16.splat(0);
  for (let i: usize = 0; i < chunks; i++) {
    found = v128.or(found, i8x16.swizzle(load<v128>(table + (i << 4)), lanes));
    lanes = i8x16.sub(lanes, next);
  }
  return found;
  // CT end
}

// @ts-ignore: decorator
@inline
function pi(index: u32): u32 {
  return <u32>i8x16.extract_lane_u(lookup(PI, 16, index & 0xff), 0);
}

/**
 * Writes the schedule of a key (RFC 2268 §2).
 * @param keyLength 1 to 128 bytes @param effectiveBits 1 to 1024 @param schedule 128 bytes
 */
export function rc2Expand(key: usize, keyLength: usize, effectiveBits: u32, schedule: usize): void {
  // CT begin: secret = key
  memory.copy(schedule, key, keyLength);
  for (let i = keyLength; i < 128; i++) {
    store<u8>(schedule + i, <u8>pi(<u32>load<u8>(schedule + i - 1) + <u32>load<u8>(schedule + i - keyLength)));
  }
  const octets = <usize>((effectiveBits + 7) >> 3); // T8
  const mask: u32 = 0xff >> (<u32>(octets << 3) - effectiveBits); // TM
  const first = 128 - octets;
  store<u8>(schedule + first, <u8>pi(<u32>load<u8>(schedule + first) & mask));
  for (let i = first; i > 0; i--) {
    const at = schedule + i - 1;
    store<u8>(at, <u8>pi(<u32>load<u8>(at + 1) ^ <u32>load<u8>(at + octets)));
  }
  // CT end
}

/**
 * Decrypts in place, in CBC mode.
 * @param schedule of rc2Expand @param iv 8 bytes; the last ciphertext block afterwards @param length multiple of 8 bytes
 */
export function rc2CbcDecrypt(schedule: usize, iv: usize, data: usize, length: usize): void {
  // CT begin: secret = schedule, data
  store<u64>(chain, load<u64>(iv));
  for (const end = data + length; data != end; data += 8) {
    const ciphertext = load<u64>(data);
    decryptBlock(schedule, data);
    store<u64>(data, load<u64>(data) ^ load<u64>(chain));
    store<u64>(chain, ciphertext);
  }
  store<u64>(iv, load<u64>(chain));
  wipe(chain, 8);
  // CT end
}

/** RFC 2268 §4.3: five r-mixing rounds, an r-mashing round, six, one, five. */
function decryptBlock(schedule: usize, block: usize): void {
  // CT begin: secret = schedule, block
  let a = <u32>load<u16>(block, 0), b = <u32>load<u16>(block, 2);
  let c = <u32>load<u16>(block, 4), d = <u32>load<u16>(block, 6);
  for (let round: u32 = 0; round < 16; round++) {
    if (round == 5 || round == 11) {
      d = (d - mash(schedule, c)) & 0xffff;
      c = (c - mash(schedule, b)) & 0xffff;
      b = (b - mash(schedule, a)) & 0xffff;
      a = (a - mash(schedule, d)) & 0xffff;
    }
    const keys = schedule + ((15 - <usize>round) << 3);
    d = unmix(d, 5, c, b, a, <u32>load<u16>(keys, 6));
    c = unmix(c, 3, b, a, d, <u32>load<u16>(keys, 4));
    b = unmix(b, 2, a, d, c, <u32>load<u16>(keys, 2));
    a = unmix(a, 1, d, c, b, <u32>load<u16>(keys, 0));
  }
  store<u16>(block, <u16>a, 0);
  store<u16>(block, <u16>b, 2);
  store<u16>(block, <u16>c, 4);
  store<u16>(block, <u16>d, 6);
  // CT end
}

/** R[i] rotated back by s, less K[j] + (R[i-1] & R[i-2]) + (~R[i-1] & R[i-3]). */
// @ts-ignore: decorator
@inline
function unmix(value: u32, s: u32, one: u32, two: u32, three: u32, key: u32): u32 {
  const rotated = ((value >> s) | (value << (16 - s))) & 0xffff;
  return (rotated - key - (one & two) - (~one & three)) & 0xffff;
}

/** K[R[i-1] & 63]. */
// @ts-ignore: decorator
@inline
function mash(schedule: usize, value: u32): u32 {
  return <u32>i16x8.extract_lane_u(lookup(schedule, 8, (value & 63) << 1), 0);
}
