// castls ca: a directory that remembers, and what openssl makes of its lists and answers.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { castls, workDirectory } from '../support/command.ts';
import { tool } from '../support/openssl.ts';

const path = (name: string) => join(workDirectory(), name);
const openssl = (...args: string[]) => tool('openssl', args);

async function succeeds(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await castls(...args);
  assert.is(code, 0, `${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function failsWith(code: string, ...args: string[]): Promise<string> {
  const outcome = await castls(...args);
  assert.is(outcome.code, 1, outcome.stdout + outcome.stderr);
  assert.match(outcome.stderr, new RegExp(`^castls: ${code}: `));
  return outcome.stderr;
}

test('init makes a directory whose key is for its owner alone, once', async () => {
  await succeeds('ca', 'init', 'pki', '--subject', 'CN=Small CA,O=castls', '--passphrase', 'sesame');
  assert.equal(readdirSync(path('pki')).sort(), ['ca.crt', 'ca.key', 'index.json', 'issued', 'templates']);
  assert.is(statSync(path('pki/ca.key')).mode & 0o777, 0o600);
  assert.match(readFileSync(path('pki/ca.key'), 'utf8'), /ENCRYPTED/);
  await failsWith('ERR_INVALID_ARGUMENT', 'ca', 'init', 'pki');
  await failsWith('ERR_INVALID_ARGUMENT', 'ca', 'list', 'elsewhere');
});

const ca = ['--ca-passphrase', 'sesame'];

test('issue, sign and renew are remembered; needs-renewal ends with 0, 3 or 1', async () => {
  writeFileSync(
    path('pki/templates/web.json'),
    JSON.stringify({ profile: 'server', days: 20, crlUris: ['http://ca.example/ca.crl'], subject: 'O=Example' }),
  );
  await failsWith('ERR_WRONG_PASSWORD', 'ca', 'issue', 'pki', 'a.example');
  const made = await succeeds('ca', 'issue', 'pki', 'a.example', 'www.a.example', '--template', 'web', ...ca);
  assert.match(made, /wrote a\.example\.key \(private key\)\nwrote a\.example\.crt \(O=Example/);
  await succeeds('cert', 'csr', 'b.example');
  assert.match(await succeeds('ca', 'sign', 'pki', 'b.example.csr', ...ca), /from the request: subject CN=b\.example/);
  await succeeds('ca', 'issue', 'pki', 'c.example', ...ca);
  const listed = JSON.parse(await succeeds('ca', 'list', 'pki', '--json'));
  assert.equal(
    listed.issued.map((each: { names: string[]; state: string }) => [each.names[0], each.state]),
    [
      ['DNS:a.example', 'valid'],
      ['DNS:b.example', 'valid'],
      ['DNS:c.example', 'valid'],
    ],
  );
  assert.match(openssl('verify', '-x509_strict', '-CAfile', path('pki/ca.crt'), path('a.example.crt')), /OK/);

  const due = await succeeds('ca', 'needs-renewal', 'pki', '--days', '30');
  assert.match(due, /O=Example/);
  assert.is(due.trim().split('\n').length, 1);
  await succeeds('ca', 'renew', 'pki', 'a.example', '--days', '60', '--force', ...ca);
  const notYet = await castls('ca', 'needs-renewal', 'pki', '--days', '30');
  assert.is(notYet.code, 3, notYet.stdout);
  await failsWith('ERR_INVALID_ARGUMENT', 'ca', 'needs-renewal', 'elsewhere');
  await succeeds('cert', 'match', 'a.example.key', 'a.example.crt');
  assert.match(await succeeds('ca', 'list', 'pki'), /valid, renewed by [0-9a-f]{40}/);
});

test('a list and an answer say what was revoked, also the next time, with growing numbers', async () => {
  assert.match(
    await succeeds('ca', 'revoke', 'pki', 'b.example.crt', '--reason', 'keyCompromise'),
    /revoked [0-9a-f]{40}/,
  );
  await failsWith('ERR_INVALID_ARGUMENT', 'ca', 'revoke', 'pki', 'b.example.crt');
  await failsWith('ERR_INVALID_ARGUMENT', 'ca', 'revoke', 'pki', 'c.example', '--reason', 'boredom');
  await failsWith('ERR_INVALID_ARGUMENT', 'ca', 'revoke', 'pki', 'd.example');
  assert.match(await succeeds('ca', 'crl', 'pki', ...ca), /number 1, 1 revoked/);
  await succeeds('ca', 'revoke', 'pki', 'c.example');
  assert.match(await succeeds('ca', 'crl', 'pki', ...ca), /number 2, 2 revoked/);
  const text = openssl('crl', '-in', path('pki/ca.crl'), '-noout', '-text', '-CAfile', path('pki/ca.crt'));
  assert.match(text, /X509v3 CRL Number:\s+2[\s\S]*Key Compromise/);
  const verify = ['--ca', 'pki/ca.crt', '--crl', 'pki/ca.crl'];
  await failsWith('ERR_CERT_REVOKED', 'verify', 'b.example.crt', ...verify);
  await succeeds('verify', 'a.example.crt', ...verify, '--name', 'www.a.example');

  for (const [file, said] of [
    ['a.example.crt', 'good'],
    ['b.example.crt', 'revoked'],
  ]) {
    const request = path(`${file}.req`);
    openssl('ocsp', '-issuer', path('pki/ca.crt'), '-cert', path(file), '-reqout', request);
    await succeeds('ca', 'ocsp', 'pki', `${file}.req`, '--out', `${file}.ocsp`, ...ca);
    const files = ['-issuer', path('pki/ca.crt'), '-cert', path(file), '-respin', path(`${file}.ocsp`)];
    const line = ['openssl', 'ocsp', ...files, '-CAfile', path('pki/ca.crt'), '-no_nonce', '2>&1'].join(' ');
    const answered = tool('sh', ['-c', line]);
    assert.match(answered, /Response verify OK/);
    assert.match(answered, new RegExp(`: ${said}`));
  }
  await succeeds('ca', 'ocsp', 'pki', 'a.example.crt', '--out', 'staple.der', ...ca);
  await succeeds('verify', 'a.example.crt', '--ca', 'pki/ca.crt', '--ocsp', 'staple.der');
  assert.match(await succeeds('cert', 'show', 'staple.der'), /serial number [0-9a-f]{40}: good/);

  // Of another CA's certificates, and of what was never issued, nothing good is said.
  await succeeds('cert', 'ca', '--out', 'other.crt', '--key-out', 'other.key', '--subject', 'CN=Other');
  openssl('ocsp', '-issuer', path('other.crt'), '-cert', path('a.example.crt'), '-reqout', path('foreign.req'));
  assert.match(await succeeds('ca', 'ocsp', 'pki', 'foreign.req', '--out', 'foreign.ocsp', ...ca), /unauthorized/);
  openssl('ocsp', '-issuer', path('pki/ca.crt'), '-serial', '0x1234', '-reqout', path('never.req'));
  assert.match(await succeeds('ca', 'ocsp', 'pki', 'never.req', '--out', 'never.ocsp', ...ca), /unknown/);
});

test('two commands do not write at once, and a damaged index is named', async () => {
  writeFileSync(path('pki/.lock'), '');
  await failsWith('ERR_INVALID_STATE', 'ca', 'revoke', 'pki', 'a.example');
  tool('rm', [path('pki/.lock')]);
  mkdirSync(path('damaged'));
  writeFileSync(path('damaged/index.json'), '{');
  await failsWith('ERR_INVALID_ARGUMENT', 'ca', 'list', 'damaged');
  const outcome = await castls('ca', 'issue', 'pki', 'e.example', '--profile', 'client', '--force', ...ca);
  assert.is(outcome.code, 0, outcome.stderr);
});

test.run();
