// SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) to the PublicKey of src/crypto: RSA and RSASSA-PSS (RFC 3279, 4055), elliptic
// curves (RFC 5480), Ed25519, Ed448, X25519, X448 (RFC 8410), ML-DSA (RFC 9881).

import { DerReader, tags } from '../asn1/der.ts';
import { readOid } from '../asn1/oid.ts';
import { equalVartime } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import type { EcCurveName, PublicKey } from '../crypto/signature.ts';
import { isNull, mlDsaOids, type NoteLeniency, noted, oids, readAlgorithm, readPssParameters } from './algorithm.ts';
import { namedAlgorithm } from './algorithm_names.ts';

const curves: Readonly<Record<string, { name: EcCurveName; fieldLength: number }>> = {
  '1.2.840.10045.3.1.7': { name: 'P-256', fieldLength: 32 },
  '1.3.132.0.34': { name: 'P-384', fieldLength: 48 },
  '1.3.132.0.35': { name: 'P-521', fieldLength: 66 },
};

/** The curve of a namedCurve identifier, if castls uses it. */
export function curveOfOid(oid: string): EcCurveName | undefined {
  return curves[oid]?.name;
}

/** RFC 8410 §10.3, RFC 7748, RFC 8032: key octets. */
const rawKeys: Readonly<Record<string, { type: 'ed25519' | 'ed448' | 'x25519' | 'x448'; length: number }>> = {
  [oids.ed25519]: { type: 'ed25519', length: 32 },
  [oids.ed448]: { type: 'ed448', length: 57 },
  [oids.x25519]: { type: 'x25519', length: 32 },
  [oids.x448]: { type: 'x448', length: 56 },
};

/** FIPS 204 table 2. */
const mlDsaKeyLengths = { 'ML-DSA-44': 1312, 'ML-DSA-65': 1952, 'ML-DSA-87': 2592 } as const;

/**
 * The key that a DER SubjectPublicKeyInfo holds. Whether a point is on its curve is the verifier's to check.
 * @param note takes the leniencies that are needed
 * @throws ERR_MALFORMED_DER; ERR_UNSUPPORTED_ALGORITHM for a key type, curve or point format castls does not use;
 *   ERR_INVALID_PUBLIC_KEY for a key of impossible length or value
 */
export function parsePublicKey(spki: Uint8Array, note: NoteLeniency = noted): PublicKey {
  const der = new DerReader(spki);
  der.enter(tags.SEQUENCE);
  const { oid, parameters } = readAlgorithm(der);
  const bits = der.bitStringOctets();
  der.finish();
  if (der.end !== spki.length)
    throw new TlsError('ERR_MALFORMED_DER', 'malformed DER: bytes after a SubjectPublicKeyInfo');

  if (oid === oids.rsaEncryption) {
    // RFC 3279 §2.3.1: the parameters are NULL.
    if (parameters === undefined) note('absent-null', 'rsaEncryption without its NULL parameters');
    else if (!isNull(parameters)) invalid('parameters of rsaEncryption that are not NULL');
    return readRsa(bits);
  }
  if (oid === oids.rsaPss) {
    // RFC 4055 §1.2: without parameters the key has no restriction.
    if (parameters === undefined) return { ...readRsa(bits), pss: {} };
    const { hash, mgfHash, saltLength } = readPssParameters(parameters);
    return { ...readRsa(bits), pss: { hash, mgfHash, minimumSaltLength: saltLength } };
  }
  if (oid === oids.ecPublicKey) return readEc(parameters, bits);

  // RFC 8410 §3, RFC 9881 §4: parameters are absent.
  const raw = rawKeys[oid];
  const parameterSet = mlDsaOids[oid];
  if ((raw !== undefined || parameterSet !== undefined) && parameters !== undefined)
    invalid('parameters where none are');
  if (raw !== undefined) return { type: raw.type, key: exactly(bits, raw.length) };
  if (parameterSet !== undefined) {
    return { type: 'mldsa', parameterSet, key: exactly(bits, mlDsaKeyLengths[parameterSet]) };
  }
  throw new TlsError(
    'ERR_UNSUPPORTED_ALGORITHM',
    `public keys of the algorithm ${namedAlgorithm(oid)} are not supported`,
  );
}

function readRsa(bits: Uint8Array): Extract<PublicKey, { type: 'rsa' }> {
  const der = new DerReader(bits);
  const outer = der.enter(tags.SEQUENCE);
  const modulus = der.unsigned();
  const exponent = der.unsigned();
  der.leave(outer);
  der.finish();
  // A product of odd primes is odd; 1 and even exponents are no RSA keys.
  if (modulus.length === 0 || (modulus[modulus.length - 1] & 1) === 0) invalid('an even RSA modulus');
  if (exponent.length === 0 || (exponent[exponent.length - 1] & 1) === 0) invalid('an even RSA exponent');
  if (exponent.length === 1 && exponent[0] === 1) invalid('the RSA exponent 1');
  return { type: 'rsa', modulus, exponent };
}

function readEc(parameters: Uint8Array | undefined, point: Uint8Array): PublicKey {
  if (parameters === undefined || parameters[0] !== tags.OBJECT_IDENTIFIER) {
    // RFC 5480 §2.1.1: namedCurve only; explicit curves have been used for attacks (CVE-2020-0601).
    invalid('an elliptic curve that is not named');
  }
  const oid = readOid(new DerReader(parameters));
  const curve = curves[oid];
  if (curve === undefined)
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `the elliptic curve ${namedAlgorithm(oid)} is not supported`);
  // RFC 5480 §2.2: uncompressed MUST be supported, compressed MAY; RFC 9846 §4.3.8 knows only the former.
  if (point[0] === 2 || point[0] === 3) {
    throw new TlsError(
      'ERR_UNSUPPORTED_ALGORITHM',
      'compressed elliptic curve points (RFC 5480 §2.2) are not supported',
    );
  }
  if (point[0] !== 4) invalid('a point that is not uncompressed (RFC 5480 §2.2)');
  return { type: 'ec', curve: curve.name, point: exactly(point, 1 + 2 * curve.fieldLength) };
}

function exactly(key: Uint8Array, length: number): Uint8Array {
  if (key.length !== length) invalid(`a key of ${key.length} bytes where ${length} must be`);
  return key;
}

function invalid(why: string): never {
  throw new TlsError('ERR_INVALID_PUBLIC_KEY', `SubjectPublicKeyInfo with ${why}`);
}

/** True for keys that verify the same signatures; what an RSASSA-PSS key is restricted to does not count. */
export function samePublicKey(a: PublicKey, b: PublicKey): boolean {
  if (a.type === 'rsa') {
    return b.type === 'rsa' && equalVartime(a.modulus, b.modulus) && equalVartime(a.exponent, b.exponent);
  }
  if (b.type === 'rsa' || a.type !== b.type) return false;
  const bytes = (key: Exclude<PublicKey, { type: 'rsa' }>) => (key.type === 'ec' ? key.point : key.key);
  return equalVartime(bytes(a), bytes(b));
}

/** Bits of an RSA modulus (big-endian, without leading zeros). */
export function modulusBits(modulus: Uint8Array): number {
  return modulus.length === 0 ? 0 : modulus.length * 8 - (Math.clz32(modulus[0]) - 24);
}

/** For people: "RSA 2048", "EC P-256", "ED25519", "ML-DSA-65". */
export function publicKeyText(key: PublicKey): string {
  switch (key.type) {
    case 'rsa':
      return `RSA${key.pss === undefined ? '' : '-PSS'} ${modulusBits(key.modulus)}`;
    case 'ec':
      return `EC ${key.curve}`;
    case 'mldsa':
      return key.parameterSet;
    default:
      return key.type.toUpperCase();
  }
}
