// The handshake over plain messages: no records, no ChangeCipherSpec, keys as events with a secret per direction.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseClientHello } from '../../src/wire/client_hello.ts';
import { credential, testVerifier } from '../support/pki.ts';
import { plainHandshake } from '../support/plain_pair.ts';

test('a handshake runs over plain messages', () => {
  const { client, server, clientProvider, serverProvider } = plainHandshake();
  assert.is(client.error, null);
  assert.is(server.error, null);
  assert.ok(client.established && server.established);
  assert.equal(client.carrier.keyEvents, [
    'read handshake',
    'write handshake',
    'write application',
    'read application',
  ]);
  assert.equal(server.carrier.keyEvents, [
    'write handshake',
    'read handshake',
    'write application',
    'read application',
  ]);
  for (const epoch of ['handshake', 'application']) {
    assert.is(client.carrier.secrets.get(`read ${epoch}`), server.carrier.secrets.get(`write ${epoch}`));
    assert.is(client.carrier.secrets.get(`write ${epoch}`), server.carrier.secrets.get(`read ${epoch}`));
  }
  client.negotiated.dispose();
  server.negotiated.dispose();
  assert.is(clientProvider.ledger.alive.size, 0);
  assert.is(serverProvider.ledger.alive.size, 0);
});

test('without middlebox compatibility the session ID is empty (RFC 9001 §8.4)', () => {
  let length = -1;
  plainHandshake({
    toServer: (bytes, i) => {
      if (i === 0) length = parseClientHello(bytes.subarray(4)).legacySessionId.length;
      return bytes;
    },
  });
  assert.is(length, 0);
});

test('HelloRetryRequest and client certificates run over plain messages, too', () => {
  const { client, server } = plainHandshake({
    client: { credential: credential('client_p256') },
    server: { groups: ['secp521r1'], clientAuth: 'require', verifier: testVerifier() },
  });
  assert.is(client.error, null);
  assert.is(server.error, null);
  assert.ok(client.negotiated.helloRetried);
  assert.is(server.negotiated.peer?.kind, 'verified-chain');
});

test.run();
