// The connection to Redis, by the package "redis": one server, a primary behind sentinels, or a cluster, with one set of
// verbs. What the package queues while there is no connection is not what a handshake can wait for: commands fail at once.

import tls from 'node:tls';
import { TlsError } from '../../base/errors.ts';
import type { RedisAddress } from './address.ts';

/** A stream that speaks TLS to `host`: made by castls/node. */
export type TlsConnect = (options: Readonly<Record<string, unknown>>) => unknown;

export interface RedisConnectionOptions {
  readonly address: RedisAddress;
  /** Options of `connect` of castls/node: `ca`, `cert`, `key`, ... */
  readonly tls: Readonly<Record<string, unknown>>;
  readonly connect: TlsConnect;
  /** Of the sentinels, where they have one of their own. */
  readonly sentinelPassword?: string;
  /** A connection was lost, or could not be had. */
  readonly onError: (error: unknown) => void;
}

export interface RedisConnection {
  /** @param key the first key, by which a cluster finds the node; null for any node */
  command(key: string | null, args: readonly (string | Buffer)[]): Promise<unknown>;
  /** The same, with strings of the answer as bytes. */
  bytes(key: string, args: readonly (string | Buffer)[]): Promise<Buffer | null>;
  /** Messages of a channel, for as long as the connection is open. */
  subscribe(channel: string, listener: () => void): Promise<void>;
  close(): void;
}

/** What castls uses of the package. */
interface Client {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  destroy(): unknown;
  subscribe(channel: string, listener: () => void): Promise<unknown>;
}
interface SingleClient extends Client {
  sendCommand(args: readonly unknown[], options?: object): Promise<unknown>;
  duplicate(): SingleClient;
}
interface SentinelClient extends Client {
  sendCommand(isReadonly: boolean, args: readonly unknown[], options?: object): Promise<unknown>;
}
interface ClusterClient extends Client {
  sendCommand(
    key: string | undefined,
    isReadonly: boolean,
    args: readonly unknown[],
    options?: object,
  ): Promise<unknown>;
}
interface RedisPackage {
  createClient(options: object): SingleClient;
  createSentinel(options: object): SentinelClient;
  createCluster(options: object): ClusterClient;
}

/** RESP's "$": blob strings as Buffers. */
const asBytes = { typeMapping: { 36: Buffer } };
const CONNECT_TIMEOUT = 2000;
const LONGEST_PAUSE = 500;
const MAX_QUEUE = 8192;

/**
 * Begins to connect, and does so again whenever a connection is lost. Commands before that fail.
 * @throws ERR_UNSUPPORTED_OPTION where the package is not installed
 */
export async function connectRedis(options: RedisConnectionOptions): Promise<RedisConnection> {
  const { createClient, createSentinel, createCluster } = await redisPackage();
  const { address, onError } = options;
  const common = clientOptions(options);
  if (address.kind === 'single') {
    const [node] = address.nodes;
    const client = createClient({ ...common, socket: { ...common.socket, ...node }, database: address.database });
    const listening = client.duplicate();
    for (const each of [client, listening]) begin(each, onError);
    return {
      command: (_key, args) => client.sendCommand(args),
      bytes: (_key, args) => client.sendCommand(args, asBytes) as Promise<Buffer | null>,
      subscribe: (channel, listener) => subscribeTo(listening, channel, listener),
      close: () => [client, listening].forEach(end),
    };
  }
  if (address.kind === 'sentinel') {
    const { username: _, ...anonymous } = common;
    const client = createSentinel({
      name: address.name,
      sentinelRootNodes: address.nodes,
      nodeClientOptions: common,
      sentinelClientOptions: { ...anonymous, password: options.sentinelPassword },
      scanInterval: 2000,
      maxCommandRediscovers: 1,
      reserveClient: true,
    });
    begin(client, onError);
    return {
      command: (_key, args) => client.sendCommand(false, args),
      bytes: (_key, args) => client.sendCommand(false, args, asBytes) as Promise<Buffer | null>,
      subscribe: (channel, listener) => subscribeTo(client, channel, listener),
      close: () => end(client),
    };
  }
  const client = createCluster({ rootNodes: address.nodes.map(socket => ({ socket })), defaults: common });
  begin(client, onError);
  return {
    command: (key, args) => client.sendCommand(key ?? undefined, false, args),
    bytes: (key, args) => client.sendCommand(key, false, args, asBytes) as Promise<Buffer | null>,
    subscribe: (channel, listener) => subscribeTo(client, channel, listener),
    close: () => end(client),
  };
}

/** True for an error that Redis answered with, as against one of the way to it. */
export function isRedisAnswer(error: unknown): boolean {
  return error instanceof Error && /^(ErrorReply|SimpleError|BlobError)$/.test(error.constructor.name);
}

async function redisPackage(): Promise<RedisPackage> {
  try {
    return (await import('redis')) as unknown as RedisPackage;
  } catch (cause) {
    const detail = 'castls/redis needs the package "redis": npm install redis';
    throw new TlsError('ERR_UNSUPPORTED_OPTION', detail, { cause });
  }
}

function clientOptions({ address, tls: given, connect }: RedisConnectionOptions) {
  const { username, password } = address;
  const socket = { connectTimeout: CONNECT_TIMEOUT, reconnectStrategy: pause };
  return {
    username,
    password,
    RESP: 2,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_QUEUE,
    // TLS by castls: see speakTls.
    socket: address.tls ? { ...socket, ...speakTls(given, connect) } : socket,
  };
}

function pause(retries: number): number {
  return Math.min(20 * 2 ** Math.min(retries, 10), LONGEST_PAUSE) + Math.floor(Math.random() * 20);
}

/** Connects in the background; the package goes on trying by itself, but for its first try behind sentinels or a cluster. */
function begin(client: Client, onError: (error: unknown) => void): void {
  client.on('error', onError);
  const attempt = (retries: number): void => {
    client.connect().catch(error => {
      onError(error);
      if (closed.has(client)) return;
      setTimeout(() => closed.has(client) || attempt(retries + 1), pause(retries)).unref();
    });
  };
  attempt(0);
}

const closed = new WeakSet<Client>();

function end(client: Client): void {
  closed.add(client);
  try {
    void Promise.resolve(client.destroy()).catch(() => {});
  } catch {
    // It was not open.
  }
}

/** The package keeps subscriptions over reconnections; the first one may come before there is a connection. */
async function subscribeTo(client: Client, channel: string, listener: () => void): Promise<void> {
  for (let retries = 0; !closed.has(client); retries++) {
    try {
      await client.subscribe(channel, listener);
      return;
    } catch {
      await new Promise(resolve => setTimeout(resolve, pause(retries)).unref());
    }
  }
}

// --- TLS by castls
//
// The package has no hook for its transport: with `tls: true` it calls tls.connect with the options of its socket. Options
// that carry this symbol get a stream of castls there; everybody else's calls pass through untouched.

const stream: unique symbol = Symbol('a stream of castls');
let patched = false;

function speakTls(options: Readonly<Record<string, unknown>>, connect: TlsConnect): object {
  if (!patched) {
    patched = true;
    const original = tls.connect as (...given: unknown[]) => unknown;
    const connectOrPass = (...given: unknown[]): unknown => {
      const make = (given[0] as { [stream]?: (target: object) => unknown } | undefined)?.[stream];
      return make === undefined ? original(...given) : make(given[0] as object);
    };
    (tls as { connect: unknown }).connect = connectOrPass;
  }
  // The options themselves, too: whoever stands in tls.connect by then has them, and verifies by them.
  return {
    ...options,
    tls: true,
    [stream]: ({ host, port }: { host?: string; port?: number }) => connect({ ...options, host, port }),
  };
}
