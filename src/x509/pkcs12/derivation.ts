// PKCS#12's own derivation of keys from passwords (RFC 7292 appendix B): of the MAC of every file, and of the encryption of
// old ones. Password and intermediate values are on the JavaScript heap and wiped.

import type { HashAlgorithm } from '../../crypto/hash.ts';

/** What a derived value is for (RFC 7292 §B.3). */
export const pkcs12Ids = { encryptionKey: 1, iv: 2, mac: 3 } as const;

/**
 * RFC 7292 §B.2. The caller wipes the result, and caps what a file says.
 * @param password see bmpPassword @param iterations 1 or more @param length of the result in bytes
 */
export function derivePkcs12(
  hash: HashAlgorithm,
  id: number,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Uint8Array {
  const block = hash.blockLength;
  const filled = (octets: number) => Math.ceil(octets / block) * block;
  const passwordAt = block + filled(salt.length);
  const input = new Uint8Array(passwordAt + filled(password.length));
  input.fill(id, 0, block);
  for (let i = block; i < passwordAt; i++) input[i] = salt[(i - block) % salt.length];
  for (let i = passwordAt; i < input.length; i++) input[i] = password[(i - passwordAt) % password.length];
  const out = new Uint8Array(length);
  for (let at = 0; at < length; at += hash.outputLength) {
    let digest = hash.digest(input);
    for (let i = 1; i < iterations; i++) {
      const next = hash.digest(digest);
      digest.fill(0);
      digest = next;
    }
    out.set(digest.subarray(0, Math.min(digest.length, length - at)), at);
    addToBlocks(input.subarray(block), digest, block);
    digest.fill(0);
  }
  input.fill(0);
  return out;
}

/** Step 6 (C): each block of I becomes I + B + 1, B being the digest repeated. */
function addToBlocks(blocks: Uint8Array, digest: Uint8Array, length: number): void {
  for (let at = 0; at < blocks.length; at += length) {
    let carry = 1;
    for (let i = length - 1; i >= 0; i--) {
      const sum = blocks[at + i] + digest[i % digest.length] + carry;
      blocks[at + i] = sum;
      carry = sum >> 8;
    }
  }
}

/** RFC 7292 §B.1: UTF-16, big-endian, with a terminating zero. The caller wipes it. */
export function bmpPassword(passphrase: string | Uint8Array): Uint8Array {
  const text = typeof passphrase === 'string' ? passphrase : new TextDecoder().decode(passphrase);
  const octets = new Uint8Array(2 * text.length + 2);
  for (let i = 0; i < text.length; i++) octets.set([text.charCodeAt(i) >> 8, text.charCodeAt(i) & 0xff], 2 * i);
  return octets;
}
