// Scalars for multiplication: recoded so that every digit is odd. No digit is zero and no partial sum is infinity.
// An odd k below 2^bits is 2^(w t) + sum(d_i * 2^(w i), i < t) with t = ceil((bits - 1) / w) and
// d_i = 2 * (bits w i + 1 .. w i + w of k) + 1 - 2^w, odd and below 2^w in size (Joye, Tunstall 2009).
// N is a generated class of a group order.

import { equal32 } from '../ct';
import { belowModulus, complement, fromBytes, nonZero, toBytes } from './element';

const scratch = memory.data(80, 16);
const littleEndian = memory.data(80, 16);
const bigEndian = memory.data(80, 16);
const masks = memory.data(16 * 16, 16);

/** Reads a big-endian scalar; all ones if it is in 1..n-1. Constant-time. */
export function readScalar<N>(out: usize, bytes: usize): u32 {
  fromBytes<N>(out, bytes);
  return nonZero<N>(out) & belowModulus<N>(out);
}

/**
 * Makes the digits of a scalar in 1..n-1 ready: those of n - k if k is even, as n is odd.
 * Returns all ones if they are those of n - k: then the product is to be negated.
 */
export function recode<N>(scalar: usize): u32 {
  const n = changetype<N>(0);
  // CT begin: secret = scalar
  const even = <u32>((load<u32>(scalar) & 1) - 1);
  complement<N>(scratch, scalar);
  for (let i: usize = 0; i < <usize>n.limbs; i++) {
    const at = scratch + (i << 2);
    const limb = load<u32>(scalar + (i << 2));
    store<u32>(at, limb ^ (even & (limb ^ load<u32>(at))));
  }
  toBytes<N>(bigEndian, scratch);
  memory.fill(littleEndian, 0, 80);
  for (let i = 0; i < n.bytes; i++) store<u8>(littleEndian + <usize>i, load<u8>(bigEndian + <usize>(n.bytes - 1 - i)));
  return even;
  // CT end
}

/** The bits of the digit at 2^at that recode() left, `width` of them, at most 8. */
// @ts-ignore: decorator
@inline
export function digit(at: i32, width: i32): u32 {
  // CT begin: secret = scalar
  const bit = at + 1;
  return (<u32>load<u16>(littleEndian + <usize>(bit >> 3)) >> (bit & 7)) & ((1 << width) - 1);
  // CT end
}

/** All ones if the digit with these bits is negative. */
// @ts-ignore: decorator
@inline
export function digitSign(bits: u32, width: i32): u32 {
  return (bits >> (width - 1)) - 1;
}

/**
 * Copies the entry for a digit's size out of a table of 1, 3, 5, ... times a point, reading the whole table.
 * @param entries 8 or 16 @param words v128 words of an entry
 */
// @ts-ignore: decorator
@inline
export function select(out: usize, table: usize, bits: u32, width: i32, words: i32): void {
  // CT begin: secret = bits
  const entries: u32 = 1 << (width - 1);
  const index = (bits ^ digitSign(bits, width)) & (entries - 1);
  for (let j: u32 = 0; j < entries; j++) v128.store(masks + (<usize>j << 4), i32x4.splat(<i32>equal32(j, index)));
  const stride = <usize>words << 4;
  for (let w: usize = 0; w < stride; w += 16) {
    let chosen = eight(table + w, masks, stride);
    if (entries == 16) chosen = v128.or(chosen, eight(table + w + 8 * stride, masks + 128, stride));
    v128.store(out + w, chosen);
  }
  // CT end
}

// @ts-ignore: decorator
@inline
function eight(at: usize, mask: usize, stride: usize): v128 {
  // CT begin: secret = table, mask
  let chosen = v128.and(v128.load(at), v128.load(mask));
  chosen = v128.or(chosen, v128.and(v128.load(at + stride), v128.load(mask, 16)));
  chosen = v128.or(chosen, v128.and(v128.load(at + 2 * stride), v128.load(mask, 32)));
  chosen = v128.or(chosen, v128.and(v128.load(at + 3 * stride), v128.load(mask, 48)));
  chosen = v128.or(chosen, v128.and(v128.load(at + 4 * stride), v128.load(mask, 64)));
  chosen = v128.or(chosen, v128.and(v128.load(at + 5 * stride), v128.load(mask, 80)));
  chosen = v128.or(chosen, v128.and(v128.load(at + 6 * stride), v128.load(mask, 96)));
  return v128.or(chosen, v128.and(v128.load(at + 7 * stride), v128.load(mask, 112)));
  // CT end
}

/** Wipes what the functions of this file keep. */
export function wipeScalars(): void {
  memory.fill(scratch, 0, 80);
  memory.fill(littleEndian, 0, 80);
  memory.fill(bigEndian, 0, 80);
  memory.fill(masks, 0, 16 * 16);
}
