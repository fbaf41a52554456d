// Signatures: keys as plain public data, verification by a list of verifiers, signing by whoever owns the key.

import type { Pace } from '../base/pace.ts';
import type { HashName } from './hash.ts';
import type { Awaitable, RandomSource, Secret } from './secret.ts';

export type EcCurveName = 'P-256' | 'P-384' | 'P-521';
export type MlDsaName = 'ML-DSA-44' | 'ML-DSA-65' | 'ML-DSA-87';

/** A public key as data. Byte strings are big-endian, unsigned and without leading zeros where they are integers. */
export type PublicKey =
  /** `pss`: the key is id-RSASSA-PSS (RFC 4055 §1.2), good for PSS only; its parameters, if any, are the only ones allowed. */
  | {
      readonly type: 'rsa';
      readonly modulus: Uint8Array;
      readonly exponent: Uint8Array;
      readonly pss?: { readonly hash?: HashName; readonly mgfHash?: HashName; readonly minimumSaltLength?: number };
    }
  /** `point`: SEC 1 uncompressed, 1 + 2 * field length bytes. */
  | { readonly type: 'ec'; readonly curve: EcCurveName; readonly point: Uint8Array }
  | { readonly type: 'ed25519'; readonly key: Uint8Array }
  | { readonly type: 'ed448'; readonly key: Uint8Array }
  | { readonly type: 'x25519'; readonly key: Uint8Array }
  | { readonly type: 'x448'; readonly key: Uint8Array }
  | { readonly type: 'mldsa'; readonly parameterSet: MlDsaName; readonly key: Uint8Array };

/** A signature algorithm with all its parameters. */
export type SignatureParameters =
  /** Signature: DER Ecdsa-Sig-Value (RFC 3279 §2.2.3). */
  | { readonly type: 'ecdsa'; readonly hash: HashName }
  | { readonly type: 'rsa-pkcs1'; readonly hash: HashName }
  /** Before TLS 1.2 (RFC 2246 §4.7): the "message" is MD5 and SHA-1 of what is signed, 36 bytes; there is no DigestInfo. */
  | { readonly type: 'rsa-pkcs1-md5-sha1' }
  /** `saltLength` in bytes. */
  | { readonly type: 'rsa-pss'; readonly hash: HashName; readonly mgfHash: HashName; readonly saltLength: number }
  | { readonly type: 'ed25519' }
  | { readonly type: 'ed448' }
  /** `context`: 0-255 bytes, empty in TLS and X.509 (RFC 9881). */
  | { readonly type: 'mldsa'; readonly parameterSet: MlDsaName; readonly context?: Uint8Array };

/** What keys and signatures of certificates have to be worth. */
export interface CertificateStrength {
  /** Of RSA keys. */
  readonly minimumRsaBits: number;
  /** Signatures with SHA-1 count, though collisions can be made (RFC 9155). */
  readonly sha1: boolean;
}

/** Verifies one family of signatures. Public data only: may run in variable time. */
export interface SignatureVerifier {
  readonly name: string;
  /** What certificates may be worth that are verified with it, where that is less than usual. */
  readonly dangerousStrength?: CertificateStrength;
  /** True if this verifier can check signatures of `parameters` by `key`. */
  handles(key: PublicKey, parameters: SignatureParameters): boolean;
  /**
   * True if the signature is valid. A malformed signature is false, never an exception.
   * @throws ERR_INVALID_PUBLIC_KEY, ERR_WEAK_KEY for a key that must not be used at all
   */
  verify(
    key: PublicKey,
    parameters: SignatureParameters,
    message: Uint8Array,
    signature: Uint8Array,
  ): Awaitable<boolean>;
}

/** A private key held by a provider. */
export interface PrivateKey {
  readonly publicKey: PublicKey;
  /**
   * Signs the message (never a digest). ECDSA in DER.
   * @param random hedges ECDSA (RFC 6979 §3.6), salts PSS, blinds RSA, randomises ML-DSA
   * @param pace says when to give way to other work: an RSA key then answers later, in slices. Others may leave it aside
   * @throws ERR_UNSUPPORTED_ALGORITHM if `parameters` do not fit the key; ERR_STALE_HANDLE if it was disposed of, between two
   *   slices too
   */
  sign(parameters: SignatureParameters, message: Uint8Array, random: RandomSource, pace?: Pace): Awaitable<Uint8Array>;
  /** The key as material whose secrets the caller owns and disposes of. @throws ERR_INVALID_STATE if the key may not leave its owner */
  dangerousExport(): PrivateKeyMaterial;
  dispose(): void;
}

/** What can turn private key material into a PrivateKey. Integers are big-endian Secrets. */
export type PrivateKeyMaterial =
  /** `privateExponent` is carried for export only; the CRT parameters do the work. */
  | {
      readonly type: 'rsa';
      readonly modulus: Uint8Array;
      readonly exponent: Uint8Array;
      readonly prime1: Secret;
      readonly prime2: Secret;
      readonly exponent1: Secret;
      readonly exponent2: Secret;
      readonly coefficient: Secret;
      readonly privateExponent?: Secret;
    }
  /** `scalar`: field-length bytes. `point` is recomputed; a given one must agree. */
  | { readonly type: 'ec'; readonly curve: EcCurveName; readonly scalar: Secret; readonly point?: Uint8Array }
  /** `seed`: 32 bytes (Ed25519) or 57 bytes (Ed448), RFC 8032. */
  | { readonly type: 'ed25519' | 'ed448'; readonly seed: Secret }
  /** FIPS 204: the 32-byte seed, or the expanded key. One of the two. */
  | { readonly type: 'mldsa'; readonly parameterSet: MlDsaName; readonly seed?: Secret; readonly expanded?: Secret };

/** Which key to generate. `bits`: 2048-8192, a multiple of 16; the public exponent is 65537. */
export type KeyGenerationParameters =
  | { readonly type: 'rsa'; readonly bits: number }
  | { readonly type: 'ec'; readonly curve: EcCurveName }
  | { readonly type: 'ed25519' | 'ed448' }
  | { readonly type: 'mldsa'; readonly parameterSet: MlDsaName };

/** Imports and generates private keys of one family. */
export interface PrivateKeyImporter {
  readonly name: string;
  /** True for this family's keys: the type, and the curve or parameter set where there is one. */
  handles(key: { type: string; curve?: string; parameterSet?: string }): boolean;
  /** The material stays the caller's. @throws ERR_INVALID_PRIVATE_KEY, ERR_WEAK_KEY */
  import(material: PrivateKeyMaterial): PrivateKey;
  /** @param onProgress called with the number of candidates tried so far (RSA) */
  generate(
    parameters: KeyGenerationParameters,
    random: RandomSource,
    onProgress?: (candidates: number) => void,
  ): Awaitable<PrivateKey>;
}

/**
 * Signs for a certificate: a key in this process, in WebCrypto, in a KMS. Gets the message, never a digest, and answers
 * at once or later; ECDSA in DER. `schemes` are IANA SignatureScheme values in order of preference.
 */
export interface Signer {
  readonly schemes: readonly number[];
  /**
   * What it signs by before TLS 1.2, beside `schemes`: `rsaPkcs1Md5Sha1`, whose message is the 36 bytes of both digests, or
   * ecdsa_sha1. Absent: it does not sign there.
   */
  readonly olderSchemes?: readonly number[];
  /**
   * @param signal aborts when the connection is gone
   * @param pace with `maxBlockMs`: says when to give way to other work, to whoever computes in this loop
   */
  sign(scheme: number, message: Uint8Array, signal?: AbortSignal, pace?: Pace): Awaitable<Uint8Array>;
}

/** Decrypts the premaster secret of TLS 1.2 RSA key exchange with implicit rejection (RFC 5246 §7.4.7.1). */
export interface Decrypter {
  /**
   * The 48-byte premaster secret, or, in constant time and without any sign of it, a random one if the padding is
   * wrong or the first two bytes are not `clientVersion`.
   * @param pace as `PrivateKey.sign`
   */
  decryptPremaster(ciphertext: Uint8Array, clientVersion: number, random: RandomSource, pace?: Pace): Awaitable<Secret>;
}

/** The client's half of TLS 1.2 RSA key exchange (RFC 5246 §7.4.7.1). */
export interface RsaKeyTransport {
  /**
   * A fresh premaster secret that begins with `clientVersion`, 48 bytes, and its RSAES-PKCS1-v1_5 ciphertext, as long
   * as the modulus. The secret is the caller's.
   * @throws ERR_INVALID_PUBLIC_KEY for a key that is not RSA, ERR_WEAK_KEY
   */
  encryptPremaster(
    key: PublicKey,
    clientVersion: number,
    random: RandomSource,
  ): Awaitable<{ ciphertext: Uint8Array; premaster: Secret }>;
}
