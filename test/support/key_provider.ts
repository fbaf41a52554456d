// The product's provider with password-based encryption, over the core that tests share.

import type { KeyProvider } from '../../src/crypto/password_encryption.ts';
import { fullProvider } from '../../src/wasm/default_provider.ts';
import { wasmPasswordEncryption } from '../../src/wasm/password_encryption.ts';
import { wasmScrypt } from '../../src/wasm/scrypt.ts';
import { testCore } from './core.ts';

let made: (ReturnType<typeof fullProvider> & KeyProvider) | undefined;

export function testKeyProvider(): ReturnType<typeof fullProvider> & KeyProvider {
  const core = testCore();
  return (made ??= { ...fullProvider(core), passwordEncryption: wasmPasswordEncryption(core, wasmScrypt(core)) });
}
