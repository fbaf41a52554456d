// What CRLs say of one certificate: RFC 5280 §6.3 with distribution points, reasons, indirect lists and delta lists.

import type { Certificate } from './certificate.ts';
import { type Crl, type RevokedEntry, revocationReasons } from './crl.ts';
import { type DistributionPoint, fullNames } from './distribution_point.ts';
import { extensionOids as ids } from './extensions.ts';
import type { GeneralName } from './general_name.ts';
import { equalBytes, type Name } from './name.ts';
import type { Profile } from './profile.ts';
import { lowerAscii } from './server_identity.ts';
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

/**
 * Processes `crls` for `certificate`. Every list in its scope is looked at, whatever their order: one that revokes outweighs
 * all others, and among lists of one scope only the newest counts.
 */
export function* crlStatus(
  certificate: Certificate,
  crls: readonly Crl[],
  rules: CrlRules,
  authenticate: AuthenticateCrl,
): Waiting<RevocationStatus> {
  const verdicts = new Map<Crl, string | undefined>();
  const judge: AuthenticateCrl = function* (crl) {
    if (!verdicts.has(crl)) verdicts.set(crl, currency(crl, rules) ?? (yield* authenticate(crl)));
    return verdicts.get(crl);
  };
  let covered = 0;
  let why: string | undefined;
  // §6.3.3: the points of the certificate, then one that stands for the issuer itself.
  for (const point of [...(certificate.crlDistributionPoints ?? []), issuerPoint(certificate.issuer)]) {
    const usable: Crl[] = [];
    for (const crl of crls) {
      if (!inScope(crl, certificate, point) || reasonsOf(crl, point) === 0) continue;
      const unusable = yield* judge(crl);
      if (unusable === undefined) usable.push(crl);
      else why ??= unusable;
    }
    const complete = newest(usable.filter(crl => crl.baseCrlNumber === undefined));
    const deltas = newest(usable.filter(crl => crl.baseCrlNumber !== undefined));
    for (const crl of complete) {
      const delta = deltas.find(each => updates(each, crl));
      const entry = entryOf(delta, certificate) ?? entryOf(crl, certificate);
      // (k): a certificate that a delta removes from hold is good again.
      if (entry !== undefined && entry.reason !== revocationReasons.removeFromCRL) return { status: 'revoked', entry };
      covered |= reasonsOf(crl, point);
    }
    // A delta list whose base was not given makes nothing good, but what it revokes is revoked.
    for (const delta of deltas) {
      const entry = complete.some(crl => replaces(crl, delta)) ? undefined : entryOf(delta, certificate);
      if (entry !== undefined && entry.reason !== revocationReasons.removeFromCRL) return { status: 'revoked', entry };
    }
  }
  return covered === ALL_REASONS ? { status: 'good' } : { status: 'unknown', why: why ?? partly(covered) };
}

function entryOf(crl: Crl | undefined, { serialNumber, issuer }: Certificate): RevokedEntry | undefined {
  return crl?.find(serialNumber, issuer);
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
  const wanted = point.name === undefined ? (point.crlIssuer ?? []) : fullNames(point.name, crl.issuer);
  return own.some(name => wanted.some(other => sameName(name, other)));
}

function hasDirectoryName(names: readonly GeneralName[], wanted: Name): boolean {
  return names.some(name => name.type === 'directory' && name.name.equals(wanted));
}

function sameName(a: GeneralName, b: GeneralName): boolean {
  if (a.type === 'directory' && b.type === 'directory') return a.name.equals(b.name);
  if (a.type === 'uri' && b.type === 'uri') return a.value === b.value;
  if (a.type === 'dns' && b.type === 'dns') return lowerAscii(a.value) === lowerAscii(b.value);
  if (a.type === 'email' && b.type === 'email') return a.value === b.value;
  if (a.type === 'ip' && b.type === 'ip') return equalBytes(a.value, b.value);
  return false;
}

/** §6.3.3 (d). */
function reasonsOf(crl: Crl, point: DistributionPoint): number {
  return (point.reasons ?? ALL_REASONS) & (crl.issuingDistributionPoint?.onlySomeReasons ?? ALL_REASONS) & ALL_REASONS;
}

/** Those that no other of the same scope replaces. */
function newest(crls: readonly Crl[]): readonly Crl[] {
  return crls.filter(crl => !crls.some(other => sameScope(crl, other) && isNewer(other, crl)));
}

/** §5.2.5: by the same issuer, under the same key as far as they say, with the same distribution point. */
function sameScope(a: Crl, b: Crl): boolean {
  return (
    a.issuer.equals(b.issuer) &&
    sameExtension(a, b, ids.issuingDistributionPoint) &&
    sameExtension(a, b, ids.authorityKeyIdentifier)
  );
}

/** §5.2.3: by number and by date. Where the two disagree neither list is the newer one, and both count. */
function isNewer(a: Crl, b: Crl): boolean {
  const byTime = Math.sign(a.thisUpdate - b.thisUpdate);
  const byNumber =
    a.crlNumber === undefined || b.crlNumber === undefined ? byTime : Math.sign(compare(a.crlNumber, b.crlNumber));
  return byTime + byNumber > 0;
}

/** §6.3.3 (c), §5.2.4: the complete list is at least as new as the base of the delta, and older than the delta. */
function updates(delta: Crl, complete: Crl): boolean {
  if (complete.crlNumber === undefined || delta.crlNumber === undefined || !sameScope(delta, complete)) return false;
  return compare(complete.crlNumber, delta.baseCrlNumber!) >= 0 && compare(complete.crlNumber, delta.crlNumber) < 0;
}

/** True for a complete list that came after a delta list, which then has nothing to add. */
function replaces(complete: Crl, delta: Crl): boolean {
  return sameScope(complete, delta) && isNewer(complete, delta);
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
