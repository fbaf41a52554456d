// castls serve: a TLS server that echoes, shows a page about the connection, or prints what comes.

import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Command } from 'commander';
import { createServer, type Server, type TLSSocket, TlsError, type TlsServerOptions } from '../node.ts';
import { ACME_PROTOCOL, acmeOptions } from './acme.ts';
import { codeOf, fail, failureText, naming } from './failure.ts';
import { appendSecret } from './files.ts';
import {
  addCommonFlags,
  type CommonFlags,
  collect,
  contextOptions,
  legacyOption,
  parseCount,
  parsePort,
  traceTarget,
} from './flags.ts';
import { type FleetFlags, fleetOption } from './fleet.ts';
import { summaryOf, summaryText } from './summary.ts';
import { trustOption } from './trust.ts';

interface ServeFlags extends CommonFlags, Omit<FleetFlags, 'key' | 'passphrase'> {
  readonly port: number;
  readonly host: string;
  readonly clientCa?: string;
  readonly requireClientCert?: boolean;
  readonly www?: boolean;
  readonly echo?: boolean;
  readonly acme?: string[];
  readonly earlyData?: boolean;
  readonly maxBlockMs?: number;
}

export function registerServe(program: Command): void {
  const command = program
    .command('serve')
    .description('a TLS server; without --www or --echo it prints what it gets')
    .requiredOption('--port <port>', 'port; 0 picks one', parsePort)
    .option('--host <address>', 'address to listen on', '0.0.0.0')
    .option('--client-ca <file>', 'ask for client certificates of these authorities')
    .option('--require-client-cert', 'refuse clients without a certificate')
    .option('--www', 'answer HTTP/1 requests with a page about the connection')
    .option('--echo', 'send back what comes')
    .option('--early-data', 'take early data, once a ticket: it is served as what follows is')
    .option('--max-block-ms <ms>', 'let handshakes hold the loop so long at a time', parseCount)
    .option('--redis <url>', 'share sessions, ticket keys and early data with all servers on this Redis')
    .option('--wrapping-key <file>', 'seals what goes to the Redis: 32 bytes, hex or base64; default: by --key')
    .option('--acme <name=authorization>', 'answer a tls-alpn-01 challenge (RFC 8737), too; several times', collect);
  addCommonFlags(command).action(
    (flags: ServeFlags) => void run(flags).catch(error => fail(naming(flags.key?.[0], error))),
  );
}

async function run(flags: ServeFlags): Promise<void> {
  const early = new WeakMap<TLSSocket, Buffer[]>();
  const serve = flags.www ? pages() : flags.echo ? echo : print;
  const server = createServer(await serverOptions(flags), socket => {
    socket.on('error', error => reportFailure(socket, error, flags));
    socket.on('end', () => {
      if (socket.truncated) reportFailure(socket, new TlsError('ERR_TRUNCATED', 'ended without close_notify'), flags);
    });
    try {
      const summary = summaryOf(socket, {});
      process.stderr.write(`${flags.json ? JSON.stringify(summary) : summaryText(summary)}\n`);
      const chunks = early.get(socket) ?? [];
      if (chunks.length > 0) socket.unshift(Buffer.concat(chunks));
      // RFC 8737 §3: the handshake was the answer.
      if (socket.alpnProtocol === ACME_PROTOCOL) socket.end();
      else serve(socket);
    } catch (error) {
      // Whatever one client is, the others are served.
      reportFailure(socket, error as Error, flags);
      socket.destroy();
    }
  });
  // An echo goes out at once, before the handshake is over; what is served otherwise waits for its end.
  server.on('earlyData', (chunk: Buffer, socket: TLSSocket) => {
    if (flags.echo) socket.write(chunk);
    else early.set(socket, [...(early.get(socket) ?? []), chunk]);
  });
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => reportFailure(socket, error, flags));
  const { keylog } = flags;
  if (keylog !== undefined) server.on('keylog', (line: Buffer) => appendSecret(keylog, line));
  server.on('error', fail);
  server.listen(flags.port, flags.host, () => announce(server, flags.host));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));
}

async function serverOptions(flags: ServeFlags): Promise<TlsServerOptions> {
  const options: TlsServerOptions = {
    ...contextOptions(flags),
    ...(await legacyOption(flags)),
    ca: flags.clientCa === undefined ? undefined : trustOption(flags.clientCa),
    requestCert: flags.clientCa !== undefined || flags.pinnedKey !== undefined || flags.requireClientCert === true,
    rejectUnauthorized: flags.requireClientCert === true,
    ALPNProtocols: flags.alpn,
    noDelay: true,
    trace: traceTarget(flags),
    acceptEarlyData: flags.earlyData === true,
    maxBlockMs: flags.maxBlockMs,
    fleet: await fleetOption(flags),
  };
  if (flags.acme === undefined) return options;
  return { ...options, ALPNProtocols: undefined, ...(await acmeOptions(flags.acme, flags.alpn)) };
}

function announce(server: Server, host: string): void {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`listening on ${host.includes(':') ? `[${host}]` : host}:${port}\n`);
}

function reportFailure(socket: TLSSocket, error: Error, { json }: ServeFlags): void {
  const from = socket.remoteAddress ?? 'unknown';
  const line = json
    ? JSON.stringify({ error: { code: codeOf(error), message: error.message }, from })
    : `castls: ${from}: ${failureText(error)}`;
  process.stderr.write(`${line}\n`);
}

function echo(socket: TLSSocket): void {
  socket.pipe(socket);
}

function print(socket: TLSSocket): void {
  socket.pipe(process.stdout, { end: false });
}

/** HTTP by Node's own server, over the TLS sockets of castls. */
function pages(): (socket: TLSSocket) => void {
  const http = createHttpServer((request, response) => page(request, response));
  http.on('clientError', (_error, socket: Duplex) => {
    // What is not HTTP gets an answer and an orderly close, as Node's own servers give it.
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    else socket.destroy();
  });
  return socket => {
    http.emit('connection', socket);
  };
}

function page(request: IncomingMessage, response: ServerResponse): void {
  const socket = request.socket as unknown as TLSSocket;
  const { times: _, ...summary } = summaryOf(socket, {});
  const rows = Object.entries(summary).map(
    ([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(JSON.stringify(value))}</td></tr>`,
  );
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>castls</title></head>
<body><h1>castls</h1><p>This connection, as the server sees it:</p>
<table>
${rows.join('\n')}
</table></body></html>
`;
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(html));
  response.end(request.method === 'HEAD' ? undefined : html);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
