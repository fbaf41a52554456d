// Delegated credentials (RFC 9345): NSS's tstclnt takes a key that castls delegated to.

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/index.ts';
import * as x509 from '../../src/x509.ts';
import { cleanUp, later, within } from '../support/node_tls.ts';
import { scratch, tool, write } from '../support/openssl.ts';
import { run, withPeer } from '../support/peers.ts';

test.after.each(cleanUp);

const DAY = 86_400_000;

async function delegation() {
  const now = Date.now();
  const dates = { notBefore: now - DAY, notAfter: now + 30 * DAY };
  const [authorityKey, serverKey, delegatedKey] = await Promise.all(
    [1, 2, 3].map(() => x509.generatePrivateKey({ type: 'ec', curve: 'P-256' })),
  );
  const authority = await x509.issueSelfSigned(
    { profile: 'ca', subject: 'CN=delegating authority', ...dates },
    { key: authorityKey },
  );
  const certificate = await x509.issueCertificate(
    {
      profile: 'server',
      subject: 'CN=example.test',
      altNames: ['example.test'],
      publicKey: serverKey.publicKey,
      delegationUsage: true,
      ...dates,
    },
    { certificate: authority, key: authorityKey },
  );
  const delegated = await x509.issueDelegatedCredential(
    { publicKey: delegatedKey.publicKey, notAfter: now + DAY },
    { certificate, signer: x509.signerOf(serverKey) },
  );
  const credential = castls.delegatedCredential({
    cert: certificate.der,
    delegated,
    key: x509.writePrivateKey(delegatedKey),
  });
  return { authority, credential };
}

/** Resolves with the connection when the client has said something. */
function serve(socket: Socket, config: castls.ServerConfig): Promise<castls.Connection> {
  const tls = new castls.Connection(config.settings(), config);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed: ${tls.error?.message}`)));
    socket.on('data', chunk => {
      tls.receive(chunk);
      for (let next = tls.nextEvent(); next !== null; next = tls.nextEvent()) if (next.kind === 'data') resolve(tls);
      for (const record of tls.takeOutput()) socket.write(record);
    });
  });
}

withPeer("NSS's tstclnt", ['tstclnt', 'certutil'], () => {
  test('tstclnt to castls: a delegated key, alone', async () => {
    const { authority, credential } = await delegation();
    const database = `sql:${scratch('')}`;
    tool('certutil', ['-N', '-d', database, '--empty-password']);
    const file = write('delegating.crt', authority.der);
    tool('certutil', ['-A', '-d', database, '-n', 'delegating', '-t', 'CT,C,C', '-i', file]);
    const config = castls.serverConfig({ credentials: [credential] });
    const server = createServer();
    later(() => server.close());
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
    const met = new Promise<castls.Connection>((resolve, reject) => {
      server.on('connection', socket => {
        later(() => socket.destroy());
        serve(socket, config).then(resolve, reject);
      });
    });
    const { port } = server.address() as AddressInfo;
    run('tstclnt', [
      ...['-h', '127.0.0.1', '-p', `${port}`, '-a', 'example.test', '-d', database],
      ...['-V', 'tls1.3:tls1.3', '-B'],
    ]).write('hello\n');
    const { info } = await within('a word of tstclnt', met);
    assert.is(info.signatureScheme, 'ecdsa_secp256r1_sha256');
  });
});

test.run();
