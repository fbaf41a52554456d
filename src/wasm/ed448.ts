// Ed448 (RFC 8032 §5.2) on the ec448 family.

import type { Ec448Exports } from '../../build/generated/abi.ts';
import { bytes } from '../../build/generated/ec448_wasm.ts';
import type { PrivateKeyImporter, SignatureVerifier } from '../crypto/signature.ts';
import type { Family, WasmCore } from './core.ts';
import { type EddsaCurve, eddsaImporter, eddsaVerifier } from './eddsa.ts';

const family: Family = { name: 'ec448', binary: bytes };

/** Ed448 as eddsa.ts takes it. */
export const ed448: EddsaCurve = {
  type: 'ed448',
  name: 'Ed448',
  length: 57,
  domain({ context, prehash }) {
    const title = new TextEncoder().encode('SigEd448'); // dom4 of RFC 8032 §2
    return new Uint8Array([...title, prehash ? 1 : 0, context.length, ...context]);
  },
  functions(core) {
    const abi = core.family<Ec448Exports>(family);
    return { publicKey: abi.ed448PublicKey, sign: abi.ed448Sign, verify: abi.ed448VerifyVartime };
  },
};

/** Verifies Ed448 signatures: strict encodings, no public keys of small order, S below the order, no cofactor. */
export function ed448Verifier(core: WasmCore): SignatureVerifier {
  return eddsaVerifier(core, ed448);
}

/** Imports and generates Ed448 keys. Signatures are deterministic. */
export function ed448Importer(core: WasmCore): PrivateKeyImporter {
  return eddsaImporter(core, ed448);
}
