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

// FIPS 180-4 §4.2.3
const K = memory.data<u64>([
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

// Initial values: SHA-512 (§5.3.5), then SHA-384 (§5.3.4).
const INITIAL = memory.data<u64>([
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
}

// @ts-ignore: decorator
@inline
function word(data: usize, index: usize): u64 {
  return bswap<u64>(load<u64>(data + 8 * index));
}

// T1 of §6.4.2 step 3, kw = K_t + W_t. Ch as xors saves the complement.
// @ts-ignore: decorator
@inline
function t1(h: u64, e: u64, f: u64, g: u64, kw: u64): u64 {
  return h + kw + (rotr<u64>(e, 14) ^ rotr<u64>(e, 18) ^ rotr<u64>(e, 41)) + (g ^ (e & (f ^ g)));
}

// @ts-ignore: decorator
@inline
function sum0(a: u64): u64 {
  return rotr<u64>(a, 28) ^ rotr<u64>(a, 34) ^ rotr<u64>(a, 39);
}

// W_t from W_{t-16}, W_{t-15}, W_{t-7}, W_{t-2}
// @ts-ignore: decorator
@inline
function schedule(w16: u64, w15: u64, w7: u64, w2: u64): u64 {
  const s0 = rotr<u64>(w15, 1) ^ rotr<u64>(w15, 8) ^ (w15 >> 7);
  const s1 = rotr<u64>(w2, 19) ^ rotr<u64>(w2, 61) ^ (w2 >> 6);
  return w16 + s0 + w7 + s1;
}

/** The compression function over `blocks` blocks of 128 bytes at `data`; the chaining value stands at `state`. */
export function sha512Compress(state: usize, data: usize, blocks: usize): void {
  // CT begin: secret = chaining value, block
  for (; blocks > 0; blocks--) {
    let w0 = word(data, 0), w1 = word(data, 1), w2 = word(data, 2), w3 = word(data, 3);
    let w4 = word(data, 4), w5 = word(data, 5), w6 = word(data, 6), w7 = word(data, 7);
    let w8 = word(data, 8), w9 = word(data, 9), w10 = word(data, 10), w11 = word(data, 11);
    let w12 = word(data, 12), w13 = word(data, 13), w14 = word(data, 14), w15 = word(data, 15);
    let a = load<u64>(state, 0), b = load<u64>(state, 8), c = load<u64>(state, 16), d = load<u64>(state, 24);
    let e = load<u64>(state, 32), f = load<u64>(state, 40), g = load<u64>(state, 48), h = load<u64>(state, 56);
    // Maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)); a ^ b is the next round's b ^ c.
    let x: u64, y = b ^ c, t: u64;
    for (let k = K; ; k += 128) {
      t = t1(h, e, f, g, load<u64>(k, 0) + w0); d += t; x = a ^ b; h = t + sum0(a) + (b ^ (x & y));
      t = t1(g, d, e, f, load<u64>(k, 8) + w1); c += t; y = h ^ a; g = t + sum0(h) + (a ^ (y & x));
      t = t1(f, c, d, e, load<u64>(k, 16) + w2); b += t; x = g ^ h; f = t + sum0(g) + (h ^ (x & y));
      t = t1(e, b, c, d, load<u64>(k, 24) + w3); a += t; y = f ^ g; e = t + sum0(f) + (g ^ (y & x));
      t = t1(d, a, b, c, load<u64>(k, 32) + w4); h += t; x = e ^ f; d = t + sum0(e) + (f ^ (x & y));
      t = t1(c, h, a, b, load<u64>(k, 40) + w5); g += t; y = d ^ e; c = t + sum0(d) + (e ^ (y & x));
      t = t1(b, g, h, a, load<u64>(k, 48) + w6); f += t; x = c ^ d; b = t + sum0(c) + (d ^ (x & y));
      t = t1(a, f, g, h, load<u64>(k, 56) + w7); e += t; y = b ^ c; a = t + sum0(b) + (c ^ (y & x));
      t = t1(h, e, f, g, load<u64>(k, 64) + w8); d += t; x = a ^ b; h = t + sum0(a) + (b ^ (x & y));
      t = t1(g, d, e, f, load<u64>(k, 72) + w9); c += t; y = h ^ a; g = t + sum0(h) + (a ^ (y & x));
      t = t1(f, c, d, e, load<u64>(k, 80) + w10); b += t; x = g ^ h; f = t + sum0(g) + (h ^ (x & y));
      t = t1(e, b, c, d, load<u64>(k, 88) + w11); a += t; y = f ^ g; e = t + sum0(f) + (g ^ (y & x));
      t = t1(d, a, b, c, load<u64>(k, 96) + w12); h += t; x = e ^ f; d = t + sum0(e) + (f ^ (x & y));
      t = t1(c, h, a, b, load<u64>(k, 104) + w13); g += t; y = d ^ e; c = t + sum0(d) + (e ^ (y & x));
      t = t1(b, g, h, a, load<u64>(k, 112) + w14); f += t; x = c ^ d; b = t + sum0(c) + (d ^ (x & y));
      t = t1(a, f, g, h, load<u64>(k, 120) + w15); e += t; y = b ^ c; a = t + sum0(b) + (c ^ (y & x));
      if (k == K + 512) break;
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
  // CT end
}
