// A program: one TLS server of a fleet. Says what happens to the process that forked it; ends with it.

import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from '../../../src/node.ts';
import { type FleetEvent, localWrapper, redisFleet } from '../../../src/redis.ts';

/** What a server is told, as JSON in the environment variable CASTLS_FLEET_SERVER. */
export interface ServerProgram {
  readonly redis: string;
  /** Base64. */
  readonly wrappingKey: string;
  readonly cert: string;
  readonly key: string;
  readonly port: number;
  /** Milliseconds by which its clock is wrong. */
  readonly skew: number;
  readonly storeSessions: boolean;
  readonly freshness: number;
  readonly rotation: number;
  readonly lifetime: number;
  readonly poll?: number;
  readonly deadline?: number;
}

/** What it says. */
export type ServerNews =
  | { readonly kind: 'listening'; readonly port: number }
  /** There are ticket keys. */
  | { readonly kind: 'ready' }
  /** Texts of early data that was taken since it spoke last. */
  | { readonly kind: 'early'; readonly texts: readonly string[] }
  /** How often what happened since it spoke last, and what the store took, in milliseconds. */
  | { readonly kind: 'counts'; readonly counts: Readonly<Record<string, number>>; readonly store: readonly number[] }
  | { readonly kind: 'failure'; readonly message: string };

const tell = (news: ServerNews): void => {
  if (process.connected) process.send?.(news);
};

const told = process.env['CASTLS_FLEET_SERVER'];
if (told !== undefined) {
  process.on('disconnect', () => process.exit(0));
  process.on('uncaughtException', error => tell({ kind: 'failure', message: String(error.stack) }));
  void run(JSON.parse(told));
}

async function run(program: ServerProgram): Promise<void> {
  const { redis, wrappingKey, cert, key, port, skew, ...rest } = program;
  if (skew !== 0) {
    const right = Date.now;
    Date.now = () => right() + skew;
  }
  let counts: Record<string, number> = {};
  let store: number[] = [];
  let texts: string[] = [];
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  const onEvent = (event: FleetEvent): void => {
    count(nameOf(event));
    if (event.kind === 'store' && event.outcome !== 'skipped' && store.length < 10_000) store.push(event.milliseconds);
  };
  const fleet = await redisFleet({
    url: redis,
    wrapper: localWrapper(new Uint8Array(Buffer.from(wrappingKey, 'base64'))),
    onEvent,
    ...rest,
  });
  const sessionTimeout = rest.lifetime;
  const options = { cert, key, fleet, sessionTimeout, acceptEarlyData: { maxSize: 1024 }, ecdhCurve: 'X25519' };
  const server = createServer(options, socket => serve(socket));
  server.on('earlyData', (chunk: Buffer) => texts.push(chunk.toString()));
  server.on('tlsClientError', (error: Error & { cause?: { code?: string } }) => {
    count(`failed ${error.cause?.code ?? (error as NodeJS.ErrnoException).code ?? error.message}`);
  });
  server.listen(port, '127.0.0.1', 4096, () =>
    tell({ kind: 'listening', port: (server.address() as AddressInfo).port }),
  );
  void fleet.ready(120_000).then(
    () => tell({ kind: 'ready' }),
    () => {},
  );
  setInterval(() => {
    if (texts.length > 0) tell({ kind: 'early', texts });
    if (Object.keys(counts).length > 0) tell({ kind: 'counts', counts, store });
    counts = {};
    store = [];
    texts = [];
  }, 50);
}

function serve(socket: TLSSocket): void {
  socket.on('error', () => {});
  socket.resume();
  socket.end('.');
}

/** A name to count an event by. */
function nameOf(event: FleetEvent): string {
  switch (event.kind) {
    case 'handshake':
      return `${event.protocol} ${event.resumed ? 'resumed' : 'full'}`;
    case 'claim':
      return `early data ${event.outcome}`;
    case 'store':
      return `store ${event.outcome}`;
    case 'ticket':
      return event.opened ? 'ticket opened' : 'ticket refused';
    case 'circuit':
      return event.open ? 'circuit opens' : 'circuit closes';
    default:
      return event.kind;
  }
}
