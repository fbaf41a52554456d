// One odd certificate ends nothing but what is about itself: at a server, at a client, in a file of those to trust, in
// NODE_EXTRA_CA_CERTS.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commandFile } from '../support/command.ts';
import * as d from '../support/der.ts';
import { pemOf } from '../support/issuing.ts';
import { cleanUp, client, event, later, own } from '../support/node_tls.ts';
import { castls, type Finished, serve, start } from '../support/programs.ts';
import * as make from '../support/x509_maker.ts';

test.after.each(cleanUp);

const dates = { notBefore: Date.now() - 86_400_000, notAfter: Date.now() + 86_400_000 };
const root = make.makeRoot('root of tests', dates);
const latin1 = d.seq(d.set(d.seq(d.oid('2.5.4.3'), d.tlv(0x13, Uint8Array.of(0x63, 0xe9)))));
/** Not even a SEQUENCE inside. */
const unreadable = pemOf(d.seq(d.octets(new Uint8Array(40))));

const x509CrlOf = (pem: string) => pem.replaceAll('CERTIFICATE', 'X509 CRL');

function identity(subject: string | Uint8Array, usage = '1.3.6.1.5.5.7.3.2') {
  const extensions = [make.altName(make.dns('host.example')), make.extendedKeyUsage(usage)];
  const der = make.makeLeaf('host.example', root, { subject, extensions, ...dates });
  const key = make.testKey('p256', 'leaf').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  return { cert: pemOf(der), key };
}

const server = identity('host.example', '1.3.6.1.5.5.7.3.1');

function file(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'castls-odd-'));
  later(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const serverFlags = () => ['--cert', file('server.crt', server.cert), '--key', file('server.key', server.key)];

async function finished(args: string[]): Promise<Finished> {
  return (await castls(...args)).end('x').finished();
}

test('castls serve lives on, whatever certificates a client sends; the good ones are served', async () => {
  const flags = [...serverFlags(), '--client-ca', file('ca.pem', pemOf(root.der)), '--require-client-cert', '--echo'];
  const { port, server: running } = await serve(...flags);
  const good = identity('good client');
  for (const { cert, key } of [
    good,
    identity(latin1),
    { ...good, cert: `${good.cert}${unreadable}` },
    { ...good, cert: `${good.cert}${pemOf(make.makeLeaf('other.example', root, { subject: latin1, ...dates }))}` },
    good,
  ]) {
    const socket = client(own, Number(port), { cert, key, ca: pemOf(root.der), servername: 'host.example' });
    await event(socket, 'secureConnect');
    socket.write('x');
    assert.is(`${await event(socket, 'data')}`, 'x');
    socket.destroy();
  }
  assert.match(running.stderr, /CN=c\\e9/);
  assert.match(running.stderr, /1: \(unreadable: .*\); by/);
  assert.is((await running.stop()).code, 0);
});

test('castls connect tells of a server whose second certificate is unreadable and whose name is no text', async () => {
  const odd = identity(latin1, '1.3.6.1.5.5.7.3.1');
  const cert = file('odd.crt', `${odd.cert}${unreadable}`);
  const { port } = await serve('--cert', cert, '--key', file('odd.key', odd.key), '--echo');
  const trust = ['--ca', file('ca.pem', pemOf(root.der)), '--servername', 'host.example'];
  const { code, stderr } = await finished(['connect', `127.0.0.1:${port}`, ...trust]);
  assert.is(code, 0, stderr);
  assert.match(stderr, /peer: verified/);
  assert.match(stderr, /0: CN=c\\e9/);
});

test('a file of those to trust: the odd one is named once, with file and number, the others count', async () => {
  const ca = file('bundle.pem', `\ufeff${pemOf(make.makeRoot('another').der)}${unreadable}${pemOf(root.der)}`);
  const verified = await finished(['verify', file('leaf.pem', server.cert), '--ca', ca, '--name', 'host.example']);
  assert.is(verified.code, 0, verified.stderr);
  assert.is(verified.stderr.match(/bundle\.pem: certificate 2 \(line \d+\) is left out: /g)?.length, 1);
  const { port } = await serve(...serverFlags(), '--echo');
  const connected = await finished(['connect', `127.0.0.1:${port}`, '--ca', ca, '--servername', 'host.example']);
  assert.is(connected.code, 0, connected.stderr);
  assert.match(connected.stderr, /bundle\.pem: certificate 2 \(line \d+\) is left out: /);
});

test('NODE_EXTRA_CA_CERTS with a byte order mark and an unreadable certificate: the readable one is trusted', async () => {
  const { port } = await serve(...serverFlags(), '--echo');
  const extra = file('extra.pem', `\ufeff${unreadable}${pemOf(root.der)}`);
  const command = [process.execPath, await commandFile(), 'connect', `127.0.0.1:${port}`];
  const child = start('env', `NODE_EXTRA_CA_CERTS=${extra}`, ...command, '--servername', 'host.example');
  const { code, stderr } = await child.end('x').finished();
  assert.is(code, 0, stderr);
  assert.match(stderr, /NODE_EXTRA_CA_CERTS: .*extra\.pem: certificate 1 \(line 1\) is left out/);
});

test('a chain file: others behind the certificate may be odd, the certificate itself may not', async () => {
  const ca = ['--ca', file('ca.pem', pemOf(root.der)), '--name', 'host.example'];
  const behind = await finished(['verify', file('chain.pem', `${server.cert}${unreadable}`), ...ca]);
  assert.is(behind.code, 0, behind.stderr);
  assert.match(behind.stderr, /chain\.pem: certificate 2 .* is left out/);
  const first = await finished(['verify', file('chain.pem', `${unreadable}${server.cert}`), ...ca]);
  assert.is(first.code, 1);
  assert.match(first.stderr, /ERR_CERT_MALFORMED: .*chain\.pem: certificate 1 \(line 1\): /);
  const key = file('server.key', server.key);
  const served = await finished(['serve', '--port', '0', '--cert', file('chain.pem', unreadable), '--key', key]);
  assert.match(served.stderr, /chain\.pem: certificate 1 \(line 1\): /);
  const list = file('lists.pem', x509CrlOf(unreadable));
  const listed = await finished(['verify', file('leaf.pem', server.cert), ...ca, '--crl', list]);
  assert.match(listed.stderr, /ERR_CERT_MALFORMED: .*lists\.pem: list 1: /);
});

test('keys of old: the error has the command to paste, which works; serve and connect say the same', async () => {
  const key = make.testKey('p256', 'leaf').privateKey;
  const old = file(
    'old.pem',
    key.export({ format: 'pem', type: 'sec1', cipher: 'aes-128-cbc', passphrase: 'x' }) as string,
  );
  const out = file('new.pem', '');
  const refused = await finished(['cert', 'convert', old, '--passphrase', 'x']);
  assert.is(refused.code, 1);
  const paste = /"castls (cert convert \S+ --legacy) --out NEW"/.exec(refused.stderr);
  assert.ok(paste?.[1].includes(old), refused.stderr);
  const args = [...paste![1].split(' '), '--passphrase', 'x', '--out', out, '--force'];
  const converted = await finished(args);
  assert.is(converted.code, 0, converted.stderr);
  assert.match(readFileSync(out, 'utf8'), /BEGIN ENCRYPTED PRIVATE KEY/);
  const certificate = ['--cert', file('server.crt', server.cert), '--key', old, '--passphrase', 'x'];
  for (const command of [
    ['serve', '--port', '0'],
    ['connect', '127.0.0.1:1'],
  ]) {
    const { code, stderr } = await finished([...command, ...certificate]);
    assert.is(code, 1);
    assert.ok(stderr.includes(`castls cert convert ${old} --legacy`), stderr);
  }
});

test('cert show: a request whose key is unknown shows the rest; a key with a byte order mark is one', async () => {
  const algorithm = d.seq(d.oid('1.2.840.10045.2.1'), d.oid('1.3.132.0.10'));
  const info = d.seq(d.int(0), latin1, d.seq(algorithm, d.bits(new Uint8Array(65))), d.tagged(0));
  const request = pemOf(
    d.seq(info, d.seq(d.oid('1.2.840.10045.4.3.2')), d.bits(new Uint8Array(8))),
    'CERTIFICATE REQUEST',
  );
  const shown = await finished(['cert', 'show', file('odd.csr', `\ufeff${request}`)]);
  assert.is(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /subject: CN=c\\e9/);
  assert.match(shown.stdout, /secp256k1 \(1\.3\.132\.0\.10\) is not supported/);
});

test('cert show: of each block what can be shown, in JSON too; of DER the error of the reader that came furthest', async () => {
  const usual = make.makeLeaf('host.example', root, dates);
  // A BOOLEAN that is neither true nor false: refused in every path, and shown.
  const odd = make.makeLeaf('odd.example', root, {
    ...dates,
    extensions: [make.altName(make.dns('odd.example')), make.extension('2.5.29.19', d.seq(d.tlv(1, Uint8Array.of(1))))],
  });
  const chain = file('chain.pem', pemOf(usual) + pemOf(odd));
  const shown = await finished(['cert', 'show', chain]);
  assert.match(shown.stdout, /DNS:host\.example[\s\S]*DNS:odd\.example[\s\S]*basicConstraints: \(malformed DER/);
  const asJson = await finished(['cert', 'show', '--json', chain]);
  assert.equal(
    JSON.parse(asJson.stdout).map((each: { names: string[] }) => each.names),
    [['DNS:host.example'], ['DNS:odd.example']],
  );
  const answer = make.makeOcsp(77, root, { responder: root.key });
  const path = file('answer.ocsp', '');
  // One octet more than the structure has.
  writeFileSync(path, d.join(answer.subarray(0, answer.length), Uint8Array.of(1)));
  assert.match((await finished(['cert', 'show', path])).stderr, /OCSP response: malformed DER/);
});

test.run();
