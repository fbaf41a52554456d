// Ed25519 (RFC 8032 §5.1) on the ed25519 family.

import type { Ed25519Exports } from '../../build/generated/abi.ts';
import { bytes } from '../../build/generated/ed25519_wasm.ts';
import type { PrivateKeyImporter, SignatureVerifier } from '../crypto/signature.ts';
import type { Family, WasmCore } from './core.ts';
import { type EddsaCurve, eddsaImporter, eddsaVerifier } from './eddsa.ts';

const family: Family = { name: 'ed25519', binary: bytes };

/** Ed25519 as eddsa.ts takes it. */
export const ed25519: EddsaCurve = {
  type: 'ed25519',
  name: 'Ed25519',
  length: 32,
  domain({ context, prehash }) {
    // RFC 8032 §2: dom2 is empty for Ed25519 itself.
    if (context.length === 0 && !prehash) return new Uint8Array(0);
    const title = new TextEncoder().encode('SigEd25519 no Ed25519 collisions');
    return new Uint8Array([...title, prehash ? 1 : 0, context.length, ...context]);
  },
  functions(core) {
    const abi = core.family<Ed25519Exports>(family);
    return { publicKey: abi.ed25519PublicKey, sign: abi.ed25519Sign, verify: abi.ed25519VerifyVartime };
  },
};

/** Verifies Ed25519 signatures: strict encodings, no public keys of small order, S below the order, no cofactor. */
export function ed25519Verifier(core: WasmCore): SignatureVerifier {
  return eddsaVerifier(core, ed25519);
}

/** Imports and generates Ed25519 keys. Signatures are deterministic. */
export function ed25519Importer(core: WasmCore): PrivateKeyImporter {
  return eddsaImporter(core, ed25519);
}
