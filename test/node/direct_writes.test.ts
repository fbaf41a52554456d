// Writes that go past the queue of a net.Socket to the kernel: order, what waits, drain, errors, and sockets somebody else watches.

import { createHash } from 'node:crypto';
import * as net from 'node:net';
import * as nodeTls from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { watchWrites, writeDirectly, writesDirectly } from '../../src/adapters/node/stream/direct_writes.ts';
import { ca, cleanUp, event, keyPair, later, listening, own, within } from '../support/node_tls.ts';
import { randomFrom } from '../support/random.ts';

test.after.each(cleanUp);

const random = randomFrom(15);
const digestOf = (parts: readonly Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** Two ends of a connection over TCP. */
async function ends(): Promise<[net.Socket, net.Socket]> {
  const server = net.createServer({ pauseOnConnect: true });
  const accepted = new Promise<net.Socket>(resolve => server.once('connection', resolve));
  const near = net.connect(await listening(server), '127.0.0.1');
  await event(near, 'connect');
  const far = await accepted;
  later(() => near.destroy());
  later(() => far.destroy());
  return [near, far];
}

/** One write of node's shows how writes are made. */
async function shown(): Promise<[net.Socket, net.Socket]> {
  const [near, far] = await ends();
  watchWrites(near);
  near.write(Buffer.from('x'));
  far.resume();
  await event(far, 'data');
  assert.ok(writesDirectly(near), 'this node writes in one of the two ways that are known');
  far.pause();
  return [near, far];
}

test('what goes past the queue comes whole and in order, beside what goes through it', async () => {
  const [near, far] = await shown();
  const sent: Uint8Array[] = [];
  const waiting = new Set<Uint8Array>();
  let atOnce = 0;
  let through = 0;
  for (let i = 0; i < 900; i++) {
    const chunk = random.bytes(1 + random.below(60_000));
    sent.push(chunk);
    // Some through the queue while the kernel has room, and some behind what waits for it.
    const queued = i % 7 === 6 && (i < 7 || waiting.size > 0);
    if (queued || !writesDirectly(near)) {
      through++;
      near.write(chunk);
    } else {
      waiting.add(chunk);
      const taken = writeDirectly(near, chunk, waiting, (set, written, error) => {
        assert.is(error, null);
        assert.ok(set.delete(written), 'each is told of once');
      });
      if (!taken) continue;
      atOnce++;
      waiting.delete(chunk);
    }
    if (i % 50 === 49) await new Promise(setImmediate);
  }
  assert.ok(atOnce > 0 && waiting.size > 0 && through > 0, 'some at once, some later, some through the queue');
  near.end();
  const got: Uint8Array[] = [];
  far.on('data', part => got.push(part)).resume();
  await event(far, 'end');
  assert.is(digestOf(got), digestOf(sent));
  await within(
    'what waited',
    new Promise<void>(resolve => (waiting.size === 0 ? resolve() : near.once('close', () => resolve()))),
  );
  assert.is(waiting.size, 0);
});

test('a write to a peer that is gone is an error of the system, told once', async () => {
  const [near, far] = await shown();
  near.on('error', () => {});
  far.resetAndDestroy();
  const told: (Error | null)[] = [];
  for (let i = 0; i < 100 && told.length === 0 && writesDirectly(near); i++) {
    writeDirectly(near, new Uint8Array(1000), told, (list, _, error) => list.push(error));
    await new Promise(setImmediate);
  }
  // The stream may hear of the reset by a read before a write does.
  if (!near.destroyed) {
    assert.is(told.length, 1);
    const { code, syscall } = told[0] as NodeJS.ErrnoException;
    assert.ok(['EPIPE', 'ECONNRESET'].includes(`${code}`), `${code}`);
    assert.is(syscall, 'write');
  }
});

test('a server whose client does not read keeps little, goes on by "drain", and all comes', async () => {
  const pieces = Array.from({ length: 400 }, () => Buffer.from(random.bytes(20_000)));
  let most = 0;
  const server = own.createServer(keyPair('server_p256'), async socket => {
    for (const piece of pieces) {
      // A turn of its own for each: a chunk a write.
      await new Promise(setImmediate);
      const room = socket.write(piece);
      most = Math.max(most, socket.writableLength);
      if (!room) await event(socket, 'drain');
    }
    socket.end();
  });
  const client = nodeTls.connect({ port: await listening(server), ca, servername: 'example.test' });
  later(() => client.destroy());
  await event(client, 'secureConnect');
  await new Promise(resolve => setTimeout(resolve, 100));
  const got: Buffer[] = [];
  client.on('data', part => got.push(part));
  await event(client, 'end');
  assert.is(digestOf(got), digestOf(pieces));
  assert.ok(most < 100_000, `${most} bytes waited`);
});

for (const method of ['write', '_write', '_writev', '_writeGeneric'] as const) {
  test(`whoever replaced ${method} of the socket still sees what is written`, async () => {
    const server = own.createServer(keyPair('server_p256'), socket => socket.pipe(socket));
    const socket = net.connect(await listening(server), '127.0.0.1');
    await event(socket, 'connect');
    let calls = 0;
    const object = socket as unknown as Record<typeof method, (...given: unknown[]) => unknown>;
    const before = object[method];
    const client = own.connect({ socket, ca, servername: 'example.test' });
    later(() => client.destroy());
    await event(client, 'secureConnect');
    object[method] = function (...given) {
      calls++;
      return before.apply(this, given);
    };
    client.write('hello');
    await event(client, 'data');
    if (method !== '_writev') assert.ok(calls > 0);
  });
}

test('pause in a listener holds what comes next, and resume gives it in order', async () => {
  const server = own.createServer(keyPair('server_p256'), async socket => {
    for (let i = 0; i < 30; i++) {
      socket.write(`${i} `);
      await new Promise(resolve => setTimeout(resolve, 1));
    }
    socket.end();
  });
  const client = own.connect({ port: await listening(server), ca, servername: 'example.test' });
  later(() => client.destroy());
  let text = '';
  client.on('data', part => {
    text += part;
    client.pause();
    assert.ok(client.isPaused());
    const seen = text;
    setTimeout(() => {
      assert.is(text, seen, 'nothing comes while it is paused');
      client.resume();
    }, 3);
  });
  await event(client, 'end');
  assert.is(text, Array.from({ length: 30 }, (_, i) => `${i} `).join(''));
});

test('texts in every encoding, joined and alone, arrive as node encodes them', async () => {
  const text = 'grüße, 世界 \u{1f600} \udc00';
  const writes: [string, BufferEncoding][] = [
    [text, 'utf8'],
    [text, 'latin1'],
    [text, 'ascii'],
    [text, 'utf16le'],
    ['3q2+7w', 'base64'],
    ['deadbeef', 'hex'],
  ];
  const expected = Buffer.concat(writes.map(([part, encoding]) => Buffer.from(part, encoding)));
  for (const joined of [true, false]) {
    const server = own.createServer(keyPair('server_p256'), async socket => {
      for (const [part, encoding] of writes) {
        socket.write(part, encoding);
        if (!joined) await new Promise(setImmediate);
      }
      socket.end('');
    });
    const client = nodeTls.connect({ port: await listening(server), ca, servername: 'example.test' });
    later(() => client.destroy());
    const got: Buffer[] = [];
    client.on('data', part => got.push(part));
    await event(client, 'end');
    assert.is(Buffer.concat(got).toString('hex'), expected.toString('hex'), joined ? 'joined' : 'alone');
  }
});

test.run();
