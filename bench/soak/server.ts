// The server of the soak: HTTPS on castls in a process of its own. Argument: JSON of {key, cert}. Prints its port; answers
// "sample" with what it holds and "end" with what is left when all is closed.

import type { Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createServer } from '../../src/https.ts';
import { defaultCore } from '../../src/wasm/default_core.ts';

export interface Sample {
  /** Open handles that keep the process running, beside its standard streams. */
  readonly handles: number;
  readonly connections: number;
  /** MiB. */
  readonly resident: number;
  readonly heap: number;
  /** Of the WASM memory: secrets, record contexts, running hashes. */
  readonly slots: number;
  /** Those that nobody disposed of. */
  readonly abandoned: number;
  /** Milliseconds that the loop was late, 99 of 100 times. */
  readonly loop: number;
  readonly requests: number;
  readonly failures: number;
}

const MEBI = 2 ** 20;
const open = new Set<Socket>();
let [requests, failures] = [0, 0];
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

const server = createServer(
  { ...JSON.parse(process.argv[2]), handshakeTimeout: 3000, halfOpenTimeout: 3000, keepAliveTimeout: 2000 },
  (request, response) => {
    requests++;
    response.on('error', () => {});
    if (request.method === 'GET') return void response.end(Buffer.alloc(Number(request.url?.slice(1)) || 64, 'soak '));
    let length = 0;
    request.on('data', data => (length += data.length)).on('end', () => response.end(String(length)));
  },
);
server.on('connection', (socket: Socket) => {
  open.add(socket);
  socket.on('close', () => open.delete(socket));
});
server.on('tlsClientError', () => failures++);
server.on('clientError', (_error: Error, socket: Socket) => socket.destroy());
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () =>
  console.log((server.address() as { port: number }).port),
);

function sample(): Sample {
  const { rss, heapUsed } = process.memoryUsage();
  const loop = delay.percentile(99) / 1e6;
  delay.reset();
  const ours = new Set(['PipeWrap', 'TTYWrap', 'Timeout', 'Immediate']);
  return {
    handles: process.getActiveResourcesInfo().filter(name => !ours.has(name)).length,
    connections: open.size,
    resident: rss / MEBI,
    heap: heapUsed / MEBI,
    slots: defaultCore().liveSlots,
    abandoned: defaultCore().abandonedSlots,
    loop,
    requests,
    failures,
  };
}

async function end(): Promise<void> {
  server.close();
  for (let tries = 0; tries < 80 && open.size > 0; tries++) await new Promise(resolve => setTimeout(resolve, 100));
  for (let i = 0; i < 3; i++) {
    await new Promise(resolve => setTimeout(resolve, 50));
    (globalThis as { gc?: () => void }).gc?.();
  }
}

process.stdin.on('data', async data => {
  if (String(data).includes('end')) await end();
  console.log(JSON.stringify(sample()));
});
process.stdin.on('end', () => process.exit(0));
