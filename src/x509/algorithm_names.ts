// What people call the key algorithms and curves that castls does not have, for messages.

/** RFC 3279 §2.3, SEC 2 §A.2, RFC 5639 §4.1, RFC 9215 §4, GM/T 0006. */
const names: Readonly<Record<string, string>> = {
  '1.2.840.10040.4.1': 'DSA',
  '1.2.840.113549.1.3.1': 'Diffie-Hellman (PKCS#3)',
  '1.2.840.10046.2.1': 'Diffie-Hellman (X9.42)',
  '1.2.643.7.1.1.1.1': 'GOST R 34.10-2012, 256 bits',
  '1.2.643.7.1.1.1.2': 'GOST R 34.10-2012, 512 bits',
  '1.2.643.2.2.19': 'GOST R 34.10-2001',
  '1.2.840.10045.3.1.1': 'P-192',
  '1.3.132.0.33': 'P-224',
  '1.3.132.0.10': 'secp256k1',
  '1.3.36.3.3.2.8.1.1.7': 'brainpoolP256r1',
  '1.3.36.3.3.2.8.1.1.11': 'brainpoolP384r1',
  '1.3.36.3.3.2.8.1.1.13': 'brainpoolP512r1',
  '1.2.156.10197.1.301': 'SM2',
};

/** "secp256k1 (1.3.132.0.10)", or the identifier alone. */
export function namedAlgorithm(oid: string): string {
  return Object.hasOwn(names, oid) ? `${names[oid]} (${oid})` : oid;
}
