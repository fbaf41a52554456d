// Requests, CRLs and OCSP responses in both directions: castls writes and openssl reads, openssl writes and castls reads.

import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatPem, parsePem } from '../../src/asn1/pem.ts';
import { TlsError } from '../../src/base/errors.ts';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import { parseCrl, revocationReasons } from '../../src/x509/crl.ts';
import { writePrivateKey } from '../../src/x509/keys/write.ts';
import { parseOcspRequest } from '../../src/x509/ocsp_request.ts';
import { parseCertificateRequest, verifyCertificateRequest } from '../../src/x509/request.ts';
import { revocation } from '../../src/x509/revocation.ts';
import { trustAnchor } from '../../src/x509/trust_anchor.ts';
import { verifyChain } from '../../src/x509/verify.ts';
import { createCrl } from '../../src/x509/write/crl.ts';
import { type IssueProfile, issueCertificate, issueSelfSigned } from '../../src/x509/write/issue.ts';
import { createOcspError, createOcspRequest, createOcspResponse } from '../../src/x509/write/ocsp.ts';
import { createCertificateRequest } from '../../src/x509/write/request.ts';
import { DAY, hash, issuerOf, keyKinds, makeKey, NOW, pemOf, signing, tools } from '../support/issuing.ts';
import { testKeyProvider } from '../support/key_provider.ts';
import { has, openssl, readBytes, readText, tool, write } from '../support/openssl.ts';

const dates = { notBefore: NOW - DAY, notAfter: NOW + 30 * DAY };
const { signatureVerifiers } = testKeyProvider();
const checks = [revocation({ scope: 'leaf', mode: 'require' })];

async function authority(kind = 'p256') {
  const key = await makeKey(kind, 'root');
  const content = { ...dates, profile: 'ca', subject: 'CN=Authority', publicKey: key.publicKey } as const;
  const certificate = await issueSelfSigned(content, signing(key), tools);
  return { certificate, key, issuer: issuerOf(certificate, key) };
}

async function issued(ca: Awaited<ReturnType<typeof authority>>, name: string, profile: IssueProfile = 'server') {
  const key = await makeKey('ed25519', name);
  const content = { ...dates, profile, subject: `CN=${name}`, publicKey: key.publicKey, altNames: [`${name}.example`] };
  return { certificate: await issueCertificate(content, ca.issuer, tools), key };
}

for (const kind of Object.keys(keyKinds).filter(each => !each.startsWith('mldsa'))) {
  test(`${kind}: openssl verifies the request and shows its attributes`, async () => {
    const key = await makeKey(kind, 'request');
    const content = {
      subject: 'CN=example.com,C=DE',
      publicKey: key.publicKey,
      altNames: ['example.com', '192.0.2.1'],
    };
    const request = await createCertificateRequest(
      { ...content, challengePassword: 'sesame', mustStaple: true },
      signing(key),
    );
    assert.is(request.challengePassword, 'sesame');
    assert.is(request.subjectAltName?.length, 2);
    const file = write('own.csr', formatPem('CERTIFICATE REQUEST', request.der));
    const text = openssl('req', '-in', file, '-noout', '-text', '-verify');
    for (const part of [
      /DNS:example\.com, IP Address:192\.0\.2\.1/,
      /challengePassword *:sesame/,
      /status_request/,
      /C = DE, CN = example\.com/,
    ]) {
      assert.match(text, part);
    }
    assert.is(verifyCertificateRequest(request, signatureVerifiers), request);
    if (has('certtool')) assert.match(tool('certtool', ['--crq-info', '--infile', file]), /Self signature: verified/);
    else console.log('SKIPPED certtool: not installed');
  });
}

test('a request without attributes, and one of ML-DSA, prove possession', async () => {
  for (const kind of ['p256', 'mldsa44', 'mldsa65']) {
    const key = await makeKey(kind, 'request');
    const request = await createCertificateRequest({ subject: 'CN=x', publicKey: key.publicKey }, signing(key));
    assert.is(request.attributes.size, 0);
    assert.equal(parseCertificateRequest(request.der).der, request.der);
    verifyCertificateRequest(request, signatureVerifiers);
  }
});

for (const [name, args] of [
  ['ec', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-sha384']],
  ['rsa', ['-newkey', 'rsa:2048']],
  ['rsa-pss', ['-newkey', 'rsa:2048', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:-1']],
  ['ed448', ['-newkey', 'ed448']],
] as const) {
  test(`castls reads and verifies the request of openssl (${name}), and finds a forged one out`, () => {
    const san = ['-addext', 'subjectAltName=DNS:a.example,email:x@a.example', '-addext', 'keyUsage=digitalSignature'];
    openssl(
      'req',
      '-new',
      '-nodes',
      '-keyout',
      'k.pem',
      '-subj',
      '/CN=a.example',
      '-out',
      'their.csr',
      ...san,
      ...args,
    );
    const [{ bytes }] = parsePem(readText('their.csr'), 'CERTIFICATE REQUEST');
    const request = parseCertificateRequest(bytes);
    verifyCertificateRequest(request, signatureVerifiers);
    assert.is(String(request.subject), 'CN=a.example');
    assert.equal(
      request.subjectAltName?.map(each => each.type),
      ['dns', 'email'],
    );
    assert.ok(request.extensions.has('2.5.29.15'));
    bytes[bytes.length - 3] ^= 1;
    try {
      verifyCertificateRequest(parseCertificateRequest(bytes), signatureVerifiers);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, TlsError);
      assert.is((error as TlsError).code, 'ERR_INVALID_SIGNATURE');
    }
  });
}

test('damaged requests throw the typed error only', async () => {
  const key = await makeKey('p256', 'request');
  const { der } = await createCertificateRequest(
    { subject: 'CN=x', publicKey: key.publicKey, altNames: ['x.example'] },
    signing(key),
  );
  for (let at = 0; at < der.length; at++) {
    for (const flip of [1, 0x80]) {
      const damaged = der.slice();
      damaged[at] ^= flip;
      try {
        parseCertificateRequest(damaged);
      } catch (error) {
        assert.instance(error, TlsError, String((error as Error).stack));
      }
    }
    assert.throws(() => parseCertificateRequest(der.subarray(0, at)));
  }
});

function check(certificate: Certificate, ca: Certificate, more: object) {
  const options = { leaf: certificate, anchors: [trustAnchor(ca)], verifiers: signatureVerifiers, time: NOW };
  return verifyChain({ ...options, hashes: [hash('sha1'), hash('sha256')], ...more });
}

for (const kind of ['p256', 'rsa', 'ed25519']) {
  test(`CRL by ${kind}: openssl and castls find the revoked certificate in it`, async () => {
    const ca = await authority(kind);
    const [good, bad] = [await issued(ca, 'good'), await issued(ca, 'bad')];
    const reason = revocationReasons.keyCompromise;
    const revoked = [
      { certificate: bad.certificate, revocationDate: NOW - 3_600_000, reason, invalidityDate: NOW - DAY },
    ];
    const content = { thisUpdate: NOW - 60_000, nextUpdate: NOW + DAY, number: 2n ** 70n, revoked };
    const crl = await createCrl(content, ca.issuer, tools);
    assert.is(crl.size, 1);

    const caFile = write('ca.pem', pemOf(ca.certificate.der));
    const crlFile = write('own.crl', formatPem('X509 CRL', crl.der));
    const text = openssl('crl', '-in', crlFile, '-noout', '-text');
    for (const part of [
      /Key Compromise/,
      /Invalidity Date/,
      /X509v3 CRL Number: *\n *(0x40{17}|1180591620717411303424)/,
    ])
      assert.match(text, part);
    const verify = (each: Certificate) =>
      openssl(
        'verify',
        '-crl_check',
        '-x509_strict',
        '-CAfile',
        caFile,
        '-CRLfile',
        crlFile,
        write('leaf.pem', pemOf(each.der)),
      );
    assert.match(verify(good.certificate), /OK/);
    assert.throws(() => verify(bad.certificate), /certificate revoked/);

    if (has('certtool')) {
      const args = ['--verify-crl', '--load-ca-certificate', caFile, '--infile', crlFile];
      assert.match(tool('certtool', args), /Verified/);
    } else console.log('SKIPPED certtool: not installed');
    const checks = { checks: [revocation({ crls: [crl], scope: 'leaf', mode: 'require' })] };
    await check(good.certificate, ca.certificate, checks);
    assert.throws(
      () => check(bad.certificate, ca.certificate, checks),
      (error: TlsError) => error.code === 'ERR_CERT_REVOKED',
    );
  });
}

test('an empty CRL, a delta CRL, and what is refused', async () => {
  const ca = await authority();
  const content = { thisUpdate: NOW, nextUpdate: NOW + DAY, number: 1, revoked: [] };
  const empty = await createCrl(content, ca.issuer, tools);
  assert.is(empty.size, 0);
  openssl(
    'crl',
    '-in',
    write('e.crl', formatPem('X509 CRL', empty.der)),
    '-noout',
    '-CAfile',
    write('ca.pem', pemOf(ca.certificate.der)),
  );
  const delta = await createCrl({ ...content, number: 3, baseNumber: 1 }, ca.issuer, tools);
  assert.equal(delta.baseCrlNumber, Uint8Array.of(1));
  const { certificate, key } = await issued(ca, 'leaf');
  for (const wrong of [
    () => createCrl(content, issuerOf(certificate, key), tools),
    () => createCrl({ ...content, nextUpdate: NOW - DAY }, ca.issuer, tools),
    () => createCrl({ ...content, revoked: [{ certificate, revocationDate: NOW, reason: 7 }] }, ca.issuer, tools),
  ]) {
    let code = '';
    await wrong().catch((error: TlsError) => (code = error.code));
    assert.is(code, 'ERR_INVALID_ARGUMENT');
  }
});

test('castls reads the CRL of openssl', () => {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'cak.pem',
    '-out',
    'cac.pem',
    '-subj',
    '/CN=CA',
  );
  write('index.txt', `R\t301231235959Z\t260101000000Z,superseded\t0ABC\tunknown\t/CN=x\n`);
  write('crlnumber', '0C\n');
  write(
    'ca.cnf',
    '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ncrl_extensions=e\ndefault_crl_days=3\n[e]\nauthorityKeyIdentifier=keyid\n',
  );
  openssl('ca', '-config', 'ca.cnf', '-gencrl', '-keyfile', 'cak.pem', '-cert', 'cac.pem', '-out', 'their.crl');
  const crl = parseCrl(parsePem(readText('their.crl'), 'X509 CRL')[0].bytes);
  assert.equal(crl.crlNumber, Uint8Array.of(12));
  assert.is(crl.find(Uint8Array.of(0x0a, 0xbc), crl.issuer)?.reason, revocationReasons.superseded);
});

for (const delegated of [false, true]) {
  test(`OCSP by ${delegated ? 'a delegate' : 'the CA'}: openssl and castls believe the response`, async () => {
    const ca = await authority();
    const [good, bad] = [await issued(ca, 'good'), await issued(ca, 'bad')];
    const delegate = await issued(ca, 'responder', 'ocsp-signing');
    const caFile = write('ca.pem', pemOf(ca.certificate.der));
    const files = [good, bad].map(({ certificate }, i) => write(`ocsp${i}.pem`, pemOf(certificate.der)));
    openssl('ocsp', '-issuer', caFile, '-cert', files[0], '-cert', files[1], '-reqout', 'their.req');
    const request = parseOcspRequest(readBytes('their.req'));
    assert.is(request.certificates.length, 2);
    assert.equal(request.certificates[0].serialNumber, good.certificate.serialNumber);
    assert.is(request.nonce?.length, 16);

    const times = { thisUpdate: NOW - 60_000, nextUpdate: NOW + DAY };
    const revoked = { revokedAt: NOW - DAY, reason: revocationReasons.superseded };
    const content = {
      issuer: ca.certificate,
      producedAt: NOW,
      nonce: request.nonce,
      hash: hash('sha1'),
      statements: [
        { certificate: request.certificates[0], status: 'good', ...times },
        { certificate: bad.certificate, status: revoked, ...times },
      ],
    } as const;
    const responder = delegated ? issuerOf(delegate.certificate, delegate.key) : ca.issuer;
    const response = await createOcspResponse(content, responder);
    write('own.resp', response.der);
    const trust = ['-issuer', caFile, '-CAfile', caFile];
    const verified = openssl('ocsp', '-respin', 'own.resp', '-reqin', 'their.req', '-resp_text', ...trust);
    assert.match(verified, /OCSP Nonce/);
    const text = openssl('ocsp', '-respin', 'own.resp', '-no_nonce', ...trust, '-cert', files[0], '-cert', files[1]);
    assert.match(text, /ocsp0\.pem: good/);
    assert.match(text, /ocsp1\.pem: revoked[\s\S]*Reason: superseded/);

    const stapled = { stapled: { ocspResponse: response.der }, checks };
    await check(good.certificate, ca.certificate, stapled);
    assert.throws(
      () => check(bad.certificate, ca.certificate, stapled),
      (error: TlsError) => error.code === 'ERR_CERT_REVOKED',
    );
    const sha256 = await createOcspResponse(
      { ...content, hash: hash('sha256'), statements: [{ certificate: good.certificate, status: 'good', ...times }] },
      responder,
    );
    await check(good.certificate, ca.certificate, { stapled: { ocspResponse: sha256.der }, checks });
  });
}

test('openssl reads the request of castls and its error response; castls believes the response of openssl', async () => {
  const ca = await authority('rsa');
  const { certificate } = await issued(ca, 'good');
  const nonce = new Uint8Array(createHash('sha256').update('nonce').digest());
  write('own.req', createOcspRequest([certificate], ca.certificate, hash('sha1'), nonce));
  const text = openssl('ocsp', '-reqin', 'own.req', '-req_text');
  assert.match(text, /Serial Number: *[0-9A-F]{40}/);
  assert.match(text, /OCSP Nonce/);
  assert.equal(parseOcspRequest(readBytes('own.req')).nonce, nonce);
  write('later.resp', createOcspError('tryLater').der);
  assert.match(tool('sh', ['-c', 'openssl ocsp -respin later.resp -text 2>&1 || true']), /trylater/i);

  // The responder of openssl is the CA itself.
  write('cak.pem', formatPem('PRIVATE KEY', writePrivateKey(testKeyProvider(), ca.key)));
  const caFile = write('ca.pem', pemOf(ca.certificate.der));
  const serial = Buffer.from(certificate.serialNumber).toString('hex').toUpperCase();
  write('index.txt', `V\t301231235959Z\t\t${serial}\tunknown\t/CN=good\n`);
  const signer = ['-index', 'index.txt', '-CA', caFile, '-rsigner', caFile, '-rkey', 'cak.pem', '-ndays', '2'];
  openssl('ocsp', ...signer, '-reqin', 'own.req', '-respout', 'their.resp');
  await check(certificate, ca.certificate, {
    stapled: { ocspResponse: readBytes('their.resp') },
    time: Date.now(),
    checks,
  });
});

test('damaged OCSP requests throw the typed error only', async () => {
  const ca = await authority();
  const der = createOcspRequest([ca.certificate], ca.certificate, hash('sha256'), new Uint8Array(32));
  for (let at = 0; at < der.length; at++) {
    const damaged = der.slice();
    damaged[at] ^= 0x21;
    try {
      parseOcspRequest(damaged);
    } catch (error) {
      assert.instance(error, TlsError, String((error as Error).stack));
    }
    assert.throws(
      () => parseOcspRequest(der.subarray(0, at)),
      (error: TlsError) => error.code === 'ERR_CERT_MALFORMED',
    );
  }
});

test('a signer of another key cannot answer', async () => {
  const ca = await authority();
  const other = issuerOf(ca.certificate, await makeKey('p256', 'other'));
  const { certificate } = await issued(ca, 'good');
  const statements = [{ certificate, status: 'good', thisUpdate: NOW } as const];
  let code = '';
  await createOcspResponse({ issuer: ca.certificate, producedAt: NOW, hash: hash('sha1'), statements }, other).catch(
    (error: TlsError) => (code = error.code),
  );
  assert.is(code, 'ERR_INVALID_SIGNATURE');
  assert.ok(parseCertificate(certificate.der));
});

test.run();
