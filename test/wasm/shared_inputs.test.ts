// Inputs over a SharedArrayBuffer, which another thread may change at any time: what castls judges before it uses is a copy.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isShared, unsharedBytes } from '../../src/base/arguments.ts';
import { fullProvider } from '../../src/wasm/default_provider.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { randomFrom } from '../support/random.ts';

const core = testCore();
const provider = fullProvider(core);

function shared(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(new SharedArrayBuffer(bytes.length + 5), 5);
  out.set(bytes);
  return out;
}

test('shared bytes are copied, others are passed as they are', () => {
  const bytes = randomFrom(1).bytes(40);
  const input = shared(bytes);
  for (const copy of [unsharedBytes(input, 'bytes'), core.input(input, 'bytes')]) {
    assert.not(isShared(copy.buffer));
    assert.equal(copy, bytes);
    input[3] ^= 1;
    assert.equal(copy, bytes);
    input[3] ^= 1;
  }
  assert.is(unsharedBytes(bytes, 'bytes'), bytes);
  assert.is(core.input(bytes, 'bytes'), bytes);
  assert.ok(isShared(input.buffer));
});

for (const [parameters, signature] of [
  [
    { type: 'ec', curve: 'P-256' },
    { type: 'ecdsa', hash: 'sha256' },
  ],
  [{ type: 'ed25519' }, { type: 'ed25519' }],
  [{ type: 'ed448' }, { type: 'ed448' }],
  [
    { type: 'mldsa', parameterSet: 'ML-DSA-44' },
    { type: 'mldsa', parameterSet: 'ML-DSA-44' },
  ],
] as const) {
  test(`${Object.values(parameters).join(' ')}: keys, messages and signatures may be shared`, async () => {
    const importer = provider.privateKeyImporters.find(i => i.handles(parameters))!;
    const key = await importer.generate(parameters, hostRandom);
    const message = shared(randomFrom(2).bytes(2000));
    const made = await key.sign(signature, message, hostRandom);
    const parts = Object.entries(key.publicKey).map(([name, part]) => [
      name,
      part instanceof Uint8Array ? shared(part) : part,
    ]);
    const publicKey = Object.fromEntries(parts);
    const verifier = provider.signatureVerifiers.find(v => v.handles(publicKey, signature))!;
    assert.ok(await verifier.verify(publicKey, signature, message, shared(made)));
    message[0] ^= 1;
    assert.not(await verifier.verify(publicKey, signature, message, shared(made)));
    key.dispose();
  });
}

for (const group of provider.groups.filter(g => !/ffdhe[3468]/.test(g.name))) {
  test(`${group.name}: shares may be shared`, async () => {
    const ours = await group.generate(hostRandom);
    const { share, sharedSecret } = await group.respond(shared(ours.share), hostRandom);
    const agreed = await ours.complete(shared(share));
    assert.equal(core.dangerousReveal(agreed), core.dangerousReveal(sharedSecret));
    agreed.dispose();
    sharedSecret.dispose();
  });
}

test.run();
