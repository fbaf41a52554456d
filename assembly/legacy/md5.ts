// MD5 (RFC 1321) over states that the caller owns: keys from passwords as old PEM files have them (DEK-Info, PBES1), the
// PRF and MACs of TLS before 1.2. Time depends on lengths alone.
//
// State, MD5_STATE_LENGTH bytes:
//    0  chaining value, 4 x u32
//   32  bytes taken so far, u64
//   48  the block being filled, 64 bytes
import { wipe } from '../shared/ct';

const MD5_STATE_LENGTH: usize = 112;
const COUNT: usize = 32;
const BUFFER: usize = 48;

const state = memory.data(112, 16);

// RFC 1321 §3.4: T[i] = floor(2^32 * abs(sin(i + 1)))
const T = memory.data<u32>([
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
  0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
  0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
  0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
  0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
  0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
  0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
  0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
]);

/** Bytes of a running hash. */
export function md5StateLength(): usize {
  return MD5_STATE_LENGTH;
}

/** Starts MD5 in `running`. */
export function md5Init(running: usize): void {
  store<u32>(running, 0x67452301, 0);
  store<u32>(running, 0xefcdab89, 4);
  store<u32>(running, 0x98badcfe, 8);
  store<u32>(running, 0x10325476, 12);
  store<u64>(running, 0, COUNT);
}

/** Hashes `length` bytes at `data`, of any alignment. */
export function md5Update(running: usize, data: usize, length: usize): void {
  const count = load<u64>(running, COUNT);
  store<u64>(running, count + <u64>length, COUNT);
  const used = <usize>count & 63;
  if (used != 0) {
    const room: usize = 64 - used;
    if (length < room) {
      memory.copy(running + BUFFER + used, data, length);
      return;
    }
    memory.copy(running + BUFFER + used, data, room);
    md5Compress(running, running + BUFFER, 1);
    data += room;
    length -= room;
  }
  const blocks = length >> 6;
  md5Compress(running, data, blocks);
  memory.copy(running + BUFFER, data + (blocks << 6), length & 63);
}

/** Writes the digest of 16 bytes to `out` and wipes the state. */
export function md5Final(running: usize, out: usize): void {
  // CT begin: secret = running
  const count = load<u64>(running, COUNT);
  const used = <usize>count & 63;
  store<u8>(running + BUFFER + used, 0x80);
  memory.fill(running + BUFFER + used + 1, 0, 63 - used);
  if (used > 55) {
    md5Compress(running, running + BUFFER, 1);
    memory.fill(running + BUFFER, 0, 56);
  }
  store<u64>(running, count << 3, BUFFER + 56);
  md5Compress(running, running + BUFFER, 1);
  memory.copy(out, running, 16);
  wipe(running, MD5_STATE_LENGTH);
  // CT end
}

/** Writes the digest of what `running` took so far to `out`; it goes on. */
export function md5Peek(running: usize, out: usize): void {
  memory.copy(state, running, MD5_STATE_LENGTH);
  md5Final(state, out);
}

/** Writes the digest of `length` bytes at `data` to `out`. */
export function md5Digest(data: usize, length: usize, out: usize): void {
  md5Init(state);
  md5Update(state, data, length);
  md5Final(state, out);
}

/** RFC 1321 §3.4: a = b + ((a + f(b, c, d) + X[k] + T[i]) <<< s). */
// @ts-ignore: decorator
@inline
function step(a: u32, b: u32, f: u32, word: u32, i: usize, s: u32): u32 {
  return b + rotl<u32>(a + f + word + load<u32>(T + (i << 2)), s);
}

/** Word k modulo 16 of the block. */
// @ts-ignore: decorator
@inline
function word(data: usize, k: usize): u32 {
  // CT begin: secret = data
  return load<u32>(data + ((k & 15) << 2));
  // CT end
}

/** The compression function over `blocks` blocks of 64 bytes; the chaining value stands at `running`. */
export function md5Compress(running: usize, data: usize, blocks: usize): void {
  // CT begin: secret = chaining value, block
  for (; blocks > 0; blocks--) {
    let a = load<u32>(running, 0), b = load<u32>(running, 4), c = load<u32>(running, 8), d = load<u32>(running, 12);
    for (let i: usize = 0; i < 16; i += 4) {
      a = step(a, b, d ^ (b & (c ^ d)), word(data, i), i, 7);
      d = step(d, a, c ^ (a & (b ^ c)), word(data, i + 1), i + 1, 12);
      c = step(c, d, b ^ (d & (a ^ b)), word(data, i + 2), i + 2, 17);
      b = step(b, c, a ^ (c & (d ^ a)), word(data, i + 3), i + 3, 22);
    }
    for (let i: usize = 16; i < 32; i += 4) {
      a = step(a, b, c ^ (d & (b ^ c)), word(data, 5 * i + 1), i, 5);
      d = step(d, a, b ^ (c & (a ^ b)), word(data, 5 * i + 6), i + 1, 9);
      c = step(c, d, a ^ (b & (d ^ a)), word(data, 5 * i + 11), i + 2, 14);
      b = step(b, c, d ^ (a & (c ^ d)), word(data, 5 * i + 16), i + 3, 20);
    }
    for (let i: usize = 32; i < 48; i += 4) {
      a = step(a, b, b ^ c ^ d, word(data, 3 * i + 5), i, 4);
      d = step(d, a, a ^ b ^ c, word(data, 3 * i + 8), i + 1, 11);
      c = step(c, d, d ^ a ^ b, word(data, 3 * i + 11), i + 2, 16);
      b = step(b, c, c ^ d ^ a, word(data, 3 * i + 14), i + 3, 23);
    }
    for (let i: usize = 48; i < 64; i += 4) {
      a = step(a, b, c ^ (b | ~d), word(data, 7 * i), i, 6);
      d = step(d, a, b ^ (a | ~c), word(data, 7 * i + 7), i + 1, 10);
      c = step(c, d, a ^ (d | ~b), word(data, 7 * i + 14), i + 2, 15);
      b = step(b, c, d ^ (c | ~a), word(data, 7 * i + 21), i + 3, 21);
    }
    store<u32>(running, load<u32>(running, 0) + a, 0);
    store<u32>(running, load<u32>(running, 4) + b, 4);
    store<u32>(running, load<u32>(running, 8) + c, 8);
    store<u32>(running, load<u32>(running, 12) + d, 12);
    data += 64;
  }
  // CT end
}
