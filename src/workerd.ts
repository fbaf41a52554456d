// castls/workerd: TLS over cloudflare:sockets with the same shape, and what the platform's own lacks: a private CA, client
// certificates, ALPN, an SNI of one's own, STARTTLS with all of that. Also workerd's way to be a server: over a
// WebSocket that a request brought (overWebSocket).

import type { HostTls } from './adapters/host_config.ts';
import { type StartTlsOptions, startTls, type TlsStreams } from './adapters/web/start_tls.ts';
import { type WebSocketLike, webSocketStreams } from './adapters/web/web_socket_streams.ts';
import { type ConnectOptions, connectOver, refuseSlices, type SocketAddress } from './adapters/workerd/connect.ts';
import { plainConnect } from './adapters/workerd/host.ts';
import type { Socket } from './adapters/workerd/socket.ts';
import { passwordProvider } from './wasm/password_provider.ts';
import { mozillaRoots } from './x509/roots/index.ts';

export type { TlsClientOptions } from './adapters/host_config.ts';
export type { ConnectOptions, SocketAddress } from './adapters/workerd/connect.ts';
export type { OpenedSocket, SecureTransport, Socket, SocketInfo, UpgradeOptions } from './adapters/workerd/socket.ts';
export { type ErrorCode, TlsError } from './base/errors.ts';

const host = (): HostTls => ({ provider: passwordProvider(), anchors: mozillaRoots });

/**
 * Connects as `connect` of cloudflare:sockets does, with castls' TLS. `opened` rejects with ERR_TARGET_UNREACHABLE where the
 * platform cannot connect.
 * @param address "host:port" or its parts
 * @throws ERR_INVALID_ARGUMENT for options; ERR_UNSUPPORTED_OPTION for maxBlockMs: the clock stands still while code runs;
 * what the platform throws
 */
export function connect(address: string | SocketAddress, options: ConnectOptions = {}): Socket {
  return connectOver(plainConnect, host(), address, options);
}

/**
 * TLS over a WebSocket that was accepted: with a server's config the role that workerd has no listener for.
 * @param socket accepted already; belongs to the result
 * @throws ERR_INVALID_ARGUMENT for options; ERR_UNSUPPORTED_OPTION for maxBlockMs: the clock stands still while code runs
 */
export function overWebSocket(socket: WebSocketLike, options: StartTlsOptions): TlsStreams {
  if (options?.config?.settings !== undefined) refuseSlices('overWebSocket', options.config);
  return startTls(webSocketStreams(socket), options);
}
