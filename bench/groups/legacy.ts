// Records of TLS 1.1 sealed and opened with the suites of castls/legacy: IV, MAC, padding, cipher. Peers get the record layer around
// their primitives; nobody else has RC4. And whole handshakes.

import { createCipheriv, createDecipheriv, createHmac, randomFillSync, timingSafeEqual } from 'node:crypto';
import forge from 'node-forge';
import { wasmOlderCryptography } from '../../src/wasm/older_cryptography.ts';
import { castls, core, native, peer, randomBytes } from '../core.ts';
import { type Candidate, equal, type Group } from '../suite.ts';
import { legacyHandshakes } from './legacy_handshakes.ts';

const sizes = [1024, 16384];
const VERSION = 0x0302;
const MAC_LENGTH = 20;

interface Suite {
  readonly name: string;
  /** Names of the cipher at the peers; null where they have none. */
  readonly node: string | null;
  readonly forge: forge.cipher.Algorithm | null;
  readonly keyLength: number;
  readonly block: number;
}

const suites: readonly Suite[] = [
  { name: 'TLS_RSA_WITH_AES_128_CBC_SHA', node: 'aes-128-cbc', forge: 'AES-CBC', keyLength: 16, block: 16 },
  { name: 'TLS_RSA_WITH_3DES_EDE_CBC_SHA', node: 'des-ede3-cbc', forge: '3DES-CBC', keyLength: 24, block: 8 },
  { name: 'TLS_RSA_WITH_RC4_128_SHA', node: null, forge: null, keyLength: 16, block: 0 },
];

/** MAC over sequence number 0, header and content (RFC 4346 §6.2.3.1). */
const macHeader = (length: number) =>
  Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 23, VERSION >> 8, VERSION & 0xff, length >> 8, length & 0xff]);

function record(iv: Uint8Array, sealed: Uint8Array): Uint8Array {
  const size = iv.length + sealed.length;
  return Buffer.concat([Buffer.from([23, VERSION >> 8, VERSION & 0xff, size >> 8, size & 0xff]), iv, sealed]);
}

function padding(length: number, block: number): Buffer {
  const count = block - ((length + MAC_LENGTH) % block);
  return Buffer.alloc(count, count - 1);
}

function candidatesOf(suite: Suite): Candidate[] {
  const own = wasmOlderCryptography(core())
    .cipherSuites(VERSION)
    .find(({ name }) => name === suite.name);
  if (own === undefined) throw new Error(`no suite ${suite.name}`);
  const bytes = randomBytes(own.keyBlockLength);
  const keyBlock = core().importSecret(bytes);
  const macKey = bytes.subarray(0, MAC_LENGTH);
  const key = bytes.subarray(2 * MAC_LENGTH, 2 * MAC_LENGTH + suite.keyLength);
  let writer = own.protect(keyBlock, 'client', false);

  const byNode = (content: Uint8Array): Uint8Array => {
    const mac = createHmac('sha1', macKey).update(macHeader(content.length)).update(content).digest();
    const iv = randomFillSync(new Uint8Array(suite.block));
    const cipher = createCipheriv(suite.node as string, key, iv).setAutoPadding(false);
    const parts = [content, mac, padding(content.length, suite.block)].map(part => cipher.update(part));
    return record(iv, Buffer.concat([...parts, cipher.final()]));
  };

  const byForge = (content: Uint8Array): Uint8Array => {
    const text = (data: Uint8Array) => Buffer.from(data).toString('latin1');
    const hmac = forge.hmac.create();
    hmac.start('sha1', text(macKey));
    hmac.update(text(macHeader(content.length)));
    hmac.update(text(content));
    const mac = hmac.digest().getBytes();
    const iv = randomFillSync(new Uint8Array(suite.block));
    const cipher = forge.cipher.createCipher(suite.forge as forge.cipher.Algorithm, text(key));
    cipher.start({ iv: text(iv) });
    cipher.update(forge.util.createBuffer(text(content) + mac + text(padding(content.length, suite.block))));
    cipher.finish(() => true);
    return record(iv, Buffer.from(cipher.output.getBytes(), 'latin1'));
  };

  /** A record is the first of its keys: each time a protection of its own. */
  const opening = (sealed: Uint8Array): Uint8Array => {
    const reader = own.protect(keyBlock, 'client', false);
    const { plaintext } = reader.openNext(sealed, 16384);
    reader.dispose();
    return plaintext;
  };
  const unpadded = (data: Uint8Array) => data.length - 1 - data[data.length - 1] - MAC_LENGTH;

  const openedByNode = (sealed: Uint8Array): Uint8Array => {
    const iv = sealed.subarray(5, 5 + suite.block);
    const decipher = createDecipheriv(suite.node as string, key, iv).setAutoPadding(false);
    const data = Buffer.concat([decipher.update(sealed.subarray(5 + suite.block)), decipher.final()]);
    const length = unpadded(data);
    const mac = createHmac('sha1', macKey).update(macHeader(length)).update(data.subarray(0, length)).digest();
    if (!timingSafeEqual(mac, data.subarray(length, length + MAC_LENGTH))) throw new Error('MAC');
    return data.subarray(0, length);
  };

  const openedByForge = (sealed: Uint8Array): Uint8Array => {
    const text = (data: Uint8Array) => Buffer.from(data).toString('latin1');
    const decipher = forge.cipher.createDecipher(suite.forge as forge.cipher.Algorithm, text(key));
    decipher.start({ iv: text(sealed.subarray(5, 5 + suite.block)) });
    decipher.update(forge.util.createBuffer(text(sealed.subarray(5 + suite.block))));
    decipher.finish(() => true);
    const data = Buffer.from(decipher.output.getBytes(), 'latin1');
    const length = unpadded(data);
    const hmac = forge.hmac.create();
    hmac.start('sha1', text(macKey));
    hmac.update(text(macHeader(length)));
    hmac.update(text(data.subarray(0, length)));
    if (hmac.digest().getBytes() !== text(data.subarray(length, length + MAC_LENGTH))) throw new Error('MAC');
    return data.subarray(0, length);
  };

  return sizes.flatMap(size => {
    const content = randomBytes(size);
    const row = (who: { implementation: string; version: string }, seal: (content: Uint8Array) => Uint8Array) => ({
      name: `${suite.name} record`,
      ...who,
      bytes: size,
      // Whatever the peers make, castls opens.
      check() {
        const reader = own.protect(keyBlock, 'client', false);
        writer.dispose();
        writer = own.protect(keyBlock, 'client', false);
        const opened = reader.openNext(seal(content), 16384);
        reader.dispose();
        equal(opened.plaintext, content, who.implementation);
      },
      run: () => seal(content),
    });
    const sealing = (data: Uint8Array): Uint8Array => {
      // Runs longer than a key may: the limit is not what is measured.
      if (writer.remaining === 0) {
        writer.dispose();
        writer = own.protect(keyBlock, 'client', false);
      }
      return writer.sealNext(23, data, 16384);
    };
    const sealed = own.protect(keyBlock, 'client', false).sealNext(23, content, 16384);
    const opened = (who: { implementation: string; version: string }, open: (record: Uint8Array) => Uint8Array) => ({
      name: `${suite.name} record opened`,
      ...who,
      bytes: size,
      check: () => equal(open(sealed), content, who.implementation),
      run: () => open(sealed),
    });
    return [
      row(castls, sealing),
      ...(suite.node === null ? [] : [row(native, byNode)]),
      ...(suite.forge === null ? [] : [row(peer('node-forge'), byForge)]),
      opened(castls, opening),
      ...(suite.node === null ? [] : [opened(native, openedByNode)]),
      ...(suite.forge === null ? [] : [opened(peer('node-forge'), openedByForge)]),
    ];
  });
}

export const legacyGroup: Group = {
  name: 'legacy',
  candidates: async () => [...legacyHandshakes(), ...suites.flatMap(candidatesOf)],
};
