// When what was written leaves: one write for all of a callback, and none waits for slow callbacks of other sockets in the same turn.

import type { Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atEndOfTurn, beforeRead } from '../../src/adapters/node/stream/turn.ts';
import { cleanUp, connected, event, keyPair, later, listening, own, pause } from '../support/node_tls.ts';

test.after.each(cleanUp);

/** Holds the loop, so that all that comes meanwhile is there when it goes on. */
function hold(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(() => setImmediate(resolve)));

for (const many of [false, true]) {
  test(`what waits when a read begins leaves before it ${many ? 'if it has waited for long' : 'where one asks at a time'}, and once`, async () => {
    const left: string[] = [];
    const stream = (name: string) => ({ flushTurn: () => void left.push(name) });
    // The turn before says which it is.
    for (let i = 0; i < (many ? 2 : 1); i++) atEndOfTurn({ flushTurn() {} });
    await nextTurn();
    const begun = performance.now();
    atEndOfTurn(stream('a'));
    atEndOfTurn(stream('b'));
    assert.equal(left, []);
    beforeRead();
    if (!many) assert.equal(left, ['a', 'b']);
    // A machine that stood still for a millisecond has let them wait for long.
    else if (performance.now() - begun < 1) assert.equal(left, []);
    hold(2);
    beforeRead();
    assert.equal(left, ['a', 'b']);
    atEndOfTurn(stream('c'));
    await nextTurn();
    beforeRead();
    assert.equal(left, ['a', 'b', 'c']);
  });
}

test('one that throws holds up neither the others nor the read that begins', async () => {
  const left: string[] = [];
  const uncaught = new Promise(resolve => process.once('uncaughtException', resolve));
  const fault = new Error('of a stream below');
  atEndOfTurn({
    flushTurn() {
      throw fault;
    },
  });
  atEndOfTurn({ flushTurn: () => void left.push('another') });
  hold(2);
  beforeRead();
  assert.equal(left, ['another']);
  assert.is(await uncaught, fault);
});

test('sockets that can be read in one turn do not wait for the slow work of others, and each answers in one piece', async () => {
  const raw: Socket[] = [];
  /** At each request: bytes that each socket of the server has sent. */
  const seen: number[][] = [];
  const server = own.createServer(keyPair('server_p256'), socket => {
    socket.on('data', async () => {
      seen.push(raw.map(({ bytesWritten }) => bytesWritten));
      socket.write('an answer ');
      await null;
      socket.write('in pieces');
      process.nextTick(() => {
        socket.write('.');
        hold(2);
      });
    });
  });
  server.on('connection', socket => {
    raw.push(socket);
    later(() => socket.destroy());
  });
  const port = await listening(server);
  const clients = [];
  for (let i = 0; i < 4; i++) {
    clients.push(await connected(own, port));
  }
  await pause(50);
  const before = raw.map(({ bytesWritten }) => bytesWritten);
  const answers = clients.map(client => event(client, 'data'));
  for (const client of clients) client.write('a request');
  await new Promise(setImmediate);
  hold(20);
  for (const answer of await Promise.all(answers)) assert.is(String(answer), 'an answer in pieces.');
  assert.is(seen.length, 4);
  const answered = seen.map(written => written.filter((bytes, i) => bytes > before[i]).length);
  assert.equal(answered, [0, 1, 2, 3]);
});

test.run();
