// connect: the arguments of tls.connect, a TCP or local connection where no stream is given, and TLS over it.

import { createConnection, type NetConnectOpts, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { clientNames } from './client_side.ts';
import type { TLSSocketOptions } from './options.ts';
import type { SocketMaker, TlsSocketBase } from './tls_socket.ts';

export type ConnectOptions = TLSSocketOptions &
  Partial<Omit<NetConnectOpts, 'timeout' | 'signal' | 'onread'>> & {
    readonly host?: string;
    readonly port?: number | string;
    readonly path?: string;
    /** A connected stream, or one that is going to be. */
    readonly socket?: Duplex;
    readonly timeout?: number;
  };

export type ConnectArguments =
  | [options: ConnectOptions, callback?: () => void]
  | [path: string, options?: ConnectOptions, callback?: () => void]
  | [path: string, callback?: () => void]
  | [port: number, host?: string, options?: ConnectOptions, callback?: () => void]
  | [port: number, options?: ConnectOptions, callback?: () => void]
  | [port: number, callback?: () => void];

/** The forms of tls.connect as one. */
export function normalizeConnect(given: readonly unknown[]): { options: ConnectOptions; callback?: () => void } {
  const rest = [...given];
  const last = rest[rest.length - 1];
  const callback = typeof last === 'function' ? (rest.pop() as () => void) : undefined;
  let options: ConnectOptions = {};
  const [first] = rest;
  if (typeof first === 'object' && first !== null) options = first as ConnectOptions;
  else if (typeof first === 'string' && !/^\d+$/.test(first)) options = { path: first };
  else options = { port: Number(first) };
  for (const more of rest.slice(1)) {
    if (typeof more === 'string') options = { ...options, host: more };
    else if (typeof more === 'object' && more !== null) options = { ...options, ...more };
  }
  return { options, callback };
}

export type ClientSocketClass<S> = new (stream: Duplex | null, options: TLSSocketOptions, maker: SocketMaker) => S;

/** Events of the TCP connection that its TLS socket repeats, as tls.TLSSocket is a net.Socket. */
const repeated = [
  'lookup',
  'connect',
  'ready',
  'connectionAttempt',
  'connectionAttemptFailed',
  'connectionAttemptTimeout',
];

/** @param options with `provider` or `secureContext` set */
export function connectSocket<S extends TlsSocketBase>(
  Socket: ClientSocketClass<S>,
  options: ConnectOptions,
  callback?: () => void,
): S {
  const { socket: given } = options;
  // As node:tls: with a stream that is given, allowHalfOpen is the stream's own business.
  const allowHalfOpen = given === undefined ? options.allowHalfOpen : given.allowHalfOpen;
  const names = clientNames(options.path === undefined ? options : { ...options, host: options.host });
  const host = names.host === undefined && given === undefined && options.path === undefined ? 'localhost' : undefined;
  const maker = { names: host === undefined ? names : clientNames({ ...options, host }) };
  const stream = given ?? openTcp(options);
  const socket = new Socket(stream, { ...options, allowHalfOpen, isServer: false }, maker);
  if (given === undefined) {
    for (const event of repeated) stream.on(event, (...values: unknown[]) => socket.emit(event, ...values));
    if (options.timeout) socket.setTimeout(options.timeout);
  }
  if (callback !== undefined) socket.once('secureConnect', callback);
  return socket;
}

function openTcp(options: ConnectOptions): Socket {
  const { timeout: _, signal: __, highWaterMark: ___, ...rest } = options as ConnectOptions & Record<string, unknown>;
  // Half-close is TLS's business.
  return createConnection({ ...rest, allowHalfOpen: true } as NetConnectOpts);
}
