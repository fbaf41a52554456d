// DelegatedCredential and what its signature covers (RFC 9345 §4).

import { concat } from '../base/bytes.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** A Credential: a key, and for how long. */
export interface DelegatedKey {
  /** Seconds from notBefore of the certificate. */
  readonly validTime: number;
  /** SignatureScheme of the CertificateVerify. */
  readonly scheme: number;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
}

/** A DelegatedCredential as it stands on the wire. */
export interface DelegatedCredential extends DelegatedKey {
  /** The Credential, encoded. */
  readonly encodedKey: Uint8Array;
  /** SignatureScheme of the signature by the certificate's key. */
  readonly algorithm: number;
  readonly signature: Uint8Array;
}

export function encodeDelegatedKey({ validTime, scheme, spki }: DelegatedKey): Uint8Array {
  return new Writer().u32(validTime).u16(scheme).vector(3, spki).finish();
}

export function encodeDelegatedCredential(
  encodedKey: Uint8Array,
  algorithm: number,
  signature: Uint8Array,
): Uint8Array {
  return new Writer().bytes(encodedKey).u16(algorithm).vector(2, signature).finish();
}

/** @throws ERR_DECODE_ERROR */
export function parseDelegatedCredential(bytes: Uint8Array): DelegatedCredential {
  const reader = new Reader(bytes, 'DelegatedCredential');
  const validTime = reader.u32();
  const scheme = reader.u16();
  const spki = reader.vector(3, 1);
  const encodedKey = bytes.subarray(0, reader.offset);
  const algorithm = reader.u16();
  const signature = reader.vector(2, 1);
  reader.end();
  return { validTime, scheme, spki, encodedKey, algorithm, signature };
}

/** What the key of the certificate signs. @param certificate DER of the end entity */
export function delegationContent(
  role: 'server' | 'client',
  certificate: Uint8Array,
  encodedKey: Uint8Array,
  algorithm: number,
): Uint8Array {
  const context = new TextEncoder().encode(`TLS, ${role} delegated credentials`);
  const spaces = new Uint8Array(64).fill(0x20);
  return concat([spaces, context, Uint8Array.of(0), certificate, encodedKey, new Writer().u16(algorithm).finish()]);
}
