// How much a record reader hands to the opening of records: work in proportion to what came, whatever came.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RecordProtection } from '../../src/crypto/record_protection.ts';
import { RecordReader } from '../../src/record/record_reader.ts';
import { ContentType } from '../../src/registry/content_types.ts';
import { wasmProvider } from '../../src/wasm/provider.ts';
import { testCore } from '../support/core.ts';

const limits = { maxCertificateMessage: 100_000, maxHandshakeMessage: 70_000 };
const suite = wasmProvider(testCore()).cipherSuites13[0];
const secret = testCore().importSecret(new Uint8Array(32));

/** A reader of TLS 1.3 whose protection counts the bytes it is asked to look at. */
function counting(): { reader: RecordReader; looked(): number } {
  let looked = 0;
  const protection = suite.protect(secret);
  const counted = new Proxy(protection, {
    get(target, name) {
      if (name === 'openNext') {
        return (records: Uint8Array, limit: number) => {
          looked += records.length;
          return target.openNext(records, limit);
        };
      }
      const value = target[name as keyof RecordProtection];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const reader = new RecordReader(limits);
  reader.useVersion(0x0304);
  reader.allowApplicationData(true);
  reader.changeProtection(counted);
  return { reader, looked: () => looked };
}

test('a chunk of records that do not open, as rejected early data, is looked at a bounded number of times (§4.2.10)', () => {
  const empty = Uint8Array.of(ContentType.application_data, 3, 3, 0, 0);
  const chunk = new Uint8Array(5 * 6000);
  for (let at = 0; at < chunk.length; at += empty.length) chunk.set(empty, at);
  const { reader, looked } = counting();
  reader.skipUnopened(chunk.length);
  reader.push(chunk);
  while (reader.next() !== null);
  assert.ok(looked() >= chunk.length && looked() <= 64 * chunk.length, `${looked()} bytes of ${chunk.length}`);
});

test('so is a chunk of handshake records of one byte each, which are opened one by one', () => {
  const writer = suite.protect(secret);
  const message = new Uint8Array(44);
  message.set([4, 0, 0, 40]);
  const records = Array.from({ length: 2200 }, (_, i) =>
    writer.sealNext(ContentType.handshake, message.subarray(i % 44, (i % 44) + 1), 16384),
  );
  const chunk = new Uint8Array(Buffer.concat(records));
  const { reader, looked } = counting();
  reader.push(chunk);
  let messages = 0;
  while (reader.next() !== null) messages++;
  assert.is(messages, 50);
  assert.ok(looked() >= chunk.length && looked() <= 64 * chunk.length, `${looked()} bytes of ${chunk.length}`);
});

test.run();
