// The legacy family: MD5, triple DES and RC2 against their standards' examples, their slow twins and node:crypto.

import { createCipheriv, createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wasmLegacyCiphers } from '../../src/wasm/legacy_ciphers.ts';
import { wasmMd5 } from '../../src/wasm/md5.ts';
import { codeOf } from '../support/code_of.ts';
import { testCore } from '../support/core.ts';
import { hex, unhex } from '../support/hex.ts';
import { randomFrom } from '../support/random.ts';
import { desEncrypt, tripleDesEncrypt } from '../twins/des.ts';
import { md5 as md5Twin } from '../twins/md5.ts';
import { rc2Encrypt } from '../twins/rc2.ts';

const core = testCore();
const md5 = wasmMd5(core);
const ciphers = wasmLegacyCiphers(core);
const iv = unhex('0123456789abcdef');

/** CBC with PKCS#7 padding over a twin. */
function cbc(encrypt: (block: Uint8Array) => Uint8Array, plain: Uint8Array): Uint8Array {
  const padding = 8 - (plain.length % 8);
  const out = new Uint8Array(plain.length + padding).fill(padding);
  out.set(plain);
  let chain: Uint8Array = iv;
  for (let at = 0; at < out.length; at += 8) {
    chain = encrypt(out.subarray(at, at + 8).map((byte, i) => byte ^ chain[i]));
    out.set(chain, at);
  }
  return out;
}

test('MD5 digests the examples of RFC 1321 §A.5', () => {
  const examples = {
    '': 'd41d8cd98f00b204e9800998ecf8427e',
    a: '0cc175b9c0f1b6a831c399e269772661',
    abc: '900150983cd24fb0d6963f7d28e17f72',
    'message digest': 'f96b697d7cb7938d525a2f31aaf161d0',
    abcdefghijklmnopqrstuvwxyz: 'c3fcd3d76192e4007dfb496cca67e13b',
  };
  for (const [text, digest] of Object.entries(examples)) {
    assert.is(hex(md5.digest(new TextEncoder().encode(text))), digest);
  }
});

test('MD5 agrees with its twin and with node:crypto, in pieces, copied and peeked at', () => {
  const random = randomFrom(5).bytes;
  for (let length = 0; length < 200; length++) {
    const data = random(length);
    const expected = createHash('md5').update(data).digest('hex');
    assert.is(hex(md5.digest(data)), expected);
    assert.is(hex(md5Twin(data)), expected);
    const state = md5.start();
    const cut = length >> 1;
    state.update(data.subarray(0, cut));
    const copy = state.clone();
    state.digest();
    for (const each of [state, copy]) {
      each.update(data.subarray(cut));
      assert.is(hex(each.digest()), expected);
      each.dispose();
    }
  }
  const long = random(700_001);
  assert.is(hex(md5.digest(long)), createHash('md5').update(long).digest('hex'));
});

test('triple DES decrypts what node:crypto and the twin encrypt, of every length', () => {
  const random = randomFrom(6).bytes;
  for (let length = 0; length < 40; length++) {
    const [key, plain] = [random(24), random(length)];
    const cipher = createCipheriv('des-ede3-cbc', key, iv);
    const theirs = new Uint8Array(Buffer.concat([cipher.update(plain), cipher.final()]));
    assert.equal(
      cbc(block => tripleDesEncrypt(key, block), plain),
      theirs,
    );
    assert.equal(ciphers.tripleDesCbcDecrypt(key, iv, theirs), plain);
  }
});

test('triple DES of every number of blocks that is decrypted at once, and of parts of them', () => {
  const random = randomFrom(16).bytes;
  for (const blocks of [15, 16, 17, 31, 32, 33, 127, 128, 129, 143, 144, 145, 255, 256, 257, 300, 2049]) {
    const [key, plain] = [random(24), random(8 * blocks - 1)];
    const cipher = createCipheriv('des-ede3-cbc', key, iv);
    const theirs = new Uint8Array(Buffer.concat([cipher.update(plain), cipher.final()]));
    assert.equal(ciphers.tripleDesCbcDecrypt(key, iv, theirs), plain, `${blocks} blocks`);
  }
});

test('three equal keys are DES: the example of FIPS 46 that everybody has', () => {
  const key = unhex('133457799bbcdff1');
  assert.is(hex(desEncrypt(key, iv)), '85e813540f0ab405');
  const three = Uint8Array.from([...key, ...key, ...key]);
  const plain = new TextEncoder().encode('Now is the time for all');
  assert.equal(
    ciphers.tripleDesCbcDecrypt(
      three,
      iv,
      cbc(block => desEncrypt(key, block), plain),
    ),
    plain,
  );
});

const rc2Examples: readonly [string, number, string, string][] = [
  ['0000000000000000', 63, '0000000000000000', 'ebb773f993278eff'],
  ['ffffffffffffffff', 64, 'ffffffffffffffff', '278b27e42e2f0d49'],
  ['3000000000000000', 64, '1000000000000001', '30649edf9be7d2c2'],
  ['88', 64, '0000000000000000', '61a8a244adacccf0'],
  ['88bca90e90875a', 64, '0000000000000000', '6ccf4308974c267f'],
  ['88bca90e90875a7f0f79c384627bafb2', 64, '0000000000000000', '1a807d272bbe5db1'],
  ['88bca90e90875a7f0f79c384627bafb2', 128, '0000000000000000', '2269552ab0f85ca6'],
  ['88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e', 129, '0000000000000000', '5b78d3a43dfff1f1'],
];

test('RC2 decrypts the examples of RFC 2268 §5, which its twin encrypts', () => {
  for (const [key, bits, plain, cipher] of rc2Examples) {
    assert.is(hex(rc2Encrypt(unhex(key), bits, unhex(plain))), cipher);
    const text = unhex(plain);
    const encrypted = cbc(block => rc2Encrypt(unhex(key), bits, block), text);
    assert.equal(ciphers.rc2CbcDecrypt(unhex(key), bits, iv, encrypted), text);
  }
});

test('RC2 agrees with its twin for every key length and many effective lengths', () => {
  const random = randomFrom(7).bytes;
  for (let length = 1; length <= 128; length++) {
    const bits = 1 + ((length * 37) % 1024);
    const [key, plain] = [random(length), random(length % 30)];
    const encrypted = cbc(block => rc2Encrypt(key, bits, block), plain);
    assert.equal(ciphers.rc2CbcDecrypt(key, bits, iv, encrypted), plain);
  }
});

test('refuses keys and IVs of other lengths (ERR_BAD_LENGTH), half blocks and wrong paddings (ERR_DECRYPTION_FAILED)', () => {
  const data = new Uint8Array(16);
  const des = (key: Uint8Array, at: Uint8Array, ciphertext: Uint8Array) =>
    codeOf(() => ciphers.tripleDesCbcDecrypt(key, at, ciphertext));
  const rc2 = (key: Uint8Array, bits: number, ciphertext: Uint8Array) =>
    codeOf(() => ciphers.rc2CbcDecrypt(key, bits, iv, ciphertext));
  assert.is(des(new Uint8Array(16), iv, data), 'ERR_BAD_LENGTH');
  assert.is(des(new Uint8Array(24), data, data), 'ERR_BAD_LENGTH');
  assert.is(rc2(new Uint8Array(0), 64, data), 'ERR_BAD_LENGTH');
  assert.is(rc2(new Uint8Array(129), 64, data), 'ERR_BAD_LENGTH');
  assert.is(rc2(new Uint8Array(8), 1025, data), 'ERR_BAD_LENGTH');
  for (const length of [0, 7, 9]) {
    assert.is(des(new Uint8Array(24), iv, new Uint8Array(length)), 'ERR_DECRYPTION_FAILED');
    assert.is(rc2(new Uint8Array(8), 64, new Uint8Array(length)), 'ERR_DECRYPTION_FAILED');
  }
  assert.is(des(new Uint8Array(24), iv, data), 'ERR_DECRYPTION_FAILED');
  assert.is(rc2(new Uint8Array(8), 64, data), 'ERR_DECRYPTION_FAILED');
  assert.is(core.abandonedSlots, 0);
});

test.run();
