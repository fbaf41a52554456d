// castls/bun: TLS in the shape of Bun.connect and Bun.listen. end() sends close_notify and reads on.

import { type BunHost, type BunListener, connectOver, listenOver } from './adapters/bun/connect.ts';
import type { ConnectOptions, ListenOptions } from './adapters/bun/options.ts';
import type { BunTlsSocket } from './adapters/bun/socket.ts';
import type { HostTls } from './adapters/host_config.ts';
import { TlsError } from './base/errors.ts';
import { passwordProvider } from './wasm/password_provider.ts';
import { mozillaRoots } from './x509/roots/index.ts';

export type { BunListener } from './adapters/bun/connect.ts';
export type { BunClientTls, BunServerTls, ConnectOptions, ListenOptions } from './adapters/bun/options.ts';
export type { BunTlsSocket, SocketHandlers } from './adapters/bun/socket.ts';
export type { TlsClientOptions, TlsServerOptions } from './adapters/host_config.ts';
export { type ErrorCode, TlsError } from './base/errors.ts';

const host = (): HostTls => ({ provider: passwordProvider(), anchors: mozillaRoots });

/** Connects as Bun.connect does, with TLS. @throws ERR_INVALID_ARGUMENT for options; what Bun.connect throws */
export function connect<Data = undefined>(options: ConnectOptions<Data>): Promise<BunTlsSocket<Data>> {
  return connectOver(bun(), host(), options);
}

/** Listens as Bun.listen does, with TLS. @throws ERR_INVALID_ARGUMENT without a certificate; what Bun.listen throws */
export function listen<Data = undefined>(options: ListenOptions<Data>): BunListener {
  return listenOver(bun(), host(), options);
}

function bun(): BunHost {
  const { Bun } = globalThis as unknown as { Bun?: BunHost };
  if (Bun === undefined)
    throw new TlsError(
      'ERR_INVALID_STATE',
      'castls/bun runs in Bun: elsewhere there are castls/node and startTls of castls',
    );
  return Bun;
}
