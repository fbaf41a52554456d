// castls connect and serve with keys beside those of certificates: raw public keys (RFC 7250) to and from GnuTLS, pinned keys,
// delegated credentials (RFC 9345), which castls cert delegate makes.

import { createHash, createPublicKey } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accepting, cleanUp, freePort, keyPair } from '../support/node_tls.ts';
import { tool } from '../support/openssl.ts';
import { castls, hasPeer, serve, start } from '../support/programs.ts';

test.after.each(cleanUp);

const folder = mkdtempSync(join(tmpdir(), 'castls-keys-'));
test.after(() => rmSync(folder, { recursive: true }));

function raw(name: string) {
  const publicKey = createPublicKey(keyPair(name).key);
  const [keyFile, publicFile] = [`test/fixtures/${name}.key`, join(folder, `${name}.pub`)];
  writeFileSync(publicFile, publicKey.export({ type: 'spki', format: 'pem' }));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return { keyFile, publicFile, pin: `sha256/${createHash('sha256').update(spki).digest('base64')}` };
}

const [server, client] = [raw('server_p256'), raw('client_rsa')];
const types = ['--peer-certificate-types', 'RawPublicKey'];

if (hasPeer('gnutls-cli', 'raw public keys with gnutls-cli and gnutls-serv')) {
  for (const version of ['1.3', '1.2']) {
    const own = ['--min-version', version, '--max-version', version];
    const priority = `NORMAL:-VERS-ALL:+VERS-TLS${version}:-CTYPE-ALL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK`;

    test(`TLS ${version}: castls connect to gnutls-serv, a raw key on each side`, async () => {
      const port = await freePort();
      const files = ['--rawpkkeyfile', server.keyFile, '--rawpkfile', server.publicFile];
      start('gnutls-serv', '-p', String(port), '--echo', '--priority', priority, ...files, '-a');
      await accepting(port);
      for (const pin of [server.publicFile, server.pin]) {
        const flags = ['--raw-key', client.keyFile, '--pinned-key', pin, ...types, ...own, '--json'];
        const command = await castls('connect', `127.0.0.1:${port}`, ...flags);
        command.write('raw and back\n');
        await command.printed(/raw and back/);
        const { code, stderr } = await command.end().finished();
        assert.is(code, 0, stderr);
        const { protocol, peerRawPublicKey, authorized, peerCertificates } = JSON.parse(stderr);
        assert.equal([protocol, peerRawPublicKey, authorized], [`TLSv${version}`, server.pin, true]);
        assert.equal(peerCertificates, []);
      }
    });

    test(`TLS ${version}: gnutls-cli to castls serve, a raw key on each side`, async () => {
      const flags = ['--raw-key', server.keyFile, '--pinned-key', client.publicFile, ...types, '--require-client-cert'];
      const { server: command, port } = await serve(...flags, ...own, '--echo', '--json');
      const files = ['--rawpkkeyfile', client.keyFile, '--rawpkfile', client.publicFile];
      const peer = start('gnutls-cli', '-p', port, '127.0.0.1', '--priority', priority, '--insecure', ...files);
      peer.write('from GnuTLS\n');
      await peer.printed(/^from GnuTLS/m);
      const [line] = await command.printed(/^\{.*\}$/m, 'stderr');
      const { peerRawPublicKey, authorized } = JSON.parse(line);
      assert.equal([peerRawPublicKey, authorized], [client.pin, true]);
    });
  }
}

test('a key that is not pinned ends the command, and says why', async () => {
  const { port } = await serve('--raw-key', server.keyFile, '--echo');
  const command = await castls('connect', `127.0.0.1:${port}`, ...types, '--pinned-key', client.pin);
  const { code, stderr } = await command.end().finished();
  assert.is(code, 1);
  assert.match(stderr, /none of those that are pinned/);
});

const made = (name: string): string => join(folder, name);

/** Runs a command that makes files. */
async function make(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await (await castls('cert', ...args)).finished();
  assert.is(code, 0, stderr);
  return stdout;
}

/** A CA, a certificate for localhost that may delegate, and what it delegated: all by the command. */
async function delegation(name: string, ...flags: string[]) {
  const file = (end: string) => made(`${name}${end}`);
  await make('ca', '--out', file('.ca'), '--key-out', file('.ca.key'));
  const ca = ['--ca', file('.ca'), '--ca-key', file('.ca.key')];
  const out = ['--out', file('.crt'), '--key-out', file('.key')];
  await make('issue', 'localhost', ...ca, ...out, '--key-type', 'p384', '--delegation');
  const summary = await make('delegate', file('.crt'), '--cert-key', file('.key'), '--json', ...flags);
  return { ca: file('.ca'), cert: file('.crt'), key: file('.key'), summary: JSON.parse(summary) };
}

test('cert delegate: serve shows what it made to who takes it', async () => {
  const { ca, cert, key, summary } = await delegation('served');
  const { out, keyOut, notAfter, ...what } = summary;
  assert.equal([out, keyOut], [made('served.dc'), made('served.dc.key')]);
  assert.equal(what, { subject: 'CN=localhost', role: 'server', publicKey: 'EC P-256' });
  assert.ok(Math.abs(Date.parse(notAfter) - Date.now() - 3 * 86_400_000) < 60_000);
  assert.is(statSync(keyOut).mode & 0o077, 0);
  const own = ['--cert', cert, '--key', key];
  const use = ['--delegated-credential', out];
  const { port } = await serve(...own, ...use, '--delegated-key', keyOut, '--echo');
  for (const takes of [true, false]) {
    const accepted = takes ? ['--accept-delegated-credentials'] : [];
    const command = await castls(
      'connect',
      `127.0.0.1:${port}`,
      '--ca',
      ca,
      '--servername',
      'localhost',
      '--json',
      ...accepted,
    );
    command.write('delegated\n');
    await command.printed(/delegated/);
    const { code, stderr } = await command.end().finished();
    assert.is(code, 0, stderr);
    const { delegatedCredential, signatureAlgorithm } = JSON.parse(stderr);
    assert.is(delegatedCredential, takes);
    assert.is(signatureAlgorithm, takes ? 'ecdsa_secp256r1_sha256' : 'ecdsa_secp384r1_sha384');
  }
  const { port: withoutKey } = await serve('--cert', cert, ...use, '--delegated-key', keyOut, '--echo');
  const rows: [string[], RegExp][] = [
    [['--accept-delegated-credentials'], /^(?!castls: )/],
    [[], /^castls: ERR_ALERT_RECEIVED: .*handshake_failure/],
  ];
  for (const [flags, words] of rows) {
    const trust = ['--ca', ca, '--servername', 'localhost'];
    const { stderr } = await (await castls('connect', `127.0.0.1:${withoutKey}`, ...trust, ...flags)).end().finished();
    assert.match(stderr, words);
  }
  const alone = await castls('serve', '--port', '0', ...own, ...use);
  const { code, stderr } = await alone.finished();
  assert.is(code, 1);
  assert.match(stderr, /--delegated-key/);
});

if (hasPeer('tstclnt', 'a delegated credential of the command with tstclnt')) {
  test("cert delegate: NSS's tstclnt takes it", async () => {
    const { ca, cert, key, summary } = await delegation('taken');
    const database = `sql:${mkdtempSync(made('nss-'))}`;
    tool('certutil', ['-N', '-d', database, '--empty-password']);
    tool('certutil', ['-A', '-a', '-d', database, '-n', 'authority', '-t', 'CT,C,C', '-i', ca]);
    const use = ['--delegated-credential', summary.out, '--delegated-key', summary.keyOut];
    const { server: command, port } = await serve('--cert', cert, '--key', key, ...use, '--json');
    const names = ['-h', '127.0.0.1', '-p', port, '-a', 'localhost', '-d', database];
    const peer = start('tstclnt', ...names, '-V', 'tls1.3:tls1.3', '-B');
    peer.write('hello\n');
    const [line] = await command.printed(/^\{.*\}$/m, 'stderr');
    // The certificate's own key is on P-384.
    assert.is(JSON.parse(line).signatureAlgorithm, 'ecdsa_secp256r1_sha256');
  });
}

test('cert delegate: for a client, with a key that is there, in a scheme of its own', async () => {
  await make('ca', '--out', made('of_clients'), '--key-out', made('of_clients.key'));
  const ca = ['--ca', made('of_clients'), '--ca-key', made('of_clients.key')];
  const out = ['--out', made('a_client.crt'), '--key-out', made('a_client.key')];
  await make('issue', 'client', ...ca, ...out, '--profile', 'client', '--delegation');
  await make('self-signed', 'unused', '--key-type', 'ed25519', '--key-out', made('ed.key'), '--out', made('ed.crt'));
  const content = ['--role', 'client', '--scheme', 'ed25519', '--key', made('ed.key'), '--days', '0.5'];
  await make('delegate', made('a_client.crt'), '--cert-key', made('a_client.key'), ...content);
  const asks = ['--client-ca', made('of_clients'), '--require-client-cert', '--accept-delegated-credentials'];
  const identity = ['--cert', 'test/fixtures/server_p256.crt', '--key', 'test/fixtures/server_p256.key'];
  const { server: command, port } = await serve(...identity, ...asks, '--echo', '--json');
  const own = ['--cert', made('a_client.crt'), '--key', made('a_client.key')];
  const use = ['--delegated-credential', made('a_client.dc'), '--delegated-key', made('ed.key')];
  const trust = ['--ca', 'test/fixtures/ca.crt', '--servername', 'localhost'];
  const client = await castls('connect', `127.0.0.1:${port}`, ...trust, ...own, ...use);
  client.write('who am I\n');
  await client.printed(/who am I/);
  const [line] = await command.printed(/^\{.*\}$/m, 'stderr');
  assert.is(JSON.parse(line).delegatedCredential, true);
  const { code, stderr } = await client.end().finished();
  assert.is(code, 0, stderr);
});

test('cert delegate refuses what no peer would take, and writes nothing', async () => {
  const { cert, key } = await delegation('refused');
  const other = await delegation('of_another');
  const common = ['--out', made('none.dc'), '--key-out', made('none.key')];
  const rows: [string[], RegExp][] = [
    [[cert, '--cert-key', key, '--days', '8'], /seven days/],
    [[cert, '--cert-key', key, '--days', 'some'], /--days some is no number/],
    [[cert, '--cert-key', key, '--not-after', '2020-01-01'], /notAfter is past/],
    [[cert, '--cert-key', other.key], /is not that of the certificate/],
    [[cert, '--cert-key', key, '--role', 'both'], /server or client/],
    [[cert, '--cert-key', key, '--key-type', 'rsa'], /nothing can be delegated to this rsa key/],
    [[cert, '--cert-key', key, '--scheme', 'ed25519'], /nothing can be delegated to this ec key by ed25519/],
    [[cert, '--cert-key', key, '--scheme', 'sha1'], /--scheme sha1/],
    [
      ['test/fixtures/server_p256.crt', '--cert-key', 'test/fixtures/server_p256.key'],
      /no DelegationUsage.*--delegation/,
    ],
  ];
  for (const [args, words] of rows) {
    const { code, stderr } = await (await castls('cert', 'delegate', ...args, ...common)).finished();
    assert.is(code, 1, args.join(' '));
    assert.match(stderr, words);
    assert.match(stderr, /^castls: ERR_/);
    for (const file of [made('none.dc'), made('none.key')]) assert.not(existsSync(file), file);
  }
});

test.run();
