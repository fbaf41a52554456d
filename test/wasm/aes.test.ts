// AES-GCM, AES-CCM and AES-CBC of the core: FIPS and RFC values, the slow twin, and node:crypto over random lengths.

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AeadName,
  aeadAlgorithms,
  aeadOpen,
  aeadSeal,
  aesCbcDecrypt,
  aesCbcEncrypt,
} from '../../src/wasm/aead.ts';
import { EXCHANGE_LENGTH } from '../../src/wasm/core.ts';
import { kernelCbc, kernelOpen, kernelSeal } from '../support/aes_kernels.ts';
import { testCore } from '../support/core.ts';
import { hex, unhex } from '../support/hex.ts';
import { randomFrom } from '../support/random.ts';
import * as twin from '../twins/aes.ts';

const core = testCore();
const none = new Uint8Array(0);

/** Lengths around every threshold of the kernels, then random ones. */
function lengths(count: number, most: number): number[] {
  const edges = [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1023, 1025];
  const { below } = randomFrom(most);
  return [...edges, ...Array.from({ length: count }, () => below(most))];
}

test('encrypts and decrypts the blocks of FIPS 197 appendix C', () => {
  const block = unhex('00112233445566778899aabbccddeeff');
  const key = unhex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
  const expected: [number, string][] = [
    [16, '69c4e0d86a7b0430d8cdb78070b4c55a'],
    [24, 'dda97ca4864cdfe06eaf70a0ec0d7191'],
    [32, '8ea2b7ca516745bfeafc49904b496089'],
  ];
  for (const [length, ciphertext] of expected) {
    const call = { key: key.subarray(0, length), nonce: new Uint8Array(16) };
    assert.is(hex(kernelCbc(core, 'encrypt', { ...call, data: block })), ciphertext);
    assert.is(hex(kernelCbc(core, 'decrypt', { ...call, data: unhex(ciphertext) })), hex(block));
    assert.is(hex(twin.encryptBlock(twin.expandKey(call.key), block)), ciphertext);
  }
});

test('seals test cases 4, 6 and 16 of the GCM specification', () => {
  const data = unhex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  );
  const aad = unhex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
  const key = unhex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308');
  const nonce = unhex('cafebabefacedbaddecaf888');
  const long = unhex(
    '9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b',
  );
  const tag = (length: number, iv: Uint8Array) =>
    hex(kernelSeal(core, 'gcm', { key: key.subarray(0, length), nonce: iv, aad, data }, 16)[1]);
  assert.is(tag(16, nonce), '5bc94fbc3221a5db94fae95ae7121a47');
  assert.is(tag(16, long), '619cc5aefffe0bfa462af43c1699d050');
  assert.is(tag(32, nonce), '76fc6ece0f4e1768cddf8853bb2d551b');
});

test('seals example 1 of RFC 3610 and packet vector 1 (§8)', () => {
  const [ciphertext, tag] = kernelSeal(
    core,
    'ccm',
    {
      key: unhex('c0c1c2c3c4c5c6c7c8c9cacbcccdcecf'),
      nonce: unhex('00000003020100a0a1a2a3a4a5'),
      aad: unhex('0001020304050607'),
      data: unhex('08090a0b0c0d0e0f101112131415161718191a1b1c1d1e'),
    },
    8,
  );
  assert.is(hex(ciphertext), '588c979a61c663d2f066d0c2c0f989806d5f6b61dac384');
  assert.is(hex(tag), '17e8d12cfdf926e0');
});

test('GCM agrees with its twin', () => {
  for (const [seed, length] of [0, 1, 16, 47, 300, 600, 1100].entries()) {
    const { bytes } = randomFrom(seed + 1);
    const call = { key: bytes(seed % 2 ? 16 : 32), nonce: bytes(12), aad: bytes(seed * 7), data: bytes(length) };
    const [ciphertext, tag] = twin.gcmSeal(call.key, call.nonce, call.aad, call.data);
    const sealed = kernelSeal(core, 'gcm', call, 16);
    assert.is(hex(sealed[0]), hex(ciphertext));
    assert.is(hex(sealed[1]), hex(tag));
  }
});

for (const mode of ['gcm', 'ccm'] as const) {
  test(`${mode} agrees with node:crypto over random lengths, alignments and nonces`, () => {
    for (const [seed, length] of lengths(60, 20_000).entries()) {
      const { bytes } = randomFrom(seed + 100);
      const key = bytes([16, 24, 32][seed % 3]);
      const nonce = bytes(seed % 2 ? 12 : mode === 'gcm' ? 1 + (seed % 40) : 7 + (seed % 6));
      const aad = bytes(seed % 5 === 0 ? seed * 41 : seed % 40);
      const tagLength = seed % 4 ? 16 : 8;
      const call = { key, nonce, aad, data: bytes(length), shift: seed % 16, id: seed % 3 };
      const options = { authTagLength: tagLength };
      const name = `aes-${8 * key.length}-${mode}` as 'aes-128-ccm';
      const cipher = createCipheriv(name, key, nonce, options);
      cipher.setAAD(aad, { plaintextLength: length });
      const expected = Buffer.concat([cipher.update(call.data), cipher.final()]);

      const [ciphertext, tag] = kernelSeal(core, mode, call, tagLength);
      assert.is(hex(ciphertext), hex(expected), `${name} ${length}`);
      assert.is(hex(tag), hex(cipher.getAuthTag()), `${name} ${length} tag`);
      const opened = kernelOpen(core, mode, { ...call, data: ciphertext }, tag);
      assert.is(opened[0], true);
      assert.is(hex(opened[1]), hex(call.data));

      tag[seed % tagLength] ^= 1 << (seed % 8);
      const forged = kernelOpen(core, mode, { ...call, data: ciphertext }, tag);
      assert.is(forged[0], false);
      // GCM decrypts nothing before the verdict; CCM has to, and wipes it.
      assert.is(hex(forged[1]), hex(mode === 'gcm' ? ciphertext : new Uint8Array(length)));
      for (const id of [1, 2]) core.abi.aesCacheDrop(id);
    }
  });
}

test('GCM counts its 32-bit block counter round its end (SP 800-38D §6.2)', () => {
  const key = randomFrom(7).bytes(16);
  const h = twin.encryptBlock(twin.expandKey(key), new Uint8Array(16));
  const data = randomFrom(8).bytes(3000);
  for (const last of [0xffffffff, 0xfffffffe, 0xffffffe1, 0xffffffdf, 0xffffff80, 0x7fffffff]) {
    const first = Uint8Array.of(...randomFrom(last).bytes(12), ...new Uint8Array(4));
    new DataView(first.buffer).setUint32(12, last);
    const nonce = twin.nonceOfCounter(h, first);
    const cipher = createCipheriv('aes-128-gcm', key, nonce);
    assert.is(hex(twin.ghash(h, none, nonce)), hex(first));
    assert.is(hex(kernelSeal(core, 'gcm', { key, nonce, aad: none, data }, 16)[0]), hex(cipher.update(data)));
  }
});

test('CBC agrees with node:crypto and its twin', () => {
  for (const [seed, length] of lengths(20, 4096).entries()) {
    const { bytes } = randomFrom(seed + 500);
    const key = bytes([16, 24, 32][seed % 3]);
    const iv = bytes(16);
    const data = bytes(length & ~15);
    const name = `aes-${8 * key.length}-cbc`;
    const cipher = createCipheriv(name, key, iv).setAutoPadding(false);
    const expected = Buffer.concat([cipher.update(data), cipher.final()]);
    const call = { key, nonce: iv, shift: seed % 16 };
    assert.is(hex(kernelCbc(core, 'encrypt', { ...call, data })), hex(expected));
    assert.is(hex(kernelCbc(core, 'decrypt', { ...call, data: expected })), hex(data));
    if (length > 600) continue;
    assert.is(hex(twin.cbcEncrypt(key, iv, data)), hex(expected));
    assert.is(hex(twin.cbcDecrypt(key, iv, expected)), hex(data));
  }
});

test('pads CBC as PKCS#7 and refuses bad padding (ERR_DECRYPTION_FAILED)', () => {
  const { bytes } = randomFrom(3);
  const iv = bytes(16);
  for (let length = 0; length < 40; length++) {
    const key = bytes([16, 24, 32][length % 3]);
    const secret = core.importSecret(key);
    const data = bytes(length);
    const sealed = aesCbcEncrypt(core, secret, iv, data);
    const decipher = createDecipheriv(`aes-${8 * key.length}-cbc`, key, iv);
    assert.is(hex(Buffer.concat([decipher.update(sealed), decipher.final()])), hex(data));
    assert.is(hex(aesCbcDecrypt(core, secret, iv, sealed)), hex(data));
    for (const ending of ['00', '11', '0302', 'ff', '0102020303']) {
      const block = new Uint8Array(16);
      block.set(unhex(ending), 16 - ending.length / 2);
      const bad = kernelCbc(core, 'encrypt', { key, nonce: iv, data: block });
      assert.throws(() => aesCbcDecrypt(core, secret, iv, bad), hasCode('ERR_DECRYPTION_FAILED'));
    }
    assert.throws(() => aesCbcDecrypt(core, secret, iv, sealed.subarray(1)), hasCode('ERR_DECRYPTION_FAILED'));
    assert.throws(() => aesCbcDecrypt(core, secret, iv, none), hasCode('ERR_DECRYPTION_FAILED'));
    assert.throws(() => aesCbcDecrypt(core, secret, none, sealed), hasCode('ERR_BAD_LENGTH'));
    secret.dispose();
  }
});

test('seals and opens one message of every AEAD, also one larger than the exchange area', () => {
  for (const name of Object.keys(aeadAlgorithms) as AeadName[]) {
    const { keyLength, tagLength } = aeadAlgorithms[name];
    for (const length of [0, 5, 1000, EXCHANGE_LENGTH + 7]) {
      const { bytes } = randomFrom(length + keyLength);
      const key = core.importSecret(bytes(keyLength));
      const nonce = bytes(12);
      const aad = bytes(13);
      const data = bytes(length);
      const slots = core.liveSlots;
      const sealed = aeadSeal(core, name, key, nonce, aad, data);
      assert.is(sealed.length, length + tagLength);
      assert.equal(aeadOpen(core, name, key, nonce, aad, sealed), data);
      sealed[length] ^= 1;
      assert.throws(() => aeadOpen(core, name, key, nonce, aad, sealed), hasCode('ERR_DECRYPTION_FAILED'));
      assert.throws(
        () => aeadOpen(core, name, key, nonce, aad, sealed.subarray(0, 7)),
        hasCode('ERR_DECRYPTION_FAILED'),
      );
      assert.throws(() => aeadSeal(core, name, key, none, aad, data), hasCode('ERR_BAD_LENGTH'));
      assert.is(core.liveSlots, slots);
      key.dispose();
    }
  }
});

test('CCM takes less than 2^24 bytes, all that three bytes of length can say (ERR_BAD_LENGTH, RFC 5116 §5.3)', () => {
  const key = core.importSecret(new Uint8Array(16));
  const slots = core.liveSlots;
  const nonce = new Uint8Array(12);
  const tooLong = new Uint8Array(2 ** 24);
  assert.throws(() => aeadSeal(core, 'aes-128-ccm', key, nonce, nonce, tooLong), hasCode('ERR_BAD_LENGTH'));
  const sealed = new Uint8Array(2 ** 24 + 8);
  assert.throws(() => aeadOpen(core, 'aes-128-ccm-8', key, nonce, nonce, sealed), hasCode('ERR_DECRYPTION_FAILED'));
  assert.is(core.liveSlots, slots);
  key.dispose();
});

/** Does an error carry this code? */
function hasCode(code: string): (error: unknown) => boolean {
  return error => (error as { code?: string }).code === code;
}

test.run();
