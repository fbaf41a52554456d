// What a side may ask for of records and tickets: max_fragment_length (RFC 6066 §4), padding of records (RFC 9846 §5.4),
// ticket_request (RFC 9149).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/index.ts';
import { codeOf } from '../support/code_of.ts';
import { ca, keyPair } from '../support/node_tls.ts';

const verifier = castls.peerVerifier({ ca });
const chain = castls.credential(keyPair('server_p256'));

interface Pair {
  readonly client: castls.Connection;
  readonly server: castls.Connection;
}

function meet(ofClient: castls.ClientOptions, ofServer: Partial<castls.ServerOptions> = {}, session?: castls.Session) {
  const clientConfig = castls.clientConfig({ verifier, ...ofClient });
  const serverConfig = castls.serverConfig({ credentials: [chain], ...ofServer });
  const client = new castls.Connection(clientConfig.settings({ serverName: 'localhost', session }), clientConfig);
  const server = new castls.Connection(serverConfig.settings(), serverConfig);
  const sessions: castls.Session[] = [];
  for (let round = 0; round < 12; round++) {
    const [from, to] = round % 2 === 0 ? [client, server] : [server, client];
    for (const record of from.takeOutput()) to.receive(record);
    for (let next = to.nextEvent(); next !== null; next = to.nextEvent()) {
      if (next.kind === 'session') sessions.push(next.session);
    }
  }
  assert.equal([client.error, server.error, client.state], [null, null, 'established']);
  return { client, server, sessions };
}

/** Lengths of the records of one write, which arrives whole at the other side. */
function recordsOf(from: castls.Connection, to: castls.Connection, length: number): number[] {
  const lengths: number[] = [];
  for (let rest = length; rest > 0; ) {
    const accepted = from.write(new Uint8Array(rest).fill(7));
    assert.ok(accepted > 0);
    rest -= accepted;
    for (const chunk of from.takeOutput()) {
      for (let at = 0; at < chunk.length; ) {
        const record = (chunk[at + 3] << 8) | chunk[at + 4];
        lengths.push(record);
        at += 5 + record;
      }
      to.receive(chunk);
    }
  }
  let arrived = 0;
  for (let next = to.nextEvent(); next !== null; next = to.nextEvent()) {
    if (next.kind === 'data') arrived += next.data.length;
  }
  assert.is(arrived, length, to.error?.message);
  return lengths;
}

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  for (const maxFragmentLength of [512, 1024, 2048, 4096] as const) {
    test(`${version}: records of ${maxFragmentLength} bytes at most, both ways (RFC 6066 §4)`, () => {
      const { client, server }: Pair = meet({ maxVersion: version, maxFragmentLength });
      for (const [from, to] of [
        [client, server],
        [server, client],
      ]) {
        const lengths = recordsOf(from, to, 10_000);
        assert.is(lengths.length, Math.ceil(10_000 / maxFragmentLength));
        assert.ok(Math.max(...lengths) <= maxFragmentLength + 30);
      }
    });
  }

  test(`${version}: beside record_size_limit a server passes over it (RFC 8449 §5)`, () => {
    const { client, server } = meet({ maxVersion: version, maxFragmentLength: 512, recordSizeLimit: 2001 });
    assert.ok(Math.max(...recordsOf(server, client, 10_000)) > 1500);
  });
}

test('TLSv1.2: max_fragment_length is for handshake messages in plaintext, too, of both sides (RFC 6066 §4)', () => {
  const key = keyPair('client_rsa');
  const clientConfig = castls.clientConfig({
    verifier,
    maxVersion: 'TLSv1.2',
    maxFragmentLength: 512,
    credential: castls.credential(key),
  });
  const serverConfig = castls.serverConfig({ credentials: [chain], verifier, clientAuth: 'require' });
  const client = new castls.Connection(clientConfig.settings({ serverName: 'localhost' }), clientConfig);
  const server = new castls.Connection(serverConfig.settings(), serverConfig);
  const lengths: Record<'client' | 'server', number[]> = { client: [], server: [] };
  for (let round = 0; round < 6; round++) {
    const [from, to, side] =
      round % 2 === 0 ? ([client, server, 'client'] as const) : ([server, client, 'server'] as const);
    for (const chunk of from.takeOutput()) {
      for (let at = 0; at < chunk.length; at += 5 + ((chunk[at + 3] << 8) | chunk[at + 4])) {
        if (round > 0) lengths[side].push((chunk[at + 3] << 8) | chunk[at + 4]);
      }
      to.receive(chunk);
    }
  }
  assert.equal([client.state, server.state], ['established', 'established'], String(client.error ?? server.error));
  for (const side of ['client', 'server'] as const) {
    assert.ok(lengths[side].includes(512), `${side}: ${lengths[side]}`);
    assert.ok(Math.max(...lengths[side]) <= 512 + 40, `${side}: ${lengths[side]}`);
  }
});

test('TLSv1.2: a server that cuts its plaintext longer than it agreed to is refused (record_overflow, RFC 6066 §4)', () => {
  const clientConfig = castls.clientConfig({ verifier, maxVersion: 'TLSv1.2', maxFragmentLength: 512 });
  const serverConfig = castls.serverConfig({ credentials: [chain] });
  const client = new castls.Connection(clientConfig.settings({ serverName: 'localhost' }), clientConfig);
  const server = new castls.Connection(serverConfig.settings(), serverConfig);
  for (const chunk of client.takeOutput()) server.receive(chunk);
  const records: Uint8Array[] = [];
  for (const chunk of server.takeOutput()) {
    for (let at = 0; at < chunk.length; at += 5 + ((chunk[at + 3] << 8) | chunk[at + 4])) {
      records.push(chunk.subarray(at + 5, at + 5 + ((chunk[at + 3] << 8) | chunk[at + 4])));
    }
  }
  // The first flight as if the server cut it after the ServerHello, in records of as many bytes as they take.
  const flight = Buffer.concat(records);
  const hello = 4 + flight.readUIntBE(1, 3);
  const sent = (content: Uint8Array) =>
    client.receive(Buffer.from([22, 3, 3, content.length >> 8, content.length & 255, ...content]));
  sent(flight.subarray(0, hello));
  assert.is(client.error, null);
  sent(flight.subarray(hello, hello + 513));
  assert.is(client.error?.code, 'ERR_RECORD_OVERFLOW');
  assert.equal([...client.takeOutput().at(-1)!], [21, 3, 3, 0, 2, 2, 22]);
});

test('padded records: a multiple of a number of bytes, within the limit (RFC 9846 §5.4)', () => {
  for (const recordPadding of [256, 1000, 16_384]) {
    const { client, server } = meet({ recordPadding, maxVersion: 'TLSv1.3' }, { recordPadding });
    for (const length of [1, 255, recordPadding, 5000, 40_000]) {
      for (const [from, to] of [
        [client, server],
        [server, client],
      ]) {
        const lengths = recordsOf(from, to, length);
        assert.is(lengths.length, Math.ceil(length / 16_384));
        // The content type and the tag are not counted.
        for (const each of lengths) assert.ok((each - 17) % recordPadding === 0 || each === 16_384 + 17, `${each}`);
      }
    }
  }
});

test('padding by a function, which is told what there is and what fits, and never overflows a record', () => {
  const asked: [number, number][] = [];
  const recordPadding = (length: number, most: number) => {
    asked.push([length, most]);
    return 100_000;
  };
  const { client, server } = meet({ recordPadding, recordSizeLimit: 1001 }, { recordSizeLimit: 1001 });
  assert.equal(recordsOf(client, server, 1500), [1017, 1017]);
  assert.equal(asked, [
    [1000, 0],
    [500, 500],
  ]);
});

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  test(`${version}: records that go out have no more bytes than the side that sends them wants`, () => {
    const sides = { maxSendFragment: 700, maxVersion: version, recordPadding: 700 } as const;
    const { client, server } = meet(sides, { maxSendFragment: 512 });
    assert.ok(Math.max(...recordsOf(client, server, 10_000)) <= 700 + 30);
    assert.is(recordsOf(server, client, 10_240).length, 20);
    const small = meet({ ...sides, recordSizeLimit: 200 }, { maxSendFragment: 512 });
    assert.ok(Math.max(...recordsOf(small.server, small.client, 1000)) <= 200 + 30);
  });
}

test('padding that is no number of bytes ends the connection', () => {
  for (const bad of [-1, 1.5, Number.NaN, 'x']) {
    const { client } = meet({ recordPadding: () => bad as number });
    client.write(new Uint8Array(1));
    assert.is((client.error as castls.TlsError | null)?.code, 'ERR_HOOK_FAILED');
  }
});

test('TLS 1.2 has no padding: its records stay as they are', () => {
  const padded = meet({ recordPadding: 4096, maxVersion: 'TLSv1.2' });
  assert.ok(recordsOf(padded.client, padded.server, 1)[0] < 100);
});

test('a client gets as many tickets as it asks for, eight at most (RFC 9149 §3)', () => {
  for (const [newSessions, given] of [
    [0, 0],
    [1, 1],
    [5, 5],
    [200, 8],
  ]) {
    const tickets = new castls.TicketKeys();
    const { sessions } = meet({ ticketRequest: { newSessions, resumptions: 3 } }, { tickets });
    assert.is(sessions.length, given);
    if (given > 0) {
      const again = meet({ ticketRequest: { newSessions, resumptions: 3 } }, { tickets }, sessions[0]);
      assert.equal([again.client.info.resumed, again.sessions.length], [true, 3]);
    }
    tickets.dispose();
  }
});

test('a server that gives no tickets gives none to those who ask', () => {
  const tickets = new castls.TicketKeys();
  const ticketRequest = { newSessions: 4, resumptions: 4 };
  assert.is(meet({ ticketRequest }, { tickets, ticketCount: 0 }).sessions.length, 0);
  assert.is(meet({ ticketRequest }).sessions.length, 0);
  tickets.dispose();
});

test('a server is told by how much the age of a ticket differs from what its client says (RFC 9846 §8.3)', () => {
  const began = Date.now();
  const tickets = new castls.TicketKeys({ now: () => began });
  const first = meet({ now: () => began }, { tickets, now: () => began });
  assert.is(first.server.info.ticketAgeSkew, null);
  for (const skew of [0, 5000, -7000]) {
    const again = meet({ now: () => began + 10_000 + skew }, { tickets, now: () => began + 10_000 }, first.sessions[0]);
    assert.equal([again.server.info.resumed, again.server.info.ticketAgeSkew], [true, skew]);
  }
  tickets.dispose();
});

test('options are checked', () => {
  const bad: object[] = [
    { maxFragmentLength: 1000 },
    { maxFragmentLength: '512' },
    { recordPadding: 1 },
    { maxSendFragment: 511 },
    { recordPadding: 20_000 },
    { recordPadding: null },
    { ticketRequest: 3 },
    { ticketRequest: { newSessions: 1 } },
    { ticketRequest: { newSessions: 256, resumptions: 1 } },
    { ticketRequest: { newSessions: 1, resumptions: 1, more: 1 } },
  ];
  for (const options of bad) {
    assert.is(
      codeOf(() => castls.clientConfig(options)),
      'ERR_INVALID_ARGUMENT',
      JSON.stringify(options),
    );
  }
});

test.run();
