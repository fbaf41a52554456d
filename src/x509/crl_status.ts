// What CRLs say of one certificate: RFC 5280 §6.3 with distribution points, reasons, indirect lists and delta lists.

import type { Certificate } from './certificate.ts';
import { type Crl, type RevokedEntry, revocationReasons } from './crl.ts';
import { type DistributionPoint, fullNames } from './distribution_point.ts';
import { extensionOids as ids } from './extensions.ts';
import type { GeneralName } from './general_name.ts';
import { equalBytes, type Name } from './name.ts';
import type { Profile } from './profile.ts';
import type { Waiting } from './settle.ts';

/** What is known of a certificate. */
export type RevocationStatus =
  | { readonly status: 'good' }
  | { readonly status: 'revoked'; readonly entry: RevokedEntry }
  /** `why` is set if lists of the right issuer were there and none of them could be used. */
  | { readonly status: 'unknown'; readonly why: string | undefined };

/** Says whether a CRL is signed by one who may sign it for this certificate; undefined if so, else why not. */
export type AuthenticateCrl = (crl: Crl) => Waiting<string | undefined>;

/** ReasonFlags 1 (keyCompromise) to 8 (aACompromise): bit 0 is unused (§4.2.1.13). */
const ALL_REASONS = 0x1fe;

/** What a CRL must satisfy: the time in milliseconds since the epoch, and how much is demanded of its issuer. */
export interface CrlRules {
  readonly time: number;
  readonly profile: Profile | undefined;
}

/** Processes `crls` for `certificate`. */
export function* crlStatus(
  certificate: Certificate,
  crls: readonly Crl[],
  rules: CrlRules,
  authenticate: AuthenticateCrl,
): Waiting<RevocationStatus> {
  const complete = crls.filter(crl => crl.baseCrlNumber === undefined);
  const deltas = crls.filter(crl => crl.baseCrlNumber !== undefined);
  let covered = 0;
  let why: string | undefined;
  // §6.3.3: the points of the certificate, then one that stands for the issuer itself.
  for (const point of [...(certificate.crlDistributionPoints ?? []), issuerPoint(certificate.issuer)]) {
    for (const crl of complete) {
      if (covered === ALL_REASONS) break;
      if (!inScope(crl, certificate, point)) continue;
      // (d), (e): a list adds something only if it covers a reason that none before it did.
      const reasons = reasonsOf(crl, point);
      if ((reasons & ~covered) === 0) continue;
      const unusable = currency(crl, rules) ?? (yield* authenticate(crl));
      if (unusable !== undefined) {
        why ??= unusable;
        continue;
      }
      const delta = yield* usableDelta(crl, deltas, certificate, point, rules, authenticate);
      const entry =
        delta?.find(certificate.serialNumber, certificate.issuer) ??
        crl.find(certificate.serialNumber, certificate.issuer);
      // (k): a certificate that a delta removes from hold is good again.
      if (entry !== undefined && entry.reason !== revocationReasons.removeFromCRL) return { status: 'revoked', entry };
      covered |= reasons;
    }
  }
  return covered === ALL_REASONS ? { status: 'good' } : { status: 'unknown', why: why ?? partly(covered) };
}

function partly(covered: number): string | undefined {
  return covered === 0 ? undefined : 'the CRLs given cover some reasons for revocation only';
}

function issuerPoint(issuer: Name): DistributionPoint {
  return {
    name: { type: 'full', names: [{ type: 'directory', name: issuer }] },
    reasons: undefined,
    crlIssuer: undefined,
  };
}

/** §6.3.3 (a): a list counts from thisUpdate to nextUpdate; one without nextUpdate is outside of the profile (§5.1.2.5). */
function currency(crl: Crl, { time, profile }: CrlRules): string | undefined {
  if (crl.unusable !== undefined) return `a CRL cannot be used: ${crl.unusable}`;
  if (crl.thisUpdate > time) return 'a CRL is from the future';
  if (crl.nextUpdate === undefined) return 'a CRL does not say when the next one comes (RFC 5280 §5.1.2.5)';
  if (crl.nextUpdate < time) return 'a CRL is out of date';
  const broken = profile?.crlFault(crl);
  return broken === undefined ? undefined : `a CRL cannot be used: ${broken}`;
}

/** §6.3.3 (b): is the list by the right issuer and for such certificates? */
function inScope(crl: Crl, certificate: Certificate, point: DistributionPoint): boolean {
  const scope = crl.issuingDistributionPoint;
  if (point.crlIssuer !== undefined) {
    if (scope?.indirect !== true || !hasDirectoryName(point.crlIssuer, crl.issuer)) return false;
  } else if (!crl.issuer.equals(certificate.issuer)) return false;
  if (scope === undefined) return true;

  const authority = certificate.basicConstraints?.ca === true;
  if (scope.onlyAttributeCertificates) return false;
  if (scope.onlyUserCertificates && authority) return false;
  if (scope.onlyAuthorityCertificates && !authority) return false;
  if (scope.name === undefined) return true;
  const own = fullNames(scope.name, crl.issuer);
  const wanted = point.name === undefined ? point.crlIssuer! : fullNames(point.name, crl.issuer);
  return own.some(name => wanted.some(other => sameName(name, other)));
}

function hasDirectoryName(names: readonly GeneralName[], wanted: Name): boolean {
  return names.some(name => name.type === 'directory' && name.name.equals(wanted));
}

function sameName(a: GeneralName, b: GeneralName): boolean {
  if (a.type === 'directory' && b.type === 'directory') return a.name.equals(b.name);
  if (a.type === 'uri' && b.type === 'uri') return a.value === b.value;
  if (a.type === 'dns' && b.type === 'dns') return a.value.toLowerCase() === b.value.toLowerCase();
  if (a.type === 'email' && b.type === 'email') return a.value === b.value;
  if (a.type === 'ip' && b.type === 'ip') return equalBytes(a.value, b.value);
  return false;
}

/** §6.3.3 (d). */
function reasonsOf(crl: Crl, point: DistributionPoint): number {
  return (point.reasons ?? ALL_REASONS) & (crl.issuingDistributionPoint?.onlySomeReasons ?? ALL_REASONS) & ALL_REASONS;
}

/** §6.3.3 (c), (h): the newest delta list that fits `crl`. */
function* usableDelta(
  crl: Crl,
  deltas: readonly Crl[],
  certificate: Certificate,
  point: DistributionPoint,
  rules: CrlRules,
  authenticate: AuthenticateCrl,
): Waiting<Crl | undefined> {
  let best: Crl | undefined;
  for (const delta of deltas) {
    if (!delta.issuer.equals(crl.issuer) || !inScope(delta, certificate, point)) continue;
    if (!sameExtension(crl, delta, ids.issuingDistributionPoint)) continue;
    if (!sameExtension(crl, delta, ids.authorityKeyIdentifier)) continue;
    // §5.2.4: the complete list is at least as new as the base, and older than the delta.
    if (crl.crlNumber === undefined || delta.crlNumber === undefined) continue;
    if (compare(crl.crlNumber, delta.baseCrlNumber!) < 0 || compare(crl.crlNumber, delta.crlNumber) >= 0) continue;
    if (best?.crlNumber !== undefined && compare(delta.crlNumber, best.crlNumber) <= 0) continue;
    if (currency(delta, rules) !== undefined || (yield* authenticate(delta)) !== undefined) continue;
    best = delta;
  }
  return best;
}

function sameExtension(a: Crl, b: Crl, oid: string): boolean {
  const [first, second] = [a.extensions.get(oid)?.value, b.extensions.get(oid)?.value];
  return first === undefined || second === undefined ? first === second : equalBytes(first, second);
}

/** Compares unsigned big-endian numbers without leading zeros. */
function compare(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}
