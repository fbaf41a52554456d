// castls cert ca, issue, self-signed and csr: what comes with a key of its own.

import { existsSync } from 'node:fs';
import {
  alternativeName,
  type Certificate,
  createCertificateRequest,
  formatPem,
  issueCertificate,
  issueSelfSigned,
  type PrivateKey,
  parseCertificate,
  type Signer,
  type SigningIssuer,
  samePublicKey,
  signerOf,
  TlsError,
} from '../x509.ts';
import {
  type ContentFlags,
  commonName,
  contentOf,
  givenSubject,
  type IssuedContent,
  LEAF_DAYS,
  usageOf,
} from './cert_content.ts';
import { checkFree, type KeyFlags, newKey, writeKey, writePublic } from './cert_files.ts';
import { certificateJson, requestJson } from './cert_summary.ts';
import { readInput } from './files.ts';
import { readKey } from './objects.ts';
import { newPassphraseOf } from './passphrase.ts';

export interface OutputFlags {
  readonly out?: string;
  readonly chain?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

export interface CaFlags {
  readonly ca: string;
  readonly caKey: string;
  readonly caPassphrase?: string;
}

export interface IssueFlags extends ContentFlags, KeyFlags, CaFlags, OutputFlags {
  readonly challengePassword?: string;
}

export async function makeCa(flags: IssueFlags): Promise<void> {
  const content = contentOf({ ...flags, profile: 'ca' }, flags.san ?? [], { profile: 'ca', days: 3650 });
  await withKey(flags, 'ca', key => issueSelfSigned({ ...content, publicKey: key }, { key }));
}

export async function issueLeaf(given: string[], flags: IssueFlags): Promise<void> {
  const content = namedContent(given, flags);
  const { certificate, issuer, dispose } = await caOf(flags);
  try {
    await withKey(
      flags,
      baseName(content),
      key => issueCertificate({ ...withinIssuer(content, certificate, flags), publicKey: key }, issuer),
      certificate,
    );
  } finally {
    dispose();
  }
}

export async function selfSign(given: string[], flags: IssueFlags): Promise<void> {
  const content = namedContent(given, flags);
  await withKey(flags, baseName(content), key => issueSelfSigned({ ...content, publicKey: key }, { key }));
}

export async function makeRequest(given: string[], flags: IssueFlags): Promise<void> {
  const altNames = [...given, ...(flags.san ?? [])];
  const subject = givenSubject(flags.subject) ?? subjectOf(altNames);
  if (altNames.length === 0 && subject === '') throw nobody();
  const base = baseName({ subject, altNames });
  const out = flags.out ?? `${base}.csr`;
  const { key, keyFile } = await openKey(flags, base, out);
  try {
    const { challengePassword } = flags;
    const request = await createCertificateRequest(
      { ...usageOf(flags), altNames, subject, challengePassword },
      { key },
    );
    saveKey(flags, keyFile, key);
    writePublic(out, formatPem('CERTIFICATE REQUEST', request.der));
    report(flags, out, keyFile, requestJson(request));
  } finally {
    key.dispose();
  }
}

/** What arguments, flags and template say; the subject is the first name unless one is given. @throws for nobody */
function namedContent(given: readonly string[], flags: IssueFlags): IssuedContent {
  const names = [...given, ...(flags.san ?? [])];
  const defaults = { profile: 'server', days: LEAF_DAYS, subject: subjectOf(names) } as const;
  const content = contentOf(flags, names, defaults);
  if (content.altNames?.length === 0 && content.subject === '') throw nobody();
  return content;
}

function nobody(): TlsError {
  return new TlsError(
    'ERR_INVALID_ARGUMENT',
    'say whom it is for: a DNS name, an IP address, a mailbox or a URI, or --subject',
  );
}

/** "CN=" and the first name, where it fits into 64 characters (RFC 5280 appendix A.1). */
export function subjectOf(names: readonly string[]): string {
  if (names.length === 0) return '';
  const name = alternativeName(names[0]);
  const text =
    /^(dns|email)$/.test(name.type) && 'value' in name ? String(name.value) : names[0].replace(/^[A-Za-z]+:/, '');
  if (name.type === 'uri' || name.type === 'directory' || [...text].length > 64) return '';
  return commonName(name.type === 'ip' ? names[0].replace(/^IP:/i, '') : text);
}

/** A key of a file or a new one; files that are there are not written over. */
export async function openKey(
  flags: IssueFlags,
  base: string,
  out: string,
): Promise<{ key: PrivateKey; keyFile?: string }> {
  const given = flags.key !== undefined && (flags.key === '-' || existsSync(flags.key));
  const keyFile = given ? undefined : (flags.keyOut ?? flags.key ?? `${base}.key`);
  checkFree([out, keyFile], flags.force);
  return { key: given ? await readKey(flags.key!, flags) : await newKey(flags), keyFile };
}

export function saveKey(flags: IssueFlags, file: string | undefined, key: PrivateKey): void {
  if (file !== undefined) writeKey(file, key, newPassphraseOf(flags.passphrase, file));
}

async function withKey(
  flags: IssueFlags,
  base: string,
  make: (key: PrivateKey) => Promise<Certificate>,
  issuer?: Certificate,
): Promise<void> {
  const out = flags.out ?? `${base}.crt`;
  const { key, keyFile } = await openKey(flags, base, out);
  try {
    const certificate = await make(key);
    saveKey(flags, keyFile, key);
    writeCertificate(flags, out, certificate, issuer);
    report(flags, out, keyFile, certificateJson(certificate));
  } finally {
    key.dispose();
  }
}

/** The certificate in PEM; with --chain the issuer's behind it, unless that is a root, which its readers have. */
export function writeCertificate(
  flags: OutputFlags,
  out: string,
  certificate: Certificate,
  issuer?: Certificate,
): void {
  const chain = flags.chain && issuer !== undefined && !issuer.selfIssued ? [certificate, issuer] : [certificate];
  writePublic(out, chain.map(({ der }) => formatPem('CERTIFICATE', der)).join(''));
}

/** Without --not-after a certificate ends with its issuer at the latest. */
export function withinIssuer(content: IssuedContent, ca: Certificate, flags: ContentFlags): IssuedContent {
  if (flags.notAfter !== undefined) return content;
  return { ...content, notAfter: Math.min(Number(content.notAfter), ca.notAfter) };
}

/** The CA of --ca and --ca-key. */
export async function caOf(
  flags: CaFlags,
): Promise<{ certificate: Certificate; issuer: SigningIssuer & { signer: Signer }; dispose(): void }> {
  const certificate = parseCertificate(readInput(flags.ca));
  const key = await readKey(flags.caKey, { passphrase: flags.caPassphrase });
  if (!samePublicKey(certificate.publicKey, key.publicKey)) {
    key.dispose();
    throw new TlsError(
      'ERR_INVALID_ARGUMENT',
      `the key in ${flags.caKey} is not that of the certificate in ${flags.ca}`,
    );
  }
  return { certificate, issuer: { certificate, signer: signerOf(key) }, dispose: () => key.dispose() };
}

/** The first name, or else the common name, as the beginning of a file's. */
export function baseName({ altNames, subject }: Pick<IssuedContent, 'altNames' | 'subject'>): string {
  const first = altNames?.[0];
  const name =
    typeof first === 'string' ? first.replace(/^[A-Za-z0-9]+:(?!\/\/)/, '') : `${subject}`.replace(/^\/?\w+ *= */, '');
  return (
    name
      .replace(/^\*\./, 'wildcard.')
      .replace(/[^A-Za-z0-9._@-]+/g, '_')
      .slice(0, 100) || 'certificate'
  );
}

export function report(flags: OutputFlags, out: string, keyFile: string | undefined, summary: object): void {
  // What goes to standard output is the result itself, and nothing else may.
  const stream = out === '-' || keyFile === '-' ? process.stderr : process.stdout;
  if (flags.json) return void stream.write(`${JSON.stringify({ out, keyOut: keyFile ?? null, ...summary })}\n`);
  if (keyFile !== undefined) stream.write(`wrote ${keyFile} (private key)\n`);
  const { subject, fingerprint256 } = summary as { subject: string; fingerprint256?: string };
  stream.write(`wrote ${out} (${subject || 'no subject'}${fingerprint256 ? `, SHA-256 ${fingerprint256}` : ''})\n`);
}
