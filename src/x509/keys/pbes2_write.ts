// Encryption under a password: PBES2 (RFC 8018 §6.2) with PBKDF2 or scrypt and AES-CBC.

import * as asn1 from '../../asn1/writer.ts';
import { TlsError } from '../../base/errors.ts';
import { bytes, either, integer, oneOf, required, text } from '../../base/options.ts';
import type { KeyProvider, PasswordEncryption } from '../../crypto/password_encryption.ts';
import { randomBytes } from '../../crypto/random.ts';
import type { Secret } from '../../crypto/secret.ts';
import { algorithmIdentifier, oidOf } from '../write/algorithm.ts';
import { aesCbcOids, hmacOids, passwordTools, pbeOids } from './pbes2.ts';

/** How to encrypt. */
export interface EncryptionOptions {
  /** Text is encoded in UTF-8; bytes stay the caller's to wipe. */
  readonly passphrase: string | Uint8Array;
  /** Default "pbkdf2". */
  readonly derivation?: 'pbkdf2' | 'scrypt';
  /** Of HMAC in PBKDF2. Default "sha256". */
  readonly hash?: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** Of PBKDF2. Default 600,000, as OWASP advises for HMAC-SHA256 (2023). */
  readonly iterations?: number;
  /** N of scrypt, a power of 2, with r = 8 and p = 1. Default 2^14, the most that OpenSSL reads without being asked to. */
  readonly scryptCost?: number;
  /** Default 256. */
  readonly aesBits?: 128 | 192 | 256;
}

export const hashNames = ['sha1', 'sha256', 'sha384', 'sha512'] as const;

/** The table of `EncryptionOptions`. */
export const encryptionTable = {
  passphrase: required(either(text, bytes)),
  derivation: oneOf('pbkdf2', 'scrypt'),
  hash: oneOf(...hashNames),
  iterations: integer(1, 0x7fffffff),
  scryptCost: integer(2, 2 ** 30),
  aesBits: oneOf(128, 192, 256),
} as const;

export const DEFAULT_ITERATIONS = 600_000;
const DEFAULT_SCRYPT_COST = 2 ** 14;
const SALT_LENGTH = 16;

/** @returns DER of the AlgorithmIdentifier, and the ciphertext */
export function encryptPbes2(
  provider: KeyProvider,
  plaintext: Uint8Array,
  options: EncryptionOptions,
): { algorithm: Uint8Array; ciphertext: Uint8Array } {
  const { encryption, password } = passwordTools(provider, options);
  const keyLength = (options.aesBits ?? 256) / 8;
  const salt = randomBytes(provider.random, SALT_LENGTH);
  const iv = randomBytes(provider.random, 16);
  let key: Secret | undefined;
  try {
    const { derivation, derive } =
      options.derivation === 'scrypt' ? useScrypt(encryption, salt, options) : usePbkdf2(encryption, salt, options);
    key = derive(password, keyLength);
    const cipher = algorithmIdentifier(oidOf(aesCbcOids, keyLength), asn1.octetString(iv));
    return {
      algorithm: algorithmIdentifier(pbeOids.pbes2, asn1.sequence(derivation, cipher)),
      ciphertext: encryption.aesCbcEncrypt(key, iv, plaintext),
    };
  } finally {
    key?.dispose();
    password.dispose();
  }
}

interface Derivation {
  readonly derivation: Uint8Array;
  derive(password: Secret, length: number): Secret;
}

function usePbkdf2(encryption: PasswordEncryption, salt: Uint8Array, options: EncryptionOptions): Derivation {
  const { hash = 'sha256', iterations = DEFAULT_ITERATIONS } = options;
  return {
    derivation: algorithmIdentifier(pbeOids.pbkdf2, pbkdf2Parameters(salt, iterations, hash)),
    derive: (password, length) => encryption.pbkdf2(hash, password, salt, iterations, length),
  };
}

/** PBKDF2-params (RFC 8018 §A.2); the default PRF, HMAC-SHA1, must not be encoded. @param length as PBMAC1 demands it */
export function pbkdf2Parameters(
  salt: Uint8Array,
  iterations: number,
  hash: 'sha1' | 'sha256' | 'sha384' | 'sha512',
  length?: number,
): Uint8Array {
  return asn1.sequence(
    asn1.octetString(salt),
    asn1.integer(iterations),
    ...(length === undefined ? [] : [asn1.integer(length)]),
    ...(hash === 'sha1' ? [] : [algorithmIdentifier(oidOf(hmacOids, hash), asn1.nullElement())]),
  );
}

function useScrypt(encryption: PasswordEncryption, salt: Uint8Array, options: EncryptionOptions): Derivation {
  const { scrypt } = encryption;
  if (scrypt === undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'the provider has no scrypt (RFC 7914)');
  const cost = { cost: options.scryptCost ?? DEFAULT_SCRYPT_COST, blockSize: 8, parallelization: 1 };
  if (!(Number.isInteger(Math.log2(cost.cost)) && cost.cost >= 2)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `the cost of scrypt is a power of 2, not ${cost.cost}`);
  }
  const parameters = asn1.sequence(
    asn1.octetString(salt),
    asn1.integer(cost.cost),
    asn1.integer(cost.blockSize),
    asn1.integer(cost.parallelization),
  );
  return {
    derivation: algorithmIdentifier(pbeOids.scrypt, parameters),
    derive: (password, length) => scrypt(password, salt, cost, length),
  };
}
