// Encryption of old key files, for reading them: PBES1 (RFC 8018 §6.1), PKCS#12's own (RFC 7292 appendices B and C), PBES2
// with triple DES, DES or RC2 (RFC 8018 §B.2), PEM with DEK-Info (RFC 1421 §4.6.1.3, keys as OpenSSL makes them). Only
// castls/legacy/keys names it. Keys and what they come from are on the JavaScript heap and wiped.

import { DerReader, malformed, tags } from '../../asn1/der.ts';
import { concat, copyOfBytes } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { HashAlgorithm } from '../../crypto/hash.ts';
import type { LegacyCiphers } from '../../crypto/legacy_ciphers.ts';
import type { KeyProvider } from '../../crypto/password_encryption.ts';
import { type AlgorithmIdentifier, readAlgorithm } from '../algorithm.ts';
import { bmpPassword, derivePkcs12, pkcs12Ids } from '../pkcs12/derivation.ts';
import {
  type DerivationBudget,
  deriveKey,
  type LegacyEncryption,
  passwordTools,
  pbeOids,
  readPbkdf2,
  wrongPassword,
} from './pbes2.ts';

/** A cipher with its key length in bytes: how a scheme's name fixes it. */
interface Cipher {
  readonly keyLength: number;
  readonly ivLength: number;
  decrypt(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array;
}

type Ciphers = ReturnType<typeof ciphersOf>;

/** @param provider for SHA-1, AES-CBC and PBKDF2 */
export function legacyEncryption(provider: KeyProvider, family: LegacyCiphers): LegacyEncryption {
  const { md5 } = family;
  const sha1 = provider.keyDerivation('sha1').hash;
  const ciphers = ciphersOf(provider, family);
  const { des, tripleDes, twoKeyTripleDes, rc2, aes } = ciphers;
  /** PBES1: PBKDF1 (RFC 8018 §5.1) gives eight octets of key and eight of IV. */
  const pbes1: Readonly<Record<string, [HashAlgorithm, Cipher]>> = {
    '1.2.840.113549.1.5.3': [md5, des],
    '1.2.840.113549.1.5.6': [md5, rc2(8)],
    '1.2.840.113549.1.5.10': [sha1, des],
    '1.2.840.113549.1.5.11': [sha1, rc2(8)],
  };
  /** RFC 7292 appendix C, all with SHA-1. */
  const pkcs12: Readonly<Record<string, Cipher>> = {
    '1.2.840.113549.1.12.1.3': tripleDes,
    '1.2.840.113549.1.12.1.4': twoKeyTripleDes,
    '1.2.840.113549.1.12.1.5': rc2(16),
    '1.2.840.113549.1.12.1.6': rc2(5),
  };
  /** By the names that DEK-Info has for them. */
  const dekInfo: Readonly<Record<string, Cipher>> = {
    'DES-CBC': des,
    'DES-EDE3-CBC': tripleDes,
    'DES-EDE-CBC': twoKeyTripleDes,
    'RC2-CBC': rc2(16),
    'RC2-64-CBC': rc2(8),
    'RC2-40-CBC': rc2(5),
    'AES-128-CBC': aes(16),
    'AES-192-CBC': aes(24),
    'AES-256-CBC': aes(32),
  };
  return {
    decrypt({ oid, parameters }, ciphertext, passphrase, budget) {
      if (oid === pbeOids.pbes2) return decryptOldPbes2(provider, ciphers, parameters, ciphertext, passphrase, budget);
      const own = pbes1[oid];
      const theirs = pkcs12[oid];
      if (own === undefined && theirs === undefined) return undefined;
      const { salt, iterations } = readPbeParameters(parameters);
      // Of key and IV that PKCS#12 derives apart, the former may take two blocks.
      budget.takeIterations(iterations, own === undefined ? 3 : 1);
      if (own === undefined) return decryptPkcs12(sha1, theirs, ciphertext, passphrase, salt, iterations);
      const [hash, cipher] = own;
      return wiping(pbkdf1(hash, passphrase, salt, iterations), derived =>
        decrypting(cipher, derived.subarray(0, 8), derived.subarray(8, 16), ciphertext),
      );
    },
    decryptPem(info, ciphertext, passphrase) {
      const [name, ivText = ''] = info.split(',').map(part => part.trim());
      const cipher = Object.hasOwn(dekInfo, name.toUpperCase()) ? dekInfo[name.toUpperCase()] : undefined;
      if (cipher === undefined) {
        throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `PEM encryption with ${JSON.stringify(name)} is not read`);
      }
      const iv = Uint8Array.from(ivText.match(/[0-9a-f]{2}/gi) ?? [], octet => Number.parseInt(octet, 16));
      if (iv.length !== cipher.ivLength || ivText.length !== 2 * iv.length) {
        throw new TlsError('ERR_MALFORMED_PEM', `DEK-Info: not an initialization vector for ${name}`);
      }
      return wiping(bytesToKey(md5, passphrase, iv.subarray(0, 8), cipher.keyLength), key =>
        decrypting(cipher, key, iv, ciphertext),
      );
    },
  };
}

function ciphersOf(provider: KeyProvider, family: LegacyCiphers) {
  /** Of one key, two or three: what is missing is made up of the first. */
  const desWith = (keyLength: number): Cipher => ({
    keyLength,
    ivLength: 8,
    decrypt: (key, iv, ciphertext) =>
      wiping(concat([key, key, key]).subarray(0, 24), three => family.tripleDesCbcDecrypt(three, iv, ciphertext)),
  });
  return {
    des: desWith(8),
    twoKeyTripleDes: desWith(16),
    tripleDes: desWith(24),
    rc2: (keyLength: number, bits = 8 * keyLength): Cipher => ({
      keyLength,
      ivLength: 8,
      decrypt: (key, iv, ciphertext) => family.rc2CbcDecrypt(key, bits, iv, ciphertext),
    }),
    aes: (keyLength: number): Cipher => ({
      keyLength,
      ivLength: 16,
      decrypt(key, iv, ciphertext) {
        const secret = provider.importSecret(key);
        try {
          return provider.passwordEncryption!.aesCbcDecrypt(secret, iv, ciphertext);
        } finally {
          secret.dispose();
        }
      },
    }),
  };
}

/** PBES2 with an old cipher; undefined for one that is none. */
function decryptOldPbes2(
  provider: KeyProvider,
  ciphers: Ciphers,
  parameters: Uint8Array | undefined,
  ciphertext: Uint8Array,
  passphrase: string | Uint8Array,
  budget: DerivationBudget,
): Uint8Array | undefined {
  const der = new DerReader(parameters ?? new Uint8Array(0));
  der.enter(tags.SEQUENCE);
  const derivation = readAlgorithm(der);
  const found = oldCipher(readAlgorithm(der), derivation, ciphers);
  if (found === undefined) return undefined;
  const { encryption, password } = passwordTools(provider, { passphrase });
  try {
    const key = deriveKey(encryption, derivation, password, found.cipher.keyLength, budget);
    try {
      return wiping(provider.dangerousReveal(key), bytes => decrypting(found.cipher, bytes, found.iv, ciphertext));
    } finally {
      key.dispose();
    }
  } finally {
    password.dispose();
  }
}

/** The cipher of PBES2 with its IV, if it is an old one (RFC 8018 §B.2). */
function oldCipher(
  { oid, parameters }: AlgorithmIdentifier,
  derivation: AlgorithmIdentifier,
  { des, tripleDes, rc2 }: Ciphers,
): { cipher: Cipher; iv: Uint8Array } | undefined {
  const der = new DerReader(parameters ?? new Uint8Array(0));
  switch (oid) {
    case '1.3.14.3.2.7':
      return { cipher: des, iv: readIv(der) };
    case '1.2.840.113549.3.7':
      return { cipher: tripleDes, iv: readIv(der) };
    case '1.2.840.113549.3.2': {
      der.enter(tags.SEQUENCE);
      const version = der.peek() === tags.INTEGER ? der.small(1024) : undefined;
      const iv = readIv(der);
      // RFC 8018 §B.2.3: the version stands for the effective bits; 32 if it is absent.
      const bits = version === undefined ? 32 : version >= 256 ? version : rc2Versions[version];
      if (bits === undefined) malformed(0, `the RC2 parameter version ${version}`);
      const stated = derivation.oid === pbeOids.pbkdf2 ? readPbkdf2(derivation).keyLength : undefined;
      return { cipher: rc2(stated ?? Math.ceil(bits / 8), bits), iv };
    }
    default:
      return undefined;
  }
}

const rc2Versions: Readonly<Record<number, number>> = { 160: 40, 120: 64, 58: 128 };

function readIv(der: DerReader): Uint8Array {
  const iv = der.content(tags.OCTET_STRING);
  der.finish();
  if (iv.length !== 8) malformed(der.at, `an initialization vector of ${iv.length} octets`);
  return iv;
}

/** PBEParameter (RFC 8018 §A.3) and pkcs-12PbeParams (RFC 7292 appendix C): the same. */
function readPbeParameters(parameters: Uint8Array | undefined): { salt: Uint8Array; iterations: number } {
  const der = new DerReader(parameters ?? new Uint8Array(0));
  der.enter(tags.SEQUENCE);
  const salt = der.content(tags.OCTET_STRING);
  const iterations = der.small(0x7fffffff);
  der.finish();
  if (salt.length > 1024) malformed(der.at, 'a salt over 1024 octets');
  return { salt, iterations };
}

/** RFC 7292 §B.1: no password is not the same as an empty one, and programs disagree which they mean. */
function decryptPkcs12(
  hash: HashAlgorithm,
  cipher: Cipher,
  ciphertext: Uint8Array,
  passphrase: string | Uint8Array,
  salt: Uint8Array,
  iterations: number,
): Uint8Array {
  const candidates = passphrase.length === 0 ? [bmpPassword(''), new Uint8Array(0)] : [bmpPassword(passphrase)];
  let failure: unknown;
  for (const password of candidates) {
    const key = derivePkcs12(hash, pkcs12Ids.encryptionKey, password, salt, iterations, cipher.keyLength);
    const iv = derivePkcs12(hash, pkcs12Ids.iv, password, salt, iterations, cipher.ivLength);
    password.fill(0);
    try {
      const plain = wiping(key, bytes => decrypting(cipher, bytes, iv, ciphertext));
      // All that is encrypted so is a SEQUENCE; a padding may look right by chance.
      if (plain[0] === tags.SEQUENCE || candidates.length === 1) return plain;
      plain.fill(0);
    } catch (error) {
      failure = error;
    }
  }
  return wrongPassword(failure);
}

/** RFC 8018 §5.1, all of the hash's output. */
function pbkdf1(
  hash: HashAlgorithm,
  passphrase: string | Uint8Array,
  salt: Uint8Array,
  iterations: number,
): Uint8Array {
  let derived = wiping(concat([octetsOf(passphrase), salt]), first => hash.digest(first));
  for (let i = 1; i < iterations; i++) derived = wiping(derived, last => hash.digest(last));
  return derived;
}

/** EVP_BytesToKey with one iteration: each digest takes the one before it, the password and the salt. */
function bytesToKey(
  hash: HashAlgorithm,
  passphrase: string | Uint8Array,
  salt: Uint8Array,
  length: number,
): Uint8Array {
  const key = new Uint8Array(Math.ceil(length / hash.outputLength) * hash.outputLength);
  const password = octetsOf(passphrase);
  for (let at = 0; at < length; at += hash.outputLength) {
    const before = key.subarray(Math.max(0, at - hash.outputLength), at);
    key.set(
      wiping(concat([before, password, salt]), input => hash.digest(input)),
      at,
    );
  }
  password.fill(0);
  const cut = key.slice(0, length);
  key.fill(0);
  return cut;
}

/** A copy, to be wiped. */
function octetsOf(passphrase: string | Uint8Array): Uint8Array {
  return typeof passphrase === 'string' ? new TextEncoder().encode(passphrase) : copyOfBytes(passphrase);
}

/** Hands over a key and wipes it afterwards. */
function wiping<T>(key: Uint8Array, use: (key: Uint8Array) => T): T {
  try {
    return use(key);
  } finally {
    key.fill(0);
  }
}

/** @throws ERR_WRONG_PASSWORD where the padding says so */
function decrypting(cipher: Cipher, key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  try {
    return cipher.decrypt(key, iv, ciphertext);
  } catch (error) {
    if (error instanceof TlsError && error.code === 'ERR_DECRYPTION_FAILED') return wrongPassword(error);
    throw error;
  }
}
