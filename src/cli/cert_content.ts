// Flags and templates to what a certificate or a request is to say. A template is a JSON file with the names of
// CertificateContent (castls/x509), and "days".

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type CertificateContent,
  type ExtensionInput,
  type IssueProfile,
  keyUsages,
  purposes,
  TlsError,
} from '../x509.ts';
import { parseTime } from './cert_files.ts';
import { readInput } from './files.ts';
import { collect } from './flags.ts';

const DAY = 86_400_000;
/** End entities live 90 days unless told otherwise; the clock of whoever reads them may be an hour behind. */
export const LEAF_DAYS = 90;
const CLOCK_SKEW = 3_600_000;

export const profileNames: readonly IssueProfile[] = [
  'server',
  'client',
  'server-client',
  'ca',
  'ocsp-signing',
  'email',
  'code-signing',
  'time-stamping',
  'document-signing',
  'smart-card-logon',
  'custom',
];

/** What of a certificate flags can say. */
export interface ContentFlags {
  readonly template?: string;
  readonly profile?: IssueProfile;
  readonly subject?: string;
  readonly san?: string[];
  readonly usage?: string[];
  readonly purpose?: string[];
  readonly policy?: string[];
  readonly extension?: string[];
  readonly acme?: string;
  readonly permit?: string[];
  readonly exclude?: string[];
  readonly otherKinds?: 'exclude' | 'free';
  readonly pathLength?: number;
  readonly mustStaple?: boolean;
  readonly delegation?: boolean;
  readonly crlUri?: string[];
  readonly ocspUri?: string[];
  readonly issuerUri?: string[];
  readonly serial?: string;
  readonly days?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
}

const list = (text: string) => text.split(',').map(each => each.trim());

/** Flags for the usages and extensions of a certificate or a request. */
export function addUsageFlags(command: Command): Command {
  return command
    .option('--san <name>', 'a further name; several times', collect)
    .option('--usage <list>', `key usages instead of those of the profile: ${Object.keys(keyUsages).join(', ')}`, list)
    .option(
      '--purpose <list>',
      `extended key usages instead of those of the profile, by identifier or name: ${Object.keys(purposes).join(', ')}`,
      list,
    )
    .option(
      '--extension <oid=value>',
      'a further extension: [critical,] and the hex of its DER, or @ and a file with it; several times',
      collect,
    )
    .option('--must-staple', 'the server must staple OCSP responses (RFC 7633)');
}

/** Flags of everything that is issued. */
export function addContentFlags(command: Command, days: number | null, profile: boolean): Command {
  if (profile)
    command.addOption(new Option('--profile <name>', 'what it is for; default server').choices(profileNames));
  if (profile) command.option('--delegation', 'its key may delegate to others, with "cert delegate" (RFC 9345)');
  addUsageFlags(command)
    .option('--template <file>', 'JSON with what the certificate says; flags go before it')
    .option('--policy <oid>', 'a certificate policy; several times', collect)
    .option('--crl-uri <uri>', 'where the CRL of the CA is; several times', collect)
    .option('--ocsp-uri <uri>', 'where OCSP answers are; several times', collect)
    .option('--issuer-uri <uri>', 'where the certificate of the CA is; several times', collect)
    .option('--serial <hex>', 'serial number; default 20 random octets');
  const lifetime =
    days === null ? 'how long it is valid; default as long as it was' : `how long it is valid; default ${days}`;
  return command
    .option('--days <n>', lifetime)
    .option('--not-before <time>', 'instead of an hour ago, such as 2026-11-23T12:00:00Z')
    .option('--not-after <time>', 'instead of --days');
}

/** Flags of certificates that may be CAs. */
export function addAuthorityFlags(command: Command, wholeNumber: (text: string) => number): Command {
  const subtree = 'DNS, IP, email, URI or dirName subtree, such as example.com or IP:10.0.0.0/8';
  return command
    .option('--path-length <n>', 'of a CA: most CAs below it', wholeNumber)
    .option('--permit <name>', `of a CA: a ${subtree} that it may name, and nothing else; several times`, collect)
    .option('--exclude <name>', `of a CA: a ${subtree} that it must not name; several times`, collect)
    .addOption(
      new Option('--other-kinds <what>', 'with --permit: names of the kinds that are not permitted').choices([
        'exclude',
        'free',
      ]),
    );
}

type Template = Omit<Partial<CertificateContent>, 'publicKey' | 'notBefore' | 'notAfter'> & { readonly days?: number };

/** A template by path or, in the directory of a CA, by name. @throws ERR_INVALID_ARGUMENT */
function readTemplate(name: string, directory: string | undefined): Template {
  const inside = directory === undefined ? undefined : join(directory, 'templates', `${name}.json`);
  const file = inside !== undefined && existsSync(inside) ? inside : name;
  let value: unknown;
  try {
    value = JSON.parse(readInput(file).toString('utf8'));
  } catch (cause) {
    if (cause instanceof TlsError) throw cause;
    throw new TlsError('ERR_INVALID_ARGUMENT', `${file} is no JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `${file} is no JSON object`);
  }
  const template = value as Record<string, unknown>;
  // JSON has no bytes: an extension's value is hex there.
  const extensions = (template['extensions'] as { value: unknown }[] | undefined)?.map(each =>
    typeof each?.value === 'string' ? { ...each, value: hexBytes(each.value, `${file}: an extension`) } : each,
  );
  return { ...template, ...(extensions === undefined ? {} : { extensions }) } as Template;
}

/** All of a certificate but its key: flags before the template before the defaults. */
export type IssuedContent = Omit<CertificateContent, 'publicKey'>;

/**
 * @param names for the subject and as alternative names, before those of the template
 * @param directory of a CA, whose templates have names
 */
export function contentOf(
  flags: ContentFlags,
  names: readonly string[],
  defaults: { readonly profile: IssueProfile; readonly days: number; readonly subject?: string },
  directory?: string,
): IssuedContent {
  const { days, ...template } =
    flags.template === undefined ? ({} as Template) : readTemplate(flags.template, directory);
  const profile = flags.profile ?? template.profile ?? defaults.profile;
  const altNames = [...names, ...(template.altNames ?? [])];
  const given = usageOf(flags);
  return {
    ...template,
    ...given,
    ...defined({
      pathLength: flags.pathLength,
      crlUris: flags.crlUri,
      ocspUris: flags.ocspUri,
      issuerUris: flags.issuerUri,
      delegationUsage: flags.delegation,
      policies: flags.policy,
      nameConstraints: constraintsOf(flags),
      serialNumber: flags.serial === undefined ? undefined : hexBytes(flags.serial, '--serial'),
    }),
    ...extensionsBeside(template.extensions, given.extensions),
    profile,
    altNames,
    subject: givenSubject(flags.subject) ?? template.subject ?? defaults.subject ?? '',
    ...datesOf({ ...flags, days: flags.days ?? days?.toString() ?? `${defaults.days}` }),
  };
}

/** What --usage, --purpose, --extension and --must-staple say. */
export function usageOf(
  flags: ContentFlags,
): Pick<Partial<CertificateContent>, 'keyUsage' | 'extendedKeyUsage' | 'mustStaple' | 'extensions'> &
  Pick<Partial<CertificateContent>, 'acmeIdentifier'> {
  return defined({
    keyUsage: flags.usage as readonly (keyof typeof keyUsages)[] | undefined,
    extendedKeyUsage: flags.purpose,
    mustStaple: flags.mustStaple,
    extensions: flags.extension?.map(extensionOf),
    acmeIdentifier: flags.acme,
  });
}

function extensionsBeside(ofTemplate: readonly ExtensionInput[] = [], given: readonly ExtensionInput[] = []) {
  return ofTemplate.length + given.length === 0 ? {} : { extensions: [...ofTemplate, ...given] };
}

/** "1.2.3=critical,0c0161" or "1.2.3=@file". */
function extensionOf(text: string): ExtensionInput {
  const [, oid, critical, file, digits] = /^([0-9.]+)=(critical,)?(?:@(.+)|([0-9a-fA-F]+))$/s.exec(text) ?? [];
  if (oid === undefined) {
    throw new TlsError(
      'ERR_INVALID_ARGUMENT',
      `--extension ${text}: write it like 1.2.3=0c0161 or 1.2.3=critical,@file`,
    );
  }
  const value = file === undefined ? hexBytes(digits, '--extension') : new Uint8Array(readInput(file));
  return { oid, critical: critical !== undefined, value };
}

function constraintsOf({ permit, exclude, otherKinds }: ContentFlags): CertificateContent['nameConstraints'] {
  if (permit === undefined && exclude === undefined) return undefined;
  return defined({ permitted: permit, excluded: exclude, otherKinds });
}

export function hexBytes(text: string, what: string): Uint8Array {
  const digits = text.replace(/[:\s]/g, '');
  if (digits === '' || digits.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(digits)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `${what} is no hex: "${text.slice(0, 60)}"`);
  }
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

/** A subject as given: text without "=" is a common name. */
export function givenSubject(subject: string | undefined): string | undefined {
  return subject === undefined || subject === '' || subject.includes('=') ? subject : commonName(subject);
}

export function commonName(text: string): string {
  return `CN=${text.replace(/[,+"\\<>;#= ]/g, '\\$&')}`;
}

/** @throws ERR_INVALID_ARGUMENT */
export function datesOf(flags: Pick<ContentFlags, 'days' | 'notBefore' | 'notAfter'>): {
  notBefore: number;
  notAfter: number;
} {
  const now = Math.floor(Date.now() / 1000) * 1000;
  const notBefore = flags.notBefore === undefined ? now - CLOCK_SKEW : parseTime(flags.notBefore);
  if (flags.notAfter !== undefined) return { notBefore, notAfter: parseTime(flags.notAfter) };
  const days = Number(flags.days);
  if (!(days > 0 && days < 1_000_000)) throw new TlsError('ERR_INVALID_ARGUMENT', `--days ${flags.days} is no number`);
  return { notBefore, notAfter: (flags.notBefore === undefined ? now : notBefore) + days * DAY };
}

/** Without the members that are undefined. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
