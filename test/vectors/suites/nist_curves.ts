// What the suites of the NIST curves share: curves by the names that vector files use, integers as strings of a length.

import type { EcCurve } from '../../../src/wasm/ec_curve.ts';
import { p256 } from '../../../src/wasm/p256.ts';
import { p384 } from '../../../src/wasm/p384.ts';
import { p521 } from '../../../src/wasm/p521.ts';
import { testCore } from '../../support/core.ts';
import { Skip, VectorError } from '../cases.ts';

const p256Curve = p256(testCore());
const p384Curve = p384(testCore());
const p521Curve = p521(testCore());

/** secp256r1 and P-256 name the same curve; RFC 6979 says "NIST P-256". */
export function curveNamed(name: unknown): EcCurve | undefined {
  const short = String(name).replace(/^NIST /, '');
  if (short === 'P-256' || short === 'secp256r1') return p256Curve;
  if (short === 'P-384' || short === 'secp384r1') return p384Curve;
  if (short === 'P-521' || short === 'secp521r1') return p521Curve;
  return undefined;
}

/** The same for a group that can only be skipped without it. */
export function curveOrSkip(name: unknown): EcCurve | Skip {
  return curveNamed(name) ?? new Skip(`${name}: castls has P-256, P-384 and P-521 of the Weierstrass curves`);
}

/** A hexadecimal integer as `length` big-endian bytes, or null if it is longer. */
export function integerBytes(text: unknown, length: number): Uint8Array | null {
  if (typeof text !== 'string' || !/^[0-9a-f]+$/i.test(text)) {
    throw new VectorError(`a field is ${JSON.stringify(text)} where a hexadecimal integer has to be`);
  }
  const digits = text.replace(/^0+/, '').padStart(2 * length, '0');
  return digits.length === 2 * length ? new Uint8Array(Buffer.from(digits, 'hex')) : null;
}

/** 0x04, x, y from hexadecimal coordinates, or null if one is too long. */
export function pointBytes(curve: EcCurve, x: unknown, y: unknown): Uint8Array | null {
  const coordinates = [integerBytes(x, curve.length), integerBytes(y, curve.length)];
  if (coordinates[0] === null || coordinates[1] === null) return null;
  return Uint8Array.of(4, ...coordinates[0], ...coordinates[1]);
}

/** The shared secret of a scalar and a point in either form. Throws what castls throws. */
export function agree(curve: EcCurve, scalar: Uint8Array, point: Uint8Array): Uint8Array {
  const { core } = curve;
  const secret = core.importSecret(scalar);
  try {
    const shared = curve.sharedSecret(secret, curve.decodePoint(point));
    const bytes = core.dangerousReveal(shared);
    shared.dispose();
    return bytes;
  } finally {
    secret.dispose();
  }
}

/** The public point of a scalar. Throws what castls throws. */
export function publicOf(curve: EcCurve, scalar: Uint8Array): Uint8Array {
  const secret = curve.core.importSecret(scalar);
  try {
    return curve.publicKey(secret);
  } finally {
    secret.dispose();
  }
}
