// Encodings of RSA signatures: EMSA-PKCS1-v1_5 and EMSA-PSS (RFC 8017 §9). Digests, salts and encoded messages of
// signatures are public.

import { TlsError } from '../base/errors.ts';
import type { HashAlgorithm, HashName } from '../crypto/hash.ts';

/** DER of DigestInfo up to the digest (RFC 8017 §9.2, note 1; SHA-3: the NIST arc 2.16.840.1.101.3.4.2, 7 to 10). */
const digestInfoPrefix: Partial<Record<HashName, string>> = {
  sha1: '3021300906052b0e03021a05000414',
  sha224: '302d300d06096086480165030402040500041c',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
  'sha3-224': '302d300d06096086480165030402070500041c',
  'sha3-256': '3031300d060960864801650304020805000420',
  'sha3-384': '3041300d060960864801650304020905000430',
  'sha3-512': '3051300d060960864801650304020a05000440',
};

/**
 * EMSA-PKCS1-v1_5 of a digest, `length` bytes. @param hash null for no DigestInfo (RFC 2246 §4.7)
 * @throws ERR_UNSUPPORTED_ALGORITHM for a hash without DigestInfo,
 * ERR_WEAK_KEY if the modulus is too short for the encoding
 */
export function encodePkcs1(hash: HashName | null, digest: Uint8Array, length: number): Uint8Array {
  const prefix = hash === null ? '' : digestInfoPrefix[hash];
  if (prefix === undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `no DigestInfo for ${hash}`);
  const information = Uint8Array.from([...(prefix.match(/../g) ?? []).map(h => Number.parseInt(h, 16)), ...digest]);
  if (length < information.length + 11) throw tooShort();
  const encoded = new Uint8Array(length).fill(0xff);
  encoded[0] = 0;
  encoded[1] = 1;
  encoded[length - information.length - 1] = 0;
  encoded.set(information, length - information.length);
  return encoded;
}

/** Passes MD5 and SHA-1, one behind the other (RFC 2246 §4.7). @throws ERR_BAD_LENGTH */
export function requireDigests(digests: Uint8Array): void {
  if (digests.length !== 36) throw new TlsError('ERR_BAD_LENGTH', 'MD5 and SHA-1 together have 36 bytes');
}

/** Hashes and salt of EMSA-PSS. */
export interface PssParameters {
  readonly hash: HashAlgorithm;
  readonly mgfHash: HashAlgorithm;
}

/**
 * EMSA-PSS-ENCODE (RFC 8017 §9.1.1). @param bits modulus bits less one @param salt fresh random bytes
 * @returns the encoded message, ceil(bits / 8) bytes @throws ERR_WEAK_KEY if it does not fit
 */
export function encodePss(digest: Uint8Array, salt: Uint8Array, bits: number, parameters: PssParameters): Uint8Array {
  const length = Math.ceil(bits / 8);
  const hashLength = digest.length;
  if (length < hashLength + salt.length + 2) throw tooShort();
  const seed = pssHash(digest, salt, parameters.hash);
  const encoded = new Uint8Array(length);
  const maskedLength = length - hashLength - 1;
  encoded[maskedLength - salt.length - 1] = 1;
  encoded.set(salt, maskedLength - salt.length);
  xorMask(encoded.subarray(0, maskedLength), seed, parameters.mgfHash);
  encoded[0] &= 0xff >> (8 * length - bits);
  encoded.set(seed, maskedLength);
  encoded[length - 1] = 0xbc;
  return encoded;
}

/** EMSA-PSS-VERIFY (RFC 8017 §9.1.2) with a salt of exactly `saltLength` bytes. */
export function verifyPss(
  encoded: Uint8Array,
  digest: Uint8Array,
  saltLength: number,
  bits: number,
  parameters: PssParameters,
): boolean {
  const length = Math.ceil(bits / 8);
  const hashLength = digest.length;
  if (encoded.length !== length || length < hashLength + saltLength + 2) return false;
  if (encoded[length - 1] !== 0xbc) return false;
  const maskedLength = length - hashLength - 1;
  const unused = 8 * length - bits;
  if (unused > 0 && encoded[0] >> (8 - unused) !== 0) return false;
  const block = encoded.slice(0, maskedLength);
  const seed = encoded.subarray(maskedLength, length - 1);
  xorMask(block, seed, parameters.mgfHash);
  block[0] &= 0xff >> unused;
  const separator = maskedLength - saltLength - 1;
  if (block[separator] !== 1 || block.subarray(0, separator).some(byte => byte !== 0)) return false;
  const expected = pssHash(digest, block.subarray(separator + 1), parameters.hash);
  return expected.every((byte, i) => byte === seed[i]);
}

/** H = Hash(eight zeros || mHash || salt). */
function pssHash(digest: Uint8Array, salt: Uint8Array, hash: HashAlgorithm): Uint8Array {
  const input = new Uint8Array(8 + digest.length + salt.length);
  input.set(digest, 8);
  input.set(salt, 8 + digest.length);
  return hash.digest(input);
}

/** Xors MGF1(seed) into `target` (RFC 8017 §B.2.1). */
function xorMask(target: Uint8Array, seed: Uint8Array, hash: HashAlgorithm): void {
  const input = new Uint8Array(seed.length + 4);
  input.set(seed);
  const counter = new DataView(input.buffer, seed.length);
  for (let at = 0, n = 0; at < target.length; at += hash.outputLength, n++) {
    counter.setUint32(0, n);
    const mask = hash.digest(input);
    for (let i = 0; i < mask.length && at + i < target.length; i++) target[at + i] ^= mask[i];
  }
}

function tooShort(): TlsError {
  return new TlsError('ERR_WEAK_KEY', 'the RSA modulus is too short for this hash and salt (RFC 8017 §9)');
}
