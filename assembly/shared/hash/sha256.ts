// SHA-256 and SHA-224 (FIPS 180-4 §6.2, §6.3) over states that the caller owns. Time depends on lengths alone.
//
// State, SHA256_STATE_LENGTH bytes:
//    0  chaining value, 8 x u32
//   32  bytes taken so far, u64
//   40  digest length in bytes, u32
//   48  the block being filled, 64 bytes
import { wipe } from '../ct';
import { INITIAL, K } from './sha512';

export const SHA256_STATE_LENGTH: usize = 112;
const COUNT: usize = 32;
const DIGEST_LENGTH: usize = 40;
const BUFFER: usize = 48;

/** Starts SHA-256 in `state`. */
export function sha256Init(state: usize): void {
  // §5.3.3: the first 32 of the 64 bits that SHA-512 starts with.
  init(state, INITIAL + 4, 32);
}

/** Starts SHA-224 in `state`; goes on with sha256Update and sha256Final. */
export function sha224Init(state: usize): void {
  // §5.3.2: the second 32 of the 64 bits that SHA-384 starts with.
  init(state, INITIAL + 64, 28);
}

function init(state: usize, initial: usize, digestLength: u32): void {
  for (let i: usize = 0; i < 8; i++) store<u32>(state + (i << 2), load<u32>(initial + (i << 3)));
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
  // CT begin: secret = state
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
  // CT end
}

// Words of the block, big-endian to native.
const SWAP = memory.data<u8>([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12], 16);
// -(K_t + W_t) of the sixteen rounds to come, round t at place t mod 16.
const words = memory.data(64, 16);

// CT begin: secret = chaining value, words

// Leaves words t to t + 3 for their rounds. Negated, as V8 folds a load into a subtraction but not into an addition.
// @ts-ignore: decorator
@inline
function prepare(w: v128, t: usize): void {
  // §4.2.2: K_t is the first 32 of the 64 bits of SHA-512's, which stand second in memory.
  const low = v128.load(K + (t << 3));
  const high = v128.load(K + (t << 3), 16);
  v128.store(words + ((t & 15) << 2), i32x4.neg(i32x4.add(v128.shuffle<i32>(low, high, 1, 3, 5, 7), w)));
}

// As xors it saves the complement.
// @ts-ignore: decorator
@inline
function ch(e: u32, f: u32, g: u32): u32 {
  return g ^ (e & (f ^ g));
}

// Nested, the rotations of either sum would cost two copies less, but two cycles more on the path from one a or e to
// the next. These two paths bound the speed, not the number of instructions: the schedule beside them costs nothing.
// @ts-ignore: decorator
@inline
function sum0(a: u32): u32 {
  return rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
}

// @ts-ignore: decorator
@inline
function sum1(e: u32): u32 {
  return rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
}

// @ts-ignore: decorator
@inline
function sigma0(w: v128): v128 {
  const rotated7 = v128.xor(i32x4.shr_u(w, 7), i32x4.shl(w, 25));
  const rotated18 = v128.xor(i32x4.shr_u(w, 18), i32x4.shl(w, 14));
  return v128.xor(v128.xor(rotated7, rotated18), i32x4.shr_u(w, 3));
}

// sigma1 of two words, each of which stands in both halves of a 64-bit lane: a shift of the lane rotates its low half.
// Only the low halves of the result count.
// @ts-ignore: decorator
@inline
function sigma1(w: v128): v128 {
  return v128.xor(v128.xor(i64x2.shr_u(w, 17), i64x2.shr_u(w, 19)), i32x4.shr_u(w, 10));
}

// The next four words from the last sixteen. Words 2 and 3 need sigma1 of words 0 and 1, hence two steps.
// @ts-ignore: decorator
@inline
function schedule(w16: v128, w12: v128, w8: v128, w4: v128): v128 {
  const zero = i64x2.splat(0);
  const w15 = v128.shuffle<i32>(w16, w12, 1, 2, 3, 4);
  const w7 = v128.shuffle<i32>(w8, w4, 1, 2, 3, 4);
  let next = i32x4.add(i32x4.add(w16, w7), sigma0(w15));
  const low = sigma1(v128.shuffle<i32>(w4, w4, 2, 2, 3, 3));
  next = i32x4.add(next, v128.shuffle<i32>(low, zero, 0, 2, 4, 6));
  const high = sigma1(v128.shuffle<i32>(next, next, 0, 0, 1, 1));
  return i32x4.add(next, v128.shuffle<i32>(zero, high, 0, 2, 4, 6));
}
// CT end

/** The compression function over `blocks` blocks of 64 bytes at `data`; the chaining value stands at `state`. */
export function sha256Compress(state: usize, data: usize, blocks: usize): void {
  if (blocks == 0) return;
  // CT begin: secret = chaining value, block
  const swap = v128.load(SWAP);
  let a = load<u32>(state, 0), b = load<u32>(state, 4), c = load<u32>(state, 8), d = load<u32>(state, 12);
  let e = load<u32>(state, 16), f = load<u32>(state, 20), g = load<u32>(state, 24), h = load<u32>(state, 28);
  // The chaining value; §6.2.2 calls it H_0 to H_7.
  let h0 = a, h1 = b, h2 = c, h3 = d, h4 = e, h5 = f, h6 = g, h7 = h;
  for (; blocks > 0; blocks--) {
    let w0 = i8x16.swizzle(v128.load(data, 0), swap), w1 = i8x16.swizzle(v128.load(data, 16), swap);
    let w2 = i8x16.swizzle(v128.load(data, 32), swap), w3 = i8x16.swizzle(v128.load(data, 48), swap);
    prepare(w0, 0); prepare(w1, 4); prepare(w2, 8); prepare(w3, 12);
    // Maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)); a ^ b is the next round's b ^ c.
    let x: u32, y = b ^ c, t: u32;
    // §6.2.2 step 3, t = T_1. Four rounds are followed by the words that take their places sixteen rounds later.
    // Straight down, as a loop over sixteen rounds costs 3 to 8%. A sum ends with the term that is ready last. The new
    // a stands before the new e: the other way round Binaryen moves four a behind four e, and the processor does not
    // see far enough ahead to overlap the two paths.
    t = h - load<u32>(words, 0) + ch(e, f, g) + sum1(e); x = a ^ b; h = t + (b ^ (x & y)) + sum0(a); d += t;
    t = g - load<u32>(words, 4) + ch(d, e, f) + sum1(d); y = h ^ a; g = t + (a ^ (x & y)) + sum0(h); c += t;
    t = f - load<u32>(words, 8) + ch(c, d, e) + sum1(c); x = g ^ h; f = t + (h ^ (x & y)) + sum0(g); b += t;
    t = e - load<u32>(words, 12) + ch(b, c, d) + sum1(b); y = f ^ g; e = t + (g ^ (x & y)) + sum0(f); a += t;
    w0 = schedule(w0, w1, w2, w3); prepare(w0, 16);
    t = d - load<u32>(words, 16) + ch(a, b, c) + sum1(a); x = e ^ f; d = t + (f ^ (x & y)) + sum0(e); h += t;
    t = c - load<u32>(words, 20) + ch(h, a, b) + sum1(h); y = d ^ e; c = t + (e ^ (x & y)) + sum0(d); g += t;
    t = b - load<u32>(words, 24) + ch(g, h, a) + sum1(g); x = c ^ d; b = t + (d ^ (x & y)) + sum0(c); f += t;
    t = a - load<u32>(words, 28) + ch(f, g, h) + sum1(f); y = b ^ c; a = t + (c ^ (x & y)) + sum0(b); e += t;
    w1 = schedule(w1, w2, w3, w0); prepare(w1, 20);
    t = h - load<u32>(words, 32) + ch(e, f, g) + sum1(e); x = a ^ b; h = t + (b ^ (x & y)) + sum0(a); d += t;
    t = g - load<u32>(words, 36) + ch(d, e, f) + sum1(d); y = h ^ a; g = t + (a ^ (x & y)) + sum0(h); c += t;
    t = f - load<u32>(words, 40) + ch(c, d, e) + sum1(c); x = g ^ h; f = t + (h ^ (x & y)) + sum0(g); b += t;
    t = e - load<u32>(words, 44) + ch(b, c, d) + sum1(b); y = f ^ g; e = t + (g ^ (x & y)) + sum0(f); a += t;
    w2 = schedule(w2, w3, w0, w1); prepare(w2, 24);
    t = d - load<u32>(words, 48) + ch(a, b, c) + sum1(a); x = e ^ f; d = t + (f ^ (x & y)) + sum0(e); h += t;
    t = c - load<u32>(words, 52) + ch(h, a, b) + sum1(h); y = d ^ e; c = t + (e ^ (x & y)) + sum0(d); g += t;
    t = b - load<u32>(words, 56) + ch(g, h, a) + sum1(g); x = c ^ d; b = t + (d ^ (x & y)) + sum0(c); f += t;
    t = a - load<u32>(words, 60) + ch(f, g, h) + sum1(f); y = b ^ c; a = t + (c ^ (x & y)) + sum0(b); e += t;
    w3 = schedule(w3, w0, w1, w2); prepare(w3, 28);
    t = h - load<u32>(words, 0) + ch(e, f, g) + sum1(e); x = a ^ b; h = t + (b ^ (x & y)) + sum0(a); d += t;
    t = g - load<u32>(words, 4) + ch(d, e, f) + sum1(d); y = h ^ a; g = t + (a ^ (x & y)) + sum0(h); c += t;
    t = f - load<u32>(words, 8) + ch(c, d, e) + sum1(c); x = g ^ h; f = t + (h ^ (x & y)) + sum0(g); b += t;
    t = e - load<u32>(words, 12) + ch(b, c, d) + sum1(b); y = f ^ g; e = t + (g ^ (x & y)) + sum0(f); a += t;
    w0 = schedule(w0, w1, w2, w3); prepare(w0, 32);
    t = d - load<u32>(words, 16) + ch(a, b, c) + sum1(a); x = e ^ f; d = t + (f ^ (x & y)) + sum0(e); h += t;
    t = c - load<u32>(words, 20) + ch(h, a, b) + sum1(h); y = d ^ e; c = t + (e ^ (x & y)) + sum0(d); g += t;
    t = b - load<u32>(words, 24) + ch(g, h, a) + sum1(g); x = c ^ d; b = t + (d ^ (x & y)) + sum0(c); f += t;
    t = a - load<u32>(words, 28) + ch(f, g, h) + sum1(f); y = b ^ c; a = t + (c ^ (x & y)) + sum0(b); e += t;
    w1 = schedule(w1, w2, w3, w0); prepare(w1, 36);
    t = h - load<u32>(words, 32) + ch(e, f, g) + sum1(e); x = a ^ b; h = t + (b ^ (x & y)) + sum0(a); d += t;
    t = g - load<u32>(words, 36) + ch(d, e, f) + sum1(d); y = h ^ a; g = t + (a ^ (x & y)) + sum0(h); c += t;
    t = f - load<u32>(words, 40) + ch(c, d, e) + sum1(c); x = g ^ h; f = t + (h ^ (x & y)) + sum0(g); b += t;
    t = e - load<u32>(words, 44) + ch(b, c, d) + sum1(b); y = f ^ g; e = t + (g ^ (x & y)) + sum0(f); a += t;
    w2 = schedule(w2, w3, w0, w1); prepare(w2, 40);
    t = d - load<u32>(words, 48) + ch(a, b, c) + sum1(a); x = e ^ f; d = t + (f ^ (x & y)) + sum0(e); h += t;
    t = c - load<u32>(words, 52) + ch(h, a, b) + sum1(h); y = d ^ e; c = t + (e ^ (x & y)) + sum0(d); g += t;
    t = b - load<u32>(words, 56) + ch(g, h, a) + sum1(g); x = c ^ d; b = t + (d ^ (x & y)) + sum0(c); f += t;
    t = a - load<u32>(words, 60) + ch(f, g, h) + sum1(f); y = b ^ c; a = t + (c ^ (x & y)) + sum0(b); e += t;
    w3 = schedule(w3, w0, w1, w2); prepare(w3, 44);
    t = h - load<u32>(words, 0) + ch(e, f, g) + sum1(e); x = a ^ b; h = t + (b ^ (x & y)) + sum0(a); d += t;
    t = g - load<u32>(words, 4) + ch(d, e, f) + sum1(d); y = h ^ a; g = t + (a ^ (x & y)) + sum0(h); c += t;
    t = f - load<u32>(words, 8) + ch(c, d, e) + sum1(c); x = g ^ h; f = t + (h ^ (x & y)) + sum0(g); b += t;
    t = e - load<u32>(words, 12) + ch(b, c, d) + sum1(b); y = f ^ g; e = t + (g ^ (x & y)) + sum0(f); a += t;
    w0 = schedule(w0, w1, w2, w3); prepare(w0, 48);
    t = d - load<u32>(words, 16) + ch(a, b, c) + sum1(a); x = e ^ f; d = t + (f ^ (x & y)) + sum0(e); h += t;
    t = c - load<u32>(words, 20) + ch(h, a, b) + sum1(h); y = d ^ e; c = t + (e ^ (x & y)) + sum0(d); g += t;
    t = b - load<u32>(words, 24) + ch(g, h, a) + sum1(g); x = c ^ d; b = t + (d ^ (x & y)) + sum0(c); f += t;
    t = a - load<u32>(words, 28) + ch(f, g, h) + sum1(f); y = b ^ c; a = t + (c ^ (x & y)) + sum0(b); e += t;
    w1 = schedule(w1, w2, w3, w0); prepare(w1, 52);
    t = h - load<u32>(words, 32) + ch(e, f, g) + sum1(e); x = a ^ b; h = t + (b ^ (x & y)) + sum0(a); d += t;
    t = g - load<u32>(words, 36) + ch(d, e, f) + sum1(d); y = h ^ a; g = t + (a ^ (x & y)) + sum0(h); c += t;
    t = f - load<u32>(words, 40) + ch(c, d, e) + sum1(c); x = g ^ h; f = t + (h ^ (x & y)) + sum0(g); b += t;
    t = e - load<u32>(words, 44) + ch(b, c, d) + sum1(b); y = f ^ g; e = t + (g ^ (x & y)) + sum0(f); a += t;
    w2 = schedule(w2, w3, w0, w1); prepare(w2, 56);
    t = d - load<u32>(words, 48) + ch(a, b, c) + sum1(a); x = e ^ f; d = t + (f ^ (x & y)) + sum0(e); h += t;
    t = c - load<u32>(words, 52) + ch(h, a, b) + sum1(h); y = d ^ e; c = t + (e ^ (x & y)) + sum0(d); g += t;
    t = b - load<u32>(words, 56) + ch(g, h, a) + sum1(g); x = c ^ d; b = t + (d ^ (x & y)) + sum0(c); f += t;
    t = a - load<u32>(words, 60) + ch(f, g, h) + sum1(f); y = b ^ c; a = t + (c ^ (x & y)) + sum0(b); e += t;
    w3 = schedule(w3, w0, w1, w2); prepare(w3, 60);
    t = h - load<u32>(words, 0) + ch(e, f, g) + sum1(e); x = a ^ b; h = t + (b ^ (x & y)) + sum0(a); d += t;
    t = g - load<u32>(words, 4) + ch(d, e, f) + sum1(d); y = h ^ a; g = t + (a ^ (x & y)) + sum0(h); c += t;
    t = f - load<u32>(words, 8) + ch(c, d, e) + sum1(c); x = g ^ h; f = t + (h ^ (x & y)) + sum0(g); b += t;
    t = e - load<u32>(words, 12) + ch(b, c, d) + sum1(b); y = f ^ g; e = t + (g ^ (x & y)) + sum0(f); a += t;
    t = d - load<u32>(words, 16) + ch(a, b, c) + sum1(a); x = e ^ f; d = t + (f ^ (x & y)) + sum0(e); h += t;
    t = c - load<u32>(words, 20) + ch(h, a, b) + sum1(h); y = d ^ e; c = t + (e ^ (x & y)) + sum0(d); g += t;
    t = b - load<u32>(words, 24) + ch(g, h, a) + sum1(g); x = c ^ d; b = t + (d ^ (x & y)) + sum0(c); f += t;
    t = a - load<u32>(words, 28) + ch(f, g, h) + sum1(f); y = b ^ c; a = t + (c ^ (x & y)) + sum0(b); e += t;
    t = h - load<u32>(words, 32) + ch(e, f, g) + sum1(e); x = a ^ b; h = t + (b ^ (x & y)) + sum0(a); d += t;
    t = g - load<u32>(words, 36) + ch(d, e, f) + sum1(d); y = h ^ a; g = t + (a ^ (x & y)) + sum0(h); c += t;
    t = f - load<u32>(words, 40) + ch(c, d, e) + sum1(c); x = g ^ h; f = t + (h ^ (x & y)) + sum0(g); b += t;
    t = e - load<u32>(words, 44) + ch(b, c, d) + sum1(b); y = f ^ g; e = t + (g ^ (x & y)) + sum0(f); a += t;
    t = d - load<u32>(words, 48) + ch(a, b, c) + sum1(a); x = e ^ f; d = t + (f ^ (x & y)) + sum0(e); h += t;
    t = c - load<u32>(words, 52) + ch(h, a, b) + sum1(h); y = d ^ e; c = t + (e ^ (x & y)) + sum0(d); g += t;
    t = b - load<u32>(words, 56) + ch(g, h, a) + sum1(g); x = c ^ d; b = t + (d ^ (x & y)) + sum0(c); f += t;
    t = a - load<u32>(words, 60) + ch(f, g, h) + sum1(f); y = b ^ c; a = t + (c ^ (x & y)) + sum0(b); e += t;
    a += h0; h0 = a;
    b += h1; h1 = b;
    c += h2; h2 = c;
    d += h3; h3 = d;
    e += h4; h4 = e;
    f += h5; h5 = f;
    g += h6; h6 = g;
    h += h7; h7 = h;
    data += 64;
  }
  store<u32>(state, a, 0);
  store<u32>(state, b, 4);
  store<u32>(state, c, 8);
  store<u32>(state, d, 12);
  store<u32>(state, e, 16);
  store<u32>(state, f, 20);
  store<u32>(state, g, 24);
  store<u32>(state, h, 28);
  wipe(words, 64);
  // CT end
}
