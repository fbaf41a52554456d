// The options and handlers of Bun.connect and Bun.listen, with castls' TLS in the place of Bun's.

import {
  callable,
  either,
  flag,
  integer,
  type OptionValues,
  objectWith,
  readHostOptions,
  text,
  unchecked,
} from '../../base/options.ts';
import { clientTable, serverTable, type TlsClientOptions, type TlsServerOptions } from '../host_config.ts';
import { warnOnce } from '../warn_once.ts';
import type { SocketHandlers } from './socket.ts';

/** Names that Bun's `tls` has beside castls'. */
interface BunTlsNames {
  readonly ALPNProtocols?: readonly string[] | string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  readonly requestCert?: boolean;
}

export type BunClientTls = TlsClientOptions & BunTlsNames;
export type BunServerTls = TlsServerOptions & BunTlsNames & { readonly ca?: TlsServerOptions['clientCa'] };

export interface ConnectOptions<Data> {
  readonly hostname: string;
  readonly port: number;
  /** TLS is always spoken: true, or absent, is TLS with its defaults. */
  readonly tls?: BunClientTls | true;
  readonly data?: Data;
  readonly socket: SocketHandlers<Data>;
}

export interface ListenOptions<Data> {
  readonly hostname?: string;
  readonly port: number;
  readonly tls: BunServerTls;
  readonly data?: Data;
  readonly socket: SocketHandlers<Data>;
}

export const connectTable = {
  hostname: text,
  port: integer(0, 65535),
  tls: unchecked<object | true>(),
  data: unchecked<unknown>(),
  socket: objectWith<SocketHandlers<unknown>>('an object of handlers'),
  allowHalfOpen: flag,
} as const;

const names = {
  ALPNProtocols: unchecked<readonly string[] | string>(),
  servername: text,
  serverName: text,
  rejectUnauthorized: flag,
  requestCert: flag,
  checkServerIdentity: callable<() => void>(),
} as const;

const clientTls = { ...clientTable, ...names } as const;
const serverTls = { ...serverTable, ...names, ca: either(serverTable.clientCa, text) } as const;

/** The values of `tls` under castls' names. @throws ERR_INVALID_ARGUMENT */
export function clientTlsValues(tls: BunClientTls | true | undefined): OptionValues<typeof clientTable> {
  const values = readHostOptions('connect: tls', clientTls, tls === true ? {} : tls, warnOnce);
  return {
    ...values,
    alpn: values.alpn ?? alpnOf(values.ALPNProtocols),
    serverName: values.serverName ?? values.servername,
    dangerouslyContinueUnverified:
      values.dangerouslyContinueUnverified ?? (values.rejectUnauthorized === false || undefined),
  };
}

/** @throws ERR_INVALID_ARGUMENT */
export function serverTlsValues(tls: BunServerTls): OptionValues<typeof serverTable> {
  const values = readHostOptions('listen: tls', serverTls, tls, warnOnce);
  // As Bun has it: authorities alone ask nobody.
  const authorities = values.clientCa ?? (values.requestCert === true ? values.ca : undefined);
  return {
    ...values,
    alpn: values.alpn ?? alpnOf(values.ALPNProtocols),
    clientCa: authorities,
    requireClientCertificate: values.requireClientCertificate ?? values.rejectUnauthorized,
  };
}

function alpnOf(protocols: readonly string[] | string | undefined): readonly string[] | undefined {
  return typeof protocols === 'string' ? protocols.split(',') : protocols;
}
