// Writes SubjectPublicKeyInfo of keys whose AlgorithmIdentifier is always the same (RFC 3279 §2.3, 5480, 8410, 9881) without
// asn1js, so that a program that connects does not load it. RSASSA-PSS keys with parameters: write/algorithm.ts.

import { tags } from '../asn1/der.ts';
import { element, unsignedOctets } from '../asn1/element.ts';
import type { PublicKey } from '../crypto/signature.ts';

const NULL = [0x05, 0x00];
/** Contents of OBJECT IDENTIFIERs. */
const rsaEncryption = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const ecPublicKey = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const curves = {
  'P-256': [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
  'P-384': [0x2b, 0x81, 0x04, 0x00, 0x22],
  'P-521': [0x2b, 0x81, 0x04, 0x00, 0x23],
};
/** RFC 8410 §3: 1.3.101 and one of these. */
const rfc8410 = { x25519: 110, x448: 111, ed25519: 112, ed448: 113 };
/** RFC 9881 §2: 2.16.840.1.101.3.4.3 and one of these. */
const mlDsa = { 'ML-DSA-44': 17, 'ML-DSA-65': 18, 'ML-DSA-87': 19 };

const oid = (...contents: number[]): Uint8Array => element(tags.OBJECT_IDENTIFIER, Uint8Array.from(contents));

/** AlgorithmIdentifier of a key, as SPKI and PKCS#8 have it; null for RSASSA-PSS with parameters. */
export function constantKeyIdentifier(key: PublicKey): Uint8Array | null {
  switch (key.type) {
    case 'rsa':
      if (key.pss !== undefined) return null;
      return element(tags.SEQUENCE, oid(...rsaEncryption), Uint8Array.from(NULL));
    case 'ec':
      return element(tags.SEQUENCE, oid(...ecPublicKey), oid(...curves[key.curve]));
    case 'mldsa':
      return element(tags.SEQUENCE, oid(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, mlDsa[key.parameterSet]));
    default:
      return element(tags.SEQUENCE, oid(0x2b, 0x65, rfc8410[key.type]));
  }
}

/** DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). @param identifier DER AlgorithmIdentifier of the key */
export function subjectPublicKeyInfo(key: PublicKey, identifier: Uint8Array): Uint8Array {
  const bits =
    key.type === 'rsa'
      ? element(tags.SEQUENCE, integer(key.modulus), integer(key.exponent))
      : key.type === 'ec'
        ? key.point
        : key.key;
  return element(tags.SEQUENCE, identifier, element(tags.BIT_STRING, Uint8Array.of(0), bits));
}

const integer = (value: Uint8Array): Uint8Array => element(tags.INTEGER, unsignedOctets(value));
