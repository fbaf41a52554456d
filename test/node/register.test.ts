// castls/register in processes of their own: what it reaches, what turns it off, what it says.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { optionsOfChildren, packagesBefore, reachOf } from '../../src/adapters/node/register/reach.ts';
import { bundled } from '../support/bundled.ts';

const folder = mkdtempSync(join(tmpdir(), 'castls-register-'));
test.after(() => rmSync(folder, { recursive: true }));
const register = pathToFileURL(await bundled('src/register.ts', folder)).href;
const fixtures = join(process.cwd(), 'test/fixtures');

/** Runs a program under the flag. */
function run(
  name: string,
  text: string,
  env: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  const file = join(folder, name);
  writeFileSync(file, text);
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, FIXTURES: fixtures, ...env }, timeout: 20_000 };
    execFile(process.execPath, ['--import', register, file], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve({ stdout, stderr });
    });
  });
}

const server = `
const fs = require('fs');
const https = require('https');
const read = name => fs.readFileSync(process.env.FIXTURES + '/' + name);
const pair = { cert: read('server_p256.crt'), key: read('server_p256.key') };
const server = https.createServer(pair, (request, response) => response.end(String('info' in request.socket)));
`;

test('require, import, node: and getBuiltinModule, https.get, http2 and fetch are castls', async () => {
  const { stdout } = await run(
    'reach.mjs',
    `import { createRequire } from 'node:module';
import tls, { connect } from 'node:tls';
import * as all from 'tls';
import http2 from 'node:http2';
const require = createRequire(import.meta.url);
${server}
const list = [tls.connect, all.connect, require('tls').connect, require('node:tls').connect, process.getBuiltinModule?.('tls').connect ?? connect];
console.log(list.every(each => each === connect), 'info' in tls.TLSSocket.prototype);
await new Promise(done => server.listen(0, done));
const { port } = server.address();
const options = { port, ca: read('ca.crt'), servername: 'example.test' };
await new Promise(done => https.get(options, async response => {
  for await (const data of response) console.log('https', String(data), 'info' in response.socket);
  done();
}));
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
console.log('fetch', await (await fetch('https://localhost:' + port)).text());
server.close();
const both = http2.createSecureServer({ ...pair, allowHTTP1: true }, (request, response) => response.end('h' + request.httpVersion));
await new Promise(done => both.listen(0, done));
const session = http2.connect('https://localhost:' + both.address().port, { ca: read('ca.crt'), servername: 'example.test' });
const stream = session.request({ ':path': '/' });
for await (const data of stream) console.log(String(data), both instanceof tls.Server, session.encrypted, session.alpnProtocol);
session.close();
https.get({ ...options, port: both.address().port, agent: false }, async response => {
  for await (const data of response) console.log(String(data));
  both.close();
});
`,
  );
  assert.equal(stdout.trim().split('\n'), ['true true', 'https true true', 'fetch true', 'h2.0 true true h2', 'h1.1']);
});

test("packages that take node's internal stream wrapper from a TLSSocket's handle find it (http2-wrapper, so got)", async () => {
  const { stdout } = await run(
    'wrapper.cjs',
    `const tls = require('tls');
const { PassThrough } = require('stream');
const Wrapper = new tls.TLSSocket(new PassThrough())._handle._parentWrap.constructor;
console.log(Wrapper.name, new Wrapper(new PassThrough()) instanceof require('net').Socket);`,
  );
  assert.is(stdout, 'JSStreamSocket true\n');
});

test("a client made by `new TLSSocket` begins with its first write, and goes without a word before it, as node's", async () => {
  const program = `const tls = require('tls');
const net = require('net');
const server = net.createServer(peer => peer.once('data', data => { console.log('hello', data[0]); }).on('error', () => {}));
server.listen(0, async () => {
  for (const act of [() => {}, socket => socket.end(), (_, raw) => raw.destroy(), socket => socket.write('x')]) {
    for (const early of [false, true]) {
      const raw = net.connect(server.address().port);
      if (!early) await new Promise(done => raw.once('connect', done));
      const socket = new tls.TLSSocket(raw, { rejectUnauthorized: false });
      socket.on('error', error => console.log(error.code));
      act(socket, raw);
      await new Promise(done => setTimeout(done, 100));
      socket.destroy();
      raw.destroy();
    }
  }
  server.close();
});`;
  const { stdout } = await run('patient.cjs', program);
  assert.is(stdout, (await run('patient.cjs', program, { CASTLS: 'off' })).stdout);
  assert.is(stdout.match(/hello 22/g)?.length, 2);
});

test('what drivers do with sockets made by hand has the outcome it has with node: _start, verifyError, _tlsError, _peername', async () => {
  const program = `${server}
const tls = require('tls');
const net = require('net');
const echo = tls.createServer(pair, socket => socket.pipe(socket)).on('tlsClientError', () => {}).listen(0, async () => {
  for (const ca of [read('ca.crt'), read('server_ed25519.crt')]) {
    const raw = net.connect(echo.address().port);
    await new Promise(done => raw.once('connect', done));
    const socket = new tls.TLSSocket(raw, { rejectUnauthorized: true, requestCert: true, secureContext: tls.createSecureContext({ ca }), isServer: false });
    await new Promise(done => {
      socket.on('_tlsError', error => done(console.log('refused', error.code)));
      socket.on('secure', () => {
        const error = socket.ssl.verifyError();
        if (error) return done(console.log('refused', error.code));
        socket.once('data', data => done(console.log(String(data)))).write('to and fro');
      });
      socket._start();
      raw.removeAllListeners('data');
    });
    socket._peername = { address: undefined, family: undefined, port: 1 };
    console.log(socket.remotePort, socket.remoteAddress);
    socket.destroy();
  }
  echo.close();
});`;
  const { stdout } = await run('by_hand.cjs', program);
  assert.is(stdout, (await run('by_hand.cjs', program, { CASTLS: 'off' })).stdout);
  assert.match(stdout, /to and fro\n1 undefined\nrefused UNABLE_TO_VERIFY_LEAF_SIGNATURE\n/);
});

test('workers and children have it, too', async () => {
  const { stdout } = await run(
    'children.cjs',
    `const { Worker } = require('worker_threads');
const { execFileSync } = require('child_process');
const probe = "console.log('info' in require('tls').TLSSocket.prototype)";
process.stdout.write(execFileSync(process.execPath, ['-e', probe]));
require('fs').writeFileSync(__dirname + '/probe.cjs', probe);
new Worker(__dirname + '/probe.cjs');`,
  );
  assert.is(stdout, 'true\ntrue\n');
});

test('CASTLS=off leaves all to node, a list of hosts those', async () => {
  const probe = `console.log('info' in require('tls').TLSSocket.prototype)`;
  assert.is((await run('off.cjs', probe, { CASTLS: 'off' })).stdout, 'false\n');
  const one = `${server}
server.listen(0, () => {
  const options = { port: server.address().port, ca: read('ca.crt'), servername: 'example.test' };
  https.get(options, response => { console.log('info' in response.socket); response.resume(); server.close(); });
});`;
  assert.is((await run('one.cjs', one, { CASTLS: 'off:example.test' })).stdout, 'false\n');
  assert.is((await run('one.cjs', one, { CASTLS: 'off:other.test' })).stdout, 'true\n');
});

test('NODE_DEBUG=castls says what was negotiated; nothing is said otherwise', async () => {
  const program = `${server}
server.listen(0, () => {
  const options = { port: server.address().port, ca: read('ca.crt'), servername: 'example.test' };
  https.get(options, response => { response.resume(); server.close(); });
});`;
  const { stderr } = await run('debug.cjs', program, { NODE_DEBUG: 'castls' });
  const negotiated = /TLSv1\.3 TLS_\w+ X25519MLKEM768/.source;
  assert.match(stderr, new RegExp(`example\\.test:\\d+ ${negotiated}`));
  assert.match(stderr, new RegExp(`from \\S+:\\d+ ${negotiated}`), 'the connection that was accepted');
  assert.is((await run('debug.cjs', program)).stderr, '');
});

test("node's defaults: a common name is enough, RSA key exchange and CBC are spoken, variables weaken with a warning", async () => {
  const { stdout, stderr } = await run(
    'profile.cjs',
    `${server}
const tls = require('tls');
console.log(tls.checkServerIdentity('a.test', { subject: { CN: 'a.test' } }) === undefined);
const rsa = tls.createServer({ cert: read('server_rsa.crt'), key: read('server_rsa.key'), maxVersion: 'TLSv1.2' }, socket => socket.end());
rsa.listen(0, () => {
  const socket = tls.connect({ port: rsa.address().port, ca: read('ca.crt'), servername: 'example.test', ciphers: 'AES128-SHA' }, () => {
    console.log(socket.getCipher().name);
    rsa.close();
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    const open = tls.createServer(pair).listen(0, () => {
      const any = tls.connect(open.address().port, () => { console.log(any.authorized, any.authorizationError); any.end(); open.close(); });
    });
  }).resume();
});`,
  );
  assert.equal(stdout.trim().split('\n'), ['true', 'AES128-SHA', 'false UNABLE_TO_VERIFY_LEAF_SIGNATURE']);
  assert.match(stderr, /NODE_TLS_REJECT_UNAUTHORIZED/);
});

test('--tls-min-v1.3 holds', async () => {
  const { stdout } = await run('minimum.cjs', `console.log(require('tls').DEFAULT_MIN_VERSION)`, {
    NODE_OPTIONS: '--tls-min-v1.3',
  });
  assert.is(stdout, 'TLSv1.3\n');
});

test('hosts of CASTLS: labels, case and the dot at the end', () => {
  const reach = reachOf('off:Example.com, *.internal');
  for (const host of ['example.com', 'EXAMPLE.com.', 'a.internal', 'a.b.internal'])
    assert.is(reach.leavesToNode(host), true, host);
  for (const host of ['www.example.com', 'internal', 'examplexcom']) assert.is(reach.leavesToNode(host), false, host);
  assert.is(reachOf(undefined).off, false);
  assert.is(reachOf('OFF').off, true);
  assert.is(reachOf('on').off, false);
});

test('who took connect apart before is named', () => {
  const apart = join(folder, 'apart.cjs');
  writeFileSync(apart, `const { connect } = require('node:tls');`);
  const whole = join(folder, 'whole.cjs');
  writeFileSync(whole, `const tls = require('tls'); tls.connect();`);
  assert.equal(packagesBefore([apart, whole, join(folder, 'none.cjs')]), [apart]);
});

test('NODE_OPTIONS keeps what is in it, and gets the flag once', () => {
  const once = optionsOfChildren('file:///r.js', '--no-warnings');
  assert.is(once, '--no-warnings --import=file:///r.js');
  assert.is(optionsOfChildren('file:///r.js', once), once);
});

test('the package says that it has side effects, or bundlers drop it', () => {
  const { sideEffects } = JSON.parse(readFileSync('package.json', 'utf8'));
  assert.ok(sideEffects.some((each: string) => each.includes('register')));
});

test.run();
