// SHA-1 (FIPS 180-4 §6.1) over states that the caller owns: HMAC in CBC suites, PBKDF2, certificates of old. Time
// depends on lengths alone. Small rather than fast: nothing new uses it.
//
// State, SHA1_STATE_LENGTH bytes:
//    0  chaining value, 5 x u32
//   32  bytes taken so far, u64
//   48  the block being filled, 64 bytes
import { wipe } from '../ct';

export const SHA1_STATE_LENGTH: usize = 112;
const COUNT: usize = 32;
const BUFFER: usize = 48;
// The message schedule of one block, 80 x u32.
const schedule = memory.data(320, 16);

/** Starts SHA-1 in `state`. */
export function sha1Init(state: usize): void {
  // FIPS 180-4 §5.3.1
  store<u32>(state, 0x67452301, 0);
  store<u32>(state, 0xefcdab89, 4);
  store<u32>(state, 0x98badcfe, 8);
  store<u32>(state, 0x10325476, 12);
  store<u32>(state, 0xc3d2e1f0, 16);
  store<u64>(state, 0, COUNT);
}

/** Hashes `length` bytes at `data`, of any alignment. */
export function sha1Update(state: usize, data: usize, length: usize): void {
  const count = load<u64>(state, COUNT);
  store<u64>(state, count + <u64>length, COUNT);
  const used = <usize>count & 63;
  if (used != 0) {
    const room: usize = 64 - used;
    if (length < room) {
      memory.copy(state + BUFFER + used, data, length);
      return;
    }
    memory.copy(state + BUFFER + used, data, room);
    sha1Compress(state, state + BUFFER, 1);
    data += room;
    length -= room;
  }
  const blocks = length >> 6;
  sha1Compress(state, data, blocks);
  memory.copy(state + BUFFER, data + (blocks << 6), length & 63);
}

/** Writes the digest of 20 bytes to `out` and wipes the state. */
export function sha1Final(state: usize, out: usize): void {
  // CT begin: secret = state
  const count = load<u64>(state, COUNT);
  const used = <usize>count & 63;
  store<u8>(state + BUFFER + used, 0x80);
  memory.fill(state + BUFFER + used + 1, 0, 63 - used);
  if (used > 55) {
    sha1Compress(state, state + BUFFER, 1);
    memory.fill(state + BUFFER, 0, 56);
  }
  store<u64>(state, bswap<u64>(count << 3), BUFFER + 56);
  sha1Compress(state, state + BUFFER, 1);
  for (let i: usize = 0; i < 20; i += 4) store<u32>(out + i, bswap<u32>(load<u32>(state + i)));
  wipe(state, SHA1_STATE_LENGTH);
  // CT end
}

/** The compression function over `blocks` blocks of 64 bytes at `data`; the chaining value stands at `state`. */
export function sha1Compress(state: usize, data: usize, blocks: usize): void {
  if (blocks == 0) return;
  // CT begin: secret = chaining value, block
  for (; blocks > 0; blocks--) {
    expand(data);
    let a = load<u32>(state, 0), b = load<u32>(state, 4), c = load<u32>(state, 8), d = load<u32>(state, 12);
    let e = load<u32>(state, 16), f: u32;
    let w = schedule;
    for (; w < schedule + 80; w += 4) { // Ch
      f = rotl<u32>(a, 5) + (d ^ (b & (c ^ d))) + e + 0x5a827999 + load<u32>(w);
      e = d; d = c; c = rotl<u32>(b, 30); b = a; a = f;
    }
    for (; w < schedule + 160; w += 4) { // Parity
      f = rotl<u32>(a, 5) + (b ^ c ^ d) + e + 0x6ed9eba1 + load<u32>(w);
      e = d; d = c; c = rotl<u32>(b, 30); b = a; a = f;
    }
    for (; w < schedule + 240; w += 4) { // Maj
      f = rotl<u32>(a, 5) + ((b & c) | (d & (b | c))) + e + 0x8f1bbcdc + load<u32>(w);
      e = d; d = c; c = rotl<u32>(b, 30); b = a; a = f;
    }
    for (; w < schedule + 320; w += 4) { // Parity
      f = rotl<u32>(a, 5) + (b ^ c ^ d) + e + 0xca62c1d6 + load<u32>(w);
      e = d; d = c; c = rotl<u32>(b, 30); b = a; a = f;
    }
    store<u32>(state, load<u32>(state, 0) + a, 0);
    store<u32>(state, load<u32>(state, 4) + b, 4);
    store<u32>(state, load<u32>(state, 8) + c, 8);
    store<u32>(state, load<u32>(state, 12) + d, 12);
    store<u32>(state, load<u32>(state, 16) + e, 16);
    data += 64;
  }
  wipe(schedule, 320);
  // CT end
}

// W_0 to W_79 (FIPS 180-4 §6.1.2 step 1)
function expand(data: usize): void {
  // CT begin: secret = data
  for (let i: usize = 0; i < 64; i += 4) store<u32>(schedule + i, bswap<u32>(load<u32>(data + i)));
  for (let w = schedule; w < schedule + 256; w += 4) {
    store<u32>(w, rotl<u32>(load<u32>(w, 52) ^ load<u32>(w, 32) ^ load<u32>(w, 8) ^ load<u32>(w, 0), 1), 64);
  }
  // CT end
}
