// 0-RTT in both roles (RFC 9846 §2.3, §4.2.10, §4.5, §8): taken once, bound to what its session says, capped, never mixed
// with the rest and never sent again.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServerOptions } from '../../src/connection/config.ts';
import type { ConnectionEvent } from '../../src/connection/events.ts';
import { disposeSession, type Session } from '../../src/handshake/sessions/session.ts';
import { MemorySingleUseRegister } from '../../src/handshake/sessions/single_use.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { type NodeProvider, nodeProvider } from '../support/node_provider.ts';
import { concatAll, drain, makePair, type Pair, type PairOptions, pump, pumpLater } from '../support/pair.ts';
import { testVerifier } from '../support/pki.ts';

const verifier = testVerifier();
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);

interface World {
  now: number;
  readonly clientProvider: NodeProvider;
  readonly serverProvider: NodeProvider;
  readonly tickets: TicketKeys;
  readonly register: MemorySingleUseRegister;
}

function world(): World {
  const here: World = {
    now: 1_700_000_000_000,
    clientProvider: nodeProvider(),
    serverProvider: nodeProvider(),
    get tickets() {
      return tickets;
    },
    get register() {
      return register;
    },
  };
  const now = () => here.now;
  const tickets = new TicketKeys({ provider: here.serverProvider, now });
  const register = new MemorySingleUseRegister({ now });
  return here;
}

type Early = Partial<NonNullable<ServerOptions['earlyData']>>;

function make(here: World, options: PairOptions = {}, early: Early | null = {}, session?: Session): Pair {
  const now = () => here.now;
  return makePair({
    clientProvider: here.clientProvider,
    serverProvider: here.serverProvider,
    client: { now, verifier, ...options.client },
    server: {
      now,
      tickets: here.tickets,
      ...(early !== null && { earlyData: { register: here.register, ...early } }),
      ...options.server,
    },
    target: { serverName: 'example.test', earlyData: true, ...options.target, session },
  });
}

function sessionOf(here: World, options: PairOptions = {}, early: Early | null = {}): Session {
  const pair = make(here, options, early);
  pump(pair);
  assert.is(pair.client.error, null);
  const sessions = pair.clientEvents.flatMap(event => (event.kind === 'session' ? [event.session] : []));
  const session = sessions.pop() as Session;
  sessions.forEach(disposeSession);
  pair.client.dispose();
  pair.server.dispose();
  return session;
}

/** What came as events of this kind. */
function came(events: readonly ConnectionEvent[], kind: 'earlyData' | 'data'): string {
  return text(concatAll(events.flatMap(event => (event.kind === kind ? [event.data] : []))));
}

/** Resumes with "early" as early data. */
function resume(here: World, session: Session, options: PairOptions = {}, early: Early | null = {}): Pair {
  const pair = make(here, options, early, session);
  assert.is(pair.client.writeEarlyData(bytes('early')), pair.client.info.earlyData === 'offered' ? 5 : 0);
  pump(pair);
  return pair;
}

function rejected(pair: Pair, refusal: string): void {
  assert.is(pair.client.error, null, pair.client.error?.message);
  assert.is(pair.server.error, null, pair.server.error?.message);
  assert.is(pair.client.state, 'established');
  assert.is(pair.client.info.earlyData, 'rejected');
  assert.is(pair.server.info.earlyDataRefusal, refusal);
  assert.is(came(pair.serverEvents, 'earlyData'), '');
  assert.is(came(pair.serverEvents, 'data'), '', 'nothing is sent again by itself');
}

test('early data comes apart from the rest, can be answered before the handshake ends, and both sides know', () => {
  const here = world();
  const pair = make(here, {}, {}, sessionOf(here));
  assert.is(pair.client.nextEvent()?.kind, 'earlyDataOffered');
  assert.is(pair.client.writeEarlyData(bytes('early')), 5);
  for (const chunk of pair.client.takeOutput()) pair.server.receive(chunk);
  drain(pair.server, pair.serverEvents);
  assert.is(pair.server.state, 'handshake');
  assert.is(came(pair.serverEvents, 'earlyData'), 'early');
  assert.is(pair.server.write(bytes('half')), 4);
  pump(pair);
  assert.is(pair.client.info.earlyData, 'accepted');
  assert.is(pair.server.info.earlyData, 'accepted');
  assert.is(pair.server.info.earlyDataRefusal, null);
  assert.is(pair.client.writeEarlyData(bytes('late')), 0);
  assert.is(pair.client.write(bytes('data')), 4);
  pump(pair);
  assert.is(came(pair.clientEvents, 'data'), 'half');
  assert.is(came(pair.serverEvents, 'earlyData'), 'early');
  assert.is(came(pair.serverEvents, 'data'), 'data');
});

test('both sides derive the same early exporter, and log the early secrets (RFC 9850)', () => {
  const here = world();
  const lines: string[][] = [[], []];
  const keyLog = (i: number) => (line: string) => lines[i].push(line);
  const session = sessionOf(here);
  const pair = resume(here, session, { client: { keyLog: keyLog(0) }, server: { keyLog: keyLog(1) } });
  const exported = (end: Pair['client']) =>
    Buffer.from(end.exportEarlyKeyingMaterial(32, 'EXPORTER-x')).toString('hex');
  assert.is(exported(pair.client), exported(pair.server));
  assert.is.not(exported(pair.client), Buffer.from(pair.client.exportKeyingMaterial(32, 'EXPORTER-x')).toString('hex'));
  for (const label of ['CLIENT_EARLY_TRAFFIC_SECRET ', 'EARLY_EXPORTER_SECRET ']) {
    const [ours, theirs] = lines.map(log => log.find(line => line.startsWith(label)));
    assert.ok(ours !== undefined && ours === theirs, label);
  }
});

test('early data is off by default in both roles', () => {
  const here = world();
  const session = sessionOf(here, {}, null);
  assert.is(session.maxEarlyData, 0);
  const without = resume(here, session);
  assert.is(without.client.info.earlyData, 'none');
  assert.ok(without.client.info.resumed);
  const allowing = sessionOf(here);
  assert.is(allowing.maxEarlyData, 16_384);
  const silent = resume(here, allowing, { target: { earlyData: false } });
  assert.is(silent.client.info.earlyData, 'none');
  assert.throws(
    () => without.client.exportEarlyKeyingMaterial(8, 'x'),
    (e: { code: string }) => e.code === 'ERR_INVALID_STATE',
  );
});

test('a ticket brings early data once, a second time is refused and the handshake goes on (§8.1)', () => {
  const here = world();
  const session = sessionOf(here);
  assert.is(resume(here, session).client.info.earlyData, 'accepted');
  const again = resume(here, session);
  rejected(again, 'replay');
  assert.ok(again.client.info.resumed);
});

test('a register may answer later; one that says no, fails or is full refuses early data alone', async () => {
  const here = world();
  const claims = { no: async () => false, fails: async () => Promise.reject(new Error('down')), yes: async () => true };
  for (const [name, claim] of Object.entries(claims)) {
    const pair = make(here, {}, { register: { claim } }, sessionOf(here));
    pair.client.writeEarlyData(bytes('early'));
    await pumpLater(pair);
    assert.is(pair.server.error, null, name);
    assert.is(pair.client.info.earlyData, name === 'yes' ? 'accepted' : 'rejected', name);
  }
  const full = new MemorySingleUseRegister({ capacity: 1, now: () => here.now });
  const [first, second] = [sessionOf(here), sessionOf(here)];
  assert.is(resume(here, first, {}, { register: full }).client.info.earlyData, 'accepted');
  rejected(resume(here, second, {}, { register: full }), 'replay');
});

test('the register forgets what is refused for its age, and says since when it remembers', () => {
  let now = 1000;
  const register = new MemorySingleUseRegister({ capacity: 2, now: () => now });
  assert.is(register.since, 1000);
  const id = (n: number) => new Uint8Array(32).fill(n);
  assert.ok(register.claim(id(1), 2000));
  assert.not(register.claim(id(1), 2000));
  assert.ok(register.claim(id(2), 2000));
  assert.not(register.claim(id(3), 2000));
  assert.equal(
    [id(1), id(3)].map(each => register.outcome(each, 2000)),
    ['replay', 'full'],
  );
  now = 2000;
  assert.ok(register.claim(id(3), 3000));
  assert.is(register.size, 1);
});

test('a ClientHello that came late is refused for its ticket age, and one sent before the register began (§8.2, §8.3)', () => {
  const here = world();
  const late = make(here, {}, {}, sessionOf(here));
  late.client.writeEarlyData(bytes('early'));
  const hello = late.client.takeOutput();
  here.now += 10_001;
  for (const chunk of hello) late.server.receive(chunk);
  pump(late);
  rejected(late, 'ticket-age');
  const session = sessionOf(here);
  here.now += 5000;
  const claim = () => true;
  rejected(resume(here, session, {}, { register: { claim, since: here.now + 1 } }), 'ticket-age');
});

test('a copy is refused by a register that began since, though its client is ahead of time (§8.2)', () => {
  const here = world();
  const session = sessionOf(here);
  here.now += 60_000;
  const ahead = { client: { now: () => here.now + 5000 } };
  const first = make(here, ahead, {}, session);
  first.client.writeEarlyData(bytes('early'));
  const hello = first.client.takeOutput();
  for (const chunk of hello) first.server.receive(chunk);
  drain(first.server, first.serverEvents);
  assert.is(came(first.serverEvents, 'earlyData'), 'early');
  here.now += 1000;
  const register = new MemorySingleUseRegister({ now: () => here.now });
  here.now += 1000;
  const second = make(here, {}, { register });
  for (const chunk of hello) second.server.receive(chunk);
  drain(second.server, second.serverEvents);
  assert.is(came(second.serverEvents, 'earlyData'), '');
  assert.is(second.server.info.earlyDataRefusal, 'ticket-age');
  // What this server gave itself came to no other.
  const fresh = resume(here, sessionOf(here, {}, { register }), {}, { register });
  assert.is(fresh.client.info.earlyData, 'accepted');
});

test('early data is bound to protocol and suite of its session; each is refused without harm', () => {
  const here = world();
  const h2 = { client: { alpn: ['h2', 'http/1.1'] }, server: { alpn: ['h2', 'http/1.1'] } };
  const session = sessionOf(here, h2);
  assert.is(session.alpn, 'h2');
  rejected(resume(here, session, { ...h2, server: { alpn: ['http/1.1'] } }), 'alpn');
  const none = resume(here, sessionOf(here), { client: { alpn: ['h2'] }, server: { alpn: ['h2'] } });
  assert.is(none.client.info.earlyData, 'none', 'a session without a protocol is none for a client that offers some');
  const suites = ['TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'];
  const chacha = sessionOf(here, { server: { cipherSuites: [suites[1]] } });
  rejected(resume(here, chacha, { server: { cipherSuites: [suites[0]] } }), 'suite');
  const gone = resume(here, chacha, { client: { cipherSuites: [suites[0]] } });
  assert.is(gone.client.info.earlyData, 'none', 'not offered without the suite');
});

test('a server without early data, with a hook that says no, or one that lost its tickets refuses', () => {
  const here = world();
  rejected(resume(here, sessionOf(here), {}, null), 'disabled');
  const names: (string | null)[] = [];
  const accept = ({ serverName }: { serverName: string | null }) => {
    names.push(serverName);
    return false;
  };
  rejected(resume(here, sessionOf(here), {}, { accept }), 'refused');
  assert.equal(names, ['example.test']);
  const tickets = new TicketKeys({ provider: here.serverProvider });
  rejected(resume(here, sessionOf(here), { server: { tickets } }), 'not-resumed');
});

test('a HelloRetryRequest refuses early data; the second ClientHello goes out in plaintext (§4.2.10)', () => {
  const here = world();
  const groups = { client: { keyShares: ['secp256r1'] }, server: { groups: ['x25519'] } };
  const pair = resume(here, sessionOf(here), groups);
  rejected(pair, 'hello-retry-request');
  assert.ok(pair.client.info.helloRetried && pair.client.info.resumed);
});

test('a client sends no more than the session allows; a server that gets more ends with unexpected_message', () => {
  const here = world();
  const session = sessionOf(here, {}, { maxSize: 8 });
  const pair = make(here, {}, { maxSize: 8 }, session);
  assert.is(pair.client.writeEarlyData(bytes('0123456789')), 8);
  assert.is(pair.client.writeEarlyData(bytes('x')), 0);
  pump(pair);
  assert.is(came(pair.serverEvents, 'earlyData'), '01234567');
  const greedy = make(here, {}, { maxSize: 7 }, { ...sessionOf(here, {}, { maxSize: 7 }), maxEarlyData: 8 });
  greedy.client.writeEarlyData(bytes('01234567'));
  pump(greedy);
  assert.is(greedy.server.error?.code, 'ERR_TOO_MUCH_EARLY_DATA');
  assert.is(greedy.client.error?.alert, 10);
});

test('a ticket from before the limit was lowered, or early data turned off, ends no connection (§4.2.10)', () => {
  for (const early of [{ maxSize: 8 }, null]) {
    const here = world();
    const pair = make(here, {}, early, sessionOf(here, {}, { maxSize: 200_000 }));
    assert.is(pair.client.writeEarlyData(new Uint8Array(200_000)), 200_000);
    pump(pair);
    rejected(pair, early === null ? 'disabled' : 'unsupported-by-session');
  }
});

test('a limit that was raised holds for new tickets: of an old one no more is taken than it says (§4.2.10)', () => {
  const here = world();
  const session = { ...sessionOf(here, {}, { maxSize: 8 }), maxEarlyData: 100 };
  const pair = make(here, {}, { maxSize: 100 }, session);
  pair.client.writeEarlyData(bytes('0123456789'));
  pump(pair);
  assert.is(pair.server.error?.code, 'ERR_TOO_MUCH_EARLY_DATA');
});

test('record_size_limit of the server does not bind early data, whose client has not seen it (RFC 8449 §4)', () => {
  const here = world();
  const server = { recordSizeLimit: 512 };
  const client = { recordSizeLimit: 1024 };
  const pair = make(here, { server, client }, {}, sessionOf(here, { server, client }));
  assert.is(pair.client.writeEarlyData(new Uint8Array(4000).fill(0x61)), 4000);
  pump(pair);
  assert.is(pair.server.error, null, pair.server.error?.message);
  assert.is(pair.client.error, null, pair.client.error?.message);
  assert.is(came(pair.serverEvents, 'earlyData').length, 4000);
  // Behind it the limit holds: the client keeps to it.
  pair.client.write(new Uint8Array(2000));
  pump(pair);
  assert.is(came(pair.serverEvents, 'data').length, 2000);
  assert.is(pair.server.error, null);
});

test('a client whose early data is answered with TLS 1.2 fails (protocol_version, §D.3)', () => {
  const here = world();
  const pair = resume(here, sessionOf(here), { server: { maxVersion: 'TLSv1.2' } });
  assert.is(pair.client.error?.code, 'ERR_NO_SHARED_VERSION');
});

test('early_data without a PSK is ignored: its records are skipped', () => {
  const here = world();
  const pair = resume(here, sessionOf(here), {
    server: { tickets: new TicketKeys({ provider: here.serverProvider }) },
  });
  assert.is(pair.server.state, 'established');
  assert.is(came(pair.serverEvents, 'earlyData'), '');
});

test('misspelt and impossible options of earlyData are refused by name', () => {
  const here = world();
  const refused = (early: object) => assert.throws(() => make(here, {}, early as Early), /earlyData/);
  refused({ maxsize: 1 });
  refused({ maxSize: 0 });
  refused({ maxSize: Number.NaN });
  refused({ freshness: -1 });
  refused({ register: {} });
});

test('nothing is left of the secrets, however it ended', () => {
  const here = world();
  for (const early of [{}, null]) {
    const session = sessionOf(here);
    const pair = resume(here, session, {}, early);
    pair.client.dispose();
    pair.server.dispose();
    disposeSession(session);
    for (const event of pair.clientEvents) if (event.kind === 'session') disposeSession(event.session);
  }
  here.tickets.dispose();
  assert.is(here.clientProvider.ledger.alive.size, 0);
  assert.is(here.serverProvider.ledger.alive.size, 0);
});

test.run();
