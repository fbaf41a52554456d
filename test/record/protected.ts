// The record layer under protection: fragments of every size, what may stand where, floods, key changes, policies. One list
// for every provider: protected.test.ts.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_EMPTY_RECORDS, MAX_WARNING_ALERTS } from '../../src/record/limits.ts';
import { type Incoming, RecordReader } from '../../src/record/record_reader.ts';
import { RecordWriter } from '../../src/record/record_writer.ts';
import { ContentType } from '../../src/registry/content_types.ts';
import { bytes, throwsCode } from '../wire/malformed.ts';
import {
  dataOf,
  feed,
  join,
  joined,
  keys,
  limits,
  message,
  type Protectors,
  rawOf,
  readAll,
  record,
  TLS12,
  TLS13,
} from './support.ts';

/** Registers the tests for the two ends `by`; `title` says who they are. */
export function protectedRecordTests(title: string, by: Protectors): void {
  for (const version of [TLS12, TLS13]) {
    const name = version === TLS13 ? '1.3' : '1.2';
    test(`${title}, ${name}: data in chunks of any size comes out the same`, () => {
      const content = Uint8Array.from({ length: 100_000 }, (_, i) => i * 31);
      for (const size of [1, 5, 1000, 16_406, 20_000, 1_000_000]) {
        const { writer, reader } = joined(by, version);
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

    test(`${title}, ${name}: many records of one chunk come as one piece of data`, () => {
      const { writer, reader } = joined(by, version);
      for (let i = 0; i < 50; i++) writer.writeData(bytes(10, i));
      const out = feed(reader, join(writer.takeOutput()));
      assert.is(out.length, 1);
      assert.is(dataOf(out).length, 500);
    });

    test(`${title}, ${name}: long records of one chunk come four by four`, () => {
      const { writer, reader } = joined(by, version);
      writer.writeData(new Uint8Array(9 * 16384));
      const out = feed(reader, join(writer.takeOutput()));
      assert.equal(
        out.map(item => item.kind === 'data' && item.data.length),
        [4 * 16384, 4 * 16384, 16384],
      );
    });

    test(`${title}, ${name}: data and alerts keep their order`, () => {
      const { writer, reader } = joined(by, version);
      writer.writeData(bytes(3));
      writer.writeAlert(1, 0);
      const out = feed(reader, join(writer.takeOutput()));
      assert.equal(out, [
        { kind: 'data', data: bytes(3) },
        { kind: 'alert', alert: { level: 1, description: 0 }, effect: 'closes' },
      ]);
    });

    test(`${title}, ${name}: a changed record (bad_record_mac), nothing of it comes out`, () => {
      const { writer, reader } = joined(by, version);
      writer.writeData(bytes(3));
      writer.writeData(bytes(4));
      const sent = join(writer.takeOutput());
      sent[sent.length - 1] ^= 1;
      reader.push(sent);
      assert.equal(dataOf([reader.next() as Incoming]), bytes(3));
      throwsCode(() => reader.next(), 'ERR_DECRYPTION_FAILED');
    });

    test(`${title}, ${name}: records over the limit of ciphertext (record_overflow)`, () => {
      const { reader } = joined(by, version);
      const length = 16384 + (version === TLS13 ? 257 : 2049);
      reader.push(Uint8Array.of(23, 3, 3, length >> 8, length & 255));
      throwsCode(() => reader.next(), 'ERR_RECORD_OVERFLOW');
    });

    test(`${title}, ${name}: the negotiated limit, from both sides (RFC 8449)`, () => {
      const { writer, reader } = joined(by, version);
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

    test(`${title}, ${name}: empty data records are legal, a flood is not (unexpected_message)`, () => {
      const { writer, reader } = joined(by, version);
      for (let i = 0; i < MAX_EMPTY_RECORDS; i++) writer.writeData(new Uint8Array(0));
      writer.writeData(bytes(1));
      assert.equal(dataOf(feed(reader, join(writer.takeOutput()))), bytes(1));
      for (let i = 0; i <= MAX_EMPTY_RECORDS; i++) writer.writeData(new Uint8Array(0));
      reader.push(join(writer.takeOutput()));
      throwsCode(() => readAll(reader), 'ERR_TOO_MANY_RECORDS');
    });

    test(`${title}, ${name}: data during the handshake, even empty (unexpected_message)`, () => {
      for (const length of [0, 5]) {
        const { writer, reader } = joined(by, version);
        reader.allowApplicationData(false);
        writer.writeData(bytes(length));
        reader.push(join(writer.takeOutput()));
        throwsCode(() => reader.next(), 'ERR_UNEXPECTED_MESSAGE');
      }
    });

    test(`${title}, ${name}: data inside a handshake message (unexpected_message, §5.1)`, () => {
      const { reader, seal } = joined(by, version);
      const half = seal.sealNext(ContentType.handshake, message(4, bytes(50)).subarray(0, 20), 16384);
      const data = seal.sealNext(ContentType.application_data, bytes(5), 16384);
      reader.push(join([half, data]));
      throwsCode(() => reader.next(), 'ERR_UNEXPECTED_MESSAGE');
    });
  }

  test(`${title}: ChangeCipherSpec of TLS 1.3: one is dropped, where it may stand (§5)`, () => {
    const ccs = record(20, [1]);
    const fresh = () => new RecordReader(limits);
    throwsCode(() => feed(fresh(), ccs), 'ERR_UNEXPECTED_MESSAGE', 'before the ClientHello');
    for (const content of [[2], [1, 1], [0]]) {
      const reader = fresh();
      reader.expectChangeCipherSpec('ignored');
      throwsCode(() => feed(reader, record(20, content)), 'ERR_UNEXPECTED_MESSAGE', `content ${content}`);
    }
    const { reader, writer, seal } = joined(by);
    reader.expectChangeCipherSpec('ignored');
    writer.writeData(bytes(1));
    assert.equal(feed(reader, join([ccs, join(writer.takeOutput())])).length, 1);
    throwsCode(() => feed(reader, ccs), 'ERR_UNEXPECTED_MESSAGE', 'a second one');
    const early = fresh();
    early.expectChangeCipherSpec('ignored');
    early.skipUnopened(1000);
    assert.equal(feed(early, join([ccs, ccs])), [], 'one before early data, one behind it');
    throwsCode(() => feed(early, ccs), 'ERR_UNEXPECTED_MESSAGE', 'a third one');
    reader.expectChangeCipherSpec('ignored'); // after a HelloRetryRequest
    assert.equal(feed(reader, ccs), []);
    const inside = joined(by);
    inside.reader.expectChangeCipherSpec('ignored');
    const sealed = inside.seal.sealNext(ContentType.change_cipher_spec, Uint8Array.of(1), 16384);
    throwsCode(() => feed(inside.reader, sealed), 'ERR_UNEXPECTED_MESSAGE', 'a protected one');
    seal.dispose();
  });

  test(`${title}: ChangeCipherSpec of TLS 1.2 is handed on, but not inside a message or under protection`, () => {
    const ccs = record(20, [1]);
    const reader = new RecordReader(limits);
    reader.useVersion(TLS12);
    reader.expectChangeCipherSpec('message');
    assert.equal(feed(reader, ccs), [{ kind: 'change_cipher_spec' }]);
    feed(reader, record(22, [16, 0, 0, 9, 1]));
    throwsCode(() => feed(reader, ccs), 'ERR_UNEXPECTED_MESSAGE', 'inside a message');
    const after = joined(by, TLS12);
    after.reader.expectChangeCipherSpec('message');
    const sealed = after.seal.sealNext(ContentType.change_cipher_spec, Uint8Array.of(1), 16384);
    throwsCode(() => feed(after.reader, sealed), 'ERR_UNEXPECTED_MESSAGE', 'protected');
  });

  test(`${title}: TLS 1.3 under protection: plaintext records (unexpected_message), but for the first alert (§6)`, () => {
    const { reader } = joined(by);
    throwsCode(() => feed(reader, record(22, message(20, bytes(32)))), 'ERR_UNEXPECTED_MESSAGE');
    const early = joined(by);
    const [alert] = feed(early.reader, record(21, [2, 48]));
    assert.equal(alert, { kind: 'alert', alert: { level: 2, description: 48 }, effect: 'fatal' });
    const late = joined(by);
    late.writer.writeData(bytes(1));
    feed(late.reader, join(late.writer.takeOutput()));
    throwsCode(() => feed(late.reader, record(21, [2, 48])), 'ERR_UNEXPECTED_MESSAGE');
  });

  test(`${title}: alerts: length, level, floods (§6, RFC 5246 §7.2)`, () => {
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
    const between = joined(by, TLS12);
    for (let i = 0; i < MAX_WARNING_ALERTS; i++) {
      between.writer.writeAlert(1, 100);
      between.writer.writeData(new Uint8Array(0));
      assert.is(feed(between.reader, join(between.writer.takeOutput()))[0].kind, 'warning');
    }
    between.writer.writeAlert(1, 100);
    const last = join(between.writer.takeOutput());
    throwsCode(() => feed(between.reader, last), 'ERR_TOO_MANY_WARNINGS', 'empty records forgive nothing');
    const { reader: reader13, seal } = joined(by);
    const level9 = seal.sealNext(ContentType.alert, Uint8Array.of(9, 40), 16384);
    assert.equal(feed(reader13, level9)[0], { kind: 'alert', alert: { level: 9, description: 40 }, effect: 'fatal' });
    const warning = seal.sealNext(ContentType.alert, Uint8Array.of(1, 112), 16384);
    assert.is((feed(reader13, warning)[0] as { effect?: string }).effect, 'fatal');
    const canceled = seal.sealNext(ContentType.alert, Uint8Array.of(1, 90), 16384);
    assert.is(feed(reader13, canceled)[0].kind, 'warning');
  });

  test(`${title}: keys do not change inside or between handshake messages of one record (unexpected_message, §5.1)`, () => {
    const reader = new RecordReader(limits);
    reader.push(record(22, join([message(2, bytes(40)), message(8, [0, 0])])));
    assert.is(reader.next()?.kind, 'message');
    throwsCode(() => reader.changeProtection(keys(by, TLS13).open), 'ERR_KEY_CHANGE_INSIDE_MESSAGE');
    const partial = new RecordReader(limits);
    feed(partial, record(22, [2, 0]));
    throwsCode(() => partial.changeProtection(keys(by, TLS13).open), 'ERR_KEY_CHANGE_INSIDE_MESSAGE');
  });

  test(`${title}: rejected early data is skipped up to a limit, until a record opens (§4.2.10)`, () => {
    const other = keys(by, TLS13, 9).seal;
    const { reader, writer } = joined(by);
    reader.skipUnopened(3000);
    const early = other.sealNext(ContentType.application_data, bytes(2500), 1000);
    writer.writeData(bytes(4));
    const good = join(writer.takeOutput());
    assert.equal(dataOf(feed(reader, join([early, good]))), bytes(4));
    const late = other.sealNext(ContentType.application_data, bytes(1), 1000);
    throwsCode(() => feed(reader, late), 'ERR_DECRYPTION_FAILED', 'after the first record that opened');
    const greedy = joined(by);
    greedy.reader.skipUnopened(3000);
    const flood = other.sealNext(ContentType.application_data, bytes(4000), 1000);
    throwsCode(() => feed(greedy.reader, flood), 'ERR_DECRYPTION_FAILED');
  });

  test(`${title}: the drop policy of datagrams: unreadable records vanish`, () => {
    const other = keys(by, TLS13, 9).seal;
    const { reader, writer } = joined(by);
    reader.dropUnopened();
    writer.writeData(bytes(4));
    const good = join(writer.takeOutput());
    const junk = other.sealNext(ContentType.application_data, bytes(1), 1000);
    assert.equal(dataOf(feed(reader, join([junk, good]))), bytes(4));
  });

  test(`${title}: what was written before a key change is under the old keys`, () => {
    const writer = new RecordWriter(TLS12);
    const reader = new RecordReader(limits);
    const { seal, open } = keys(by, TLS13);
    writer.writeHandshake(message(2, bytes(40)));
    writer.changeProtection(seal);
    writer.writeHandshake(message(8, [0, 0]));
    reader.useVersion(TLS13);
    reader.push(join(writer.takeOutput()));
    assert.is(rawOf([reader.next() as Incoming])[0][0], 2);
    reader.changeProtection(open);
    assert.is(rawOf([reader.next() as Incoming])[0][0], 8);
  });

  test(`${title}: padding goes inside, and the limit counts it (§5.4)`, () => {
    const { writer, reader } = joined(by);
    writer.writeData(bytes(100), 50);
    const sent = join(writer.takeOutput());
    assert.is(sent.length, 5 + 100 + 1 + 50 + 16);
    assert.equal(dataOf(feed(reader, sent)), bytes(100));
    writer.writeData(new Uint8Array(16384), 50);
    assert.is(dataOf(feed(reader, join(writer.takeOutput()))).length, 16384);
    assert.equal(
      [0, 16384 - 50, 16384].map(length => writer.recordsFor(length, 50)),
      [1, 1, 2],
    );
  });
}
