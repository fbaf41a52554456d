// How startTls ends, in every version: nothing that was accepted is lost, nothing is silent, nobody waits for ever.

import { connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/index.ts';
import { ca, cleanUp, event, keyPair, later, listen, listening, node, pause, within } from '../support/node_tls.ts';

test.after.each(cleanUp);

const versions = ['TLSv1.3', 'TLSv1.2'] as const;
type Version = (typeof versions)[number];

const forClient = (maxVersion: Version) => castls.clientConfig({ verifier: castls.peerVerifier({ ca }), maxVersion });
const forServer = () => castls.serverConfig({ credentials: [castls.credential(keyPair('server_p256'))] });

type Options = Partial<castls.StartTlsOptions>;

/** Both roles over pipes in memory. */
function pair(version: Version, client: Options = {}, server: Options = {}) {
  const there = new TransformStream<Uint8Array, Uint8Array>();
  const back = new TransformStream<Uint8Array, Uint8Array>();
  const near = { readable: back.readable, writable: there.writable };
  const far = { readable: there.readable, writable: back.writable };
  return {
    client: castls.startTls(near, { config: forClient(version), serverName: 'example.test', ...client }),
    server: castls.startTls(far, { config: forServer(), ...server }),
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** All that comes, with how it ended. */
async function read(readable: ReadableStream<Uint8Array>): Promise<string> {
  let got = '';
  try {
    for await (const chunk of readable as unknown as AsyncIterable<Uint8Array>) got += Buffer.from(chunk).toString();
    return `${got}, end`;
  } catch (error) {
    return `${got}, ${codeOf(error)}`;
  }
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code ?? (error as Error).message;
const outcome = (promise: Promise<unknown>) =>
  within(
    'outcome',
    promise.then(
      value => value,
      error => codeOf(error),
    ),
  );

/** A TCP connection as Web Streams at both ends. */
async function tcpPair(allowHalfOpen = true): Promise<{ near: Socket; far: Socket }> {
  const server = createTcpServer({ allowHalfOpen: true });
  const port = await listening(server);
  const near = connectTcp({ port, host: '127.0.0.1', allowHalfOpen });
  const far = await event<Socket>(server, 'connection');
  for (const socket of [near, far]) {
    socket.on('error', () => {});
    later(() => socket.destroy());
  }
  return { near, far };
}

for (const version of versions) {
  test(`${version}: the answer comes after our own end, and closed says that all came`, async () => {
    const { client, server } = pair(version);
    const asked = read(server.readable);
    const writer = client.writable.getWriter();
    await writer.write(bytes('question'));
    await writer.close();
    assert.is(await within('question', asked), 'question, end');
    await pause(20);
    const answer = server.writable.getWriter();
    await answer.write(bytes('late answer'));
    await answer.close();
    assert.is(await within('answer', read(client.readable)), 'late answer, end');
    assert.equal(await outcome(client.closed), { closeNotify: true });
    assert.equal(await outcome(server.closed), { closeNotify: true });
  });

  test(`${version}: what write took leaves before close(), whoever reads slowly, in either role`, async () => {
    for (const role of ['client', 'server'] as const) {
      const { near, far } = await tcpPair();
      const client = castls.startTls(Duplex.toWeb(near), { config: forClient(version), serverName: 'example.test' });
      const server = castls.startTls(Duplex.toWeb(far), { config: forServer() });
      const [from, to] = role === 'client' ? [client, server] : [server, client];
      await within('opened', Promise.all([client.opened, server.opened]));
      // The peer has said all: in this order castls lost what it had accepted.
      await within('close', to.close());
      const writer = from.writable.getWriter();
      const total = 5 * 1024 * 1024;
      writer.write(new Uint8Array(total / 2)).catch(() => {});
      writer.write(new Uint8Array(total / 2)).catch(() => {});
      const closing = from.close();
      let got = 0;
      const reader = to.readable.getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        got += next.value.length;
        if (got % 8 === 0) await pause(1);
      }
      assert.is(got, total);
      await within('close', closing);
      assert.equal(await outcome(to.closed), { closeNotify: true });
      assert.equal(await outcome(from.closed), { closeNotify: true });
    }
  });

  test(`${version}: the alert of the side that refuses leaves, over a socket`, async () => {
    const { near, far } = await tcpPair();
    const client = castls.startTls(Duplex.toWeb(near), { config: forClient(version), serverName: 'other.test' });
    const server = castls.startTls(Duplex.toWeb(far), { config: forServer() });
    assert.is(await outcome(client.closed), 'ERR_CERT_NAME_MISMATCH');
    const error = await within(
      'closed',
      server.closed.then(
        () => null,
        failure => failure,
      ),
    );
    assert.is(error.code, 'ERR_ALERT_RECEIVED');
    assert.is(error.alert, 42);
  });

  test(`${version}: aborting writable breaks off, and nobody takes it for an end`, async () => {
    const { client, server } = pair(version);
    await client.opened;
    const toClient = server.writable.getWriter();
    await toClient.write(bytes('first half'));
    const atServer = read(server.readable);
    const atClient = read(client.readable);
    await pause(20);
    await client.writable.abort(new Error('my upload failed'));
    assert.is(await within('client', atClient), 'first half, my upload failed');
    assert.is(await outcome(client.closed), 'my upload failed');
    assert.is.not(await within('server', atServer), ', end');
    assert.is.not(typeof (await outcome(server.closed)), 'object');
  });

  test(`${version}: a FIN is ERR_TRUNCATED when what came is read; after our own end an end that says so`, async () => {
    for (const endsFirst of [false, true]) {
      // Duplex.toWeb tells of a FIN when both directions of the socket have ended.
      const { near, far } = await tcpPair(endsFirst);
      const client = castls.startTls(Duplex.toWeb(near), { config: forClient(version), serverName: 'example.test' });
      const server = castls.startTls(Duplex.toWeb(far), { config: forServer() });
      await within('opened', client.opened);
      if (endsFirst) await within('close', client.close());
      await server.writable.getWriter().write(bytes('half'));
      await pause(20);
      far.end();
      await pause(20);
      assert.is(await within('end', read(client.readable)), endsFirst ? 'half, end' : 'half, ERR_TRUNCATED');
      assert.equal(await outcome(client.closed), endsFirst ? { closeNotify: false } : 'ERR_TRUNCATED');
    }
  });

  test(`${version}: a peer that stays silent after our end is left after halfOpenTimeout`, async () => {
    const { client } = pair(version, { halfOpenTimeout: 60 });
    await client.opened;
    await client.close();
    assert.equal(await outcome(client.closed), { closeNotify: false });
  });

  test(`${version}: after close() and cancel() nothing is left to wait for`, async () => {
    const { client } = pair(version);
    await client.opened;
    await client.readable.cancel();
    await client.close();
    assert.equal(await outcome(client.closed), { closeNotify: false });
    const other = pair(version).client;
    await other.opened;
    await other.close();
    await other.readable.cancel();
    assert.equal(await outcome(other.closed), { closeNotify: false });
  });
}

test('close(reason) in the handshake rejects opened with the reason, and tells the peer', async () => {
  const there = new TransformStream<Uint8Array, Uint8Array>();
  const silent = new ReadableStream<Uint8Array>();
  const client = castls.startTls(
    { readable: silent, writable: there.writable },
    { config: forClient('TLSv1.3'), serverName: 'example.test' },
  );
  const received = there.readable.getReader();
  await received.read();
  const closing = client.close(new Error('changed my mind'));
  const alerts = await within('alerts', received.read());
  // user_canceled (90), close_notify (0): RFC 9846 §6.1.
  assert.equal([...(alerts.value as Uint8Array)].slice(-1), [0]);
  received.cancel();
  await within('close', closing);
  assert.is(await outcome(client.opened), 'changed my mind');
  assert.is(await within('readable', read(client.readable)), ', changed my mind');
  assert.equal(await outcome(client.closed), { closeNotify: false });
});

test('readable is a byte stream: it fills the reader’s buffers, to the end', async () => {
  const { client, server } = pair('TLSv1.3');
  await client.opened;
  const writer = server.writable.getWriter();
  await writer.write(bytes('0123456789'));
  const reader = client.readable.getReader({ mode: 'byob' });
  const first = await within('read', reader.read(new Uint8Array(4)));
  assert.is(Buffer.from(first.value as Uint8Array).toString(), '0123');
  const rest = await within('read', reader.read(new Uint8Array(64)));
  assert.is(Buffer.from(rest.value as Uint8Array).toString(), '456789');
  const last = reader.read(new Uint8Array(8));
  await writer.close();
  assert.is((await within('end', last)).done, true);
});

test('await using ends both directions: what was written leaves, what comes is dropped', async () => {
  const { client, server } = pair('TLSv1.3');
  await client.opened;
  const writer = client.writable.getWriter();
  await writer.write(bytes('all of it'));
  await within('dispose', client[Symbol.asyncDispose]());
  assert.is(await within('server', read(server.readable)), 'all of it, end');
  assert.equal(await outcome(client.closed), { closeNotify: false });
});

test('opened has the addresses of the streams below', async () => {
  const there = new TransformStream<Uint8Array, Uint8Array>();
  const back = new TransformStream<Uint8Array, Uint8Array>();
  castls.startTls({ readable: there.readable, writable: back.writable }, { config: forServer() });
  const below = {
    readable: back.readable,
    writable: there.writable,
    opened: Promise.resolve({ remoteAddress: '192.0.2.1:443', localAddress: '::1', localPort: 1234 }),
  };
  const client = castls.startTls(below, { config: forClient('TLSv1.3'), serverName: 'example.test' });
  const info = await within('opened', client.opened);
  assert.is(info.remoteAddress, '192.0.2.1:443');
  assert.is(info.localAddress, '[::1]:1234');
  assert.is(info.protocolVersion, 'TLSv1.3');
});

test('options that it does not know throw', () => {
  const streams = () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    return { readable, writable };
  };
  const config = forClient('TLSv1.3');
  for (const wrong of [{ servername: 'x' }, { halfOpenTimeout: Number.NaN }, { session: null }, { config: {} }])
    assert.throws(
      () => castls.startTls(streams(), { config, serverName: 'example.test', ...(wrong as object) }),
      (error: castls.TlsError) => error.code === 'ERR_INVALID_ARGUMENT',
    );
});

test('to node:tls that leaves with a bare FIN after our end, as Redis does', async () => {
  const { port, sockets } = await listen(node, {}, socket => socket.resume());
  const tcp = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
  later(() => tcp.destroy());
  await event(tcp, 'connect');
  const tls = castls.startTls(Duplex.toWeb(tcp), { config: forClient('TLSv1.3'), serverName: 'example.test' });
  await within('opened', tls.opened);
  await tls.close();
  await pause(20);
  sockets[0].destroy();
  assert.is(await within('end', read(tls.readable)), ', end');
  const { closeNotify } = (await outcome(tls.closed)) as { closeNotify: boolean };
  assert.is(typeof closeNotify, 'boolean');
});

test.run();
