// Hybrid Public Key Encryption (RFC 9180) as a provider offers it: KEMs, KDFs and AEADs are objects, a suite is three of
// them. Base and PSK modes; the authenticated modes are not offered.

import type { RandomSource, Secret } from './secret.ts';

/** A key encapsulation mechanism (RFC 9180 §4; IANA HPKE KEM Identifiers). */
export interface HpkeKem {
  readonly id: number;
  readonly name: string;
  /** Nenc, Npk and Nsk in bytes. */
  readonly encapsulationLength: number;
  readonly publicKeyLength: number;
  readonly privateKeyLength: number;
  /** A fresh key pair. */
  generate(random: RandomSource): HpkePrivateKey;
  /** DeriveKeyPair: the key pair of input keying material, which stays the caller's. */
  derive(inputKeyingMaterial: Secret): HpkePrivateKey;
  /** DeserializePrivateKey; `serialized` stays the caller's. @throws ERR_INVALID_PRIVATE_KEY */
  import(serialized: Secret): HpkePrivateKey;
  /** Encap: a shared secret that the caller owns, and what carries it. @throws ERR_INVALID_PUBLIC_KEY */
  encapsulate(publicKey: Uint8Array, random: RandomSource): { encapsulation: Uint8Array; sharedSecret: Secret };
}

/** A recipient's key. */
export interface HpkePrivateKey {
  readonly kem: HpkeKem;
  /** Serialized (SerializePublicKey). */
  readonly publicKey: Uint8Array;
  /**
   * Decap: the shared secret, which the caller owns.
   * @throws ERR_INVALID_CIPHERTEXT for a wrong length, ERR_INVALID_PUBLIC_KEY for an ephemeral key that is no point
   */
  decapsulate(encapsulation: Uint8Array): Secret;
  /** SerializePrivateKey: a secret that the caller owns. */
  dangerousExport(): Secret;
  dispose(): void;
}

/** A key derivation function (IANA HPKE KDF Identifiers): HKDF in two stages, or an XOF in one (draft-ietf-hpke-pq). */
export interface HpkeKdf {
  readonly id: number;
  readonly name: string;
  /** Nh in bytes. */
  readonly hashLength: number;
}

/** An AEAD (IANA HPKE AEAD Identifiers). The export-only AEAD has keys of no length. */
export interface HpkeAead {
  readonly id: number;
  readonly name: string;
  /** Nk, Nn and Nt in bytes. */
  readonly keyLength: number;
  readonly nonceLength: number;
  readonly tagLength: number;
}

/** A pre-shared key of at least 32 bytes (RFC 9180 §9.5) and its non-empty identity. It stays the caller's. */
export interface HpkePsk {
  readonly key: Secret;
  readonly id: Uint8Array;
}

interface HpkeContext {
  /** Secret Export (§5.3): `length` bytes that the caller owns. @throws ERR_BAD_LENGTH */
  export(context: Uint8Array, length: number): Secret;
  /** Wipes the context's keys. Idempotent. */
  dispose(): void;
}

/** The sender's side of an encryption context. */
export interface HpkeSender extends HpkeContext {
  /** The next message (§5.2): ciphertext and tag. @throws ERR_INVALID_STATE if the suite only exports */
  seal(aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
}

/** The recipient's side of an encryption context. */
export interface HpkeReceiver extends HpkeContext {
  /**
   * The next message. A failure does not advance the sequence number.
   * @throws ERR_DECRYPTION_FAILED, ERR_INVALID_STATE if the suite only exports
   */
  open(aad: Uint8Array, ciphertext: Uint8Array): Uint8Array;
}

/** What a provider offers for HPKE. Mode PSK where a `psk` is given, else base. */
export interface HpkeSuite {
  readonly kem: HpkeKem;
  readonly kdf: HpkeKdf;
  readonly aead: HpkeAead;
  /** @param publicKey the recipient's, serialized @throws ERR_INVALID_PUBLIC_KEY, ERR_INVALID_ARGUMENT (the PSK) */
  setupSender(
    publicKey: Uint8Array,
    info: Uint8Array,
    random: RandomSource,
    psk?: HpkePsk,
  ): { encapsulation: Uint8Array; context: HpkeSender };
  /** @throws ERR_INVALID_CIPHERTEXT, ERR_INVALID_PUBLIC_KEY, ERR_INVALID_ARGUMENT (the PSK) */
  setupReceiver(key: HpkePrivateKey, encapsulation: Uint8Array, info: Uint8Array, psk?: HpkePsk): HpkeReceiver;
}
