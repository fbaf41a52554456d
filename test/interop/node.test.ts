// node:tls of a newer Node.js (OpenSSL 3.5: X25519MLKEM768, ML-DSA), against servers and clients of castls. That of the
// Node that runs the tests is tried in test/node.

import { join } from 'node:path';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CipherSuite13 } from '../../src/registry/cipher_suites.ts';
import { commandFile } from '../support/command.ts';
import { newerNode } from '../support/newer_node.ts';
import { cleanUp, client, connected, event, own, readBytes } from '../support/node_tls.ts';
import { readText, scratch, tool } from '../support/openssl.ts';
import {
  authority,
  clientCertificate,
  type KeyKind,
  keyKinds,
  schemeOf,
  serverCertificate,
} from '../support/peer_certificates.ts';
import {
  assertNegotiated,
  castlsServer,
  type Expected,
  identity,
  infoOf,
  nextSocket,
  type Peer,
  root,
  run,
  withReason,
} from '../support/peers.ts';
import { suites12 } from '../support/suites12.ts';

test.after.each(cleanUp);

const node = newerNode();
const program = 'path' in node ? node.path : '';
const trust = () => ({ ca: authority().cert });

type NodeOptions = TlsOptions & ConnectionOptions;

function nodePeer(role: 'server' | 'client', options: NodeOptions, rounds = 1): Peer {
  const script = join(root, 'test/support/node_tls_peer.mjs');
  return run(program, [script, role, JSON.stringify({ options, rounds })]);
}

async function nodeServer(options: NodeOptions): Promise<[Peer, number]> {
  const peer = nodePeer('server', { ...identity(serverCertificate('p256')), ...options });
  const [, port] = await peer.says(/"port":(\d+)/);
  return [peer, Number(port)];
}

interface Facts {
  readonly protocol: string;
  readonly cipher: string;
  readonly alpn: string | false;
  readonly authorized: boolean;
  readonly resumed: boolean;
  readonly peer: string | null;
}

/** What the peer tells of its nth connection. */
async function factsOf(peer: Peer, nth = 1): Promise<Facts> {
  const pattern = new RegExp(`(?:"connection":[^]*?){${nth - 1}}"connection":({[^}]*})`);
  const [, json] = await peer.says(pattern);
  return JSON.parse(json);
}

interface Row {
  readonly name: string;
  readonly certificate?: KeyKind;
  /** Options of node:tls. */
  readonly node?: NodeOptions;
  /** Options of castls. */
  readonly options?: NodeOptions;
  readonly expected: Expected;
}

async function fromNode({ certificate = 'p256', node: given, options, expected }: Row): Promise<void> {
  const running = await castlsServer({ ...identity(serverCertificate(certificate)), ...options });
  const accepted = nextSocket(running);
  const peer = nodePeer('client', { port: running.port, ...trust(), ...given });
  assertNegotiated(await accepted, expected);
  const facts = await factsOf(peer);
  assert.is(facts.authorized, true);
  assert.is(await peer.finished(), 0);
  assert.equal(running.failures, []);
}

async function toNode({ certificate = 'p256', node: given, options, expected }: Row): Promise<void> {
  const [, port] = await nodeServer({ ...identity(serverCertificate(certificate)), ...given });
  const socket = await connected(own, port, { ...trust(), ...options });
  assertNegotiated(socket, expected);
  socket.write('castls\n');
  assert.is(String(await readBytes(socket, 7)), 'castls\n');
}

const only12 = { maxVersion: 'TLSv1.2' } as const;
const groups = [
  'X25519MLKEM768',
  'SecP256r1MLKEM768',
  'SecP384r1MLKEM1024',
  'x25519',
  'secp256r1',
  'secp384r1',
  'secp521r1',
  'x448',
  'ffdhe2048',
  'ffdhe3072',
];

/** As OpenSSL calls them. */
const opensslGroup = (group: string): string =>
  group
    .replace(/^secp256r1$/, 'P-256')
    .replace(/^secp(\d+)r1$/, 'P-$1')
    .replace(/^x/, 'X');

const rows: Row[] = [
  {
    name: 'the defaults of both take X25519MLKEM768 and need no HelloRetryRequest',
    expected: { protocol: 'TLSv1.3', group: 'X25519MLKEM768', retried: false },
  },
  ...Object.keys(CipherSuite13).map(suite => ({
    name: `TLS 1.3 suite ${suite}`,
    // OpenSSL counts CCM_8 as too weak for its usual level.
    node: { ciphers: `${suite}:DEFAULT@SECLEVEL=0` },
    options: { ciphers: suite },
    expected: { protocol: 'TLSv1.3', suite },
  })),
  ...groups.map(group => ({
    name: `TLS 1.3 group ${group}`,
    node: { ecdhCurve: opensslGroup(group) },
    options: { ecdhCurve: group },
    expected: { protocol: 'TLSv1.3', group },
  })),
  ...keyKinds.map(kind => ({
    name: `TLS 1.3 with ${kind}`,
    certificate: kind,
    expected: { protocol: 'TLSv1.3', scheme: schemeOf[kind] },
  })),
  ...suites12
    .filter(({ keyExchange }) => keyExchange === 'ecdhe')
    .map(({ name, openssl, certificate }) => ({
      name: `TLS 1.2 suite ${name}`,
      certificate,
      node: { ...only12, ciphers: `${openssl}:@SECLEVEL=0` },
      options: { ciphers: name, dhparam: 'auto' as const },
      expected: { protocol: 'TLSv1.2', suite: name },
    })),
  ...keyKinds.map(kind => ({
    name: `TLS 1.2 with ${kind}`,
    certificate: kind,
    node: only12,
    expected: { protocol: 'TLSv1.2' },
  })),
];

/** A certificate of an ML-DSA key: Debian's openssl makes none, castls does. */
async function mldsaCertificate(kind: string, profile: 'server' | 'client'): Promise<{ cert: string; key: string }> {
  const name = `${profile}_${kind}`;
  const out = ['--key-type', kind, '--key-out', scratch(`${name}.key`), '--out', scratch(`${name}.crt`), '--force'];
  const ca = ['--ca', authority().certFile, '--ca-key', authority().keyFile];
  const names = profile === 'server' ? ['example.test'] : ['client@example.test', '--subject', `CN=${kind} client`];
  tool(process.execPath, [await commandFile(), 'cert', 'issue', ...names, '--profile', profile, ...ca, ...out]);
  return { cert: readText(`${name}.crt`), key: readText(`${name}.key`) };
}

withReason('a newer Node.js', 'missing' in node ? node.missing : null, () => {
  for (const row of rows) {
    test(`newer node to castls: ${row.name}`, () => fromNode(row));
    test(`castls to newer node: ${row.name}`, () => toNode(row));
  }

  for (const kind of ['mldsa44', 'mldsa65', 'mldsa87']) {
    test(`newer node to castls: server and client certificates of ${kind}`, async () => {
      const presented = await mldsaCertificate(kind, 'server');
      const running = await castlsServer({ ...presented, requestCert: true });
      const accepted = nextSocket(running);
      const peer = nodePeer('client', { port: running.port, ...trust(), ...(await mldsaCertificate(kind, 'client')) });
      const socket = await accepted;
      assertNegotiated(socket, { protocol: 'TLSv1.3', scheme: kind });
      assert.is(infoOf(socket).clientSignatureScheme, kind);
      assert.is((await factsOf(peer)).authorized, true);
    });

    test(`castls to newer node: server and client certificates of ${kind}`, async () => {
      const [peer, port] = await nodeServer({
        ...(await mldsaCertificate(kind, 'server')),
        ...trust(),
        requestCert: true,
      });
      const socket = await connected(own, port, { ...trust(), ...(await mldsaCertificate(kind, 'client')) });
      assertNegotiated(socket, { protocol: 'TLSv1.3', scheme: kind });
      assert.is(infoOf(socket).clientSignatureScheme, kind);
      const facts = await factsOf(peer);
      assert.is(facts.authorized, true);
      assert.is(facts.peer, `${kind} client`);
    });
  }

  for (const protocol of ['TLSv1.3', 'TLSv1.2'] as const) {
    const version = { minVersion: protocol, maxVersion: protocol };

    test(`newer node to castls: resumes in ${protocol}`, async () => {
      const running = await castlsServer(identity(serverCertificate('p256')));
      const peer = nodePeer('client', { port: running.port, ...trust(), ...version }, 2);
      assert.is((await factsOf(peer, 1)).resumed, false);
      assert.is((await factsOf(peer, 2)).resumed, true);
      assert.is(await peer.finished(), 0);
    });

    test(`castls to newer node: resumes in ${protocol}`, async () => {
      const [peer, port] = await nodeServer(version);
      const first = client(own, port, trust());
      const [session] = await Promise.all([event<Buffer>(first, 'session'), event(first, 'secureConnect')]);
      first.destroy();
      assertNegotiated(await connected(own, port, { ...trust(), session }), { protocol, resumed: true });
      assert.is((await factsOf(peer, 2)).resumed, true);
    });

    test(`newer node to castls: client certificate and ALPN in ${protocol}`, async () => {
      const options = { requestCert: true, ALPNProtocols: ['h2', 'http/1.1'] };
      const running = await castlsServer({ ...identity(serverCertificate('p256')), ...options });
      const accepted = nextSocket(running);
      const who = identity(clientCertificate('rsa'));
      nodePeer('client', { port: running.port, ...trust(), ...version, ...who, ALPNProtocols: ['http/1.1', 'h2'] });
      const socket = await accepted;
      assert.is(socket.authorized, true);
      assert.is(socket.alpnProtocol, 'h2');
    });

    test(`castls to newer node: client certificate and ALPN in ${protocol}`, async () => {
      const [peer, port] = await nodeServer({ ...version, ...trust(), requestCert: true, ALPNProtocols: ['h2'] });
      const who = identity(clientCertificate('rsa'));
      const socket = await connected(own, port, { ...trust(), ...who, ALPNProtocols: ['http/1.1', 'h2'] });
      assert.is(socket.alpnProtocol, 'h2');
      const facts = await factsOf(peer);
      assert.is(facts.authorized, true);
      assert.is(facts.peer, 'rsa client');
    });

    test(`newer node to castls: the required client certificate is missing in ${protocol}`, async () => {
      const running = await castlsServer({ ...identity(serverCertificate('p256')), requestCert: true });
      const peer = nodePeer('client', { port: running.port, ...trust(), ...version });
      await peer.says(protocol === 'TLSv1.3' ? /CERTIFICATE_REQUIRED/ : /HANDSHAKE_FAILURE/);
    });

    test(`castls to newer node: the required client certificate is missing in ${protocol}`, async () => {
      const [, port] = await nodeServer({ ...version, ...trust(), requestCert: true });
      const socket = client(own, port, trust());
      socket.resume();
      const error = await event<NodeJS.ErrnoException & { alert?: number }>(socket, 'error');
      assert.is(error.alert, protocol === 'TLSv1.3' ? 116 : 40);
    });
  }
});

test.run();
