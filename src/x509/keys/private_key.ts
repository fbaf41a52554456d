// Reads private keys: PKCS#8 (RFC 5208, 5958), encrypted PKCS#8, PKCS#1 (RFC 8017) and SEC 1 (RFC 5915), in PEM or DER.

import { contextTag, DerReader, isDer, malformed, tags, trimmedDer } from '../../asn1/der.ts';
import { parsePem, pemText } from '../../asn1/pem.ts';
import { equalVartime } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import { readOptions } from '../../base/options.ts';
import type { KeyProvider } from '../../crypto/password_encryption.ts';
import { importMaterial, restrictToPss } from '../../crypto/private_key_material.ts';
import type { PrivateKey, PrivateKeyMaterial, PublicKey } from '../../crypto/signature.ts';
import { type AlgorithmIdentifier, mlDsaOids, oids, readAlgorithm, readPssParameters } from '../algorithm.ts';
import { namedAlgorithm } from '../algorithm_names.ts';
import { fileFormat } from '../file_format.ts';
import {
  readCurvePrivateKey,
  readEcPrivateKey,
  readMlDsaPrivateKey,
  readNamedCurve,
  readRsaPrivateKey,
} from './material.ts';
import {
  DerivationBudget,
  type DerivationLimits,
  decryptPbes2,
  legacyWayOut,
  type PasswordOptions,
  passwordTable,
  requirePassphrase,
  wrongPassword,
} from './pbes2.ts';

/** PEM labels that hold a private key. */
const labels = ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'ANY PRIVATE KEY'];

/**
 * The private key that `input` holds: PEM (its first private key; other blocks are passed over), as text or as the octets
 * of a file, or one DER structure, whatever its form. Bytes stay the caller's to wipe.
 * @throws ERR_MALFORMED_PEM, ERR_MALFORMED_DER; ERR_UNSUPPORTED_ALGORITHM naming the algorithm; ERR_INVALID_PRIVATE_KEY
 *   and ERR_WEAK_KEY for a key that is none; ERR_WRONG_PASSWORD for a missing or wrong passphrase; ERR_COST_LIMIT
 */
export function parsePrivateKey(
  provider: KeyProvider,
  input: string | Uint8Array,
  given: PasswordOptions = {},
): PrivateKey {
  const options = readOptions('parsePrivateKey', passwordTable, given);
  if (typeof input !== 'string' && isDer(input)) return readDer(provider, trimmedDer(input), options);
  const blocks = parsePem(typeof input === 'string' ? input : pemText(input), labels);
  try {
    if (blocks.length === 0) {
      const what = fileFormat(input);
      throw new TlsError(
        'ERR_MALFORMED_PEM',
        `no private key${what === undefined ? ', neither PEM nor DER' : `, but ${what}`}`,
      );
    }
    const info = blocks[0].headers?.get('DEK-Info');
    return info === undefined
      ? readAny(provider, blocks[0].bytes, options)
      : readOldPem(provider, info, blocks[0].bytes, options);
  } finally {
    for (const { bytes } of blocks) bytes.fill(0);
  }
}

/** One DER structure; what is something else that castls knows is named. */
function readDer(provider: KeyProvider, bytes: Uint8Array, options: PasswordOptions): PrivateKey {
  try {
    return readAny(provider, bytes, options);
  } catch (error) {
    const what = error instanceof TlsError && error.code === 'ERR_MALFORMED_DER' ? fileFormat(bytes) : undefined;
    if (what === undefined) throw error;
    throw new TlsError('ERR_MALFORMED_DER', `no private key, but ${what}`, { cause: error });
  }
}

/** PKCS#1 or SEC 1 under the encryption of old PEM files, for which one needs castls/legacy/keys. */
function readOldPem(provider: KeyProvider, info: string, ciphertext: Uint8Array, options: PasswordOptions): PrivateKey {
  if (options.legacy === undefined) {
    throw new TlsError(
      'ERR_UNSUPPORTED_ALGORITHM',
      `the key is encrypted as old PEM files are (RFC 1421, DEK-Info: ${info.split(',')[0]}, key from MD5): ${legacyWayOut}`,
    );
  }
  const plain = options.legacy.decryptPem(info, ciphertext, requirePassphrase(options));
  try {
    return readAny(provider, plain, options);
  } catch (error) {
    // One padding in 256 looks right by chance.
    if (error instanceof TlsError && error.code === 'ERR_MALFORMED_DER') wrongPassword(error);
    throw error;
  } finally {
    plain.fill(0);
  }
}

/** Tells the four structures apart by their first elements. */
function readAny(provider: KeyProvider, bytes: Uint8Array, options: PasswordOptions): PrivateKey {
  const der = new DerReader(bytes);
  der.enter(tags.SEQUENCE);
  if (der.peek() === tags.SEQUENCE) return readEncrypted(provider, bytes, options);
  der.integer();
  if (der.peek() === tags.SEQUENCE) return readPrivateKeyInfo(provider, bytes);
  const material =
    der.peek() === tags.OCTET_STRING ? readEcPrivateKey(provider, bytes) : readRsaPrivateKey(provider, bytes);
  return importMaterial(provider.privateKeyImporters, material);
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3). */
export function readEncrypted(provider: KeyProvider, bytes: Uint8Array, options: PasswordOptions): PrivateKey {
  const der = new DerReader(bytes);
  der.enter(tags.SEQUENCE);
  const algorithm = readAlgorithm(der);
  const ciphertext = der.content(tags.OCTET_STRING);
  der.finish();
  if (der.end !== bytes.length) malformed(der.at, 'bytes after an encrypted private key');
  const plain = decryptPbes2(provider, algorithm, ciphertext, options);
  try {
    return readPrivateKeyInfo(provider, plain, options.limits);
  } catch (error) {
    // One padding in 256 looks right by chance.
    if (error instanceof TlsError && error.code === 'ERR_MALFORMED_DER') wrongPassword(error);
    throw error;
  } finally {
    plain.fill(0);
  }
}

/**
 * PrivateKeyInfo (RFC 5208 §5) and OneAsymmetricKey (RFC 5958 §2), whose public key must be the private key's.
 * @param limits charged where a file may have many keys
 */
export function readPrivateKeyInfo(provider: KeyProvider, bytes: Uint8Array, limits?: DerivationLimits): PrivateKey {
  const der = new DerReader(bytes);
  der.enter(tags.SEQUENCE);
  const version = der.small(1);
  const algorithm = readAlgorithm(der);
  const octets = der.content(tags.OCTET_STRING);
  if (der.peek() === contextTag(0, true)) der.skip(contextTag(0, true)); // attributes
  let stated: Uint8Array | undefined;
  if (version === 1 && der.peek() === contextTag(1, false)) stated = der.bitStringOctets(contextTag(1, false));
  else if (version === 1 && der.peek() === contextTag(1, true)) {
    // ring before 0.17 tagged the public key explicitly.
    const outer = der.enter(contextTag(1, true));
    stated = der.bitStringOctets();
    der.leave(outer);
  }
  der.finish();
  if (der.end !== bytes.length) malformed(der.at, 'bytes after a private key');

  if (limits instanceof DerivationBudget) {
    limits.takeKey(algorithm.oid === oids.rsaEncryption || algorithm.oid === oids.rsaPss, bytes);
  }
  const key = importMaterial(provider.privateKeyImporters, readMaterial(provider, algorithm, octets));
  const raw = rawPublicKey(key.publicKey);
  if (stated !== undefined && raw !== undefined && !equalVartime(stated, raw)) {
    key.dispose();
    throw new TlsError('ERR_INVALID_PRIVATE_KEY', 'the public key does not belong to the private key');
  }
  if (algorithm.oid !== oids.rsaPss) return key;
  if (algorithm.parameters === undefined) return restrictToPss(key, {});
  const { hash, mgfHash, saltLength } = readPssParameters(algorithm.parameters);
  return restrictToPss(key, { hash, mgfHash, minimumSaltLength: saltLength });
}

/** What the BIT STRING of an SPKI holds, where that is plain octets. */
function rawPublicKey(key: PublicKey): Uint8Array | undefined {
  return key.type === 'rsa' ? undefined : key.type === 'ec' ? key.point : key.key;
}

function readMaterial(provider: KeyProvider, algorithm: AlgorithmIdentifier, octets: Uint8Array): PrivateKeyMaterial {
  const { oid, parameters } = algorithm;
  if (oid === oids.rsaEncryption || oid === oids.rsaPss) return readRsaPrivateKey(provider, octets);
  if (oid === oids.ecPublicKey) {
    if (parameters === undefined) malformed(0, 'an EC key without its curve');
    return readEcPrivateKey(provider, octets, readNamedCurve(new DerReader(parameters)));
  }
  if (oid === oids.ed25519 || oid === oids.ed448) {
    return readCurvePrivateKey(provider, octets, oid === oids.ed25519 ? 'ed25519' : 'ed448');
  }
  const parameterSet = mlDsaOids[oid];
  if (parameterSet !== undefined) return readMlDsaPrivateKey(provider, octets, parameterSet);
  const agreement = oid === oids.x25519 ? 'X25519' : oid === oids.x448 ? 'X448' : undefined;
  throw new TlsError(
    'ERR_UNSUPPORTED_ALGORITHM',
    agreement === undefined
      ? `private keys of the algorithm ${namedAlgorithm(oid)} are not supported: make a key for RSA, EC, Ed25519 or ML-DSA`
      : `${agreement} keys agree on secrets and sign nothing`,
  );
}
