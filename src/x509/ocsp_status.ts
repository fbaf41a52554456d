// What an OCSP response says of one certificate: matching, the responder's authority, the signature, freshness
// (RFC 6960 §3.2, §4.2.2).

import { DerReader, tags } from '../asn1/der.ts';
import { TlsError } from '../base/errors.ts';
import type { HashAlgorithm } from '../crypto/hash.ts';
import { hashOids } from './algorithm.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { faultOf } from './certificate_error.ts';
import type { RevocationStatus } from './crl_status.ts';
import { keyUsages, purposes } from './extensions.ts';
import { equalBytes } from './name.ts';
import type { BasicOcspResponse, OcspResponse, SingleResponse } from './ocsp.ts';
import type { PathBuilder } from './path_builder.ts';
import type { Waiting } from './settle.ts';
import type { TrustAnchor } from './trust_anchor.ts';

/** Without nextUpdate newer information is always available (RFC 6960 §4.2.2.1); a week is what castls calls current. */
const MAX_AGE = 7 * 24 * 3600 * 1000;

export interface OcspContext {
  readonly builder: PathBuilder;
  readonly hashes: readonly HashAlgorithm[];
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Tolerated difference of clocks in milliseconds. */
  readonly clockSkew: number;
}

/**
 * The status of `certificate`, which `issuer` issued, as `response` has it. It may speak of a certificate more than once, as
 * with CertIDs of different hashes: one "revoked" that can be used outweighs the others.
 */
export function* ocspStatus(
  certificate: Certificate,
  issuer: Certificate | TrustAnchor,
  response: OcspResponse,
  context: OcspContext,
): Waiting<RevocationStatus> {
  const { basic } = response;
  if (basic === undefined) return unknown(`the OCSP responder answered with status ${response.status}`);
  context.builder.budget.takeItems(basic.responses.length);
  const { singles, why } = singlesFor(certificate, issuer, basic, context.hashes);
  const critical = criticalFault(basic.extensions);
  const statuses = singles.map(single => statedBy(single, critical ?? criticalFault(single.extensions), context));
  const usable = statuses.find(each => each.status === 'revoked') ?? statuses.find(each => each.status === 'good');
  if (usable === undefined) return statuses[0] ?? unknown(why);
  const refused = yield* authenticate(issuer, basic, context);
  return refused === undefined ? usable : unknown(refused);
}

/** What one SingleResponse says, if the response is authentic. */
function statedBy(
  single: SingleResponse,
  critical: string | undefined,
  { time, clockSkew }: OcspContext,
): RevocationStatus {
  if (critical !== undefined) return unknown(critical);
  const until = single.nextUpdate ?? single.thisUpdate + MAX_AGE;
  if (single.thisUpdate > time + clockSkew) return unknown('the OCSP response is from the future');
  if (until < time - clockSkew) return unknown('the OCSP response is out of date');
  if (single.status === 'revoked') return { status: 'revoked', entry: single.revoked! };
  return single.status === 'good' ? { status: 'good' } : unknown('the OCSP responder does not know the certificate');
}

/** Those of the whole response are looked at once: it may have thousands, for thousands of certificates. */
function criticalFault(extensions: BasicOcspResponse['extensions']): string | undefined {
  for (const { oid, critical } of extensions.values()) {
    if (critical) return `the OCSP response has the unknown critical extension ${oid}`;
  }
  return undefined;
}

function unknown(why: string): RevocationStatus {
  return { status: 'unknown', why };
}

/** All responses for the certificate. What they are compared with is hashed once for each hash. */
function singlesFor(
  certificate: Certificate,
  issuer: Certificate | TrustAnchor,
  basic: BasicOcspResponse,
  hashes: readonly HashAlgorithm[],
): { singles: SingleResponse[]; why: string } {
  let why = 'the OCSP response is for another certificate';
  const wanted = new Map<HashAlgorithm, { name: Uint8Array; key: Uint8Array }>();
  const singles = basic.responses.filter(single => {
    if (!equalBytes(single.serialNumber, certificate.serialNumber)) return false;
    const name = hashOids[single.hashAlgorithm];
    const hash = hashes.find(candidate => candidate.name === name);
    if (hash === undefined) {
      why = `the OCSP response needs a hash that was not given (${name ?? single.hashAlgorithm})`;
      return false;
    }
    let id = wanted.get(hash);
    if (id === undefined) {
      id = { name: hash.digest(certificate.issuer.der), key: hash.digest(keyBits(issuer.spki)) };
      wanted.set(hash, id);
    }
    return equalBytes(id.name, single.issuerNameHash) && equalBytes(id.key, single.issuerKeyHash);
  });
  return { singles, why };
}

/** The subjectPublicKey BIT STRING's octets, which OCSP hashes. */
function keyBits(spki: Uint8Array): Uint8Array {
  const der = new DerReader(spki);
  der.enter(tags.SEQUENCE);
  der.skip(tags.SEQUENCE);
  return der.bitStringOctets();
}

/** RFC 6960 §4.2.2.2: the CA itself, or one to whom this CA gave id-kp-OCSPSigning. Undefined if so, else why not. */
function* authenticate(
  issuer: Certificate | TrustAnchor,
  basic: BasicOcspResponse,
  context: OcspContext,
): Waiting<string | undefined> {
  const { builder, hashes } = context;
  if (isResponder(issuer, basic, hashes)) {
    const wrong = yield* builder.signature(basic, issuer);
    return wrong === null ? undefined : 'the signature of the OCSP response is wrong';
  }
  let why = 'the OCSP responder is not the CA and sent no certificate of its own';
  for (const delegate of delegatesOf(basic, context)) {
    builder.budget.takeReading(delegate.spki.length);
    if (!isResponder(delegate, basic, hashes)) continue;
    why = (yield* delegateFault(delegate, issuer, context)) ?? '';
    if (why !== '') continue;
    if ((yield* builder.signature(basic, delegate)) === null) return undefined;
    why = 'the signature of the OCSP response is wrong';
  }
  return why;
}

const delegates = new WeakMap<BasicOcspResponse, readonly Certificate[]>();

/** The certificates that came with a response, read once; malformed ones are nobody's. */
function delegatesOf(basic: BasicOcspResponse, { builder }: OcspContext): readonly Certificate[] {
  let known = delegates.get(basic);
  if (known === undefined) {
    known = basic.certificates.flatMap(der => {
      builder.budget.takeReading(der.length);
      return readDelegate(der) ?? [];
    });
    delegates.set(basic, known);
  }
  return known;
}

function readDelegate(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof TlsError) return undefined;
    throw error;
  }
}

function isResponder(
  candidate: Certificate | TrustAnchor,
  { responder }: BasicOcspResponse,
  hashes: readonly HashAlgorithm[],
): boolean {
  if ('name' in responder) return responder.name.equals(candidate.subject);
  // The key hash is SHA-1 (§4.2.1). Without that hash the signature alone says whose response it is.
  const sha1 = hashes.find(hash => hash.name === 'sha1');
  return sha1 === undefined || equalBytes(sha1.digest(keyBits(candidate.spki)), responder.keyHash);
}

function* delegateFault(
  delegate: Certificate,
  issuer: Certificate | TrustAnchor,
  context: OcspContext,
): Waiting<string | undefined> {
  if (!delegate.issuer.equals(issuer.subject)) return 'the OCSP responder was not certified by the CA itself';
  try {
    const found = context.builder.factsOf(delegate).fault();
    if (found !== null) return `of the OCSP responder: ${found.problem}`;
    if (delegate.extendedKeyUsage?.includes(purposes.ocspSigning) !== true) {
      return 'the certificate of the OCSP responder is not for OCSP signing (RFC 6960 §4.2.2.2)';
    }
    if (delegate.keyUsage !== undefined && (delegate.keyUsage & keyUsages.digitalSignature) === 0) {
      return 'the key usage of the OCSP responder does not allow signing';
    }
  } catch (error) {
    if (error instanceof TlsError) return faultOf(error).problem;
    throw error;
  }
  return (yield* context.builder.signature(delegate, issuer))?.problem;
}
