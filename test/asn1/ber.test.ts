// BER to DER: what streams write, and nothing that would change what is covered by a MAC.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { derOfBer } from '../../src/asn1/ber.ts';
import { codeOf } from '../support/code_of.ts';
import * as d from '../support/der.ts';
import { hex, unhex } from '../support/hex.ts';
import { randomFrom } from '../support/random.ts';

const convert = (text: string) => hex(derOfBer(unhex(text)));

test('DER stays what it is', () => {
  const der = d.seq(d.int(5), d.octets(d.seq(d.nil)), d.tagged(0, d.octets(new Uint8Array(200))), d.set(d.bool(true)));
  assert.equal(derOfBer(der), der);
});

test('indefinite and long lengths become minimal, octet strings in pieces one (X.690 §8.1.3.6, §8.7.3)', () => {
  assert.is(convert('30800000'), '3000');
  assert.is(convert('3080020105308000000000'), '30050201053000');
  assert.is(convert('30820003020105'), '3003020105');
  assert.is(convert('2480040101040202030000'), '0403010203');
  assert.is(convert('2406040101240104'.replace('240104', '040102')), '04020102');
  assert.is(convert('24802480040101000004010200 00'.replace(' ', '')), '04020102');
  assert.is(convert('a080248004020506000004010700 00'.replace(' ', '')), 'a0070402050604010 7'.replace(' ', ''));
});

test('what stands inside of an octet string is not touched', () => {
  const inside = unhex('30800201050000');
  assert.equal(derOfBer(d.octets(inside)), d.octets(inside));
});

test('refuses what is cut off, nested too deep or no BER (ERR_MALFORMED_DER)', () => {
  const bad = [
    '',
    '30',
    '3080',
    '30800000ff',
    '0480',
    '3005020105',
    '24020500',
    '1f8100',
    '30800100',
    `${'3080'.repeat(40)}`,
  ];
  for (const text of bad)
    assert.is(
      codeOf(() => convert(text)),
      'ERR_MALFORMED_DER',
      text,
    );
});

test('gives a value or a TlsError for anything, in time that grows with the length', () => {
  const random = randomFrom(11);
  const seed = unhex('308002010530802480040101040102000000000000');
  for (let i = 0; i < 20_000; i++) {
    const input = seed.slice(0, 1 + random.below(seed.length));
    input[random.below(input.length)] = random.bytes(1)[0];
    codeOf(() => derOfBer(input));
  }
  const pieces = d.join(
    Uint8Array.of(0x24, 0x80),
    ...Array.from({ length: 100_000 }, () => Uint8Array.of(4, 1, 7)),
    new Uint8Array(2),
  );
  assert.is(derOfBer(pieces).length, 100_005);
});

test.run();
