// castls/node: TLS with the names of node:tls, over net.Socket or any Duplex, on the WASM provider.

import type { Duplex } from './adapters/node/stream/transport.ts';
import { connectSocket } from './adapters/node/tls/connect.ts';
import { type ConnectArguments, type ConnectOptions, normalizeConnect } from './adapters/node/tls/connect_arguments.ts';
import type { SecureContextOptions } from './adapters/node/tls/context_options.ts';
import { checkedOptions } from './adapters/node/tls/option_tables.ts';
import type { TLSSocketOptions } from './adapters/node/tls/options.ts';
import { SecureContext } from './adapters/node/tls/secure_context.ts';
import { TlsServerBase, type TlsServerOptions } from './adapters/node/tls/server.ts';
import { type SocketMaker, TlsSocketBase } from './adapters/node/tls/tls_socket.ts';

import { passwordProvider } from './wasm/password_provider.ts';

export type { KeyInput, PemInput } from './adapters/credentials.ts';
export { type StartTlsProtocol, startTlsProtocols } from './adapters/node/stream/starttls.ts';
export type { ConnectOptions } from './adapters/node/tls/connect_arguments.ts';
export type { SecureContextOptions } from './adapters/node/tls/context_options.ts';
export type { AlpnInput } from './adapters/node/tls/names.ts';
export type { PskAnswer, TLSSocketOptions } from './adapters/node/tls/options.ts';
export { SecureContext } from './adapters/node/tls/secure_context.ts';
export type { TlsServerOptions } from './adapters/node/tls/server.ts';
export { type ErrorCode, TlsError } from './base/errors.ts';
export type { Signer } from './crypto/signature.ts';

/** A TLS stream over a net.Socket or any Duplex, with the methods and events of tls.TLSSocket. */
export class TLSSocket extends TlsSocketBase {
  /** @param stream a connected stream, or a net.Socket that is going to be */
  constructor(stream: Duplex | null, options: TLSSocketOptions = {}, maker: SocketMaker = {}) {
    super(stream, withProvider(options), maker);
  }
}

/** A TLS server, with the methods and events of tls.Server. */
export class Server extends TlsServerBase {
  constructor(options: TlsServerOptions = {}, listener?: (socket: TLSSocket) => void) {
    super(TLSSocket, withProvider(options), listener);
  }
}

/** Connects as tls.connect does; `callback` is a listener of "secureConnect". */
export function connect(...given: ConnectArguments): TLSSocket {
  const { options, callback } = normalizeConnect(given);
  return connectSocket(TLSSocket, withProvider<ConnectOptions>(options), callback);
}

/** A server as tls.createServer makes it; `listener` is one of "secureConnection". */
export function createServer(listener?: (socket: TLSSocket) => void): Server;
export function createServer(options: TlsServerOptions, listener?: (socket: TLSSocket) => void): Server;
export function createServer(
  options: TlsServerOptions | ((socket: TLSSocket) => void) = {},
  listener?: (socket: TLSSocket) => void,
): Server {
  return typeof options === 'function' ? new Server({}, options) : new Server(options, listener);
}

/** Certificates, keys, trust and lists, read once for many connections. */
export function createSecureContext(options: SecureContextOptions = {}): SecureContext {
  const checked = checkedOptions('createSecureContext', options);
  return new SecureContext(checked.provider ?? passwordProvider(), checked);
}

function withProvider<T extends TLSSocketOptions>(options: T): T {
  return options.secureContext != null || options.provider != null
    ? options
    : { ...options, provider: passwordProvider() };
}
