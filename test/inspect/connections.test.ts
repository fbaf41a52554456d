// Connections out of captures and traces: reassembly, key logs, what a trace leaves out, files that are damaged.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  connectionDecoder,
  type DecodedRecord,
  KeyLog,
  readConnections,
  readTraces,
  TlsError,
  type Trace,
  writeTrace,
} from '../../src/inspect.ts';
import { pcapOf, type Recording, recordings } from './recordings.ts';

const all = recordings();
const named = async (name: string): Promise<Recording> => (await all).find(each => each.name === name) as Recording;
const isCode = (code: string) => (error: unknown) => error instanceof TlsError && error.code === code;
const texts = (records: readonly DecodedRecord[]): string[] =>
  records.map(
    ({ from, innerType, content }) =>
      `${from} ${innerType} ${content === null ? '-' : Buffer.from(content).toString('hex')}`,
  );

function decoded({ chunks, keyLog }: Recording): DecodedRecord[] {
  const decoder = connectionDecoder(keyLog);
  for (const { from, data } of chunks) decoder.push(from, data, 0);
  const records = decoder.take(true);
  decoder.dispose();
  return records;
}

test('every record of every version opens with the key log, and none without', async () => {
  for (const recording of await all) {
    for (const { failure } of decoded(recording)) assert.is(failure, undefined, recording.name);
    const closed = decoded({ ...recording, keyLog: '' });
    const open = closed.filter(({ protection, content }) => protection !== null && content !== null);
    assert.equal(open, [], recording.name);
  }
});

test('secrets may come after the bytes: what needs them waits, in order', async () => {
  const { chunks, keyLog } = await named('TLS 1.3, both with certificates');
  const decoder = connectionDecoder();
  const records: DecodedRecord[] = [];
  for (const { from, data } of chunks) {
    decoder.push(from, data, 0);
    records.push(...decoder.take());
  }
  assert.ok(records.length > 1 && records.every(({ protection }) => protection === null));
  for (const line of keyLog.split('\n')) {
    decoder.secret(line);
    records.push(...decoder.take());
  }
  decoder.dispose();
  assert.equal(texts(records), texts(decoded({ name: '', chunks, keyLog })));
});

test('bytes in any pieces give the same records', async () => {
  const { chunks, keyLog } = await named('TLS 1.3, resumed with early data');
  const decoder = connectionDecoder(keyLog);
  for (const { from, data } of chunks)
    for (let i = 0; i < data.length; i += 7) decoder.push(from, data.subarray(i, i + 7), 0);
  assert.equal(texts(decoder.take(true)), texts(decoded({ name: '', chunks, keyLog })));
  decoder.dispose();
});

test('KeyUpdates are followed: records under new keys open, and say so', async () => {
  const records = decoded(await named('TLS 1.3, both with certificates'));
  const generations = new Set(records.map(({ from, protection }) => `${from} ${protection?.generation}`));
  assert.ok(generations.has('client 1') && generations.has('server 1'));
});

test('a capture gives the connection, whatever the order and repetition of its segments', async () => {
  const recording = await named('TLS 1.3, HelloRetryRequest');
  const pcap = Buffer.from(await pcapOf(recording));
  const expected = texts(decoded(recording));
  const [trace, ...more] = readConnections(new Uint8Array(pcap), recording.keyLog);
  assert.is(more.length, 0);
  assert.equal(texts(trace.records), expected);
  assert.match(trace.header.peer as string, /^10\.0\.0\.1:40000 to 10\.0\.0\.2:443$/);
  const packets: Buffer[] = [];
  for (let at = 24; at < pcap.length; at += 16 + pcap.readUInt32LE(at + 8))
    packets.push(pcap.subarray(at, at + 16 + pcap.readUInt32LE(at + 8)));
  // Each segment twice, neighbours swapped; the SYN stays first.
  const [syn, ...rest] = packets;
  for (let i = 0; i + 1 < rest.length; i += 2) [rest[i], rest[i + 1]] = [rest[i + 1], rest[i]];
  const mixed = Buffer.concat([pcap.subarray(0, 24), syn, ...rest.flatMap(packet => [packet, packet])]);
  const [again] = readConnections(new Uint8Array(mixed), recording.keyLog);
  const sides = (from: string, records: readonly string[]) => records.filter(text => text.startsWith(from));
  for (const from of ['client', 'server']) assert.equal(sides(from, texts(again.records)), sides(from, expected));
});

test('a segment that is missing is said, and ends its direction', async () => {
  const recording = await named('TLS 1.3, both with certificates');
  const pcap = Buffer.from(await pcapOf(recording));
  const packets: Buffer[] = [];
  for (let at = 24; at < pcap.length; at += 16 + pcap.readUInt32LE(at + 8))
    packets.push(pcap.subarray(at, at + 16 + pcap.readUInt32LE(at + 8)));
  packets.splice(4, 1);
  const [trace] = readConnections(new Uint8Array(Buffer.concat([pcap.subarray(0, 24), ...packets])), recording.keyLog);
  assert.ok(trace.notes.some(note => note.event === 'note' && /are missing in the capture/.test(note.text)));
});

test('pcapng with the secrets in it', async () => {
  const recording = await named('TLS 1.2, ECDHE, both with certificates');
  const [trace] = readConnections(pcapngOf(Buffer.from(await pcapOf(recording)), recording.keyLog));
  assert.equal(texts(trace.records), texts(decoded(recording)));
});

/** The packets of a classic pcap as pcapng (draft-ietf-opsawg-pcapng), with a Decryption Secrets Block before them. */
function pcapngOf(pcap: Buffer, keyLog: string): Uint8Array {
  const block = (type: number, body: Buffer): Buffer => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    const header = Buffer.alloc(8);
    header.writeUInt32LE(type, 0);
    header.writeUInt32LE(padded.length + 12, 4);
    return Buffer.concat([header, padded, header.subarray(4, 8)]);
  };
  const numbers = (...values: number[]): Buffer =>
    Buffer.concat(
      values.map(value => {
        const four = Buffer.alloc(4);
        four.writeUInt32LE(value >>> 0);
        return four;
      }),
    );
  const blocks = [
    block(0x0a0d0d0a, Buffer.concat([numbers(0x1a2b3c4d, 1), Buffer.alloc(8, 0xff)])),
    block(1, numbers(1, 0)),
    block(10, Buffer.concat([numbers(0x544c534b, keyLog.length), Buffer.from(keyLog)])),
  ];
  for (let at = 24; at < pcap.length; ) {
    const length = pcap.readUInt32LE(at + 8);
    blocks.push(
      block(
        6,
        Buffer.concat([numbers(0, 0, pcap.readUInt32LE(at), length, length), pcap.subarray(at + 16, at + 16 + length)]),
      ),
    );
    at += 16 + length;
  }
  return new Uint8Array(Buffer.concat(blocks));
}

async function traceOf(name: string): Promise<Trace> {
  const recording = await named(name);
  const [trace] = readConnections(await pcapOf(recording), recording.keyLog);
  return trace;
}

test('a trace comes back as it was written, secrets and data only where they were asked for', async () => {
  const { keyLog } = await named('TLS 1.3, a ticket');
  const trace = await traceOf('TLS 1.3, a ticket');
  const whole = writeTrace(trace);
  const [back] = readTraces(whole);
  assert.equal(texts(back.records), texts(trace.records));
  const bare = writeTrace({ ...trace, header: { ...trace.header, dangerousSecrets: false } });
  const data = Buffer.from('GET / HTTP/1.1').toString('hex');
  assert.ok(whole.includes(data));
  assert.not.ok(bare.includes(data), 'application data is in a trace that was not to have any');
  const secrets = keyLog
    .trim()
    .split('\n')
    .map(line => line.split(' ')[2]);
  assert.ok(secrets.length >= 5);
  for (const secret of secrets) {
    assert.ok(whole.includes(secret));
    assert.not.ok(bare.includes(secret), 'a secret is in a trace that was not to have any');
  }
  const [shown] = readTraces(bare);
  const messages = (records: readonly DecodedRecord[]) => texts(records.filter(({ innerType }) => innerType !== 23));
  assert.equal(messages(shown.records), messages(trace.records), 'handshake messages are there either way');
});

test('connections of one file are told apart by their id', async () => {
  const [a, b] = [await traceOf('TLS 1.3, a ticket'), await traceOf('TLS 1.2, RSA')];
  const lines = [
    writeTrace({ ...a, header: { ...a.header, id: 1 } }),
    writeTrace({ ...b, header: { ...b.header, id: 2 } }),
  ].map(text => text.trim().split('\n'));
  const mixed = [
    lines[0][0],
    lines[1][0],
    ...lines[0].slice(1).flatMap((line, i) => [line, lines[1][i + 1]].filter(Boolean)),
  ];
  const [first, second] = readTraces(`${mixed.join('\n')}\n`);
  assert.equal(first.records.length, a.records.length);
  assert.ok(second.records.length > 3);
});

test('traces of later versions, unknown events, and what is no trace', async () => {
  const header =
    '{"castls":"trace","version":1,"started":"2026-01-01T00:00:00Z","role":"client","dangerousSecrets":false}';
  assert.is(readTraces(`${header}\n{"t":1,"event":"new thing"}\n`)[0].records.length, 0);
  assert.throws(() => readTraces(header.replace('"version":1', '"version":2')), isCode('ERR_UNSUPPORTED_OPTION'));
  for (const bad of [
    '',
    '{}',
    '[1]',
    `${header}\n{"t":1,"event":"record"`,
    `${header}\nnull`,
    `${header}\n{"t":1,"event":"record","from":"nobody","type":22,"version":771,"length":1}`,
    '{"t":1}',
  ])
    assert.throws(() => readTraces(bad), isCode('ERR_DECODE_ERROR'), bad);
});

test('damaged captures and traces end in a TlsError or in what could be read', async () => {
  const recording = await named('TLS 1.2, resumed');
  const pcap = new Uint8Array(await pcapOf(recording));
  const pcapng = pcapngOf(Buffer.from(pcap), recording.keyLog);
  const trace = new TextEncoder().encode(writeTrace(await traceOf('TLS 1.2, resumed')));
  let state = 3;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let round = 0; round < 600; round++) {
    const bytes = [pcap, pcapng, trace][round % 3].slice();
    for (let i = 0; i < 1 + random(5); i++) bytes[random(bytes.length)] = random(256);
    try {
      readConnections(bytes.subarray(0, bytes.length - random(bytes.length >> 2)), recording.keyLog);
    } catch (error) {
      assert.ok(error instanceof TlsError, `${error}`);
    }
  }
});

test('a key log takes its lines and leaves the rest', () => {
  const line = `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}`;
  const log = new KeyLog(`# comment\n${line}\nnonsense\n${'x'.repeat(5000)}\nCLIENT_RANDOM zz 00\n`);
  assert.is(log.size, 1);
  assert.equal(log.linesOf('ab'.repeat(32)), [line]);
});

test.run();
