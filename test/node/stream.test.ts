// The stream: backpressure, half-close, truncation, the order of events, destroying at any moment, slow and broken hooks.

import { connect as connectTcp, Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/node.ts';
import { defaultCore } from '../../src/wasm/default_core.ts';
import {
  ca,
  cleanUp,
  client,
  connected,
  event,
  keyPair,
  later,
  listen,
  nameOf,
  node,
  own,
  pause,
  rawServer,
  readAll,
  readBytes,
  type Tls,
  within,
} from '../support/node_tls.ts';

test.after.each(cleanUp);

const pairs: [Tls, Tls][] = [
  [own, node],
  [node, own],
  [own, own],
];
const between = ([from, to]: [Tls, Tls]) => `${nameOf(from)} to ${nameOf(to)}`;

for (const pair of pairs) {
  const [clientTls, serverTls] = pair;

  test(`${between(pair)}: a reader that stops stops the writer, and all arrives in the end`, async () => {
    const total = 24 * 1024 * 1024;
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let written = 0;
    const { port } = await listen(serverTls, {}, socket => {
      const more = (): void => {
        while (written < total) {
          written += chunk.length;
          if (!socket.write(chunk)) return;
        }
        socket.end();
      };
      socket.on('drain', more);
      setImmediate(more);
    });
    const socket = await connected(clientTls, port);
    await pause(300);
    const held = written;
    // The buffers of both streams and of the kernel's sockets lie between; all of it does not.
    assert.ok(held < total / 2, `${held} bytes were taken without a reader`);
    await pause(100);
    assert.is(written, held);
    let received = 0;
    socket.on('data', (data: Buffer) => (received += data.length));
    await event(socket, 'end');
    assert.is(received, total);
  });

  test(`${between(pair)}: half-close in TLS 1.3, the reply comes after our end (RFC 9846 §6.1)`, async () => {
    const { port } = await listen(serverTls, { allowHalfOpen: true } as object, socket => {
      const got: Buffer[] = [];
      socket.on('data', data => got.push(data));
      socket.on('end', () => socket.end(Buffer.concat(got).reverse()));
    });
    const socket = await connected(clientTls, port);
    socket.end('abc');
    assert.is(String(await readAll(socket)), 'cba');
  });
}

for (const tls of [own, node]) {
  test(`${nameOf(tls)} writes before the handshake is over, and ends`, async () => {
    const { port } = await listen(own, {}, socket => socket.pipe(socket));
    const socket = client(tls, port);
    socket.write('early ');
    socket.end('bird');
    assert.is(String(await readAll(socket)), 'early bird');
  });
}

/** What a client sees, in order. */
async function eventsOf(
  tls: Tls,
  port: number,
  scenario: (socket: import('node:tls').TLSSocket) => void,
  options = {},
) {
  const seen: string[] = [];
  const socket = client(tls, port, options);
  for (const name of [
    'lookup',
    'connect',
    'ready',
    'secureConnect',
    'session',
    'data',
    'end',
    'finish',
    'error',
    'close',
  ]) {
    socket.on(name, (value: unknown) => seen.push(name === 'close' ? `close ${value}` : name));
  }
  scenario(socket);
  await within('close', new Promise(done => socket.once('close', done)));
  await pause(20);
  return seen.filter((name, i) => name !== seen[i - 1]);
}

const scenarios: Record<string, Parameters<typeof eventsOf>[2]> = {
  'echoes and ends': socket => {
    socket.write('x');
    socket.once('data', () => setTimeout(() => socket.end(), 20));
  },
  'destroys after the handshake': socket => {
    socket.once('secureConnect', () => setTimeout(() => socket.destroy(), 200));
  },
  'destroys with an error': socket => {
    socket.once('secureConnect', () => setTimeout(() => socket.destroy(new Error('enough')), 200));
  },
  'destroys before it is connected': socket => {
    socket.destroy();
  },
  'destroys while it shakes hands': socket => {
    socket.once('connect', () => socket.destroy());
  },
  'ends soon': socket => {
    socket.once('session', () => (socket as unknown as { destroySoon(): void }).destroySoon());
  },
};

for (const [name, scenario] of Object.entries(scenarios)) {
  test(`the order of events is that of node:tls: a client that ${name}`, async () => {
    const { port } = await listen(node, {}, socket => socket.pipe(socket));
    assert.equal(await eventsOf(own, port, scenario), await eventsOf(node, port, scenario));
  });
}

test('the order of events is that of node:tls: a peer that ends, a name that is wrong, nobody there', async () => {
  const ends = await listen(node, {}, socket => {
    setTimeout(() => socket.end('bye'), 50);
  });
  const nothing = () => {};
  assert.equal(await eventsOf(own, ends.port, nothing), await eventsOf(node, ends.port, nothing));
  const wrong = { servername: 'other.test' };
  const [ours, theirs] = [
    await eventsOf(own, ends.port, nothing, wrong),
    await eventsOf(node, ends.port, nothing, wrong),
  ];
  assert.equal(
    ours,
    theirs.filter(each => each !== 'session'),
  );
  // Where node:tls says "end" and then "error", castls says "error" alone: what was cut off has not ended.
  const port = await rawServer(socket => socket.destroy());
  const cutOff = await eventsOf(node, port, nothing);
  assert.equal(
    await eventsOf(own, port, nothing),
    cutOff.filter(each => each !== 'end'),
  );
});

/** A connection whose server sends "half" and then ends TCP alone. */
async function cutOff(options: object): Promise<import('node:tls').TLSSocket & { truncated: boolean }> {
  const { port, sockets } = await listen(own, {}, socket => socket.write('half'));
  const socket = client(own, port, options);
  await readBytes(socket, 4);
  socket.resume();
  (sockets[0] as unknown as { transport: { stream: Duplex } }).transport.stream.end();
  return socket as never;
}

test('truncation is an end that says so, as in node:tls (RFC 9846 §6.1)', async () => {
  const socket = await cutOff({});
  await event(socket, 'end');
  assert.is(socket.truncated, true);
  await event(socket, 'close');
});

test('with requireCloseNotify truncation is an error that a reader sees (unexpected eof)', async () => {
  const socket = await cutOff({ requireCloseNotify: true });
  assert.is((await event<NodeJS.ErrnoException>(socket, 'error')).code, 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING');
});

test('a peer that says nothing ends by handshakeTimeout (ERR_TLS_HANDSHAKE_TIMEOUT)', async () => {
  const { port, failures } = await listen(own, { handshakeTimeout: 80 });
  const tcp = connectTcp(port, '127.0.0.1');
  later(() => tcp.destroy());
  tcp.resume();
  await event(tcp, 'close');
  assert.is((failures[0] as NodeJS.ErrnoException).code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
});

test('garbage ends with an alert at the peer and an error here, and harms no other connection', async () => {
  const { port, failures } = await listen(own, {}, socket => socket.pipe(socket));
  const good = await connected(own, port);
  const tcp = connectTcp(port, '127.0.0.1');
  later(() => tcp.destroy());
  tcp.write('GET / HTTP/1.1\r\n\r\n');
  const answer = await readAll(tcp);
  assert.is(answer[0], 21);
  assert.is(failures.length, 1);
  good.end('still here');
  assert.is(String(await readAll(good)), 'still here');
});

/** Slots in use when both sides of all that was closed have let go: the same for a fifth of a second. */
async function settledSlots(): Promise<number> {
  const core = defaultCore();
  let slots = core.liveSlots;
  for (let [same, tries] = [0, 0]; same < 8 && tries < 400; tries++) {
    await pause(25);
    same = core.liveSlots === slots ? same + 1 : 0;
    slots = core.liveSlots;
  }
  return slots;
}

/** What is in use where nothing of earlier tests waits for the engine's collector any more. */
async function slotsBefore(): Promise<number> {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return settledSlots();
}

test('destroy at every point of the handshake leaves no slots in use', async () => {
  const { port } = await listen(own, {}, socket => socket.resume());
  const settled = await connected(own, port);
  settled.destroy();
  const before = await slotsBefore();
  for (let steps = 0; steps < 12; steps++) {
    const socket = client(own, port);
    socket.on('error', () => {});
    const destroyed = new Promise(done => socket.once('close', done));
    socket.once('connect', async () => {
      for (let i = 0; i < steps; i++) await new Promise(done => setImmediate(done));
      socket.destroy();
    });
    await within('close', destroyed);
  }
  assert.is(await settledSlots(), before);
});

test('hooks that answer late, throw, and answer when all is over', async () => {
  const answers: (() => void)[] = [];
  const context = castls.createSecureContext(keyPair('server_p256'));
  later(() => context.dispose());
  const { port, failures } = await listen(own, {
    SNICallback(name, callback) {
      const answer = () => callback(null, context as never);
      if (name === 'example.test') setTimeout(answer, 50);
      else if (name === 'localhost') answers.push(answer);
      else callback(new Error('no such name'));
    },
  });
  const slow = await connected(own, port);
  slow.destroy();
  const before = await slotsBefore();
  const error = await event<NodeJS.ErrnoException & { alert?: number }>(
    client(own, port, { servername: 'bad.test' }),
    'error',
  );
  assert.is(error.alert, 80);
  assert.ok(failures.some(({ message }) => message === 'no such name'));
  const dead = client(own, port, { servername: 'localhost' });
  dead.on('error', () => {});
  while (answers.length === 0) await pause(5);
  dead.destroy();
  await pause(30);
  answers[0]();
  assert.is(await settledSlots(), before);
});

test('TLS over a Duplex that is no socket, both roles, and TLS in TLS', async () => {
  const [near, far] = duplexPair();
  const server = new castls.TLSSocket(far, { isServer: true, ...keyPair('server_p256') });
  server.pipe(server);
  const outer = castls.connect({ socket: near, servername: 'example.test', ca });
  await event(outer, 'secureConnect');
  outer.write('through a pipe');
  assert.is(String(await readBytes(outer, 14)), 'through a pipe');
  outer.end();
  await readAll(outer.resume());

  const inner = await listen(own, {}, socket => {
    const second = new castls.TLSSocket(socket as unknown as Duplex, { isServer: true, ...keyPair('server_p384') });
    second.on('error', () => {});
    second.pipe(second);
  });
  const first = await connected(own, inner.port);
  const second = castls.connect({ socket: first as unknown as Duplex, servername: 'example.test', ca });
  await event(second, 'secureConnect');
  second.write('twice');
  assert.is(String(await readBytes(second, 5)), 'twice');
  second.destroy();
});

test('writes that are joined while others are being joined stay what they are', async () => {
  const [near, far] = duplexPair();
  const server = new castls.TLSSocket(far, { isServer: true, ...keyPair('server_p256') });
  const socket = castls.connect({ socket: near, servername: 'example.test', ca });
  await event(socket, 'secureConnect');
  socket.resume();
  const chunks: Buffer[] = [];
  // The pair carries the client's records to the server within its write, and the answer is written within that.
  server.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    server.cork();
    for (let i = 0; i < 64; i++) server.write(Buffer.alloc(900, 'b'));
    server.uncork();
  });
  await pause(30);
  assert.ok(socket.setMaxSendFragment(1000));
  const length = 60 * 1000;
  socket.cork();
  for (let i = 0; i < 60; i++) socket.write(Buffer.alloc(1000, 'a'));
  socket.uncork();
  const size = () => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const all = async (): Promise<void> => {
    while (size() < length) await pause(5);
  };
  await within('all that was written', all());
  assert.ok(Buffer.concat(chunks).equals(Buffer.alloc(length, 'a')), 'something else arrived');
  socket.destroy();
  server.destroy();
});

test('memory for records is lent to the kernel alone, not where a subclass of net.Socket sees them', async () => {
  const seen: Buffer[] = [];
  const copies: Buffer[] = [];
  class Watched extends Socket {
    override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
      seen.push(chunk);
      copies.push(Buffer.from(chunk));
      super._write(chunk, encoding, callback);
    }
  }
  const { port } = await listen(own, {}, peer => peer.pipe(peer));
  const under = new Watched();
  under.connect(port, '127.0.0.1');
  await event(under, 'connect');
  const socket = castls.connect({ socket: under, servername: 'example.test', ca });
  await event(socket, 'secureConnect');
  let received = '';
  socket.on('data', chunk => {
    received += chunk;
  });
  const echoed = async (text: string): Promise<void> => {
    received = '';
    socket.write(text);
    while (received.length < text.length) await pause(2);
  };
  const before = seen.length;
  for (const text of ['first', 'other', 'third']) await within(text, echoed(text));
  assert.ok(seen.length >= before + 3);
  assert.equal(seen, copies);
  socket.destroy();
});

test('setTimeout, bytes, addresses, fragments and an AbortSignal', async () => {
  const { port, sockets } = await listen(own, {}, socket => socket.pipe(socket));
  const abort = new AbortController();
  const socket = await connected(own, port, { signal: abort.signal } as object);
  assert.is(socket.remotePort, port);
  assert.is(socket.remoteAddress, '127.0.0.1');
  assert.is(socket.setMaxSendFragment(512), true);
  assert.is(socket.setMaxSendFragment(1), false);
  socket.write(Buffer.alloc(2000));
  await readBytes(socket, 2000);
  assert.is(socket.bytesWritten, 2000);
  assert.is(socket.bytesRead, 2000);
  assert.is(sockets[0].localPort, port);
  socket.setTimeout(30);
  await event(socket, 'timeout');
  assert.is(socket.setTimeout(0).setNoDelay().setKeepAlive(true).unref().ref(), socket);
  const failed = event<Error>(socket, 'error');
  abort.abort();
  assert.is((await failed).name, 'AbortError');
});

test('options: documented ones are supported or refused by name, others are left alone', () => {
  const refused: object[] = [
    { clientCertEngine: 'x' },
    { privateKeyEngine: 'x' },
    { privateKeyIdentifier: 'x' },
    { dhparam: 'x' },
    { secureProtocol: 'TLSv1_method' },
    { secureOptions: 1 << 23 },
  ];
  for (const options of refused) {
    const [name] = Object.keys(options);
    for (const make of [() => castls.createServer(options), () => castls.createSecureContext(options)]) {
      assert.throws(
        make,
        (error: castls.TlsError) => error.code === 'ERR_UNSUPPORTED_OPTION' && error.message.includes(name),
      );
    }
  }
  castls.createSecureContext({ dhparam: 'auto', agent: {}, _agentKey: 'x', pfx: undefined } as object).dispose();
});

test('renegotiation is refused, by name and without harm', async () => {
  const { port } = await listen(own, {}, socket => socket.pipe(socket));
  for (const [maxVersion, code] of [
    ['TLSv1.2', 'ERR_TLS_RENEGOTIATION_DISABLED'],
    ['TLSv1.3', 'ERR_SSL_WRONG_SSL_VERSION'],
  ] as const) {
    const socket = await connected(own, port, { maxVersion });
    const error = await new Promise<NodeJS.ErrnoException>(done => {
      assert.is(
        socket.renegotiate({}, failure => done(failure as NodeJS.ErrnoException)),
        false,
      );
    });
    assert.is(error.code, code);
    socket.end('on');
    assert.is(String(await readAll(socket)), 'on');
  }
});

test('ticket keys are shared, replaced, and end the tickets of before', async () => {
  const first = await listen(own);
  const { server } = first;
  const second = await listen(own, { ticketKeys: server.getTicketKeys() });
  const run = async (port: number, session?: Buffer) => {
    const socket = client(own, port, { session });
    const [next] = await Promise.all([event<Buffer>(socket, 'session'), event(socket, 'secureConnect')]);
    const reused = socket.isSessionReused();
    socket.destroy();
    return { next, reused };
  };
  const { next } = await run(first.port);
  assert.is((await run(second.port, next)).reused, true);
  server.setTicketKeys(Buffer.alloc(48, 1));
  assert.is((await run(first.port, next)).reused, false);
});

test('newSession and resumeSession keep TLS 1.2 sessions by their ID', async () => {
  const kept = new Map<string, Buffer>();
  const { server, port } = await listen(own, { secureOptions: 1 << 14 });
  server.on('newSession', (id, data, done) => {
    kept.set(id.toString('hex'), data);
    done();
  });
  server.on('resumeSession', (id, done) => done(null, kept.get(id.toString('hex')) ?? null));
  const first = client(node, port, { maxVersion: 'TLSv1.2' });
  const session = await event<Buffer>(first, 'session');
  first.destroy();
  assert.is(kept.size, 1);
  const socket = await connected(node, port, { maxVersion: 'TLSv1.2', session });
  assert.is(socket.isSessionReused(), true);
});

test.run();
