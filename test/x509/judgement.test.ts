// What decides where there is more than one answer, and what callers say: which CRL and which OCSP answer count, the time,
// misspelt options, lists of anchors that change, what is said of an anchor, names that have more than one spelling.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TlsError } from '../../src/base/errors.ts';
import * as x509 from '../../src/x509/index.ts';
import * as d from '../support/der.ts';
import { nodeVerifier } from '../support/node/signatures.ts';
import * as make from '../support/x509_maker.ts';
import { rejects, testHashes, verify } from '../support/x509_verify.ts';

const DAY = 86_400_000;
const root = make.makeRoot('judging root');
const leaf = make.makeLeaf('host.example', root, { serial: 77 });
const anchors = [x509.trustAnchor(root.der)];

/** All orders of a few values. */
function orders<T>(values: readonly T[]): T[][] {
  if (values.length < 2) return [[...values]];
  return values.flatMap((first, i) => orders(values.filter((_, j) => j !== i)).map(rest => [first, ...rest]));
}

// --- Revocation

const REASON = '2.5.29.21';
const hold = make.crlEntry(77, make.NOT_BEFORE, [make.extension(REASON, d.int(6, 0x0a))]);
const compromised = make.crlEntry(77, make.NOT_BEFORE, [make.extension(REASON, d.int(1, 0x0a))]);
const list = (age: number, number: number, fields: make.CrlFields = {}) =>
  x509.parseCrl(
    make.makeCrl(root, { thisUpdate: make.NOW - age * DAY, extensions: [make.crlNumber(number)], ...fields }),
  );
const check = (revocation: x509.RevocationOptions, more = {}) => verify(leaf, root, { revocation, ...more });

test('among CRLs of one scope the newest counts, in any order (RFC 5280 §5.2.3)', () => {
  for (const mode of ['if-available', 'require'] as const) {
    for (const crls of orders([list(3, 1), list(2, 2), list(1, 3, { entries: [compromised] })])) {
      rejects(() => check({ crls, mode }), 'ERR_CERT_REVOKED', /keyCompromise/, 0);
    }
    // What was on hold and is on the next list no more is good again.
    for (const crls of orders([list(3, 1, { entries: [hold] }), list(1, 2)])) check({ crls, mode });
  }
});

test('a newer list that cannot be used hides nothing', () => {
  const older = list(3, 1, { entries: [compromised] });
  const unusable = [
    list(1, 2, { forged: true }),
    list(1, 2, { nextUpdate: make.NOW - 1000 }),
    list(-1, 2),
    list(1, 2, { nextUpdate: null }),
  ];
  for (const newer of unusable) {
    for (const crls of orders([older, newer])) rejects(() => check({ crls }), 'ERR_CERT_REVOKED', /keyCompromise/, 0);
  }
});

test('where number and date disagree both lists count, and so do lists of different scope', () => {
  const contradicting = [list(3, 9, { entries: [compromised] }), list(1, 2)];
  const scoped = [
    list(1, 5),
    list(2, 4, {
      entries: [compromised],
      extensions: [make.crlNumber(4), make.extension('2.5.29.28', d.seq(d.primitive(1, Uint8Array.of(0xff))), true)],
    }),
  ];
  for (const crls of [...orders(contradicting), ...orders(scoped)]) {
    rejects(() => check({ crls }), 'ERR_CERT_REVOKED', /keyCompromise/, 0);
  }
});

test('what a list or a response revokes is revoked, whatever the other kind says', () => {
  const response = (status: 'good' | 'revoked') =>
    x509.parseOcspResponse(make.makeOcsp(77, root, { responder: root.key, status }));
  const crls = [list(1, 1, { entries: [compromised] })];
  rejects(() => check({ crls, ocspResponses: [response('good')] }), 'ERR_CERT_REVOKED', /keyCompromise/, 0);
  rejects(() => check({ crls: [list(1, 1)], ocspResponses: [response('revoked')] }), 'ERR_CERT_REVOKED', /./, 0);
  for (const ocspResponses of orders([response('good'), response('revoked')])) {
    rejects(() => check({ ocspResponses }), 'ERR_CERT_REVOKED', /./, 0);
  }
});

test('of several answers in one OCSP response the one that revokes counts', () => {
  for (const [status, ...also] of orders(['good', 'unknown', 'revoked'] as const)) {
    const der = make.makeOcsp(77, root, { responder: root.key, status, also });
    rejects(() => check({ ocspResponses: [x509.parseOcspResponse(der)] }), 'ERR_CERT_REVOKED', /./, 0);
    const stapled = { ocspResponse: der };
    rejects(() => check({}, { stapled }), 'ERR_CERT_REVOKED', /./, 0);
    const forged = make.makeOcsp(77, root, { responder: root.key, status, also, forged: true });
    check({ ocspResponses: [x509.parseOcspResponse(forged)] });
  }
  const unknown = make.makeOcsp(77, root, { responder: root.key, status: 'unknown', also: ['good'] });
  check({ ocspResponses: [x509.parseOcspResponse(unknown)], mode: 'require' });
});

test('a delta list revokes on its own, unless a complete list is newer; it takes from hold (RFC 5280 §5.2.4)', () => {
  const delta = (number: number, age: number, entry: Uint8Array) =>
    list(age, number, {
      entries: [entry],
      extensions: [make.crlNumber(number), make.extension('2.5.29.27', d.int(1), true)],
    });
  rejects(() => check({ crls: [delta(4, 1, compromised)] }), 'ERR_CERT_REVOKED', /keyCompromise/, 0);
  const removed = make.crlEntry(77, make.NOT_BEFORE, [make.extension(REASON, d.int(8, 0x0a))]);
  for (const crls of orders([list(3, 2, { entries: [hold] }), delta(3, 2, removed)])) check({ crls, mode: 'require' });
  for (const crls of orders([list(1, 5), delta(4, 2, compromised)])) check({ crls, mode: 'require' });
});

test('finds entries by serial number in long lists, in those with one number twice and in indirect ones', () => {
  const entries = Array.from({ length: 3000 }, (_, i) => make.crlEntry(i + 1, make.NOT_BEFORE + i * 1000));
  const long = list(1, 1, { entries: [...entries, ...entries.slice(0, 10)] });
  for (let i = 1; i <= 3000; i++) {
    const serial = i < 0x80 ? [i] : i < 0x8000 ? (i >> 8 === 0 ? [0, i] : [i >> 8, i & 0xff]) : [0, i >> 8, i & 0xff];
    assert.is(long.find(Uint8Array.from(serial), long.issuer)?.revocationDate, make.NOT_BEFORE + (i - 1) * 1000);
  }
  assert.is(long.find(Uint8Array.of(0x7f, 0xff), long.issuer), undefined);
  const removed = make.crlEntry(7, make.NOT_BEFORE, [make.extension(REASON, d.int(8, 0x0a))]);
  for (const both of orders([removed, make.crlEntry(7)])) {
    assert.is(list(1, 1, { entries: both }).find(Uint8Array.of(7), long.issuer)?.reason, 0);
  }
});

test("hashes the caller's list for no one whom a peer only claims to be its issuer", () => {
  let hashed = 0;
  const lists = [list(1, 1)];
  const counting = {
    ...nodeVerifier,
    verify: (...args: Parameters<typeof nodeVerifier.verify>) => {
      if (args[2].length === lists[0].tbs.length) hashed++;
      return nodeVerifier.verify(...args);
    },
  };
  // All with the name of the root and the right to sign lists, none issued by it.
  const intermediates = Array.from({ length: 60 }, (_, i) =>
    make.makeCertificate({
      subject: 'judging root',
      issuer: 'judging root',
      key: make.testKey('p256', `claims ${i % 6}`),
      signer: make.testKey('p256', 'claims'),
      extensions: make.caExtensions(),
    }),
  );
  const forged = [list(1, 1, { forged: true })];
  const verifiers = [counting];
  const run = (crls: readonly x509.Crl[]) => check({ crls }, { intermediates, verifiers });
  run(lists);
  // A second peer: the list is known to be signed.
  run(lists);
  assert.is(hashed, 1);
  assert.throws(() => run(forged));
  assert.is(hashed, 2);
});

// --- Time and options

const options = { leaf, anchors, verifiers: [nodeVerifier], hashes: testHashes, serverName: 'host.example' };

async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
  } catch (error) {
    return (error as TlsError).code ?? String(error);
  }
  return undefined;
}

test('the time is now, a Date or a finite number; all else is refused', async () => {
  const expired = make.makeLeaf('host.example', root, { notAfter: make.NOT_BEFORE + DAY });
  const at = (time: unknown) => codeOf(() => x509.verifyCertificateChain({ ...options, leaf: expired, time } as never));
  assert.is(await at(undefined), 'ERR_CERT_EXPIRED');
  assert.is(await at(make.NOT_BEFORE), undefined);
  assert.is(await at(new Date(make.NOT_BEFORE)), undefined);
  assert.is(await at(new Date(make.NOW)), 'ERR_CERT_EXPIRED');
  for (const time of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '2024-01-01',
    `${make.NOT_BEFORE}`,
    new Date('x'),
    null,
    {},
  ]) {
    assert.is(await at(time), 'ERR_INVALID_ARGUMENT', String(time));
  }
});

test('gives a Promise that rejects, whatever is wrong', async () => {
  for (const given of [options, undefined, null, 7, {}, { ...options, leaf: 7 }, { ...options, anchors: [] }]) {
    const answer = x509.verifyCertificateChain(given as never);
    assert.instance(answer, Promise);
    await answer.catch(error => assert.ok(error.code, String(error)));
  }
});

test('refuses misspelt options and wrong values, and names the nearest', async () => {
  const wrong: [object, RegExp][] = [
    [{ servername: 'x.example' }, /did you mean serverName\?/],
    [{ hostname: 'x.example' }, /no option hostname/],
    [{ purpose: 'Server' }, /purpose is 'Server'/],
    [{ checks: x509.revocation() }, /checks is/],
    [{ profile: 'webpki' }, /profile is 'webpki'/],
    [{ maxDepth: -1 }, /maxDepth is -1/],
    [{ budget: { signatures: Number.NaN } }, /signatures is NaN/],
    [{ budget: { signature: 7 } }, /did you mean signatures\?/],
    [{ policies: { requireExplicit: true } }, /no option requireExplicit/],
    [{ policies: { initialPolicySet: ['any'] } }, /initialPolicySet/],
    [{ stapled: { ocsp: leaf } }, /no option ocsp/],
    [{ anchors: [root.der] }, /anchors/],
    [{ keyUsage: '1' }, /keyUsage is '1'/],
    [{ serverName: null }, /serverName is null/],
  ];
  for (const [more, text] of wrong) {
    try {
      await x509.verifyCertificateChain({ ...options, ...more } as never);
      assert.unreachable(`accepted ${JSON.stringify(more)}`);
    } catch (error) {
      assert.is((error as TlsError).code, 'ERR_INVALID_ARGUMENT', String(error));
      assert.match((error as Error).message, text);
    }
  }
  const absent = { maxDepth: undefined, budget: { signatures: undefined }, purpose: undefined, checks: undefined };
  await x509.verifyCertificateChain({ ...options, ...absent, time: make.NOW });
  const others: (() => unknown)[] = [
    () => x509.revocation({ mode: 'required' as never }),
    () => x509.revocation({ crls: [new Uint8Array(3)] as never }),
    () => x509.revocation({ clockSkew: Number.NaN }),
    () => x509.transparency({ logs: [], minimum: 0 }),
    () => x509.transparency({} as never),
    () => x509.trustAnchor(root.der, { purpose: ['1.2.3'] } as never),
    () => x509.trustAnchor(root.der, { distrustAfter: Number.NaN }),
    () => x509.trustAnchor('root' as never),
    () => x509.createPeerVerifier({ ...options, anchor: anchors } as never),
    () => x509.createPeerVerifier({ anchors, verifiers: [nodeVerifier], dangerousAnyServername: true } as never),
  ];
  for (const work of others) assert.is(await codeOf(work), 'ERR_INVALID_ARGUMENT', String(work));
});

// --- Anchors

test('a list of anchors is the list as it is, however long it was', () => {
  const others = Array.from({ length: 12 }, (_, i) => x509.trustAnchor(make.makeRoot(`other ${i}`).der));
  for (const count of [1, 8, 9, 12]) {
    const changing = [...anchors, ...others.slice(0, count)];
    const run = () => verify(leaf, root, { anchors: changing });
    run();
    const [taken] = changing.splice(0, 1, others[0]);
    rejects(run, 'ERR_CERT_UNKNOWN_ISSUER', /judging root/);
    changing.push(taken);
    run();
    changing.length = 1;
    rejects(run, 'ERR_CERT_UNKNOWN_ISSUER', /judging root/);
  }
});

test('what the caller says of an anchor holds for the anchor as a leaf', () => {
  const { serverAuth, clientAuth } = x509.purposes;
  const self = (constraints: x509.AnchorConstraints, more = {}) =>
    verify(leaf, root, { anchors: [x509.trustAnchor(leaf, constraints)], purpose: 'server', ...more });
  const only = (value: string) => ({ permitted: [{ type: 'dns', value }], excluded: [] }) as const;
  self({ purposes: [serverAuth], distrustAfter: make.NOT_BEFORE, nameConstraints: only('host.example') });
  rejects(() => self({ purposes: [clientAuth] }), 'ERR_CERT_CONSTRAINT', /purpose/, 0);
  rejects(() => self({ distrustAfter: make.NOT_BEFORE - 1 }), 'ERR_CERT_CONSTRAINT', /this late/, 0);
  rejects(() => self({ distrustAfter: new Date(make.NOT_BEFORE - 1) }), 'ERR_CERT_CONSTRAINT', /this late/, 0);
  rejects(() => self({ nameConstraints: only('other.example') }), 'ERR_CERT_CONSTRAINT', /host\.example/, 0);
});

test("policies of an anchor's certificate count (RFC 5937 §3)", () => {
  const policy = (...oids: string[]) => make.extension('2.5.29.32', d.seq(...oids.map(oid => d.seq(d.oid(oid)))));
  const constraints = (...parts: Uint8Array[]) => make.extension('2.5.29.36', d.seq(...parts), true);
  const under = (own: readonly Uint8Array[], leafPolicies: readonly string[], policies: x509.PolicyOptions = {}) => {
    const key = make.testKey('p256', 'policy root');
    const der = make.makeCertificate({
      subject: 'policy root',
      issuer: 'policy root',
      key,
      signer: key,
      extensions: make.caExtensions(undefined, ...own),
    });
    const authority = { name: 'policy root', key, der };
    const extensions = leafPolicies.length > 0 ? [policy(...leafPolicies)] : [make.basicConstraints(false)];
    return () => verify(make.makeLeaf('host.example', authority, { extensions }), authority, { policies });
  };
  const explicit = constraints(d.primitive(0, Uint8Array.of(0)));
  const required = { requireExplicitPolicy: true };
  under([policy('1.2.3')], [])();
  under([policy('1.2.3')], ['1.2.3'], required)();
  rejects(under([policy('1.2.3')], ['1.2.4'], required), 'ERR_CERT_POLICY', /no acceptable policy/);
  under([policy('1.2.3', '2.5.29.32.0')], ['1.2.4'], required)();
  rejects(under([explicit], []), 'ERR_CERT_POLICY', /./);
  under([explicit], ['1.2.4'])();
  const wanted = { ...required, initialPolicySet: ['1.2.4', '1.2.5'] };
  rejects(under([policy('1.2.3')], ['1.2.4'], wanted), 'ERR_CERT_POLICY', /./);
  under([policy('1.2.4')], ['1.2.4'], wanted)();
  const noAny = make.extension('2.5.29.54', d.int(0), true);
  under([explicit], ['2.5.29.32.0'])();
  rejects(under([explicit, noAny], ['2.5.29.32.0']), 'ERR_CERT_POLICY', /./);
});

test('refuses critical policies with a qualifier it does not know (RFC 5280 §4.2.1.4)', () => {
  const withQualifier = (oid: string, critical: boolean) =>
    make.makeLeaf('host.example', root, {
      extensions: [
        make.extension(
          '2.5.29.32',
          d.seq(d.seq(d.oid('1.2.3'), d.seq(d.seq(d.oid(oid), d.utf8String('x'))))),
          critical,
        ),
      ],
    });
  for (const known of ['1.3.6.1.5.5.7.2.1', '1.3.6.1.5.5.7.2.2']) verify(withQualifier(known, true), root);
  verify(withQualifier('1.2.3.4', false), root);
  rejects(
    () => verify(withQualifier('1.2.3.4', true), root),
    'ERR_CERT_UNKNOWN_CRITICAL_EXTENSION',
    /qualifier 1\.2\.3\.4/,
    0,
  );
});

// --- Names in more than one spelling

function passes(permitted: Uint8Array[], excluded: Uint8Array[], names: Uint8Array[]): boolean {
  const constraints = make.nameConstraints(permitted, excluded);
  const ca = make.makeIntermediate('names', root, { extensions: make.caExtensions(undefined, constraints) });
  const constrained = make.makeLeaf('', ca, { extensions: [make.altName(...names)] });
  try {
    verify(constrained, root, { intermediates: [ca.der] });
    return true;
  } catch (error) {
    assert.is((error as TlsError).code, 'ERR_CERT_CONSTRAINT', String(error));
    return false;
  }
}

const smtpUtf8 = (mailbox: string) => d.tagged(0, d.oid('1.3.6.1.5.5.7.8.9'), d.tagged(0, d.utf8String(mailbox)));

test('constraints of rfc822Name bind SmtpUTF8Mailbox (RFC 9598 §6)', () => {
  const { email } = make;
  assert.ok(passes([email('host.example')], [], [smtpUtf8('älter@host.example')]));
  assert.not(passes([email('host.example')], [], [smtpUtf8('älter@other.example')]));
  assert.not(passes([email('host.example')], [], [email('a@host.example'), smtpUtf8('älter@other.example')]));
  assert.not(passes([], [email('host.example')], [smtpUtf8('älter@HOST.example')]));
  assert.not(passes([], [email('.example')], [smtpUtf8('älter@a.example')]));
  assert.ok(passes([], [email('host.example')], [smtpUtf8('älter@other.example')]));
  // A host that is not in A-labels cannot be compared.
  assert.not(passes([], [email('host.example')], [smtpUtf8('a@bücher.example')]));
  assert.not(passes([email('')], [], [smtpUtf8('no mailbox')]));
  assert.ok(passes([make.dns('example')], [], [make.dns('a.example'), smtpUtf8('älter@other.example')]));
});

test('a quoted local part is the mailbox that it stands for (RFC 5321 §4.1.2)', () => {
  const { email } = make;
  for (const same of ['"a.b"@host.example', '"a\\.b"@host.example', 'a.b@HOST.example', '"\\a.b"@host.example']) {
    assert.not(passes([], [email('a.b@host.example')], [email(same)]), same);
    assert.ok(passes([email('a.b@host.example')], [], [email(same)]), same);
    assert.not(passes([], [email(same)], [email('a.b@host.example')]), same);
  }
  assert.ok(passes([], [email('a.b@host.example')], [email('"a. b"@host.example')]));
  assert.not(passes([], [email('host.example')], [email('"x@other.example"@host.example')]));
  assert.not(passes([email('other.example')], [], [email('"x@other.example"@host.example')]));
});

test('an authority that programs read in two ways is refused under constraints (RFC 3986 §3.2)', () => {
  const { uri } = make;
  assert.ok(passes([uri('host.example')], [], [uri('https://user:pw@host.example:443/\\@x')]));
  for (const odd of [
    'https://other.example\\@host.example/',
    'https://other.example\\\\host.example/',
    'https://a@other.example@host.example/',
    'https://host.example /',
    'https://host.example\t/',
    'https://[host.example]/',
    'https://host.example:80:80/',
    'https://host%2eexample/',
  ]) {
    assert.not(passes([uri('host.example')], [], [uri(odd)]), odd);
    assert.not(passes([], [uri('evil.example')], [uri(odd)]), odd);
  }
});

test('no character outside ASCII becomes one inside it by being written in lower case', () => {
  // U+212A is the Kelvin sign, U+017F the long s.
  assert.throws(() => verify(leaf, root, { serverName: 'ho\u017ft.example' }), /in ASCII/);
  const kelvin = make.makeLeaf('', root, {
    extensions: [make.altName(d.primitive(2, new TextEncoder().encode('ban\u212a.example')), make.dns('a.example'))],
  });
  assert.not.ok(isFor(kelvin, 'bank.example'));
});

function isFor(certificate: Uint8Array, serverName: string): boolean {
  try {
    verify(certificate, root, { serverName });
    return true;
  } catch {
    return false;
  }
}

test.run();
