// RFC 5280 §6.1 for one path whose names chain up to an anchor: everything but signatures and revocation, which cost
// more and come after.

import type { Certificate } from './certificate.ts';
import { CertificateError, type Fault, fault } from './certificate_error.ts';
import { timeText } from './certificate_text.ts';
import { extensionOids as ids, keyUsages, type NameConstraints, purposes } from './extensions.ts';
import { type CountComparison, constrainedNames, nameConstraintFault } from './name_constraints.ts';
import { type PolicyOptions, policyFault } from './policy.ts';
import type { Profile } from './profile.ts';
import { algorithmFault, keyFault, usableKey } from './signature_check.ts';
import type { TrustAnchor } from './trust_anchor.ts';

/** What a path must be good for. */
export interface PathRules {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly profile: Profile | undefined;
  /** Identifier of the extended key usage wanted; undefined for any. */
  readonly purpose: string | undefined;
  /** Bits of `keyUsages` of which the leaf needs one, if it has the extension; 0 for any. */
  readonly keyUsage: number;
  /** Most non-self-issued intermediates. */
  readonly maxDepth: number;
  readonly policies: PolicyOptions;
}

/** Extensions whose meaning is processed here, in revocation, or is for the taking of others. */
const processed: ReadonlySet<string> = new Set([
  ids.authorityKeyIdentifier,
  ids.subjectKeyIdentifier,
  ids.keyUsage,
  ids.certificatePolicies,
  ids.policyMappings,
  ids.subjectAltName,
  ids.issuerAltName,
  ids.subjectDirectoryAttributes,
  ids.basicConstraints,
  ids.nameConstraints,
  ids.policyConstraints,
  ids.extendedKeyUsage,
  ids.crlDistributionPoints,
  ids.inhibitAnyPolicy,
  ids.freshestCrl,
  ids.authorityInfoAccess,
  ids.subjectInfoAccess,
  ids.tlsFeature,
  ids.ocspNoCheck,
  ids.signedCertificateTimestamps,
]);

/**
 * Checks a path. @param path leaf first, without the anchor
 * @throws CertificateError for the first fault, from the anchor down, as the algorithm of RFC 5280 goes
 */
export function validatePath(
  path: readonly Certificate[],
  anchor: TrustAnchor,
  rules: PathRules,
  count: CountComparison,
): void {
  const n = path.length;
  const check = (found: Fault | null, index: number) => {
    if (found !== null) throw new CertificateError(found, index, path[index] ?? anchor.certificate);
  };
  // A leaf that is an anchor itself is trusted as it is; there is nothing above it.
  const trustedLeaf = anchor.certificate !== undefined && anchor.certificate === path[0];
  if (!trustedLeaf) check(anchorFault(anchor, path[0], rules), n);

  // §6.1.2: one list of constraints instead of the intersection of permitted and the union of excluded subtrees.
  const constraints: NameConstraints[] = [];
  for (const own of [anchor.constraints.nameConstraints, anchor.certificate?.nameConstraints]) {
    if (trustedLeaf) break;
    if (own !== undefined) constraints.push(own);
  }
  const anchorLength = anchor.certificate?.basicConstraints?.pathLength ?? Number.POSITIVE_INFINITY;
  let left = Math.min(rules.maxDepth, anchorLength, anchor.constraints.pathLength ?? Number.POSITIVE_INFINITY);
  for (let index = n - 1; index >= 0; index--) {
    const certificate = path[index];
    check(trustedLeaf ? trustedFault(certificate, rules.time) : certificateFault(certificate, rules), index);
    check(rules.profile?.certificateFault(certificate, index === 0 ? 'leaf' : 'intermediate') ?? null, index);
    // §6.1.3 (b), (c): not for self-issued certificates, the last one excepted.
    if (constraints.length > 0 && (index === 0 || !certificate.selfIssued)) {
      const names = constrainedNames(certificate);
      for (const constraint of constraints) check(nameConstraintFault(names, constraint, count), index);
    }
    check(purposeFault(certificate, rules.purpose), index);
    if (index === 0) break;
    check(issuerFault(certificate), index);
    // §6.1.4 (l), (m).
    if (!certificate.selfIssued && --left < 0) check(depthFault(), index);
    left = Math.min(left, certificate.basicConstraints?.pathLength ?? left);
    if (certificate.nameConstraints !== undefined) constraints.push(certificate.nameConstraints);
  }
  check(leafUsageFault(path[0], rules.keyUsage), 0);
  const policy = policyFault([...path].reverse(), rules.policies);
  if (policy !== null) check(policy.fault, n - 1 - policy.at);
}

/** An anchor that is a certificate obeys its own dates, usages and profile (RFC 5937 §3), an own signature excepted. */
function anchorFault(anchor: TrustAnchor, leaf: Certificate, rules: PathRules): Fault | null {
  const { certificate, constraints } = anchor;
  if (constraints.distrustAfter !== undefined && leaf.notBefore > constraints.distrustAfter) {
    return constraintFault('the anchor is not trusted for certificates issued this late', 'the anchor’s constraints');
  }
  if (
    constraints.purposes !== undefined &&
    rules.purpose !== undefined &&
    !constraints.purposes.includes(rules.purpose)
  ) {
    return constraintFault('the anchor is not trusted for this purpose', 'the anchor’s constraints');
  }
  if (certificate === undefined) {
    const key = usableKey(() => anchor.publicKey);
    return 'code' in key ? key : keyFault(key);
  }
  return (
    dateFault(certificate, rules.time) ??
    usableKeyFault(certificate) ??
    unknownCriticalFault(certificate) ??
    rules.profile?.certificateFault(certificate, 'anchor') ??
    purposeFault(certificate, rules.purpose) ??
    (certificate.version === 3 ? issuerFault(certificate) : null)
  );
}

/** What must hold for every certificate of a path by itself. */
export function certificateFault(certificate: Certificate, rules: { readonly time: number }): Fault | null {
  const found = trustedFault(certificate, rules.time);
  return found ?? algorithmFault(certificate.signatureParameters, certificate.signatureAlgorithm.oid);
}

/** The same for a certificate that is trusted as it is, whose signature says nothing. */
function trustedFault(certificate: Certificate, time: number): Fault | null {
  certificate.decodeExtensions();
  return dateFault(certificate, time) ?? usableKeyFault(certificate) ?? unknownCriticalFault(certificate);
}

/** §6.1.3 (a)(2). Times count in whole seconds: a fraction has not reached the next one. */
function dateFault(certificate: Certificate, time: number): Fault | null {
  const seconds = Math.floor(time / 1000) * 1000;
  const at = () => `the time of verification is ${timeText(seconds)}`;
  if (seconds < certificate.notBefore) {
    return fault(
      'ERR_CERT_NOT_YET_VALID',
      `it becomes valid at ${timeText(certificate.notBefore)}; ${at()}`,
      'RFC 5280 §4.1.2.5',
      'Check the clock of this machine, or wait.',
    );
  }
  if (seconds > certificate.notAfter) {
    return fault(
      'ERR_CERT_EXPIRED',
      `it expired at ${timeText(certificate.notAfter)}; ${at()}`,
      'RFC 5280 §4.1.2.5',
      'Renew the certificate, or check the clock of this machine.',
    );
  }
  return null;
}

function usableKeyFault(certificate: Certificate): Fault | null {
  const key = usableKey(() => certificate.publicKey);
  return 'code' in key ? key : keyFault(key);
}

/** §6.1.4 (o), §6.1.5 (f). A precertificate (RFC 6962 §3.1) is refused by its critical poison. */
function unknownCriticalFault(certificate: Certificate): Fault | null {
  for (const { oid, critical } of certificate.extensions.values()) {
    if (!critical || processed.has(oid)) continue;
    return fault(
      'ERR_CERT_UNKNOWN_CRITICAL_EXTENSION',
      `the critical extension ${oid} is unknown to castls`,
      'RFC 5280 §4.2',
      'Use a certificate without it; its issuer demands that software which does not know the extension refuses.',
    );
  }
  return null;
}

/** §6.1.4 (k), (n): may this certificate issue others? */
export function issuerFault(certificate: Certificate): Fault | null {
  if (certificate.basicConstraints?.ca !== true) {
    return constraintFault('it is no CA: cA is not asserted in basicConstraints', 'RFC 5280 §6.1.4 (k)');
  }
  if (certificate.keyUsage !== undefined && (certificate.keyUsage & keyUsages.keyCertSign) === 0) {
    return constraintFault('its key usage does not allow signing certificates', 'RFC 5280 §6.1.4 (n)');
  }
  return null;
}

function depthFault(): Fault {
  return constraintFault('more intermediates than path length or depth allow', 'RFC 5280 §6.1.4 (l)');
}

function constraintFault(problem: string, rule: string): Fault {
  return fault('ERR_CERT_CONSTRAINT', problem, rule, 'Use a chain issued by CAs with the right to issue it.');
}

/** §4.2.1.12. In CA certificates the extension limits what is below, as all browsers do (CABF BR §7.1.2.10.6). */
function purposeFault(certificate: Certificate, purpose: string | undefined): Fault | null {
  const usages = certificate.extendedKeyUsage;
  if (purpose === undefined || usages === undefined || usages.includes(purpose) || usages.includes(purposes.any)) {
    return null;
  }
  const name = Object.entries(purposes).find(([, oid]) => oid === purpose)?.[0] ?? purpose;
  return fault(
    'ERR_CERT_PURPOSE',
    `its extendedKeyUsage does not allow ${name}`,
    'RFC 5280 §4.2.1.12',
    'Have a certificate issued for this use.',
  );
}

function leafUsageFault(leaf: Certificate, wanted: number): Fault | null {
  if (wanted === 0 || leaf.keyUsage === undefined || (leaf.keyUsage & wanted) !== 0) return null;
  return fault(
    'ERR_CERT_PURPOSE',
    'its key usage allows none of what TLS does with the key',
    'RFC 5280 §4.2.1.3',
    'Have a certificate issued with the key usage digitalSignature.',
  );
}
