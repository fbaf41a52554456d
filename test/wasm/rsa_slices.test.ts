// RSA private operations in slices: what comes out is what comes out at once, whatever happens between two of them.

import { constants, createPublicKey, type KeyObject, publicEncrypt, verify } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import type { Awaitable } from '../../src/crypto/secret.ts';
import { WasmCore } from '../../src/wasm/core.ts';
import type { RsaPrivateKey } from '../../src/wasm/rsa_private.ts';
import { hostRandom } from '../support/core.ts';
import { JobPace } from '../support/pace.ts';
import { importRsaJwk } from '../support/rsa_jwk.ts';
import { rsaKey } from '../support/rsa_primes.ts';

const core = new WasmCore(hostRandom);
const pss = { type: 'rsa-pss', hash: 'sha256', mgfHash: 'sha256', saltLength: 32 } as const;
const message = new Uint8Array(100).fill(7);

function makeKey(bits: number, index = 0): { own: RsaPrivateKey; publicKey: KeyObject } {
  const { n, ...parts } = rsaKey(bits, index);
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const jwk = {
    n: text(n),
    e: 'AQAB',
    d: 'AQ',
    ...Object.fromEntries(Object.entries(parts).map(([k, v]) => [k, text(v)])),
  };
  const own = importRsaJwk(core, jwk as Record<string, string>);
  return { own, publicKey: createPublicKey({ key: { kty: 'RSA', n: text(n), e: 'AQAB' }, format: 'jwk' }) };
}

function isRight(publicKey: KeyObject, signature: Uint8Array): boolean {
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return verify('sha256', message, { key: publicKey, padding, saltLength: 32 }, signature);
}

async function failureOf(answer: () => Awaitable<unknown>): Promise<unknown> {
  try {
    await answer();
  } catch (error) {
    return error;
  }
  return null;
}

/** Turns at least: 8 windows of 5 bits a step, two powers of half the size. */
const turnsOf = (bits: number) => Math.floor(bits / 5 / 8);

for (const bits of [2048, 3072, 4096]) {
  test(`${bits} bits: signatures and premaster secrets in slices are right, also with fresh blinding`, async () => {
    const { own, publicKey } = makeKey(bits);
    const slots = core.liveSlots;
    let [fewest, most] = [Number.POSITIVE_INFINITY, 0];
    for (let i = 0; i < 34; i++) {
      const pace = new JobPace(() => Promise.resolve());
      assert.ok(isRight(publicKey, await own.sign(pss, message, hostRandom, pace)));
      fewest = Math.min(fewest, pace.turns);
      most = Math.max(most, pace.turns);
    }
    assert.ok(fewest >= turnsOf(bits), `${fewest} turns`);
    assert.ok(most >= 2 * fewest - 1, `fresh blinding: ${most} turns, else ${fewest}`);
    const premaster = new Uint8Array(48).fill(5);
    premaster.set([3, 3]);
    const block = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, premaster);
    const pace = new JobPace();
    const decrypted = await own.decryptPremaster(new Uint8Array(block), 0x0303, hostRandom, pace);
    assert.ok(pace.turns >= turnsOf(bits));
    assert.equal(core.dangerousReveal(decrypted), premaster);
    decrypted.dispose();
    const wrong = await own.decryptPremaster(new Uint8Array(block).fill(1), 0x0303, hostRandom, pace);
    assert.is(wrong.length, 48);
    assert.not.equal(core.dangerousReveal(wrong), premaster);
    wrong.dispose();
    assert.is(core.liveSlots, slots);
    own.dispose();
  });
}

test('without a pace, or with one that is never due, the answer comes at once', () => {
  const { own, publicKey } = makeKey(2048);
  const idle = { due: false, turn: () => Promise.reject(new Error('a turn')) };
  for (const pace of [undefined, idle]) {
    const signature = own.sign(pss, message, hostRandom, pace);
    assert.instance(signature, Uint8Array);
    assert.ok(isRight(publicKey, signature as Uint8Array));
  }
  own.dispose();
});

test('operations of one key, and of two keys, take turns and stay right, across the end of a blinding pair', async () => {
  const keys = [makeKey(2048), makeKey(2048, 1), makeKey(3072)];
  const slots = core.liveSlots;
  const pace = new JobPace();
  // 40 at a time: each takes a pair of its own, and several find none left at once.
  const jobs = Array.from({ length: 40 }, (_, i) => ({ ...keys[i % 2], i }));
  const signed = jobs.map(async ({ own, publicKey }) =>
    isRight(publicKey, await own.sign(pss, message, hostRandom, pace)),
  );
  const other = keys[2].own.sign(pss, message, hostRandom, pace);
  assert.is(core.liveSlots, slots + 41);
  // In between what is done at once: with the same key, and with other powers of the binary.
  await new Promise(done => setImmediate(done));
  for (const { own, publicKey } of keys) assert.ok(isRight(publicKey, own.sign(pss, message, hostRandom)));
  assert.ok((await Promise.all(signed)).every(right => right));
  assert.ok(isRight(keys[2].publicKey, await other));
  assert.is(core.liveSlots, slots);
  for (const { own } of keys) own.dispose();
});

test('what gives up between two slices leaves no slot, and the key goes on', async () => {
  const { own, publicKey } = makeKey(2048);
  const slots = core.liveSlots;
  const ciphertext = new Uint8Array(256).fill(1);
  for (const stop of [1, 2, 30, 51]) {
    for (const job of ['sign', 'decrypt'] as const) {
      const reason = new Error('given up');
      const pace = new JobPace(() => (pace.turns >= stop ? Promise.reject(reason) : Promise.resolve()));
      const failure = await failureOf(() =>
        job === 'sign'
          ? own.sign(pss, message, hostRandom, pace)
          : own.decryptPremaster(ciphertext, 0x0303, hostRandom, pace),
      );
      assert.is(failure, reason);
      assert.is(core.liveSlots, slots, `${job}, given up at ${stop}`);
    }
  }
  assert.ok(isRight(publicKey, own.sign(pss, message, hostRandom)));
  own.dispose();
});

test('a key that is disposed of between two slices ends the operation (ERR_STALE_HANDLE)', async () => {
  const slots = core.liveSlots;
  for (const stop of [1, 40]) {
    const { own } = makeKey(2048);
    const pace = new JobPace(async () => {
      if (pace.turns === stop) own.dispose();
    });
    const failure = await failureOf(() => own.sign(pss, message, hostRandom, pace));
    assert.instance(failure, TlsError);
    assert.is((failure as TlsError).code, 'ERR_STALE_HANDLE');
    assert.is(core.liveSlots, slots);
  }
});

test('a fault is found (ERR_FAULT_DETECTED), and the next operation draws blinding anew', async () => {
  const { own, publicKey } = makeKey(2048);
  const slots = core.liveSlots;
  const allocate = core.allocate.bind(core);
  let job = 0;
  core.allocate = length => (job = allocate(length));
  const pace = new JobPace(async () => {
    // The power under way (assembly/rsa_private/job.ts): behind 16 bytes and five guarded numbers of 76 limbs, and its guard.
    if (pace.turns === 10) core.bytes[job + 16 + 5 * 320 + 16] ^= 1;
  });
  const failure = await failureOf(() => own.sign(pss, message, hostRandom, pace));
  core.allocate = allocate;
  assert.is((failure as TlsError).code, 'ERR_FAULT_DETECTED');
  assert.is(core.liveSlots, slots);
  assert.ok(isRight(publicKey, await own.sign(pss, message, hostRandom, new JobPace())));
  own.dispose();
});

test('between two slices the statics of the binary hold nothing of the operation', async () => {
  const { families } = await import(pathToFileURL('scripts/memory_map.mjs').href);
  const { base, size } = families.rsa_private;
  const seen = new Set<string>();
  for (const index of [2, 3]) {
    const { own } = makeKey(2048, index);
    for (let i = 0; i < 2; i++) {
      const pace = new JobPace(async () => {
        seen.add(Buffer.from(core.bytes.subarray(base, base + size)).toString('latin1'));
      });
      await own.sign(pss, message, hostRandom, pace);
    }
    own.dispose();
  }
  assert.is(seen.size, 1);
});

test.run();
