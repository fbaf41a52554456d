// What RFC 5280 §4 ("rfc5280") and the CA/Browser Forum's Baseline Requirements ("web-pki") demand of issuers beyond what
// path validation needs. Off by default: private CAs break such rules without harm.

import type { Certificate } from './certificate.ts';
import { type Fault, fault } from './certificate_error.ts';
import { extensionOids as ids, keyUsages, purposes } from './extensions.ts';
import { type GeneralName, ipText } from './general_name.ts';
import { equalBytes } from './name.ts';
import { isAddressRange, splitMailbox } from './name_constraints.ts';
import { modulusBits } from './public_key.ts';
import { isDnsName, parseIp } from './server_identity.ts';

/** `path`: RFC 5280 §6 alone. `rfc5280`: and the profile of §4. `web-pki`: and the Baseline Requirements. */
export type Profile = 'path' | 'rfc5280' | 'web-pki';

/** Where a certificate stands in its path. */
export type Role = 'leaf' | 'intermediate' | 'anchor';

const COMMON_NAME = '2.5.4.3';

/** The first rule of `profile` that `certificate` breaks, or null. */
export function profileFault(certificate: Certificate, role: Role, profile: Profile): Fault | null {
  if (profile === 'path') return null;
  const fault =
    (role === 'anchor' ? null : serialFault(certificate)) ??
    nameFieldsFault(certificate) ??
    criticalityFault(certificate, profile) ??
    keyIdentifierFault(certificate) ??
    authorityFault(certificate) ??
    altNameFault(certificate) ??
    constraintSyntaxFault(certificate);
  if (fault !== null || profile === 'rfc5280') return fault;
  return webPkiFault(certificate, role);
}

function broken(problem: string, rule: string): Fault {
  return fault(
    'ERR_CERT_PROFILE',
    problem,
    rule,
    'Have the CA issue a conforming certificate, or use the profile "path".',
  );
}

/** RFC 5280 §4.1.2.2: positive, at most 20 octets. */
function serialFault({ serialNumber }: Certificate): Fault | null {
  const negative = serialNumber[0] >= 0x80;
  const zero = serialNumber.length === 1 && serialNumber[0] === 0;
  if (!negative && !zero && serialNumber.length <= 20) return null;
  return broken('the serial number is not positive or is longer than 20 octets', 'RFC 5280 §4.1.2.2');
}

function nameFieldsFault(certificate: Certificate): Fault | null {
  if (certificate.issuer.empty) return broken('the issuer is empty', 'RFC 5280 §4.1.2.4');
  if (certificate.subject.empty) {
    if (isCa(certificate)) return broken('a CA with an empty subject', 'RFC 5280 §4.1.2.6');
    if (certificate.extensions.get(ids.subjectAltName)?.critical !== true) {
      return broken('an empty subject without a critical subjectAltName', 'RFC 5280 §4.2.1.6');
    }
  }
  if (certificate.hasEarlyGeneralizedTime) {
    return broken('a date before 2050 that is no UTCTime', 'RFC 5280 §4.1.2.5');
  }
  return null;
}

/** Extensions that MUST be or MUST NOT be critical in what a conforming CA issues. */
const criticality: readonly (readonly [oid: string, critical: boolean, rule: string])[] = [
  [ids.authorityKeyIdentifier, false, 'RFC 5280 §4.2.1.1'],
  [ids.subjectKeyIdentifier, false, 'RFC 5280 §4.2.1.2'],
  [ids.subjectDirectoryAttributes, false, 'RFC 5280 §4.2.1.8'],
  [ids.nameConstraints, true, 'RFC 5280 §4.2.1.10'],
  [ids.policyConstraints, true, 'RFC 5280 §4.2.1.11'],
  [ids.inhibitAnyPolicy, true, 'RFC 5280 §4.2.1.14'],
  [ids.freshestCrl, false, 'RFC 5280 §4.2.1.15'],
  [ids.authorityInfoAccess, false, 'RFC 5280 §4.2.2.1'],
  [ids.subjectInfoAccess, false, 'RFC 5280 §4.2.2.2'],
];

function criticalityFault(certificate: Certificate, profile: Profile): Fault | null {
  for (const [oid, critical, rule] of criticality) {
    const extension = certificate.extensions.get(oid);
    if (extension === undefined || extension.critical === critical) continue;
    // CABF BR §7.1.2.5.2 lets name constraints be non-critical "as an explicit exception from RFC 5280".
    if (oid === ids.nameConstraints && profile === 'web-pki') continue;
    return broken(`the extension ${oid} is ${critical ? 'not ' : ''}critical`, rule);
  }
  return null;
}

function keyIdentifierFault(certificate: Certificate): Fault | null {
  const { authorityKeyIdentifier, subjectKeyIdentifier } = certificate;
  if (isCa(certificate) && subjectKeyIdentifier === undefined) {
    return broken('a CA without subjectKeyIdentifier', 'RFC 5280 §4.2.1.2');
  }
  // The exception for self-signed certificates is the only one.
  if (authorityKeyIdentifier?.keyIdentifier === undefined && !certificate.selfIssued) {
    return broken('no authorityKeyIdentifier with a key identifier', 'RFC 5280 §4.2.1.1');
  }
  return null;
}

/** Who may sign certificates must say so, and nobody else may (RFC 5280 §4.2.1.3, §4.2.1.9, §4.2.1.10). */
function authorityFault(certificate: Certificate): Fault | null {
  const { basicConstraints, keyUsage } = certificate;
  const signs = ((keyUsage ?? 0) & keyUsages.keyCertSign) !== 0;
  if (keyUsage === 0) return broken('a key usage without any bit', 'RFC 5280 §4.2.1.3');
  if (isCa(certificate)) {
    if (keyUsage === undefined) return broken('a CA without key usage', 'RFC 5280 §4.2.1.3');
    if (certificate.extensions.get(ids.basicConstraints)?.critical !== true) {
      return broken('a CA whose basic constraints are not critical', 'RFC 5280 §4.2.1.9');
    }
    if (basicConstraints?.pathLength !== undefined && !signs) {
      return broken('a path length without the right to sign certificates', 'RFC 5280 §4.2.1.9');
    }
    return null;
  }
  if (signs) return broken('key usage keyCertSign without being a CA', 'RFC 5280 §4.2.1.9');
  if (basicConstraints?.pathLength !== undefined) return broken('a path length without cA', 'RFC 5280 §4.2.1.9');
  for (const oid of [ids.nameConstraints, ids.policyConstraints, ids.policyMappings, ids.inhibitAnyPolicy]) {
    if (certificate.extensions.has(oid)) {
      return broken(`the extension ${oid}, which is for CAs, in an end-entity certificate`, 'RFC 5280 §4.2.1.10');
    }
  }
  return null;
}

/** RFC 5280 §4.2.1.6: what stands in a subjectAltName is well-formed. */
function altNameFault(certificate: Certificate): Fault | null {
  for (const name of certificate.subjectAltName ?? []) {
    const good =
      name.type === 'dns'
        ? isDnsName(name.value, { wildcard: true })
        : name.type === 'ip'
          ? name.value.length === 4 || name.value.length === 16
          : name.type === 'email'
            ? splitMailbox(name.value) !== undefined
            : name.type === 'uri'
              ? /^[a-z][a-z0-9+.-]*:./i.test(name.value)
              : true;
    if (!good) return broken('a malformed name in subjectAltName', 'RFC 5280 §4.2.1.6');
  }
  return null;
}

/** RFC 5280 §4.2.1.10: constraints that no name could be compared with. */
function constraintSyntaxFault(certificate: Certificate): Fault | null {
  const constraints = certificate.nameConstraints;
  if (constraints === undefined) return null;
  for (const base of [...constraints.permitted, ...constraints.excluded]) {
    const good =
      base.type === 'dns'
        ? base.value === '' || isDnsName(base.value)
        : base.type === 'ip'
          ? isAddressRange(base.value)
          : true;
    if (!good) return broken('a malformed name constraint', 'RFC 5280 §4.2.1.10');
  }
  return null;
}

/** Critical in no certificate of the Baseline Requirements (§7.1.2.1.2, §7.1.2.6, §7.1.2.7.6). */
const notCritical = [
  ids.extendedKeyUsage,
  ids.certificatePolicies,
  ids.crlDistributionPoints,
  ids.signedCertificateTimestamps,
];

function webPkiFault(certificate: Certificate, role: Role): Fault | null {
  if (certificate.version !== 3) return broken('not a version 3 certificate', 'CABF BR §7.1.1');
  const key = certificate.publicKey;
  if (key.type === 'rsa' && modulusBits(key.modulus) % 8 !== 0) {
    return broken('an RSA modulus whose length is not divisible by 8', 'CABF BR §6.1.5');
  }
  for (const oid of notCritical) {
    if (certificate.extensions.get(oid)?.critical)
      return broken(`the extension ${oid} is critical`, 'CABF BR §7.1.2.7.6');
  }
  const authority = certificate.authorityKeyIdentifier;
  if (authority?.issuer !== undefined || authority?.serialNumber !== undefined) {
    return broken('issuer or serial number in authorityKeyIdentifier', 'CABF BR §7.1.2.11.1');
  }
  return role === 'leaf' ? webPkiLeafFault(certificate) : webPkiAuthorityFault(certificate, role);
}

function webPkiAuthorityFault(certificate: Certificate, role: Role): Fault | null {
  if (role !== 'anchor') return null;
  if (certificate.extendedKeyUsage !== undefined) {
    return broken('extendedKeyUsage in a root certificate', 'CABF BR §7.1.2.1.2');
  }
  const authority = certificate.authorityKeyIdentifier;
  const own = certificate.subjectKeyIdentifier;
  if (authority !== undefined && certificate.selfIssued) {
    const same = authority.keyIdentifier !== undefined && own !== undefined && equalBytes(authority.keyIdentifier, own);
    if (!same) return broken('a root whose authorityKeyIdentifier is not its own key identifier', 'CABF BR §7.1.2.1.3');
  }
  return null;
}

function webPkiLeafFault(certificate: Certificate): Fault | null {
  if (isCa(certificate)) return broken('a subscriber certificate that is a CA', 'CABF BR §7.1.2.7.8');
  const usages = certificate.extendedKeyUsage;
  if (usages === undefined) return broken('no extendedKeyUsage', 'CABF BR §7.1.2.7.6');
  if (usages.includes(purposes.any)) return broken('anyExtendedKeyUsage', 'CABF BR §7.1.2.7.10');
  const names = certificate.subjectAltName;
  if (names === undefined) return broken('no subjectAltName', 'CABF BR §7.1.2.7.12');
  if (!certificate.subject.empty && certificate.extensions.get(ids.subjectAltName)?.critical) {
    return broken('a critical subjectAltName beside a subject', 'CABF BR §7.1.2.7.12');
  }
  // BR §7.1.4.3 wants an exact copy. The domain of a wildcard beside it ("example.com" for "*.example.com") passes too:
  // the common name is never matched with anything, and x509-limbo's own valid chains are of that kind.
  const allowed = new Set<string>();
  for (const name of names) {
    if (name.type === 'ip') allowed.add(ipText(name.value));
    if (name.type === 'dns') allowed.add(name.value).add(name.value.replace(/^\*\./, ''));
  }
  // Names for this machine only are nobody's to certify (§4.2.2): the rule is for those of the public.
  if (names.every(isLoopback)) return null;
  for (const rdn of certificate.subject.rdns) {
    for (const { type, value } of rdn) {
      if (type !== COMMON_NAME || (value !== undefined && allowed.has(value))) continue;
      const kind = value !== undefined && parseIp(value) !== undefined ? 'an address' : 'a name';
      return broken(`a common name that is ${kind} and no exact copy of one in subjectAltName`, 'CABF BR §7.1.4.3');
    }
  }
  return null;
}

/** RFC 6761 §6.3, RFC 1122 §3.2.1.3 (g), RFC 4291 §2.5.3. */
function isLoopback(name: GeneralName): boolean {
  if (name.type === 'dns') return name.value === 'localhost';
  return name.type === 'ip' && (ipText(name.value) === '::1' || (name.value.length === 4 && name.value[0] === 127));
}

function isCa(certificate: Certificate): boolean {
  return certificate.basicConstraints?.ca === true;
}
