// The rsa_private family: signing and decryption, key generation, finite-field Diffie-Hellman.
export { staticsEnd } from '../shared/statics';
export { rsaPrivateKeyLength } from './key';
export { rsaPrivateJobLength } from './job';
export { rsaPrivateImport, rsaPrivateBegin, rsaPrivateStep, rsaPrivateFinish } from './private';
export { rsaPremaster } from './premaster';
export { primeSetUp, primeCandidate, primeScreen, primeRound, primesFarApart } from './prime';
export { rsaDerive, primesSwapped } from './derive';
export { ffdhPower } from './ffdh';
