// Node.js reads files and sockets into Buffers, whose slice() shares bytes: whoever wipes or reuses one changes nothing that
// was taken from it.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rememberSignatures } from '../../src/crypto/remembered_verifier.ts';
import type { PublicKey, SignatureParameters } from '../../src/crypto/signature.ts';
import { keySigner } from '../../src/crypto/signature_scheme.ts';
import { MemorySessionStore } from '../../src/handshake/sessions/memory_sessions.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { parsePrivateKey } from '../../src/x509/keys/private_key.ts';
import { writePrivateKey } from '../../src/x509/keys/write.ts';
import { hostRandom } from '../support/core.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import { testKeyProvider } from '../support/key_provider.ts';
import { randomFrom } from '../support/random.ts';

const provider = testKeyProvider();
const random = randomFrom(11);
const ecdsa: SignatureParameters = { type: 'ecdsa', hash: 'sha256' };

for (const [name, { privateKey }] of [
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['EC', generateKeyPairSync('ec', { namedCurve: 'prime256v1' })],
  ['Ed25519', generateKeyPairSync('ed25519')],
] as const) {
  test(`a key of ${name} read from DER signs and is written when the file's bytes are wiped`, async () => {
    const file = privateKey.export({ format: 'der', type: 'pkcs8' }) as Buffer;
    const expected = parsePrivateKey(provider, new Uint8Array(file));
    const key = parsePrivateKey(provider, file);
    file.fill(0);
    assert.equal(key.publicKey, expected.publicKey);
    assert.equal(writePrivateKey(provider, key), writePrivateKey(provider, expected));
    const signer = keySigner(key, hostRandom);
    assert.ok((await signer.sign(signer.schemes[0], new Uint8Array(32))).length > 0);
    for (const made of [key, expected]) made.dispose();
  });
}

test('a remembered signature is of the bytes that were verified', async () => {
  let calls = 0;
  const verify = () => ++calls > 0;
  const [remembering] = rememberSignatures([{ name: 'counting', handles: () => true, verify }]);
  const point = Buffer.alloc(65, 4);
  const [message, signature] = [Buffer.from(random.bytes(100)), Buffer.from(random.bytes(70))];
  const given = [message, signature, point];
  for (const [i, changed] of given.entries()) {
    await remembering.verify({ type: 'ec', curve: 'P-256', point } as PublicKey, ecdsa, message, signature);
    changed[9] ^= 1;
    await remembering.verify({ type: 'ec', curve: 'P-256', point } as PublicKey, ecdsa, message, signature);
    assert.is(calls, 2 + i);
  }
});

test('a store of sessions gives what was put in', () => {
  const store = new MemorySessionStore();
  const state = Buffer.from('a state');
  store.set(Buffer.from('name'), state, 100);
  state.fill(0);
  const got = store.get(Buffer.from('name'));
  assert.is(Buffer.from(got ?? []).toString(), 'a state');
});

test('tickets of shared keys open when the keys were wiped', () => {
  const key = Buffer.from(random.bytes(48));
  const tickets = new TicketKeys({ provider, keys: [key] });
  const other = new TicketKeys({ provider, keys: [new Uint8Array(key)] });
  key.fill(0);
  const state = random.bytes(90);
  const ticket = tickets.seal(state);
  assert.ok(ticket !== null);
  assert.equal(other.open(ticket), state);
  for (const keys of [tickets, other]) keys.dispose();
});

test.run();
