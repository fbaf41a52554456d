// What encrypted files of old were made with. For reading them; nothing is written with it.

import type { HashAlgorithm } from './hash.ts';

/** Ciphers and the hash of old key files. Nothing authenticates what is decrypted; the caller wipes it. */
export interface LegacyCiphers {
  readonly md5: HashAlgorithm;
  /**
   * Triple DES in CBC mode with PKCS#7 padding. @param key 24 bytes: K1 K2 K3; K1 K2 K1 for two keys, K K K for DES
   * @param iv 8 bytes @throws ERR_DECRYPTION_FAILED if the length or the padding is wrong, ERR_BAD_LENGTH
   */
  tripleDesCbcDecrypt(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array;
  /**
   * RC2 (RFC 2268) in CBC mode with PKCS#7 padding. @param key 1 to 128 bytes @param effectiveBits 1 to 1024
   * @param iv 8 bytes @throws ERR_DECRYPTION_FAILED if the length or the padding is wrong, ERR_BAD_LENGTH
   */
  rc2CbcDecrypt(key: Uint8Array, effectiveBits: number, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array;
}
