// What callers hand in for a certificate, a request, a list or a public key: the value itself, DER, or PEM as text or as the
// bytes of a file.

import { trimmedDer } from '../asn1/der.ts';
import { parsePem, pemText } from '../asn1/pem.ts';
import { isObject, requireBytes } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { PublicKey } from '../crypto/signature.ts';
import { Certificate, parseCertificate } from './certificate.ts';
import { Crl, parseCrl } from './crl.ts';
import { fileFormat } from './file_format.ts';
import { type OcspResponse, parseOcspResponse } from './ocsp.ts';
import { parsePublicKey } from './public_key.ts';
import { CertificateRequest, parseCertificateRequest } from './request.ts';
import { TrustAnchor, trustAnchor } from './trust_anchor.ts';
import { certificateDer, parseTrustList } from './trust_list.ts';

/** PEM text, the bytes of a PEM file, or DER. */
export type Encoded = string | Uint8Array;
export type CertificateInput = Certificate | Encoded;
export type CrlInput = Crl | Encoded;
export type RequestInput = CertificateRequest | Encoded;
export type OcspResponseInput = OcspResponse | Encoded;
export type AnchorInput = TrustAnchor | CertificateInput;
/** A key; whatever has one (a certificate, a request, a private key); or a SubjectPublicKeyInfo or certificate, PEM or DER. */
export type PublicKeyInput = PublicKey | { readonly publicKey: PublicKey } | Encoded;
/** One, or several; PEM may hold several itself. */
export type Several<T> = T | readonly T[];

/** Labels of RFC 7468 §5 to §13, and the older ones that tools still write. */
export const pemLabels = {
  certificate: ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'],
  crl: ['X509 CRL', 'CRL'],
  request: ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'],
  publicKey: ['PUBLIC KEY'],
  ocspResponse: ['OCSP RESPONSE'],
  pkcs7: ['PKCS7', 'CMS', 'CERTIFICATE CHAIN'],
} as const;

/** True for bytes that begin as one structure of DER or BER, which no text does. */
export function looksLikeDer(bytes: Uint8Array): boolean {
  if (bytes.length < 2 || bytes[0] !== 0x30) return false;
  const form = bytes[1];
  if (form < 0x80) return bytes.length >= 2 + form && bytes.length <= 4 + form;
  const octets = form & 0x7f;
  if (octets > 4 || bytes.length < 2 + octets) return false;
  // Text has no octets above 0x7f behind a "0"; whether the length is right is for the reader to say.
  return true;
}

/**
 * DER of every structure of a kind: that of `input` itself, or of its PEM blocks.
 * @throws ERR_INVALID_ARGUMENT if there is none, ERR_MALFORMED_PEM
 */
export function derOf(input: Encoded, labels: readonly string[], what: string): Uint8Array[] {
  let text: string;
  if (typeof input === 'string') text = input;
  else {
    requireBytes(input, what);
    // Of a Buffer, slice would be a view.
    if (looksLikeDer(input)) return [new Uint8Array(trimmedDer(input))];
    text = pemText(input);
  }
  const found = parsePem(text, labels);
  if (found.length > 0) return found.map(({ label, bytes }) => certificateDer(label, bytes));
  const format = fileFormat(input);
  const has = format === undefined ? '' : `: it is ${format}`;
  throw new TlsError('ERR_INVALID_ARGUMENT', `${what}: no ${labels[0]} in PEM, and no DER${has}`);
}

/** A certificate; of several in PEM the first. @throws ERR_INVALID_ARGUMENT, ERR_CERT_MALFORMED, ERR_MALFORMED_PEM */
export function certificateFrom(input: CertificateInput): Certificate {
  if (input instanceof Certificate) return input;
  return parseCertificate(derOf(input, pemLabels.certificate, 'a certificate')[0]);
}

/** All certificates, in their order. @throws as `certificateFrom` */
export function certificatesFrom(inputs: Several<CertificateInput>): Certificate[] {
  return listOf(inputs).flatMap(input =>
    input instanceof Certificate
      ? input
      : derOf(input, pemLabels.certificate, 'a certificate').map(der => parseCertificate(der)),
  );
}

/** As `certificatesFrom`, what is encoded still as DER: whether it can be read is for whoever uses it to say. */
export function encodedCertificates(inputs: Several<CertificateInput>): (Certificate | Uint8Array)[] {
  return listOf(inputs).flatMap<Certificate | Uint8Array>(input =>
    input instanceof Certificate ? input : derOf(input, pemLabels.certificate, 'a certificate'),
  );
}

/** Anchors without constraints of their own from certificates. @throws as `certificateFrom` */
export function anchorsFrom(inputs: Several<AnchorInput>): readonly TrustAnchor[] {
  const given = listOf(inputs);
  // The list itself: whoever takes an anchor out of it later has taken it out of every verifier made with it.
  if (given.every(each => each instanceof TrustAnchor)) return given;
  return given.flatMap(input => {
    if (input instanceof TrustAnchor) return input;
    if (input instanceof Certificate) return trustAnchor(input);
    return readAnchors(input);
  });
}

/** One odd certificate of several does not end the others; `parseTrustList` tells which. */
function readAnchors(input: Encoded): TrustAnchor[] {
  if (typeof input !== 'string') requireBytes(input, 'a trust anchor');
  const { certificates, odd } = parseTrustList(input);
  if (certificates.length > 0) return certificates.map(each => trustAnchor(each));
  if (odd.length > 0) throw odd[0].error;
  return certificatesFrom(input).map(each => trustAnchor(each));
}

/** @throws as `certificateFrom` */
export function crlsFrom(inputs: Several<CrlInput>): Crl[] {
  return listOf(inputs).flatMap(input =>
    input instanceof Crl ? input : derOf(input, pemLabels.crl, 'a CRL').map(der => parseCrl(der)),
  );
}

/** @throws as `certificateFrom` */
export function ocspResponsesFrom(inputs: Several<OcspResponseInput>): OcspResponse[] {
  return listOf(inputs).flatMap(input =>
    isOcspResponse(input)
      ? input
      : derOf(input, pemLabels.ocspResponse, 'an OCSP response').map(der => parseOcspResponse(der)),
  );
}

function isOcspResponse(input: OcspResponseInput): input is OcspResponse {
  return isObject(input) && 'status' in input && 'basic' in input;
}

/** @throws as `certificateFrom` */
export function requestFrom(input: RequestInput): CertificateRequest {
  if (input instanceof CertificateRequest) return input;
  return parseCertificateRequest(derOf(input, pemLabels.request, 'a certification request')[0]);
}

/** @throws ERR_INVALID_ARGUMENT, ERR_INVALID_PUBLIC_KEY, ERR_UNSUPPORTED_ALGORITHM, ERR_MALFORMED_DER, ERR_MALFORMED_PEM */
export function publicKeyFrom(input: PublicKeyInput): PublicKey {
  if (typeof input === 'string' || ArrayBuffer.isView(input)) return encodedPublicKey(input as Encoded);
  if (isObject(input) && 'publicKey' in input) return input.publicKey;
  if (isObject(input) && typeof input.type === 'string') return input;
  throw new TlsError('ERR_INVALID_ARGUMENT', 'a public key is a key, PEM or DER, or what has a publicKey');
}

function encodedPublicKey(input: Encoded): PublicKey {
  const labels = [...pemLabels.publicKey, ...pemLabels.certificate, ...pemLabels.request];
  const [der] = derOf(input, labels, 'a public key');
  try {
    return parsePublicKey(der);
  } catch (error) {
    // A certificate or a request, whose first error is the one to report if it is neither.
    for (const read of [parseCertificate, parseCertificateRequest]) {
      let value: { readonly publicKey: PublicKey };
      try {
        value = read(der);
      } catch {
        continue;
      }
      return value.publicKey;
    }
    throw error;
  }
}

function listOf<T>(value: Several<T>): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}
