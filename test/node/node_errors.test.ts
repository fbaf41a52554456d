// Errors of castls/node: node's code, the castls error as cause and in the message. A row of the table, a test.

import * as http from 'node:http';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { alertError, asNodeError, headerError, nodeErrors } from '../../src/adapters/node/tls/node_errors.ts';
import { type ErrorCode, errorCodes, TlsError } from '../../src/base/errors.ts';
import * as castls from '../../src/node.ts';
import { ca, cleanUp, client, event, keyPair, later, listen, listening, own } from '../support/node_tls.ts';

test.after.each(cleanUp);

for (const [code, { code: named, text }] of Object.entries(nodeErrors)) {
  test(`${code} is ${named}, with its cause`, () => {
    assert.ok((errorCodes as readonly string[]).includes(code));
    const cause = new TlsError(code as ErrorCode, 'what castls says');
    const error = asNodeError(cause) as NodeJS.ErrnoException & { library?: string; reason?: string };
    assert.is(error.code, named);
    assert.is(error.cause, cause);
    assert.ok(error.message.includes('what castls says') && error.message.includes(text));
    if (named.startsWith('ERR_SSL_')) {
      assert.is(error.library, 'SSL routines');
      assert.is(`ERR_SSL_${error.reason?.toUpperCase().replaceAll(/[ -]/g, '_')}`, named);
    }
  });
}

test("codes that node has no name for stay castls' own, as do errors of others", () => {
  const own = new TlsError('ERR_TOO_MANY_HANDSHAKES', 'many');
  assert.is(asNodeError(own), own);
  const foreign = new Error('x');
  assert.is(asNodeError(foreign), foreign);
});

const foreignBytes: readonly (readonly [string, string, string, string])[] = [
  // the first bytes of what is no TLS; the codes that servers of Node.js 20 (3.0.19), 25.9 (3.5.5) and 24.22 (3.5.9) have for it
  ['GET / HTTP/1.1', 'HTTP_REQUEST', 'HTTP_REQUEST', 'HTTP_REQUEST'],
  ['POST / HTTP/1.1', 'HTTP_REQUEST', 'PACKET_LENGTH_TOO_LONG', 'HTTP_REQUEST'],
  ['HEAD / HTTP/1.1', 'HTTP_REQUEST', 'PACKET_LENGTH_TOO_LONG', 'HTTP_REQUEST'],
  ['PUT / HTTP/1.1', 'HTTP_REQUEST', 'HTTP_REQUEST', 'HTTP_REQUEST'],
  ['OPTIONS / HTTP/1.1', 'WRONG_VERSION_NUMBER', 'PACKET_LENGTH_TOO_LONG', 'HTTP_REQUEST'],
  ['DELETE / HTTP/1.1', 'WRONG_VERSION_NUMBER', 'PACKET_LENGTH_TOO_LONG', 'HTTP_REQUEST'],
  ['PATCH / HTTP/1.1', 'WRONG_VERSION_NUMBER', 'PACKET_LENGTH_TOO_LONG', 'HTTP_REQUEST'],
  ['TRACE / HTTP/1.1', 'WRONG_VERSION_NUMBER', 'PACKET_LENGTH_TOO_LONG', 'HTTP_REQUEST'],
  ['PRI * HTTP/2.0', 'WRONG_VERSION_NUMBER', 'WRONG_VERSION_NUMBER', 'WRONG_VERSION_NUMBER'],
  ['CONNECT x:1 HTTP/1.1', 'HTTPS_PROXY_REQUEST', 'PACKET_LENGTH_TOO_LONG', 'HTTPS_PROXY_REQUEST'],
  ['HTTP/1.1 400 Bad', 'WRONG_VERSION_NUMBER', 'PACKET_LENGTH_TOO_LONG', 'WRONG_VERSION_NUMBER'],
  ['220 mail.test ESMTP', 'WRONG_VERSION_NUMBER', 'WRONG_VERSION_NUMBER', 'WRONG_VERSION_NUMBER'],
  ['SSH-2.0-OpenSSH', 'WRONG_VERSION_NUMBER', 'WRONG_VERSION_NUMBER', 'WRONG_VERSION_NUMBER'],
  ['\x17\x03\x03\x00\x05', 'UNEXPECTED_MESSAGE', 'UNEXPECTED_MESSAGE', 'UNEXPECTED_MESSAGE'],
  ['\x16\x03\x03\x60\x00', 'PACKET_LENGTH_TOO_LONG', 'PACKET_LENGTH_TOO_LONG', 'DATA_LENGTH_TOO_LONG'],
];

for (const [text, ...codes] of foreignBytes) {
  test(`first bytes ${JSON.stringify(text)}: as the OpenSSL of this Node.js names them`, () => {
    const [type, major, minor, high, low] = Buffer.from(text, 'latin1');
    const header = { type, version: (major << 8) | minor, length: (high << 8) | low };
    const named = (version: string) => headerError({ header, first: true, isForeign: major !== 3 }, version).code;
    assert.equal(
      ['3.0.19', '3.5.5', '3.5.9+quic'].map(named),
      codes.map(code => `ERR_SSL_${code}`),
    );
  });
}

for (const [alert, openssl, code] of [
  [40, '3.0.15', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'],
  [40, '3.5.2', 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE'],
  [48, '3.0.15', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'],
  [70, '3.5.2', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'],
  [116, '3.5.2', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'],
  [120, '3.5.2', 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'],
] as const) {
  test(`alert ${alert} with the words of OpenSSL ${openssl} is ${code}`, () => {
    assert.is(alertError(alert, openssl).code, code);
  });
}

/** What a client of node:tls and one of castls/node report of the same failure. */
async function both(
  options: object,
  clientOptions: object = {},
): Promise<[NodeJS.ErrnoException, NodeJS.ErrnoException]> {
  const { port } = await listen(own, options);
  const errors: NodeJS.ErrnoException[] = [];
  for (const which of [tls as never as typeof own, own]) {
    const socket = client(which, port, clientOptions);
    socket.resume();
    errors.push(await event<NodeJS.ErrnoException>(socket, 'error'));
  }
  return errors as [NodeJS.ErrnoException, NodeJS.ErrnoException];
}

for (const [what, server, given] of [
  ['no CA', {}, { ca: undefined }],
  ['a wrong name', {}, { servername: 'other.test' }],
  [
    'no shared cipher',
    { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' },
    { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' },
  ],
  ['an alert for the version', { minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' }],
  ['no protocol in common', { ALPNProtocols: ['a'] }, { ALPNProtocols: ['b'] }],
  ['no client certificate (TLS 1.3)', { requestCert: true, ca }, { minVersion: 'TLSv1.3' }],
] as const) {
  test(`${what}: the code is the one of node:tls`, async () => {
    const [ofNode, ofCastls] = await both(server, given);
    assert.is(ofCastls.code, ofNode.code);
    assert.instance(ofCastls.cause, TlsError);
  });
}

test('a wrong name: reason, host and cert as in node:tls', async () => {
  const [ofNode, ofCastls] = (await both({}, { servername: 'other.test' })) as unknown as {
    reason: string;
    host: string;
    cert: tls.PeerCertificate;
  }[];
  assert.is(ofCastls.reason, ofNode.reason);
  assert.is(ofCastls.host, ofNode.host);
  assert.is(ofCastls.cert.fingerprint256, ofNode.cert.fingerprint256);
});

test('a server that hangs up: ECONNRESET with host and port', async () => {
  const plain = net.createServer(socket => socket.destroy());
  const port = await listening(plain);
  const socket = castls.connect({ port, host: '127.0.0.1', ca });
  const error = await event<NodeJS.ErrnoException & { host: string; port: number }>(socket, 'error');
  assert.is(error.code, 'ECONNRESET');
  assert.is(error.host, '127.0.0.1');
  assert.is(error.port, port);
});

test('a server of plain HTTP: wrong version number', async () => {
  const plain = http.createServer();
  later(() => plain.closeAllConnections());
  const port = await listening(plain);
  const error = await event<NodeJS.ErrnoException>(client(own, port), 'error');
  assert.is(error.code, 'ERR_SSL_WRONG_VERSION_NUMBER');
});

test('every name of node:tls is there', () => {
  const missing = Object.keys(tls).filter(name => name !== 'default' && !(name in castls));
  assert.equal(missing, []);
  assert.throws(
    () => castls.createSecurePair(),
    (error: TlsError) => error.code === 'ERR_UNSUPPORTED_OPTION',
  );
});

test('getCiphers: names in lower case, sorted, each one that connections can have', () => {
  const names = castls.getCiphers();
  assert.ok(names.includes('tls_aes_128_gcm_sha256') && names.includes('ecdhe-rsa-aes128-gcm-sha256'));
  assert.equal(names, [...names].sort());
  for (const name of castls.DEFAULT_CIPHERS.split(':')) assert.ok(names.includes(name.toLowerCase()), name);
});

test('convertALPNProtocols writes the form of the wire', () => {
  const out: { ALPNProtocols?: Buffer } = {};
  castls.convertALPNProtocols(['h2', 'http/1.1'], out);
  assert.is(out.ALPNProtocols?.toString('latin1'), '\x02h2\x08http/1.1');
  castls.convertALPNProtocols(Buffer.from('\x01a'), out);
  assert.is(out.ALPNProtocols?.toString(), '\x01a');
});

test('classes are callable without new, and initialise what inherits from them in the old way', async () => {
  const Plain = castls.Server as unknown as (options: object, listener?: unknown) => castls.Server;
  const server = Plain({ ...keyPair('server_p256') }, (socket: castls.TLSSocket) => socket.end('called'));
  assert.instance(server, castls.Server);
  assert.instance(server, net.Server);
  assert.is(server.constructor, castls.Server);
  function Old(this: unknown, options: object) {
    Function.prototype.call.call(castls.Server as never, this, options);
  }
  Object.setPrototypeOf(Old.prototype, castls.Server.prototype);
  const old = Reflect.construct(Old, [keyPair('server_p256')]) as castls.Server;
  old.on('secureConnection', socket => socket.end('old'));
  for (const each of [server, old]) {
    const port = await listening(each as never);
    const socket = client(own, port);
    assert.is(String(await event<Buffer>(socket, 'data')), each === server ? 'called' : 'old');
  }
});

test('a TLSSocket is an instance of net.Socket, without a handle; the global class is untouched', async () => {
  const { port } = await listen(own);
  const before = Object.getOwnPropertyDescriptors(net.Socket.prototype);
  const socket = client(own, port);
  assert.instance(socket, net.Socket);
  assert.is((socket as unknown as { _handle: unknown })._handle, null);
  await event(socket, 'secureConnect');
  assert.is(socket.readyState, 'open');
  assert.is(socket.remotePort, port);
  assert.equal(Object.keys(Object.getOwnPropertyDescriptors(net.Socket.prototype)), Object.keys(before));
});

test('setDefaultCACertificates: what connections without ca trust from now on', async () => {
  const { port } = await listen(own);
  castls.setDefaultCACertificates([String(ca)]);
  const socket = client(own, port, { ca: undefined });
  await event(socket, 'secureConnect');
  assert.is(socket.authorized, true);
  assert.is(castls.getCACertificates().length, 1);
  castls.setDefaultCACertificates([]);
  const error = await event<NodeJS.ErrnoException>(client(own, port, { ca: undefined }), 'error');
  assert.match(error.code ?? '', /UNABLE_TO_/);
});

test.run();
