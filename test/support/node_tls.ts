// What the tests of castls/node share: fixtures, deadlines, servers and sockets that are closed afterwards.

import { readFileSync } from 'node:fs';
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import type { Duplex } from 'node:stream';
import * as nodeTls from 'node:tls';
import * as castls from '../../src/node.ts';

export const fixture = (name: string): string => readFileSync(`test/fixtures/${name}`, 'utf8');
export const ca = fixture('ca.crt');

export const keyPair = (name: string): { cert: string; key: string } => ({
  cert: fixture(`${name}.crt`),
  key: fixture(`${name}.key`),
});

/** One of the two implementations under test; castls has the types of node:tls, in as far as the tests go. */
export type Tls = typeof nodeTls;
export const node: Tls = nodeTls;
export const own: Tls = castls as unknown as Tls;
export const nameOf = (tls: Tls): string => (tls === own ? 'castls' : 'node:tls');

/** Fails with a name instead of never ending. */
export function within<T>(what: string, promise: Promise<T>, milliseconds = 10_000): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing after ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The next event of a name; an "error" before it rejects. */
export function event<T = unknown>(from: NodeJS.EventEmitter, name: string): Promise<T> {
  const next = new Promise<T>((resolve, reject) => {
    const failed = (error: Error) => reject(error);
    if (name !== 'error') from.once('error', failed);
    from.once(name, (value: T) => {
      from.removeListener('error', failed);
      resolve(value);
    });
  });
  return within(name, next);
}

/** Everything a stream gives until its end. */
export async function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await event(stream, 'end');
  return Buffer.concat(chunks);
}

/** The next bytes of a stream, which is paused afterwards. */
export async function readBytes(stream: Duplex, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let have = 0;
  const enough = new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      have += chunk.length;
      if (have < length) return;
      stream.off('data', take).pause();
      resolve();
    };
    stream.on('data', take).once('error', reject);
  });
  await within(`${length} bytes`, enough);
  return Buffer.concat(chunks);
}

const cleanups: (() => void)[] = [];

/** Calls `cleanup` at the end of the test. */
export function later(cleanup: () => void): void {
  cleanups.push(cleanup);
}

/** For `test.after.each`. */
export function cleanUp(): void {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
}

export interface Running<S extends Server = nodeTls.Server> {
  readonly server: S;
  readonly port: number;
  /** Sockets in the order of "secureConnection". */
  readonly sockets: nodeTls.TLSSocket[];
  readonly failures: Error[];
}

/** A TLS server on a free port of 127.0.0.1, with the P-256 certificate if nothing else is said. */
export async function listen(
  tls: Tls,
  options: nodeTls.TlsOptions = {},
  onSocket: (socket: nodeTls.TLSSocket) => void = () => {},
): Promise<Running> {
  const sockets: nodeTls.TLSSocket[] = [];
  const failures: Error[] = [];
  const server = tls.createServer({ ...keyPair('server_p256'), ...options }, socket => {
    sockets.push(socket);
    socket.on('error', error => failures.push(error));
    onSocket(socket);
  });
  server.on('tlsClientError', error => failures.push(error));
  server.on('error', error => failures.push(error));
  const port = await listening(server);
  later(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { server, port, sockets, failures };
}

export async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await event(server, 'listening');
  later(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A client that trusts the test CA and asks for example.test. */
export function client(tls: Tls, port: number, options: nodeTls.ConnectionOptions = {}): nodeTls.TLSSocket {
  const socket = tls.connect({ port, host: '127.0.0.1', servername: 'example.test', ca, ...options });
  later(() => socket.destroy());
  return socket;
}

export async function connected(
  tls: Tls,
  port: number,
  options: nodeTls.ConnectionOptions = {},
): Promise<nodeTls.TLSSocket> {
  const socket = client(tls, port, options);
  await event(socket, 'secureConnect');
  return socket;
}

/** A TCP server whose connections a test sees as they are. */
export async function rawServer(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createTcpServer(socket => {
    later(() => socket.destroy());
    socket.on('error', () => {});
    onSocket(socket);
  });
  return listening(server);
}

/** A port of 127.0.0.1 that is free right now, for programs that cannot pick one. */
export function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createTcpServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Waits until somebody accepts connections on a port of 127.0.0.1. */
export async function accepting(port: string | number): Promise<void> {
  const tryOnce = () =>
    new Promise<boolean>(resolve => {
      const socket = connectTcp(Number(port), '127.0.0.1');
      socket.once('error', () => resolve(false));
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
    });
  const poll = async () => {
    while (!(await tryOnce())) await pause(20);
  };
  await within(`port ${port}`, poll());
}

export const pause = (milliseconds: number): Promise<void> => new Promise(done => setTimeout(done, milliseconds));
