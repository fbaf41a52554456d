// Name constraints (RFC 5280 §4.2.1.10): does every name of a certificate lie in the permitted and none in the excluded
// subtrees? What cannot be decided is refused.

import type { Certificate } from './certificate.ts';
import { type Fault, fault } from './certificate_error.ts';
import type { NameConstraints } from './extensions.ts';
import { type GeneralName, generalNameText } from './general_name.ts';
import { isDnsName, parseIp } from './server_identity.ts';

const RULE = 'RFC 5280 §4.2.1.10';
const EMAIL_ADDRESS = '1.2.840.113549.1.9.1';

/** Counts one comparison of a name with a constraint; throws when there were too many. */
export type CountComparison = () => void;

/** The names of a certificate that constraints apply to. */
export function constrainedNames(certificate: Certificate): GeneralName[] {
  const names: GeneralName[] = [...(certificate.subjectAltName ?? [])];
  const { subject } = certificate;
  if (!subject.empty) {
    names.push({ type: 'directory', name: subject });
    // "...if the certificate does not include a subject alternative name" of that kind, addresses stand in the subject.
    if (!names.some(name => name.type === 'email')) {
      for (const rdn of subject.rdns) {
        for (const { type, value } of rdn) {
          if (type === EMAIL_ADDRESS && value !== undefined) names.push({ type: 'email', value });
        }
      }
    }
  }
  return names;
}

/** Null if `names` satisfy `constraints`. */
export function nameConstraintFault(
  names: readonly GeneralName[],
  constraints: NameConstraints,
  count: CountComparison,
): Fault | null {
  for (const name of names) {
    let constrained = false;
    let permitted = false;
    for (const base of constraints.permitted) {
      if (base.type !== name.type) continue;
      count();
      constrained = true;
      const inside = lies(name, base, 'permitted');
      if (inside === undefined) return undecidable(name, base);
      if (inside) permitted = true;
    }
    if (constrained && !permitted) {
      return violation(`${generalNameText(name)} lies in no subtree that the issuer's name constraints permit`);
    }
    for (const base of constraints.excluded) {
      if (base.type !== name.type) continue;
      count();
      const inside = lies(name, base, 'excluded');
      if (inside === undefined) return undecidable(name, base);
      if (inside)
        return violation(`${generalNameText(name)} is excluded by the issuer's constraint ${generalNameText(base)}`);
    }
  }
  return null;
}

function violation(problem: string): Fault {
  return fault('ERR_CERT_CONSTRAINT', problem, RULE, 'Issue the certificate from a CA that may use these names.');
}

function undecidable(name: GeneralName, base: GeneralName): Fault {
  return fault(
    'ERR_CERT_CONSTRAINT',
    `${generalNameText(name)} cannot be compared with the name constraint ${generalNameText(base)}`,
    RULE,
    'One of them is malformed or of a kind castls cannot compare; have the certificate or its issuer corrected.',
  );
}

/** Whether `name` lies in the subtree of `base`; undefined if either is malformed or the kind has no rule. */
function lies(name: GeneralName, base: GeneralName, list: 'permitted' | 'excluded'): boolean | undefined {
  if (name.type === 'dns' && base.type === 'dns') return dnsWithin(name.value, base.value, list);
  if (name.type === 'ip' && base.type === 'ip') return ipWithin(name.value, base.value);
  if (name.type === 'email' && base.type === 'email') return emailWithin(name.value, base.value);
  if (name.type === 'uri' && base.type === 'uri') return uriWithin(name.value, base.value);
  if (name.type === 'directory' && base.type === 'directory') return name.name.within(base.name);
  return undefined;
}

function dnsWithin(name: string, base: string, list: 'permitted' | 'excluded'): boolean | undefined {
  const own = name.toLowerCase();
  if (!isDnsName(own, { wildcard: true, underscores: true })) return undefined;
  const tree = base.toLowerCase();
  if (tree === '') return true;
  // A leading dot is no DNS name; OpenSSL's users write it all the same and mean "at least one label more".
  if (!isDnsName(tree.startsWith('.') ? tree.slice(1) : tree, { underscores: true })) return undefined;
  if (own.endsWith(tree.startsWith('.') ? tree : `.${tree}`) || own === tree) return true;
  // *.example.com stands for host.example.com as well: if that is excluded, the wildcard must not slip through.
  if (list === 'excluded' && own.startsWith('*.')) {
    const host = tree.startsWith('.') ? tree.slice(1) : tree;
    return host.slice(host.indexOf('.')) === own.slice(1);
  }
  return false;
}

/** The constraint is an address and a mask of leading ones (RFC 4632). */
function ipWithin(address: Uint8Array, base: Uint8Array): boolean | undefined {
  if (!isAddressRange(base) || (address.length !== 4 && address.length !== 16)) return undefined;
  if (base.length !== 2 * address.length) return false;
  for (let i = 0; i < address.length; i++) {
    const mask = base[address.length + i];
    if ((address[i] & mask) !== (base[i] & mask)) return false;
  }
  return true;
}

/** True for 8 or 32 octets whose second half is a prefix mask. */
export function isAddressRange(base: Uint8Array): boolean {
  if (base.length !== 8 && base.length !== 32) return false;
  let ended = false;
  for (let i = base.length / 2; i < base.length; i++) {
    const mask = base[i];
    if ((ended && mask !== 0) || !isPrefix(mask)) return false;
    if (mask !== 0xff) ended = true;
  }
  return true;
}

function isPrefix(mask: number): boolean {
  const inverse = ~mask & 0xff;
  return (inverse & (inverse + 1)) === 0;
}

/** A mailbox: local part, exactly one "@" outside of quotes, and a host name. */
export function splitMailbox(mailbox: string): { local: string; host: string } | undefined {
  const at = mailbox.lastIndexOf('@');
  if (at < 1) return undefined;
  const local = mailbox.slice(0, at);
  const host = mailbox.slice(at + 1).toLowerCase();
  const atom = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
  const quoted = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"$/;
  if (!atom.test(local) && !quoted.test(local)) return undefined;
  return isDnsName(host) ? { local, host } : undefined;
}

/** A mailbox, a host (all its mailboxes), or ".domain" (all mailboxes of hosts below it). */
function emailWithin(mailbox: string, base: string): boolean | undefined {
  const own = splitMailbox(mailbox);
  if (own === undefined) return undefined;
  if (base === '') return true;
  if (base.includes('@')) {
    const wanted = splitMailbox(base);
    return wanted === undefined ? undefined : wanted.local === own.local && wanted.host === own.host;
  }
  return hostWithin(own.host, base.toLowerCase());
}

/** The host part of the URI; a URI without one, or with an address, cannot satisfy a constraint. */
function uriWithin(uri: string, base: string): boolean | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(uri)?.[1];
  if (authority === undefined) return undefined;
  const host = authority
    .slice(authority.lastIndexOf('@') + 1)
    .replace(/:[0-9]*$/, '')
    .toLowerCase();
  if (parseIp(host) !== undefined || !isDnsName(host)) return undefined;
  return base === '' ? true : hostWithin(host, base.toLowerCase());
}

function hostWithin(host: string, base: string): boolean | undefined {
  if (!isDnsName(base.startsWith('.') ? base.slice(1) : base)) return undefined;
  return base.startsWith('.') ? host.endsWith(base) : host === base;
}
