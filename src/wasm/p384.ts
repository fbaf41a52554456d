// P-384 (NIST SP 800-186 §3.2.1): its TLS group, its ECDSA verifier and its private keys, on the ec_large family.

import type { EcLargeExports } from '../../build/generated/abi.ts';
import { bytes } from '../../build/generated/ec_large_wasm.ts';
import type { KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { PrivateKeyImporter, SignatureVerifier } from '../crypto/signature.ts';
import type { Family, WasmCore } from './core.ts';
import { EcCurve, type EcCurveParameters } from './ec_curve.ts';
import { ecGroup } from './ec_group.ts';
import { EcVerifyingCurve } from './ec_verifying_curve.ts';
import { ecdsaVerifier, ecKeyImporter } from './ecdsa.ts';

const family: Family = { name: 'ec_large', binary: bytes };

const parameters: EcCurveParameters = {
  name: 'P-384',
  groupId: 0x0018,
  groupName: 'secp384r1',
  bits: 384,
  functions(core) {
    const abi = core.family<EcLargeExports>(family);
    return {
      checkScalar: abi.p384CheckScalar,
      publicKey: abi.p384PublicKey,
      diffieHellman: abi.p384DiffieHellman,
      reduceDigest: abi.p384ReduceDigest,
      sign: abi.p384Sign,
      verifyVartime: abi.p384VerifyVartime,
      decodePoint: abi.p384DecodePoint,
    };
  },
};

/** The curve itself: points, scalars, Diffie-Hellman, signatures over digests. */
export function p384(core: WasmCore): EcCurve {
  return new EcCurve(core, parameters);
}

/** The TLS group secp384r1 over `core`. */
export function secp384r1Group(core: WasmCore): KeyExchangeGroup {
  return ecGroup(p384(core));
}

/** Verifies ECDSA by P-384 keys. */
export function p384Verifier(core: WasmCore): SignatureVerifier {
  return ecdsaVerifier(new EcVerifyingCurve(core, parameters));
}

/** Imports and generates P-384 private keys. */
export function p384Keys(core: WasmCore): PrivateKeyImporter {
  return ecKeyImporter(p384(core));
}
