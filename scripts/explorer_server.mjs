// Serves the explorer: the page by http and by castls' https, what the page needs to know for the live mode, castls bridge,
// and castls and openssl servers to talk to. Everything on loopback. For npm start and the tests.

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildExplorer, output } from './explorer.mjs';
import { root } from './set_up.mjs';

const DAY = 86_400_000;
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };
const command = join(root, 'build/dist/castls.js');

/** @param {{port?: number, httpsPort?: number, allow?: string[]}} [options] ports of 0 are chosen */
export async function startExplorer({ port = 0, httpsPort = 0, allow = [] } = {}) {
  const { bytes } = await buildExplorer();
  const place = join(root, 'build/explorer-server');
  mkdirSync(place, { recursive: true });
  const identity = await makeIdentity();
  const caFile = join(place, 'ca.crt');
  writeFileSync(caFile, identity.ca);
  const certFile = join(place, 'server.crt');
  const keyFile = join(place, 'server.key');
  writeFileSync(certFile, identity.cert);
  writeFileSync(keyFile, identity.key, { mode: 0o600 });

  /** @type {Program[]} */
  const programs = [];
  const start = (
    /** @type {string} */ program,
    /** @type {string[]} */ args,
    /** @type {Record<string, string>} */ env = {},
  ) => {
    const started = new Program(program, args, env);
    programs.push(started);
    return started;
  };
  const files = filesOf();
  /** @type {Map<string, string>} */
  const dynamic = new Map();
  const handler = handlerOf(files, dynamic);
  const plain = createServer(handler);
  try {
    const httpPort = await listen(plain, port);
    const { createServer: createHttps } = await import(pathToFileURL(join(root, 'build/dist/https.js')).href);
    const secure = createHttps({ cert: identity.cert, key: identity.key }, handler);
    // Browsers that do not know the CA, and people who look.
    secure.on('tlsClientError', () => {});
    const securePort = await listen(secure, httpsPort);

    const served = start(process.execPath, [
      ...[command, 'serve', '--port', '0', '--host', '127.0.0.1', '--www', '--alpn', 'http/1.1'],
      ...['--cert', certFile, '--key', keyFile],
    ]);
    const listening = /^listening on 127\.0\.0\.1:(\d+)$/m;
    const servers = [
      { name: 'castls serve', host: '127.0.0.1', port: Number(await served.line(listening)), serverName: 'localhost' },
    ];
    if (spawnSync('openssl', ['version']).status === 0) {
      const args = ['s_server', '-www', '-accept', '127.0.0.1:0', '-cert', certFile, '-key', keyFile, '-no_ign_eof'];
      const openssl = start('openssl', args);
      const opensslPort = Number(await openssl.line(/^ACCEPT \S*:(\d+)$/m));
      servers.push({ name: 'openssl s_server', host: '127.0.0.1', port: opensslPort, serverName: 'localhost' });
    }
    const http = `http://127.0.0.1:${httpPort}/`;
    const https = `https://localhost:${securePort}/`;
    const token = randomBytes(24).toString('base64url');
    const allowed = [...servers.map(server => `127.0.0.1:${server.port}`), ...allow].flatMap(target => [
      '--allow',
      target,
    ]);
    const origins = [http, https, `http://localhost:${httpPort}`, `https://127.0.0.1:${securePort}`].flatMap(url => [
      '--origin',
      new URL(url).origin,
    ]);
    const bridge = start(process.execPath, [command, 'bridge', '--port', '0', ...allowed, ...origins], {
      CASTLS_BRIDGE_TOKEN: token,
    });
    const bridgeUrl = await bridge.line(/^listening on (\S+)$/m);
    dynamic.set('/live.json', JSON.stringify({ bridge: bridgeUrl, token, ca: identity.ca, servers }));
    return {
      http,
      https,
      bytes,
      caFile,
      ca: identity.ca,
      servers,
      stop() {
        for (const program of programs) program.stop();
        for (const server of [plain, secure]) {
          server.close();
          server.closeAllConnections?.();
        }
      },
    };
  } catch (error) {
    for (const program of programs) program.stop();
    plain.close();
    throw error;
  }
}

/** A CA for a day, and a certificate of it for this machine. */
async function makeIdentity() {
  const x509 = await import(pathToFileURL(join(root, 'build/dist/x509.js')).href);
  const { formatPem, generatePrivateKey, issueCertificate, issueSelfSigned, writePrivateKey } = x509;
  const notBefore = Date.now() - 3_600_000;
  const notAfter = Date.now() + 7 * DAY;
  const caKey = await generatePrivateKey({ type: 'ec', curve: 'P-256' });
  const ca = await issueSelfSigned(
    { profile: 'ca', subject: 'CN=castls explorer on this machine', publicKey: caKey, notBefore, notAfter },
    { key: caKey },
  );
  const key = await generatePrivateKey({ type: 'ec', curve: 'P-256' });
  const names = ['localhost', '127.0.0.1'];
  const certificate = await issueCertificate(
    { profile: 'server', subject: 'CN=localhost', altNames: names, publicKey: key, notBefore, notAfter },
    { certificate: ca, key: caKey },
  );
  return {
    ca: formatPem('CERTIFICATE', ca.der),
    cert: formatPem('CERTIFICATE', certificate.der),
    key: formatPem('PRIVATE KEY', writePrivateKey(key)),
  };
}

/** The page, read and compressed once. */
function filesOf() {
  /** @type {Map<string, {type: string, plain: Buffer, compressed: Buffer}>} */
  const files = new Map();
  for (const name of ['index.html', 'explorer.js', 'explorer.css']) {
    const path = join(output, name);
    if (!existsSync(path)) continue;
    const plain = readFileSync(path);
    const type = types[/** @type {keyof typeof types} */ (extname(name))];
    files.set(name === 'index.html' ? '/' : `/${name}`, { type, plain, compressed: gzipSync(plain, { level: 9 }) });
  }
  return files;
}

/**
 * @param {ReturnType<typeof filesOf>} files @param {Map<string, string>} dynamic
 * @returns {import('node:http').RequestListener}
 */
function handlerOf(files, dynamic) {
  return (request, response) => {
    // A name that somebody's DNS points here is not this machine's: the page has a token that is nobody else's.
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const path = (request.url ?? '/').split('?')[0];
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('cross-origin-resource-policy', 'same-origin');
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('cache-control', 'no-cache');
    const file = files.get(path);
    const text = dynamic.get(path);
    if (host !== 'localhost' && host !== '127.0.0.1') response.writeHead(421).end();
    else if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405).end();
    else if (text !== undefined) response.setHeader('content-type', 'application/json').end(text);
    else if (file === undefined) response.writeHead(404).end();
    else {
      const gzip = /\bgzip\b/.test(`${request.headers['accept-encoding'] ?? ''}`);
      if (gzip) response.setHeader('content-encoding', 'gzip');
      response.setHeader('vary', 'accept-encoding');
      const body = gzip ? file.compressed : file.plain;
      response.setHeader('content-type', file.type).setHeader('content-length', body.length);
      response.end(request.method === 'HEAD' ? undefined : body);
    }
  };
}

/** @param {any} server @param {number} port @returns {Promise<number>} */
function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server.address().port));
  });
}

class Program {
  #output = '';
  #wake = () => {};

  /** @param {string} program @param {string[]} args @param {Record<string, string>} env */
  constructor(program, args, env) {
    // openssl ends with its standard input.
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.setEncoding('utf8').on('data', text => {
        if (this.#output.length < 65536) this.#output += text;
        this.#wake();
      });
    this.child.on('close', () => this.#wake());
    this.child.on('error', () => this.#wake());
  }

  /** The first group of a pattern in what it prints. @param {RegExp} pattern @returns {Promise<string>} */
  async line(pattern) {
    const end = Date.now() + 20_000;
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match[1];
      if (this.child.exitCode !== null || Date.now() > end)
        throw new Error(`${this.child.spawnargs.slice(0, 3).join(' ')}: ${this.#output}`);
      await new Promise(resolve => {
        const timer = setTimeout(resolve, 500);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(undefined);
        };
      });
    }
  }

  stop() {
    this.child.kill('SIGKILL');
  }
}
