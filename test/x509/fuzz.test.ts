// Some thousands of mutated inputs with a fixed seed, and the worst cases somebody would construct. scripts/fuzz_x509.mjs
// runs as many as one likes.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import * as x509 from '../../src/x509/index.ts';
import * as d from '../support/der.ts';
import { fuzz } from '../support/x509_fuzz.ts';
import * as make from '../support/x509_maker.ts';
import { verify } from '../support/x509_verify.ts';

test('gives a value or a TlsError for mutated certificates, CRLs, OCSP responses and PEM', () => {
  const { accepted, refused } = fuzz(20260101, 8000);
  assert.ok(accepted > 200, `${accepted} accepted`);
  assert.ok(refused > 3000, `${refused} refused`);
});

test('every prefix of a certificate, a CRL and an OCSP response is refused', () => {
  const root = make.makeRoot('prefix');
  const crl = make.makeCrl(root, { entries: [make.crlEntry(1)] });
  const ocsp = make.makeOcsp(1, root, { responder: root.key });
  const readers: [Uint8Array, (der: Uint8Array) => unknown][] = [
    [root.der, x509.parseCertificate],
    [crl, x509.parseCrl],
    [ocsp, x509.parseOcspResponse],
  ];
  for (const [der, read] of readers) {
    read(der);
    for (let length = 0; length < der.length; length++) {
      assert.throws(
        () => read(der.subarray(0, length)),
        (e: TlsError) => e.code === 'ERR_CERT_MALFORMED',
      );
    }
  }
});

test('deep nesting does not overflow the stack', () => {
  let nested: Uint8Array = d.nil;
  for (let i = 0; i < 5000; i++) nested = d.seq(nested);
  const key = make.testKey('p256', 'deep');
  const base = { subject: 'a', issuer: 'b', key, signer: key };
  const inParameters = { ...base, algorithm: d.seq(d.oid('1.2.3'), nested) };
  for (const read of [
    () => x509.parseCertificate(make.makeCertificate(inParameters)),
    () =>
      x509.parseCertificate(
        make.makeCertificate({ ...base, extensions: [make.altName(d.tagged(0, d.oid('1.2.3'), d.tagged(0, nested)))] }),
      ).subjectAltName,
    () =>
      x509.parseCertificate(make.makeCertificate({ ...base, subject: d.seq(d.set(d.seq(d.oid('2.5.4.3'), nested))) }))
        .subject.key,
  ]) {
    assert.throws(read, (e: unknown) => e instanceof TlsError && /nesting/.test(e.message));
  }
});

test('takes a small multiple of its size in memory and time in proportion', () => {
  const key = make.testKey('p256', 'big');
  const empty = new Uint8Array(600_000).map((_, i) => (i % 2 === 0 ? 0x82 : 0));
  const extensions = Array.from({ length: 20_000 }, (_, i) => make.extension(`1.2.3.${i}`, d.nil));
  const entries = Array.from({ length: 50_000 }, (_, i) => make.crlEntry(i));
  const root = make.makeRoot('big');
  const inputs: [string, Uint8Array, (der: Uint8Array) => unknown][] = [
    [
      'names',
      make.makeLeaf('a', root, { extensions: [make.extension('2.5.29.17', d.seq(empty))], key }),
      der => x509.parseCertificate(der).subjectAltName,
    ],
    [
      'extensions',
      make.makeLeaf('a', root, { extensions: [new Uint8Array(Buffer.concat(extensions))], key }),
      der => x509.parseCertificate(der),
    ],
    ['entries', make.makeCrl(root, { entries: [new Uint8Array(Buffer.concat(entries))] }), der => x509.parseCrl(der)],
    [
      'a long string',
      make.makeLeaf('x'.repeat(1_000_000), root, { key }),
      der => x509.parseCertificate(der).subject.key,
    ],
  ];
  for (const [name, der, read] of inputs) {
    const before = process.memoryUsage().heapUsed;
    const started = performance.now();
    const value = read(der);
    const took = performance.now() - started;
    // Without a collection in between this counts garbage as well.
    const grown = process.memoryUsage().heapUsed - before;
    assert.ok(value !== undefined && grown < 64 * der.length + 5_000_000, `${name}: ${grown} bytes for ${der.length}`);
    assert.ok(took < 5000, `${name}: ${took} ms`);
  }
});

test('a heap of namesakes costs bounded time', () => {
  const root = make.makeRoot('namesakes');
  const keys = Array.from({ length: 4 }, (_, i) => make.testKey('p256', `namesake ${i}`));
  const pool = Array.from({ length: 400 }, (_, i) =>
    make.makeCertificate({
      subject: 'x',
      issuer: i < 10 ? 'namesakes' : 'x',
      key: keys[i % 4],
      signer: keys[0],
      extensions: make.caExtensions(),
    }),
  );
  const leaf = make.makeLeaf('a', { name: 'x', key: keys[0], der: new Uint8Array() });
  const started = performance.now();
  assert.throws(
    () => verify(leaf, root, { intermediates: pool, maxDepth: 30 }),
    (e: unknown) => e instanceof TlsError,
  );
  assert.ok(performance.now() - started < 5000);
});

test.run();
