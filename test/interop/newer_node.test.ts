// node:tls of a newer Node, which has X25519MLKEM768: both roles, TLS 1.3 and 1.2, resumption, a client certificate.
// The binary comes from the registry's package for this platform.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TLSSocket } from '../../src/node.ts';
import { cleanUp, connected, event, listen, own, readAll } from '../support/node_tls.ts';
import { write } from '../support/openssl.ts';
import { authority, clientCertificate, serverCertificate } from '../support/peer_certificates.ts';
import { run, withReason } from '../support/peers.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');
const MAJOR = 26;
const name = `node-${process.platform}-${process.arch}`;
const folder = join(root, `build/peers/node-${MAJOR}`);
const binary = join(folder, 'node_modules', name, 'bin/node');

test.after.each(cleanUp);

/** Why the newer Node cannot be had; null if it is there. */
function install(): string | null {
  if (existsSync(binary)) return null;
  mkdirSync(folder, { recursive: true });
  const options = ['--prefix', folder, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', ['install', ...options, `${name}@${MAJOR}`], { cwd: folder, timeout: 180_000 });
  return status === 0 && existsSync(binary) ? null : `${name}@${MAJOR} could not be installed`;
}

const clientScript = `
import { connect } from 'node:tls';
import { readFileSync } from 'node:fs';
const [port, files] = [Number(process.argv[2]), JSON.parse(process.argv[3])];
const read = name => (files[name] ? readFileSync(files[name]) : undefined);
const options = { port, host: '127.0.0.1', servername: 'localhost', ca: read('ca'), cert: read('cert'), key: read('key') };
if (files.max) options.maxVersion = files.max;
const once = session => new Promise((resolve, reject) => {
  let saved;
  const socket = connect({ ...options, session }, () => socket.write('ping'));
  socket.on('session', s => (saved = s)).on('error', reject);
  socket.on('data', data => {
    const facts = { protocol: socket.getProtocol(), authorized: socket.authorized, resumed: socket.isSessionReused() };
    facts.group = socket.getEphemeralKeyInfo().name;
    facts.data = String(data);
    socket.end();
    socket.on('close', () => resolve([facts, saved]));
  });
});
const [first, session] = await once();
const [second] = await once(session);
console.log(JSON.stringify([first, second]));
`;

const serverScript = `
import { createServer } from 'node:tls';
import { readFileSync } from 'node:fs';
const files = JSON.parse(process.argv[2]);
const server = createServer({ cert: readFileSync(files.cert), key: readFileSync(files.key) }, socket => {
  socket.on('error', () => {});
  socket.end('hello');
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

withReason(`Node ${MAJOR}`, install(), () => {
  const certified = serverCertificate('p256');

  for (const max of ['TLSv1.3', 'TLSv1.2'] as const) {
    test(`Node ${MAJOR} as client: ${max}, resumed the second time, with its certificate`, async () => {
      const own_ = clientCertificate('p256');
      const { cert, key } = certified;
      const ca = authority().cert;
      const options = { cert, key, ca, requestCert: true };
      const { port } = await listen(own, options, socket => {
        socket.on('data', data => socket.write(data));
        socket.on('end', () => socket.end());
      });
      const files = { ca: authority().certFile, cert: own_.certFile, key: own_.keyFile, max };
      const script = write('newer_client.mjs', clientScript);
      const peer = run(binary, [script, String(port), JSON.stringify(files)]);
      const [, line] = await peer.says(/^(\[.*\])$/m, 20_000);
      const [first, second] = JSON.parse(line) as { protocol: string; resumed: boolean; authorized: boolean }[];
      assert.is(first.protocol, max);
      assert.ok(first.authorized);
      assert.not.ok(first.resumed);
      assert.ok(second.resumed);
      assert.is(await peer.finished(), 0);
    });
  }

  test(`Node ${MAJOR} as server: the hybrid group, and no HelloRetryRequest against its defaults`, async () => {
    const script = write('newer_server.mjs', serverScript);
    const peer = run(binary, [script, JSON.stringify({ cert: certified.certFile, key: certified.keyFile })]);
    const [, port] = await peer.says(/^(\d+)$/m);
    const socket = await connected(own, Number(port), { ca: authority().cert });
    const { info } = socket as unknown as TLSSocket;
    assert.is(info?.group?.name, 'X25519MLKEM768');
    assert.is(info?.helloRetried, false);
    assert.is(String(await readAll(socket)), 'hello');
  });

  test(`Node ${MAJOR} as client by its defaults: the hybrid group, without a HelloRetryRequest`, async () => {
    const { cert, key } = certified;
    const { server, port } = await listen(own, { cert, key }, socket => {
      socket.on('data', data => socket.end(data));
    });
    const accepted = event<TLSSocket>(server, 'secureConnection');
    const script = write('newer_client.mjs', clientScript);
    run(binary, [script, String(port), JSON.stringify({ ca: authority().certFile })]);
    const { info } = await accepted;
    assert.is(info?.group?.name, 'X25519MLKEM768');
    assert.is(info?.helloRetried, false);
  });
});

test.run();
