// The group of edwards25519, -x^2 + y^2 = 1 + d x^2 y^2 (RFC 8032 §5.1), in extended coordinates: x = X/Z, y = Y/Z,
// xy = T/Z (Hisil, Wong, Carter, Dawson: Twisted Edwards Curves Revisited, 2008). The formulas are complete: there are
// no special cases. Constant time, but for the functions whose name says vartime.
//
//   a point, 320 bytes:           X  Y  Z  T        products, so within the carried bound
//   a prepared point, 320 bytes:  Y+X  Y-X  2dT  Z  what an addition takes of its second operand; bounds 2 2 1 1

import { wipe } from '../../shared/ct';
import { D, D2, ROOT_OF_MINUS_ONE } from './constants';
import {
  FE, add, conditionalNegate, copy, fromBytes, invert, multiply, multiplySmall, powerForRoot, setSmall, square,
  subtract, toBytes,
} from './field';

export const X: usize = 0;
export const Y: usize = FE;
export const Z: usize = 2 * FE;
export const T: usize = 3 * FE;
export const POINT: usize = 4 * FE;

export const SUM: usize = 0;
export const DIFFERENCE: usize = FE;
export const T2D: usize = 2 * FE;
export const PREPARED_Z: usize = 3 * FE;

const scratch = memory.data(8 * 80 + 32, 16);
const a = scratch;
const b = scratch + FE;
const c = scratch + 2 * FE;
const d = scratch + 3 * FE;
const e = scratch + 4 * FE;
const f = scratch + 5 * FE;
const g = scratch + 6 * FE;
const h = scratch + 7 * FE;
const encoded = scratch + 8 * FE;

/** Wipes what the functions of this file left in their scratch. */
export function wipeEdwards(): void {
  wipe(scratch, 8 * FE + 32);
}

// CT begin: secret = every point

/** p = 0, which is (0, 1). */
export function setIdentity(p: usize): void {
  setSmall(p + X, 0);
  setSmall(p + Y, 1);
  setSmall(p + Z, 1);
  setSmall(p + T, 0);
}

/** p = 2p. T is read by additions only: `extended` (public) says whether one follows. */
export function double(p: usize, extended: bool): void {
  square(a, p + X);
  square(b, p + Y);
  square(c, p + Z);
  add(e, p + X, p + Y);
  square(e, e);
  // All four with the sign turned against the paper, which the products of two do not see. Bounds:
  add(h, a, b); // 2
  subtract(e, h, e); // 3
  subtract(g, a, b); // 2
  add(f, c, c);
  add(f, f, g); // 4
  finish(p, extended);
}

/** p = 2^n p, n >= 1 */
export function doubleTimes(p: usize, n: i32): void {
  for (let i = 1; i < n; i++) double(p, false);
  double(p, true);
}

/** p += q, or p -= q if `negative` (public). q is prepared, with Z = 1 not stored if `affine` (public). */
export function addPrepared(p: usize, q: usize, affine: bool, negative: bool): void {
  const sum = negative ? DIFFERENCE : SUM;
  subtract(a, p + Y, p + X);
  multiply(a, a, q + (FE - sum)); // bounds 2 * 2
  add(b, p + Y, p + X);
  multiply(b, b, q + sum);
  multiply(c, p + T, q + T2D);
  if (affine) {
    add(d, p + Z, p + Z);
  } else {
    multiply(d, p + Z, q + PREPARED_Z);
    add(d, d, d);
  }
  subtract(e, b, a); // 2
  add(h, b, a); // 2
  if (negative) {
    add(f, d, c); // 3
    subtract(g, d, c); // 3
  } else {
    subtract(f, d, c);
    add(g, d, c);
  }
  finish(p, true);
}

/** X = EF, Y = GH, Z = FG, T = EH: the end of both formulas. */
function finish(p: usize, extended: bool): void {
  multiply(p + X, e, f);
  multiply(p + Y, g, h);
  multiply(p + Z, f, g);
  if (extended) multiply(p + T, e, h);
}

/** q = p, prepared for addition. */
export function prepare(q: usize, p: usize): void {
  add(q + SUM, p + Y, p + X);
  subtract(q + DIFFERENCE, p + Y, p + X);
  multiply(q + T2D, p + T, D2);
  copy(q + PREPARED_Z, p + Z);
}

/** The 32-byte encoding of p: y, and the lowest bit of x in the top bit (RFC 8032 §5.1.2). */
export function encode(bytes: usize, p: usize): void {
  invert(a, p + Z);
  multiply(b, p + X, a);
  multiply(c, p + Y, a);
  toBytes(encoded, b);
  const sign = load<u8>(encoded) & 1;
  toBytes(bytes, c);
  store<u8>(bytes, load<u8>(bytes, 31) | (sign << 7), 31);
}

/** The u-coordinate of p on curve25519, (1 + y) / (1 - y), as 32 bytes (RFC 7748 §4.1). p is not 0. */
export function encodeMontgomery(bytes: usize, p: usize): void {
  add(b, p + Z, p + Y);
  subtract(c, p + Z, p + Y);
  multiplySmall(c, c, 1); // carries
  invert(a, c);
  multiply(b, b, a);
  toBytes(bytes, b);
}
// CT end

/**
 * Decodes a public point; false if the 32 bytes encode none (RFC 8032 §5.1.3): y not below p, no square root, or x = 0
 * with the sign bit. Vartime: the encoding is public.
 */
export function decodeVartime(p: usize, bytes: usize): bool {
  const sign = load<u8>(bytes, 31) >> 7;
  fromBytes(p + Y, bytes);
  toBytes(encoded, p + Y);
  store<u8>(encoded, load<u8>(encoded, 31) | (sign << 7), 31);
  if (memory.compare(encoded, bytes, 32) != 0) return false;
  setSmall(p + Z, 1);
  square(a, p + Y);
  multiply(b, a, D);
  subtract(a, a, p + Z); // u = y^2 - 1, bound 2
  add(b, b, p + Z); // v = d y^2 + 1, bound 2
  if (!rootOfQuotientVartime(p + X)) return false;
  if (isZeroVartime(p + X) && sign == 1) return false; // leaves x in `encoded`
  conditionalNegate(p + X, p + X, 0 - <u32>((load<u8>(encoded) & 1) ^ sign));
  multiply(p + T, p + X, p + Y);
  return true;
}

/** out = sqrt(a / b), any root; false if none. RFC 8032 §5.1.3: a b^3 (a b^7)^((p-5)/8), perhaps times sqrt(-1). */
function rootOfQuotientVartime(out: usize): bool {
  square(c, b);
  multiply(c, c, b); // b^3
  square(d, c);
  multiply(d, d, b); // b^7
  multiply(d, d, a);
  powerForRoot(e, d);
  multiply(c, c, a);
  multiply(out, c, e);
  square(d, out);
  multiply(d, d, b); // b x^2 is a or -a
  subtract(e, d, a); // bound 3
  if (isZeroVartime(e)) return true;
  add(e, d, a);
  multiply(out, out, ROOT_OF_MINUS_ONE);
  return isZeroVartime(e);
}

function isZeroVartime(x: usize): bool {
  toBytes(encoded, x);
  return (
    (load<u64>(encoded, 0) | load<u64>(encoded, 8) | load<u64>(encoded, 16) | load<u64>(encoded, 24)) == 0
  );
}
