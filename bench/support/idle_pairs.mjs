// Memory of idle connection pairs over TCP, both ends in this process. Arguments: castls | node:tls | bare, the number of
// pairs, the bundle of castls/node, JSON {key, cert, ca, host}. Prints per pair: bytes of resident memory, and those in use (the heap's,
// and those outside of it that it holds).

import { connect as tcpConnect, createServer as tcpServer } from 'node:net';
import * as nodeTls from 'node:tls';

const [kind, count, bundle, json] = process.argv.slice(2);
const pairs = Number(count);
const { key, cert, ca, host } = JSON.parse(json);
const tls = kind === 'castls' ? await import(bundle) : nodeTls;
const secure = kind !== 'bare';
const versions = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' };

const accepted = [];
const server = secure
  ? tls.createServer({ key, cert, ...versions }, socket => accepted.push(socket.on('error', () => {})))
  : tcpServer(socket => accepted.push(socket));
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();
const clients = [];

/** One pair that has said a byte each way, so that both ends are established and at rest. */
function open() {
  return new Promise((resolve, reject) => {
    const target = { port, host: '127.0.0.1' };
    const socket = secure ? tls.connect({ ...target, ca, servername: host, ...versions }) : tcpConnect(target);
    socket.on('error', reject);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clients.push(socket);
      resolve();
    });
  });
}

async function settle() {
  for (let i = 0; i < 5; i++) {
    await new Promise(resolve => setTimeout(resolve, 100));
    globalThis.gc();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, used: heapUsed + external };
}

async function openMany(count) {
  for (let i = 0; i < count; i += 20) await Promise.all(Array.from({ length: 20 }, open));
}

// What is made once is not a pair's: code and caches.
await openMany(600);
for (const socket of [...clients.splice(0), ...accepted.splice(0)]) socket.destroy();
const before = await settle();
await openMany(pairs);
const after = await settle();
if (clients.length !== pairs) throw new Error('not all pairs are open');
const perPair = name => Math.round((after[name] - before[name]) / pairs);
console.log(`${perPair('rss')} ${perPair('used')}`);
process.exit(0);
