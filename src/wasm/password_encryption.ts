// PasswordEncryption on the core: PBKDF2 and AES-CBC. scrypt is a part of its own (scrypt.ts), because it is a library.

import type { PasswordEncryption } from '../crypto/password_encryption.ts';
import { aesCbcDecrypt, aesCbcEncrypt } from './aead.ts';
import type { WasmCore } from './core.ts';
import { pbkdf2 } from './pbkdf2.ts';

/** @param scrypt `wasmScrypt(core)` of scrypt.ts, or absent to refuse it */
export function wasmPasswordEncryption(
  core: WasmCore,
  scrypt?: NonNullable<PasswordEncryption['scrypt']>,
): PasswordEncryption {
  return {
    pbkdf2: (hash, password, salt, iterations, length) => pbkdf2(core, hash, password, salt, iterations, length),
    scrypt,
    aesCbcEncrypt: (key, iv, plaintext) => aesCbcEncrypt(core, key, iv, plaintext),
    aesCbcDecrypt: (key, iv, ciphertext) => aesCbcDecrypt(core, key, iv, ciphertext),
  };
}
