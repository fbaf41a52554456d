// What an unchanged program sees under castls/register is what node shows it: each program runs on node's own TLS and on
// castls, and says the same.

import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { folder, run, same } from '../support/node/drop_in.ts';

same(
  'arguments of methods are checked',
  `
const server = tls.createServer(pair, socket => socket.on('error', () => {}));
for (const keys of [undefined, null, 1, 'x', {}]) say(thrown(() => server.setTicketKeys(keys)));
const port = await listening(server);
const raw = new tls.TLSSocket(new net.Socket(), { isServer: true, ...pair });
say(thrown(() => raw.setServername('a')), thrown(() => raw.exportKeyingMaterial(16, 'a')));
const socket = await at(port);
for (const size of [undefined, null, 'x', {}, [], true, NaN, 1.5, Infinity, 2 ** 31, 511, 16385, 512])
  say(thrown(() => say(socket.setMaxSendFragment(size))));
for (const given of [[], ['x'], [-1, 'a'], [0, 'a'], [2 ** 33, 'a'], [16, null], [16, 'EXPERIMENTAL', 'x'], [16, 'EXPERIMENTAL', 7]])
  say(thrown(() => socket.exportKeyingMaterial(...given)));
say(socket.exportKeyingMaterial(16, 'EXPERIMENTAL', Buffer.alloc(3)).length);
for (const name of [undefined, null, 1, true, {}, Symbol('a'), function f() {}, class A {}]) say(thrown(() => socket.setServername(name)));
for (const given of [[], [null], [() => {}], [{}, false], [{}, null]]) say(thrown(() => socket.renegotiate(...given)));
say((await new Promise(done => socket.renegotiate({}, done))).code);
const out = {};
say(thrown(() => tls.convertALPNProtocols(['a'.repeat(256)], out)), thrown(() => tls.convertALPNProtocols(['a', 'b'], out)), out);
`,
);

same(
  'wrong options are refused',
  `
const wrong = [{ ciphers: 1 }, { ciphers: ':' }, { key: 'x', passphrase: 1 }, { ecdhCurve: 1 }, { handshakeTimeout: 'a' }, { sessionTimeout: 'a' },
  { ticketKeys: 'a' }, { ticketKeys: Buffer.alloc(1) }, { SNICallback: 1 }, { minVersion: 'x' }, { key: true, cert: leaf }, { key, cert: true },
  { key: 1, cert: false }, { key: false, cert: { pem: 1 } }, { ca: true }, { pfx: read('keyless.p12'), passphrase: 'secret' }];
for (const options of wrong) {
  say(thrown(() => tls.createServer(options)));
  if (!('handshakeTimeout' in options || 'SNICallback' in options)) say(thrown(() => tls.createSecureContext(options)));
}
say(thrown(() => new tls.TLSSocket(new net.Socket(), { isServer: true, SNICallback: 1 })));
for (const checkServerIdentity of [undefined, null, 1]) say(thrown(() => tls.connect({ port: 1, checkServerIdentity })) === 'nothing');
for (const half of [{ key: false, cert: leaf }, { key, cert: '' }, { key: false, cert: false, ca: false }]) say(thrown(() => tls.createServer(half)));
`,
);

same(
  'names of sockets and servers',
  `
const open = tls.createServer({ ...pair, ALPNProtocols: ['a', 'b'], allowHalfOpen: true, pauseOnConnect: true });
say(open.allowHalfOpen, open.pauseOnConnect, open.ALPNProtocols, open.ALPNCallback, open.constructor.name);
const server = tls.createServer(pair, socket => socket.end());
say(server.allowHalfOpen, server.pauseOnConnect, server.ALPNProtocols);
const port = await listening(server);
const socket = tls.connect({ port, ...trust });
say(socket.constructor.name, socket.secureConnecting, socket._secureEstablished, socket.ssl !== null);
await heard(socket, 'secureConnect');
say(socket.secureConnecting, socket._secureEstablished, socket.ssl.verifyError());
socket.destroy();
say(socket.ssl);
say(new tls.TLSSocket(new net.Socket(), { allowHalfOpen: true }).allowHalfOpen, new tls.TLSSocket(undefined, { allowHalfOpen: true }).allowHalfOpen);
`,
);

same(
  'a TLSSocket made by hand looks at no certificate, and tells',
  `
const port = await listening(tls.createServer(pair, socket => socket.on('error', () => {}).resume()));
for (const options of [{}, { ca: [root, middle] }, { ca: root }]) {
  const socket = new tls.TLSSocket(null, options).connect(port, '127.0.0.1');
  socket.end('hello');
  await heard(socket, 'secure');
  say(socket.ssl.verifyError()?.code, socket.ssl.verifyError()?.message.split(' (castls')[0]);
}
`,
);

same(
  'chains are completed from ca, and issuers that are missing are named',
  `
const chain = socket => {
  const seen = [];
  for (let each = socket.getPeerCertificate(true); each && !seen.includes(each); each = each.issuerCertificate) seen.push(each);
  return seen.map(({ subject }) => subject.CN).join(' < ');
};
const complete = await listening(tls.createServer({ ...pair, ca: [middle, root] }));
say(chain(await at(complete, { ca: root })));
const alone = await listening(tls.createServer(pair));
for (const options of [{ ca: root }, { ca: middle }, { ca: middle, allowPartialTrustChain: true }, { ca: [] }, { ca: [root, middle] }]) {
  const fared = await at(alone, options);
  say(typeof fared === 'string' ? fared : chain(fared));
}
say(await at(complete, { ca: middle }), await at(complete, { ca: [] }));
`,
);

same(
  'what a PKCS#12 file holds is trusted',
  `
const pfx = { pfx: read('all.p12'), passphrase: 'secret' };
const server = tls.createServer({ ...pfx, requestCert: true, rejectUnauthorized: false });
const socket = await at(await listening(server), { ...pfx, ca: undefined });
say(socket.authorized, socket.getCertificate().subject.CN);
`,
);

same(
  'a context that a program makes, with certificates that it adds, is what connections use',
  `
const port = await listening(tls.createServer({ cert: Buffer.concat([leaf, middle]), key }));
const added = tls.createSecureContext();
added.context.addCACert(root);
say(await at(port, { ca: undefined }), typeof await at(port, { ca: undefined, secureContext: added }));
const { createSecureContext } = tls;
tls.createSecureContext = options => {
  say(options.ciphers === tls.DEFAULT_CIPHERS);
  const made = createSecureContext(options);
  made.context.addCACert(root);
  return made;
};
say(typeof await at(port, { ca: undefined }));
`,
);

same(
  'names of TLS 1.2 suites leave TLS 1.3 alone',
  `
const port = await listening(tls.createServer(pair, socket => socket.on('error', () => {})));
for (const ciphers of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'DEFAULT@SECLEVEL=0', 'HIGH', 'TLS_AES_128_GCM_SHA256:AES256-SHA'])
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
    try {
      const fared = await at(port, { ciphers, maxVersion });
      say(ciphers, maxVersion, typeof fared === 'string' ? fared : fared.getProtocol());
    } catch (error) { say(ciphers, maxVersion, 'refused'); }
  }
const cbc = await listening(tls.createServer({ ...pair, maxVersion: 'TLSv1.2', ciphers: 'ALL@SECLEVEL=0' }));
say((await at(cbc, { ciphers: 'ECDHE-ECDSA-AES128-SHA' })).getCipher().name);
`,
);

same(
  'a peer that speaks no TLS is named',
  `
const words = ['HTTP/1.1 400 Bad Request\\r\\n\\r\\n', '220 mail ESMTP\\r\\n', 'GET / HTTP/1.1\\r\\n\\r\\n', 'CONNECT a:1 HTTP/1.1\\r\\n\\r\\n', '*'.repeat(300),
  Buffer.alloc(6, 255), Buffer.from([22, 4, 1, 0, 5, 1, 0, 0, 1, 0]), Buffer.from([22, 3, 1, 255, 5, 1, 0, 0, 1, 0]), Buffer.from([30, 3, 3, 0, 5, 1, 0, 0, 1, 0])];
for (const word of words) {
  const said = await listening(net.createServer(socket => socket.on('error', () => {}).once('data', () => socket.end(word))));
  const server = tls.createServer(pair);
  const failed = heard(server, 'tlsClientError');
  const client = net.connect(await listening(server), '127.0.0.1', () => client.write(word)).on('error', () => {});
  say(String(word).slice(0, 8), await at(said), (await failed).code);
}
`,
);

same(
  'callbacks of a server have the socket as this',
  `
const said = [];
const server = tls.createServer({
  ...pair,
  SNICallback(name, done) { said.push([this instanceof tls.TLSSocket, name].join()); done(null, null); },
  ALPNCallback({ protocols }) { said.push([this instanceof tls.TLSSocket, protocols].join()); return protocols[1]; },
});
say((await at(await listening(server), { ALPNProtocols: ['a', 'b'] })).alpnProtocol, said.sort());
`,
);

same(
  'a server whose callback fails, or that has no certificate at all',
  `
const empty = tls.createSecureContext();
const callbacks = [(_, done) => done(new Error('no')), (_, done) => done(null, {}), (_, done) => done(null, empty)];
for (const own of [pair, {}]) for (const SNICallback of callbacks) {
  const server = tls.createServer({ ...own, SNICallback });
  const failed = heard(server, 'tlsClientError');
  const fared = await at(await listening(server));
  say(typeof fared === 'string' ? fared : fared.getPeerCertificate().subject.CN);
  if (typeof fared !== 'string') continue;
  // What OpenSSL says of its own differs between its versions.
  const { message, library } = await failed;
  say(library ?? message);
}
`,
);

same(
  'key usages that say nothing of signatures',
  `
for (const name of ['agrees', 'encrypts']) {
  const fared = await at(await listening(tls.createServer({ cert: read(name + '.crt'), key })));
  say(name, typeof fared === 'string' ? fared : 'taken');
}
`,
);

same(
  'a host behind an object of options is not looked at',
  `
const port = await listening(tls.createServer(pair));
const socket = tls.connect({ port, ...trust }, 'nowhere.invalid', () => {});
say(await Promise.race([heard(socket, 'secureConnect'), heard(socket, 'error').then(error => error.code)]));
`,
);

same(
  'sessions and tickets of full and resumed handshakes',
  `
const port = await listening(tls.createServer({ cert: Buffer.concat([leaf, middle]), key }, socket => socket.on('error', () => {}).end('x')));
for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
  let first;
  for (let again = 0; again < 3; again++) {
    const seen = [];
    const socket = tls.connect({ port, ...trust, maxVersion, session: first }, () => {
      seen.push('secure', socket.isSessionReused(), socket.getTLSTicket() !== undefined, first !== undefined && first.equals(socket.getSession()));
    });
    socket.on('session', session => { seen.push('session', session.equals(socket.getSession())); first ??= session; });
    socket.resume().on('end', () => socket.end());
    await heard(socket, 'close');
    say(maxVersion, seen.join(' '), socket.getProtocol());
  }
}
`,
);

same(
  'workers of a cluster resume the sessions of each other',
  `
const cluster = require('cluster');
if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  const ports = await Promise.all(workers.map(worker => heard(worker, 'message')));
  let session;
  for (let i = 0; i < 4; i++) {
    const socket = await at(ports[0], { session });
    if (session === undefined) session = await heard(socket, 'session');
    else say(socket.isSessionReused());
    socket.destroy();
  }
  for (const worker of workers) worker.kill();
} else {
  process.send(await listening(tls.createServer({ cert: Buffer.concat([leaf, middle]), key }, socket => socket.on('error', () => {}))));
  await new Promise(() => setInterval(() => {}, 1000));
}
`,
);

same(
  'a client and a server whose versions do not meet',
  `
const open = options => listening(tls.createServer({ ...pair, ...options }));
for (const [server, client] of [[{ maxVersion: 'TLSv1.2' }, { minVersion: 'TLSv1.3' }], [{ minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' }]]) {
  const made = tls.createServer({ ...pair, ...server });
  const failed = heard(made, 'tlsClientError');
  say(await at(await listening(made), client), (await failed).code);
}
`,
);

same(
  'onread: data goes to buffers of the program',
  `
const port = await listening(tls.createServer(pair, socket => socket.on('error', () => {}).end('hello world')));
for (const pauses of [false, true]) {
  const pool = [Buffer.alloc(2), Buffer.alloc(3)];
  let [asked, got, paused] = [0, '', 0];
  const buffer = () => pool[asked++ % 2];
  const callback = function (length, into) {
    got += into.subarray(0, length);
    if (!pauses) return;
    setTimeout(() => { paused++; this.resume(); }, 5);
    return false;
  };
  const socket = tls.connect({ port, host: '127.0.0.1', ...trust, onread: { buffer, callback } });
  socket.on('data', () => say('data'));
  await heard(socket, 'end');
  say(got, asked, paused > 0);
}
`,
);

same(
  'onread: what is resumed inside the callback goes on after it, and false stops it all the same',
  `
const port = await listening(tls.createServer(pair, socket => socket.on('error', () => {}).end('hello world')));
for (const answer of [true, false]) {
  const buffer = Buffer.alloc(4);
  let [got, depth, deepest] = ['', 0, 0];
  const callback = function (length, into) {
    deepest = Math.max(deepest, ++depth);
    this.pause();
    this.resume();
    got += into.subarray(0, length) + '|';
    depth--;
    if (!answer) setTimeout(() => this.resume(), 5);
    return answer;
  };
  const socket = tls.connect({ port, host: '127.0.0.1', ...trust, onread: { buffer, callback } });
  await heard(socket, 'end');
  say(got, deepest);
}
`,
);

same(
  'a server without options, or without a listener, is made of null as of nothing',
  `
for (const made of [tls, https]) {
  for (const [options, listener] of [[null], [null, null], [pair, null], [undefined, undefined]]) {
    const server = made.createServer(options, listener);
    say(server instanceof tls.Server, server.listenerCount('secureConnection') > 0, server.listenerCount('request'));
  }
  say(new made.Server(pair, null).listenerCount('request'));
}
say(thrown(() => tls.createServer('this is not valid')));
`,
);

same(
  'what speaks no TLS, at servers and at clients',
  `
const codeAt = (bytes, server) => new Promise(done => {
  server.on('tlsClientError', error => done(error.code));
  listening(server).then(port => net.connect(port, '127.0.0.1', function () { this.write(bytes); }).on('error', () => {}));
});
for (const text of ['GET / HTTP/1.1\\r\\n', 'HELLO there', 'OPTIONS / HTTP/1.1', 'CONNECT x:1', '\\x16\\x02\\x00\\x00\\x05aaaaa', '\\x17\\x03\\x03\\x00\\x05aaaaa'])
  say(text, await codeAt(Buffer.from(text, 'latin1'), tls.createServer(pair)));
for (const text of ['HTTP/1.1 400 Bad Request\\r\\n\\r\\n', '220 mail.test ESMTP\\r\\n']) {
  const other = net.createServer(raw => raw.on('error', () => {}).once('data', () => raw.end(text)));
  say(text, await at(await listening(other)));
}
`,
);

same(
  'names of functions and classes, and what may be called without new',
  `
for (const name of ['connect', 'createServer', 'createSecureContext', 'TLSSocket', 'Server', 'SecureContext']) say(tls[name].name);
for (const made of [tls.SecureContext(), new tls.SecureContext('TLSv1_2_method'), tls.createSecureContext(pair)])
  say(made instanceof tls.SecureContext, made.constructor.name);
say(thrown(() => new tls.SecureContext('nonsense')));
say(tls.Server(pair) instanceof tls.Server, https.Server(pair) instanceof https.Server, https.Agent() instanceof https.Agent);
`,
);

same(
  'groups that castls lacks are passed over beside others, what is none is refused',
  `
for (const ecdhCurve of ['secp256k1:prime256v1', 'prime256v1:secp384r1:brainpoolP256r1', 'P-256:secp256kl', 'nonsense']) {
  const server = thrown(() => tls.createServer({ ...pair, ecdhCurve }));
  say(ecdhCurve, server);
  if (server !== 'nothing') continue;
  const socket = await at(await listening(tls.createServer({ ...pair, ecdhCurve })), { ecdhCurve: 'P-256' });
  say(socket.getEphemeralKeyInfo());
}
`,
);

same(
  'what is written and not sent yet counts',
  `
const server = tls.createServer(pair, socket => socket.on('error', () => {}).resume());
const socket = await at(await listening(server));
const counts = [socket.bufferSize];
for (let i = 0; i < 3; i++) { socket.write('ab'); counts.push(socket.bufferSize); }
say(counts, socket.writableLength);
let writes = 0;
while (writes < 1000 && socket.write(Buffer.alloc(1024))) writes++;
say(writes < 1000);
socket.end();
await heard(socket, 'finish');
say(socket.bufferSize);
await heard(socket, 'close');
say(socket.bufferSize);
`,
);

same(
  'garbage at sockets that are made by hand ends no program, and much of it is not waited for',
  `
const handmade = net.createServer(raw => {
  const socket = new tls.TLSSocket(raw, { isServer: true, secureContext: tls.createSecureContext(pair) });
  socket.on('_tlsError', error => say(error.code)).on('close', () => say('closed'));
});
const junk = net.connect(await listening(handmade), '127.0.0.1', () => junk.write('*'.repeat(1000))).on('error', () => {});
await heard(junk.resume(), 'close');
const many = net.connect(await listening(tls.createServer(pair)), '127.0.0.1', () => many.write(Buffer.alloc(1 << 20, 42)));
say((await heard(many, 'error')).code.replace('EPIPE', 'ECONNRESET'));
`,
);

same(
  'a transport that is taken away is gone at once',
  `
let inside;
const server = tls.createServer(pair, socket => { inside = socket; socket.on('data', data => socket.write(data)); });
const raws = net.createServer(raw => {
  server.emit('connection', raw);
  raw.on('close', () => say('raw', inside.destroyed));
  raw.once('close', () => raws.close());
  inRaw = raw;
});
let inRaw;
const socket = await at(await listening(raws));
socket.write('x');
await heard(socket, 'data');
inRaw.destroy();
say(inside.destroyed);
await heard(inside, 'close');
`,
);

test('--trace-tls and enableTrace say what goes over the wire', async () => {
  const program = `
const port = await listening(tls.createServer(pair, socket => socket.on('error', () => {}).end('x')));
console.error = say;
const { write } = process.stderr;
process.stderr.write = text => { say(/^(Sent|Received) Record/.test(text), /ClientHello/.test(text)); return true; };
const socket = await at(port, process.execArgv.includes('--trace-tls') ? {} : { enableTrace: true });
socket._destroySSL();
say(socket.destroyed);
`;
  for (const flags of [[], ['--trace-tls']]) {
    const lines = (await run(true, program, { flags })).trim().split('\n');
    assert.ok(lines.includes('true true'));
    assert.is(lines.pop(), 'true');
  }
});

same(
  '--tls-keylog has the lines of both sides',
  `
const file = process.execArgv.find(each => each.startsWith('--tls-keylog=')).split('=')[1];
fs.rmSync(file, { force: true });
const server = tls.createServer({ ...pair, maxVersion: 'TLSv1.2' }, socket => socket.end('x'));
const socket = await at(await listening(server));
await heard(socket.resume(), 'close');
const written = () => fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\\n') : [];
// node appends in the background.
while (written().length < 2) await new Promise(done => setTimeout(done, 10));
const lines = written();
say(lines.length, lines[0] === lines[1]);
`,
  { flags: [`--tls-keylog=${join(folder, 'keys.log')}`] },
);

test.run();
