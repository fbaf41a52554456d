// What the families export per curve: point decoding, key pairs, Diffie-Hellman, ECDSA. Integers and coordinates are
// big-endian strings of the field's length, points SEC 1 uncompressed. F and N are the generated classes of field and
// order. Every function returns 1, or 0 for an input it refuses: that much is public.

import {
  add, belowModulus, enter, fromBytes, isZero, leave, nonZero, power, reduceOnce, shiftRight, subtract, toBytes,
  wipeElements
} from './element';
import { invert, wipeInversion } from './inversion';
import { multiplyGenerator, multiplyPoint, toAffine, wipeMultiples } from './multiply';
import { wipePoints } from './point';
import { readScalar, wipeScalars } from './scalar';
import { multiplyTwoVartime, wipeVartime } from './vartime';

const point = memory.data(3 * 80, 16);
const other = memory.data(3 * 80, 16);
const k = memory.data(80, 16);
const d = memory.data(80, 16);
const z = memory.data(80, 16);
const r = memory.data(80, 16);
const s = memory.data(80, 16);
const t = memory.data(80, 16);

/** 1 if the scalar is in 1..n-1. Constant-time. */
export function checkScalar<N>(scalar: usize): i32 {
  // CT begin: secret = scalar
  const valid = readScalar<N>(k, scalar);
  wipeAll();
  return valid & 1;
  // CT end
}

/** Writes scalar * G. Constant-time. */
export function publicKey<F, N>(out: usize, scalar: usize): i32 {
  // CT public (scalar in range): the outcome is the result; a scalar that is refused is used for nothing (FIPS 186-5 §A.2.2).
  const valid = readScalar<N>(k, scalar);
  if (valid != 0) {
    multiplyGenerator<F, N>(point, k);
    toAffine<F>(point);
    writePoint<F>(out, point);
  }
  wipeAll();
  return valid & 1;
}

/** Writes the x coordinate of scalar * (peer), which is checked first. Constant-time. */
export function diffieHellman<F, N>(out: usize, scalar: usize, peer: usize): i32 {
  if (readPoint<F>(other, peer) == 0) {
    wipeAll();
    return 0;
  }
  // CT public (scalar in range): the outcome is the result; a scalar that is refused is used for nothing (FIPS 186-5 §A.2.2).
  const valid = readScalar<N>(k, scalar);
  if (valid != 0) {
    multiplyPoint<F, N>(point, other, k);
    toAffine<F>(point);
    leave<F>(point, point);
    toBytes<F>(out, point);
  }
  wipeAll();
  return valid & 1;
}

/** Writes the integer `digest` modulo n: bits2octets of RFC 6979 §2.3.4. */
export function reduceDigest<N>(out: usize, digest: usize): void {
  fromBytes<N>(z, digest);
  reduceOnce<N>(z); // a digest has no more bits than n, and the top bit of n is set
  toBytes<N>(out, z);
  wipeAll();
}

/**
 * Writes r and s (FIPS 186-5 §6.4.1). `digest`: its leftmost bits, as many as n has, as an integer. `nonce`: a string
 * whose leftmost bits, as many as n has, are the nonce (bits2int of RFC 6979 §2.3.2).
 * Returns 0 for a nonce out of 1..n-1 or one that makes r or s zero: the caller tries the next. Constant-time.
 */
export function sign<F, N>(out: usize, privateKey: usize, digest: usize, nonce: usize): i32 {
  const n = changetype<N>(0);
  // CT begin: secret = k, d, point
  // The private key was checked when it was imported.
  readScalar<N>(d, privateKey);
  fromBytes<N>(k, nonce);
  if ((n.bits & 7) != 0) shiftRight<N>(k, 8 - (n.bits & 7));
  // CT public (scalar in range): a nonce that is refused is used for nothing, the next is independent (RFC 6979 §3.2 step h).
  if ((nonZero<N>(k) & belowModulus<N>(k)) == 0) {
    wipeAll();
    return 0;
  }
  multiplyGenerator<F, N>(point, k);
  toAffine<F>(point);
  leave<F>(r, point);
  reduceOnce<N>(r); // p < 2n
  toBytes<N>(out, r);
  fromBytes<N>(z, digest);
  enter<N>(z, z);
  enter<N>(t, r);
  enter<N>(d, d);
  n.multiply(t, t, d);
  add<N>(t, t, z);
  enter<N>(k, k);
  invert<N>(k, k);
  n.multiply(s, k, t);
  leave<N>(s, s);
  toBytes<N>(out + <usize>n.bytes, s);
  const valid = nonZero<N>(r) & nonZero<N>(s);
  // CT end
  wipeAll();
  return valid & 1;
}

/**
 * 1 if (r, s) is a signature (FIPS 186-5 §6.4.2), 0 if not, -1 for a public key off the curve. `digest` as for sign.
 * All inputs are public, so that time may depend on them.
 */
export function verifyVartime<F, N>(publicKey: usize, digest: usize, signature: usize): i32 {
  const status = verify<F, N>(publicKey, digest, signature);
  wipeAll();
  wipeVartime();
  return status;
}

function verify<F, N>(publicKey: usize, digest: usize, signature: usize): i32 {
  const f = changetype<F>(0);
  const n = changetype<N>(0);
  if (readPoint<F>(other, publicKey) == 0) return -1;
  if (readScalar<N>(r, signature) == 0 || readScalar<N>(s, signature + <usize>n.bytes) == 0) return 0;
  enter<N>(s, s);
  invert<N>(s, s);
  fromBytes<N>(z, digest);
  enter<N>(z, z);
  n.multiply(z, z, s);
  leave<N>(z, z);
  n.multiply(s, r, s); // r / s without the Montgomery factor
  reduceOnce<N>(s);
  if (!multiplyTwoVartime<F, N>(point, z, other, s)) return 0;
  f.square(point + 2 * f.size, point + 2 * f.size);
  if (isQuotient<F>(point, r)) return 1;
  // r is x mod n: x may be r + n, if that is below p.
  let over: i32 = 0;
  for (let i: usize = 0; i < <usize>n.limbs; i++) {
    over += load<i32>(r + (i << 2)) + load<i32>(n.modulus + (i << 2));
    store<i32>(r + (i << 2), over & 0xfffffff);
    over >>= 28;
  }
  return belowModulus<F>(r) != 0 && isQuotient<F>(point, r) ? 1 : 0;
}

/** True if the first coordinate over the third is the integer x. */
function isQuotient<F>(p: usize, x: usize): bool {
  const f = changetype<F>(0);
  enter<F>(t, x);
  f.multiply(t, t, p + 2 * f.size);
  subtract<F>(t, t, p);
  return isZero<F>(t) != 0;
}

/** Decodes a point (SEC 1 §2.3.4) of `length` bytes and writes it uncompressed; 0 unless canonical and on the curve. */
export function decodePoint<F>(out: usize, bytes: usize, length: i32): i32 {
  const valid = decode<F>(out, bytes, length);
  wipeAll();
  return valid;
}

function decode<F>(out: usize, bytes: usize, length: i32): i32 {
  const f = changetype<F>(0);
  const form = load<u8>(bytes);
  if (length == 1 + 2 * f.bytes) {
    if (form != 4 || readPoint<F>(point, bytes) == 0) return 0;
    memory.copy(out, bytes, length);
    return 1;
  }
  if (length != 1 + f.bytes || (form != 2 && form != 3)) return 0;
  fromBytes<F>(point, bytes + 1);
  if (belowModulus<F>(point) == 0) return 0;
  enter<F>(point, point);
  const y = point + f.size;
  curveRight<F>(t, point);
  power<F>(y, t, f.rootExponent);
  f.square(s, y);
  subtract<F>(s, s, t);
  if (isZero<F>(s) == 0) return 0;
  writePoint<F>(out, point);
  if (((load<u8>(out + <usize>(2 * f.bytes)) ^ form) & 1) != 0) {
    // The prime order leaves no point with y = 0, so that p - y is canonical.
    memory.fill(s, 0, f.size);
    subtract<F>(y, s, y);
    writePoint<F>(out, point);
  }
  return 1;
}

/** x^3 - 3x + b: limbs within 2. */
function curveRight<F>(out: usize, x: usize): void {
  const f = changetype<F>(0);
  f.square(out, x);
  subtract<F>(out, out, f.one);
  subtract<F>(out, out, f.one);
  subtract<F>(out, out, f.one);
  f.multiply(out, out, x);
  add<F>(out, out, f.b);
}

/** Reads an uncompressed point into the Montgomery domain; 1 if its coordinates are below p and on the curve. */
function readPoint<F>(out: usize, bytes: usize): i32 {
  const f = changetype<F>(0);
  if (load<u8>(bytes) != 4) return 0;
  const y = out + f.size;
  fromBytes<F>(out, bytes + 1);
  fromBytes<F>(y, bytes + 1 + <usize>f.bytes);
  if ((belowModulus<F>(out) & belowModulus<F>(y)) == 0) return 0;
  enter<F>(out, out);
  enter<F>(y, y);
  curveRight<F>(t, out);
  f.square(s, y);
  subtract<F>(s, s, t);
  return isZero<F>(s) & 1;
}

/** Writes an affine point of the Montgomery domain, uncompressed. */
function writePoint<F>(out: usize, p: usize): void {
  const f = changetype<F>(0);
  store<u8>(out, 4);
  leave<F>(t, p);
  toBytes<F>(out + 1, t);
  leave<F>(t, p + f.size);
  toBytes<F>(out + 1 + <usize>f.bytes, t);
}

function wipeAll(): void {
  memory.fill(point, 0, 3 * 80);
  memory.fill(other, 0, 3 * 80);
  memory.fill(k, 0, 80);
  memory.fill(d, 0, 80);
  memory.fill(z, 0, 80);
  memory.fill(r, 0, 80);
  memory.fill(s, 0, 80);
  memory.fill(t, 0, 80);
  wipeElements();
  wipeInversion();
  wipePoints();
  wipeScalars();
  wipeMultiples();
}
