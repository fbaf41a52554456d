// castls/native: a provider on node:crypto, for Node alone. castls' protocol with OpenSSL's records, key exchange and
// signatures: faster where AES instructions are, and without castls' own claim of constant time.

import type { KeyProvider } from './crypto/password_encryption.ts';
import type { CryptoProvider } from './crypto/provider.ts';
import { nativeProviderOver } from './native/provider.ts';
import { passwordProvider } from './wasm/password_provider.ts';

let provider: (CryptoProvider & KeyProvider) | undefined;

/** The provider, over the WASM core that everything shares. The same each time; it answers at once. */
export function nativeProvider(): CryptoProvider & KeyProvider {
  return (provider ??= nativeProviderOver(passwordProvider()));
}
