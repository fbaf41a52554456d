// PKCS#12 and PKCS#7 files as other programs read them: openssl, Java's keytool, NSS's pk12util, GnuTLS' certtool and pyca.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as x509 from '../../src/x509.ts';
import { codeOfLater } from '../support/code_of.ts';
import { openssl, scratch, tool, write } from '../support/openssl.ts';
import { hasPeer } from '../support/programs.ts';

const DAY = 86_400_000;
const now = Math.floor(Date.now() / 1000) * 1000;
const dates = { notBefore: now - DAY, notAfter: now + 30 * DAY };
const PASSPHRASE = 's\u00e9same 1';
/** Fewer than by default: what is tried is the form of the files, and Java counts slowly. */
const quick = { passphrase: PASSPHRASE, iterations: 10_000, macIterations: 10_000 };

interface Family {
  readonly key: x509.PrivateKey;
  readonly leaf: x509.Certificate;
  readonly root: x509.Certificate;
}
const families = new Map<string, Promise<Family>>();

function family(kind: string): Promise<Family> {
  let made = families.get(kind);
  if (made === undefined) families.set(kind, (made = makeFamily(kind)));
  return made;
}

async function makeFamily(kind: string): Promise<Family> {
  const rootKey = await x509.generatePrivateKey({ type: 'ec', curve: 'P-256' });
  const root = await x509.issueSelfSigned({ ...dates, profile: 'ca', subject: `CN=Root ${kind}` }, { key: rootKey });
  const key = await x509.generatePrivateKey(
    kind === 'rsa' ? { type: 'rsa', bits: 2048 } : { type: 'ec', curve: 'P-256' },
  );
  const content = { ...dates, profile: 'server', subject: 'CN=a.example', altNames: ['a.example'] } as const;
  const leaf = await x509.issueCertificate({ ...content, publicKey: key }, { certificate: root, key: rootKey });
  rootKey.dispose();
  return { key, leaf, root };
}

/** The obvious arguments: no label at all, one name, names and identifiers, and no key. */
async function files(kind: string): Promise<Record<string, Uint8Array>> {
  const { key, leaf, root } = await family(kind);
  const localKeyId = Uint8Array.of(1);
  const contents: Record<string, x509.Pkcs12Contents> = {
    plain: { keys: [{ privateKey: key }], certificates: [{ certificate: root }, { certificate: leaf }] },
    named: {
      keys: [{ privateKey: key, friendlyName: 'm\u00e9' }],
      certificates: [{ certificate: leaf }, { certificate: root }],
    },
    labelled: {
      keys: [{ privateKey: key, friendlyName: 'me', localKeyId }],
      certificates: [{ certificate: leaf, friendlyName: 'me', localKeyId }, { certificate: root }],
    },
  };
  return Object.fromEntries(Object.entries(contents).map(([name, each]) => [name, x509.writePkcs12(each, quick)]));
}

async function trustStore(): Promise<Uint8Array> {
  const [a, b] = [await family('p256'), await family('rsa')];
  // Two of the same name: keytool would keep one.
  const certificates = [a.root, b.root, a.leaf, b.leaf].map(certificate => ({ certificate }));
  return x509.writePkcs12({ certificates }, quick);
}

for (const kind of ['p256', 'rsa']) {
  test(`${kind}: openssl and castls read key and chain, matched by one localKeyId`, async () => {
    const { key, leaf } = await family(kind);
    for (const [name, der] of Object.entries(await files(kind))) {
      const text = openssl('pkcs12', '-in', write('f.p12', der), '-passin', `pass:${PASSPHRASE}`, '-nodes');
      const ids = [...text.matchAll(/localKeyID: ([0-9A-F ]+)/g)].map(([, id]) => id.trim());
      assert.is(ids.length, 2, `${name}: ${text}`);
      assert.is(ids[0], ids[1], name);
      assert.is([...text.matchAll(/-----BEGIN/g)].length, 3, name);
      const read = x509.parsePkcs12(der, { passphrase: PASSPHRASE });
      assert.equal(x509.pkcs12Chain(read, read.keys[0].privateKey).length, 2, name);
      const own = read.certificates.find(({ certificate }) => certificate.subject.equals(leaf.subject))!;
      assert.equal(own.localKeyId, read.keys[0].localKeyId, name);
      assert.is(own.friendlyName, read.keys[0].friendlyName, name);
      assert.ok(x509.samePublicKey(read.keys[0].privateKey.publicKey, key.publicKey));
      read.keys[0].privateKey.dispose();
    }
  });

  test(`${kind}: NSS, as in Firefox, imports every file`, async () => {
    if (!hasPeer('pk12util', 'PKCS#12 with NSS')) return;
    for (const [name, der] of Object.entries(await files(kind))) {
      write('f.p12', der);
      const db = scratch(`nss-${kind}-${name}`);
      tool('mkdir', [db]);
      tool('certutil', ['-N', '-d', `sql:${db}`, '--empty-password']);
      assert.match(tool('pk12util', ['-i', 'f.p12', '-d', `sql:${db}`, '-W', PASSPHRASE]), /IMPORT SUCCESSFUL/, name);
      assert.match(tool('certutil', ['-K', '-d', `sql:${db}`]), /< 0>/, name);
      // "u": the certificate has its private key.
      assert.match(tool('certutil', ['-L', '-d', `sql:${db}`]), / u,u,u/, name);
    }
  });
}

test('Java takes the key with its chain, and every certificate of a trust store', async () => {
  if (!hasPeer('keytool', 'PKCS#12 with Java')) return;
  // keytool reads its password in the platform's encoding; in a file it is the same everywhere.
  const java = (name: string) => tool('keytool', ['-list', '-v', '-keystore', name, '-storepass:file', 'pass.txt']);
  write('pass.txt', 'sesame 1');
  const { key, leaf, root } = await family('rsa');
  const contents = { keys: [{ privateKey: key }], certificates: [{ certificate: leaf }, { certificate: root }] };
  write('key.p12', x509.writePkcs12(contents, { ...quick, passphrase: 'sesame 1' }));
  const text = java('key.p12');
  assert.match(text, /contains 1 entry/);
  assert.match(text, /Alias name: a\.example\n/);
  assert.match(text, /Entry type: PrivateKeyEntry\nCertificate chain length: 2/);

  const both = { ...contents, certificates: [{ certificate: leaf }, { certificate: root, friendlyName: 'The root' }] };
  write('both.p12', x509.writePkcs12(both, { ...quick, passphrase: 'sesame 1', javaTrustStore: true }));
  assert.match(java('both.p12'), /contains 2 entries[\s\S]*trustedCertEntry/);

  const certificates = [leaf, root, (await family('p256')).leaf].map(certificate => ({ certificate }));
  write('trust.p12', x509.writePkcs12({ certificates }, { ...quick, passphrase: 'sesame 1' }));
  const trusted = java('trust.p12');
  assert.match(trusted, /contains 3 entries/);
  assert.is([...trusted.matchAll(/trustedCertEntry/g)].length, 3);
  assert.match(trusted, /Alias name: a\.example \(2\)\n/);
});

test('certtool reads key, certificates and trust store', async () => {
  if (!hasPeer('certtool', 'PKCS#12 with GnuTLS')) return;
  const all = { ...(await files('p256')), trust: await trustStore() };
  for (const [name, der] of Object.entries(all)) {
    write('f.p12', der);
    const text = tool('certtool', ['--p12-info', '--inder', '--infile', 'f.p12', '--password', PASSPHRASE]);
    assert.is([...text.matchAll(/BEGIN CERTIFICATE/g)].length, name === 'trust' ? 4 : 2, name);
  }
});

/** Debian's python3 with its python3-cryptography. */
const PYTHON = '/usr/bin/python3';
const script = `
import sys
from cryptography.hazmat.primitives.serialization import pkcs12, pkcs7, load_pem_private_key
from cryptography import x509
kind, name, password = sys.argv[1:4]
data = open(name, 'rb').read()
if kind == 'p12':
    store = pkcs12.load_pkcs12(data, password.encode() if password else None)
    print(1 if store.key else 0, store.cert.certificate.subject.rfc4514_string() if store.cert else '-', len(store.additional_certs))
elif kind == 'p7':
    print(*[c.subject.rfc4514_string() for c in pkcs7.load_der_pkcs7_certificates(data)])
elif kind == 'key':
    print(load_pem_private_key(data, password.encode() if password else None).key_size)
elif kind == 'csr':
    csr = x509.load_pem_x509_csr(data)
    print(csr.is_signature_valid, [e.oid.dotted_string for e in csr.extensions])
elif kind == 'crl':
    crl = x509.load_pem_x509_crl(data)
    print(crl.issuer.rfc4514_string(), len(list(crl)))
else:
    certificate = x509.load_pem_x509_certificate(data)
    for extension in certificate.extensions:
        print(extension.oid.dotted_string, extension.critical, type(extension.value).__name__)
`;

function pyca(kind: string, name: string, password = ''): string {
  return tool(PYTHON, ['-c', script, kind, name, password]).trim();
}

function hasPyca(what: string): boolean {
  if (!hasPeer(PYTHON, what)) return false;
  try {
    tool(PYTHON, ['-c', 'import cryptography']);
    return true;
  } catch {
    if (process.env['CASTLS_REQUIRE_PEERS'] === '1') throw new Error('python3-cryptography is missing');
    console.log(`SKIPPED ${what}: python3-cryptography is not installed`);
    return false;
  }
}

test('pyca reads PKCS#12, PKCS#7, keys, requests, lists and certificates of every kind', async () => {
  if (!hasPyca('files with pyca')) return;
  const { key, leaf, root } = await family('rsa');
  for (const [name, der] of Object.entries(await files('rsa'))) {
    write('f.p12', der);
    assert.is(pyca('p12', 'f.p12', PASSPHRASE), '1 CN=a.example 1', name);
  }
  write('f.p7b', x509.writePkcs7({ certificates: [leaf, root] }));
  assert.is(pyca('p7', 'f.p7b'), 'CN=a.example CN=Root rsa');
  write('key.pem', x509.formatPem('PRIVATE KEY', x509.writePrivateKey(key)));
  assert.is(pyca('key', 'key.pem'), '2048');
  write(
    'sealed.pem',
    x509.formatPem(
      'ENCRYPTED PRIVATE KEY',
      x509.writeEncryptedPrivateKey(key, { passphrase: PASSPHRASE, iterations: 10_000 }),
    ),
  );
  assert.is(pyca('key', 'sealed.pem', PASSPHRASE), '2048');
  const asked = { altNames: ['a.example', 'UPN:a@corp.example'], keyUsage: ['digitalSignature'] } as const;
  const request = await x509.createCertificateRequest(asked, { key });
  write('r.csr', x509.formatPem('CERTIFICATE REQUEST', request.der));
  assert.is(pyca('csr', 'r.csr'), "True ['2.5.29.17', '2.5.29.15']");
  const ca = await x509.issueSelfSigned(
    { ...dates, profile: 'ca', subject: 'CN=Py', nameConstraints: { permitted: ['example.com'] } },
    { key },
  );
  write('ca.pem', x509.formatPem('CERTIFICATE', ca.der));
  assert.match(pyca('cert', 'ca.pem'), /2\.5\.29\.30 True NameConstraints/);
  const by = { certificate: ca, key };
  const revoked = [{ certificate: Uint8Array.of(5), revocationDate: now, reason: 1 }];
  const crl = await x509.createCrl({ thisUpdate: now, nextUpdate: now + DAY, number: 3, revoked }, by);
  write('ca.crl', x509.formatPem('X509 CRL', crl.der));
  assert.is(pyca('crl', 'ca.crl'), 'CN=Py 1');
});

test('PKCS#7 bundles go round, as PEM and DER, with openssl, certtool and keytool', async () => {
  const { leaf, root } = await family('p256');
  const der = x509.writePkcs7({ certificates: [x509.formatPem('CERTIFICATE', leaf.der), root.der] });
  const pem = x509.formatPem('PKCS7', der);
  for (const form of [der, pem, new TextEncoder().encode(pem)]) {
    assert.equal(
      x509.parsePkcs7(form).certificates.map(each => each.subject.toString()),
      ['CN=a.example', 'CN=Root p256'],
    );
  }
  write('b.p7b', pem);
  assert.match(openssl('pkcs7', '-in', scratch('b.p7b'), '-print_certs'), /CN ?= ?a\.example[\s\S]*CN ?= ?Root p256/);
  if (hasPeer('certtool', 'PKCS#7 with GnuTLS')) {
    const text = tool('certtool', ['--p7-info', '--infile', 'b.p7b']);
    assert.is([...text.matchAll(/BEGIN CERTIFICATE/g)].length, 2);
  }
  if (hasPeer('keytool', 'PKCS#7 with Java')) {
    assert.match(tool('keytool', ['-printcert', '-file', 'b.p7b']), /Owner: CN=a\.example[\s\S]*Owner: CN=Root p256/);
  }
  // With lists, by openssl.
  write('l.pem', x509.formatPem('CERTIFICATE', leaf.der));
  openssl('crl2pkcs7', '-nocrl', '-certfile', scratch('l.pem'), '-outform', 'DER', '-out', scratch('o.p7b'));
  const { readFileSync } = await import('node:fs');
  const theirs = x509.parsePkcs7(readFileSync(scratch('o.p7b')));
  assert.equal(theirs.certificates[0].der, leaf.der);
});

test('what cannot be a file is refused (ERR_INVALID_ARGUMENT)', async () => {
  const { key, leaf } = await family('p256');
  const keys = [{ privateKey: key }];
  const certificates = [{ certificate: leaf }];
  const code = (work: () => unknown) => codeOfLater(async () => work());
  for (const contents of [
    {},
    null,
    { certificates: [leaf] },
    { keys: [key], certificates },
    { keys, certificates, crl: [] },
    { keys, certificates: [{ certificate: leaf, friendlyname: 'a' }] },
    { keys, certificates: [{ certificate: 'text' }] },
  ] as never[]) {
    assert.is(await code(() => x509.writePkcs12(contents, quick)), 'ERR_INVALID_ARGUMENT', JSON.stringify(contents));
  }
  for (const options of [{}, null, { passphrase: 'a', macHash: 'md5' }, { passphrase: 'a', iteration: 1 }] as never[]) {
    assert.is(await code(() => x509.writePkcs12({ keys, certificates }, options)), 'ERR_INVALID_ARGUMENT');
  }
  assert.is(await code(() => x509.writePkcs7({} as never)), 'ERR_INVALID_ARGUMENT');
  assert.is(await code(() => x509.parsePkcs7(leaf.der)), 'ERR_MALFORMED_DER');
  assert.is(await code(() => x509.parsePkcs7('x')), 'ERR_INVALID_ARGUMENT');
});

test.run();
