// The strict DER reader: what it reads, and every liberty of BER that it refuses.

import * as asn1js from 'asn1js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DerReader, MAX_DEPTH, tags } from '../../src/asn1/der.ts';
import { readOid } from '../../src/asn1/oid.ts';
import { readString } from '../../src/asn1/strings.ts';
import { readTime } from '../../src/asn1/time.ts';
import { TlsError } from '../../src/base/errors.ts';
import { shape, theirShape } from '../support/asn1_shape.ts';
import * as d from '../support/der.ts';
import { unhex } from '../support/hex.ts';

function refused(read: () => unknown, why: RegExp): void {
  try {
    read();
  } catch (error) {
    assert.instance(error, TlsError);
    assert.is((error as TlsError).code, 'ERR_MALFORMED_DER');
    assert.match((error as TlsError).message, why);
    return;
  }
  assert.unreachable(`accepted, but must fail with ${why}`);
}

const reader = (hex: string) => new DerReader(unhex(hex));

test('refuses what BER allows and DER does not (X.690 §10, §11)', () => {
  refused(() => reader('30800000').header(tags.SEQUENCE), /indefinite/);
  refused(() => reader('048101ff').header(tags.OCTET_STRING), /long-form/);
  refused(() => reader(`04820080${'00'.repeat(128)}`).header(tags.OCTET_STRING), /leading zeros/);
  refused(() => reader('0101 01'.replace(' ', '')).boolean(), /BOOLEAN/);
  refused(() => reader('02020001').integer(), /leading octets/);
  refused(() => reader('0202ff80').integer(), /leading octets/);
  refused(() => reader('0200').integer(), /empty INTEGER/);
  refused(() => reader('050100').null(), /NULL/);
  refused(() => reader('03020103').namedBits(), /not zero/);
  refused(() => reader('030108').namedBits(), /without its bits/);
  refused(() => reader('0300').namedBits(), /without its bits/);
  refused(() => reader('030201fe').bitStringOctets(), /whole octets/);
  refused(() => reader('1f1e00').anyHeader(), /shorter form/);
  refused(() => reader('1f801f00').anyHeader(), /shorter form/);
  refused(() => reader('1f81').anyHeader(), /tag number that is cut off/);
  assert.is(reader('1f1f00').anyHeader(), 3);
  assert.is(reader('bf81010100').anyHeader(), 5);
  refused(() => reader('0000').anyHeader(), /end-of-contents/);
});

test('refuses what is cut off, too long or left over', () => {
  refused(() => reader('').header(tags.NULL), /missing/);
  refused(() => reader('04').header(tags.OCTET_STRING), /length is missing/);
  refused(() => reader('0482').header(tags.OCTET_STRING), /cut off/);
  refused(() => reader('0402ff').header(tags.OCTET_STRING), /longer than/);
  refused(() => reader('0485ffffffffff').header(tags.OCTET_STRING), /more than four/);
  refused(() => reader('0484ffffffff00').header(tags.OCTET_STRING), /longer than/);
  const outer = reader('3003020101');
  const end = outer.enter(tags.SEQUENCE);
  refused(() => outer.leave(end), /more elements/);
  // An element may not reach out of the one that holds it.
  const inner = reader('30020402ffff');
  inner.enter(tags.SEQUENCE);
  refused(() => inner.header(tags.OCTET_STRING), /longer than/);
});

test('skips any well-formed value without recursion and bounds the nesting', () => {
  let nested = d.nil;
  for (let i = 0; i < MAX_DEPTH; i++) nested = d.seq(nested, d.int(i));
  const good = new DerReader(nested);
  good.skipValue();
  good.finish();
  refused(() => new DerReader(d.seq(nested)).skipValue(), /nesting/);
  const bomb = new Uint8Array(200_000).fill(0x30);
  refused(() => new DerReader(bomb).skipValue(), /longer than|indefinite|nesting/);
  refused(() => reader('3004020100').skipValue(), /longer than/);
  refused(() => reader('30040401ff0203').skipValue(), /longer than|missing|INTEGER/);
});

test('reads numbers, bits and booleans', () => {
  assert.is(reader('0201 7f'.replace(' ', '')).small(127), 127);
  assert.equal([...reader('02020080').unsigned()], [0x80]);
  assert.equal([...reader('020100').unsigned()], []);
  refused(() => reader('0201ff').unsigned(), /negative/);
  refused(() => reader('02020100').small(255), /number over/);
  assert.is(reader('03020780').namedBits(), 1);
  assert.is(reader('0303070080').namedBits(), 1 << 8);
  assert.is(reader('03020006').namedBits(), (1 << 5) | (1 << 6));
  assert.is(reader('0101ff').boolean(), true);
  refused(() => reader('010100').defaultFalse(), /default/);
});

test('reads object identifiers as asn1js does', () => {
  for (const text of [
    '2.5.29.19',
    '1.2.840.113549.1.1.11',
    '2.999.3',
    '0.9.2342.19200300.100.1.25',
    '2.5.4.3',
    '1.3.101.112',
  ]) {
    assert.is(readOid(new DerReader(d.oid(text))), text);
    const theirs = asn1js.fromBER(d.oid(text).slice().buffer as ArrayBuffer).result as asn1js.ObjectIdentifier;
    assert.is(theirs.valueBlock.toString(), text);
  }
  const uuid = '2.25.329800735698586629295641978511506172918';
  assert.is(readOid(new DerReader(d.oid(uuid))), uuid);
  refused(() => readOid(reader('0600')), /impossible/);
  refused(() => readOid(reader('06028037')), /leading zeros/);
  refused(() => readOid(reader('06022a86')), /cut off/);
});

test('reads times as RFC 5280 §4.1.2.5 allows them', () => {
  for (const time of [
    0,
    Date.UTC(2000, 1, 29),
    Date.UTC(1950, 0, 1),
    Date.UTC(2049, 11, 31, 23, 59, 59),
    Date.UTC(9999, 11, 31),
  ]) {
    assert.is(readTime(new DerReader(d.time(time))), time);
  }
  const utc = (text: string) => new DerReader(d.tlv(0x17, d.ascii(text)));
  const general = (text: string) => new DerReader(d.tlv(0x18, d.ascii(text)));
  assert.is(readTime(utc('500101000000Z')), Date.UTC(1950, 0, 1));
  assert.is(readTime(utc('491231235959Z')), Date.UTC(2049, 11, 31, 23, 59, 59));
  for (const bad of [
    '5001010000Z',
    '500101000000+0000',
    '500101000000',
    '500230000000Z',
    '501301000000Z',
    '500101240000Z',
  ]) {
    refused(() => readTime(utc(bad)), /time/);
  }
  for (const bad of ['20000101000000.5Z', '20010229000000Z', '19000229000000Z', '2000010100000Z', 'x0000101000000Z']) {
    refused(() => readTime(general(bad)), /time/);
  }
  assert.is(readTime(general('00000101000000Z')), new Date('0000-01-01T00:00:00Z').getTime());
});

test('reads every string type', () => {
  const string = (tag: number, ...bytes: number[]) => readString(new DerReader(d.tlv(tag, Uint8Array.from(bytes))));
  assert.is(string(tags.UTF8_STRING, 0xc3, 0xa4), 'ä');
  assert.is(string(tags.PRINTABLE_STRING, 0x41), 'A');
  assert.is(string(tags.TELETEX_STRING, 0xe4), 'ä');
  assert.is(string(tags.BMP_STRING, 0x00, 0xe4), 'ä');
  assert.is(string(tags.UNIVERSAL_STRING, 0, 1, 0xf6, 0), '😀');
  refused(() => string(tags.UTF8_STRING, 0xff), /UTF-8/);
  refused(() => string(tags.IA5_STRING, 0x80), /ASCII/);
  refused(() => string(tags.BMP_STRING, 0x00), /multiple/);
  refused(() => string(tags.BMP_STRING, 0xd8, 0x00), /does not exist/);
  refused(() => string(tags.UNIVERSAL_STRING, 0xff, 0, 0, 0), /does not exist/);
  refused(() => string(tags.OCTET_STRING, 0x41), /string is missing/);
});

test('agrees with asn1js on random DER, byte for byte', () => {
  let state = 7;
  const random = (n: number) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n;
  const make = (depth: number): Uint8Array => {
    switch (depth === 0 ? random(4) : random(6)) {
      case 0:
        return d.int(BigInt(random(1 << 30)) * BigInt(random(1 << 30)) - BigInt(random(1 << 30)));
      case 1:
        return d.octets(new Uint8Array(random(300)));
      case 2:
        return d.oid(`1.${random(40)}.${random(1000)}.${random(1 << 28)}`);
      case 3:
        return d.utf8String('x'.repeat(random(20)));
      default:
        return (random(2) === 0 ? d.seq : d.set)(...Array.from({ length: random(5) }, () => make(depth - 1)));
    }
  };
  for (let i = 0; i < 300; i++) {
    const der = make(5);
    const ours = shape(der);
    const theirs = asn1js.fromBER(der.slice().buffer as ArrayBuffer);
    assert.is.not(theirs.offset, -1);
    assert.equal(ours, theirShape(theirs.result));
  }
});

test.run();
