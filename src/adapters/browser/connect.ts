// A client over a WebSocket to a bridge, which relays bytes to a TCP server.

import { TlsError } from '../../base/errors.ts';
import { integer, readOptions, required, rule, text } from '../../base/options.ts';
import { clientConfigOf, clientTable, type HostTls, type TlsClientOptions } from '../host_config.ts';
import { startTls, type TlsStreams } from '../web/start_tls.ts';
import { bridgeProtocol, type WebSocketLike, webSocketStreams } from '../web/web_socket_streams.ts';

export interface BridgeOptions extends TlsClientOptions {
  /** Where the bridge listens, such as "wss://bridge.example/". */
  readonly bridge: string;
  /** What the bridge asks for, if it asks for a token. Sent as a subprotocol, as a page can set no header. */
  readonly token?: string;
  /** The server to reach: a name or an address the bridge allows. */
  readonly hostname: string;
  readonly port: number;
}

const table = {
  ...clientTable,
  bridge: required(
    rule<string>('the URL of castls bridge, because a page has no TCP', value => typeof value === 'string'),
  ),
  token: text,
  hostname: required(text),
  port: required(integer(1, 65535)),
} as const;

/** The token among the subprotocols: a page can set no header. */
const tokenPrefix = 'castls.token.';

export function connectThroughBridge(host: HostTls, options: BridgeOptions): TlsStreams {
  const values = readOptions('connect', table, options);
  const { hostname, port } = values;
  const config = clientConfigOf('connect', values, host);
  const protocols = [bridgeProtocol];
  if (values.token !== undefined) {
    // RFC 6455 §4.1: a subprotocol is a token of RFC 2616.
    if (!/^[\w.~-]{1,512}$/.test(values.token))
      throw new TlsError(
        'ERR_INVALID_ARGUMENT',
        'connect: a token has 1 to 512 letters, digits, and characters of "-._~"',
      );
    protocols.push(tokenPrefix + values.token);
  }
  const { WebSocket } = globalThis as { WebSocket?: new (url: string, protocols: string[]) => WebSocketLike };
  if (WebSocket === undefined)
    throw new TlsError(
      'ERR_INVALID_STATE',
      'connect: this host has no WebSocket: startTls of castls takes whatever streams there are',
    );
  const url = bridgeUrl(values.bridge, hostname, port);
  let socket: WebSocketLike;
  try {
    socket = new WebSocket(url, protocols);
  } catch (cause) {
    // Other hosts say so by an "error" event (web_socket_streams.ts).
    const { name, message } = cause as Error;
    throw new TlsError(
      'ERR_INVALID_STATE',
      `connect: the host refuses a WebSocket to the bridge (${message || name}): does connect-src of the ` +
        'Content-Security-Policy name it, and is it a wss: one for a page of an https: origin?',
      { cause },
    );
  }
  return startTls(webSocketStreams(socket), {
    config,
    serverName: values.serverName ?? hostname,
    session: values.session,
    onSession: values.onSession,
  });
}

function bridgeUrl(bridge: string, hostname: string, port: number): string {
  let url: URL;
  try {
    url = new URL(bridge);
  } catch (cause) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'connect: bridge is no URL', { cause });
  }
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:')
    throw new TlsError('ERR_INVALID_ARGUMENT', 'connect: bridge is a URL of ws: or wss:');
  url.searchParams.set('host', hostname);
  url.searchParams.set('port', String(port));
  return url.href;
}
