// npm run bench -- --only "client page": what a page carries and waits for that uses castls, or another client instead. Each is
// bundled as scripts/page_bytes.mjs bundles castls, loaded by headless Chromium into a new tab, and talks to one server
// of node:tls through one castls bridge; they take turns, medians are told, what came is compared by its digest. Prints the Markdown of
// docs/performance.md. Usage: page_peers.mjs [--runs N] [--write] (after a build; bench/ installed)

import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { pageClients } from './page_clients.mjs';
import { launch } from './runtimes/browsers.mjs';
import { installRuntimes } from './runtimes/install.mjs';
import { freePort, Server } from './runtimes/servers.mjs';
import { root } from './set_up.mjs';

const bench = join(root, 'bench');
const runs = Number(process.argv[process.argv.indexOf('--runs') + 1]) || 5;
const BODY = 4 * 1024 * 1024;
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const fixture = (/** @type {string} */ name) => readFileSync(join(root, 'test/fixtures', name), 'utf8');
const text = (/** @type {number} */ number) => number.toLocaleString('en');

/** Packages that also import node's crypto get what stands for it in a page. @type {import('esbuild').Plugin} */
const withoutNode = {
  name: 'without-node',
  setup(build) {
    build.onResolve({ filter: /^(node:.*|crypto)$/ }, ({ path }) => ({ path, namespace: 'empty' }));
    build.onLoad({ filter: /./, namespace: 'empty' }, () => ({ contents: 'exports.webcrypto = globalThis.crypto;' }));
  },
};

/** castls as where it is installed: by its exports, with their conditions. The peers are found from bench/. */
const installed = {
  name: 'installed',
  /** @param {import('esbuild').PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: /^castls(\/|$)/ }, ({ path, kind, pluginData }) =>
      pluginData === installed ? null : build.resolve(path, { kind, resolveDir: folder, pluginData: installed }),
    );
  },
};

const folder = mkdtempSync(join(tmpdir(), 'castls-pages-'));
try {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/castls'), 'junction');
  const modules = await Promise.all(pageClients.map(bundlePage));
  if (existsSync(CHROMIUM)) installRuntimes();
  const measured = existsSync(CHROMIUM) ? await measure(modules) : null;
  if (measured === null) console.log(`SKIPPED what pages wait for: there is no ${CHROMIUM}`);
  const table = tableOf(modules, measured);
  if (process.argv.includes('--write') && measured !== null) write(table);
  else console.log(table);
} finally {
  rmSync(folder, { recursive: true });
}

/** @param {import('./page_clients.mjs').PageClient} client @returns {Promise<string>} */
async function bundlePage({ source, conditions = [] }) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: bench, loader: 'js' },
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    target: 'es2022',
    conditions,
    plugins: [installed, withoutNode],
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

/** @typedef {{ handshake: number, download: number | null, refused: string | null }} Run */

/** @param {string[]} modules @returns {Promise<{ version: string, rows: Run[][] }>} */
async function measure(modules) {
  const body = randomBytes(BODY);
  const digest = createHash('sha256').update(body).digest('hex');
  const rsa = await rsaIdentity();
  const server = createServer(
    {
      cert: [fixture('server_p256.crt'), rsa.cert],
      key: [fixture('server_p256.key'), rsa.key],
      // For node-forge, which has nothing else.
      ciphers: 'DEFAULT:AES128-SHA:@SECLEVEL=0',
      minVersion: 'TLSv1.1',
    },
    socket => socket.on('error', () => {}).once('data', () => socket.end(body)),
  );
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const pagePort = await freePort();
  const token = randomBytes(24).toString('base64url');
  const args = ['bridge', '--port', '0', '--origin', `http://127.0.0.1:${pagePort}`, '--allow', `localhost:${port}`];
  const command = [join(root, 'build/dist/castls.js'), ...args, '--max-per-minute', '10000'];
  const bridge = new Server(process.execPath, command, { CASTLS_BRIDGE_TOKEN: token });
  const pages = createHttpServer((request, response) => {
    const index = /^\/client(\d+)\.js/.exec(request.url ?? '')?.[1];
    response.setHeader('cache-control', 'no-store');
    response.setHeader('content-type', index === undefined ? 'text/html' : 'text/javascript');
    response.end(index === undefined ? '<!doctype html><title>client</title>' : modules[Number(index)]);
  });
  await new Promise(resolve => pages.listen(pagePort, '127.0.0.1', () => resolve(undefined)));
  const url = await bridge.line(/^listening on (\S+)$/m);
  const browser = await launch('chrome', CHROMIUM);
  /** @type {Run[][]} */
  const rows = pageClients.map(() => []);
  try {
    // The first round warms the caches of the file system and of the servers.
    for (let run = -1; run < runs; run++) {
      for (const [i, client] of pageClients.entries()) {
        const tab = await browser.newPage();
        await tab.goto(`http://127.0.0.1:${pagePort}/`);
        const where = {
          module: `/client${i}.js?${run}`,
          url,
          token,
          port,
          ca: client.rsa ? rsa.cert : fixture('ca.crt'),
        };
        const seen = await tab.evaluate(inPage, where);
        await tab.close();
        check(client, seen, digest);
        if (run >= 0) rows[i].push(seen);
      }
    }
    return { version: await browser.version(), rows };
  } finally {
    await browser.close();
    bridge.stop();
    pages.close();
    pages.closeAllConnections();
    server.close();
  }
}

/** A certificate that signs itself, for clients that know nothing but RSA, its authorities' included. */
async function rsaIdentity() {
  const x509 = await import(pathToFileURL(join(root, 'build/dist/x509.js')).href);
  const key = await x509.generatePrivateKey({ type: 'rsa', bits: 2048 });
  const notBefore = Date.now() - 60_000;
  const about = { profile: 'server', subject: 'CN=localhost', altNames: ['localhost'], publicKey: key.publicKey };
  const times = { notBefore, notAfter: notBefore + 86_400_000 };
  const { der } = await x509.issueSelfSigned({ ...about, ...times }, { signer: x509.signerOf(key) });
  return {
    cert: x509.formatPem('CERTIFICATE', der),
    key: x509.formatPem('PRIVATE KEY', x509.writePrivateKey(key)),
  };
}

/** @param {import('./page_clients.mjs').PageClient} client @param {Run & { digest: string | null }} seen @param {string} digest */
function check({ name, refused }, seen, digest) {
  const asExpected = refused === undefined ? seen.digest === digest : seen.refused?.includes(refused);
  if (!asExpected) throw new Error(`${name}: ${JSON.stringify(seen)}`);
}

/**
 * In the page: from the import of the client's module to the end of its handshake, then a download; ms.
 * @param {{ module: string, url: string, token: string, port: number, ca: string }} where
 * @returns {Promise<Run & { digest: string | null }>}
 */
async function inPage({ module, url, token, port, ca }) {
  const socket = new WebSocket(`${url}?host=localhost&port=${port}`, ['castls.bridge', `castls.token.${token}`]);
  socket.binaryType = 'arraybuffer';
  /** @type {(Uint8Array | undefined)[]} */
  const came = [];
  let wake = () => {};
  socket.onmessage = ({ data }) => {
    came.push(typeof data === 'string' ? undefined : new Uint8Array(data));
    wake();
  };
  socket.onclose = () => {
    came.push(undefined);
    wake();
  };
  await new Promise(resolve => (socket.onopen = resolve));
  /** @type {Uint8Array[]} */
  const taken = [];
  let finish = () => {};
  const whole = new Promise(resolve => (finish = () => resolve(undefined)));
  let length = 0;
  const target = {
    send: (/** @type {Uint8Array} */ bytes) => socket.send(bytes),
    async read() {
      while (came.length === 0) await new Promise(resolve => (wake = () => resolve(undefined)));
      return came.shift();
    },
    take(/** @type {Uint8Array | null} */ bytes) {
      if (bytes !== null) {
        taken.push(bytes.slice());
        length += bytes.length;
      }
      if (bytes === null || length >= 4 * 1024 * 1024) finish();
    },
  };
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 60_000));
  const start = performance.now();
  try {
    await import(module);
    const client = await Promise.race([/** @type {any} */ (globalThis).open(target, ca), late]);
    const opened = performance.now();
    void client.get();
    await Promise.race([whole, late]);
    const done = performance.now();
    const all = new Uint8Array(await new Blob(/** @type {any} */ (taken)).arrayBuffer());
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
    const digest = Array.from(hash, byte => byte.toString(16).padStart(2, '0')).join('');
    return { handshake: opened - start, download: done - opened, refused: null, digest };
  } catch (error) {
    return { handshake: performance.now() - start, download: null, refused: String(error), digest: null };
  }
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** @param {string[]} modules @param {{ version: string, rows: Run[][] } | null} measured */
function tableOf(modules, measured) {
  const date = new Date().toISOString().slice(0, 10);
  const how = measured === null ? date : `${measured.version}, ${runs} runs in turn, ${date}`;
  const lines = [
    `| ${how} | | bytes, minified | brotli 11 | gzip -9 | first handshake, ms | download, MB/s |`,
    '|---|---|---:|---:|---:|---:|---:|',
  ];
  for (const [i, client] of pageClients.entries()) {
    const bytes = Buffer.from(modules[i]);
    const sizes = [bytes.length, brotliCompressSync(bytes).length, gzipSync(bytes, { level: 9 }).length];
    lines.push(`| ${[titleOf(client), client.what, ...sizes.map(text), ...timesOf(measured?.rows[i])].join(' | ')} |`);
  }
  return lines.join('\n');
}

/** @param {Run[] | undefined} rows @returns {string[]} */
function timesOf(rows) {
  if (rows === undefined) return ['', ''];
  const handshake = median(rows.map(row => row.handshake)).toFixed(0);
  if (rows[0].download === null) return [`${handshake}, to its refusal`, '-'];
  return [handshake, (BODY / 1e3 / median(rows.map(row => row.download ?? 0))).toFixed(1)];
}

/** @param {import('./page_clients.mjs').PageClient} client */
function titleOf({ name, package: from }) {
  if (from === undefined) return name;
  return `${name} ${JSON.parse(readFileSync(join(bench, 'node_modules', from, 'package.json'), 'utf8')).version}`;
}

/** @param {string} table */
function write(table) {
  const file = join(root, 'docs/performance.md');
  const [begin, end] = ['<!-- page peers: begin -->', '<!-- page peers: end -->'];
  const [before, rest] = readFileSync(file, 'utf8').split(begin);
  writeFileSync(file, `${before}${begin}\n${table}\n${end}${rest.split(end)[1]}`);
}
