// castls/legacy/keys: private keys and PKCS#12 files under the encryption of old: triple DES, RC2 and DES by PBES1, PBES2 or
// PKCS#12's own schemes, and PEM with DEK-Info. For reading only, to write the key anew. It brings the family `legacy`
// (MD5, triple DES, RC2), which nothing else carries.

import type { PrivateKey } from './crypto/signature.ts';
import { defaultCore } from './wasm/default_core.ts';
import { wasmLegacyCiphers } from './wasm/legacy_ciphers.ts';
import { wasmPasswordEncryption } from './wasm/password_encryption.ts';
import { wasmProvider } from './wasm/provider.ts';
import { wasmScrypt } from './wasm/scrypt.ts';
import { legacyEncryption as encryptionOver } from './x509/keys/legacy_encryption.ts';
import type { LegacyEncryption, PasswordOptions } from './x509/keys/pbes2.ts';
import type { Pkcs12Content, Pkcs12Options } from './x509/pkcs12/read.ts';
import * as x509 from './x509.ts';

export { type ErrorCode, TlsError } from './base/errors.ts';
export type { PrivateKey } from './crypto/signature.ts';
export type { LegacyEncryption, PasswordOptions } from './x509/keys/pbes2.ts';
export type { Pkcs12Content, Pkcs12Options } from './x509/pkcs12/read.ts';

let made: LegacyEncryption | undefined;

/** What the option `legacy` of parsePrivateKey and parsePkcs12 takes. The same each time. */
export function legacyEncryption(): LegacyEncryption {
  if (made !== undefined) return made;
  const core = defaultCore();
  const passwordEncryption = wasmPasswordEncryption(core, wasmScrypt(core));
  return (made = encryptionOver({ ...wasmProvider(core, {}), passwordEncryption }, wasmLegacyCiphers(core)));
}

/** As parsePrivateKey of castls/x509, for encryption of old too. */
export function parsePrivateKey(input: string | Uint8Array, options: PasswordOptions = {}): PrivateKey {
  return x509.parsePrivateKey(input, { legacy: legacyEncryption(), ...options });
}

/** As parsePkcs12 of castls/x509, for encryption of old too. */
export function parsePkcs12(bytes: Uint8Array, options: Pkcs12Options): Pkcs12Content {
  return x509.parsePkcs12(bytes, { legacy: legacyEncryption(), ...options });
}
