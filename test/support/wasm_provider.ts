// The whole WASM provider: every suite, group and verifier castls has.

import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { wasmCipherSuites12 } from '../../src/wasm/cipher_suites.ts';
import { ed448Verifier } from '../../src/wasm/ed448.ts';
import { ed25519Verifier } from '../../src/wasm/ed25519.ts';
import { ffdheGroup, finiteFieldDh } from '../../src/wasm/ffdh.ts';
import { secp256r1MlKem768Group, secp384r1MlKem1024Group, x25519MlKem768Group } from '../../src/wasm/hybrid.ts';
import { mlDsaVerifier } from '../../src/wasm/mldsa.ts';
import { p256Verifier, secp256r1Group } from '../../src/wasm/p256.ts';
import { p384Verifier, secp384r1Group } from '../../src/wasm/p384.ts';
import { p521Verifier, secp521r1Group } from '../../src/wasm/p521.ts';
import { wasmProvider } from '../../src/wasm/provider.ts';
import { rsaVerifier } from '../../src/wasm/rsa.ts';
import { rsaKeyTransport } from '../../src/wasm/rsa_key_transport.ts';
import { x448Group } from '../../src/wasm/x448.ts';
import { x25519Group } from '../../src/wasm/x25519.ts';
import { testCore } from './core.ts';

export function fullWasmProvider(): CryptoProvider {
  const core = testCore();
  const x25519 = x25519Group(core);
  const secp256r1 = secp256r1Group(core);
  const secp384r1 = secp384r1Group(core);
  return wasmProvider(core, {
    cipherSuites12: wasmCipherSuites12,
    groups: [
      x25519MlKem768Group(core, x25519),
      x25519,
      secp256r1,
      secp384r1,
      secp521r1Group(core),
      x448Group(core),
      secp256r1MlKem768Group(core, secp256r1),
      secp384r1MlKem1024Group(core, secp384r1),
      ffdheGroup(core, 2048),
      ffdheGroup(core, 3072),
    ],
    finiteFieldDh: finiteFieldDh(core),
    rsaKeyTransport: rsaKeyTransport(core),
    signatureVerifiers: [
      p256Verifier(core),
      p384Verifier(core),
      p521Verifier(core),
      rsaVerifier(core),
      ed25519Verifier(core),
      ed448Verifier(core),
      mlDsaVerifier(core),
    ],
  });
}
