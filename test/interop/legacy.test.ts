// SSL 3.0, TLS 1.0 and TLS 1.1 against those who still speak them: NSS and Java (all three), OpenSSL and GnuTLS (1.0, 1.1).

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  aesCbc,
  type LegacyCipher,
  type LegacyVersion,
  legacy,
  rc4,
  ssl30,
  tls10,
  tls11,
  tripleDes,
} from '../../src/legacy.ts';
import { opensslName } from '../../src/registry/cipher_suites.ts';
import { cleanUp, client, connected, event, own, readBytes } from '../support/node_tls.ts';
import { openssl, scratch, tool } from '../support/openssl.ts';
import { authority, type Certified, clientCertificate, serverCertificate } from '../support/peer_certificates.ts';
import {
  answers,
  assertNegotiated,
  castlsServer,
  freePort,
  identity,
  infoOf,
  nextSocket,
  type Peer,
  root,
  run,
  withPeer,
} from '../support/peers.ts';

test.after.each(cleanUp);

type Options = TlsOptions & ConnectionOptions;
type Kind = 'rsa' | 'p256';

const all = [aesCbc, tripleDes, rc4];

/** Options of castls that speak one version. */
function speaking(version: LegacyVersion, ciphers: readonly LegacyCipher[] = all): Options {
  return { legacy: legacy({ versions: [version], ciphers, dangerouslySilent: true }) } as Options;
}

interface Suite {
  readonly name: string;
  readonly id: string;
  readonly certificate: Kind;
}

const suites: readonly Suite[] = [
  { name: 'TLS_RSA_WITH_AES_128_CBC_SHA', id: '002F', certificate: 'rsa' },
  { name: 'TLS_RSA_WITH_AES_256_CBC_SHA', id: '0035', certificate: 'rsa' },
  { name: 'TLS_RSA_WITH_3DES_EDE_CBC_SHA', id: '000A', certificate: 'rsa' },
  { name: 'TLS_RSA_WITH_RC4_128_SHA', id: '0005', certificate: 'rsa' },
  { name: 'TLS_RSA_WITH_RC4_128_MD5', id: '0004', certificate: 'rsa' },
  { name: 'TLS_DHE_RSA_WITH_AES_128_CBC_SHA', id: '0033', certificate: 'rsa' },
  { name: 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', id: 'C013', certificate: 'rsa' },
  { name: 'TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA', id: 'C012', certificate: 'rsa' },
  { name: 'TLS_ECDHE_RSA_WITH_RC4_128_SHA', id: 'C011', certificate: 'rsa' },
  { name: 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', id: 'C00A', certificate: 'p256' },
];
const withoutCurves = ({ name }: Suite) => !name.includes('_ECDHE_');
const suitesOf = (version: LegacyVersion) => (version === ssl30 ? suites.filter(withoutCurves) : suites);
/** The groups a server needs for a suite. */
const groupsFor = ({ name }: Suite): Options => (name.includes('_DHE_') ? { ecdhCurve: 'ffdhe2048' } : {});

let database: string | undefined;

/** A certificate database with the authority and all the certificates. */
function nssDatabase(): string {
  if (database !== undefined) return database;
  database = `sql:${scratch('legacy_nss')}`;
  mkdirSync(scratch('legacy_nss'));
  tool('certutil', ['-N', '-d', database, '--empty-password']);
  tool('certutil', ['-A', '-d', database, '-n', 'ca', '-t', 'CT,C,C', '-i', authority().certFile]);
  for (const kind of ['rsa', 'p256'] as const) {
    keep(kind, serverCertificate(kind));
    keep(`client_${kind}`, clientCertificate(kind));
  }
  return database;
}

function keep(name: string, { certFile, keyFile }: Certified): void {
  const out = scratch(`legacy_${name}.p12`);
  openssl('pkcs12', '-export', '-in', certFile, '-inkey', keyFile, '-name', name, '-passout', 'pass:x', '-out', out);
  tool('pk12util', ['-i', out, '-d', database as string, '-W', 'x', '-K', '']);
}

const nssNames = new Map([
  [ssl30, 'ssl3'],
  [tls10, 'tls1.0'],
  [tls11, 'tls1.1'],
]);
const nssRange = (version: LegacyVersion) => ['-V', `${nssNames.get(version)}:${nssNames.get(version)}`];

function tstclnt(port: number, ...args: string[]): Peer {
  const target = ['-h', '127.0.0.1', '-p', String(port), '-a', 'example.test', '-d', nssDatabase()];
  return run('tstclnt', [...target, ...args]);
}

async function selfserv(kind: Kind, ...args: string[]): Promise<number> {
  const port = await freePort();
  const which = kind === 'rsa' ? ['-n', kind] : ['-e', kind];
  run('selfserv', ['-d', nssDatabase(), ...which, '-p', String(port), '-v', ...args]);
  await answers(port);
  return port;
}

/** A page of selfserv's. */
async function fetches(port: number, options: Options): Promise<ReturnType<typeof infoOf>> {
  const socket = await connected(own, port, { ca: authority().cert, ...options });
  socket.write('GET / HTTP/1.0\r\n\r\n');
  // One byte may come ahead of the rest (BEAST).
  assert.match(String(await readBytes(socket, 15)), /^HTTP\/1\.0 200 OK/);
  return infoOf(socket);
}

withPeer(
  "NSS's tstclnt and selfserv, before TLS 1.2",
  ['tstclnt', 'selfserv', 'certutil', 'pk12util', 'openssl'],
  () => {
    for (const version of [ssl30, tls10, tls11]) {
      const protocol = version.name;
      for (const suite of suitesOf(version)) {
        test(`castls to nss: ${protocol} ${suite.name}`, async () => {
          const dhe = suite.name.includes('_DHE_') ? ['-H', '1'] : [];
          const port = await selfserv(suite.certificate, ...nssRange(version), '-c', `:${suite.id}`, ...dhe);
          const info = await fetches(port, speaking(version));
          assert.equal([info.protocolVersion, info.cipherSuite?.name], [protocol, suite.name]);
        });

        test(`nss to castls: ${protocol} ${suite.name}`, async () => {
          const server = {
            ...identity(serverCertificate(suite.certificate)),
            ...groupsFor(suite),
            ...speaking(version),
          };
          const running = await castlsServer(server);
          const accepted = nextSocket(running);
          const peer = tstclnt(running.port, ...nssRange(version), '-c', `:${suite.id}`);
          const socket = await accepted;
          assertNegotiated(socket, { protocol, suite: suite.name });
          peer.write('an echo of castls\n');
          await peer.says(/an echo of castls/);
          socket.end();
          peer.end();
          assert.is(await peer.finished(), 0);
          assert.equal(running.failures, []);
        });
      }

      test(`castls to nss: resumes in ${protocol}`, async () => {
        const port = await selfserv('rsa', ...nssRange(version));
        const options = { ca: authority().cert, ...speaking(version) };
        const first = client(own, port, options);
        const [session] = await Promise.all([event<Buffer>(first, 'session'), event(first, 'secureConnect')]);
        first.end();
        await event(first, 'close');
        assertNegotiated(await connected(own, port, { ...options, session }), { protocol, resumed: true });
      });

      test(`nss to castls: resumes in ${protocol}`, async () => {
        const server = { ...identity(serverCertificate('rsa')), ...speaking(version) };
        const running = await castlsServer(server, socket => {
          setTimeout(() => socket.end('bye\n'), 50);
        });
        const peer = tstclnt(running.port, ...nssRange(version), ...(version === ssl30 ? [] : ['-u']), '-L', '2');
        peer.end();
        await peer.finished();
        const reused = running.sockets.map(socket => socket.isSessionReused());
        assert.equal(reused.slice(0, 2), [false, true]);
      });

      for (const kind of version === ssl30 ? (['rsa'] as const) : (['rsa', 'p256'] as const)) {
        test(`castls to nss: client certificate ${kind}, required, ${protocol}`, async () => {
          const port = await selfserv('rsa', ...nssRange(version), '-r', '-r');
          await fetches(port, { ...identity(clientCertificate(kind)), ...speaking(version) });
        });

        test(`nss to castls: client certificate ${kind}, required, ${protocol}`, async () => {
          const server = { ...identity(serverCertificate('rsa')), requestCert: true, ...speaking(version) };
          const running = await castlsServer(server);
          const accepted = nextSocket(running);
          tstclnt(running.port, ...nssRange(version), '-n', `client_${kind}`);
          const socket = await accepted;
          assert.is(socket.authorized, true);
          assert.is(socket.getPeerCertificate().subject.CN, `${kind} client`);
        });
      }

      test(`castls to nss: a certificate is asked for, and there is none, ${protocol}`, async () => {
        const port = await selfserv('rsa', ...nssRange(version), '-r');
        await fetches(port, speaking(version));
      });
    }
  },
);

const opensslFlags = new Map([
  [tls10, '-tls1'],
  [tls11, '-tls1_1'],
]);
/** What Debian's OpenSSL has: RC4 and triple DES are compiled out. */
const opensslSuites = suites.filter(({ name }) => name.includes('_AES_'));
const lax = (suite: Suite) => ['-cipher', `${opensslName(suite.name)}:@SECLEVEL=0`];

async function sServer(kind: Kind, ...args: string[]): Promise<number> {
  const { certFile, keyFile } = serverCertificate(kind);
  const files = ['-cert', certFile, '-key', keyFile, '-CAfile', authority().certFile];
  const peer = run('openssl', ['s_server', '-accept', '127.0.0.1:0', ...files, '-rev', ...args]);
  const [, port] = await peer.says(/^ACCEPT 127\.0\.0\.1:(\d+)$/m);
  return Number(port);
}

function sClient(port: number, ...args: string[]): Peer {
  const trust = ['-CAfile', authority().certFile, '-servername', 'example.test'];
  return run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...trust, ...args]);
}

withPeer('openssl, before TLS 1.2', ['openssl'], () => {
  for (const version of [tls10, tls11]) {
    const protocol = version.name;
    const flag = opensslFlags.get(version) as string;
    for (const suite of opensslSuites) {
      test(`castls to openssl: ${protocol} ${suite.name}`, async () => {
        const port = await sServer(suite.certificate, flag, ...lax(suite));
        const socket = await connected(own, port, { ca: authority().cert, ...speaking(version) });
        assertNegotiated(socket, { protocol, suite: suite.name });
        socket.write('sltsac\n');
        assert.is(String(await readBytes(socket, 7)), 'castls\n');
        socket.end();
        await event(socket, 'close');
      });

      test(`openssl to castls: ${protocol} ${suite.name}`, async () => {
        const server = { ...identity(serverCertificate(suite.certificate)), ...groupsFor(suite), ...speaking(version) };
        const running = await castlsServer(server);
        const accepted = nextSocket(running);
        const peer = sClient(running.port, flag, ...lax(suite));
        assertNegotiated(await accepted, { protocol, suite: suite.name });
        peer.write('an echo of castls\n');
        await peer.says(/an echo of castls/);
        assert.match(peer.output, /Verify return code: 0 \(ok\)/);
      });
    }

    test(`castls to openssl: a client certificate and resumption, ${protocol}`, async () => {
      const port = await sServer('rsa', flag, '-cipher', 'ALL:@SECLEVEL=0', '-Verify', '1', '-verify_return_error');
      const options = { ca: authority().cert, ...identity(clientCertificate('rsa')), ...speaking(version) };
      const first = client(own, port, options);
      const [session] = await Promise.all([event<Buffer>(first, 'session'), event(first, 'secureConnect')]);
      first.end();
      await event(first, 'close');
      assertNegotiated(await connected(own, port, { ...options, session }), { protocol, resumed: true });
    });

    test(`openssl to castls: a client certificate, then resumption, ${protocol}`, async () => {
      const server = { ...identity(serverCertificate('rsa')), requestCert: true, ...speaking(version) };
      const running = await castlsServer(server, socket => {
        socket.end('bye\n');
      });
      const { certFile, keyFile } = clientCertificate('p256');
      const file = scratch(`legacy_${protocol}.session`);
      const args = [flag, '-cipher', 'ALL:@SECLEVEL=0', '-cert', certFile, '-key', keyFile];
      await sClient(running.port, ...args, '-sess_out', file).finished();
      const again = sClient(running.port, ...args, '-sess_in', file);
      await again.finished();
      assert.equal(
        running.sockets.map(socket => [socket.authorized, socket.isSessionReused()]),
        [
          [true, false],
          [true, true],
        ],
      );
    });
  }
});

withPeer('GnuTLS, before TLS 1.2', ['gnutls-cli', 'gnutls-serv'], () => {
  for (const version of [tls10, tls11]) {
    const protocol = version.name;
    const number = version === tls10 ? '1.0' : '1.1';
    for (const cipher of ['AES-128-CBC', '3DES-CBC', 'ARCFOUR-128']) {
      const priority = `LEGACY:-VERS-ALL:+VERS-TLS${number}:-CIPHER-ALL:+${cipher}:%VERIFY_ALLOW_SIGN_WITH_SHA1`;
      test(`castls to gnutls: ${protocol} with ${cipher}`, async () => {
        const port = await freePort();
        const { certFile, keyFile } = serverCertificate('rsa');
        const files = ['--x509certfile', certFile, '--x509keyfile', keyFile, '--disable-client-cert'];
        run('gnutls-serv', ['-p', String(port), '--echo', ...files, '--priority', priority]);
        await answers(port);
        const socket = await connected(own, port, { ca: authority().cert, ...speaking(version) });
        assertNegotiated(socket, { protocol });
        socket.write('an echo\n');
        assert.is(String(await readBytes(socket, 8)), 'an echo\n');
      });

      test(`gnutls to castls: ${protocol} with ${cipher}`, async () => {
        const running = await castlsServer({ ...identity(serverCertificate('rsa')), ...speaking(version) });
        const accepted = nextSocket(running);
        const names = ['--sni-hostname', 'example.test', '--verify-hostname', 'example.test'];
        const trust = ['--x509cafile', authority().certFile, '--priority', priority];
        const peer = run('gnutls-cli', ['-p', String(running.port), '127.0.0.1', ...names, ...trust]);
        assertNegotiated(await accepted, { protocol });
        peer.write('an echo of castls\n');
        await peer.says(/an echo of castls/);
      });
    }
  }
});

/** A PKCS#12 file as Java reads it. */
function javaStore(name: string, { certFile, keyFile }: Certified): string {
  const out = scratch(`java_${name}.p12`);
  openssl(
    'pkcs12',
    '-export',
    '-in',
    certFile,
    '-inkey',
    keyFile,
    '-name',
    name,
    '-passout',
    'pass:secret',
    '-out',
    out,
  );
  return out;
}

/** A store with the authority as somebody to trust. */
function javaTrust(): string {
  const out = scratch('java_trust.p12');
  if (!existsSync(out)) {
    const password = ['-storetype', 'PKCS12', '-storepass', 'secret'];
    tool('keytool', [
      '-importcert',
      '-noprompt',
      '-alias',
      'ca',
      '-file',
      authority().certFile,
      '-keystore',
      out,
      ...password,
    ]);
  }
  return out;
}

/** Compiled once. */
function javaClasses(): string {
  const out = scratch('java_classes');
  if (!existsSync(out)) tool('javac', ['-d', out, join(root, 'test/interop/java/Jsse.java')]);
  return out;
}

/** Java calls suites of before TLS by another name. */
const javaName = ({ name }: Suite) =>
  /RC4|3DES/.test(name) && !name.includes('ECDHE') ? name.replace('TLS', 'SSL') : name;

function java(
  mode: 'server' | 'client',
  port: number,
  version: LegacyVersion,
  suite: Suite,
  own: Certified,
  need: boolean,
): Peer {
  const files = [javaStore(`${mode}_${suite.certificate}`, own), javaTrust()];
  const rest = [version.name, javaName(suite), ...files, need ? 'need' : 'none', '2'];
  return run('java', ['-XX:TieredStopAtLevel=1', '-cp', javaClasses(), 'Jsse', mode, String(port), ...rest]);
}

// Java 17 takes up no session of SSL 3.0 again, neither as client nor as server.
const javaResumes = (version: LegacyVersion) => version !== ssl30;
const javaSuites = [suites[0], suites[2], suites[3], suites[6]];

withPeer("Java's JSSE, before TLS 1.2", ['java', 'javac', 'keytool', 'openssl'], () => {
  for (const version of [ssl30, tls10, tls11]) {
    const protocol = version.name;
    for (const suite of javaSuites.filter(suite => suitesOf(version).includes(suite))) {
      test(`castls to java: ${protocol} ${suite.name}, a client certificate, resumption`, async () => {
        const peer = java('server', 0, version, suite, serverCertificate('rsa'), true);
        const [, port] = await peer.says(/^LISTENING (\d+)$/m, 20_000);
        const options = { ca: authority().cert, ...identity(clientCertificate('rsa')), ...speaking(version) };
        let session: Buffer | undefined;
        for (const again of [false, true]) {
          const resumed = again && javaResumes(version);
          const socket = client(own, Number(port), { ...options, session });
          if (!again) socket.once('session', (given: Buffer) => (session = given));
          await event(socket, 'secureConnect');
          socket.write('a line of castls\n');
          assert.is(String(await readBytes(socket, 17)), 'a line of castls\n');
          assertNegotiated(socket, { protocol, suite: suite.name, resumed });
          socket.end();
          await event(socket, 'close');
        }
      });

      test(`java to castls: ${protocol} ${suite.name}, a client certificate, resumption`, async () => {
        const server = { ...identity(serverCertificate('rsa')), requestCert: true, ...speaking(version) };
        const running = await castlsServer(server);
        const peer = java('client', running.port, version, suite, clientCertificate('rsa'), false);
        assert.is(await peer.finished(25_000), 0, peer.output);
        assert.is(peer.stdout.match(/^ECHO a line of Java$/gm)?.length, 2);
        assert.equal(
          running.sockets.map(socket => [socket.authorized, socket.isSessionReused()]),
          [
            [true, false],
            [true, javaResumes(version)],
          ],
        );
      });
    }
  }
});

test.run();
