// castls connect and serve with keys beside those of certificates: raw public keys (RFC 7250) to and from GnuTLS, pinned keys,
// delegated credentials (RFC 9345).

import { createHash, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as x509 from '../../src/x509.ts';
import { accepting, cleanUp, freePort, keyPair } from '../support/node_tls.ts';
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

const DAY = 86_400_000;

test('a delegated credential is shown to who takes it', async () => {
  const now = Date.now();
  const dates = { notBefore: now - DAY, notAfter: now + 30 * DAY };
  const [authorityKey, serverKey, delegatedKey] = await Promise.all(
    [1, 2, 3].map(() => x509.generatePrivateKey({ type: 'ec', curve: 'P-256' })),
  );
  const authority = await x509.issueSelfSigned(
    { profile: 'ca', subject: 'CN=authority', ...dates },
    { key: authorityKey },
  );
  const subject = { subject: 'CN=localhost', altNames: ['localhost'], publicKey: serverKey.publicKey };
  const certificate = await x509.issueCertificate(
    { profile: 'server', ...subject, delegationUsage: true, ...dates },
    { certificate: authority, key: authorityKey },
  );
  const delegated = await x509.issueDelegatedCredential(
    { publicKey: delegatedKey.publicKey, notAfter: now + DAY },
    { certificate, signer: x509.signerOf(serverKey) },
  );
  const file = (name: string, content: Uint8Array | string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const ca = file('ca.der', authority.der);
  const own = [
    '--cert',
    file('server.der', certificate.der),
    '--key',
    file('server.key', x509.writePrivateKey(serverKey)),
  ];
  const use = ['--delegated-credential', file('dc', delegated)];
  const { port } = await serve(
    ...own,
    ...use,
    '--delegated-key',
    file('dc.key', x509.writePrivateKey(delegatedKey)),
    '--echo',
  );
  for (const takes of [true, false]) {
    const flags = [
      '--ca',
      ca,
      '--servername',
      'localhost',
      '--json',
      ...(takes ? ['--accept-delegated-credentials'] : []),
    ];
    const command = await castls('connect', `127.0.0.1:${port}`, ...flags);
    command.write('delegated\n');
    await command.printed(/delegated/);
    const { code, stderr } = await command.end().finished();
    assert.is(code, 0, stderr);
    assert.is(JSON.parse(stderr).delegatedCredential, takes);
  }
  const alone = await castls('serve', '--port', '0', ...own, ...use);
  const { code, stderr } = await alone.finished();
  assert.is(code, 1);
  assert.match(stderr, /--delegated-key/);
});

test.run();
