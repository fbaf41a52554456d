// What SSL 3.0, TLS 1.0 and TLS 1.1 need beside a CryptoProvider (RFC 6101, 2246, 4346): nothing has it but who asks for it.

import type { TranscriptHash } from './hash.ts';
import type { CipherSuite12 } from './record_protection.ts';
import type { Secret } from './secret.ts';

export interface OlderCryptography {
  /** MD5 and SHA-1 of the same, one behind the other: 36 bytes. */
  readonly hash: TranscriptHash;
  /**
   * Suites of one version, in order of preference. Their `keyDerivation.prf12` is the version's own: the PRF of MD5 and SHA-1
   * (RFC 2246 §5); in SSL 3.0 the nested hashes (RFC 6101 §6.1), which know no labels. Encrypt-then-MAC is not among them.
   * @param version ProtocolVersion
   */
  cipherSuites(version: number): readonly CipherSuite12[];
  /**
   * MD5 and SHA-1 over master secret and messages, nested as SSL 3.0 has them in Finished and CertificateVerify (RFC 6101
   * §5.6.8, §5.6.9): 36 bytes. @param messages all handshake messages, and behind them the Sender in a Finished
   */
  ssl3Digest(master: Secret, messages: Uint8Array): Uint8Array;
}
