// Writes AlgorithmIdentifiers of signatures and SubjectPublicKeyInfo (RFC 3279, 4055, 5480, 5758, 8410, 9881).

import * as asn1 from '../../asn1/writer.ts';
import { TlsError } from '../../base/errors.ts';
import type { HashName } from '../../crypto/hash.ts';
import type { EcCurveName, PublicKey, SignatureParameters } from '../../crypto/signature.ts';
import { hashOids, mlDsaOids, oids } from '../algorithm.ts';
import { constantKeyIdentifier, subjectPublicKeyInfo } from '../spki.ts';

const rsaOids: Partial<Record<HashName, string>> = {
  sha1: '1.2.840.113549.1.1.5',
  sha224: '1.2.840.113549.1.1.14',
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
  'sha3-224': '2.16.840.1.101.3.4.3.13',
  'sha3-256': '2.16.840.1.101.3.4.3.14',
  'sha3-384': '2.16.840.1.101.3.4.3.15',
  'sha3-512': '2.16.840.1.101.3.4.3.16',
};
const ecdsaOids: Partial<Record<HashName, string>> = {
  sha1: '1.2.840.10045.4.1',
  sha224: '1.2.840.10045.4.3.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
  'sha3-224': '2.16.840.1.101.3.4.3.9',
  'sha3-256': '2.16.840.1.101.3.4.3.10',
  'sha3-384': '2.16.840.1.101.3.4.3.11',
  'sha3-512': '2.16.840.1.101.3.4.3.12',
};
export const curveOids: Readonly<Record<EcCurveName, string>> = {
  'P-256': '1.2.840.10045.3.1.7',
  'P-384': '1.3.132.0.34',
  'P-521': '1.3.132.0.35',
};

/** The key of `map` whose value is `value`. */
export function oidOf<T>(map: Readonly<Record<string, T>>, value: T): string {
  const found = Object.entries(map).find(([, each]) => each === value);
  if (found !== undefined) return found[0];
  throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `no identifier for ${value}`);
}

/** DER of an AlgorithmIdentifier. @param parameters DER, header included */
export function algorithmIdentifier(oid: string, parameters?: Uint8Array): Uint8Array {
  return asn1.sequence(asn1.objectIdentifier(oid), ...(parameters === undefined ? [] : [parameters]));
}

/** A hash with the NULL that RFC 4055 §2.1 demands. */
export function hashIdentifier(hash: HashName): Uint8Array {
  return algorithmIdentifier(oidOf(hashOids, hash), asn1.nullElement());
}

/** What stands in signatureAlgorithm. @throws ERR_UNSUPPORTED_ALGORITHM */
export function signatureIdentifier(parameters: SignatureParameters): Uint8Array {
  switch (parameters.type) {
    case 'rsa-pkcs1':
      return algorithmIdentifier(known(rsaOids, parameters.hash), asn1.nullElement());
    case 'ecdsa':
      return algorithmIdentifier(known(ecdsaOids, parameters.hash));
    case 'rsa-pss':
      return algorithmIdentifier(oids.rsaPss, pssParameters(parameters));
    case 'mldsa':
      return algorithmIdentifier(oidOf(mlDsaOids, parameters.parameterSet));
    case 'rsa-pkcs1-md5-sha1':
      throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'no certificate is signed by MD5 and SHA-1 at once');
    default:
      return algorithmIdentifier(oids[parameters.type]);
  }
}

function known(table: Partial<Record<HashName, string>>, hash: HashName): string {
  const oid = table[hash];
  if (oid === undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `no signatures with ${hash}`);
  return oid;
}

/** RSASSA-PSS-params (RFC 4055 §3.1); what is the default must not be encoded (X.690 §11.5). */
function pssParameters({ hash, mgfHash, saltLength }: { hash: HashName; mgfHash: HashName; saltLength: number }) {
  const mgf = () => asn1.sequence(asn1.objectIdentifier(oids.mgf1), hashIdentifier(mgfHash));
  return asn1.sequence(
    ...(hash === 'sha1' ? [] : [asn1.tagged(0, hashIdentifier(hash))]),
    ...(mgfHash === 'sha1' ? [] : [asn1.tagged(1, mgf())]),
    ...(saltLength === 20 ? [] : [asn1.tagged(2, asn1.integer(saltLength))]),
  );
}

/** AlgorithmIdentifier of a key, as SPKI and PKCS#8 have it. */
export function keyIdentifier(key: PublicKey): Uint8Array {
  const constant = constantKeyIdentifier(key);
  if (constant !== null) return constant;
  const { hash, mgfHash = hash, minimumSaltLength: saltLength = 20 } = (key.type === 'rsa' && key.pss) || {};
  if (hash === undefined || mgfHash === undefined) return algorithmIdentifier(oids.rsaPss);
  return algorithmIdentifier(oids.rsaPss, pssParameters({ hash, mgfHash, saltLength }));
}

/** DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). */
export function writePublicKey(key: PublicKey): Uint8Array {
  return subjectPublicKeyInfo(key, keyIdentifier(key));
}
