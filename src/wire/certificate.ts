// Certificate, CertificateVerify, CertificateRequest and CertificateStatus of both versions
// (RFC 9846 §4.3.2, §4.4.2, §4.4.3; RFC 5246 §7.4.2, §7.4.4, §7.4.8; RFC 6066 §8). Certificates stay opaque here.

import { CertificateStatusType } from '../registry/certificate_types.ts';
import { HandshakeType } from '../registry/handshake_types.ts';
import { type Extension, parseExtensions, writeExtensions } from './extensions.ts';
import { encodeHandshake } from './handshake_message.ts';
import { Reader } from './reader.ts';

export interface CertificateEntry {
  /** DER certificate, or SubjectPublicKeyInfo with RFC 7250. */
  readonly data: Uint8Array;
  readonly extensions: readonly Extension[];
}

/** Certificate of TLS 1.3. */
export interface Certificate13 {
  /** Empty in the handshake; that of the request after it. 0-255 bytes. */
  readonly requestContext: Uint8Array;
  /** The end entity first; empty from a client that has none. */
  readonly entries: readonly CertificateEntry[];
}

export function encodeCertificate13(message: Certificate13): Uint8Array {
  return encodeHandshake(HandshakeType.certificate, writer => {
    writer.vector(1, message.requestContext).nested(3, () => {
      for (const entry of message.entries) {
        writer.vector(3, entry.data);
        writeExtensions(writer, entry.extensions);
      }
    });
  });
}

/** @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for a repeated extension */
export function parseCertificate13(body: Uint8Array): Certificate13 {
  const reader = new Reader(body, 'Certificate');
  const requestContext = reader.vector(1);
  const list = reader.nested(3);
  reader.end();
  const entries: CertificateEntry[] = [];
  while (list.remaining > 0) entries.push({ data: list.vector(3, 1), extensions: parseExtensions(list) });
  return { requestContext, entries };
}

/** Certificate of TLS 1.2. */
export interface Certificate12 {
  /** DER, the end entity first; empty from a client that has none. */
  readonly certificates: readonly Uint8Array[];
}

export function encodeCertificate12(message: Certificate12): Uint8Array {
  return encodeHandshake(HandshakeType.certificate, writer => {
    writer.nested(3, () => {
      for (const certificate of message.certificates) writer.vector(3, certificate);
    });
  });
}

/** @throws ERR_DECODE_ERROR */
export function parseCertificate12(body: Uint8Array): Certificate12 {
  const reader = new Reader(body, 'Certificate');
  const list = reader.nested(3);
  reader.end();
  const certificates: Uint8Array[] = [];
  while (list.remaining > 0) certificates.push(list.vector(3, 1));
  return { certificates };
}

/** Certificate of TLS 1.2 with a raw public key (RFC 7250 §3). @param spki DER SubjectPublicKeyInfo; empty for none */
export function encodeRawPublicKey12(spki: Uint8Array): Uint8Array {
  return encodeHandshake(HandshakeType.certificate, writer => writer.vector(3, spki));
}

/** The SubjectPublicKeyInfo, empty from a peer that has none. @throws ERR_DECODE_ERROR */
export function parseRawPublicKey12(body: Uint8Array): Uint8Array {
  const reader = new Reader(body, 'Certificate');
  const spki = reader.vector(3);
  reader.end();
  return spki;
}

/** CertificateVerify, the same in both versions. */
export interface CertificateVerify {
  /** SignatureScheme (1.3), SignatureAndHashAlgorithm (1.2). */
  readonly algorithm: number;
  readonly signature: Uint8Array;
}

export function encodeCertificateVerify(message: CertificateVerify): Uint8Array {
  return encodeHandshake(HandshakeType.certificate_verify, writer => {
    writer.u16(message.algorithm).vector(2, message.signature);
  });
}

/** @throws ERR_DECODE_ERROR */
export function parseCertificateVerify(body: Uint8Array): CertificateVerify {
  const reader = new Reader(body, 'CertificateVerify');
  const algorithm = reader.u16();
  const signature = reader.vector(2);
  reader.end();
  return { algorithm, signature };
}

/** CertificateRequest of TLS 1.3. */
export interface CertificateRequest13 {
  /** Empty in the handshake. 0-255 bytes. */
  readonly requestContext: Uint8Array;
  readonly extensions: readonly Extension[];
}

export function encodeCertificateRequest13(message: CertificateRequest13): Uint8Array {
  return encodeHandshake(HandshakeType.certificate_request, writer => {
    writer.vector(1, message.requestContext);
    writeExtensions(writer, message.extensions);
  });
}

/** @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for a repeated extension */
export function parseCertificateRequest13(body: Uint8Array): CertificateRequest13 {
  const reader = new Reader(body, 'CertificateRequest');
  const requestContext = reader.vector(1);
  const extensions = parseExtensions(reader);
  reader.end();
  return { requestContext, extensions };
}

/** CertificateRequest of TLS 1.2. */
export interface CertificateRequest12 {
  /** ClientCertificateType values. */
  readonly certificateTypes: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  /** DER names. */
  readonly certificateAuthorities: readonly Uint8Array[];
}

export function encodeCertificateRequest12(message: CertificateRequest12): Uint8Array {
  return encodeHandshake(HandshakeType.certificate_request, writer => {
    writer.list8(1, message.certificateTypes).list16(2, message.signatureAlgorithms);
    writer.nested(2, () => {
      for (const name of message.certificateAuthorities) writer.vector(2, name);
    });
  });
}

/** @throws ERR_DECODE_ERROR */
export function parseCertificateRequest12(body: Uint8Array): CertificateRequest12 {
  const reader = new Reader(body, 'CertificateRequest');
  const certificateTypes = reader.list8(1, 1);
  const signatureAlgorithms = reader.list16(2, 2);
  const names = reader.nested(2);
  reader.end();
  const certificateAuthorities: Uint8Array[] = [];
  while (names.remaining > 0) certificateAuthorities.push(names.vector(2, 1));
  return { certificateTypes, signatureAlgorithms, certificateAuthorities };
}

/** CertificateStatus of TLS 1.2; also the content of status_request in a 1.3 CertificateEntry. */
export interface CertificateStatus {
  /** DER OCSPResponse. */
  readonly ocspResponse: Uint8Array;
}

export function encodeCertificateStatus(message: CertificateStatus): Uint8Array {
  return encodeHandshake(HandshakeType.certificate_status, writer => {
    writer.u8(CertificateStatusType.ocsp).vector(3, message.ocspResponse);
  });
}

/** @throws ERR_DECODE_ERROR, also for a status that is not OCSP: none else was asked for */
export function parseCertificateStatus(body: Uint8Array): CertificateStatus {
  const reader = new Reader(body, 'CertificateStatus');
  if (reader.u8() !== CertificateStatusType.ocsp) throw reader.error('a status type that was not asked for');
  const ocspResponse = reader.vector(3, 1);
  reader.end();
  return { ocspResponse };
}
