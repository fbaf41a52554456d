// IANA "TLS HandshakeType" (RFC 9846 §4, RFC 5246 §7.4).

/** TLS HandshakeType. `message_hash` is synthetic (RFC 9846 §4.4.1) and never stands on the wire. */
export const HandshakeType = {
  hello_request: 0x00,
  client_hello: 0x01,
  server_hello: 0x02,
  new_session_ticket: 0x04,
  end_of_early_data: 0x05,
  encrypted_extensions: 0x08,
  certificate: 0x0b,
  server_key_exchange: 0x0c,
  certificate_request: 0x0d,
  server_hello_done: 0x0e,
  certificate_verify: 0x0f,
  client_key_exchange: 0x10,
  finished: 0x14,
  certificate_status: 0x16,
  key_update: 0x18,
  compressed_certificate: 0x19,
  message_hash: 0xfe,
} as const;
