// Every kind of work that a peer can cause is charged to the budget of its connection (docs/security.md).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { workUnits } from '../../src/base/cost.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import type { Extension } from '../../src/wire/extensions.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { makePair, move, type Pair, type PairOptions, pump } from '../support/pair.ts';
import { credential, testVerifier } from '../support/pki.ts';
import { ask, extensionsFor, helloFor, recordsWith } from '../support/raw_client.ts';

const MESSAGES = 5 * workUnits.message;

function done(options: PairOptions = {}): Pair {
  const pair = makePair(options);
  pump(pair);
  assert.is(pair.client.error ?? pair.server.error, null);
  return pair;
}

const older = { maxVersion: 'TLSv1.2' } as const;
const groups = (...names: string[]) => ({ client: { groups: names }, server: { groups: names } });
const asks = {
  client: { credential: credential('client_p256') },
  server: { clientAuth: 'require' as const, verifier: testVerifier() },
};

/** Kind of work: a connection with it, one without it, the side that does it, and what it costs at least. */
const kinds: Record<string, [PairOptions, PairOptions, 'client' | 'server', number]> = {
  'a share of the client’s': [groups('secp521r1'), groups('x25519'), 'server', workUnits.p521 - workUnits.x25519],
  'a share of the server’s': [groups('secp521r1'), groups('x25519'), 'client', workUnits.p521 - workUnits.x25519],
  'a finite field': [groups('ffdhe2048'), groups('x25519'), 'server', 3000],
  'a second ClientHello': [
    { client: { groups: ['x25519', 'secp256r1'] }, server: { groups: ['secp256r1'] } },
    groups('secp256r1'),
    'server',
    workUnits.message,
  ],
  'a certificate and its signature': [asks, {}, 'server', workUnits.p256Verify],
  'a client certificate in TLS 1.2': [
    { client: { ...asks.client, ...older }, server: asks.server },
    { client: older },
    'server',
    workUnits.p256Verify,
  ],
  'a ServerKeyExchange': [
    { ...groups('secp384r1'), target: { serverName: 'example.test' }, server: { ...older, groups: ['secp384r1'] } },
    { client: { groups: ['x25519'] }, server: { ...older, groups: ['x25519'] } },
    'client',
    workUnits.p384 - workUnits.x25519,
  ],
  'a signature of this side’s': [{ server: { credentials: [credential('server_rsa')] } }, {}, 'server', 2500],
};

for (const [name, [options, others, side, units]] of Object.entries(kinds)) {
  test(`${name} is charged`, () => {
    const without = done(others)[side].info.work;
    const more = done(options)[side].info.work - without;
    assert.ok(more >= units, `${more} units more than ${without}, at least ${units} are due`);
  });
}

test('an honest handshake of any kind stays far below the budget', () => {
  for (const [options] of Object.values(kinds)) {
    const { client, server } = done(options);
    for (const end of [client, server]) {
      assert.ok(end.info.work > MESSAGES && end.info.work < 10_000, `${end.info.work} units`);
    }
  }
});

test('a resumption asks a ticket and does no more than that', () => {
  const serverProvider = nodeProvider();
  const tickets = new TicketKeys({ provider: serverProvider });
  const first = done({ serverProvider, server: { tickets } });
  const session = first.clientEvents.find(event => event.kind === 'session');
  assert.ok(session !== undefined);
  const again = done({
    target: { serverName: 'example.test', session: session.session },
    clientProvider: first.clientProvider,
    serverProvider,
    server: { tickets },
  });
  assert.ok(again.server.info.resumed);
  assert.ok(again.client.info.work < first.client.info.work);
});

/** A ClientHello filled up to `length` bytes with extensions that nobody knows. */
function longHello(length: number): Uint8Array {
  const unknown: Extension[] = Array.from({ length: length >> 2 }, (_, i) => ({
    type: 0x2000 + i,
    data: new Uint8Array(0),
  }));
  return helloFor('1.3', [...extensionsFor('1.3'), ...unknown]);
}

test('the longest message is read by default, and a peer with less to spend is refused (unexpected_message)', () => {
  assert.is(ask(recordsWith(22, longHello(60_000))).alert, null);
  const poor = { limits: { maxWork: 0, maxCertificateMessage: 1 } };
  const { server, alert } = ask(recordsWith(22, longHello(60_000)), poor);
  assert.is(server.error?.code, 'ERR_TOO_MUCH_WORK');
  assert.is(alert, 'unexpected_message');
});

test('a message in many records is charged by the record, too', () => {
  const whole = ask(recordsWith(22, helloFor('1.3')));
  const inPieces = ask(recordsWith(22, helloFor('1.3'), 1));
  const pieces = helloFor('1.3').length;
  assert.ok(inPieces.server.info.work - whole.server.info.work >= (pieces - 1) * workUnits.record);
});

test('messages after the handshake use the budget up; data and time pay it back', () => {
  let now = 1_700_000_000_000;
  const limits = { maxWork: 200, maxKeyUpdates: 1000, maxCertificateMessage: 1 };
  const make = () => done({ ...groups('x25519'), server: { groups: ['x25519'], limits, now: () => now } });
  const updates = (pair: Pair, count: number): void => {
    for (let i = 0; i < count; i++) {
      pair.client.updateKeys();
      move(pair.client, pair.server);
    }
  };
  const flooded = make();
  updates(flooded, 100);
  assert.is(flooded.server.error?.code, 'ERR_TOO_MUCH_WORK');

  const patient = make();
  for (let i = 0; i < 100; i++) {
    updates(patient, 1);
    now += 60_000;
  }
  assert.is(patient.server.error, null);

  const busy = make();
  for (let i = 0; i < 100; i++) {
    updates(busy, 1);
    busy.client.write(new Uint8Array(16_384));
    move(busy.client, busy.server);
  }
  assert.is(busy.server.error, null);
});

test.run();
