// castls bridge: a relay from WebSockets to TCP for pages, which have no TCP. It sees ciphertext alone: the TLS is between the
// page and the server. It relays to targets that it was told, for who knows its token, and no more than its limits allow.

import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import type { Command } from 'commander';
import type { WebSocket } from 'ws';
import { createServer, TlsError } from '../node.ts';
import { closeCodes } from './bridge_codes.ts';
import { BridgePolicy } from './bridge_policy.ts';
import { relay } from './bridge_relay.ts';
import { fail } from './failure.ts';
import { readInput } from './files.ts';
import { collect, parseCount, parsePort } from './flags.ts';

interface BridgeFlags {
  readonly port: number;
  readonly host: string;
  readonly allow: string[];
  readonly tokenFile?: string;
  readonly dangerousNoToken?: boolean;
  readonly origin?: string[];
  readonly maxConnections: number;
  readonly maxConnectionsPerClient: number;
  readonly maxPerMinute: number;
  readonly maxSeconds: number;
  readonly idleSeconds: number;
  readonly maxBytes: number;
  readonly cert?: string;
  readonly key?: string;
  readonly json?: boolean;
}

/** The subprotocol, and the prefix of a token among subprotocols: a page can set no header. */
const PROTOCOL = 'castls.bridge';
const TOKEN_PREFIX = 'castls.token.';
/** The largest message: browsers send what they are given as one. */
const MAX_MESSAGE = 1024 * 1024;
/** How long clients are told that the bridge ends. */
const FAREWELL_MS = 300;

export function registerBridge(program: Command): void {
  program
    .command('bridge')
    .description('relay WebSockets to TCP servers, for pages; it sees ciphertext alone')
    .requiredOption('--port <port>', 'port; 0 picks one', parsePort)
    .requiredOption('--allow <target>', 'HOST:PORT or HOST:* that may be connected to; several times', collect)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--token-file <file>', 'file with the token that clients must know; or CASTLS_BRIDGE_TOKEN')
    .option('--dangerous-no-token', 'relay for everybody who reaches this port')
    .option(
      '--origin <origin>',
      'origin of pages that may connect, such as https://app.example; several times',
      collect,
    )
    .option('--max-connections <count>', 'connections at one time', parseCount, 256)
    .option('--max-connections-per-client <count>', 'of these for one address', parseCount, 32)
    .option('--max-per-minute <count>', 'new connections of one address a minute', parseCount, 120)
    .option('--max-seconds <seconds>', 'how long a connection may last', parseCount, 3600)
    .option('--idle-seconds <seconds>', 'how long a connection may be without traffic', parseCount, 300)
    .option('--max-bytes <bytes>', 'bytes of a connection, both directions together', parseCount, 2 ** 30)
    .option('--cert <file>', 'certificate chain of the bridge itself, for wss:')
    .option('--key <file>', 'its key')
    .option('--json', 'a line of JSON for each connection')
    .action((flags: BridgeFlags) => run(flags).catch(fail));
}

async function run(flags: BridgeFlags): Promise<void> {
  const policy = new BridgePolicy(flags.allow, tokenOf(flags), flags.origin ?? [], {
    connections: flags.maxConnections,
    connectionsOfClient: flags.maxConnectionsPerClient,
    rate: flags.maxPerMinute,
    seconds: flags.maxSeconds,
    idleSeconds: flags.idleSeconds,
    bytes: flags.maxBytes,
  });
  const { WebSocketServer } = await webSockets();
  const http = createHttpServer((_request, response) => {
    response.writeHead(426, { upgrade: 'websocket', 'content-type': 'text/plain' }).end('This is a castls bridge.\n');
  });
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    handleProtocols: protocols => (protocols.has(PROTOCOL) ? PROTOCOL : false),
  });
  sockets.on('connection', (socket, request) => accept(socket, request, policy, flags));
  const listener = listenerOf(http, flags);
  listener.on('error', fail);
  listener.listen(flags.port, flags.host, () => {
    const { port } = listener.address() as AddressInfo;
    const host = flags.host.includes(':') ? `[${flags.host}]` : flags.host;
    process.stdout.write(`listening on ${flags.cert === undefined ? 'ws' : 'wss'}://${host}:${port}/\n`);
  });
  const stop = (): void => {
    for (const client of sockets.clients) client.close(closeCodes.restart, 'the bridge ends');
    setTimeout(() => process.exit(0), sockets.clients.size > 0 ? FAREWELL_MS : 0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
}

function accept(socket: WebSocket, request: IncomingMessage, policy: BridgePolicy, flags: BridgeFlags): void {
  const { searchParams } = new URL(request.url ?? '/', 'ws://bridge');
  const from = request.socket.remoteAddress ?? 'unknown';
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map(name => name.trim());
  const admitted = policy.admit({
    from,
    origin: request.headers.origin,
    token: offered.find(name => name.startsWith(TOKEN_PREFIX))?.slice(TOKEN_PREFIX.length),
    host: searchParams.get('host'),
    port: searchParams.get('port'),
  });
  if ('code' in admitted) {
    socket.on('error', () => {});
    socket.close(admitted.code, admitted.reason);
    report(flags, { from, refused: admitted.reason });
    return;
  }
  const over = policy.begin(from);
  relay(socket, admitted, policy.limits, relayed => {
    over();
    report(flags, { from, ...relayed, target: `${admitted.host}:${admitted.port}` });
  });
}

function listenerOf(http: HttpServer, { cert, key }: BridgeFlags): Server {
  if ((cert === undefined) !== (key === undefined))
    throw new TlsError('ERR_INVALID_ARGUMENT', '--cert and --key belong together');
  if (cert === undefined || key === undefined) return http;
  const server = createServer({ cert: readInput(cert), key: readInput(key), ALPNProtocols: ['http/1.1'] }, socket => {
    http.emit('connection', socket);
  });
  server.on('tlsClientError', () => {}); // a client that does not get that far is no event of the bridge
  return server as unknown as Server;
}

function tokenOf({ tokenFile, dangerousNoToken }: BridgeFlags): string | null {
  const token =
    tokenFile === undefined ? process.env.CASTLS_BRIDGE_TOKEN : readInput(tokenFile).toString('utf8').trim();
  if (token !== undefined && /^[\w.~-]{16,512}$/.test(token)) return token;
  if (token !== undefined)
    throw new TlsError('ERR_INVALID_ARGUMENT', 'the token has 16 to 512 letters, digits, and characters of "-._~"');
  if (dangerousNoToken) return null;
  throw new TlsError(
    'ERR_INVALID_ARGUMENT',
    'who may use the bridge? give --token-file, or --dangerous-no-token for everybody',
  );
}

/** The package ws, which only this command needs. */
async function webSockets(): Promise<typeof import('ws')> {
  try {
    return await import('ws');
  } catch (cause) {
    throw new TlsError('ERR_UNSUPPORTED_OPTION', 'castls bridge needs the package ws: npm install ws', { cause });
  }
}

function report({ json }: BridgeFlags, entry: Record<string, unknown>): void {
  const text = Object.entries(entry).map(([name, value]) => `${name}: ${value}`);
  process.stderr.write(`${json ? JSON.stringify(entry) : text.join(', ')}\n`);
}
