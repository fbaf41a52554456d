// The ABI of the p256_verify family: P-256 for those who only verify. Numbers and pointers only.
export { staticsEnd } from '../shared/statics';
export { p256VerifyVartime } from './p256/index';
