// NSS's tstclnt and selfserv, against servers and clients of castls.

import { mkdirSync } from 'node:fs';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ownCode } from '../support/code_of.ts';
import { cleanUp, client, connected, event, own } from '../support/node_tls.ts';
import { openssl, scratch, tool } from '../support/openssl.ts';
import {
  authority,
  type Certified,
  clientCertificate,
  type KeyKind,
  serverCertificate,
} from '../support/peer_certificates.ts';
import {
  answers,
  assertNegotiated,
  castlsServer,
  type Expected,
  freePort,
  identity,
  infoOf,
  nextSocket,
  type Peer,
  run,
  withPeer,
} from '../support/peers.ts';
import { suites12 } from '../support/suites12.ts';

test.after.each(cleanUp);

// NSS 3.87 has neither EdDSA nor RSA-PSS keys of its tools' making, nor X448, nor CCM, nor AES-128-CBC with SHA-384.
const kinds = ['p256', 'p384', 'p521', 'rsa'] as const;
type NssKind = (typeof kinds)[number];
const schemes: Readonly<Record<NssKind, string>> = {
  p256: 'ecdsa_secp256r1_sha256',
  p384: 'ecdsa_secp384r1_sha384',
  p521: 'ecdsa_secp521r1_sha512',
  rsa: 'rsa_pss_rsae_sha256',
};
const groups = { x25519: 'x25519', secp256r1: 'P256', secp384r1: 'P384', secp521r1: 'P521', ffdhe2048: 'FF2048' };
const names13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const ids13 = ['1301', '1302', '1303'];

let database: string | undefined;

/** A certificate database with the authority and all the certificates. */
function nssDatabase(): string {
  if (database !== undefined) return database;
  database = `sql:${scratch('nss')}`;
  mkdirSync(scratch('nss'));
  tool('certutil', ['-N', '-d', database, '--empty-password']);
  tool('certutil', ['-A', '-d', database, '-n', 'ca', '-t', 'CT,C,C', '-i', authority().certFile]);
  for (const kind of kinds) {
    keep(kind, serverCertificate(kind));
    keep(`client_${kind}`, clientCertificate(kind));
  }
  return database;
}

function keep(name: string, { certFile, keyFile }: Certified): void {
  const out = scratch(`${name}.p12`);
  openssl('pkcs12', '-export', '-in', certFile, '-inkey', keyFile, '-name', name, '-passout', 'pass:x', '-out', out);
  tool('pk12util', ['-i', out, '-d', database as string, '-W', 'x', '-K', '']);
}

const range = (version: '1.2' | '1.3') => ['-V', `tls${version}:tls${version}`];

/** It stays until both the server and its stdin have ended. */
function tstclnt(port: number, ...args: string[]): Peer {
  const target = ['-h', '127.0.0.1', '-p', String(port), '-a', 'example.test', '-d', nssDatabase()];
  return run('tstclnt', [...target, ...args]);
}

async function selfserv(kind: NssKind, ...args: string[]): Promise<[Peer, number]> {
  const port = await freePort();
  const which = kind === 'rsa' ? ['-n', kind] : ['-e', kind];
  const peer = run('selfserv', ['-d', nssDatabase(), ...which, '-p', String(port), '-v', ...args]);
  await answers(port);
  return [peer, port];
}

interface Row {
  readonly name: string;
  readonly certificate?: NssKind;
  /** Arguments of both tools. */
  readonly nss: readonly string[];
  /** Options of castls. */
  readonly options?: TlsOptions & ConnectionOptions;
  readonly expected: Expected;
}

async function fromNss({ certificate = 'p256', nss, options, expected }: Row): Promise<void> {
  const running = await castlsServer({ ...identity(serverCertificate(certificate as KeyKind)), ...options });
  const accepted = nextSocket(running);
  const peer = tstclnt(running.port, ...nss);
  const socket = await accepted;
  assertNegotiated(socket, expected);
  peer.write('an echo of castls\n');
  await peer.says(/an echo of castls/);
  socket.end();
  peer.end();
  assert.is(await peer.finished(), 0);
  assert.equal(running.failures, []);
}

async function toNss({ certificate = 'p256', nss, options, expected }: Row): Promise<void> {
  const [, port] = await selfserv(certificate, ...nss);
  const socket = await connected(own, port, { ca: authority().cert, ...options });
  assertNegotiated(socket, expected);
  socket.write('GET / HTTP/1.0\r\n\r\n');
  assert.match(String(await event<Buffer>(socket, 'data')), /^HTTP\/1\.0 200 OK/);
}

const rows: Row[] = [
  { name: 'the defaults of both need no HelloRetryRequest', nss: [], expected: { group: 'x25519', retried: false } },
  ...names13.map((suite, i) => ({
    name: `TLS 1.3 suite ${suite}`,
    nss: [...range('1.3'), '-c', `:${ids13[i]}`],
    expected: { protocol: 'TLSv1.3', suite },
  })),
  ...Object.entries(groups).map(([group, name]) => ({
    name: `TLS 1.3 group ${group}`,
    nss: [...range('1.3'), '-I', name],
    options: { ecdhCurve: group },
    expected: { protocol: 'TLSv1.3', group },
  })),
  ...kinds.map(kind => ({
    name: `TLS 1.3 with ${kind}`,
    certificate: kind,
    nss: range('1.3'),
    expected: { protocol: 'TLSv1.3', scheme: schemes[kind] },
  })),
  ...suites12
    .filter(({ name }) => !name.includes('_CCM'))
    .map(({ name, id, certificate }) => ({
      name: `TLS 1.2 suite ${name}`,
      certificate,
      nss: [...range('1.2'), '-c', `:${id.toString(16).padStart(4, '0')}`],
      options: { ciphers: name, dhparam: 'auto' as const },
      expected: { protocol: 'TLSv1.2', suite: name },
    })),
  ...Object.entries(groups)
    .filter(([group]) => !group.startsWith('ffdhe'))
    .map(([group, name]) => ({
      name: `TLS 1.2 group ${group}`,
      certificate: 'rsa' as const,
      nss: [...range('1.2'), '-I', name],
      options: { ecdhCurve: group },
      expected: { protocol: 'TLSv1.2', group },
    })),
  ...kinds.map(kind => ({
    name: `TLS 1.2 with ${kind}`,
    certificate: kind,
    nss: range('1.2'),
    expected: { protocol: 'TLSv1.2' },
  })),
];

/** selfserv answers DHE only when it is told to. */
const servesDhe = (row: Row): Row => (row.name.includes('_DHE_') ? { ...row, nss: [...row.nss, '-H', '1'] } : row);

const programs = ['tstclnt', 'selfserv', 'certutil', 'pk12util', 'openssl'];
withPeer("NSS's tstclnt and selfserv", programs, () => {
  for (const row of rows) {
    test(`nss to castls: ${row.name}`, () => fromNss(row));
    test(`castls to nss: ${row.name}`, () => toNss(servesDhe(row)));
  }

  for (const version of ['1.3', '1.2'] as const) {
    const protocol = `TLSv${version}`;

    test(`nss to castls: resumes by ticket in ${protocol}`, async () => {
      const running = await castlsServer(identity(serverCertificate('p256')), socket => {
        setTimeout(() => socket.end('bye\n'), 50);
      });
      const peer = tstclnt(running.port, ...range(version), '-u', '-L', '2');
      peer.end();
      await peer.finished();
      const reused = running.sockets.map(socket => socket.isSessionReused());
      assert.equal(reused.slice(0, 2), [false, true]);
    });

    test(`castls to nss: resumes in ${protocol}`, async () => {
      const [, port] = await selfserv('p256', ...range(version), '-u');
      const first = client(own, port, { ca: authority().cert });
      const [session] = await Promise.all([event<Buffer>(first, 'session'), event(first, 'secureConnect')]);
      first.destroy();
      assertNegotiated(await connected(own, port, { ca: authority().cert, session }), { protocol, resumed: true });
    });

    for (const kind of kinds) {
      test(`nss to castls: client certificate ${kind}, required, ${protocol}`, async () => {
        const running = await castlsServer({ ...identity(serverCertificate('p256')), requestCert: true });
        const accepted = nextSocket(running);
        tstclnt(running.port, ...range(version), '-n', `client_${kind}`);
        const socket = await accepted;
        assert.is(socket.authorized, true);
        assert.is(socket.getPeerCertificate().subject.CN, `${kind} client`);
      });

      test(`castls to nss: client certificate ${kind}, required, ${protocol}`, async () => {
        const options = { ca: authority().cert, ...identity(clientCertificate(kind)) };
        const [, port] = await selfserv('p256', ...range(version), '-r', '-r');
        const socket = await connected(own, port, options);
        socket.write('GET / HTTP/1.0\r\n\r\n');
        assert.match(String(await event<Buffer>(socket, 'data')), /^HTTP\/1\.0 200 OK/);
        assert.is.not(infoOf(socket).clientSignatureScheme, null);
      });
    }

    test(`castls to nss: the required client certificate is missing, ${protocol}`, async () => {
      const [, port] = await selfserv('p256', ...range(version), '-r', '-r');
      const socket = client(own, port, { ca: authority().cert });
      socket.on('secureConnect', () => socket.write('GET / HTTP/1.0\r\n\r\n')).resume();
      const error = await event<NodeJS.ErrnoException & { alert?: number }>(socket, 'error');
      assert.is(ownCode(error), 'ERR_ALERT_RECEIVED');
      assert.is(error.alert, version === '1.3' ? 116 : 42);
    });

    test(`nss to castls: the required client certificate is missing, ${protocol}`, async () => {
      const running = await castlsServer({ ...identity(serverCertificate('p256')), requestCert: true });
      // With a database, tstclnt picks a certificate from it.
      const target = ['-h', '127.0.0.1', '-p', String(running.port), '-a', 'example.test', '-D', '-o'];
      const peer = run('tstclnt', [...target, ...range(version)]).write('read what came\n');
      await peer.says(
        version === '1.3' ? /SSL_ERROR_RX_CERTIFICATE_REQUIRED_ALERT/ : /SSL_ERROR_HANDSHAKE_FAILURE_ALERT/,
      );
    });
  }

  test('castls to nss: ALPN', async () => {
    const [, port] = await selfserv('p256', '-Q');
    const socket = await connected(own, port, { ca: authority().cert, ALPNProtocols: ['h2', 'http/1.1'] });
    assert.is(socket.alpnProtocol, 'http/1.1');
  });

  test('nss to castls: a HelloRetryRequest for another group', async () => {
    const expected = { protocol: 'TLSv1.3', group: 'secp521r1', retried: true };
    await fromNss({ name: 'retry', nss: [], options: { ecdhCurve: 'secp521r1' }, expected });
  });

  test('castls to nss: a HelloRetryRequest for another group', async () => {
    await toNss({ name: 'retry', nss: ['-I', 'P384'], expected: { group: 'secp384r1', retried: true } });
  });
});

test.run();
