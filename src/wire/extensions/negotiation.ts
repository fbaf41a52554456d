// supported_versions (RFC 9846 §4.2.1), cookie (§4.2.2), signature_algorithms and signature_algorithms_cert (§4.2.3),
// record_size_limit (RFC 8449), max_fragment_length (RFC 6066 §4), padding (RFC 7685), and extensions without content.

import { TlsError } from '../../base/errors.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { type Extension, makeExtension } from '../extensions.ts';
import { Reader } from '../reader.ts';

/** supported_versions of a ClientHello. */
export function clientSupportedVersionsExtension(versions: readonly number[]): Extension {
  return makeExtension(ExtensionType.supported_versions, writer => writer.list16(1, versions));
}

/** @throws ERR_DECODE_ERROR */
export function parseClientSupportedVersions(data: Uint8Array): number[] {
  const reader = new Reader(data, 'supported_versions');
  const versions = reader.list16(1, 2);
  reader.end();
  return versions;
}

/** supported_versions of a ServerHello or HelloRetryRequest. */
export function serverSupportedVersionsExtension(version: number): Extension {
  return makeExtension(ExtensionType.supported_versions, writer => writer.u16(version));
}

/** @throws ERR_DECODE_ERROR */
export function parseServerSupportedVersions(data: Uint8Array): number {
  const reader = new Reader(data, 'supported_versions');
  const version = reader.u16();
  reader.end();
  return version;
}

/** @param cookie 1-65,533 bytes */
export function cookieExtension(cookie: Uint8Array): Extension {
  return makeExtension(ExtensionType.cookie, writer => writer.vector(2, cookie));
}

/** @throws ERR_DECODE_ERROR */
export function parseCookie(data: Uint8Array): Uint8Array {
  const reader = new Reader(data, 'cookie');
  const cookie = reader.vector(2, 1);
  reader.end();
  return cookie;
}

export function signatureAlgorithmsExtension(schemes: readonly number[]): Extension {
  return makeExtension(ExtensionType.signature_algorithms, writer => writer.list16(2, schemes));
}

export function signatureAlgorithmsCertExtension(schemes: readonly number[]): Extension {
  return makeExtension(ExtensionType.signature_algorithms_cert, writer => writer.list16(2, schemes));
}

/** signature_algorithms or signature_algorithms_cert. @throws ERR_DECODE_ERROR */
export function parseSignatureAlgorithms(data: Uint8Array): number[] {
  const reader = new Reader(data, 'signature_algorithms');
  const schemes = reader.list16(2, 2);
  reader.end();
  return schemes;
}

/** RFC 8449 §4: smaller limits are an error. */
export const MINIMUM_RECORD_SIZE_LIMIT = 64;

/** @param limit bytes of plaintext a record may have; in TLS 1.3 the inner content type counts */
export function recordSizeLimitExtension(limit: number): Extension {
  return makeExtension(ExtensionType.record_size_limit, writer => writer.u16(limit));
}

/** @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER below 64 (RFC 8449 §4) */
export function parseRecordSizeLimit(data: Uint8Array): number {
  const reader = new Reader(data, 'record_size_limit');
  const limit = reader.u16();
  reader.end();
  if (limit < MINIMUM_RECORD_SIZE_LIMIT) throw new TlsError('ERR_ILLEGAL_PARAMETER', `record_size_limit of ${limit}`);
  return limit;
}

/** @param length bytes of plaintext a record may have: 512, 1024, 2048 or 4096 (RFC 6066 §4) */
export function maxFragmentLengthExtension(length: number): Extension {
  return makeExtension(ExtensionType.max_fragment_length, writer => writer.u8(Math.log2(length) - 8));
}

/** 512, 1024, 2048 or 4096. @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for other values */
export function parseMaxFragmentLength(data: Uint8Array): number {
  const reader = new Reader(data, 'max_fragment_length');
  const value = reader.u8();
  reader.end();
  // RFC 6066 §4: any other value MUST abort the handshake with illegal_parameter.
  if (value < 1 || value > 4) throw new TlsError('ERR_ILLEGAL_PARAMETER', `max_fragment_length of ${value}`);
  return 2 ** (8 + value);
}

/** Tickets that a client asks for, 0-255 each: after a full handshake, after a resumption (RFC 9149 §3). */
export interface TicketRequest {
  readonly newSessions: number;
  readonly resumptions: number;
}

/** The form of a ClientHello. */
export function ticketRequestExtension({ newSessions, resumptions }: TicketRequest): Extension {
  return makeExtension(ExtensionType.ticket_request, writer => writer.u8(newSessions).u8(resumptions));
}

/** @throws ERR_DECODE_ERROR */
export function parseTicketRequest(data: Uint8Array): TicketRequest {
  const reader = new Reader(data, 'ticket_request');
  const request = { newSessions: reader.u8(), resumptions: reader.u8() };
  reader.end();
  return request;
}

/** The answer of a server: the number of tickets to expect. */
export function ticketCountExtension(count: number): Extension {
  return makeExtension(ExtensionType.ticket_request, writer => writer.u8(count));
}

/** @throws ERR_DECODE_ERROR */
export function parseTicketCount(data: Uint8Array): number {
  const reader = new Reader(data, 'ticket_request');
  const count = reader.u8();
  reader.end();
  return count;
}

/** @param length zero bytes, 0-65,535 */
export function paddingExtension(length: number): Extension {
  return makeExtension(ExtensionType.padding, writer => writer.bytes(new Uint8Array(length)));
}

/**
 * An extension that says all by being there: extended_master_secret, encrypt_then_mac, post_handshake_auth, early_data
 * (but not in a ticket), and the answers to server_name and status_request.
 */
export function emptyExtension(type: number): Extension {
  return makeExtension(type);
}

/** @throws ERR_DECODE_ERROR if there is content */
export function parseEmptyExtension(data: Uint8Array, name: string): void {
  new Reader(data, name).end();
}
