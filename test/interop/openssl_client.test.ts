// openssl s_client against servers of castls.

import { readFileSync } from 'node:fs';
import type { TLSSocket as NodeTLSSocket, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TLSSocket } from '../../src/node.ts';
import { CipherSuite13 } from '../../src/registry/cipher_suites.ts';
import { ownCode } from '../support/code_of.ts';
import { cleanUp, event, type Running, rawServer } from '../support/node_tls.ts';
import { scratch } from '../support/openssl.ts';
import {
  authority,
  clientCertificate,
  type KeyKind,
  keyKinds,
  ocspResponse,
  schemeOf,
  serverCertificate,
} from '../support/peer_certificates.ts';
import {
  assertNegotiated,
  castlsServer,
  castlsSocket,
  type Expected,
  echo,
  identity,
  nextSocket,
  type Peer,
  pattern,
  run,
  withPeer,
} from '../support/peers.ts';
import { suites12 } from '../support/suites12.ts';

test.after.each(cleanUp);

/** s_client, which trusts the authority and checks the name; it takes all that OpenSSL has. */
function sClient(port: number, ...args: string[]): Peer {
  const trust = ['-CAfile', authority().certFile, '-verify_return_error', '-verify_hostname', 'example.test'];
  const target = ['-connect', `127.0.0.1:${port}`, '-servername', 'example.test'];
  return run('openssl', ['s_client', ...target, ...trust, ...args]);
}

interface Row {
  readonly name: string;
  readonly server?: TlsOptions;
  readonly certificate?: KeyKind;
  readonly client?: readonly string[];
  readonly expected: Expected;
}

/** Connects, sends a line, gets it back, ends in order. */
async function connected({ server = {}, certificate = 'p256', client = [], expected }: Row): Promise<Peer> {
  const running = await castlsServer({ ...identity(serverCertificate(certificate)), ...server });
  const accepted = nextSocket(running);
  const peer = sClient(running.port, ...client);
  const socket = await within(accepted, peer, running);
  assertNegotiated(socket, expected);
  await echoes(peer);
  assert.match(peer.output, /Verify return code: 0 \(ok\)/);
  const closed = event(socket, 'close');
  peer.end();
  await closed;
  assert.is(await peer.finished(), 0);
  assert.equal(running.failures, []);
  return peer;
}

/** Says what both sides have to say when a handshake fails. */
function within(accepted: Promise<NodeTLSSocket>, peer: Peer, { failures }: Running): Promise<NodeTLSSocket> {
  return accepted.catch(error => {
    throw new Error(`${error.message}: ${failures.map(String).join('; ')}\n${peer.output}`);
  });
}

async function echoes(peer: Peer): Promise<void> {
  peer.write('an echo of castls\n');
  await peer.says(/an echo of castls/);
}

const suites13: Row[] = Object.keys(CipherSuite13).map(suite => ({
  name: suite,
  server: suite.includes('CCM') ? { ciphers: suite } : {},
  client: ['-ciphersuites', suite],
  expected: { protocol: 'TLSv1.3', suite, group: 'x25519' },
}));

const groups13: Row[] = ['X25519', 'P-256', 'P-384', 'P-521', 'X448', 'ffdhe2048', 'ffdhe3072'].map(group => ({
  name: group,
  client: ['-groups', group],
  server: group.startsWith('ffdhe') ? { ecdhCurve: group } : {},
  expected: { protocol: 'TLSv1.3', group: groupOf(group) },
}));

function groupOf(opensslName: string): string {
  return opensslName.replace(/^P-(\d+)$/, 'secp$1r1').toLowerCase();
}

const certificates13: Row[] = keyKinds.map(kind => ({
  name: kind,
  certificate: kind,
  expected: { protocol: 'TLSv1.3', scheme: schemeOf[kind] },
}));

const rowsOf12: Row[] = suites12.map(({ name, openssl, certificate, keyExchange }) => ({
  name,
  certificate,
  server: { ciphers: name, dhparam: 'auto' },
  client: ['-tls1_2', '-cipher', `${openssl}:@SECLEVEL=0`],
  expected: { protocol: 'TLSv1.2', suite: name, ...(keyExchange === 'rsa' ? { group: null, scheme: null } : {}) },
}));

const groups12: Row[] = ['X25519', 'P-256', 'P-384', 'P-521', 'X448'].map(group => ({
  name: group,
  client: ['-tls1_2', '-groups', group],
  // RFC 8422 §5.1: the list of groups limits the curve of an ECDSA key, too.
  certificate: 'rsa',
  expected: { protocol: 'TLSv1.2', group: groupOf(group) },
}));

const certificates12: Row[] = keyKinds.map(kind => ({
  name: kind,
  certificate: kind,
  client: ['-tls1_2'],
  expected: { protocol: 'TLSv1.2', scheme: schemeOf[kind] },
}));

/** Handshakes that hold the loop for a millisecond at a time, with a key whose signature takes ten. */
function slices(): Row[] {
  const { certFile, keyFile } = clientCertificate('rsa');
  return [
    { name: 'TLS 1.3', expected: { protocol: 'TLSv1.3', scheme: 'rsa_pss_rsae_sha256' } },
    {
      name: 'TLS 1.3 with a certificate of the client',
      server: { requestCert: true, ca: authority().cert },
      client: ['-cert', certFile, '-key', keyFile],
      expected: { protocol: 'TLSv1.3' },
    },
    { name: 'TLS 1.2', client: ['-tls1_2'], expected: { protocol: 'TLSv1.2' } },
    {
      name: 'RSA key exchange',
      server: { ciphers: 'TLS_RSA_WITH_AES_128_GCM_SHA256' },
      client: ['-tls1_2', '-cipher', 'AES128-GCM-SHA256:@SECLEVEL=0'],
      expected: { protocol: 'TLSv1.2', group: null, scheme: null },
    },
  ];
}

withPeer('openssl s_client', ['openssl'], () => {
  for (const row of slices()) {
    test(`openssl to castls: RSA-4096 in slices of a millisecond, ${row.name}`, async () => {
      const server = { ...identity(serverCertificate('rsa', 4096)), ...row.server, maxBlockMs: 1 };
      await connected({ ...row, server });
    });
  }

  for (const row of suites13)
    test(`openssl to castls: TLS 1.3 suite ${row.name}`, async () => void (await connected(row)));
  for (const row of groups13)
    test(`openssl to castls: TLS 1.3 group ${row.name}`, async () => void (await connected(row)));
  for (const row of certificates13)
    test(`openssl to castls: TLS 1.3 with ${row.name}`, async () => void (await connected(row)));
  for (const row of rowsOf12)
    test(`openssl to castls: TLS 1.2 suite ${row.name}`, async () => void (await connected(row)));
  for (const row of groups12)
    test(`openssl to castls: TLS 1.2 group ${row.name}`, async () => void (await connected(row)));
  for (const row of certificates12)
    test(`openssl to castls: TLS 1.2 with ${row.name}`, async () => void (await connected(row)));

  test('openssl to castls: the defaults of both need no HelloRetryRequest', async () => {
    await connected({ name: 'defaults', expected: { protocol: 'TLSv1.3', group: 'x25519', retried: false } });
  });

  test('openssl to castls: a HelloRetryRequest where the share is of another group', async () => {
    const client = ['-groups', 'X25519:P-384'];
    const expected = { protocol: 'TLSv1.3', group: 'secp384r1', retried: true };
    await connected({ name: 'retry', server: { ecdhCurve: 'P-384' }, client, expected });
  });

  test('openssl to castls: no middlebox compatibility (RFC 9846 §D.4)', async () => {
    await connected({ name: 'compatibility', client: ['-no_middlebox'], expected: { protocol: 'TLSv1.3' } });
  });

  for (const args of [[], ['-no_etm']]) {
    test(`openssl to castls: CBC ${args.length === 0 ? 'with' : 'without'} encrypt-then-MAC (RFC 7366)`, async () => {
      const suite = 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256';
      const client = ['-tls1_2', '-tlsextdebug', ...args];
      const expected = { protocol: 'TLSv1.2', suite };
      const peer = await connected({ name: 'etm', certificate: 'rsa', server: { ciphers: suite }, client, expected });
      assert.is(/TLS server extension "encrypt-then-mac"/.test(peer.output), args.length === 0);
      assert.match(peer.output, /Extended master secret: yes/);
    });
  }

  for (const [name, version, reused] of [
    ['ticket', '-tls1_3', 'TLSv1.3'],
    ['ticket', '-tls1_2', 'TLSv1.2'],
    ['session ID', '-tls1_2', 'TLSv1.2'],
  ] as const) {
    test(`openssl to castls: resumes by ${name} in ${reused}`, async () => {
      const running = await castlsServer(identity(serverCertificate('p256')));
      const extra = name === 'ticket' ? [] : ['-no_ticket'];
      if (name === 'session ID') keepSessions(running);
      const file = scratch(`session_${version}`);
      for (const [argument, resumed] of [
        ['-sess_out', false],
        ['-sess_in', true],
      ] as const) {
        const accepted = nextSocket(running);
        const peer = sClient(running.port, version, ...extra, argument, file);
        assertNegotiated(await within(accepted, peer, running), { protocol: reused, resumed });
        await echoes(peer);
        if (resumed) assert.match(peer.output, new RegExp(`Reused, ${reused}`));
        peer.end();
        await peer.finished();
      }
    });
  }

  for (const version of ['-tls1_3', '-tls1_2']) {
    for (const kind of keyKinds) {
      test(`openssl to castls: client certificate ${kind}, required, ${version}`, async () => {
        const running = await castlsServer({ ...identity(serverCertificate('p256')), requestCert: true });
        const accepted = nextSocket(running);
        const { certFile, keyFile } = clientCertificate(kind);
        const peer = sClient(running.port, version, '-cert', certFile, '-key', keyFile);
        const socket = await within(accepted, peer, running);
        assert.is(socket.authorized, true);
        // TLS 1.2 does not tie the hash to the curve.
        const scheme = version === '-tls1_2' && kind.startsWith('p') ? /^ecdsa_/ : new RegExp(`^${schemeOf[kind]}$`);
        assert.match(castlsSocket(socket).info?.clientSignatureScheme ?? '', scheme);
        assert.is(socket.getPeerCertificate().subject.CN, `${kind} client`);
        await echoes(peer);
      });
    }

    test(`openssl to castls: a client certificate asked for, none given, ${version}`, async () => {
      const server = { requestCert: true, rejectUnauthorized: false };
      await connected({ name: 'none', server, client: [version], expected: {} });
    });

    test(`openssl to castls: the required client certificate is missing, ${version}`, async () => {
      const alert = version === '-tls1_3' ? /alert certificate required|alert number 116/ : /alert handshake failure/;
      await refuses({ requestCert: true }, [version], alert, 'ERR_CERTIFICATE_REQUIRED');
    });

    test(`openssl to castls: a client certificate of nobody's (unknown_ca), ${version}`, async () => {
      const { certFile, keyFile } = clientCertificate('p256', 'stranger_ca');
      const args = [version, '-cert', certFile, '-key', keyFile];
      await refuses({ requestCert: true }, args, /alert unknown ca/, 'ERR_CERT_UNKNOWN_ISSUER');
    });

    test(`openssl to castls: ALPN, ${version}`, async () => {
      const server = { ALPNProtocols: ['h2', 'http/1.1'] };
      const peer = await connected({ name: 'alpn', server, client: [version, '-alpn', 'http/1.1,h2'], expected: {} });
      assert.match(peer.output, /ALPN protocol: h2/);
    });

    test(`openssl to castls: nothing in common in ALPN (no_application_protocol), ${version}`, async () => {
      const args = [version, '-alpn', 'b'];
      await refuses({ ALPNProtocols: ['a'] }, args, /alert no application protocol/, 'ERR_NO_APPLICATION_PROTOCOL');
    });

    test(`openssl to castls: the same exported keying material (RFC 5705), ${version}`, async () => {
      const running = await castlsServer(identity(serverCertificate('p256')));
      const accepted = nextSocket(running);
      const peer = sClient(running.port, version, '-keymatexport', 'EXPORTER-castls', '-keymatexportlen', '40');
      const socket = await within(accepted, peer, running);
      const [, exported] = await peer.says(/Keying material: ([0-9A-F]{80})/);
      const own = castlsSocket(socket).exportKeyingMaterial(40, 'EXPORTER-castls');
      assert.is(own.toString('hex').toUpperCase(), exported);
    });

    test(`openssl to castls: 4 MiB there and back, ${version}`, async () => {
      const running = await castlsServer(identity(serverCertificate('p256')));
      const peer = sClient(running.port, version, '-quiet');
      const data = pattern(4 << 20);
      peer.write(data);
      await peer.receives(data.length);
      assert.ok(Buffer.from(peer.stdout, 'latin1').equals(data));
    });
  }

  test('openssl to castls: no version in common (protocol_version)', async () => {
    await refuses({ minVersion: 'TLSv1.3' }, ['-tls1_2'], /alert protocol version/, 'ERR_NO_SHARED_VERSION');
  });

  test('openssl to castls: no suite in common (handshake_failure)', async () => {
    const args = ['-tls1_2', '-cipher', 'AES128-SHA'];
    await refuses({}, args, /alert handshake failure/, 'ERR_NO_SHARED_CIPHER_SUITE');
  });

  test('openssl to castls: KeyUpdate by either side (RFC 9846 §4.6.3)', async () => {
    const running = await castlsServer(identity(serverCertificate('p256')));
    const accepted = nextSocket(running);
    const peer = sClient(running.port);
    const socket = await within(accepted, peer, running);
    await echoes(peer);
    peer.write('K\n');
    await peer.says(/KEYUPDATE/);
    peer.write('after one update\n');
    await peer.says(/after one update/);
    castlsSocket(socket).updateKeys(true);
    peer.write('after two updates\n');
    await peer.says(/after two updates/);
    assert.equal(running.failures, []);
  });

  test('openssl to castls: a client certificate after the handshake (RFC 9846 §4.6.2)', async () => {
    const running = await castlsServer({ ...identity(serverCertificate('p256')), rejectUnauthorized: true });
    const accepted = nextSocket(running);
    const { certFile, keyFile } = clientCertificate('rsa');
    const peer = sClient(running.port, '-enable_pha', '-cert', certFile, '-key', keyFile);
    const socket = await within(accepted, peer, running);
    await echoes(peer);
    assert.is(socket.getPeerX509Certificate(), undefined);
    const authenticated = event(socket, 'clientAuthenticated');
    castlsSocket(socket).requestClientCertificate();
    // s_client reads, and with it answers, when something comes.
    peer.write('go on\n');
    await authenticated;
    assert.is(socket.getPeerCertificate().subject.CN, 'rsa client');
  });

  test('openssl to castls: an external PSK', async () => {
    const psk = Buffer.alloc(32, 7);
    const pskCallback = (_socket: unknown, name: string) => (name === 'me' ? psk : null);
    const server = { pskCallback, ciphers: 'TLS_AES_128_GCM_SHA256', minVersion: 'TLSv1.3' } as TlsOptions;
    const running = await castlsServer({ ...identity(serverCertificate('p256')), ...server });
    const accepted = nextSocket(running);
    const peer = run('openssl', [
      ...['s_client', '-connect', `127.0.0.1:${running.port}`, '-tls1_3'],
      ...['-psk_identity', 'me', '-psk', psk.toString('hex'), '-ciphersuites', 'TLS_AES_128_GCM_SHA256'],
    ]);
    const socket = await within(accepted, peer, running);
    assert.is(castlsSocket(socket).info?.externalPsk, true);
    await echoes(peer);
  });

  for (const version of ['-tls1_3', '-tls1_2']) {
    test(`openssl to castls: a stapled OCSP response (RFC 6066 §8), ${version}`, async () => {
      const running = await castlsServer(identity(serverCertificate('p256')));
      const response = readFileSync(ocspResponse(serverCertificate('p256')));
      running.server.on('OCSPRequest', (_leaf, _issuer, callback) => callback(null, response));
      const peer = sClient(running.port, '-status', version);
      await peer.says(/OCSP Response Status: successful[\s\S]*Cert Status: good/);
    });
  }

  test('openssl to castls: STARTTLS on a socket that has been used in the clear', async () => {
    const port = await rawServer(socket => {
      socket.write('220 example.test ESMTP\r\n');
      socket.on('data', function talk(data: Buffer) {
        const [command] = String(data).split(/\s/);
        socket.write(command === 'EHLO' ? '250-example.test\r\n250 STARTTLS\r\n' : '220 go ahead\r\n');
        if (command !== 'STARTTLS') return;
        socket.off('data', talk);
        const options = { isServer: true, ...identity(serverCertificate('p256')) };
        echo(new TLSSocket(socket, options).on('error', () => {}));
      });
    });
    const peer = sClient(port, '-starttls', 'smtp');
    await echoes(peer);
  });
});

/** For clients without tickets: castls leaves the keeping of sessions to whoever listens. */
function keepSessions({ server }: Running): void {
  const sessions = new Map<string, Buffer>();
  server.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
    sessions.set(id.toString('hex'), data);
    done();
  });
  server.on('resumeSession', (id: Buffer, done: (error: Error | null, data: Buffer | null) => void) => {
    done(null, sessions.get(id.toString('hex')) ?? null);
  });
}

/** The server refuses with an alert that s_client names. */
async function refuses(server: TlsOptions, args: readonly string[], alert: RegExp, code: string): Promise<void> {
  const running = await castlsServer({ ...identity(serverCertificate('p256')), ...server });
  const refused = event<unknown>(running.server, 'tlsClientError');
  const peer = sClient(running.port, ...args);
  await refused;
  await peer.says(alert);
  assert.equal(running.failures.map(ownCode), [code]);
}

test.run();
