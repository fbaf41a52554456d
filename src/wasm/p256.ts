// P-256 (NIST SP 800-186 §3.2.1): its TLS group, its ECDSA verifier and its private keys, on the p256 family.

import type { P256Exports } from '../../build/generated/abi.ts';
import { bytes } from '../../build/generated/p256_wasm.ts';
import type { KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { PrivateKeyImporter, SignatureVerifier } from '../crypto/signature.ts';
import type { Family, WasmCore } from './core.ts';
import { EcCurve, type EcCurveParameters } from './ec_curve.ts';
import { ecGroup } from './ec_group.ts';
import { EcVerifyingCurve } from './ec_verifying_curve.ts';
import { ecdsaVerifier, ecKeyImporter } from './ecdsa.ts';

const family: Family = { name: 'p256', binary: bytes };

const parameters: EcCurveParameters = {
  name: 'P-256',
  groupId: 0x0017,
  groupName: 'secp256r1',
  bits: 256,
  functions(core) {
    const abi = core.family<P256Exports>(family);
    return {
      checkScalar: abi.p256CheckScalar,
      publicKey: abi.p256PublicKey,
      diffieHellman: abi.p256DiffieHellman,
      reduceDigest: abi.p256ReduceDigest,
      sign: abi.p256Sign,
      verifyVartime: abi.p256VerifyVartime,
      decodePoint: abi.p256DecodePoint,
    };
  },
};

/** The curve itself: points, scalars, Diffie-Hellman, signatures over digests. */
export function p256(core: WasmCore): EcCurve {
  return new EcCurve(core, parameters);
}

/** The TLS group secp256r1 over `core`. */
export function secp256r1Group(core: WasmCore): KeyExchangeGroup {
  return ecGroup(p256(core));
}

/** Verifies ECDSA by P-256 keys. */
export function p256Verifier(core: WasmCore): SignatureVerifier {
  return ecdsaVerifier(new EcVerifyingCurve(core, parameters));
}

/** Imports and generates P-256 private keys. */
export function p256Keys(core: WasmCore): PrivateKeyImporter {
  return ecKeyImporter(p256(core));
}
