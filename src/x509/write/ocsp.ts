// Writes OCSP requests and responses (RFC 6960 §4, nonces by RFC 9654), signed by the CA itself or by one it named.

import { contextTag } from '../../asn1/der.ts';
import * as asn1 from '../../asn1/writer.ts';
import { entryOf, textOf } from '../../base/arguments.ts';
import { equalVartime } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import {
  bytes,
  either,
  instant,
  listOf,
  objectWith,
  oneOf,
  readOptions,
  required,
  unchecked,
} from '../../base/options.ts';
import type { HashAlgorithm } from '../../crypto/hash.ts';
import { Certificate } from '../certificate.ts';
import { revocationReasons } from '../crl.ts';
import { type CertificateInput, certificateFrom } from '../input.ts';
import { type OcspResponse, ocspResponseStatuses, parseOcspResponse } from '../ocsp.ts';
import { OCSP_NONCE } from '../ocsp_request.ts';
import { hashIdentifier } from './algorithm.ts';
import { serialNumberOf } from './crl.ts';
import { keyBits, writeExtension } from './extensions.ts';
import type { Issuer } from './issue.ts';
import { signed, signingAlgorithm } from './signed.ts';

const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1';

/** What is said of one certificate. Times are milliseconds since the epoch or Dates. */
export interface OcspStatement {
  /**
   * The certificate (also PEM or DER) or its serial number (big-endian, unsigned, at most 20 octets), or an
   * OcspCertificateId of a request.
   */
  readonly certificate: CertificateInput | { readonly der: Uint8Array };
  readonly status: 'good' | 'unknown' | { readonly revokedAt: number | Date; readonly reason?: number };
  readonly thisUpdate: number | Date;
  readonly nextUpdate?: number | Date;
}

export interface OcspContent {
  /** The CA that issued the certificates. */
  readonly issuer: CertificateInput;
  readonly statements: readonly OcspStatement[];
  readonly producedAt: number | Date;
  /** That of the request, 1 to 128 octets (RFC 9654 §2.1). */
  readonly nonce?: Uint8Array;
  /** Names issuers in CertIDs. SHA-1 is what clients send (RFC 5019 §2.1.1), and no collision helps anyone there. */
  readonly hash: HashAlgorithm;
}

const contentTable = {
  issuer: required(unchecked<CertificateInput>()),
  statements: required(listOf(objectWith<OcspStatement>('a statement', 'certificate', 'status'))),
  producedAt: required(instant),
  nonce: bytes,
  hash: required(objectWith<HashAlgorithm>('a HashAlgorithm', 'name', 'digest')),
};

const statementTable = {
  certificate: required(unchecked<OcspStatement['certificate']>()),
  status: required(
    either(oneOf('good', 'unknown'), objectWith<{ revokedAt: number | Date; reason?: number }>('{ revokedAt }')),
  ),
  thisUpdate: required(instant),
  nextUpdate: instant,
};

const revokedTable = { revokedAt: required(instant), reason: oneOf(...Object.values<number>(revocationReasons)) };

/**
 * A successful response. A responder that is not the CA sends its certificate along; it needs the purpose OCSP signing.
 * @throws ERR_INVALID_ARGUMENT, ERR_INVALID_SIGNATURE
 */
export async function createOcspResponse(given: OcspContent, responder: Issuer): Promise<OcspResponse> {
  const content = readOptions('createOcspResponse', contentTable, given);
  const { nonce } = content;
  const issuer = certificateFrom(content.issuer);
  const by = responder.certificate;
  const delegated = !equalVartime(by.spki, issuer.spki);
  if (content.statements.length === 0) throw invalid('an OCSP response about nothing');
  if (nonce !== undefined && (nonce.length < 1 || nonce.length > 128)) throw invalid('a nonce has 1 to 128 octets');
  const algorithm = signingAlgorithm(responder.options);
  const extension = nonce && asn1.tagged(1, asn1.sequence(writeExtension(OCSP_NONCE, asn1.octetString(nonce))));
  const tbs = asn1.sequence(
    asn1.tagged(1, by.subject.der),
    asn1.generalizedTime(Number(content.producedAt)),
    asn1.sequence(...content.statements.map(statement => writeStatement(statement, issuer, content.hash))),
    ...(extension === undefined ? [] : [extension]),
  );
  const certificates = delegated ? [asn1.tagged(0, asn1.sequence(by.der))] : [];
  const basic = await signed(tbs, algorithm, responder.options, by.publicKey, ...certificates);
  const body = asn1.sequence(asn1.objectIdentifier(BASIC_RESPONSE), asn1.octetString(basic));
  return parseOcspResponse(asn1.sequence(asn1.enumerated(ocspResponseStatuses.successful), asn1.tagged(0, body)));
}

/** A response that only says what went wrong; it is not signed (§4.2.1). */
export function createOcspError(status: Exclude<keyof typeof ocspResponseStatuses, 'successful'>): OcspResponse {
  const number = entryOf<number>(ocspResponseStatuses, status);
  if (!number) throw new TlsError('ERR_INVALID_ARGUMENT', `no status of an OCSP error: ${textOf(status)}`);
  return parseOcspResponse(asn1.sequence(asn1.enumerated(number)));
}

/** A request about certificates of `issuer`. DER. @param nonce 32 octets for a fresh answer (RFC 9654 §2.1), or absent */
export function createOcspRequest(
  certificates: readonly CertificateInput[],
  issuer: CertificateInput,
  hash: HashAlgorithm,
  nonce?: Uint8Array,
): Uint8Array {
  const ca = certificateFrom(issuer);
  const list = certificates.map(each => asn1.sequence(certificateId(each, ca, hash)));
  const extension = nonce && asn1.tagged(2, asn1.sequence(writeExtension(OCSP_NONCE, asn1.octetString(nonce))));
  return asn1.sequence(asn1.sequence(asn1.sequence(...list), ...(extension === undefined ? [] : [extension])));
}

function certificateId(certificate: CertificateInput, issuer: Certificate, hash: HashAlgorithm): Uint8Array {
  return asn1.sequence(
    hashIdentifier(hash.name),
    asn1.octetString(hash.digest(issuer.subject.der)),
    asn1.octetString(hash.digest(keyBits(issuer.spki))),
    serialNumberOf(certificate),
  );
}

function writeStatement(given: OcspStatement, issuer: Certificate, hash: HashAlgorithm): Uint8Array {
  const statement = readOptions('a statement of createOcspResponse', statementTable, given);
  const { certificate, status, thisUpdate, nextUpdate } = statement;
  const ofRequest = typeof certificate !== 'string' && 'der' in certificate && !(certificate instanceof Certificate);
  return asn1.sequence(
    ofRequest ? certificate.der : certificateId(certificate as CertificateInput, issuer, hash),
    writeStatus(status),
    asn1.generalizedTime(Number(thisUpdate)),
    ...(nextUpdate === undefined ? [] : [asn1.tagged(0, asn1.generalizedTime(Number(nextUpdate)))]),
  );
}

function writeStatus(status: OcspStatement['status']): Uint8Array {
  if (status === 'good') return asn1.element(contextTag(0, false));
  if (status === 'unknown') return asn1.element(contextTag(2, false));
  const { revokedAt, reason } = readOptions('the status of a statement', revokedTable, status);
  const reasons = reason === undefined ? [] : [asn1.tagged(0, asn1.enumerated(reason))];
  return asn1.tagged(1, asn1.generalizedTime(Number(revokedAt)), ...reasons);
}

function invalid(why: string): TlsError {
  return new TlsError('ERR_INVALID_ARGUMENT', `not signed: ${why}`);
}
