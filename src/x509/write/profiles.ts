// Profiles of issuing: what a certificate is for decides on its key usage, extended key usage and the names it needs.

import { TlsError } from '../../base/errors.ts';
import { nearestName } from '../../base/options.ts';
import type { PublicKey } from '../../crypto/signature.ts';
import { keyUsages, purposes } from '../extensions.ts';
import { type GeneralName, otherNameTypes } from '../general_name.ts';
import * as write from './extensions.ts';

/**
 * What a certificate is for. "custom" is an end entity without any usage, whose content says all.
 */
export type IssueProfile =
  | 'server'
  | 'client'
  | 'server-client'
  | 'ca'
  | 'ocsp-signing'
  | 'email'
  | 'code-signing'
  | 'time-stamping'
  | 'document-signing'
  | 'smart-card-logon'
  | 'custom';

interface ProfileRules {
  /** Bits of `keyUsages`; 0 for no extension. */
  readonly keyUsage: (key: PublicKey) => number;
  /** Identifiers; none for no extension. */
  readonly purposes: readonly string[];
  readonly purposesCritical?: boolean;
  /** Why these names do not do, or undefined. */
  readonly namesFault?: (names: readonly GeneralName[]) => string | undefined;
  /** The subject must not be empty. */
  readonly subject?: boolean;
  /** DER of further extensions. */
  readonly more?: () => readonly Uint8Array[];
}

const { digitalSignature, nonRepudiation, keyEncipherment, keyAgreement, keyCertSign, cRLSign } = keyUsages;

/** RFC 5280 §4.2.1.3, RFC 8410 §5, RFC 9881 §5: keys that only agree sign nothing. */
function signing(key: PublicKey, more = 0): number {
  return agreesOnly(key) ? keyAgreement : digitalSignature | more;
}

function agreesOnly(key: PublicKey): boolean {
  return key.type === 'x25519' || key.type === 'x448';
}

/** RSA keys that are not for PSS alone also transport keys (RFC 5246 §7.4.2, RFC 8551 §2.3). */
function transporting(key: PublicKey): number {
  return key.type === 'rsa' && key.pss === undefined ? keyEncipherment : 0;
}

const anyOf =
  (accepts: (name: GeneralName) => boolean, why: string) =>
  (names: readonly GeneralName[]): string | undefined =>
    names.some(accepts) ? undefined : why;

const serverNames = (names: readonly GeneralName[]): string | undefined =>
  names.length > 0
    ? undefined
    : 'a server certificate needs an alternative name: clients do not look at the subject (RFC 9525 §6.2)';
const mailboxes = anyOf(
  name => name.type === 'email' || (name.type === 'other' && name.oid === otherNameTypes.smtpUtf8Mailbox.oid),
  'a certificate for email needs a mailbox among its alternative names, such as "email:a@example.com" (RFC 8550 §3)',
);
const principals = anyOf(
  name => name.type === 'other' && name.oid === otherNameTypes.upn.oid,
  'a certificate for smart card logon needs the name of who logs on, such as "UPN:ada@corp.example"',
);

export const issueProfiles: Readonly<Record<IssueProfile, ProfileRules>> = {
  server: {
    keyUsage: key => signing(key, transporting(key)),
    purposes: [purposes.serverAuth],
    namesFault: serverNames,
  },
  client: { keyUsage: key => signing(key), purposes: [purposes.clientAuth] },
  'server-client': {
    keyUsage: key => signing(key, transporting(key)),
    purposes: [purposes.serverAuth, purposes.clientAuth],
    namesFault: serverNames,
  },
  ca: { keyUsage: () => digitalSignature | keyCertSign | cRLSign, purposes: [], subject: true },
  // RFC 6960 §4.2.2.2, §4.2.2.2.1.
  'ocsp-signing': {
    keyUsage: key => signing(key),
    purposes: [purposes.ocspSigning],
    more: () => [write.ocspNoCheck()],
  },
  // RFC 8551 §2.3, §3.1: signing, and decrypting with RSA; EC keys agree on the key that encrypts (RFC 5753).
  email: {
    keyUsage: key => signing(key, transporting(key) | (key.type === 'ec' ? keyAgreement : 0)),
    purposes: [purposes.emailProtection],
    namesFault: mailboxes,
  },
  'code-signing': { keyUsage: key => signing(key), purposes: [purposes.codeSigning], subject: true },
  // RFC 3161 §2.3: one purpose, in a critical extension.
  'time-stamping': {
    keyUsage: key => signing(key),
    purposes: [purposes.timeStamping],
    purposesCritical: true,
    subject: true,
  },
  // RFC 9336.
  'document-signing': {
    keyUsage: key => signing(key, nonRepudiation),
    purposes: [purposes.documentSigning],
    subject: true,
  },
  // What Windows demands of a client: clientAuth and smart card logon, and the UPN.
  'smart-card-logon': {
    keyUsage: key => signing(key, transporting(key)),
    purposes: [purposes.clientAuth, purposes.smartCardLogon],
    namesFault: principals,
  },
  custom: { keyUsage: () => 0, purposes: [] },
};

/** The identifier of an extended key usage by its name in `purposes` or as it is. @throws ERR_INVALID_ARGUMENT */
export function purposeOf(name: string): string {
  if (Object.hasOwn(purposes, name)) return purposes[name as keyof typeof purposes];
  if (/^[0-2](\.\d+)+$/.test(name)) return name;
  throw unknownName('extended key usage', name, Object.keys(purposes), ', or an object identifier');
}

/** Bits of key usages by name. @throws ERR_INVALID_ARGUMENT */
export function keyUsageBits(usage: number | readonly string[]): number {
  if (typeof usage === 'number') {
    if (Number.isInteger(usage) && usage >= 0 && usage < 512) return usage;
    throw new TlsError('ERR_INVALID_ARGUMENT', `${usage} is no key usage: bits of keyUsages`);
  }
  let bits = 0;
  for (const name of usage) {
    if (!Object.hasOwn(keyUsages, name)) throw unknownName('key usage', name, Object.keys(keyUsages));
    bits |= keyUsages[name as keyof typeof keyUsages];
  }
  return bits;
}

function unknownName(what: string, name: string, known: readonly string[], more = ''): TlsError {
  const nearest = nearestName(`${name}`, known);
  const hint = nearest === undefined ? `they are ${known.join(', ')}${more}` : `did you mean ${nearest}?`;
  return new TlsError('ERR_INVALID_ARGUMENT', `"${name}" is no ${what}: ${hint}`);
}
