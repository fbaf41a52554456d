// castls connect: stdin to the peer, the peer to stdout, what was negotiated to stderr.

import { performance } from 'node:perf_hooks';
import { type Command, Option } from 'commander';
import {
  type ConnectOptions,
  connect,
  type StartTlsProtocol,
  startTlsProtocols,
  type TLSSocket,
  TlsError,
} from '../node.ts';
import { fail, naming } from './failure.ts';
import { appendSecret, readIfThere, readInput, writeSecret } from './files.ts';
import { addCommonFlags, type CommonFlags, contextOptions, legacyOption, parseTarget, traceTarget } from './flags.ts';
import { summaryOf, summaryText } from './summary.ts';
import { trustOption } from './trust.ts';

interface ConnectFlags extends CommonFlags {
  readonly servername?: string;
  readonly ca?: string;
  readonly session?: string;
  readonly earlyData?: string;
  readonly starttls?: StartTlsProtocol;
  readonly dangerousNoVerify?: boolean;
  readonly allowTruncation?: boolean;
}

export function registerConnect(program: Command): void {
  const command = program
    .command('connect')
    .description('connect to a TLS server: stdin goes there, what comes back goes to stdout')
    .argument('<host:port>', 'where to connect', parseTarget)
    .option('--servername <name>', 'name to ask for and to verify; default the host')
    .option('--ca <file>', 'certificates to trust, PEM; default those of Node.js')
    .option('--session <file>', 'resume the session in the file, and save the new one there')
    .option('--early-data <file>', 'send the file with the first flight, if the session allows it: it may be replayed')
    .addOption(new Option('--starttls <protocol>', 'begin in the clear').choices(startTlsProtocols))
    .option('--dangerous-no-verify', 'talk to anybody')
    .option('--allow-truncation', 'succeed when the peer ends without close_notify');
  addCommonFlags(command).action((target: { host: string; port: number }, flags: ConnectFlags) =>
    run(target, flags).catch(error => fail(naming(flags.key?.[0], error))),
  );
}

async function run(target: { host: string; port: number }, flags: ConnectFlags): Promise<void> {
  const started = performance.now();
  const times: Record<string, number> = {};
  const socket = connect({
    ...connectOptions(target, flags),
    trace: traceTarget(flags),
    ...(await legacyOption(flags)),
  });
  socket.once('connect', () => {
    times['tcp'] = performance.now() - started;
  });
  keepSecrets(socket, flags);
  socket.once('secureConnect', () => {
    times['total'] = performance.now() - started;
    times['handshake'] = times['total'] - times['tcp'];
    const summary = summaryOf(socket, times);
    process.stderr.write(`${flags.json ? JSON.stringify(summary) : summaryText(summary)}\n`);
  });
  await pipeStandardStreams(socket);
  if (socket.truncated) endsCutOff(flags);
}

function connectOptions({ host, port }: { host: string; port: number }, flags: ConnectFlags): ConnectOptions {
  return {
    ...contextOptions(flags),
    host,
    port,
    noDelay: true,
    starttls: flags.starttls,
    servername: flags.servername ?? host,
    ca: flags.ca === undefined ? undefined : trustOption(flags.ca),
    ALPNProtocols: flags.alpn,
    rejectUnauthorized: !flags.dangerousNoVerify,
    earlyData: flags.earlyData === undefined ? undefined : readInput(flags.earlyData),
    session: flags.session === undefined ? undefined : readIfThere(flags.session),
  };
}

function keepSecrets(socket: TLSSocket, { keylog, session }: ConnectFlags): void {
  if (keylog !== undefined) socket.on('keylog', (line: Buffer) => appendSecret(keylog, line));
  if (session !== undefined) socket.on('session', (bytes: Buffer) => writeSecret(session, bytes));
}

/** Nobody can tell whether all came: the peer, or somebody between, ended the connection without TLS's word for it. */
function endsCutOff({ allowTruncation }: ConnectFlags): void {
  const error = new TlsError('ERR_TRUNCATED', 'the peer ended without close_notify: what came may not be all');
  if (!allowTruncation) throw error;
  process.stderr.write(`castls: ${error.message}\n`);
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
