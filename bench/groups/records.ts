// Records of TLS 1.3 as records: header, nonce from the sequence number, additional data, inner type, tag.

import { type CipherGCMTypes, createCipheriv } from 'node:crypto';
import { gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import sodium from 'libsodium-wrappers';
import forge from 'node-forge';
import { recordLimits } from '../../src/crypto/record_limits.ts';
import type { RecordProtection } from '../../src/crypto/record_protection.ts';
import { recordCipher, recordFormat, WasmRecordProtection } from '../../src/wasm/record_protection.ts';
import { castls, core, native, peer, randomBytes, webcrypto } from '../core.ts';
import { type Candidate, equal, type Group } from '../suite.ts';

const sizes = [64, 256, 1024, 4096, 16384];
const TAG = 16;

interface Cipher {
  readonly name: string;
  readonly node: CipherGCMTypes | 'chacha20-poly1305';
  readonly keyLength: number;
  readonly chacha: boolean;
}

const ciphers: readonly Cipher[] = [
  { name: 'ChaCha20-Poly1305 record', node: 'chacha20-poly1305', keyLength: 32, chacha: true },
  { name: 'AES-128-GCM record', node: 'aes-128-gcm', keyLength: 16, chacha: false },
  { name: 'AES-256-GCM record', node: 'aes-256-gcm', keyLength: 32, chacha: false },
];

/** A seal of the inner plaintext: ciphertext with tag. */
type Seal = (nonce: Uint8Array, header: Uint8Array, inner: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Everything around the AEAD that a record needs, the same for every peer. */
class PeerRecords {
  #sequence = 0;
  readonly #iv: Uint8Array;
  readonly #seal: Seal;

  constructor(iv: Uint8Array, seal: Seal) {
    this.#iv = iv;
    this.#seal = seal;
  }

  next(content: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const nonce = this.#iv.slice();
    const view = new DataView(nonce.buffer);
    view.setUint32(8, view.getUint32(8) ^ this.#sequence++);
    const inner = new Uint8Array(content.length + 1);
    inner.set(content);
    inner[content.length] = 23;
    const size = inner.length + TAG;
    const header = Uint8Array.of(23, 3, 3, size >> 8, size & 0xff);
    const sealed = this.#seal(nonce, header, inner);
    return sealed instanceof Promise ? sealed.then(s => join(header, s)) : join(header, sealed);
  }
}

function join(header: Uint8Array, body: Uint8Array): Uint8Array {
  const record = new Uint8Array(header.length + body.length);
  record.set(header);
  record.set(body, header.length);
  return record;
}

function own(cipher: Cipher, key: Uint8Array, iv: Uint8Array): RecordProtection {
  const keySecret = core().importSecret(key);
  const ivSecret = core().importSecret(iv);
  const kind = cipher.chacha ? recordCipher.chacha20Poly1305 : recordCipher.aesGcm;
  // Runs longer than a key's real limit: the limit is not what is measured.
  const limit = { ...recordLimits['chacha20-poly1305'] };
  return new WasmRecordProtection(
    core(),
    { cipher: kind, format: recordFormat.tls13, keyLength: key.length, ivLength: 12, tagLength: TAG, limit },
    { key: core().pointerOf(keySecret), iv: core().pointerOf(ivSecret), macKey: 0 },
  );
}

async function seals(
  cipher: Cipher,
  key: Uint8Array,
): Promise<Record<string, { version: string; seal: Seal; asynchronous?: boolean }>> {
  await sodium.ready;
  const found: Record<string, { version: string; seal: Seal; asynchronous?: boolean }> = {};
  found[native.implementation] = {
    version: native.version,
    seal: (nonce, header, inner) => {
      const c = createCipheriv(cipher.node as CipherGCMTypes, key, nonce, { authTagLength: TAG });
      c.setAAD(header, { plaintextLength: inner.length });
      return Buffer.concat([c.update(inner), c.final(), c.getAuthTag()]);
    },
  };
  found['@noble/ciphers'] = {
    version: peer('@noble/ciphers').version,
    seal: (nonce, header, inner) => (cipher.chacha ? chacha20poly1305 : gcm)(key, nonce, header).encrypt(inner),
  };
  if (cipher.chacha) {
    found['libsodium-wrappers'] = {
      version: peer('libsodium-wrappers').version,
      seal: (nonce, header, inner) => sodium.crypto_aead_chacha20poly1305_ietf_encrypt(inner, header, null, nonce, key),
    };
    return found;
  }
  const imported = await crypto.subtle.importKey('raw', key as Uint8Array<ArrayBuffer>, 'AES-GCM', false, ['encrypt']);
  found[webcrypto.implementation] = {
    version: webcrypto.version,
    asynchronous: true,
    seal: async (nonce, header, inner) => {
      const algorithm = {
        name: 'AES-GCM',
        iv: nonce as Uint8Array<ArrayBuffer>,
        additionalData: header as Uint8Array<ArrayBuffer>,
      };
      return new Uint8Array(await crypto.subtle.encrypt(algorithm, imported, inner as Uint8Array<ArrayBuffer>));
    },
  };
  const keyString = forge.util.binary.raw.encode(key);
  found['node-forge'] = {
    version: peer('node-forge').version,
    seal: (nonce, header, inner) => {
      const c = forge.cipher.createCipher('AES-GCM', keyString);
      const { encode } = forge.util.binary.raw;
      c.start({ iv: encode(nonce), additionalData: encode(header), tagLength: 128 });
      c.update(forge.util.createBuffer(encode(inner)));
      c.finish();
      return Buffer.from(c.output.getBytes() + c.mode.tag.getBytes(), 'binary');
    },
  };
  return found;
}

async function candidatesOf(cipher: Cipher): Promise<Candidate[]> {
  const key = randomBytes(cipher.keyLength);
  const iv = randomBytes(12);
  const peers = await seals(cipher, key);
  return sizes.flatMap(bytes => {
    const content = randomBytes(bytes);
    const expected = own(cipher, key, iv).sealNext(23, content, 16384);
    const protection = own(cipher, key, iv);
    const mine: Candidate = {
      name: cipher.name,
      ...castls,
      bytes,
      check: () => equal(protection.sealNext(23, content, 16384), expected, 'castls'),
      run: () => protection.sealNext(23, content, 16384),
    };
    const others = Object.entries(peers).map(([implementation, { version, seal, asynchronous }]): Candidate => {
      const records = new PeerRecords(iv, seal);
      return {
        name: cipher.name,
        implementation,
        version,
        bytes,
        asynchronous,
        check: async () => equal(await records.next(content), expected, implementation),
        run: () => records.next(content),
      };
    });
    return [mine, ...others];
  });
}

export const recordsGroup: Group = {
  name: 'records',
  candidates: async () => (await Promise.all(ciphers.map(candidatesOf))).flat(),
};
