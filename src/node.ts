// castls/node: TLS with the names of node:tls, over net.Socket or any Duplex, on the WASM provider.

import { hostScrypt } from './adapters/node/host_scrypt.ts';
import { callable } from './adapters/node/stream/adopt.ts';
import type { Duplex } from './adapters/node/stream/transport.ts';
import { requireObject } from './adapters/node/tls/argument_errors.ts';
import { connectSocket } from './adapters/node/tls/connect.ts';
import { type ConnectArguments, type ConnectOptions, normalizeConnect } from './adapters/node/tls/connect_arguments.ts';
import { ciphersOf } from './adapters/node/tls/constants.ts';
import type { SecureContextOptions } from './adapters/node/tls/context_options.ts';
import { checkedOptions } from './adapters/node/tls/option_tables.ts';
import type { TLSSocketOptions } from './adapters/node/tls/options.ts';
import { profile } from './adapters/node/tls/profile.ts';
import { SecureContext as SecureContextClass } from './adapters/node/tls/secure_context.ts';
import { TlsServerBase, type TlsServerOptions } from './adapters/node/tls/server.ts';
import type { SocketMaker } from './adapters/node/tls/socket_handshake.ts';
import { TlsSocketBase } from './adapters/node/tls/tls_socket.ts';
import { olderProvider } from './adapters/node/tls/version_range.ts';
import { providerWithScrypt } from './wasm/password_provider_over.ts';
import { scryptOver } from './wasm/scrypt_over.ts';

export type { KeyInput, PemInput } from './adapters/credentials.ts';
export { type StartTlsProtocol, startTlsProtocols } from './adapters/node/stream/starttls.ts';
export {
  type CompressionName,
  getCertificateCompressionAlgorithms,
} from './adapters/node/tls/certificate_compression.ts';
export type { ConnectOptions } from './adapters/node/tls/connect_arguments.ts';
export {
  CLIENT_RENEG_LIMIT,
  CLIENT_RENEG_WINDOW,
  checkServerIdentity,
  convertALPNProtocols,
  createSecurePair,
  DEFAULT_CIPHERS,
  DEFAULT_ECDH_CURVE,
  DEFAULT_MAX_VERSION,
  DEFAULT_MIN_VERSION,
  getCACertificates,
  rootCertificates,
  setDefaultCACertificates,
} from './adapters/node/tls/constants.ts';
export type { SecureContextOptions } from './adapters/node/tls/context_options.ts';
export type { TraceOptions, TraceTarget } from './adapters/node/tls/json_trace.ts';
export type { AlpnInput } from './adapters/node/tls/names.ts';
export type { PskAnswer, TLSSocketOptions } from './adapters/node/tls/options.ts';
export type { TlsServerOptions } from './adapters/node/tls/server.ts';
export { type ErrorCode, TlsError } from './base/errors.ts';
export type { Signer } from './crypto/signature.ts';

class OwnTlsSocket extends TlsSocketBase {
  /** @param stream a connected stream, or a net.Socket that is going to be */
  constructor(stream?: Duplex | null, options: TLSSocketOptions = {}, maker: SocketMaker = {}) {
    const ready = maker.names !== undefined || maker.server !== undefined;
    try {
      super(stream ?? null, withProvider(ready ? options : byProfile(options)), maker);
    } catch (error) {
      throw ready ? error : profile().refusal(error, 'socket', options);
    }
  }
}

/**
 * A TLS stream over a net.Socket or any Duplex, with the methods and events of tls.TLSSocket. An instance of net.Socket by its
 * prototypes, without a handle. Callable without new, as node's.
 */
export const TLSSocket: typeof OwnTlsSocket = callable(OwnTlsSocket, 'TLSSocket');
export type TLSSocket = OwnTlsSocket;

class OwnServer extends TlsServerBase {
  constructor(given?: TlsServerOptions | null, listener?: ((socket: TLSSocket) => void) | null) {
    const options = given ?? {};
    requireObject('options', options);
    try {
      super(TLSSocket, withProvider(profile().server(options)), listener);
    } catch (error) {
      throw profile().refusal(error, 'server', options);
    }
  }
}

/** A TLS server, with the methods and events of tls.Server. Callable without new, as node's. */
export const Server: typeof OwnServer = callable(OwnServer, 'Server');
export type Server = OwnServer;

/** Certificates, keys, trust and lists, read once for many connections: what createSecureContext makes. Callable without new. */
export const SecureContext: typeof SecureContextClass = /* @__PURE__ */ callableContext();
export type SecureContext = SecureContextClass;

/** Connects as tls.connect does; `callback` is a listener of "secureConnect". */
export function connect(...given: ConnectArguments): TLSSocket {
  const { options, callback } = normalizeConnect(given);
  try {
    return connectSocket(TLSSocket, withProvider<ConnectOptions>(profile().client(options)), callback);
  } catch (error) {
    throw profile().refusal(error, 'context', options);
  }
}

/** A server as tls.createServer makes it; `listener` is one of "secureConnection". */
export function createServer(listener?: (socket: TLSSocket) => void): Server;
export function createServer(options: TlsServerOptions | null, listener?: ((socket: TLSSocket) => void) | null): Server;
export function createServer(
  options?: TlsServerOptions | ((socket: TLSSocket) => void) | null,
  listener?: ((socket: TLSSocket) => void) | null,
): Server {
  return typeof options === 'function' ? new Server({}, options) : new Server(options, listener);
}

/** Certificates, keys, trust and lists, read once for many connections. */
export function createSecureContext(options: SecureContextOptions = {}): SecureContext {
  try {
    const checked = checkedOptions('createSecureContext', profile().context(options));
    return new SecureContextClass(checked.provider ?? providerOf(checked), checked);
  } catch (error) {
    throw profile().refusal(error, 'context', options);
  }
}

/** Suites that connections can have, by OpenSSL's names in lower case, sorted. */
export function getCiphers(): string[] {
  return ciphersOf(ownProvider());
}

/** node's takes four of its options, in this order; castls' own class a provider and all of them. */
function callableContext(): typeof SecureContextClass {
  const made = (...[first, second, minVersion, maxVersion]: readonly unknown[]): object => {
    if (typeof first === 'object' && first !== null) return new SecureContextClass(first as never, second as never);
    const [secureProtocol, secureOptions] = [first ?? undefined, second ?? undefined];
    return createSecureContext({ secureProtocol, secureOptions, minVersion, maxVersion } as SecureContextOptions);
  };
  return new Proxy(SecureContextClass, {
    construct: (_, given) => made(...given),
    apply: (_, __, given) => made(...given),
  });
}

function byProfile(options: TLSSocketOptions): TLSSocketOptions {
  return options.isServer ? profile().server(options) : profile().bareClient(options);
}

function withProvider<T extends TLSSocketOptions>(options: T): T {
  if (options.secureContext != null || options.provider != null) return options;
  return { ...options, provider: providerOf(options) };
}

/** That of WASM for versions before TLS 1.2 alone, whose keys live there. */
function providerOf(options: TLSSocketOptions) {
  if (options.legacy != null) return options.legacy.providerOver(passwordProvider());
  return olderProvider(passwordProvider, options) ?? ownProvider();
}

let keys: ReturnType<typeof providerWithScrypt> | undefined;

/** The same each time. */
function passwordProvider() {
  return (keys ??= providerWithScrypt(core => scryptOver(core, hostScrypt)));
}

function ownProvider() {
  return profile().provider?.() ?? passwordProvider();
}
