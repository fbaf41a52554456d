// What a new certificate is to say: its options, read and checked before anything is signed.

import { TlsError } from '../../base/errors.ts';
import {
  bytes,
  either,
  flag,
  instant,
  integer,
  listOf,
  objectWith,
  oneOf,
  readOptions,
  required,
  rule,
  text,
} from '../../base/options.ts';
import type { PublicKey } from '../../crypto/signature.ts';
import type { AccessDescription, keyUsages, PolicyConstraints, PolicyMapping } from '../extensions.ts';
import type { GeneralName } from '../general_name.ts';
import { type PublicKeyInput, publicKeyFrom } from '../input.ts';
import { Name } from '../name.ts';
import type { ExtensionInput, PolicyContent } from './extensions.ts';
import { alternativeName } from './general_name.ts';
import { writeName } from './name.ts';
import { type IssueProfile, issueProfiles, keyUsageBits, purposeOf } from './profiles.ts';
import { type Confinement, subtreesOf } from './subtrees.ts';

export type KeyUsageName = keyof typeof keyUsages;

/** What every new certificate says. Times are milliseconds since the epoch or Dates, cut to seconds. */
export interface CertificateContent {
  /** What it is for: decides on what is not given below. See `IssueProfile`. */
  readonly profile: IssueProfile;
  /** Text (see `writeName`) or a Name; absent or empty if alternative names say it all. */
  readonly subject?: string | Name;
  /** The subject's key: a key, what has one (a certificate, a request, a private key), or PEM or DER. */
  readonly publicKey: PublicKeyInput;
  readonly notBefore: number | Date;
  readonly notAfter: number | Date;
  /** Alternative names, also as text (see `alternativeName`). */
  readonly altNames?: readonly (string | GeneralName)[];
  /** Names of the issuer in its other roles (RFC 5280 §4.2.1.7). */
  readonly issuerAltNames?: readonly (string | GeneralName)[];
  /** Names of `keyUsages`, or their bits, instead of the profile's; empty or 0 for no extension. */
  readonly keyUsage?: number | readonly KeyUsageName[];
  /** Names of `purposes` or identifiers, instead of the profile's; empty for no extension. */
  readonly extendedKeyUsage?: readonly string[];
  /** With profile "ca": most intermediates below. */
  readonly pathLength?: number;
  /** With profile "ca": what it may name. See `Confinement`. */
  readonly nameConstraints?: Confinement;
  /** The server must staple OCSP responses (RFC 7633). */
  readonly mustStaple?: boolean;
  /** Its key may sign delegated credentials (RFC 9345 §4.2). */
  readonly delegationUsage?: boolean;
  /** Where CRLs, delta CRLs, OCSP answers and the issuer's certificate are (URIs). */
  readonly crlUris?: readonly string[];
  readonly deltaCrlUris?: readonly string[];
  readonly ocspUris?: readonly string[];
  readonly issuerUris?: readonly string[];
  /** Where what belongs to the subject is (RFC 5280 §4.2.2.2). */
  readonly subjectInfoAccess?: readonly AccessDescription[];
  /** Certificate policies: identifiers, also with a practice statement and a notice. */
  readonly policies?: readonly (string | PolicyContent)[];
  /** With profile "ca" (RFC 5280 §4.2.1.5, §4.2.1.11, §4.2.1.14). */
  readonly policyMappings?: readonly PolicyMapping[];
  readonly policyConstraints?: Partial<PolicyConstraints>;
  readonly inhibitAnyPolicy?: number;
  /**
   * Answers a tls-alpn-01 challenge (RFC 8737 §3): the key authorization (the token, ".", and the thumbprint of the account's
   * key), or its SHA-256, 32 bytes. With profile "server" and the one name of the challenge.
   */
  readonly acmeIdentifier?: string | Uint8Array;
  /** Positive, at most 20 octets, big-endian. Default: 20 random octets. */
  readonly serialNumber?: Uint8Array;
  /** Further extensions. One that would be there anyway stands in its place. */
  readonly extensions?: readonly ExtensionInput[];
}

/** Names of either form. */
export const nameList = listOf(rule<string | GeneralName>('a name as text or a GeneralName', isName));
const texts = listOf(rule<string>('a string', value => typeof value === 'string'));
const objects = <T>(expected: string, ...has: string[]) => listOf(objectWith<T>(expected, ...has));

function isName(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null && 'type' in value);
}

/** The table of the options; entries of castls have none besides. */
export const certificateOptions = {
  profile: required(oneOf(...(Object.keys(issueProfiles) as IssueProfile[]))),
  subject: rule<string | Name>('a name as text or a Name', value => typeof value === 'string' || value instanceof Name),
  publicKey: required(rule<PublicKeyInput>('a public key, PEM or DER', value => value !== null)),
  notBefore: required(instant),
  notAfter: required(instant),
  altNames: nameList,
  issuerAltNames: nameList,
  keyUsage: either(integer(0, 511), texts),
  extendedKeyUsage: texts,
  pathLength: integer(0, 0x7fffffff),
  nameConstraints: objectWith<Confinement>('an object with permitted and excluded subtrees'),
  mustStaple: flag,
  delegationUsage: flag,
  crlUris: texts,
  deltaCrlUris: texts,
  ocspUris: texts,
  issuerUris: texts,
  subjectInfoAccess: objects<AccessDescription>('an access description', 'method', 'location'),
  policies: listOf(
    rule<string | PolicyContent>(
      'an object identifier or { oid, cps, notice }',
      value => typeof value === 'string' || (typeof value === 'object' && value !== null && 'oid' in value),
    ),
  ),
  policyMappings: objects<PolicyMapping>('a policy mapping', 'issuerDomain', 'subjectDomain'),
  policyConstraints: objectWith<Partial<PolicyConstraints>>('an object with policy constraints'),
  inhibitAnyPolicy: integer(0, 0x7fffffff),
  acmeIdentifier: either(text, bytes),
  serialNumber: bytes,
  extensions: listOf(rule<ExtensionInput>('an extension', value => typeof value === 'object' && value !== null)),
} as const;

/** The content, read and checked. */
export interface ReadContent {
  readonly given: ReturnType<typeof given>;
  readonly profile: IssueProfile;
  readonly subject: Name;
  readonly publicKey: PublicKey;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly altNames: readonly GeneralName[];
  /** Bits. */
  readonly keyUsage: number;
  /** Identifiers. */
  readonly purposes: readonly string[];
  readonly constraints: ReturnType<typeof subtreesOf> | undefined;
}

const given = (what: string, content: unknown) => readOptions(what, certificateOptions, content);

/** @throws ERR_INVALID_ARGUMENT for what no certificate could say */
export function readContent(what: string, content: CertificateContent): ReadContent {
  const values = given(what, content);
  const { profile } = values;
  const rules = issueProfiles[profile];
  const publicKey = publicKeyFrom(values.publicKey);
  const { extendedKeyUsage, nameConstraints } = values;
  const read = {
    given: values,
    profile,
    subject: writeName(values.subject ?? ''),
    publicKey,
    notBefore: seconds(values.notBefore),
    notAfter: seconds(values.notAfter),
    altNames: (values.altNames ?? []).map(alternativeName),
    keyUsage: values.keyUsage === undefined ? rules.keyUsage(publicKey) : keyUsageBits(values.keyUsage),
    purposes: extendedKeyUsage === undefined ? rules.purposes : extendedKeyUsage.map(purposeOf),
    constraints: nameConstraints === undefined ? undefined : subtreesOf(nameConstraints),
  };
  checkContent(read);
  return read;
}

/** Whole seconds, which certificates have. */
function seconds(time: number | Date): number {
  return Math.floor(Number(time) / 1000) * 1000;
}

/** RFC 5280 appendix and §4.2.1.9 to §4.2.1.14: what only CAs have. */
const forAuthorities = [
  'pathLength',
  'nameConstraints',
  'policyMappings',
  'policyConstraints',
  'inhibitAnyPolicy',
] as const;

function checkContent({ given: values, profile, subject, notBefore, notAfter, altNames }: ReadContent): void {
  const rules = issueProfiles[profile];
  if (notBefore > notAfter) refuse('notAfter lies before notBefore');
  if (profile !== 'ca') {
    const wrong = forAuthorities.find(name => values[name] !== undefined);
    if (wrong !== undefined) refuse(`${wrong} is for CAs (RFC 5280 §4.2.1.9 to §4.2.1.14)`);
  }
  const problem = rules.namesFault?.(altNames);
  if (problem !== undefined) refuse(problem);
  if (rules.subject && subject.empty) refuse(`a certificate with the profile "${profile}" needs a subject`);
  if (subject.empty && altNames.length === 0) refuse('a certificate that names nobody');
}

/** @throws ERR_INVALID_ARGUMENT */
export function refuse(why: string): never {
  throw new TlsError('ERR_INVALID_ARGUMENT', `not issued: ${why}`);
}
