// About certificates: status_request (RFC 6066 §8, RFC 9846 §4.4.2.1), signed_certificate_timestamp (RFC 6962 §3.3.1),
// certificate_authorities (RFC 9846 §4.2.4), oid_filters (§4.2.5), renegotiation_info (RFC 5746 §3.2), client_certificate_type and
// server_certificate_type (RFC 7250 §3).

import { TlsError } from '../../base/errors.ts';
import { CertificateStatusType, CertificateType } from '../../registry/certificate_types.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { type Extension, makeExtension } from '../extensions.ts';
import { Reader } from '../reader.ts';

/** status_request of a ClientHello: an OCSP response from whomever the server trusts. */
export function statusRequestExtension(): Extension {
  return makeExtension(ExtensionType.status_request, writer => writer.u8(CertificateStatusType.ocsp).u16(0).u16(0));
}

/** True if the client asks for OCSP; false for a status type castls does not know. @throws ERR_DECODE_ERROR */
export function parseStatusRequest(data: Uint8Array): boolean {
  const reader = new Reader(data, 'status_request');
  if (reader.u8() !== CertificateStatusType.ocsp) return false;
  const responders = reader.nested(2);
  while (responders.remaining > 0) responders.vector(2, 1);
  reader.vector(2);
  reader.end();
  return true;
}

/** status_request of a 1.3 CertificateEntry. @param ocspResponse DER, at least one byte */
export function certificateStatusExtension(ocspResponse: Uint8Array): Extension {
  return makeExtension(ExtensionType.status_request, writer => {
    writer.u8(CertificateStatusType.ocsp).vector(3, ocspResponse);
  });
}

/** client_certificate_type or server_certificate_type of a ClientHello (RFC 7250 §3). @param types CertificateType values */
export function certificateTypesExtension(type: number, types: readonly number[]): Extension {
  return makeExtension(type, writer => writer.list8(1, types));
}

/**
 * The CertificateType values of a ClientHello, at least one.
 * @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for an empty list, and for X.509 alone, which MUST be left out (RFC 7250 §4.1)
 */
export function parseCertificateTypes(data: Uint8Array): number[] {
  const reader = new Reader(data, 'certificate_type');
  const types = reader.list8(1);
  reader.end();
  if (types.length === 0 || (types.length === 1 && types[0] === CertificateType.X509)) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'a list of certificate types that says nothing');
  }
  return types;
}

/** The answer of a server to either. */
export function certificateTypeExtension(type: number, chosen: number): Extension {
  return makeExtension(type, writer => writer.u8(chosen));
}

/** The CertificateType a server chose. @throws ERR_DECODE_ERROR */
export function parseCertificateType(data: Uint8Array): number {
  const reader = new Reader(data, 'certificate_type');
  const chosen = reader.u8();
  reader.end();
  return chosen;
}

/** signed_certificate_timestamp of a CertificateEntry or a 1.2 ServerHello; the request is an empty extension. */
export function certificateTimestampsExtension(timestamps: readonly Uint8Array[]): Extension {
  return makeExtension(ExtensionType.signed_certificate_timestamp, writer => {
    writer.nested(2, () => {
      for (const timestamp of timestamps) writer.vector(2, timestamp);
    });
  });
}

/** SerializedSCTs. @throws ERR_DECODE_ERROR */
export function parseCertificateTimestamps(data: Uint8Array): Uint8Array[] {
  return parseVectors(data, 'signed_certificate_timestamp', 1);
}

/** @param names DER names, at least one */
export function certificateAuthoritiesExtension(names: readonly Uint8Array[]): Extension {
  return makeExtension(ExtensionType.certificate_authorities, writer => {
    writer.nested(2, () => {
      for (const name of names) writer.vector(2, name);
    });
  });
}

/** DER names. @throws ERR_DECODE_ERROR */
export function parseCertificateAuthorities(data: Uint8Array): Uint8Array[] {
  return parseVectors(data, 'certificate_authorities', 3);
}

export interface OidFilter {
  /** DER object identifier of a certificate extension. */
  readonly oid: Uint8Array;
  /** DER values of it, may be empty. */
  readonly values: Uint8Array;
}

export function oidFiltersExtension(filters: readonly OidFilter[]): Extension {
  return makeExtension(ExtensionType.oid_filters, writer => {
    writer.nested(2, () => {
      for (const filter of filters) writer.vector(1, filter.oid).vector(2, filter.values);
    });
  });
}

/** @throws ERR_DECODE_ERROR */
export function parseOidFilters(data: Uint8Array): OidFilter[] {
  const reader = new Reader(data, 'oid_filters');
  const list = reader.nested(2);
  reader.end();
  const filters: OidFilter[] = [];
  while (list.remaining > 0) filters.push({ oid: list.vector(1, 1), values: list.vector(2) });
  return filters;
}

/** @param renegotiatedConnection empty in the first handshake; then verify_data of one or both sides */
export function renegotiationInfoExtension(renegotiatedConnection: Uint8Array): Extension {
  return makeExtension(ExtensionType.renegotiation_info, writer => writer.vector(1, renegotiatedConnection));
}

/** @throws ERR_DECODE_ERROR */
export function parseRenegotiationInfo(data: Uint8Array): Uint8Array {
  const reader = new Reader(data, 'renegotiation_info');
  const renegotiatedConnection = reader.vector(1);
  reader.end();
  return renegotiatedConnection;
}

function parseVectors(data: Uint8Array, name: string, minimum: number): Uint8Array[] {
  const reader = new Reader(data, name);
  const list = reader.nested(2, minimum);
  reader.end();
  const items: Uint8Array[] = [];
  while (list.remaining > 0) items.push(list.vector(2, 1));
  return items;
}
