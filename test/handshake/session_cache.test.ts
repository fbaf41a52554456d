// The session caches of both roles.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ClientOptions } from '../../src/connection/config.ts';
import { authenticated } from '../../src/handshake/sessions/authentication.ts';
import type { Session } from '../../src/handshake/sessions/session.ts';
import { ClientSessionCache, ServerSessionCache } from '../../src/handshake/sessions/session_cache.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { type NodeProvider, nodeProvider } from '../support/node_provider.ts';
import { makePair, pump, pumpLater } from '../support/pair.ts';

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

test('a ticket that is shown and not used stays in the cache (RFC 9846 §C.4)', () => {
  const provider = nodeProvider();
  const tickets = serverCache(provider);
  const server = { tickets, sessionIds: tickets };
  const visit = (session?: Session, client: Partial<ClientOptions> = {}, serverName = 'example.test') => {
    const target = { serverName, session };
    const pair = makePair({ clientProvider: provider, serverProvider: provider, server, client, target });
    pump(pair);
    const sessions = pair.clientEvents.flatMap(event => (event.kind === 'session' ? [event.session] : []));
    return { pair, sessions, resumed: pair.client.info.resumed };
  };
  const [one, two] = visit().sessions;
  const secret = provider.importSecret(new Uint8Array(32));
  const broken = visit({ ...one, secret });
  assert.is(broken.pair.server.error?.code, 'ERR_BAD_BINDER');
  // RFC 5077: in TLS 1.2 it stands for nothing.
  const older = { ...two, version: 0x0303, cipherSuite: 0xc02b, extendedMasterSecret: true };
  assert.not(visit(older, { maxVersion: 'TLSv1.2' }).resumed);
  assert.ok(visit(one).resumed);
  assert.ok(visit(two).resumed);
  assert.not(visit(one).resumed);

  const byId = visit(undefined, { maxVersion: 'TLSv1.2', sessionTickets: false }).sessions[0];
  assert.is(byId.sessionId.length, 32);
  assert.not(visit({ ...one, ticket: byId.sessionId }).resumed);
  assert.ok(visit(byId, { maxVersion: 'TLSv1.2', sessionTickets: false }).resumed);
});

test('of all who use a ticket at once one resumes, the others make a full handshake (RFC 9846 §C.4)', async () => {
  const provider = nodeProvider();
  const cache = serverCache(provider);
  const tickets = {
    lifetime: cache.lifetime,
    seal: (state: Uint8Array) => cache.seal(state),
    open: async (ticket: Uint8Array) => cache.open(ticket),
    spend: async (ticket: Uint8Array) => cache.spend(ticket),
  };
  const join = (session?: Session) =>
    makePair({
      clientProvider: provider,
      serverProvider: provider,
      server: { tickets },
      target: { serverName: 'example.test', session },
    });
  const first = join();
  await pumpLater(first);
  const session = first.clientEvents.flatMap(event => (event.kind === 'session' ? [event.session] : []))[0];
  const pairs = [join(session), join(session), join(session)];
  await Promise.all(pairs.map(pair => pumpLater(pair)));
  assert.equal(
    pairs.map(({ client }) => client.state),
    ['established', 'established', 'established'],
  );
  assert.is(pairs.filter(({ client }) => client.info.resumed).length, 1);
});

test('a full server cache forgets the oldest', () => {
  const cache = serverCache(nodeProvider(), 2);
  const state = Uint8Array.of(1, 2, 3);
  const tickets = [1, 2, 3].map(() => cache.seal(state) as Uint8Array);
  assert.is(cache.open(tickets[0]), null);
  assert.equal(cache.open(tickets[1]), state);
  assert.equal(cache.open(tickets[1]), state);
  assert.ok(cache.spend(tickets[1]));
  assert.not(cache.spend(tickets[1]));
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
