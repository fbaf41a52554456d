// Writes of several chunks over a transport that answers within: records reach the peer inside the write, its answer comes back inside that,
// and the write that is under way is asked to go on before it has returned.

import { createHash } from 'node:crypto';
import { duplexPair } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/node.ts';
import { ca, cleanUp, event, keyPair, within } from '../support/node_tls.ts';

test.after.each(cleanUp);

const KIBI = 1024;
/** Lengths of chunks that are written at once, in KiB. */
const writes: readonly (readonly number[])[] = [
  [40, 1024],
  [40, 1024, 40],
  [300, 300, 300],
  [0, 100, 0, 700, 1],
  [33, 33, 600, 0, 33],
];

/** KiB that the transport takes before it wants to be waited for. */
const rooms = [16, 100, 400, 8000];

/** Too long to wait for the end of the turn. */
const ANSWER = Buffer.alloc(40 * KIBI);

/** Another content for each chunk. */
const chunk = (length: number, i: number): Buffer => Buffer.alloc(length * KIBI, `chunk ${i} `);

for (const [lengths, room] of writes.flatMap(each => rooms.map(room => [each, room] as const))) {
  test(`chunks of ${lengths.join(', ')} KiB over a transport with room for ${room} arrive whole and once, their callbacks in order`, async () => {
    const [near, far] = duplexPair({ highWaterMark: room * KIBI });
    const server = new castls.TLSSocket(far, { isServer: true, ...keyPair('server_p256') });
    const socket = castls.connect({ socket: near, servername: 'example.test', ca });
    await event(socket, 'secureConnect');
    socket.resume();
    const arrived = createHash('sha256');
    let bytes = 0;
    server.on('data', (data: Buffer) => {
      arrived.update(data);
      bytes += data.length;
      server.write(ANSWER);
    });
    socket.write('first');
    await event(socket, 'data');
    const chunks = [Buffer.from('first'), ...lengths.map(chunk)];
    const called: number[] = [];
    socket.cork();
    for (let i = 1; i < chunks.length; i++) socket.write(chunks[i], () => called.push(i));
    socket.end();
    socket.uncork();
    await within('the end', event(server, 'end'));
    const whole = Buffer.concat(chunks);
    assert.is(bytes, whole.length);
    assert.is(arrived.digest('hex'), createHash('sha256').update(whole).digest('hex'));
    assert.equal(called, [...chunks.keys()].slice(1));
    server.destroy();
  });
}

test.run();
