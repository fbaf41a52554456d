// The session caches of both roles.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { authenticated } from '../../src/handshake/sessions/authentication.ts';
import type { Session } from '../../src/handshake/sessions/session.ts';
import { ClientSessionCache, ServerSessionCache } from '../../src/handshake/sessions/session_cache.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { type NodeProvider, nodeProvider } from '../support/node_provider.ts';
import { makePair, pump } from '../support/pair.ts';

function serverCache(provider: NodeProvider, capacity?: number): ServerSessionCache {
  return new ServerSessionCache({ keys: new TicketKeys({ provider }), random: provider.random, capacity });
}

test('a server resumes from its cache, each TLS 1.3 ticket once (§C.4)', () => {
  const provider = nodeProvider();
  const tickets = serverCache(provider);
  const client = new ClientSessionCache();
  const connect = (session?: Session) => {
    const pair = makePair({
      clientProvider: provider,
      serverProvider: provider,
      server: { tickets },
      target: { serverName: 'example.test', session },
    });
    pump(pair);
    assert.is(pair.client.error, null);
    for (const event of pair.clientEvents) if (event.kind === 'session') client.add('example.test', event.session);
    return pair.client.info.resumed;
  };
  assert.not(connect());
  assert.is(tickets.size, 2);
  const session = client.take('example.test', Date.now()) as Session;
  assert.is(session.ticket.length, 32);
  assert.ok(connect(session));
  assert.not(connect(session));
  session.secret.dispose();
  client.dispose();
  tickets.clear();
});

test('a full server cache forgets the oldest', () => {
  const cache = serverCache(nodeProvider(), 2);
  const state = Uint8Array.of(1, 2, 3);
  const tickets = [1, 2, 3].map(() => cache.seal(state) as Uint8Array);
  assert.is(cache.open(tickets[0]), null);
  assert.equal(cache.open(tickets[1]), state);
  assert.is(cache.open(tickets[1]), null);
  const id = new Uint8Array(32);
  cache.store(id, state);
  assert.equal(cache.load(id), state);
  assert.equal(cache.load(id), state);
  assert.is(cache.load(new Uint8Array(31)), null);
});

test('a client cache gives the newest fresh session away, and wipes what it forgets', () => {
  const provider = nodeProvider();
  const cache = new ClientSessionCache({ peers: 2, sessionsPerPeer: 2 });
  const session = (issuedAt: number): Session => ({
    role: 'client',
    version: 0x0304,
    cipherSuite: 0x1301,
    secret: provider.importSecret(new Uint8Array(32)),
    serverName: null,
    alpn: null,
    issuedAt,
    lifetime: 10,
    ageAdd: 0,
    maxEarlyData: 0,
    ticket: Uint8Array.of(1),
    sessionId: new Uint8Array(0),
    extendedMasterSecret: false,
    peerCertificates: [],
    peerOcspResponse: null,
    peerTimestamps: [],
    authentication: authenticated(issuedAt, {}),
    context: new Uint8Array(0),
    peer: null,
  });
  for (const at of [1000, 2000, 3000]) cache.add('a', session(at));
  assert.is(provider.ledger.alive.size, 2);
  const newest = cache.take('a', 4000) as Session;
  assert.is(newest.issuedAt, 3000);
  newest.secret.dispose();
  assert.is(cache.take('a', 20_000), null);
  assert.is(provider.ledger.alive.size, 0);
  for (const peer of ['a', 'b', 'c']) cache.add(peer, session(1000));
  assert.is(cache.take('a', 1500), null);
  assert.is(provider.ledger.alive.size, 2);
  cache.dispose();
  assert.is(provider.ledger.alive.size, 0);
});

test.run();
