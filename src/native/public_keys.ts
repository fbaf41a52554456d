// Public keys as KeyObjects, a few kept: those of authorities verify again and again, and to make one costs half a
// verification.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { TlsError } from '../base/errors.ts';
import type { EcCurveName } from '../crypto/signature.ts';
import type { KeyOf } from '../crypto/signature_verifier.ts';

/** Bytes of a coordinate. */
export const fieldLengths: Readonly<Record<EcCurveName, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

const KEPT = 32;
const kept = new Map<string, KeyObject>();

const text = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');

/** @throws ERR_INVALID_PUBLIC_KEY */
export function publicKeyObject(key: KeyOf<'rsa' | 'ec' | 'ed25519'>): KeyObject {
  const jwk = jwkOf(key);
  const name = Object.values(jwk).join(' ');
  let object = kept.get(name);
  if (object === undefined) {
    try {
      object = createPublicKey({ key: jwk, format: 'jwk' });
    } catch (cause) {
      throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'node does not take this public key', { cause });
    }
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value as string);
  } else kept.delete(name);
  kept.set(name, object);
  return object;
}

function jwkOf(key: KeyOf<'rsa' | 'ec' | 'ed25519'>) {
  if (key.type === 'rsa') return { kty: 'RSA', n: text(key.modulus), e: text(key.exponent) };
  if (key.type === 'ed25519') return { kty: 'OKP', crv: 'Ed25519', x: text(key.key) };
  const length = fieldLengths[key.curve];
  // Uncompressed alone (RFC 5480 §2.2 leaves the rest optional); whether it is on the curve node says.
  if (key.point.length !== 1 + 2 * length || key.point[0] !== 4) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', `the public key is no uncompressed point of ${key.curve}`);
  }
  const { curve, point } = key;
  return { kty: 'EC', crv: curve, x: text(point.subarray(1, 1 + length)), y: text(point.subarray(1 + length)) };
}
