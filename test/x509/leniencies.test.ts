// What the world writes: each leniency by name, the strict reading that has none of them, and that none changes what matches.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { leniencies } from '../../src/asn1/leniencies.ts';
import { TlsError } from '../../src/base/errors.ts';
import type { Secret } from '../../src/crypto/secret.ts';
import * as x509 from '../../src/x509/index.ts';
import { readPrivateKeyInfo } from '../../src/x509/keys/private_key.ts';
import { parseCertificateRequest } from '../../src/x509/request.ts';
import { verifyChain } from '../../src/x509/verify.ts';
import { codeOf } from '../support/code_of.ts';
import * as d from '../support/der.ts';
import { makeKey } from '../support/issuing.ts';
import { testKeyProvider } from '../support/key_provider.ts';
import { nodeVerifier } from '../support/node/signatures.ts';
import * as make from '../support/x509_maker.ts';

const root = make.makeRoot('root');
const leafWith = (fields: Partial<make.CertificateFields>, name = 'host.example') => make.makeLeaf(name, root, fields);
const san = (...names: Uint8Array[]) => make.extension('2.5.29.17', d.seq(...names));
const latin1 = (text: string) => Uint8Array.from(text, c => c.charCodeAt(0));
const utf8 = (text: string) => new TextEncoder().encode(text);
const cn = (value: Uint8Array) => d.seq(d.set(d.seq(d.oid('2.5.4.3'), value)));
const falseCritical = (oid: string, value: Uint8Array) => d.seq(d.oid(oid), d.bool(false), d.octets(value));

const anchors = [x509.trustAnchor(root.der)];
/** What a search for a path to the root needs. */
const search = { anchors, time: make.NOW, verifiers: [nodeVerifier] };
const verify = (leaf: Uint8Array, serverName: string) => verifyChain({ ...search, leaf, serverName });

const good = san(d.primitive(2, latin1('host.example')));
const own: Record<string, [string, Uint8Array]> = {
  'critical FALSE': ['encoded-default', leafWith({ extensions: [good, falseCritical('2.5.29.19', d.seq())] })],
  'cA FALSE': ['encoded-default', leafWith({ extensions: [good, make.extension('2.5.29.19', d.seq(d.bool(false)))] })],
  'empty issuerAltName': ['empty-list', leafWith({ extensions: [good, make.extension('2.5.29.18', d.seq())] })],
  'empty access descriptions': [
    'empty-list',
    leafWith({ extensions: [good, make.extension('1.3.6.1.5.5.7.1.1', d.seq())] }),
  ],
  'a distribution point that names nothing': [
    'empty-list',
    leafWith({ extensions: [good, make.extension('2.5.29.31', d.seq(d.seq()))] }),
  ],
  'an empty RDN': ['empty-list', leafWith({ subject: d.seq(d.set()), extensions: [good] })],
  'a UTF-8 dNSName beside a good one': [
    'non-ascii-name',
    leafWith({ extensions: [san(d.primitive(2, utf8('höst.example')), d.primitive(2, latin1('host.example')))] }),
  ],
  'a UTF-8 mailbox beside a good dNSName': [
    'non-ascii-name',
    leafWith({ extensions: [san(d.primitive(1, utf8('ä@host.example')), d.primitive(2, latin1('host.example')))] }),
  ],
  'Latin-1 in a UTF8String': [
    'odd-string',
    leafWith({ subject: cn(d.tlv(0x0c, latin1('caf\u00e9'))), extensions: [good] }),
  ],
  'Latin-1 in a PrintableString': [
    'odd-string',
    leafWith({ subject: cn(d.tlv(0x13, latin1('caf\u00e9'))), extensions: [good] }),
  ],
  'a policy twice': [
    'repeated-policy',
    leafWith({ extensions: [good, make.extension('2.5.29.32', d.seq(d.seq(d.oid('1.2.3')), d.seq(d.oid('1.2.3'))))] }),
  ],
  'empty policy qualifiers': [
    'empty-list',
    leafWith({ extensions: [good, make.extension('2.5.29.32', d.seq(d.seq(d.oid('1.2.3'), d.seq())))] }),
  ],
};

for (const [what, [leniency, der]] of Object.entries(own)) {
  test(`${what}: read, named "${leniency}", the chain holds; not in a strict reading, not under a profile`, () => {
    const certificate = x509.parseCertificate(der);
    assert.equal(certificate.deviations, [leniency]);
    assert.equal(certificate.faults, []);
    assert.ok(Object.hasOwn(leniencies, leniency));
    verify(der, 'host.example');
    assert.is(
      codeOf(() => x509.readCertificate(der, 'strict')),
      'ERR_CERT_MALFORMED',
    );
    const options = { ...search, leaf: der, profile: x509.rfc5280Profile };
    assert.is(
      codeOf(() => verifyChain(options)),
      'ERR_CERT_PROFILE',
    );
    x509.describeCertificate(certificate);
  });
}

test('a certificate that follows the standards has no deviations and is the same in every reading', () => {
  const der = leafWith({});
  for (const reading of ['strict', 'lenient', 'partial'] as const) {
    const certificate = x509.readCertificate(der, reading);
    assert.equal(certificate.deviations, []);
    assert.equal(certificate.faults, []);
    assert.is(`${certificate.subject}`, `${x509.parseCertificate(der).subject}`);
  }
});

test('odd names match nothing, whatever stands for the case of their letters', () => {
  // U+212A KELVIN SIGN and U+017F become ASCII letters in some changes of case.
  for (const name of ['ban\u212a.example', 'ho\u017ft.example', '\u00e9.example']) {
    const der = leafWith({ extensions: [san(d.primitive(2, utf8(name)))] });
    for (const asked of ['bank.example', 'host.example', 'e.example', 'xn--9ca.example']) {
      assert.is(
        codeOf(() => verify(der, asked)),
        'ERR_CERT_NAME_MISMATCH',
      );
    }
  }
});

test('an empty extendedKeyUsage allows no usage, empty alternative names name no server', () => {
  const eku = leafWith({ extensions: [good, make.extension('2.5.29.37', d.seq())] });
  assert.is(
    codeOf(() => verify(eku, 'host.example')),
    'ERR_CERT_PURPOSE',
  );
  assert.is(
    codeOf(() => verify(leafWith({ extensions: [san()] }), 'host.example')),
    'ERR_CERT_NAME_MISMATCH',
  );
});

test('a name that is no text equals the same octets only, and lies in no subtree', () => {
  const odd = (text: string, tag = 0x0c) =>
    x509.parseCertificate(leafWith({ subject: cn(d.tlv(tag, latin1(text))) })).subject;
  assert.ok(odd('caf\u00e9').equals(odd('caf\u00e9')));
  for (const other of [odd('CAF\u00e9'), odd('caf\u00e9', 0x13), odd('caf\u00e8')])
    assert.not(odd('caf\u00e9').equals(other));
  assert.is(`${odd('caf\u00e9, x')}`, 'CN=caf\\e9\\, x');
  assert.is(odd('caf\u00e9').attribute('CN'), undefined);
  const excluded = d.tagged(1, d.seq(d.tagged(4, cn(d.utf8String('other')))));
  const ca = make.makeIntermediate('odd', root, {
    extensions: [make.basicConstraints(true), make.extension('2.5.29.30', d.seq(excluded), true)],
  });
  const leaf = make.makeLeaf('host.example', ca, { subject: cn(d.tlv(0x0c, latin1('caf\u00e9'))), extensions: [good] });
  const intermediates = [ca.der];
  const options = { ...search, leaf, intermediates };
  assert.is(
    codeOf(() => verifyChain(options)),
    'ERR_CERT_CONSTRAINT',
  );
});

test('what no path may have is read and shown, and refused in a path: twice the same extension, odd signature bits', () => {
  const twice = leafWith({ extensions: [good, make.keyUsage(0), make.keyUsage(0)] });
  const certificate = x509.parseCertificate(twice);
  assert.is(certificate.faults.length, 1);
  assert.match(x509.describeCertificate(certificate), /keyUsage/);
  assert.is(
    codeOf(() => verify(twice, 'host.example')),
    'ERR_CERT_MALFORMED',
  );
});

test('a partial reading shows the rest of a certificate with a time that is none, and no path takes it', () => {
  const der = Buffer.from(leafWith({}));
  const at = der.indexOf('240101000000Z') + 12;
  der[at] = 0x2b;
  assert.is(
    codeOf(() => x509.parseCertificate(der)),
    'ERR_CERT_MALFORMED',
  );
  const shown = x509.readCertificate(der, 'partial');
  assert.ok(Number.isNaN(shown.notBefore));
  assert.match(x509.describeCertificate(shown), /valid: \(unreadable\) to 20/);
  assert.throws(() => shown.decodeExtensions(), /time/);
});

test('where policies decide, a certificate with one twice has none', () => {
  const policies = make.extension('2.5.29.32', d.seq(d.seq(d.oid('1.2.3')), d.seq(d.oid('1.2.3'))));
  const leaf = leafWith({ extensions: [good, policies] });
  const options = { ...search, leaf, policies: { requireExplicitPolicy: true } };
  assert.is(
    codeOf(() => verifyChain(options)),
    'ERR_CERT_POLICY',
  );
});

test('the table of docs/x509.md is the table of the code', () => {
  const path = join(fileURLToPath(new URL('.', import.meta.url)), '../../docs/x509.md');
  const docs = readFileSync(path, 'utf8');
  for (const [name, { what, rule, writers, readers }] of Object.entries(leniencies)) {
    assert.ok(docs.includes(`| \`${name}\` | ${what} | ${rule} | ${writers} | ${readers} |`), name);
  }
});

test('EC keys as GnuTLS writes them, Ed25519 keys as ring wrote them', async () => {
  const provider = testKeyProvider();
  const key = await makeKey('p256');
  const scalar = provider.dangerousReveal((key.dangerousExport() as unknown as { scalar: Secret }).scalar);
  const pkcs8 = (octets: Uint8Array) =>
    d.seq(
      d.int(0),
      d.seq(d.oid('1.2.840.10045.2.1'), d.oid('1.2.840.10045.3.1.7')),
      d.octets(d.seq(d.int(1), d.octets(octets))),
    );
  assert.equal(readPrivateKeyInfo(provider, pkcs8(Uint8Array.of(0, ...scalar))).publicKey, key.publicKey);
  assert.is(
    codeOf(() => readPrivateKeyInfo(provider, pkcs8(Uint8Array.of(1, ...scalar)))),
    'ERR_INVALID_PRIVATE_KEY',
  );
  const ed = await makeKey('ed25519');
  const seed = provider.dangerousReveal((ed.dangerousExport() as unknown as { seed: Secret }).seed);
  const publicKey = (ed.publicKey as { key: Uint8Array }).key;
  const ring = (open: Uint8Array) =>
    d.seq(d.int(1), d.seq(d.oid('1.3.101.112')), d.octets(d.octets(seed)), d.tagged(1, d.bits(open)));
  assert.equal(readPrivateKeyInfo(provider, ring(publicKey)).publicKey, ed.publicKey);
  assert.is(
    codeOf(() => readPrivateKeyInfo(provider, ring(new Uint8Array(32)))),
    'ERR_INVALID_PRIVATE_KEY',
  );
});

test('requests: Microsoft’s attribute, no value, another version, a key that nobody has', () => {
  const extension = (name: string) => d.seq(d.seq(d.oid('2.5.29.17'), d.octets(d.seq(d.primitive(2, latin1(name))))));
  const attribute = (oid: string, ...values: Uint8Array[]) => d.seq(d.oid(oid), d.set(...values));
  const request = (version: number, attributes: Uint8Array[], spki = root.key.spki) => {
    const info = d.seq(d.int(version), cn(d.utf8String('x')), spki, d.tagged(0, ...attributes));
    return parseCertificateRequest(d.seq(info, d.seq(d.oid('1.2.840.10045.4.3.2')), d.bits(new Uint8Array(8))));
  };
  const [standard, microsoft] = ['1.2.840.113549.1.9.14', '1.3.6.1.4.1.311.2.1.14'];
  const dns = (...names: string[]) => names.map(value => ({ type: 'dns', value }));
  assert.equal(request(0, [attribute(microsoft, extension('a.example'))]).subjectAltName, dns('a.example'));
  const both = request(0, [attribute(standard, extension('a.example')), attribute(microsoft, extension('a.example'))]);
  assert.equal(both.subjectAltName, dns('a.example'));
  const unlike = request(0, [
    attribute(standard, extension('a.example')),
    attribute(microsoft, extension('b.example')),
  ]);
  assert.throws(() => unlike.extensions, /2\.5\.29\.17 in extensionRequest and in Microsoft's attribute/);
  assert.equal([...request(0, [attribute(standard)]).extensions], []);
  assert.equal(request(1, []).deviations, ['later-fields']);
  const curve = d.seq(d.seq(d.oid('1.2.840.10045.2.1'), d.oid('1.3.132.0.10')), d.bits(new Uint8Array(65)));
  const unknown = request(0, [attribute(standard, extension('a.example'))], curve);
  assert.equal(unknown.subjectAltName, dns('a.example'));
  assert.is(
    codeOf(() => unknown.publicKey),
    'ERR_UNSUPPORTED_ALGORITHM',
  );
});

test('CRLs: nothing odd in an entry makes a revoked certificate good or the list unreadable', () => {
  const issuer = x509.parseCertificate(root.der).subject;
  const reason = (value: Uint8Array) => make.extension('2.5.29.21', value);
  const enumerated = (...octets: number[]) => d.tlv(0x0a, Uint8Array.from(octets));
  const odd: Record<string, Uint8Array[]> = {
    'a reason without a name': [reason(enumerated(11))],
    'a reason of two octets that ends as removeFromCRL does': [reason(enumerated(1, 8))],
    'a reason that is none': [reason(d.nil)],
    'a reason twice, removeFromCRL first': [reason(enumerated(8)), reason(enumerated(1))],
    'a date of invalidity with fractions': [make.extension('2.5.29.24', d.tlv(0x18, latin1('20200101000000.5Z')))],
    'a certificate issuer that is none': [make.extension('2.5.29.29', d.seq(make.dns('x')))],
    'extensions without any': [],
  };
  for (const [what, extensions] of Object.entries(odd)) {
    const entry = d.seq(d.int(7), d.time(make.NOT_BEFORE), d.seq(...extensions));
    const crl = x509.parseCrl(make.makeCrl(root, { entries: [make.crlEntry(5), entry, make.crlEntry(9)] }));
    assert.is(crl.unusable, undefined, what);
    assert.ok(crl.deviations.length > 0, what);
    for (const serial of [5, 7, 9]) {
      const found = crl.find(Uint8Array.of(serial), issuer);
      assert.ok(found !== undefined && found.reason !== x509.revocationReasons.removeFromCRL, what);
    }
    assert.is([...crl.entries()].length, 3);
  }
});

test('CRLs: an indirect list whose issuer of an entry cannot be read may mean anybody from there on', () => {
  const indirect = make.extension('2.5.29.28', d.seq(d.primitive(4, Uint8Array.of(0xff))), true);
  const unreadable = d.seq(d.int(7), d.time(make.NOT_BEFORE), d.seq(make.extension('2.5.29.29', d.nil, true)));
  const crl = x509.parseCrl(
    make.makeCrl(root, { entries: [make.crlEntry(5), unreadable, make.crlEntry(9)], extensions: [indirect] }),
  );
  const other = x509.parseCertificate(make.makeRoot('somebody').der).subject;
  assert.is(crl.find(Uint8Array.of(5), other), undefined);
  assert.ok(crl.find(Uint8Array.of(7), other));
  assert.ok(crl.find(Uint8Array.of(9), other));
});

test('CRLs: what only puts lists in order may be odd; a scope or delta that cannot be read makes the list unusable', () => {
  const crl = (...extensions: Uint8Array[]) => x509.parseCrl(make.makeCrl(root, { extensions }));
  const negative = crl(make.extension('2.5.29.20', d.int(-1)));
  assert.is(negative.crlNumber, undefined);
  assert.is(negative.unusable, undefined);
  assert.equal(negative.deviations, ['odd-crl-extension']);
  const scope = d.seq(d.primitive(1, Uint8Array.of(0)));
  assert.is(crl(make.extension('2.5.29.28', scope, true)).unusable, undefined, 'a flag encoded as FALSE');
  assert.match(crl(make.extension('2.5.29.28', d.nil, true)).unusable!, /2\.5\.29\.28 cannot be read/);
  assert.match(crl(make.extension('2.5.29.27', d.nil, true)).unusable!, /2\.5\.29\.27 cannot be read/);
  assert.match(crl(make.crlNumber(1), make.crlNumber(2)).unusable!, /twice/);
});

test('a trust list: the odd ones are told with number and line, the others are there', () => {
  const pem = (der: Uint8Array, label = 'CERTIFICATE') => x509.formatPem(label, der);
  const broken = root.der.slice(0, 50);
  const text = `\ufeff${pem(broken)}${pem(root.der)}${pem(root.der).replace(/\n[A-Za-z0-9+/]{4}/, '\n*AAA')}`;
  const trusted = pem(d.join(root.der, d.seq(d.int(1))), 'TRUSTED CERTIFICATE');
  const { certificates, odd, places } = x509.parseTrustList(`${text}${trusted}`);
  assert.equal(
    certificates.map(({ der }) => der),
    [root.der, root.der],
  );
  assert.equal(
    places.map(({ number }) => number),
    [2, 4],
  );
  assert.equal(
    odd.map(({ number, error }) => [number, error instanceof TlsError]),
    [
      [1, true],
      [3, true],
    ],
  );
  assert.match(x509.oddCertificateText('ca.pem', odd[0]), /^ca\.pem: certificate 1 \(line 1\) is left out: /);
  const der = x509.parseTrustList(d.join(root.der, Uint8Array.of(0x0d, 0x0a)));
  assert.is(der.certificates.length, 1, 'a line end behind DER');
});

test('what is read is shown, however it was written: no extension that a path may have is shown as malformed', () => {
  for (const [what, [leniency, der]] of Object.entries(own)) {
    const certificate = x509.parseCertificate(der);
    certificate.decodeExtensions();
    const text = x509.describeCertificate(certificate);
    assert.not.match(text, /malformed/, `${what} (${leniency})`);
    assert.match(text, /host\.example/, what);
  }
});

test.run();
