// The whole WASM provider: every suite, group, verifier and key importer castls has, over one memory that all
// connections share. Made at its first use, because importing a module has no effect.

import type { CryptoProvider } from '../crypto/provider.ts';
import { wasmCipherSuites12 } from './cipher_suites.ts';
import type { WasmCore } from './core.ts';
import { defaultCore } from './default_core.ts';
import { ed448Importer, ed448Verifier } from './ed448.ts';
import { ed25519Importer, ed25519Verifier } from './ed25519.ts';
import { ffdheGroup, finiteFieldDh } from './ffdh.ts';
import { secp256r1MlKem768Group, secp384r1MlKem1024Group, x25519MlKem768Group } from './hybrid.ts';
import { mlDsaImporter, mlDsaVerifier } from './mldsa.ts';
import { p256Keys, p256Verifier, secp256r1Group } from './p256.ts';
import { p384Keys, p384Verifier, secp384r1Group } from './p384.ts';
import { p521Keys, p521Verifier, secp521r1Group } from './p521.ts';
import { wasmProvider } from './provider.ts';
import { wasmPskCipherSuites12 } from './psk_cipher_suites.ts';
import { rsaVerifier } from './rsa.ts';
import { rsaKeyTransport } from './rsa_key_transport.ts';
import { rsaKeyImporter } from './rsa_private.ts';
import { x448Group } from './x448.ts';
import { x25519Group } from './x25519.ts';
import { x25519PublicKeyByComb } from './x25519_comb.ts';

let provider: CryptoProvider | undefined;

/** Everything castls can do, on the host's random source. The same object each time. */
export function defaultProvider(): CryptoProvider {
  return (provider ??= fullProvider(defaultCore()));
}

/** Everything castls can do, over a core of the caller's. Groups stand in the order of preference of the defaults. */
export function fullProvider(over: WasmCore): CryptoProvider {
  const x25519 = x25519Group(over, x25519PublicKeyByComb);
  const secp256r1 = secp256r1Group(over);
  const secp384r1 = secp384r1Group(over);
  const ffdheBits = [2048, 3072, 4096, 6144, 8192] as const;
  return wasmProvider(over, {
    cipherSuites12: [wasmPskCipherSuites12, wasmCipherSuites12],
    groups: [
      x25519MlKem768Group(over, x25519),
      x25519,
      secp256r1,
      secp384r1,
      x448Group(over),
      secp521r1Group(over),
      secp256r1MlKem768Group(over, secp256r1),
      secp384r1MlKem1024Group(over, secp384r1),
      ...ffdheBits.map(bits => ffdheGroup(over, bits)),
    ],
    finiteFieldDh: finiteFieldDh(over),
    rsaKeyTransport: rsaKeyTransport(over),
    signatureVerifiers: [
      p256Verifier(over),
      p384Verifier(over),
      p521Verifier(over),
      rsaVerifier(over),
      ed25519Verifier(over),
      ed448Verifier(over),
      mlDsaVerifier(over),
    ],
    privateKeyImporters: [
      p256Keys(over),
      p384Keys(over),
      p521Keys(over),
      rsaKeyImporter(over),
      ed25519Importer(over),
      ed448Importer(over),
      mlDsaImporter(over),
    ],
  });
}
