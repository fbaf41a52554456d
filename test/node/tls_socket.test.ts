// castls/node against node:tls and against itself: versions, certificates, ALPN, SNI, resumption, secrets.

import { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ca,
  cleanUp,
  client,
  connected,
  event,
  fixture,
  keyPair,
  listen,
  nameOf,
  node,
  own,
  readAll,
  readBytes,
  type Tls,
} from '../support/node_tls.ts';

test.after.each(cleanUp);

// In a later task: a server of node:tls that ends inside of "secureConnection" sends no close_notify.
const endWith = (data: string) => (socket: Duplex) => {
  setImmediate(() => socket.end(data));
};

const clientName = new X509Certificate(fixture('client_p256.crt')).toLegacyObject().subject.CN;

const pairs: [Tls, Tls][] = [
  [own, node],
  [node, own],
  [own, own],
];
const between = ([from, to]: [Tls, Tls]) => `${nameOf(from)} to ${nameOf(to)}`;

for (const pair of pairs) {
  const [clientTls, serverTls] = pair;
  for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
    for (const name of ['server_p256', 'server_p384', 'server_rsa', 'server_ed25519']) {
      test(`${between(pair)}: ${version} with ${name}, data both ways`, async () => {
        const { port, sockets } = await listen(serverTls, keyPair(name), socket => socket.pipe(socket));
        const socket = await connected(clientTls, port, { maxVersion: version });
        const data = Buffer.alloc(100_000, 'castls');
        socket.write(data);
        assert.ok((await readBytes(socket, data.length)).equals(data));
        assert.is(socket.getProtocol(), version);
        assert.is(socket.authorized, true);
        assert.is(sockets[0].getProtocol(), version);
        assert.equal(socket.getCipher(), sockets[0].getCipher());
        assert.is(socket.encrypted, true);
        socket.end();
        assert.is((await readAll(socket)).length, 0);
      });
    }

    test(`${between(pair)}: ${version} client certificate, required and verified`, async () => {
      const { port, sockets } = await listen(serverTls, { requestCert: true, ca }, endWith('in'));
      const socket = client(clientTls, port, { maxVersion: version, ...keyPair('client_p256') });
      assert.is(String(await readAll(socket)), 'in');
      assert.is(sockets[0].authorized, true);
      assert.is(sockets[0].getPeerCertificate().subject.CN, clientName);
    });

    test(`${between(pair)}: ${version} client without the required certificate is refused`, async () => {
      const { port, failures } = await listen(serverTls, { requestCert: true, ca });
      const socket = client(clientTls, port, { maxVersion: version });
      socket.resume();
      const error = await event<NodeJS.ErrnoException>(socket, 'error');
      assert.match(error.code ?? '', /ERR_SSL_|ECONNRESET/);
      assert.is(failures.length, 1);
    });

    test(`${between(pair)}: ${version} client certificate asked for, none given`, async () => {
      const { port, sockets } = await listen(
        serverTls,
        { requestCert: true, rejectUnauthorized: false, ca },
        endWith('in'),
      );
      assert.is(String(await readAll(client(clientTls, port, { maxVersion: version }))), 'in');
      assert.is(sockets[0].authorized, false);
      assert.is(String(sockets[0].authorizationError), 'UNABLE_TO_GET_ISSUER_CERT');
    });

    test(`${between(pair)}: ${version} ALPN, the server's order`, async () => {
      const { port, sockets } = await listen(serverTls, { ALPNProtocols: ['h2', 'http/1.1'] });
      const socket = await connected(clientTls, port, { maxVersion: version, ALPNProtocols: ['http/1.1', 'h2'] });
      assert.is(socket.alpnProtocol, 'h2');
      socket.end();
      await readAll(socket);
      assert.is(sockets[0].alpnProtocol, 'h2');
    });

    test(`${between(pair)}: ${version} no protocol in common (no_application_protocol, RFC 7301 §3.2)`, async () => {
      const { port } = await listen(serverTls, { ALPNProtocols: ['a'] });
      const error = await event<NodeJS.ErrnoException & { alert?: number }>(
        client(clientTls, port, { maxVersion: version, ALPNProtocols: ['b'] }),
        'error',
      );
      if (clientTls === own) assert.is(error.alert, 120);
      else assert.match(error.message, /no application protocol/i);
    });

    test(`${between(pair)}: ${version} SNI chooses by addContext and SNICallback`, async () => {
      const { server, port } = await listen(serverTls);
      server.addContext('*.test', keyPair('server_rsa'));
      const first = await connected(clientTls, port, { maxVersion: version });
      // node:tls, as a server of TLS 1.3, stays with its first certificate in some versions of Node.js.
      const { bits = 0 } = first.getPeerCertificate();
      assert.ok(bits === 2048 || (bits === 256 && serverTls === node && version === 'TLSv1.3'), String(bits));
      const asked: string[] = [];
      const second = await listen(serverTls, {
        SNICallback(name, callback) {
          asked.push(name);
          setTimeout(() => callback(null, serverTls.createSecureContext(keyPair('server_p384'))), 20);
        },
      });
      const socket = await connected(clientTls, second.port, { maxVersion: version });
      assert.is(socket.getPeerCertificate().nistCurve, 'P-384');
      assert.equal(asked, ['example.test']);
    });

    test(`${between(pair)}: ${version} resumes the session of another connection`, async () => {
      const { port, sockets } = await listen(serverTls, {}, endWith('x'));
      const first = client(clientTls, port, { maxVersion: version });
      const [session] = await Promise.all([event<Buffer>(first, 'session'), readAll(first)]);
      const socket = client(clientTls, port, { maxVersion: version, session });
      assert.is(String(await readAll(socket)), 'x');
      assert.is(socket.isSessionReused(), true);
      assert.is(sockets[1].isSessionReused(), true);
      assert.is(socket.authorized, true);
    });

    test(`${between(pair)}: ${version} both export the same keying material and log the same secrets`, async () => {
      const logs: [string[], string[]] = [[], []];
      const { server, port, sockets } = await listen(serverTls);
      server.on('keylog', (line: Buffer) => logs[1].push(String(line)));
      const socket = client(clientTls, port, { maxVersion: version });
      socket.on('keylog', (line: Buffer) => logs[0].push(String(line)));
      await event(socket, 'secureConnect');
      socket.write('x');
      if (sockets.length === 0) await event(server, 'secureConnection');
      const context = Buffer.from('context');
      const exported = socket.exportKeyingMaterial(64, 'EXPORTER-test', context);
      assert.ok(exported.equals(sockets[0].exportKeyingMaterial(64, 'EXPORTER-test', context)));
      assert.is(exported.length, 64);
      assert.equal([...logs[0]].sort(), [...logs[1]].sort());
      assert.ok(logs[0].length >= (version === 'TLSv1.3' ? 5 : 1));
    });
  }

  test(`${between(pair)}: a certificate for another name is refused`, async () => {
    const { port } = await listen(serverTls);
    const error = await event<NodeJS.ErrnoException>(client(clientTls, port, { servername: 'other.test' }), 'error');
    assert.is(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test(`${between(pair)}: an unknown CA is refused, or reported`, async () => {
    const { port } = await listen(serverTls);
    const error = await event<NodeJS.ErrnoException>(client(clientTls, port, { ca: undefined }), 'error');
    assert.is(error.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    const socket = await connected(clientTls, port, { ca: undefined, rejectUnauthorized: false });
    assert.is(socket.authorized, false);
    assert.is(String(socket.authorizationError), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test(`${between(pair)}: checkServerIdentity replaces the check of the name`, async () => {
    const { port } = await listen(serverTls);
    const asked: string[] = [];
    const options = { servername: 'other.test' };
    await connected(clientTls, port, {
      ...options,
      checkServerIdentity(host, certificate) {
        asked.push(host, certificate.subject.CN as string);
        return undefined;
      },
    });
    assert.equal(asked, ['other.test', 'localhost']);
    const wrong = new Error('not my server');
    const error = await event(client(clientTls, port, { ...options, checkServerIdentity: () => wrong }), 'error');
    assert.is(error, wrong);
  });

  test(`${between(pair)}: an external PSK (RFC 9846 §4.2.11)`, async () => {
    const psk = Buffer.alloc(32, 7);
    const seen: string[] = [];
    const { port } = await listen(
      serverTls,
      {
        pskCallback(_socket, identity) {
          seen.push(identity);
          return identity === 'me' ? psk : null;
        },
        ciphers: 'TLS_AES_128_GCM_SHA256',
        minVersion: 'TLSv1.3',
      },
      endWith('psk'),
    );
    const socket = client(clientTls, port, {
      pskCallback: () => ({ psk, identity: 'me' }),
      checkServerIdentity: () => undefined,
      ciphers: 'TLS_AES_128_GCM_SHA256',
      minVersion: 'TLSv1.3',
    });
    assert.is(String(await readAll(socket)), 'psk');
    assert.equal(seen, ['me']);
    assert.is(socket.getPeerX509Certificate(), undefined);
  });
}

test.run();
