// A server that refuses a client which still sends: its alert arrives, whatever the client has not said yet, over real TCP.

import { connect, type Server, type Socket, createServer as tcpServer } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Lingering } from '../../src/adapters/lingering.ts';
import * as castls from '../../src/index.ts';
import { cleanUp, event, keyPair, later, listen, listening, own, pause, within } from '../support/node_tls.ts';

test.after.each(cleanUp);

/** A ClientHello of TLS 1.2 without a suite that anybody has (handshake_failure). */
const hello = Buffer.from([1, 0, 0, 41, 3, 3, ...new Uint8Array(32), 0, 0, 2, 0xfe, 0xfe, 1, 0]);
const record = Buffer.concat([Buffer.from([22, 3, 1, 0, hello.length]), hello]);
const handshakeFailure = [21, 3, 3, 0, 2, 2, 40];

/** Says hello, then `pieces` of 64 KiB, one each 50 ms, and reads nothing before that is done. */
async function talkative(port: number, pieces: number): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  later(() => socket.destroy());
  socket.pause();
  const read: Buffer[] = [];
  const over = new Promise<Buffer>((resolve, reject) => {
    socket.on('data', chunk => read.push(chunk));
    socket.pause();
    socket.on('error', reject);
    socket.on('end', () => resolve(Buffer.concat(read)));
  });
  over.catch(() => {});
  socket.write(record);
  for (let i = 0; i < pieces; i++) {
    await pause(50);
    socket.write(Buffer.alloc(64 * 1024, 0x17));
  }
  socket.resume();
  return within('the end of the connection', over);
}

async function webServer(): Promise<number> {
  const config = castls.serverConfig({ credentials: [castls.credential(keyPair('server_p256'))] });
  const server: Server = tcpServer({ allowHalfOpen: true }, socket => {
    socket.on('error', () => {});
    const tls = castls.startTls(Duplex.toWeb(socket) as never, { config });
    tls.closed.catch(() => {});
  });
  later(() => server.close());
  return await listening(server);
}

const servers = {
  'castls/node': async () => (await listen(own, keyPair('server_p256'), socket => socket.resume())).port,
  startTls: webServer,
};

for (const [name, port] of Object.entries(servers)) {
  test(`${name}: a client that sends for two seconds more reads its alert, and no reset`, async () => {
    assert.equal([...(await talkative(await port(), 40))], handshakeFailure);
  });

  test(`${name}: one that is done reads it, too, and the end`, async () => {
    assert.equal([...(await talkative(await port(), 1))], handshakeFailure);
  });
}

for (const [name, pause] of Object.entries({ 'before it is refused': 0, 'while the alert waits': 10 })) {
  test(`castls/node: over a stream that writes slowly the alert is written, though the peer ended ${name}`, async () => {
    const written: Buffer[] = [];
    const stream = new Duplex({
      read() {},
      write(chunk, _encoding, callback) {
        setTimeout(() => {
          if (!stream.destroyed) written.push(chunk);
          callback();
        }, 50);
      },
    });
    const closed = new Promise(resolve => stream.once('close', resolve));
    new own.TLSSocket(stream, { isServer: true, ...keyPair('server_p256') }).on('error', () => {});
    stream.push(record);
    setTimeout(() => stream.push(null), pause);
    await within('the close', closed);
    assert.equal([...Buffer.concat(written)], handshakeFailure);
  });
}

for (const [how, leave] of Object.entries({
  'a reset': (socket: Socket): unknown => socket.resetAndDestroy(),
  'its end': (socket: Socket): unknown => socket.end(),
})) {
  test(`castls/node: a socket that waits for its peer closes with ${how}, and nobody hears of an error`, async () => {
    const errors: unknown[] = [];
    const raw: Socket[] = [];
    const server = await listen(own, keyPair('server_p256'), socket => {
      socket.on('error', error => errors.push(error)).write('done');
      socket.destroySoon();
    });
    server.server.on('connection', (socket: Socket) => void raw.push(socket));
    const options = { port: server.port, rejectUnauthorized: false, allowHalfOpen: true };
    const client = own.connect(options);
    later(() => client.destroy());
    client.on('error', () => {});
    client.resume();
    await within('the end of the data', event(client, 'end'));
    const [under] = raw;
    assert.not.ok(under.destroyed);
    const closed = event<boolean>(under, 'close');
    leave(client);
    // Lingering alone would end it after a second of silence.
    assert.is(await within('the close', closed, 900), false);
    assert.equal(errors, []);
  });
}

test('lingering ends once: after silence, after a time in all, after many bytes, or with the peer', async () => {
  const ends: string[] = [];
  const started = (name: string, limits: object) => new Lingering(() => ends.push(name), limits);
  started('silence', { quiet: 20, longest: 10_000, most: 100 });
  const many = started('bytes', { quiet: 5000, longest: 10_000, most: 100 });
  for (let i = 0; i < 4; i++) many.dropped(40);
  const gone = started('peer', { quiet: 5000, longest: 10_000, most: 100 });
  gone.end();
  gone.end();
  assert.equal(ends, ['bytes', 'peer']);
  const busy = started('time', { quiet: 5000, longest: 300, most: 1e9 });
  for (let i = 0; i < 20; i++) {
    await pause(25);
    busy.dropped(1);
  }
  assert.equal(ends, ['bytes', 'peer', 'silence', 'time']);
});

test.run();
