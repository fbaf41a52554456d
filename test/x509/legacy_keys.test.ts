// castls/legacy/keys: keys and PKCS#12 files of old, as openssl, NSS and keytool write them; and that nothing else reads them.

import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatPem } from '../../src/asn1/pem.ts';
import * as legacy from '../../src/legacy_keys.ts';
import * as x509 from '../../src/x509.ts';
import { codeOf } from '../support/code_of.ts';
import { has, openssl, readBytes, readText, scratch } from '../support/openssl.ts';

const providers = ['-provider', 'default', '-provider', 'legacy'];
const passphrase = 'correct hörse';

openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'plain.pem');
openssl('ec', '-in', 'plain.pem', '-out', 'sec1.pem');
const plain = x509.parsePrivateKey(readText('plain.pem'));

function isSame(key: x509.PrivateKey, what: string): void {
  assert.equal(key.publicKey, plain.publicKey, what);
  key.dispose();
}

/** Read with castls/legacy/keys; a wrong passphrase is told; without it an error that says how to go on. */
function check(file: string | Uint8Array, what: string): void {
  isSame(legacy.parsePrivateKey(file, { passphrase }), what);
  isSame(legacy.parsePrivateKey(file, { passphrase: new TextEncoder().encode(passphrase) }), what);
  const wrong = codeOf(() => legacy.parsePrivateKey(file, { passphrase: 'wrong' }));
  // A wrong key may give a right padding, and then a SEQUENCE, by chance: once in many millions.
  assert.is(wrong, 'ERR_WRONG_PASSWORD', what);
  assert.is(
    codeOf(() => legacy.parsePrivateKey(file)),
    'ERR_WRONG_PASSWORD',
    what,
  );
  assert.throws(
    () => x509.parsePrivateKey(file, { passphrase }),
    (error: x509.TlsError) =>
      error.code === 'ERR_UNSUPPORTED_ALGORITHM' && /castls cert convert FILE --legacy/.test(error.message),
    what,
  );
}

const pbes1 = [
  'PBE-MD5-DES',
  'PBE-MD5-RC2-64',
  'PBE-SHA1-DES',
  'PBE-SHA1-RC2-64',
  'PBE-SHA1-3DES',
  'PBE-SHA1-2DES',
  'PBE-SHA1-RC2-128',
  'PBE-SHA1-RC2-40',
];

test('PKCS#8 under PBES1 and the schemes of PKCS#12 (RFC 8018 §6.1, RFC 7292 appendix C)', () => {
  for (const scheme of pbes1) {
    const own = ['-in', 'plain.pem', '-out', 'old.pem', '-v1', scheme, '-passout', `pass:${passphrase}`];
    openssl('pkcs8', '-topk8', ...own, ...providers);
    check(readText('old.pem'), scheme);
  }
});

test('PKCS#8 under PBES2 with triple DES, DES and RC2 (RFC 8018 §B.2)', () => {
  for (const cipher of ['des3', 'des-cbc', 'rc2-cbc', 'rc2-64-cbc', 'rc2-40-cbc']) {
    const own = ['-in', 'plain.pem', '-out', 'old.pem', '-v2', cipher, '-passout', `pass:${passphrase}`];
    openssl('pkcs8', '-topk8', ...own, ...providers);
    check(readText('old.pem'), cipher);
  }
});

test('PEM with DEK-Info (RFC 1421 §4.6.1.3)', () => {
  for (const cipher of [
    'des',
    'des-ede-cbc',
    'des3',
    'rc2-cbc',
    'rc2-64-cbc',
    'rc2-40-cbc',
    'aes128',
    'aes192',
    'aes256',
  ]) {
    openssl('ec', '-in', 'plain.pem', '-out', 'old.pem', `-${cipher}`, '-passout', `pass:${passphrase}`, ...providers);
    check(readText('old.pem'), cipher);
    const bytes = new TextEncoder().encode(readText('old.pem').replaceAll('\n', '\r\n'));
    isSame(legacy.parsePrivateKey(bytes, { passphrase }), `${cipher}, CRLF, bytes`);
  }
  const odd = readText('old.pem').replace(/DEK-Info: [^,]*/, 'DEK-Info: CAMELLIA-128-CBC');
  assert.is(
    codeOf(() => legacy.parsePrivateKey(odd, { passphrase })),
    'ERR_UNSUPPORTED_ALGORITHM',
  );
  const noIv = readText('old.pem').replace(/DEK-Info: .*/, 'DEK-Info: AES-256-CBC,00');
  assert.is(
    codeOf(() => legacy.parsePrivateKey(noIv, { passphrase })),
    'ERR_MALFORMED_PEM',
  );
});

test('what castls/x509 reads, castls/legacy/keys reads too', () => {
  isSame(legacy.parsePrivateKey(readText('plain.pem')), 'PKCS#8');
  isSame(legacy.parsePrivateKey(readText('sec1.pem')), 'SEC 1');
  const own = formatPem(
    'ENCRYPTED PRIVATE KEY',
    x509.writeEncryptedPrivateKey(plain, { passphrase, iterations: 1000 }),
  );
  isSame(legacy.parsePrivateKey(own, { passphrase }), 'PBES2');
});

test('PKCS#12 under the schemes of old; with an empty password and with none', () => {
  openssl('req', '-x509', '-key', 'plain.pem', '-out', 'cert.pem', '-subj', '/CN=old', '-days', '3');
  const combinations = [
    ['-legacy'],
    ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES'],
    ['-keypbe', 'PBE-SHA1-RC2-40', '-certpbe', 'PBE-SHA1-RC2-128'],
    ['-keypbe', 'des-ede3-cbc', '-certpbe', 'rc2-cbc'],
  ];
  for (const how of combinations) {
    for (const password of [passphrase, '']) {
      const own = ['-in', 'cert.pem', '-inkey', 'plain.pem', '-out', 'old.p12', '-passout', `pass:${password}`];
      openssl('pkcs12', '-export', ...own, ...how, ...(how[0] === '-legacy' ? [] : providers));
      const { keys, certificates } = legacy.parsePkcs12(readBytes('old.p12'), { passphrase: password });
      isSame(keys[0].privateKey, how.join(' '));
      assert.is(`${certificates[0].certificate.subject}`, 'CN=old');
      assert.is(
        codeOf(() => x509.parsePkcs12(readBytes('old.p12'), { passphrase: password })),
        'ERR_UNSUPPORTED_ALGORITHM',
      );
      assert.is(
        codeOf(() => legacy.parsePkcs12(readBytes('old.p12'), { passphrase: 'wrong' })),
        'ERR_WRONG_PASSWORD',
      );
    }
  }
});

test('a file says how much work it takes, old or not: what is over the limit is not begun (ERR_COST_LIMIT)', () => {
  const own = ['-in', 'plain.pem', '-out', 'old.pem', '-v1', 'PBE-SHA1-3DES', '-iter', '5000'];
  openssl('pkcs8', '-topk8', ...own, '-passout', `pass:${passphrase}`, ...providers);
  const limits = { iterations: 10_000 };
  assert.is(
    codeOf(() => legacy.parsePrivateKey(readText('old.pem'), { passphrase, limits })),
    'ERR_COST_LIMIT',
  );
});

test('PKCS#12 in BER, as NSS writes it, today and in its old form', () => {
  if (!has('pk12util') || !has('certutil')) return skip('pk12util and certutil (libnss3-tools)');
  const db = scratch('nss');
  const run = (name: string, ...args: string[]) => execFileSync(name, args, { timeout: 60_000, stdio: 'pipe' });
  execFileSync('mkdir', ['-p', db]);
  run('certutil', '-N', '-d', `sql:${db}`, '--empty-password');
  const files = ['-in', scratch('cert.pem'), '-inkey', scratch('plain.pem'), '-out', scratch('in.p12')];
  openssl('pkcs12', '-export', ...files, '-name', 'own', '-passout', 'pass:x');
  run('pk12util', '-i', scratch('in.p12'), '-d', `sql:${db}`, '-W', 'x');
  for (const [ciphers, reader] of [
    [[], x509],
    [['-c', 'PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC'], legacy],
    [['-c', 'PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC'], legacy],
  ] as const) {
    run('pk12util', '-o', scratch('nss.p12'), '-n', 'own', '-d', `sql:${db}`, '-W', passphrase, ...ciphers);
    const { keys, certificates } = reader.parsePkcs12(readBytes('nss.p12'), { passphrase });
    isSame(keys[0].privateKey, ciphers.join(' '));
    assert.is(`${certificates[0].certificate.subject}`, 'CN=old');
  }
});

test('PKCS#12 as keytool wrote it before Java 8u301', () => {
  if (!has('keytool')) return skip('keytool (a Java runtime)');
  const store = ['-keystore', scratch('java.p12'), '-storetype', 'PKCS12', '-storepass', 'changeit'];
  const how = [
    '-J-Dkeystore.pkcs12.legacy',
    '-genkeypair',
    '-alias',
    'own',
    '-keyalg',
    'EC',
    '-groupname',
    'secp256r1',
  ];
  execFileSync('keytool', [...how, '-dname', 'CN=java', ...store], { timeout: 60_000, stdio: 'pipe' });
  const { keys, certificates } = legacy.parsePkcs12(readBytes('java.p12'), { passphrase: 'changeit' });
  assert.is(`${certificates[0].certificate.subject}`, 'CN=java');
  assert.is(keys[0].friendlyName, 'own');
  keys[0].privateKey.dispose();
});

test('files that are something else are named, with the way out', () => {
  openssl('dsaparam', '-out', 'dsa.pem', '-genkey', '1024');
  const cases: [string | Uint8Array, RegExp][] = [
    [readText('cert.pem'), /no private key, but PEM with CERTIFICATE/],
    [
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n',
      /ssh-keygen -p -m PKCS8/,
    ],
    ['PuTTY-User-Key-File-3: ssh-ed25519\n', /PuTTY/],
    ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here', /OpenSSH public key/],
    ['{"kty":"EC","crv":"P-256"}', /parsePrivateJwk/],
    [Uint8Array.of(0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2), /keytool -importkeystore/],
    ['<!DOCTYPE html><html>', /web page/],
    ['nothing', /neither PEM nor DER/],
    [readText('dsa.pem').replace(/^[\s\S]*-----END DSA PARAMETERS-----\n/, ''), /DSA|1\.2\.840\.10040\.4\.1/],
  ];
  for (const [input, why] of cases) assert.throws(() => x509.parsePrivateKey(input), why);
});

function skip(what: string): void {
  if (process.env['CASTLS_REQUIRE_PEERS'] === '1') assert.unreachable(`${what} is missing`);
  console.log(`SKIPPED: ${what} is missing`);
}

test.run();
