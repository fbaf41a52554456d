// CryptoProvider over the WASM core: a struct of lists, filled by the parts that a bundle names.

import type { HashName, KeyDerivation } from '../crypto/hash.ts';
import type { FiniteFieldDh, KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { CipherSuite12 } from '../crypto/record_protection.ts';
import type { PrivateKeyImporter, RsaKeyTransport, SignatureVerifier } from '../crypto/signature.ts';
import { wasmCipherSuites13 } from './cipher_suites.ts';
import { EXCHANGE_LENGTH, type WasmCore } from './core.ts';
import { type WasmKeyDerivation, wasmKeyDerivation } from './key_derivation.ts';
import { concatSecrets, sliceSecret } from './secrets.ts';

/** Suites of TLS 1.2 over a core. */
export type CipherSuites12Part = (
  core: WasmCore,
  keyDerivation: (hash: HashName) => KeyDerivation,
) => readonly CipherSuite12[];

/** What a provider offers beside the suites of TLS 1.3; each entry brings its code, and its family's binary, into the bundle. */
export interface ProviderParts {
  /** `wasmCipherSuites12`, `wasmPskCipherSuites12`, in order of preference; none without TLS 1.2. */
  readonly cipherSuites12?: CipherSuites12Part | readonly CipherSuites12Part[];
  /** In order of preference. */
  readonly groups?: readonly KeyExchangeGroup[];
  readonly finiteFieldDh?: FiniteFieldDh;
  readonly rsaKeyTransport?: RsaKeyTransport;
  readonly signatureVerifiers?: readonly SignatureVerifier[];
  readonly privateKeyImporters?: readonly PrivateKeyImporter[];
}

/** A provider over `core`. Families are instantiated at their first use. */
export function wasmProvider(core: WasmCore, parts: ProviderParts = {}): CryptoProvider {
  const derivations = new Map<HashName, WasmKeyDerivation>();
  const keyDerivation = (hash: HashName): WasmKeyDerivation => {
    let derivation = derivations.get(hash);
    if (derivation === undefined) {
      derivation = wasmKeyDerivation(core, hash);
      derivations.set(hash, derivation);
    }
    return derivation;
  };
  const { cipherSuites12 = [] } = parts;
  const parts12 = typeof cipherSuites12 === 'function' ? [cipherSuites12] : cipherSuites12;
  return {
    name: 'wasm',
    random: core.random,
    importSecret: bytes => core.importSecret(bytes),
    dangerousReveal: secret => core.dangerousReveal(secret),
    concatSecrets: (first, second) => concatSecrets(core, first, second),
    sliceSecret: (secret, offset, length) => sliceSecret(core, secret, offset, length),
    equalBytes: (a, b) => equalBytes(core, a, b),
    keyDerivation,
    cipherSuites13: wasmCipherSuites13(core, keyDerivation),
    cipherSuites12: parts12.flatMap(suites => suites(core, keyDerivation)),
    groups: parts.groups ?? [],
    finiteFieldDh: parts.finiteFieldDh,
    rsaKeyTransport: parts.rsaKeyTransport,
    signatureVerifiers: parts.signatureVerifiers ?? [],
    privateKeyImporters: parts.privateKeyImporters ?? [],
  };
}

/** Compares in the core, in constant time; lengths are public. */
function equalBytes(core: WasmCore, a: Uint8Array, b: Uint8Array): boolean {
  core.requireInput(a, 'the first of the two');
  core.requireInput(b, 'the second of the two');
  if (a.length !== b.length) return false;
  const half = EXCHANGE_LENGTH / 2;
  const { exchange } = core;
  let different = 0;
  for (let at = 0; at < a.length; at += half) {
    const length = Math.min(half, a.length - at);
    core.bytes.set(a.subarray(at, at + length), exchange);
    core.bytes.set(b.subarray(at, at + length), exchange + half);
    different |= ~core.abi.equalBytes(exchange, exchange + half, length);
    core.bytes.fill(0, exchange, exchange + length);
    core.bytes.fill(0, exchange + half, exchange + half + length);
  }
  return different === 0;
}
