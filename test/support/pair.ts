// Two connections joined in memory.

import {
  type ClientConfig,
  type ClientOptions,
  type ClientTarget,
  clientConfig,
  type ServerConfig,
  type ServerOptions,
  serverConfig,
} from '../../src/connection/config.ts';
import { Connection } from '../../src/connection/connection.ts';
import type { ConnectionEvent } from '../../src/connection/events.ts';
import type { ClientSettings, ServerSettings } from '../../src/handshake/flow/roles.ts';
import { type NodeProvider, nodeProvider } from './node_provider.ts';
import { everyPair } from './pace.ts';
import { PacedConnection } from './paced_connection.ts';
import { credential, testVerifier } from './pki.ts';

export interface PairOptions {
  readonly client?: Partial<ClientOptions>;
  readonly server?: Partial<ServerOptions>;
  readonly target?: ClientTarget;
  readonly clientProvider?: NodeProvider;
  readonly serverProvider?: NodeProvider;
}

export interface Pair {
  readonly client: Connection;
  readonly server: Connection;
  readonly clientProvider: NodeProvider;
  readonly serverProvider: NodeProvider;
  readonly clientEvents: ConnectionEvent[];
  readonly serverEvents: ConnectionEvent[];
}

/** A client and a server with P-256 certificates of the test CA, for example.test. Nothing has been exchanged yet. */
export function makePair(options: PairOptions = {}): Pair {
  const clientProvider = options.clientProvider ?? nodeProvider();
  const serverProvider = options.serverProvider ?? nodeProvider();
  const client = connectClient(
    clientConfig({ provider: clientProvider, verifier: testVerifier(), ...options.client }),
    options.target ?? { serverName: 'example.test' },
  );
  const server = acceptServer(
    serverConfig({ provider: serverProvider, credentials: [credential('server_p256')], ...options.server }),
  );
  return { client, server, clientProvider, serverProvider, clientEvents: [], serverEvents: [] };
}

export function connectClient(config: ClientConfig, target: ClientTarget): Connection {
  return connection(config.settings(target), config.handshakeTimeout);
}

export function acceptServer(config: ServerConfig): Connection {
  return connection(config.settings(), config.handshakeTimeout);
}

function connection(settings: ClientSettings | ServerSettings, handshakeTimeout: number): Connection {
  const { pace } = everyPair;
  return pace === null
    ? new Connection(settings, { handshakeTimeout })
    : new PacedConnection(settings, { handshakeTimeout }, pace);
}

export function concatAll(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}

/** Moves the output of one to the other. @returns the bytes that were moved */
export function move(from: Connection, to: Connection, change?: (bytes: Uint8Array) => Uint8Array): number {
  const output = concatAll(from.takeOutput());
  if (output.length > 0) to.receive(change ? change(output) : output);
  return output.length;
}

export function drain(connection: Connection, events: ConnectionEvent[]): void {
  for (let event = connection.nextEvent(); event !== null; event = connection.nextEvent()) events.push(event);
}

/** Moves bytes both ways until both are silent. */
export function pump(pair: Pair): void {
  for (;;) {
    const moved = move(pair.client, pair.server) + move(pair.server, pair.client);
    drain(pair.client, pair.clientEvents);
    drain(pair.server, pair.serverEvents);
    if (moved === 0) return;
  }
}

/** As `pump`, for pairs with jobs that answer later. */
export async function pumpLater(pair: Pair, rounds = 40): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    pump(pair);
    await new Promise(done => setImmediate(done));
  }
}

/** Data of all data events, joined. */
export function dataOf(events: readonly ConnectionEvent[]): Uint8Array {
  return concatAll(events.flatMap(event => (event.kind === 'data' ? [event.data] : [])));
}

export function kinds(events: readonly ConnectionEvent[]): string[] {
  return events.map(event => event.kind);
}
