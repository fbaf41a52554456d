// The slow and obvious twin of assembly/legacy/older_*.ts and rc4.ts, from the RFCs over node:crypto's MD5 and SHA-1.

import { createHash, createHmac } from 'node:crypto';

type Hash = 'md5' | 'sha1';

const digest = (hash: Hash, ...parts: Uint8Array[]) => createHash(hash).update(Buffer.concat(parts)).digest();
const hmac = (hash: Hash, key: Uint8Array, ...parts: Uint8Array[]) =>
  createHmac(hash, key).update(Buffer.concat(parts)).digest();

/** RFC 2246 §5. */
export function prf10(secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const half = Math.ceil(secret.length / 2);
  const a = expand('md5', secret.subarray(0, half), seed, length);
  const b = expand('sha1', secret.subarray(secret.length - half), seed, length);
  return a.map((byte, i) => byte ^ b[i]);
}

function expand(hash: Hash, key: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  let out = Buffer.alloc(0);
  for (let a = hmac(hash, key, seed); out.length < length; a = hmac(hash, key, a)) {
    out = Buffer.concat([out, hmac(hash, key, a, seed)]);
  }
  return new Uint8Array(out.subarray(0, length));
}

/** RFC 6101 §6.2.2. */
export function ssl3Derive(secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const parts = ['A', 'BB', 'CCC', 'DDDD', 'EEEEE', 'FFFFFF', 'GGGGGGG', 'HHHHHHHH', 'IIIIIIIII'].map(letters =>
    digest('md5', secret, digest('sha1', Buffer.from(letters), secret, seed)),
  );
  return new Uint8Array(Buffer.concat(parts).subarray(0, length));
}

/** RFC 6101 §5.6.8. */
export function ssl3Digest(master: Uint8Array, messages: Uint8Array): Uint8Array {
  const one = (hash: Hash, length: number) =>
    digest(hash, master, Buffer.alloc(length, 0x5c), digest(hash, messages, master, Buffer.alloc(length, 0x36)));
  return new Uint8Array(Buffer.concat([one('md5', 48), one('sha1', 40)]));
}

/** The MAC of a record. @param version null in SSL 3.0 */
export function recordMac(
  hash: Hash,
  key: Uint8Array,
  sequence: bigint,
  type: number,
  version: number | null,
  content: Uint8Array,
): Uint8Array {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(sequence);
  const length = Buffer.from([content.length >> 8, content.length & 0xff]);
  if (version !== null) {
    const header = Buffer.from([type, version >> 8, version & 0xff]);
    return new Uint8Array(hmac(hash, key, number, header, length, content));
  }
  const pad = hash === 'md5' ? 48 : 40;
  const inner = digest(hash, key, Buffer.alloc(pad, 0x36), number, Buffer.from([type]), length, content);
  return new Uint8Array(digest(hash, key, Buffer.alloc(pad, 0x5c), inner));
}

export function rc4(key: Uint8Array, data: Uint8Array): Uint8Array {
  const s = Array.from({ length: 256 }, (_, i) => i);
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + s[i] + key[i % key.length]) & 255;
    [s[i], s[j]] = [s[j], s[i]];
  }
  let i = 0;
  let j = 0;
  return data.map(byte => {
    i = (i + 1) & 255;
    j = (j + s[i]) & 255;
    [s[i], s[j]] = [s[j], s[i]];
    return byte ^ s[(s[i] + s[j]) & 255];
  });
}
