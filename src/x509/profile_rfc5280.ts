// The profile of RFC 5280 §4 and §5: serial numbers, criticality, key identifiers, rights of CAs, well-formed names.

import type { Certificate } from './certificate.ts';
import type { Fault } from './certificate_error.ts';
import { extensionOids as ids, keyUsages } from './extensions.ts';
import { splitMailbox } from './mailbox.ts';
import { broken, isCa, type Profile, type Role } from './profile.ts';
import { isDnsName } from './server_identity.ts';
import { isAddressRange } from './subtrees.ts';

/** What RFC 5280 demands of conforming CAs. */
export const rfc5280Profile: Profile = {
  name: 'rfc5280',
  certificateFault: (certificate, role) => rfc5280Fault(certificate, role),
  // §5.2.1, §5.2.3: MUST be in all CRLs.
  crlFault: crl =>
    crl.crlNumber !== undefined && crl.authorityKeyIdentifier !== undefined
      ? undefined
      : 'it has no CRL number or no authority key identifier (RFC 5280 §5.2.1, §5.2.3)',
};

/** @param exempt identifier of an extension whose criticality does not matter */
export function rfc5280Fault(certificate: Certificate, role: Role, exempt?: string): Fault | null {
  return (
    deviationFault(certificate) ??
    conformanceFault(certificate, role, exempt) ??
    altNameFault(certificate) ??
    constraintSyntaxFault(certificate)
  );
}

/** All of `rfc5280Fault` but the form of alternative names and subtrees, which issuing checks for itself. */
export function conformanceFault(certificate: Certificate, role: Role, exempt?: string): Fault | null {
  return (
    (role === 'anchor' ? null : serialFault(certificate)) ??
    nameFieldsFault(certificate) ??
    criticalityFault(certificate, exempt) ??
    keyIdentifierFault(certificate) ??
    authorityFault(certificate)
  );
}

/** What is read beyond the standards (docs/x509.md) is nothing that a conforming CA issues. */
function deviationFault(certificate: Certificate): Fault | null {
  const { deviations } = certificate;
  return deviations.length === 0 ? null : broken(`not as it should be: ${deviations.join(', ')}`, 'RFC 5280 §4');
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

function criticalityFault(certificate: Certificate, exempt: string | undefined): Fault | null {
  for (const [oid, critical, rule] of criticality) {
    const extension = certificate.extensions.get(oid);
    if (extension === undefined || extension.critical === critical) continue;
    if (oid === exempt) continue;
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
