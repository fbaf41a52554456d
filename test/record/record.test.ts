// The record layer: fragments of every size, what may stand where, floods, key changes, policies.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RecordProtection } from '../../src/crypto/record_protection.ts';
import { MAX_EMPTY_RECORDS, MAX_WARNING_ALERTS } from '../../src/record/limits.ts';
import { type Incoming, RecordReader } from '../../src/record/record_reader.ts';
import { RecordWriter } from '../../src/record/record_writer.ts';
import { ContentType } from '../../src/registry/content_types.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { bytes, throwsCode } from '../wire/malformed.ts';

const limits = { maxCertificateMessage: 100_000, maxHandshakeMessage: 70_000 };
const TLS12 = 0x0303;
const TLS13 = 0x0304;
const provider = nodeProvider();

/** Protections of both ends of one direction, TLS 1.3 or 1.2. */
function keys(version: number): { seal: RecordProtection; open: RecordProtection } {
  if (version === TLS13) {
    const secret = provider.importSecret(bytes(32));
    const suite = provider.cipherSuites13[0];
    return { seal: suite.protect(secret), open: suite.protect(secret) };
  }
  const suite = provider.cipherSuites12[0];
  const block = provider.importSecret(bytes(suite.keyBlockLength));
  return { seal: suite.protect(block, 'client', false), open: suite.protect(block, 'client', false) };
}

interface Ends {
  readonly writer: RecordWriter;
  readonly reader: RecordReader;
  readonly seal: RecordProtection;
}

/** A writer and a reader under the same keys, after the handshake. */
function joined(version = TLS13): Ends {
  const writer = new RecordWriter(TLS12);
  const reader = new RecordReader(limits);
  const { seal, open } = keys(version);
  reader.useVersion(version);
  reader.allowApplicationData(true);
  writer.changeProtection(seal);
  reader.changeProtection(open);
  return { writer, reader, seal };
}

function readAll(reader: RecordReader): Incoming[] {
  const all: Incoming[] = [];
  for (let incoming = reader.next(); incoming !== null; incoming = reader.next()) all.push(incoming);
  return all;
}

function feed(reader: RecordReader, data: Uint8Array): Incoming[] {
  reader.push(data);
  const all = readAll(reader);
  reader.retain();
  return all;
}

function record(type: number, content: ArrayLike<number>, version = TLS12): Uint8Array {
  return Uint8Array.of(
    type,
    version >> 8,
    version & 255,
    content.length >> 8,
    content.length & 255,
    ...Array.from(content),
  );
}

const message = (type: number, body: ArrayLike<number>) =>
  Uint8Array.of(type, body.length >> 16, (body.length >> 8) & 255, body.length & 255, ...Array.from(body));

const join = (chunks: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(chunks));
const dataOf = (all: readonly Incoming[]) => join(all.flatMap(item => (item.kind === 'data' ? [item.data] : [])));
const rawOf = (all: readonly Incoming[]) => all.flatMap(item => (item.kind === 'message' ? [item.message.raw] : []));

for (const version of [TLS12, TLS13]) {
  const name = version === TLS13 ? '1.3' : '1.2';
  test(`${name}: data in chunks of any size comes out the same`, () => {
    const content = Uint8Array.from({ length: 100_000 }, (_, i) => i * 31);
    for (const size of [1, 5, 1000, 16_406, 20_000, 1_000_000]) {
      const { writer, reader } = joined(version);
      writer.writeData(content);
      const sent = join(writer.takeOutput());
      const out: Incoming[] = [];
      for (let at = 0; at < sent.length; at += size) {
        const chunk = sent.slice(at, at + size);
        out.push(...feed(reader, chunk));
        chunk.fill(0); // the chunk is the caller's again
      }
      assert.equal(dataOf(out), content, `chunks of ${size}`);
      assert.is(reader.buffered, 0);
      assert.not.ok(reader.insideRecord);
    }
  });

  test(`${name}: many records of one chunk come as one piece of data`, () => {
    const { writer, reader } = joined(version);
    for (let i = 0; i < 50; i++) writer.writeData(bytes(10, i));
    const out = feed(reader, join(writer.takeOutput()));
    assert.is(out.length, 1);
    assert.is(dataOf(out).length, 500);
  });

  test(`${name}: data and alerts keep their order`, () => {
    const { writer, reader } = joined(version);
    writer.writeData(bytes(3));
    writer.writeAlert(1, 0);
    const out = feed(reader, join(writer.takeOutput()));
    assert.equal(out, [
      { kind: 'data', data: bytes(3) },
      { kind: 'alert', alert: { level: 1, description: 0 }, effect: 'closes' },
    ]);
  });

  test(`${name}: a changed record (bad_record_mac), nothing of it comes out`, () => {
    const { writer, reader } = joined(version);
    writer.writeData(bytes(3));
    writer.writeData(bytes(4));
    const sent = join(writer.takeOutput());
    sent[sent.length - 1] ^= 1;
    reader.push(sent);
    assert.equal(dataOf([reader.next() as Incoming]), bytes(3));
    throwsCode(() => reader.next(), 'ERR_DECRYPTION_FAILED');
  });

  test(`${name}: records over the limit of ciphertext (record_overflow)`, () => {
    const { reader } = joined(version);
    const length = 16384 + (version === TLS13 ? 257 : 2049);
    reader.push(Uint8Array.of(23, 3, 3, length >> 8, length & 255));
    throwsCode(() => reader.next(), 'ERR_RECORD_OVERFLOW');
  });

  test(`${name}: the negotiated limit, from both sides (RFC 8449)`, () => {
    const { writer, reader } = joined(version);
    writer.limit(100);
    reader.limit(100);
    writer.writeData(bytes(250));
    const sent = join(writer.takeOutput());
    assert.is(dataOf(feed(reader, sent)).length, 250);
    writer.limit(101);
    writer.writeData(bytes(101));
    reader.push(join(writer.takeOutput()));
    throwsCode(() => reader.next(), 'ERR_RECORD_OVERFLOW');
  });

  test(`${name}: empty data records are legal, a flood is not (unexpected_message)`, () => {
    const { writer, reader } = joined(version);
    for (let i = 0; i < MAX_EMPTY_RECORDS; i++) writer.writeData(new Uint8Array(0));
    writer.writeData(bytes(1));
    assert.equal(dataOf(feed(reader, join(writer.takeOutput()))), bytes(1));
    for (let i = 0; i <= MAX_EMPTY_RECORDS; i++) writer.writeData(new Uint8Array(0));
    reader.push(join(writer.takeOutput()));
    throwsCode(() => readAll(reader), 'ERR_TOO_MANY_RECORDS');
  });

  test(`${name}: data during the handshake, even empty (unexpected_message)`, () => {
    for (const length of [0, 5]) {
      const { writer, reader } = joined(version);
      reader.allowApplicationData(false);
      writer.writeData(bytes(length));
      reader.push(join(writer.takeOutput()));
      throwsCode(() => reader.next(), 'ERR_UNEXPECTED_MESSAGE');
    }
  });

  test(`${name}: data inside a handshake message (unexpected_message, §5.1)`, () => {
    const { reader, seal } = joined(version);
    const half = seal.sealNext(ContentType.handshake, message(4, bytes(50)).subarray(0, 20), 16384);
    const data = seal.sealNext(ContentType.application_data, bytes(5), 16384);
    reader.push(join([half, data]));
    throwsCode(() => reader.next(), 'ERR_UNEXPECTED_MESSAGE');
  });
}

test('handshake messages in pieces of any size over records of any size', () => {
  const messages = [message(2, bytes(70)), message(11, bytes(9000)), message(14, []), message(4, bytes(20_000))];
  const stream = join(messages);
  for (const fragment of [1, 3, 4, 5, 100, 16384]) {
    const reader = new RecordReader(limits);
    const records: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += fragment) records.push(record(22, stream.subarray(at, at + fragment)));
    const out: Incoming[] = [];
    const sent = join(records);
    for (let at = 0; at < sent.length; at += 1789) out.push(...feed(reader, sent.subarray(at, at + 1789)));
    assert.equal(rawOf(out), messages, `fragments of ${fragment}`);
  }
});

test('a message keeps its bytes when the chunk is used again', () => {
  const reader = new RecordReader(limits);
  const chunk = record(22, message(1, bytes(40)));
  const [raw] = rawOf(feed(reader, chunk));
  chunk.fill(0);
  assert.equal(raw, message(1, bytes(40)));
});

test('messages over their cap, when their header is seen (decode_error)', () => {
  const long = [20, 0, 0, 65];
  throwsCode(() => feed(new RecordReader(limits), record(22, long)), 'ERR_MESSAGE_TOO_LARGE', 'Finished');
  throwsCode(() => feed(new RecordReader(limits), record(22, [24, 0, 0, 2])), 'ERR_MESSAGE_TOO_LARGE', 'KeyUpdate');
  const huge = [11, 0x7f, 0xff, 0xff];
  throwsCode(() => feed(new RecordReader(limits), record(22, huge)), 'ERR_MESSAGE_TOO_LARGE', 'Certificate');
  const type99 = [99, 0, 0, 0];
  throwsCode(() => feed(new RecordReader(limits), record(22, type99)), 'ERR_UNEXPECTED_MESSAGE', 'unknown type');
  const reader = new RecordReader(limits);
  assert.equal(feed(reader, record(22, [1, 1, 0xff, 0])), []);
  assert.ok(reader.insideRecord);
});

test('a peer that announces a long message gets no more room than it fills', () => {
  const reader = new RecordReader({ ...limits, maxCertificateMessage: 10_000_000 });
  assert.equal(feed(reader, record(22, [11, 0x7f, 0xff, 0xff])), []);
  for (let i = 0; i < 20; i++) assert.equal(feed(reader, record(22, bytes(1000))), []);
});

test('plaintext records: types, versions, lengths', () => {
  const refused = (data: Uint8Array, code: string) => throwsCode(() => feed(new RecordReader(limits), data), code);
  for (const type of [0, 19, 24, 25, 71, 128, 255]) refused(record(type, [1]), 'ERR_UNEXPECTED_MESSAGE');
  for (const type of [20, 21, 22, 23]) refused(record(type, []), 'ERR_UNEXPECTED_MESSAGE');
  refused(record(23, [1, 2, 3]), 'ERR_UNEXPECTED_MESSAGE');
  refused(record(22, [1], 0x0203), 'ERR_BAD_RECORD_VERSION');
  refused(record(22, [1], 0x0403), 'ERR_BAD_RECORD_VERSION');
  refused(Uint8Array.of(22, 3, 1, 0x40, 1), 'ERR_RECORD_OVERFLOW');
  for (const version of [0x0300, 0x0301, 0x0303, 0x0304, 0x03fe]) {
    assert.is(rawOf(feed(new RecordReader(limits), record(22, message(1, bytes(4)), version))).length, 1);
  }
});

test('after TLS 1.2 is agreed on, records say so (protocol_version)', () => {
  const reader = new RecordReader(limits);
  reader.useVersion(TLS12);
  throwsCode(() => feed(reader, record(22, message(14, []), 0x0301)), 'ERR_BAD_RECORD_VERSION');
  const refused = new RecordReader(limits);
  refused.useVersion(TLS12);
  assert.is(feed(refused, record(21, [2, 70], 0x0301))[0].kind, 'alert');
});

test('ChangeCipherSpec of TLS 1.3: one is dropped, where it may stand (§5)', () => {
  const ccs = record(20, [1]);
  const fresh = () => new RecordReader(limits);
  throwsCode(() => feed(fresh(), ccs), 'ERR_UNEXPECTED_MESSAGE', 'before the ClientHello');
  for (const content of [[2], [1, 1], [0]]) {
    const reader = fresh();
    reader.expectChangeCipherSpec('ignored');
    throwsCode(() => feed(reader, record(20, content)), 'ERR_UNEXPECTED_MESSAGE', `content ${content}`);
  }
  const { reader, writer, seal } = joined();
  reader.expectChangeCipherSpec('ignored');
  writer.writeData(bytes(1));
  assert.equal(feed(reader, join([ccs, join(writer.takeOutput())])).length, 1);
  throwsCode(() => feed(reader, ccs), 'ERR_UNEXPECTED_MESSAGE', 'a second one');
  reader.expectChangeCipherSpec('ignored'); // after a HelloRetryRequest
  assert.equal(feed(reader, ccs), []);
  const inside = joined();
  inside.reader.expectChangeCipherSpec('ignored');
  const sealed = inside.seal.sealNext(ContentType.change_cipher_spec, Uint8Array.of(1), 16384);
  throwsCode(() => feed(inside.reader, sealed), 'ERR_UNEXPECTED_MESSAGE', 'a protected one');
  seal.dispose();
});

test('ChangeCipherSpec of TLS 1.2 is handed on, but not inside a message or under protection', () => {
  const ccs = record(20, [1]);
  const reader = new RecordReader(limits);
  reader.useVersion(TLS12);
  reader.expectChangeCipherSpec('message');
  assert.equal(feed(reader, ccs), [{ kind: 'change_cipher_spec' }]);
  feed(reader, record(22, [16, 0, 0, 9, 1]));
  throwsCode(() => feed(reader, ccs), 'ERR_UNEXPECTED_MESSAGE', 'inside a message');
  const after = joined(TLS12);
  after.reader.expectChangeCipherSpec('message');
  const sealed = after.seal.sealNext(ContentType.change_cipher_spec, Uint8Array.of(1), 16384);
  throwsCode(() => feed(after.reader, sealed), 'ERR_UNEXPECTED_MESSAGE', 'protected');
});

test('TLS 1.3 under protection: plaintext records (unexpected_message), but for the first alert (§6)', () => {
  const { reader } = joined();
  throwsCode(() => feed(reader, record(22, message(20, bytes(32)))), 'ERR_UNEXPECTED_MESSAGE');
  const early = joined();
  const [alert] = feed(early.reader, record(21, [2, 48]));
  assert.equal(alert, { kind: 'alert', alert: { level: 2, description: 48 }, effect: 'fatal' });
  const late = joined();
  late.writer.writeData(bytes(1));
  feed(late.reader, join(late.writer.takeOutput()));
  throwsCode(() => feed(late.reader, record(21, [2, 48])), 'ERR_UNEXPECTED_MESSAGE');
});

test('alerts: length, level, floods (§6, RFC 5246 §7.2)', () => {
  const reader12 = () => {
    const reader = new RecordReader(limits);
    reader.useVersion(TLS12);
    return reader;
  };
  throwsCode(() => feed(reader12(), record(21, [2])), 'ERR_DECODE_ERROR', 'half an alert');
  throwsCode(() => feed(reader12(), record(21, [2, 40, 2, 40])), 'ERR_DECODE_ERROR', 'two alerts');
  throwsCode(() => feed(reader12(), record(21, [3, 40])), 'ERR_ILLEGAL_PARAMETER', 'level 3');
  const reader = reader12();
  for (let i = 0; i < MAX_WARNING_ALERTS; i++) {
    assert.is(feed(reader, record(21, [1, 100]))[0].kind, 'warning');
  }
  throwsCode(() => feed(reader, record(21, [1, 100])), 'ERR_TOO_MANY_WARNINGS');
  const { reader: reader13, seal } = joined();
  const level9 = seal.sealNext(ContentType.alert, Uint8Array.of(9, 40), 16384);
  assert.equal(feed(reader13, level9)[0], { kind: 'alert', alert: { level: 9, description: 40 }, effect: 'fatal' });
  const warning = seal.sealNext(ContentType.alert, Uint8Array.of(1, 112), 16384);
  assert.is((feed(reader13, warning)[0] as { effect?: string }).effect, 'fatal');
  const canceled = seal.sealNext(ContentType.alert, Uint8Array.of(1, 90), 16384);
  assert.is(feed(reader13, canceled)[0].kind, 'warning');
});

test('keys do not change inside or between handshake messages of one record (unexpected_message, §5.1)', () => {
  const reader = new RecordReader(limits);
  reader.push(record(22, join([message(2, bytes(40)), message(8, [0, 0])])));
  assert.is(reader.next()?.kind, 'message');
  throwsCode(() => reader.changeProtection(keys(TLS13).open), 'ERR_KEY_CHANGE_INSIDE_MESSAGE');
  const partial = new RecordReader(limits);
  feed(partial, record(22, [2, 0]));
  throwsCode(() => partial.changeProtection(keys(TLS13).open), 'ERR_KEY_CHANGE_INSIDE_MESSAGE');
});

test('rejected early data is skipped up to a limit, until a record opens (§4.2.10)', () => {
  const other = provider.cipherSuites13[0].protect(provider.importSecret(bytes(32, 9)));
  const { reader, writer } = joined();
  reader.skipUnopened(3000);
  const early = other.sealNext(ContentType.application_data, bytes(2500), 1000);
  writer.writeData(bytes(4));
  const good = join(writer.takeOutput());
  assert.equal(dataOf(feed(reader, join([early, good]))), bytes(4));
  const late = other.sealNext(ContentType.application_data, bytes(1), 1000);
  throwsCode(() => feed(reader, late), 'ERR_DECRYPTION_FAILED', 'after the first record that opened');
  const greedy = joined();
  greedy.reader.skipUnopened(3000);
  const flood = other.sealNext(ContentType.application_data, bytes(4000), 1000);
  throwsCode(() => feed(greedy.reader, flood), 'ERR_DECRYPTION_FAILED');
});

test('after a HelloRetryRequest early data is skipped in plaintext, until the second ClientHello', () => {
  const reader = new RecordReader(limits);
  reader.skipUnopened(100);
  const hello = record(22, message(1, bytes(40)));
  assert.is(feed(reader, join([record(23, bytes(50)), hello])).length, 1);
  throwsCode(() => feed(reader, record(23, bytes(10))), 'ERR_UNEXPECTED_MESSAGE');
});

test('the drop policy of datagrams: unreadable records vanish', () => {
  const other = provider.cipherSuites13[0].protect(provider.importSecret(bytes(32, 9)));
  const { reader, writer } = joined();
  reader.dropUnopened();
  writer.writeData(bytes(4));
  const good = join(writer.takeOutput());
  const junk = other.sealNext(ContentType.application_data, bytes(1), 1000);
  assert.equal(dataOf(feed(reader, join([junk, good]))), bytes(4));
});

test('input that nobody reads is kept up to a cap (ERR_TOO_MUCH_INPUT)', () => {
  const reader = new RecordReader(limits);
  throwsCode(() => {
    for (let i = 0; i < 100; i++) reader.push(new Uint8Array(65_536));
  }, 'ERR_TOO_MUCH_INPUT');
});

test('the writer: messages share records, in order with all else, cut at 16,384 bytes', () => {
  const writer = new RecordWriter(0x0301);
  writer.writeHandshake(message(2, bytes(40)));
  writer.writeHandshake(message(14, []));
  writer.writeChangeCipherSpec();
  writer.useRecordVersion(TLS12);
  writer.writeHandshake(message(11, new Uint8Array(20_000)));
  assert.ok(writer.pending > 20_000);
  const sent = join(writer.takeOutput());
  assert.is(writer.pending, 0);
  const first = join([message(2, bytes(40)), message(14, [])]);
  assert.equal(sent.subarray(0, 5 + first.length), record(22, first, 0x0301));
  const rest = sent.subarray(5 + first.length);
  assert.equal(rest.subarray(0, 6), record(20, [1], 0x0301));
  assert.equal(rest.subarray(6, 11), Uint8Array.of(22, 3, 3, 0x40, 0));
  throwsCode(() => writer.writeData(bytes(1)), 'ERR_INVALID_STATE');
});

test('what was written before a key change is under the old keys', () => {
  const writer = new RecordWriter(TLS12);
  const reader = new RecordReader(limits);
  const { seal, open } = keys(TLS13);
  writer.writeHandshake(message(2, bytes(40)));
  writer.changeProtection(seal);
  writer.writeHandshake(message(8, [0, 0]));
  reader.useVersion(TLS13);
  reader.push(join(writer.takeOutput()));
  assert.is(rawOf([reader.next() as Incoming])[0][0], 2);
  reader.changeProtection(open);
  assert.is(rawOf([reader.next() as Incoming])[0][0], 8);
});

test('padding goes inside, and the limit counts it (§5.4)', () => {
  const { writer, reader } = joined();
  writer.writeData(bytes(100), 50);
  const sent = join(writer.takeOutput());
  assert.is(sent.length, 5 + 100 + 1 + 50 + 16);
  assert.equal(dataOf(feed(reader, sent)), bytes(100));
  writer.writeData(new Uint8Array(16384), 50);
  assert.is(dataOf(feed(reader, join(writer.takeOutput()))).length, 16384);
});

test.run();
