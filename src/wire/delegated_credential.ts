// DelegatedCredential as it stands on the wire (RFC 9345 §4). Written, and signed, it is in src/x509.

import { Reader } from './reader.ts';

/** A DelegatedCredential. */
export interface DelegatedCredential {
  /** Seconds from notBefore of the certificate. */
  readonly validTime: number;
  /** SignatureScheme of the CertificateVerify. */
  readonly scheme: number;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** The Credential - validTime, scheme, key - as it is signed. */
  readonly encodedKey: Uint8Array;
  /** SignatureScheme of the signature by the certificate's key. */
  readonly algorithm: number;
  readonly signature: Uint8Array;
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
