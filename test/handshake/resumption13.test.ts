// Tickets, PSKs and what sessions are bound to (RFC 9846 §2.2, §4.2.11, §4.6.1).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExternalPsk } from '../../src/handshake/flow/settings.ts';
import { dangerousSerializeSession, parseSession, type Session } from '../../src/handshake/sessions/session.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { importPsk, pskFinder } from '../../src/handshake/tls13/psk_importer.ts';
import { type NodeProvider, nodeProvider } from '../support/node_provider.ts';
import { makePair, type Pair, type PairOptions, pump, pumpLater } from '../support/pair.ts';
import { credential, testVerifier } from '../support/pki.ts';

interface World {
  now: number;
  readonly clientProvider: NodeProvider;
  readonly serverProvider: NodeProvider;
  readonly tickets: TicketKeys;
}

function world(): World {
  const serverProvider = nodeProvider();
  const here: World = {
    now: 1_700_000_000_000,
    clientProvider: nodeProvider(),
    serverProvider,
    tickets: new TicketKeys({ provider: serverProvider, now: () => here.now }),
  };
  return here;
}

const verifier = testVerifier();

function connect(here: World, options: PairOptions = {}, session?: Session): Pair {
  const now = () => here.now;
  const pair = makePair({
    clientProvider: here.clientProvider,
    serverProvider: here.serverProvider,
    client: { now, verifier, ...options.client },
    server: { now, tickets: here.tickets, ...options.server },
    target: { serverName: 'example.test', ...options.target, session },
  });
  pump(pair);
  return pair;
}

function sessionsOf(pair: Pair): Session[] {
  return pair.clientEvents.flatMap(event => (event.kind === 'session' ? [event.session] : []));
}

function firstSession(here: World, options: PairOptions = {}): Session {
  const pair = connect(here, options);
  assert.is(pair.client.error, null);
  return sessionsOf(pair)[0];
}

test('two tickets come after a full handshake, one after a resumed one (§4.6.1)', () => {
  const here = world();
  const first = connect(here);
  assert.is(sessionsOf(first).length, 2);
  const second = connect(here, {}, sessionsOf(first)[0]);
  assert.ok(second.client.info.resumed);
  assert.ok(second.server.info.resumed);
  assert.is(second.client.info.signatureScheme, null);
  assert.is(second.client.info.peer?.kind, 'verified-chain');
  assert.is(second.client.info.group?.name, 'x25519');
  assert.is(sessionsOf(second).length, 1);
  const third = connect(here, {}, sessionsOf(second)[0]);
  assert.ok(third.client.info.resumed);
});

test('a session survives its serialised form, and its peer is verified anew', () => {
  const here = world();
  const session = firstSession(here);
  const bytes = dangerousSerializeSession(session, here.clientProvider);
  const seen: unknown[] = [];
  const pair = connect(
    here,
    { client: { verifier: testVerifier({ seen: seen as never }) } },
    parseSession(bytes, here.clientProvider),
  );
  assert.ok(pair.client.info.resumed);
  assert.is(seen.length, 1);
  assert.throws(() => parseSession(bytes.subarray(1), here.clientProvider), /not a serialised session/);
  assert.throws(() => parseSession(Uint8Array.of(99), here.clientProvider), /not a serialised session/);
});

test('a session that was read shares nothing with the bytes it was read from, though they are a Buffer', () => {
  const here = world();
  const bytes = Buffer.from(dangerousSerializeSession(firstSession(here), here.clientProvider));
  const session = parseSession(bytes, here.clientProvider);
  const parts = [session.ticket, ...session.peerCertificates, session.context, session.authentication.own];
  const before = parts.map(part => Uint8Array.from(part));
  bytes.fill(0);
  assert.ok(session.ticket.length > 0 && session.peerCertificates.length > 0);
  assert.equal(
    parts.map(part => Uint8Array.from(part)),
    before,
  );
  assert.ok(connect(here, {}, session).client.info.resumed);
});

test('a session whose peer is no longer trusted is not offered', () => {
  const here = world();
  const session = firstSession(here);
  const strict = { verify: verifier.verify };
  const pair = connect(here, { client: { verifier: strict } }, session);
  assert.ok(pair.client.info.resumed);
  const nobody = connect(here, { client: { verifier: undefined } }, session);
  assert.is(nobody.client.error?.code, 'ERR_CERT_NO_TRUST_ANCHORS');
});

const bound: [string, PairOptions][] = [
  ['another server name', { target: { serverName: 'localhost' } }],
  ['another client context', { client: { sessionContext: Uint8Array.of(1) } }],
  ['another server context', { server: { sessionContext: Uint8Array.of(1) } }],
  ['a suite of another hash', { client: { cipherSuites: ['TLS_AES_256_GCM_SHA384'] } }],
  ['a server that chooses a suite of another hash', { server: { cipherSuites: ['TLS_AES_256_GCM_SHA384'] } }],
  [
    'a server that requires a certificate the session lacks',
    {
      server: { clientAuth: 'require', verifier },
      client: { credential: credential('client_p256') },
    },
  ],
  ['other ticket keys', { server: { tickets: undefined } }],
];
for (const [name, options] of bound) {
  test(`a full handshake with ${name} (§4.2.11)`, () => {
    const here = world();
    const session = firstSession(here);
    const pair = connect(here, options, session);
    assert.is(pair.client.error, null);
    assert.is(pair.client.info.resumed, false);
    assert.is(pair.client.state, 'established');
  });
}

test('another suite of the same hash resumes (§4.2.11)', () => {
  const here = world();
  const session = firstSession(here);
  const pair = connect(here, { client: { cipherSuites: ['TLS_CHACHA20_POLY1305_SHA256'] } }, session);
  assert.ok(pair.client.info.resumed);
  assert.is(pair.client.info.cipherSuite?.name, 'TLS_CHACHA20_POLY1305_SHA256');
});

test('a HelloRetryRequest keeps the PSK, with a new binder (§4.1.4)', () => {
  const here = world();
  const session = firstSession(here);
  const pair = connect(here, { server: { groups: ['secp521r1'] } }, session);
  assert.ok(pair.client.info.resumed);
  assert.ok(pair.client.info.helloRetried);
});

test('tickets end with their lifetime (§4.6.1)', () => {
  const here = world();
  const session = firstSession(here);
  here.now += 7199_000;
  assert.ok(connect(here, {}, session).client.info.resumed);
  here.now += 2_000;
  assert.not(connect(here, {}, session).client.info.resumed);
});

test('ticket keys rotate, old ones open for a lifetime more', () => {
  const here = world();
  const keys = here.tickets;
  const state = Uint8Array.of(1, 2, 3);
  const old = keys.seal(state) as Uint8Array;
  here.now += 3_601_000;
  const fresh = keys.seal(state) as Uint8Array;
  assert.not.equal(old.subarray(0, 16), fresh.subarray(0, 16));
  assert.equal(keys.open(old), state);
  here.now += 7_200_000;
  assert.is(keys.open(old), null);
  assert.equal(keys.open(fresh), state);
  const forged = fresh.slice();
  forged[forged.length - 1] ^= 1;
  assert.is(keys.open(forged), null);
  assert.is(keys.open(fresh.subarray(0, 40)), null);
  assert.not.equal(keys.seal(state), keys.seal(state));
  keys.dispose();
  assert.is(keys.open(fresh), null);
});

test('a fleet shares ticket keys', () => {
  const here = world();
  const key = new Uint8Array(48).map((_, i) => i);
  const one = new TicketKeys({ provider: here.serverProvider, keys: [key] });
  const other = new TicketKeys({ provider: here.serverProvider, keys: [new Uint8Array(48), key] });
  assert.equal(other.open(one.seal(Uint8Array.of(7)) as Uint8Array), Uint8Array.of(7));
  assert.throws(() => one.replace([new Uint8Array(47)]), /48 bytes/);
});

test('a session cache that answers later stands for ticket keys', async () => {
  const here = world();
  const cache = new Map<string, Uint8Array>();
  const later = <T>(value: T) => new Promise<T>(done => setImmediate(() => done(value)));
  let count = 0;
  const tickets = {
    lifetime: 60,
    seal: (state: Uint8Array) => {
      const ticket = Uint8Array.of(1, ++count);
      cache.set(ticket.join(), state.slice());
      return later(ticket);
    },
    open: (ticket: Uint8Array) => later(cache.get(ticket.join()) ?? null),
  };
  const first = connect(here, { server: { tickets } });
  await pumpLater(first);
  const session = sessionsOf(first)[0];
  const second = connect(here, { server: { tickets } }, session);
  await pumpLater(second);
  assert.ok(second.client.info.resumed);
  const unknown = connect(here, { server: { tickets: { ...tickets, open: () => later(null) } } }, sessionsOf(first)[1]);
  await pumpLater(unknown);
  assert.is(unknown.client.info.resumed, false);
  assert.is(unknown.client.state, 'established');
});

test('the client certificate of a session is verified anew (§4.6.1)', () => {
  const here = world();
  const options: PairOptions = {
    client: { credential: credential('client_p256') },
    server: { clientAuth: 'require', verifier },
  };
  const session = firstSession(here, options);
  const second = connect(here, options, session);
  assert.ok(second.server.info.resumed);
  assert.is(second.server.info.peer?.kind, 'verified-chain');
  assert.is(second.server.info.peerCertificates.length, 1);
});

const external = (provider: NodeProvider, fill: number, hash: 'sha256' | 'sha384' = 'sha256'): ExternalPsk => ({
  identity: new TextEncoder().encode('lamp 7'),
  key: provider.importSecret(new Uint8Array(32).fill(fill)),
  hash,
});

function connectExternal(here: World, fill: number, hash: 'sha256' | 'sha384' = 'sha256'): Pair {
  const cipherSuites = hash === 'sha256' ? undefined : ['TLS_AES_256_GCM_SHA384'];
  const known = external(here.serverProvider, 7, hash);
  return connect(here, {
    client: { externalPsk: external(here.clientProvider, fill, hash), verifier: undefined, cipherSuites },
    server: {
      cipherSuites,
      tickets: undefined,
      credentials: () => null,
      findExternalPsk: identity => (Buffer.compare(identity, known.identity) === 0 ? known : null),
    },
  });
}

test('an external PSK stands for certificates (§2.2)', () => {
  for (const hash of ['sha256', 'sha384'] as const) {
    const pair = connectExternal(world(), 7, hash);
    assert.is(pair.client.error, null);
    assert.is(pair.server.error, null);
    assert.ok(pair.client.info.externalPsk);
    assert.not(pair.client.info.resumed);
  }
});

test('an imported PSK is bound to hash and context (RFC 9258 §5.1)', () => {
  const connectImported = (target: 'sha256' | 'sha384', context: string) => {
    const here = world();
    const bytes = (text: string) => new TextEncoder().encode(text);
    const imported = (provider: NodeProvider, own: string) =>
      importPsk(provider, {
        externalIdentity: bytes('lamp 7'),
        key: provider.importSecret(new Uint8Array(16).fill(7)),
        context: bytes(own),
      });
    const find = pskFinder(imported(here.serverProvider, 'kitchen'));
    const cipherSuites = [target === 'sha256' ? 'TLS_AES_128_GCM_SHA256' : 'TLS_AES_256_GCM_SHA384'];
    return connect(here, {
      client: { externalPsk: imported(here.clientProvider, context), verifier: undefined, cipherSuites },
      server: { cipherSuites, tickets: undefined, credentials: () => null, findExternalPsk: find },
    });
  };
  for (const target of ['sha256', 'sha384'] as const) {
    const pair = connectImported(target, 'kitchen');
    assert.is(pair.client.error, null);
    assert.ok(pair.client.info.externalPsk);
    assert.is(connectImported(target, 'cellar').server.error?.code, 'ERR_UNKNOWN_PSK_IDENTITY');
  }
});

test('a wrong external PSK has a wrong binder (decrypt_error, §4.2.11)', () => {
  const pair = connectExternal(world(), 8);
  assert.is(pair.server.error?.code, 'ERR_BAD_BINDER');
  assert.is(pair.client.error?.alert, 51);
});

test('nothing is left of secrets but the sessions that were given out', () => {
  const here = world();
  const first = connect(here);
  for (const session of sessionsOf(first)) session.secret.dispose();
  first.client.close();
  first.server.close();
  pump(first);
  here.tickets.dispose();
  assert.is(here.clientProvider.ledger.alive.size, 0);
  assert.is(here.serverProvider.ledger.alive.size, 0);
});

test.run();
