// CRLs (RFC 5280 §6.3), OCSP responses (RFC 6960) and must-staple (RFC 7633).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TlsError } from '../../src/base/errors.ts';
import * as x509 from '../../src/x509/index.ts';
import * as d from '../support/der.ts';
import * as make from '../support/x509_maker.ts';
import { rejects, testHashes, verify } from '../support/x509_verify.ts';

const root = make.makeRoot('revocation root');
const middle = make.makeIntermediate('revocation middle', root);
const leaf = make.makeLeaf('host.example', middle, { serial: 77 });
const pool = { intermediates: [middle.der] };
const crl = (issuer: make.Authority, fields: make.CrlFields = {}) => x509.parseCrl(make.makeCrl(issuer, fields));
const check =
  (revocation: x509.RevocationOptions, more = {}) =>
  () =>
    verify(leaf, root, { ...pool, ...more, revocation });

const revoked = make.crlEntry(77, make.NOT_BEFORE, [make.extension('2.5.29.21', d.int(1, 0x0a))]);
const good = [crl(middle), crl(root)];

test('reads CRLs and finds entries', () => {
  const entries = Array.from({ length: 500 }, (_, i) => make.crlEntry(2 * i + 1, make.NOT_BEFORE + i * 1000));
  const list = crl(middle, { entries });
  assert.is(list.size, 500);
  assert.is(list.issuer.toString(), 'CN=revocation middle');
  assert.equal(list.find(Uint8Array.of(0x01, 0x01), list.issuer), {
    revocationDate: make.NOT_BEFORE + 128_000,
    reason: 0,
  });
  assert.is(list.find(Uint8Array.of(0x01, 0x02), list.issuer), undefined);
  assert.is(list.find(Uint8Array.of(1), new x509.Name(make.commonName('another'))), undefined);
  const listed = [...list.entries()];
  assert.is(listed.length, 500);
  assert.equal([...listed[499].serialNumber], [3, 231]);
  assert.is(listed[499].revocationDate, make.NOT_BEFORE + 499_000);
  assert.is(list.nextUpdate, make.NOT_AFTER);
  for (const bad of [d.join(list.der, d.nil), list.der.slice(0, -1), new Uint8Array()]) {
    assert.throws(
      () => x509.parseCrl(bad),
      (e: TlsError) => e.code === 'ERR_CERT_MALFORMED',
    );
  }
});

test('refuses what a CRL lists and says when and why it was revoked', () => {
  check({ crls: good, mode: 'require' })();
  const listed = [crl(middle, { entries: [make.crlEntry(76), revoked] }), crl(root)];
  const error = rejects(check({ crls: listed }), 'ERR_CERT_REVOKED', /2024-01-01T00:00:00Z \(keyCompromise\)/, 0);
  assert.is(error.certificate!.subject.toString(), 'CN=host.example');
  const serial = x509.parseCertificate(middle.der).serialNumber.reduce((n, b) => n * 256 + b, 0);
  const intermediate = [crl(middle), crl(root, { entries: [make.crlEntry(serial)] })];
  rejects(check({ crls: intermediate }), 'ERR_CERT_REVOKED', /revocation middle/, 1);
  check({ crls: intermediate, scope: 'leaf' })();
  verify(leaf, root, { ...pool, checks: [] });
});

test('demands as much as the mode says', () => {
  check({})();
  check({ crls: [crl(root)] })();
  rejects(check({ mode: 'require' }), 'ERR_CERT_REVOCATION_UNKNOWN', /no CRL or OCSP/, 1);
  rejects(check({ crls: [crl(root)], mode: 'require' }), 'ERR_CERT_REVOCATION_UNKNOWN', /no CRL or OCSP/, 0);
});

test('does not use a CRL that is old, early, forged, endless or has something unknown and critical in it', () => {
  const unusable = (fields: make.CrlFields, why: RegExp) =>
    rejects(check({ crls: [crl(middle, fields)] }), 'ERR_CERT_REVOCATION_UNKNOWN', why, 0);
  unusable({ nextUpdate: make.NOW - 1000 }, /out of date/);
  unusable({ thisUpdate: make.NOW + 1000 }, /future/);
  unusable({ nextUpdate: null }, /next one/);
  unusable({ forged: true }, /signature/);
  unusable({ extensions: [make.crlNumber(1, true)] }, /CRL number is critical/);
  unusable({ extensions: [make.extension('1.2.3', d.nil, true)] }, /1\.2\.3/);
  const odd = make.crlEntry(5, make.NOT_BEFORE, [make.extension('1.2.4', d.nil, true)]);
  unusable({ entries: [odd] }, /entry has the unknown critical extension 1\.2\.4/);
});

test('wants cRLSign from the issuer of a CRL (RFC 5280 §6.3.3 (f))', () => {
  const mute = make.makeIntermediate('mute', root, { extensions: [make.basicConstraints(true), make.keyUsage(5)] });
  const under = make.makeLeaf('host.example', mute);
  const verification = (crls: x509.Crl[]) => () =>
    verify(under, root, { intermediates: [mute.der, signer.der], revocation: { crls } });
  // Another key of the same name may sign for it, if it has a path to the same anchor.
  const signer = make.makeIntermediate('mute', root, {
    extensions: [make.keyUsage(6)],
    key: make.testKey('p256', 'crl signer'),
  });
  rejects(verification([crl(mute)]), 'ERR_CERT_REVOCATION_UNKNOWN', /signature|key usage/, 0);
  verification([crl(signer)])();
  const plain = make.makeIntermediate('mute', root, { extensions: [make.basicConstraints(false)], key: signer.key });
  const withPlain = { intermediates: [mute.der, plain.der], revocation: { crls: [crl(signer)] } };
  rejects(() => verify(under, root, withPlain), 'ERR_CERT_REVOCATION_UNKNOWN', /key usage/, 0);
});

test('keeps to the scope of a CRL: distribution points, kinds of certificates, reasons, indirect lists', () => {
  const point = (uri: string) => d.tagged(0, d.tagged(0, make.uri(uri)));
  const idp = (...fields: Uint8Array[]) => [make.crlNumber(1), make.extension('2.5.29.28', d.seq(...fields), true)];
  const pointed = make.makeLeaf('host.example', middle, {
    extensions: [make.extension('2.5.29.31', d.seq(d.seq(point('http://crl/1'))))],
  });
  const status =
    (...extensions: Uint8Array[][]) =>
    () =>
      verify(pointed, root, {
        ...pool,
        revocation: { mode: 'require', scope: 'leaf', crls: extensions.map(each => crl(middle, { extensions: each })) },
      });
  status(idp(point('http://crl/1')))();
  status(idp(d.primitive(1, Uint8Array.of(0xff))))();
  rejects(status(idp(point('http://crl/2'))), 'ERR_CERT_REVOCATION_UNKNOWN', /no CRL/, 0);
  rejects(status(idp(d.primitive(2, Uint8Array.of(0xff)))), 'ERR_CERT_REVOCATION_UNKNOWN', /no CRL/, 0);
  rejects(status(idp(d.primitive(5, Uint8Array.of(0xff)))), 'ERR_CERT_REVOCATION_UNKNOWN', /no CRL/, 0);
  const some = idp(d.primitive(3, Uint8Array.of(6, 0x40)));
  const rest = idp(d.primitive(3, Uint8Array.of(7, 0x3f, 0x80)));
  rejects(status(some), 'ERR_CERT_REVOCATION_UNKNOWN', /some reasons/, 0);
  status(some, rest)();
});

test('applies delta CRLs: they add, and they take off hold', () => {
  const delta = (number: number, base: number, entries: Uint8Array[]) =>
    crl(middle, { entries, extensions: [make.crlNumber(number), make.extension('2.5.29.27', d.int(base), true)] });
  const held = make.crlEntry(77, make.NOT_BEFORE, [make.extension('2.5.29.21', d.int(6, 0x0a))]);
  const released = make.crlEntry(77, make.NOT_BEFORE, [make.extension('2.5.29.21', d.int(8, 0x0a))]);
  const complete = (number: number, entries: Uint8Array[] = []) =>
    crl(middle, { entries, extensions: [make.crlNumber(number)] });
  const status = (...crls: x509.Crl[]) => check({ crls, scope: 'leaf', mode: 'require' });
  rejects(status(complete(1), delta(2, 1, [revoked])), 'ERR_CERT_REVOKED', /keyCompromise/);
  rejects(status(complete(1, [held])), 'ERR_CERT_REVOKED', /certificateHold/);
  status(complete(1, [held]), delta(2, 1, [released]))();
  // One that is older than the complete list, or whose base is newer, says nothing.
  rejects(status(complete(3, [held]), delta(2, 1, [released])), 'ERR_CERT_REVOKED', /certificateHold/);
  rejects(status(complete(1, [held]), delta(5, 4, [released])), 'ERR_CERT_REVOKED', /certificateHold/);
  rejects(status(delta(2, 1, [])), 'ERR_CERT_REVOCATION_UNKNOWN', /no CRL/);
});

const responder = make.testKey('p256', 'responder');
const delegate = (fields: Partial<make.CertificateFields> = {}) =>
  make.makeLeaf('responder', middle, {
    key: responder,
    extensions: [make.extendedKeyUsage(x509.purposes.ocspSigning), make.extension('1.3.6.1.5.5.7.48.1.5', d.nil)],
    ...fields,
  });
const respond = (fields: Partial<make.OcspFields> = {}, serial = 77) =>
  make.makeOcsp(serial, middle, { responder: middle.key, ...fields });
const withOcsp = (der: Uint8Array, more: x509.RevocationOptions = {}, stapled?: x509.StapledStatus) =>
  check({ scope: 'leaf', mode: 'require', ocspResponses: [x509.parseOcspResponse(der)], ...more }, { stapled });

test('takes OCSP responses of the CA and of those it delegated (RFC 6960 §4.2.2.2)', () => {
  withOcsp(respond())();
  withOcsp(respond({ responderName: 'revocation middle' }))();
  withOcsp(respond({ hash: 'sha256' }))();
  withOcsp(respond({ nextUpdate: null }))();
  withOcsp(respond({ responder, certificates: [delegate()] }))();
  withOcsp(respond({ responder, responderName: 'responder', certificates: [root.der, delegate()] }))();
  rejects(withOcsp(respond({ status: 'revoked' })), 'ERR_CERT_REVOKED', /keyCompromise/, 0);
  const both = ['good', 'revoked'].map(status => x509.parseOcspResponse(respond({ status: status as 'good' })));
  rejects(check({ scope: 'leaf', ocspResponses: both }), 'ERR_CERT_REVOKED', /keyCompromise/, 0);
  rejects(withOcsp(respond({ status: 'revoked' }), { mode: 'if-available' }), 'ERR_CERT_REVOKED', /keyCompromise/, 0);
});

test('refuses OCSP responses that are old, forged, of another certificate or of anybody else', () => {
  const unknown = (der: Uint8Array, why: RegExp) => rejects(withOcsp(der), 'ERR_CERT_REVOCATION_UNKNOWN', why, 0);
  unknown(respond({ nextUpdate: make.NOW - 400_000 }), /out of date/);
  unknown(respond({ nextUpdate: null, thisUpdate: make.NOW - 8 * 86_400_000 }), /out of date/);
  unknown(respond({ thisUpdate: make.NOW + 400_000 }), /future/);
  unknown(respond({ forged: true }), /signature/);
  unknown(respond({}, 78), /another certificate/);
  unknown(respond({ status: 'unknown' }), /does not know/);
  unknown(make.makeOcsp(77, root, { responder: root.key }), /another certificate/);
  unknown(respond({ responder }), /not the CA/);
  unknown(
    respond({ responder, certificates: [delegate({ extensions: [make.extendedKeyUsage(x509.purposes.serverAuth)] })] }),
    /not for OCSP signing/,
  );
  unknown(respond({ responder, certificates: [delegate({ notAfter: make.NOT_BEFORE + 1000 })] }), /expired/);
  unknown(
    respond({ responder, certificates: [delegate({ issuer: root.name, signer: root.key })] }),
    /not certified by the CA/,
  );
  unknown(respond({ responder, certificates: [delegate({ forged: true })] }), /signature/);
  unknown(respond({ singleExtensions: [make.extension('1.2.3', d.nil, true)] }), /critical/);
  unknown(d.seq(d.int(3, 0x0a)), /status 3/);
  rejects(
    () =>
      verify(leaf, root, {
        ...pool,
        hashes: [],
        revocation: { mode: 'require', scope: 'leaf', ocspResponses: [x509.parseOcspResponse(respond())] },
      }),
    'ERR_CERT_REVOCATION_UNKNOWN',
    /sha1/,
  );
  for (const bad of [new Uint8Array(), d.seq(d.int(0, 0x0a)), d.join(respond(), d.nil), respond().slice(0, 40)]) {
    assert.throws(
      () => x509.parseOcspResponse(bad),
      (e: TlsError) => e.code === 'ERR_CERT_MALFORMED',
    );
  }
});

test('uses the stapled response, and insists on it where the leaf does (RFC 7633)', () => {
  const demanding = make.makeLeaf('host.example', middle, {
    serial: 77,
    extensions: [make.altName(make.dns('host.example')), make.extension('1.3.6.1.5.5.7.1.24', d.seq(d.int(5)))],
  });
  const stapled = (ocspResponse?: Uint8Array, revocation?: x509.RevocationOptions) => () =>
    verify(demanding, root, { ...pool, stapled: { ocspResponse }, revocation });
  stapled(respond())();
  rejects(stapled(), 'ERR_CERT_STAPLE_REQUIRED', /server sent none/, 0);
  rejects(stapled(respond({ nextUpdate: make.NOW - 400_000 })), 'ERR_CERT_STAPLE_REQUIRED', /out of date/, 0);
  rejects(stapled(Uint8Array.of(1)), 'ERR_CERT_STAPLE_REQUIRED', /malformed/, 0);
  rejects(stapled(respond({ status: 'revoked' })), 'ERR_CERT_REVOKED', /keyCompromise/, 0);
  stapled(undefined, { mustStaple: false })();
  // Without a handshake nothing could have been stapled; a leaf that demands nothing may come without.
  verify(demanding, root, pool);
  verify(leaf, root, { ...pool, stapled: {} });
  verify(leaf, root, { ...pool, stapled: { ocspResponse: Uint8Array.of(1) } });
});

test('hashes of the tests are there', () => assert.is(testHashes.length, 2));

test.run();
