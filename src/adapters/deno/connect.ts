// connectTls, startTls and listenTls with Deno's names, over Deno's plain connections.

import { TlsError } from '../../base/errors.ts';
import { readHostOptions, refuseBeside } from '../../base/options.ts';
import { clientConfigOf, type HostTls, serverConfigOf } from '../host_config.ts';
import { warnOnce } from '../warn_once.ts';
import type { StartTlsOptions as TlsOptions } from '../web/start_tls.ts';
import type { DenoAddr, DenoConn } from './conn_streams.ts';
import {
  type ClientValues,
  type ConnectTlsOptions,
  connectTable,
  type ListenTlsOptions,
  listenTable,
  type StartTlsOptions,
  startTable,
} from './options.ts';
import { TlsConn } from './tls_conn.ts';

/** What is used of Deno. */
export interface DenoHost {
  connect(options: { hostname: string; port: number; signal?: AbortSignal }): Promise<DenoConn>;
  listen(options: { hostname: string; port: number; tcpBacklog?: number }): DenoListener;
}

export interface DenoListener {
  accept(): Promise<DenoConn>;
  close(): void;
  readonly addr: DenoAddr;
  ref(): void;
  unref(): void;
}

/** Names of Deno's options that castls leaves to Deno. */
const foreign: ReadonlySet<string> = new Set(['transport', 'autoSelectFamily', 'autoSelectFamilyAttemptTimeout']);

/** Connects, and begins a handshake. Resolves when the TCP connection is there, as Deno.connectTls does. */
export async function connectTls(deno: DenoHost, host: HostTls, options: ConnectTlsOptions): Promise<TlsConn> {
  const values = readHostOptions('connectTls', connectTable, options, warnOnce, foreign);
  if (values.port === undefined) throw new TlsError('ERR_INVALID_ARGUMENT', 'connectTls: the option port is missing');
  const hostname = values.hostname ?? '127.0.0.1';
  const tls = clientOf('connectTls', values, host);
  const { signal } = values;
  signal?.throwIfAborted();
  const conn = await deno.connect({ hostname, port: values.port, signal });
  const secure = new TlsConn(conn, tls);
  if (signal === undefined) return secure;
  // An abort after the connection is there ends it as `close` does.
  const end = () => secure.close();
  signal.addEventListener('abort', end, { once: true });
  secure.closed.catch(() => {}).finally(() => signal.removeEventListener('abort', end));
  return secure;
}

/** Changes a plain connection to TLS. `conn` belongs to the result. */
export async function startTlsOver(host: HostTls, conn: DenoConn, options: StartTlsOptions = {}): Promise<TlsConn> {
  return new TlsConn(
    conn,
    clientOf('startTls', readHostOptions('startTls', startTable, options, warnOnce, foreign), host),
  );
}

function clientOf(what: string, given: ClientValues, host: HostTls): TlsOptions {
  refuseBeside(what, given, 'caCerts', ['ca']);
  refuseBeside(what, given, 'alpnProtocols', ['alpn']);
  const { caCerts, alpnProtocols, unsafelyDisableHostnameVerification, hostname = '127.0.0.1', ...rest } = given;
  const values = {
    ...rest,
    ca: rest.ca ?? caCerts,
    alpn: rest.alpn ?? alpnProtocols,
    dangerousAnyServerName: rest.dangerousAnyServerName ?? unsafelyDisableHostnameVerification,
  };
  return {
    config: clientConfigOf(what, values, host),
    serverName: values.serverName ?? hostname,
    session: values.session,
    onSession: values.onSession,
  };
}

/** A listener in the shape of Deno.TlsListener. */
export class TlsListener implements AsyncIterable<TlsConn> {
  readonly #listener: DenoListener;
  readonly #tls: TlsOptions;

  constructor(listener: DenoListener, tls: TlsOptions) {
    this.#listener = listener;
    this.#tls = tls;
  }

  get addr(): DenoAddr {
    return this.#listener.addr;
  }

  /** The next connection, whose handshake begins: a peer that fails it does so at `handshake`, `read` or `write`. */
  async accept(): Promise<TlsConn> {
    return new TlsConn(await this.#listener.accept(), this.#tls);
  }

  close(): void {
    this.#listener.close();
  }

  ref(): void {
    this.#listener.ref();
  }

  unref(): void {
    this.#listener.unref();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<TlsConn> {
    while (true) {
      let conn: TlsConn;
      try {
        conn = await this.accept();
      } catch (error) {
        // As Deno's own listeners: closing one ends the iteration, a connection that was reset before it was taken does not.
        if (error instanceof Error && /^(BadResource|Interrupted)$/.test(error.name)) return;
        if (error instanceof Error && /^(ConnectionReset|ConnectionAborted|NotConnected)$/.test(error.name)) continue;
        throw error;
      }
      yield conn;
    }
  }
}

/** Listens for TLS connections. @throws ERR_INVALID_ARGUMENT without a certificate */
export function listenTls(deno: DenoHost, host: HostTls, options: ListenTlsOptions): TlsListener {
  const values = readHostOptions('listenTls', listenTable, options, warnOnce, foreign);
  if (values.port === undefined) throw new TlsError('ERR_INVALID_ARGUMENT', 'listenTls: the option port is missing');
  refuseBeside('listenTls', values, 'alpnProtocols', ['alpn']);
  const config = serverConfigOf('listenTls', { ...values, alpn: values.alpn ?? values.alpnProtocols }, host);
  const { hostname = '0.0.0.0', port, tcpBacklog } = values;
  return new TlsListener(deno.listen({ hostname, port, tcpBacklog }), { config });
}
