// Keys from passwords, and the encryption under them: what PBES2 (RFC 8018 §6.2) and PKCS#12 need besides a CryptoProvider.

import type { HashName } from './hash.ts';
import type { CryptoProvider } from './provider.ts';
import type { Secret } from './secret.ts';

/** Costs of scrypt (RFC 7914 §2): N, r and p. It takes 128 * N * r bytes of memory. */
export interface ScryptCost {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

/** Password-based encryption. Every Secret that comes back is the caller's; those given stay the caller's. */
export interface PasswordEncryption {
  /** PBKDF2 with HMAC (RFC 8018 §5.2). Synchronous: whoever reads `iterations` from a file caps it first. */
  pbkdf2(hash: HashName, password: Secret, salt: Uint8Array, iterations: number, length: number): Secret;
  /** scrypt (RFC 7914), where it is offered. The caller caps the cost. */
  scrypt?(password: Secret, salt: Uint8Array, cost: ScryptCost, length: number): Secret;
  /** AES-CBC with PKCS#7 padding. @param key 16, 24 or 32 bytes @param iv 16 bytes */
  aesCbcEncrypt(key: Secret, iv: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** The plaintext, which the caller wipes. @throws ERR_DECRYPTION_FAILED if the length or the padding is wrong */
  aesCbcDecrypt(key: Secret, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array;
}

/** What reading and writing private keys needs of a provider. */
export interface KeyProvider
  extends Pick<
    CryptoProvider,
    'random' | 'importSecret' | 'dangerousReveal' | 'keyDerivation' | 'equalBytes' | 'privateKeyImporters'
  > {
  /** Absent: encrypted keys are refused. */
  readonly passwordEncryption?: PasswordEncryption;
}
