// Full TLS 1.3 handshakes between two connections in memory: negotiation, authentication, data, the end.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ClientHelloInfo } from '../../src/handshake/flow/settings.ts';
import { dataOf, kinds, makePair, type Pair, type PairOptions, pump, pumpLater } from '../support/pair.ts';
import { credential, testVerifier } from '../support/pki.ts';

const text = (value: string) => new TextEncoder().encode(value);

/** Sends a line both ways. */
function exchange(pair: Pair): void {
  assert.is(pair.client.write(text('hello')), 5);
  assert.is(pair.server.write(text('world')), 5);
  pump(pair);
  assert.equal(dataOf(pair.serverEvents), text('hello'));
  assert.equal(dataOf(pair.clientEvents), text('world'));
}

/** Closes both sides and checks that nothing is left of their secrets. */
function finish(pair: Pair): void {
  pair.client.close();
  pair.server.close();
  pump(pair);
  for (const events of [pair.clientEvents, pair.serverEvents]) {
    for (const event of events) if (event.kind === 'session') event.session.secret.dispose();
    assert.is(events.at(-1)?.kind, 'closed');
  }
  assert.is(pair.client.error, null);
  assert.is(pair.server.error, null);
  assert.is(pair.clientProvider.ledger.alive.size, 0);
  assert.is(pair.serverProvider.ledger.alive.size, 0);
}

function established(options: PairOptions = {}): Pair {
  const pair = makePair(options);
  pump(pair);
  assert.is(pair.client.error, null);
  assert.is(pair.server.error, null);
  assert.is(pair.client.state, 'established');
  assert.is(pair.server.state, 'established');
  return pair;
}

test('a client and a server with nothing set agree (§2)', () => {
  const pair = established();
  assert.equal(kinds(pair.clientEvents), ['established']);
  assert.equal(kinds(pair.serverEvents), ['established']);
  const { info } = pair.client;
  assert.is(info.protocolVersion, 'TLSv1.3');
  assert.is(info.cipherSuite?.name, 'TLS_AES_128_GCM_SHA256');
  assert.is(info.group?.name, 'x25519');
  assert.is(info.signatureScheme, 'ecdsa_secp256r1_sha256');
  assert.is(info.peer?.kind, 'verified-chain');
  assert.is(pair.server.info.serverName, 'example.test');
  assert.is(info.resumed, false);
  exchange(pair);
  finish(pair);
});

const suites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_CCM_SHA256',
  'TLS_AES_128_CCM_8_SHA256',
];
for (const suite of suites) {
  test(`${suite} carries data when both name it (§B.4)`, () => {
    const pair = established({ client: { cipherSuites: [suite] }, server: { cipherSuites: suites } });
    assert.is(pair.client.info.cipherSuite?.name, suite);
    exchange(pair);
    finish(pair);
  });
}

for (const group of ['x25519', 'x448', 'secp256r1', 'secp384r1', 'secp521r1']) {
  test(`the key exchange ${group} (§4.2.8)`, () => {
    const pair = established({ client: { groups: [group] } });
    assert.is(pair.server.info.group?.name, group);
    assert.is(pair.client.info.helloRetried, false);
    finish(pair);
  });
}

for (const name of ['server_p256', 'server_p384', 'server_rsa', 'server_ed25519'] as const) {
  test(`a server with the certificate ${name} (§4.4.3)`, () => {
    const pair = established({ server: { credentials: [credential(name)] } });
    assert.ok(pair.client.info.signatureScheme);
    finish(pair);
  });
}

test('the server presents the first certificate the client can verify (§4.4.2.2)', () => {
  const credentials = [credential('server_p256'), credential('server_rsa')];
  const pair = established({ client: { signatureSchemes: [0x0804] }, server: { credentials } });
  assert.is(pair.client.info.signatureScheme, 'rsa_pss_rsae_sha256');
  finish(pair);
});

test('a HelloRetryRequest asks for a group without a share (§4.1.4)', () => {
  const pair = established({ server: { groups: ['secp384r1'] } });
  assert.ok(pair.client.info.helloRetried);
  assert.ok(pair.server.info.helloRetried);
  assert.is(pair.client.info.group?.name, 'secp384r1');
  exchange(pair);
  finish(pair);
});

test('a HelloRetryRequest brings a cookie, and takes it back (§4.2.2)', () => {
  const pair = established({ server: { groups: ['secp384r1'], sendCookie: true } });
  assert.ok(pair.client.info.helloRetried);
  exchange(pair);
});

test('a server prefers a group it has a share for (§4.2.8)', () => {
  const pair = established({ server: { groups: ['secp384r1', 'x25519'] } });
  assert.not(pair.client.info.helloRetried);
  assert.is(pair.client.info.group?.name, 'x25519');
});

test('a client may send several shares, or one it does not prefer (§4.2.8)', () => {
  const pair = established({
    client: { keyShares: ['secp256r1', 'secp384r1'] },
    server: { groups: ['secp384r1', 'secp256r1'] },
  });
  assert.is(pair.client.info.group?.name, 'secp384r1');
  finish(pair);
});

test('ALPN: the server chooses in its order (RFC 7301 §3.2)', () => {
  const pair = established({ client: { alpn: ['http/1.1', 'h2'] }, server: { alpn: ['h2', 'http/1.1'] } });
  assert.is(pair.client.info.alpn, 'h2');
  assert.is(pair.server.info.alpn, 'h2');
});

test('ALPN: nothing in common ends the handshake (no_application_protocol, RFC 7301 §3.2)', () => {
  const pair = makePair({ client: { alpn: ['spdy'] }, server: { alpn: ['h2'] } });
  pump(pair);
  assert.is(pair.server.error?.code, 'ERR_NO_APPLICATION_PROTOCOL');
  assert.is(pair.client.error?.alert, 120);
});

test('ALPN: nothing in common can be allowed', () => {
  const pair = established({ client: { alpn: ['spdy'] }, server: { alpn: ['h2'], requireAlpnMatch: false } });
  assert.is(pair.client.info.alpn, null);
});

test('hooks that answer later: certificate, signature, verification, ALPN', async () => {
  const seen: ClientHelloInfo[] = [];
  const later = <T>(value: T) => new Promise<T>(done => setImmediate(() => done(value)));
  const pair = makePair({
    client: {
      verifier: testVerifier({ later: true }),
      alpn: ['h2'],
      credential: () => later(credential('client_p256')),
    },
    server: {
      credentials: hello => {
        seen.push(hello);
        return later(credential('server_rsa', { later: true }));
      },
      selectAlpn: hello => later(hello.alpn[0]),
      clientAuth: 'require',
      verifier: testVerifier({ later: true }),
    },
  });
  await pumpLater(pair);
  assert.is(pair.client.error, null);
  assert.is(pair.server.error, null);
  assert.is(pair.client.info.alpn, 'h2');
  assert.is(seen[0].serverName, 'example.test');
  exchange(pair);
  finish(pair);
});

test('a client certificate in the handshake (§4.3.2)', () => {
  for (const name of ['client_p256', 'client_rsa'] as const) {
    const pair = established({
      client: { credential: credential(name) },
      server: { clientAuth: 'require', verifier: testVerifier() },
    });
    assert.is(pair.server.info.peer?.kind, 'verified-chain');
    assert.equal(pair.server.info.peerCertificates[0], credential(name).certificateChain[0]);
    assert.ok(pair.server.info.clientSignatureScheme);
    exchange(pair);
    finish(pair);
  }
});

test('a client without certificate passes where one is only asked for (§4.4.2.4)', () => {
  const pair = established({ server: { clientAuth: 'request', verifier: testVerifier() } });
  assert.is(pair.server.info.peer, null);
  finish(pair);
});

test('a client without certificate is refused where one is required (certificate_required, §4.4.2.4)', () => {
  const pair = makePair({ server: { clientAuth: 'require', verifier: testVerifier() } });
  pump(pair);
  assert.is(pair.server.error?.code, 'ERR_CERTIFICATE_REQUIRED');
  assert.is(pair.client.error?.alert, 116);
});

test('a client certificate after the handshake (§4.6.2)', () => {
  const pair = established({
    client: { credential: credential('client_p256'), postHandshakeAuth: true },
    server: { verifier: testVerifier() },
  });
  assert.is(pair.server.info.peer, null);
  pair.server.requestClientCertificate();
  pump(pair);
  assert.equal(kinds(pair.serverEvents), ['established', 'clientAuthenticated']);
  assert.is(pair.server.info.peer?.kind, 'verified-chain');
  exchange(pair);
  pair.server.requestClientCertificate();
  pump(pair);
  assert.equal(kinds(pair.serverEvents).at(-1), 'clientAuthenticated');
  finish(pair);
});

test('after the handshake, with hooks that answer later and data meanwhile (§4.6.2)', async () => {
  const later = new Promise<ReturnType<typeof credential>>(done => setTimeout(() => done(credential('client_rsa')), 5));
  const pair = established({
    client: { credential: () => later, postHandshakeAuth: true },
    server: { verifier: testVerifier({ later: true }) },
  });
  pair.server.requestClientCertificate();
  pump(pair);
  exchange(pair);
  await new Promise(done => setTimeout(done, 20));
  await pumpLater(pair);
  assert.is(pair.server.info.peer?.kind, 'verified-chain');
  finish(pair);
});

test('a server does not ask a client that did not offer it (§4.2.6)', () => {
  const pair = established({ server: { verifier: testVerifier() } });
  assert.throws(() => pair.server.requestClientCertificate(), /did not offer/);
});

test('an untrusted server is refused, an unverified one only by the dangerous switch (bad_certificate, §4.4.2.4)', () => {
  const target = { serverName: 'other.test' };
  const refused = makePair({ target });
  pump(refused);
  assert.is(refused.client.error?.code, 'ERR_CERT_NAME_MISMATCH');
  assert.is(refused.server.error?.alert, 42);
  const nobody = makePair({ client: { verifier: undefined } });
  pump(nobody);
  assert.is(nobody.client.error?.code, 'ERR_CERT_NO_TRUST_ANCHORS');
  const dangerous = established({ target, client: { dangerouslyContinueUnverified: true } });
  assert.is(dangerous.client.info.peer?.kind, 'unverified');
  assert.is(dangerous.client.info.peer?.failure?.code, 'ERR_CERT_NAME_MISMATCH');
});

test('OCSP staple and certificate timestamps reach the verifier (§4.4.2.1)', () => {
  const seen: Parameters<ReturnType<typeof testVerifier>['verify']>[0][] = [];
  const ocspResponse = Uint8Array.of(0x30, 3, 10, 1, 0);
  const signedCertificateTimestamps = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
  const pair = established({
    client: { verifier: testVerifier({ seen }) },
    server: { credentials: [credential('server_p256', { ocspResponse, signedCertificateTimestamps })] },
  });
  assert.equal(seen[0].ocspResponse, ocspResponse);
  assert.equal(seen[0].signedCertificateTimestamps, signedCertificateTimestamps);
  assert.equal(pair.client.info.peerOcspResponse, ocspResponse);
  const without = established({
    client: { verifier: testVerifier({ seen }), requestOcspStaple: false, requestCertificateTimestamps: false },
    server: { credentials: [credential('server_p256', { ocspResponse, signedCertificateTimestamps })] },
  });
  assert.is(without.client.info.peerOcspResponse, null);
  assert.is(seen[1].signedCertificateTimestamps, undefined);
});

test('record_size_limit holds both ways (RFC 8449 §4)', () => {
  const pair = established({ client: { recordSizeLimit: 512 }, server: { recordSizeLimit: 1024 } });
  const longest = (chunks: Uint8Array[]) => {
    const bytes = Buffer.concat(chunks);
    let most = 0;
    for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) {
      most = Math.max(most, bytes.readUInt16BE(at + 3));
    }
    return { most, bytes: new Uint8Array(bytes) };
  };
  pair.server.write(new Uint8Array(5000));
  const toClient = longest(pair.server.takeOutput());
  assert.is(toClient.most, 512 + 16);
  pair.client.receive(toClient.bytes);
  pair.client.write(new Uint8Array(5000));
  const toServer = longest(pair.client.takeOutput());
  assert.is(toServer.most, 1024 + 16);
  pair.server.receive(toServer.bytes);
  pump(pair);
  assert.is(dataOf(pair.clientEvents).length, 5000);
  assert.is(dataOf(pair.serverEvents).length, 5000);
});

test('the ClientHello may come byte by byte, and so may all the rest (§5.1)', () => {
  const pair = makePair();
  for (let round = 0; round < 4; round++) {
    for (const byte of Buffer.concat(pair.client.takeOutput())) pair.server.receive(Uint8Array.of(byte));
    for (const byte of Buffer.concat(pair.server.takeOutput())) pair.client.receive(Uint8Array.of(byte));
  }
  assert.is(pair.client.state, 'established');
  assert.is(pair.server.state, 'established');
});

test('SNI is not sent for an IP address, which is verified all the same (RFC 6066 §3)', () => {
  const pair = established({ target: { serverName: '127.0.0.1' } });
  assert.is(pair.server.info.serverName, null);
  assert.is(pair.client.info.peer?.kind, 'verified-chain');
});

test.run();
