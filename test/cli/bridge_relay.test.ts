// A relay whose client goes before the server was reached: what the client sent, an alert perhaps, still arrives; nothing waits for nothing.

import { EventEmitter } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WebSocket } from 'ws';
import { type Relayed, relay } from '../../src/cli/bridge_relay.ts';
import { cleanUp, later, listening, readAll, within } from '../support/node_tls.ts';

test.after.each(cleanUp);

const limits = { connections: 1, connectionsOfClient: 1, rate: 1, seconds: 60, idleSeconds: 60, bytes: 2 ** 20 };

/** A WebSocket that says what a test wants, before a connection to anything can be there. */
function relayed(port: number, ...said: readonly string[]): Promise<Relayed> {
  const socket = Object.assign(new EventEmitter(), { close() {}, terminate() {}, pause() {}, resume() {} });
  const done = new Promise<Relayed>(resolve =>
    relay(socket as unknown as WebSocket, { host: 'localhost', port }, limits, resolve),
  );
  for (const text of said) socket.emit('message', Buffer.from(text), true);
  socket.emit('close');
  return within('the end of the relay', done);
}

test('what was sent before the server was reached arrives, and then the end', async () => {
  const got = new Promise<string>(resolve => {
    const server = createServer({ allowHalfOpen: true }, async socket => {
      later(() => socket.destroy());
      resolve(String(await readAll(socket as Socket)));
      socket.end();
    });
    later(() => server.close());
    listening(server).then(async port => {
      const { sent, why } = await relayed(port, 'an ', 'alert');
      assert.equal([sent, why], [8, 'the client closed']);
    });
  });
  assert.is(await within('what was sent', got), 'an alert');
});

test('a client that sent nothing ends all at once', async () => {
  const server = createServer();
  later(() => server.close());
  const before = performance.now();
  const { sent, why } = await relayed(await listening(server));
  assert.equal([sent, why], [0, 'the client closed']);
  assert.ok(performance.now() - before < 900, 'it waited');
});

test.run();
