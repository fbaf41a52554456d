// What a program costs that makes one connection and ends: process start to the first byte of an answer from the same
// server, CPU time of the process (user and system), medians of runs that take turns. Prints the Markdown of
// docs/performance.md. Usage: cold_start.mjs [--runs N] [--write] (after a build; bench/ installed)

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { build } from 'esbuild';
import { root } from './set_up.mjs';

const runs = Number(process.argv[process.argv.indexOf('--runs') + 1]) || 10;
// What a machine may ask of every Node.js: with a file of certificates to read at its start each row has some 40 ms more.
const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env } = process.env;
const bench = join(root, 'bench');
if (!existsSync(join(bench, 'node_modules/subtls'))) {
  spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: bench,
    stdio: 'inherit',
  });
}
const fixture = (/** @type {string} */ name) => join(root, 'test/fixtures', name);
const CA = JSON.stringify(fixture('ca.crt'));

/** Every program connects to process.argv[2], says "hello", prints its CPU time in microseconds when the answer is there. */
const done = `
const spent = () => { const { user, system } = process.cpuUsage(); console.log(user + system); process.exit(); };
const port = Number(process.argv[2]);`;

const overParts = `
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { clientConfig, Connection, peerVerifier, pem, wasmProvider, x25519, ecdsaP256Verifier, rsaVerifier } from 'castls/parts';
${done}
const provider = wasmProvider({ groups: [x25519], signatureVerifiers: [ecdsaP256Verifier, rsaVerifier] });
const config = clientConfig({ provider, verifier: peerVerifier({ provider, ca: readFileSync(${CA}), features: [pem] }) });
const socket = connect(port, '127.0.0.1');
const tls = new Connection(config.settings({ serverName: 'localhost' }), config);
const flush = () => { for (const record of tls.takeOutput()) socket.write(record); };
socket.on('data', bytes => {
  tls.receive(bytes);
  for (let event = tls.nextEvent(); event !== null; event = tls.nextEvent()) {
    if (event.kind === 'established') tls.write(new TextEncoder().encode('hello'));
    if (event.kind === 'data') spent();
    if (event.kind === 'closed') throw event.error;
  }
  flush();
});
flush();`;

const nodeShaped = (/** @type {string} */ entry) => `
import { readFileSync } from 'node:fs';
import { connect } from '${entry}';
${done}
const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: readFileSync(${CA}), minVersion: 'TLSv1.3' });
socket.once('secureConnect', () => socket.write('hello'));
socket.once('data', spent);`;

const overSubtls = `
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import * as subtls from 'subtls';
${done}
const socket = connect(port, '127.0.0.1');
await new Promise(resolve => socket.once('connect', resolve));
const queue = new subtls.SocketReadQueue(socket);
const roots = await subtls.TrustedCert.databaseFromPEM(readFileSync(${CA}, 'utf8'));
const { read, write } = await subtls.startTls('localhost', roots, queue.read.bind(queue), socket.write.bind(socket));
await write(new TextEncoder().encode('hello'));
await read();
spent();`;

const nothing = `${done}\nspent();`;

/** @typedef {{ name: string, source: string, bundled?: boolean, conditions?: string[] }} Program */

/** @type {Program[]} */
const programs = [
  { name: 'Node.js alone', source: nothing },
  { name: 'subtls', source: overSubtls },
  { name: 'castls/node', source: nodeShaped('castls/node') },
  { name: 'castls/parts, bundled', source: overParts, bundled: true },
  { name: 'castls/parts, bundled, castls-tls13', source: overParts, bundled: true, conditions: ['castls-tls13'] },
  { name: 'subtls, bundled', source: overSubtls, bundled: true },
  { name: 'node:tls', source: nodeShaped('node:tls') },
];

const folder = mkdtempSync(join(tmpdir(), 'castls-cold-'));
const server = createServer(
  {
    cert: readFileSync(fixture('server_p256.crt')),
    key: readFileSync(fixture('server_p256.key')),
    minVersion: 'TLSv1.3',
  },
  socket => socket.on('error', () => {}).pipe(socket),
);
try {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/castls'), 'junction');
  symlinkSync(join(bench, 'node_modules/subtls'), join(folder, 'node_modules/subtls'), 'junction');
  const files = await Promise.all(programs.map(prepare));
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  /** @type {number[][]} */
  const times = programs.map(() => []);
  // The first round warms the caches of the file system.
  for (let run = -1; run < runs; run++) {
    for (const [i, file] of files.entries()) {
      const milliseconds = (await run1(file, port)) / 1000;
      if (run >= 0) times[i].push(milliseconds);
    }
  }
  const text = tableOf(times.map(median));
  if (process.argv.includes('--write')) write(text);
  else console.log(text);
} finally {
  server.close();
  rmSync(folder, { recursive: true });
}

/** @param {Program} program @param {number} index */
async function prepare({ source, bundled, conditions = [] }, index) {
  const file = join(folder, `program${index}.mjs`);
  if (!bundled) writeFileSync(file, source);
  else {
    await build({
      stdin: { contents: source, resolveDir: folder },
      outfile: file,
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      conditions,
      logLevel: 'error',
    });
  }
  return file;
}

/** CPU time of one run in microseconds. @param {string} file @param {number} port @returns {Promise<number>} */
function run1(file, port) {
  return new Promise((resolve, reject) => {
    // subtls has a package.json of an old form, which Node.js warns of.
    const child = spawn(process.execPath, ['--no-deprecation', file, String(port)], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', more => (text += more));
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    child.on('close', code => {
      clearTimeout(timer);
      if (code === 0 && Number(text) > 0) resolve(Number(text));
      else reject(new Error(`${file} ended with ${code}: ${text}`));
    });
  });
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {number[]} medians */
function tableOf(medians) {
  const of = (/** @type {string} */ name) => medians[programs.findIndex(program => program.name === name)];
  const versions = `Node.js ${process.versions.node}, subtls ${versionOf('subtls')}, ${runs} runs in turn, ${new Date().toISOString().slice(0, 10)}`;
  const lines = [`| ${versions} | CPU ms | times subtls | times subtls, bundled |`, '|---|---:|---:|---:|'];
  for (const [i, { name }] of programs.entries()) {
    const ratio = (/** @type {string} */ other) => (medians[i] / of(other)).toFixed(2);
    lines.push(`| ${name} | ${medians[i].toFixed(0)} | ${ratio('subtls')} | ${ratio('subtls, bundled')} |`);
  }
  return lines.join('\n');
}

/** @param {string} name */
function versionOf(name) {
  return JSON.parse(readFileSync(join(bench, 'node_modules', name, 'package.json'), 'utf8')).version;
}

/** @param {string} text */
function write(text) {
  const file = join(root, 'docs/performance.md');
  const [begin, end] = ['<!-- cold start: begin -->', '<!-- cold start: end -->'];
  const [before, rest] = readFileSync(file, 'utf8').split(begin);
  writeFileSync(file, `${before}${begin}\n${text}\n${end}${rest.split(end)[1]}`);
}
