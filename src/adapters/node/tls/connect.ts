// connect: what tls.connect does with its options.

import type { Duplex } from 'node:stream';
import { clientNames } from './client_side.ts';
import type { ConnectOptions } from './connect_arguments.ts';
import { checkedOptions } from './option_tables.ts';
import type { TLSSocketOptions } from './options.ts';
import type { SocketMaker } from './socket_handshake.ts';
import type { TlsSocketBase } from './tls_socket.ts';

export type ClientSocketClass<S> = new (stream: Duplex | null, options: TLSSocketOptions, maker: SocketMaker) => S;

/** @param given with `provider` or `secureContext` set */
export function connectSocket<S extends TlsSocketBase>(
  Socket: ClientSocketClass<S>,
  given: ConnectOptions,
  callback?: () => void,
): S {
  const options = checkedOptions('TLSSocket', given);
  const { socket: stream = null } = options;
  // As node:tls: with a stream that is given, allowHalfOpen is the stream's own business.
  const allowHalfOpen = stream === null ? options.allowHalfOpen : stream.allowHalfOpen;
  const maker = { names: clientNames(options) };
  const socket = new Socket(stream, { ...options, allowHalfOpen, isServer: false }, maker);
  if (callback !== undefined) socket.once('secureConnect', callback);
  if (stream === null) {
    if (options.timeout) socket.setTimeout(options.timeout);
    socket.connect(options);
  }
  return socket;
}
