// Every signature verifier of the product, over the core that tests share.

import type { SignatureVerifier } from '../../src/crypto/signature.ts';
import { ed448Verifier } from '../../src/wasm/ed448.ts';
import { ed25519Verifier } from '../../src/wasm/ed25519.ts';
import { mlDsaVerifier } from '../../src/wasm/mldsa.ts';
import { p256Verifier } from '../../src/wasm/p256.ts';
import { p384Verifier } from '../../src/wasm/p384.ts';
import { p521Verifier } from '../../src/wasm/p521.ts';
import { rsaVerifier } from '../../src/wasm/rsa.ts';
import { testCore } from './core.ts';

export function wasmVerifiers(): SignatureVerifier[] {
  const make = [p256Verifier, p384Verifier, p521Verifier, ed25519Verifier, ed448Verifier, rsaVerifier, mlDsaVerifier];
  return make.map(verifier => verifier(testCore()));
}
