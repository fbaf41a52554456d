// The default provider with the means to read encrypted keys, scrypt by whom the caller says.

import type { KeyProvider, PasswordEncryption } from '../crypto/password_encryption.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { WasmCore } from './core.ts';
import { defaultCore } from './default_core.ts';
import { defaultProvider } from './default_provider.ts';
import { wasmPasswordEncryption } from './password_encryption.ts';

/** @param scrypt for example `wasmScrypt` */
export function providerWithScrypt(
  scrypt: (core: WasmCore) => NonNullable<PasswordEncryption['scrypt']>,
): CryptoProvider & KeyProvider {
  const core = defaultCore();
  return { ...defaultProvider(), passwordEncryption: wasmPasswordEncryption(core, scrypt(core)) };
}
