// A stream that TLS is put over a second time: the last one has it, as with node, and the one before is told that it is gone.

import { connect as tcp } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ca, cleanUp, event, keyPair, later, listen, own, readBytes, within } from '../support/node_tls.ts';

test.after.each(cleanUp);

test('of two over one socket the second speaks, and the first fails', async () => {
  const { port } = await listen(own, keyPair('server_p256'), socket => socket.pipe(socket));
  const raw = tcp({ port, host: '127.0.0.1' });
  later(() => raw.destroy());
  const first = own.connect({ socket: raw, servername: 'localhost', ca });
  const failed = event<NodeJS.ErrnoException>(first, 'error');
  const second = own.connect({ socket: raw, servername: 'localhost', ca });
  assert.is((await failed).code, 'ECONNRESET');
  await event(second, 'secureConnect');
  raw.pause();
  raw.removeAllListeners();
  second.write('twice taken');
  assert.is(String(await readBytes(second, 11)), 'twice taken');
  second.end();
  await within('the close', new Promise(done => second.once('close', done)));
});

test('a stream with methods of its own has them again below the second', async () => {
  const destroyed: string[] = [];
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, callback) => callback() });
  const { destroy } = stream;
  stream.destroy = error => {
    destroyed.push('its own');
    return destroy.call(stream, error);
  };
  for (let i = 0; i < 3; i++)
    new own.TLSSocket(stream, { isServer: true, ...keyPair('server_p256') }).on('error', () => {});
  stream.pause();
  stream.removeAllListeners('data');
  assert.ok(stream.listenerCount('data') === 1);
  stream.destroy();
  await within('the close', new Promise(done => stream.once('close', done)));
  assert.equal(destroyed, ['its own']);
});

test.run();
