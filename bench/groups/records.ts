// Records of TLS 1.3 as records, sealed and opened: header, nonce from the sequence number, additional data, inner type,
// padding, tag.

import { type CipherGCMTypes, createCipheriv, createDecipheriv } from 'node:crypto';
import { gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import sodium from 'libsodium-wrappers';
import forge from 'node-forge';
import { recordLimits } from '../../src/crypto/record_limits.ts';
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

type Bytes = Uint8Array | Promise<Uint8Array>;

/** An AEAD of a peer: inner plaintext to ciphertext with tag, and back; it throws, or rejects, for a wrong tag. */
interface PeerAead {
  readonly version: string;
  readonly asynchronous?: boolean;
  seal(nonce: Uint8Array, header: Uint8Array, inner: Uint8Array): Bytes;
  open(nonce: Uint8Array, header: Uint8Array, sealed: Uint8Array): Bytes;
}

function after(bytes: Bytes, use: (bytes: Uint8Array) => Uint8Array): Bytes {
  return bytes instanceof Promise ? bytes.then(use) : use(bytes);
}

/** Everything around the AEAD that a record needs, the same for every peer (RFC 9846 §5.2, §5.3). */
class PeerRecords implements Records {
  readonly who: Records['who'];
  readonly asynchronous?: boolean;
  #sequence = 0;
  readonly #iv: Uint8Array;
  readonly #aead: PeerAead;

  constructor(implementation: string, iv: Uint8Array, aead: PeerAead) {
    this.who = { implementation, version: aead.version };
    this.asynchronous = aead.asynchronous;
    this.#iv = iv;
    this.#aead = aead;
  }

  #nonce(sequence: number): Uint8Array {
    const nonce = this.#iv.slice();
    const view = new DataView(nonce.buffer);
    view.setUint32(8, view.getUint32(8) ^ sequence);
    return nonce;
  }

  seal(content: Uint8Array): Bytes {
    const inner = new Uint8Array(content.length + 1);
    inner.set(content);
    inner[content.length] = 23;
    const size = inner.length + TAG;
    const header = Uint8Array.of(23, 3, 3, size >> 8, size & 0xff);
    const sealed = this.#aead.seal(this.#nonce(this.#sequence++), header, inner);
    return after(sealed, body => join(header, body));
  }

  open(record: Uint8Array): Bytes {
    const header = record.subarray(0, 5);
    const inner = this.#aead.open(this.#nonce(0), header, record.subarray(5));
    return after(inner, bytes => {
      let end = bytes.length - 1;
      while (bytes[end] === 0) end--; // the padding, then the type
      return bytes.subarray(0, end);
    });
  }
}

function join(header: Uint8Array, body: Uint8Array): Uint8Array {
  const record = new Uint8Array(header.length + body.length);
  record.set(header);
  record.set(body, header.length);
  return record;
}

function own(cipher: Cipher, key: Uint8Array, iv: Uint8Array): WasmRecordProtection {
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

async function peerAeads(cipher: Cipher, key: Uint8Array): Promise<Record<string, PeerAead>> {
  const noble = cipher.chacha ? chacha20poly1305 : gcm;
  const common = {
    [native.implementation]: nodeAead(cipher.node as CipherGCMTypes, key),
    '@noble/ciphers': {
      version: peer('@noble/ciphers').version,
      seal: (nonce, header, inner) => noble(key, nonce, header).encrypt(inner),
      open: (nonce, header, sealed) => noble(key, nonce, header).decrypt(sealed),
    } satisfies PeerAead,
  };
  if (cipher.chacha) return { ...common, 'libsodium-wrappers': await sodiumAead(key) };
  return { ...common, [webcrypto.implementation]: await webcryptoAead(key), 'node-forge': forgeAead(key) };
}

function nodeAead(name: CipherGCMTypes, key: Uint8Array): PeerAead {
  return {
    version: native.version,
    seal(nonce, header, inner) {
      const cipher = createCipheriv(name, key, nonce, { authTagLength: TAG });
      cipher.setAAD(header, { plaintextLength: inner.length });
      return Buffer.concat([cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
    },
    open(nonce, header, sealed) {
      const length = sealed.length - TAG;
      const decipher = createDecipheriv(name, key, nonce, { authTagLength: TAG });
      decipher.setAAD(header, { plaintextLength: length });
      decipher.setAuthTag(sealed.subarray(length));
      const inner = decipher.update(sealed.subarray(0, length));
      decipher.final(); // throws; gives nothing for a stream cipher
      return inner;
    },
  };
}

async function sodiumAead(key: Uint8Array): Promise<PeerAead> {
  await sodium.ready;
  return {
    version: peer('libsodium-wrappers').version,
    seal: (nonce, header, inner) => sodium.crypto_aead_chacha20poly1305_ietf_encrypt(inner, header, null, nonce, key),
    open: (nonce, header, sealed) => sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, sealed, header, nonce, key),
  };
}

async function webcryptoAead(key: Uint8Array): Promise<PeerAead> {
  const source = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;
  const imported = await crypto.subtle.importKey('raw', source(key), 'AES-GCM', false, ['encrypt', 'decrypt']);
  const algorithm = (nonce: Uint8Array, header: Uint8Array) => {
    return { name: 'AES-GCM', iv: source(nonce), additionalData: source(header) };
  };
  return {
    version: webcrypto.version,
    asynchronous: true,
    seal: async (nonce, header, inner) =>
      new Uint8Array(await crypto.subtle.encrypt(algorithm(nonce, header), imported, source(inner))),
    open: async (nonce, header, sealed) =>
      new Uint8Array(await crypto.subtle.decrypt(algorithm(nonce, header), imported, source(sealed))),
  };
}

function forgeAead(key: Uint8Array): PeerAead {
  const { encode } = forge.util.binary.raw;
  const keyString = encode(key);
  const start = (nonce: Uint8Array, header: Uint8Array) => {
    return { iv: encode(nonce), additionalData: encode(header), tagLength: 128 };
  };
  return {
    version: peer('node-forge').version,
    seal(nonce, header, inner) {
      const cipher = forge.cipher.createCipher('AES-GCM', keyString);
      cipher.start(start(nonce, header));
      cipher.update(forge.util.createBuffer(encode(inner)));
      cipher.finish();
      return Buffer.from(cipher.output.getBytes() + cipher.mode.tag.getBytes(), 'binary');
    },
    open(nonce, header, sealed) {
      const length = sealed.length - TAG;
      const decipher = forge.cipher.createDecipher('AES-GCM', keyString);
      const tag = forge.util.createBuffer(encode(sealed.subarray(length)));
      decipher.start({ ...start(nonce, header), tag });
      decipher.update(forge.util.createBuffer(encode(sealed.subarray(0, length))));
      if (!decipher.finish()) throw new Error('wrong tag');
      return Buffer.from(decipher.output.getBytes(), 'binary');
    },
  };
}

/** One implementation's records under one key. */
interface Records {
  readonly who: { implementation: string; version: string };
  readonly asynchronous?: boolean;
  seal(content: Uint8Array): Bytes;
  /** Content of a record with sequence number 0. Throws, or rejects, for a forgery. */
  open(record: Uint8Array): Bytes;
}

/** Setting the sequence number back before each record costs one call into WASM more than a connection pays. */
function ownRecords(cipher: Cipher, key: Uint8Array, iv: Uint8Array): Records {
  const [sealer, opener] = [own(cipher, key, iv), own(cipher, key, iv)];
  return {
    who: castls,
    seal: content => sealer.sealNext(23, content, 16384),
    open(record) {
      opener.dangerousSetSequence(0);
      const { plaintext, failure } = opener.openNext(record, 16384);
      if (failure !== null) throw new Error(failure);
      return plaintext;
    },
  };
}

/** Sealing, and opening of the first record. */
function candidatesFor(cipher: Cipher, records: Records, content: Uint8Array, record: Uint8Array): Candidate[] {
  const { who, asynchronous } = records;
  const common = { ...who, asynchronous, bytes: content.length };
  const forged = record.map((byte, i) => (i === 5 ? byte ^ 1 : byte));
  return [
    {
      ...common,
      name: cipher.name,
      check: async () => equal(await records.seal(content), record, who.implementation),
      run: () => records.seal(content),
    },
    {
      ...common,
      name: `${cipher.name}, opened`,
      async check() {
        equal(await records.open(record), content, who.implementation);
        let refused = false;
        try {
          await records.open(forged);
        } catch {
          refused = true;
        }
        if (!refused) throw new Error('a forgery opens');
      },
      run: () => records.open(record),
    },
  ];
}

async function candidatesOf(cipher: Cipher): Promise<Candidate[]> {
  const key = randomBytes(cipher.keyLength);
  const iv = randomBytes(12);
  const peers = Object.entries(await peerAeads(cipher, key));
  return sizes.flatMap(bytes => {
    const content = randomBytes(bytes);
    const record = own(cipher, key, iv).sealNext(23, content, 16384);
    const all = [ownRecords(cipher, key, iv), ...peers.map(([name, aead]) => new PeerRecords(name, iv, aead))];
    return all.flatMap(records => candidatesFor(cipher, records, content, record));
  });
}

export const recordsGroup: Group = {
  name: 'records',
  candidates: async () => (await Promise.all(ciphers.map(candidatesOf))).flat(),
};
