// The ML-KEM binary's ABI (FIPS 203). Numbers and pointers only.
export { staticsEnd } from '../shared/statics';
export {
  mlkemCheckKey, mlkemDecapsulate, mlkemDecapsulateWithSeed, mlkemDecapsulateWithSigma, mlkemEncapsulate,
  mlkemExpandSeed, mlkemGenerate, mlkemKeyPair, mlkemMatrixVartime,
} from './kem';
export { mlkemCompress, mlkemDecompress, mlkemInverseNtt, mlkemNtt } from './kernels';
