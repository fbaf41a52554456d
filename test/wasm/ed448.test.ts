// Ed448: RFC 8032 values, the slow twin, node:crypto in both directions, and what verification refuses.

import { createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PrivateKey } from '../../src/crypto/signature.ts';
import { EXCHANGE_LENGTH } from '../../src/wasm/core.ts';
import { ed448, ed448Importer, ed448Verifier } from '../../src/wasm/ed448.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex, unhex } from '../support/hex.ts';
import { addKeysTwin, ed448Twin, smallOrderTwin } from '../twins/edwards.ts';
import { fromLittleEndian, toLittleEndian } from '../twins/montgomery.ts';

const core = testCore();
const importer = ed448Importer(core);
const verifier = ed448Verifier(core);
const PARAMETERS = { type: 'ed448' } as const;
const ORDER = 2n ** 446n - 13818066809895115352007386748515426880336692474882178609894547503885n;
const PRIME = 2n ** 448n - 2n ** 224n - 1n;

function importSeed(seed: Uint8Array): PrivateKey {
  const secret = core.importSecret(seed);
  const key = importer.import({ type: 'ed448', seed: secret });
  secret.dispose();
  return key;
}

function publicBytes(key: PrivateKey): Uint8Array {
  return (key.publicKey as { key: Uint8Array }).key;
}

const sign = (key: PrivateKey, message: Uint8Array) => key.sign(PARAMETERS, message, hostRandom) as Uint8Array;
const verify = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
  verifier.verify({ type: 'ed448', key }, PARAMETERS, message, signature);

/** The equation alone, in the binary: keys of small order are refused before it. */
function equationHolds(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const at = core.exchange;
  const domain = ed448.domain({ context: new Uint8Array(0), prehash: false });
  const inputs = [key, signature, domain, message];
  const places = inputs.map((_, i) => at + 1024 * i);
  inputs.forEach((bytes, i) => core.bytes.set(bytes, places[i]));
  const [keyAt, signatureAt, domainAt, messageAt] = places;
  return ed448.functions(core).verify(keyAt, signatureAt, domainAt, domain.length, messageAt, message.length) === 1;
}

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  hostRandom(bytes);
  return bytes;
}

test('gives the keys and signatures of RFC 8032 §7.4', () => {
  const cases = [
    [
      '6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b',
      '5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180',
      '',
      '533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980' +
        'ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600',
    ],
    [
      'c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e',
      '43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb00742802b8438ea4cb82169c235160627b4c3a9480',
      '03',
      '26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541b143c4b981b7e18f62de8ccdf633fc1bf037ab7cd77980' +
        '5e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0ff3348ab21aa4adafd1d234441cf807c03a00',
    ],
  ];
  for (const [seed, publicKey, message, signature] of cases) {
    const key = importSeed(unhex(seed));
    assert.is(hex(publicBytes(key)), publicKey);
    assert.is(hex(sign(key, unhex(message))), signature);
    assert.ok(verify(publicBytes(key), unhex(message), unhex(signature)));
    key.dispose();
  }
});

test('agrees with the slow twin', () => {
  const seeds = [new Uint8Array(57), new Uint8Array(57).fill(255), randomBytes(57), randomBytes(57)];
  for (const seed of seeds) {
    const key = importSeed(seed);
    const message = randomBytes(50);
    const twin = ed448Twin(seed, message);
    assert.is(hex(publicBytes(key)), hex(twin.publicKey));
    assert.is(hex(sign(key, message)), hex(twin.signature));
    key.dispose();
  }
});

test('agrees with node:crypto in both directions, for messages of every size', () => {
  for (const length of [
    0,
    1,
    31,
    63,
    64,
    95,
    127,
    128,
    129,
    300,
    4096,
    EXCHANGE_LENGTH,
    EXCHANGE_LENGTH + 1,
    700_001,
  ]) {
    const key = importer.generate({ type: 'ed448' }, hostRandom) as PrivateKey;
    const exported = key.dangerousExport() as { seed: Parameters<typeof core.dangerousReveal>[0] };
    const pkcs8 = Buffer.concat([unhex('3047020100300506032b6571043b0439'), core.dangerousReveal(exported.seed)]);
    exported.seed.dispose();
    const theirs = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    const message = randomBytes(length);
    const ours = sign(key, message);
    assert.is(hex(ours), hex(nodeSign(null, message, theirs)), `${length} bytes`);
    assert.ok(nodeVerify(null, message, createPublicKey(theirs), ours));
    assert.ok(verify(publicBytes(key), message, ours), `${length} bytes`);
    key.dispose();
  }
});

test('refuses a signature when any part of it, the message or the key changes', () => {
  const key = importSeed(randomBytes(57));
  const message = randomBytes(40);
  const signature = sign(key, message);
  const flip = (bytes: Uint8Array, bit: number) => bytes.map((b, i) => (i === bit >> 3 ? b ^ (1 << (bit & 7)) : b));
  for (let bit = 0; bit < 912; bit += 7) assert.not(verify(publicBytes(key), message, flip(signature, bit)), `${bit}`);
  for (let bit = 0; bit < 320; bit += 7) assert.not(verify(publicBytes(key), flip(message, bit), signature));
  for (let bit = 0; bit < 456; bit += 11) {
    try {
      assert.not(verify(flip(publicBytes(key), bit), message, signature));
    } catch (error) {
      assert.is((error as { code?: string }).code, 'ERR_INVALID_PUBLIC_KEY');
    }
  }
  key.dispose();
});

test('refuses S + L: no second signature for one message (RFC 8032 §5.2.7)', () => {
  const key = importSeed(randomBytes(57));
  const signature = sign(key, unhex('00'));
  const s = fromLittleEndian(signature.slice(57));
  for (let i = 1n; s + i * ORDER < 2n ** 450n; i++) {
    const forged = new Uint8Array([...signature.slice(0, 57), ...toLittleEndian(s + i * ORDER, 57)]);
    assert.not(verify(publicBytes(key), unhex('00'), forged));
  }
  key.dispose();
});

test('refuses signatures of another length, without an exception', () => {
  const key = importSeed(randomBytes(57));
  const signature = sign(key, new Uint8Array(5));
  for (const wrong of [signature.slice(0, 113), new Uint8Array([...signature, 0]), new Uint8Array(0)]) {
    assert.is(verify(publicBytes(key), new Uint8Array(5), wrong), false);
  }
  key.dispose();
});

test('refuses keys that encode no point or not canonically (ERR_INVALID_PUBLIC_KEY, RFC 8032 §5.2.3)', () => {
  const notOnCurve = [2n, 6n].map(y => toLittleEndian(y, 57));
  const notCanonical = [
    PRIME,
    PRIME + 1n,
    2n ** 448n - 1n,
    2n ** 448n + 1n,
    2n ** 454n + 1n,
    2n ** 455n + 1n,
    2n ** 455n + PRIME - 1n,
  ];
  const wrongLength = [new Uint8Array(56), new Uint8Array(58), new Uint8Array(0)];
  for (const key of [...notOnCurve, ...notCanonical.map(y => toLittleEndian(y, 57)), ...wrongLength]) {
    assert.throws(
      () => verify(key, new Uint8Array(1), new Uint8Array(114)),
      (error: { code?: string }) => error.code === 'ERR_INVALID_PUBLIC_KEY',
      hex(key),
    );
  }
});

test('refuses keys of small order, by which anybody signs everything (ERR_INVALID_PUBLIC_KEY)', () => {
  const identity = toLittleEndian(1n, 57);
  const points = smallOrderTwin('ed448');
  assert.is(points.length, 4);
  for (const key of points) {
    for (const r of points) {
      assert.throws(
        () => verify(key, new Uint8Array(3), new Uint8Array([...r, ...new Uint8Array(57)])),
        (error: { code?: string }) => error.code === 'ERR_INVALID_PUBLIC_KEY',
        hex(key),
      );
    }
  }
  // A key that is good but for such a point is a key: the equation has no cofactor, so it verifies nothing by mistake.
  const key = importSeed(randomBytes(57));
  const message = new Uint8Array(5);
  for (const point of points) {
    const mixed = addKeysTwin('ed448', publicBytes(key), point);
    const own = hex(point) === hex(identity);
    assert.is(verify(mixed, message, sign(key, message)), own, hex(point));
  }
  key.dispose();
});

test('refuses an R that is not canonical, where a small key would let it pass (RFC 8032 §5.2.7)', () => {
  // A = (0, 1): S B = R + k A holds for R = S B, whatever k. With S = 0, R is the identity: y = 1, or y = p + 1.
  const identity = toLittleEndian(1n, 57);
  const message = new Uint8Array(3);
  assert.ok(equationHolds(identity, message, new Uint8Array([...identity, ...new Uint8Array(57)])));
  for (const y of [PRIME + 1n, 2n ** 455n + 1n]) {
    assert.not(equationHolds(identity, message, new Uint8Array([...toLittleEndian(y, 57), ...new Uint8Array(57)])));
  }
});

test('signs and verifies Ed448 only, and wants 57-byte seeds', () => {
  const key = importSeed(randomBytes(57));
  assert.throws(
    () => key.sign({ type: 'ed25519' }, new Uint8Array(1), hostRandom),
    (error: { code?: string }) => error.code === 'ERR_UNSUPPORTED_ALGORITHM',
  );
  assert.ok(verifier.handles(key.publicKey, PARAMETERS));
  assert.not(verifier.handles(key.publicKey, { type: 'ed25519' }));
  assert.ok(importer.handles(key.publicKey));
  key.dispose();
  assert.throws(
    () => sign(key, new Uint8Array(1)),
    (error: { code?: string }) => error.code === 'ERR_STALE_HANDLE',
  );
  assert.throws(
    () => importSeed(new Uint8Array(56)),
    (error: { code?: string }) => error.code === 'ERR_INVALID_PRIVATE_KEY',
  );
});

test('leaves no slot behind', () => {
  const live = core.liveSlots;
  const key = importer.generate({ type: 'ed448' }, hostRandom) as PrivateKey;
  verify(publicBytes(key), new Uint8Array(400_000), sign(key, new Uint8Array(400_000)));
  key.dispose();
  assert.is(core.liveSlots, live);
});

test.run();
