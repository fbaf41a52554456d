// Hashes, HKDF and the TLS key derivations over node:crypto.

import { createHash, createHmac, type Hash, timingSafeEqual } from 'node:crypto';
import { TlsError } from '../../../src/base/errors.ts';
import type { HashAlgorithm, HashName, HashState, KeyDerivation } from '../../../src/crypto/hash.ts';
import type { Secret } from '../../../src/crypto/secret.ts';
import { type Ledger, NodeSecret } from './secret.ts';

const sizes: Record<HashName, [output: number, block: number]> = {
  md5: [16, 64],
  sha1: [20, 64],
  sha224: [28, 64],
  sha256: [32, 64],
  sha384: [48, 128],
  sha512: [64, 128],
  'sha3-224': [28, 144],
  'sha3-256': [32, 136],
  'sha3-384': [48, 104],
  'sha3-512': [64, 72],
};

class NodeHashState implements HashState {
  readonly #hash: Hash;

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Uint8Array {
    return new Uint8Array(this.#hash.copy().digest());
  }

  clone(): HashState {
    return new NodeHashState(this.#hash.copy());
  }

  dispose(): void {}
}

export function nodeHash(name: HashName): HashAlgorithm {
  const [outputLength, blockLength] = sizes[name];
  return {
    name,
    outputLength,
    blockLength,
    digest: data => new Uint8Array(createHash(name).update(data).digest()),
    start: () => new NodeHashState(createHash(name)),
  };
}

export function hmac(hash: HashName, key: Uint8Array, ...data: Uint8Array[]): Uint8Array {
  const mac = createHmac(hash, key);
  for (const part of data) mac.update(part);
  return new Uint8Array(mac.digest());
}

/** RFC 5869 §2.3. */
export function hkdfExpand(hash: HashName, key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let at = 0, i = 1; at < length; at += block.length, i++) {
    block = hmac(hash, key, block, info, Uint8Array.of(i));
    output.set(block.subarray(0, length - at), at);
  }
  return output;
}

/** HkdfLabel of RFC 9846 §7.1. */
export function hkdfLabel(label: string, context: Uint8Array, length: number): Uint8Array {
  const name = new TextEncoder().encode('tls13 ' + label);
  return Uint8Array.of(length >> 8, length & 255, name.length, ...name, context.length, ...context);
}

/** P_hash of RFC 5246 §5. */
export function prf(hash: HashName, secret: Uint8Array, label: string, seed: Uint8Array, length: number): Uint8Array {
  const input = Uint8Array.of(...new TextEncoder().encode(label), ...seed);
  const output = new Uint8Array(length);
  let a = input;
  for (let at = 0; at < length; ) {
    a = hmac(hash, secret, a) as Uint8Array<ArrayBuffer>;
    const block = hmac(hash, secret, a, input);
    output.set(block.subarray(0, length - at), at);
    at += block.length;
  }
  return output;
}

export function nodeKeyDerivation(ledger: Ledger, name: HashName): KeyDerivation {
  if (sizes[name] === undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `hash ${name}`);
  const hash = nodeHash(name);
  const zeros = new Uint8Array(hash.outputLength);
  const open = (secret: Secret | null) => (secret ? NodeSecret.bytesOf(secret, ledger) : zeros);
  const wrap = (bytes: Uint8Array): Secret => new NodeSecret(ledger, bytes);
  return {
    hash,
    hmac: (key, data) => hmac(name, open(key), data),
    verifyHmac(key, data, expected) {
      const mac = hmac(name, open(key), data);
      return mac.length === expected.length && timingSafeEqual(mac, expected);
    },
    extract: (salt, ikm) => wrap(hmac(name, open(salt), open(ikm))),
    expand: (key, info, length) => wrap(hkdfExpand(name, open(key), info, length)),
    expandLabel: (secret, label, context, length) =>
      wrap(hkdfExpand(name, open(secret), hkdfLabel(label, context, length), length)),
    prf12: (secret, label, seed, length) => wrap(prf(name, open(secret), label, seed, length)),
  };
}
