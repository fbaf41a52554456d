// Reading certificates: every field and extension, the text forms, what is refused, and the same facts from node:crypto.

import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import * as asn1js from 'asn1js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import * as x509 from '../../src/x509/index.ts';
import { shape, theirShape } from '../support/asn1_shape.ts';
import * as d from '../support/der.ts';
import { hex, readJson } from '../support/hex.ts';
import { nodeKeyDerivation } from '../support/node/hash.ts';
import { Ledger } from '../support/node/secret.ts';
import { externalVectors } from '../support/vectors.ts';
import * as make from '../support/x509_maker.ts';

const key = make.testKey('p256', 'certificate.test');
const own = (fields: Partial<make.CertificateFields>) =>
  make.makeCertificate({
    subject: 'a',
    issuer: 'b',
    key,
    signer: key,
    extensions: [make.basicConstraints(false)],
    ...fields,
  });

function refused(read: () => unknown, why: RegExp, code = 'ERR_CERT_MALFORMED'): void {
  try {
    read();
  } catch (error) {
    assert.instance(error, TlsError);
    assert.is((error as TlsError).code, code);
    assert.match((error as TlsError).message, why);
    return;
  }
  assert.unreachable(`accepted, but must fail with ${why}`);
}

test('reads the fields and keeps the bytes as they came', () => {
  const der = own({ serial: 0x80n, notBefore: Date.UTC(1999, 11, 31), notAfter: Date.UTC(2051, 0, 1) });
  const certificate = x509.parseCertificate(der);
  const theirs = new X509Certificate(der);
  assert.equal([...certificate.der], [...der]);
  assert.is(certificate.version, 3);
  assert.is(hex(certificate.serialNumber), '0080');
  assert.is(certificate.subject.toString(), 'CN=a');
  assert.is(certificate.issuer.toString(), 'CN=b');
  assert.is(certificate.notBefore, Date.parse(theirs.validFrom));
  assert.is(certificate.notAfter, Date.parse(theirs.validTo));
  assert.equal([...certificate.spki], [...key.spki]);
  assert.equal(certificate.signatureParameters, { type: 'ecdsa', hash: 'sha256' });
  assert.is(certificate.publicKey.type, 'ec');
  const { hash } = nodeKeyDerivation(new Ledger(), 'sha256');
  assert.is(certificate.fingerprint(hash), theirs.fingerprint256);
});

test('does not follow later changes of the bytes it was given', () => {
  const der = own({});
  const certificate = x509.parseCertificate(der);
  der.fill(0);
  assert.is(certificate.subject.toString(), 'CN=a');
});

test('reads every extension of RFC 5280 and the others castls knows', () => {
  const certificate = x509
    .parseCertificate(
      own({
        serial: 42,
        extensions: [
          make.basicConstraints(true, 3),
          make.keyUsage(0, 5, 8),
          make.extendedKeyUsage(x509.purposes.serverAuth, '1.2.3.4'),
          make.altName(
            make.dns('a.example'),
            make.ip(192, 0, 2, 1),
            make.email('x@a.example'),
            make.uri('https://a.example/'),
            make.directory(make.commonName('n')),
            d.primitive(8, d.oid('1.2.3').subarray(2)),
            d.tagged(0, d.oid('1.2.3'), d.tagged(0, d.utf8String('v'))),
          ),
          make.extension('2.5.29.18', d.seq(make.uri('http://i.example/'))),
          make.extension('2.5.29.14', d.octets(Uint8Array.of(1, 2))),
          make.extension(
            '2.5.29.35',
            d.seq(
              d.primitive(0, Uint8Array.of(3)),
              d.tagged(1, make.directory(make.commonName('i'))),
              d.primitive(2, Uint8Array.of(9)),
            ),
          ),
          make.nameConstraints([make.dns('example'), make.ip(10, 0, 0, 0, 255, 0, 0, 0)], [make.email('.bad.example')]),
          make.extension(
            '2.5.29.32',
            d.seq(d.seq(d.oid('1.2.3'), d.seq(d.seq(d.oid('1.3.6.1.5.5.7.2.1'), d.tlv(0x16, d.ascii('http://cps')))))),
          ),
          make.extension('2.5.29.33', d.seq(d.seq(d.oid('1.2.3'), d.oid('1.2.4'))), true),
          make.extension('2.5.29.36', d.seq(d.primitive(0, Uint8Array.of(2)), d.primitive(1, Uint8Array.of(0))), true),
          make.extension('2.5.29.54', d.int(4), true),
          make.extension(
            '2.5.29.31',
            d.seq(
              d.seq(d.tagged(0, d.tagged(0, make.uri('http://crl.example/1'))), d.tlv(0x81, Uint8Array.of(6, 0x40))),
              d.seq(
                d.tagged(0, d.tlv(0xa1, d.seq(d.oid('2.5.4.3'), d.utf8String('r')))),
                d.tagged(2, make.directory(make.commonName('ci'))),
              ),
            ),
          ),
          make.extension('2.5.29.46', d.seq(d.seq(d.tagged(0, d.tagged(0, make.uri('http://delta.example/')))))),
          make.extension(
            '1.3.6.1.5.5.7.1.1',
            d.seq(d.seq(d.oid('1.3.6.1.5.5.7.48.1'), make.uri('http://ocsp.example/'))),
          ),
          make.extension(
            '1.3.6.1.5.5.7.1.11',
            d.seq(d.seq(d.oid('1.3.6.1.5.5.7.48.5'), make.uri('http://repo.example/'))),
          ),
          make.extension('1.3.6.1.5.5.7.1.24', d.seq(d.int(5))),
          make.extension('2.5.29.9', d.seq(d.seq(d.oid('1.2.3'), d.set(d.int(1))))),
          make.extension('1.3.6.1.4.1.11129.2.4.2', d.octets(Uint8Array.of(0, 0))),
          make.extension('1.2.3.4.5', d.nil),
        ],
      }),
    )
    .decodeExtensions();
  assert.equal(certificate.basicConstraints, { ca: true, pathLength: 3 });
  assert.is(
    certificate.keyUsage,
    x509.keyUsages.digitalSignature | x509.keyUsages.keyCertSign | x509.keyUsages.decipherOnly,
  );
  assert.equal(certificate.extendedKeyUsage, [x509.purposes.serverAuth, '1.2.3.4']);
  assert.equal(
    certificate.subjectAltName!.map(name => name.type),
    ['dns', 'ip', 'email', 'uri', 'directory', 'registered-id', 'other'],
  );
  assert.equal(
    certificate.nameConstraints!.permitted.map(name => name.type),
    ['dns', 'ip'],
  );
  assert.is(x509.policyQualifierText(certificate.certificatePolicies![0].qualifiers[0]), 'http://cps');
  assert.equal(certificate.policyMappings, [{ issuerDomain: '1.2.3', subjectDomain: '1.2.4' }]);
  assert.equal(certificate.policyConstraints, { requireExplicitPolicy: 2, inhibitPolicyMapping: 0 });
  assert.is(certificate.inhibitAnyPolicy, 4);
  assert.is(certificate.crlDistributionPoints![0].reasons, 1 << 1);
  assert.is(certificate.crlDistributionPoints![1].name!.type, 'relative');
  assert.is(certificate.freshestCrl!.length, 1);
  assert.is(certificate.authorityInfoAccess![0].method, '1.3.6.1.5.5.7.48.1');
  assert.is(certificate.subjectInfoAccess![0].method, '1.3.6.1.5.5.7.48.5');
  assert.equal(certificate.tlsFeature, [5]);
  assert.is(hex(certificate.authorityKeyIdentifier!.serialNumber!), '09');
  assert.is(certificate.extensions.get('1.2.3.4.5')!.critical, false);
  assert.is(x509.describeCertificate(certificate), expectedText);
  const summary = certificate.toString().split('\n');
  assert.equal(summary.slice(0, 7), expectedText.split('\n').slice(0, 7));
  assert.match(summary[7], /^ {2}names: DNS:a\.example, IP:192\.0\.2\.1/);
});

const expectedText = `Certificate (version 3)
  subject: CN=a
  issuer: CN=b
  serial number: 2a
  valid: 2024-01-01T00:00:00Z to 2034-01-01T00:00:00Z
  public key: EC P-256
  signature: ecdsa with sha256
  basicConstraints (critical): CA true, path length 3
  keyUsage (critical): digitalSignature, keyCertSign, decipherOnly
  extendedKeyUsage: serverAuth, 1.2.3.4
  subjectAltName: DNS:a.example, IP:192.0.2.1, email:x@a.example, URI:https://a.example/, dirName:CN=n, registeredID:1.2.3, otherName:1.2.3:#0c0176
  issuerAltName: URI:http://i.example/
  subjectKeyIdentifier: 0102
  authorityKeyIdentifier: 03; dirName:CN=i; serial 09
  nameConstraints (critical): permitted DNS:example, permitted IP:10.0.0.0/255.0.0.0, excluded email:.bad.example
  certificatePolicies: 1.2.3 ("http://cps")
  policyMappings (critical): 1.2.3 = 1.2.4
  policyConstraints (critical): require explicit policy 2, inhibit mapping 0
  inhibitAnyPolicy (critical): 4
  crlDistributionPoints: URI:http://crl.example/1, relative #300806035504030c0172 by dirName:CN=ci
  freshestCrl: URI:http://delta.example/
  authorityInfoAccess: OCSP URI:http://ocsp.example/
  subjectInfoAccess: caRepository URI:http://repo.example/
  tlsFeature: status_request (must-staple)
  subjectDirectoryAttributes: 1.2.3 #020101
  signedCertificateTimestamps: 2 bytes of timestamps
  1.2.3.4.5: #0500`;

test('a strict reading refuses structures that RFC 5280 does not have', () => {
  const parse = (fields: Partial<make.CertificateFields>) => () => x509.readCertificate(own(fields), 'strict');
  refused(parse({ version: 1 }), /version 2/);
  refused(parse({ version: 0 }), /version 1/);
  refused(parse({ extensions: [] }), /empty list of extensions/);
  refused(parse({ extensions: [make.keyUsage(0), make.keyUsage(0)] }), /twice/);
  refused(() => x509.parseCertificate(d.join(own({}), Uint8Array.of(0))), /after the certificate/);
  refused(() => x509.parseCertificate(new Uint8Array()), /missing/);
  const explicitV1 = d.seq(d.seq(d.tagged(0, d.int(0)), d.int(1)));
  refused(() => x509.readCertificate(explicitV1, 'strict'), /default version/);
  // Outer and inner algorithm differ (§4.1.1.2).
  const good = own({});
  const swapped = Buffer.from(good);
  swapped[swapped.lastIndexOf(Buffer.from('2a8648ce3d040302', 'hex')) + 7] = 3;
  refused(() => x509.readCertificate(swapped, 'strict'), /§4\.1\.1\.2/);
});

test('a strict reading refuses malformed extensions; what no reading takes is refused when it is asked for', () => {
  const field = (
    oid: string,
    value: Uint8Array,
    get: (c: x509.Certificate) => unknown,
    why: RegExp,
    lenient = false,
  ) => {
    const der = own({ extensions: [make.extension(oid, value)] });
    refused(() => x509.readCertificate(der, 'strict'), why);
    const certificate = x509.parseCertificate(der);
    if (lenient) return void get(certificate.decodeExtensions());
    refused(() => get(certificate), why);
    refused(() => certificate.decodeExtensions(), why);
    assert.match(x509.describeCertificate(certificate), /malformed/);
  };
  field('2.5.29.19', d.seq(d.bool(false)), c => c.basicConstraints, /default/, true);
  field('2.5.29.19', d.seq(d.bool(true), d.int(-1)), c => c.basicConstraints, /negative/);
  field('2.5.29.37', d.seq(), c => c.extendedKeyUsage, /empty list of key purposes/, true);
  field('2.5.29.17', d.seq(), c => c.subjectAltName, /empty list of names/, true);
  field('2.5.29.30', d.seq(), c => c.nameConstraints, /without any/);
  field(
    '2.5.29.30',
    d.seq(d.tagged(0, d.seq(make.dns('a'), d.primitive(0, Uint8Array.of(1))))),
    c => c.nameConstraints,
    /minimum/,
  );
  field('2.5.29.36', d.seq(), c => c.policyConstraints, /without any/);
  field('2.5.29.32', d.seq(d.seq(d.oid('1.2')), d.seq(d.oid('1.2'))), c => c.certificatePolicies, /twice/, true);
  field('2.5.29.31', d.seq(d.seq()), c => c.crlDistributionPoints, /names nothing/, true);
  field('2.5.29.14', d.join(d.octets(), d.nil), c => c.subjectKeyIdentifier, /trailing/);
});

test('reads keys of every kind and refuses the others by reason', () => {
  const spki = (algorithm: Uint8Array, bits: Uint8Array) => d.seq(algorithm, d.bits(bits));
  const ec = (curve: string) => d.seq(d.oid('1.2.840.10045.2.1'), d.oid(curve));
  const P256 = '1.2.840.10045.3.1.7';
  for (const kind of ['p256', 'p384', 'rsa', 'ed25519'] as const) {
    const { type } = x509.parsePublicKey(make.testKey(kind).spki);
    assert.is(type, kind === 'rsa' ? 'rsa' : kind === 'ed25519' ? 'ed25519' : 'ec');
  }
  const mldsa = x509.parsePublicKey(spki(d.seq(d.oid('2.16.840.1.101.3.4.3.18')), new Uint8Array(1952)));
  assert.is(mldsa.type === 'mldsa' && mldsa.parameterSet, 'ML-DSA-65');
  const rsaBits = d.seq(d.int((1n << 2047n) + 1n), d.int(65537));
  const pss = d.seq(
    d.oid('1.2.840.113549.1.1.10'),
    d.seq(
      d.tagged(0, d.seq(d.oid('2.16.840.1.101.3.4.2.1'))),
      d.tagged(1, d.seq(d.oid('1.2.840.113549.1.1.8'), d.seq(d.oid('2.16.840.1.101.3.4.2.1'), d.nil))),
      d.tagged(2, d.int(32)),
    ),
  );
  const restricted = x509.parsePublicKey(spki(pss, rsaBits));
  assert.equal(restricted.type === 'rsa' && restricted.pss, {
    hash: 'sha256',
    mgfHash: 'sha256',
    minimumSaltLength: 32,
  });
  const free = x509.parsePublicKey(spki(d.seq(d.oid('1.2.840.113549.1.1.10')), rsaBits));
  assert.equal(free.type === 'rsa' && free.pss, {});

  const bad = (algorithm: Uint8Array, bits: Uint8Array, why: RegExp, code = 'ERR_INVALID_PUBLIC_KEY') =>
    refused(() => x509.parsePublicKey(spki(algorithm, bits)), why, code);
  bad(ec(P256), Uint8Array.of(2, ...new Uint8Array(32)), /compressed/, 'ERR_UNSUPPORTED_ALGORITHM');
  bad(ec(P256), Uint8Array.of(6, ...new Uint8Array(64)), /not uncompressed/);
  bad(ec(P256), Uint8Array.of(4, ...new Uint8Array(63)), /64 bytes where 65/);
  bad(ec(P256), new Uint8Array(), /not uncompressed/);
  bad(ec('1.3.132.0.10'), new Uint8Array(65), /1\.3\.132\.0\.10/, 'ERR_UNSUPPORTED_ALGORITHM');
  bad(d.seq(d.oid('1.2.840.10045.2.1'), d.seq(d.int(1))), new Uint8Array(65), /not named/);
  bad(d.seq(d.oid('1.2.840.113549.1.1.1'), d.int(1)), rsaBits, /NULL/);
  bad(d.seq(d.oid('1.2.840.113549.1.1.1'), d.nil), d.seq(d.int(4), d.int(3)), /even RSA modulus/);
  bad(d.seq(d.oid('1.2.840.113549.1.1.1'), d.nil), d.seq(d.int(15), d.int(1)), /exponent 1/);
  bad(d.seq(d.oid('1.3.101.112'), d.nil), new Uint8Array(32), /parameters/);
  bad(d.seq(d.oid('1.3.101.112')), new Uint8Array(31), /31 bytes where 32/);
  bad(d.seq(d.oid('2.16.840.1.101.3.4.3.17')), new Uint8Array(1952), /1952 bytes where 1312/);
  bad(d.seq(d.oid('1.2.840.10040.4.1')), new Uint8Array(1), /1\.2\.840\.10040\.4\.1/, 'ERR_UNSUPPORTED_ALGORITHM');
});

test('writes names as RFC 4514 does and compares them as RFC 5280 §7.1 does', () => {
  const name = (...rdns: Uint8Array[][]) => new x509.Name(d.seq(...rdns.map(rdn => d.set(...rdn))));
  const attribute = (oid: string, value: Uint8Array) => d.seq(d.oid(oid), value);
  const cn = (value: Uint8Array) => [attribute('2.5.4.3', value)];
  const o = (text: string) => [attribute('2.5.4.10', d.utf8String(text))];
  assert.is(
    name(o('Acme, Inc. '), cn(d.utf8String('#a+b"\\<>;='))).toString(),
    'CN=\\#a\\+b\\"\\\\\\<\\>\\;=,O=Acme\\, Inc.\\ ',
  );
  assert.is(name(cn(d.utf8String('a\u0000\u001b[31m\u009b'))).toString(), 'CN=a\\00\\1b[31m\\c2\\9b');
  assert.is(name([...cn(d.utf8String('x')), attribute('1.2.3', d.int(5))]).toString(), 'CN=x+1.2.3=#020105');
  const a = name(o('Acme'), cn(d.printable('Big  Name')));
  assert.ok(a.equals(name(o('ACME'), cn(d.utf8String(' big name ')))));
  assert.ok(
    a.equals(name(o('acme'), cn(d.tlv(0x1e, Uint8Array.from([...'big name'].flatMap(c => [0, c.charCodeAt(0)])))))),
  );
  assert.not(a.equals(name(cn(d.printable('Big Name')), o('Acme'))));
  assert.not(a.equals(name(o('Acme'), cn(d.printable('BigName')))));
  assert.ok(a.within(name(o('Acme'))));
  assert.ok(a.within(name()));
  assert.not(name(o('Acme')).within(a));
  // No value can pass for two attributes or two RDNs.
  for (const separator of ['\u0000', '\u0001', ',', '+', '']) {
    const two = name(cn(d.utf8String('x')), cn(d.utf8String('y')));
    const multi = name([...cn(d.utf8String('x')), ...cn(d.utf8String('y'))]);
    for (const text of [`x${separator}2.5.4.3=y`, `x${separator}2.5.4.3 2=y`, `x${separator}y`]) {
      assert.not(name(cn(d.utf8String(text))).equals(two));
      assert.not(name(cn(d.utf8String(text))).equals(multi));
    }
  }
  assert.ok(name([...cn(d.utf8String('x')), ...o('y')]).equals(name([...o('y'), ...cn(d.utf8String('x'))])));
  refused(() => name([]).rdns, /empty list of attributes/, 'ERR_MALFORMED_DER');
});

test('agrees with node:crypto and asn1js about all certificates of the external vectors', () => {
  const limbo = externalVectors('x509/limbo.json');
  const pkits = externalVectors('x509/pkits/certs');
  const ders: Uint8Array[] = [];
  if (limbo !== undefined) {
    for (const testcase of readJson(limbo).testcases) {
      for (const pem of [...testcase.trusted_certs, testcase.peer_certificate]) ders.push(x509.parsePem(pem)[0].bytes);
    }
  }
  if (pkits !== undefined)
    for (const file of readdirSync(pkits)) ders.push(new Uint8Array(readFileSync(`${pkits}/${file}`)));
  for (const der of ders) {
    let certificate: x509.Certificate;
    try {
      certificate = x509.parseCertificate(der);
    } catch (error) {
      assert.is((error as TlsError).code, 'ERR_CERT_MALFORMED');
      continue;
    }
    assert.equal(shape(der), theirShape(asn1js.fromBER(der.slice().buffer as ArrayBuffer).result));
    const theirs = new X509Certificate(der);
    assert.is(certificate.notBefore, Date.parse(theirs.validFrom));
    assert.is(certificate.notAfter, Date.parse(theirs.validTo));
    // node:crypto prints a BIGNUM: a negative serial has a sign there.
    if (certificate.serialNumber[0] < 0x80) {
      const ours = hex(certificate.serialNumber)
        .toUpperCase()
        .replace(/^(00)+(?=..)/, '');
      assert.is(ours, theirs.serialNumber.padStart(ours.length, '0'));
    }
    try {
      // node:crypto says "ca" only of those that may sign certificates, too.
      const signs = ((certificate.keyUsage ?? -1) & x509.keyUsages.keyCertSign) !== 0;
      assert.is(certificate.basicConstraints?.ca === true && signs, theirs.ca);
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
    }
  }
});

test.run();
