// SHA-512 and SHA-384 (FIPS 180-4 §6.4, §6.5) over states that the caller owns. Time depends on lengths alone.
//
// State, SHA512_STATE_LENGTH bytes:
//    0  chaining value, 8 x u64
//   64  bytes taken so far, u64 (the standard counts bits in 128; no input here reaches 2^61 bytes)
//   72  digest length in bytes, u32
//   80  the block being filled, 128 bytes
import { wipe } from '../ct';

export const SHA512_STATE_LENGTH: usize = 208;
const COUNT: usize = 64;
const DIGEST_LENGTH: usize = 72;
const BUFFER: usize = 80;

/** FIPS 180-4 §4.2.3. The first halves are the constants of SHA-256. */
export const K = memory.data<u64>([
  0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
  0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
  0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
  0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
  0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
  0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
  0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
  0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
  0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
  0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
  0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
  0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
  0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
  0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
  0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
  0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
  0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
  0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
  0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
  0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
]);

/** Initial values: SHA-512 (§5.3.5), then SHA-384 (§5.3.4). Halves of them are those of SHA-256 and SHA-224. */
export const INITIAL = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
  0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
  0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
  0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
]);

/** Starts SHA-512 in `state`. */
export function sha512Init(state: usize): void {
  init(state, INITIAL, 64);
}

/** Starts SHA-384 in `state`; goes on with sha512Update and sha512Final. */
export function sha384Init(state: usize): void {
  init(state, INITIAL + 64, 48);
}

function init(state: usize, initial: usize, digestLength: u32): void {
  memory.copy(state, initial, 64);
  store<u64>(state, 0, COUNT);
  store<u32>(state, digestLength, DIGEST_LENGTH);
}

/** Hashes `length` bytes at `data`, of any alignment. */
export function sha512Update(state: usize, data: usize, length: usize): void {
  const count = load<u64>(state, COUNT);
  store<u64>(state, count + <u64>length, COUNT);
  const used = <usize>count & 127;
  if (used != 0) {
    const room: usize = 128 - used;
    if (length < room) {
      memory.copy(state + BUFFER + used, data, length);
      return;
    }
    memory.copy(state + BUFFER + used, data, room);
    sha512Compress(state, state + BUFFER, 1);
    data += room;
    length -= room;
  }
  const blocks = length >> 7;
  sha512Compress(state, data, blocks);
  memory.copy(state + BUFFER, data + (blocks << 7), length & 127);
}

/** Writes the digest (64 bytes, or 48 for SHA-384) to `out` and wipes the state. */
export function sha512Final(state: usize, out: usize): void {
  // CT begin: secret = state
  const count = load<u64>(state, COUNT);
  const used = <usize>count & 127;
  store<u8>(state + BUFFER + used, 0x80);
  memory.fill(state + BUFFER + used + 1, 0, 127 - used);
  if (used > 111) {
    sha512Compress(state, state + BUFFER, 1);
    memory.fill(state + BUFFER, 0, 112);
  }
  store<u64>(state, 0, BUFFER + 112);
  store<u64>(state, bswap<u64>(count << 3), BUFFER + 120);
  sha512Compress(state, state + BUFFER, 1);
  const length = <usize>load<u32>(state, DIGEST_LENGTH);
  for (let i: usize = 0; i < length; i += 8) store<u64>(out + i, bswap<u64>(load<u64>(state + i)));
  wipe(state, SHA512_STATE_LENGTH);
  // CT end
}

// Words of the block, big-endian to native.
const SWAP = memory.data<u8>([7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8], 16);
// W_t + K_t of the sixteen rounds to come.
const words = memory.data(128, 16);

// T1 of §6.4.2 step 3, kw = K_t + W_t. Ch as xors saves the complement.
// @ts-ignore: decorator
@inline
function t1(h: u64, e: u64, f: u64, g: u64, kw: u64): u64 {
  return h + kw + (rotr<u64>(e, 14) ^ rotr<u64>(e, 18) ^ rotr<u64>(e, 41)) + (g ^ (e & (f ^ g)));
}

// Rotations by 28, 34 and 39, nested: it costs two copies less and is not on the critical path, as Sigma1 is.
// @ts-ignore: decorator
@inline
function sum0(a: u64): u64 {
  return rotr<u64>(rotr<u64>(rotr<u64>(a, 5) ^ a, 6) ^ a, 28);
}

// CT begin: secret = words

// @ts-ignore: decorator
@inline
function sigma0(w: v128): v128 {
  const rotated1 = v128.xor(i64x2.shr_u(w, 1), i64x2.shl(w, 63));
  const rotated8 = v128.xor(i64x2.shr_u(w, 8), i64x2.shl(w, 56));
  return v128.xor(v128.xor(rotated1, rotated8), i64x2.shr_u(w, 7));
}

// @ts-ignore: decorator
@inline
function sigma1(w: v128): v128 {
  const rotated19 = v128.xor(i64x2.shr_u(w, 19), i64x2.shl(w, 45));
  const rotated61 = v128.xor(i64x2.shr_u(w, 61), i64x2.shl(w, 3));
  return v128.xor(v128.xor(rotated19, rotated61), i64x2.shr_u(w, 6));
}

// The next two words from the last sixteen: pairs from W_{t-16}, W_{t-14}, W_{t-8}, W_{t-6} and W_{t-2} on.
// @ts-ignore: decorator
@inline
function schedule(w16: v128, w14: v128, w8: v128, w6: v128, w2: v128): v128 {
  const w15 = v128.shuffle<i64>(w16, w14, 1, 2);
  const w7 = v128.shuffle<i64>(w8, w6, 1, 2);
  return i64x2.add(i64x2.add(w16, w7), i64x2.add(sigma0(w15), sigma1(w2)));
}
// CT end

/** The compression function over `blocks` blocks of 128 bytes at `data`; the chaining value stands at `state`. */
export function sha512Compress(state: usize, data: usize, blocks: usize): void {
  if (blocks == 0) return;
  // CT begin: secret = chaining value, block
  const swap = v128.load(SWAP);
  for (; blocks > 0; blocks--) {
    let w0 = i8x16.swizzle(v128.load(data, 0), swap), w1 = i8x16.swizzle(v128.load(data, 16), swap);
    let w2 = i8x16.swizzle(v128.load(data, 32), swap), w3 = i8x16.swizzle(v128.load(data, 48), swap);
    let w4 = i8x16.swizzle(v128.load(data, 64), swap), w5 = i8x16.swizzle(v128.load(data, 80), swap);
    let w6 = i8x16.swizzle(v128.load(data, 96), swap), w7 = i8x16.swizzle(v128.load(data, 112), swap);
    v128.store(words, i64x2.add(w0, v128.load(K, 0)), 0);
    v128.store(words, i64x2.add(w1, v128.load(K, 16)), 16);
    v128.store(words, i64x2.add(w2, v128.load(K, 32)), 32);
    v128.store(words, i64x2.add(w3, v128.load(K, 48)), 48);
    v128.store(words, i64x2.add(w4, v128.load(K, 64)), 64);
    v128.store(words, i64x2.add(w5, v128.load(K, 80)), 80);
    v128.store(words, i64x2.add(w6, v128.load(K, 96)), 96);
    v128.store(words, i64x2.add(w7, v128.load(K, 112)), 112);
    let a = load<u64>(state, 0), b = load<u64>(state, 8), c = load<u64>(state, 16), d = load<u64>(state, 24);
    let e = load<u64>(state, 32), f = load<u64>(state, 40), g = load<u64>(state, 48), h = load<u64>(state, 56);
    // Maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)); a ^ b is the next round's b ^ c.
    let x: u64, y = b ^ c, t: u64;
    // Rounds 0 to 63, each pair followed by the words that its places hold sixteen rounds later.
    for (let k = K + 128; k < K + 640; k += 128) {
      t = t1(h, e, f, g, load<u64>(words, 0)); d += t; x = a ^ b; h = t + sum0(a) + (b ^ (x & y));
      t = t1(g, d, e, f, load<u64>(words, 8)); c += t; y = h ^ a; g = t + sum0(h) + (a ^ (y & x));
      w0 = schedule(w0, w1, w4, w5, w7);
      v128.store(words, i64x2.add(w0, v128.load(k, 0)), 0);
      t = t1(f, c, d, e, load<u64>(words, 16)); b += t; x = g ^ h; f = t + sum0(g) + (h ^ (x & y));
      t = t1(e, b, c, d, load<u64>(words, 24)); a += t; y = f ^ g; e = t + sum0(f) + (g ^ (y & x));
      w1 = schedule(w1, w2, w5, w6, w0);
      v128.store(words, i64x2.add(w1, v128.load(k, 16)), 16);
      t = t1(d, a, b, c, load<u64>(words, 32)); h += t; x = e ^ f; d = t + sum0(e) + (f ^ (x & y));
      t = t1(c, h, a, b, load<u64>(words, 40)); g += t; y = d ^ e; c = t + sum0(d) + (e ^ (y & x));
      w2 = schedule(w2, w3, w6, w7, w1);
      v128.store(words, i64x2.add(w2, v128.load(k, 32)), 32);
      t = t1(b, g, h, a, load<u64>(words, 48)); f += t; x = c ^ d; b = t + sum0(c) + (d ^ (x & y));
      t = t1(a, f, g, h, load<u64>(words, 56)); e += t; y = b ^ c; a = t + sum0(b) + (c ^ (y & x));
      w3 = schedule(w3, w4, w7, w0, w2);
      v128.store(words, i64x2.add(w3, v128.load(k, 48)), 48);
      t = t1(h, e, f, g, load<u64>(words, 64)); d += t; x = a ^ b; h = t + sum0(a) + (b ^ (x & y));
      t = t1(g, d, e, f, load<u64>(words, 72)); c += t; y = h ^ a; g = t + sum0(h) + (a ^ (y & x));
      w4 = schedule(w4, w5, w0, w1, w3);
      v128.store(words, i64x2.add(w4, v128.load(k, 64)), 64);
      t = t1(f, c, d, e, load<u64>(words, 80)); b += t; x = g ^ h; f = t + sum0(g) + (h ^ (x & y));
      t = t1(e, b, c, d, load<u64>(words, 88)); a += t; y = f ^ g; e = t + sum0(f) + (g ^ (y & x));
      w5 = schedule(w5, w6, w1, w2, w4);
      v128.store(words, i64x2.add(w5, v128.load(k, 80)), 80);
      t = t1(d, a, b, c, load<u64>(words, 96)); h += t; x = e ^ f; d = t + sum0(e) + (f ^ (x & y));
      t = t1(c, h, a, b, load<u64>(words, 104)); g += t; y = d ^ e; c = t + sum0(d) + (e ^ (y & x));
      w6 = schedule(w6, w7, w2, w3, w5);
      v128.store(words, i64x2.add(w6, v128.load(k, 96)), 96);
      t = t1(b, g, h, a, load<u64>(words, 112)); f += t; x = c ^ d; b = t + sum0(c) + (d ^ (x & y));
      t = t1(a, f, g, h, load<u64>(words, 120)); e += t; y = b ^ c; a = t + sum0(b) + (c ^ (y & x));
      w7 = schedule(w7, w0, w3, w4, w6);
      v128.store(words, i64x2.add(w7, v128.load(k, 112)), 112);
    }
    t = t1(h, e, f, g, load<u64>(words, 0)); d += t; x = a ^ b; h = t + sum0(a) + (b ^ (x & y));
    t = t1(g, d, e, f, load<u64>(words, 8)); c += t; y = h ^ a; g = t + sum0(h) + (a ^ (y & x));
    t = t1(f, c, d, e, load<u64>(words, 16)); b += t; x = g ^ h; f = t + sum0(g) + (h ^ (x & y));
    t = t1(e, b, c, d, load<u64>(words, 24)); a += t; y = f ^ g; e = t + sum0(f) + (g ^ (y & x));
    t = t1(d, a, b, c, load<u64>(words, 32)); h += t; x = e ^ f; d = t + sum0(e) + (f ^ (x & y));
    t = t1(c, h, a, b, load<u64>(words, 40)); g += t; y = d ^ e; c = t + sum0(d) + (e ^ (y & x));
    t = t1(b, g, h, a, load<u64>(words, 48)); f += t; x = c ^ d; b = t + sum0(c) + (d ^ (x & y));
    t = t1(a, f, g, h, load<u64>(words, 56)); e += t; y = b ^ c; a = t + sum0(b) + (c ^ (y & x));
    t = t1(h, e, f, g, load<u64>(words, 64)); d += t; x = a ^ b; h = t + sum0(a) + (b ^ (x & y));
    t = t1(g, d, e, f, load<u64>(words, 72)); c += t; y = h ^ a; g = t + sum0(h) + (a ^ (y & x));
    t = t1(f, c, d, e, load<u64>(words, 80)); b += t; x = g ^ h; f = t + sum0(g) + (h ^ (x & y));
    t = t1(e, b, c, d, load<u64>(words, 88)); a += t; y = f ^ g; e = t + sum0(f) + (g ^ (y & x));
    t = t1(d, a, b, c, load<u64>(words, 96)); h += t; x = e ^ f; d = t + sum0(e) + (f ^ (x & y));
    t = t1(c, h, a, b, load<u64>(words, 104)); g += t; y = d ^ e; c = t + sum0(d) + (e ^ (y & x));
    t = t1(b, g, h, a, load<u64>(words, 112)); f += t; x = c ^ d; b = t + sum0(c) + (d ^ (x & y));
    t = t1(a, f, g, h, load<u64>(words, 120)); e += t; y = b ^ c; a = t + sum0(b) + (c ^ (y & x));
    store<u64>(state, load<u64>(state, 0) + a, 0);
    store<u64>(state, load<u64>(state, 8) + b, 8);
    store<u64>(state, load<u64>(state, 16) + c, 16);
    store<u64>(state, load<u64>(state, 24) + d, 24);
    store<u64>(state, load<u64>(state, 32) + e, 32);
    store<u64>(state, load<u64>(state, 40) + f, 40);
    store<u64>(state, load<u64>(state, 48) + g, 48);
    store<u64>(state, load<u64>(state, 56) + h, 56);
    data += 128;
  }
  wipe(words, 128);
  // CT end
}
