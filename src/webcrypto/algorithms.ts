// What WebCrypto calls things, and what castls calls them (W3C Web Cryptography API; WICG Modern Algorithms).

import { TlsError } from '../base/errors.ts';
import type { HashName } from '../crypto/hash.ts';
import type { EcCurveName, PublicKey } from '../crypto/signature.ts';

/** The hashes that WebCrypto knows: its names, and lengths of their digests in bytes. */
export const webHashes: Partial<Record<HashName, { readonly name: string; readonly length: number }>> = {
  sha1: { name: 'SHA-1', length: 20 },
  sha256: { name: 'SHA-256', length: 32 },
  sha384: { name: 'SHA-384', length: 48 },
  sha512: { name: 'SHA-512', length: 64 },
};

/** Length in bytes of r and of s. */
export const integerLengths: Record<EcCurveName, number> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

/** @throws ERR_UNSUPPORTED_ALGORITHM where there is none: pages that are no secure context have no crypto.subtle */
export function hostSubtle(): SubtleCrypto {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    throw new TlsError(
      'ERR_UNSUPPORTED_ALGORITHM',
      'this host has no crypto.subtle; pages have it in secure contexts only',
    );
  }
  return subtle;
}

/** Bytes as WebCrypto wants them: over an ArrayBuffer, never a shared one. */
export function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

function base64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** An RSA public key as JWK (RFC 7518 §6.3.1). */
export function rsaJwk(key: PublicKey & { readonly type: 'rsa' }): JsonWebKey {
  return { kty: 'RSA', n: base64url(key.modulus), e: base64url(key.exponent) };
}
