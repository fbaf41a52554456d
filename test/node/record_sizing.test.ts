// dynamicRecordSizing: how long the records of data are that leave a castls/node socket.

import * as net from 'node:net';
import * as nodeTls from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RecordSizing } from '../../src/adapters/node/stream/record_sizing.ts';
import { ca, cleanUp, event, keyPair, later, listening, own, within } from '../support/node_tls.ts';

test.after.each(cleanUp);

/** What a path of 1,492 bytes leaves below IPv6 and TCP with timestamps. */
const SEGMENT = 1420;

/** A server that answers a number with so many bytes, and node's client, with the records of data between them. */
async function pair(options: object, version: nodeTls.SecureVersion) {
  const server = own.createServer({ ...keyPair('server_p256'), ...options }, socket => {
    socket.on('data', asked => {
      for (const length of String(asked).split(' ')) socket.write(Buffer.alloc(Number(length)));
    });
  });
  const port = await listening(server);
  let parts: Buffer[] = [];
  const way = net.createServer(socket => {
    const onward = net.connect(port, '127.0.0.1');
    socket.on('error', () => {}).on('close', () => onward.destroy());
    socket.pipe(onward.on('data', part => parts.push(part)).on('error', () => {})).pipe(socket);
  });
  const client = nodeTls.connect({
    port: await listening(way),
    ca,
    servername: 'example.test',
    minVersion: version,
    maxVersion: version,
  });
  later(() => client.destroy());
  await event(client, 'secureConnect');
  /** Lengths of the records, headers included, that bring answers of so many bytes. */
  return async (...lengths: number[]): Promise<number[]> => {
    parts = [];
    let left = lengths.reduce((sum, length) => sum + length, 0);
    const arrived = new Promise<void>(resolve => {
      const take = (data: Buffer) => {
        left -= data.length;
        if (left > 0) return;
        client.removeListener('data', take);
        resolve();
      };
      client.on('data', take);
    });
    client.write(lengths.join(' '));
    await within('the answer', arrived);
    assert.is(left, 0);
    const bytes = Buffer.concat(parts);
    const records: number[] = [];
    for (let at = 0; at < bytes.length; at += records[records.length - 1]) records.push(5 + bytes.readUInt16BE(at + 3));
    return records;
  };
}

const short = (records: readonly number[]): number => records.filter(length => length <= SEGMENT).length;

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  test(`${version}: ten records fit in a segment, then they are full`, async () => {
    const ask = await pair({ dynamicRecordSizing: true, minVersion: version }, version);
    await ask(1); // tickets leave with it
    const records = await ask(100_000);
    assert.is(short(records.slice(0, 9)), 9);
    assert.ok(records[0] > 1370, 'they use the segment');
    assert.ok(records.slice(9, -1).every(length => length > 16384));
    assert.is((await ask(16_384)).length, 1);
  });

  test(`${version}: without the option a write is as few records as hold it`, async () => {
    const ask = await pair({ minVersion: version }, version);
    await ask(1);
    assert.is((await ask(16_384)).length, 1);
    assert.is((await ask(40_000)).length, 3);
  });
}

test('writes that are joined are cut as others are, and what is short already stays whole', async () => {
  const ask = await pair({ dynamicRecordSizing: true }, 'TLSv1.3');
  await ask(1);
  assert.is((await ask(500)).length, 1);
  const joined = await ask(3000, 3000, 3000);
  assert.is(short(joined), joined.length);
});

test('a second of silence makes the next ten short; a write, whatever its length, ends a silence', async () => {
  const { now } = performance;
  let time = 5000;
  // The time is asked for once a turn of the loop.
  const later = async (milliseconds: number) => {
    time += milliseconds;
    await new Promise(setImmediate);
  };
  performance.now = () => time;
  await later(0);
  try {
    const sizing = new RecordSizing();
    const full = () => sizing.limit === Number.POSITIVE_INFINITY;
    for (let i = 0; i < 10; i++) {
      assert.is(sizing.limit, 1370);
      sizing.written();
    }
    assert.ok(full());
    await later(999);
    assert.ok(full());
    await later(999);
    assert.ok(full());
    await later(1000);
    assert.not(full());
    // What was refused is no record.
    for (let i = 0; i < 20; i++) assert.not(full());
  } finally {
    performance.now = now;
  }
});

test.run();
