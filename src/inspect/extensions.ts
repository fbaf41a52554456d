// Extensions as fields: one row for each that is known, by the message it stands in. Every other is opaque. The parsers of
// src/wire judge the same bytes by the rules that castls holds peers to.

import { ExtensionCarrier } from '../registry/extension_legality.ts';
import { ExtensionType as type } from '../registry/extension_types.ts';
import { parseCompressCertificate } from '../wire/certificate_compression.ts';
import * as authentication from '../wire/extensions/authentication.ts';
import * as keyExchange from '../wire/extensions/key_exchange.ts';
import * as names from '../wire/extensions/names.ts';
import * as negotiation from '../wire/extensions/negotiation.ts';
import * as psk from '../wire/extensions/pre_shared_key.ts';
import { nameFields } from './certificate.ts';
import type { FieldReader } from './field.ts';
import { nameOf } from './names.ts';
import { ocspFields } from './ocsp.ts';

const { CH, SH, HRR, EE, CT, CR, NST, SH12 } = ExtensionCarrier;

interface ExtensionRow {
  readonly type: number;
  /** Messages in which it has this form, as bits of ExtensionCarrier. */
  readonly in: number;
  readonly section: string;
  readonly read: (reader: FieldReader) => void;
  /** Of src/wire. */
  readonly judge?: (data: Uint8Array) => unknown;
}

const ANY = 0xff;
const empty = (): void => {};
const isEmpty = (data: Uint8Array): void => negotiation.parseEmptyExtension(data, 'extension');

/** A vector of numbers of one or two bytes. */
function numbers(
  prefix: 1 | 2,
  width: 1 | 2,
  list: string,
  item: string,
  meaning: (value: number) => string | undefined,
): (reader: FieldReader) => void {
  return reader =>
    reader.vector(prefix, list, undefined, inner => {
      while (inner.remaining > 0) inner[width === 1 ? 'u8' : 'u16'](item, meaning);
    });
}

function number(
  width: 1 | 2 | 4,
  name: string,
  meaning?: (value: number) => string | undefined,
): (reader: FieldReader) => void {
  return reader => {
    reader[width === 1 ? 'u8' : width === 2 ? 'u16' : 'u32'](name, meaning);
  };
}

function keyShareEntry(reader: FieldReader): void {
  reader.group('KeyShareEntry', undefined, entry => {
    entry.u16('group', nameOf.group);
    entry.vector(2, 'key_exchange');
  });
}

function readServerNames(reader: FieldReader): void {
  reader.vector(2, 'server_name_list', undefined, list => {
    while (list.remaining > 0) {
      list.group('ServerName', undefined, entry => {
        entry.u8('name_type', nameOf.nameType);
        entry.vector(2, 'HostName', undefined, name => name.text('host_name', name.remaining));
      });
    }
  });
}

function readProtocols(reader: FieldReader): void {
  reader.vector(2, 'protocol_name_list', undefined, list => {
    while (list.remaining > 0) {
      list.vector(1, 'ProtocolName', undefined, name => name.text('protocol_name', name.remaining));
    }
  });
}

function readOfferedPsks(reader: FieldReader): void {
  reader.vector(2, 'identities', undefined, list => {
    while (list.remaining > 0) {
      list.group('PskIdentity', undefined, entry => {
        entry.vector(2, 'identity');
        entry.u32('obfuscated_ticket_age');
      });
    }
  });
  reader.vector(2, 'binders', undefined, list => {
    while (list.remaining > 0) list.vector(1, 'PskBinderEntry', 'RFC 9846 §4.2.11.2');
  });
}

function readStatusRequest(reader: FieldReader): void {
  if (reader.u8('status_type', nameOf.statusType) !== 1) {
    reader.rest('request');
    return;
  }
  reader.vector(2, 'responder_id_list', undefined, list => {
    while (list.remaining > 0) list.vector(2, 'ResponderID');
  });
  reader.vector(2, 'request_extensions');
}

export function readCertificateStatus(reader: FieldReader): void {
  reader.u8('status_type', nameOf.statusType);
  reader.vector(3, 'response', 'RFC 6960 §4.2.1', data => {
    const { bytes, offset, remaining, budget } = data;
    data.adopt(remaining, ocspFields(bytes, offset, offset + remaining, budget));
  });
}

function readTimestamps(reader: FieldReader): void {
  reader.vector(2, 'SignedCertificateTimestampList', undefined, list => {
    while (list.remaining > 0) list.vector(2, 'SerializedSCT', 'RFC 6962 §3.2', readTimestamp);
  });
}

function readTimestamp(reader: FieldReader): void {
  reader.u8('sct_version', value => (value === 0 ? 'v1' : undefined));
  reader.opaque('log_id', 32);
  const seconds = reader.u32('timestamp (high)') * 4294.967296 + reader.u32('timestamp (low)') / 1000;
  if (seconds < 8.64e12) reader.annotate({ meaning: new Date(seconds * 1000).toISOString() });
  reader.vector(2, 'extensions');
  reader.u16('algorithm', nameOf.signatureScheme);
  reader.vector(2, 'signature');
}

export function readAuthorities(reader: FieldReader): void {
  reader.vector(2, 'certificate_authorities', undefined, list => {
    while (list.remaining > 0) {
      list.vector(2, 'DistinguishedName', undefined, name => {
        const { bytes, offset, remaining, budget } = name;
        name.adopt(remaining, nameFields(bytes, offset, offset + remaining, budget));
      });
    }
  });
}

function readOidFilters(reader: FieldReader): void {
  reader.vector(2, 'filters', undefined, list => {
    while (list.remaining > 0) {
      list.group('OIDFilter', undefined, filter => {
        filter.vector(1, 'certificate_extension_oid');
        filter.vector(2, 'certificate_extension_values');
      });
    }
  });
}

function readEchClient(reader: FieldReader): void {
  if (reader.u8('type', value => ['outer', 'inner'][value]) !== 0) return;
  reader.u16('kdf_id', nameOf.hpkeKdf);
  reader.u16('aead_id', nameOf.hpkeAead);
  reader.u8('config_id');
  reader.vector(2, 'enc');
  reader.vector(2, 'payload');
}

function readSrtp(reader: FieldReader): void {
  numbers(2, 2, 'SRTPProtectionProfiles', 'SRTPProtectionProfile', nameOf.srtpProfile)(reader);
  reader.vector(1, 'srtp_mki');
}

/** QUIC's integers of variable length (RFC 9000 §16). */
function readTransportParameters(reader: FieldReader): void {
  while (reader.remaining > 0) {
    reader.group('TransportParameter', undefined, parameter => {
      quicInteger(parameter, 'id');
      const length = quicInteger(parameter, 'length');
      if (length > 0) parameter.opaque('value', length);
    });
  }
}

function quicInteger(reader: FieldReader, name: string): number {
  const size = 1 << (reader.bytes[reader.offset] >> 6);
  const bytes = reader.opaque(name, Math.min(size, Math.max(1, reader.remaining)));
  let value = bytes[0] & 0x3f;
  for (let i = 1; i < bytes.length; i++) value = value * 256 + bytes[i];
  reader.annotate({ meaning: `${value}` });
  return value;
}

const certificateTypes = numbers(1, 1, 'certificate_types', 'certificate_type', nameOf.certificateType);
const certificateType = number(1, 'certificate_type', nameOf.certificateType);
const schemes = numbers(2, 2, 'supported_signature_algorithms', 'algorithm', nameOf.signatureScheme);
const parseCertificateTypes = authentication.parseCertificateTypes;

const rows: readonly ExtensionRow[] = [
  {
    type: type.server_name,
    in: CH,
    section: 'RFC 6066 §3',
    read: readServerNames,
    judge: names.parseServerName,
  },
  { type: type.server_name, in: EE | SH12, section: 'RFC 6066 §3', read: empty, judge: isEmpty },
  {
    type: type.max_fragment_length,
    in: ANY,
    section: 'RFC 6066 §4',
    read: number(1, 'max_fragment_length', nameOf.maxFragmentLength),
    judge: negotiation.parseMaxFragmentLength,
  },
  {
    type: type.status_request,
    in: CH,
    section: 'RFC 6066 §8',
    read: readStatusRequest,
    judge: authentication.parseStatusRequest,
  },
  { type: type.status_request, in: SH12 | CR, section: 'RFC 6066 §8', read: empty },
  { type: type.status_request, in: CT, section: 'RFC 9846 §4.4.2.1', read: readCertificateStatus },
  {
    type: type.supported_groups,
    in: ANY,
    section: 'RFC 9846 §4.2.7',
    read: numbers(2, 2, 'named_group_list', 'named_group', nameOf.group),
    judge: keyExchange.parseSupportedGroups,
  },
  {
    type: type.ec_point_formats,
    in: ANY,
    section: 'RFC 8422 §5.1.2',
    read: numbers(1, 1, 'ec_point_format_list', 'ec_point_format', nameOf.pointFormat),
    judge: keyExchange.parseEcPointFormats,
  },
  {
    type: type.signature_algorithms,
    in: ANY,
    section: 'RFC 9846 §4.2.3',
    read: schemes,
    judge: negotiation.parseSignatureAlgorithms,
  },
  {
    type: type.signature_algorithms_cert,
    in: ANY,
    section: 'RFC 9846 §4.2.3',
    read: schemes,
    judge: negotiation.parseSignatureAlgorithms,
  },
  { type: type.delegated_credential, in: CH | CR, section: 'RFC 9345 §4.1.1', read: schemes },
  { type: type.use_srtp, in: ANY, section: 'RFC 5764 §4.1.1', read: readSrtp },
  { type: type.heartbeat, in: ANY, section: 'RFC 6520 §2', read: number(1, 'mode', nameOf.heartbeatMode) },
  {
    type: type.application_layer_protocol_negotiation,
    in: ANY,
    section: 'RFC 7301 §3.1',
    read: readProtocols,
    judge: names.parseAlpn,
  },
  { type: type.signed_certificate_timestamp, in: CH | CR, section: 'RFC 6962 §3.3.1', read: empty, judge: isEmpty },
  {
    type: type.signed_certificate_timestamp,
    in: CT | SH12,
    section: 'RFC 6962 §3.3',
    read: readTimestamps,
    judge: authentication.parseCertificateTimestamps,
  },
  {
    type: type.client_certificate_type,
    in: CH,
    section: 'RFC 7250 §3',
    read: certificateTypes,
    judge: parseCertificateTypes,
  },
  { type: type.client_certificate_type, in: EE | SH12, section: 'RFC 7250 §3', read: certificateType },
  {
    type: type.server_certificate_type,
    in: CH,
    section: 'RFC 7250 §3',
    read: certificateTypes,
    judge: parseCertificateTypes,
  },
  { type: type.server_certificate_type, in: EE | SH12, section: 'RFC 7250 §3', read: certificateType },
  { type: type.padding, in: ANY, section: 'RFC 7685 §3', read: reader => reader.rest('PaddingExtension') },
  { type: type.encrypt_then_mac, in: ANY, section: 'RFC 7366 §2', read: empty, judge: isEmpty },
  { type: type.extended_master_secret, in: ANY, section: 'RFC 7627 §5.1', read: empty, judge: isEmpty },
  {
    type: type.compress_certificate,
    in: ANY,
    section: 'RFC 8879 §3',
    read: numbers(1, 2, 'algorithms', 'algorithm', nameOf.certificateCompression),
    judge: parseCompressCertificate,
  },
  {
    type: type.record_size_limit,
    in: ANY,
    section: 'RFC 8449 §4',
    read: number(2, 'RecordSizeLimit'),
    judge: negotiation.parseRecordSizeLimit,
  },
  { type: type.session_ticket, in: ANY, section: 'RFC 5077 §3.2', read: reader => reader.rest('ticket') },
  {
    type: type.pre_shared_key,
    in: CH,
    section: 'RFC 9846 §4.2.11',
    read: readOfferedPsks,
    judge: psk.parseOfferedPsks,
  },
  {
    type: type.pre_shared_key,
    in: SH,
    section: 'RFC 9846 §4.2.11',
    read: number(2, 'selected_identity'),
    judge: psk.parseSelectedPsk,
  },
  { type: type.early_data, in: CH | EE, section: 'RFC 9846 §4.2.10', read: empty, judge: isEmpty },
  {
    type: type.early_data,
    in: NST,
    section: 'RFC 9846 §4.6.1',
    read: number(4, 'max_early_data_size'),
    judge: psk.parseTicketEarlyData,
  },
  {
    type: type.supported_versions,
    in: CH,
    section: 'RFC 9846 §4.2.1',
    read: numbers(1, 2, 'versions', 'version', nameOf.version),
    judge: negotiation.parseClientSupportedVersions,
  },
  {
    type: type.supported_versions,
    in: SH | HRR,
    section: 'RFC 9846 §4.2.1',
    read: number(2, 'selected_version', nameOf.version),
    judge: negotiation.parseServerSupportedVersions,
  },
  {
    type: type.cookie,
    in: ANY,
    section: 'RFC 9846 §4.2.2',
    read: reader => reader.vector(2, 'cookie'),
    judge: negotiation.parseCookie,
  },
  {
    type: type.psk_key_exchange_modes,
    in: ANY,
    section: 'RFC 9846 §4.2.9',
    read: numbers(1, 1, 'ke_modes', 'ke_mode', nameOf.pskMode),
    judge: psk.parsePskKeyExchangeModes,
  },
  {
    type: type.certificate_authorities,
    in: ANY,
    section: 'RFC 9846 §4.2.4',
    read: readAuthorities,
    judge: authentication.parseCertificateAuthorities,
  },
  {
    type: type.oid_filters,
    in: ANY,
    section: 'RFC 9846 §4.2.5',
    read: readOidFilters,
    judge: authentication.parseOidFilters,
  },
  { type: type.post_handshake_auth, in: ANY, section: 'RFC 9846 §4.2.6', read: empty, judge: isEmpty },
  {
    type: type.key_share,
    in: CH,
    section: 'RFC 9846 §4.2.8',
    read: reader =>
      reader.vector(2, 'client_shares', undefined, list => {
        while (list.remaining > 0) keyShareEntry(list);
      }),
    judge: keyExchange.parseClientKeyShare,
  },
  {
    type: type.key_share,
    in: SH,
    section: 'RFC 9846 §4.2.8',
    read: keyShareEntry,
    judge: keyExchange.parseServerKeyShare,
  },
  {
    type: type.key_share,
    in: HRR,
    section: 'RFC 9846 §4.2.8',
    read: number(2, 'selected_group', nameOf.group),
    judge: keyExchange.parseRetryKeyShare,
  },
  { type: type.quic_transport_parameters, in: ANY, section: 'RFC 9001 §8.2', read: readTransportParameters },
  {
    type: type.ticket_request,
    in: CH,
    section: 'RFC 9149 §3',
    read: reader => {
      reader.u8('new_session_count');
      reader.u8('resumption_count');
    },
  },
  { type: type.ticket_request, in: EE, section: 'RFC 9149 §3', read: number(1, 'expected_count') },
  { type: type.encrypted_client_hello, in: CH, section: 'RFC 9849 §5', read: readEchClient },
  {
    type: type.encrypted_client_hello,
    in: HRR,
    section: 'RFC 9849 §5',
    read: reader => reader.rest('confirmation'),
  },
  {
    type: type.encrypted_client_hello,
    in: EE,
    section: 'RFC 9849 §5',
    read: reader => reader.vector(2, 'retry_configs'),
  },
  {
    type: type.renegotiation_info,
    in: ANY,
    section: 'RFC 5746 §3.2',
    read: reader => reader.vector(1, 'renegotiated_connection'),
    judge: authentication.parseRenegotiationInfo,
  },
];

const NO_ROW: Omit<ExtensionRow, 'type' | 'in'> = {
  section: 'RFC 9846 §4.2',
  read: reader => reader.rest('data'),
};

function rowOf(value: number, carrier: number): Omit<ExtensionRow, 'type' | 'in'> {
  return rows.find(row => row.type === value && (row.in & carrier) !== 0) ?? NO_ROW;
}

/** The extension block of a message. @param carrier the message, as a bit of ExtensionCarrier */
export function readExtensions(reader: FieldReader, carrier: number): void {
  reader.vector(2, 'extensions', carrier === SH12 ? 'RFC 5246 §7.4.1.4' : 'RFC 9846 §4.2', list => {
    while (list.remaining > 0) readExtension(list, carrier);
  });
}

function readExtension(list: FieldReader, carrier: number): void {
  const { bytes, offset } = list;
  const value = list.remaining >= 2 ? (bytes[offset] << 8) | bytes[offset + 1] : -1;
  const row = rowOf(value, carrier);
  list.group(nameOf.extension(value) ?? 'extension', row.section, extension => {
    extension.u16('extension_type', nameOf.extension, 'RFC 9846 §4.2');
    extension.vector(2, 'extension_data', row.section, data => {
      row.read(data);
    });
    const { judge } = row;
    const data = bytes.subarray(offset + 4, extension.offset);
    if (judge !== undefined) extension.judge(() => judge(data));
  });
}
