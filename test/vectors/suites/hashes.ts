// Hashes by the names that vector files use.

import type { HashName } from '../../../src/crypto/hash.ts';
import { Skip } from '../cases.ts';

const known: Readonly<Record<string, HashName>> = {
  SHA1: 'sha1',
  SHA224: 'sha224',
  SHA256: 'sha256',
  SHA384: 'sha384',
  SHA512: 'sha512',
  'SHA3-224': 'sha3-224',
  'SHA3-256': 'sha3-256',
  'SHA3-384': 'sha3-384',
  'SHA3-512': 'sha3-512',
};

/**
 * The hash that Wycheproof ("SHA-256", "SHA256", "SHA3-256") or ACVP ("SHA-1", "SHA2-256") names, if castls has it. Not
 * SHA-512/224 and SHA-512/256, whose names begin like others.
 */
export function hashNamed(name: unknown): HashName | undefined {
  const plain = String(name)
    .toUpperCase()
    .replace(/^SHA2-/, 'SHA')
    .replace(/^SHA-/, 'SHA');
  return Object.hasOwn(known, plain) ? known[plain] : undefined;
}

/** The same for a group that can only be skipped without it. */
export function acvpHash(name: unknown): HashName | Skip {
  return hashNamed(name) ?? new Skip(`${name}: castls does not implement this hash`);
}

/** For signatures: says what the lack of the hash means. */
export function missingSignatureHash(name: unknown): Skip {
  return new Skip(`${name}: castls does not implement this hash, and no SignatureScheme of TLS has it`);
}
