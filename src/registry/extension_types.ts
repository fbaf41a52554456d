// IANA "TLS ExtensionType Values": those a rule of castls names.

/** TLS ExtensionType. */
export const ExtensionType = {
  server_name: 0x0000,
  max_fragment_length: 0x0001,
  status_request: 0x0005,
  supported_groups: 0x000a,
  ec_point_formats: 0x000b,
  signature_algorithms: 0x000d,
  use_srtp: 0x000e,
  heartbeat: 0x000f,
  application_layer_protocol_negotiation: 0x0010,
  status_request_v2: 0x0011,
  signed_certificate_timestamp: 0x0012,
  client_certificate_type: 0x0013,
  server_certificate_type: 0x0014,
  padding: 0x0015,
  encrypt_then_mac: 0x0016,
  extended_master_secret: 0x0017,
  compress_certificate: 0x001b,
  record_size_limit: 0x001c,
  delegated_credential: 0x0022,
  session_ticket: 0x0023,
  pre_shared_key: 0x0029,
  early_data: 0x002a,
  supported_versions: 0x002b,
  cookie: 0x002c,
  psk_key_exchange_modes: 0x002d,
  certificate_authorities: 0x002f,
  oid_filters: 0x0030,
  post_handshake_auth: 0x0031,
  signature_algorithms_cert: 0x0032,
  key_share: 0x0033,
  quic_transport_parameters: 0x0039,
  ticket_request: 0x003a,
  ech_outer_extensions: 0xfd00,
  encrypted_client_hello: 0xfe0d,
  renegotiation_info: 0xff01,
} as const;

const names = new Map<number, string>(Object.entries(ExtensionType).map(([name, value]) => [value, name]));

/** IANA's name of an extension, or its value in hex for one that castls does not know. */
export function extensionName(type: number): string {
  return names.get(type) ?? `extension 0x${type.toString(16).padStart(4, '0')}`;
}
