// An HTTPS client in a process of its own. Arguments: castls | native | node, "get" | "undici", the folder of castls' bundles,
// JSON {port, host, ca}. For each number on its input it downloads so many bytes over the connection it keeps
// and prints {seconds, cpu, digest}; ends when its input ends.

import { createHash } from 'node:crypto';
import * as nodeHttps from 'node:https';
import * as nodeTls from 'node:tls';
import { Agent, request } from 'undici';

const [kind, way, bundles, json] = process.argv.slice(2);
const { port, host, ca } = JSON.parse(json);
const https = kind === 'node' ? nodeHttps : await import(`${bundles}/https.js`);
const tls = kind === 'node' ? nodeTls : await import(`${bundles}/node.js`);
const { nativeProvider } = kind === 'native' ? await import(`${bundles}/native.js`) : {};
const provider = nativeProvider?.();
const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
const dispatcher = new Agent({
  connections: 1,
  connect(_options, done) {
    const socket = tls.connect({ port, host: '127.0.0.1', servername: host, ca, provider }, () => done(null, socket));
    socket.on('error', done);
  },
});

/** The body's chunks, each to `take`. */
async function download(length, take) {
  if (way === 'undici') {
    const { body } = await request(`https://127.0.0.1:${port}/${length}`, { dispatcher });
    await new Promise((resolve, reject) => body.on('data', take).on('end', resolve).on('error', reject));
    return;
  }
  await new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', servername: host, ca, agent, provider, path: `/${length}` };
    https
      .get(options, response => response.on('data', take).on('end', resolve).on('error', reject))
      .on('error', reject);
  });
}

/** Of the first download of each length alone: to hash is no part of what is measured. */
const digests = new Map();

for await (const line of process.stdin) {
  const length = Number(line);
  const hash = digests.has(length) ? null : createHash('sha256');
  let left = length;
  const before = process.cpuUsage();
  const started = performance.now();
  await download(length, chunk => {
    left -= chunk.length;
    hash?.update(chunk);
  });
  const seconds = (performance.now() - started) / 1e3;
  const { user, system } = process.cpuUsage(before);
  if (left !== 0) throw new Error(`${left} bytes are missing`);
  if (hash !== null) digests.set(length, hash.digest('hex'));
  console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, digest: digests.get(length) }));
}
process.exit(0);
