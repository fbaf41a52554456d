// curl and headless Chromium against HTTPS servers of castls.

import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket as NodeTLSSocket, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, later, type Running } from '../support/node_tls.ts';
import { write } from '../support/openssl.ts';
import { authority, clientCertificate, type KeyKind, serverCertificate } from '../support/peer_certificates.ts';
import {
  assertNegotiated,
  castlsServer,
  type Expected,
  identity,
  infoOf,
  type Peer,
  pattern,
  run,
  withPeer,
} from '../support/peers.ts';

test.after.each(cleanUp);

/** Says how the connection came to be; a POST is sent back. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'POST') {
    request.pipe(response);
    return;
  }
  const { protocolVersion, group, resumed } = infoOf(request.socket as NodeTLSSocket);
  response.setHeader('content-type', 'text/html');
  response.end(`<p id="castls">${protocolVersion} ${group?.name ?? 'none'} resumed=${resumed} ${request.url}</p>`);
}

function httpsServer(kind: KeyKind, options: TlsOptions = {}): Promise<Running> {
  const http = createServer(answer);
  return castlsServer({ ...identity(serverCertificate(kind)), ...options }, socket => http.emit('connection', socket));
}

function curl(port: number, ...args: string[]): Peer {
  const where = ['--resolve', `example.test:${port}:127.0.0.1`, '--max-time', '20', '--cacert', authority().certFile];
  return run('curl', ['-sS', ...where, ...args, `https://example.test:${port}/`]);
}

async function fetches(
  kind: KeyKind,
  args: readonly string[],
  expected: Expected,
  options?: TlsOptions,
): Promise<void> {
  const running = await httpsServer(kind, options);
  const peer = curl(running.port, ...args);
  assert.is(await peer.finished(), 0, peer.output);
  assert.match(peer.stdout, /<p id="castls">TLSv1\.[23]/);
  assertNegotiated(running.sockets[0], expected);
  assert.equal(running.failures, []);
}

const only12 = ['--tls-max', '1.2'];

withPeer('curl', ['curl', 'openssl'], () => {
  test('curl to castls: the defaults of both need no HelloRetryRequest', () =>
    fetches('p256', [], { protocol: 'TLSv1.3', group: 'x25519', retried: false }));

  for (const kind of ['p256', 'p384', 'rsa', 'rsapss', 'ed25519'] as const) {
    test(`curl to castls: TLS 1.3 with ${kind}`, () => fetches(kind, ['--tlsv1.3'], { protocol: 'TLSv1.3' }));
    test(`curl to castls: TLS 1.2 with ${kind}`, () => fetches(kind, only12, { protocol: 'TLSv1.2' }));
  }

  for (const [name, group] of Object.entries({ 'P-384': 'secp384r1', X448: 'x448', 'P-521': 'secp521r1' })) {
    test(`curl to castls: group ${group}`, () => fetches('rsa', ['--curves', name], { protocol: 'TLSv1.3', group }));
  }

  for (const suite of [
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-RSA-CHACHA20-POLY1305',
    'DHE-RSA-AES128-GCM-SHA256',
    'AES128-SHA',
  ]) {
    test(`curl to castls: ${suite}, named by both`, () =>
      fetches('rsa', [...only12, '--ciphers', suite], { protocol: 'TLSv1.2' }, { ciphers: suite, dhparam: 'auto' }));
  }

  for (const version of [[], only12]) {
    const name = version.length === 0 ? 'TLS 1.3' : 'TLS 1.2';

    test(`curl to castls: the required client certificate in ${name}`, async () => {
      const { certFile, keyFile } = clientCertificate('p256');
      await fetches('p256', [...version, '--cert', certFile, '--key', keyFile], {}, { requestCert: true });
    });

    test(`curl to castls: the required client certificate is missing in ${name}`, async () => {
      const { port } = await httpsServer('p256', { requestCert: true });
      const peer = curl(port, ...version);
      assert.is.not(await peer.finished(), 0);
      assert.match(peer.stderr, version.length === 0 ? /certificate required/ : /handshake failure/);
    });

    test(`curl to castls: 4 MiB there and back in ${name}`, async () => {
      const { port } = await httpsServer('p256');
      const data = pattern(4 << 20);
      const file = write('upload', data);
      const peer = curl(port, ...version, '--data-binary', `@${file}`, '-H', 'Expect:');
      assert.is(await peer.finished(20_000), 0, peer.stderr);
      assert.ok(Buffer.from(peer.stdout, 'latin1').equals(data));
    });

    test(`curl to castls: HTTP/2 by ALPN in ${name}`, async () => {
      const http2 = createHttp2Server((_request, response) => response.end('over HTTP/2'));
      const options = { ...identity(serverCertificate('p256')), ALPNProtocols: ['h2', 'http/1.1'] };
      const running = await castlsServer(options, socket => http2.emit('connection', socket));
      const peer = curl(running.port, ...version, '--http2', '-w', ' %{http_version}');
      assert.is(await peer.finished(), 0, peer.stderr);
      assert.is(peer.stdout, 'over HTTP/2 2');
    });
  }
});

withPeer('Chromium', ['chromium', 'openssl'], () => {
  for (const kind of ['p256', 'rsa'] as const) {
    test(`Chromium to castls: loads a page with ${kind}, without a HelloRetryRequest`, async () => {
      const running = await httpsServer(kind);
      const { stdout } = await chromium(running.port, kind);
      assert.match(stdout, /<p id="castls">TLSv1\.3 X25519MLKEM768 resumed=(true|false) \/page<\/p>/);
      const pages = running.sockets.filter(socket => infoOf(socket).protocolVersion !== null);
      assert.ok(pages.length > 0);
      for (const socket of pages) assert.is(infoOf(socket).helloRetried, false);
    });
  }

  test('Chromium to castls: TLS 1.2', async () => {
    const running = await httpsServer('p256', { maxVersion: 'TLSv1.2' });
    const { stdout } = await chromium(running.port, 'p256');
    assert.match(stdout, /<p id="castls">TLSv1\.2 x25519 /);
  });
});

/** Loads a page and prints its DOM. The authority is not in Chromium's store: the key of the server is named instead. */
async function chromium(port: number, kind: KeyKind): Promise<Peer> {
  const profile = mkdtempSync(join(tmpdir(), 'castls-chromium-'));
  later(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const key = new X509Certificate(serverCertificate(kind).cert).publicKey.export({ type: 'spki', format: 'der' });
  const peer = run('chromium', [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage'],
    ...[
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--user-data-dir=${profile}`,
    ],
    `--ignore-certificate-errors-spki-list=${createHash('sha256').update(key).digest('base64')}`,
    ...['--dump-dom', `https://127.0.0.1:${port}/page`],
  ]);
  await peer.finished(60_000);
  return peer;
}

test.run();
