// Remembered signatures: asked for once, and only where all is the same.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rememberSignatures } from '../../src/crypto/remembered_verifier.ts';
import type { PublicKey, SignatureParameters, SignatureVerifier } from '../../src/crypto/signature.ts';
import { randomFrom } from '../support/random.ts';

const random = randomFrom(4);
const ecdsa: SignatureParameters = { type: 'ecdsa', hash: 'sha256' };
const key = (): PublicKey => ({ type: 'ec', curve: 'P-256', point: new Uint8Array(65).fill(4) });

/** Says what `answer` says, and counts. */
function counting(answer: () => boolean | Promise<boolean>): { verifier: SignatureVerifier; calls(): number } {
  let calls = 0;
  const verify = () => {
    calls++;
    return answer();
  };
  return { verifier: { name: 'counting', handles: () => true, verify }, calls: () => calls };
}

test('a valid signature is verified once, at once and later', async () => {
  for (const answer of [() => true, async () => true]) {
    const { verifier, calls } = counting(answer);
    const [remembering] = rememberSignatures([verifier]);
    const [message, signature] = [random.bytes(300), random.bytes(70)];
    for (let i = 0; i < 3; i++)
      assert.ok(await remembering.verify(key(), { ...ecdsa }, message.slice(), signature.slice()));
    assert.is(calls(), 1);
  }
});

test('whatever differs is verified, whoever changes its bytes afterwards', async () => {
  const { verifier, calls } = counting(() => true);
  const [remembering] = rememberSignatures([verifier]);
  const [message, signature] = [random.bytes(300), random.bytes(70)];
  await remembering.verify(key(), ecdsa, message, signature);
  const other: PublicKey = { type: 'ec', curve: 'P-256', point: new Uint8Array(65).fill(5) };
  const changed = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
  const cases: [PublicKey, SignatureParameters, Uint8Array, Uint8Array][] = [
    [other, ecdsa, message, signature],
    [{ ...key(), curve: 'P-384' } as PublicKey, ecdsa, message, signature],
    [key(), { type: 'ecdsa', hash: 'sha384' }, message, signature],
    [key(), { type: 'rsa-pss', hash: 'sha256', mgfHash: 'sha256', saltLength: 32 }, message, signature],
    [key(), ecdsa, changed(message, 299), signature],
    [key(), ecdsa, message.subarray(1), signature],
    [key(), ecdsa, message, changed(signature, 0)],
  ];
  for (const [i, given] of cases.entries()) {
    await remembering.verify(...given);
    assert.is(calls(), 2 + i, `case ${i}`);
  }
  const mutable = random.bytes(100);
  const [fresh] = rememberSignatures([verifier]);
  const before = calls();
  await fresh.verify(key(), ecdsa, mutable, signature);
  mutable[0] ^= 1;
  await fresh.verify(key(), ecdsa, mutable, signature);
  assert.is(calls(), before + 2);
});

test('what changes while it is verified is remembered as it was', async () => {
  let settle: (valid: boolean) => void = () => {};
  const { verifier, calls } = counting(() => new Promise<boolean>(resolve => (settle = resolve)));
  const [remembering] = rememberSignatures([verifier]);
  const [message, signature] = [random.bytes(300), random.bytes(70)];
  const point = new Uint8Array(65).fill(4);
  const [before, changed] = [message.slice(), { ...key(), point } as PublicKey];
  const answer = remembering.verify(changed, ecdsa, message, signature);
  message[0] ^= 1;
  point[1] ^= 1;
  settle(true);
  assert.ok(await answer);
  const later = Promise.resolve(remembering.verify(changed, ecdsa, message, signature));
  settle(false);
  assert.not(await later);
  assert.ok(await remembering.verify(key(), ecdsa, before, signature));
  assert.is(calls(), 2);
});

test('what is wrong, fails or is long is not remembered, and the memory is bounded', async () => {
  const wrong = counting(() => false);
  const [refusing] = rememberSignatures([wrong.verifier]);
  const signature = random.bytes(70);
  for (let i = 0; i < 2; i++) assert.not(await refusing.verify(key(), ecdsa, random.bytes(10), signature));
  assert.is(wrong.calls(), 2);
  const { verifier, calls } = counting(() => true);
  const [remembering] = rememberSignatures([verifier]);
  const long = new Uint8Array(8192);
  for (let i = 0; i < 2; i++) await remembering.verify(key(), ecdsa, long, signature);
  assert.is(calls(), 2);
  const message = random.bytes(10);
  const first = random.bytes(70);
  await remembering.verify(key(), ecdsa, message, first);
  for (let i = 0; i < 40; i++) await remembering.verify(key(), ecdsa, message, random.bytes(70));
  const before = calls();
  await remembering.verify(key(), ecdsa, message, first);
  assert.is(calls(), before + 1, 'the oldest was forgotten');
});

test.run();
