// Which extension may stand in which message: the table of RFC 9846 §4.2, with the columns of TLS 1.2 beside it
// (IANA "TLS ExtensionType Values", column "TLS 1.3", and each extension's own RFC for 1.2).
// How a violation is answered stands in wire/extensions.ts.

import { ExtensionType } from './extension_types.ts';

const CH = 0x01;
const SH = 0x02;
const HRR = 0x04;
const EE = 0x08;
const CT = 0x10;
const CR = 0x20;
const NST = 0x40;
const SH12 = 0x80;

/** The messages that carry extensions, as bits of a set. `SH12` is the ServerHello of TLS 1.2 and below. */
export const ExtensionCarrier = { CH, SH, HRR, EE, CT, CR, NST, SH12 } as const;

/** Extension -> set of messages. An extension that is missing here is one castls does not recognize. */
export const extensionLegality: ReadonlyMap<number, number> = new Map<number, number>([
  [ExtensionType.server_name, CH | EE | SH12],
  [ExtensionType.max_fragment_length, CH | EE | SH12],
  [ExtensionType.status_request, CH | CR | CT | SH12],
  // RFC 8422 §5.1.1 wants no answer in 1.2, but deployed servers send one; OpenSSL and BoringSSL ignore it too.
  [ExtensionType.supported_groups, CH | EE | SH12],
  [ExtensionType.ec_point_formats, CH | SH12],
  [ExtensionType.signature_algorithms, CH | CR],
  [ExtensionType.use_srtp, CH | EE | SH12],
  [ExtensionType.heartbeat, CH | EE | SH12],
  [ExtensionType.application_layer_protocol_negotiation, CH | EE | SH12],
  [ExtensionType.status_request_v2, CH | SH12],
  [ExtensionType.signed_certificate_timestamp, CH | CR | CT | SH12],
  [ExtensionType.client_certificate_type, CH | EE | SH12],
  [ExtensionType.server_certificate_type, CH | EE | SH12],
  [ExtensionType.padding, CH],
  [ExtensionType.encrypt_then_mac, CH | SH12],
  [ExtensionType.extended_master_secret, CH | SH12],
  [ExtensionType.compress_certificate, CH | CR],
  [ExtensionType.record_size_limit, CH | EE | SH12],
  [ExtensionType.delegated_credential, CH | CR | CT],
  [ExtensionType.session_ticket, CH | SH12],
  [ExtensionType.pre_shared_key, CH | SH],
  [ExtensionType.early_data, CH | EE | NST],
  [ExtensionType.supported_versions, CH | SH | HRR],
  [ExtensionType.cookie, CH | HRR],
  [ExtensionType.psk_key_exchange_modes, CH],
  [ExtensionType.certificate_authorities, CH | CR],
  [ExtensionType.oid_filters, CR],
  [ExtensionType.post_handshake_auth, CH],
  [ExtensionType.signature_algorithms_cert, CH | CR],
  [ExtensionType.key_share, CH | SH | HRR],
  [ExtensionType.quic_transport_parameters, CH | EE],
  [ExtensionType.ticket_request, CH | EE],
  [ExtensionType.ech_outer_extensions, CH],
  [ExtensionType.encrypted_client_hello, CH | HRR | EE],
  [ExtensionType.renegotiation_info, CH | SH12],
]);
