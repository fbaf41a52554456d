// PKCS#12 in both directions with openssl and certtool: PBES2 with the HMAC MAC. PBMAC1 goes round within castls, because
// Debian 12's OpenSSL does not know it (3.4 does).

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatPem, parsePem } from '../../src/asn1/pem.ts';
import { TlsError } from '../../src/base/errors.ts';
import { writePrivateKey } from '../../src/x509/keys/write.ts';
import { type Pkcs12Options, parsePkcs12, pkcs12Chain } from '../../src/x509/pkcs12/read.ts';
import { type Pkcs12WriteOptions, writePkcs12 } from '../../src/x509/pkcs12/write.ts';
import { issueCertificate, issueSelfSigned } from '../../src/x509/write/issue.ts';
import { testCore } from '../support/core.ts';
import { DAY, issuerOf, makeKey, NOW, pemOf, signing, tools } from '../support/issuing.ts';
import { testKeyProvider } from '../support/key_provider.ts';
import { has, openssl, readBytes, tool, write } from '../support/openssl.ts';

const provider = testKeyProvider();
const dates = { notBefore: NOW - DAY, notAfter: NOW + DAY };

async function identity(kind: string) {
  const rootKey = await makeKey('p256', 'root');
  const ca = { ...dates, profile: 'ca', subject: 'CN=Root', publicKey: rootKey.publicKey } as const;
  const root = await issueSelfSigned(ca, signing(rootKey), tools);
  const key = await makeKey(kind, 'leaf');
  const content = {
    ...dates,
    profile: 'server',
    subject: 'CN=leaf',
    publicKey: key.publicKey,
    altNames: ['leaf.example'],
  } as const;
  return { root, key, leaf: await issueCertificate(content, issuerOf(root, rootKey), tools) };
}

const localKeyId = Uint8Array.of(1, 2, 3);

for (const [kind, options] of [
  ['p256', { passphrase: 'sésame', iterations: 2048 }],
  ['rsa', { passphrase: 'x', aesBits: 128, hash: 'sha512', macHash: 'sha512', iterations: 2048, macIterations: 1 }],
  ['ed25519', { passphrase: '', aesBits: 192, hash: 'sha1', macHash: 'sha1', iterations: 2048, macIterations: 2048 }],
] as readonly [string, Pkcs12WriteOptions][]) {
  test(`openssl and certtool read the file of castls: ${kind} ${JSON.stringify(options)}`, async () => {
    const { root, leaf, key } = await identity(kind);
    const live = testCore().liveSlots;
    const contents = {
      keys: [{ privateKey: key, friendlyName: 'my kéy', localKeyId }],
      certificates: [{ certificate: leaf, friendlyName: 'my kéy', localKeyId }, { certificate: root }],
    };
    const file = write('own.p12', writePkcs12(provider, contents, options));
    const text = openssl('pkcs12', '-in', file, '-nodes', '-passin', `pass:${options.passphrase}`);
    assert.equal(parsePem(text, 'PRIVATE KEY')[0].bytes, writePrivateKey(provider, key));
    assert.equal(
      parsePem(text, 'CERTIFICATE').map(block => block.bytes),
      [leaf.der, root.der],
    );
    assert.match(text, /localKeyID: 01 02 03/);
    assert.match(text, /friendlyName: my k/);
    if (has('certtool') && kind !== 'ed25519') {
      const shown = tool('certtool', [
        '--p12-info',
        '--inder',
        '--password',
        `${options.passphrase}`,
        '--infile',
        file,
      ]);
      assert.match(shown, /PKCS12|Encrypted/);
    }

    const read = parsePkcs12(provider, readBytes('own.p12'), { passphrase: options.passphrase });
    assert.is(read.keys[0].friendlyName, 'my kéy');
    assert.equal(read.certificates[0].localKeyId, localKeyId);
    assert.equal(
      pkcs12Chain(read, read.keys[0].privateKey).map(each => each.der),
      [leaf.der, root.der],
    );
    read.keys[0].privateKey.dispose();
    assert.is(testCore().liveSlots, live);
  });
}

test('a certificate in the file that cannot be read ends nothing else', async () => {
  const { leaf, key } = await identity('p256');
  const odd = Object.create(leaf, { der: { value: leaf.der.slice(0, 40) } }) as typeof leaf;
  const certificates = [{ certificate: leaf }, { certificate: odd }];
  const options = { passphrase: 'x', iterations: 1000, macIterations: 1000 };
  const file = writePkcs12(provider, { keys: [{ privateKey: key }], certificates }, options);
  const content = parsePkcs12(provider, file, { passphrase: 'x' });
  assert.equal(
    content.certificates.map(({ certificate }) => certificate.der),
    [leaf.der],
  );
  assert.equal(
    content.odd.map(({ der, error }) => [der, error.code]),
    [[odd.der, 'ERR_CERT_MALFORMED']],
  );
  content.keys[0].privateKey.dispose();
});

function fails(code: string, bytes: Uint8Array, options: Pkcs12Options, text = /./): void {
  const live = testCore().liveSlots;
  let thrown: unknown;
  try {
    parsePkcs12(provider, bytes, options);
  } catch (error) {
    thrown = error;
  }
  assert.instance(thrown, TlsError, String((thrown as Error)?.stack));
  assert.is((thrown as TlsError).code, code, String(thrown));
  assert.match((thrown as TlsError).message, text);
  assert.is(testCore().liveSlots, live);
}

async function theirs(name: string, ...more: readonly string[]): Promise<Uint8Array> {
  const { root, leaf, key } = await identity('p256');
  const files = {
    key: write('k.pem', formatPem('PRIVATE KEY', writePrivateKey(provider, key))),
    leaf: write('l.pem', pemOf(leaf.der)),
    root: write('r.pem', pemOf(root.der)),
  };
  const inputs = ['-inkey', files.key, '-in', files.leaf, '-certfile', files.root, '-name', 'théirs'];
  openssl('pkcs12', '-export', ...inputs, '-passout', 'pass:sésame', '-out', name, ...more);
  return readBytes(name);
}

for (const args of [
  [],
  ['-keypbe', 'aes-128-cbc', '-certpbe', 'aes-192-cbc', '-macalg', 'sha512'],
  ['-iter', '10000', '-maciter', '-macalg', 'sha1'],
  ['-keypbe', 'NONE', '-certpbe', 'NONE'],
]) {
  test(`castls reads the file of openssl: ${args.join(' ')}`, async () => {
    const { leaf, key, root } = await identity('p256');
    const read = parsePkcs12(provider, await theirs('their.p12', ...args), { passphrase: 'sésame' });
    assert.equal(
      read.keys.map(each => each.privateKey.publicKey),
      [key.publicKey],
    );
    assert.is(read.keys[0].friendlyName?.normalize(), 'théirs');
    assert.equal(
      read.certificates.map(({ certificate }) => certificate.spki),
      [leaf.spki, root.spki],
    );
    assert.equal(read.certificates[0].localKeyId, read.keys[0].localKeyId);
    for (const { privateKey } of read.keys) privateKey.dispose();
    fails('ERR_WRONG_PASSWORD', readBytes('their.p12'), { passphrase: 'wrong' });
    fails('ERR_WRONG_PASSWORD', readBytes('their.p12'), {});
  });
}

test('certtool writes a file that castls reads', async () => {
  if (!has('certtool')) return console.log('SKIPPED certtool: not installed');
  await theirs('unused.p12');
  const args = [
    '--to-p12',
    '--load-privkey',
    'k.pem',
    '--load-certificate',
    'l.pem',
    '--outder',
    '--outfile',
    'gnu.p12',
  ];
  tool('certtool', [...args, '--p12-name', 'gnu', '--password', 'x', '--pkcs-cipher', 'aes-256', '--hash', 'sha256']);
  const read = parsePkcs12(provider, readBytes('gnu.p12'), { passphrase: 'x' });
  assert.is(read.keys.length, 1);
  assert.is(read.keys[0].friendlyName, 'gnu');
  read.keys[0].privateKey.dispose();
});

test('old encryption is refused by name, a file without MAC needs the dangerous option', async () => {
  const legacy = await theirs('old.p12', '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1');
  fails('ERR_UNSUPPORTED_ALGORITHM', legacy, { passphrase: 'sésame' }, /TripleDES.*legacy/);
  const open = await theirs('nomac.p12', '-nomac');
  fails('ERR_INVALID_ARGUMENT', open, { passphrase: 'sésame' }, /no MAC/);
  const read = parsePkcs12(provider, open, { passphrase: 'sésame', dangerousNoMac: true });
  for (const { privateKey } of read.keys) privateKey.dispose();
  fails('ERR_COST_LIMIT', await theirs('m.p12'), { passphrase: 'sésame', limits: { iterations: 2047 } });
  // MAC, certificates and key: 2048 each, from one budget.
  fails('ERR_COST_LIMIT', await theirs('m.p12'), { passphrase: 'sésame', limits: { iterations: 6143 } });
});

for (const macHash of ['sha256', 'sha384', 'sha512'] as const) {
  test(`PBMAC1 with ${macHash} (RFC 9579) goes round`, async () => {
    const { leaf, key } = await identity('p256');
    const options = { passphrase: 'pässword', iterations: 2048, mac: 'pbmac1', macHash } as const;
    const contents = { keys: [{ privateKey: key }], certificates: [{ certificate: leaf }] };
    const file = writePkcs12(provider, contents, options);
    const read = parsePkcs12(provider, file, { passphrase: options.passphrase });
    assert.equal(read.keys[0].privateKey.publicKey, key.publicKey);
    read.keys[0].privateKey.dispose();
    fails('ERR_WRONG_PASSWORD', file, { passphrase: 'other' });
    // The parameters are printed as openssl would have to see them.
    const parsed = tool('openssl', ['asn1parse', '-inform', 'DER'], file);
    assert.match(parsed, /1\.2\.840\.113549\.1\.5\.14|PBMAC1/);
  });
}

test('the files of RFC 9579 appendix A: three valid, three not', () => {
  const { files } = JSON.parse(readFileSync('test/fixtures/rfc9579_pkcs12.json', 'utf8'));
  const file = (name: string) => new Uint8Array(Buffer.from(files[name], 'base64'));
  for (const name of ['A.1', 'A.2', 'A.3']) {
    const read = parsePkcs12(provider, file(name), { passphrase: '1234' });
    assert.is(read.keys.length, 1);
    assert.is(pkcs12Chain(read, read.keys[0].privateKey).length, 1);
    read.keys[0].privateKey.dispose();
  }
  // Wrong iteration count, wrong salt, no key length.
  fails('ERR_WRONG_PASSWORD', file('A.4'), { passphrase: '1234' });
  fails('ERR_WRONG_PASSWORD', file('A.5'), { passphrase: '1234' });
  fails('ERR_MALFORMED_DER', file('A.6'), { passphrase: '1234' }, /key length/);
});

test('damage is found by the MAC, and everything else is a typed error', async () => {
  const file = await theirs('d.p12', '-maciter', '-iter', '1');
  for (let at = 0; at < file.length; at += 7) {
    const damaged = file.slice();
    damaged[at] ^= 0x20;
    const live = testCore().liveSlots;
    let thrown: unknown;
    try {
      const limits = { iterations: 10_000 };
      parsePkcs12(provider, damaged, { passphrase: 'sésame', limits });
    } catch (error) {
      thrown = error;
    }
    assert.instance(thrown, TlsError, `offset ${at}: ${(thrown as Error)?.stack}`);
    assert.is(testCore().liveSlots, live);
  }
});

test.run();
