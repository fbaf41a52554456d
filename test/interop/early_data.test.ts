// 0-RTT against peers that were not written here: OpenSSL and GnuTLS in both roles, nginx as a server.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions, TLSSocket as NodeTLSSocket, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, event, own, type Running } from '../support/node_tls.ts';
import { scratch } from '../support/openssl.ts';
import { authority, serverCertificate } from '../support/peer_certificates.ts';
import { answers, castlsServer, castlsSocket, freePort, identity, run, withPeer } from '../support/peers.ts';

test.after.each(cleanUp);

const WORDS = 'said before the handshake was over\n';

function connected(port: number, more: object = {}): Promise<NodeTLSSocket> {
  const options = { port, host: '127.0.0.1', servername: 'example.test', ca: authority().cert, ...more };
  const socket = own.connect(options as ConnectionOptions);
  return event(socket, 'secureConnect').then(() => socket);
}

/** The session of a first connection, whose request makes the server say something. */
async function sessionOf(port: number, words = WORDS): Promise<Buffer> {
  const options = { port, host: '127.0.0.1', servername: 'example.test', ca: authority().cert };
  const socket = own.connect(options);
  const sessions: Buffer[] = [];
  socket.on('session', session => sessions.push(session));
  await event(socket, 'secureConnect');
  socket.write(words);
  await event(socket, 'data');
  socket.destroy();
  assert.ok(sessions.length > 0, 'the server gave tickets');
  return sessions[sessions.length - 1];
}

interface EarlyServer {
  readonly running: Running;
  readonly early: string[];
}

/** A server of castls that takes early data, and sends it and all else back. */
async function earlyServer(): Promise<EarlyServer> {
  const early: string[] = [];
  const options = { ...identity(serverCertificate('p256')), acceptEarlyData: true } as TlsOptions;
  const running = await castlsServer(options);
  running.server.on('earlyData', (chunk: Buffer, socket: NodeTLSSocket) => {
    early.push(chunk.toString());
    socket.write(chunk);
  });
  return { running, early };
}

function wordsFile(): string {
  const file = scratch('early.txt');
  writeFileSync(file, WORDS);
  return file;
}

withPeer('openssl -early_data', ['openssl'], () => {
  test('openssl s_server takes early data of castls, and refuses it a second time', async () => {
    const { certFile, keyFile } = serverCertificate('p256');
    const port = await freePort();
    const files = ['-cert', certFile, '-key', keyFile];
    const peer = run('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-early_data', ...files, '-tls1_3']);
    await peer.says(/ACCEPT/);
    const first = await connected(port);
    const session = await event(first, 'session');
    first.destroy();
    const second = await connected(port, { session, earlyData: Buffer.from(WORDS) });
    assert.is(castlsSocket(second).earlyData, 'accepted');
    await peer.says(/said before the handshake was over/);
    second.destroy();
    const third = await connected(port, { session, earlyData: Buffer.from(WORDS) });
    assert.is.not(castlsSocket(third).earlyData, 'accepted');
    third.destroy();
  });

  test('openssl s_client sends early data to castls, which answers it; a second time it is not taken', async () => {
    const { running, early } = await earlyServer();
    const session = scratch('session.pem');
    const base = ['s_client', '-connect', `127.0.0.1:${running.port}`, '-servername', 'example.test'];
    const args = [...base, '-CAfile', authority().certFile];
    const first = run('openssl', [...args, '-sess_out', session]);
    first.write('first\n');
    await first.says(/first/);
    first.end();
    assert.is(await first.finished(), 0);
    assert.ok(existsSync(session));
    const second = run('openssl', [...args, '-sess_in', session, '-early_data', wordsFile()]);
    await second.says(/Early data was accepted/);
    await second.says(/said before the handshake was over/);
    second.end();
    assert.is(await second.finished(), 0);
    assert.equal(early, [WORDS]);
    const third = run('openssl', [...args, '-sess_in', session, '-early_data', wordsFile()]);
    await third.says(/Early data was rejected/);
    third.end();
    assert.is(await third.finished(), 0);
    assert.equal(early, [WORDS]);
    assert.equal(running.failures, []);
  });
});

withPeer('gnutls --earlydata', ['gnutls-cli', 'gnutls-serv'], () => {
  test('gnutls-serv takes early data of castls', async () => {
    const { certFile, keyFile } = serverCertificate('p256');
    const port = await freePort();
    const files = ['--x509certfile', certFile, '--x509keyfile', keyFile];
    run('gnutls-serv', ['-p', String(port), '--echo', '--earlydata', '--disable-client-cert', ...files]);
    await answers(port);
    const session = await sessionOf(port);
    const second = await connected(port, { session, earlyData: Buffer.from(WORDS) });
    assert.is(castlsSocket(second).earlyData, 'accepted');
    second.destroy();
  });

  test('gnutls-cli sends early data to castls when it resumes', async () => {
    const { running, early } = await earlyServer();
    const trust = [
      '--x509cafile',
      authority().certFile,
      '--verify-hostname=example.test',
      '--sni-hostname=example.test',
    ];
    const args = ['-p', String(running.port), '127.0.0.1', ...trust, '--resume', '--waitresumption'];
    const peer = run('gnutls-cli', [...args, `--earlydata=${wordsFile()}`]);
    await peer.says(/This is a resumed session/);
    await peer.says(/said before the handshake was over/);
    peer.end();
    assert.is(await peer.finished(), 0);
    assert.equal(early, [WORDS]);
  });
});

withPeer('nginx ssl_early_data', ['nginx'], () => {
  test('nginx takes a request of castls as early data, and says so to what is behind it', async () => {
    const { certFile, keyFile } = serverCertificate('p256');
    const port = await freePort();
    const folder = scratch(`nginx-${port}`);
    mkdirSync(folder, { recursive: true });
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      name => `${name}_temp_path ${folder}/${name};`,
    );
    const server = `listen 127.0.0.1:${port} ssl; ssl_certificate ${certFile}; ssl_certificate_key ${keyFile};
      ssl_protocols TLSv1.3; ssl_early_data on; ssl_session_cache shared:s:1m;
      location / { default_type text/plain; return 200 "early:$ssl_early_data:"; }`;
    const config = join(folder, 'nginx.conf');
    const http = `access_log off; ${paths.join(' ')} server { ${server} }`;
    writeFileSync(
      config,
      `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events {} http { ${http} }\n`,
    );
    run('nginx', ['-c', config, '-p', folder]);
    await answers(port);
    const request = 'GET / HTTP/1.1\r\nhost: example.test\r\nconnection: close\r\n\r\n';
    const session = await sessionOf(port, request);
    const socket = await connected(port, { session, earlyData: Buffer.from(request) });
    assert.is(castlsSocket(socket).earlyData, 'accepted');
    const answer: string[] = [];
    socket.on('data', chunk => answer.push(String(chunk)));
    await event(socket, 'end');
    assert.match(answer.join(''), /early:1:/);
    socket.destroy();
  });
});

test.run();
