// castls/deno: TLS with the names of Deno.connectTls, Deno.startTls and Deno.listenTls, and what those lack: client
// certificates that a server asks for, sessions, verification of one's own, an AbortSignal.

import type { DenoConn } from './adapters/deno/conn_streams.ts';
import {
  connectTls as connectOver,
  type DenoHost,
  listenTls as listenOver,
  startTlsOver,
  type TlsListener,
} from './adapters/deno/connect.ts';
import type { ConnectTlsOptions, ListenTlsOptions, StartTlsOptions } from './adapters/deno/options.ts';
import type { TlsConn } from './adapters/deno/tls_conn.ts';
import type { HostTls } from './adapters/host_config.ts';
import { TlsError } from './base/errors.ts';
import { passwordProvider } from './wasm/password_provider.ts';
import { mozillaRoots } from './x509/roots/index.ts';

export type { DenoAddr, DenoConn } from './adapters/deno/conn_streams.ts';
export type { TlsListener } from './adapters/deno/connect.ts';
export type { ConnectTlsOptions, ListenTlsOptions, StartTlsOptions } from './adapters/deno/options.ts';
export type { TlsConn, TlsHandshakeInfo } from './adapters/deno/tls_conn.ts';
export type { TlsClientOptions, TlsServerOptions } from './adapters/host_config.ts';
export { type ErrorCode, TlsError } from './base/errors.ts';

/** Deno asks its user for the permission to read the host's authorities: Mozilla's are trusted where nothing is said. */
const host = (): HostTls => ({ provider: passwordProvider(), anchors: mozillaRoots });

/**
 * Connects as Deno.connectTls does: resolves with the TCP connection there and the handshake under way.
 * @throws ERR_INVALID_ARGUMENT for options; what Deno.connect throws
 */
export function connectTls(options: ConnectTlsOptions): Promise<TlsConn> {
  return connectOver(deno(), host(), options);
}

/** Changes a plain connection to TLS, as Deno.startTls does. `conn` belongs to the result. */
export function startTls(conn: DenoConn, options: StartTlsOptions = {}): Promise<TlsConn> {
  return startTlsOver(host(), conn, options);
}

/** Listens as Deno.listenTls does. @throws ERR_INVALID_ARGUMENT without a certificate; what Deno.listen throws */
export function listenTls(options: ListenTlsOptions): TlsListener {
  return listenOver(deno(), host(), options);
}

function deno(): DenoHost {
  const { Deno } = globalThis as { Deno?: DenoHost };
  if (Deno === undefined)
    throw new TlsError(
      'ERR_INVALID_STATE',
      'castls/deno runs in Deno: elsewhere there are castls/node and startTls of castls',
    );
  return Deno;
}
