// IANA "TLS Alerts" (RFC 9846 §6, RFC 5246 §7.2, SSL 3.0: RFC 6101 §5.4).

/** AlertLevel. TLS 1.3 ignores the level of what it receives (RFC 9846 §6). */
export const AlertLevel = {
  warning: 0x01,
  fatal: 0x02,
} as const;

/** AlertDescription. */
export const AlertDescription = {
  close_notify: 0x00,
  unexpected_message: 0x0a,
  bad_record_mac: 0x14,
  decryption_failed_RESERVED: 0x15,
  record_overflow: 0x16,
  decompression_failure_RESERVED: 0x1e,
  handshake_failure: 0x28,
  no_certificate_RESERVED: 0x29,
  bad_certificate: 0x2a,
  unsupported_certificate: 0x2b,
  certificate_revoked: 0x2c,
  certificate_expired: 0x2d,
  certificate_unknown: 0x2e,
  illegal_parameter: 0x2f,
  unknown_ca: 0x30,
  access_denied: 0x31,
  decode_error: 0x32,
  decrypt_error: 0x33,
  export_restriction_RESERVED: 0x3c,
  protocol_version: 0x46,
  insufficient_security: 0x47,
  internal_error: 0x50,
  inappropriate_fallback: 0x56,
  user_canceled: 0x5a,
  no_renegotiation_RESERVED: 0x64,
  missing_extension: 0x6d,
  unsupported_extension: 0x6e,
  certificate_unobtainable_RESERVED: 0x6f,
  unrecognized_name: 0x70,
  bad_certificate_status_response: 0x71,
  bad_certificate_hash_value_RESERVED: 0x72,
  unknown_psk_identity: 0x73,
  certificate_required: 0x74,
  general_error: 0x75,
  no_application_protocol: 0x78,
  ech_required: 0x79,
} as const;

/** IANA's name of an alert, or "alert N" for an unassigned value. */
export function alertName(description: number): string {
  for (const [name, value] of Object.entries(AlertDescription)) {
    if (value === description) return name.replace('_RESERVED', '');
  }
  return `alert ${description}`;
}
