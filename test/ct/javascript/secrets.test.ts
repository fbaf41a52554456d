// No JavaScript looks at a secret but in the places of `places.ts`: all operations of the core, connections with every kind of
// key exchange, tickets, sessions, key logs and exporters, and key files are run with every Uint8Array of the process guarded.

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readCredential } from '../../../src/adapters/credentials.ts';
import { equalVartime, toHex } from '../../../src/base/bytes.ts';
import type { ClientOptions, ServerOptions } from '../../../src/connection/config.ts';
import type { KeyProvider } from '../../../src/crypto/password_encryption.ts';
import { TicketKeys } from '../../../src/handshake/sessions/ticket_keys.ts';
import { WasmCore } from '../../../src/wasm/core.ts';
import { fullProvider } from '../../../src/wasm/default_provider.ts';
import { wasmPasswordEncryption } from '../../../src/wasm/password_encryption.ts';
import { wasmScrypt } from '../../../src/wasm/scrypt.ts';
import { parsePrivateKey } from '../../../src/x509/keys/private_key.ts';
import { writeEncryptedPrivateKey, writePrivateKey } from '../../../src/x509/keys/write.ts';
import { makeRun, operations, saltedOperations } from '../../support/core_operations.ts';
import { makePair, type Pair } from '../../support/pair.ts';
import { testVerifier } from '../../support/pki.ts';
import { randomFrom } from '../../support/random.ts';
import { guardSecrets, unguarded, used } from './guarded_bytes.ts';
import { places } from './places.ts';

const drawn = randomFrom(3);
const source = (target: Uint8Array) => target.set(drawn.bytes(target.length));
const core = new WasmCore(source);
const provider: ReturnType<typeof fullProvider> & KeyProvider = {
  ...fullProvider(core),
  passwordEncryption: wasmPasswordEncryption(core, wasmScrypt(core)),
};
const all = Object.entries({ ...operations, ...saltedOperations });
// Binaries are read before the guard stands: it would note each of their bytes.
for (const [, operation] of all) {
  const run = makeRun(core, 1, source);
  await operation(run);
  run.end();
}
const fixture = (name: string) => readFileSync(`test/fixtures/${name}`, 'utf8');
const judge = testVerifier();
const verifier: typeof judge = {
  verify: (peer, signal) => judge.verify({ ...peer, certificates: peer.certificates.map(unguarded) }, signal),
};

/** Set, places are collected for the message of the last test, not refused: for whoever changes the list. */
const collected = process.env.CASTLS_COLLECT_PLACES === undefined ? null : new Set<string>();
guardSecrets(places, collected === null ? undefined : place => Boolean(collected.add(place)));

for (const [name, operation] of all) {
  test(`${name}: no secret is read in JavaScript but where the list says`, async () => {
    const run = makeRun(core, 1, source);
    await operation(run);
    run.end();
  });
}

function pump({ client, server, clientEvents, serverEvents }: Pair): void {
  for (let moved = true; moved; ) {
    moved = false;
    for (const [from, to, events] of [
      [client, server, clientEvents],
      [server, client, serverEvents],
    ] as const) {
      for (const chunk of from.takeOutput()) {
        moved = true;
        to.receive(chunk);
      }
      for (let event = from.nextEvent(); event !== null; event = from.nextEvent()) events.push(event);
    }
  }
}

function connect(key: string, client: Partial<ClientOptions>, server: Partial<ServerOptions> = {}) {
  const credential = readCredential(provider, { cert: fixture(`${key}.crt`), key: fixture(`${key}.key`) });
  const lines: string[] = [];
  const keyLog = (line: string) => void lines.push(line);
  const tickets = new TicketKeys({ provider });
  const connected = (session?: NonNullable<Parameters<typeof makePair>[0]>['target']) => {
    const pair = makePair({
      client: { provider, verifier, random: source, keyLog, ...client },
      server: { provider, credentials: [credential], random: source, tickets, keyLog, ...server },
      target: session,
    });
    pump(pair);
    for (const { error } of [pair.client, pair.server]) if (error !== null) throw error.cause ?? error;
    pair.client.write(new Uint8Array(3000).fill(7));
    pump(pair);
    pair.client.exportKeyingMaterial(32, 'EXPORTER-test', null);
    return pair;
  };
  const first = connected();
  const event = first.clientEvents.find(e => e.kind === 'session');
  assert.ok(event?.kind === 'session', 'a session to resume');
  const second = connected({ serverName: 'example.test', session: event.session });
  assert.ok(second.client.info.resumed);
  assert.ok(lines.length > 0);
  for (const { client, server } of [first, second]) {
    client.close();
    server.close();
  }
  tickets.dispose();
}

const groups = ['x25519', 'ffdhe2048'];
const twelve = { maxVersion: 'TLSv1.2' } as const;
for (const key of ['server_p256', 'server_rsa', 'server_ed25519', 'server_p384']) {
  test(`TLS 1.3 with ${key}: handshake, data, key log, exporter, resumption`, () => connect(key, {}));
  test(`TLS 1.2 with ${key}: handshake, data, key log, exporter, resumption`, () => connect(key, twelve));
}
for (const cipher of [
  'TLS_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
]) {
  test(`TLS 1.2, ${cipher}`, () =>
    connect('server_rsa', { ...twelve, groups, cipherSuites: [cipher] }, { groups, cipherSuites: [cipher] }));
}

for (const key of ['server_p256', 'server_rsa', 'server_ed25519']) {
  test(`files of ${key}: read, written, encrypted and read again`, () => {
    const read = parsePrivateKey(provider, fixture(`${key}.key`), {});
    writePrivateKey(provider, read, 'pkcs8');
    for (const derivation of ['pbkdf2', 'scrypt'] as const) {
      const options = { passphrase: 'x', derivation, iterations: 1000, scryptCost: 16 };
      parsePrivateKey(provider, writeEncryptedPrivateKey(provider, read, options), { passphrase: 'x' }).dispose();
    }
    read.dispose();
  });
}

const bytes32 = () => new Uint8Array(Array.from(drawn.bytes(32)));

test('the guard finds a read before the bytes become secret, one after, and one of a copy', () => {
  if (collected !== null) return;
  // The test's own reads are free: a function of src/ reads for it.
  const before = bytes32();
  equalVartime(before.subarray(3, 5), before.subarray(6, 8));
  assert.throws(() => core.importSecret(before), /read at: src\/base\/bytes\.ts equalVartime/);
  const secret = core.importSecret(bytes32());
  const revealed = core.dangerousReveal(secret);
  const copy = new Uint8Array(40);
  copy.set(revealed, 8);
  for (const bytes of [revealed, copy, copy.slice(9), revealed.subarray(1)]) {
    assert.throws(() => equalVartime(bytes, bytes), /read at: src\/base\/bytes\.ts equalVartime/);
  }
  assert.ok(equalVartime(copy.subarray(0, 8), new Uint8Array(8)), 'what stands beside it is free');
  assert.throws(
    () => toHex(core.bytes.subarray(core.exchange, core.exchange + 2)),
    /memory: src\/base\/bytes\.ts toHex/,
  );
  secret.dispose();
});

test('every place of the list does read a secret', () => {
  if (collected !== null) throw new Error(['collected:', ...[...collected].sort()].join('\n'));
  assert.equal(
    [...places.keys()].filter(place => !used.has(place)),
    [],
  );
});

test.run();
