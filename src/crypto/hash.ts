// Hash functions and the key derivation built on them. Synchronous in every provider.

import type { Secret } from './secret.ts';

export type HashName =
  | 'md5'
  | 'sha1'
  | 'sha224'
  | 'sha256'
  | 'sha384'
  | 'sha512'
  | 'sha3-224'
  | 'sha3-256'
  | 'sha3-384'
  | 'sha3-512';

/** A hash function (FIPS 180-4, FIPS 202). */
export interface HashAlgorithm {
  readonly name: HashName;
  /** Length of the digest in bytes. */
  readonly outputLength: number;
  /** Block length in bytes, as HMAC uses it. */
  readonly blockLength: number;
  /** Digest of `data`; any length. */
  digest(data: Uint8Array): Uint8Array;
  /** A running hash; the caller disposes of it. */
  start(): HashState;
}

/** What a transcript needs of a hash: before TLS 1.2 it is two at once. */
export type TranscriptHash = Pick<HashAlgorithm, 'outputLength' | 'digest' | 'start'>;

/** A running hash, as the transcript needs it. */
export interface HashState {
  update(data: Uint8Array): void;
  /** Digest of all that was given so far; the state goes on. */
  digest(): Uint8Array;
  clone(): HashState;
  dispose(): void;
}

/** HMAC, HKDF and the TLS key derivations over one hash. Secrets stay inside the provider. */
export interface KeyDerivation {
  readonly hash: HashAlgorithm;
  /** HMAC (RFC 2104) of `data`, for values that go on the wire, such as verify_data. */
  hmac(key: Secret, data: Uint8Array): Uint8Array;
  /** True if `expected` is the HMAC of `data`; compares in constant time. */
  verifyHmac(key: Secret, data: Uint8Array, expected: Uint8Array): boolean;
  /** HKDF-Extract (RFC 5869 §2.2). `null` stands for hash.outputLength zero bytes. */
  extract(salt: Secret | null, inputKeyingMaterial: Secret | null): Secret;
  /** HKDF-Expand (RFC 5869 §2.3) to `length` bytes, at most 255 * hash.outputLength. */
  expand(pseudorandomKey: Secret, info: Uint8Array, length: number): Secret;
  /** HKDF-Expand-Label (RFC 9846 §7.1); `label` without its "tls13 " prefix. */
  expandLabel(secret: Secret, label: string, context: Uint8Array, length: number): Secret;
  /** The TLS 1.2 PRF (RFC 5246 §5): P_hash(secret, label + seed), `length` bytes. */
  prf12(secret: Secret, label: string, seed: Uint8Array, length: number): Secret;
}
