// X448 (RFC 7748 §5), constant time in the scalar: shared secrets by the Montgomery ladder on u-coordinates, public
// keys by the comb of edwards448 once there are enough of them.

import { wipe, zero32 } from '../shared/ct';
import { hasComb, multiplyBase } from './base_table';
import { POINT, encodeMontgomery, wipeEdwards } from './edwards';
import {
  FE, add, conditionalSwap, copy, fromBytes, invert, multiply, multiplySmall, setSmall, square, subtract, toBytes,
} from './field';
import { reduceScalar } from './scalar';

const A24: i64 = 39081; // (156326 - 2) / 4

const scratch = memory.data(10 * 128 + 64, 16);
const x1 = scratch;
const x2 = scratch + FE;
const z2 = scratch + 2 * FE;
const x3 = scratch + 3 * FE;
const z3 = scratch + 4 * FE;
const a = scratch + 5 * FE;
const b = scratch + 6 * FE;
const c = scratch + 7 * FE;
const d = scratch + 8 * FE;
const e = scratch + 9 * FE;
const k = scratch + 10 * FE;
const SCRATCH: usize = 10 * FE + 64;
const point = memory.data(512, 16);

// The table costs about as much time as it spares in eight keys: a process with one connection never builds it.
const BUILD_COMB_AFTER = 8;
let publicKeys: i32 = 0;

/**
 * Writes the shared secret of a private scalar and a peer's u-coordinate, 56 bytes each, to `out`. Non-canonical values
 * of u are accepted (RFC 7748 §5).
 * Returns 1, or 0 if the result is all zero: u has small order (RFC 7748 §6.2), and RFC 9846 §7.4.2 refuses it.
 */
export function x448(out: usize, scalar: usize, u: usize): i32 {
  // CT begin: secret = scalar
  fromBytes(x1, u);
  clamp(k, scalar);
  ladder();
  invert(a, z2);
  multiply(x2, x2, a);
  toBytes(out, x2);
  wipe(scratch, SCRATCH);
  return 1 & ~isZero(out);
  // CT end
}

/** Writes the public key of a private scalar, 56 bytes each, to `out`. */
export function x448PublicKey(out: usize, scalar: usize): void {
  // CT begin: secret = scalar
  clamp(k, scalar);
  if (hasComb() || ++publicKeys > BUILD_COMB_AFTER) {
    reduceScalar(k, k, 56);
    multiplyBase(point, k);
    encodeMontgomery(out, point);
    wipe(point, POINT);
    wipeEdwards();
  } else {
    setSmall(x1, 5);
    ladder();
    invert(a, z2);
    multiply(x2, x2, a);
    toBytes(out, x2);
  }
  wipe(scratch, SCRATCH);
  // CT end
}

// CT begin: secret = scalar, result

/** RFC 7748 §5: bits 0-1 off, bit 447 on. `out` may be `scalar`. */
export function clamp(out: usize, scalar: usize): void {
  memory.copy(out, scalar, 56);
  store<u8>(out, load<u8>(out) & 252);
  store<u8>(out, load<u8>(out, 55) | 128, 55);
}

/** All ones if the 56 bytes are zero. */
function isZero(bytes: usize): u32 {
  let any: u64 = 0;
  for (let i: usize = 0; i < 56; i += 8) any |= load<u64>(bytes + i);
  return zero32(<u32>any | <u32>(any >> 32));
}

/** x2 / z2 = k * x1 (RFC 7748 §5, same names). Products take operands of at most 2 times the carried bound. */
function ladder(): void {
  setSmall(x2, 1);
  setSmall(z2, 0);
  copy(x3, x1);
  setSmall(z3, 1);
  let swapped: u32 = 0;
  for (let t: i32 = 447; t >= 0; t--) {
    const bit = (<u32>load<u8>(k + (t >> 3)) >> (t & 7)) & 1;
    const mask = 0 - (swapped ^ bit);
    conditionalSwap(x2, x3, mask);
    conditionalSwap(z2, z3, mask);
    swapped = bit;
    step();
  }
  // The clamped scalar ends in a zero bit: there is nothing left to swap back.
}
// CT end

/** One doubling and one differential addition. Factors of the carried bound: sums and differences 2, products 1. */
function step(): void {
  add(a, x2, z2); // A
  subtract(b, x2, z2); // B
  add(c, x3, z3); // C
  subtract(d, x3, z3); // D
  multiply(d, d, a); // DA
  multiply(c, c, b); // CB
  square(a, a); // AA
  square(b, b); // BB
  add(x3, d, c);
  square(x3, x3); // (DA + CB)^2
  subtract(z3, d, c);
  square(z3, z3);
  multiply(z3, z3, x1); // x1 * (DA - CB)^2
  multiply(x2, a, b); // AA * BB
  subtract(e, a, b); // E
  multiplySmall(b, e, A24);
  add(b, b, a); // AA + a24 * E
  multiply(z2, e, b);
}
