// scrypt (RFC 7914) by @noble/hashes, for hosts without one of their own.

import { scrypt } from '@noble/hashes/scrypt.js';
import type { PasswordEncryption } from '../crypto/password_encryption.ts';
import type { WasmCore } from './core.ts';
import { scryptOver } from './scrypt_over.ts';

/** @see scryptOver */
export function wasmScrypt(core: WasmCore): NonNullable<PasswordEncryption['scrypt']> {
  return scryptOver(core, scrypt);
}
