// Limits of keys, tickets and records that a peer can push against.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { dataOf, makePair, pump } from '../support/pair.ts';
import { fullWasmProvider } from '../support/wasm_provider.ts';

test('one write of many short records does not outlive its key (RFC 9846 §5.5, RFC 8449)', () => {
  const base = nodeProvider();
  const limit = 200;
  const cipherSuites13 = base.cipherSuites13.map(suite => ({
    ...suite,
    protect: (secret: Parameters<typeof suite.protect>[0]) =>
      new Proxy(suite.protect(secret), {
        get: (target, name) => {
          const value = name === 'remaining' ? limit - target.sequence : target[name as keyof typeof target];
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
  }));
  const pair = makePair({
    client: { provider: { ...base, cipherSuites13 }, recordSizeLimit: 64 },
    server: { recordSizeLimit: 64 },
  });
  pump(pair);
  const data = new Uint8Array(63 * 110);
  for (let i = 0; i < 4; i++) {
    assert.is(pair.client.write(data), data.length);
    pump(pair);
  }
  assert.is(pair.client.error, null);
  assert.is(pair.server.error, null);
  assert.is(dataOf(pair.serverEvents).length, 4 * data.length);
});

for (const provider of [nodeProvider(), fullWasmProvider()]) {
  test(`${provider.name}: tickets of every wrong shape are unknown ones`, () => {
    const keys = new TicketKeys({ provider });
    const state = Uint8Array.from({ length: 40_000 }, (_, i) => i);
    const ticket = keys.seal(state) as Uint8Array;
    assert.equal(keys.open(ticket), state);
    for (const length of [0, 1, 16, 47, 48, 49, 52, 53, 100, 16_453, 16_454, ticket.length - 1]) {
      assert.is(keys.open(ticket.subarray(0, length)), null, `${length} bytes`);
    }
    assert.is(keys.open(Uint8Array.of(...ticket, 0)), null);
    for (let at = 0; at < ticket.length; at += 997) {
      const changed = ticket.slice();
      changed[at] ^= 0x80;
      assert.is(keys.open(changed), null, `byte ${at}`);
    }
    assert.not.equal(keys.seal(state), ticket, 'no two tickets are alike');
    assert.is(keys.seal(new Uint8Array(70_000)), null, 'a state that fits no ticket');
    keys.dispose();
  });
}

test('a server that speaks 1.3 marks its 1.2 random, one that does not says nothing (RFC 9846 §4.1.3)', () => {
  for (const [maxVersion, marked] of [
    ['TLSv1.3', true],
    ['TLSv1.2', false],
  ] as const) {
    const pair = makePair({ client: { maxVersion: 'TLSv1.2' }, server: { maxVersion } });
    pair.server.receive(new Uint8Array(Buffer.concat(pair.client.takeOutput())));
    const hello = Buffer.concat(pair.server.takeOutput());
    assert.is(hello.subarray(5 + 4 + 2 + 24, 5 + 4 + 2 + 32).toString('latin1') === 'DOWNGRD\x01', marked);
    pair.server.destroy();
    pair.client.destroy();
  }
});

test.run();
