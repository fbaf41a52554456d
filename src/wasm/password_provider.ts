// The default provider with the means to read encrypted keys, for entries that take keys as people have them.

import type { KeyProvider } from '../crypto/password_encryption.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { providerWithScrypt } from './password_provider_over.ts';
import { wasmScrypt } from './scrypt.ts';

let provider: (CryptoProvider & KeyProvider) | undefined;

/** The same each time. */
export function passwordProvider(): CryptoProvider & KeyProvider {
  return (provider ??= providerWithScrypt(wasmScrypt));
}
