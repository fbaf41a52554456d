// TLS 1.3 on the WASM provider, alone and against the provider over node:crypto.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { testCore } from '../support/core.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { dataOf, makePair, move, type Pair, type PairOptions, pump } from '../support/pair.ts';
import { credential, testVerifier } from '../support/pki.ts';
import { fullWasmProvider } from '../support/wasm_provider.ts';

const wasm = fullWasmProvider();

function run(client: CryptoProvider, server: CryptoProvider, options: PairOptions = {}): Pair {
  const pair = makePair({
    ...options,
    client: { ...options.client, provider: client },
    server: { ...options.server, provider: server },
  });
  pump(pair);
  assert.is(pair.client.error, null);
  assert.is(pair.server.error, null);
  const data = new Uint8Array(50_000).map((_, i) => i * 31);
  assert.is(pair.client.write(data), data.length);
  assert.is(pair.server.write(data), data.length);
  pair.client.updateKeys(true);
  pair.client.write(data.subarray(0, 10));
  pump(pair);
  assert.equal(dataOf(pair.serverEvents).subarray(0, data.length), data);
  assert.is(dataOf(pair.serverEvents).length, data.length + 10);
  assert.equal(dataOf(pair.clientEvents), data);
  return pair;
}

function close(pair: Pair): void {
  pair.client.close();
  pair.server.close();
  pump(pair);
  for (const event of pair.clientEvents) if (event.kind === 'session') event.session.secret.dispose();
}

test('the default key exchange is X25519MLKEM768, without a HelloRetryRequest (§4.2.8)', () => {
  const pair = run(wasm, wasm);
  assert.is(pair.client.info.group?.name, 'X25519MLKEM768');
  assert.not(pair.client.info.helloRetried);
  close(pair);
});

test('a server without the hybrid takes the X25519 share that came beside it (§4.2.8)', () => {
  const pair = run(wasm, nodeProvider());
  assert.is(pair.client.info.group?.name, 'x25519');
  assert.not(pair.client.info.helloRetried);
  close(pair);
});

for (const { name } of wasm.groups) {
  test(`the key exchange ${name}, by a HelloRetryRequest where no share came (§4.2.8)`, () => {
    const pair = run(wasm, wasm, {
      server: { groups: [name] },
      client: name.startsWith('ffdhe') ? { groups: ['x25519', name] } : {},
    });
    assert.is(pair.client.info.group?.name, name);
    close(pair);
  });
}

for (const { name } of wasm.cipherSuites13) {
  for (const wasmIs of ['client', 'server'] as const) {
    test(`${name} between both providers, WASM as ${wasmIs} (§B.4)`, () => {
      const node = nodeProvider();
      const [client, server] = wasmIs === 'client' ? [wasm, node] : [node, wasm];
      const pair = run(client, server, { client: { cipherSuites: [name] }, server: { cipherSuites: [name] } });
      assert.is(pair.client.info.cipherSuite?.name, name);
      close(pair);
    });
  }
}

for (const name of ['server_p256', 'server_p384', 'server_rsa', 'server_ed25519'] as const) {
  test(`verifies ${name} (§4.4.3)`, () => {
    const pair = run(wasm, nodeProvider(), { server: { credentials: [credential(name)] } });
    assert.ok(pair.client.info.signatureScheme);
    close(pair);
  });
}

test('resumes, asks for certificates, and leaves nothing in its memory', () => {
  const before = testCore().liveSlots;
  const tickets = new TicketKeys({ provider: wasm });
  const verifier = testVerifier();
  const options: PairOptions = {
    client: { credential: credential('client_p256'), verifier },
    server: { tickets, clientAuth: 'require', verifier },
  };
  const first = run(wasm, wasm, options);
  const event = first.clientEvents.find(each => each.kind === 'session');
  assert.ok(event?.kind === 'session');
  const second = run(wasm, wasm, { ...options, target: { serverName: 'example.test', session: event.session } });
  assert.ok(second.client.info.resumed);
  assert.is(second.server.info.peer?.kind, 'verified-chain');
  close(first);
  close(second);
  tickets.dispose();
  assert.is(testCore().liveSlots, before);
});

test('destroy at every suspension point leaves as many slots in use as before', async () => {
  const before = testCore().liveSlots;
  const later = <T>(value: T) => new Promise<T>(done => setImmediate(() => done(value)));
  const tickets = new TicketKeys({ provider: wasm });
  const options = (): PairOptions => ({
    client: {
      provider: wasm,
      verifier: testVerifier({ later: true }),
      credential: () => later(credential('client_p256', { later: true })),
    },
    server: {
      provider: wasm,
      credentials: () => later(credential('server_p256', { later: true })),
      verifier: testVerifier({ later: true }),
      clientAuth: 'require',
      groups: ['SecP256r1MLKEM768'],
      tickets: { lifetime: 60, seal: state => later(tickets.seal(state)), open: ticket => later(tickets.open(ticket)) },
    },
  });
  for (let stop = 0; stop < 30; stop++) {
    const pair = makePair(options());
    for (let i = 0; i < stop; i++) {
      move(i % 2 === 0 ? pair.client : pair.server, i % 2 === 0 ? pair.server : pair.client);
      if (i % 3 === 2) await later(null);
    }
    pair.client.dispose();
    pair.server.dispose();
    await later(null);
    await later(null);
    assert.ok(testCore().liveSlots - before <= 2, `stopped at ${stop}`); // the ticket key and the key of its salts
  }
  tickets.dispose();
  assert.is(testCore().liveSlots, before);
  assert.is(testCore().abandonedSlots, 0);
});

test.run();
