// The ML-DSA binary's ABI (FIPS 204). Parameter sets by number: 44, 65, 87. Numbers and pointers only.
export { staticsEnd } from '../shared/statics';
export { mldsaExpandSeed, mldsaGenerate, mldsaKeyPair, mldsaMatrixVartime, mldsaPublicKey } from './keys';
export {
  mldsaMessageAbsorb, mldsaMessageFinish, mldsaMessagePointer, mldsaMessageStart, mldsaMessageStartWithKey,
} from './message';
export { mldsaSign, mldsaSignatureVartime, rejectionMarker } from './sign';
export { mldsaVerifyVartime } from './verify';
export { mldsaDecompose, mldsaInverseNtt, mldsaNtt, mldsaPower2Round, mldsaUseHint } from './kernels';
