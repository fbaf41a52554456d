// How a connection ends, in every version and role: close_notify, FIN, and both in each order (RFC 9846 §6.1).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clientConfig, serverConfig } from '../../src/connection/config.ts';
import { Connection } from '../../src/connection/connection.ts';
import type { ConnectionEvent } from '../../src/connection/events.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { concatAll, drain, move } from '../support/pair.ts';
import { credential, testVerifier } from '../support/pki.ts';

const versions = ['TLSv1.3', 'TLSv1.2'] as const;
const roles = ['client', 'server'] as const;

interface End {
  readonly connection: Connection;
  readonly events: ConnectionEvent[];
}

/** An established connection: the end under test, and its peer. */
function established(
  maxVersion: (typeof versions)[number],
  role: (typeof roles)[number],
  options: { allowTruncation?: boolean } = {},
): { tested: End; peer: End } {
  const client = new Connection(
    clientConfig({ provider: nodeProvider(), verifier: testVerifier(), maxVersion }).settings({
      serverName: 'example.test',
    }),
    { handshakeTimeout: 1000, ...options },
  );
  const server = new Connection(
    serverConfig({ provider: nodeProvider(), credentials: [credential('server_p256')] }).settings(),
    { handshakeTimeout: 1000, ...options },
  );
  const ends = { client: { connection: client, events: [] }, server: { connection: server, events: [] } };
  exchange(ends.client, ends.server);
  assert.is(client.state, 'established');
  assert.is(server.state, 'established');
  for (const each of Object.values(ends)) each.events.length = 0;
  return { tested: ends[role], peer: ends[role === 'client' ? 'server' : 'client'] };
}

function exchange(one: End, other: End): void {
  for (;;) {
    const moved = move(one.connection, other.connection) + move(other.connection, one.connection);
    drain(one.connection, one.events);
    drain(other.connection, other.events);
    if (moved === 0) return;
  }
}

/** Events but for sessions, which come when they come. */
function seen({ connection, events }: End): unknown[] {
  drain(connection, events);
  return events
    .filter(({ kind }) => kind !== 'session')
    .map(event => {
      if (event.kind === 'data') return Buffer.from(event.data).toString();
      if (event.kind === 'end') return ['end', event.closeNotify];
      return event.kind === 'closed' ? ['closed', event.error?.code ?? null, event.closeNotify] : event.kind;
    });
}

const text = (value: string) => new TextEncoder().encode(value);

for (const version of versions)
  for (const role of roles) {
    const where = `${version} ${role}`;

    test(`${where}: after its own close it hears the answer to the end`, () => {
      const { tested, peer } = established(version, role);
      tested.connection.write(text('question'));
      tested.connection.close();
      exchange(tested, peer);
      assert.equal(seen(peer), ['question', ['end', true]]);
      assert.is(tested.connection.write(text('x')), 0);
      peer.connection.write(text('answer'));
      exchange(tested, peer);
      peer.connection.close();
      exchange(tested, peer);
      assert.equal(seen(tested), ['answer', ['end', true], ['closed', null, true]]);
      assert.equal(seen(peer), ['question', ['end', true], ['closed', null, true]]);
    });

    test(`${where}: the FIN behind a close_notify leaves its own direction open`, () => {
      const { tested, peer } = established(version, role);
      peer.connection.close();
      exchange(tested, peer);
      tested.connection.endOfInput();
      assert.is(tested.connection.pendingOutput, 0);
      assert.is(tested.connection.state, 'established');
      assert.is(tested.connection.write(text('late')), 4);
      tested.connection.close();
      exchange(tested, peer);
      assert.equal(seen(peer), ['late', ['end', true], ['closed', null, true]]);
      assert.equal(seen(tested), [
        ['end', true],
        ['closed', null, true],
      ]);
    });

    test(`${where}: a FIN without close_notify is ERR_TRUNCATED`, () => {
      const { tested, peer } = established(version, role);
      peer.connection.write(text('half'));
      move(peer.connection, tested.connection);
      tested.connection.endOfInput();
      assert.equal(seen(tested), ['half', ['closed', 'ERR_TRUNCATED', false]]);
    });

    test(`${where}: a FIN without close_notify after its own is an end that says so`, () => {
      const { tested, peer } = established(version, role);
      tested.connection.close();
      peer.connection.write(text('answer'));
      move(peer.connection, tested.connection);
      tested.connection.endOfInput();
      assert.equal(seen(tested), ['answer', ['end', false], ['closed', null, false]]);
    });

    test(`${where}: a FIN inside a record is ERR_TRUNCATED after its own close, too`, () => {
      const { tested, peer } = established(version, role);
      tested.connection.close();
      peer.connection.write(text('answer'));
      tested.connection.receive(concatAll(peer.connection.takeOutput()).subarray(0, -1));
      tested.connection.endOfInput();
      assert.equal(seen(tested), [['closed', 'ERR_TRUNCATED', false]]);
    });

    test(`${where}: with allowTruncation a FIN is an end, and its own direction stays open`, () => {
      const { tested, peer } = established(version, role, { allowTruncation: true });
      peer.connection.write(text('half'));
      move(peer.connection, tested.connection);
      tested.connection.endOfInput();
      assert.equal(seen(tested), ['half', ['end', false]]);
      assert.is(tested.connection.write(text('late')), 4);
      tested.connection.close();
      assert.equal(seen(tested), ['half', ['end', false], ['closed', null, false]]);
      exchange(tested, peer);
      assert.equal(seen(peer), ['late', ['end', true]]);
    });

    test(`${where}: nothing is sent after close_notify, whatever the peer asks for`, () => {
      const { tested, peer } = established(version, role);
      tested.connection.close();
      tested.connection.takeOutput();
      if (version === 'TLSv1.3') peer.connection.updateKeys(true);
      peer.connection.write(text('answer'));
      move(peer.connection, tested.connection);
      assert.equal(seen(tested), ['answer']);
      assert.is(tested.connection.pendingOutput, 0);
    });
  }

test('a transport that ends in the handshake is ERR_TRUNCATED, allowTruncation or not', () => {
  const config = clientConfig({ provider: nodeProvider(), verifier: testVerifier() });
  const client = new Connection(config.settings({ serverName: 'example.test' }), {
    handshakeTimeout: 1000,
    allowTruncation: true,
  });
  client.endOfInput();
  assert.equal(seen({ connection: client, events: [] }), [['closed', 'ERR_TRUNCATED', false]]);
});

test.run();
