// ECDSA on P-256 for those who only verify, on the p256_verify family: a quarter less than p256, which makes keys and signatures, too.

import type { P256VerifyExports } from '../../build/generated/abi.ts';
import { bytes } from '../../build/generated/p256_verify_wasm.ts';
import type { SignatureVerifier } from '../crypto/signature.ts';
import type { Family, WasmCore } from './core.ts';
import { EcVerifyingCurve } from './ec_verifying_curve.ts';
import { ecdsaVerifier } from './ecdsa.ts';

const family: Family = { name: 'p256_verify', binary: bytes };

/** Verifies ECDSA by P-256 keys. */
export function p256VerifierAlone(core: WasmCore): SignatureVerifier {
  const verifyVartime = (publicKey: number, digest: number, signature: number) =>
    core.family<P256VerifyExports>(family).p256VerifyVartime(publicKey, digest, signature);
  return ecdsaVerifier(new EcVerifyingCurve(core, { name: 'P-256', bits: 256, functions: () => ({ verifyVartime }) }));
}
