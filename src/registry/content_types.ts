// IANA "TLS ContentType" (RFC 9846 §5.1, RFC 5246 §6.2.1).

/** TLS ContentType. `invalid` never stands on the wire. */
export const ContentType = {
  invalid: 0x00,
  change_cipher_spec: 0x14,
  alert: 0x15,
  handshake: 0x16,
  application_data: 0x17,
} as const;
