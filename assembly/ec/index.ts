// The ABI of the ec family: X25519, Ed25519 and P-256. Numbers and pointers only.
export { staticsEnd } from '../shared/statics';
export { x25519, x25519PublicKey } from './curve25519/x25519';
export { ed25519PublicKey, ed25519Sign, ed25519VerifyVartime } from './curve25519/ed25519';
export { p256CheckScalar, p256PublicKey, p256DiffieHellman, p256ReduceDigest } from './p256/index';
export { p256Sign, p256VerifyVartime, p256DecodePoint } from './p256/index';
