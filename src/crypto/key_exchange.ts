// Key agreement as TLS uses it: a share out, a share in, a secret. KEMs and Diffie-Hellman look the same from here.

import type { FiniteFieldPolicy } from './finite_field_policy.ts';
import type { Awaitable, RandomSource, Secret } from './secret.ts';

/** A named group (IANA TLS Supported Groups) with its implementation. */
export interface KeyExchangeGroup {
  readonly id: number;
  /** IANA's name, such as "x25519" or "X25519MLKEM768". */
  readonly name: string;
  /** Usable in TLS 1.2 too (a hybrid is not). */
  readonly tls12: boolean;
  /** Parameters of a finite-field group (RFC 7919), big-endian, as TLS 1.2 sends them. */
  readonly finiteField?: { readonly prime: Uint8Array; readonly generator: Uint8Array };
  /** A fresh key pair for the side that sends the first share (the TLS 1.3 client; the TLS 1.2 server). */
  generate(random: RandomSource): Awaitable<KeyExchange>;
  /**
   * Answers the peer's first share (the TLS 1.3 server; the TLS 1.2 client).
   * @throws ERR_INVALID_PUBLIC_KEY for a share of wrong length, off the curve, non-canonical where that is an error, or giving an all-zero secret
   */
  respond(peerShare: Uint8Array, random: RandomSource): Awaitable<{ share: Uint8Array; sharedSecret: Secret }>;
}

/** A key pair that waits for the peer's share. Good for one `complete`. */
export interface KeyExchange {
  readonly group: KeyExchangeGroup;
  /** The share as it goes on the wire; a copy the caller owns. */
  readonly share: Uint8Array;
  /** @throws ERR_INVALID_PUBLIC_KEY, ERR_INVALID_CIPHERTEXT (a KEM ciphertext of wrong length) */
  complete(peerShare: Uint8Array): Awaitable<Secret>;
  /** Wipes the private key. Idempotent; `complete` does it too. */
  dispose(): void;
}

/** Finite-field groups of TLS 1.2 ServerDHParams, whose prime the server chooses (RFC 5246 §7.4.3). */
export interface FiniteFieldDh {
  /**
   * The group of an explicit prime and generator as a KeyExchangeGroup (id 0 if it is no named group), with
   * `finiteField` set. Shares are as long as the prime; secrets come without leading zero bytes (RFC 5246 §8.1.2).
   * @param prime big-endian, odd, 2048-8192 bits if the policy says nothing else @param generator big-endian, 2..p-2
   * @throws ERR_WEAK_KEY for a size outside the policy; ERR_INVALID_PUBLIC_KEY for an even prime or a generator out of
   * range; ERR_INVALID_ARGUMENT for a policy that names no size
   */
  group(prime: Uint8Array, generator: Uint8Array, policy?: FiniteFieldPolicy): KeyExchangeGroup;
}
