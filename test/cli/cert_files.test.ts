// castls cert convert, match, renew, needs-renewal, fetch, sign and show, as a user types them.

import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { castls, commandFile, workDirectory } from '../support/command.ts';
import { tool } from '../support/openssl.ts';
import { Running } from '../support/programs.ts';

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

/** Runs the command with something on stdin and in the environment. */
async function piped(input: string | Buffer, args: readonly string[], env: Record<string, string> = {}) {
  const file = await commandFile();
  return spawnSync(process.execPath, [file, ...args], {
    input,
    cwd: workDirectory(),
    timeout: 60_000,
    env: { ...process.env, ...env },
  });
}

const by = ['--ca', 'ca.crt', '--ca-key', 'ca.key'];

test.before(async () => {
  await succeeds('cert', 'ca', '--subject', 'CN=Files CA,O=castls', '--out', 'ca.crt', '--key-out', 'ca.key');
  await succeeds('cert', 'issue', ...by, '--out', 'a.crt', '--key-out', 'a.key', 'a.example');
});

test('convert: PEM to DER, PKCS#12, PKCS#7, PKCS#8, SEC 1, JWK and public key, and back', async () => {
  await succeeds('cert', 'convert', 'a.crt', '--to', 'der', '--out', 'a.der');
  assert.match(openssl('x509', '-inform', 'DER', '-in', path('a.der'), '-noout', '-subject'), /a\.example/);
  assert.is(await succeeds('cert', 'convert', 'a.der'), readFileSync(path('a.crt'), 'utf8'));

  const sealed = ['--out-passphrase', 'env:P12_PASSPHRASE', '--out', 'a.p12'];
  const store = await piped('', ['cert', 'convert', 'a.crt', 'ca.crt', '--key', 'a.key', '--to', 'pkcs12', ...sealed], {
    P12_PASSPHRASE: 'sesame',
  });
  assert.is(store.status, 0, `${store.stderr}`);
  assert.is(statSync(path('a.p12')).mode & 0o777, 0o600);
  const text = openssl('pkcs12', '-in', path('a.p12'), '-passin', 'pass:sesame', '-nodes');
  assert.is([...text.matchAll(/BEGIN/g)].length, 3);
  assert.match(text, /friendlyName: a\.example/);

  // What was sealed stays sealed unless somebody says otherwise.
  const again = await succeeds('cert', 'convert', 'a.p12', '--passphrase', 'sesame');
  assert.match(again, /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  const open = await succeeds(
    'cert',
    'convert',
    'a.p12',
    '--passphrase',
    'sesame',
    '--no-encrypt',
    '--out',
    'open.pem',
  );
  assert.is(open, 'wrote open.pem\n');
  assert.is(statSync(path('open.pem')).mode & 0o777, 0o600);
  assert.match(await succeeds('cert', 'match', 'open.pem', 'a.crt'), /belong together/);
  await failsWith('ERR_WRONG_PASSWORD', 'cert', 'convert', 'a.p12', '--passphrase', 'wrong');

  await succeeds('cert', 'convert', 'a.crt', 'ca.crt', '--to', 'pkcs7', '--out', 'a.p7b');
  assert.is(
    await succeeds('cert', 'convert', 'a.p7b'),
    `${readFileSync(path('a.crt'), 'utf8')}${readFileSync(path('ca.crt'), 'utf8')}`,
  );
  for (const [to, check] of [
    ['pkcs8', 'PRIVATE KEY'],
    ['sec1', 'EC PRIVATE KEY'],
  ]) {
    const made = await succeeds('cert', 'convert', 'a.key', '--to', to);
    assert.match(made, new RegExp(`^-----BEGIN ${check}-----`));
    tool('openssl', ['pkey', '-noout'], made);
  }
  const jwk = JSON.parse(await succeeds('cert', 'convert', 'a.key', '--to', 'jwk'));
  assert.is(jwk.crv, 'P-256');
  assert.ok(jwk.d);
  const publicJwk = JSON.parse(await succeeds('cert', 'convert', 'a.crt', '--to', 'jwk'));
  assert.equal({ ...jwk, d: undefined }, { ...publicJwk, d: undefined });
  const back = await piped(JSON.stringify(jwk), ['cert', 'convert', '-', '--to', 'pkcs8']);
  assert.is(`${back.stdout}`, await succeeds('cert', 'convert', 'a.key', '--to', 'pkcs8'));
  const key = await succeeds('cert', 'convert', 'a.crt', '--to', 'public-key');
  assert.is(key, openssl('x509', '-in', path('a.crt'), '-noout', '-pubkey'));
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'convert', 'a.crt', '--key', 'a.key', '--to', 'pkcs12');
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'convert', 'a.crt', 'ca.crt', '--to', 'der');
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'convert', 'a.crt', '--out', 'a.key');
});

test('match says whether a key and a certificate or request belong together, by its exit code', async () => {
  await succeeds('cert', 'csr', '--key', 'a.key', '--out', 'a.csr', 'a.example');
  for (const file of ['a.crt', 'a.csr', 'a.der'])
    assert.match(await succeeds('cert', 'match', 'a.key', file), /EC P-256/);
  const outcome = await castls('cert', 'match', 'ca.key', 'a.crt');
  assert.is(outcome.code, 1);
  assert.match(outcome.stdout, /ca\.key and a\.crt do not belong together/);
  assert.is(JSON.parse((await castls('cert', 'match', '--json', 'ca.key', 'a.crt')).stdout).matches, false);
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'match', 'nothing.key', 'a.crt');
});

test('renew keeps names and rights, and needs-renewal ends with 0, 3 or 1', async () => {
  const flags = ['--purpose', 'serverAuth,ipsecIKE', '--days', '10', '--san', 'b.example', '--san', '192.0.2.1'];
  await succeeds('cert', 'issue', ...by, ...flags, '--out', 'r.crt', '--key-out', 'r.key', 'r.example');
  assert.match(await succeeds('cert', 'needs-renewal', 'r.crt'), /r\.crt: (9|10) days left, to be renewed/);
  const notYet = await castls('cert', 'needs-renewal', 'r.crt', '--days', '5');
  assert.is(notYet.code, 3, notYet.stderr);
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'needs-renewal', 'nothing.crt');

  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'renew', 'r.crt', ...by);
  await succeeds('cert', 'renew', 'r.crt', ...by, '--days', '90', '--out', 'r2.crt');
  const [old, fresh] = await Promise.all(
    ['r.crt', 'r2.crt'].map(async file => JSON.parse(await succeeds('cert', 'show', '--json', file))),
  );
  for (const same of ['subject', 'names', 'keyUsage', 'extendedKeyUsage', 'publicKey', 'subjectKeyIdentifier']) {
    assert.equal(fresh[same], old[same], same);
  }
  assert.is.not(fresh.serialNumber, old.serialNumber);
  await succeeds('verify', 'r2.crt', '--ca', 'ca.crt', '--name', 'b.example');
  await succeeds('cert', 'match', 'r.key', 'r2.crt');
  await succeeds('cert', 'renew', 'r.crt', ...by, '--new-key', '--key-out', 'r3.key', '--out', 'r3.crt');
  await succeeds('cert', 'match', 'r3.key', 'r3.crt');

  await succeeds('cert', 'self-signed', 's.example', '--days', '1');
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'renew', 's.example.crt', '--out', 's2.crt');
  await succeeds('cert', 'renew', 's.example.crt', '--key', 's.example.key', '--out', 's2.crt', '--days', '30');
  await succeeds('verify', 's2.crt', '--ca', 's2.crt', '--name', 's.example');
});

test('sign says what it takes over of a request and what it does not', async () => {
  const wanted = ['--usage', 'digitalSignature,nonRepudiation', '--purpose', 'clientAuth', '--extension', '1.2.3=0500'];
  await succeeds('cert', 'csr', '--out', 'c.csr', '--key-out', 'c.key', ...wanted, '--subject', 'CN=c', 'c.example');
  const said = await succeeds('cert', 'sign', ...by, 'c.csr');
  assert.match(said, /from the request: subject CN=c; subjectAltName DNS:c\.example\n/);
  assert.match(said, /not taken over: keyUsage \(.*\); extendedKeyUsage \(.*\); 1\.2\.3 \(/);
  const sign = async (...more: string[]) =>
    JSON.parse(await succeeds('cert', 'sign', ...by, 'c.csr', '--force', '--json', ...more));
  assert.equal((await sign()).extendedKeyUsage, ['serverAuth']);
  const all = await sign('--copy-extensions', 'all');
  assert.equal(all.extendedKeyUsage, ['clientAuth']);
  assert.equal(all.keyUsage, ['digitalSignature', 'nonRepudiation']);
  assert.ok(all.extensions.some(({ oid }: { oid: string }) => oid === '1.2.3'));
  assert.equal(all.dropped, []);
  assert.equal((await sign('--copy-extensions', 'extendedKeyUsage', '--san', 'd.example')).names, ['DNS:d.example']);
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'sign', ...by, 'c.csr', '--force', '--copy-extensions', 'none');
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'sign', ...by, 'c.csr', '--force', '--copy-extensions', 'everything');
  // A request that asks to be a CA gets no CA.
  const config = '[req]\ndistinguished_name=dn\n[dn]\n';
  writeFileSync(path('o.cnf'), config);
  openssl(
    ...['req', '-new', '-config', path('o.cnf'), '-newkey', 'rsa:2048', '-nodes', '-keyout', path('o.key')],
    ...['-out', path('o.csr'), '-subj', '/CN=o', '-addext', 'basicConstraints=critical,CA:TRUE'],
    ...['-addext', 'subjectAltName=DNS:o.example'],
  );
  const made = JSON.parse(await succeeds('cert', 'sign', ...by, 'o.csr', '--copy-extensions', 'all', '--json'));
  assert.is(made.ca, false);
  assert.match(made.dropped.join(), /basicConstraints/);
  const through = await piped(readFileSync(path('c.csr')), ['cert', 'sign', ...by, '-', '--out', '-']);
  assert.match(`${through.stdout}`, /^-----BEGIN CERTIFICATE-----\n[\s\S]*-----END CERTIFICATE-----\n$/);
});

test('an intermediate without names, confined CAs, and profiles by command', async () => {
  const mid = ['--profile', 'ca', '--subject', 'CN=Mid', '--path-length', '0', '--permit', 'example.com'];
  await succeeds('cert', 'issue', ...by, ...mid, '--out', 'mid.crt', '--key-out', 'mid.key');
  const shown = await succeeds('cert', 'show', 'mid.crt');
  assert.not.match(shown, /subjectAltName/);
  assert.match(shown, /nameConstraints \(critical\): permitted DNS:example\.com, permitted email:invalid/);
  const below = ['--ca', 'mid.crt', '--ca-key', 'mid.key', '--force', '--out', 'x.crt', '--key-out', 'x.key'];
  await succeeds('cert', 'issue', ...below, '--chain', 'www.example.com');
  await succeeds('verify', 'x.crt', '--ca', 'ca.crt', '--name', 'www.example.com');
  for (const name of ['www.example.org', '192.0.2.1', 'URI:https://www.example.com/']) {
    await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'issue', ...below, name);
  }
  await failsWith('ERR_INVALID_ARGUMENT', 'cert', 'issue', ...below, '--profile', 'email', 'a@example.com');
  const leaf = ['cert', 'issue', ...by, '--force', '--out', 'y.crt', '--key-out', 'y.key', '--json'];
  for (const [profile, name] of [
    ['email', 'jos\u00e9@example.com'],
    ['smart-card-logon', 'UPN:ada@corp.example'],
    ['code-signing', 'code.example'],
    ['time-stamping', 'tsa.example'],
    ['document-signing', 'docs.example'],
    ['ocsp-signing', 'ocsp.example'],
  ]) {
    const made = JSON.parse(await succeeds(...leaf, '--profile', profile, '--subject', profile, name));
    assert.is(made.subject, `CN=${profile}`);
  }
});

test('a template in JSON says what flags do not', async () => {
  writeFileSync(
    path('web.json'),
    JSON.stringify({
      profile: 'server',
      days: 7,
      subject: 'O=Example',
      altNames: ['www.example.com'],
      policies: [{ oid: '1.2.3.4', cps: 'https://cps.example/' }],
      extensions: [{ oid: '1.2.3.5', value: '0500' }],
    }),
  );
  const flags = ['--template', 'web.json', '--out', 't.crt', '--key-out', 't.key', '--force'];
  const made = JSON.parse(await succeeds('cert', 'issue', ...by, ...flags, '--json'));
  assert.is(made.subject, 'O=Example');
  assert.equal(made.names, ['DNS:www.example.com']);
  assert.ok(made.extensions.some(({ oid }: { oid: string }) => oid === '1.2.3.5'));
  assert.ok(Date.parse(made.notAfter) - Date.now() < 7.1 * 86_400_000);
  assert.match(await succeeds('cert', 'show', 't.crt'), /1\.2\.3\.4 \("https:\/\/cps\.example\/"\)/);
  writeFileSync(path('bad.json'), JSON.stringify({ profil: 'server' }));
  const text = await failsWith(
    'ERR_INVALID_ARGUMENT',
    'cert',
    'issue',
    ...by,
    ...flags,
    '--template',
    'bad.json',
    'a.b',
  );
  assert.match(text, /did you mean profile/);
});

test('fetch writes the chain as the server sends it, trusted or not, and whatever it is', async () => {
  const mid = ['--ca', 'mid.crt', '--ca-key', 'mid.key', '--force', '--chain'];
  await succeeds('cert', 'issue', ...mid, '--out', 'f.crt', '--key-out', 'f.key', 'f.example.com');
  const cert = readFileSync(path('f.crt'));
  for (const options of [{}, { requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' as const }]) {
    const server = createServer({ cert, key: readFileSync(path('f.key')), ...options }, socket => socket.end());
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const fetched = new Running(process.execPath, [await commandFile(), 'cert', 'fetch', `127.0.0.1:${port}`]);
    const { code, stdout, stderr } = await fetched.end().finished();
    server.close();
    assert.is(code, 0, stderr);
    assert.is(stdout.replace(/^#.*\n/gm, ''), cert.toString());
    assert.match(stdout, /^# subject: CN=f\.example\.com\n# issuer: CN=Mid\n/);
    assert.match(stderr, /2 certificates, not trusted \(/);
  }
});

test('show shows a CRL with its serials, a request with all it asks for, and what remains of an odd certificate', async () => {
  await succeeds(
    'cert',
    'crl',
    ...by,
    '--revoke',
    'a.crt:keyCompromise',
    '--revoke',
    'serial=0badc0de',
    '--out',
    'ca.crl',
  );
  const crl = await succeeds('cert', 'show', 'ca.crl');
  assert.match(crl, /\n {4}0badc0de at \d{4}-.*Z \(unspecified\)/);
  assert.match(crl, /\(keyCompromise\)/);
  const json = JSON.parse(await succeeds('cert', 'show', '--json', 'ca.crl'));
  assert.is(json.entries.length, 2);
  assert.match(
    await succeeds('cert', 'show', 'c.csr'),
    /keyUsage \(critical\): digitalSignature, nonRepudiation\n {2}extendedKeyUsage: clientAuth\n {2}1\.2\.3: #0500/,
  );
  assert.match(await succeeds('cert', 'show', 'a.p12', '--passphrase', 'sesame'), /Private key[\s\S]*CN=a\.example/);
  await failsWith('ERR_WRONG_PASSWORD', 'cert', 'show', 'a.p12', '--passphrase', 'wrong');
  const der = readFileSync(path('a.der'));
  der[der.indexOf(Buffer.from('0603551d13', 'hex')) + 5] ^= 0x1f;
  writeFileSync(path('odd.der'), der);
  const odd = await castls('cert', 'show', 'odd.der');
  assert.is(odd.code, 1);
  assert.match(
    odd.stdout,
    /cannot be read: [\s\S]*issuer: CN=Files CA,O=castls\n {2}subject: CN=a\.example\n {2}valid: "/,
  );
});

test('passphrases come from the environment, a file, stdin or the terminal', async () => {
  writeFileSync(path('pass.txt'), 'from a file\nsecond line\n');
  const made = ['cert', 'self-signed', 'p.example', '--out', 'p.crt', '--key-out', 'p.key', '--force', '--passphrase'];
  const use = ['cert', 'csr', 'p.example', '--key', 'p.key', '--out', '-', '--passphrase'];
  for (const [form, input, env] of [
    ['file:pass.txt', '', {}],
    ['file:-', 'from stdin\n', {}],
    ['env:SECRET', '', { SECRET: 'from the environment' }],
    ['pass:env:SECRET', '', {}],
    ['plain text', '', {}],
  ] as const) {
    const outcome = await piped(input, [...made, form], env);
    assert.is(outcome.status, 0, `${form}: ${outcome.stderr}`);
    assert.match(readFileSync(path('p.key'), 'utf8'), /ENCRYPTED/);
    const used = await piped(input, [...use, form], env);
    assert.is(used.status, 0, `${form}: ${used.stderr}`);
  }
  await failsWith('ERR_INVALID_ARGUMENT', ...made, 'env:NO_SUCH_NAME');
  await failsWith('ERR_INVALID_ARGUMENT', ...made, 'file:no-such-file');
});

test.run();
