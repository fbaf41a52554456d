// Sockets that were used before TLS, peers that speak none, and failures nobody listens to.

import { once } from 'node:events';
import { connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/node.ts';
import {
  ca,
  cleanUp,
  client,
  connected,
  event,
  keyPair,
  later,
  listen,
  listening,
  nameOf,
  node,
  own,
  pause,
  rawServer,
  readAll,
  within,
} from '../support/node_tls.ts';

test.after.each(cleanUp);

async function connectedTcp(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connectTcp(port, host);
  later(() => socket.destroy());
  await event(socket, 'connect');
  return socket;
}

test('a socket with setEncoding and a data listener that stays: TLS has the bytes, the listener has none', async () => {
  const { port } = await listen(node, {}, socket => socket.end('over TLS'));
  const raw = await connectedTcp(port);
  raw.setEncoding('utf8');
  let heard = 0;
  raw.on('data', () => heard++);
  const socket = castls.connect({ socket: raw, servername: 'example.test', ca });
  assert.is(String(await readAll(socket)), 'over TLS');
  assert.is(heard, 0);
});

/** What packages do to a socket after they gave it to TLS (basic-ftp takes all listeners away). In node:tls it means nothing. */
const deeds: readonly [string, (raw: Socket) => void][] = [
  ['removeAllListeners()', raw => raw.removeAllListeners()],
  ["removeAllListeners('data')", raw => raw.removeAllListeners('data')],
  ["removeAllListeners('end') and ('close')", raw => raw.removeAllListeners('end').removeAllListeners('close')],
  ["removeAllListeners('drain') and ('error')", raw => raw.removeAllListeners('drain').removeAllListeners('error')],
  ['pause()', raw => raw.pause()],
  ['setEncoding()', raw => raw.setEncoding('utf8')],
  ['unpipe()', raw => raw.unpipe()],
  ["a listener of 'data' that comes and goes", raw => raw.once('data', () => {})],
  ['removeAllListeners() and pause(), twice', raw => raw.removeAllListeners().pause().removeAllListeners().pause()],
];
for (const tls of [node, own]) {
  for (const [deed, act] of deeds) {
    test(`${deed} of the socket under TLS takes nothing from ${nameOf(tls)}: bytes both ways, backpressure, the end`, async () => {
      const { port } = await listen(node, {}, socket => socket.pipe(socket));
      const raw = await connectedTcp(port);
      const socket = tls.connect({ socket: raw, servername: 'example.test', ca });
      later(() => socket.destroy());
      act(raw);
      await event(socket, 'secureConnect');
      act(raw);
      const sent = Buffer.alloc(3_000_000, deed);
      const closed = event(socket, 'close');
      const got = readAll(socket);
      socket.end(sent);
      await pause(5);
      act(raw);
      assert.ok((await got).equals(sent));
      await closed;
    });
  }
}

/** How a connection ends, by the peer or by us. */
const ends: readonly [string, (socket: Socket, peer: Socket) => void][] = [
  ['the peer ends', (_, peer) => peer.end()],
  ['the peer is gone', (_, peer) => peer.resetAndDestroy()],
  ['we end', socket => socket.end()],
  ['we destroy', socket => socket.destroy()],
  ['we destroy with an error', socket => socket.destroy(new Error('enough'))],
];
for (const [name, act] of ends) {
  test(`what listened to the socket before TLS hears of its close alone, and of it once, as with node:tls: ${name}`, async () => {
    const told: string[][] = [];
    for (const tls of [node, own]) {
      const peers: Socket[] = [];
      const { port } = await listen(node, {}, socket => socket.pipe(socket));
      const relay = await rawServer(peer => {
        peers.push(peer);
        const behind = connectTcp(port, '127.0.0.1').on('error', () => {});
        later(() => behind.destroy());
        peer.pipe(behind).pipe(peer);
      });
      const raw = await connectedTcp(relay);
      const heard: string[] = [];
      for (const event of ['data', 'end', 'error', 'finish', 'drain', 'close']) raw.on(event, () => heard.push(event));
      const socket = tls.connect({ socket: raw, servername: 'example.test', ca });
      socket.on('error', () => {}).resume();
      await event(socket, 'secureConnect');
      socket.write(Buffer.alloc(500_000));
      await pause(50);
      const closed = [socket, raw].map(each => new Promise(done => each.once('close', done)));
      act(socket, peers[0]);
      await within('both to close', Promise.all(closed));
      told.push(heard);
    }
    assert.equal(told, [['close'], ['close']]);
  });
}

test('a socket that is still connecting and loses its listeners begins all the same', async () => {
  const { port } = await listen(node, {}, socket => socket.end('here'));
  const raw = connectTcp(port, '127.0.0.1');
  const socket = castls.connect({ socket: raw, servername: 'example.test', ca });
  later(() => socket.destroy());
  raw.removeAllListeners();
  assert.is(String(await readAll(socket)), 'here');
});

test('a given socket that ends with its peer (allowHalfOpen false) flushes what TLS has', async () => {
  const { port } = await listen(own, { allowHalfOpen: true } as object, socket => {
    let got = 0;
    socket.on('data', chunk => (got += chunk.length));
    socket.once('data', () => socket.end());
    socket.on('close', () => sizes.push(got));
  });
  const sizes: number[] = [];
  const raw = await connectedTcp(port);
  const socket = castls.connect({ socket: raw, servername: 'example.test', ca });
  await event(socket, 'secureConnect');
  const total = 12 * 1024 * 1024;
  socket.write(Buffer.alloc(total));
  socket.resume();
  await event(socket, 'close');
  while (sizes.length === 0) await pause(5);
  assert.equal(sizes, [total]);
});

test('a Duplex that never says "close" does not keep its TLS socket open', async () => {
  const { port } = await listen(node, {}, socket => socket.resume());
  const tcp = await connectedTcp(port);
  const silent = Duplex.from({ readable: tcp, writable: tcp });
  const emit = silent.emit.bind(silent);
  silent.emit = (name: string | symbol, ...rest: unknown[]) => (name === 'close' ? false : emit(name, ...rest));
  const socket = castls.connect({ socket: silent, servername: 'example.test', ca });
  await event(socket, 'secureConnect');
  socket.destroy();
  await event(socket, 'close');
});

test('the name of a given socket is that of its host, or its address, when none is said', async () => {
  const { port, failures } = await listen(node, keyPair('server_p256'));
  for (const host of ['localhost', '127.0.0.1']) {
    const raw = await connectedTcp(port, host);
    const socket = castls.connect({ socket: raw, ca });
    const error = await event<NodeJS.ErrnoException>(socket, 'error').catch(() => null);
    // The certificate is for example.test: what counts is which name was asked for.
    if (error !== null) assert.match(error.message, host);
  }
  assert.ok(failures.length <= 2);
});

test('STARTTLS destroyed half way leaves neither timer nor stream', async () => {
  const port = await rawServer(() => {});
  const raw = await connectedTcp(port);
  const socket = new castls.TLSSocket(raw, { starttls: 'smtp', servername: 'example.test', ca });
  socket.destroy();
  await event(socket, 'close');
  assert.is(raw.destroyed, true);
});

test('a signal that is aborted already destroys the socket, without a connection', async () => {
  let connections = 0;
  const port = await rawServer(() => connections++);
  const socket = castls.connect({ port, host: '127.0.0.1', signal: AbortSignal.abort() });
  assert.is((await event<Error>(socket, 'error')).name, 'AbortError');
  await pause(20);
  assert.is(connections, 0);
});

test('`server` of a socket gets the session events; handshakeTimeout 0 is none', async () => {
  const server = createTcpServer(raw => {
    const socket = new castls.TLSSocket(raw, {
      isServer: true,
      server,
      handshakeTimeout: 0,
      secureOptions: 1 << 14,
      ...keyPair('server_p256'),
    });
    socket.on('error', () => {});
  });
  server.on('newSession', (_id: Buffer, _data: Buffer, done: () => void) => done());
  const port = await listening(server);
  const told = once(server, 'newSession');
  await connected(node, port, { maxVersion: 'TLSv1.2' });
  await within('newSession', told);
});

test('what speaks no TLS is named', async () => {
  for (const [greeting, name] of [
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
    ['SSH-2.0-OpenSSH_9.2\r\n', 'SSH-2.0-OpenSSH_9.2'],
  ]) {
    const port = await rawServer(socket => socket.write(greeting));
    const error = await event<Error>(client(own, port), 'error');
    assert.match(error.message, name);
  }
});

test('the alert that is there comes before the write error (the reset is certain before the write)', async () => {
  const port = await rawServer(socket => {
    socket.pause();
    // handshake_failure, then a reset: the ClientHello is never read.
    socket.write(Uint8Array.of(21, 3, 3, 0, 2, 2, 40));
    setTimeout(() => socket.destroy(), 20);
  });
  const raw = connectTcp(port, '127.0.0.1');
  later(() => raw.destroy());
  await event(raw, 'connect');
  raw.pause();
  // The peer closes with our bytes unread: a reset, which the kernel holds when TLS begins to write.
  raw.write('unread');
  await pause(60);
  const socket = castls.connect({ socket: raw, servername: 'example.test', ca });
  const { code, cause } = await event<NodeJS.ErrnoException & { cause: castls.TlsError }>(socket, 'error');
  // OpenSSL 3.2 and later have another name for it, and with them node:tls.
  assert.match(String(code), /^ERR_SSL_SSL(V3|\/TLS)_ALERT_HANDSHAKE_FAILURE$/);
  assert.is(cause.code, 'ERR_ALERT_RECEIVED');
  assert.is(cause.alert, 40);
});

test('a server lives without error listeners: FIN, RST, plain text, tlsClientError with destroy(error)', async () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', note);
  later(() => process.off('uncaughtException', note));
  const server = castls.createServer(keyPair('server_p256'), socket => socket.pipe(socket));
  server.on('tlsClientError', (error, socket) => socket.destroy(error));
  const port = await listening(server);
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const raw = await connectedTcp(port);
    const tls = own.connect({ socket: raw, servername: 'example.test', ca });
    await event(tls, 'secureConnect');
    tls.on('error', () => {});
    raw[leave]();
  }
  const plain = await connectedTcp(port);
  plain.on('error', () => {}).resume();
  plain.write('GET / HTTP/1.1\r\n\r\n');
  await within('close', once(plain, 'close'));
  const silent = await connectedTcp(port);
  silent.resetAndDestroy();
  await pause(50);
  assert.equal(uncaught, []);
});

test('null is absent, near misses warn once, values that mean nothing throw', async () => {
  const { port } = await listen(node);
  const nulls = { session: null, ALPNProtocols: null, ciphers: null, sigalgs: null, secureContext: null, path: null };
  await connected(own, port, nulls as object);
  const said: string[] = [];
  const { warn } = console;
  console.warn = (sentence: string) => said.push(sentence);
  const misspelt = { ...keyPair('server_p256'), rejectUnauthorised: false, agent: 1 } as object;
  for (let i = 0; i < 2; i++) castls.createServer(misspelt);
  console.warn = warn;
  assert.is(said.length, 1);
  assert.match(said[0], 'rejectUnauthorized');
  for (const wrong of [{ handshakeTimeout: Number.NaN }, { halfOpenTimeout: -1 }, { requestCert: 'yes' }])
    assert.throws(
      () => castls.createServer({ ...keyPair('server_p256'), ...(wrong as object) }),
      (error: castls.TlsError) => error.code === 'ERR_INVALID_ARGUMENT',
    );
});

test.run();
