// The life of a connection: KeyUpdate, the end, time, hooks that misbehave, key log, exporters, replay.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TlsError } from '../../src/base/errors.ts';
import { nodeProvider, seededRandom } from '../support/node_provider.ts';
import {
  concatAll,
  dataOf,
  drain,
  kinds,
  makePair,
  move,
  type Pair,
  type PairOptions,
  pump,
  pumpLater,
} from '../support/pair.ts';
import { certificateDer, credential, testVerifier } from '../support/pki.ts';

const text = (value: string) => new TextEncoder().encode(value);

function established(options: PairOptions = {}): Pair {
  const pair = makePair(options);
  pump(pair);
  assert.is(pair.client.error, null);
  assert.is(pair.client.state, 'established');
  assert.is(pair.server.state, 'established');
  return pair;
}

test('KeyUpdate in both directions, one after the other and at once (§4.6.3)', () => {
  const pair = established();
  pair.client.updateKeys();
  pump(pair);
  pair.server.updateKeys(true);
  pump(pair);
  pair.client.updateKeys(true);
  pair.server.updateKeys(true);
  pair.client.write(text('hello'));
  pair.server.write(text('world'));
  pump(pair);
  pair.client.write(text('!'));
  pump(pair);
  assert.equal(dataOf(pair.serverEvents), text('hello!'));
  assert.equal(dataOf(pair.clientEvents), text('world'));
});

test('requests for a KeyUpdate get one answer, when output is taken and before the next data (§4.6.3)', () => {
  const overhead = 5 + 1 + 16;
  const pair = established();
  const ask = (times: number): void => {
    for (let i = 0; i < times; i++) pair.client.updateKeys(true);
    move(pair.client, pair.server);
  };
  ask(5);
  ask(5);
  assert.is(pair.server.pendingOutput, 5 + overhead);
  const alone = concatAll(pair.server.takeOutput());
  assert.is(alone.length, 5 + overhead);
  pair.client.receive(alone);
  assert.is(pair.server.takeOutput().length, 0);
  ask(3);
  for (const word of ['hello', 'world']) pair.server.write(text(word));
  const answer = concatAll(pair.server.takeOutput());
  assert.is(answer.length, 5 + overhead + 2 * (5 + overhead));
  pair.client.receive(answer);
  pump(pair);
  assert.equal(dataOf(pair.clientEvents), text('helloworld'));
});

test('a KeyUpdate of its own answers the peer, too; behind close_notify nothing does', () => {
  const pair = established();
  pair.client.updateKeys(true);
  move(pair.client, pair.server);
  pair.server.updateKeys();
  move(pair.server, pair.client);
  pair.server.write(text('data'));
  assert.is(concatAll(pair.server.takeOutput()).length, 4 + 22);

  const closed = established();
  closed.client.updateKeys(true);
  closed.server.close();
  closed.server.takeOutput();
  move(closed.client, closed.server);
  assert.is(closed.server.write(text('late')), 0);
  assert.is(closed.server.takeOutput().length, 0);
});

test('a request for a KeyUpdate is not repeated before the answer (§4.6.3)', () => {
  const pair = established();
  pair.client.updateKeys(true);
  move(pair.client, pair.server);
  pair.server.write(text('x'));
  pair.server.takeOutput();
  // That answer is on its way: new keys, but no second request.
  pair.client.updateKeys(true);
  move(pair.client, pair.server);
  pair.server.write(text('x'));
  assert.is(concatAll(pair.server.takeOutput()).length, 1 + 22);
  assert.is(pair.server.error, null);
});

test('a flood of KeyUpdates ends the connection (unexpected_message, §4.6.3)', () => {
  const pair = established({ server: { limits: { maxKeyUpdates: 8 } } });
  for (let i = 0; i < 9; i++) {
    pair.client.updateKeys(true);
    move(pair.client, pair.server);
    pair.server.takeOutput();
  }
  assert.is(pair.server.error?.code, 'ERR_TOO_MANY_KEY_UPDATES');
});

test('half-close: after close_notify the other side may go on (§6.1)', () => {
  const pair = established();
  pair.client.close();
  pump(pair);
  assert.equal(kinds(pair.serverEvents), ['established', 'end']);
  assert.is(pair.client.write(text('late')), 0);
  pair.server.write(text('still here'));
  pump(pair);
  assert.equal(dataOf(pair.clientEvents), text('still here'));
  pair.server.close();
  pump(pair);
  assert.equal(pair.clientEvents.at(-1), { kind: 'closed', error: null, closeNotify: true });
  assert.equal(pair.serverEvents.at(-1), { kind: 'closed', error: null, closeNotify: true });
});

test('nothing follows close_notify, whatever a hook answers later (§6.1)', async () => {
  let give: (ticket: Uint8Array) => void = () => {};
  const tickets = {
    lifetime: 60,
    seal: () =>
      new Promise<Uint8Array>(done => {
        give = done;
      }),
    open: () => null,
  };
  const pair = established({ server: { tickets } });
  pair.server.close();
  pair.server.takeOutput();
  give(Uint8Array.of(1));
  await new Promise(done => setImmediate(done));
  assert.is(pair.server.pendingOutput, 0);
  assert.is(pair.server.error, null);
});

test('a key log that throws ends its connection with ERR_HOOK_FAILED', () => {
  const pair = makePair({
    server: {
      keyLog: () => {
        throw new Error('disk full');
      },
    },
  });
  pump(pair);
  assert.is(pair.server.error?.code, 'ERR_HOOK_FAILED');
  assert.is(pair.serverProvider.ledger.alive.size, 0);
});

test('keying material is not exported before the handshake is over (§7.5)', () => {
  const pair = makePair();
  move(pair.client, pair.server);
  assert.throws(() => pair.server.exportKeyingMaterial(16, 'x'), /established/);
  assert.throws(() => pair.server.channelBinding('tls-exporter'), /established/);
});

test('an end of the transport without close_notify is truncation (§6.1)', () => {
  const pair = established();
  pair.server.endOfInput();
  drain(pair.server, pair.serverEvents);
  const last = pair.serverEvents.at(-1) as { error: TlsError };
  assert.is(last.error.code, 'ERR_TRUNCATED');
  assert.is(pair.server.pendingOutput, 0);
});

test('what waited for a job counts before the end of the transport', async () => {
  const later = new Promise<ReturnType<typeof credential>>(done => setTimeout(() => done(credential('client_rsa')), 5));
  const pair = established({
    client: { credential: () => later, postHandshakeAuth: true },
    server: { verifier: testVerifier() },
  });
  pair.server.requestClientCertificate();
  pair.server.updateKeys();
  pair.server.close();
  move(pair.server, pair.client);
  pair.client.endOfInput();
  assert.is(pair.client.error, null);
  await new Promise(done => setTimeout(done, 20));
  drain(pair.client, pair.clientEvents);
  assert.equal(kinds(pair.clientEvents), ['established', 'end']);
  assert.is(pair.client.error, null);
});

test('close during the handshake says user_canceled (§6.1)', () => {
  const pair = makePair();
  move(pair.client, pair.server);
  pair.client.close();
  drain(pair.client, pair.clientEvents);
  assert.equal(pair.clientEvents, [{ kind: 'closed', error: null, closeNotify: false }]);
  move(pair.client, pair.server);
  drain(pair.server, pair.serverEvents);
  assert.equal(kinds(pair.serverEvents), ['warning', 'closed']);
  assert.is(pair.server.error?.code, 'ERR_CONNECTION_CLOSED');
});

test('a handshake that takes too long fails', () => {
  let now = 1000;
  const pair = makePair({ client: { now: () => now } });
  assert.is(pair.client.nextTimeout(), 121_000);
  pair.client.onTimeout(now);
  assert.is(pair.client.state, 'handshake');
  now = 121_000;
  pair.client.onTimeout(now);
  assert.is(pair.client.error?.code, 'ERR_HANDSHAKE_TIMEOUT');
  const done = established();
  assert.is(done.client.nextTimeout(), null);
});

test('what comes after the end is ignored', () => {
  const pair = established();
  pair.client.destroy();
  pair.client.receive(text('garbage'));
  pair.client.close();
  pair.client.destroy();
  assert.is(pair.client.write(text('x')), 0);
  drain(pair.client, pair.clientEvents);
  assert.equal(kinds(pair.clientEvents), ['established', 'closed']);
});

test('write takes no more than its queue holds', () => {
  const pair = established();
  const data = new Uint8Array(1 << 20).map((_, i) => i * 7);
  let at = 0;
  const received: Uint8Array[] = [];
  while (at < data.length) {
    const accepted = pair.client.write(data.subarray(at));
    if (accepted === 0) {
      assert.ok(pair.client.pendingOutput < 300_000);
      move(pair.client, pair.server);
      drain(pair.server, pair.serverEvents);
    }
    at += accepted;
  }
  pump(pair);
  received.push(dataOf(pair.serverEvents));
  assert.equal(concatAll(received), data);
});

test('a rest that is no longer than a record goes with what is written before it', () => {
  const pair = established();
  pair.client.write(new Uint8Array(200));
  const room = 256 * 1024 - pair.client.pendingOutput;
  assert.is(pair.client.write(new Uint8Array(room + 16384)), room + 16384);
  assert.is(pair.client.write(text('x')), 0);
  move(pair.client, pair.server);
  assert.is(pair.client.write(new Uint8Array(256 * 1024 + 16385)), 256 * 1024);
});

const misbehaving: [string, PairOptions, string][] = [
  [
    'throws',
    {
      server: {
        credentials: () => {
          throw new Error('disk on fire');
        },
      },
    },
    'ERR_HOOK_FAILED',
  ],
  ['names no certificate', { server: { credentials: () => null } }, 'ERR_UNRECOGNIZED_NAME'],
  [
    'chooses a protocol nobody offered',
    { client: { alpn: ['a'] }, server: { selectAlpn: () => 'b' } },
    'ERR_HOOK_FAILED',
  ],
];
for (const [name, options, code] of misbehaving) {
  test(`a hook that ${name} ends its connection with ${code}`, () => {
    const pair = makePair(options);
    pump(pair);
    assert.is(pair.server.error?.code, code);
    assert.is(pair.client.error?.code, 'ERR_ALERT_RECEIVED');
    assert.is(pair.serverProvider.ledger.alive.size, 0);
  });
}

test('a hook that rejects later, or answers after the end, harms nothing', async () => {
  let settle: (value: ReturnType<typeof credential>) => void = () => {};
  let aborted = false;
  const pair = makePair({
    server: {
      credentials: (_, signal) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return new Promise(done => {
          settle = done;
        });
      },
    },
  });
  pump(pair);
  assert.not(pair.server.wantsInput);
  pair.server.destroy();
  assert.ok(aborted);
  settle(credential('server_p256'));
  await new Promise(done => setImmediate(done));
  drain(pair.server, pair.serverEvents);
  assert.equal(kinds(pair.serverEvents), ['closed']);
  assert.is(pair.serverProvider.ledger.alive.size, 0);

  const rejecting = makePair({ server: { credentials: () => Promise.reject(new Error('no')) } });
  pump(rejecting);
  await new Promise(done => setImmediate(done));
  assert.is(rejecting.server.error?.code, 'ERR_HOOK_FAILED');
});

test('a hook may answer with any thenable', async () => {
  // biome-ignore lint/suspicious/noThenProperty: what the test is about
  const thenable = { then: (done: (value: unknown) => void) => done(credential('server_p256')) };
  const pair = makePair({ server: { credentials: () => thenable as never } });
  await pumpLater(pair, 4);
  assert.is(pair.client.state, 'established');
});

test('calls from inside a hook run when it has returned', () => {
  const pair = makePair({
    server: {
      credentials: () => {
        pair.server.close();
        assert.is(pair.server.state, 'handshake');
        return credential('server_p256');
      },
    },
  });
  pump(pair);
  assert.is(pair.server.state, 'closed');
});

test('both key logs say the same, by the labels of RFC 9850', () => {
  const client: string[] = [];
  const server: string[] = [];
  established({ client: { keyLog: line => client.push(line) }, server: { keyLog: line => server.push(line) } });
  assert.equal(client, server);
  assert.equal(
    client.map(line => line.split(' ')[0]),
    [
      'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
      'SERVER_HANDSHAKE_TRAFFIC_SECRET',
      'CLIENT_TRAFFIC_SECRET_0',
      'SERVER_TRAFFIC_SECRET_0',
      'EXPORTER_SECRET',
    ],
  );
  assert.match(client[0], /^\S+ [0-9a-f]{64} [0-9a-f]{64}$/);
});

test('both sides export the same keying material (§7.5), and binding values (RFC 9266, RFC 5929)', () => {
  for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
    const { client, server } = established({ client: { maxVersion } });
    const context = text('context');
    assert.equal(client.exportKeyingMaterial(40, 'EXPORTER-a'), server.exportKeyingMaterial(40, 'EXPORTER-a'));
    assert.equal(client.exportKeyingMaterial(40, 'a', context), server.exportKeyingMaterial(40, 'a', context));
    assert.not.equal(client.exportKeyingMaterial(40, 'a', context), client.exportKeyingMaterial(40, 'a'));
    assert.equal(client.channelBinding('tls-exporter'), server.channelBinding('tls-exporter'));
    assert.is(client.channelBinding('tls-exporter').length, 32);
    assert.equal(client.channelBinding('tls-server-end-point'), server.channelBinding('tls-server-end-point'));
    const sha256 = nodeProvider().keyDerivation('sha256').hash;
    assert.equal(client.channelBinding('tls-server-end-point'), sha256.digest(certificateDer('server_p256')));
    if (maxVersion === 'TLSv1.3') assert.throws(() => client.channelBinding('tls-unique'), /not defined/);
    else assert.equal(client.channelBinding('tls-unique'), server.channelBinding('tls-unique'));
  }
});

/** All bytes of a connection with client certificate and HelloRetryRequest, signatures without randomness. */
function recordedRun(seed: number): Uint8Array[] {
  const pair = makePair({
    clientProvider: nodeProvider(seededRandom(seed)),
    serverProvider: nodeProvider(seededRandom(seed + 1)),
    client: { now: () => 1_700_000_000_000 },
    server: { now: () => 1_700_000_000_000, groups: ['secp384r1'], credentials: [credential('server_ed25519')] },
  });
  const bytes: Uint8Array[] = [];
  for (let i = 0; i < 6; i++) {
    for (const [from, to] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
    ]) {
      const output = concatAll(from.takeOutput());
      bytes.push(output);
      to.receive(output);
    }
    if (i === 3) pair.client.write(text('hello'));
  }
  assert.is(pair.client.state, 'established');
  return bytes;
}

test('with the same clock and randomness a connection is the same byte for byte', () => {
  assert.equal(recordedRun(1), recordedRun(1));
  assert.not.equal(recordedRun(1)[0], recordedRun(2)[0]);
});

test('destroy at every suspension point leaves no secret', async () => {
  const later = <T>(value: T) => new Promise<T>(done => setImmediate(() => done(value)));
  const options = (): PairOptions => ({
    client: {
      verifier: testVerifier({ later: true }),
      credential: () => later(credential('client_p256', { later: true })),
    },
    server: {
      credentials: () => later(credential('server_rsa', { later: true })),
      verifier: testVerifier({ later: true }),
      clientAuth: 'require',
      groups: ['secp384r1'],
    },
  });
  let longest = 0;
  for (let stop = 0; stop < 60; stop++) {
    const pair = makePair(options());
    let steps = 0;
    const step = () => steps++ >= stop;
    for (let i = 0; i < 30 && !step(); i++) {
      for (const byte of concatAll(pair.client.takeOutput())) pair.server.receive(Uint8Array.of(byte));
      if (step()) break;
      for (const byte of concatAll(pair.server.takeOutput())) pair.client.receive(Uint8Array.of(byte));
      if (step()) break;
      await new Promise(done => setImmediate(done));
    }
    if (pair.client.state === 'established') longest = Math.max(longest, stop);
    pair.client.destroy();
    pair.server.destroy();
    await new Promise(done => setTimeout(done, 1));
    assert.is(pair.clientProvider.ledger.alive.size, 0, `client, stopped at ${stop}`);
    assert.is(pair.serverProvider.ledger.alive.size, 0, `server, stopped at ${stop}`);
  }
  assert.ok(longest > 10);
});

test.run();
