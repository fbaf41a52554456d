// Which fields of castls/inspect are which of tshark's: a row for each of tshark's names, and why those have none that have
// none.

import * as assert from 'uvu/assert';
import { connectionDecoder, type Field, HandshakeInspector, inspectContent, ja3 } from '../../src/inspect.ts';
import type { Recording } from './recordings.ts';

/** A field with the names of those around it, the outermost first. */
interface Found {
  readonly path: readonly string[];
  readonly bytes: Uint8Array;
  readonly field: Field;
}

export interface Seen {
  readonly records: readonly {
    readonly bytes: Uint8Array;
    readonly innerType: number | null;
    readonly is13: boolean;
  }[];
  readonly fields: readonly Found[];
  readonly hellos: readonly Uint8Array[];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const size = (length: number): string => `#${length}`;

/** Our view of a recording: all records, all fields in what was inside. */
export function seenOf({ chunks, keyLog }: Recording): Seen {
  const decoder = connectionDecoder(keyLog);
  for (const { from, data } of chunks) decoder.push(from, data, 0);
  const inspector = new HandshakeInspector();
  const partial = { client: new Uint8Array(0), server: new Uint8Array(0) };
  const fields: Found[] = [];
  const hellos: Uint8Array[] = [];
  const records = decoder.take(true);
  for (const record of records) {
    const { from, content } = record;
    assert.is(record.failure, undefined, record.failure);
    if (content === null) continue;
    const type = record.innerType as number;
    const bytes = type === 22 ? new Uint8Array(Buffer.concat([partial[from], content])) : content;
    const inside = inspectContent(type, bytes, inspector).fields;
    const last = inside.at(-1);
    if (type === 22) partial[from] = last?.name.startsWith('part of') ? bytes.slice(last.offset) : new Uint8Array(0);
    const walk = (field: Field, around: readonly string[]): void => {
      const path = [...around, field.name];
      fields.push({ path, field, bytes: bytes.subarray(field.offset, field.offset + field.length) });
      for (const child of field.children ?? []) walk(child, path);
    };
    for (const field of inside) {
      walk(field, []);
      if (field.name === 'ClientHello') hellos.push(bytes.slice(field.offset, field.offset + field.length));
    }
  }
  const is13 = decoder.context.version === 0x0304;
  decoder.dispose();
  return {
    records: records.map(({ bytes, innerType, type }) => ({
      bytes: bytes as Uint8Array,
      innerType: innerType ?? type,
      is13,
    })),
    fields,
    hellos,
  };
}

type Row = (seen: Seen) => string[];

/** Fields whose path ends so: names from the inside out may skip levels, the last one is the field's own. */
function select({ fields }: Seen, names: readonly string[]): Found[] {
  return fields.filter(({ path }) => {
    if (path.at(-1) !== names.at(-1)) return false;
    let at = 0;
    for (const name of path) if (name === names[at]) at++;
    return at >= names.length;
  });
}

/** Whole fields by their bytes. */
const bytesOf =
  (...names: string[]): Row =>
  seen =>
    select(seen, names).map(({ bytes }) => hex(bytes));
/** Fields by their size alone, where tshark shows no value. */
const sizeOf =
  (...names: string[]): Row =>
  seen =>
    select(seen, names).map(({ bytes }) => size(bytes.length));
/** Vectors alone: what has a length of its own before it. */
const vectors = (seen: Seen, names: readonly string[]): Found[] =>
  select(seen, names).filter(({ field }) => field.children?.[0]?.name === 'length');
/** What a vector holds, without its length. */
const inside = ({ field, bytes }: Found): Uint8Array => bytes.subarray(field.children?.[0]?.length);
const contentOf =
  (...names: string[]): Row =>
  seen =>
    vectors(seen, names).map(found => hex(inside(found)));
const contentSize =
  (...names: string[]): Row =>
  seen =>
    vectors(seen, names).map(found => size(inside(found).length));
/** As contentOf, but for empty vectors, which tshark leaves out. */
const filled =
  (...names: string[]): Row =>
  seen =>
    contentOf(...names)(seen).filter(value => value !== '');
/** Content of DER elements. */
const derContent = (bytes: Uint8Array): Uint8Array => bytes.subarray(2 + (bytes[1] >= 0x80 ? bytes[1] & 0x7f : 0));
const der =
  (...names: string[]): Row =>
  seen =>
    select(seen, names).map(({ bytes }) => hex(derContent(bytes)));
const derSize =
  (...names: string[]): Row =>
  seen =>
    select(seen, names).map(({ bytes }) => size(bytes.length));
/** BIT STRINGs without their octet of unused bits. */
const bits =
  (...names: string[]): Row =>
  seen =>
    select(seen, names).map(({ bytes }) => hex(derContent(bytes).subarray(1)));
const both =
  (...rows: Row[]): Row =>
  seen =>
    rows.flatMap(row => row(seen));
/** Prefix of a vector. */
const prefix =
  (...names: string[]): Row =>
  seen =>
    vectors(seen, names).map(({ bytes, field }) => hex(bytes.subarray(0, field.children?.[0]?.length)));
/** Fields right inside of another. */
const child =
  (parent: string, name: string): Row =>
  seen =>
    select(seen, [parent, name])
      .filter(({ path }) => path.at(-2) === parent)
      .map(({ bytes }) => hex(bytes));
const sizes =
  (row: Row): Row =>
  seen =>
    row(seen).map(value => size(value.length / 2));
const part =
  (row: Row, from: number, to: number): Row =>
  seen =>
    row(seen).map(value => value.slice(2 * from, 2 * to));

const GENERAL_NAMES = ['rfc822Name', 'dNSName', 'uniformResourceIdentifier', 'iPAddress'];
const generalNames: Row = seen => [...GENERAL_NAMES.flatMap(name => der(name)(seen))];

const extension = (name: string, ...names: string[]): string[] => [name, 'extension_data', ...names];
/** One bit of a keyUsage, as tshark shows named bits. */
const usage =
  (bit: number): Row =>
  seen =>
    select(seen, ['extnValue', 'KeyUsage']).map(({ bytes }) =>
      (derContent(bytes)[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7)) ? '1' : '0',
    );

const signatureAlgorithms: Row = seen => [
  ...child('supported_signature_algorithms', 'algorithm')(seen),
  ...select(seen, ['CertificateVerify', 'body', 'algorithm']).map(({ bytes }) => hex(bytes)),
  ...select(seen, ['ServerKeyExchange', 'body', 'algorithm']).map(({ bytes }) => hex(bytes)),
  ...child('SerializedSCT', 'algorithm')(seen),
];

/** By tshark's names. */
export const map: Readonly<Record<string, Row>> = {
  // Records
  'tls.record': ({ records }) => records.map(({ bytes }) => size(bytes.length)),
  'tls.record.content_type': ({ records }) =>
    records.map(({ innerType, bytes }) => (innerType ?? bytes[0]).toString(16).padStart(2, '0')),
  'tls.record.opaque_type': ({ records }) =>
    records.filter(({ bytes, is13 }) => is13 && bytes[0] === 23).map(() => '17'),
  'tls.record.version': ({ records }) => records.map(({ bytes }) => hex(bytes.subarray(1, 3))),
  'tls.record.length': ({ records }) => records.map(({ bytes }) => hex(bytes.subarray(3, 5))),
  'tls.app_data': ({ records }) =>
    records.filter(({ innerType }) => innerType === 23).map(({ bytes }) => hex(bytes.subarray(5))),
  'tls.change_cipher_spec': ({ records }) => records.filter(({ bytes }) => bytes[0] === 20).map(() => '#1'),
  'tls.alert_message': seen => select(seen, ['level']).map(() => '#2'),
  'tls.alert_message.level': bytesOf('level'),
  'tls.alert_message.desc': bytesOf('description'),
  // Messages
  'tls.handshake': seen =>
    select(seen, ['msg_type']).map((_, i) => size(4 + Number.parseInt(bytesOf('length')(messageLengths(seen))[i], 16))),
  'tls.handshake.type': bytesOf('msg_type'),
  'tls.handshake.length': seen => bytesOf('length')(messageLengths(seen)),
  'tls.handshake.version': both(
    bytesOf('ClientHello', 'body', 'legacy_version'),
    bytesOf('ServerHello', 'body', 'legacy_version'),
  ),
  'tls.handshake.random': bytesOf('random'),
  'tls.handshake.session_id_length': both(prefix('legacy_session_id'), prefix('legacy_session_id_echo')),
  'tls.handshake.session_id': both(filled('legacy_session_id'), filled('legacy_session_id_echo')),
  'tls.handshake.cipher_suites_length': prefix('cipher_suites'),
  'tls.handshake.ciphersuites': contentSize('cipher_suites'),
  'tls.handshake.ciphersuite': both(bytesOf('cipher_suites', 'CipherSuite'), bytesOf('cipher_suite')),
  'tls.handshake.comp_methods_length': prefix('legacy_compression_methods'),
  'tls.handshake.comp_methods': contentSize('legacy_compression_methods'),
  'tls.handshake.comp_method': both(bytesOf('CompressionMethod'), bytesOf('legacy_compression_method')),
  'tls.handshake.extensions_length': seen =>
    prefix('extensions')({ ...seen, fields: seen.fields.filter(({ path }) => !path.includes('SerializedSCT')) }),
  'tls.handshake.extension.type': bytesOf('extension_type'),
  'tls.handshake.extension.len': prefix('extension_data'),
  'tls.handshake.verify_data': sizeOf('verify_data'),
  'tls.handshake.key_update.request_update': bytesOf('request_update'),
  // Certificates and what proves them
  'tls.handshake.certificate_request_context_length': prefix('certificate_request_context'),
  'tls.handshake.certificates_length': prefix('certificate_list'),
  'tls.handshake.certificates': contentSize('certificate_list'),
  'tls.handshake.certificate_length': prefix('cert_data'),
  'tls.handshake.certificate': contentOf('cert_data'),
  'tls.handshake.client_cert_vrfy.sig_len': prefix('CertificateVerify', 'signature'),
  'tls.handshake.client_cert_vrfy.sig': contentOf('CertificateVerify', 'signature'),
  'tls.handshake.cert_types_count': prefix('CertificateRequest', 'certificate_types'),
  'tls.handshake.cert_types': contentSize('CertificateRequest', 'certificate_types'),
  'tls.handshake.cert_type': bytesOf('CertificateRequest', 'ClientCertificateType'),
  'tls.handshake.dnames_len': prefix('certificate_authorities'),
  'tls.handshake.dnames': contentSize('certificate_authorities'),
  'tls.handshake.dname_len': prefix('DistinguishedName'),
  'tls.handshake.dname': sizes(der('DistinguishedName', 'Name')),
  'tls.handshake.sig_hash_alg_len': both(prefix('supported_signature_algorithms')),
  'tls.handshake.sig_hash_algs': contentSize('supported_signature_algorithms'),
  'tls.handshake.sig_hash_alg': signatureAlgorithms,
  'tls.handshake.sig_hash_hash': part(signatureAlgorithms, 0, 1),
  'tls.handshake.sig_hash_sig': part(signatureAlgorithms, 1, 2),
  'tls.compress_certificate.algorithms_length': prefix('compress_certificate', 'algorithms'),
  'tls.compress_certificate.algorithm': both(
    bytesOf('compress_certificate', 'algorithms', 'algorithm'),
    bytesOf('CompressedCertificate', 'body', 'algorithm'),
  ),
  'tls.compress_certificate.uncompressed_length': bytesOf('uncompressed_length'),
  'tls.compress_certificate.compressed_certificate_message.length': prefix('compressed_certificate_message'),
  'tls.compress_certificate.compressed_certificate_message': contentOf('compressed_certificate_message'),
  // Key exchange before TLS 1.3
  'tls.handshake.server_curve_type': bytesOf('curve_type'),
  'tls.handshake.server_named_curve': bytesOf('namedcurve'),
  'tls.handshake.server_point_len': prefix('public'),
  'tls.handshake.server_point': contentOf('public'),
  'tls.handshake.p_len': prefix('dh_p'),
  'tls.handshake.p': contentOf('dh_p'),
  'tls.handshake.g_len': prefix('dh_g'),
  'tls.handshake.g': contentOf('dh_g'),
  'tls.handshake.ys_len': prefix('dh_Ys'),
  'tls.handshake.ys': contentOf('dh_Ys'),
  'tls.handshake.yc_len': prefix('dh_Yc'),
  'tls.handshake.yc': contentOf('dh_Yc'),
  'tls.handshake.sig_len': prefix('ServerKeyExchange', 'signature'),
  'tls.handshake.sig': contentOf('ServerKeyExchange', 'signature'),
  'tls.handshake.client_point_len': prefix('ecdh_Yc'),
  'tls.handshake.client_point': contentOf('ecdh_Yc'),
  'tls.handshake.epms_len': seen => prefix('EncryptedPreMasterSecret')(seen).filter(value => value !== ''),
  // Without a length in SSL 3.0.
  'tls.handshake.epms': seen =>
    select(seen, ['EncryptedPreMasterSecret']).map(found =>
      hex(found.field.children === undefined ? found.bytes : inside(found)),
    ),
  // Tickets
  'tls.handshake.session_ticket_lifetime_hint': both(bytesOf('ticket_lifetime'), bytesOf('ticket_lifetime_hint')),
  'tls.handshake.session_ticket_age_add': bytesOf('ticket_age_add'),
  'tls.handshake.session_ticket_nonce_length': prefix('ticket_nonce'),
  'tls.handshake.session_ticket_nonce': contentOf('ticket_nonce'),
  'tls.handshake.session_ticket_length': prefix('NewSessionTicket', 'ticket'),
  'tls.handshake.session_ticket': contentOf('NewSessionTicket', 'ticket'),
  'tls.early_data.max_early_data_size': bytesOf('max_early_data_size'),
  // Extensions
  'tls.handshake.extensions_server_name_list_len': prefix('server_name_list'),
  'tls.handshake.extensions_server_name_type': bytesOf('name_type'),
  'tls.handshake.extensions_server_name_len': prefix('HostName'),
  'tls.handshake.extensions_server_name': bytesOf('host_name'),
  'tls.handshake.max_fragment_length': bytesOf(...extension('max_fragment_length', 'max_fragment_length')),
  'tls.handshake.extensions_status_request_type': bytesOf('status_type'),
  'tls.handshake.extensions_status_request_responder_ids_len': prefix('responder_id_list'),
  'tls.handshake.extensions_status_request_exts_len': prefix('request_extensions'),
  'tls.handshake.ocsp_response_len': prefix('response'),
  'tls.handshake.extensions_supported_groups_length': prefix('named_group_list'),
  'tls.handshake.extensions_supported_groups': contentSize('named_group_list'),
  'tls.handshake.extensions_supported_group': bytesOf('named_group'),
  'tls.handshake.extensions_ec_point_formats_length': prefix('ec_point_format_list'),
  'tls.handshake.extensions_ec_point_formats': contentSize('ec_point_format_list'),
  'tls.handshake.extensions_ec_point_format': bytesOf('ec_point_format'),
  'tls.handshake.extension.heartbeat.mode': bytesOf('heartbeat', 'mode'),
  'tls.handshake.extensions_alpn_len': prefix('protocol_name_list'),
  'tls.handshake.extensions_alpn_list': contentSize('protocol_name_list'),
  'tls.handshake.extensions_alpn_str_len': prefix('ProtocolName'),
  'tls.handshake.extensions_alpn_str': bytesOf('protocol_name'),
  'tls.handshake.cert_type.types_len': prefix('extension_data', 'certificate_types'),
  'tls.handshake.cert_type.types': contentSize('extension_data', 'certificate_types'),
  'tls.handshake.cert_type.type': bytesOf('extension_data', 'certificate_type'),
  'tls.record_size_limit': bytesOf('RecordSizeLimit'),
  'tls.handshake.extensions.supported_versions_len': prefix('supported_versions', 'versions'),
  'tls.handshake.extensions.supported_version': both(bytesOf('versions', 'version'), bytesOf('selected_version')),
  'tls.handshake.extensions.cookie_len': prefix('extension_data', 'cookie'),
  'tls.handshake.extensions.cookie': contentOf('extension_data', 'cookie'),
  'tls.extension.psk_ke_modes_length': prefix('ke_modes'),
  'tls.extension.psk_ke_mode': bytesOf('ke_mode'),
  'tls.handshake.extensions.psk.identities.length': prefix('identities'),
  'tls.handshake.extensions.psk.identity.identity_length': prefix('identity'),
  'tls.handshake.extensions.psk.identity.identity': contentOf('identity'),
  'tls.handshake.extensions.psk.identity.obfuscated_ticket_age': bytesOf('obfuscated_ticket_age'),
  'tls.handshake.extensions.psk.binders_len': prefix('binders'),
  'tls.handshake.extensions.psk.binders': contentSize('binders'),
  'tls.handshake.extensions.psk.identity.selected': bytesOf('selected_identity'),
  'tls.handshake.extensions_key_share_client_length': prefix('client_shares'),
  'tls.handshake.extensions_key_share_group': bytesOf('KeyShareEntry', 'group'),
  'tls.handshake.extensions_key_share_key_exchange_length': prefix('KeyShareEntry', 'key_exchange'),
  'tls.handshake.extensions_key_share_key_exchange': contentOf('KeyShareEntry', 'key_exchange'),
  'tls.handshake.extensions_key_share_selected_group': bytesOf('selected_group'),
  'tls.handshake.extensions_reneg_info_len': prefix('renegotiated_connection'),
  'tls.handshake.extensions_padding_data': bytesOf('PaddingExtension'),
  'tls.quic.parameter.type': bytesOf('TransportParameter', 'id'),
  'tls.quic.parameter.length': bytesOf('TransportParameter', 'length'),
  'tls.sct.scts_length': prefix('SignedCertificateTimestampList'),
  'tls.sct.sct_length': prefix('SerializedSCT'),
  'tls.sct.sct_version': bytesOf('sct_version'),
  'tls.sct.sct_logid': bytesOf('log_id'),
  'tls.sct.sct_timestamp': seen => {
    const high = bytesOf('timestamp (high)')(seen);
    return bytesOf('timestamp (low)')(seen).map((low, i) => high[i] + low);
  },
  'tls.sct.sct_extensions_length': prefix('SerializedSCT', 'extensions'),
  'tls.sct.sct_signature_length': prefix('SerializedSCT', 'signature'),
  'tls.sct.sct_signature': contentOf('SerializedSCT', 'signature'),
  'tls.handshake.ja3': ({ hellos }) => hellos.map(hello => ja3(hello).hash),
  'tls.handshake.ja3_full': ({ hellos }) => hellos.map(hello => ja3(hello).text),
  // Certificates
  'x509af.signedCertificate_element': derSize('tbsCertificate'),
  'x509af.version': der('tbsCertificate', 'version', 'Version'),
  'x509af.serialNumber': der('tbsCertificate', 'serialNumber'),
  'x509af.signature_element': derSize('tbsCertificate', 'signature'),
  'x509af.algorithm.id': both(
    der('subjectPublicKeyInfo', 'algorithm', 'algorithm'),
    der('tbsCertificate', 'signature', 'algorithm'),
    der('signatureAlgorithm', 'algorithm'),
    der('hashAlgorithm', 'algorithm'),
  ),
  'x509af.algorithmIdentifier_element': derSize('Certificate', 'cert_data', 'signatureAlgorithm'),
  'x509af.algorithm_element': sizes(child('subjectPublicKeyInfo', 'algorithm')),
  'x509af.issuer': bytesOf('tbsCertificate', 'issuer'),
  'x509af.subject': bytesOf('tbsCertificate', 'subject'),
  'x509af.rdnSequence': der('tbsCertificate', 'subject'),
  'x509af.validity_element': derSize('tbsCertificate', 'validity'),
  'x509af.notBefore': bytesOf('validity', 'notBefore'),
  'x509af.notAfter': bytesOf('validity', 'notAfter'),
  'x509af.utcTime': both(der('validity', 'notBefore'), der('validity', 'notAfter')),
  'x509af.subjectPublicKeyInfo_element': derSize('subjectPublicKeyInfo'),
  'x509af.subjectPublicKey': bits('subjectPublicKeyInfo', 'subjectPublicKey'),
  'x509af.extensions': der('tbsCertificate', 'extensions', 'Extensions'),
  'x509af.Extension_element': derSize('Extension'),
  'x509af.extension.id': der('Extension', 'extnID'),
  'x509af.critical': der('Extension', 'critical'),
  'x509af.encrypted': bits('cert_data', 'signatureValue'),
  'pkcs1.modulus': der('RSAPublicKey', 'modulus'),
  'pkcs1.publicExponent': der('RSAPublicKey', 'publicExponent'),
  'pkcs1.namedCurve': seen =>
    der('subjectPublicKeyInfo', 'algorithm', 'parameters')(seen).filter(value => value !== ''),
  'x509if.RelativeDistinguishedName_item_element': derSize('RelativeDistinguishedName', 'AttributeTypeAndValue'),
  'x509ce.BasicConstraintsSyntax_element': derSize('BasicConstraints'),
  'x509ce.cA': der('BasicConstraints', 'cA'),
  'x509ce.KeyUsage': part(der('extnValue', 'KeyUsage'), 1, 2),
  'x509ce.KeyUsage.digitalSignature': usage(0),
  'x509ce.KeyUsage.contentCommitment': usage(1),
  'x509ce.KeyUsage.keyEncipherment': usage(2),
  'x509ce.KeyUsage.dataEncipherment': usage(3),
  'x509ce.KeyUsage.keyAgreement': usage(4),
  'x509ce.KeyUsage.keyCertSign': usage(5),
  'x509ce.KeyUsage.cRLSign': usage(6),
  'x509ce.KeyUsage.encipherOnly': usage(7),
  'x509ce.KeyPurposeIDs': der('ExtKeyUsageSyntax'),
  'x509ce.KeyPurposeId': der('KeyPurposeId'),
  'x509ce.GeneralNames': der('extnValue', 'GeneralNames'),
  'x509ce.GeneralName': generalNames,
  'x509ce.dNSName': der('dNSName'),
  'x509ce.rfc822Name': der('rfc822Name'),
  'x509ce.IPAddress.ipv4': der('iPAddress'),
  'x509ce.uniformResourceIdentifier': both(
    der('uniformResourceIdentifier'),
    der('AccessDescription', 'accessLocation'),
  ),
  'x509ce.SubjectKeyIdentifier': der('SubjectKeyIdentifier'),
  'x509ce.AuthorityKeyIdentifier_element': derSize('AuthorityKeyIdentifier'),
  'x509ce.keyIdentifier': der('AuthorityKeyIdentifier', 'keyIdentifier'),
  'x509ce.CertificatePoliciesSyntax': der('certificatePolicies'),
  'x509ce.PolicyInformation_element': derSize('PolicyInformation'),
  'x509ce.policyIdentifier': der('policyIdentifier'),
  'x509ce.CRLDistPointsSyntax': der('CRLDistributionPoints'),
  'x509ce.DistributionPoint_element': derSize('DistributionPoint'),
  'x509ce.fullName': der('fullName'),
  'pkix1implicit.AuthorityInfoAccessSyntax': der('AuthorityInfoAccessSyntax'),
  'pkix1implicit.AccessDescription_element': derSize('AccessDescription'),
  'pkix1implicit.accessMethod': der('accessMethod'),
  'pkix1implicit.accessLocation': der('accessLocation'),
  // Staples
  'ocsp.responseStatus': der('responseStatus'),
  'ocsp.responseBytes_element': derSize('ResponseBytes'),
  'ocsp.responseType.id': der('responseType'),
  'ocsp.BasicOCSPResponse_element': derSize('BasicOCSPResponse'),
  'ocsp.tbsResponseData_element': derSize('tbsResponseData'),
  'ocsp.producedAt': der('producedAt'),
  'ocsp.responses': der('responses'),
  'ocsp.SingleResponse_element': derSize('SingleResponse'),
  'ocsp.certID_element': derSize('certID'),
  'ocsp.hashAlgorithm_element': derSize('hashAlgorithm'),
  'ocsp.issuerNameHash': der('issuerNameHash'),
  'ocsp.issuerKeyHash': der('issuerKeyHash'),
  'ocsp.serialNumber': der('certID', 'serialNumber'),
  'ocsp.thisUpdate': der('thisUpdate'),
  'ocsp.signatureAlgorithm_element': derSize('BasicOCSPResponse', 'signatureAlgorithm'),
  'ocsp.signature': bits('BasicOCSPResponse', 'signature'),
};

/** Fields of tshark's that have no row, and why. */
export const unmapped: Readonly<Record<string, string>> = {
  'ber.bitstring.padding': 'the octet of unused bits is no field of ours',
  'tls.app_data_proto': 'a guess at what is above TLS',
  'tls.handshake.extension.data': 'what tshark does not decode; here it is decoded, or opaque',
  'tls.handshake.ja3s': 'JA3S of servers is not made here',
  'tls.handshake.ja3s_full': 'JA3S of servers is not made here',
  'tls.handshake.random_bytes': 'a random has no time since TLS 1.3',
  'tls.handshake.random_time': 'a random has no time since TLS 1.3',
  'tls.handshake.md5_hash': 'halves of verify_data of SSL 3.0',
  'tls.handshake.sha_hash': 'halves of verify_data of SSL 3.0',
  'tls.handshake.status_request.undecoded': "tshark's own remark",
  'tls.malformed.trailing_data': "tshark's own remark",
  'tls.quic.parameter.value': 'read by the next three rows there, opaque here',
  'tls.quic.parameter.max_idle_timeout': 'transport parameters are QUIC',
  'tls.quic.parameter.max_udp_payload_size': 'transport parameters are QUIC',
  'tls.quic.parameter.initial_source_connection_id': 'transport parameters are QUIC',
  'tls.reassembled.data': 'of what is above TLS',
  'tls.reassembled.length': 'of what is above TLS',
  'tls.resumed': "tshark's own remark",
  'tls.segment': 'of what is above TLS',
  'tls.segment.count': 'of what is above TLS',
  'tls.segment.data': 'of what is above TLS',
  'tls.segments': 'of what is above TLS',
  'x509ce.distributionPoint': 'the same octets as fullName',
  'x509ce.KeyUsage.decipherOnly': 'the ninth bit, which no octet holds here',
  'x509if.RDNSequence_item': 'the same as RelativeDistinguishedName_item_element',
  'x509if.rdnSequence': 'also in places that are no certificate',
  'x509if.oid': 'attribute types, compared in whole names',
  'x509sat.CountryName': 'attribute values, compared in whole names',
  'x509sat.DirectoryString': 'attribute values, compared in whole names',
  'x509sat.uTF8String': 'attribute values, compared in whole names',
  'pkcs1.ECParameters': 'the same octets as namedCurve',
  'ocsp.byName': 'the name of the responder, compared in tbsResponseData',
  'ocsp.responderID': 'the name of the responder, compared in tbsResponseData',
  'ocsp.certStatus': 'an empty element',
  'ocsp.good_element': 'an empty element',
  'ocsp.nextUpdate': 'inside of an explicit tag of the same name here',
};

/** The lengths behind msg_type: those of messages. */
function messageLengths(seen: Seen): Seen {
  return { ...seen, fields: seen.fields.filter(({ path }) => path.length === 2 && path[1] === 'length') };
}
