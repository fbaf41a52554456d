// Every extension: there and back, malformed data, and which extension may stand where (RFC 9846 §4.2).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ExtensionCarrier, extensionLegality } from '../../src/registry/extension_legality.ts';
import { ExtensionType as T } from '../../src/registry/extension_types.ts';
import * as authentication from '../../src/wire/extensions/authentication.ts';
import * as keyExchange from '../../src/wire/extensions/key_exchange.ts';
import * as names from '../../src/wire/extensions/names.ts';
import * as negotiation from '../../src/wire/extensions/negotiation.ts';
import * as psk from '../../src/wire/extensions/pre_shared_key.ts';
import {
  checkExtensions,
  type Extension,
  extensionTypes,
  findExtension,
  parseExtensions,
  writeExtensions,
} from '../../src/wire/extensions.ts';
import { Reader } from '../../src/wire/reader.ts';
import { Writer } from '../../src/wire/writer.ts';
import { bytes, refusesOtherLengths, throwsCode } from './malformed.ts';

const ascii = (text: string) => new TextEncoder().encode(text);

/** Checks type and value, and that every other length of the data is refused. */
function roundTrip<V>(
  name: string,
  type: number,
  value: V,
  make: (value: V) => Extension,
  parse: (data: Uint8Array) => unknown,
): void {
  test(`${name}: there and back; any other length is refused (decode_error)`, () => {
    const extension = make(value);
    assert.is(extension.type, type);
    assert.equal(parse(extension.data), value);
    refusesOtherLengths(extension.data, parse);
  });
}

const shares = [
  { group: 0x11ec, keyExchange: bytes(40) },
  { group: 0x2a2a, keyExchange: bytes(1) },
];
const psks = {
  identities: [
    { identity: bytes(100), obfuscatedTicketAge: 0xffffffff },
    { identity: bytes(1), obfuscatedTicketAge: 0 },
  ],
  binders: [bytes(32), bytes(48)],
};
const filters = [
  { oid: bytes(5), values: bytes(9) },
  { oid: bytes(3), values: new Uint8Array(0) },
];

roundTrip('server_name', T.server_name, 'example.test', names.serverNameExtension, names.parseServerName);
const alpn = T.application_layer_protocol_negotiation;
roundTrip('ALPN', alpn, [ascii('h2'), bytes(255, 200)], names.alpnExtension, names.parseAlpn);
roundTrip(
  'supported_groups',
  T.supported_groups,
  [0x11ec, 0x1a1a, 29],
  keyExchange.supportedGroupsExtension,
  keyExchange.parseSupportedGroups,
);
roundTrip(
  'key_share of a ClientHello',
  T.key_share,
  shares,
  keyExchange.clientKeyShareExtension,
  keyExchange.parseClientKeyShare,
);
roundTrip(
  'key_share of a ServerHello',
  T.key_share,
  shares[0],
  keyExchange.serverKeyShareExtension,
  keyExchange.parseServerKeyShare,
);
roundTrip(
  'key_share of a HelloRetryRequest',
  T.key_share,
  23,
  keyExchange.retryKeyShareExtension,
  keyExchange.parseRetryKeyShare,
);
roundTrip(
  'ec_point_formats',
  T.ec_point_formats,
  [0, 1, 2],
  keyExchange.ecPointFormatsExtension,
  keyExchange.parseEcPointFormats,
);
roundTrip(
  'supported_versions of a ClientHello',
  T.supported_versions,
  [0x0304, 0x0a0a, 0x0303],
  negotiation.clientSupportedVersionsExtension,
  negotiation.parseClientSupportedVersions,
);
roundTrip(
  'supported_versions of a ServerHello',
  T.supported_versions,
  0x0304,
  negotiation.serverSupportedVersionsExtension,
  negotiation.parseServerSupportedVersions,
);
roundTrip('cookie', T.cookie, bytes(60), negotiation.cookieExtension, negotiation.parseCookie);
const schemes = [0x0403, 0x0a0a];
const { parseSignatureAlgorithms } = negotiation;
roundTrip(
  'signature_algorithms',
  T.signature_algorithms,
  schemes,
  negotiation.signatureAlgorithmsExtension,
  parseSignatureAlgorithms,
);
roundTrip(
  'signature_algorithms_cert',
  T.signature_algorithms_cert,
  schemes,
  negotiation.signatureAlgorithmsCertExtension,
  parseSignatureAlgorithms,
);
roundTrip(
  'record_size_limit',
  T.record_size_limit,
  16385,
  negotiation.recordSizeLimitExtension,
  negotiation.parseRecordSizeLimit,
);
roundTrip('pre_shared_key of a ClientHello', T.pre_shared_key, psks, psk.offeredPsksExtension, psk.parseOfferedPsks);
roundTrip('pre_shared_key of a ServerHello', T.pre_shared_key, 1, psk.selectedPskExtension, psk.parseSelectedPsk);
roundTrip(
  'psk_key_exchange_modes',
  T.psk_key_exchange_modes,
  [1, 0x2a],
  psk.pskKeyExchangeModesExtension,
  psk.parsePskKeyExchangeModes,
);
roundTrip('early_data of a ticket', T.early_data, 0xffffffff, psk.ticketEarlyDataExtension, psk.parseTicketEarlyData);
roundTrip(
  'signed_certificate_timestamp',
  T.signed_certificate_timestamp,
  [bytes(100), bytes(3)],
  authentication.certificateTimestampsExtension,
  authentication.parseCertificateTimestamps,
);
roundTrip(
  'certificate_authorities',
  T.certificate_authorities,
  [bytes(30), bytes(2)],
  authentication.certificateAuthoritiesExtension,
  authentication.parseCertificateAuthorities,
);
for (const type of [T.client_certificate_type, T.server_certificate_type]) {
  roundTrip(
    `certificate types of a client (${type})`,
    type,
    [2, 0, 224],
    (types: number[]) => authentication.certificateTypesExtension(type, types),
    authentication.parseCertificateTypes,
  );
  roundTrip(
    `certificate type of a server (${type})`,
    type,
    2,
    (chosen: number) => authentication.certificateTypeExtension(type, chosen),
    authentication.parseCertificateType,
  );
}
roundTrip('oid_filters', T.oid_filters, filters, authentication.oidFiltersExtension, authentication.parseOidFilters);
roundTrip(
  'renegotiation_info',
  T.renegotiation_info,
  bytes(24),
  authentication.renegotiationInfoExtension,
  authentication.parseRenegotiationInfo,
);

test('server_name: empty, repeated, unprintable and unknown names (RFC 6066 §3)', () => {
  const list = (...entries: [number, Uint8Array][]) =>
    new Writer()
      .nested(2, writer => {
        for (const [type, name] of entries) writer.u8(type).vector(2, name);
      })
      .finish();
  const refused = (data: Uint8Array, code: string) => throwsCode(() => names.parseServerName(data), code);
  refused(list(), 'ERR_DECODE_ERROR');
  refused(list([0, new Uint8Array(0)]), 'ERR_DECODE_ERROR');
  refused(list([0, ascii('a.test')], [0, ascii('b.test')]), 'ERR_ILLEGAL_PARAMETER');
  for (const name of ['a\0.test', 'a\u0007.test', 'a b', 'ä.test']) {
    refused(list([0, ascii(name)]), 'ERR_ILLEGAL_PARAMETER');
  }
  assert.is(names.parseServerName(list([7, bytes(3)], [0, ascii('a.test')])), 'a.test');
  assert.is(names.parseServerName(list([0, ascii('a.test')], [7, bytes(3)])), 'a.test');
  assert.is(names.parseServerName(list([7, bytes(3)])), undefined);
  throwsCode(() => names.serverNameExtension('ä.test'), 'ERR_INVALID_ARGUMENT');
});

test('ALPN: empty names and lists (decode_error); exactly one is selected (RFC 7301 §3.1)', () => {
  throwsCode(() => names.parseAlpn(Uint8Array.of(0, 0)), 'ERR_DECODE_ERROR');
  throwsCode(() => names.parseAlpn(Uint8Array.of(0, 1, 0)), 'ERR_DECODE_ERROR');
  throwsCode(() => names.parseAlpn(Uint8Array.of(0, 3, 0, 1, 65)), 'ERR_DECODE_ERROR');
  assert.equal(names.parseSelectedAlpn(names.alpnExtension([ascii('h2')]).data), ascii('h2'));
  throwsCode(() => names.parseSelectedAlpn(names.alpnExtension([ascii('h2'), ascii('h3')]).data), 'ERR_DECODE_ERROR');
});

test('lists: empty where forbidden, odd lengths (decode_error)', () => {
  const refused = (parse: (data: Uint8Array) => unknown, ...data: number[]) =>
    throwsCode(() => parse(Uint8Array.from(data)), 'ERR_DECODE_ERROR', `${parse.name} ${data}`);
  refused(keyExchange.parseSupportedGroups, 0, 0);
  refused(keyExchange.parseSupportedGroups, 0, 3, 0, 29, 0);
  refused(keyExchange.parseEcPointFormats, 0);
  refused(negotiation.parseSignatureAlgorithms, 0, 0);
  refused(negotiation.parseSignatureAlgorithms, 0, 1, 4);
  refused(negotiation.parseSignatureAlgorithms, 0, 3, 4, 3, 8);
  refused(negotiation.parseClientSupportedVersions, 0);
  refused(negotiation.parseClientSupportedVersions, 3, 3, 4, 3);
  refused(negotiation.parseCookie, 0, 0);
  refused(psk.parsePskKeyExchangeModes, 0);
  refused(authentication.parseCertificateTimestamps, 0, 0);
  refused(authentication.parseCertificateTimestamps, 0, 2, 0, 0);
  refused(authentication.parseCertificateAuthorities, 0, 0);
  refused(keyExchange.parseClientKeyShare);
});

test('certificate types: an empty list, and X.509 alone, are illegal_parameter (RFC 7250 §4.1)', () => {
  const { parseCertificateTypes } = authentication;
  throwsCode(() => parseCertificateTypes(Uint8Array.of(0)), 'ERR_ILLEGAL_PARAMETER');
  throwsCode(() => parseCertificateTypes(Uint8Array.of(1, 0)), 'ERR_ILLEGAL_PARAMETER');
  assert.equal(parseCertificateTypes(Uint8Array.of(1, 9)), [9]);
});

test('key_share: an empty list asks for a retry; two shares of a group and empty shares are illegal (§4.2.8)', () => {
  assert.equal(keyExchange.parseClientKeyShare(Uint8Array.of(0, 0)), []);
  const twice = keyExchange.clientKeyShareExtension([shares[0], shares[0]]).data;
  throwsCode(() => keyExchange.parseClientKeyShare(twice), 'ERR_ILLEGAL_PARAMETER');
  throwsCode(() => keyExchange.parseClientKeyShare(Uint8Array.of(0, 4, 0, 29, 0, 0)), 'ERR_ILLEGAL_PARAMETER');
});

test('pre_shared_key: as many binders as identities, and where they begin (§4.2.11)', () => {
  const short = psk.offeredPsksExtension({ ...psks, binders: [bytes(32)] }).data;
  throwsCode(() => psk.parseOfferedPsks(short), 'ERR_ILLEGAL_PARAMETER');
  const tiny = psk.offeredPsksExtension({ ...psks, binders: [bytes(31), bytes(32)] }).data;
  throwsCode(() => psk.parseOfferedPsks(tiny), 'ERR_DECODE_ERROR', 'a binder of 31 bytes');
  assert.is(psk.bindersLength(psks.binders), 2 + 33 + 49);
  const { data } = psk.offeredPsksExtension(psks);
  const list = data.subarray(data.length - psk.bindersLength(psks.binders));
  assert.equal(list, new Writer().nested(2, w => psks.binders.map(b => w.vector(1, b))).finish());
});

test('limits: values that are illegal_parameter (RFC 8449 §4, RFC 6066 §4)', () => {
  throwsCode(() => negotiation.parseRecordSizeLimit(Uint8Array.of(0, 63)), 'ERR_ILLEGAL_PARAMETER');
  assert.is(negotiation.parseRecordSizeLimit(Uint8Array.of(0, 64)), 64);
  assert.is(negotiation.parseMaxFragmentLength(Uint8Array.of(4)), 4096);
  for (const value of [0, 5, 255]) {
    throwsCode(() => negotiation.parseMaxFragmentLength(Uint8Array.of(value)), 'ERR_ILLEGAL_PARAMETER');
  }
  assert.equal(negotiation.paddingExtension(3), { type: T.padding, data: new Uint8Array(3) });
  throwsCode(() => negotiation.parseEmptyExtension(Uint8Array.of(0), 'extended_master_secret'), 'ERR_DECODE_ERROR');
  assert.equal(negotiation.emptyExtension(23), { type: 23, data: new Uint8Array(0) });
});

test('status_request: OCSP, other types, responder ids (RFC 6066 §8)', () => {
  const { data } = authentication.statusRequestExtension();
  assert.equal(data, Uint8Array.of(1, 0, 0, 0, 0));
  assert.ok(authentication.parseStatusRequest(data));
  assert.not.ok(authentication.parseStatusRequest(Uint8Array.of(9, 1, 2, 3)));
  assert.ok(authentication.parseStatusRequest(Uint8Array.of(1, 0, 4, 0, 2, 5, 5, 0, 1, 7)));
  refusesOtherLengths(data, authentication.parseStatusRequest);
  throwsCode(() => authentication.parseStatusRequest(Uint8Array.of(1, 0, 2, 0, 0, 0, 0)), 'ERR_DECODE_ERROR');
  const status = authentication.certificateStatusExtension(bytes(2));
  assert.equal(status, { type: T.status_request, data: Uint8Array.of(1, 0, 0, 2, 1, 2) });
});

test('a block keeps order and unknown types, and refuses repetition', () => {
  const extensions = [
    { type: 0x3a3a, data: bytes(1) },
    { type: 0, data: new Uint8Array(0) },
  ];
  const writer = new Writer();
  writeExtensions(writer, extensions);
  const block = writer.finish();
  const parse = (data: Uint8Array) => {
    const reader = new Reader(data, 'block');
    const parsed = parseExtensions(reader);
    reader.end();
    return parsed;
  };
  assert.equal(parse(block), extensions);
  refusesOtherLengths(block, parse);
  assert.equal(findExtension(extensions, 0x3a3a), bytes(1));
  assert.is(findExtension(extensions, 1), undefined);
  const twice = new Writer();
  writeExtensions(twice, [extensions[0], extensions[0]]);
  throwsCode(() => parse(twice.finish()), 'ERR_ILLEGAL_PARAMETER');
});

/** RFC 9846 §4.2, the table as it is printed there, and the extensions of TLS 1.2 alone. */
const table: [keyof typeof T, string][] = [
  ['server_name', 'CH EE SH12'],
  ['max_fragment_length', 'CH EE SH12'],
  ['status_request', 'CH CR CT SH12'],
  ['supported_groups', 'CH EE SH12'],
  ['signature_algorithms', 'CH CR'],
  ['use_srtp', 'CH EE SH12'],
  ['heartbeat', 'CH EE SH12'],
  ['application_layer_protocol_negotiation', 'CH EE SH12'],
  ['signed_certificate_timestamp', 'CH CR CT SH12'],
  ['client_certificate_type', 'CH EE SH12'],
  ['server_certificate_type', 'CH EE SH12'],
  ['padding', 'CH'],
  ['cookie', 'CH HRR'],
  ['key_share', 'CH SH HRR'],
  ['pre_shared_key', 'CH SH'],
  ['psk_key_exchange_modes', 'CH'],
  ['early_data', 'CH EE NST'],
  ['supported_versions', 'CH SH HRR'],
  ['certificate_authorities', 'CH CR'],
  ['oid_filters', 'CR'],
  ['post_handshake_auth', 'CH'],
  ['signature_algorithms_cert', 'CH CR'],
  ['record_size_limit', 'CH EE SH12'],
  ['extended_master_secret', 'CH SH12'],
  ['encrypt_then_mac', 'CH SH12'],
  ['session_ticket', 'CH SH12'],
  ['renegotiation_info', 'CH SH12'],
  ['ec_point_formats', 'CH SH12'],
];

for (const [name, carriers] of table) {
  test(`${name} stands in ${carriers} and nowhere else (illegal_parameter, §4.2)`, () => {
    const type = T[name];
    const extensions = [{ type, data: new Uint8Array(0) }];
    assert.ok(extensionLegality.has(type));
    for (const [carrier, bit] of Object.entries(ExtensionCarrier)) {
      const check = () => checkExtensions(extensions, bit, new Set([type]));
      if (carriers.split(' ').includes(carrier)) check();
      else throwsCode(check, 'ERR_ILLEGAL_PARAMETER', carrier);
    }
  });
}

test('answers that were not asked for (unsupported_extension, §4.2); unknown ones in requests are ignored', () => {
  const unknown = [{ type: 0x5a5a, data: bytes(1) }];
  const { CH, CR, NST, EE, HRR, SH12 } = ExtensionCarrier;
  for (const carrier of [CH, CR, NST]) checkExtensions(unknown, carrier);
  for (const carrier of [EE, HRR, SH12]) {
    throwsCode(() => checkExtensions(unknown, carrier, new Set()), 'ERR_UNSUPPORTED_EXTENSION');
  }
  const cookie = [{ type: T.cookie, data: bytes(1) }];
  checkExtensions(cookie, HRR, new Set());
  throwsCode(() => checkExtensions(cookie, EE, new Set()), 'ERR_UNSUPPORTED_EXTENSION');
  assert.equal(extensionTypes(unknown), new Set([0x5a5a]));
});

test.run();
