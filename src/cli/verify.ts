// castls verify: is this certificate good, for this name, at this time?

import { type Command, Option } from 'commander';
import { mozillaRoots } from '../roots.ts';
import {
  type Certificate,
  CertificateError,
  parseCrl,
  parseOcspResponse,
  parseTrustList,
  revocation,
  type TrustAnchor,
  trustAnchor,
  type VerifiedChain,
  verifyCertificateChain,
} from '../x509.ts';
import { parseTime, readBlocks, readCertificates } from './cert_files.ts';
import { certificateJson } from './cert_summary.ts';
import { codeOf, fail } from './failure.ts';
import { readInput } from './files.ts';
import { collect } from './flags.ts';
import { readTrustFile } from './trust.ts';

interface VerifyFlags {
  readonly ca: string[];
  readonly untrusted?: string[];
  readonly name?: string;
  readonly purpose?: string;
  readonly crl?: string[];
  readonly ocsp?: string;
  readonly time?: string;
  readonly json?: boolean;
}

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('verify a certificate: path, name, dates, usage, revocation')
    .argument('<cert>', 'the certificate and, behind it, any others of its chain; PEM or DER')
    .requiredOption('--ca <file>', 'whom to trust, PEM; "mozilla" for the list in castls; several times', collect)
    .option('--untrusted <file>', 'more certificates to build the path with; several times', collect)
    .option('--name <name>', 'DNS name or IP address it must be for')
    .addOption(
      new Option('--purpose <purpose>', 'default server with --name, else any').choices(['server', 'client', 'any']),
    )
    .option('--crl <file>', 'revocation lists; the leaf must then be known to be good; several times', collect)
    .option('--ocsp <file>', 'an OCSP response about it, DER')
    .option('--time <time>', 'instead of now: 2026-11-23T12:00:00Z, or seconds since 1970')
    .option('--json', 'the outcome as JSON')
    .action((file: string, flags: VerifyFlags) => void run(file, flags).catch(fail));
}

async function run(file: string, flags: VerifyFlags): Promise<void> {
  const [leaf, ...sent] = readChain(file);
  const crls = (flags.crl ?? []).flatMap(each => readBlocks(each, ['X509 CRL']).map(parseCrl));
  const ocspResponses = flags.ocsp === undefined ? [] : [parseOcspResponse(new Uint8Array(readInput(flags.ocsp)))];
  const mode = crls.length + ocspResponses.length > 0 ? 'require' : 'if-available';
  try {
    const chain = await verifyCertificateChain({
      leaf,
      intermediates: [...sent, ...(flags.untrusted ?? []).flatMap(readTrustFile)],
      anchors: flags.ca.flatMap(anchorsOf),
      time: flags.time === undefined ? Date.now() : parseTime(flags.time),
      serverName: flags.name,
      purpose: flags.purpose,
      checks: [revocation({ crls, ocspResponses, mode, scope: 'leaf', mustStaple: false })],
    });
    process.stdout.write(flags.json ? `${JSON.stringify(chainJson(chain))}\n` : `${chainText(file, chain)}\n`);
  } catch (error) {
    if (!flags.json || !(error instanceof CertificateError)) throw error;
    const { message, rule, fix, index } = error;
    process.stdout.write(`${JSON.stringify({ verified: false, code: codeOf(error), message, rule, fix, index })}\n`);
    process.exitCode = 1;
  }
}

/** The certificate, which has to be read, and those behind it. */
function readChain(file: string): readonly Certificate[] {
  const { certificates, odd } = parseTrustList(readInput(file));
  if (odd[0]?.number === 1) throw odd[0].error;
  return certificates.length > 0 ? readTrustFile(file) : readCertificates(file);
}

function anchorsOf(file: string): readonly TrustAnchor[] {
  return file === 'mozilla' ? mozillaRoots() : readTrustFile(file).map(each => trustAnchor(each));
}

function chainJson({ certificates, anchor }: VerifiedChain) {
  return { verified: true, anchor: anchor.subject.toString(), chain: certificates.map(certificateJson) };
}

function chainText(file: string, { certificates, anchor }: VerifiedChain): string {
  const names = certificates.map(each => each.subject.toString() || 'no subject');
  if (anchor.certificate === undefined) names.push(anchor.subject.toString());
  return `${file}: verified\n${names.map((name, i) => `  ${i}: ${name}`).join('\n')}`;
}
