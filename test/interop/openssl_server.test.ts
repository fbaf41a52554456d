// Clients of castls against openssl s_server.

import type { ConnectionOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CipherSuite13 } from '../../src/registry/cipher_suites.ts';
import { ownCode } from '../support/code_of.ts';
import { cleanUp, client, connected, event, own, readBytes } from '../support/node_tls.ts';
import {
  authority,
  clientCertificate,
  type KeyKind,
  keyKinds,
  ocspResponse,
  schemeOf,
  serverCertificate,
  strangers,
} from '../support/peer_certificates.ts';
import {
  answers,
  assertNegotiated,
  castlsSocket,
  type Expected,
  freePort,
  identity,
  infoOf,
  type Peer,
  pattern,
  run,
  withPeer,
} from '../support/peers.ts';
import { suites12 } from '../support/suites12.ts';

test.after.each(cleanUp);

interface Serving {
  readonly peer: Peer;
  readonly port: number;
}

/** s_server on a port that it picks. */
async function sServer(kind: KeyKind, ...args: string[]): Promise<Serving> {
  const { certFile, keyFile } = serverCertificate(kind);
  const peer = run('openssl', ['s_server', '-accept', '127.0.0.1:0', '-cert', certFile, '-key', keyFile, ...args]);
  const [, port] = await peer.says(/^ACCEPT 127\.0\.0\.1:(\d+)$/m);
  return { peer, port: Number(port) };
}

interface Row {
  readonly name: string;
  readonly certificate?: KeyKind;
  readonly server?: readonly string[];
  readonly client?: ConnectionOptions;
  readonly expected: Expected;
}

const trusting = (options: ConnectionOptions = {}): ConnectionOptions => ({ ca: authority().cert, ...options });

/** Connects, has a line reversed, ends in order. */
async function connects({ certificate = 'p256', server = [], client: options, expected }: Row): Promise<void> {
  const { port } = await sServer(certificate, '-rev', ...server);
  const socket = await connected(own, port, trusting(options));
  assertNegotiated(socket, expected);
  assert.is(socket.authorized, true);
  socket.write('sltsac\n');
  assert.is(String(await readBytes(socket, 7)), 'castls\n');
  socket.end();
  await event(socket, 'close');
}

const lax = '@SECLEVEL=0';

const rows: Row[] = [
  ...Object.keys(CipherSuite13).map(suite => ({
    name: `TLS 1.3 suite ${suite}`,
    server: ['-ciphersuites', Object.keys(CipherSuite13).join(':')],
    client: { ciphers: suite },
    expected: { protocol: 'TLSv1.3', suite },
  })),
  ...['x25519', 'secp256r1', 'secp384r1', 'secp521r1', 'x448', 'ffdhe2048', 'ffdhe3072'].map(group => ({
    name: `TLS 1.3 group ${group}`,
    server: ['-groups', 'X25519:P-256:P-384:P-521:X448:ffdhe2048:ffdhe3072'],
    client: { ecdhCurve: group },
    expected: { protocol: 'TLSv1.3', group },
  })),
  ...keyKinds.map(kind => ({
    name: `TLS 1.3 with ${kind}`,
    certificate: kind,
    expected: { protocol: 'TLSv1.3', scheme: schemeOf[kind] },
  })),
  ...suites12.map(({ name, openssl, certificate, keyExchange }) => ({
    name: `TLS 1.2 suite ${name}`,
    certificate,
    server: ['-tls1_2', '-cipher', `${openssl}:${lax}`],
    client: { ciphers: name },
    expected: { protocol: 'TLSv1.2', suite: name, ...(keyExchange === 'rsa' ? { group: null, scheme: null } : {}) },
  })),
  ...['x25519', 'secp256r1', 'secp384r1', 'secp521r1', 'x448'].map(group => ({
    name: `TLS 1.2 group ${group}`,
    certificate: 'rsa' as const,
    server: ['-tls1_2', '-groups', 'X25519:P-256:P-384:P-521:X448'],
    client: { ecdhCurve: group },
    expected: { protocol: 'TLSv1.2', group },
  })),
  ...keyKinds.map(kind => ({
    name: `TLS 1.2 with ${kind}`,
    certificate: kind,
    server: ['-tls1_2'],
    expected: { protocol: 'TLSv1.2', scheme: kind.startsWith('p') ? 'ecdsa_secp256r1_sha256' : schemeOf[kind] },
  })),
  { name: 'the defaults of both need no HelloRetryRequest', expected: { protocol: 'TLSv1.3', group: 'x25519' } },
  {
    name: 'a HelloRetryRequest for another group',
    server: ['-groups', 'P-384'],
    expected: { protocol: 'TLSv1.3', group: 'secp384r1', retried: true },
  },
  { name: 'CBC without encrypt-then-MAC', ...cbc('-no_etm') },
  { name: 'CBC with encrypt-then-MAC (RFC 7366)', ...cbc() },
  { name: 'records with padding (RFC 9846 §5.4)', server: ['-record_padding', '512'], expected: {} },
];

function cbc(...server: string[]): Omit<Row, 'name'> {
  const suite = 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384';
  return {
    certificate: 'rsa',
    server,
    client: { ciphers: suite, maxVersion: 'TLSv1.2' },
    expected: { protocol: 'TLSv1.2', suite },
  };
}

withPeer('openssl s_server', ['openssl'], () => {
  for (const row of rows) test(`castls to openssl: ${row.name}`, () => connects(row));

  for (const [name, flag, protocol, extra] of [
    ['ticket', '-tls1_3', 'TLSv1.3', []],
    ['ticket', '-tls1_2', 'TLSv1.2', []],
    ['session ID', '-tls1_2', 'TLSv1.2', ['-no_ticket']],
    ['session ID in a ticket', '-tls1_3', 'TLSv1.3', ['-no_ticket']],
  ] as const) {
    test(`castls to openssl: resumes by ${name} in ${protocol}`, async () => {
      const { port } = await sServer('p256', '-rev', flag, ...extra);
      const first = client(own, port, trusting());
      const [session] = await Promise.all([event<Buffer>(first, 'session'), event(first, 'secureConnect')]);
      first.write('a\n');
      await readBytes(first, 2);
      first.end();
      await event(first, 'close');
      const second = await connected(own, port, trusting({ session }));
      assertNegotiated(second, { protocol, resumed: true });
      second.write('sltsac\n');
      assert.is(String(await readBytes(second, 7)), 'castls\n');
      assert.is(second.authorized, true);
    });
  }

  for (const flag of ['-tls1_3', '-tls1_2']) {
    for (const kind of keyKinds) {
      test(`castls to openssl: client certificate ${kind}, required, ${flag}`, async () => {
        const need = ['-Verify', '2', '-verify_return_error', '-CAfile', authority().certFile];
        const { peer, port } = await sServer('p256', '-rev', flag, ...need);
        const socket = await connected(own, port, trusting(identity(clientCertificate(kind))));
        socket.write('sltsac\n');
        assert.is(String(await readBytes(socket, 7)), 'castls\n');
        const scheme = infoOf(socket).clientSignatureScheme ?? '';
        assert.match(scheme, flag === '-tls1_2' && /^p\d/.test(kind) ? /^ecdsa_/ : new RegExp(`^${schemeOf[kind]}$`));
        await peer.says(new RegExp(`CN = ${kind} client`));
      });
    }

    test(`castls to openssl: a client certificate asked for, none given, ${flag}`, async () => {
      await connects({ name: 'none', server: [flag, '-verify', '1'], expected: {} });
    });

    test(`castls to openssl: the required client certificate is missing, ${flag}`, async () => {
      const { port } = await sServer('p256', flag, '-Verify', '1', '-verify_return_error');
      const socket = client(own, port, trusting());
      socket.resume();
      const error = await event<NodeJS.ErrnoException & { alert?: number }>(socket, 'error');
      assert.is(ownCode(error), 'ERR_ALERT_RECEIVED');
      assert.is(error.alert, flag === '-tls1_3' ? 116 : 40);
    });

    test(`castls to openssl: a server of nobody's is told so (unknown_ca), ${flag}`, async () => {
      await refuses({ ca: strangers().cert }, [flag], 'ERR_CERT_UNKNOWN_ISSUER', /alert unknown ca/);
    });

    test(`castls to openssl: a server of another name is told so (bad_certificate), ${flag}`, async () => {
      await refuses({ servername: 'other.test' }, [flag], 'ERR_CERT_NAME_MISMATCH', /alert bad certificate/);
    });

    test(`castls to openssl: ALPN, ${flag}`, async () => {
      const { port } = await sServer('p256', flag, '-alpn', 'h2,http/1.1');
      const socket = await connected(own, port, trusting({ ALPNProtocols: ['http/1.1', 'h2'] }));
      assert.is(socket.alpnProtocol, 'h2');
    });

    test(`castls to openssl: the same exported keying material (RFC 5705), ${flag}`, async () => {
      const { peer, port } = await sServer('p256', flag, '-keymatexport', 'EXPORTER-castls', '-keymatexportlen', '40');
      const socket = await connected(own, port, trusting());
      const own40 = castlsSocket(socket).exportKeyingMaterial(40, 'EXPORTER-castls').toString('hex').toUpperCase();
      await peer.says(new RegExp(`Keying material: ${own40}`));
    });

    test(`castls to openssl: a stapled OCSP response (RFC 6066 §8), ${flag}`, async () => {
      const staple = ocspResponse(serverCertificate('p256'));
      const { port } = await sServer('p256', flag, '-status_file', staple);
      const socket = client(own, port, trusting({ requestOCSP: true } as never));
      const response = await event<Buffer>(socket, 'OCSPResponse');
      assert.ok(response.length > 100);
      assert.is(socket.authorized, true);
    });

    test(`castls to openssl: 4 MiB each way, ${flag}`, async () => {
      const port = await freePort();
      const { certFile, keyFile } = serverCertificate('p256');
      const identityOf = ['-cert', certFile, '-key', keyFile];
      // Without -quiet, s_server takes lines for commands.
      const peer = run('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, ...identityOf, flag, '-quiet']);
      await answers(port);
      const socket = await connected(own, port, trusting());
      const data = pattern(4 << 20);
      socket.write(data);
      peer.write(data);
      assert.ok((await readBytes(socket, data.length)).equals(data));
      await peer.receives(data.length);
      assert.ok(Buffer.from(peer.stdout, 'latin1').equals(data));
    });
  }

  test('castls to openssl: no version in common (protocol_version)', async () => {
    const { port } = await sServer('p256', '-tls1_2');
    const error = await event<NodeJS.ErrnoException & { alert?: number }>(
      client(own, port, trusting({ minVersion: 'TLSv1.3' })),
      'error',
    );
    assert.is(error.alert, 70);
  });

  test('castls to openssl: KeyUpdate by either side (RFC 9846 §4.6.3)', async () => {
    const { peer, port } = await sServer('p256');
    const socket = await connected(own, port, trusting());
    socket.write('before\n');
    await peer.says(/before/);
    castlsSocket(socket).updateKeys(true);
    socket.write('after one update\n');
    await peer.says(/after one update/);
    peer.write('K\n');
    // The request is answered before the next data; openssl flushes what it says when it reads some.
    const asked = peer.says(/SSL_do_handshake -> 1/);
    const ticking = setInterval(() => socket.write('tick\n'), 20);
    await asked.finally(() => clearInterval(ticking));
    peer.write('from openssl\n');
    assert.is(String(await readBytes(socket, 13)), 'from openssl\n');
    socket.write('after two updates\n');
    await peer.says(/after two updates/);
  });

  test('castls to openssl: a client certificate after the handshake (RFC 9846 §4.6.2)', async () => {
    const { peer, port } = await sServer('p256', '-CAfile', authority().certFile);
    const offers = { postHandshakeAuth: true } as object;
    const socket = await connected(own, port, trusting({ ...identity(clientCertificate('rsa')), ...offers }));
    socket.on('data', () => {});
    socket.write('before\n');
    await peer.says(/before/);
    peer.write('c\n');
    await peer.says(/SSL_do_handshake -> 1/);
    socket.write('afterwards\n');
    await peer.says(/CN = rsa client/);
    await peer.says(/afterwards/);
  });

  test('castls to openssl: an external PSK', async () => {
    const psk = Buffer.alloc(32, 7);
    const peer = run('openssl', [
      ...['s_server', '-accept', '127.0.0.1:0', '-rev', '-nocert', '-tls1_3'],
      ...['-psk', psk.toString('hex'), '-ciphersuites', 'TLS_AES_128_GCM_SHA256'],
    ]);
    const [, port] = await peer.says(/^ACCEPT 127\.0\.0\.1:(\d+)$/m);
    const socket = await connected(own, Number(port), {
      ciphers: 'TLS_AES_128_GCM_SHA256',
      pskCallback: () => ({ psk, identity: 'Client_identity' }),
      checkServerIdentity: () => undefined,
    });
    assert.is(infoOf(socket).externalPsk, true);
    socket.write('sltsac\n');
    assert.is(String(await readBytes(socket, 7)), 'castls\n');
  });
});

/** The client refuses with an alert that s_server names. */
async function refuses(options: ConnectionOptions, flags: string[], code: string, alert: RegExp): Promise<void> {
  const { peer, port } = await sServer('p256', ...flags);
  const error = await event<NodeJS.ErrnoException>(client(own, port, trusting(options)), 'error');
  assert.is(ownCode(error), code);
  await peer.says(alert);
}

test.run();
