// Slow twin of the NIST curves: affine point addition by the school formulas and ECDSA by its definition, with BigInt;
// RFC 6979 over node:crypto's HMAC.

import { createHmac } from 'node:crypto';

export type TwinPoint = { readonly x: bigint; readonly y: bigint } | null;

export interface TwinCurve {
  readonly name: 'P-256' | 'P-384' | 'P-521';
  readonly bits: number;
  readonly p: bigint;
  readonly b: bigint;
  readonly n: bigint;
  readonly generator: { readonly x: bigint; readonly y: bigint };
}

export const twinCurves: readonly TwinCurve[] = [
  {
    name: 'P-256',
    bits: 256,
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    generator: {
      x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
      y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
    },
  },
  {
    name: 'P-384',
    bits: 384,
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    generator: {
      x: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
      y: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
    },
  },
  {
    name: 'P-521',
    bits: 521,
    p: 2n ** 521n - 1n,
    b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    n: 2n ** 521n - 0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7n,
    generator: {
      x: 0xc6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66n,
      y: 0x11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650n,
    },
  },
];

export const modulo = (a: bigint, m: bigint): bigint => ((a % m) + m) % m;

export function invert(a: bigint, m: bigint): bigint {
  let [r0, r1, t0, t1] = [m, modulo(a, m), 0n, 1n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1];
  }
  return modulo(t0, m);
}

export function addPoints(curve: TwinCurve, p: TwinPoint, q: TwinPoint): TwinPoint {
  if (p === null) return q;
  if (q === null) return p;
  if (p.x === q.x && modulo(p.y + q.y, curve.p) === 0n) return null;
  const slope =
    p.x === q.x ? (3n * p.x * p.x - 3n) * invert(2n * p.y, curve.p) : (q.y - p.y) * invert(q.x - p.x, curve.p);
  const x = modulo(slope * slope - p.x - q.x, curve.p);
  return { x, y: modulo(slope * (p.x - x) - p.y, curve.p) };
}

/** Double and add in Jacobian coordinates (x = X/Z^2, y = Y/Z^3), with every special case spelt out: one inversion. */
export function multiplyPoint(curve: TwinCurve, k: bigint, p: TwinPoint): TwinPoint {
  if (p === null) return null;
  let sum: Jacobian = [1n, 1n, 0n];
  for (const bit of k.toString(2)) {
    sum = doubleJacobian(curve, sum);
    if (bit === '1') sum = addJacobian(curve, sum, p);
  }
  if (sum[2] === 0n) return null;
  const z = invert(sum[2], curve.p);
  return { x: modulo(sum[0] * z * z, curve.p), y: modulo(sum[1] * z * z * z, curve.p) };
}

type Jacobian = readonly [bigint, bigint, bigint];

function doubleJacobian({ p }: TwinCurve, [x, y, z]: Jacobian): Jacobian {
  const slope = modulo(3n * (x - z * z) * (x + z * z), p);
  const s = modulo(4n * x * y * y, p);
  const x3 = modulo(slope * slope - 2n * s, p);
  return [x3, modulo(slope * (s - x3) - 8n * y ** 4n, p), modulo(2n * y * z, p)];
}

function addJacobian(curve: TwinCurve, [x, y, z]: Jacobian, q: { x: bigint; y: bigint }): Jacobian {
  const { p } = curve;
  if (z === 0n) return [q.x, q.y, 1n];
  const h = modulo(q.x * z * z - x, p);
  const r = modulo(q.y * z * z * z - y, p);
  if (h === 0n) return r === 0n ? doubleJacobian(curve, [x, y, z]) : [1n, 1n, 0n];
  const x3 = modulo(r * r - h * h * h - 2n * x * h * h, p);
  return [x3, modulo(r * (x * h * h - x3) - y * h * h * h, p), modulo(h * z, p)];
}

export const lengthOf = (curve: TwinCurve): number => (curve.bits + 7) >> 3;

export function toBytes(value: bigint, length: number): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex'));
}

export function toInteger(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** SEC 1 uncompressed. */
export function pointToBytes(curve: TwinCurve, p: TwinPoint): Uint8Array {
  const length = lengthOf(curve);
  return Uint8Array.of(4, ...toBytes(p!.x, length), ...toBytes(p!.y, length));
}

/** The leftmost bits of a string, as many as the order has. */
export function bitsToInteger(curve: TwinCurve, bytes: Uint8Array): bigint {
  const excess = 8 * bytes.length - curve.bits;
  return excess > 0 ? toInteger(bytes) >> BigInt(excess) : toInteger(bytes);
}

/** r || s with the given nonce (FIPS 186-5 §6.4.1). */
export function signTwin(curve: TwinCurve, d: bigint, digest: Uint8Array, k: bigint): Uint8Array {
  const r = modulo(multiplyPoint(curve, k, curve.generator)!.x, curve.n);
  const s = modulo(invert(k, curve.n) * (bitsToInteger(curve, digest) + r * d), curve.n);
  return Uint8Array.of(...toBytes(r, lengthOf(curve)), ...toBytes(s, lengthOf(curve)));
}

/** The nonce of RFC 6979 §3.2 for a digest of `hash` (node's name), with the additional data of §3.6. */
export function nonceTwin(
  curve: TwinCurve,
  hash: string,
  d: bigint,
  digest: Uint8Array,
  additional: Uint8Array = new Uint8Array(0),
): bigint {
  const length = lengthOf(curve);
  const reduced = toBytes(modulo(bitsToInteger(curve, digest), curve.n), length);
  const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Uint8Array => {
    const mac = createHmac(hash, key);
    for (const part of parts) mac.update(part);
    return mac.digest();
  };
  let v: Uint8Array = new Uint8Array(digest.length).fill(1);
  let k: Uint8Array = new Uint8Array(digest.length);
  for (const separator of [0, 1]) {
    k = hmac(k, v, Uint8Array.of(separator), toBytes(d, length), reduced, additional);
    v = hmac(k, v);
  }
  for (;;) {
    let t = new Uint8Array(0);
    while (8 * t.length < curve.bits) {
      v = hmac(k, v);
      t = Uint8Array.of(...t, ...v);
    }
    const candidate = bitsToInteger(curve, t);
    if (candidate > 0n && candidate < curve.n) return candidate;
    k = hmac(k, v, Uint8Array.of(0));
    v = hmac(k, v);
  }
}
