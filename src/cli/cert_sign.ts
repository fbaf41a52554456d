// castls cert sign and renew: certificates for keys that others hold or that were certified before, and what of the request
// or the old certificate they take over.

import { existsSync } from 'node:fs';
import {
  type Certificate,
  type CertificateRequest,
  type Extension,
  type ExtensionInput,
  extensionName,
  extensionOids,
  generalNameText,
  issueCertificate,
  issueSelfSigned,
  type PrivateKey,
  parseCertificate,
  parseCertificateRequest,
  samePublicKey,
  TlsError,
  verifyCertificateRequest,
} from '../x509.ts';
import { contentOf, datesOf, givenSubject, type IssuedContent, LEAF_DAYS } from './cert_content.ts';
import { checkFree, newKey, writeKey } from './cert_files.ts';
import { type CaFlags, caOf, type IssueFlags, report, withinIssuer, writeCertificate } from './cert_issue.ts';
import { certificateJson } from './cert_summary.ts';
import { readInput } from './files.ts';
import { readKey } from './objects.ts';
import { newPassphraseOf } from './passphrase.ts';

const DAY = 86_400_000;

export interface SignFlags extends IssueFlags {
  readonly copyExtensions?: string;
}

/** What became of each part of a request. */
export interface Taken {
  readonly taken: readonly string[];
  readonly dropped: readonly string[];
}

export async function signRequest(file: string, flags: SignFlags): Promise<void> {
  const out = flags.out ?? `${file === '-' ? 'request' : file.replace(/\.(csr|req|pem|der)$/i, '')}.crt`;
  checkFree([out], flags.force);
  const request = parseCertificateRequest(readInput(file));
  await verifyCertificateRequest(request);
  const { certificate: ca, issuer, dispose } = await caOf(flags);
  try {
    const { content, ...taken } = contentFor(request, flags);
    const made = await issueCertificate({ ...withinIssuer(content, ca, flags), publicKey: request }, issuer);
    writeCertificate(flags, out, made, ca);
    reportTaken(flags, out, taken, made);
  } finally {
    dispose();
  }
}

/** What a certificate for `request` is to say. @param directory of a CA with templates */
export function contentFor(
  request: CertificateRequest,
  flags: SignFlags,
  directory?: string,
): Taken & { readonly content: IssuedContent } {
  const content = contentOf(flags, flags.san ?? [], { profile: 'server', days: LEAF_DAYS }, directory);
  const wanted = copyRule(flags.copyExtensions);
  const taken: string[] = [];
  const dropped: string[] = [];
  const own: { -readonly [Name in 'subject' | 'altNames']?: IssuedContent[Name] } = {};
  if (content.subject === '' && !request.subject.empty) {
    own.subject = request.subject;
    taken.push(`subject ${request.subject}`);
  } else if (!request.subject.empty) dropped.push(`subject ${request.subject} (another one was given)`);
  const copied: ExtensionInput[] = [];
  for (const extension of request.extensions.values()) {
    const why = whyNot(extension, wanted, content, flags);
    const name = extensionName(extension.oid) ?? extension.oid;
    if (why !== undefined) dropped.push(`${name} (${why})`);
    else if (extension.oid === extensionOids.subjectAltName) {
      // Written anew: whether it is critical depends on the subject.
      own.altNames = request.subjectAltName;
      taken.push(`${name} ${(request.subjectAltName ?? []).map(generalNameText).join(', ')}`);
    } else {
      copied.push(extension);
      taken.push(name);
    }
  }
  if (request.challengePassword !== undefined) dropped.push('challengePassword (it stands in no certificate)');
  const extensions = [...copied, ...(content.extensions ?? [])];
  return { content: { ...content, ...own, ...(extensions.length > 0 ? { extensions } : {}) }, taken, dropped };
}

type CopyRule = (oid: string, name: string) => boolean;

/** "names" (the default), "none", "all", or a list of extensions by name or identifier. */
function copyRule(which = 'names'): CopyRule {
  if (which === 'names') return oid => oid === extensionOids.subjectAltName;
  if (which === 'none') return () => false;
  if (which === 'all') return () => true;
  const list = which.split(',').map(each => each.trim().toLowerCase());
  const known = Object.keys(extensionOids).map(name => name.toLowerCase());
  const wrong = list.find(each => !known.includes(each) && !/^[0-2](\.\d+)+$/.test(each));
  if (wrong !== undefined) {
    throw new TlsError(
      'ERR_INVALID_ARGUMENT',
      `--copy-extensions ${wrong}: it is none, names, all, or a list of extensions such as keyUsage,extendedKeyUsage`,
    );
  }
  return (oid, name) => list.includes(oid) || list.includes(name.toLowerCase());
}

/** What the CA alone says, whatever is asked for. */
const ofTheCa: ReadonlySet<string> = new Set([
  extensionOids.authorityKeyIdentifier,
  extensionOids.subjectKeyIdentifier,
  extensionOids.signedCertificateTimestamps,
]);
/** What makes a CA, for a certificate that is to be one. */
const ofAuthorities: ReadonlySet<string> = new Set([
  extensionOids.basicConstraints,
  extensionOids.nameConstraints,
  extensionOids.policyConstraints,
  extensionOids.policyMappings,
  extensionOids.inhibitAnyPolicy,
]);

function whyNot({ oid }: Extension, wanted: CopyRule, content: IssuedContent, flags: SignFlags): string | undefined {
  if (ofTheCa.has(oid)) return 'the CA writes its own';
  if (!wanted(oid, extensionName(oid) ?? oid)) {
    return oid === extensionOids.subjectAltName
      ? '--copy-extensions'
      : `the profile decides; --copy-extensions takes it`;
  }
  if (ofAuthorities.has(oid)) return 'the profile decides who is a CA';
  if (oid === extensionOids.subjectAltName && flags.san !== undefined) return 'other names were given';
  if (oid === extensionOids.keyUsage && content.keyUsage !== undefined) return 'other usages were given';
  if (oid === extensionOids.extendedKeyUsage && content.extendedKeyUsage !== undefined)
    return 'other purposes were given';
  return undefined;
}

export function reportTaken(
  flags: SignFlags,
  out: string,
  { taken, dropped }: Taken,
  made: Certificate,
  more = {},
): void {
  report(flags, out, undefined, { ...certificateJson(made), ...more, taken, dropped });
  if (flags.json) return;
  const stream = out === '-' ? process.stderr : process.stdout;
  stream.write(`  from the request: ${taken.join('; ') || 'the key alone'}\n`);
  if (dropped.length > 0) stream.write(`  not taken over: ${dropped.join('; ')}\n`);
}

export interface RenewFlags extends Partial<CaFlags>, Omit<IssueFlags, keyof CaFlags> {
  readonly newKey?: boolean;
}

/** The same names and rights for another time: by the CA, or by its own key where it was signed by that. */
export async function renewCertificate(file: string, flags: RenewFlags): Promise<void> {
  const old = parseCertificate(readInput(file));
  const out = flags.out ?? file;
  checkFree([out, flags.newKey ? flags.keyOut : undefined], flags.force);
  if (flags.ca === undefined && !old.selfIssued) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `"${old.issuer}" issued it: give its --ca and --ca-key`);
  }
  const key = await renewalKey(file, old, flags);
  const keyFile = flags.newKey ? (flags.keyOut ?? `${file.replace(/\.(crt|cer|pem|der)$/i, '')}.key`) : undefined;
  if (keyFile !== undefined) checkFree([keyFile], flags.force);
  try {
    const made = await renewed(old, flags, key);
    if (keyFile !== undefined) writeKey(keyFile, key!, newPassphraseOf(flags.passphrase, keyFile));
    writeCertificate(flags, out, made);
    report(flags, out, keyFile, certificateJson(made));
  } finally {
    key?.dispose();
  }
}

/** A new key, or the old one where it has to sign; undefined where the old public key is all that is needed. */
async function renewalKey(file: string, old: Certificate, flags: RenewFlags): Promise<PrivateKey | undefined> {
  if (flags.newKey) return newKey(flags);
  if (flags.ca !== undefined) return undefined;
  if (flags.key === undefined || !existsSync(flags.key)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `${file} is signed by its own key: give it with --key, or --new-key`);
  }
  const key = await readKey(flags.key, flags);
  if (samePublicKey(key.publicKey, old.publicKey)) return key;
  key.dispose();
  throw new TlsError('ERR_INVALID_ARGUMENT', `the key in ${flags.key} is not that of the certificate in ${file}`);
}

async function renewed(old: Certificate, flags: RenewFlags, key: PrivateKey | undefined): Promise<Certificate> {
  const content = renewalContent(old, flags);
  const publicKey = key ?? old.publicKey;
  if (flags.ca === undefined || flags.caKey === undefined) return issueSelfSigned({ ...content, publicKey }, { key });
  const { certificate, issuer, dispose } = await caOf({ ...flags, ca: flags.ca, caKey: flags.caKey });
  try {
    if (!certificate.subject.equals(old.issuer)) {
      throw new TlsError('ERR_INVALID_ARGUMENT', `"${old.issuer}" issued it, not "${certificate.subject}"`);
    }
    return await issueCertificate({ ...withinIssuer(content, certificate, flags), publicKey }, issuer);
  } finally {
    dispose();
  }
}

/** What an old certificate says, for another time; it lives as long as it did. */
export function renewalContent(
  old: Certificate,
  flags: Pick<RenewFlags, 'days' | 'notBefore' | 'notAfter' | 'subject'>,
): IssuedContent {
  const days = flags.days ?? `${Math.max(1, Math.round((old.notAfter - old.notBefore) / DAY))}`;
  return {
    ...datesOf({ ...flags, days }),
    profile: old.basicConstraints?.ca ? 'ca' : 'custom',
    subject: givenSubject(flags.subject) ?? old.subject,
    altNames: old.subjectAltName ?? [],
    extensions: [...old.extensions.values()].filter(({ oid }) => !ofTheCa.has(oid)),
  };
}

/** Exit code where a certificate need not be renewed yet: 1 is for what fails. */
export const NOT_YET = 3;

export function needsRenewal(file: string, flags: { readonly days: string; readonly json?: boolean }): void {
  const days = Number(flags.days);
  if (!(days >= 0)) throw new TlsError('ERR_INVALID_ARGUMENT', `--days ${flags.days} is no number`);
  const { notAfter, subject } = parseCertificate(readInput(file));
  const left = Math.floor((notAfter - Date.now()) / DAY);
  const due = notAfter - Date.now() < days * DAY;
  const summary = { file, subject: `${subject}`, notAfter: new Date(notAfter).toISOString(), daysLeft: left, due };
  const text = `${file}: ${left < 0 ? 'expired' : `${left} days left`}, ${due ? 'to be renewed' : 'not to be renewed yet'}`;
  process.stdout.write(`${flags.json ? JSON.stringify(summary) : text}\n`);
  process.exitCode = due ? 0 : NOT_YET;
}
