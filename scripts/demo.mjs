// npm run demo: makes a CA and a server certificate, serves HTTPS with castls, fetches from it with castls and, where they
// are installed, with curl and openssl, and prints what was negotiated. Does its own set-up; leaves no process and no file.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { bold, fact, failed, good, heading, note } from './demo_print.mjs';
import { root, setUp } from './set_up.mjs';

const DEADLINE_MS = 30_000;
const DAY_MS = 86_400_000;

if (!existsSync(join(root, 'build/wasm'))) console.log('first run: installing and compiling takes a minute or two');
setUp();
const load = (/** @type {string} */ name) => import(new URL(`../build/dist/${name}.js`, import.meta.url).href);
/** @type {typeof import('../src/node.ts')} */
const tls = await load('node');
/** @type {typeof import('../src/x509.ts')} */
const x509 = await load('x509');

const folder = mkdtempSync(join(tmpdir(), 'castls-demo-'));
const late = setTimeout(() => {
  console.error(`the demo did not end within ${DEADLINE_MS / 1000} s`);
  rmSync(folder, { recursive: true, force: true });
  process.exit(1);
}, DEADLINE_MS);

try {
  console.log(`\n${bold('castls')}: TLS in TypeScript and WebAssembly, on Node.js ${process.versions.node}`);
  const made = await makeCertificates();
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, made.caPem);
  const server = await serve(made);
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await fetchWithCastls(port, made.caPem);
  await fetchWithCurl(port, ca);
  await fetchWithOpenssl(port, ca);
  showCertificate(made.certificate);
  server.close();
  await once(server, 'close');
  console.log(`\n${good('Everything worked.')} Next: npm test, or README.md.\n`);
} catch (error) {
  console.log(failed(error));
  process.exitCode = 1;
} finally {
  clearTimeout(late);
  rmSync(folder, { recursive: true, force: true });
}

/** A CA and a certificate it issued for localhost. */
async function makeCertificates() {
  heading('A certification authority and a server certificate');
  const now = Date.now();
  const validity = { notBefore: now - 3_600_000, notAfter: now + 30 * DAY_MS };
  const [caKey, key] = [await p256Key(), await p256Key()];
  const caSigner = x509.signerOf(caKey);
  const ca = await x509.issueSelfSigned(
    { profile: 'ca', subject: 'CN=castls demo CA', publicKey: caKey.publicKey, ...validity },
    { signer: caSigner },
  );
  const altNames = ['localhost', '127.0.0.1'];
  const certificate = await x509.issueCertificate(
    { profile: 'server', subject: 'CN=localhost', altNames, publicKey: key.publicKey, ...validity },
    { certificate: ca, signer: caSigner },
  );
  fact('CA', ca.subject);
  fact('server', `${certificate.subject}, for ${altNames.join(' and ')}`);
  fact('keys', x509.publicKeyText(key.publicKey));
  return {
    certificate,
    caPem: x509.formatPem('CERTIFICATE', ca.der),
    certificatePem: x509.formatPem('CERTIFICATE', certificate.der),
    keyPem: x509.formatPem('PRIVATE KEY', x509.writePrivateKey(key)),
  };
}

function p256Key() {
  return x509.generatePrivateKey({ type: 'ec', curve: 'P-256' });
}

/** HTTPS by Node's own HTTP server, over the TLS sockets of castls. @param {{ certificatePem: string, keyPem: string }} made */
async function serve({ certificatePem, keyPem }) {
  heading('An HTTPS server of castls');
  const http = createHttpServer((request, response) => {
    const socket = /** @type {import('../src/node.ts').TLSSocket} */ (/** @type {unknown} */ (request.socket));
    const { info } = socket;
    response.setHeader('content-type', 'text/plain');
    response.end(`hello over ${info?.protocolVersion} with ${info?.cipherSuite?.name} and ${info?.group?.name}\n`);
  });
  const server = tls.createServer({ cert: certificatePem, key: keyPem, ALPNProtocols: ['http/1.1'] }, socket =>
    http.emit('connection', socket),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  fact('listening', `https://localhost:${port}/`);
  return server;
}

/** Twice: the second time the session of the first is resumed. @param {number} port @param {string} ca */
async function fetchWithCastls(port, ca) {
  heading('Fetched with castls');
  const first = await fetchOnce(port, ca);
  const { info } = first;
  fact('protocol', info.protocolVersion);
  fact('cipher suite', info.cipherSuite?.name);
  fact('key exchange', `${info.group?.name} ${info.group?.name.includes('MLKEM') ? '(post-quantum)' : ''}`);
  fact('signature', info.signatureScheme);
  fact('ALPN', info.alpn);
  fact('peer', `${info.peer?.kind}: ${info.serverName}`);
  fact('handshake', `${first.milliseconds.toFixed(1)} ms (with compiling the WASM)`);
  fact('answer', first.answer);
  const second = await fetchOnce(port, ca, first.session);
  fact('once more', `${second.milliseconds.toFixed(1)} ms, resumed: ${second.info.resumed ? 'yes' : 'no'}`);
  if (!second.info.resumed) throw new Error('the session was not resumed');
}

/** @param {number} port @param {string} ca @param {Uint8Array} [session] */
async function fetchOnce(port, ca, session) {
  const started = performance.now();
  const host = '127.0.0.1';
  const socket = tls.connect({ host, port, servername: 'localhost', ca, ALPNProtocols: ['http/1.1'], session });
  /** @type {Uint8Array | undefined} */
  let latest;
  socket.on('session', (/** @type {Uint8Array} */ bytes) => (latest = bytes));
  await once(socket, 'secureConnect');
  const milliseconds = performance.now() - started;
  socket.end('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += chunk;
  const [head, body] = text.split('\r\n\r\n');
  if (!head.startsWith('HTTP/1.1 200') || socket.info === null) throw new Error(`no answer but ${text}`);
  return { info: socket.info, answer: `${head.split('\r\n')[0]}\n${body.trim()}`, session: latest, milliseconds };
}

/** @param {number} port @param {string} ca a file */
async function fetchWithCurl(port, ca) {
  heading('Fetched with curl');
  const args = ['--verbose', '--silent', '--show-error', '--noproxy', '*', '--cacert', ca];
  const run = await ran('curl', [...args, '--resolve', `localhost:${port}:127.0.0.1`, `https://localhost:${port}/`]);
  if (run === null) return;
  fact('version', (await ran('curl', ['--version']))?.out.split('\n')[0].split(' ').slice(0, 2).join(' '));
  fact('says', /SSL connection using (.*)/.exec(run.err)?.[1] ?? 'nothing about TLS');
  if (/SSL certificate verify ok/.test(run.err)) fact('certificate', 'verify ok');
  fact('answer', run.out.trim());
}

/** @param {number} port @param {string} ca a file */
async function fetchWithOpenssl(port, ca) {
  heading('Fetched with openssl s_client');
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'localhost', '-CAfile', ca];
  const verify = ['-verify_hostname', 'localhost', '-verify_return_error', '-ign_eof'];
  const run = await ran('openssl', [...args, ...verify], 'GET / HTTP/1.0\r\n\r\n');
  if (run === null) return;
  fact('version', (await ran('openssl', ['version']))?.out.trim().split(' (')[0]);
  fact('says', /^New, (.*)$/m.exec(run.out)?.[1]);
  fact('certificate', /^\s*Verif(?:y return code|ication): (.*)$/m.exec(run.out)?.[1]);
  fact('answer', /^hello .*$/m.exec(run.out)?.[0]);
}

/** @param {import('../src/x509.ts').Certificate} certificate */
function showCertificate(certificate) {
  heading('The certificate');
  for (const line of x509.describeCertificate(certificate).split('\n')) console.log(`   ${line}`);
}

/**
 * Runs a program to its end. Null, with a note, if there is none of this name.
 * @param {string} program @param {string[]} args @param {string} [input]
 * @returns {Promise<{ out: string, err: string } | null>}
 */
function ran(program, args, input = '') {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { timeout: DEADLINE_MS / 3 });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', text => (out += text));
    child.stderr.setEncoding('utf8').on('data', text => (err += text));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code !== 'ENOENT') return reject(error);
      note(`left out: ${program} is not installed`);
      resolve(null);
    });
    child.on('close', code => {
      if (code === 0) resolve({ out, err });
      else reject(new Error(`${program} ended with ${code}: ${(err || out).trim().split('\n').slice(-3).join(' / ')}`));
    });
  });
}
