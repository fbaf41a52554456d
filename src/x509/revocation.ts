// Revocation of a whole path from what was given: CRLs, OCSP responses, the stapled response. castls fetches nothing.

import { copyOfBytes } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import { flag, listOf, objectWith, oneOf, readOptions, rule, withDefault } from '../base/options.ts';
import type { HashAlgorithm } from '../crypto/hash.ts';
import type { SignatureVerifier } from '../crypto/signature.ts';
import type { Certificate } from './certificate.ts';
import { CertificateError, type Fault, fault } from './certificate_error.ts';
import { timeText } from './certificate_text.ts';
import { Crl, revocationReasons } from './crl.ts';
import { crlStatus, type RevocationStatus } from './crl_status.ts';
import { keyUsages } from './extensions.ts';
import { equalBytes } from './name.ts';
import { type OcspResponse, parseOcspResponse } from './ocsp.ts';
import { ocspStatus } from './ocsp_status.ts';
import type { BuiltPath, CheckContext, PathBuilder, PathCheck, StapledStatus } from './path_builder.ts';
import type { PathRules } from './path_validation.ts';
import type { Waiting } from './settle.ts';
import type { TrustAnchor } from './trust_anchor.ts';

/** What to know about revocation, and how much of it. */
export interface RevocationOptions {
  /**
   * "require": every certificate must be known to be good. "if-available" (default): what is known must be good, and CRLs
   * given for an issuer must be usable.
   */
  readonly mode?: 'if-available' | 'require';
  /** "chain" (default) or the leaf alone. */
  readonly scope?: 'chain' | 'leaf';
  readonly crls?: readonly Crl[];
  readonly ocspResponses?: readonly OcspResponse[];
  /** Insist on a stapled response where the leaf does (RFC 7633); default true. */
  readonly mustStaple?: boolean;
  /** Tolerated difference of clocks for OCSP in milliseconds; default five minutes. */
  readonly clockSkew?: number;
}

const RULE = 'RFC 5280 §6.3';
/** status_request and status_request_v2 (RFC 7633 §3). */
const STAPLE_FEATURES = [5, 17];
/** Nested CRL issuers: a path for the list, a list for that path, and so on. */
const MAX_NESTING = 3;

/** What `parseCrl` and `parseOcspResponse` give. */
const crlRule = /* @__PURE__ */ rule<Crl>('what parseCrl gives', value => value instanceof Crl);
const ocspRule = /* @__PURE__ */ objectWith<OcspResponse>('what parseOcspResponse gives', 'der', 'status', 'basic');

const duration = /* @__PURE__ */ rule<number>(
  'a number of milliseconds from 0',
  value => Number.isFinite(value) && (value as number) >= 0,
);

const revocationTable = {
  mode: /* @__PURE__ */ withDefault(/* @__PURE__ */ oneOf('if-available', 'require'), 'if-available'),
  scope: /* @__PURE__ */ withDefault(/* @__PURE__ */ oneOf('chain', 'leaf'), 'chain'),
  crls: /* @__PURE__ */ withDefault(/* @__PURE__ */ listOf(crlRule), []),
  ocspResponses: /* @__PURE__ */ withDefault(/* @__PURE__ */ listOf(ocspRule), []),
  mustStaple: /* @__PURE__ */ withDefault(flag, true),
  clockSkew: /* @__PURE__ */ withDefault(duration, 300_000),
};

/**
 * A check for revocation. Nothing is fetched: it takes what is given here and what was stapled.
 * Throws ERR_CERT_REVOKED, ERR_CERT_REVOCATION_UNKNOWN, ERR_CERT_STAPLE_REQUIRED.
 * @throws ERR_INVALID_ARGUMENT
 */
export function revocation(options: RevocationOptions = {}): PathCheck {
  const checked = readOptions('revocation', revocationTable, options);
  return { check: (found, context) => new RevocationChecker(context, checked).check(found) };
}

interface ReadStaple {
  readonly response: OcspResponse | undefined;
  readonly why: string | undefined;
}

const readStaples = new WeakMap<StapledStatus, ReadStaple>();

/** The key that each list was last found to be signed with, and by whose arithmetic. */
const signedLists = new WeakMap<Crl, { readonly verifiers: readonly SignatureVerifier[]; readonly spki: Uint8Array }>();

class RevocationChecker {
  readonly #builder: PathBuilder;
  readonly #rules: PathRules;
  readonly #options: Required<RevocationOptions>;
  readonly #stapled: StapledStatus | undefined;
  readonly #hashes: readonly HashAlgorithm[];
  /** CRL issuers whose own path is being checked: none of them can vouch for another. */
  readonly #open: Certificate[] = [];

  constructor({ builder, rules, stapled, hashes }: CheckContext, options: Required<RevocationOptions>) {
    this.#builder = builder;
    this.#rules = rules;
    this.#options = options;
    this.#stapled = stapled;
    this.#hashes = hashes;
  }

  /** @throws CertificateError ERR_CERT_REVOKED, ERR_CERT_REVOCATION_UNKNOWN, ERR_CERT_STAPLE_REQUIRED */
  *check(found: BuiltPath): Waiting<void> {
    const { mode, scope, mustStaple } = this.#options;
    const { path, anchor } = found;
    for (let index = scope === 'leaf' ? 0 : path.length - 1; index >= 0; index--) {
      const certificate = path[index];
      if (certificate === anchor.certificate) continue;
      const issuer = path[index + 1] ?? anchor;
      const leaf = index === 0 && this.#open.length === 0;
      const ocsp = yield* this.#ocsp(certificate, issuer, leaf);
      const crl = yield* this.#crl(certificate, issuer, anchor);
      // Whatever revokes outweighs whatever says good or nothing.
      for (const status of [ocsp, crl]) {
        if (status.status === 'revoked') throw new CertificateError(revoked(status.entry), index, certificate);
      }
      if (leaf && mustStaple) this.#requireStaple(certificate, ocsp);
      if (ocsp.status === 'good' || crl.status === 'good') continue;
      const why = (crl as { why?: string }).why;
      if (mode === 'require' || why !== undefined) {
        const reasons = why ?? (ocsp as { why?: string }).why ?? 'no CRL or OCSP response was given for it';
        throw new CertificateError(unknown(reasons), index, certificate);
      }
    }
  }

  #requireStaple(leaf: Certificate, ocsp: RevocationStatus): void {
    if (this.#stapled === undefined || ocsp.status !== 'unknown') return;
    if (!leaf.tlsFeature?.some(feature => STAPLE_FEATURES.includes(feature))) return;
    const why = ocsp.why ?? 'the server sent none';
    throw new CertificateError(
      fault(
        'ERR_CERT_STAPLE_REQUIRED',
        `it demands a stapled OCSP response (must-staple), but ${why}`,
        'RFC 7633 §4.2.1',
        'Turn on OCSP stapling in the server, or renew its response.',
      ),
      0,
      leaf,
    );
  }

  *#ocsp(certificate: Certificate, issuer: Certificate | TrustAnchor, leaf: boolean): Waiting<RevocationStatus> {
    const stapled = leaf && this.#stapled !== undefined ? this.#readStapled(this.#stapled) : undefined;
    const responses = stapled?.response
      ? [stapled.response, ...this.#options.ocspResponses]
      : this.#options.ocspResponses;
    let why = stapled?.why;
    const { time } = this.#rules;
    const context = { builder: this.#builder, hashes: this.#hashes, time, clockSkew: this.#options.clockSkew };
    let good: RevocationStatus | undefined;
    for (const response of responses) {
      try {
        const status = yield* ocspStatus(certificate, issuer, response, context);
        // One that says "revoked" outweighs all that say "good".
        if (status.status === 'revoked') return status;
        if (status.status === 'good') good = status;
        else why ??= status.why;
      } catch (error) {
        // A name inside is decoded only now; a malformed response is none.
        if (!(error instanceof TlsError) || error.code !== 'ERR_MALFORMED_DER') throw error;
        why ??= error.message;
      }
    }
    return good ?? { status: 'unknown', why };
  }

  /** The stapled response, read once for all the paths that are tried; a malformed one is none. */
  #readStapled(stapled: StapledStatus): ReadStaple {
    let read = readStaples.get(stapled);
    if (read !== undefined) return read;
    read = { response: undefined, why: undefined };
    if (stapled.ocspResponse !== undefined) {
      this.#builder.budget.takeReading(stapled.ocspResponse.length);
      try {
        read = { response: parseOcspResponse(stapled.ocspResponse), why: undefined };
      } catch (error) {
        if (!(error instanceof TlsError)) throw error;
        read = { response: undefined, why: error.message };
      }
    }
    readStaples.set(stapled, read);
    return read;
  }

  *#crl(certificate: Certificate, issuer: Certificate | TrustAnchor, anchor: TrustAnchor): Waiting<RevocationStatus> {
    const { crls } = this.#options;
    if (crls.length === 0) return { status: 'unknown', why: undefined };
    // Every name of every point of the certificate meets every list.
    let names = 1;
    for (const { name, crlIssuer } of certificate.crlDistributionPoints ?? []) {
      names += 1 + (name?.type === 'full' ? name.names.length : 0) + (crlIssuer?.length ?? 0);
    }
    this.#builder.budget.takeItems(crls.length * names);
    return yield* crlStatus(certificate, crls, this.#rules, crl =>
      this.#authenticate(crl, certificate, issuer, anchor),
    );
  }

  /** §6.3.3 (f), (g): the signature and its maker. Most often that is the issuer of the certificate itself. */
  *#authenticate(
    crl: Crl,
    certificate: Certificate,
    issuer: Certificate | TrustAnchor,
    anchor: TrustAnchor,
  ): Waiting<string | undefined> {
    let why = 'no certificate for the issuer of a CRL was given';
    const direct = crl.issuer.equals(certificate.issuer);
    const candidates: (Certificate | TrustAnchor)[] = direct ? [issuer] : [];
    if (!candidates.includes(anchor) && crl.issuer.equals(anchor.subject)) candidates.push(anchor);
    for (const other of this.#builder.issuersNamed(crl.issuer.key))
      if (!candidates.includes(other)) candidates.push(other);
    for (const signer of candidates) {
      const own = 'certificate' in signer ? signer.certificate : signer;
      // Who is not the CA itself has to show the right; a CA without the extension may do everything (§4.2.1.3).
      const usage = own?.keyUsage ?? (signer === issuer || signer === anchor ? keyUsages.cRLSign : 0);
      if ((usage & keyUsages.cRLSign) === 0) {
        why = 'the key usage of the CRL issuer does not allow signing CRLs (RFC 5280 §4.2.1.3)';
        continue;
      }
      // A CRL issuer may list itself (PKITS 4.14.30): its path is the one that is being checked right now.
      const itself = signer === certificate && this.#open[this.#open.length - 1] === signer;
      const known = signer === issuer || signer === anchor || itself;
      // The path first: a list may be long, and a peer can send any number of certificates with its issuer's name.
      if (!known && !(yield* this.#hasPath(signer as Certificate, anchor))) {
        why = 'the issuer of a CRL has no valid path to the anchor of the certificate';
        continue;
      }
      const wrong = yield* this.#signature(crl, signer);
      if (wrong === null) return undefined;
      why = `of a CRL: ${wrong.problem}`;
    }
    return why;
  }

  /** Lists are the caller's and may be long: one that was found to be signed is not hashed again for the next peer. */
  *#signature(crl: Crl, signer: Certificate | TrustAnchor): Waiting<Fault | null> {
    const { verifiers } = this.#builder;
    const known = signedLists.get(crl);
    if (known?.verifiers === verifiers && equalBytes(known.spki, signer.spki)) return null;
    const wrong = yield* this.#builder.signature(crl, signer, false);
    if (wrong === null) signedLists.set(crl, { verifiers, spki: copyOfBytes(signer.spki) });
    return wrong;
  }

  /** §6.3.3 (f): the path of the CRL issuer ends in the same anchor, and its certificates are not revoked either. */
  *#hasPath(signer: Certificate, anchor: TrustAnchor): Waiting<boolean> {
    if (this.#open.includes(signer) || this.#open.length >= MAX_NESTING) return false;
    this.#open.push(signer);
    const self = this;
    try {
      // The leaf's purpose, profile and policies are not the CRL issuer's.
      const own = { purpose: undefined, keyUsage: keyUsages.cRLSign, profile: undefined, policies: {} } as const;
      const rules: PathRules = { ...this.#rules, ...own };
      yield* this.#builder.build(signer, rules, function* (found) {
        if (found.anchor !== anchor) throw new CertificateError(otherAnchor, 0, signer);
        yield* self.check(found);
      });
      return true;
    } catch (error) {
      if (!(error instanceof CertificateError) || error.code === 'ERR_CERT_BUDGET') throw error;
      return false;
    } finally {
      this.#open.pop();
    }
  }
}

const otherAnchor = /* @__PURE__ */ fault(
  'ERR_CERT_UNKNOWN_ISSUER',
  'the path leads to another anchor',
  RULE,
  'Use one PKI for both.',
);

function revoked(entry: { readonly revocationDate: number; readonly reason: number }): Fault {
  const reason = Object.entries(revocationReasons).find(([, code]) => code === entry.reason)?.[0] ?? `${entry.reason}`;
  return fault(
    'ERR_CERT_REVOKED',
    `it was revoked at ${timeText(entry.revocationDate)} (${reason})`,
    RULE,
    'Get a new certificate; do not trust this one.',
  );
}

function unknown(why: string): Fault {
  return fault(
    'ERR_CERT_REVOCATION_UNKNOWN',
    `it is not known whether it was revoked: ${why}`,
    RULE,
    'Give current CRLs or OCSP responses for its issuer.',
  );
}
