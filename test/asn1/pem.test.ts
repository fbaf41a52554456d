// PEM as RFC 7468 has it.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatPem, parsePem, pemText, readPem } from '../../src/asn1/pem.ts';
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
  refused('-----BEGIN A-----\nAQI\n-----END A-----\n', /without its "="/);
  refused('-----BEGIN A-----\nAQJ=\n-----END A-----\n', /last bits/);
  refused('-----BEGIN A-----\nA===\n-----END A-----\n', /length/);
  refused('-----BEGIN A-----\nA=I=\n-----END A-----\n', /character/);
});

test('reads what editors, shells and web pages make of PEM', () => {
  const one = formatPem('A', Uint8Array.of(1, 2, 3, 4));
  const two = formatPem('A', Uint8Array.of(5));
  const lines = one.trim().split('\n');
  const same: Record<string, string> = {
    'a byte order mark': `\ufeff${one}`,
    'indented, as in YAML': lines.map(line => `    ${line}`).join('\n'),
    'tabs, no-break spaces, blanks at the ends of lines': lines.map(line => `\t${line}\u00a0 \t`).join('\r\n'),
    'one line': lines.join(''),
    'one line with blanks for line ends': lines.join(' '),
    'text on the END line': `${one.trimEnd()} # a root`,
    'empty lines': lines.join('\n\n'),
    'a foreign block before': `-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: GnuPG v1\n\nmQENBF\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n${one}`,
    'another kind of armour before': `---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n${one}`,
    'a boundary in the middle of a sentence': `this is no -----BEGIN A-----\n${one}`,
  };
  for (const [name, text] of Object.entries(same)) assert.equal(parsePem(text), parsePem(one), name);
  assert.equal(parsePem(`${one.trimEnd()}${two}`).length, 2, 'joined without a line end');
  const utf16 = new Uint8Array(new Uint16Array([...`\ufeff${one}`].map(c => c.charCodeAt(0))).buffer);
  assert.equal(parsePem(pemText(utf16)), parsePem(one), 'UTF-16');
  assert.equal(parsePem(pemText(new TextEncoder().encode(`\ufeff${one}`))), parsePem(one), 'UTF-8');
});

test('reads the headers of RFC 1421 §4.6, continued lines too', () => {
  const text = '-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,\n 0011\n\nAQI=\n-----END A-----\n';
  const [{ headers, bytes }] = parsePem(text);
  assert.equal(
    [...headers!],
    [
      ['Proc-Type', '4,ENCRYPTED'],
      ['DEK-Info', 'AES-128-CBC, 0011'],
    ],
  );
  assert.equal([...bytes], [1, 2]);
});

test('line ends written out as \\n are named', () => {
  refused(formatPem('A', Uint8Array.of(1)).replaceAll('\n', '\\n'), /put real ones/);
});

test('an odd block does not end the others; its line and number are told', () => {
  const good = formatPem('A', Uint8Array.of(1));
  const bad = good.replace('AQ==', 'A*==');
  const { blocks, faults } = readPem(
    `${good}${bad}${good}-----BEGIN A-----\nAQ==\n${good}-----END A-----\n-----BEGIN A-----\nAQ==`,
    'A',
  );
  assert.equal(
    blocks.map(({ line, number }) => [line, number]),
    [
      [1, 1],
      [7, 3],
      [12, 5],
    ],
  );
  assert.equal(
    faults.map(({ line, number, error }) => [line, number, error.code]),
    [
      [5, 2, 'ERR_MALFORMED_PEM'],
      [12, 4, 'ERR_MALFORMED_PEM'],
      [15, 5, 'ERR_MALFORMED_PEM'],
      [17, 6, 'ERR_MALFORMED_PEM'],
    ],
  );
  assert.equal(readPem(bad, 'B'), { blocks: [], faults: [] }, 'not asked for');
  assert.equal(parsePem(`${bad.replaceAll(' A-', ' B-')}${good}`, 'A').length, 1);
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
