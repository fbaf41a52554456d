// castls connect: stdin to the peer, the peer to stdout, what was negotiated to stderr.

import { connect as connectTcp, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type Command, Option } from 'commander';
import { type ConnectOptions, connect, type TLSSocket, TlsError } from '../node.ts';
import { fail } from './failure.ts';
import { appendSecret, readIfThere, readInput, writeSecret } from './files.ts';
import { addCommonFlags, type CommonFlags, contextOptions, parseTarget } from './flags.ts';
import { startTlsOver, startTlsProtocols } from './starttls.ts';
import { summaryOf, summaryText } from './summary.ts';

interface ConnectFlags extends CommonFlags {
  readonly servername?: string;
  readonly ca?: string;
  readonly session?: string;
  readonly earlyData?: string;
  readonly starttls?: string;
  readonly dangerousNoVerify?: boolean;
}

export function registerConnect(program: Command): void {
  const command = program
    .command('connect')
    .description('connect to a TLS server: stdin goes there, what comes back goes to stdout')
    .argument('<host:port>', 'where to connect', parseTarget)
    .option('--servername <name>', 'name to ask for and to verify; default the host')
    .option('--ca <file>', 'certificates to trust, PEM; default those of Node.js')
    .option('--session <file>', 'resume the session in the file, and save the new one there')
    .option('--early-data <file>', 'not supported yet')
    .addOption(new Option('--starttls <protocol>', 'begin in the clear').choices(startTlsProtocols))
    .option('--dangerous-no-verify', 'talk to anybody');
  addCommonFlags(command).action((target: { host: string; port: number }, flags: ConnectFlags) =>
    run(target, flags).catch(fail),
  );
}

async function run(target: { host: string; port: number }, flags: ConnectFlags): Promise<void> {
  if (flags.earlyData !== undefined) throw new TlsError('ERR_UNSUPPORTED_OPTION', '--early-data is not supported');
  const options = connectOptions(target, flags);
  const started = performance.now();
  const tcp = await connected(target);
  const times: Record<string, number> = { tcp: performance.now() - started };
  if (flags.starttls !== undefined) {
    const before = performance.now();
    await startTlsOver(tcp, flags.starttls, target.host);
    times['starttls'] = performance.now() - before;
  }
  const before = performance.now();
  const socket = connect({ ...options, socket: tcp });
  if (flags.trace) socket.traceTo(line => process.stderr.write(`${line}\n`));
  keepSecrets(socket, flags);
  socket.once('secureConnect', () => {
    times['handshake'] = performance.now() - before;
    times['total'] = performance.now() - started;
    const summary = summaryOf(socket, times);
    process.stderr.write(`${flags.json ? JSON.stringify(summary) : summaryText(summary)}\n`);
  });
  await pipeStandardStreams(socket);
}

function connectOptions({ host }: { host: string }, flags: ConnectFlags): ConnectOptions {
  return {
    ...contextOptions(flags),
    host,
    servername: flags.servername ?? host,
    ca: flags.ca === undefined ? undefined : readInput(flags.ca),
    ALPNProtocols: flags.alpn,
    rejectUnauthorized: !flags.dangerousNoVerify,
    session: flags.session === undefined ? undefined : readIfThere(flags.session),
  };
}

function keepSecrets(socket: TLSSocket, { keylog, session }: ConnectFlags): void {
  if (keylog !== undefined) socket.on('keylog', (line: Buffer) => appendSecret(keylog, line));
  if (session !== undefined) socket.on('session', (bytes: Buffer) => writeSecret(session, bytes));
}

function connected({ host, port }: { host: string; port: number }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // The peer's half of the connection is TLS's business.
    const tcp = connectTcp({ host, port, allowHalfOpen: true });
    tcp.setNoDelay(true);
    tcp.once('error', reject);
    tcp.once('connect', () => {
      tcp.removeListener('error', reject);
      resolve(tcp);
    });
  });
}

/** Resolves after an orderly end. A peer that ends first ends the command, whatever stdin does. */
function pipeStandardStreams(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdin.pipe(socket);
    socket.pipe(process.stdout, { end: false });
    process.stdout.on('error', reject);
    socket.on('error', error => {
      process.stdin.destroy();
      reject(error);
    });
    socket.on('close', () => {
      process.stdin.destroy();
      resolve();
    });
  });
}
