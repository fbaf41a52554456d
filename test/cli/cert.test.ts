// castls cert and castls verify from end to end, with openssl and node:tls beside them.

import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { castls, workDirectory } from '../support/command.ts';
import { tool } from '../support/openssl.ts';

const path = (name: string) => join(workDirectory(), name);
const openssl = (...args: string[]) => tool('openssl', args);

async function succeeds(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await castls(...args);
  assert.is(code, 0, stderr);
  return stdout;
}

async function failsWith(code: string, ...args: string[]): Promise<string> {
  const outcome = await castls(...args);
  assert.is(outcome.code, 1, outcome.stdout + outcome.stderr);
  assert.match(outcome.stderr, new RegExp(`^castls: ${code}: `));
  return outcome.stderr;
}

test('ca -> issue -> verify, and the key is for its owner alone', async () => {
  const made = await succeeds(
    'cert',
    'ca',
    '--subject',
    'CN=Test CA,O=castls',
    '--path-length',
    '1',
    '--out',
    'ca.crt',
    '--key-out',
    'ca.key',
  );
  assert.match(made, /wrote ca\.key[\s\S]*wrote ca\.crt \(CN=Test CA,O=castls, SHA-256 /);
  assert.is(statSync(path('ca.key')).mode & 0o777, 0o600);
  const issued = JSON.parse(
    await succeeds(
      'cert',
      'issue',
      '--ca',
      'ca.crt',
      '--ca-key',
      'ca.key',
      '--json',
      'www.example.com',
      '*.example.com',
      '192.0.2.1',
    ),
  );
  assert.is(issued.out, 'www.example.com.crt');
  assert.is(issued.keyOut, 'www.example.com.key');
  assert.equal(issued.names, ['DNS:www.example.com', 'DNS:*.example.com', 'IP:192.0.2.1']);
  assert.equal(issued.keyUsage, ['digitalSignature']);
  assert.is(statSync(path('www.example.com.key')).mode & 0o777, 0o600);
  assert.match(openssl('verify', '-x509_strict', '-CAfile', path('ca.crt'), path('www.example.com.crt')), /OK/);
  assert.ok(new X509Certificate(readFileSync(path('www.example.com.crt'))).checkHost('www.example.com'));

  const verified = await succeeds('verify', 'www.example.com.crt', '--ca', 'ca.crt', '--name', 'a.example.com');
  assert.match(verified, /www\.example\.com\.crt: verified\n {2}0: CN=www\.example\.com\n {2}1: CN=Test CA,O=castls/);
  const json = JSON.parse(
    await succeeds('verify', 'www.example.com.crt', '--ca', 'ca.crt', '--name', '192.0.2.1', '--json'),
  );
  assert.is(json.verified, true);
  assert.is(json.chain.length, 2);
});

test('verify says what is wrong: name, time, trust', async () => {
  const verify = ['verify', 'www.example.com.crt', '--ca', 'ca.crt'];
  await failsWith('ERR_CERT_NAME_MISMATCH', ...verify, '--name', 'example.org');
  await failsWith('ERR_CERT_EXPIRED', ...verify, '--time', '2100-01-01');
  await failsWith('ERR_CERT_NOT_YET_VALID', ...verify, '--time', '946684800');
  await failsWith('ERR_CERT_UNKNOWN_ISSUER', 'verify', 'www.example.com.crt', '--ca', 'mozilla');
  await failsWith('ERR_CERT_PURPOSE', ...verify, '--purpose', 'client');
  await failsWith('ERR_INVALID_ARGUMENT', ...verify, '--time', 'noon');
  const { code, stdout } = await castls(...verify, '--name', 'example.org', '--json');
  assert.is(code, 1);
  const outcome = JSON.parse(stdout);
  assert.is(outcome.verified, false);
  assert.is(outcome.code, 'ERR_CERT_NAME_MISMATCH');
  assert.ok(outcome.fix.length > 0);
});

test('csr -> sign, with requests of castls and of openssl', async () => {
  await succeeds('cert', 'csr', 'client.example', '--key-type', 'ed25519', '--challenge-password', 'x');
  assert.match(openssl('req', '-in', path('client.example.csr'), '-noout', '-verify', '-text'), /DNS:client\.example/);
  const sign = ['cert', 'sign', '--ca', 'ca.crt', '--ca-key', 'ca.key'];
  await succeeds(...sign, 'client.example.csr', '--profile', 'client');
  await succeeds('verify', 'client.example.crt', '--ca', 'ca.crt', '--purpose', 'client');
  await failsWith('ERR_CERT_PURPOSE', 'verify', 'client.example.crt', '--ca', 'ca.crt', '--name', 'client.example');

  const csr = ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', path('r.key'), '-out', path('r.csr')];
  openssl(...csr, '-subj', '/CN=r.example', '-addext', 'subjectAltName=DNS:r.example');
  await succeeds(...sign, 'r.csr', '--days', '5', '--must-staple', '--crl-uri', 'http://crl.example/ca.crl');
  const text = openssl('x509', '-in', path('r.crt'), '-noout', '-text');
  assert.match(text, /Digital Signature, Key Encipherment/);
  assert.match(text, /status_request/);
  assert.match(text, /URI:http:\/\/crl\.example\/ca\.crl/);

  const damaged = readFileSync(path('client.example.csr'), 'utf8').split('\n');
  const der = Buffer.from(damaged.slice(1, -2).join(''), 'base64');
  der[der.length - 1] ^= 1;
  writeFileSync(path('bad.csr'), der);
  await failsWith('ERR_INVALID_SIGNATURE', ...sign, 'bad.csr');
});

test('an intermediate, and a leaf below it', async () => {
  const by = ['--ca', 'ca.crt', '--ca-key', 'ca.key'];
  await succeeds(
    'cert',
    'issue',
    ...by,
    '--profile',
    'ca',
    '--path-length',
    '0',
    '--key-type',
    'p384',
    '--subject',
    'CN=Below',
    '--out',
    'mid.crt',
    '--key-out',
    'mid.key',
    'mid.example',
  );
  await succeeds(
    'cert',
    'issue',
    '--ca',
    'mid.crt',
    '--ca-key',
    'mid.key',
    '--out',
    'low.crt',
    '--key-out',
    'low.key',
    'low.example',
  );
  await succeeds('verify', 'low.crt', '--ca', 'ca.crt', '--untrusted', 'mid.crt', '--name', 'low.example');
  await failsWith('ERR_CERT_UNKNOWN_ISSUER', 'verify', 'low.crt', '--ca', 'ca.crt');
  writeFileSync(path('chain.crt'), readFileSync(path('low.crt'), 'utf8') + readFileSync(path('mid.crt'), 'utf8'));
  await succeeds('verify', 'chain.crt', '--ca', 'ca.crt', '--name', 'low.example');
  await failsWith(
    'ERR_INVALID_ARGUMENT',
    'cert',
    'issue',
    '--ca',
    'mid.crt',
    '--ca-key',
    'mid.key',
    '--profile',
    'ca',
    'x.example',
  );
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'issue', '--ca', 'mid.crt', '--ca-key', 'ca.key', 'y.example');
});

test('crl revokes, verify --crl finds it', async () => {
  const by = ['--ca', 'ca.crt', '--ca-key', 'ca.key'];
  await succeeds(
    'cert',
    'crl',
    ...by,
    '--revoke',
    'client.example.crt:keyCompromise',
    '--number',
    '7',
    '--out',
    'ca.crl',
  );
  assert.match(openssl('crl', '-in', path('ca.crl'), '-noout', '-text', '-CAfile', path('ca.crt')), /Key Compromise/);
  await failsWith('ERR_CERT_REVOKED', 'verify', 'client.example.crt', '--ca', 'ca.crt', '--crl', 'ca.crl');
  await succeeds('verify', 'www.example.com.crt', '--ca', 'ca.crt', '--crl', 'ca.crl', '--name', 'www.example.com');
  await failsWith(
    'ERR_CERT_REVOCATION_UNKNOWN',
    'verify',
    'low.crt',
    '--ca',
    'ca.crt',
    '--untrusted',
    'mid.crt',
    '--crl',
    'ca.crl',
  );
  const shown = JSON.parse(await succeeds('cert', 'show', 'ca.crl', '--json'));
  assert.is(shown.revoked, 1);
  assert.is(shown.number, '07');
});

test('verify --crl judges the whole chain, --crl-check leaf the leaf alone', async () => {
  const revokeMid = ['--ca', 'ca.crt', '--ca-key', 'ca.key', '--revoke', 'mid.crt:cACompromise', '--number', '8'];
  await succeeds('cert', 'crl', ...revokeMid, '--out', 'root.crl');
  await succeeds('cert', 'crl', '--ca', 'mid.crt', '--ca-key', 'mid.key', '--number', '1', '--out', 'mid.crl');
  const verify = ['verify', 'low.crt', '--ca', 'ca.crt', '--untrusted', 'mid.crt'];
  const lists = ['--crl', 'mid.crl', '--crl', 'root.crl'];
  await failsWith('ERR_CERT_REVOKED', ...verify, ...lists);
  await succeeds(...verify, ...lists, '--crl-check', 'leaf');
  await failsWith('ERR_INVALID_ARGUMENT', ...verify, '--crl-check', 'leaf');
  // The older list does not say so; whichever stands first, the newer one does.
  for (const order of [
    ['ca.crl', 'root.crl'],
    ['root.crl', 'ca.crl'],
  ]) {
    await failsWith('ERR_CERT_REVOKED', ...verify, '--crl', 'mid.crl', ...order.flatMap(file => ['--crl', file]));
  }
});

for (const type of ['ec', 'p384', 'p521', 'ed25519', 'rsa']) {
  test(`self-signed (${type}) serves with node:tls`, async () => {
    const bits = type === 'rsa' ? ['--bits', '2048'] : [];
    await succeeds('cert', 'self-signed', 'localhost', '127.0.0.1', '--key-type', type, ...bits, '--force');
    const [cert, key] = [readFileSync(path('localhost.crt')), readFileSync(path('localhost.key'))];
    const server = createServer({ cert, key }, socket => socket.end('hello'));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const text = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('no answer in 10 s')), 10_000);
      let received = '';
      const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: cert });
      socket.on('data', chunk => (received += chunk));
      socket.on('error', reject);
      socket.on('close', () => {
        clearTimeout(late);
        resolve(received);
      });
    });
    server.close();
    assert.is(text, 'hello');
    await succeeds('verify', 'localhost.crt', '--ca', 'localhost.crt', '--name', 'localhost');
  });
}

test('ML-DSA keys make a chain that castls verifies', async () => {
  await succeeds('cert', 'ca', '--key-type', 'mldsa65', '--out', 'pq.crt', '--key-out', 'pq.key');
  await succeeds(
    'cert',
    'issue',
    '--ca',
    'pq.crt',
    '--ca-key',
    'pq.key',
    '--key-type',
    'mldsa44',
    '--out',
    'pql.crt',
    '--key-out',
    'pql.key',
    'pq.example',
  );
  await succeeds('verify', 'pql.crt', '--ca', 'pq.crt', '--name', 'pq.example');
  assert.match(await succeeds('cert', 'show', 'pql.crt'), /ML-DSA-44/);
});

test('keys under a passphrase', async () => {
  await succeeds('cert', 'ca', '--out', 'enc.crt', '--key-out', 'enc.key', '--passphrase', 'sesame');
  assert.match(readFileSync(path('enc.key'), 'utf8'), /BEGIN ENCRYPTED PRIVATE KEY/);
  const by = [
    'cert',
    'issue',
    '--ca',
    'enc.crt',
    '--ca-key',
    'enc.key',
    '--out',
    'e.crt',
    '--key-out',
    'e.key',
    'e.example',
  ];
  await failsWith('ERR_WRONG_PASSWORD', ...by);
  await failsWith('ERR_WRONG_PASSWORD', ...by, '--ca-passphrase', 'wrong');
  await succeeds(...by, '--ca-passphrase', 'sesame');
});

test('nothing is written over, and nothing is left behind by a failure', async () => {
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'ca', '--out', 'ca.crt', '--key-out', 'other.key');
  assert.not(existsSync(path('other.key')));
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'self-signed', 'not a name', '--out', 'n.crt', '--key-out', 'n.key');
  assert.not(existsSync(path('n.key')));
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'self-signed', 'x.example', '--key-type', 'dsa');
  const existing = await succeeds('cert', 'self-signed', 'again.example', '--key', 'e.key', '--out', '-');
  assert.match(existing, /^-----BEGIN CERTIFICATE-----\n[\s\S]*-----END CERTIFICATE-----\n$/);
});

test('--key makes the key where none is, --san adds names, a subject without "=" is a common name', async () => {
  const flags = ['--key', 'new.key', '--out', 'new.crt', '--san', 'b.example', '--subject', 'My server, 1'];
  await succeeds('cert', 'self-signed', 'a.example', ...flags);
  assert.is(statSync(path('new.key')).mode & 0o777, 0o600);
  const before = readFileSync(path('new.key'), 'utf8');
  const again = JSON.parse(await succeeds('cert', 'self-signed', ...flags, '--force', '--json'));
  assert.is(readFileSync(path('new.key'), 'utf8'), before);
  assert.is(again.subject, 'CN=My server\\, 1');
  assert.equal(again.names, ['DNS:b.example']);
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'csr');
});

test('show prints certificates, requests and several files; of keys nothing', async () => {
  const text = await succeeds('cert', 'show', 'www.example.com.crt', 'client.example.csr');
  assert.match(text, /subjectAltName: DNS:www\.example\.com, DNS:\*\.example\.com, IP:192\.0\.2\.1/);
  assert.match(text, /Certification request[\s\S]*subjectAltName: DNS:client\.example\n {2}signature: right/);
  const json = JSON.parse(await succeeds('cert', 'show', 'www.example.com.crt', 'mid.crt', '--json'));
  assert.is(json.length, 2);
  assert.is(json[1].pathLength, 0);
  assert.match(
    await succeeds('cert', 'show', 'ca.key'),
    /^Private key \(not shown\)\n {2}public key: EC P-256\n {2}SHA-256 of the public key: [0-9a-f]{64}\n$/,
  );
  assert.is(await succeeds('cert', 'show', 'enc.key'), 'ENCRYPTED PRIVATE KEY (not shown)\n');
  assert.match(text, /fingerprint SHA-256: ([0-9A-F]{2}:){31}[0-9A-F]{2}\n/);
  assert.match(text, /fingerprint SHA-1: ([0-9A-F]{2}:){19}[0-9A-F]{2}\n/);
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'show', 'nothing.crt');
});

test.run();
