// castls/x509 as a user has it: the journey from a key to a verified chain, and what a bundle of part of it carries.

import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as x509 from '../../src/x509.ts';
import { codeOfLater } from '../support/code_of.ts';
import { hostRandom } from '../support/core.ts';
import { wrongValues } from '../support/wrong_values.ts';

const DAY = 86_400_000;
const now = Date.UTC(2026, 10, 23);
const dates = { notBefore: now - DAY, notAfter: now + 90 * DAY };

test('keys and hashes nobody has: one typed error (ERR_UNSUPPORTED_ALGORITHM), whatever stands there', async () => {
  const wrong = wrongValues().map(([, value]) => value as never);
  const parameters = [
    { type: 'mldsa' },
    { type: 'mldsa', parameterSet: 'toString' },
    { type: 'ec' },
    { type: 'ec', curve: 'P-224' },
    { type: 'x25519' },
    { type: '__proto__' },
    ...wrong.map(value => ({ type: 'mldsa', parameterSet: value })),
    ...wrong.map(type => ({ type })),
    ...wrong,
  ] as never[];
  for (const given of parameters) {
    assert.is(await codeOfLater(() => x509.generatePrivateKey(given)), 'ERR_UNSUPPORTED_ALGORITHM');
  }
  for (const bits of [undefined, 1024, 2047, 2056, 16384, ...wrong] as never[]) {
    assert.is(await codeOfLater(() => x509.generatePrivateKey({ type: 'rsa', bits })), 'ERR_WEAK_KEY');
  }
  for (const name of ['md5', '__proto__', 'toString', 'constructor', ...wrong] as never[]) {
    assert.is(await codeOfLater(() => x509.hashAlgorithm(name)), 'ERR_UNSUPPORTED_ALGORITHM');
  }
});

test('PSS salts that no key takes are refused before anything is made of them', async () => {
  const key = await x509.generatePrivateKey({ type: 'rsa', bits: 2048 });
  const sign = (saltLength: number) =>
    codeOfLater(() =>
      key.sign({ type: 'rsa-pss', hash: 'sha256', mgfHash: 'sha256', saltLength }, new Uint8Array(3), hostRandom),
    );
  for (const salt of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '32', null, undefined] as never[]) {
    assert.is(await sign(salt), 'ERR_INVALID_ARGUMENT', String(salt));
  }
  // RFC 8017 §9.1.1, step 3: emLen - hLen - 2 is the longest.
  for (const salt of [223, 1e9, Number.MAX_SAFE_INTEGER]) assert.is(await sign(salt), 'ERR_WEAK_KEY');
  for (const salt of [0, 32, 222]) assert.is(await sign(salt), 'no error');
  key.dispose();
});

test('a signer of what is no key, a scheme that is none: one typed error each', async () => {
  const key = await x509.generatePrivateKey({ type: 'ed25519' });
  const signer = x509.signerOf(key);
  for (const [name, wrong] of wrongValues() as [string, never][]) {
    assert.is(await codeOfLater(() => x509.signerOf(wrong)), 'ERR_INVALID_ARGUMENT', name);
    assert.is(await codeOfLater(() => signer.sign(wrong, new Uint8Array(3))), 'ERR_UNSUPPORTED_ALGORITHM', name);
    assert.is(await codeOfLater(() => signer.sign(x509.SignatureScheme.ed25519, wrong)), 'ERR_INVALID_ARGUMENT', name);
  }
  key.dispose();
});

test('key -> CA -> request -> certificate -> PKCS#12 -> verified chain', async () => {
  const caKey = await x509.generatePrivateKey({ type: 'ec', curve: 'P-384' });
  const signer = x509.signerOf(caKey);
  const content = { ...dates, profile: 'ca', subject: 'CN=CA', publicKey: caKey.publicKey } as const;
  const ca = await x509.issueSelfSigned(content, { signer });

  const key = await x509.generatePrivateKey({ type: 'ed25519' });
  const wanted = { subject: 'CN=a.example', publicKey: key.publicKey, altNames: ['a.example'] };
  const request = await x509.createCertificateRequest(wanted, { signer: x509.signerOf(key) });
  const received = await x509.verifyCertificateRequest(x509.parseCertificateRequest(request.der));
  const leaf = await x509.issueCertificate(
    {
      ...dates,
      profile: 'server',
      subject: received.subject,
      publicKey: received.publicKey,
      altNames: received.subjectAltName,
    },
    { certificate: ca, signer },
  );

  const file = x509.writePkcs12(
    { keys: [{ privateKey: key }], certificates: [{ certificate: leaf }, { certificate: ca }] },
    { passphrase: 'x', iterations: 2048, macIterations: 2048 },
  );
  const opened = x509.parsePkcs12(file, { passphrase: 'x' });
  const [end, ...intermediates] = x509.pkcs12Chain(opened, opened.keys[0].privateKey);

  const crl = await x509.createCrl(
    { thisUpdate: now, nextUpdate: now + DAY, number: 1, revoked: [] },
    { certificate: ca, signer },
  );
  const anchors = [x509.trustAnchor(ca)];
  const checks = [x509.revocation({ crls: [crl], mode: 'require' })];
  const chain = await x509.verifyCertificateChain({
    leaf: end,
    intermediates,
    anchors,
    time: now,
    serverName: 'a.example',
    checks,
  });
  assert.is(chain.certificates.length, 2);
  assert.is(end.fingerprint(x509.hashAlgorithm('sha256')), leaf.fingerprint(x509.hashAlgorithm('sha256')));

  const statement = { certificate: leaf, status: 'good', thisUpdate: now, nextUpdate: now + DAY } as const;
  const response = await x509.createOcspResponse(
    { issuer: ca, producedAt: now, statements: [statement] },
    { certificate: ca, signer },
  );
  const stapled = { stapled: { ocspResponse: response.der }, checks: [x509.revocation({ mode: 'require' })] };
  await x509.verifyCertificateChain({ leaf, anchors, time: now, serverName: 'a.example', ...stapled });

  const again = x509.parsePrivateKey(x509.formatPem('PRIVATE KEY', x509.writePrivateKey(key)));
  assert.ok(x509.samePublicKey(again.publicKey, key.publicKey));
  for (const each of [caKey, key, again, opened.keys[0].privateKey]) each.dispose();
});

test('PEM and DER go straight into every function, and a key signs where a signer may', async () => {
  const key = await x509.generatePrivateKey({ type: 'ec', curve: 'P-256' });
  const keyPem = x509.formatPem('PRIVATE KEY', x509.writePrivateKey(key));
  const pem = (label: string, { der }: { der: Uint8Array }) => x509.formatPem(label, der);
  const forms = (label: string, value: { der: Uint8Array }) => [
    pem(label, value),
    new TextEncoder().encode(`text before\n${pem(label, value)}`),
    value.der,
    value,
  ];
  const root = await x509.issueSelfSigned({ ...dates, profile: 'ca', subject: 'CN=root' }, { key });
  const rootForms = forms('CERTIFICATE', root) as x509.CertificateInput[];
  const request = await x509.createCertificateRequest({ altNames: ['a.example'] }, { key: keyPem });
  for (const form of forms('CERTIFICATE REQUEST', request) as x509.RequestInput[]) {
    assert.equal((await x509.verifyCertificateRequest(form)).der, request.der);
  }
  for (const certificate of rootForms) {
    const content = { ...dates, profile: 'server', altNames: ['a.example'], publicKey: request } as const;
    const leaf = await x509.issueCertificate(content, { certificate, key: keyPem });
    assert.ok(x509.parseCertificate(certificate).verify(root));
    const crl = await x509.createCrl(
      { thisUpdate: now, nextUpdate: now + DAY, number: 1, revoked: [{ certificate: leaf.der, revocationDate: now }] },
      { certificate, key: keyPem },
    );
    assert.is(x509.parseCrl(pem('X509 CRL', crl)).size, 1);
    const good = await x509.createCrl(
      { thisUpdate: now, nextUpdate: now + DAY, number: 2, revoked: [] },
      { certificate, key: x509.writePrivateKey(key) },
    );
    const checked = async (leafForm: x509.CertificateInput, list: x509.CrlInput) =>
      x509.verifyCertificateChain({
        leaf: leafForm,
        anchors: certificate,
        intermediates: pem('CERTIFICATE', root),
        time: now,
        serverName: 'a.example',
        checks: [x509.revocation({ crls: list, mode: 'require' })],
      });
    for (const leafForm of forms('CERTIFICATE', leaf) as x509.CertificateInput[]) {
      for (const list of forms('X509 CRL', good) as x509.CrlInput[]) await checked(leafForm, list);
      assert.is(await codeOfLater(() => checked(leafForm, crl)), 'ERR_CERT_REVOKED');
    }
    const answer = await x509.createOcspResponse(
      {
        issuer: certificate,
        producedAt: now,
        statements: [{ certificate: pem('CERTIFICATE', leaf), status: 'good', thisUpdate: now, nextUpdate: now + DAY }],
      },
      { certificate, key },
    );
    await x509.verifyCertificateChain({
      leaf,
      anchors: [certificate],
      time: now,
      checks: [x509.revocation({ ocspResponses: answer.der, mode: 'require' })],
    });
    assert.is(x509.parsePkcs7(x509.writePkcs7({ certificates: [certificate, leaf] })).certificates.length, 2);
  }
  assert.equal(x509.parsePublicKey(pem('CERTIFICATE', root)), key.publicKey);
  assert.equal(x509.parsePublicKey(x509.formatPem('PUBLIC KEY', root.spki)), key.publicKey);
  for (const wrong of ['', 'x', new Uint8Array(0), pem('X509 CRL', root), 7, null, {}] as never[]) {
    assert.match(
      await codeOfLater(async () => x509.parseCertificate(wrong)),
      /^ERR_(INVALID_ARGUMENT|CERT_MALFORMED)$/,
    );
  }
  const content = { ...dates, profile: 'ca', subject: 'CN=root' } as const;
  assert.is(await codeOfLater(() => x509.issueSelfSigned(content, {})), 'ERR_INVALID_ARGUMENT');
  assert.is(await codeOfLater(() => x509.issueSelfSigned(content, { keys: key } as never)), 'ERR_INVALID_ARGUMENT');
  key.dispose();
});

test('methods of a certificate: verify, fingerprint by name, attributes by name', async () => {
  const key = await x509.generatePrivateKey({ type: 'ed25519' });
  const other = await x509.generatePrivateKey({ type: 'ed25519' });
  const content = { ...dates, profile: 'ca', subject: 'CN=root,O=castls' } as const;
  const root = await x509.issueSelfSigned(content, { key });
  const twin = await x509.issueSelfSigned(content, { key: other });
  const leaf = await x509.issueCertificate(
    { ...dates, profile: 'server', altNames: ['a.example'], publicKey: other },
    { certificate: root, key },
  );
  assert.is(leaf.verify(root), true);
  assert.is(leaf.verify(key.publicKey), true);
  assert.is(leaf.verify(twin), false);
  assert.is(leaf.verify(leaf), false);
  assert.is(root.verify(root), true);
  assert.is(await codeOfLater(async () => leaf.verify(null as never)), 'ERR_INVALID_ARGUMENT');
  assert.is(leaf.issuer.attribute('CN'), 'root');
  assert.is(leaf.issuer.attribute('organizationName'), 'castls');
  assert.is(leaf.fingerprint('sha256'), leaf.fingerprint(x509.hashAlgorithm('sha256')));
  assert.match(leaf.fingerprint('sha1'), /^([0-9A-F]{2}:){19}[0-9A-F]{2}$/);
  assert.is(await codeOfLater(async () => leaf.fingerprint('md4' as never)), 'ERR_UNSUPPORTED_ALGORITHM');
  for (const each of [key, other]) each.dispose();
});

/** Bytes that the files matching `pattern` have in a bundle which uses `names`. */
async function bundled(names: string, patterns: Record<string, RegExp>, entry = 'x509') {
  const result = await build({
    stdin: {
      contents: `import { ${names} } from './src/${entry}.ts'; console.log(${names})`,
      resolveDir: '.',
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const [{ inputs }] = Object.values(result.metafile.outputs);
  const bytes = (pattern: RegExp) =>
    Object.entries(inputs).reduce(
      (sum, [file, { bytesInOutput }]) => sum + (pattern.test(file) ? bytesInOutput : 0),
      0,
    );
  const parts = Object.fromEntries(Object.entries(patterns).map(([name, pattern]) => [name, bytes(pattern)]));
  const total = result.outputFiles[0].contents;
  console.log(`${names}: ${total.length} bytes, ${gzipSync(total).length} gzipped, ${JSON.stringify(parts)}`);
  return parts;
}

const patterns = {
  asn1js: /node_modules\/asn1js/,
  scrypt: /@noble/,
  writing: /src\/x509\/(write|pkcs12)\/|src\/asn1\/writer/,
  keys: /src\/x509\/keys\/|rsa_private/,
  roots: /x509\/roots/,
  handshake: /src\/(handshake|record|connection)\/|mlkem/,
  wasm: /_wasm\.ts/,
};

test('a page that only verifies carries no issuing, no key files, no PKCS#12, no roots', async () => {
  const parts = await bundled('verifyCertificateChain, trustAnchor, parsePem', patterns);
  for (const name of ['asn1js', 'scrypt', 'writing', 'keys', 'roots', 'handshake'] as const)
    assert.is(parts[name], 0, name);
});

test('a page that only parses, by castls/parts, carries no WASM either', async () => {
  const parts = await bundled('parseCertificate', patterns, 'parts');
  for (const [name, bytes] of Object.entries(parts)) assert.is(bytes, 0, name);
});

test('a page that makes requests carries neither scrypt nor PKCS#12', async () => {
  const parts = await bundled('generatePrivateKey, signerOf, createCertificateRequest', {
    ...patterns,
    pkcs12: /x509\/pkcs12/,
  });
  assert.is(parts.scrypt, 0);
  assert.is(parts.pkcs12, 0);
  assert.ok(parts.asn1js > 0);
});

test.run();
