// Files for the explorer's tests: a trace that castls connect writes, and a capture with its key log, made of a connection
// through a proxy on loopback, with headers of TCP and IP put before what went through.

import { spawnSync } from 'node:child_process';
import { connect as connectTcp, createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pcapOf } from './pcap.mjs';
import { root } from './set_up.mjs';

/** @param {number} port @param {string} caFile @param {string} file */
export function traceOf(port, caFile, file) {
  const args = ['connect', `127.0.0.1:${port}`, '--servername', 'localhost', '--ca', caFile, '--trace-file', file];
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'build/dist/castls.js'), ...args], {
    input: 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (status !== 0) throw new Error(`castls connect ended with ${status}: ${stderr}`);
  return file;
}

/** @param {number} port @param {string} ca PEM */
export async function captureOf(port, ca) {
  const { connect } = await import(pathToFileURL(join(root, 'build/dist/node.js')).href);
  /** @type {{from: 'client' | 'server', data: Buffer}[]} */
  const chunks = [];
  const proxy = createServer(client => {
    const server = connectTcp(port, '127.0.0.1');
    client.on('data', data => chunks.push({ from: 'client', data }));
    server.on('data', data => chunks.push({ from: 'server', data }));
    for (const socket of [client, server]) socket.on('error', () => {});
    client.pipe(server).pipe(client);
  });
  await new Promise(resolve => proxy.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (proxy.address());
  let keyLog = '';
  try {
    await new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: address.port, servername: 'localhost', ca });
      socket.setTimeout(20_000, () => socket.destroy(new Error('no answer')));
      socket.on('keylog', (/** @type {Buffer} */ line) => (keyLog += line));
      socket.on('secureConnect', () => socket.end('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'));
      socket
        .resume()
        .on('error', reject)
        .on('close', () => resolve(undefined));
    });
  } finally {
    proxy.close();
  }
  return { capture: pcapOf(chunks, port), keyLog };
}

/** The first message of a capture of ours, in hex. @param {Buffer} capture */
export function clientHelloHex(capture) {
  // Global header, record header, Ethernet, IPv4, TCP of the SYN, then the headers of the first segment.
  const first = 24 + 2 * (16 + 14 + 20 + 20);
  const length = 5 + capture.readUInt16BE(first + 3);
  return capture.subarray(first, first + length).toString('hex');
}
