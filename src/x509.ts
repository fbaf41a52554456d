// castls/x509: certificates without a connection, on the WASM provider. Everything is a function of its own, so that a
// bundle carries what it names: reading and verifying bring no issuing, no key files and no PKCS#12.

import type { PasswordEncryption } from './crypto/password_encryption.ts';
import type { PrivateKey } from './crypto/signature.ts';
import { defaultCore, defaultProvider } from './wasm/default_provider.ts';
import { wasmPasswordEncryption } from './wasm/password_encryption.ts';
import { wasmScrypt } from './wasm/scrypt.ts';
import type { PasswordOptions } from './x509/keys/pbes2.ts';
import * as privateKey from './x509/keys/private_key.ts';

export * from './x509/index.ts';

let encryption: PasswordEncryption | undefined;

function keyProvider() {
  const core = defaultCore();
  encryption ??= wasmPasswordEncryption(core, wasmScrypt(core));
  return { ...defaultProvider(), passwordEncryption: encryption };
}

/** See src/x509/keys/private_key.ts. */
export function parsePrivateKey(input: string | Uint8Array, options: PasswordOptions = {}): PrivateKey {
  return privateKey.parsePrivateKey(keyProvider(), input, options);
}
