// The ABI of the ec448 family: X448 and Ed448. Numbers and pointers only.
export { staticsEnd } from '../shared/statics';
export { x448, x448PublicKey } from './x448';
export { ed448PublicKey, ed448Sign, ed448VerifyVartime } from './ed448';
