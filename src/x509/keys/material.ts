// Private key structures to material: RSAPrivateKey (RFC 8017 §A.1.2), ECPrivateKey (RFC 5915), CurvePrivateKey
// (RFC 8410 §7), ML-DSA-PrivateKey (RFC 9881 §6). Secrets leave the bytes for the provider at once.

import { contextTag, DerReader, malformed, tags } from '../../asn1/der.ts';
import { readOid } from '../../asn1/oid.ts';
import { copyOfBytes } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { KeyProvider } from '../../crypto/password_encryption.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { EcCurveName, MlDsaName, PrivateKeyMaterial } from '../../crypto/signature.ts';
import { namedAlgorithm } from '../algorithm_names.ts';
import { curveOfOid } from '../public_key.ts';

/** Imports secrets; if `work` throws, those made so far are wiped. */
export function importing<T>(provider: KeyProvider, work: (secret: (bytes: Uint8Array) => Secret) => T): T {
  const made: Secret[] = [];
  try {
    return work(bytes => {
      const secret = provider.importSecret(bytes);
      made.push(secret);
      return secret;
    });
  } catch (error) {
    for (const secret of made) secret.dispose();
    throw error;
  }
}

/** RSAPrivateKey. @throws ERR_MALFORMED_DER, ERR_UNSUPPORTED_ALGORITHM for more than two primes */
export function readRsaPrivateKey(provider: KeyProvider, bytes: Uint8Array): PrivateKeyMaterial {
  return importing(provider, secret => {
    const der = new DerReader(bytes);
    der.enter(tags.SEQUENCE);
    if (der.small(1) !== 0) {
      throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'RSA keys of more than two primes are not supported');
    }
    const modulus = copyOfBytes(der.unsigned());
    const exponent = copyOfBytes(der.unsigned());
    const privateExponent = secret(der.unsigned());
    const prime1 = secret(der.unsigned());
    const prime2 = secret(der.unsigned());
    const exponent1 = secret(der.unsigned());
    const exponent2 = secret(der.unsigned());
    const coefficient = secret(der.unsigned());
    finish(der);
    const primes = { prime1, prime2, exponent1, exponent2, coefficient };
    return { type: 'rsa', modulus, exponent, ...primes, privateExponent };
  });
}

/**
 * ECPrivateKey.
 * @param curve what an AlgorithmIdentifier around it says; without it the structure itself must name the curve
 */
export function readEcPrivateKey(provider: KeyProvider, bytes: Uint8Array, curve?: EcCurveName): PrivateKeyMaterial {
  return importing(provider, secret => {
    const der = new DerReader(bytes);
    der.enter(tags.SEQUENCE);
    if (der.small(1) !== 1) malformed(der.at, 'an ECPrivateKey of another version than 1');
    const octets = der.content(tags.OCTET_STRING);
    let own: EcCurveName | undefined;
    if (der.peek() === contextTag(0, true)) {
      const outer = der.enter(contextTag(0, true));
      own = readNamedCurve(der);
      der.leave(outer);
    }
    let point: Uint8Array | undefined;
    if (der.peek() === contextTag(1, true)) {
      const outer = der.enter(contextTag(1, true));
      point = copyOfBytes(der.bitStringOctets());
      der.leave(outer);
    }
    finish(der);
    const name = curve ?? own;
    if (name === undefined || (own !== undefined && own !== name)) {
      throw new TlsError('ERR_INVALID_PRIVATE_KEY', 'the curve of the EC private key is missing or named twice');
    }
    return { type: 'ec', curve: name, scalar: importScalar(octets, name, secret), point };
  });
}

/**
 * RFC 5915 §3: as long as the order of the curve. Old tools left leading zeros out, GnuTLS writes one too many where the
 * first bit is set, as if it were an INTEGER: both are mended.
 */
function importScalar(given: Uint8Array, curve: EcCurveName, secret: (bytes: Uint8Array) => Secret): Secret {
  const length = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }[curve];
  const octets = given.length === length + 1 && given[0] === 0 ? given.subarray(1) : given;
  if (octets.length >= length) return secret(octets);
  const padded = new Uint8Array(length);
  padded.set(octets, length - octets.length);
  try {
    return secret(padded);
  } finally {
    padded.fill(0);
  }
}

/** ECParameters: namedCurve only. @throws ERR_UNSUPPORTED_ALGORITHM */
export function readNamedCurve(der: DerReader): EcCurveName {
  if (der.peek() !== tags.OBJECT_IDENTIFIER) {
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'an elliptic curve that is not named (RFC 5480 §2.1.1)');
  }
  const oid = readOid(der);
  const name = curveOfOid(oid);
  if (name !== undefined) return name;
  throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `the elliptic curve ${namedAlgorithm(oid)} is not supported`);
}

/** CurvePrivateKey: an OCTET STRING inside of the one that PKCS#8 has. */
export function readCurvePrivateKey(
  provider: KeyProvider,
  bytes: Uint8Array,
  type: 'ed25519' | 'ed448',
): PrivateKeyMaterial {
  const der = new DerReader(bytes);
  const seed = der.content(tags.OCTET_STRING);
  der.finish();
  return { type, seed: provider.importSecret(seed) };
}

/** CHOICE { seed [0] OCTET STRING, expandedKey OCTET STRING, both SEQUENCE of the two }. */
export function readMlDsaPrivateKey(
  provider: KeyProvider,
  bytes: Uint8Array,
  parameterSet: MlDsaName,
): PrivateKeyMaterial {
  return importing(provider, secret => {
    const der = new DerReader(bytes);
    const type = 'mldsa';
    if (der.peek() === contextTag(0, false)) {
      const seed = der.content(contextTag(0, false));
      der.finish();
      return { type, parameterSet, seed: secret(seed) };
    }
    if (der.peek() === tags.OCTET_STRING) {
      const expanded = der.content(tags.OCTET_STRING);
      der.finish();
      return { type, parameterSet, expanded: secret(expanded) };
    }
    der.enter(tags.SEQUENCE);
    const seed = secret(der.content(tags.OCTET_STRING));
    const expanded = secret(der.content(tags.OCTET_STRING));
    finish(der);
    return { type, parameterSet, seed, expanded };
  });
}

/** Demands the end of the outermost structure, and of the input. */
function finish(der: DerReader): void {
  der.finish();
  if (der.end !== der.bytes.length) malformed(der.at, 'bytes after a private key');
}
