// PEM as RFC 7468 has it.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatPem, parsePem } from '../../src/asn1/pem.ts';
import type { TlsError } from '../../src/base/errors.ts';

function refused(text: string, why: RegExp): void {
  try {
    parsePem(text);
  } catch (error) {
    assert.is((error as TlsError).code, 'ERR_MALFORMED_PEM');
    assert.match((error as TlsError).message, why);
    return;
  }
  assert.unreachable();
}

test('writes and reads every length', () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 0xff);
    const text = formatPem('TEST', bytes);
    assert.equal(parsePem(text), [{ label: 'TEST', bytes }]);
    assert.ok(text.split('\n').every(line => line.length <= 64));
    const theirs = Buffer.from(text.replace(/-----.*-----/g, ''), 'base64');
    assert.equal([...theirs], [...bytes]);
  }
});

test('reads any number of blocks with text around them, any line ends and indented base64', () => {
  const text = `subject: x\r\n${formatPem('CERTIFICATE', Uint8Array.of(1)).replaceAll('\n', '\r\n')}text\n${formatPem('X509 CRL', Uint8Array.of(2))}`;
  assert.equal(
    parsePem(text).map(block => block.label),
    ['CERTIFICATE', 'X509 CRL'],
  );
  assert.equal(
    parsePem(text, 'X509 CRL').map(block => [...block.bytes]),
    [[2]],
  );
  assert.equal([...parsePem('-----BEGIN A-----\n  A Q I\t= \n-----END A-----  \n')[0].bytes], [1, 2]);
  assert.equal(parsePem('nothing here'), []);
});

test('refuses blocks that do not end or hold anything but base64', () => {
  refused('-----BEGIN A-----\nAQI=\n', /no end/);
  refused('-----BEGIN A-----\nAQI=\n-----END B-----\n', /ends as/);
  refused('-----END A-----\n', /without its BEGIN/);
  refused('-----BEGIN A-----\n-----BEGIN A-----\n', /BEGIN inside/);
  refused('-----BEGIN A-----\nAQ*=\n-----END A-----\n', /character/);
  refused('-----BEGIN A-----\nAQI\n-----END A-----\n', /length/);
  refused('-----BEGIN A-----\nAQJ=\n-----END A-----\n', /last bits/);
  refused('-----BEGIN A-----\nA===\n-----END A-----\n', /length/);
  refused('-----BEGIN A-----\nA=I=\n-----END A-----\n', /character/);
  refused('-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAQI=\n-----END A-----\n', /RFC 1421/);
});

test('refuses long runs of padding, hyphens and blanks in one pass, and names the line', () => {
  const block = (body: string) => `-----BEGIN A-----\n${body}\n-----END A-----\n`;
  // Were one of these quadratic, it would take hours.
  const many = 2_000_000;
  refused(block(`${'='.repeat(many)}A`), /impossible length/);
  refused(block(`${'-----'.repeat(many / 5)}A`), /the character "-" in base64/);
  refused(block(`AQ${' '.repeat(many)}*=`), /line 2: the character/);
  refused(`${'-----\n'.repeat(many / 10)}${block('AQ*=')}`, new RegExp(`line ${many / 10 + 2}:`));
  assert.equal(parsePem(`${'-'.repeat(many)}\n${block(' '.repeat(many))}`)[0].bytes.length, 0);
});

test.run();
