// SHA-256 and SHA-224 (FIPS 180-4 §6.2, §6.3) over states that the caller owns. Time depends on lengths alone.
//
// State, SHA256_STATE_LENGTH bytes:
//    0  chaining value, 8 x u32
//   32  bytes taken so far, u64
//   40  digest length in bytes, u32
//   48  the block being filled, 64 bytes
import { wipe } from '../ct';

export const SHA256_STATE_LENGTH: usize = 112;
const COUNT: usize = 32;
const DIGEST_LENGTH: usize = 40;
const BUFFER: usize = 48;

// FIPS 180-4 §4.2.2
const K = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

// Initial values: SHA-256 (§5.3.3), then SHA-224 (§5.3.2).
const INITIAL = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4,
]);

/** Starts SHA-256 in `state`. */
export function sha256Init(state: usize): void {
  init(state, INITIAL, 32);
}

/** Starts SHA-224 in `state`; goes on with sha256Update and sha256Final. */
export function sha224Init(state: usize): void {
  init(state, INITIAL + 32, 28);
}

function init(state: usize, initial: usize, digestLength: u32): void {
  memory.copy(state, initial, 32);
  store<u64>(state, 0, COUNT);
  store<u32>(state, digestLength, DIGEST_LENGTH);
}

/** Hashes `length` bytes at `data`, of any alignment. */
export function sha256Update(state: usize, data: usize, length: usize): void {
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
    sha256Compress(state, state + BUFFER, 1);
    data += room;
    length -= room;
  }
  const blocks = length >> 6;
  sha256Compress(state, data, blocks);
  memory.copy(state + BUFFER, data + (blocks << 6), length & 63);
}

/** Writes the digest (32 bytes, or 28 for SHA-224) to `out` and wipes the state. */
export function sha256Final(state: usize, out: usize): void {
  const count = load<u64>(state, COUNT);
  const used = <usize>count & 63;
  store<u8>(state + BUFFER + used, 0x80);
  memory.fill(state + BUFFER + used + 1, 0, 63 - used);
  if (used > 55) {
    sha256Compress(state, state + BUFFER, 1);
    memory.fill(state + BUFFER, 0, 56);
  }
  store<u64>(state, bswap<u64>(count << 3), BUFFER + 56);
  sha256Compress(state, state + BUFFER, 1);
  const length = <usize>load<u32>(state, DIGEST_LENGTH);
  for (let i: usize = 0; i < length; i += 4) store<u32>(out + i, bswap<u32>(load<u32>(state + i)));
  wipe(state, SHA256_STATE_LENGTH);
}

// @ts-ignore: decorator
@inline
function word(data: usize, index: usize): u32 {
  return bswap<u32>(load<u32>(data + 4 * index));
}

// T1 of §6.2.2 step 3, kw = K_t + W_t. Ch as xors saves the complement.
// @ts-ignore: decorator
@inline
function t1(h: u32, e: u32, f: u32, g: u32, kw: u32): u32 {
  return h + kw + (rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)) + (g ^ (e & (f ^ g)));
}

// @ts-ignore: decorator
@inline
function sum0(a: u32): u32 {
  return rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
}

// W_t from W_{t-16}, W_{t-15}, W_{t-7}, W_{t-2}
// @ts-ignore: decorator
@inline
function schedule(w16: u32, w15: u32, w7: u32, w2: u32): u32 {
  const s0 = rotr<u32>(w15, 7) ^ rotr<u32>(w15, 18) ^ (w15 >> 3);
  const s1 = rotr<u32>(w2, 17) ^ rotr<u32>(w2, 19) ^ (w2 >> 10);
  return w16 + s0 + w7 + s1;
}

/** The compression function over `blocks` blocks of 64 bytes at `data`; the chaining value stands at `state`. */
export function sha256Compress(state: usize, data: usize, blocks: usize): void {
  // CT begin: secret = chaining value, block
  for (; blocks > 0; blocks--) {
    let w0 = word(data, 0), w1 = word(data, 1), w2 = word(data, 2), w3 = word(data, 3);
    let w4 = word(data, 4), w5 = word(data, 5), w6 = word(data, 6), w7 = word(data, 7);
    let w8 = word(data, 8), w9 = word(data, 9), w10 = word(data, 10), w11 = word(data, 11);
    let w12 = word(data, 12), w13 = word(data, 13), w14 = word(data, 14), w15 = word(data, 15);
    let a = load<u32>(state, 0), b = load<u32>(state, 4), c = load<u32>(state, 8), d = load<u32>(state, 12);
    let e = load<u32>(state, 16), f = load<u32>(state, 20), g = load<u32>(state, 24), h = load<u32>(state, 28);
    // Maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)); a ^ b is the next round's b ^ c.
    let x: u32, y = b ^ c, t: u32;
    for (let k = K; ; k += 64) {
      t = t1(h, e, f, g, load<u32>(k, 0) + w0); d += t; x = a ^ b; h = t + sum0(a) + (b ^ (x & y));
      t = t1(g, d, e, f, load<u32>(k, 4) + w1); c += t; y = h ^ a; g = t + sum0(h) + (a ^ (y & x));
      t = t1(f, c, d, e, load<u32>(k, 8) + w2); b += t; x = g ^ h; f = t + sum0(g) + (h ^ (x & y));
      t = t1(e, b, c, d, load<u32>(k, 12) + w3); a += t; y = f ^ g; e = t + sum0(f) + (g ^ (y & x));
      t = t1(d, a, b, c, load<u32>(k, 16) + w4); h += t; x = e ^ f; d = t + sum0(e) + (f ^ (x & y));
      t = t1(c, h, a, b, load<u32>(k, 20) + w5); g += t; y = d ^ e; c = t + sum0(d) + (e ^ (y & x));
      t = t1(b, g, h, a, load<u32>(k, 24) + w6); f += t; x = c ^ d; b = t + sum0(c) + (d ^ (x & y));
      t = t1(a, f, g, h, load<u32>(k, 28) + w7); e += t; y = b ^ c; a = t + sum0(b) + (c ^ (y & x));
      t = t1(h, e, f, g, load<u32>(k, 32) + w8); d += t; x = a ^ b; h = t + sum0(a) + (b ^ (x & y));
      t = t1(g, d, e, f, load<u32>(k, 36) + w9); c += t; y = h ^ a; g = t + sum0(h) + (a ^ (y & x));
      t = t1(f, c, d, e, load<u32>(k, 40) + w10); b += t; x = g ^ h; f = t + sum0(g) + (h ^ (x & y));
      t = t1(e, b, c, d, load<u32>(k, 44) + w11); a += t; y = f ^ g; e = t + sum0(f) + (g ^ (y & x));
      t = t1(d, a, b, c, load<u32>(k, 48) + w12); h += t; x = e ^ f; d = t + sum0(e) + (f ^ (x & y));
      t = t1(c, h, a, b, load<u32>(k, 52) + w13); g += t; y = d ^ e; c = t + sum0(d) + (e ^ (y & x));
      t = t1(b, g, h, a, load<u32>(k, 56) + w14); f += t; x = c ^ d; b = t + sum0(c) + (d ^ (x & y));
      t = t1(a, f, g, h, load<u32>(k, 60) + w15); e += t; y = b ^ c; a = t + sum0(b) + (c ^ (y & x));
      if (k == K + 192) break;
      w0 = schedule(w0, w1, w9, w14);
      w1 = schedule(w1, w2, w10, w15);
      w2 = schedule(w2, w3, w11, w0);
      w3 = schedule(w3, w4, w12, w1);
      w4 = schedule(w4, w5, w13, w2);
      w5 = schedule(w5, w6, w14, w3);
      w6 = schedule(w6, w7, w15, w4);
      w7 = schedule(w7, w8, w0, w5);
      w8 = schedule(w8, w9, w1, w6);
      w9 = schedule(w9, w10, w2, w7);
      w10 = schedule(w10, w11, w3, w8);
      w11 = schedule(w11, w12, w4, w9);
      w12 = schedule(w12, w13, w5, w10);
      w13 = schedule(w13, w14, w6, w11);
      w14 = schedule(w14, w15, w7, w12);
      w15 = schedule(w15, w0, w8, w13);
    }
    store<u32>(state, load<u32>(state, 0) + a, 0);
    store<u32>(state, load<u32>(state, 4) + b, 4);
    store<u32>(state, load<u32>(state, 8) + c, 8);
    store<u32>(state, load<u32>(state, 12) + d, 12);
    store<u32>(state, load<u32>(state, 16) + e, 16);
    store<u32>(state, load<u32>(state, 20) + f, 20);
    store<u32>(state, load<u32>(state, 24) + g, 24);
    store<u32>(state, load<u32>(state, 28) + h, 28);
    data += 64;
  }
  // CT end
}
