// Reads private keys: PKCS#8 (RFC 5208, 5958), encrypted PKCS#8, PKCS#1 (RFC 8017) and SEC 1 (RFC 5915), in PEM or DER.

import { contextTag, DerReader, malformed, tags } from '../../asn1/der.ts';
import { parsePem } from '../../asn1/pem.ts';
import { equalVartime } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { KeyProvider } from '../../crypto/password_encryption.ts';
import { importMaterial, restrictToPss } from '../../crypto/private_key_material.ts';
import type { PrivateKey, PrivateKeyMaterial, PublicKey } from '../../crypto/signature.ts';
import { type AlgorithmIdentifier, mlDsaOids, oids, readAlgorithm, readPssParameters } from '../algorithm.ts';
import {
  readCurvePrivateKey,
  readEcPrivateKey,
  readMlDsaPrivateKey,
  readNamedCurve,
  readRsaPrivateKey,
} from './material.ts';
import { decryptPbes2, type PasswordOptions, wrongPassword } from './pbes2.ts';

/** PEM labels that hold a private key. */
const labels: ReadonlySet<string> = new Set([
  'PRIVATE KEY',
  'ENCRYPTED PRIVATE KEY',
  'RSA PRIVATE KEY',
  'EC PRIVATE KEY',
]);

/**
 * The private key that `input` holds: PEM text (its first private key; other blocks are passed over) or one DER
 * structure, whatever its form. Bytes stay the caller's to wipe.
 * @throws ERR_MALFORMED_PEM, ERR_MALFORMED_DER; ERR_UNSUPPORTED_ALGORITHM naming the algorithm; ERR_INVALID_PRIVATE_KEY
 *   and ERR_WEAK_KEY for a key that is none; ERR_WRONG_PASSWORD for a missing or wrong passphrase; ERR_COST_LIMIT
 */
export function parsePrivateKey(
  provider: KeyProvider,
  input: string | Uint8Array,
  options: PasswordOptions = {},
): PrivateKey {
  if (typeof input !== 'string') {
    return isPem(input)
      ? parsePrivateKey(provider, new TextDecoder().decode(input), options)
      : readAny(provider, input, options);
  }
  if (/^Proc-Type: *4, *ENCRYPTED/m.test(input)) {
    const cipher = /^DEK-Info: *([^,\r\n]+)/m.exec(input)?.[1] ?? 'unknown cipher';
    throw new TlsError(
      'ERR_UNSUPPORTED_ALGORITHM',
      `old PEM encryption (RFC 1421 DEK-Info: ${cipher}, key from MD5) is not read; convert the file to PKCS#8`,
    );
  }
  const blocks = parsePem(input);
  try {
    const block = blocks.find(({ label }) => labels.has(label));
    if (block === undefined) throw new TlsError('ERR_MALFORMED_PEM', 'the PEM text holds no private key');
    return readAny(provider, block.bytes, options);
  } finally {
    for (const { bytes } of blocks) bytes.fill(0);
  }
}

/** DER begins with 0x30, "0"; a PEM file with text that has a BEGIN somewhere. */
function isPem(input: Uint8Array): boolean {
  return input[0] !== tags.SEQUENCE;
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
    return readPrivateKeyInfo(provider, plain);
  } catch (error) {
    // One padding in 256 looks right by chance.
    if (error instanceof TlsError && error.code === 'ERR_MALFORMED_DER') wrongPassword(error);
    throw error;
  } finally {
    plain.fill(0);
  }
}

/** PrivateKeyInfo (RFC 5208 §5) and OneAsymmetricKey (RFC 5958 §2), whose public key must be the private key's. */
export function readPrivateKeyInfo(provider: KeyProvider, bytes: Uint8Array): PrivateKey {
  const der = new DerReader(bytes);
  der.enter(tags.SEQUENCE);
  const version = der.small(1);
  const algorithm = readAlgorithm(der);
  const octets = der.content(tags.OCTET_STRING);
  if (der.peek() === contextTag(0, true)) der.skip(contextTag(0, true)); // attributes
  let stated: Uint8Array | undefined;
  if (version === 1 && der.peek() === contextTag(1, false)) stated = der.bitStringOctets(contextTag(1, false));
  der.finish();
  if (der.end !== bytes.length) malformed(der.at, 'bytes after a private key');

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
      ? `private keys of the algorithm ${oid} are not supported`
      : `${agreement} keys agree on secrets and sign nothing`,
  );
}
