// Options and methods of castls/node one by one: key forms, Signers, staples, ALPNCallback, setKeyCert, Finished messages.

import { execFileSync } from 'node:child_process';
import { createDiffieHellmanGroup, createPrivateKey, webcrypto } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/node.ts';
import { webCryptoSigner } from '../../src/webcrypto/signer.ts';
import { int, seq } from '../support/der.ts';
import {
  ca,
  cleanUp,
  client,
  connected,
  event,
  fixture,
  keyPair,
  later,
  listen,
  node,
  own,
  rawServer,
  readAll,
} from '../support/node_tls.ts';
import { hasPeer } from '../support/programs.ts';

test.after.each(cleanUp);

type Subtle = webcrypto.SubtleCrypto;
const subtle = webcrypto.subtle as Subtle;

async function nonExtractable(name: string, algorithm: Parameters<Subtle['importKey']>[2]): Promise<castls.Signer> {
  const pkcs8 = createPrivateKey(fixture(`${name}.key`)).export({ type: 'pkcs8', format: 'der' });
  const key = await subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  return webCryptoSigner(key as never);
}

const keys = {
  ECDSA: { name: 'p256', algorithm: { name: 'ECDSA', namedCurve: 'P-256' } },
  'RSA-PSS': { name: 'rsa', algorithm: { name: 'RSA-PSS', hash: 'SHA-256' } },
  'PKCS#1 v1.5': { name: 'rsa', algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } },
};

for (const [kind, { name, algorithm }] of Object.entries(keys)) {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    // RFC 9846 §4.2.3: PKCS#1 v1.5 signs no handshake of TLS 1.3.
    if (kind === 'PKCS#1 v1.5' && version === 'TLSv1.3') continue;
    test(`a non-extractable CryptoKey signs: ${kind}, ${version}, server and client`, async () => {
      const server = castls.createServer(
        {
          key: await nonExtractable(`server_${name}`, algorithm),
          cert: fixture(`server_${name}.crt`),
          requestCert: true,
          ca,
          maxVersion: version,
        },
        socket => socket.end(socket.getPeerCertificate().subject.CN),
      );
      later(() => server.close());
      server.listen(0, '127.0.0.1');
      await event(server, 'listening');
      const { port } = server.address() as { port: number };
      const identity = { cert: fixture(`client_${name}.crt`), key: await nonExtractable(`client_${name}`, algorithm) };
      const socket = castls.connect({ port, host: '127.0.0.1', servername: 'example.test', ca, ...identity });
      later(() => socket.destroy());
      assert.ok(String(await readAll(socket)).length > 0);
      assert.is(socket.getProtocol(), version);
    });
  }
}

if (hasPeer('openssl', 'PKCS#12')) {
  test('pfx brings certificate and key', async () => {
    const pair = ['-inkey', 'test/fixtures/server_rsa.key', '-in', 'test/fixtures/server_rsa.crt'];
    const pfx = execFileSync('openssl', ['pkcs12', '-export', ...pair, '-passout', 'pass:open sesame']);
    const { port } = await listen(own, { cert: undefined, key: undefined, pfx, passphrase: 'open sesame' });
    const socket = await connected(node, port);
    assert.is(socket.getPeerCertificate().bits, 2048);
    assert.throws(
      () => castls.createSecureContext({ pfx, passphrase: 'wrong' }),
      (error: castls.TlsError) => error.code === 'ERR_WRONG_PASSWORD',
    );
  });
}

test('ALPNCallback chooses, or refuses (no_application_protocol)', async () => {
  const seen: object[] = [];
  const { port } = await listen(own, {
    ALPNCallback(offer) {
      seen.push(offer);
      return offer.protocols.includes('good') ? 'good' : undefined;
    },
  });
  const socket = await connected(node, port, { ALPNProtocols: ['bad', 'good'] });
  assert.is(socket.alpnProtocol, 'good');
  assert.equal(seen, [{ servername: 'example.test', protocols: ['bad', 'good'] }]);
  const error = await event<NodeJS.ErrnoException & { alert?: number }>(
    client(own, port, { ALPNProtocols: ['bad'] }),
    'error',
  );
  assert.is(error.alert, 120);
});

test('OCSPRequest staples what the listener answers; requestOCSP shows it', async () => {
  const staple = Buffer.from('30030a0106', 'hex');
  const { server, port } = await listen(own);
  const asked: Buffer[] = [];
  server.on('OCSPRequest', (certificate, _issuer, callback) => {
    asked.push(certificate);
    callback(null, staple);
  });
  const socket = client(node, port, { requestOCSP: true } as object);
  assert.ok((await event<Buffer>(socket, 'OCSPResponse')).equals(staple));
  assert.is(asked.length, 1);
  const none = await listen(own);
  assert.is(await event(client(own, none.port, { requestOCSP: true } as object), 'OCSPResponse'), null);
});

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  test(`${version}: getFinished and getPeerFinished are those of node:tls`, async () => {
    const { server, port, sockets } = await listen(node, { maxVersion: version });
    const accepted = event(server, 'secureConnection');
    const socket = await connected(own, port);
    await accepted;
    assert.ok(socket.getFinished()?.equals(sockets[0].getPeerFinished() as Buffer));
    assert.ok(socket.getPeerFinished()?.equals(sockets[0].getFinished() as Buffer));
  });

  test(`${version}: getSharedSigalgs, getEphemeralKeyInfo, getCertificate, getPeerCertificate(true)`, async () => {
    const { server, port, sockets } = await listen(own, { maxVersion: version });
    const accepted = event(server, 'secureConnection');
    const socket = await connected(node, port, { ecdhCurve: 'X25519:P-256' });
    await accepted;
    const [ours] = sockets;
    assert.ok(ours.getSharedSigalgs().includes('ECDSA+SHA256'));
    assert.is(ours.getEphemeralKeyInfo(), null);
    assert.equal((ours.getCertificate() as { subject: object }).subject, socket.getPeerCertificate().subject);
    const again = await connected(own, port, { ecdhCurve: 'X25519:P-256' });
    assert.equal({ ...again.getEphemeralKeyInfo() }, { ...socket.getEphemeralKeyInfo() });
    const [mine, theirs] = [again.getPeerCertificate(true), socket.getPeerCertificate(true)];
    assert.is(mine.fingerprint256, theirs.fingerprint256);
    assert.is(mine.issuerCertificate.subject.CN, theirs.issuerCertificate.subject.CN);
    assert.equal(Object.keys(mine).sort(), Object.keys(theirs).sort());
  });
}

test('minDHSize is the smallest DHE group a client takes: 2048 bits unless it says less', async () => {
  const prime = createDiffieHellmanGroup('modp2').getPrime(); // 1,024 bits
  const parameters = Buffer.from(seq(int(BigInt(`0x${prime.toString('hex')}`)), int(2))).toString('base64');
  const dhparam = `-----BEGIN DH PARAMETERS-----\n${parameters}\n-----END DH PARAMETERS-----\n`;
  const ciphers = 'DHE-RSA-AES128-GCM-SHA256';
  const rsa = { ...keyPair('server_rsa'), dhparam, ciphers: `${ciphers}:@SECLEVEL=0`, maxVersion: 'TLSv1.2' } as const;
  const { port } = await listen(node, rsa);
  for (const minDHSize of [undefined, 1025, 2048]) {
    const error = await event<castls.TlsError>(client(own, port, { ciphers, minDHSize }), 'error');
    assert.is(error.code, 'ERR_WEAK_KEY');
  }
  const socket = await connected(own, port, { ciphers, minDHSize: 1024 });
  assert.is(socket.getCipher().name, ciphers);
  assert.equal({ ...socket.getEphemeralKeyInfo() }, { type: 'DH', size: 1024 });
  for (const minDHSize of [512, 9000, Number.NaN, '1024' as never]) {
    const error = await event<castls.TlsError>(client(own, port, { ciphers, minDHSize }), 'error');
    assert.is(error.code, 'ERR_INVALID_ARGUMENT');
  }
});

test('setKeyCert from inside of SNICallback', async () => {
  const raw = await rawServer(stream => {
    const socket = new castls.TLSSocket(stream, {
      isServer: true,
      ...keyPair('server_p256'),
      SNICallback(_name, callback) {
        socket.setKeyCert(keyPair('server_rsa'));
        callback(null, null);
      },
    });
    socket.on('error', () => {});
  });
  const socket = await connected(own, raw);
  assert.is(socket.getPeerCertificate().bits, 2048);
});

test.run();
