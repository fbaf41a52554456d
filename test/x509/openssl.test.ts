// What OpenSSL makes, castls reads and verifies: certificates with every kind of key, CRLs, OCSP responses.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as x509 from '../../src/x509/index.ts';
import { verifyChain } from '../../src/x509/verify.ts';
import { nodeVerifier } from '../support/node/signatures.ts';
import { wasmVerifiers } from '../support/wasm_verifiers.ts';
import { rejects, testHashes } from '../support/x509_verify.ts';

const folder = mkdtempSync(join(tmpdir(), 'castls-x509-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const present = spawnSync('openssl', ['version']).status === 0;
if (!present) console.log('SKIPPED: there is no openssl command to compare with');

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  assert.is(status, 0, `openssl ${args.join(' ')}: ${stderr}`);
}

const file = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
const pem = (name: string) => x509.parsePem(new TextDecoder().decode(file(name)), 'CERTIFICATE')[0].bytes;

const config = `
[req]
distinguished_name = dn
prompt = no
[dn]
CN = unused
[ca]
default_ca = authority
[authority]
database = index.txt
serial = serial
crlnumber = crlnumber
default_md = sha256
default_crl_days = 30
new_certs_dir = .
policy = any
unique_subject = no
[any]
commonName = supplied
[v3_ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[v3_leaf]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:host.example,IP:192.0.2.1,IP:2001:db8::1,email:a@host.example
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
certificatePolicies = 1.2.3.4
crlDistributionPoints = URI:http://crl.example/ca.crl
authorityInfoAccess = OCSP;URI:http://ocsp.example/
tlsfeature = status_request
[v3_ocsp]
extendedKeyUsage = OCSPSigning
noCheck = ignored
`;

const kinds: Record<string, string[]> = {
  rsa: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  pss: ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'],
  p256: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  p521: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  ed25519: ['-algorithm', 'ED25519'],
  ed448: ['-algorithm', 'ED448'],
};

function prepare(): void {
  writeFileSync(join(folder, 'openssl.cnf'), config);
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(join(folder, 'crlnumber'), '01');
  writeFileSync(join(folder, 'serial'), '1000');
  for (const [kind, options] of Object.entries(kinds)) openssl('genpkey', ...options, '-out', `${kind}.key`);
}

const common = ['-config', 'openssl.cnf', '-batch'];

function authority(kind: string): void {
  const req = ['req', '-x509', '-new', '-config', 'openssl.cnf', '-extensions', 'v3_ca', '-days', '3650'];
  openssl(...req, '-key', `${kind}.key`, '-subj', `/O=Test/CN=${kind} CA`, '-out', `${kind}-ca.pem`);
}

function issue(ca: string, key: string, name: string, section = 'v3_leaf'): void {
  openssl('req', '-new', '-config', 'openssl.cnf', '-key', `${key}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
  const signer = ['-cert', `${ca}-ca.pem`, '-keyfile', `${ca}.key`, '-extensions', section, '-days', '365', '-notext'];
  openssl('ca', ...common, ...signer, '-in', `${name}.csr`, '-out', `${name}.pem`);
}

function verify(leaf: Uint8Array, ca: string, more: Partial<x509.ChainOptions> = {}): x509.VerifiedChain {
  const base = {
    leaf,
    verifiers: [nodeVerifier],
    hashes: testHashes,
    time: Date.now() + 1000,
    serverName: 'host.example',
  };
  return verifyChain({
    ...base,
    anchors: [x509.trustAnchor(pem(`${ca}-ca.pem`))],
    ...more,
  }) as x509.VerifiedChain;
}

test('verifies chains of every kind of key that OpenSSL makes', () => {
  if (!present) return;
  prepare();
  for (const kind of Object.keys(kinds)) {
    authority(kind);
    issue(kind, kind, `leaf-${kind}`);
    for (const verifiers of [[nodeVerifier], wasmVerifiers()]) {
      const chain = verify(pem(`leaf-${kind}.pem`), kind, { profile: x509.rfc5280Profile, verifiers });
      assert.is(chain.certificates.length, 2);
    }
    for (const serverName of ['192.0.2.1', '2001:db8::1']) verify(pem(`leaf-${kind}.pem`), kind, { serverName });
  }
});

test('reads the extensions that OpenSSL writes and prints the names as it does', () => {
  if (!present) return;
  const leaf = x509.parseCertificate(pem('leaf-p256.pem')).decodeExtensions();
  assert.equal(leaf.tlsFeature, [5]);
  assert.equal(
    leaf.certificatePolicies!.map(policy => policy.oid),
    ['1.2.3.4'],
  );
  const { stdout } = spawnSync('openssl', ['x509', '-in', 'p256-ca.pem', '-noout', '-subject', '-nameopt', 'RFC2253'], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.is(stdout.trim(), `subject=${x509.parseCertificate(pem('p256-ca.pem')).subject}`);
});

test('reads the CRLs that OpenSSL signs', () => {
  if (!present) return;
  const crl = () => {
    openssl('ca', ...common, '-gencrl', '-cert', 'p256-ca.pem', '-keyfile', 'p256.key', '-out', 'crl.pem');
    const block = x509.parsePem(new TextDecoder().decode(file('crl.pem')), 'X509 CRL')[0];
    return x509.parseCrl(block.bytes);
  };
  const leaf = pem('leaf-p256.pem');
  verify(leaf, 'p256', { checks: [x509.revocation({ mode: 'require', crls: [crl()] })] });
  openssl(
    'ca',
    ...common,
    '-revoke',
    'leaf-p256.pem',
    '-crl_reason',
    'superseded',
    '-cert',
    'p256-ca.pem',
    '-keyfile',
    'p256.key',
  );
  const revoking = crl();
  assert.is(revoking.size, 1);
  rejects(
    () => verify(leaf, 'p256', { checks: [x509.revocation({ crls: [revoking] })] }),
    'ERR_CERT_REVOKED',
    /superseded/,
    0,
  );
});

test('reads the OCSP responses that OpenSSL signs, by the CA and by a delegate', () => {
  if (!present) return;
  issue('p384', 'p384', 'ocsp-leaf');
  const section = join(folder, 'openssl.cnf');
  writeFileSync(section, readFileSync(section, 'utf8').replace(/noCheck = .*/, 'noCheck = yes'));
  issue('p384', 'rsa', 'responder', 'v3_ocsp');
  const respond = (signer: string, key: string, ...more: string[]) => {
    const who = [
      '-rsigner',
      signer,
      '-rkey',
      key,
      '-CA',
      'p384-ca.pem',
      '-issuer',
      'p384-ca.pem',
      '-cert',
      'ocsp-leaf.pem',
    ];
    openssl('ocsp', '-index', 'index.txt', ...who, '-ndays', '1', '-respout', 'ocsp.der', ...more);
    return file('ocsp.der');
  };
  const leaf = pem('ocsp-leaf.pem');
  const stapled = (ocspResponse: Uint8Array) => () =>
    verify(leaf, 'p384', { stapled: { ocspResponse }, checks: [x509.revocation({ mode: 'require', scope: 'leaf' })] });
  stapled(respond('p384-ca.pem', 'p384.key'))();
  stapled(respond('responder.pem', 'rsa.key'))();
  stapled(respond('responder.pem', 'rsa.key', '-resp_key_id'))();
  openssl('ca', ...common, '-revoke', 'ocsp-leaf.pem', '-cert', 'p384-ca.pem', '-keyfile', 'p384.key');
  rejects(stapled(respond('p384-ca.pem', 'p384.key')), 'ERR_CERT_REVOKED', /revoked at/, 0);
  rejects(
    stapled(respond('responder.pem', 'rsa.key', '-resp_no_certs')),
    'ERR_CERT_STAPLE_REQUIRED',
    /no certificate of its own/,
    0,
  );
});

test.run();
