// The ABI of the ed25519 family: Ed25519, and public keys of X25519 by its comb. Numbers and pointers only.
export { staticsEnd } from '../shared/statics';
export { ed25519PublicKey, ed25519Sign, ed25519VerifyVartime } from './curve25519/ed25519';
export { x25519PublicKeyByComb } from './curve25519/x25519_comb';
