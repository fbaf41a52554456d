// The ABI of the ec family: X25519, Ed25519 and P-256. Numbers and pointers only.
export { staticsEnd } from '../shared/statics';
export { x25519, x25519PublicKey } from './curve25519/x25519';
