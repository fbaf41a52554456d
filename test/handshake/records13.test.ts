// What a TLS 1.3 connection does with records a peer must not send: the peer's keys come from the key log.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { alertOfError } from '../../src/base/alert_of_error.ts';
import type { ErrorCode } from '../../src/base/errors.ts';
import type { Connection } from '../../src/connection/connection.ts';
import type { RecordProtection } from '../../src/crypto/record_protection.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { alertName } from '../../src/registry/alerts.ts';
import { ExtensionType } from '../../src/registry/extension_types.ts';
import { encodeClientHello, parseClientHello } from '../../src/wire/client_hello.ts';
import { emptyExtension } from '../../src/wire/extensions/negotiation.ts';
import { encodeHandshake } from '../../src/wire/handshake_message.ts';
import { encodeFinished, encodeKeyUpdate, encodeNewSessionTicket13 } from '../../src/wire/session_messages.ts';
import { unhex } from '../support/hex.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { concatAll, dataOf, drain, makePair, move, type Pair, type PairOptions, pump } from '../support/pair.ts';

const HANDSHAKE = 22;
const ALERT = 21;
const DATA = 23;

interface Broken {
  readonly pair: Pair;
  /** Seals records as the peer would, from the first of its epoch on. */
  readonly peer: RecordProtection;
}

/** A connection whose other end is played by the test. @param label of the secret the peer writes with */
function broken(label: string, moves: (pair: Pair) => void, options: PairOptions = {}): Broken {
  const log: string[] = [];
  const provider = nodeProvider();
  const pair = makePair({
    ...options,
    server: { keyLog: line => log.push(line), ...options.server },
    clientProvider: provider,
  });
  moves(pair);
  assert.is(pair.server.error, null);
  const line = log.find(each => each.startsWith(`${label} `)) as string;
  const secret = provider.importSecret(unhex(line.split(' ')[2]));
  return { pair, peer: provider.cipherSuites13[0].protect(secret) };
}

/** A server that established with a client that is now the test. */
const afterServer = () => broken('CLIENT_TRAFFIC_SECRET_0', pump);
/** A client that established with a server that is now the test. */
const afterClient = () => broken('SERVER_TRAFFIC_SECRET_0', pump);
/** A server that waits for the client's flight. */
const duringServer = () => broken('CLIENT_HANDSHAKE_TRAFFIC_SECRET', pair => move(pair.client, pair.server));

function expectEnd(connection: Connection, code: ErrorCode, alert: string): void {
  assert.is(connection.error?.code, code, connection.error?.message ?? 'no error');
  assert.is(alertName(alertOfError(code, '1.3') ?? -1), alert);
  assert.ok(connection.pendingOutput > 0, 'an alert is sent');
}

function refuses(
  name: string,
  alert: string,
  section: string,
  code: ErrorCode,
  begin: () => Broken,
  send: (broken: Broken) => Uint8Array[],
): void {
  test(`refuses ${name} (${alert}, ${section})`, () => {
    const it = begin();
    const target = begin === afterClient ? it.pair.client : it.pair.server;
    target.takeOutput();
    for (const bytes of send(it)) target.receive(bytes);
    expectEnd(target, code, alert);
  });
}

const handshake = ({ peer }: Broken, ...contents: Uint8Array[]) =>
  contents.map(content => peer.sealNext(HANDSHAKE, content, 16384));
const unexpected = 'ERR_UNEXPECTED_MESSAGE';

refuses('a KeyUpdate of another value', 'illegal_parameter', '§4.6.3', 'ERR_ILLEGAL_PARAMETER', afterServer, it =>
  handshake(it, Uint8Array.of(24, 0, 0, 1, 2)),
);
refuses('a KeyUpdate without content', 'decode_error', '§4.6.3', 'ERR_DECODE_ERROR', afterServer, it =>
  handshake(it, Uint8Array.of(24, 0, 0, 0)),
);
refuses('a KeyUpdate that is too long', 'decode_error', '§4.6.3', 'ERR_MESSAGE_TOO_LARGE', afterServer, it =>
  handshake(it, Uint8Array.of(24, 0, 0, 2, 0, 0)),
);
refuses(
  'a message behind a KeyUpdate in its record',
  'unexpected_message',
  '§5.1',
  'ERR_KEY_CHANGE_INSIDE_MESSAGE',
  afterServer,
  it => handshake(it, concatAll([encodeKeyUpdate(0), encodeKeyUpdate(0)])),
);
refuses(
  'a KeyUpdate with the beginning of another',
  'unexpected_message',
  '§5.1',
  'ERR_KEY_CHANGE_INSIDE_MESSAGE',
  afterServer,
  it => handshake(it, concatAll([encodeKeyUpdate(0), Uint8Array.of(24)])),
);
refuses('application data inside a handshake message', 'unexpected_message', '§5.1', unexpected, afterServer, it => [
  it.peer.sealNext(HANDSHAKE, encodeKeyUpdate(0).subarray(0, 2), 16384),
  it.peer.sealNext(DATA, Uint8Array.of(1), 16384),
]);
refuses('a ClientHello after the handshake', 'unexpected_message', '§4.1.2', unexpected, afterServer, it =>
  handshake(
    it,
    encodeHandshake(1, () => {}),
  ),
);
refuses('a Finished after the handshake', 'unexpected_message', '§4.6', unexpected, afterServer, it =>
  handshake(it, encodeFinished(new Uint8Array(32))),
);
refuses('a ticket from a client', 'unexpected_message', '§4.6.1', unexpected, afterServer, it =>
  handshake(
    it,
    encodeNewSessionTicket13({
      ticketLifetime: 1,
      ticketAgeAdd: 0,
      ticketNonce: new Uint8Array(0),
      ticket: Uint8Array.of(1),
      extensions: [],
    }),
  ),
);
refuses('a Certificate nobody asked for', 'unexpected_message', '§4.6.2', unexpected, afterServer, it =>
  handshake(it, Uint8Array.of(11, 0, 0, 4, 0, 0, 0, 0)),
);
refuses('a CertificateRequest that was not agreed on', 'unexpected_message', '§4.6.2', unexpected, afterClient, it =>
  handshake(it, Uint8Array.of(13, 0, 0, 3, 0, 0, 0)),
);
refuses('a handshake message of unknown type', 'unexpected_message', '§4', unexpected, afterServer, it =>
  handshake(it, Uint8Array.of(99, 0, 0, 0)),
);
refuses('a HelloRequest', 'unexpected_message', '§4', unexpected, afterClient, it =>
  handshake(it, Uint8Array.of(0, 0, 0, 0)),
);
refuses('an empty handshake record', 'unexpected_message', '§5.1', unexpected, afterServer, it =>
  handshake(it, new Uint8Array(0)),
);
for (const type of [0, 1, 2, 5, 11, 13, 15, 20, 99]) {
  const header = Uint8Array.of(type, 1, 0xff, 0xff);
  refuses(
    `the header of a message of type ${type} at a server`,
    'unexpected_message',
    '§4.6',
    'ERR_UNEXPECTED_MESSAGE',
    afterServer,
    it => handshake(it, header),
  );
  refuses(
    `the header of a message of type ${type} at a client`,
    'unexpected_message',
    '§4.6',
    'ERR_UNEXPECTED_MESSAGE',
    afterClient,
    it => handshake(it, header),
  );
}
refuses('a ticket of no bytes', 'decode_error', '§4.6.1', 'ERR_DECODE_ERROR', afterClient, it =>
  handshake(
    it,
    encodeNewSessionTicket13({
      ticketLifetime: 1,
      ticketAgeAdd: 0,
      ticketNonce: new Uint8Array(0),
      ticket: new Uint8Array(0),
      extensions: [],
    }),
  ),
);
refuses('a record with a wrong tag', 'bad_record_mac', '§5.2', 'ERR_DECRYPTION_FAILED', afterServer, ({ peer }) => {
  const record = peer.sealNext(DATA, Uint8Array.of(1), 16384);
  record[record.length - 1] ^= 1;
  return [record];
});
refuses('a plaintext record after the handshake', 'unexpected_message', '§5', unexpected, afterServer, () => [
  Uint8Array.of(22, 3, 3, 0, 4, 0, 0, 0, 0),
]);
refuses('a ChangeCipherSpec after the handshake', 'unexpected_message', '§5', unexpected, afterServer, () => [
  Uint8Array.of(20, 3, 3, 0, 1, 1),
]);
refuses('a protected ChangeCipherSpec', 'unexpected_message', '§5', unexpected, afterServer, ({ peer }) => [
  peer.sealNext(20, Uint8Array.of(1), 16384),
]);
refuses('an alert of one byte', 'decode_error', '§6', 'ERR_DECODE_ERROR', afterServer, ({ peer }) => [
  peer.sealNext(ALERT, Uint8Array.of(2), 16384),
]);
refuses(
  'application data before the Finished',
  'unexpected_message',
  '§4.4.4',
  unexpected,
  duringServer,
  ({ peer }) => [peer.sealNext(DATA, Uint8Array.of(1), 16384)],
);
refuses('a ChangeCipherSpec of another value', 'unexpected_message', '§5', unexpected, duringServer, () => [
  Uint8Array.of(20, 3, 3, 0, 1, 2),
]);
refuses('a ChangeCipherSpec of two bytes', 'unexpected_message', '§5', unexpected, duringServer, () => [
  Uint8Array.of(20, 3, 3, 0, 2, 1, 1),
]);
test('refuses a message behind the Finished in its record (unexpected_message, §5.1)', () => {
  const it = duringServer();
  const { client, server } = it.pair;
  move(server, client);
  // The ChangeCipherSpec, then the Finished, which the peer's keys open.
  const records = concatAll(client.takeOutput());
  const finished = it.peer.openAt(0, records.subarray(6), 16384).plaintext;
  server.receive(records.subarray(0, 6));
  for (const bytes of handshake(it, concatAll([finished, encodeKeyUpdate(0)]))) server.receive(bytes);
  expectEnd(server, 'ERR_KEY_CHANGE_INSIDE_MESSAGE', 'unexpected_message');
});

/** A fresh server that gets these bytes. */
function refusesAtFirst(name: string, alert: string, section: string, code: ErrorCode, bytes: Uint8Array): void {
  test(`refuses ${name} at first (${alert}, ${section})`, () => {
    const { server } = makePair();
    server.receive(bytes);
    expectEnd(server, code, alert);
  });
}

refusesAtFirst(
  'an HTTP request',
  'unexpected_message',
  '§5.1',
  'ERR_UNEXPECTED_MESSAGE',
  new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'),
);
refusesAtFirst('a ChangeCipherSpec', 'unexpected_message', '§5', unexpected, Uint8Array.of(20, 3, 1, 0, 1, 1));
refusesAtFirst('application data', 'unexpected_message', '§5', unexpected, Uint8Array.of(23, 3, 1, 0, 1, 1));
refusesAtFirst('an empty handshake record', 'unexpected_message', '§5.1', unexpected, Uint8Array.of(22, 3, 1, 0, 0));
refusesAtFirst('a ServerHello', 'unexpected_message', '§4', unexpected, Uint8Array.of(22, 3, 1, 0, 4, 2, 0, 0, 0));
refusesAtFirst(
  'a record that is too long',
  'record_overflow',
  '§5.1',
  'ERR_RECORD_OVERFLOW',
  Uint8Array.of(22, 3, 1, 0x40, 1),
);
refusesAtFirst(
  'a message without end',
  'decode_error',
  '§4',
  'ERR_MESSAGE_TOO_LARGE',
  Uint8Array.of(22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff),
);

test('a message behind the ClientHello in its record is refused (unexpected_message, §5.1)', () => {
  const { client, server } = makePair();
  const hello = concatAll(client.takeOutput());
  const longer = Uint8Array.of(...hello, 1, 0, 0, 0);
  const length = longer.length - 5;
  longer[3] = length >> 8;
  longer[4] = length & 255;
  server.receive(longer);
  expectEnd(server, 'ERR_KEY_CHANGE_INSIDE_MESSAGE', 'unexpected_message');
});

test('a fatal alert ends all without an answer (§6)', () => {
  const { pair, peer } = afterServer();
  pair.server.takeOutput();
  pair.server.receive(peer.sealNext(ALERT, Uint8Array.of(1, 40), 16384));
  assert.is(pair.server.error?.code, 'ERR_ALERT_RECEIVED');
  assert.is(pair.server.error?.alert, 40);
  assert.is(pair.server.pendingOutput, 0);
});

test('padding, and records of nothing, are taken (§5.4)', () => {
  const { pair, peer } = afterServer();
  pair.server.receive(peer.sealNext(DATA, new Uint8Array(0), 16384));
  pair.server.receive(peer.sealNext(DATA, Uint8Array.of(7), 16384, 100));
  drain(pair.server, pair.serverEvents);
  assert.equal(dataOf(pair.serverEvents), Uint8Array.of(7));
});

/** The ClientHello of a client that resumes by a ticket nobody knows and says that early data follows. */
function helloWithEarlyData(retry: boolean): { pair: Pair; bytes: Uint8Array } {
  const first = makePair({ server: { tickets: new TicketKeys({ provider: nodeProvider() }) } });
  pump(first);
  const event = first.clientEvents.find(each => each.kind === 'session');
  assert.ok(event?.kind === 'session');
  const pair = makePair({
    clientProvider: first.clientProvider,
    server: { groups: [retry ? 'secp384r1' : 'x25519'] },
    target: { serverName: 'example.test', session: event.session },
  });
  const message = concatAll(pair.client.takeOutput()).subarray(5);
  const hello = parseClientHello(message.subarray(4));
  const early = emptyExtension(ExtensionType.early_data);
  const extensions = [...hello.extensions.slice(0, -1), early, ...hello.extensions.slice(-1)];
  const changed = encodeClientHello({ ...hello, extensions });
  const header = Uint8Array.of(HANDSHAKE, 3, 1, changed.length >> 8, changed.length & 255);
  return { pair, bytes: concatAll([header, changed]) };
}

for (const retry of [false, true]) {
  test(`early data is skipped up to a limit${retry ? ' with a HelloRetryRequest' : ''} (§4.2.10)`, () => {
    const { pair, bytes } = helloWithEarlyData(retry);
    const record = new Uint8Array(5 + 8192);
    record.set([DATA, 3, 3, 32, 0]);
    pair.server.receive(bytes);
    for (let i = 0; i < 3; i++) {
      pair.server.receive(record);
      assert.is(pair.server.error, null);
    }
    for (let i = 0; i < 3; i++) pair.server.receive(record);
    const [code, alert] = retry
      ? ([unexpected, 'unexpected_message'] as const)
      : (['ERR_DECRYPTION_FAILED', 'bad_record_mac'] as const);
    expectEnd(pair.server, code, alert);
  });
}

test('garbage of a fixed seed never throws and always ends typed', () => {
  let state = 1;
  const next = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
  for (let round = 0; round < 300; round++) {
    const pair = makePair();
    const hello = concatAll(pair.client.takeOutput());
    for (let i = 0; i < 1 + (next() & 7); i++) hello[next() % hello.length] = next() & 255;
    pair.server.receive(hello);
    const answer = concatAll(pair.server.takeOutput());
    if (answer.length > 0 && pair.server.error === null) {
      for (let i = 0; i < 1 + (next() & 3); i++) answer[next() % answer.length] = next() & 255;
      pair.client.receive(answer);
    }
    assert.not(pair.server.error?.code === 'ERR_INTERNAL', String(pair.server.error?.cause));
    assert.not(pair.client.error?.code === 'ERR_INTERNAL', String(pair.client.error?.cause));
    pair.client.destroy();
    pair.server.destroy();
    assert.is(pair.clientProvider.ledger.alive.size, 0);
    assert.is(pair.serverProvider.ledger.alive.size, 0);
  }
});

test.run();
