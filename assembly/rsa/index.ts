// The rsa family: public operations. Signing, decryption and key generation are in rsa_private.
export { staticsEnd } from '../shared/statics';
export { rsaPublicVartime } from './public';
