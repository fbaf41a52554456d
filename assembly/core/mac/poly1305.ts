// Poly1305 (RFC 8439 §2.5) for the AEAD of §2.8: whole blocks only, the last one filled with zeros. Scalar arithmetic
// modulo p = 2^130 - 5 in five limbs of 26 bits, four blocks a step. Time depends on lengths alone.
import { choose64, less64, wipe } from '../../shared/ct';

const MASK: u64 = 0x3ffffff;
// 2^128, which RFC 8439 §2.5 sets above each block: bit 24 of limb 4.
const TOP: u64 = 1 << 24;

// A power of r: limbs r0..r4, then s1..s4 = 5 * r1..r4 (2^130 is 5 modulo p), u64 each. Limbs are at most 2^26 + 2^7
// (a carry is left in limb 1), so s < 2^28.4.
const POWER: usize = 72;
const R1 = memory.data(288, 16);
const R2 = R1 + POWER;
const R3 = R2 + POWER;
const R4 = R3 + POWER;
// Column sums of a step, five u64.
const SUMS = memory.data(40, 16);
// The accumulator, five u64 limbs of at most 2^26 + 2^7.
const H = memory.data(40, 16);
// The second half of the key, added at the end.
const S = memory.data(16, 16);
// A last block filled with zeros.
const block = memory.data(16, 16);

/** Starts a MAC with the 32-byte one-time key at `key`. */
export function poly1305Init(key: usize): void {
  // CT begin: secret = key
  // RFC 8439 §2.5: r &= 0x0ffffffc0ffffffc0ffffffc0fffffff
  const low = load<u64>(key, 0) & 0x0ffffffc0fffffff;
  const high = load<u64>(key, 8) & 0x0ffffffc0ffffffc;
  storePower(R1, limb0(low), limb1(low), limb2(low, high), limb3(high), limb4(high));
  v128.store(S, v128.load(key, 16));
  memory.fill(H, 0, 40);
  // CT end
}

/** Takes `length` bytes at `data`, filled with zeros to a multiple of 16 (RFC 8439 §2.8, pad16). */
export function poly1305Padded(data: usize, length: usize): void {
  // Powers pay for themselves from eight blocks on.
  if (length >= 128) {
    poly1305Powers();
    const steps = length >> 6;
    poly1305Steps(data, steps);
    data += steps << 6;
    length &= 63;
  }
  for (; length >= 16; length -= 16) {
    oneBlock(data);
    data += 16;
  }
  if (length > 0) {
    v128.store(block, i64x2.splat(0));
    memory.copy(block, data, length);
    oneBlock(block);
  }
}

/** Takes the block of two 64-bit lengths (RFC 8439 §2.8) and writes the 16-byte tag. */
export function poly1305Final(aadLength: u64, dataLength: u64, tag: usize): void {
  store<u64>(block, aadLength, 0);
  store<u64>(block, dataLength, 8);
  oneBlock(block);
  // CT begin: secret = accumulator, key
  let h0 = load<u64>(H, 0), h1 = load<u64>(H, 8), h2 = load<u64>(H, 16), h3 = load<u64>(H, 24), h4 = load<u64>(H, 32);
  h2 += h1 >> 26; h1 &= MASK;
  h3 += h2 >> 26; h2 &= MASK;
  h4 += h3 >> 26; h3 &= MASK;
  h0 += 5 * (h4 >> 26); h4 &= MASK;
  h1 += h0 >> 26; h0 &= MASK;
  // Now h < 2^130 + small, h1 at most 2^26. g = h - p is taken if it is not negative.
  let g0 = h0 + 5;
  let g1 = h1 + (g0 >> 26);
  let g2 = h2 + (g1 >> 26);
  let g3 = h3 + (g2 >> 26);
  const g4 = h4 + (g3 >> 26) - (1 << 26);
  const keep = <u64>(<i64>g4 >> 63);
  h0 = choose64(keep, g0 & MASK, h0);
  h1 = choose64(keep, g1 & MASK, h1);
  h2 = choose64(keep, g2 & MASK, h2);
  h3 = choose64(keep, g3 & MASK, h3);
  h4 = choose64(keep, g4 & MASK, h4);
  // h + s modulo 2^128. Limb 1 may still be 2^26: additions carry it, where an or would lose it.
  const low = h0 + (h1 << 26) + (h2 << 52);
  const lowCarry = less64(low, h2 << 52) & 1;
  const high = (h2 >> 12) + (h3 << 14) + (h4 << 40) + lowCarry;
  const sum = low + load<u64>(S, 0);
  store<u64>(tag, sum, 0);
  store<u64>(tag, high + load<u64>(S, 8) + (less64(sum, low) & 1), 8);
  // CT end
}

/** Wipes the key, its powers and the accumulator. */
export function poly1305Wipe(): void {
  wipe(R1, 4 * POWER);
  wipe(SUMS, 40);
  wipe(H, 40);
  wipe(S, 16);
  wipe(block, 16);
}

// CT begin: secret = the limbs

// Limbs of a 128-bit number.
// @ts-ignore: decorator
@inline
function limb0(low: u64): u64 {
  return low & MASK;
}

// @ts-ignore: decorator
@inline
function limb1(low: u64): u64 {
  return (low >> 26) & MASK;
}

// @ts-ignore: decorator
@inline
function limb2(low: u64, high: u64): u64 {
  return ((low >> 52) | (high << 12)) & MASK;
}

// @ts-ignore: decorator
@inline
function limb3(high: u64): u64 {
  return (high >> 14) & MASK;
}

// @ts-ignore: decorator
@inline
function limb4(high: u64): u64 {
  return high >> 40;
}

// Columns of the product of l0..l4 (at most 2^27 + 2^7) and the power at r. Each is below
// 2^27.1 * (2^26.1 + 4 * 2^28.4) < 2^57.7, four of them below 2^59.7.
// @ts-ignore: decorator
@inline
function column0(l0: u64, l1: u64, l2: u64, l3: u64, l4: u64, r: usize): u64 {
  return l0 * load<u64>(r, 0) + l1 * load<u64>(r, 64) + l2 * load<u64>(r, 56) + l3 * load<u64>(r, 48) +
    l4 * load<u64>(r, 40);
}

// @ts-ignore: decorator
@inline
function column1(l0: u64, l1: u64, l2: u64, l3: u64, l4: u64, r: usize): u64 {
  return l0 * load<u64>(r, 8) + l1 * load<u64>(r, 0) + l2 * load<u64>(r, 64) + l3 * load<u64>(r, 56) +
    l4 * load<u64>(r, 48);
}

// @ts-ignore: decorator
@inline
function column2(l0: u64, l1: u64, l2: u64, l3: u64, l4: u64, r: usize): u64 {
  return l0 * load<u64>(r, 16) + l1 * load<u64>(r, 8) + l2 * load<u64>(r, 0) + l3 * load<u64>(r, 64) +
    l4 * load<u64>(r, 56);
}

// @ts-ignore: decorator
@inline
function column3(l0: u64, l1: u64, l2: u64, l3: u64, l4: u64, r: usize): u64 {
  return l0 * load<u64>(r, 24) + l1 * load<u64>(r, 16) + l2 * load<u64>(r, 8) + l3 * load<u64>(r, 0) +
    l4 * load<u64>(r, 64);
}

// @ts-ignore: decorator
@inline
function column4(l0: u64, l1: u64, l2: u64, l3: u64, l4: u64, r: usize): u64 {
  return l0 * load<u64>(r, 32) + l1 * load<u64>(r, 24) + l2 * load<u64>(r, 16) + l3 * load<u64>(r, 8) +
    l4 * load<u64>(r, 0);
}

function storePower(power: usize, r0: u64, r1: u64, r2: u64, r3: u64, r4: u64): void {
  store<u64>(power, r0, 0);
  store<u64>(power, r1, 8);
  store<u64>(power, r2, 16);
  store<u64>(power, r3, 24);
  store<u64>(power, r4, 32);
  store<u64>(power, 5 * r1, 40);
  store<u64>(power, 5 * r2, 48);
  store<u64>(power, 5 * r3, 56);
  store<u64>(power, 5 * r4, 64);
}
// CT end

// out = l0..l4 * r, reduced to limbs of at most 2^26 + 2^7; out may be H.
function multiply(l0: u64, l1: u64, l2: u64, l3: u64, l4: u64, r: usize, out: usize): void {
  // CT begin: secret = limbs, power
  let d0 = column0(l0, l1, l2, l3, l4, r);
  let d1 = column1(l0, l1, l2, l3, l4, r);
  let d2 = column2(l0, l1, l2, l3, l4, r);
  let d3 = column3(l0, l1, l2, l3, l4, r);
  let d4 = column4(l0, l1, l2, l3, l4, r);
  d1 += d0 >> 26; d0 &= MASK;
  d2 += d1 >> 26; d1 &= MASK;
  d3 += d2 >> 26; d2 &= MASK;
  d4 += d3 >> 26; d3 &= MASK;
  d0 += 5 * (d4 >> 26); d4 &= MASK;
  d1 += d0 >> 26; d0 &= MASK;
  store<u64>(out, d0, 0);
  store<u64>(out, d1, 8);
  store<u64>(out, d2, 16);
  store<u64>(out, d3, 24);
  store<u64>(out, d4, 32);
  // CT end
}

/** What steps need, once a message. */
export function poly1305Powers(): void {
  power(R2, R1);
  power(R3, R2);
  power(R4, R3);
}

// CT begin: secret = powers, data, accumulator

// out = previous * r
function power(out: usize, previous: usize): void {
  multiply(
    load<u64>(previous, 0), load<u64>(previous, 8), load<u64>(previous, 16), load<u64>(previous, 24),
    load<u64>(previous, 32), R1, out
  );
  storePower(out, load<u64>(out, 0), load<u64>(out, 8), load<u64>(out, 16), load<u64>(out, 24), load<u64>(out, 32));
}

// h = (h + block) * r
function oneBlock(data: usize): void {
  const low = load<u64>(data, 0), high = load<u64>(data, 8);
  multiply(
    load<u64>(H, 0) + limb0(low), load<u64>(H, 8) + limb1(low), load<u64>(H, 16) + limb2(low, high),
    load<u64>(H, 24) + limb3(high), load<u64>(H, 32) + (limb4(high) | TOP), R1, H
  );
}
// CT end

/**
 * Takes `steps` times four blocks: h = (h + block 0) * r^4 + block 1 * r^3 + block 2 * r^2 + block 3 * r. Sums go through memory
 * after each block: in one expression the compiler would hold all 36 limbs of the powers in locals, which means spills.
 */
export function poly1305Steps(data: usize, steps: usize): void {
  for (; steps > 0; steps--, data += 64) {
    poly1305Slice0(data);
    poly1305Slice1(data);
    poly1305Slice2(data);
    poly1305Slice3(data);
  }
}

// sums += block * power
// @ts-ignore: decorator
@inline
function addProduct(data: usize, power: usize): void {
  // CT begin: secret = data, power, accumulator
  const low = load<u64>(data, 0), high = load<u64>(data, 8);
  const l0 = limb0(low), l1 = limb1(low), l2 = limb2(low, high), l3 = limb3(high), l4 = limb4(high) | TOP;
  store<u64>(SUMS, load<u64>(SUMS, 0) + column0(l0, l1, l2, l3, l4, power), 0);
  store<u64>(SUMS, load<u64>(SUMS, 8) + column1(l0, l1, l2, l3, l4, power), 8);
  store<u64>(SUMS, load<u64>(SUMS, 16) + column2(l0, l1, l2, l3, l4, power), 16);
  store<u64>(SUMS, load<u64>(SUMS, 24) + column3(l0, l1, l2, l3, l4, power), 24);
  store<u64>(SUMS, load<u64>(SUMS, 32) + column4(l0, l1, l2, l3, l4, power), 32);
  // CT end
}

// One step in four slices, a block each: a kernel of ChaCha20 does its own work between them (cipher/chacha20_blocks.ts).

// @ts-ignore: decorator
@inline
export function poly1305Slice0(data: usize): void {
  // CT begin: secret = data, power, accumulator
  const low = load<u64>(data, 0), high = load<u64>(data, 8);
  const l0 = load<u64>(H, 0) + limb0(low), l1 = load<u64>(H, 8) + limb1(low);
  const l2 = load<u64>(H, 16) + limb2(low, high), l3 = load<u64>(H, 24) + limb3(high);
  const l4 = load<u64>(H, 32) + (limb4(high) | TOP);
  store<u64>(SUMS, column0(l0, l1, l2, l3, l4, R4), 0);
  store<u64>(SUMS, column1(l0, l1, l2, l3, l4, R4), 8);
  store<u64>(SUMS, column2(l0, l1, l2, l3, l4, R4), 16);
  store<u64>(SUMS, column3(l0, l1, l2, l3, l4, R4), 24);
  store<u64>(SUMS, column4(l0, l1, l2, l3, l4, R4), 32);
  // CT end
}

// @ts-ignore: decorator
@inline
export function poly1305Slice1(data: usize): void {
  addProduct(data + 16, R3);
}

// @ts-ignore: decorator
@inline
export function poly1305Slice2(data: usize): void {
  addProduct(data + 32, R2);
}

// @ts-ignore: decorator
@inline
export function poly1305Slice3(data: usize): void {
  addProduct(data + 48, R1);
  // CT begin: secret = accumulator
  let h0 = load<u64>(SUMS, 0);
  let h1 = load<u64>(SUMS, 8) + (h0 >> 26); h0 &= MASK;
  let h2 = load<u64>(SUMS, 16) + (h1 >> 26); h1 &= MASK;
  let h3 = load<u64>(SUMS, 24) + (h2 >> 26); h2 &= MASK;
  let h4 = load<u64>(SUMS, 32) + (h3 >> 26); h3 &= MASK;
  h0 += 5 * (h4 >> 26); h4 &= MASK;
  h1 += h0 >> 26; h0 &= MASK;
  store<u64>(H, h0, 0);
  store<u64>(H, h1, 8);
  store<u64>(H, h2, 16);
  store<u64>(H, h3, 24);
  store<u64>(H, h4, 32);
  // CT end
}
