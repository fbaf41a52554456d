// Decryption under a password: PBES2 (RFC 8018 §6.2) with PBKDF2 or scrypt (RFC 7914 §7) and AES-CBC (RFC 3565), as
// PKCS#8 and PKCS#12 carry it. What a file may cost is limited; older schemes are refused by name, unless
// whoever calls brings castls/legacy/keys.

import { DerReader, malformed, tags } from '../../asn1/der.ts';
import { TlsError } from '../../base/errors.ts';
import { bytes, either, objectWith, readOptions, rule, text, withDefault } from '../../base/options.ts';
import type { HashName } from '../../crypto/hash.ts';
import type { KeyProvider, PasswordEncryption, ScryptCost } from '../../crypto/password_encryption.ts';
import type { Secret } from '../../crypto/secret.ts';
import { type AlgorithmIdentifier, isNull, readAlgorithm } from '../algorithm.ts';
import { oldEncryptionName } from './old_encryption.ts';

export const pbeOids = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  scrypt: '1.3.6.1.4.1.11591.4.11',
  pbmac1: '1.2.840.113549.1.5.14',
} as const;

/** HMAC as a pseudorandom function (RFC 8018 §B.1.2). */
export const hmacOids: Readonly<Record<string, HashName>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

/** AES-CBC by key length in bytes (NIST; RFC 3565 §4.1). */
export const aesCbcOids: Readonly<Record<string, number>> = {
  '2.16.840.1.101.3.4.1.2': 16,
  '2.16.840.1.101.3.4.1.22': 24,
  '2.16.840.1.101.3.4.1.42': 32,
};

/** What deriving all the keys of one file may cost when the file says how much. */
export interface DerivationLimits {
  /** Iterations of PBKDF2, for each block of output, and of PKCS#12's derivation. */
  readonly iterations?: number;
  /** Units of work of scrypt: N * r * p. */
  readonly scryptWork?: number;
  /** Bytes that scrypt may fill at a time: 128 * N * r. */
  readonly scryptMemory?: number;
  /** Taking keys in, which includes checking them: 1 for a key of a curve, 13 for RSA of 2048 bits, 100 for 4096. */
  readonly keyWork?: number;
}

/**
 * Together no more than two seconds. Four and a quarter million iterations are seven times OWASP's advice for PBKDF2-HMAC-SHA256;
 * what NSS writes today with its old ciphers takes 4,200,000. 2^21 units allow N = 2^18, r = 8, p = 1 (OpenSSL writes
 * N = 2^14 and reads no more than 32 MiB); key work is that of eighty RSA keys of 2048 bits.
 */
export const defaultDerivationLimits: Required<DerivationLimits> = {
  iterations: 4_250_000,
  scryptMemory: 256 * 1024 * 1024,
  scryptWork: 2 ** 21,
  keyWork: 1000,
};

/** A unit of scrypt takes as long as so many iterations; one with a hash of 64-bit words as one and a half. */
const SCRYPT_WEIGHT = 1.5;
/** What a derivation takes whatever it is asked for: a file may ask for thousands of cheap ones. */
const LEAST_ITERATIONS = 300;
const LEAST_SCRYPT = 4096;
const LONG_WORD_WEIGHT = 1.5;

const amount = rule<number>('a number from 0', value => typeof value === 'number' && value >= 0);

const limitTable = {
  iterations: withDefault(amount, defaultDerivationLimits.iterations),
  scryptMemory: withDefault(amount, defaultDerivationLimits.scryptMemory),
  scryptWork: withDefault(amount, defaultDerivationLimits.scryptWork),
  keyWork: withDefault(amount, defaultDerivationLimits.keyWork),
};

/** What is left of the limits for one file, which may ask for many keys. */
export class DerivationBudget implements DerivationLimits {
  iterations: number;
  scryptWork: number;
  readonly scryptMemory: number;
  keyWork: number;
  /** Scrypt takes from the iterations, too, unless the caller said how much of it there may be. */
  readonly #shared: boolean;

  /** @throws ERR_INVALID_ARGUMENT for a limit that is unknown or no number */
  constructor(limits: DerivationLimits = {}) {
    const { iterations, scryptWork, scryptMemory, keyWork } = readOptions('limits', limitTable, limits);
    this.iterations = iterations;
    this.scryptWork = scryptWork;
    this.scryptMemory = scryptMemory;
    this.keyWork = keyWork;
    this.#shared = limits.scryptWork === undefined;
  }

  /** The budget itself, or a new one within the limits. */
  static of(limits: DerivationLimits | undefined): DerivationBudget {
    return limits instanceof DerivationBudget ? limits : new DerivationBudget(limits);
  }

  /** @throws ERR_COST_LIMIT; ERR_MALFORMED_DER for no iterations at all */
  takeIterations(count: number, blocks = 1, hash?: HashName): void {
    if (count < 1) malformed(0, 'a key derivation without iterations');
    const weight = hash === 'sha384' || hash === 'sha512' ? LONG_WORD_WEIGHT : 1;
    if ((this.iterations -= Math.max(LEAST_ITERATIONS, count * blocks * weight)) < 0) tooCostly(`${count} iterations`);
  }

  /** @throws ERR_COST_LIMIT */
  takeScrypt({ cost, blockSize, parallelization }: ScryptCost): void {
    const memory = 128 * blockSize * cost;
    // The blocks of each lane come on top; a file may not have many lanes either.
    if (memory > this.scryptMemory || parallelization > MAX_LANES) tooCostly(`scrypt with ${memory} bytes of memory`);
    const work = Math.max(LEAST_SCRYPT, cost * blockSize * parallelization);
    if (this.#shared) this.iterations -= work * SCRYPT_WEIGHT;
    if ((this.scryptWork -= work) < 0 || this.iterations < 0) tooCostly('too much work for scrypt');
  }

  /** @param pkcs8 DER of the key that is to be taken in @throws ERR_COST_LIMIT */
  takeKey(rsa: boolean, pkcs8: Uint8Array): void {
    // Checking an RSA key takes the cube of its size: 1,218 octets are 2048 bits.
    const work = rsa ? 13 * (pkcs8.length / 1218) ** 3 : 1;
    if ((this.keyWork -= work) < 0) tooCostly('too many private keys');
  }
}

/** p of scrypt; RFC 7914's own example has 16. */
const MAX_LANES = 64;
const MAX_SALT = 1024;

/** The password of a file and what its use may cost. */
export interface PasswordOptions {
  /** Text is encoded in UTF-8, as RFC 8018 §3 recommends; bytes stay the caller's to wipe. */
  readonly passphrase?: string | Uint8Array;
  readonly limits?: DerivationLimits;
  /** Reads encryption of old too: `legacyEncryption()` of castls/legacy/keys. */
  readonly legacy?: LegacyEncryption;
}

/** The table of `PasswordOptions`. */
export const passwordTable = {
  passphrase: either(text, bytes),
  limits: objectWith<DerivationLimits>('an object'),
  legacy: objectWith<LegacyEncryption>('what legacyEncryption of castls/legacy/keys gives', 'decrypt', 'decryptPem'),
};

/** Reads what PBES2 with AES replaced. Made by castls/legacy/keys, which a bundle does not carry unless it names it. */
export interface LegacyEncryption {
  /** The plaintext, which the caller wipes; undefined for an algorithm that is none of the old ones. */
  decrypt(
    algorithm: AlgorithmIdentifier,
    ciphertext: Uint8Array,
    passphrase: string | Uint8Array,
    budget: DerivationBudget,
  ): Uint8Array | undefined;
  /** The content of a PEM block with the header "DEK-Info: `info`" (RFC 1421 §4.6.1.3). */
  decryptPem(info: string, ciphertext: Uint8Array, passphrase: string | Uint8Array): Uint8Array;
}

/** @throws ERR_WRONG_PASSWORD if there is none, ERR_UNSUPPORTED_ALGORITHM if the provider cannot */
export function passwordTools(
  provider: KeyProvider,
  options: PasswordOptions,
): { encryption: PasswordEncryption; password: Secret } {
  const encryption = provider.passwordEncryption;
  if (encryption === undefined) {
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'the provider has no password-based encryption');
  }
  return { encryption, password: importPassphrase(provider, requirePassphrase(options)) };
}

/** @throws ERR_WRONG_PASSWORD if there is none */
export function requirePassphrase({ passphrase }: PasswordOptions): string | Uint8Array {
  if (passphrase === undefined) throw new TlsError('ERR_WRONG_PASSWORD', 'encrypted, and no passphrase given');
  return passphrase;
}

/** A passphrase as a secret that the caller owns. */
export function importPassphrase(provider: KeyProvider, passphrase: string | Uint8Array): Secret {
  if (typeof passphrase !== 'string') return provider.importSecret(passphrase);
  const bytes = new TextEncoder().encode(passphrase);
  const secret = provider.importSecret(bytes);
  bytes.fill(0);
  return secret;
}

/** @throws ERR_WRONG_PASSWORD always */
export function wrongPassword(cause?: unknown): never {
  throw new TlsError('ERR_WRONG_PASSWORD', 'the passphrase is wrong, or the file is damaged', { cause });
}

/**
 * Decrypts; the caller wipes the result. Nothing authenticates it: whoever reads it turns what is malformed into
 * ERR_WRONG_PASSWORD.
 * @throws ERR_UNSUPPORTED_ALGORITHM naming what is not offered, ERR_COST_LIMIT, ERR_WRONG_PASSWORD, ERR_MALFORMED_DER
 */
export function decryptPbes2(
  provider: KeyProvider,
  algorithm: AlgorithmIdentifier,
  ciphertext: Uint8Array,
  options: PasswordOptions,
): Uint8Array {
  const { legacy } = options;
  if (legacy !== undefined) {
    const passphrase = requirePassphrase(options);
    const plain = legacy.decrypt(algorithm, ciphertext, passphrase, DerivationBudget.of(options.limits));
    if (plain !== undefined) return plain;
  }
  const scheme = readPbes2(algorithm);
  const { encryption, password } = passwordTools(provider, options);
  let key: Secret | undefined;
  try {
    key = deriveKey(encryption, scheme.derivation, password, scheme.keyLength, options.limits);
    return encryption.aesCbcDecrypt(key, scheme.iv, ciphertext);
  } catch (error) {
    if (error instanceof TlsError && error.code === 'ERR_DECRYPTION_FAILED') wrongPassword(error);
    throw error;
  } finally {
    key?.dispose();
    password.dispose();
  }
}

function readPbes2(algorithm: AlgorithmIdentifier): {
  derivation: AlgorithmIdentifier;
  keyLength: number;
  iv: Uint8Array;
} {
  if (algorithm.oid !== pbeOids.pbes2) refuse(algorithm.oid, 'encryption');
  const der = new DerReader(algorithm.parameters ?? new Uint8Array(0));
  der.enter(tags.SEQUENCE);
  const derivation = readAlgorithm(der);
  const cipher = readAlgorithm(der);
  der.finish();
  const keyLength = aesCbcOids[cipher.oid];
  if (keyLength === undefined) refuse(cipher.oid, 'cipher');
  const parameters = new DerReader(cipher.parameters ?? new Uint8Array(0));
  const iv = parameters.content(tags.OCTET_STRING);
  parameters.finish();
  if (iv.length !== 16) malformed(0, `an AES initialization vector of ${iv.length} octets`);
  return { derivation, keyLength, iv };
}

/** A key of `length` bytes from the password; the caller owns it. @throws ERR_COST_LIMIT, ERR_UNSUPPORTED_ALGORITHM */
export function deriveKey(
  encryption: PasswordEncryption,
  derivation: AlgorithmIdentifier,
  password: Secret,
  length: number,
  limits?: DerivationLimits,
): Secret {
  const budget = DerivationBudget.of(limits);
  if (derivation.oid === pbeOids.pbkdf2) {
    const { hash, salt, iterations, keyLength } = readPbkdf2(derivation);
    budget.takeIterations(iterations, blocksOf(hash, length), hash);
    if (keyLength !== undefined && keyLength !== length) malformed(0, 'a key length that the cipher does not have');
    return encryption.pbkdf2(hash, password, salt, iterations, length);
  }
  if (derivation.oid !== pbeOids.scrypt) refuse(derivation.oid, 'key derivation');
  if (encryption.scrypt === undefined) {
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'the provider has no scrypt (RFC 7914)');
  }
  const { salt, keyLength, ...cost } = readScrypt(derivation);
  budget.takeScrypt(cost);
  if (keyLength !== undefined && keyLength !== length) malformed(0, 'a key length that the cipher does not have');
  return encryption.scrypt(password, salt, cost, length);
}

/** PBKDF2-params (RFC 8018 §A.2). */
export function readPbkdf2(derivation: AlgorithmIdentifier) {
  const der = new DerReader(derivation.parameters ?? new Uint8Array(0));
  der.enter(tags.SEQUENCE);
  const salt = readSalt(der);
  const iterations = der.small(0x7fffffff);
  const keyLength = der.peek() === tags.INTEGER ? der.small(64) : undefined;
  let hash: HashName | undefined = 'sha1';
  if (!der.done) {
    const prf = readAlgorithm(der);
    hash = hmacOids[prf.oid];
    if (hash === undefined) refuse(prf.oid, 'pseudorandom function of PBKDF2');
    if (prf.parameters !== undefined && !isNull(prf.parameters)) malformed(0, 'parameters of an HMAC');
  }
  der.finish();
  return { hash, salt, iterations, keyLength };
}

const hashLengths: Partial<Record<HashName, number>> = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 };

/** Blocks of output, each of which takes all the iterations (RFC 8018 §5.2). */
export function blocksOf(hash: HashName, length: number): number {
  return Math.ceil(length / (hashLengths[hash] ?? 1));
}

/** scrypt-params (RFC 7914 §7.1). */
function readScrypt(derivation: AlgorithmIdentifier) {
  const der = new DerReader(derivation.parameters ?? new Uint8Array(0));
  der.enter(tags.SEQUENCE);
  const salt = readSalt(der);
  const cost = der.small(0x7fffffff);
  const blockSize = der.small(0x7fffffff);
  const parallelization = der.small(0x7fffffff);
  const keyLength = der.done ? undefined : der.small(64);
  der.finish();
  // RFC 7914 §2: N is a power of 2, greater than 1 and less than 2^(128 * r / 8).
  if (cost < 2 || (cost & (cost - 1)) !== 0 || blockSize < 1 || cost >= 2 ** (16 * blockSize) || parallelization < 1) {
    malformed(0, 'scrypt costs that cannot be (RFC 7914 §2)');
  }
  return { salt, cost, blockSize, parallelization, keyLength };
}

function readSalt(der: DerReader): Uint8Array {
  const salt = der.content(tags.OCTET_STRING);
  if (salt.length > MAX_SALT) malformed(der.at, `a salt over ${MAX_SALT} octets`);
  return salt;
}

function tooCostly(what: string): never {
  throw new TlsError('ERR_COST_LIMIT', `the file asks for too much work: ${what}; \`limits\` allows more`);
}

/** How to go on with a file of old; FILE stands for its name. */
export const legacyWayOut =
  'castls/legacy/keys reads it, and "castls cert convert FILE --legacy --out NEW" writes it anew under PBES2 with AES';

/** @throws ERR_UNSUPPORTED_ALGORITHM naming what the identifier stands for */
export function refuse(oid: string, role: string): never {
  const old = oldEncryptionName(oid);
  throw new TlsError(
    'ERR_UNSUPPORTED_ALGORITHM',
    old === undefined ? `the ${role} ${oid} is not supported` : `${old} is an old ${role}: ${legacyWayOut}`,
  );
}
