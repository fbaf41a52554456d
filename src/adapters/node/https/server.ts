// An HTTPS server as node:https makes it: a TLS server whose connections go to node's HTTP. What http.Server keeps in itself -
// limits, timeouts, its listeners of "connection" and "listening" - is made by http.Server and put on the TLS server.

import type * as Http from 'node:http';
import { Server as NetServer } from 'node:net';
import { http } from './http.ts';

export type RequestListener = Http.RequestListener;

type Listener = (this: object, ...args: unknown[]) => void;

export interface HttpListeners {
  /** Speaks HTTP on a socket. */
  readonly connection: Listener;
  /** Begins to watch the timeouts of requests. */
  readonly listening: readonly Listener[];
}

/** Puts on `server` what http.Server has beside net.Server. @returns its listeners, which belong to `this` server */
export function becomeHttpServer(server: object, options: Http.ServerOptions): HttpListeners {
  const template = new http.Server(options);
  const plain = new Set(Reflect.ownKeys(new NetServer()));
  for (const key of Reflect.ownKeys(template)) {
    if (plain.has(key)) continue;
    Object.defineProperty(server, key, Object.getOwnPropertyDescriptor(template, key) as PropertyDescriptor);
  }
  Object.assign(server, { httpAllowHalfOpen: false, timeout: 0, maxHeadersCount: null });
  const connection = template.listeners('connection')[0] as unknown as Listener;
  return { connection, listening: template.listeners('listening') as unknown as Listener[] };
}

type HttpServer = Http.Server & Record<symbol, unknown>;

/** http.Server's own method on another server. */
export function httpMethod<K extends 'closeAllConnections' | 'closeIdleConnections' | 'setTimeout'>(
  name: K,
): Http.Server[K] {
  return http.Server.prototype[name];
}

/** What http.Server does before net.Server's close: idle connections go, and the watch ends. */
export function beforeClose(server: object): void {
  httpMethod('closeIdleConnections').call(server as HttpServer);
  const watch = Object.getOwnPropertySymbols(server).find(
    symbol => symbol.description === 'http.server.connectionsCheckingInterval',
  );
  if (watch !== undefined) clearInterval((server as HttpServer)[watch] as NodeJS.Timeout);
}
