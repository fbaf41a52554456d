// What src/x509.ts publishes for reading and verifying. Writing (CSR, CA, PKCS#8, PKCS#12) stands beside it.

export { formatPem, type PemBlock, parsePem } from '../asn1/pem.ts';
export type { AlgorithmIdentifier } from './algorithm.ts';
export { Certificate, parseCertificate } from './certificate.ts';
export * from './extensions.ts';
export type { GeneralName } from './general_name.ts';
export { Name, type NameAttribute } from './name.ts';
export { parsePublicKey } from './public_key.ts';
