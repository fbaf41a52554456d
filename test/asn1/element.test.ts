// Elements put together by hand are those that asn1js writes, at every form of the length (X.690 §8.1.3, §10.1).

import * as asn1 from 'asn1js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { contextTag, tags } from '../../src/asn1/der.ts';
import { element } from '../../src/asn1/element.ts';

for (const length of [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0xffffff, 0x1000000]) {
  test(`an OCTET STRING of ${length} bytes`, () => {
    const content = new Uint8Array(length).fill(0xa5);
    const expected = new Uint8Array(new asn1.OctetString({ valueHex: content }).toBER());
    const half = length >> 1;
    assert.ok(Buffer.from(element(tags.OCTET_STRING, content)).equals(expected));
    assert.ok(
      Buffer.from(element(tags.OCTET_STRING, content.subarray(half), content.subarray(0, half))).equals(expected),
    );
  });
}

test('the identifier octet is what it is told to be', () => {
  assert.equal([...element(contextTag(3, true), Uint8Array.of(5, 0))], [0xa3, 2, 5, 0]);
  assert.equal([...element(contextTag(3, false))], [0x83, 0]);
  assert.equal([...element(tags.SEQUENCE)], [0x30, 0]);
});

test.run();
