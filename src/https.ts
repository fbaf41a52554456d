// castls/https: the names of node:https over castls.

import { AgentBase, type AgentOptions } from './adapters/node/https/agent.ts';
import type { Http } from './adapters/node/https/http.ts';
import { requestBy } from './adapters/node/https/request.ts';
import { becomeHttpServer, beforeClose, httpMethod, type RequestListener } from './adapters/node/https/server.ts';
import { callable } from './adapters/node/stream/adopt.ts';
import { type ConnectOptions, connect, Server as TlsServer, type TlsServerOptions } from './node.ts';

export type { AgentOptions } from './adapters/node/https/agent.ts';
export type { ConnectOptions, SecureContextOptions, TlsServerOptions } from './node.ts';

/** Options of a request: those of http.request, and of connect for a connection of its own. */
export type RequestOptions = Http.RequestOptions &
  Omit<ConnectOptions, keyof Http.RequestOptions> & {
    readonly rejectUnauthorized?: boolean;
    readonly servername?: string;
  };
export type ServerOptions = Http.ServerOptions & TlsServerOptions;

class OwnAgent extends AgentBase {
  constructor(options?: AgentOptions) {
    super(connect, options);
  }
}

/** Connections and sessions kept for requests, as https.Agent. Callable without new. */
export const Agent: typeof OwnAgent = callable(OwnAgent, 'Agent');
export type Agent = OwnAgent;

/** The agent of requests that name none: keep-alive, idle connections end after 5 s, as node's. */
export const globalAgent: Agent = /* @__PURE__ */ new OwnAgent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 });

class OwnServer extends TlsServer {
  constructor(options?: ServerOptions | RequestListener | null, listener?: RequestListener | null) {
    const given = typeof options === 'function' ? {} : (options ?? {});
    const onRequest = typeof options === 'function' ? options : listener;
    const alpn = given.ALPNProtocols || given.ALPNCallback ? {} : { ALPNProtocols: ['http/1.1'] };
    super({ noDelay: true, ...alpn, ...given, dynamicRecordSizing: given.dynamicRecordSizing ?? true });
    const { connection, listening } = becomeHttpServer(this, given);
    this.on('secureConnection', connection);
    if (onRequest) this.on('request', onRequest);
    // As node:https: who does not listen to "clientError" has the connection ended.
    this.on('tlsClientError', (error, socket) => {
      if (!this.emit('clientError', error, socket)) socket.destroy(error);
    });
    for (const begin of listening) this.on('listening', begin);
  }

  /** Takes no more connections; idle ones end at once. */
  override close(callback?: (error?: Error) => void): this {
    beforeClose(this);
    return super.close(callback);
  }

  /** Ends all connections. */
  closeAllConnections(): void {
    httpMethod('closeAllConnections').call(this as never);
  }

  /** Ends connections that wait for a request. */
  closeIdleConnections(): void {
    httpMethod('closeIdleConnections').call(this as never);
  }

  /** @param milliseconds of silence after which "timeout" comes and the connection ends; 0 for never */
  setTimeout(milliseconds?: number, callback?: (socket: unknown) => void): this {
    const set = httpMethod('setTimeout') as (...given: unknown[]) => unknown;
    set.call(this, milliseconds, callback);
    return this;
  }
}

/** An HTTPS server with the methods and events of https.Server. Callable without new. */
export const Server: typeof OwnServer = callable(OwnServer, 'Server');
export type Server = OwnServer;

/** A server as https.createServer makes it; `listener` is one of "request". */
export function createServer(listener?: RequestListener): Server;
export function createServer(options: ServerOptions | null, listener?: RequestListener | null): Server;
export function createServer(
  options?: ServerOptions | RequestListener | null,
  listener?: RequestListener | null,
): Server {
  return new Server(options, listener);
}

type RequestArguments =
  | [url: string | URL, callback?: (response: Http.IncomingMessage) => void]
  | [options: RequestOptions, callback?: (response: Http.IncomingMessage) => void]
  | [url: string | URL, options: RequestOptions, callback?: (response: Http.IncomingMessage) => void];

/** A request as https.request makes it; errors of the connection are its "error". */
export function request(...given: RequestArguments): Http.ClientRequest {
  return requestBy(globalAgent, given);
}

/** A GET without a body, sent. */
export function get(...given: RequestArguments): Http.ClientRequest {
  const sent = request(...given);
  sent.end();
  return sent;
}
