// The ABI of the p256 family. Numbers and pointers only.
export { staticsEnd } from '../shared/statics';
export { p256CheckScalar, p256PublicKey, p256DiffieHellman, p256ReduceDigest } from './p256/index';
export { p256Sign, p256VerifyVartime, p256DecodePoint } from './p256/index';
