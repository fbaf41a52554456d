// The ABI of the ec_large family: P-384 and P-521, the curves that few bundles need. Numbers and pointers only.
export { staticsEnd } from '../shared/statics';
export { p384CheckScalar, p384PublicKey, p384DiffieHellman, p384ReduceDigest } from './p384';
export { p384Sign, p384VerifyVartime, p384DecodePoint } from './p384';
export { p521CheckScalar, p521PublicKey, p521DiffieHellman, p521ReduceDigest } from './p521';
export { p521Sign, p521VerifyVartime, p521DecodePoint } from './p521';
