// Finds a path from a leaf to a trust anchor through any heap of intermediates: out of order, cross-signed, looping
// (RFC 4158). Depth first, names first, then RFC 5280 §6.1, then signatures from the anchor down, each at most once.

import { TlsError } from '../base/errors.ts';
import type { HashAlgorithm } from '../crypto/hash.ts';
import type { SignatureVerifier } from '../crypto/signature.ts';
import type { Budget } from './budget.ts';
import type { Certificate } from './certificate.ts';
import { CertificateError, type Fault, fault } from './certificate_error.ts';
import { equalBytes } from './name.ts';
import { certificateFault, issuerFault, type PathRules, validatePath } from './path_validation.ts';
import type { Waiting } from './settle.ts';
import { usableKey, verifySignature } from './signature_check.ts';
import { anchorsNamed, indexBySubject, type TrustAnchor } from './trust_anchor.ts';

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

/** Certificates in a path, self-issued ones included, whatever depth was asked for. */
const MAX_PATH = 32;

/** The further a path came, the more its fault says. */
const rank = { unknownIssuer: 0, candidate: 1, signature: 2, path: 3 } as const;

export class PathBuilder {
  readonly anchors: readonly TrustAnchor[];
  readonly intermediates: readonly Certificate[];
  readonly verifiers: readonly SignatureVerifier[];
  readonly budget: Budget;
  /** Verified signatures: child -> issuer (Certificate or TrustAnchor) -> fault or null. */
  readonly #signatures = new Map<Certificate, Map<object, Fault | null>>();
  #bySubject: Map<string, Certificate[]> | undefined;

  constructor(
    anchors: readonly TrustAnchor[],
    intermediates: readonly Certificate[],
    verifiers: readonly SignatureVerifier[],
    budget: Budget,
  ) {
    this.anchors = anchors;
    this.intermediates = intermediates;
    this.verifiers = verifiers;
    this.budget = budget;
  }

  /** @throws CertificateError that says why the most promising path is none */
  *build(leaf: Certificate, rules: PathRules, accept: Accept): Waiting<BuiltPath> {
    const search = new Search(this, rules, accept);
    const trusted = sameAnchor(this.anchors, leaf);
    if (trusted !== undefined) {
      const found = yield* search.complete([trusted.certificate!], trusted);
      if (found !== null) return found;
    }
    const found = yield* search.from([leaf]);
    if (found !== null) return found;
    throw search.failure(leaf);
  }

  /** Intermediates with this subject from which an anchor can be reached by names. */
  issuersNamed(key: string): readonly Certificate[] {
    return (this.#bySubject ??= rooted(this.intermediates, this.anchors)).get(key) ?? [];
  }

  /** Null if `issuer` signed `child`; computed once. */
  *signature(child: Certificate, issuer: Certificate | TrustAnchor): Waiting<Fault | null> {
    let known = this.#signatures.get(child);
    if (known === undefined) this.#signatures.set(child, (known = new Map()));
    const before = known.get(issuer);
    if (before !== undefined) return before;
    this.budget.take('signatures');
    const key = usableKey(() => issuer.publicKey);
    const { signatureParameters, signatureAlgorithm, tbs, signature } = child;
    const result =
      'code' in key
        ? key
        : yield* verifySignature(this.verifiers, key, signatureParameters, signatureAlgorithm.oid, tbs, signature);
    known.set(issuer, result);
    return result;
  }

  /** True if the signature is known to be wrong. */
  refuted(child: Certificate, issuer: object): boolean {
    return (this.#signatures.get(child)?.get(issuer) ?? null) !== null;
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
    const builder = this.#builder;
    const child = path[path.length - 1];
    const index = path.length - 1;
    const key = this.#guard(index, child, () => child.issuer.key);
    if (key === undefined) return null;

    const anchors = anchorsNamed(builder.anchors, child.issuer);
    builder.budget.take('steps', anchors.length);
    for (const anchor of byLikelihood(child, anchors, this.#rules.time)) {
      if (builder.refuted(child, anchor)) continue;
      const found = yield* this.complete(path, anchor);
      if (found !== null) return found;
    }

    const issuers = builder.issuersNamed(key);
    if (issuers.length === 0) this.#note(rank.unknownIssuer, new CertificateError(unknownIssuer(child), index, child));
    if (path.length >= MAX_PATH || logicalDepth(path) > this.#rules.maxDepth) return null;
    builder.budget.take('steps', issuers.length);
    for (const issuer of byLikelihood(child, issuers, this.#rules.time)) {
      if (path.some(other => sameEntity(other, issuer)) || builder.refuted(child, issuer)) continue;
      const found = this.#guard(
        path.length,
        issuer,
        () => certificateFault(issuer, this.#rules) ?? issuerFault(issuer),
      );
      if (found === undefined) continue;
      if (found !== null) {
        this.#note(rank.candidate, new CertificateError(found, path.length, issuer));
        continue;
      }
      path.push(issuer);
      const result = yield* this.from(path);
      path.pop();
      if (result !== null) return result;
    }
    return null;
  }

  /** A path whose names reach an anchor: all rules, then the signatures, then what the caller demands. */
  *complete(path: readonly Certificate[], anchor: TrustAnchor): Waiting<BuiltPath | null> {
    const builder = this.#builder;
    builder.budget.take('paths');
    const valid = this.#guard(path.length - 1, path[path.length - 1], () => {
      validatePath(path, anchor, this.#rules, () => builder.budget.take('comparisons'));
      return true;
    });
    if (valid === undefined) return null;
    for (let index = path.length - 1; index >= 0; index--) {
      const issuer = path[index + 1] ?? anchor;
      if (path[index] === anchor.certificate) continue;
      const wrong = yield* builder.signature(path[index], issuer);
      if (wrong === null) continue;
      this.#note(rank.signature, new CertificateError(wrong, index, path[index]));
      return null;
    }
    const found = { path: [...path], anchor };
    try {
      yield* this.#accept(found);
      return found;
    } catch (error) {
      if (!(error instanceof TlsError) || !aboutCertificates(error)) throw error;
      this.#note(rank.path, error instanceof CertificateError ? error : asFault(error, -1, undefined));
      return null;
    }
  }

  /** Runs a check; a fault of the certificate is noted and gives undefined. */
  #guard<T>(index: number, certificate: Certificate, check: () => T): T | undefined {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof TlsError) || !aboutCertificates(error)) throw error;
      this.#note(rank.path, error instanceof CertificateError ? error : asFault(error, index, certificate));
      return undefined;
    }
  }

  #note(level: number, error: CertificateError): void {
    if (level <= this.#rank) return;
    this.#rank = level;
    this.#failure = error;
  }
}

/** True for what speaks of one path only; a budget that is used up or misuse of the API ends the search. */
function aboutCertificates({ code }: TlsError): boolean {
  return code !== 'ERR_CERT_BUDGET' && (code.startsWith('ERR_CERT_') || code === 'ERR_MALFORMED_DER');
}

/** A decoding error inside a certificate as the fault that it is. */
export function asFault(error: TlsError, index: number, certificate: Certificate | undefined): CertificateError {
  const code = error.code === 'ERR_MALFORMED_DER' ? 'ERR_CERT_MALFORMED' : error.code;
  const found = fault(
    code,
    error.message,
    'RFC 5280 §4.1',
    'Have the certificate issued again by software that follows the RFC.',
  );
  return new CertificateError(found, index, certificate, error);
}

function unknownIssuer(certificate: Certificate): Fault {
  const issuer = certificate.issuer.toString() || 'an empty name';
  return fault(
    'ERR_CERT_UNKNOWN_ISSUER',
    `no trust anchor is reached by way of its issuer (${issuer})`,
    'RFC 5280 §6.1',
    'Trust the CA that issued it, or have the server send its intermediate certificates.',
  );
}

function sameAnchor(anchors: readonly TrustAnchor[], leaf: Certificate): TrustAnchor | undefined {
  return anchors.find(({ certificate }) => certificate !== undefined && equalBytes(certificate.der, leaf.der));
}

/** RFC 4158 §2.4.2: the same subject and key again is a loop, however its certificate differs. */
function sameEntity(a: Certificate, b: Certificate): boolean {
  return a === b || (equalBytes(a.spki, b.spki) && a.subject.equals(b.subject));
}

function logicalDepth(path: readonly Certificate[]): number {
  return path.reduce((sum, certificate, index) => sum + (index > 0 && !certificate.selfIssued ? 1 : 0), 0);
}

/** Intermediates by subject key, those from which no anchor's name can be reached left out: linear in their number. */
function rooted(intermediates: readonly Certificate[], anchors: readonly TrustAnchor[]): Map<string, Certificate[]> {
  const byIssuer = new Map<string, Certificate[]>();
  const reached: Certificate[] = [];
  for (const certificate of intermediates) {
    const key = keyOf(certificate);
    if (key === undefined) continue;
    if (anchorsNamed(anchors, certificate.issuer).length > 0) {
      reached.push(certificate);
      continue;
    }
    const same = byIssuer.get(key);
    if (same === undefined) byIssuer.set(key, [certificate]);
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

/** A certificate with malformed names cannot be in a path; that it was sent harms nobody. */
function keyOf(certificate: Certificate): string | undefined {
  try {
    return certificate.subject.key === '' && certificate.issuer.key === '' ? undefined : certificate.issuer.key;
  } catch {
    return undefined;
  }
}

/** The issuers whose key identifier is the wanted one first, then those that do not say, valid ones before others. */
function byLikelihood<T extends Certificate | TrustAnchor>(
  child: Certificate,
  issuers: readonly T[],
  time: number,
): readonly T[] {
  if (issuers.length < 2) return issuers;
  const wanted = attempt(() => child.authorityKeyIdentifier?.keyIdentifier);
  const score = (issuer: T) => {
    const certificate = 'certificate' in issuer ? issuer.certificate : (issuer as Certificate);
    if (certificate === undefined) return 1;
    const own = attempt(() => certificate.subjectKeyIdentifier);
    const match = wanted === undefined || own === undefined ? 1 : equalBytes(wanted, own) ? 0 : 2;
    return match + (time < certificate.notBefore || time > certificate.notAfter ? 4 : 0);
  };
  return issuers
    .map(issuer => ({ issuer, order: score(issuer) }))
    .sort((a, b) => a.order - b.order)
    .map(({ issuer }) => issuer);
}

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
