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

// Words of the block, big-endian to native.
const SWAP = memory.data<u8>([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12], 16);
// W_t + K_t of the sixteen rounds to come.
const words = memory.data(64, 16);

// T1 of §6.2.2 step 3, kw = K_t + W_t. Ch as xors saves the complement.
// @ts-ignore: decorator
@inline
function t1(h: u32, e: u32, f: u32, g: u32, kw: u32): u32 {
  return h + kw + (rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)) + (g ^ (e & (f ^ g)));
}

// Rotations by 2, 13 and 22, nested: it costs two copies less and is not on the critical path, as Sigma1 is.
// @ts-ignore: decorator
@inline
function sum0(a: u32): u32 {
  return rotr<u32>(rotr<u32>(rotr<u32>(a, 9) ^ a, 11) ^ a, 2);
}

// @ts-ignore: decorator
@inline
function sigma0(w: v128): v128 {
  const rotated7 = v128.xor(i32x4.shr_u(w, 7), i32x4.shl(w, 25));
  const rotated18 = v128.xor(i32x4.shr_u(w, 18), i32x4.shl(w, 14));
  return v128.xor(v128.xor(rotated7, rotated18), i32x4.shr_u(w, 3));
}

// @ts-ignore: decorator
@inline
function sigma1(w: v128): v128 {
  const rotated17 = v128.xor(i32x4.shr_u(w, 17), i32x4.shl(w, 15));
  const rotated19 = v128.xor(i32x4.shr_u(w, 19), i32x4.shl(w, 13));
  return v128.xor(v128.xor(rotated17, rotated19), i32x4.shr_u(w, 10));
}

// The next four words from the last sixteen. Words 2 and 3 need sigma1 of words 0 and 1, hence two steps; sigma1 of
// zero is zero.
// @ts-ignore: decorator
@inline
function schedule(w16: v128, w12: v128, w8: v128, w4: v128): v128 {
  const zero = i64x2.splat(0);
  const w15 = v128.shuffle<i32>(w16, w12, 1, 2, 3, 4);
  const w7 = v128.shuffle<i32>(w8, w4, 1, 2, 3, 4);
  let next = i32x4.add(i32x4.add(w16, w7), sigma0(w15));
  next = i32x4.add(next, sigma1(v128.shuffle<i64>(w4, zero, 1, 3)));
  return i32x4.add(next, sigma1(v128.shuffle<i64>(zero, next, 0, 2)));
}

/** The compression function over `blocks` blocks of 64 bytes at `data`; the chaining value stands at `state`. */
export function sha256Compress(state: usize, data: usize, blocks: usize): void {
  if (blocks == 0) return;
  // CT begin: secret = chaining value, block
  const swap = v128.load(SWAP);
  for (; blocks > 0; blocks--) {
    let w0 = i8x16.swizzle(v128.load(data, 0), swap), w1 = i8x16.swizzle(v128.load(data, 16), swap);
    let w2 = i8x16.swizzle(v128.load(data, 32), swap), w3 = i8x16.swizzle(v128.load(data, 48), swap);
    v128.store(words, i32x4.add(w0, v128.load(K, 0)), 0);
    v128.store(words, i32x4.add(w1, v128.load(K, 16)), 16);
    v128.store(words, i32x4.add(w2, v128.load(K, 32)), 32);
    v128.store(words, i32x4.add(w3, v128.load(K, 48)), 48);
    let a = load<u32>(state, 0), b = load<u32>(state, 4), c = load<u32>(state, 8), d = load<u32>(state, 12);
    let e = load<u32>(state, 16), f = load<u32>(state, 20), g = load<u32>(state, 24), h = load<u32>(state, 28);
    // Maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)); a ^ b is the next round's b ^ c.
    let x: u32, y = b ^ c, t: u32;
    // Rounds 0 to 47, each group of four followed by the words that its places hold sixteen rounds later.
    for (let k = K + 64; k < K + 256; k += 64) {
      t = t1(h, e, f, g, load<u32>(words, 0)); d += t; x = a ^ b; h = t + sum0(a) + (b ^ (x & y));
      t = t1(g, d, e, f, load<u32>(words, 4)); c += t; y = h ^ a; g = t + sum0(h) + (a ^ (y & x));
      t = t1(f, c, d, e, load<u32>(words, 8)); b += t; x = g ^ h; f = t + sum0(g) + (h ^ (x & y));
      t = t1(e, b, c, d, load<u32>(words, 12)); a += t; y = f ^ g; e = t + sum0(f) + (g ^ (y & x));
      w0 = schedule(w0, w1, w2, w3);
      v128.store(words, i32x4.add(w0, v128.load(k, 0)), 0);
      t = t1(d, a, b, c, load<u32>(words, 16)); h += t; x = e ^ f; d = t + sum0(e) + (f ^ (x & y));
      t = t1(c, h, a, b, load<u32>(words, 20)); g += t; y = d ^ e; c = t + sum0(d) + (e ^ (y & x));
      t = t1(b, g, h, a, load<u32>(words, 24)); f += t; x = c ^ d; b = t + sum0(c) + (d ^ (x & y));
      t = t1(a, f, g, h, load<u32>(words, 28)); e += t; y = b ^ c; a = t + sum0(b) + (c ^ (y & x));
      w1 = schedule(w1, w2, w3, w0);
      v128.store(words, i32x4.add(w1, v128.load(k, 16)), 16);
      t = t1(h, e, f, g, load<u32>(words, 32)); d += t; x = a ^ b; h = t + sum0(a) + (b ^ (x & y));
      t = t1(g, d, e, f, load<u32>(words, 36)); c += t; y = h ^ a; g = t + sum0(h) + (a ^ (y & x));
      t = t1(f, c, d, e, load<u32>(words, 40)); b += t; x = g ^ h; f = t + sum0(g) + (h ^ (x & y));
      t = t1(e, b, c, d, load<u32>(words, 44)); a += t; y = f ^ g; e = t + sum0(f) + (g ^ (y & x));
      w2 = schedule(w2, w3, w0, w1);
      v128.store(words, i32x4.add(w2, v128.load(k, 32)), 32);
      t = t1(d, a, b, c, load<u32>(words, 48)); h += t; x = e ^ f; d = t + sum0(e) + (f ^ (x & y));
      t = t1(c, h, a, b, load<u32>(words, 52)); g += t; y = d ^ e; c = t + sum0(d) + (e ^ (y & x));
      t = t1(b, g, h, a, load<u32>(words, 56)); f += t; x = c ^ d; b = t + sum0(c) + (d ^ (x & y));
      t = t1(a, f, g, h, load<u32>(words, 60)); e += t; y = b ^ c; a = t + sum0(b) + (c ^ (y & x));
      w3 = schedule(w3, w0, w1, w2);
      v128.store(words, i32x4.add(w3, v128.load(k, 48)), 48);
    }
    t = t1(h, e, f, g, load<u32>(words, 0)); d += t; x = a ^ b; h = t + sum0(a) + (b ^ (x & y));
    t = t1(g, d, e, f, load<u32>(words, 4)); c += t; y = h ^ a; g = t + sum0(h) + (a ^ (y & x));
    t = t1(f, c, d, e, load<u32>(words, 8)); b += t; x = g ^ h; f = t + sum0(g) + (h ^ (x & y));
    t = t1(e, b, c, d, load<u32>(words, 12)); a += t; y = f ^ g; e = t + sum0(f) + (g ^ (y & x));
    t = t1(d, a, b, c, load<u32>(words, 16)); h += t; x = e ^ f; d = t + sum0(e) + (f ^ (x & y));
    t = t1(c, h, a, b, load<u32>(words, 20)); g += t; y = d ^ e; c = t + sum0(d) + (e ^ (y & x));
    t = t1(b, g, h, a, load<u32>(words, 24)); f += t; x = c ^ d; b = t + sum0(c) + (d ^ (x & y));
    t = t1(a, f, g, h, load<u32>(words, 28)); e += t; y = b ^ c; a = t + sum0(b) + (c ^ (y & x));
    t = t1(h, e, f, g, load<u32>(words, 32)); d += t; x = a ^ b; h = t + sum0(a) + (b ^ (x & y));
    t = t1(g, d, e, f, load<u32>(words, 36)); c += t; y = h ^ a; g = t + sum0(h) + (a ^ (y & x));
    t = t1(f, c, d, e, load<u32>(words, 40)); b += t; x = g ^ h; f = t + sum0(g) + (h ^ (x & y));
    t = t1(e, b, c, d, load<u32>(words, 44)); a += t; y = f ^ g; e = t + sum0(f) + (g ^ (y & x));
    t = t1(d, a, b, c, load<u32>(words, 48)); h += t; x = e ^ f; d = t + sum0(e) + (f ^ (x & y));
    t = t1(c, h, a, b, load<u32>(words, 52)); g += t; y = d ^ e; c = t + sum0(d) + (e ^ (y & x));
    t = t1(b, g, h, a, load<u32>(words, 56)); f += t; x = c ^ d; b = t + sum0(c) + (d ^ (x & y));
    t = t1(a, f, g, h, load<u32>(words, 60)); e += t; y = b ^ c; a = t + sum0(b) + (c ^ (y & x));
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
  wipe(words, 64);
  // CT end
}
