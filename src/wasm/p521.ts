// P-521 (NIST SP 800-186 §3.2.1): its TLS group, its ECDSA verifier and its private keys, on the ec_large family.

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
  name: 'P-521',
  groupId: 0x0019,
  groupName: 'secp521r1',
  bits: 521,
  functions(core) {
    const abi = core.family<EcLargeExports>(family);
    return {
      checkScalar: abi.p521CheckScalar,
      publicKey: abi.p521PublicKey,
      diffieHellman: abi.p521DiffieHellman,
      reduceDigest: abi.p521ReduceDigest,
      sign: abi.p521Sign,
      verifyVartime: abi.p521VerifyVartime,
      decodePoint: abi.p521DecodePoint,
    };
  },
};

/** The curve itself: points, scalars, Diffie-Hellman, signatures over digests. */
export function p521(core: WasmCore): EcCurve {
  return new EcCurve(core, parameters);
}

/** The TLS group secp521r1 over `core`. */
export function secp521r1Group(core: WasmCore): KeyExchangeGroup {
  return ecGroup(p521(core));
}

/** Verifies ECDSA by P-521 keys. */
export function p521Verifier(core: WasmCore): SignatureVerifier {
  return ecdsaVerifier(new EcVerifyingCurve(core, parameters));
}

/** Imports and generates P-521 private keys. */
export function p521Keys(core: WasmCore): PrivateKeyImporter {
  return ecKeyImporter(p521(core));
}
