// connect with the shape of cloudflare:sockets.

import { TlsError } from '../../base/errors.ts';
import { flag, integer, oneOf, readHostOptions, text, withDefault } from '../../base/options.ts';
import type { ClientConfig, ServerConfig } from '../../connection/config.ts';
import { clientConfigOf, clientTable, type HostTls, type TlsClientOptions } from '../host_config.ts';
import { warnOnce } from '../warn_once.ts';
import { type PlainSocket, type SecureTransport, Socket, type UpgradeOptions } from './socket.ts';

export interface SocketAddress {
  readonly hostname: string;
  readonly port: number;
}

export interface ConnectOptions extends TlsClientOptions {
  /** Default "on": whoever wants a plain socket says so. */
  readonly secureTransport?: SecureTransport;
  /** Of the socket below. TLS always ends its directions apart. */
  readonly allowHalfOpen?: boolean;
  readonly highWaterMark?: number;
}

/** `connect` of cloudflare:sockets. */
export type PlainConnect = (
  address: SocketAddress,
  options: { secureTransport: 'off'; allowHalfOpen: boolean; highWaterMark?: number },
) => PlainSocket;

const table = {
  ...clientTable,
  secureTransport: withDefault(oneOf('on', 'off', 'starttls'), 'on'),
  allowHalfOpen: flag,
  highWaterMark: integer(0, 0x7fffffff),
  expectedServerHostname: text,
} as const;

/** @param address "host:port", "[IPv6]:port" or its parts @throws ERR_INVALID_ARGUMENT; as refuseSlices does */
export function connectOver(
  plain: PlainConnect,
  host: HostTls,
  address: string | SocketAddress,
  options: ConnectOptions = {},
): Socket {
  const values = readHostOptions('connect', table, options, warnOnce);
  const { hostname, port } = typeof address === 'string' ? parsedAddress(address) : checkedAddress(address);
  const { secureTransport, highWaterMark } = values;
  const tls = secureTransport === 'off' ? null : clientConfigOf('connect', values, host);
  if (tls !== null) refuseSlices('connect', tls);
  const socket = plain(
    { hostname, port },
    // With TLS the directions end by close_notify, so the socket must not end one with the other.
    { secureTransport: 'off', allowHalfOpen: tls !== null || values.allowHalfOpen === true, highWaterMark },
  );
  const upgrade = tls && {
    options: ({ expectedServerHostname }: UpgradeOptions) => ({
      config: tls,
      serverName: expectedServerHostname ?? values.serverName ?? hostname,
      session: values.session,
      onSession: values.onSession,
    }),
  };
  return new Socket(socket, secureTransport, upgrade?.options ?? null);
}

/** @param what the function, as messages name it @throws ERR_UNSUPPORTED_OPTION for maxBlockMs, in a config that is given, too */
export function refuseSlices(what: string, config: ClientConfig | ServerConfig): void {
  if (config.settings({}).pace === null) return;
  throw new TlsError(
    'ERR_UNSUPPORTED_OPTION',
    `${what}: maxBlockMs needs a clock that goes on while code runs, which workerd has not: leave it out`,
  );
}

function parsedAddress(address: string): SocketAddress {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(address);
  if (parts === null) throw new TlsError('ERR_INVALID_ARGUMENT', 'connect: the address is host:port or [IPv6]:port');
  return checkedAddress({ hostname: parts[1] ?? parts[2], port: Number(parts[3]) });
}

function checkedAddress(address: SocketAddress): SocketAddress {
  const { hostname, port } = address ?? {};
  if (typeof hostname !== 'string' || hostname === '' || !Number.isInteger(port) || port < 1 || port > 65535)
    throw new TlsError('ERR_INVALID_ARGUMENT', 'connect: the address has a hostname and a port from 1 to 65535');
  return { hostname, port };
}
