// castls verify: is this certificate good, for this name, at this time?

import { type Command, Option } from 'commander';
import { mozillaRoots } from '../roots.ts';
import {
  type Certificate,
  CertificateError,
  type Crl,
  type Name,
  parseCrl,
  parseOcspResponse,
  revocation,
  TlsError,
  type TrustAnchor,
  trustAnchor,
  type VerifiedChain,
  verifyCertificateChain,
} from '../x509.ts';
import { parseTime, readBlocks } from './cert_files.ts';
import { certificateJson } from './cert_summary.ts';
import { codeOf, fail } from './failure.ts';
import { readInput } from './files.ts';
import { collect } from './flags.ts';
import { inFile, readChain, readTrustFile } from './trust.ts';

interface VerifyFlags {
  readonly ca: string[];
  readonly untrusted?: string[];
  readonly name?: string;
  readonly purpose?: string;
  readonly crl?: string[];
  readonly crlCheck?: 'leaf' | 'chain';
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
    .option('--crl <file>', 'revocation lists; the chain must then be known to be good; several times', collect)
    .addOption(new Option('--crl-check <scope>', 'with --crl: default chain').choices(['leaf', 'chain']))
    .option('--ocsp <file>', 'an OCSP response about it, DER')
    .option('--time <time>', 'instead of now: 2026-11-23T12:00:00Z, or seconds since 1970')
    .option('--json', 'the outcome as JSON')
    .action((file: string, flags: VerifyFlags) => void run(file, flags).catch(fail));
}

async function run(file: string, flags: VerifyFlags): Promise<void> {
  const [leaf, ...sent] = readChain(file);
  const crls = (flags.crl ?? []).flatMap(readCrls);
  const ocspResponses = flags.ocsp === undefined ? [] : [parseOcspResponse(new Uint8Array(readInput(flags.ocsp)))];
  if (flags.crlCheck !== undefined && crls.length === 0) {
    throw new TlsError('ERR_INVALID_ARGUMENT', '--crl-check says what is looked up in the lists of --crl: give those');
  }
  const mode = crls.length + ocspResponses.length > 0 ? 'require' : 'if-available';
  // An OCSP response alone speaks of the leaf.
  const scope = crls.length > 0 ? (flags.crlCheck ?? 'chain') : 'leaf';
  try {
    const chain = await verifyCertificateChain({
      leaf,
      intermediates: [...sent, ...(flags.untrusted ?? []).flatMap(readTrustFile)],
      anchors: flags.ca.flatMap(anchorsOf),
      time: flags.time === undefined ? Date.now() : parseTime(flags.time),
      serverName: flags.name,
      purpose: flags.purpose,
      checks: [revocation({ crls, ocspResponses, mode, scope, mustStaple: false })],
    });
    process.stdout.write(flags.json ? `${JSON.stringify(chainJson(chain))}\n` : `${chainText(file, chain)}\n`);
  } catch (error) {
    if (!flags.json || !(error instanceof CertificateError)) throw error;
    const { message, rule, fix, index } = error;
    process.stdout.write(`${JSON.stringify({ verified: false, code: codeOf(error), message, rule, fix, index })}\n`);
    process.exitCode = 1;
  }
}

/** The lists of a file. @throws the fault of one with its file and number */
function readCrls(file: string): Crl[] {
  return readBlocks(file, ['X509 CRL', 'CRL']).map((der, i) => {
    try {
      return parseCrl(der);
    } catch (error) {
      throw error instanceof TlsError ? inFile(file, `list ${i + 1}`, error) : error;
    }
  });
}

function anchorsOf(file: string): readonly TrustAnchor[] {
  return file === 'mozilla' ? mozillaRoots() : readTrustFile(file).map(each => trustAnchor(each));
}

function chainJson({ certificates, anchor }: VerifiedChain) {
  return { verified: true, anchor: nameText(anchor.subject), chain: certificates.map(summaryOf) };
}

/** A chain that was verified is reported, whatever in it cannot be shown. */
function summaryOf(certificate: Certificate) {
  try {
    return certificateJson(certificate);
  } catch (error) {
    const unreadable = error instanceof Error ? error.message : `${error}`;
    return { subject: nameText(certificate.subject), unreadable, der: Buffer.from(certificate.der).toString('base64') };
  }
}

function chainText(file: string, { certificates, anchor }: VerifiedChain): string {
  const names = certificates.map(each => nameText(each.subject));
  if (anchor.certificate === undefined) names.push(nameText(anchor.subject));
  return `${file}: verified\n${names.map((name, i) => `  ${i}: ${name}`).join('\n')}`;
}

function nameText(name: Name): string {
  try {
    return name.toString() || 'no subject';
  } catch {
    return `a subject that cannot be read (#${Buffer.from(name.der).toString('hex')})`;
  }
}
