// What differs between SSL 3.0, TLS 1.0 and TLS 1.1 as their flow sees it: each is a value with its suites and its ways to
// prove and to end (tls10.ts, ssl3.ts). Records differ by the suites' protection.

import type { OlderCryptography } from '../../crypto/older_cryptography.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { Keys12 } from '../tls12/finished12.ts';

/** One version, made of what implements it. */
export interface OlderProtocol {
  /** ProtocolVersion. */
  readonly version: number;
  /** In order of preference. */
  readonly suites: readonly CipherSuite12[];
  readonly cryptography: OlderCryptography;
  /** Hellos may have extensions. */
  readonly extensions: boolean;
  /** The transcript's messages are needed up to the end. */
  readonly keepsMessages: boolean;
  /** A client without a certificate leaves the message out, though it was asked (RFC 6101 §5.6.6). */
  readonly omitsCertificate: boolean;
  /** The 36 bytes of digests that an RSA key signs in CertificateVerify. */
  verifyDigests(hs: Handshake, master: Secret): Uint8Array;
  /** The ClientKeyExchange with an RSA ciphertext as this version has it, from that of TLS 1.2, and back. */
  toRsaExchange(message: Uint8Array): Uint8Array;
  fromRsaExchange(message: HandshakeMessage): HandshakeMessage;
  /** A client says that it has no certificate to show. */
  sendNoCertificate(hs: Handshake): void;
  /** ChangeCipherSpec and Finished of this side. */
  sendFinished(hs: Handshake, keys: Keys12): void;
  /** The Finished of the peer. @throws ERR_BAD_FINISHED, ERR_DECODE_ERROR */
  readFinished(hs: Handshake, keys: Keys12): Steps<void>;
  /** Both Finished messages are good. */
  establish(hs: Handshake, keys: Keys12): void;
}
