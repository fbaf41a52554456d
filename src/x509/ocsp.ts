// OCSP responses (RFC 6960 §4.2) as values. Who may say what about which certificate stands in ocsp_status.ts.

import { contextTag, DerReader, malformed, tags } from '../asn1/der.ts';
import type { Leniency } from '../asn1/leniencies.ts';
import { readOid } from '../asn1/oid.ts';
import { readGeneralizedTime } from '../asn1/time.ts';
import type { SignatureParameters } from '../crypto/signature.ts';
import { type AlgorithmIdentifier, readAlgorithm, signatureParametersOf } from './algorithm.ts';
import { decoding } from './certificate.ts';
import { type RevokedEntry, revocationReasons } from './crl.ts';
import { type Extension, readExtensions } from './extensions.ts';
import { Name } from './name.ts';

const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1';

/** RFC 6960 §4.2.1. */
export const ocspResponseStatuses = {
  successful: 0,
  malformedRequest: 1,
  internalError: 2,
  tryLater: 3,
  sigRequired: 5,
  unauthorized: 6,
} as const;

/** What a responder says of one certificate. */
export interface SingleResponse {
  readonly hashAlgorithm: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
  readonly status: 'good' | 'revoked' | 'unknown';
  /** With status "revoked". */
  readonly revoked: RevokedEntry | undefined;
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  readonly extensions: ReadonlyMap<string, Extension>;
}

/** The signed part of a successful response. */
export interface BasicOcspResponse {
  /** ResponseData, header included: what the responder signed. */
  readonly tbs: Uint8Array;
  readonly responder: { readonly name: Name } | { readonly keyHash: Uint8Array };
  readonly producedAt: number;
  readonly responses: readonly SingleResponse[];
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signatureParameters: SignatureParameters | undefined;
  readonly signature: Uint8Array;
  /** DER of the certificates sent along. */
  readonly certificates: readonly Uint8Array[];
}

export interface OcspResponse {
  readonly der: Uint8Array;
  /** See `ocspResponseStatuses`. */
  readonly status: number;
  /** Only with status "successful". */
  readonly basic: BasicOcspResponse | undefined;
  /** Leniencies that reading needed, by the names in docs/x509.md. */
  readonly deviations: readonly Leniency[];
}

/** Reads a DER OCSPResponse. @param bytes copied @throws ERR_CERT_MALFORMED */
export function parseOcspResponse(bytes: Uint8Array): OcspResponse {
  const copy = new Uint8Array(bytes);
  const deviations = new Set<Leniency>();
  return decoding('OCSP response', () => {
    const der = new DerReader(copy, 0, copy.length, deviations);
    der.enter(tags.SEQUENCE);
    // A status of the future says that there is no answer, as all but 0 do.
    const status = der.small(0x7fffffff, tags.ENUMERATED);
    let basic: BasicOcspResponse | undefined;
    if (!der.done) {
      const wrapper = der.enter(contextTag(0, true));
      const outer = der.enter(tags.SEQUENCE);
      if (readOid(der) !== BASIC_RESPONSE) malformed(der.at, 'an OCSP response that is not id-pkix-ocsp-basic');
      const content = der.content(tags.OCTET_STRING);
      der.leave(outer);
      der.leave(wrapper);
      basic = readBasic(der.over(content));
    }
    der.finish();
    if (der.at !== copy.length) malformed(der.at, 'bytes after the OCSP response');
    if ((status === ocspResponseStatuses.successful) !== (basic !== undefined)) {
      malformed(der.at, 'an OCSP response whose status and content do not agree (RFC 6960 §4.2.1)');
    }
    return Object.freeze({ der: copy, status, basic, deviations: [...deviations] });
  });
}

function readBasic(der: DerReader): BasicOcspResponse {
  const { bytes } = der;
  der.enter(tags.SEQUENCE);
  const tbsStart = der.at;
  const dataEnd = der.enter(tags.SEQUENCE);
  if (der.peek() === contextTag(0, true)) readVersion(der);
  const responder = readResponder(der);
  const producedAt = readGeneralizedTime(der);
  const responses: SingleResponse[] = [];
  const listEnd = der.enter(tags.SEQUENCE);
  while (!der.done) responses.push(readSingle(der));
  der.leave(listEnd);
  const extensions = readTaggedExtensions(der);
  der.leave(dataEnd);
  const tbs = bytes.subarray(tbsStart, der.at);
  const signatureAlgorithm = readAlgorithm(der);
  const signature = der.bitStringOctets();
  const certificates: Uint8Array[] = [];
  if (!der.done) {
    const wrapper = der.enter(contextTag(0, true));
    const outer = der.enter(tags.SEQUENCE);
    while (!der.done) certificates.push(der.element(tags.SEQUENCE));
    der.leave(outer);
    der.leave(wrapper);
  }
  der.finish();
  if (der.at !== bytes.length) malformed(der.at, 'bytes after the BasicOCSPResponse');
  const signatureParameters = signatureParametersOf(signatureAlgorithm, leniency => der.deviations?.add(leniency));
  return {
    tbs,
    responder,
    producedAt,
    responses,
    extensions,
    signatureAlgorithm,
    signatureParameters,
    signature,
    certificates,
  };
}

/** RFC 6960 §4.2.1: v1, which is the default. */
function readVersion(der: DerReader): void {
  const outer = der.enter(contextTag(0, true));
  if (der.small(0x7fffffff) !== 0) malformed(der.at, 'an OCSP response of another version than 1');
  der.deviate('encoded-default', der.at, 'the default version v1 is encoded');
  der.leave(outer);
}

function readResponder(der: DerReader): BasicOcspResponse['responder'] {
  if (der.peek() === contextTag(1, true)) {
    const outer = der.enter(contextTag(1, true));
    const name = new Name(der.element(tags.SEQUENCE), der.deviations);
    der.leave(outer);
    return { name };
  }
  const outer = der.enter(contextTag(2, true));
  const keyHash = der.content(tags.OCTET_STRING);
  der.leave(outer);
  return { keyHash };
}

function readSingle(der: DerReader): SingleResponse {
  const outer = der.enter(tags.SEQUENCE);
  const idEnd = der.enter(tags.SEQUENCE);
  const hashAlgorithm = readAlgorithm(der).oid;
  const issuerNameHash = der.content(tags.OCTET_STRING);
  const issuerKeyHash = der.content(tags.OCTET_STRING);
  const serialNumber = der.integer();
  der.leave(idEnd);
  const { status, revoked } = readStatus(der);
  const thisUpdate = readGeneralizedTime(der);
  let nextUpdate: number | undefined;
  if (der.peek() === contextTag(0, true)) {
    const wrapper = der.enter(contextTag(0, true));
    nextUpdate = readGeneralizedTime(der);
    der.leave(wrapper);
  }
  const extensions = readTaggedExtensions(der);
  der.leave(outer);
  const id = { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber };
  return { ...id, status, revoked, thisUpdate, nextUpdate, extensions };
}

function readStatus(der: DerReader): { status: SingleResponse['status']; revoked: RevokedEntry | undefined } {
  if (der.peek() === contextTag(1, true)) {
    const outer = der.enter(contextTag(1, true));
    const revocationDate = readGeneralizedTime(der);
    let reason = 0;
    if (!der.done) {
      const wrapper = der.enter(contextTag(0, true));
      reason = der.small(0x7fffffff, tags.ENUMERATED);
      // As in a CRL: it is revoked, whatever the reason.
      if (reason > revocationReasons.aACompromise) der.deviate('odd-crl-entry', der.at, `the reason ${reason}`);
      der.leave(wrapper);
    }
    der.leave(outer);
    return { status: 'revoked', revoked: { revocationDate, reason } };
  }
  const tag = der.peek();
  if (tag === contextTag(2, true)) der.deviate('constructed-null', der.at, 'the status "unknown", constructed');
  const status = tag === contextTag(0, false) ? 'good' : 'unknown';
  const content = der.content(status === 'good' ? tag : tag === contextTag(2, true) ? tag : contextTag(2, false));
  if (content.length !== 0) malformed(der.at, 'a certificate status with content (RFC 6960 §4.2.1)');
  return { status, revoked: undefined };
}

/** `[1] EXPLICIT Extensions OPTIONAL`. */
function readTaggedExtensions(der: DerReader): ReadonlyMap<string, Extension> {
  if (der.peek() !== contextTag(1, true)) return new Map();
  const outer = der.enter(contextTag(1, true));
  const extensions = readExtensions(der);
  der.leave(outer);
  return extensions;
}
