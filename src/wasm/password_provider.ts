// The default provider with the means to read encrypted keys, for entries that take keys as people have them.

import type { KeyProvider } from '../crypto/password_encryption.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { defaultCore } from './default_core.ts';
import { defaultProvider } from './default_provider.ts';
import { wasmPasswordEncryption } from './password_encryption.ts';
import { wasmScrypt } from './scrypt.ts';

let provider: (CryptoProvider & KeyProvider) | undefined;

/** The same each time. */
export function passwordProvider(): CryptoProvider & KeyProvider {
  if (provider === undefined) {
    const core = defaultCore();
    provider = { ...defaultProvider(), passwordEncryption: wasmPasswordEncryption(core, wasmScrypt(core)) };
  }
  return provider;
}
