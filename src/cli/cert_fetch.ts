// castls cert fetch: the certificates that a server sends, as it sends them, whoever it is.

import type { Command } from 'commander';
import { Option } from 'commander';
import { connect, type StartTlsProtocol, startTlsProtocols, type TLSSocket, TlsError } from '../node.ts';
import { formatPem, parseCertificate } from '../x509.ts';
import { checkFree, writePublic } from './cert_files.ts';
import { certificateJson } from './cert_summary.ts';
import { fail, failureText } from './failure.ts';
import { readInput } from './files.ts';
import { parseTarget } from './flags.ts';

interface FetchFlags {
  readonly servername?: string;
  readonly starttls?: StartTlsProtocol;
  readonly ca?: string;
  readonly timeout: string;
  readonly out: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface Target {
  readonly host: string;
  readonly port: number;
}

export function registerFetch(cert: Command): void {
  cert
    .command('fetch')
    .description('the chain that a server sends, trusted or not, in PEM; whether it is trusted goes to stderr')
    .argument('<host:port>', 'where to connect', parseTarget)
    .option('--servername <name>', 'name to ask for; default the host')
    .addOption(new Option('--starttls <protocol>', 'begin in the clear').choices(startTlsProtocols))
    .option('--ca <file>', 'certificates to trust, PEM; default those of Node.js')
    .option('--timeout <seconds>', 'how long to wait', '15')
    .option('--out <file>', 'where the chain goes; "-" is standard output', '-')
    .option('--force', 'write over a file that is there')
    .option('--json', 'the certificates as JSON instead of PEM')
    .action((target: Target, flags: FetchFlags) => void fetchChain(target, flags).catch(fail));
}

async function fetchChain(target: Target, flags: FetchFlags): Promise<void> {
  checkFree([flags.out], flags.force);
  const { chain, trust } = await received(target, flags);
  if (chain.length === 0) throw new TlsError('ERR_INVALID_ARGUMENT', 'the server sent no certificate');
  const described = chain.map(der => describe(der));
  const where = `${target.host}:${target.port}`;
  if (flags.json) {
    const certificates = described.map(({ json }, i) => ({ ...json, pem: formatPem('CERTIFICATE', chain[i]) }));
    writePublic(flags.out, `${JSON.stringify({ server: where, authorizationError: trust, certificates }, null, 2)}\n`);
  } else {
    const blocks = chain.map((der, i) => `${described[i].comment}${formatPem('CERTIFICATE', der)}`);
    writePublic(flags.out, blocks.join(''));
  }
  process.stderr.write(`${where}: ${chain.length} certificate${chain.length === 1 ? '' : 's'}, `);
  process.stderr.write(trust === null ? 'trusted\n' : `not trusted (${trust})\n`);
}

/** Lines before the block; one that cannot be read is written all the same. */
function describe(der: Uint8Array): { readonly comment: string; readonly json: object } {
  try {
    const certificate = parseCertificate(der);
    const json = certificateJson(certificate);
    return {
      json,
      comment: `# subject: ${json.subject || '(empty)'}\n# issuer: ${json.issuer}\n# until: ${json.notAfter}\n`,
    };
  } catch (error) {
    const { message } = error as Error;
    return { json: { error: message }, comment: `# cannot be read: ${message}\n` };
  }
}

/** What the server presented, even if the handshake failed behind it (a server that wants a client's certificate). */
function received(target: Target, flags: FetchFlags): Promise<{ chain: readonly Uint8Array[]; trust: string | null }> {
  const seconds = Number(flags.timeout);
  if (!(seconds > 0)) throw new TlsError('ERR_INVALID_ARGUMENT', `--timeout ${flags.timeout} is no number`);
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      ...target,
      servername: flags.servername ?? target.host,
      starttls: flags.starttls,
      ca: flags.ca === undefined ? undefined : readInput(flags.ca),
      rejectUnauthorized: false,
    });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new TlsError('ERR_INVALID_ARGUMENT', `no answer in ${seconds} seconds`));
    }, seconds * 1000);
    const finish = (error?: Error) => {
      clearTimeout(timer);
      const chain = socket.info?.peerCertificates ?? [];
      const { authorizationError } = socket;
      socket.destroy();
      if (chain.length === 0 && error !== undefined) return reject(error);
      const trust =
        error === undefined ? authorizationError : `not judged, the handshake failed: ${failureText(error)}`;
      resolve({ chain, trust: trust === null ? null : `${trust}` });
    };
    socket.once('secureConnect', () => finish());
    socket.on('error', finish);
  });
}
