// Reads OCSP requests (RFC 6960 §4.1), as a responder needs it. Signed requests are read; their signature is not checked.

import { contextTag, DerReader, malformed, tags } from '../asn1/der.ts';
import { type AlgorithmIdentifier, readAlgorithm } from './algorithm.ts';
import { decoding } from './certificate.ts';
import { readExtensions } from './extensions.ts';

/** id-pkix-ocsp-nonce (RFC 9654 §2.1). */
export const OCSP_NONCE = '1.3.6.1.5.5.7.48.1.2';

/** Whom a request or a response is about (RFC 6960 §4.1.1). */
export interface OcspCertificateId {
  /** The CertID as it stands there, for a response to repeat. */
  readonly der: Uint8Array;
  readonly hashAlgorithm: AlgorithmIdentifier;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
}

export interface OcspRequest {
  readonly certificates: readonly OcspCertificateId[];
  /** Content of the nonce's OCTET STRING. */
  readonly nonce: Uint8Array | undefined;
}

/** Requests ask for one or few certificates; more would only make the responder work. */
const MAX_CERTIFICATES = 256;

/** Reads a DER OCSPRequest. @param bytes copied @throws ERR_CERT_MALFORMED */
export function parseOcspRequest(bytes: Uint8Array): OcspRequest {
  const copy = new Uint8Array(bytes);
  return decoding('OCSP request', () => {
    const der = new DerReader(copy);
    der.enter(tags.SEQUENCE);
    const requestEnd = der.enter(tags.SEQUENCE);
    if (der.peek() === contextTag(0, true)) malformed(der.at, 'an OCSP request of another version than 1');
    if (der.peek() === contextTag(1, true)) der.skip(contextTag(1, true));
    const certificates: OcspCertificateId[] = [];
    const listEnd = der.enter(tags.SEQUENCE);
    while (!der.done) {
      if (certificates.length === MAX_CERTIFICATES) malformed(der.at, `more than ${MAX_CERTIFICATES} certificates`);
      const inner = der.enter(tags.SEQUENCE);
      certificates.push(readCertificateId(der));
      if (der.peek() === contextTag(0, true)) der.skip(contextTag(0, true));
      der.leave(inner);
    }
    der.leave(listEnd);
    let nonce: Uint8Array | undefined;
    if (der.peek() === contextTag(2, true)) {
      const outer = der.enter(contextTag(2, true));
      const extension = readExtensions(der).get(OCSP_NONCE);
      if (extension !== undefined) nonce = new DerReader(extension.value).content(tags.OCTET_STRING);
      der.leave(outer);
    }
    der.leave(requestEnd);
    if (der.peek() === contextTag(0, true)) der.skip(contextTag(0, true));
    der.finish();
    if (der.at !== copy.length) malformed(der.at, 'bytes after the OCSP request');
    return { certificates, nonce };
  });
}

function readCertificateId(der: DerReader): OcspCertificateId {
  const start = der.at;
  const outer = der.enter(tags.SEQUENCE);
  const hashAlgorithm = readAlgorithm(der);
  const issuerNameHash = der.content(tags.OCTET_STRING);
  const issuerKeyHash = der.content(tags.OCTET_STRING);
  const serialNumber = der.integer();
  der.leave(outer);
  const whole = der.bytes.subarray(start, der.at);
  return { der: whole, hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber };
}
