// Writes private keys: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 §A.1.2), SEC 1 (RFC 5915), and PKCS#8 under a password.

import { tags } from '../../asn1/der.ts';
import * as asn1 from '../../asn1/writer.ts';
import { TlsError } from '../../base/errors.ts';
import { readOptions } from '../../base/options.ts';
import type { KeyProvider } from '../../crypto/password_encryption.ts';
import { disposeMaterial, materialText } from '../../crypto/private_key_material.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { PrivateKey, PrivateKeyMaterial } from '../../crypto/signature.ts';
import { curveOids, keyIdentifier } from '../write/algorithm.ts';
import { type EncryptionOptions, encryptionTable, encryptPbes2 } from './pbes2_write.ts';

/** PKCS#8 for every key; PKCS#1 for RSA keys and SEC 1 for EC keys of older programs. */
export type PrivateKeyFormat = 'pkcs8' | 'pkcs1' | 'sec1';

/** PEM labels by format (RFC 7468 §10, §11, §13). */
export const privateKeyLabels = { pkcs8: 'PRIVATE KEY', pkcs1: 'RSA PRIVATE KEY', sec1: 'EC PRIVATE KEY' } as const;

/**
 * DER of a private key, which the caller wipes. ML-DSA keys are written as their seed where they have one, else expanded
 * (RFC 9881 §6).
 * @throws ERR_INVALID_ARGUMENT for a format the key does not have, ERR_INVALID_STATE if the key may not leave its owner
 */
export function writePrivateKey(
  provider: KeyProvider,
  key: PrivateKey,
  format: PrivateKeyFormat = 'pkcs8',
): Uint8Array {
  const material = key.dangerousExport();
  try {
    if (format === 'pkcs1' && material.type === 'rsa') return rsaPrivateKey(provider, material);
    if (format === 'sec1' && material.type === 'ec') return ecPrivateKey(provider, material, true);
    if (format !== 'pkcs8') {
      throw new TlsError('ERR_INVALID_ARGUMENT', `${materialText(material)} keys are not written as ${format}`);
    }
    // RFC 5208 §5: version 0; the public key that version 1 adds is in the keys that have room for it already.
    const octets = asn1.wipingElement(tags.OCTET_STRING, innerKey(provider, material));
    return asn1.wipingElement(tags.SEQUENCE, asn1.integer(0), keyIdentifier(key.publicKey), octets);
  } finally {
    disposeMaterial(material);
  }
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3): PBES2, by default with PBKDF2-HMAC-SHA256 and AES-256-CBC. */
export function writeEncryptedPrivateKey(provider: KeyProvider, key: PrivateKey, given: EncryptionOptions): Uint8Array {
  const options = readOptions('writeEncryptedPrivateKey', encryptionTable, given) as EncryptionOptions;
  const plain = writePrivateKey(provider, key);
  try {
    const { algorithm, ciphertext } = encryptPbes2(provider, plain, options);
    return asn1.sequence(algorithm, asn1.octetString(ciphertext));
  } finally {
    plain.fill(0);
  }
}

function innerKey(provider: KeyProvider, material: PrivateKeyMaterial): Uint8Array {
  switch (material.type) {
    case 'rsa':
      return rsaPrivateKey(provider, material);
    case 'ec':
      return ecPrivateKey(provider, material, false);
    case 'mldsa':
      return mlDsaPrivateKey(provider, material);
    default:
      return secretElement(provider, tags.OCTET_STRING, material.seed);
  }
}

function secretElement(provider: KeyProvider, tag: number, secret: Secret): Uint8Array {
  return asn1.wipingElement(tag, provider.dangerousReveal(secret));
}

function mlDsaPrivateKey(
  provider: KeyProvider,
  { seed, expanded }: Extract<PrivateKeyMaterial, { type: 'mldsa' }>,
): Uint8Array {
  if (seed !== undefined) return secretElement(provider, 0x80, seed);
  return secretElement(provider, tags.OCTET_STRING, expanded!);
}

function rsaPrivateKey(provider: KeyProvider, material: Extract<PrivateKeyMaterial, { type: 'rsa' }>): Uint8Array {
  const { privateExponent, prime1, prime2, exponent1, exponent2, coefficient } = material;
  if (privateExponent === undefined) {
    throw new TlsError('ERR_INVALID_STATE', 'the RSA key was made without its private exponent and cannot be written');
  }
  const secretInteger = (secret: Secret): Uint8Array => {
    const bytes = provider.dangerousReveal(secret);
    const octets = asn1.unsignedOctets(bytes);
    bytes.fill(0);
    return asn1.wipingElement(tags.INTEGER, octets);
  };
  return asn1.wipingElement(
    tags.SEQUENCE,
    asn1.integer(0),
    asn1.integer(material.modulus),
    asn1.integer(material.exponent),
    ...[privateExponent, prime1, prime2, exponent1, exponent2, coefficient].map(secretInteger),
  );
}

/** @param named with the curve, which PKCS#8 has outside (RFC 5915 §3) */
function ecPrivateKey(
  provider: KeyProvider,
  material: Extract<PrivateKeyMaterial, { type: 'ec' }>,
  named: boolean,
): Uint8Array {
  const { curve, scalar, point } = material;
  return asn1.wipingElement(
    tags.SEQUENCE,
    asn1.integer(1),
    secretElement(provider, tags.OCTET_STRING, scalar),
    ...(named ? [asn1.tagged(0, asn1.objectIdentifier(curveOids[curve]))] : []),
    ...(point === undefined ? [] : [asn1.tagged(1, asn1.bitString(point))]),
  );
}
