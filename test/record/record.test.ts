// The record layer without protection: messages in pieces, what may stand where, caps. Under protection: protected.ts.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Incoming, RecordReader } from '../../src/record/record_reader.ts';
import { RecordWriter } from '../../src/record/record_writer.ts';
import { bytes, throwsCode } from '../wire/malformed.ts';
import { feed, join, limits, message, rawOf, record, TLS12 } from './support.ts';

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

test('max_fragment_length is for records without protection, too (record_overflow, RFC 6066 §4)', () => {
  const within = () => {
    const reader = new RecordReader(limits);
    reader.limitUnprotected(512);
    return reader;
  };
  const sent = message(11, bytes(900));
  const out = feed(within(), join([record(22, sent.subarray(0, 512)), record(22, sent.subarray(512))]));
  assert.equal(rawOf(out), [sent]);
  throwsCode(() => feed(within(), record(22, sent.subarray(0, 513))), 'ERR_RECORD_OVERFLOW');
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

test('after a HelloRetryRequest early data is skipped in plaintext, until the second ClientHello', () => {
  const reader = new RecordReader(limits);
  reader.skipUnopened(100);
  const hello = record(22, message(1, bytes(40)));
  assert.is(feed(reader, join([record(23, bytes(50)), hello])).length, 1);
  throwsCode(() => feed(reader, record(23, bytes(10))), 'ERR_UNEXPECTED_MESSAGE');
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

test('messages without protection leave in one buffer that is lent, as they would in one of their own', () => {
  const lent: Uint8Array[] = [];
  const buffers = {
    take(length: number) {
      lent.push(new Uint8Array(Math.max(length, 4096)));
      return lent[lent.length - 1];
    },
  };
  const written = [new RecordWriter(TLS12, buffers), new RecordWriter(TLS12)].map(writer => {
    writer.limitUnprotected(512);
    writer.writeHandshake(message(2, bytes(1000)));
    writer.writeChangeCipherSpec();
    writer.writeAlert(2, 40);
    const pending = writer.pending;
    const output = writer.takeOutput();
    assert.is(join(output).length, pending);
    return output;
  });
  assert.equal(join(written[0]), join(written[1]));
  assert.is(written[0].length, 1);
  assert.is(written[0][0].buffer, lent[0].buffer);
  assert.is(lent.length, 1);
});

test.run();
