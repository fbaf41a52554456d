// castls/browser: TLS from a page to a server of the user's choice, through a relay that sees no plaintext (`castls bridge`)
// over a WebSocket. WebTransport, WebSocketStream and Direct Sockets give byte streams themselves: startTls of castls takes
// them as they are (docs/runtimes.md).

import { type BridgeOptions, connectThroughBridge } from './adapters/browser/connect.ts';
import type { HostTls } from './adapters/host_config.ts';
import type { ByteStreams } from './adapters/web/byte_streams.ts';
import type { TlsStreams } from './adapters/web/start_tls.ts';
import { webSocketStreams as streamsOf, type WebSocketLike } from './adapters/web/web_socket_streams.ts';
import { passwordProvider } from './wasm/password_provider.ts';

export type { BridgeOptions } from './adapters/browser/connect.ts';
export type { TlsClientOptions } from './adapters/host_config.ts';
export type { Addresses, ByteSink, ByteSource, ByteStreams } from './adapters/web/byte_streams.ts';
export type { TlsClosed, TlsStreams } from './adapters/web/start_tls.ts';
export type { WebSocketLike } from './adapters/web/web_socket_streams.ts';
export { type ErrorCode, TlsError } from './base/errors.ts';

/** A page does not learn whom its browser trusts: `ca` or `anchors` say so (castls/roots has Mozilla's). */
const host = (): HostTls => ({ provider: passwordProvider(), anchors: () => [] });

/**
 * Connects to `hostname`:`port` through a bridge and begins a handshake.
 * @throws ERR_INVALID_ARGUMENT for options. What goes wrong later rejects `opened`: ERR_BRIDGE_REFUSED for a token, an
 * origin or a target, ERR_BRIDGE_LIMIT, ERR_TARGET_UNREACHABLE, ERR_CONNECTION_CLOSED where there is no bridge or it vanishes,
 * ERR_CERT_NO_TRUST_ANCHORS where nobody is trusted
 */
export function connect(options: BridgeOptions): TlsStreams {
  return connectThroughBridge(host(), options);
}

/** A WebSocket as byte streams for `startTls`. @param socket connecting or open; belongs to the streams */
export function webSocketStreams(socket: WebSocketLike): ByteStreams {
  return streamsOf(socket);
}
