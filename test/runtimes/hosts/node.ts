// The list on Node.js: castls/node for the clients. Argument: a file with the setting.

const started = performance.now();

import { readFileSync } from 'node:fs';
import type { ConnectionInfo } from 'castls';
import { connect } from 'castls/node';
import type { Client } from '../list/host.ts';
import { report, type Setting } from './report.ts';

const setting: Setting = JSON.parse(readFileSync(process.argv[2], 'utf8'));

function client(options: Parameters<Parameters<typeof report>[1]['connect']>[0]): Client {
  const { port, serverName = 'localhost', ca, cert, key, alpn, maxVersion } = options;
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: serverName,
    ca,
    cert,
    key,
    ALPNProtocols: alpn && [...alpn],
    maxVersion,
    allowHalfOpen: true,
  });
  const failed = new Promise<never>((_, reject) => socket.once('error', reject));
  failed.catch(() => {});
  const opened = new Promise<ConnectionInfo>(resolve =>
    socket.once('secureConnect', () => resolve(socket.info as ConnectionInfo)),
  );
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return {
    opened: Promise.race([opened, failed]),
    write: bytes =>
      Promise.race([failed, new Promise<void>(resolve => socket.write(bytes, error => error ?? resolve()))]),
    end: () => Promise.race([failed, new Promise<void>(resolve => socket.end(resolve))]),
    read: async () => {
      const { done, value } = await chunks.next();
      return done ? null : value;
    },
    close: async () => void socket.destroy(),
  };
}

const result = await report(
  setting,
  { name: `Node.js ${process.versions.node}`, connect: async options => client(options) },
  started,
);
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
