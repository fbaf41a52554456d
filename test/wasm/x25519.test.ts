// X25519: RFC 7748 values, the slow twin at the field's edges, node:crypto in both directions, and the TLS group.

import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KeyExchange } from '../../src/crypto/key_exchange.ts';
import { x25519, x25519Group, x25519PublicKey } from '../../src/wasm/x25519.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex, unhex } from '../support/hex.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import { toLittleEndian, x25519Twin } from '../twins/montgomery.ts';

const core = testCore();
const PRIME = 2n ** 255n - 19n;

/** X25519 on plain bytes; null where castls refuses. */
function agree(scalar: Uint8Array, u: Uint8Array): Uint8Array | null {
  const secret = core.importSecret(scalar);
  try {
    const shared = x25519(core, secret, u);
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
  const key = x25519PublicKey(core, secret);
  secret.dispose();
  return key;
}

function randomBytes(): Uint8Array {
  const bytes = new Uint8Array(32);
  hostRandom(bytes);
  return bytes;
}

test('gives the results of RFC 7748 §5.2', () => {
  const cases = [
    [
      'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
      'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    ],
    [
      '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
      'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    ],
  ];
  for (const [scalar, u, result] of cases) assert.is(hex(agree(unhex(scalar), unhex(u))!), result);
});

test('gives the result of 1,000 iterations of RFC 7748 §5.2', () => {
  let [k, u] = [toLittleEndian(9n, 32), toLittleEndian(9n, 32)];
  for (let i = 0; i < 1000; i++) [k, u] = [agree(k, u)!, k];
  assert.is(hex(k), '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51');
});

test('gives the Diffie-Hellman values of RFC 7748 §6.1', () => {
  const a = unhex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
  const b = unhex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
  assert.is(hex(publicOf(a)), '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
  assert.is(hex(publicOf(b)), 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
  const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
  assert.is(hex(agree(a, publicOf(b))!), shared);
  assert.is(hex(agree(b, publicOf(a))!), shared);
});

test('agrees with the slow twin at the edges of the field, canonical or not', () => {
  const us = [2n, 3n, 9n, PRIME - 2n, PRIME - 3n, PRIME + 2n, PRIME + 9n, 2n ** 255n - 1n, 2n ** 255n + 9n];
  for (const bits of [25n, 26n, 51n, 77n, 128n, 204n, 230n]) us.push(2n ** bits, 2n ** bits - 1n, PRIME - 2n ** bits);
  for (const u of us) {
    const bytes = toLittleEndian(u, 32);
    for (const scalar of [new Uint8Array(32), new Uint8Array(32).fill(255), randomBytes()]) {
      assert.is(hex(agree(scalar, bytes)!), hex(x25519Twin(scalar, bytes)), `u = ${u}`);
    }
  }
});

test('agrees with the slow twin on random input, and on public keys', () => {
  const base = toLittleEndian(9n, 32);
  for (let i = 0; i < 10; i++) {
    const [scalar, u] = [randomBytes(), randomBytes()];
    assert.is(hex(agree(scalar, u)!), hex(x25519Twin(scalar, u)));
    assert.is(hex(publicOf(scalar)), hex(x25519Twin(scalar, base)));
  }
  for (const scalar of [new Uint8Array(32), new Uint8Array(32).fill(255)]) {
    assert.is(hex(publicOf(scalar)), hex(x25519Twin(scalar, base)));
  }
});

test('refuses points of small order, canonical or not (ERR_INVALID_PUBLIC_KEY, RFC 9846 §7.4.2)', () => {
  // u = 0, 1, p - 1 and the two u of order 8, which are no quotient of small numbers.
  const order8 = [
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  ].map(unhex);
  const small = [0n, 1n, PRIME - 1n, PRIME, PRIME + 1n, 2n ** 255n, 2n ** 255n + PRIME].map(u => toLittleEndian(u, 32));
  for (const u of [...small, ...order8]) {
    assert.is(agree(randomBytes(), u), null);
    assert.is(agree(new Uint8Array(32).fill(255), u), null);
  }
});

test('agrees with node:crypto in both directions', () => {
  for (let i = 0; i < 30; i++) {
    const theirs = generateKeyPairSync('x25519');
    const theirPublic = rawPublic(theirs.publicKey);
    const scalar = randomBytes();
    const ours = createPrivateKey({
      key: Buffer.concat([unhex('302e020100300506032b656e04220420'), scalar]),
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
  return new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(-32));
}

test('the group x25519 gives both sides the same secret and leaves no slot behind', () => {
  const live = core.liveSlots;
  const group = x25519Group(core);
  assert.is(group.id, 0x001d);
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
  const group = x25519Group(core);
  for (const share of [new Uint8Array(32), new Uint8Array(31), new Uint8Array(33), new Uint8Array(0)]) {
    assert.throws(() => group.respond(share, hostRandom), isCode('ERR_INVALID_PUBLIC_KEY'));
    const pair = group.generate(hostRandom) as KeyExchange;
    assert.throws(() => pair.complete(share), isCode('ERR_INVALID_PUBLIC_KEY'));
    assert.throws(() => pair.complete(pair.share), isCode('ERR_INVALID_STATE'));
    pair.dispose();
  }
  assert.is(core.liveSlots, live);
});

test('refuses scalars of another length (ERR_BAD_LENGTH)', () => {
  const short = core.importSecret(new Uint8Array(31));
  assert.throws(() => x25519(core, short, new Uint8Array(32).fill(9)), isCode('ERR_BAD_LENGTH'));
  assert.throws(() => x25519PublicKey(core, short), isCode('ERR_BAD_LENGTH'));
  short.dispose();
});

function isCode(code: string): (error: Error) => boolean {
  return error => (error as { code?: string }).code === code;
}

test.run();
