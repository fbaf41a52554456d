// Every handshake message: there and back, and all that is malformed.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HandshakeType } from '../../src/registry/handshake_types.ts';
import {
  encodeCertificate12,
  encodeCertificate13,
  encodeCertificateRequest12,
  encodeCertificateRequest13,
  encodeCertificateStatus,
  encodeCertificateVerify,
  parseCertificate12,
  parseCertificate13,
  parseCertificateRequest12,
  parseCertificateRequest13,
  parseCertificateStatus,
  parseCertificateVerify,
} from '../../src/wire/certificate.ts';
import { type ClientHello, encodeClientHello, parseClientHello } from '../../src/wire/client_hello.ts';
import { handshakeMessage } from '../../src/wire/handshake_message.ts';
import {
  encodeClientKeyExchange,
  encodeClientKeyExchangeEcdhe,
  encodeDheParams,
  encodeEcdheParams,
  encodeServerKeyExchange,
  parseClientKeyExchangeDhe,
  parseClientKeyExchangeEcdhe,
  parseClientKeyExchangeRsa,
  parseServerKeyExchangeDhe,
  parseServerKeyExchangeEcdhe,
} from '../../src/wire/key_exchange12.ts';
import {
  encodeEncryptedExtensions,
  encodeServerHello,
  helloRetryRequestRandom,
  isHelloRetryRequest,
  parseEncryptedExtensions,
  parseServerHello,
} from '../../src/wire/server_hello.ts';
import {
  encodeEndOfEarlyData,
  encodeFinished,
  encodeHelloRequest,
  encodeKeyUpdate,
  encodeNewSessionTicket12,
  encodeNewSessionTicket13,
  encodeServerHelloDone,
  parseEmptyMessage,
  parseFinished,
  parseKeyUpdate,
  parseNewSessionTicket12,
  parseNewSessionTicket13,
} from '../../src/wire/session_messages.ts';
import { Writer } from '../../src/wire/writer.ts';
import { bytes, refusesOtherLengths, throwsCode } from './malformed.ts';

const grease = { type: 0x4a4a, data: bytes(3) };
const other = { type: 0xabcd, data: new Uint8Array(0) };

/** Encodes, checks the header, parses; then every wrong length. */
function roundTrip<T>(
  name: string,
  type: number,
  value: T,
  encode: (value: T) => Uint8Array,
  parse: (body: Uint8Array) => T,
  legal: (body: Uint8Array) => number[] = () => [],
): void {
  test(`${name}: there and back; any other length is refused (decode_error)`, () => {
    const { type: seen, raw, body } = handshakeMessage(encode(value));
    assert.is(seen, type);
    assert.is((raw[1] << 16) | (raw[2] << 8) | raw[3], body.length);
    assert.equal(parse(body), value);
    refusesOtherLengths(body, parse, legal(body));
  });
}

const clientHello: ClientHello = {
  legacyVersion: 0x0303,
  random: bytes(32),
  legacySessionId: bytes(32, 100),
  cipherSuites: [0x1301, 0xaaaa, 0xc02b],
  legacyCompressionMethods: [0],
  extensions: [grease, other],
};
/** Where a block of extensions begins: a hello may end before it. */
const beforeBlock = (body: Uint8Array) => [body.length - 2 - 4 - 3 - 4];

roundTrip('ClientHello', 1, clientHello, encodeClientHello, parseClientHello, beforeBlock);

test('ClientHello without a block of extensions is TLS 1.2 (RFC 5246 §7.4.1.2)', () => {
  const hello = { ...clientHello, extensions: [], legacySessionId: new Uint8Array(0) };
  const message = encodeClientHello(hello);
  assert.equal(parseClientHello(message.subarray(4)), hello);
  const withEmptyBlock = Uint8Array.of(...message.subarray(4), 0, 0);
  assert.equal(parseClientHello(withEmptyBlock), hello);
});

test('ClientHello: values out of range', () => {
  const parse = (change: Partial<ClientHello>) => () =>
    parseClientHello(encodeClientHello({ ...clientHello, ...change }).subarray(4));
  throwsCode(parse({ cipherSuites: [] }), 'ERR_DECODE_ERROR', 'no suites');
  throwsCode(parse({ legacySessionId: bytes(33) }), 'ERR_DECODE_ERROR', 'session id of 33 bytes');
  throwsCode(parse({ legacyCompressionMethods: [] }), 'ERR_DECODE_ERROR', 'no compression methods');
  throwsCode(parse({ legacyCompressionMethods: [1] }), 'ERR_ILLEGAL_PARAMETER', 'no null compression');
  throwsCode(parse({ extensions: [grease, grease] }), 'ERR_ILLEGAL_PARAMETER', 'twice');
  const psk = { type: 41, data: bytes(3) };
  throwsCode(parse({ extensions: [psk, other] }), 'ERR_ILLEGAL_PARAMETER', 'pre_shared_key not last (§4.2.11)');
  assert.equal(parse({ extensions: [other, psk] })().extensions, [other, psk]);
  const odd = encodeClientHello({ ...clientHello, extensions: [] }).slice(4);
  odd[2 + 32 + 33 + 1] = 5; // cipher_suites of 5 bytes
  throwsCode(() => parseClientHello(odd), 'ERR_DECODE_ERROR', 'odd length of suites');
});

const serverHello = {
  legacyVersion: 0x0303,
  random: bytes(32),
  legacySessionId: bytes(32, 7),
  cipherSuite: 0x1301,
  legacyCompressionMethod: 0,
  extensions: [grease, other],
};
roundTrip('ServerHello', 2, serverHello, encodeServerHello, parseServerHello, beforeBlock);

test('HelloRetryRequest is a ServerHello with a special random (§4.1.3)', () => {
  assert.not.ok(isHelloRetryRequest(serverHello));
  assert.ok(isHelloRetryRequest({ ...serverHello, random: helloRetryRequestRandom }));
  throwsCode(
    () => parseServerHello(encodeServerHello({ ...serverHello, legacySessionId: bytes(33) }).subarray(4)),
    'ERR_DECODE_ERROR',
  );
});

roundTrip('EncryptedExtensions', 8, { extensions: [grease] }, encodeEncryptedExtensions, parseEncryptedExtensions);

const entries = [
  { data: bytes(300), extensions: [grease] },
  { data: bytes(5), extensions: [] },
];
roundTrip('Certificate 1.3', 11, { requestContext: bytes(4), entries }, encodeCertificate13, parseCertificate13);
roundTrip('Certificate 1.2', 11, { certificates: [bytes(300), bytes(2)] }, encodeCertificate12, parseCertificate12);
const verify = { algorithm: 0x0804, signature: bytes(64) };
roundTrip('CertificateVerify', 15, verify, encodeCertificateVerify, parseCertificateVerify);
roundTrip(
  'CertificateRequest 1.3',
  13,
  { requestContext: bytes(2), extensions: [grease] },
  encodeCertificateRequest13,
  parseCertificateRequest13,
);
const request12 = {
  certificateTypes: [1, 64],
  signatureAlgorithms: [0x0403, 0x2a2a],
  certificateAuthorities: [bytes(9), bytes(2)],
};
roundTrip('CertificateRequest 1.2', 13, request12, encodeCertificateRequest12, parseCertificateRequest12);
roundTrip('CertificateStatus', 22, { ocspResponse: bytes(70) }, encodeCertificateStatus, parseCertificateStatus);

test('Certificate: an empty list parses, an empty certificate does not (decode_error, §4.4.2)', () => {
  assert.equal(parseCertificate12(Uint8Array.of(0, 0, 0)), { certificates: [] });
  assert.equal(parseCertificate13(Uint8Array.of(0, 0, 0, 0)).entries, []);
  throwsCode(() => parseCertificate12(Uint8Array.of(0, 0, 3, 0, 0, 0)), 'ERR_DECODE_ERROR');
  throwsCode(() => parseCertificate13(Uint8Array.of(0, 0, 0, 5, 0, 0, 0, 0, 0)), 'ERR_DECODE_ERROR');
  throwsCode(() => parseCertificateStatus(Uint8Array.of(2, 0, 0, 1, 0)), 'ERR_DECODE_ERROR', 'ocsp_multi');
  throwsCode(() => parseCertificateStatus(Uint8Array.of(1, 0, 0, 0)), 'ERR_DECODE_ERROR', 'an empty response');
  throwsCode(() => parseCertificateRequest12(Uint8Array.of(0, 0, 2, 4, 3, 0, 0)), 'ERR_DECODE_ERROR', 'no types');
  throwsCode(() => parseCertificateRequest12(Uint8Array.of(1, 1, 0, 0, 0, 0)), 'ERR_DECODE_ERROR', 'no schemes');
});

const ticket13 = {
  ticketLifetime: 604_800,
  ticketAgeAdd: 0xfedcba98,
  ticketNonce: bytes(1),
  ticket: bytes(200),
  extensions: [grease],
};
const { new_session_ticket } = HandshakeType;
roundTrip('NewSessionTicket 1.3', new_session_ticket, ticket13, encodeNewSessionTicket13, parseNewSessionTicket13);
const ticket12 = { ticketLifetimeHint: 7200, ticket: bytes(180) };
roundTrip('NewSessionTicket 1.2', new_session_ticket, ticket12, encodeNewSessionTicket12, parseNewSessionTicket12);
roundTrip('Finished', 20, bytes(32), encodeFinished, body => parseFinished(body, 32));
roundTrip('KeyUpdate', 24, 1, encodeKeyUpdate, parseKeyUpdate);

test('KeyUpdate: a request that is none (illegal_parameter, §4.6.3)', () => {
  throwsCode(() => parseKeyUpdate(Uint8Array.of(2)), 'ERR_ILLEGAL_PARAMETER');
  throwsCode(() => parseNewSessionTicket13(new Uint8Array(13)), 'ERR_DECODE_ERROR', 'an empty ticket (§4.6.1)');
});

test('messages without a body have none (decode_error)', () => {
  for (const [message, type] of [
    [encodeEndOfEarlyData(), 5],
    [encodeHelloRequest(), 0],
    [encodeServerHelloDone(), 14],
  ] as const) {
    assert.equal(message, Uint8Array.of(type, 0, 0, 0));
    parseEmptyMessage(message.subarray(4), 'message');
    throwsCode(() => parseEmptyMessage(Uint8Array.of(0), 'message'), 'ERR_DECODE_ERROR');
  }
});

test('ServerKeyExchange: there and back, params as they are signed', () => {
  const ecdhe = encodeEcdheParams({ group: 29, publicValue: bytes(32) });
  const message = encodeServerKeyExchange(ecdhe, 0x0403, bytes(70)).subarray(4);
  const parsed = parseServerKeyExchangeEcdhe(message);
  assert.equal(parsed, {
    params: { group: 29, publicValue: bytes(32) },
    encodedParams: ecdhe,
    algorithm: 0x0403,
    signature: bytes(70),
  });
  refusesOtherLengths(message, parseServerKeyExchangeEcdhe);
  const explicit = message.slice();
  explicit[0] = 1;
  throwsCode(() => parseServerKeyExchangeEcdhe(explicit), 'ERR_ILLEGAL_PARAMETER', 'explicit_prime');
  const params = { prime: bytes(128), generator: Uint8Array.of(2), publicValue: bytes(128, 3) };
  const dhe = encodeServerKeyExchange(encodeDheParams(params), 0x0804, bytes(64)).subarray(4);
  assert.equal(parseServerKeyExchangeDhe(dhe).params, params);
  refusesOtherLengths(dhe, parseServerKeyExchangeDhe);
});

test('ClientKeyExchange of each kind', () => {
  const ecdhe = encodeClientKeyExchangeEcdhe(bytes(32)).subarray(4);
  assert.equal(parseClientKeyExchangeEcdhe(ecdhe), bytes(32));
  refusesOtherLengths(ecdhe, parseClientKeyExchangeEcdhe);
  throwsCode(() => parseClientKeyExchangeEcdhe(Uint8Array.of(0)), 'ERR_DECODE_ERROR', 'empty point');
  const long = encodeClientKeyExchange(bytes(256)).subarray(4);
  assert.equal(parseClientKeyExchangeDhe(long), bytes(256));
  assert.equal(parseClientKeyExchangeRsa(long), bytes(256));
  refusesOtherLengths(long, parseClientKeyExchangeDhe);
  throwsCode(() => parseClientKeyExchangeDhe(Uint8Array.of(0, 0)), 'ERR_DECODE_ERROR', 'empty dh_Yc');
});

test('what does not fit its field is our fault (ERR_INVALID_ARGUMENT)', () => {
  throwsCode(() => encodeClientKeyExchangeEcdhe(bytes(256)), 'ERR_INVALID_ARGUMENT');
  throwsCode(() => encodeKeyUpdate(256), 'ERR_INVALID_ARGUMENT');
  throwsCode(() => encodeKeyUpdate(-1), 'ERR_INVALID_ARGUMENT');
});

test('writers that lend each other a buffer share no bytes, and one that is done is empty', () => {
  const first = new Writer().bytes(bytes(300));
  const second = new Writer().u8(7);
  assert.equal(first.finish(), bytes(300));
  const third = new Writer();
  third.nested(2, () => third.u8(9));
  assert.equal(second.u8(8).finish(), Uint8Array.of(7, 8));
  assert.equal(third.finish(), Uint8Array.of(0, 1, 9));
  assert.is(third.length, 0);
  assert.equal(third.u16(0x0102).finish(), Uint8Array.of(1, 2));
});

test.run();
