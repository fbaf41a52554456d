// ChaCha20-Poly1305 of the core: RFC 8439 values, the slow twin, node:crypto over random lengths and alignments, and
// messages built to bring Poly1305's carries to their edges.

import { createCipheriv } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { aeadOpen, aeadSeal } from '../../src/wasm/aead.ts';
import { testCore } from '../support/core.ts';
import { hex, unhex } from '../support/hex.ts';
import { randomFrom } from '../support/random.ts';
import * as twin from '../twins/chacha20_poly1305.ts';

const core = testCore();

function native(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, data: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(aad, { plaintextLength: data.length });
  return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]));
}

/** Seals in place at a chosen alignment, right in the exchange area, and opens again. */
function sealAt(shift: number, key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, data: Uint8Array): Uint8Array {
  const { abi, bytes, exchange } = core;
  const at = { key: exchange, nonce: exchange + 32, tag: exchange + 48, aad: exchange + 64 + shift };
  const dataAt = at.aad + aad.length;
  bytes.set(key, at.key);
  bytes.set(nonce, at.nonce);
  bytes.set(aad, at.aad);
  bytes.set(data, dataAt);
  abi.chachaSeal(at.key, at.nonce, at.aad, aad.length, dataAt, data.length, at.tag);
  const sealed = new Uint8Array(data.length + 16);
  sealed.set(bytes.subarray(dataAt, dataAt + data.length));
  sealed.set(bytes.subarray(at.tag, at.tag + 16), data.length);
  assert.is(abi.chachaOpen(at.key, at.nonce, at.aad, aad.length, dataAt, data.length, at.tag), 1);
  assert.equal(bytes.slice(dataAt, dataAt + data.length), data);
  return sealed;
}

const example = {
  key: unhex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
  nonce: unhex('070000004041424344454647'),
  aad: unhex('50515253c0c1c2c3c4c5c6c7'),
  data: new TextEncoder().encode(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  ),
  sealed:
    'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b' +
    '1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc' +
    '3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691',
};

test('seals and opens the example of RFC 8439 §2.8.2', () => {
  const { key, nonce, aad, data, sealed } = example;
  const secret = core.importSecret(key);
  assert.is(hex(aeadSeal(core, 'chacha20-poly1305', secret, nonce, aad, data)), sealed);
  assert.equal(aeadOpen(core, 'chacha20-poly1305', secret, nonce, aad, unhex(sealed)), data);
  assert.is(hex(twin.seal(key, nonce, aad, data)), sealed);
  secret.dispose();
});

test('the twin computes the examples of RFC 8439 §2.3.2 and §2.5.2', () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  const block = twin.chacha20Block(key, 1, unhex('000000090000004a00000000'));
  assert.is(hex(block.subarray(0, 16)), '10f1e7e4d13b5915500fdd1fa32071c4');
  const oneTimeKey = unhex('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b');
  const tag = twin.poly1305(oneTimeKey, new TextEncoder().encode('Cryptographic Forum Research Group'));
  assert.is(hex(tag), 'a8061dc1305136c6c22b8baf0c0127a9');
});

test('agrees with its slow twin and node:crypto for every length to 1100 bytes', () => {
  const random = randomFrom(1);
  for (let length = 0; length <= 1100; length++) {
    const key = random.bytes(32);
    const nonce = random.bytes(12);
    const aad = random.bytes(random.below(40));
    const data = random.bytes(length);
    const sealed = sealAt(length % 16, key, nonce, aad, data);
    assert.equal(sealed, native(key, nonce, aad, data), `${length} bytes`);
    if (length % 64 < 2) assert.equal(sealed, twin.seal(key, nonce, aad, data), `${length} bytes, twin`);
  }
});

test('agrees with node:crypto for random lengths to 64 KiB', () => {
  const random = randomFrom(2);
  for (let i = 0; i < 60; i++) {
    const [key, nonce, aad] = [random.bytes(32), random.bytes(12), random.bytes(random.below(1000))];
    const data = random.bytes(random.below(65536));
    assert.equal(sealAt(i % 16, key, nonce, aad, data), native(key, nonce, aad, data));
  }
});

// Additional data goes into Poly1305 as it is, so that every limb pattern can be placed there. The key that makes the
// clamped r large is found by trying nonces.
test('carries through blocks of all ones, all zeros and near p', () => {
  const random = randomFrom(3);
  const patterns = ['ff', '00', 'fb', 'fe', '80', '7f'].map(byte => byte.repeat(16));
  patterns.push('fbffffffffffffffffffffffffffffff', '00000000000000000000000000000080');
  for (let i = 0; i < 400; i++) {
    const [key, nonce] = [random.bytes(32), random.bytes(12)];
    const blocks = Array.from({ length: random.below(24) }, () => patterns[random.below(i % 2 ? patterns.length : 1)]);
    const aad = unhex(blocks.join(''));
    const data = random.bytes(random.below(3));
    assert.equal(sealAt(0, key, nonce, aad, data), native(key, nonce, aad, data));
  }
});

test('a wrong tag, nonce, key, ciphertext or additional data releases nothing and leaves the ciphertext as it was', () => {
  const { abi, bytes, exchange } = core;
  const { key, nonce, aad } = example;
  const at = exchange + 128;
  // Up to 447 bytes nothing is decrypted before the tag is known; then cipher and MAC go along with each other, 256 bytes at a time.
  for (const length of [1, 114, 447, 448, 449, 703, 704, 705, 1000, 16_385]) {
    const sealed = native(key, nonce, aad, randomFrom(length).bytes(length));
    const places: (readonly [string, number])[] = [
      ['key', 0],
      ['nonce', 32],
      ['aad', 64],
      ['data', 128],
      ['last byte', 127 + length],
      ['tag', 128 + length],
    ];
    for (const [what, place] of places) {
      bytes.set(key, exchange);
      bytes.set(nonce, exchange + 32);
      bytes.set(aad, exchange + 64);
      bytes.set(sealed, at);
      const open = () => abi.chachaOpen(exchange, exchange + 32, exchange + 64, aad.length, at, length, at + length);
      for (let bit = 0; bit < 8; bit++) {
        bytes[exchange + place] ^= 1 << bit;
        const before = bytes.slice(at, at + length);
        assert.is(open(), 0, `${what}, ${length} bytes`);
        assert.equal(bytes.slice(at, at + length), before, `${what}, ${length} bytes: the ciphertext stands as it was`);
        bytes[exchange + place] ^= 1 << bit;
      }
      assert.is(open(), 1);
    }
  }
});

test.run();
