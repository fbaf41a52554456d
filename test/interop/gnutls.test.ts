// GnuTLS's gnutls-cli and gnutls-serv, against servers and clients of castls.

import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
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
} from '../support/peer_certificates.ts';
import {
  answers,
  assertNegotiated,
  castlsServer,
  castlsSocket,
  type Expected,
  freePort,
  identity,
  infoOf,
  nextSocket,
  type Peer,
  pattern,
  run,
  withPeer,
} from '../support/peers.ts';
import { type Suite12, suites12 } from '../support/suites12.ts';

test.after.each(cleanUp);

const only = (version: '1.2' | '1.3') => `NORMAL:-VERS-ALL:+VERS-TLS${version}`;

function gnutlsClient(port: number, priority: string | null, ...args: string[]): Peer {
  const names = ['--sni-hostname', 'example.test', '--verify-hostname', 'example.test'];
  const list = priority === null ? [] : ['--priority', priority];
  const trust = ['--x509cafile', authority().certFile];
  return run('gnutls-cli', ['-p', String(port), '127.0.0.1', ...names, ...trust, ...list, ...args]);
}

async function gnutlsServer(kind: KeyKind, priority: string | null, ...args: string[]): Promise<[Peer, number]> {
  const port = await freePort();
  const { certFile, keyFile } = serverCertificate(kind);
  const list = priority === null ? [] : ['--priority', priority];
  const files = ['--x509certfile', certFile, '--x509keyfile', keyFile, ...list];
  const peer = run('gnutls-serv', ['-p', String(port), '--echo', ...files, ...args]);
  await answers(port);
  return [peer, port];
}

interface Row {
  readonly name: string;
  readonly certificate?: KeyKind;
  /** GnuTLS's; null for its defaults. */
  readonly priority: string | null;
  /** Options of castls. */
  readonly options?: TlsOptions & ConnectionOptions;
  readonly expected: Expected;
}

async function fromGnutls({ certificate = 'p256', priority, options, expected }: Row): Promise<void> {
  const running = await castlsServer({ ...identity(serverCertificate(certificate)), ...options });
  const accepted = nextSocket(running);
  const peer = gnutlsClient(running.port, priority);
  assertNegotiated(await accepted, expected);
  peer.write('an echo of castls\n');
  await peer.says(/an echo of castls/);
  assert.match(peer.output, /Status: The certificate is trusted/);
  peer.end();
  assert.is(await peer.finished(), 0);
  assert.equal(running.failures, []);
}

async function toGnutls({ certificate = 'p256', priority, options, expected }: Row): Promise<void> {
  const [, port] = await gnutlsServer(certificate, priority, '--disable-client-cert');
  const socket = await connected(own, port, { ca: authority().cert, ...options });
  assertNegotiated(socket, expected);
  socket.write('castls\n');
  assert.is(String(await readBytes(socket, 7)), 'castls\n');
  socket.end();
  await event(socket, 'close');
}

/** GnuTLS's words for a suite. */
function priorityOf({ cipher, keyExchange, certificate }: Suite12): string {
  const [bits] = /\d+/.exec(cipher) ?? [''];
  let name = `AES-${bits}-CBC`;
  if (cipher.includes('GCM')) name = `AES-${bits}-GCM`;
  else if (cipher.includes('CHACHA20')) name = 'CHACHA20-POLY1305';
  else if (cipher.includes('CCM')) name = `AES-${bits}-CCM${cipher.endsWith('_8') ? '-8' : ''}`;
  const mac = name.endsWith('CBC') ? (/SHA\d*$/.exec(cipher)?.[0] ?? '').replace(/^SHA$/, 'SHA1') : 'AEAD';
  const exchange = { ecdhe: certificate === 'rsa' ? 'ECDHE-RSA' : 'ECDHE-ECDSA', dhe: 'DHE-RSA', rsa: 'RSA' }[
    keyExchange
  ];
  return `${only('1.2')}:-CIPHER-ALL:+${name}:-MAC-ALL:+${mac}:-KX-ALL:+${exchange}`;
}

const suites13 = {
  'AES-128-GCM': 'TLS_AES_128_GCM_SHA256',
  'AES-256-GCM': 'TLS_AES_256_GCM_SHA384',
  'CHACHA20-POLY1305': 'TLS_CHACHA20_POLY1305_SHA256',
  'AES-128-CCM': 'TLS_AES_128_CCM_SHA256',
  'AES-128-CCM-8': 'TLS_AES_128_CCM_8_SHA256',
};

const groups = {
  x25519: 'X25519',
  secp256r1: 'SECP256R1',
  secp384r1: 'SECP384R1',
  secp521r1: 'SECP521R1',
  x448: 'X448',
  ffdhe2048: 'FFDHE2048',
  ffdhe3072: 'FFDHE3072',
};

const rows: Row[] = [
  { name: 'the defaults of both need no HelloRetryRequest', priority: null, expected: { protocol: 'TLSv1.3' } },
  ...Object.entries(suites13).map(([name, suite]) => ({
    name: `TLS 1.3 suite ${suite}`,
    priority: `${only('1.3')}:-CIPHER-ALL:+${name}`,
    options: { ciphers: suite },
    expected: { protocol: 'TLSv1.3', suite },
  })),
  ...Object.entries(groups).map(([group, name]) => ({
    name: `TLS 1.3 group ${group}`,
    priority: `${only('1.3')}:-GROUP-ALL:+GROUP-${name}`,
    options: { ecdhCurve: group },
    expected: { protocol: 'TLSv1.3', group },
  })),
  ...keyKinds.map(kind => ({
    name: `TLS 1.3 with ${kind}`,
    certificate: kind,
    priority: only('1.3'),
    expected: { protocol: 'TLSv1.3', scheme: schemeOf[kind] },
  })),
  ...suites12.map(suite => ({
    name: `TLS 1.2 suite ${suite.name}`,
    certificate: suite.certificate,
    priority: priorityOf(suite),
    options: { ciphers: suite.name, dhparam: 'auto' as const },
    expected: { protocol: 'TLSv1.2', suite: suite.name },
  })),
  ...Object.entries(groups).flatMap(([group, name]) => {
    const dhe = group.startsWith('ffdhe');
    return {
      name: `TLS 1.2 group ${group}`,
      certificate: 'rsa' as const,
      priority: `${only('1.2')}:-GROUP-ALL:+GROUP-${name}:-KX-ALL:+${dhe ? 'DHE-RSA' : 'ECDHE-RSA'}`,
      options: dhe
        ? { ciphers: 'DHE-RSA-AES128-GCM-SHA256', ecdhCurve: group }
        : { ecdhCurve: group, maxVersion: 'TLSv1.2' as const },
      expected: { protocol: 'TLSv1.2', group },
    };
  }),
  ...keyKinds.map(kind => ({
    name: `TLS 1.2 with ${kind}`,
    certificate: kind,
    priority: only('1.2'),
    expected: { protocol: 'TLSv1.2' },
  })),
  ...['', ':%NO_ETM'].map(flag => ({
    name: `CBC ${flag === '' ? 'with' : 'without'} encrypt-then-MAC`,
    certificate: 'rsa' as const,
    priority: `${only('1.2')}:-CIPHER-ALL:+AES-128-CBC:-MAC-ALL:+SHA256${flag}`,
    options: { ciphers: 'ECDHE-RSA-AES128-SHA256' },
    expected: { protocol: 'TLSv1.2' },
  })),
];

withPeer('gnutls-cli and gnutls-serv', ['gnutls-cli', 'gnutls-serv', 'openssl'], () => {
  for (const row of rows) {
    test(`gnutls to castls: ${row.name}`, () => fromGnutls(row));
    test(`castls to gnutls: ${row.name}`, () => toGnutls(row));
  }

  test('gnutls to castls: a HelloRetryRequest for another group', async () => {
    const expected = { protocol: 'TLSv1.3', group: 'secp521r1', retried: true };
    await fromGnutls({ name: 'retry', priority: null, options: { ecdhCurve: 'secp521r1' }, expected });
  });

  test('castls to gnutls: a HelloRetryRequest for another group', async () => {
    const priority = `${only('1.3')}:-GROUP-ALL:+GROUP-SECP384R1`;
    await toGnutls({ name: 'retry', priority, expected: { group: 'secp384r1', retried: true } });
  });

  for (const version of ['1.3', '1.2'] as const) {
    const protocol = `TLSv${version}`;

    test(`gnutls to castls: resumes by ticket in ${protocol}`, async () => {
      const running = await castlsServer(identity(serverCertificate('p256')));
      const first = nextSocket(running);
      const peer = gnutlsClient(running.port, only(version), '--resume', '--waitresumption');
      assert.is((await first).isSessionReused(), false);
      const second = nextSocket(running);
      await peer.says(/This is a resumed session/);
      assert.is((await second).isSessionReused(), true);
    });

    for (const extra of [[], ['--noticket']]) {
      // GnuTLS knows TLS 1.3 sessions by tickets alone.
      if (version === '1.3' && extra.length > 0) continue;
      test(`castls to gnutls: resumes by ${extra.length > 0 ? 'session ID' : 'ticket'} in ${protocol}`, async () => {
        const [, port] = await gnutlsServer('p256', only(version), '--disable-client-cert', ...extra);
        const first = client(own, port, { ca: authority().cert });
        const [session] = await Promise.all([event<Buffer>(first, 'session'), event(first, 'secureConnect')]);
        first.end('x\n');
        first.resume();
        await event(first, 'close');
        assertNegotiated(await connected(own, port, { ca: authority().cert, session }), { protocol, resumed: true });
      });
    }

    for (const kind of ['p256', 'rsa', 'rsapss', 'ed25519', 'ed448'] as const) {
      test(`gnutls to castls: client certificate ${kind}, required, ${protocol}`, async () => {
        const running = await castlsServer({ ...identity(serverCertificate('p256')), requestCert: true });
        const accepted = nextSocket(running);
        const { certFile, keyFile } = clientCertificate(kind);
        gnutlsClient(running.port, only(version), '--x509certfile', certFile, '--x509keyfile', keyFile);
        const socket = await accepted;
        assert.is(socket.authorized, true);
        assert.is(socket.getPeerCertificate().subject.CN, `${kind} client`);
      });

      test(`castls to gnutls: client certificate ${kind}, required, ${protocol}`, async () => {
        const need = ['--require-client-cert', '--verify-client-cert', '--x509cafile', authority().certFile];
        const [peer, port] = await gnutlsServer('p256', only(version), ...need);
        const options = { ca: authority().cert, ...identity(clientCertificate(kind)) };
        const socket = await connected(own, port, options);
        socket.write('castls\n');
        assert.is(String(await readBytes(socket, 7)), 'castls\n');
        assert.is.not(infoOf(socket).clientSignatureScheme, null);
        await peer.says(new RegExp(`CN=${kind} client`));
      });
    }

    test(`gnutls to castls: the required client certificate is missing, ${protocol}`, async () => {
      const running = await castlsServer({ ...identity(serverCertificate('p256')), requestCert: true });
      const peer = gnutlsClient(running.port, only(version));
      await peer.says(version === '1.3' ? /Received alert \[116\]/ : /Received alert \[40\]/);
    });

    test(`castls to gnutls: the required client certificate is missing, ${protocol}`, async () => {
      const [, port] = await gnutlsServer('p256', only(version), '--require-client-cert');
      const socket = client(own, port, { ca: authority().cert });
      socket.resume();
      const error = await event<NodeJS.ErrnoException & { alert?: number }>(socket, 'error');
      assert.is(ownCode(error), 'ERR_ALERT_RECEIVED');
      // GnuTLS calls an empty list of certificates a decode_error in TLS 1.2, whoever sends it.
      assert.is(error.alert, version === '1.3' ? 116 : 50);
    });

    test(`gnutls to castls: a client certificate of nobody's (unknown_ca), ${protocol}`, async () => {
      const running = await castlsServer({ ...identity(serverCertificate('p256')), requestCert: true });
      const { certFile, keyFile } = clientCertificate('p256', 'stranger_ca');
      const peer = gnutlsClient(running.port, only(version), '--x509certfile', certFile, '--x509keyfile', keyFile);
      await peer.says(/Received alert \[48\]/);
    });

    test(`gnutls to castls: ALPN, ${protocol}`, async () => {
      const running = await castlsServer({ ...identity(serverCertificate('p256')), ALPNProtocols: ['h2', 'http/1.1'] });
      const peer = gnutlsClient(running.port, only(version), '--alpn', 'http/1.1', '--alpn', 'h2');
      await peer.says(/Application protocol: h2/);
    });

    test(`castls to gnutls: ALPN, ${protocol}`, async () => {
      const [, port] = await gnutlsServer('p256', only(version), '--alpn', 'h2', '--alpn', 'http/1.1');
      const socket = await connected(own, port, { ca: authority().cert, ALPNProtocols: ['http/1.1'] });
      assert.is(socket.alpnProtocol, 'http/1.1');
    });

    test(`castls to gnutls: a stapled OCSP response, ${protocol}`, async () => {
      const staple = ocspResponse(serverCertificate('p256'));
      const [, port] = await gnutlsServer('p256', only(version), '--ocsp-response', staple);
      const socket = client(own, port, { ca: authority().cert, requestOCSP: true } as never);
      assert.ok((await event<Buffer>(socket, 'OCSPResponse')).length > 100);
    });

    test(`gnutls to castls: 2 MiB there and back, ${protocol}`, async () => {
      const running = await castlsServer(identity(serverCertificate('p256')));
      const accepted = nextSocket(running);
      const peer = gnutlsClient(running.port, only(version), '--logfile', '/dev/null');
      const socket = await accepted;
      const data = pattern(2 << 20);
      let came = 0;
      socket.on('data', chunk => (came += chunk.length));
      peer.write(data);
      await peer.receives(data.length);
      assert.is(came, data.length);
      const text = data.toString('latin1');
      assert.ok(peer.stdout.includes(text.slice(0, 1000)) && peer.stdout.includes(text.slice(-1000)));
    });
  }

  test('gnutls to castls: KeyUpdate by either side (RFC 9846 §4.6.3)', async () => {
    const running = await castlsServer(identity(serverCertificate('p256')));
    const accepted = nextSocket(running);
    const peer = gnutlsClient(running.port, only('1.3'), '--inline-commands');
    const socket = await accepted;
    peer.write('^rekey^\n');
    await peer.says(/rekey/i);
    peer.write('after one update\n');
    await peer.says(/after one update/);
    castlsSocket(socket).updateKeys(true);
    peer.write('after two updates\n');
    await peer.says(/after two updates/);
    assert.equal(running.failures, []);
  });

  test('castls to gnutls: KeyUpdate (RFC 9846 §4.6.3)', async () => {
    const [, port] = await gnutlsServer('p256', only('1.3'), '--disable-client-cert');
    const socket = await connected(own, port, { ca: authority().cert });
    for (const line of ['first\n', 'other\n', 'third\n']) {
      socket.write(line);
      const answer = readBytes(socket, 6);
      socket.resume();
      assert.is(String(await answer), line);
      castlsSocket(socket).updateKeys(true);
    }
  });

  test('gnutls to castls: an external PSK', async () => {
    const psk = Buffer.alloc(32, 7);
    const pskCallback = (_socket: unknown, name: string) => (name === 'me' ? psk : null);
    const running = await castlsServer({ ...identity(serverCertificate('p256')), pskCallback } as TlsOptions);
    const accepted = nextSocket(running);
    gnutlsClient(
      running.port,
      `${only('1.3')}:+DHE-PSK:+ECDHE-PSK`,
      '--pskusername',
      'me',
      '--pskkey',
      psk.toString('hex'),
    );
    assert.is(infoOf(await accepted).externalPsk, true);
  });
});

test.run();
