// The group of edwards448, x^2 + y^2 = 1 + d x^2 y^2 (RFC 8032 §5.2), in extended coordinates: x = X/Z, y = Y/Z,
// xy = T/Z (Hisil, Wong, Carter, Dawson: Twisted Edwards Curves Revisited, 2008). The formulas are complete, as d is no
// square: there are no special cases. Constant time, but for the functions whose name says vartime.
//
//   a point, 512 bytes:           X  Y  Z   T    products, so within the carried bound
//   a prepared point, 512 bytes:  X  Y  dT  Z    what an addition takes of its second operand; carried too

import { wipe } from '../shared/ct';
import { D } from './constants';
import {
  FE, add, conditionalNegate, copy, fromBytes, invert, multiply, multiplySmall, powerForRoot, setSmall, square,
  subtract, toBytes,
} from './field';

export const X: usize = 0;
export const Y: usize = FE;
export const Z: usize = 2 * FE;
export const T: usize = 3 * FE;
export const POINT: usize = 4 * FE;

export const DT: usize = 2 * FE;
const PREPARED_Z: usize = 3 * FE;

/** Bytes of an encoded point. */
export const ENCODED: usize = 57;

const scratch = memory.data(8 * 128 + 64, 16);
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
  wipe(scratch, 8 * FE + 64);
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
  // Bounds:
  add(g, a, b); // 2
  subtract(e, e, g); // 3
  subtract(h, a, b); // 2
  subtract(f, g, c);
  subtract(f, f, c); // 4
  finish(p, extended);
}

/** p = 2^n p, n >= 1 */
export function doubleTimes(p: usize, n: i32): void {
  for (let i = 1; i < n; i++) double(p, false);
  double(p, true);
}

/** p += q, or p -= q if `negative` (public). q is prepared, with Z = 1 not stored if `affine` (public). */
export function addPrepared(p: usize, q: usize, affine: bool, negative: bool): void {
  // -q is (-X, Y), and its T is -T.
  multiply(a, p + X, q + X);
  multiply(b, p + Y, q + Y);
  multiply(c, p + T, q + DT);
  if (affine) copy(d, p + Z);
  else multiply(d, p + Z, q + PREPARED_Z);
  if (negative) subtract(f, q + Y, q + X);
  else add(f, q + Y, q + X);
  add(e, p + X, p + Y);
  multiply(e, e, f); // bounds 2 * 2
  subtract(e, e, b);
  if (negative) {
    add(e, e, a); // 3
    add(f, d, c); // 2
    subtract(g, d, c); // 2
    add(h, b, a); // 2
  } else {
    subtract(e, e, a);
    subtract(f, d, c);
    add(g, d, c);
    subtract(h, b, a);
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
  copy(q + X, p + X);
  copy(q + Y, p + Y);
  multiplySmall(q + DT, p + T, D);
  copy(q + PREPARED_Z, p + Z);
}

/** The 57-byte encoding of p: y, and the lowest bit of x in the top bit (RFC 8032 §5.2.2). */
export function encode(bytes: usize, p: usize): void {
  invert(a, p + Z);
  multiply(b, p + X, a);
  multiply(c, p + Y, a);
  toBytes(encoded, b);
  const sign = load<u8>(encoded) & 1;
  toBytes(bytes, c);
  store<u8>(bytes, sign << 7, 56);
}

/**
 * The u-coordinate of p on curve448, (y / x)^2, as 56 bytes: the 4-isogeny of RFC 7748 §4.2, which takes the base point
 * to 5. 0 for p = 0.
 */
export function encodeMontgomery(bytes: usize, p: usize): void {
  invert(a, p + X);
  multiply(b, p + Y, a);
  square(b, b);
  toBytes(bytes, b);
}
// CT end

/**
 * Decodes a public point; false if the 57 bytes encode none (RFC 8032 §5.2.3): y not below p, no square root, or x = 0
 * with the sign bit. Vartime: the encoding is public.
 */
export function decodeVartime(p: usize, bytes: usize): bool {
  const last = load<u8>(bytes, 56);
  if ((last & 127) != 0) return false;
  const sign = last >> 7;
  fromBytes(p + Y, bytes);
  toBytes(encoded, p + Y);
  if (memory.compare(encoded, bytes, 56) != 0) return false;
  setSmall(p + Z, 1);
  square(a, p + Y);
  multiplySmall(b, a, D);
  subtract(a, a, p + Z); // u = y^2 - 1, bound 2
  subtract(b, b, p + Z); // v = d y^2 - 1, bound 2
  if (!rootOfQuotientVartime(p + X)) return false;
  if (isZeroVartime(p + X) && sign == 1) return false; // leaves x in `encoded`
  conditionalNegate(p + X, p + X, 0 - <u32>((load<u8>(encoded) & 1) ^ sign));
  multiply(p + T, p + X, p + Y);
  return true;
}

/** out = sqrt(a / b), either root; false if there is none. RFC 8032 §5.2.3: a^3 b (a^5 b^3)^((p-3)/4). */
function rootOfQuotientVartime(out: usize): bool {
  square(c, a);
  multiply(d, c, a);
  multiply(d, d, b); // a^3 b
  square(e, b);
  multiply(e, e, c);
  multiply(e, e, d); // a^5 b^3
  powerForRoot(f, e);
  multiply(out, d, f);
  square(d, out);
  multiply(d, d, b);
  subtract(d, d, a); // bound 3
  return isZeroVartime(d);
}

function isZeroVartime(x: usize): bool {
  toBytes(encoded, x);
  let any: u64 = 0;
  for (let i: usize = 0; i < 56; i += 8) any |= load<u64>(encoded + i);
  return any == 0;
}
