// Finds a path from a leaf to a trust anchor through any heap of intermediates: out of order, cross-signed, looping
// (RFC 4158). Depth first, names first, then RFC 5280 §6.1, then signatures from the anchor down, each at most once.

import { TlsError } from '../base/errors.ts';
import type { HashAlgorithm } from '../crypto/hash.ts';
import type { CertificateStrength, SignatureParameters, SignatureVerifier } from '../crypto/signature.ts';
import type { AlgorithmIdentifier } from './algorithm.ts';
import type { Budget } from './budget.ts';
import type { Certificate } from './certificate.ts';
import { aboutCertificates, CertificateError, clipped, type Fault, fault, faultOf } from './certificate_error.ts';
import { CertificateFacts } from './certificate_facts.ts';
import { unreadFault } from './certificate_rules.ts';
import { equalBytes } from './name.ts';
import { type PathFault, type PathRules, pathFault, unreadPolicies } from './path_validation.ts';
import type { Waiting } from './settle.ts';
import { strengthOf, usableKey, verifySignature } from './signature_check.ts';
import { type AnchorIndex, anchorIndex, indexBySubject, nameKey, type TrustAnchor } from './trust_anchor.ts';

/** A path that satisfies every rule. */
export interface BuiltPath {
  /** Leaf first, without the anchor. */
  readonly path: readonly Certificate[];
  readonly anchor: TrustAnchor;
}

/** What came with a handshake; undefined as a whole where there was none. */
export interface StapledStatus {
  /** DER OCSPResponse. */
  readonly ocspResponse?: Uint8Array;
  /** SerializedSCTs of the TLS extension. */
  readonly timestamps?: readonly Uint8Array[];
}

/** What a check may use. */
export interface CheckContext {
  readonly builder: PathBuilder;
  readonly rules: PathRules;
  readonly hashes: readonly HashAlgorithm[];
  readonly stapled: StapledStatus | undefined;
}

/** A further condition on a path that is valid and signed, such as `revocation` or `transparency`. */
export interface PathCheck {
  /** @throws CertificateError to have the next path tried */
  check(found: BuiltPath, context: CheckContext): Waiting<void>;
}

/** A last condition on a path that is valid so far; throws CertificateError to have the next path tried. */
export type Accept = (found: BuiltPath) => Waiting<void>;

/** What has a signature of an issuer: a certificate, a CRL, an OCSP response. */
export interface Signed {
  readonly tbs: Uint8Array;
  readonly signatureParameters: SignatureParameters | undefined;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
}

/** Certificates in a path, self-issued ones included, whatever depth was asked for. */
const MAX_PATH = 32;

/** The further a path came, the more its fault says. */
const rank = { unknownIssuer: 0, candidate: 1, signature: 2, path: 3 } as const;

/** What one verification knows: issuers by name, facts of certificates, signatures. Every piece of work is done once. */
export class PathBuilder {
  readonly anchors: readonly TrustAnchor[];
  readonly intermediates: readonly Certificate[];
  readonly verifiers: readonly SignatureVerifier[];
  readonly budget: Budget;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly #strength: CertificateStrength;
  readonly #anchorsByName: AnchorIndex;
  /** Verified signatures: what is signed -> number of the issuer's key -> fault or null. */
  readonly #signatures = new Map<Signed, Map<number, Fault | null>>();
  readonly #facts = new Map<Certificate, CertificateFacts>();
  readonly #keys = new Map<Certificate | TrustAnchor, number>();
  readonly #entities = new Map<Certificate, number>();
  readonly #numbers = new Map<string, number>();
  readonly #issuers = new Map<Certificate, readonly Certificate[]>();
  readonly #anchors = new Map<Certificate, readonly TrustAnchor[]>();
  #bySubject: Map<string, Certificate[]> | undefined;

  constructor(
    anchors: readonly TrustAnchor[],
    intermediates: readonly Certificate[],
    verifiers: readonly SignatureVerifier[],
    budget: Budget,
    time: number,
  ) {
    this.anchors = anchors;
    this.intermediates = intermediates;
    this.verifiers = verifiers;
    this.#strength = strengthOf(verifiers);
    this.budget = budget;
    this.time = time;
    this.#anchorsByName = anchorIndex(anchors);
  }

  /** @throws CertificateError that says why the most promising path is none */
  *build(leaf: Certificate, rules: PathRules, accept: Accept): Waiting<BuiltPath> {
    const search = new Search(this, rules, accept);
    for (const anchor of this.anchors) {
      if (anchor.certificate === undefined || !equalBytes(anchor.certificate.der, leaf.der)) continue;
      const found = yield* search.complete([anchor.certificate], anchor);
      if (found !== null) return found;
    }
    const found = yield* search.from([leaf]);
    if (found !== null) return found;
    throw search.failure(leaf);
  }

  factsOf(certificate: Certificate): CertificateFacts {
    let facts = this.#facts.get(certificate);
    if (facts === undefined) {
      this.#facts.set(certificate, (facts = new CertificateFacts(certificate, this.budget, this.time, this.#strength)));
    }
    return facts;
  }

  /** Intermediates with this subject from which an anchor can be reached by names. */
  issuersNamed(key: string): readonly Certificate[] {
    return (this.#bySubject ??= rooted(this.intermediates, this.#anchorsByName)).get(key) ?? [];
  }

  /** Those that may have issued `child`, likely ones first. @param key of its issuer's name */
  issuersOf(child: Certificate, key: string): readonly Certificate[] {
    let found = this.#issuers.get(child);
    if (found === undefined) this.#issuers.set(child, (found = this.#byLikelihood(child, this.issuersNamed(key))));
    return found;
  }

  /** The same among the anchors. */
  anchorsOf(child: Certificate, key: string): readonly TrustAnchor[] {
    let found = this.#anchors.get(child);
    if (found === undefined) {
      this.#anchors.set(child, (found = this.#byLikelihood(child, this.#anchorsByName.get(key) ?? [])));
    }
    return found;
  }

  /**
   * Null if `issuer` made the signature; computed once.
   * @param byPeer false for what the caller gave: its length is not the peer's doing
   */
  *signature(signed: Signed, issuer: Certificate | TrustAnchor, byPeer = true): Waiting<Fault | null> {
    let known = this.#signatures.get(signed);
    if (known === undefined) this.#signatures.set(signed, (known = new Map()));
    const key = this.#keyOf(issuer);
    const before = known.get(key);
    if (before !== undefined) return before;
    const result = yield* this.#verify(signed, issuer, byPeer);
    known.set(key, result);
    return result;
  }

  *#verify(signed: Signed, issuer: Certificate | TrustAnchor, byPeer: boolean): Waiting<Fault | null> {
    const key = usableKey(() => issuer.publicKey);
    if ('code' in key) return key;
    const { signatureAlgorithm, tbs, signature } = signed;
    let parameters: SignatureParameters | undefined;
    try {
      parameters = signed.signatureParameters;
    } catch (error) {
      if (!(error instanceof TlsError) || !aboutCertificates(error)) throw error;
      return faultOf(error);
    }
    this.budget.takeSignature(key, parameters, byPeer ? tbs.length : 0);
    return yield* verifySignature(this.verifiers, key, parameters, signatureAlgorithm.oid, tbs, signature);
  }

  /** True if the signature is known to be wrong. */
  refuted(child: Certificate, issuer: Certificate | TrustAnchor): boolean {
    const known = this.#signatures.get(child);
    return known !== undefined && (known.get(this.#keyOf(issuer)) ?? null) !== null;
  }

  /** Equal for certificates of the same subject and key (RFC 4158 §2.4.2), however else they differ. */
  entityOf(certificate: Certificate): number {
    let entity = this.#entities.get(certificate);
    if (entity === undefined) {
      entity = this.#numberOf(`entity ${this.#keyOf(certificate)} ${nameKey(certificate.subject)}`);
      this.#entities.set(certificate, entity);
    }
    return entity;
  }

  /** Equal for equal keys. */
  #keyOf(issuer: Certificate | TrustAnchor): number {
    let key = this.#keys.get(issuer);
    if (key === undefined) {
      this.budget.takeReading(issuer.spki.length);
      key = this.#numberOf(`key ${textOfBytes(issuer.spki)}`);
      this.#keys.set(issuer, key);
    }
    return key;
  }

  /** A number for each text, so that two long ones are compared once and not at every step. */
  #numberOf(text: string): number {
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    return number;
  }

  /** The issuers whose key identifier is the wanted one first, then those that do not say, valid ones before others. */
  #byLikelihood<T extends Certificate | TrustAnchor>(child: Certificate, issuers: readonly T[]): readonly T[] {
    if (issuers.length < 2) return issuers;
    this.budget.takeItems(issuers.length);
    const wanted = attempt(() => child.authorityKeyIdentifier?.keyIdentifier);
    const score = (issuer: T) => {
      const certificate = 'certificate' in issuer ? issuer.certificate : (issuer as Certificate);
      if (certificate === undefined) return 1;
      const own = attempt(() => certificate.subjectKeyIdentifier);
      const match = wanted === undefined || own === undefined ? 1 : equalBytes(wanted, own) ? 0 : 2;
      return match + (this.time < certificate.notBefore || this.time > certificate.notAfter ? 4 : 0);
    };
    return issuers
      .map(issuer => ({ issuer, order: score(issuer) }))
      .sort((a, b) => a.order - b.order)
      .map(({ issuer }) => issuer);
  }
}

/** One search for one leaf. */
class Search {
  readonly #builder: PathBuilder;
  readonly #rules: PathRules;
  readonly #accept: Accept;
  #failure: CertificateError | undefined;
  #rank = -1;

  constructor(builder: PathBuilder, rules: PathRules, accept: Accept) {
    this.#builder = builder;
    this.#rules = rules;
    this.#accept = accept;
  }

  failure(leaf: Certificate): CertificateError {
    return this.#failure ?? new CertificateError(unknownIssuer(leaf), 0, leaf);
  }

  /** Extends `path` upwards. Recursion is at most MAX_PATH deep. */
  *from(path: Certificate[]): Waiting<BuiltPath | null> {
    yield null;
    const builder = this.#builder;
    const child = path[path.length - 1];
    const index = path.length - 1;
    let key: string;
    try {
      key = child.issuer.key;
    } catch (error) {
      this.#noteError(error, index, child);
      return null;
    }

    const anchors = builder.anchorsOf(child, key);
    this.#takeSteps(anchors.length);
    for (const anchor of anchors) {
      if (builder.refuted(child, anchor)) continue;
      const found = yield* this.complete(path, anchor);
      if (found !== null) return found;
    }

    const issuers = builder.issuersOf(child, key);
    if (issuers.length === 0) this.#note(rank.unknownIssuer, () => unknownIssuer(child), index, child);
    if (path.length >= MAX_PATH || logicalDepth(path) > this.#rules.maxDepth) return null;
    this.#takeSteps(issuers.length);
    for (const issuer of issuers) {
      if (builder.refuted(child, issuer) || this.#inPath(path, issuer)) continue;
      const facts = builder.factsOf(issuer);
      const fault = facts.fault() ?? facts.issuerFault();
      if (fault !== null) {
        this.#note(rank.candidate, () => fault, path.length, issuer);
        continue;
      }
      path.push(issuer);
      const result = yield* this.from(path);
      path.pop();
      if (result !== null) return result;
    }
    return null;
  }

  #takeSteps(count: number): void {
    this.#builder.budget.take('steps', count);
    this.#builder.budget.takeItems(count);
  }

  /** RFC 4158 §2.4.2: the same subject and key again is a loop. */
  #inPath(path: readonly Certificate[], issuer: Certificate): boolean {
    const entity = this.#builder.entityOf(issuer);
    return path.some(other => other === issuer || this.#builder.entityOf(other) === entity);
  }

  /** A path whose names reach an anchor: the rules, the signatures, the policies, then what the caller demands. */
  *complete(path: readonly Certificate[], anchor: TrustAnchor): Waiting<BuiltPath | null> {
    const builder = this.#builder;
    const rules = this.#rules;
    builder.budget.take('paths');
    builder.budget.takeItems(path.length);
    try {
      const wrong = pathFault(path, anchor, rules, each => builder.factsOf(each));
      if (wrong !== null) {
        this.#note(rank.path, () => wrong.fault, wrong.index, path[wrong.index] ?? anchor.certificate);
        return null;
      }
      for (let index = path.length - 1; index >= 0; index--) {
        if (path[index] === anchor.certificate) continue;
        const wrong = yield* builder.signature(path[index], path[index + 1] ?? anchor);
        if (wrong === null) continue;
        this.#note(rank.signature, () => wrong, index, path[index]);
        return null;
      }
      const above = path[0] === anchor.certificate ? undefined : anchor.certificate;
      const policy = this.#policyFault(path, above);
      if (policy !== null) {
        this.#note(rank.path, () => policy.fault, policy.index, path[policy.index] ?? above);
        return null;
      }
      const found = { path: [...path], anchor };
      yield* this.#accept(found);
      return found;
    } catch (error) {
      this.#noteError(error, -1, undefined);
      return null;
    }
  }

  #policyFault(path: readonly Certificate[], above: Certificate | undefined): PathFault | null {
    const { features, policies } = this.#rules;
    if (!features.certificatePolicies) {
      const index = unreadPolicies(path, above);
      return index < 0 ? null : { fault: unreadFault('certificatePolicies'), index };
    }
    const found = features.certificatePolicies([...path].reverse(), policies, above, this.#builder.budget);
    return found && { fault: found.fault, index: path.length - 1 - found.at };
  }

  /** Rethrows what speaks of more than this path. */
  #noteError(error: unknown, index: number, certificate: Certificate | undefined): void {
    if (!(error instanceof TlsError) || !aboutCertificates(error)) throw error;
    if (this.#rank >= rank.path) return;
    this.#rank = rank.path;
    this.#failure =
      error instanceof CertificateError ? error : new CertificateError(faultOf(error), index, certificate, error);
  }

  /** Keeps the fault of the most promising path; the text of all others is never made. */
  #note(level: number, fault: () => Fault, index: number, certificate: Certificate | undefined): void {
    if (level <= this.#rank) return;
    this.#rank = level;
    this.#failure = new CertificateError(fault(), index, certificate);
  }
}

function unknownIssuer(certificate: Certificate): Fault {
  const issuer = clipped(certificate.issuer.toString(), 200) || 'an empty name';
  return fault(
    'ERR_CERT_UNKNOWN_ISSUER',
    `no trust anchor is reached by way of its issuer (${issuer})`,
    'RFC 5280 §6.1',
    'Trust the CA that issued it, or have the server send its intermediate certificates.',
  );
}

function logicalDepth(path: readonly Certificate[]): number {
  return path.reduce((sum, certificate, index) => sum + (index > 0 && !certificate.selfIssued ? 1 : 0), 0);
}

/** Intermediates by subject key, those from which no anchor's name can be reached left out: linear in their number. */
function rooted(intermediates: readonly Certificate[], anchors: AnchorIndex): Map<string, Certificate[]> {
  const byIssuer = new Map<string, Certificate[]>();
  const reached: Certificate[] = [];
  for (const certificate of intermediates) {
    const [issuer, subject] = [nameKey(certificate.issuer), nameKey(certificate.subject)];
    // A certificate with malformed names cannot be in a path; that it was sent harms nobody.
    if (issuer === undefined || subject === undefined || (issuer === '' && subject === '')) continue;
    if (anchors.has(issuer)) {
      reached.push(certificate);
      continue;
    }
    const same = byIssuer.get(issuer);
    if (same === undefined) byIssuer.set(issuer, [certificate]);
    else same.push(certificate);
  }
  for (let i = 0; i < reached.length && byIssuer.size > 0; i++) {
    const { key } = reached[i].subject;
    const below = byIssuer.get(key);
    if (below === undefined) continue;
    byIssuer.delete(key);
    for (const certificate of below) reached.push(certificate);
  }
  return indexBySubject(reached);
}

const latin1 = new TextDecoder('latin1');

/** A character for each octet, so that maps can have bytes as keys. */
export function textOfBytes(bytes: Uint8Array): string {
  return latin1.decode(bytes);
}

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
