// X448: RFC 7748 values, the slow twin at the field's edges, node:crypto in both directions, and the TLS group.

import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KeyExchange } from '../../src/crypto/key_exchange.ts';
import { x448, x448Group, x448PublicKey } from '../../src/wasm/x448.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex, unhex } from '../support/hex.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import { toLittleEndian, x448Twin } from '../twins/montgomery.ts';

const core = testCore();
const PRIME = 2n ** 448n - 2n ** 224n - 1n;

/** X448 on plain bytes; null where castls refuses. */
function agree(scalar: Uint8Array, u: Uint8Array): Uint8Array | null {
  const secret = core.importSecret(scalar);
  try {
    const shared = x448(core, secret, u);
    const bytes = core.dangerousReveal(shared);
    shared.dispose();
    return bytes;
  } catch (error) {
    assert.is((error as { code?: string }).code, 'ERR_INVALID_PUBLIC_KEY');
    return null;
  } finally {
    secret.dispose();
  }
}

function publicOf(scalar: Uint8Array): Uint8Array {
  const secret = core.importSecret(scalar);
  const key = x448PublicKey(core, secret);
  secret.dispose();
  return key;
}

function randomBytes(): Uint8Array {
  const bytes = new Uint8Array(56);
  hostRandom(bytes);
  return bytes;
}

test('gives the results of RFC 7748 §5.2', () => {
  const cases = [
    [
      '3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121700a779c984c24f8cdd78fbff44943eba368f54b29259a4f1c600ad3',
      '06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9814dc031ddbdc38c19c6da2583fa5429db94ada18aa7a7fb4ef8a086',
      'ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239fe14fbaadeb445fc66a01b0779d98223961111e21766282f73dd96b6f',
    ],
    [
      '203d494428b8399352665ddca42f9de8fef600908e0d461cb021f8c538345dd77c3e4806e25f46d3315c44e0a5b4371282dd2c8d5be3095f',
      '0fbcc2f993cd56d3305b0b7d9e55d4c1a8fb5dbb52f8e9a1e9b6201b165d015894e56c4d3570bee52fe205e28a78b91cdfbde71ce8d157db',
      '884a02576239ff7a2f2f63b2db6a9ff37047ac13568e1e30fe63c4a7ad1b3ee3a5700df34321d62077e63633c575c1c954514e99da7c179d',
    ],
  ];
  for (const [scalar, u, result] of cases) assert.is(hex(agree(unhex(scalar), unhex(u))!), result);
});

test('gives the result of 1,000 iterations of RFC 7748 §5.2', () => {
  let [k, u] = [toLittleEndian(5n, 56), toLittleEndian(5n, 56)];
  for (let i = 0; i < 1000; i++) [k, u] = [agree(k, u)!, k];
  assert.is(
    hex(k),
    'aa3b4749d55b9daf1e5b00288826c467274ce3ebbdd5c17b975e09d4af6c67cf10d087202db88286e2b79fceea3ec353ef54faa26e219f38',
  );
});

test('gives the Diffie-Hellman values of RFC 7748 §6.2', () => {
  const a = unhex(
    '9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b',
  );
  const b = unhex(
    '1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d',
  );
  assert.is(
    hex(publicOf(a)),
    '9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0',
  );
  assert.is(
    hex(publicOf(b)),
    '3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609',
  );
  const shared =
    '07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d';
  assert.is(hex(agree(a, publicOf(b))!), shared);
  assert.is(hex(agree(b, publicOf(a))!), shared);
});

test('agrees with the slow twin at the edges of the field, canonical or not', () => {
  const us = [2n, 3n, 5n, PRIME - 2n, PRIME - 3n, PRIME + 2n, PRIME + 5n, 2n ** 448n - 1n, 2n ** 448n - 2n ** 200n];
  for (const bits of [27n, 28n, 196n, 224n, 252n, 420n, 447n]) us.push(2n ** bits, 2n ** bits - 1n, PRIME - 2n ** bits);
  for (const u of us) {
    const bytes = toLittleEndian(u, 56);
    for (const scalar of [new Uint8Array(56), new Uint8Array(56).fill(255), randomBytes()]) {
      assert.is(hex(agree(scalar, bytes)!), hex(x448Twin(scalar, bytes)), `u = ${u}`);
    }
  }
});

test('agrees with the slow twin on random input, and on public keys', () => {
  const base = toLittleEndian(5n, 56);
  for (let i = 0; i < 10; i++) {
    const [scalar, u] = [randomBytes(), randomBytes()];
    assert.is(hex(agree(scalar, u)!), hex(x448Twin(scalar, u)));
    assert.is(hex(publicOf(scalar)), hex(x448Twin(scalar, base)));
  }
  for (const scalar of [new Uint8Array(56), new Uint8Array(56).fill(255)]) {
    assert.is(hex(publicOf(scalar)), hex(x448Twin(scalar, base)));
  }
});

test('refuses points of small order, canonical or not (ERR_INVALID_PUBLIC_KEY, RFC 9846 §7.4.2)', () => {
  // u = 0, 1, p - 1, and what equals 0 or 1 modulo p.
  const small = [0n, 1n, PRIME - 1n, PRIME, PRIME + 1n].map(u => toLittleEndian(u, 56));
  for (const u of small) {
    assert.is(agree(randomBytes(), u), null);
    assert.is(agree(new Uint8Array(56).fill(255), u), null);
  }
});

test('agrees with node:crypto in both directions', () => {
  for (let i = 0; i < 20; i++) {
    const theirs = generateKeyPairSync('x448');
    const theirPublic = rawPublic(theirs.publicKey);
    const scalar = randomBytes();
    const ours = createPrivateKey({
      key: Buffer.concat([unhex('3046020100300506032b656f043a0438'), scalar]),
      format: 'der',
      type: 'pkcs8',
    });
    assert.is(hex(publicOf(scalar)), hex(rawPublic(createPublicKey(ours))));
    const expected = diffieHellman({ privateKey: ours, publicKey: theirs.publicKey });
    assert.is(hex(agree(scalar, theirPublic)!), hex(expected));
    assert.is(hex(diffieHellman({ privateKey: theirs.privateKey, publicKey: createPublicKey(ours) })), hex(expected));
  }
});

function rawPublic(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(-56));
}

test('the group x448 gives both sides the same secret and leaves no slot behind', () => {
  const live = core.liveSlots;
  const group = x448Group(core);
  assert.is(group.id, 0x001e);
  const client = group.generate(hostRandom) as KeyExchange;
  const server = group.respond(client.share, hostRandom) as Exclude<ReturnType<typeof group.respond>, Promise<unknown>>;
  const secret = client.complete(server.share) as typeof server.sharedSecret;
  assert.is(hex(core.dangerousReveal(secret)), hex(core.dangerousReveal(server.sharedSecret)));
  secret.dispose();
  server.sharedSecret.dispose();
  assert.is(core.liveSlots, live);
});

test('the group refuses bad shares and a second completion, and leaves no slot behind', () => {
  const live = core.liveSlots;
  const group = x448Group(core);
  for (const share of [new Uint8Array(56), new Uint8Array(55), new Uint8Array(57), new Uint8Array(0)]) {
    assert.throws(() => group.respond(share, hostRandom), isCode('ERR_INVALID_PUBLIC_KEY'));
    const pair = group.generate(hostRandom) as KeyExchange;
    assert.throws(() => pair.complete(share), isCode('ERR_INVALID_PUBLIC_KEY'));
    assert.throws(() => pair.complete(pair.share), isCode('ERR_INVALID_STATE'));
    pair.dispose();
  }
  assert.is(core.liveSlots, live);
});

test('refuses scalars of another length (ERR_BAD_LENGTH)', () => {
  const short = core.importSecret(new Uint8Array(55));
  assert.throws(() => x448(core, short, new Uint8Array(56).fill(5)), isCode('ERR_BAD_LENGTH'));
  assert.throws(() => x448PublicKey(core, short), isCode('ERR_BAD_LENGTH'));
  short.dispose();
});

function isCode(code: string): (error: Error) => boolean {
  return error => (error as { code?: string }).code === code;
}

test.run();
