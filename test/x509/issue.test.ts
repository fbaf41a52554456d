// The CA: what castls issues, openssl and certtool read and verify, and so does castls.

import { X509Certificate } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TlsError } from '../../src/base/errors.ts';
import type { PrivateKey } from '../../src/crypto/signature.ts';
import { SignatureScheme } from '../../src/registry/signature_schemes.ts';
import { webCryptoSigner } from '../../src/webcrypto/signer.ts';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import { keyUsages, purposes } from '../../src/x509/extensions.ts';
import { parsePrivateKey } from '../../src/x509/keys/private_key.ts';
import { rfc5280Profile } from '../../src/x509/profile_rfc5280.ts';
import { webPkiProfile } from '../../src/x509/profile_web_pki.ts';
import { parsePublicKey } from '../../src/x509/public_key.ts';
import { trustAnchor } from '../../src/x509/trust_anchor.ts';
import { verifyChain } from '../../src/x509/verify.ts';
import { type CertificateContent, issueCertificate, issueSelfSigned } from '../../src/x509/write/issue.ts';
import { writeName } from '../../src/x509/write/name.ts';
import { DAY, issuerOf, keyKinds, makeKey, NOW, pemOf, signing, tools } from '../support/issuing.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import { testKeyProvider } from '../support/key_provider.ts';
import { has, openssl, readText, tool, write } from '../support/openssl.ts';

const dates = { notBefore: NOW - DAY, notAfter: NOW + 30 * DAY };

async function root(kind: string, more: Partial<CertificateContent> = {}): Promise<Certificate> {
  const key = await makeKey(kind, 'root');
  const content = {
    profile: 'ca',
    subject: `CN=Root ${kind},O=castls`,
    publicKey: key.publicKey,
    ...dates,
    ...more,
  } as const;
  return issueSelfSigned(content, signing(key), tools);
}

async function leaf(ca: Certificate, kind: string, more: Partial<CertificateContent> = {}): Promise<Certificate> {
  const key = await makeKey(kind, 'leaf');
  const content = {
    profile: 'server',
    subject: 'CN=example.com',
    publicKey: key.publicKey,
    altNames: ['example.com', '*.example.com', '192.0.2.7', 'IP:2001:db8::1'],
    ...dates,
    ...more,
  } as const;
  return issueCertificate(content, issuerOf(ca, await makeKey(kind, 'root')), tools);
}

function verify(certificate: Certificate, ca: Certificate, serverName: string, intermediates: Certificate[] = []) {
  const { signatureVerifiers } = testKeyProvider();
  const options = { leaf: certificate, anchors: [trustAnchor(ca)], verifiers: signatureVerifiers, time: NOW };
  return verifyChain({ ...options, serverName, intermediates });
}

async function refused(work: () => Promise<unknown>, text: RegExp, code = 'ERR_INVALID_ARGUMENT'): Promise<void> {
  try {
    await work();
  } catch (error) {
    assert.is((error as TlsError).code, code, String((error as Error).stack));
    assert.match((error as Error).message, text);
    return;
  }
  assert.unreachable(`must be refused: ${text}`);
}

/** Debian's OpenSSL 3.0 knows no ML-DSA, GnuTLS 3.7 neither. */
const opensslKinds = Object.keys(keyKinds).filter(kind => !kind.startsWith('mldsa'));

for (const kind of Object.keys(keyKinds)) {
  test(`${kind}: castls verifies the chain that it issued`, async () => {
    const ca = await root(kind);
    const certificate = await leaf(ca, kind);
    for (const name of ['example.com', 'a.example.com', '192.0.2.7', '2001:db8::1']) {
      const chain = await verify(certificate, ca, name);
      assert.is(chain.certificates.length, 2);
    }
    for (const profile of [rfc5280Profile, webPkiProfile]) {
      const { signatureVerifiers } = testKeyProvider();
      const options = { leaf: certificate, anchors: [trustAnchor(ca)], verifiers: signatureVerifiers, time: NOW };
      // The web PKI has no Ed25519, Ed448 and ML-DSA keys (CABF BR §6.1.1.3).
      if (profile === webPkiProfile && /^(ed|mldsa)/.test(kind)) continue;
      await verifyChain({ ...options, serverName: 'example.com', profile });
    }
    assert.is(certificate.serialNumber.length, 20);
    assert.ok(certificate.serialNumber[0] < 0x80);
    assert.is(certificate.notBefore, NOW - DAY);
    assert.equal(certificate.authorityKeyIdentifier?.keyIdentifier, ca.subjectKeyIdentifier);
    assert.equal(certificate.basicConstraints, { ca: false, pathLength: undefined });
    assert.equal(certificate.extendedKeyUsage, [purposes.serverAuth]);
    const transport = kind === 'rsa' ? keyUsages.keyEncipherment : 0;
    assert.is(certificate.keyUsage, keyUsages.digitalSignature | transport);
  });
}

for (const kind of opensslKinds) {
  test(`${kind}: openssl verifies it strictly, node and certtool read it`, async () => {
    const ca = await root(kind);
    const certificate = await leaf(ca, kind);
    const caFile = write('ca.pem', pemOf(ca.der));
    const leafFile = write('leaf.pem', pemOf(certificate.der));
    assert.match(
      openssl(
        'verify',
        '-x509_strict',
        '-purpose',
        'sslserver',
        '-verify_hostname',
        'www.example.com',
        '-CAfile',
        caFile,
        leafFile,
      ),
      /OK/,
    );
    const text = openssl('x509', '-in', leafFile, '-noout', '-text');
    assert.match(text, /IP Address:2001:DB8:0:0:0:0:0:1/);
    const node = new X509Certificate(certificate.der);
    assert.ok(node.verify(new X509Certificate(ca.der).publicKey));
    assert.is(
      node.subjectAltName,
      'DNS:example.com, DNS:*.example.com, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:1',
    );
    if (has('certtool')) {
      assert.match(
        tool('certtool', ['--verify', '--load-ca-certificate', caFile, '--infile', leafFile]),
        /Chain verification output: Verified/,
      );
    } else console.log('SKIPPED certtool: not installed');
  });
}

for (const scheme of ['rsa_pss_rsae_sha256', 'rsa_pss_rsae_sha512', 'rsa_pkcs1_sha384'] as const) {
  test(`RSA signs with ${scheme}`, async () => {
    const key = await makeKey('rsa', 'root');
    const content = { profile: 'ca', subject: 'CN=PSS', publicKey: key.publicKey, ...dates } as const;
    const ca = await issueSelfSigned(content, signing(key, SignatureScheme[scheme]), tools);
    const file = write('pss.pem', pemOf(ca.der));
    assert.match(openssl('verify', '-x509_strict', '-check_ss_sig', '-CAfile', file, file), /OK/);
    const text = openssl('x509', '-in', file, '-noout', '-text');
    assert.match(text, scheme === 'rsa_pkcs1_sha384' ? /sha384WithRSAEncryption/ : /Signature Algorithm: rsassaPss/);
  });
}

test('a CA with an RSASSA-PSS key of its own (RFC 4055 §1.2), with and without parameters', async () => {
  for (const parameters of [{}, { hashAlgorithm: 'sha384', mgf1HashAlgorithm: 'sha384', saltLength: 48 }]) {
    const pair = generateKeyPairSync('rsa-pss' as 'rsa', { modulusLength: 2048, ...parameters });
    const key = parsePrivateKey(testKeyProvider(), pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
    const content = { profile: 'ca', subject: 'CN=PSS key', publicKey: key.publicKey, ...dates } as const;
    const ca = await issueSelfSigned(content, signing(key), tools);
    const file = write('psskey.pem', pemOf(ca.der));
    assert.match(openssl('verify', '-x509_strict', '-check_ss_sig', '-CAfile', file, file), /OK/);
    await verify(await issueFor(ca, key), ca, 'example.com');
    key.dispose();
  }
});

/** A server certificate by `key`. */
async function issueFor(ca: Certificate, key: PrivateKey): Promise<Certificate> {
  const { publicKey } = await makeKey('ed25519', 'leaf');
  const content = { ...dates, profile: 'server', subject: '', publicKey, altNames: ['example.com'] } as const;
  return issueCertificate(content, issuerOf(ca, key), tools);
}

for (const algorithm of [
  { name: 'ECDSA', namedCurve: 'P-384' },
  { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
  { name: 'RSA-PSS', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-512' },
]) {
  test(`any Signer issues: a ${algorithm.name} key in WebCrypto that cannot be exported`, async () => {
    const pair = (await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])) as CryptoKeyPair;
    const publicKey = parsePublicKey(new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey)));
    const options = { signer: webCryptoSigner(pair.privateKey), verifiers: testKeyProvider().signatureVerifiers };
    const ca = await issueSelfSigned({ profile: 'ca', subject: 'CN=KMS', publicKey, ...dates }, options, tools);
    const file = write('kms.pem', pemOf(ca.der));
    assert.match(openssl('verify', '-x509_strict', '-check_ss_sig', '-CAfile', file, file), /OK/);
  });
}

test('an intermediate with path length and name constraints', async () => {
  const ca = await root('p256');
  const key = await makeKey('p384', 'intermediate');
  const issuer = issuerOf(ca, await makeKey('p256', 'root'));
  const constraints = {
    permitted: [{ type: 'dns', value: 'example.com' }],
    excluded: [{ type: 'dns', value: 'x.example.com' }],
  } as const;
  const content = { profile: 'ca', subject: 'CN=Intermediate', publicKey: key.publicKey, ...dates } as const;
  const middle = await issueCertificate({ ...content, pathLength: 0, nameConstraints: constraints }, issuer, tools);
  assert.equal(middle.basicConstraints, { ca: true, pathLength: 0 });

  const server = await makeKey('ed25519', 'leaf');
  const below = { ...dates, profile: 'server', subject: '', publicKey: server.publicKey } as const;
  const certificate = await issueCertificate({ ...below, altNames: ['a.example.com'] }, issuerOf(middle, key), tools);
  assert.is(certificate.extensions.get('2.5.29.17')?.critical, true, 'RFC 5280 §4.2.1.6');
  await verify(certificate, ca, 'a.example.com', [middle]);
  const [caFile, middleFile] = [write('ca.pem', pemOf(ca.der)), write('middle.pem', pemOf(middle.der))];
  const leafFile = write('leaf.pem', pemOf(certificate.der));
  assert.match(openssl('verify', '-x509_strict', '-CAfile', caFile, '-untrusted', middleFile, leafFile), /OK/);

  await refused(
    () => issueCertificate({ ...below, altNames: ['a.example.org'] }, issuerOf(middle, key), tools),
    /permit/,
  );
  await refused(
    () => issueCertificate({ ...below, altNames: ['y.x.example.com'] }, issuerOf(middle, key), tools),
    /excluded/,
  );
  await refused(
    () => issueCertificate({ ...content, subject: 'CN=Below' }, issuerOf(middle, key), tools),
    /path length is 0/,
  );
});

test('every other extension is written as openssl shows it', async () => {
  const ca = await root('p256');
  const certificate = await leaf(ca, 'p256', {
    profile: 'server-client',
    mustStaple: true,
    crlUris: ['http://crl.example.com/ca.crl'],
    ocspUris: ['http://ocsp.example.com/'],
    issuerUris: ['http://example.com/ca.crt'],
    policies: ['2.23.140.1.2.1'],
    altNames: ['example.com', 'me@example.com', 'https://example.com/x'],
  });
  const text = openssl('x509', '-in', write('full.pem', pemOf(certificate.der)), '-noout', '-text');
  for (const part of [
    /TLS Feature: *\n *status_request/,
    /URI:http:\/\/crl\.example\.com\/ca\.crl/,
    /OCSP - URI:http:\/\/ocsp\.example\.com\//,
    /CA Issuers - URI:http:\/\/example\.com\/ca\.crt/,
    /Policy: 2\.23\.140\.1\.2\.1/,
    /TLS Web Server Authentication, TLS Web Client Authentication/,
    /DNS:example\.com, email:me@example\.com, URI:https:\/\/example\.com\/x/,
  ]) {
    assert.match(text, part);
  }
  certificate.decodeExtensions();
});

test('names from text become the DER that openssl makes of them', () => {
  openssl('genpkey', '-algorithm', 'ed25519', '-out', 'key.pem');
  const subject = '/C=DE/O=Müller, Söhne \\+ Co/OU=a b/CN=example.com';
  openssl('req', '-x509', '-new', '-utf8', '-key', 'key.pem', '-subj', subject, '-out', 'own.pem', '-days', '1');
  const text = 'CN=example.com,OU=a b,O=Müller\\, Söhne \\+ Co,C=DE';
  const made = parseCertificate(new Uint8Array(new X509Certificate(readText('own.pem')).raw));
  assert.equal(writeName(text).der, made.subject.der);
  assert.is(String(writeName(text)), text);
  assert.is(String(writeName('cn="a, b" + OU=\\c3\\a9 , O=x\\ , 2.5.4.3=z')), 'OU=é+CN=a\\, b,O=x\\ ,CN=z');
  assert.ok(writeName('').empty);
  for (const bad of ['CN', '=x', 'CN=', 'C=Deutschland', 'XX=1', `CN=${'a'.repeat(65)}`, 'CN=a\\ff']) {
    assert.throws(() => writeName(bad), /distinguished name/, bad);
  }
});

test('what no verifier would accept is not issued', async () => {
  const ca = await root('p256');
  const end = await leaf(ca, 'p256');
  const key = await makeKey('p256', 'root');
  const server = {
    ...dates,
    profile: 'server',
    subject: 'CN=x',
    publicKey: key.publicKey,
    altNames: ['x.example'],
  } as const;
  const issue = (content: Partial<CertificateContent>, by = ca, with_ = key) =>
    issueCertificate({ ...server, ...content }, issuerOf(by, with_), tools);
  await refused(() => issue({}, end, key), /is no CA/);
  await refused(() => issue({ altNames: [] }), /alternative name/);
  await refused(() => issue({ altNames: ['not a name'] }), /alternative name/);
  await refused(() => issue({ altNames: ['bücher.example'] }), /xn--/);
  await refused(() => issue({ notAfter: ca.notAfter + 1000 }), /outlive/);
  await refused(() => issue({ notAfter: NOW - 2 * DAY }), /notAfter/);
  await refused(() => issue({ serialNumber: new Uint8Array(20).fill(0xff) }), /serial/);
  await refused(() => issue({ serialNumber: new Uint8Array(3) }), /serial/);
  await refused(() => issue({ pathLength: 1 }), /for CAs/);
  await refused(async () => issue({}, ca, await makeKey('p256', 'other')), /does not sign/, 'ERR_INVALID_SIGNATURE');
  await refused(async () => issue({}, ca, await makeKey('ed25519', 'other')), /does not sign/, 'ERR_INVALID_SIGNATURE');
});

test.run();
