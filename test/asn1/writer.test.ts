// What the DER writer writes, the strict reader reads back.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DerReader, tags } from '../../src/asn1/der.ts';
import { readOid } from '../../src/asn1/oid.ts';
import { readTime } from '../../src/asn1/time.ts';
import * as asn1 from '../../src/asn1/writer.ts';
import { hex, unhex } from '../support/hex.ts';

test('elements of every length have minimal headers', () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65535, 65536, 70000]) {
    const content = new Uint8Array(length).fill(7);
    for (const tag of [tags.OCTET_STRING, tags.SEQUENCE, 0x80, 0xa3, 0x9e]) {
      const der = new DerReader(asn1.element(tag, content));
      assert.equal(der.content(tag), content);
      der.finish();
    }
  }
});

test('integers, also of octets', () => {
  const cases: [number | bigint | Uint8Array, string][] = [
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [-1, '0201ff'],
    [-129, '0202ff7f'],
    [2n ** 64n, '0209010000000000000000'],
    [unhex('00000080'), '02020080'],
    [unhex('7f'), '02017f'],
    [new Uint8Array(0), '020100'],
    [new Uint8Array(3), '020100'],
  ];
  for (const [value, expected] of cases) assert.is(hex(asn1.integer(value)), expected);
  assert.is(hex(asn1.enumerated(6)), '0a0106');
});

test('object identifiers', () => {
  for (const oid of [
    '0.9.2342.19200300.100.1.25',
    '1.2.840.113549.1.1.11',
    '2.5.29.17',
    '2.999.1',
    '2.16.840.1.101.3.4.3.17',
  ]) {
    assert.is(readOid(new DerReader(asn1.objectIdentifier(oid))), oid);
  }
  for (const wrong of ['', '3.1', '1.40', '1', '1.2.', '1.02', 'CN']) {
    assert.throws(() => asn1.objectIdentifier(wrong), /not an object identifier/);
  }
});

test('named bits without trailing zeros, sets in order', () => {
  for (const bits of [0, 1, 2, 0x60, 0x80, 0x100, 0x1ff]) {
    assert.is(new DerReader(asn1.namedBits(bits)).namedBits(), bits);
  }
  assert.is(hex(asn1.namedBits(1)), '03020780');
  assert.is(
    hex(asn1.setOf(asn1.integer(300), asn1.integer(2), asn1.integer(1))),
    '310a' + '020101' + '020102' + '0202012c',
  );
});

test('times: UTCTime from 1950 through 2049, GeneralizedTime outside (RFC 5280 §4.1.2.5)', () => {
  const of = (text: string) => Date.parse(text);
  const cases: [string, number][] = [
    ['1949-12-31T23:59:59Z', tags.GENERALIZED_TIME],
    ['1950-01-01T00:00:00Z', tags.UTC_TIME],
    ['2026-11-23T15:31:24Z', tags.UTC_TIME],
    ['2049-12-31T23:59:59Z', tags.UTC_TIME],
    ['2050-01-01T00:00:00Z', tags.GENERALIZED_TIME],
    ['9999-12-31T23:59:59Z', tags.GENERALIZED_TIME],
  ];
  for (const [text, tag] of cases) {
    const der = asn1.time(of(text));
    assert.is(der[0], tag, text);
    assert.is(readTime(new DerReader(der)), of(text));
  }
  assert.is(readTime(new DerReader(asn1.time(of('2026-11-23T15:31:24.987Z')))), of('2026-11-23T15:31:24Z'));
  for (const wrong of [Number.NaN, Infinity, of('+010000-01-01T00:00:00Z')]) assert.throws(() => asn1.time(wrong));
});

test('strings hold what their types hold', () => {
  assert.throws(() => asn1.printableString('a@b'));
  assert.throws(() => asn1.ia5String('é'));
  assert.is(hex(asn1.utf8String('é')), '0c02c3a9');
  assert.is(hex(asn1.bmpOctets('aé')), '006100e9');
});

test.run();
