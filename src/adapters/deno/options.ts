// The options of Deno.connectTls, Deno.startTls and Deno.listenTls, with castls' own beside them.

import { flag, instantiated, integer, listOf, type OptionValues, oneOf, text } from '../../base/options.ts';
import { clientTable, serverTable, type TlsClientOptions, type TlsServerOptions } from '../host_config.ts';

const port = integer(0, 65535);
const signal = instantiated<AbortSignal>('an AbortSignal', 'AbortSignal');

const denoClientTable = {
  ...clientTable,
  caCerts: listOf(text),
  alpnProtocols: listOf(text),
  unsafelyDisableHostnameVerification: flag,
  hostname: text,
} as const;

export const connectTable = { ...denoClientTable, port, keyFormat: oneOf('pem'), signal } as const;
export const startTable = denoClientTable;
export const listenTable = {
  ...serverTable,
  alpnProtocols: listOf(text),
  hostname: text,
  port,
  keyFormat: oneOf('pem'),
  tcpBacklog: integer(1, 0x7fffffff),
} as const;

/** Options of Deno.startTls. */
export interface StartTlsOptions extends TlsClientOptions {
  /** The name to send and to verify. Default "127.0.0.1", as Deno has it. */
  readonly hostname?: string;
  /** PEM certificates to trust in the place of Mozilla's. */
  readonly caCerts?: readonly string[];
  readonly alpnProtocols?: readonly string[];
  /** Accepts a certificate whatever name it is for. The chain is verified all the same. */
  readonly unsafelyDisableHostnameVerification?: boolean;
}

/** Options of Deno.connectTls. */
export interface ConnectTlsOptions extends StartTlsOptions {
  readonly port: number;
  readonly keyFormat?: 'pem';
  /** Ends the attempt, or the connection. */
  readonly signal?: AbortSignal;
}

/** Options of Deno.listenTls. */
export interface ListenTlsOptions extends TlsServerOptions {
  /** Default "0.0.0.0". */
  readonly hostname?: string;
  readonly port: number;
  readonly alpnProtocols?: readonly string[];
  readonly keyFormat?: 'pem';
  readonly tcpBacklog?: number;
}

export type ClientValues = OptionValues<typeof startTable>;
