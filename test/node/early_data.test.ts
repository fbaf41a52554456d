// Early data of castls/node between its own client and server: all of it or nothing, whatever its size and kind.

import type { ConnectionOptions, TLSSocket, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ca, cleanUp, event, later, listen, own, readBytes, within } from '../support/node_tls.ts';

test.after.each(cleanUp);

type EarlySocket = TLSSocket & { readonly earlyData: string };

function connect(port: number, more: object = {}): EarlySocket {
  const options = { port, host: '127.0.0.1', servername: 'example.test', ca, ...more };
  const socket = own.connect(options as ConnectionOptions) as EarlySocket;
  later(() => socket.destroy());
  return socket;
}

async function sessionOf(port: number): Promise<Buffer> {
  const socket = connect(port);
  const session = await event<Buffer>(socket, 'session');
  socket.destroy();
  return session;
}

/** A server that takes so much, and what it got. */
async function takes(maxSize: number) {
  let length = 0;
  let done = () => {};
  const options = { acceptEarlyData: { maxSize } } as TlsOptions;
  const { server, port } = await listen(own, options, socket => socket.resume());
  server.on('earlyData', (chunk: Buffer) => {
    length += chunk.length;
    done();
  });
  const all = (expected: number) =>
    within(
      `${expected} bytes of early data`,
      new Promise<void>(resolve => {
        done = () => length >= expected && resolve();
        done();
      }),
    );
  return { server, port, all, length: () => length };
}

test('early data that is longer than a connection holds goes whole, and the socket says so', async () => {
  const { port, all, length } = await takes(1_000_000);
  const socket = connect(port, { session: await sessionOf(port), earlyData: Buffer.alloc(700_000, 'e') });
  await event(socket, 'secureConnect');
  assert.is(socket.earlyData, 'accepted');
  await all(700_000);
  assert.is(length(), 700_000);
});

test('early data may be any view of bytes; more than the session allows is not begun', async () => {
  for (const [earlyData, expected] of [
    [new Uint16Array(50), 100],
    [new DataView(new ArrayBuffer(64), 4, 60), 60],
    [new Uint16Array(51), 0],
    [new Uint8Array(0), 0],
  ] as const) {
    const { port, all, length } = await takes(100);
    const socket = connect(port, { session: await sessionOf(port), earlyData });
    await event(socket, 'secureConnect');
    assert.is(socket.earlyData, expected > 0 ? 'accepted' : 'none');
    await all(expected);
    assert.is(length(), expected);
    socket.destroy();
  }
});

test('a server may answer early data with more than its output holds, before the handshake is over', async () => {
  const { server, port } = await takes(100);
  server.on('earlyData', (_chunk: Buffer, socket: TLSSocket) => socket.write(Buffer.alloc(2_000_000, 'a')));
  const socket = connect(port, { session: await sessionOf(port), earlyData: Buffer.from('early') });
  assert.is((await readBytes(socket, 2_000_000)).length, 2_000_000);
});

test.run();
