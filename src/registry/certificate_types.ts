// IANA "TLS Certificate Types" (RFC 7250), "TLS ClientCertificateType Identifiers" (RFC 5246 §7.4.4, RFC 8422 §5.5),
// "TLS Certificate Status Types" (RFC 6066 §8) and NameType (RFC 6066 §3).

/** TLS CertificateType. */
export const CertificateType = {
  X509: 0x00,
  RawPublicKey: 0x02,
} as const;

/** Name of a CertificateType. */
export type CertificateTypeName = keyof typeof CertificateType;

/** Their names, without those of values castls does not know. */
export function certificateTypeNames(values: readonly number[]): CertificateTypeName[] {
  const names = Object.keys(CertificateType) as CertificateTypeName[];
  return values.flatMap(value => names.find(name => CertificateType[name] === value) ?? []);
}

/** TLS 1.2 ClientCertificateType. */
export const ClientCertificateType = {
  rsa_sign: 0x01,
  dss_sign: 0x02,
  ecdsa_sign: 0x40,
} as const;

/** CertificateStatusType. */
export const CertificateStatusType = {
  ocsp: 0x01,
} as const;

/** NameType of the server_name extension. */
export const ServerNameType = {
  host_name: 0x00,
} as const;
