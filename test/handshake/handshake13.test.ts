// Full TLS 1.3 handshakes between two connections in memory.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dataOf, kinds, makePair, pump } from '../support/pair.ts';

const text = (value: string) => new TextEncoder().encode(value);

test('a client and a server with nothing set agree (§2)', () => {
  const pair = makePair();
  pump(pair);
  assert.is(pair.client.error, null);
  assert.is(pair.server.error, null);
  assert.equal(kinds(pair.clientEvents), ['established']);
  assert.equal(kinds(pair.serverEvents), ['established']);
  assert.is(pair.client.info.protocolVersion, 'TLSv1.3');
  assert.is(pair.client.info.cipherSuite?.name, 'TLS_AES_128_GCM_SHA256');
  assert.is(pair.client.info.group?.name, 'x25519');
  assert.is(pair.client.info.peer?.kind, 'verified-chain');
  pair.client.write(text('hello'));
  pair.server.write(text('world'));
  pump(pair);
  assert.equal(dataOf(pair.serverEvents), text('hello'));
  assert.equal(dataOf(pair.clientEvents), text('world'));
  pair.client.close();
  pair.server.close();
  pump(pair);
  assert.is(kinds(pair.clientEvents).at(-1), 'closed');
  assert.is(kinds(pair.serverEvents).at(-1), 'closed');
  assert.is(pair.clientProvider.ledger.alive.size, 0);
  assert.is(pair.serverProvider.ledger.alive.size, 0);
});

test.run();
