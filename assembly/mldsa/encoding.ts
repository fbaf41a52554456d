// Coefficients to bit strings and back (FIPS 204 §7.1), little-endian, d bits each. Constant-time by construction.
// An encoder writes up to 12 bytes beyond its end, a decoder reads as many: give them room.

import { POLY } from './poly';

// CT begin: secret = coefficients, bytes

// The 4d bits of four values, as two halves: fours(v, d) has 2d bits in each 64-bit lane.
// @ts-ignore: decorator
@inline
function pairs(v: v128, d: i32): v128 {
  return v128.or(v128.and(v, i64x2.splat(0xffffffff)), i64x2.shl(i64x2.shr_u(v, 32), d));
}

// @ts-ignore: decorator
@inline
function unpairs(first: u64, second: u64, d: i32): v128 {
  const both = i64x2.replace_lane(i64x2.splat(first), 1, second);
  const one = i64x2.splat((<i64>1 << d) - 1);
  return v128.or(v128.and(both, one), i64x2.shl(v128.and(i64x2.shr_u(both, d), one), 32));
}

/** offset + sign * f, d bits each, d even: 32 d bytes (SimpleBitPack, BitPack: Algorithms 16 and 17). */
// @ts-ignore: decorator
@inline
export function packEven(f: usize, d: i32, offset: i32, negate: bool, out: usize): void {
  const base = i32x4.splat(offset);
  for (let i: usize = 0; i < 64; i++) {
    const v = v128.load(f + (i << 4));
    const p = pairs(negate ? i32x4.sub(base, v) : v, d);
    const first = <u64>i64x2.extract_lane(p, 0);
    const second = <u64>i64x2.extract_lane(p, 1);
    const at = out + i * <usize>(d >> 1);
    store<u64>(at, first | (second << (2 * d)));
    store<u32>(at, <u32>(second >> (64 - 2 * d)), 8);
  }
}

/** The inverse of packEven. */
// @ts-ignore: decorator
@inline
export function unpackEven(bytes: usize, d: i32, offset: i32, negate: bool, f: usize): void {
  const base = i32x4.splat(offset);
  for (let i: usize = 0; i < 64; i++) {
    const at = bytes + i * <usize>(d >> 1);
    const low = load<u64>(at);
    const v = unpairs(low, (low >> (2 * d)) | (<u64>load<u32>(at, 8) << (64 - 2 * d)), d);
    v128.store(f + (i << 4), negate ? i32x4.sub(base, v) : v);
  }
}

/** offset - f, d bits each, d odd and at most 15: 32 d bytes. */
// @ts-ignore: decorator
@inline
export function packOdd(f: usize, d: i32, offset: i32, out: usize): void {
  const base = i32x4.splat(offset);
  for (let i: usize = 0; i < 32; i++) {
    const p = pairs(i32x4.sub(base, v128.load(f + (i << 5))), d);
    const s = pairs(i32x4.sub(base, v128.load(f + (i << 5), 16)), d);
    const first = <u64>i64x2.extract_lane(p, 0) | (<u64>i64x2.extract_lane(p, 1) << (2 * d));
    const second = <u64>i64x2.extract_lane(s, 0) | (<u64>i64x2.extract_lane(s, 1) << (2 * d));
    const at = out + i * <usize>d;
    store<u64>(at, first | (second << (4 * d)));
    store<u64>(at, second >> (64 - 4 * d), 8);
  }
}

/** The inverse of packOdd. */
// @ts-ignore: decorator
@inline
export function unpackOdd(bytes: usize, d: i32, offset: i32, f: usize): void {
  const base = i32x4.splat(offset);
  for (let i: usize = 0; i < 32; i++) {
    const at = bytes + i * <usize>d;
    const low = load<u64>(at);
    const high = (low >> (4 * d)) | (load<u64>(at, 8) << (64 - 4 * d));
    v128.store(f + (i << 5), i32x4.sub(base, unpairs(low, low >> (2 * d), d)));
    v128.store(f + (i << 5), i32x4.sub(base, unpairs(high, high >> (2 * d), d)), 16);
  }
}

/** t1 (10 bits) of a public key, and back. */
export function packT1(f: usize, out: usize): void {
  packEven(f, 10, 0, false, out);
}
export function unpackT1(bytes: usize, f: usize): void {
  unpackEven(bytes, 10, 0, false, f);
}

/** t0 (13 bits, 2^12 - t0), and back. */
export function packT0(f: usize, out: usize): void {
  packOdd(f, 13, 4096, out);
}
export function unpackT0(bytes: usize, f: usize): void {
  unpackOdd(bytes, 13, 4096, f);
}

/** A secret polynomial (eta - s in 3 or 4 bits), and back. */
export function packSecret(f: usize, set: i32, out: usize): void {
  if (set == 65) packEven(f, 4, 4, true, out);
  else packOdd(f, 3, 2, out);
}
export function unpackSecret(bytes: usize, set: i32, f: usize): void {
  if (set == 65) unpackEven(bytes, 4, 4, true, f);
  else unpackOdd(bytes, 3, 2, f);
}

/** z or y (gamma1 - z in 18 or 20 bits), and back. */
export function packMask(f: usize, set: i32, out: usize): void {
  if (set == 44) packEven(f, 18, 1 << 17, true, out);
  else packEven(f, 20, 1 << 19, true, out);
}
export function unpackMask(bytes: usize, set: i32, f: usize): void {
  if (set == 44) unpackEven(bytes, 18, 1 << 17, true, f);
  else unpackEven(bytes, 20, 1 << 19, true, f);
}

/** w1 (6 or 4 bits). */
export function packHigh(f: usize, set: i32, out: usize): void {
  if (set == 44) packEven(f, 6, 0, false, out);
  else packEven(f, 4, 0, false, out);
}
// CT end

/**
 * HintBitPack (Algorithm 20) of `count` polynomials of 0 and 1 to omega + count bytes. Variable time: the hints are
 * part of the finished signature.
 */
export function packHintsVartime(hints: usize, count: i32, omega: i32, out: usize): void {
  memory.fill(out, 0, <usize>(omega + count));
  let index = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < 256; j++) {
      if (load<i32>(hints + <usize>i * POLY + (<usize>j << 2)) == 0) continue;
      store<u8>(out + <usize>index, <u8>j);
      index++;
    }
    store<u8>(out + <usize>(omega + i), <u8>index);
  }
}

/** HintBitUnpack (Algorithm 21), strict. False if the encoding is malformed. Variable time: signatures are public. */
export function unpackHintsVartime(bytes: usize, count: i32, omega: i32, hints: usize): bool {
  memory.fill(hints, 0, <usize>count * POLY);
  let index = 0;
  for (let i = 0; i < count; i++) {
    const end = <i32>load<u8>(bytes + <usize>(omega + i));
    if (end < index || end > omega) return false;
    for (let first = index; index < end; index++) {
      const j = load<u8>(bytes + <usize>index);
      if (index > first && j <= load<u8>(bytes + <usize>(index - 1))) return false;
      store<i32>(hints + <usize>i * POLY + (<usize>j << 2), 1);
    }
  }
  for (; index < omega; index++) if (load<u8>(bytes + <usize>index) != 0) return false;
  return true;
}
