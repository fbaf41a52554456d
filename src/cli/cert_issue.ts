// castls cert ca, issue, self-signed, csr and sign.

import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import {
  alternativeName,
  type Certificate,
  type CertificateContent,
  createCertificateRequest,
  formatPem,
  type IssueProfile,
  issueCertificate,
  issueSelfSigned,
  type PrivateKey,
  parseCertificateRequest,
  parsePrivateKey,
  type SigningIssuer,
  samePublicKey,
  signerOf,
  TlsError,
  verifyCertificateRequest,
} from '../x509.ts';
import {
  checkFree,
  type KeyFlags,
  keyOf,
  keyTypes,
  parseTime,
  readBlocks,
  readCertificates,
  writeKey,
  writePublic,
} from './cert_files.ts';
import { certificateJson, requestJson } from './cert_summary.ts';
import { readInput } from './files.ts';
import { collect } from './flags.ts';

const DAY = 86_400_000;
/** Leaves live 90 days unless told otherwise; the clock of whoever reads them may be an hour behind. */
const LEAF_DAYS = 90;
const CLOCK_SKEW = 3_600_000;

export interface IssueFlags extends KeyFlags {
  readonly ca: string;
  readonly caKey: string;
  readonly caPassphrase?: string;
  readonly profile?: IssueProfile;
  readonly subject?: string;
  readonly san?: string[];
  readonly permit?: string[];
  readonly pathLength?: number;
  readonly days?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly mustStaple?: boolean;
  readonly crlUri?: string[];
  readonly ocspUri?: string[];
  readonly challengePassword?: string;
  readonly out?: string;
  readonly json?: boolean;
}

interface FlagChoice {
  /** Default days, or null for no dates at all. */
  readonly days?: number | null;
  readonly ca?: boolean;
  readonly profile?: boolean;
  readonly key?: boolean;
}

export function addIssueFlags(
  command: Command,
  { days = LEAF_DAYS, ca, profile = ca, key = true }: FlagChoice,
): Command {
  if (ca) {
    command
      .requiredOption('--ca <file>', 'certificate of the CA, PEM')
      .requiredOption('--ca-key <file>', 'key of the CA, PEM')
      .option('--ca-passphrase <text>', 'of an encrypted CA key');
  }
  if (profile) {
    const choices = ['server', 'client', 'server-client', 'ca', 'ocsp-signing'];
    command
      .addOption(new Option('--profile <name>', 'what it is for').choices(choices).default('server'))
      .option('--crl-uri <uri>', 'where the CRL of the CA is; several times', collect)
      .option('--ocsp-uri <uri>', 'where OCSP answers are; several times', collect);
  }
  if (days !== null) {
    command
      .option('--days <n>', 'how long it is valid', `${days}`)
      .option('--not-before <time>', 'instead of an hour ago, such as 2026-11-23T12:00:00Z')
      .option('--not-after <time>', 'instead of --days');
  }
  if (key) {
    command
      .option('--key <file>', 'a key that is there; if the file is not, a new key goes there')
      .option('--key-type <type>', `of the new key: ${keyTypes.join(', ')}`, 'p256')
      .option('--bits <n>', 'of a new RSA key; default 3072', Number)
      .option('--key-out <file>', 'where the new key goes, for its owner alone')
      .option('--passphrase <text>', 'encrypts the new key, decrypts that of --key');
    if (!ca || profile) command.option('--must-staple', 'the server must staple OCSP responses (RFC 7633)');
  } else command.option('--must-staple', 'the server must staple OCSP responses (RFC 7633)');
  return command
    .option('--san <name>', 'a name as above; of a request: instead of its own; several times', collect)
    .option('--out <file>', 'where the result goes, PEM; "-" is standard output')
    .option('--force', 'write over files that are there')
    .option('--json', 'a summary as JSON');
}

export async function makeCa(flags: IssueFlags): Promise<void> {
  await withKey(flags, 'ca', async key => {
    const permitted = (flags.permit ?? []).map(value => ({ type: 'dns', value }) as const);
    const content = {
      ...contentOf(flags, key, []),
      profile: 'ca',
      nameConstraints: permitted.length > 0 ? { permitted, excluded: [] } : undefined,
    } as const;
    return issueSelfSigned(content, { signer: signerOf(key) });
  });
}

export async function issueLeaf(given: string[], flags: IssueFlags): Promise<void> {
  const names = namesOf(given, flags);
  const { certificate, issuer, dispose } = caOf(flags);
  try {
    await withKey(flags, baseName(names[0]), key => {
      const content = { ...contentOf(flags, key, names), profile: flags.profile ?? 'server' };
      return issueCertificate(withinIssuer(content, certificate, flags), issuer);
    });
  } finally {
    dispose();
  }
}

export async function selfSign(given: string[], flags: IssueFlags): Promise<void> {
  const names = namesOf(given, flags);
  await withKey(flags, baseName(names[0]), key => {
    const content = { ...contentOf(flags, key, names), profile: flags.profile ?? 'server' };
    return issueSelfSigned(content, { signer: signerOf(key) });
  });
}

export async function makeRequest(given: string[], flags: IssueFlags): Promise<void> {
  const names = namesOf(given, flags);
  const base = baseName(names[0]);
  const out = flags.out ?? `${base}.csr`;
  const { key, keyFile } = await openKey(flags, base, out);
  try {
    const { challengePassword, mustStaple } = flags;
    const subject = givenSubject(flags.subject) ?? subjectOf(names);
    const content = { publicKey: key.publicKey, altNames: names, subject, mustStaple, challengePassword };
    const request = await createCertificateRequest(content, { signer: signerOf(key) });
    if (keyFile !== undefined) writeKey(keyFile, key, flags.passphrase);
    writePublic(out, formatPem('CERTIFICATE REQUEST', request.der));
    report(flags, out, keyFile, requestJson(request));
  } finally {
    key.dispose();
  }
}

export async function signRequest(file: string, flags: IssueFlags): Promise<void> {
  const request = parseCertificateRequest(readBlocks(file, ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'])[0]);
  await verifyCertificateRequest(request);
  const out = flags.out ?? `${file.replace(/\.(csr|req|pem|der)$/i, '')}.crt`;
  checkFree([out], flags.force);
  const { certificate, issuer, dispose } = caOf(flags);
  try {
    const content = {
      ...datesOf(flags),
      profile: flags.profile ?? 'server',
      subject: givenSubject(flags.subject) ?? request.subject,
      publicKey: request.publicKey,
      altNames: flags.san ?? request.subjectAltName ?? [],
      pathLength: flags.pathLength,
      mustStaple: flags.mustStaple,
      crlUris: flags.crlUri,
      ocspUris: flags.ocspUri,
    };
    const made = await issueCertificate(withinIssuer(content, certificate, flags), issuer);
    writePublic(out, formatPem('CERTIFICATE', made.der));
    report(flags, out, undefined, certificateJson(made));
  } finally {
    dispose();
  }
}

/** The names of the arguments and of --san. @throws ERR_INVALID_ARGUMENT for none */
function namesOf(given: readonly string[], { san = [] }: IssueFlags): string[] {
  const names = [...given, ...san];
  if (names.length > 0) return names;
  throw new TlsError('ERR_INVALID_ARGUMENT', 'say whom it is for: a DNS name, an IP address, a mailbox or a URI');
}

/** A subject as given: text without "=" is a common name. */
function givenSubject(subject: string | undefined): string | undefined {
  return subject === undefined || subject === '' || subject.includes('=') ? subject : commonName(subject);
}

function commonName(text: string): string {
  return `CN=${text.replace(/[,+"\\<>;#= ]/g, '\\$&')}`;
}

/** A key of a file or a new one; files that are there are not written over. */
async function openKey(flags: IssueFlags, base: string, out: string): Promise<{ key: PrivateKey; keyFile?: string }> {
  const given = flags.key !== undefined && existsSync(flags.key);
  const keyFile = given ? undefined : (flags.keyOut ?? flags.key ?? `${base}.key`);
  checkFree([out, keyFile], flags.force);
  return { key: await keyOf(flags, given), keyFile };
}

async function withKey(
  flags: IssueFlags,
  base: string,
  make: (key: PrivateKey) => Promise<Certificate>,
): Promise<void> {
  const out = flags.out ?? `${base}.crt`;
  const { key, keyFile } = await openKey(flags, base, out);
  try {
    const certificate = await make(key);
    if (keyFile !== undefined) writeKey(keyFile, key, flags.passphrase);
    writePublic(out, formatPem('CERTIFICATE', certificate.der));
    report(flags, out, keyFile, certificateJson(certificate));
  } finally {
    key.dispose();
  }
}

function contentOf(flags: IssueFlags, key: PrivateKey, names: readonly string[]): Omit<CertificateContent, 'profile'> {
  return {
    ...datesOf(flags),
    subject: givenSubject(flags.subject) ?? subjectOf(names),
    publicKey: key.publicKey,
    altNames: names,
    pathLength: flags.pathLength,
    mustStaple: flags.mustStaple,
    crlUris: flags.crlUri,
    ocspUris: flags.ocspUri,
  };
}

/** "CN=" and the first name, where it fits into 64 characters (RFC 5280 appendix A.1). */
function subjectOf(names: readonly string[]): string {
  const [name] = names.map(alternativeName);
  const text = name.type === 'ip' ? names[0].replace(/^IP:/i, '') : 'value' in name ? String(name.value) : '';
  return text === '' || text.length > 64 ? '' : commonName(text);
}

function datesOf(flags: IssueFlags): { notBefore: number; notAfter: number } {
  const now = Math.floor(Date.now() / 1000) * 1000;
  const notBefore = flags.notBefore === undefined ? now - CLOCK_SKEW : parseTime(flags.notBefore);
  if (flags.notAfter !== undefined) return { notBefore, notAfter: parseTime(flags.notAfter) };
  const days = Number(flags.days);
  if (!(days > 0 && days < 1_000_000)) throw new TlsError('ERR_INVALID_ARGUMENT', `--days ${flags.days} is no number`);
  return { notBefore, notAfter: (flags.notBefore === undefined ? now : notBefore) + days * DAY };
}

/** Without --not-after a certificate ends with its issuer at the latest. */
function withinIssuer(content: CertificateContent, ca: Certificate, flags: IssueFlags): CertificateContent {
  return flags.notAfter === undefined
    ? { ...content, notAfter: Math.min(Number(content.notAfter), ca.notAfter) }
    : content;
}

/** The CA of --ca and --ca-key. */
export function caOf(flags: Pick<IssueFlags, 'ca' | 'caKey' | 'caPassphrase'>): {
  certificate: Certificate;
  issuer: SigningIssuer;
  dispose(): void;
} {
  const [certificate] = readCertificates(flags.ca);
  const key = parsePrivateKey(readInput(flags.caKey), { passphrase: flags.caPassphrase });
  if (!samePublicKey(certificate.publicKey, key.publicKey)) {
    key.dispose();
    throw new TlsError(
      'ERR_INVALID_ARGUMENT',
      `the key in ${flags.caKey} is not that of the certificate in ${flags.ca}`,
    );
  }
  return { certificate, issuer: { certificate, signer: signerOf(key) }, dispose: () => key.dispose() };
}

/** A name as the beginning of a file's. */
function baseName(name: string): string {
  return name
    .replace(/^(DNS|IP|email|URI):/i, '')
    .replace(/^\*\./, 'wildcard.')
    .replace(/[^A-Za-z0-9._@-]+/g, '_');
}

function report(flags: IssueFlags, out: string, keyFile: string | undefined, summary: object): void {
  // What goes to standard output is the result itself, and nothing else may.
  const stream = out === '-' || keyFile === '-' ? process.stderr : process.stdout;
  if (flags.json) return void stream.write(`${JSON.stringify({ out, keyOut: keyFile ?? null, ...summary })}\n`);
  if (keyFile !== undefined) stream.write(`wrote ${keyFile} (private key)\n`);
  const { subject, fingerprint256 } = summary as { subject: string; fingerprint256?: string };
  stream.write(`wrote ${out} (${subject || 'no subject'}${fingerprint256 ? `, SHA-256 ${fingerprint256}` : ''})\n`);
}
