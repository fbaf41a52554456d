// The suites of TLS 1.2 in which a pre-shared key stands for the certificates, over the WASM core: records as those of the
// other suites.

import type { HashName, KeyDerivation } from '../crypto/hash.ts';
import type { CipherSuite12 } from '../crypto/record_protection.ts';
import { PskCipherSuite12 } from '../registry/psk_cipher_suites.ts';
import { suitesNamed12 } from './cipher_suites.ts';
import type { WasmCore } from './core.ts';

// The part of a name before WITH, in order of preference: forward secrecy first.
const pskExchange12 = {
  TLS_ECDHE_PSK: { keyExchange: 'ecdhe', authentication: 'psk' },
  TLS_DHE_PSK: { keyExchange: 'dhe', authentication: 'psk' },
  TLS_PSK: { keyExchange: 'psk', authentication: 'psk' },
} as const;

/** All PSK suites of TLS 1.2 over `core`, in order of preference. */
export function wasmPskCipherSuites12(
  core: WasmCore,
  keyDerivation: (hash: HashName) => KeyDerivation,
): CipherSuite12[] {
  return suitesNamed12(core, keyDerivation, PskCipherSuite12, pskExchange12);
}
