// A program: a primary that forks two workers, each of which serves TLS in its main thread and in a worker thread. All share
// sessions, keys and early data by one option. Prints the four ports as JSON, then an event of early data a line.

import cluster from 'node:cluster';
import type { AddressInfo } from 'node:net';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { processFleet } from '../../../src/fleet.ts';
import { createServer } from '../../../src/node.ts';
import { certified } from './servers.ts';

const root = process.env['CASTLS_FLEET_ROOT'];

if (root !== undefined) {
  const fleet = processFleet({
    freshness: 2000,
    storeSessions: process.env['CASTLS_FLEET_STORE'] === '1',
    // What is shared is tried here, not how fast a busy machine is.
    deadline: 2000,
  });
  if (cluster.isPrimary && isMainThread) primary();
  else serve();

  function primary(): void {
    const ports: number[] = [];
    for (let i = 0; i < 2; i++) {
      // Without the handle of the cluster: each worker has a port of its own.
      cluster.fork().on('message', (message: { port?: number; early?: string }) => {
        if (message.port !== undefined && ports.push(message.port) === 4)
          process.stdout.write(`${JSON.stringify(ports)}\n`);
        if (message.early !== undefined) process.stdout.write(`early ${message.early}\n`);
      });
    }
    process.stdin.once('end', () => process.exit(0)).resume();
  }

  function serve(): void {
    const options = { ...certified(root as string), fleet, acceptEarlyData: true, ecdhCurve: 'X25519' };
    const server = createServer(options, socket => {
      socket.on('error', () => {});
      socket.resume();
      socket.end('.');
    });
    const tell = (message: object): void => {
      if (isMainThread) process.send?.(message);
      else parentPort?.postMessage(message);
    };
    server.on('earlyData', (chunk: Buffer) => tell({ early: chunk.toString() }));
    server.on('tlsClientError', () => {});
    void fleet.ready().then(() => {
      server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () =>
        tell({ port: (server.address() as AddressInfo).port }),
      );
    });
    if (!isMainThread) return;
    process.on('disconnect', () => process.exit(0));
    new Worker(process.argv[1]).on('message', tell);
  }
}
