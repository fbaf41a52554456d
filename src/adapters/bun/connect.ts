// connect and listen with Bun's names, over Bun's plain sockets.

import { TlsError } from '../../base/errors.ts';
import { readHostOptions } from '../../base/options.ts';
import { clientConfigOf, type HostTls, serverConfigOf } from '../host_config.ts';
import { warnOnce } from '../warn_once.ts';
import { type ConnectOptions, clientTlsValues, connectTable, type ListenOptions, serverTlsValues } from './options.ts';
import { BunTlsSocket, type PlainSocket, type SocketHandlers, type SocketTls } from './socket.ts';

interface PlainHandlers {
  open(socket: PlainSocket): void;
  data(socket: PlainSocket, data: Uint8Array): void;
  drain(socket: PlainSocket): void;
  end(socket: PlainSocket): void;
  close(socket: PlainSocket, error?: Error): void;
  error(socket: PlainSocket, error: Error): void;
  timeout(socket: PlainSocket): void;
}

/** What is used of Bun. */
export interface BunHost {
  connect(options: {
    hostname: string;
    port: number;
    allowHalfOpen: true;
    socket: PlainHandlers;
  }): Promise<PlainSocket>;
  listen(options: { hostname: string; port: number; allowHalfOpen: true; socket: PlainHandlers }): BunListener;
}

export interface BunListener {
  stop(closeActiveConnections?: boolean): void;
  ref(): void;
  unref(): void;
  readonly hostname: string;
  readonly port: number;
}

/** Connects. Resolves with the TCP connection there; `handshake` says when TLS is. @throws what Bun.connect throws */
export async function connectOver<Data>(
  bun: BunHost,
  host: HostTls,
  options: ConnectOptions<Data>,
): Promise<BunTlsSocket<Data>> {
  const { hostname, port, socket: handlers } = addressOf<Data>('connect', options);
  const values = clientTlsValues(options.tls);
  const tls: SocketTls = {
    config: clientConfigOf('connect', values, host),
    serverName: values.serverName ?? hostname,
    session: values.session,
    onSession: values.onSession,
  };
  let made: BunTlsSocket<Data> | undefined;
  await bun.connect({
    hostname,
    port,
    allowHalfOpen: true,
    socket: plainHandlers(plain => {
      made = new BunTlsSocket<Data>(plain, handlers, options.data as Data, tls);
      handlers.open?.(made);
      return made;
    }),
  });
  if (made === undefined) throw new TlsError('ERR_CONNECTION_CLOSED', 'the connection ended before it was open');
  return made;
}

/** Listens. @throws ERR_INVALID_ARGUMENT without a certificate; what Bun.listen throws */
export function listenOver<Data>(bun: BunHost, host: HostTls, options: ListenOptions<Data>): BunListener {
  const { hostname, port, socket: handlers } = addressOf<Data>('listen', { hostname: '0.0.0.0', ...options });
  const config = serverConfigOf('listen', serverTlsValues(options.tls), host);
  return bun.listen({
    hostname,
    port,
    allowHalfOpen: true,
    socket: plainHandlers(plain => {
      const socket = new BunTlsSocket<Data>(plain, handlers, options.data as Data, { config });
      handlers.open?.(socket);
      return socket;
    }),
  });
}

function addressOf<Data>(what: string, options: object) {
  const values = readHostOptions(what, connectTable, options, warnOnce);
  const { hostname, port, socket } = values;
  if (hostname === undefined || port === undefined || socket === undefined)
    throw new TlsError('ERR_INVALID_ARGUMENT', `${what}: hostname, port and socket (the handlers) are needed`);
  return { hostname, port, socket: socket as unknown as SocketHandlers<Data> };
}

/** The handlers of plain sockets: each has its TLS socket from "open" to "close". */
function plainHandlers<Data>(open: (plain: PlainSocket) => BunTlsSocket<Data>): PlainHandlers {
  const sockets = new WeakMap<PlainSocket, BunTlsSocket<Data>>();
  const of = (plain: PlainSocket) => sockets.get(plain);
  return {
    open: plain => void sockets.set(plain, open(plain)),
    // Bun reuses the memory of what it hands out.
    data: (plain, data) => of(plain)?.received(data),
    drain: plain => of(plain)?.drained(),
    end: plain => of(plain)?.ended(),
    close: (plain, error) => of(plain)?.gone(error),
    error: (plain, error) => of(plain)?.gone(error),
    timeout: plain => of(plain)?.idle(),
  };
}
