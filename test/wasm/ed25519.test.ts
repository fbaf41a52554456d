// Ed25519: RFC 8032 values, the slow twin, node:crypto in both directions, and what verification refuses.

import { createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PrivateKey } from '../../src/crypto/signature.ts';
import { EXCHANGE_LENGTH } from '../../src/wasm/core.ts';
import { ed25519, ed25519Importer, ed25519Verifier } from '../../src/wasm/ed25519.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex, unhex } from '../support/hex.ts';
import { addKeysTwin, ed25519Twin, smallOrderTwin } from '../twins/edwards.ts';
import { fromLittleEndian, toLittleEndian } from '../twins/montgomery.ts';

const core = testCore();
const importer = ed25519Importer(core);
const verifier = ed25519Verifier(core);
const PARAMETERS = { type: 'ed25519' } as const;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const PRIME = 2n ** 255n - 19n;

function importSeed(seed: Uint8Array): PrivateKey {
  const secret = core.importSecret(seed);
  const key = importer.import({ type: 'ed25519', seed: secret });
  secret.dispose();
  return key;
}

function publicBytes(key: PrivateKey): Uint8Array {
  return (key.publicKey as { key: Uint8Array }).key;
}

const sign = (key: PrivateKey, message: Uint8Array) => key.sign(PARAMETERS, message, hostRandom) as Uint8Array;
const verify = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
  verifier.verify({ type: 'ed25519', key }, PARAMETERS, message, signature);

/** The equation alone, in the binary: keys of small order are refused before it. */
function equationHolds(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const at = core.exchange;
  const domain = ed25519.domain({ context: new Uint8Array(0), prehash: false });
  const inputs = [key, signature, domain, message];
  const places = inputs.map((_, i) => at + 1024 * i);
  inputs.forEach((bytes, i) => core.bytes.set(bytes, places[i]));
  const [keyAt, signatureAt, domainAt, messageAt] = places;
  return ed25519.functions(core).verify(keyAt, signatureAt, domainAt, domain.length, messageAt, message.length) === 1;
}

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  hostRandom(bytes);
  return bytes;
}

test('gives the keys and signatures of RFC 8032 §7.1', () => {
  const cases = [
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
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
  const seeds = [new Uint8Array(32), new Uint8Array(32).fill(255), randomBytes(32), randomBytes(32)];
  for (const seed of seeds) {
    const key = importSeed(seed);
    const message = randomBytes(50);
    const twin = ed25519Twin(seed, message);
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
    const key = importer.generate({ type: 'ed25519' }, hostRandom) as PrivateKey;
    const exported = key.dangerousExport() as { seed: Parameters<typeof core.dangerousReveal>[0] };
    const pkcs8 = Buffer.concat([unhex('302e020100300506032b657004220420'), core.dangerousReveal(exported.seed)]);
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
  const key = importSeed(randomBytes(32));
  const message = randomBytes(40);
  const signature = sign(key, message);
  const flip = (bytes: Uint8Array, bit: number) => bytes.map((b, i) => (i === bit >> 3 ? b ^ (1 << (bit & 7)) : b));
  for (let bit = 0; bit < 512; bit += 3) assert.not(verify(publicBytes(key), message, flip(signature, bit)), `${bit}`);
  for (let bit = 0; bit < 320; bit += 7) assert.not(verify(publicBytes(key), flip(message, bit), signature));
  for (let bit = 0; bit < 256; bit += 7) {
    try {
      assert.not(verify(flip(publicBytes(key), bit), message, signature));
    } catch (error) {
      assert.is((error as { code?: string }).code, 'ERR_INVALID_PUBLIC_KEY');
    }
  }
  key.dispose();
});

test('refuses S + L: no second signature for one message (RFC 8032 §5.1.7)', () => {
  const key = importSeed(randomBytes(32));
  const signature = sign(key, unhex('00'));
  const s = fromLittleEndian(signature.slice(32));
  for (let i = 1n; s + i * ORDER < 2n ** 256n; i++) {
    const forged = new Uint8Array([...signature.slice(0, 32), ...toLittleEndian(s + i * ORDER, 32)]);
    assert.not(verify(publicBytes(key), unhex('00'), forged));
  }
  key.dispose();
});

test('refuses signatures of another length, without an exception', () => {
  const key = importSeed(randomBytes(32));
  const signature = sign(key, new Uint8Array(5));
  for (const wrong of [signature.slice(0, 63), new Uint8Array([...signature, 0]), new Uint8Array(0)]) {
    assert.is(verify(publicBytes(key), new Uint8Array(5), wrong), false);
  }
  key.dispose();
});

test('refuses keys that encode no point or not canonically (ERR_INVALID_PUBLIC_KEY, RFC 8032 §5.1.3)', () => {
  const notOnCurve = [2n, 7n].map(y => toLittleEndian(y, 32));
  const notCanonical = [PRIME, PRIME + 1n, 2n ** 255n - 1n, 2n ** 255n + 1n, 2n ** 255n + PRIME - 1n];
  const wrongLength = [new Uint8Array(31), new Uint8Array(33), new Uint8Array(0)];
  for (const key of [...notOnCurve, ...notCanonical.map(y => toLittleEndian(y, 32)), ...wrongLength]) {
    assert.throws(
      () => verify(key, new Uint8Array(1), new Uint8Array(64)),
      (error: { code?: string }) => error.code === 'ERR_INVALID_PUBLIC_KEY',
      hex(key),
    );
  }
});

test('refuses keys of small order, by which anybody signs everything (ERR_INVALID_PUBLIC_KEY)', () => {
  const identity = toLittleEndian(1n, 32);
  const points = smallOrderTwin('ed25519');
  assert.is(points.length, 8);
  for (const key of points) {
    for (const r of points) {
      assert.throws(
        () => verify(key, new Uint8Array(3), new Uint8Array([...r, ...new Uint8Array(32)])),
        (error: { code?: string }) => error.code === 'ERR_INVALID_PUBLIC_KEY',
        hex(key),
      );
    }
  }
  // A key that is good but for such a point is a key: the equation has no cofactor, so it verifies nothing by mistake.
  const key = importSeed(randomBytes(32));
  const message = new Uint8Array(5);
  for (const point of points) {
    const mixed = addKeysTwin('ed25519', publicBytes(key), point);
    const own = hex(point) === hex(identity);
    assert.is(verify(mixed, message, sign(key, message)), own, hex(point));
  }
  key.dispose();
});

test('refuses an R that is not canonical, where a small key would let it pass (RFC 8032 §5.1.7)', () => {
  // A = (0, 1): S B = R + k A holds for R = S B, whatever k. With S = 0, R is the identity: y = 1, or y = p + 1.
  const identity = toLittleEndian(1n, 32);
  const message = new Uint8Array(3);
  assert.ok(equationHolds(identity, message, new Uint8Array([...identity, ...new Uint8Array(32)])));
  for (const y of [PRIME + 1n, 2n ** 255n + 1n]) {
    assert.not(equationHolds(identity, message, new Uint8Array([...toLittleEndian(y, 32), ...new Uint8Array(32)])));
  }
});

test('the equation holds where OpenSSL says so, for keys and R of small order (no cofactor, RFC 8032 §5.1.7)', () => {
  const torsion = smallOrderTwin('ed25519');
  let accepted = 0;
  for (const key of torsion) {
    const theirs = createPublicKey({
      key: Buffer.concat([unhex('302a300506032b6570032100'), key]),
      format: 'der',
      type: 'spki',
    });
    for (const r of torsion) {
      for (let i = 0; i < 4; i++) {
        const message = new Uint8Array([i]);
        const signature = new Uint8Array([...r, ...new Uint8Array(32)]);
        const ours = equationHolds(key, message, signature);
        assert.is(ours, nodeVerify(null, message, theirs, signature), `${hex(key)} ${hex(r)}`);
        if (ours) accepted++;
      }
    }
  }
  // S = 0 leaves R = -k A: for each key and message one R at most.
  assert.ok(accepted > 0 && accepted <= 32);
});

test('signs and verifies Ed25519 only, and wants 32-byte seeds', () => {
  const key = importSeed(randomBytes(32));
  assert.throws(
    () => key.sign({ type: 'ed448' }, new Uint8Array(1), hostRandom),
    (error: { code?: string }) => error.code === 'ERR_UNSUPPORTED_ALGORITHM',
  );
  assert.ok(verifier.handles(key.publicKey, PARAMETERS));
  assert.not(verifier.handles(key.publicKey, { type: 'ed448' }));
  assert.ok(importer.handles(key.publicKey));
  key.dispose();
  assert.throws(
    () => sign(key, new Uint8Array(1)),
    (error: { code?: string }) => error.code === 'ERR_STALE_HANDLE',
  );
  assert.throws(
    () => importSeed(new Uint8Array(31)),
    (error: { code?: string }) => error.code === 'ERR_INVALID_PRIVATE_KEY',
  );
});

test('leaves no slot behind', () => {
  const live = core.liveSlots;
  const key = importer.generate({ type: 'ed25519' }, hostRandom) as PrivateKey;
  verify(publicBytes(key), new Uint8Array(400_000), sign(key, new Uint8Array(400_000)));
  key.dispose();
  assert.is(core.liveSlots, live);
});

test.run();
