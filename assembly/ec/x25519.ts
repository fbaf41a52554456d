// The ABI of the x25519 family: X25519 by the ladder. Numbers and pointers only.
export { staticsEnd } from '../shared/statics';
export { x25519, x25519PublicKey } from './curve25519/x25519';
