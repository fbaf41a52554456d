// The arguments of tls.connect and socket.connect, in all their forms.

import type { TcpNetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocketOptions } from './options.ts';

export type ConnectOptions = TLSSocketOptions &
  Partial<Omit<TcpNetConnectOpts, 'timeout' | 'signal' | 'onread' | 'host' | 'port'>> & {
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
    // As node: a host beside an object is not looked at.
    if (typeof more === 'string' && typeof first !== 'object') options = { ...options, host: more };
    else if (typeof more === 'object' && more !== null) options = { ...options, ...more };
  }
  return { options, callback };
}
