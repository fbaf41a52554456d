// RFC 5280 §6.1 for one path whose names chain up to an anchor: everything but signatures, policies and revocation, which
// cost more and come after.

import type { CertificateStrength } from '../crypto/signature.ts';
import type { Certificate } from './certificate.ts';
import { type Fault, faultOf } from './certificate_error.ts';
import type { CertificateFacts } from './certificate_facts.ts';
import {
  constraintFault,
  dateFault,
  issuerFault,
  leafUsageFault,
  purposeFault,
  unknownCriticalFault,
  unreadFault,
  usableKeyFault,
} from './certificate_rules.ts';
import { extensionOids, type NameConstraints } from './extensions.ts';
import type { VerifierFeatures } from './features.ts';
import type { PolicyOptions } from './policy.ts';
import type { Profile } from './profile.ts';
import { keyFault, usableKey } from './signature_check.ts';
import type { TrustAnchor } from './trust_anchor.ts';

/** What a path must be good for. */
export interface PathRules {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly profile: Profile | undefined;
  readonly strength: CertificateStrength;
  /** Identifier of the extended key usage wanted; undefined for any. */
  readonly purpose: string | undefined;
  /** Bits of `keyUsages` of which the leaf needs one, if it has the extension; 0 for any. */
  readonly keyUsage: number;
  /** Most non-self-issued intermediates. */
  readonly maxDepth: number;
  readonly policies: PolicyOptions;
  readonly features: VerifierFeatures;
}

/** What is wrong, and where: 0 is the leaf, as many as the path is long the anchor. */
export interface PathFault {
  readonly fault: Fault;
  readonly index: number;
}

/**
 * Checks a path: the first fault from the anchor down, as the algorithm of RFC 5280 goes, or null.
 * @param path leaf first, without the anchor @param factsOf what is known of each
 */
export function pathFault(
  path: readonly Certificate[],
  anchor: TrustAnchor,
  rules: PathRules,
  factsOf: (certificate: Certificate) => CertificateFacts,
): PathFault | null {
  const n = path.length;
  // A leaf that is an anchor itself is trusted as it is; there is nothing above it but what the caller said of it.
  const trustedLeaf = anchor.certificate !== undefined && anchor.certificate === path[0];
  const above = callerFault(anchor, path[0], rules) ?? (trustedLeaf ? null : anchorFault(anchor, rules));
  if (above !== null) return { fault: above, index: trustedLeaf ? 0 : n };

  // §6.1.2: one list of constraints instead of the intersection of permitted and the union of excluded subtrees.
  const constraints: NameConstraints[] = [];
  const own = trustedLeaf ? undefined : anchor.certificate;
  for (const each of [anchor.constraints.nameConstraints, own?.nameConstraints]) {
    if (each !== undefined) constraints.push(each);
  }
  const anchorLength = own?.basicConstraints?.pathLength ?? Number.POSITIVE_INFINITY;
  let left = Math.min(rules.maxDepth, anchorLength, anchor.constraints.pathLength ?? Number.POSITIVE_INFINITY);
  for (let index = n - 1; index >= 0; index--) {
    const certificate = path[index];
    const facts = factsOf(certificate);
    const fault =
      (trustedLeaf ? facts.trustedFault() : facts.fault()) ??
      facts.profileFault(rules.profile, index === 0 ? 'leaf' : 'intermediate') ??
      // §6.1.3 (b), (c): not for self-issued certificates, the last one excepted.
      (index === 0 || !certificate.selfIssued ? constrained(facts, constraints, rules.features) : null) ??
      facts.purposeFault(rules.purpose);
    if (fault !== null) return { fault, index };
    if (index === 0) break;
    const notIssuer = facts.issuerFault();
    if (notIssuer !== null) return { fault: notIssuer, index };
    // §6.1.4 (l), (m).
    if (!certificate.selfIssued && --left < 0) return { fault: depthFault(), index };
    left = Math.min(left, certificate.basicConstraints?.pathLength ?? left);
    if (certificate.nameConstraints !== undefined) constraints.push(certificate.nameConstraints);
  }
  const usage = leafUsageFault(path[0], rules.keyUsage);
  return usage === null ? null : { fault: usage, index: 0 };
}

function constrained(
  facts: CertificateFacts,
  constraints: readonly NameConstraints[],
  { nameConstraints }: VerifierFeatures,
): Fault | null {
  for (const each of constraints) {
    const found = nameConstraints ? facts.constraintFault(each, nameConstraints) : unreadFault('nameConstraints');
    if (found !== null) return found;
  }
  return null;
}

/** What the caller says of an anchor holds for whatever is trusted by it, the anchor as a leaf included. */
function callerFault({ constraints }: TrustAnchor, leaf: Certificate, rules: PathRules): Fault | null {
  if (constraints.distrustAfter !== undefined && leaf.notBefore > Number(constraints.distrustAfter)) {
    return constraintFault('the anchor is not trusted for certificates issued this late', 'the anchor’s constraints');
  }
  const { purpose } = rules;
  if (constraints.purposes !== undefined && purpose !== undefined && !constraints.purposes.includes(purpose)) {
    return constraintFault('the anchor is not trusted for this purpose', 'the anchor’s constraints');
  }
  return null;
}

/** An anchor that is a certificate obeys its own dates, usages and profile (RFC 5937 §3), an own signature excepted. */
function anchorFault(anchor: TrustAnchor, rules: PathRules): Fault | null {
  const { certificate } = anchor;
  if (certificate === undefined) {
    const key = usableKey(() => anchor.publicKey);
    return 'code' in key ? key : keyFault(key, rules.strength);
  }
  // What limits it must be beyond doubt: of an extension that stands twice one would be left out.
  if (certificate.faults.length > 0) return faultOf(certificate.faults[0]);
  return (
    dateFault(certificate, rules.time) ??
    usableKeyFault(certificate, rules.strength) ??
    unknownCriticalFault(certificate) ??
    rules.profile?.certificateFault(certificate, 'anchor') ??
    purposeFault(certificate, rules.purpose) ??
    (certificate.version === 3 ? issuerFault(certificate) : null)
  );
}

function depthFault(): Fault {
  return constraintFault('more intermediates than path length or depth allow', 'RFC 5280 §6.1.4 (l)');
}

/**
 * Policies without the feature that processes them: as long as nobody demands one they decide nothing (RFC 5280 §6.1.3 (f)), so
 * what constrains them, or is critical, refuses the path.
 * @returns the index in `path` of what it has, the anchor's certificate coming last; -1 for nothing
 */
export function unreadPolicies(path: readonly Certificate[], anchor: Certificate | undefined): number {
  return [...path, ...(anchor === undefined ? [] : [anchor])].findIndex(
    ({ policyConstraints, inhibitAnyPolicy, extensions }) =>
      policyConstraints !== undefined ||
      inhibitAnyPolicy !== undefined ||
      extensions.get(extensionOids.policyMappings)?.critical === true,
  );
}
