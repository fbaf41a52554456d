// Whom a certificate is for (RFC 9525) and what its issuer may name (RFC 5280 §4.2.1.10).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TlsError } from '../../src/base/errors.ts';
import { ipText } from '../../src/x509/general_name.ts';
import { matchesDns, parseIp, referenceIdentity } from '../../src/x509/server_identity.ts';
import * as make from '../support/x509_maker.ts';
import { rejects, verify } from '../support/x509_verify.ts';

const root = make.makeRoot('names root');

test('matches DNS names label by label; a wildcard is the whole left-most label (RFC 9525 §6.3)', () => {
  const cases: [presented: string, reference: string, matches: boolean][] = [
    ['a.example.com', 'a.example.com', true],
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'a.b.example.com', false],
    ['a*.example.com', 'ab.example.com', false],
    ['*a.example.com', 'ba.example.com', false],
    ['a.*.com', 'a.example.com', false],
    ['*.*.com', 'a.example.com', false],
    ['*', 'example', false],
    ['*.com', 'example.com', false],
    ['xn--*.example.com', 'xn--a.example.com', false],
    ['*.example.com', 'xn--bcher-kva.example.com', true],
    ['example.com.', 'example.com', false],
    ['', 'example.com', false],
    ['example.com\u0000.evil.com', 'example.com', false],
    ['.example.com', 'a.example.com', false],
    ['192.0.2.1', '192.0.2.1', false],
    ['_sip.example.com', '_sip.example.com', true],
  ];
  for (const [presented, reference, matches] of cases) {
    assert.is(matchesDns(presented, reference), matches, `${presented} ${reference}`);
  }
});

test('reads server names and IP addresses, and refuses what is neither', () => {
  assert.equal(referenceIdentity('Example.COM.'), { type: 'dns', name: 'example.com' });
  assert.equal(referenceIdentity('192.0.2.1'), { type: 'ip', address: Uint8Array.of(192, 0, 2, 1) });
  assert.is(referenceIdentity('[::1]').type, 'ip');
  assert.is(referenceIdentity('localhost').type, 'dns');
  for (const bad of [
    '',
    'a..b',
    'bücher.example',
    '*.example.com',
    '-a.example',
    `${'a'.repeat(64)}.example`,
    '1.2.3',
    'a b',
    '::g',
  ]) {
    assert.throws(
      () => referenceIdentity(bad),
      (e: TlsError) => e.code === 'ERR_INVALID_ARGUMENT',
    );
  }
});

test('reads and writes IPv6 text (RFC 4291 §2.2, RFC 5952)', () => {
  const texts: Record<string, string> = {
    '::': '::',
    '::1': '::1',
    '2001:DB8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
    '2001:db8::1': '2001:db8::1',
    '1:2:3:4:5:6:7:8': '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7::': '1:2:3:4:5:6:7:0',
    '::ffff:192.0.2.1': '::ffff:c000:201',
    '1::192.0.2.1': '1::c000:201',
    '1:2:3:4:5:6:192.0.2.1': '1:2:3:4:5:6:c000:201',
  };
  for (const [text, canonical] of Object.entries(texts)) assert.is(ipText(parseIp(text)!), canonical, text);
  for (const bad of [
    ':',
    ':::',
    '1:2',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    '::192.0.2',
    '192.0.2.1::',
    '1:2:3:4:5:6:7:8::',
    '::1%eth0',
    '01.2.3.4',
    '256.1.1.1',
  ]) {
    assert.is(parseIp(bad), undefined, bad);
  }
});

test('takes names from subjectAltName only', () => {
  const only = (...names: Uint8Array[]) =>
    make.makeLeaf('host.example', root, { extensions: [make.altName(...names)] });
  const check = (der: Uint8Array, serverName: string) => () => verify(der, root, { serverName });
  check(only(make.dns('a.example'), make.dns('*.b.example')), 'X.B.example')();
  check(only(make.ip(192, 0, 2, 1)), '192.0.2.1')();
  check(only(make.ip(...new Uint8Array(15), 1)), '::1')();
  rejects(check(only(make.dns('192.0.2.1')), '192.0.2.1'), 'ERR_CERT_NAME_MISMATCH', /IP:192\.0\.2\.1/, 0);
  rejects(check(only(make.email('a@host.example')), 'host.example'), 'ERR_CERT_NAME_MISMATCH', /names no server/, 0);
  const commonNameOnly = make.makeLeaf('host.example', root, { extensions: [make.basicConstraints(false)] });
  rejects(check(commonNameOnly, 'host.example'), 'ERR_CERT_NAME_MISMATCH', /names no server/, 0);
});

/** Does a leaf with `names` pass below a CA with these constraints? */
function passes(permitted: Uint8Array[], excluded: Uint8Array[], names: Uint8Array[], subject = ''): boolean {
  const constraints = make.nameConstraints(permitted, excluded);
  const ca = make.makeIntermediate('constrained', root, { extensions: make.caExtensions(undefined, constraints) });
  const extensions = names.length > 0 ? [make.altName(...names)] : [make.basicConstraints(false)];
  const leaf = make.makeLeaf(subject, ca, { extensions });
  try {
    verify(leaf, root, { intermediates: [ca.der] });
    return true;
  } catch (error) {
    assert.is((error as TlsError).code, 'ERR_CERT_CONSTRAINT', String(error));
    return false;
  }
}

test('name constraints: DNS', () => {
  const { dns } = make;
  assert.ok(passes([dns('example.com')], [], [dns('example.com'), dns('a.b.Example.com')]));
  assert.not(passes([dns('example.com')], [], [dns('notexample.com')]));
  assert.not(passes([dns('example.com')], [], [dns('a.example.com'), dns('other.com')]));
  assert.ok(passes([dns('a.com'), dns('b.com')], [], [dns('x.a.com'), dns('x.b.com')]));
  assert.not(passes([], [dns('bad.example.com')], [dns('x.bad.example.com')]));
  assert.ok(passes([], [dns('bad.example.com')], [dns('good.example.com')]));
  assert.ok(passes([dns('example.com')], [], [dns('*.example.com')]));
  assert.not(passes([], [dns('bad.example.com')], [dns('*.example.com')]));
  assert.not(passes([dns('bad.example.com')], [], [dns('*.example.com')]));
  assert.not(passes([dns('example.com')], [], [dns('..example.com')]));
  assert.not(passes([], [dns('')], [dns('a.com')]));
  assert.ok(passes([dns('')], [], [dns('a.com')]));
  assert.ok(passes([dns('.example.com')], [], [dns('a.example.com')]));
  assert.not(passes([dns('.example.com')], [], [dns('example.com')]));
  assert.not(passes([dns('*.example.com')], [], [dns('a.example.com')]));
  assert.ok(passes([dns('example.com')], [], [make.email('a@other.com')]));
});

test('name constraints: IP addresses, mailboxes, URIs and directory names', () => {
  const { ip, email, uri, directory, commonName } = make;
  const net = ip(10, 0, 0, 0, 255, 0, 0, 0);
  assert.ok(passes([net], [], [ip(10, 1, 2, 3)]));
  assert.not(passes([net], [], [ip(11, 1, 2, 3)]));
  assert.not(passes([], [net], [ip(10, 1, 2, 3)]));
  assert.not(passes([net], [], [ip(...new Uint8Array(16))]));
  assert.ok(passes([], [net], [ip(...new Uint8Array(16))]));
  assert.not(passes([net], [], [ip(10, 1, 2)]));
  assert.not(passes([ip(10, 0, 0, 0, 255, 0, 255, 0)], [], [ip(10, 1, 0, 3)]));

  assert.ok(passes([email('a@example.com')], [], [email('a@EXAMPLE.com')]));
  assert.not(passes([email('a@example.com')], [], [email('A@example.com')]));
  assert.ok(passes([email('example.com')], [], [email('b@example.com')]));
  assert.not(passes([email('example.com')], [], [email('b@x.example.com')]));
  assert.ok(passes([email('.example.com')], [], [email('b@x.example.com')]));
  assert.not(passes([email('.example.com')], [], [email('b@example.com')]));
  assert.not(passes([email('example.com')], [], [email('a@b@example.com')]));
  assert.not(passes([], [email('example.com')], [email('"a@b"@example.com')]));

  assert.ok(passes([uri('example.com')], [], [uri('https://u:p@example.com:8443/x?y')]));
  assert.not(passes([uri('example.com')], [], [uri('https://x.example.com/')]));
  assert.ok(passes([uri('.example.com')], [], [uri('ftp://x.example.com')]));
  assert.not(passes([uri('example.com')], [], [uri('urn:example.com')]));
  assert.not(passes([], [uri('example.com')], [uri('https://192.0.2.1/')]));
  assert.not(passes([], [uri('.example.com')], [uri('https://evil.com\\@x.example.com/')]));

  const acme = commonName('acme');
  assert.ok(passes([directory(acme)], [], [], 'acme'));
  assert.not(passes([directory(acme)], [], [], 'other'));
  assert.not(passes([], [directory(acme)], [directory(acme)], 'other'));
  assert.not(passes([], [directory(acme)], [], 'ACME'));
});

test('the list of comparisons is bounded', () => {
  const many = Array.from({ length: 600 }, (_, i) => make.dns(`x${i}.example`));
  const constraints = make.nameConstraints([], many);
  const ca = make.makeIntermediate('many', root, { extensions: make.caExtensions(undefined, constraints) });
  const leaf = make.makeLeaf('', ca, { extensions: [make.altName(...many.map((_, i) => make.dns(`y${i}.example`)))] });
  // Each name is looked up once, however many constraints there are: 600 and the subject.
  verify(leaf, root, { intermediates: [ca.der], budget: { comparisons: 601 } });
  const tight = { intermediates: [ca.der], budget: { comparisons: 599 } };
  rejects(() => verify(leaf, root, tight), 'ERR_CERT_BUDGET', /comparisons/);
});

test.run();
