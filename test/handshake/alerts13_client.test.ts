// What a TLS 1.3 client refuses, message by message, with the alert each error becomes.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { alertOfError } from '../../src/base/alert_of_error.ts';
import type { ErrorCode } from '../../src/base/errors.ts';
import { alertName } from '../../src/registry/alerts.ts';
import { ExtensionType as E } from '../../src/registry/extension_types.ts';
import {
  encodeCertificate13,
  encodeCertificateRequest13,
  encodeCertificateVerify,
  parseCertificate13,
} from '../../src/wire/certificate.ts';
import { parseClientHello } from '../../src/wire/client_hello.ts';
import {
  parseServerKeyShare,
  retryKeyShareExtension,
  serverKeyShareExtension,
  supportedGroupsExtension,
} from '../../src/wire/extensions/key_exchange.ts';
import { alpnExtension } from '../../src/wire/extensions/names.ts';
import {
  cookieExtension,
  emptyExtension,
  parseCookie,
  serverSupportedVersionsExtension,
} from '../../src/wire/extensions/negotiation.ts';
import { selectedPskExtension } from '../../src/wire/extensions/pre_shared_key.ts';
import { type Extension, findExtension, makeExtension } from '../../src/wire/extensions.ts';
import { encodeHandshake } from '../../src/wire/handshake_message.ts';
import {
  encodeEncryptedExtensions,
  encodeServerHello,
  helloRetryRequestRandom,
  parseServerHello,
  type ServerHello,
} from '../../src/wire/server_hello.ts';
import { encodeFinished, encodeKeyUpdate, encodeNewSessionTicket13 } from '../../src/wire/session_messages.ts';
import { type PlainOptions, plainHandshake } from '../support/plain_pair.ts';

const latin1 = (text: string) => new TextEncoder().encode(text);

function expect(name: string, alert: string, section: string, code: ErrorCode, options: PlainOptions): void {
  test(`refuses ${name} (${alert}, ${section})`, () => {
    const { client } = plainHandshake(options);
    assert.is(client.error?.code, code, client.error?.message ?? 'no error');
    assert.is(alertName(alertOfError(code, '1.3') ?? -1), alert);
    assert.not(client.established);
  });
}

/** Changes the messages of one type. */
const change = (type: number, edit: (bytes: Uint8Array) => Uint8Array | Uint8Array[]): PlainOptions => ({
  toClient: bytes => (bytes[0] === type ? edit(bytes) : bytes),
});

type Edit = (hello: ServerHello) => ServerHello;
const editHello = (edit: Edit): PlainOptions =>
  change(2, bytes => encodeServerHello(edit(parseServerHello(bytes.subarray(4)))));
const without =
  (type: number): Edit =>
  hello => ({
    ...hello,
    extensions: hello.extensions.filter(extension => extension.type !== type),
  });
const withExtension =
  (extension: Extension): Edit =>
  hello => {
    const { extensions } = without(extension.type)(hello);
    return { ...hello, extensions: [...extensions, extension] };
  };
const hello = (name: string, alert: string, section: string, code: ErrorCode, edit: Edit) =>
  expect(`a ServerHello with ${name}`, alert, section, code, editHello(edit));
const illegalHello = (name: string, section: string, edit: Edit) =>
  hello(name, 'illegal_parameter', section, 'ERR_ILLEGAL_PARAMETER', edit);

illegalHello('another session ID', '§4.1.3', h => ({ ...h, legacySessionId: Uint8Array.of(1) }));
illegalHello('compression', '§4.1.3', h => ({ ...h, legacyCompressionMethod: 1 }));
illegalHello('another legacy_version', '§4.1.3', h => ({ ...h, legacyVersion: 0x0301 }));
illegalHello('legacy_version of TLS 1.3', '§4.1.3', h => ({ ...h, legacyVersion: 0x0304 }));
illegalHello('a suite that was not offered', '§4.1.3', h => ({ ...h, cipherSuite: 0x1305 }));
illegalHello('a suite of TLS 1.2', '§4.1.3', h => ({ ...h, cipherSuite: 0xc02b }));
illegalHello('supported_versions of TLS 1.2', '§4.2.1', withExtension(serverSupportedVersionsExtension(0x0303)));
illegalHello('supported_versions of GREASE', '§4.2.1', withExtension(serverSupportedVersionsExtension(0x7a7a)));
illegalHello(
  'a group that was not offered',
  '§4.2.8',
  withExtension(serverKeyShareExtension({ group: 0x7a7a, keyExchange: Uint8Array.of(1) })),
);
illegalHello(
  'a group without a share',
  '§4.2.8',
  withExtension(serverKeyShareExtension({ group: 0x18, keyExchange: Uint8Array.of(1) })),
);
illegalHello('an extension of EncryptedExtensions', '§4.2', withExtension(supportedGroupsExtension([0x1d])));
illegalHello('an extension that comes twice', '§4.2', h => ({ ...h, extensions: [h.extensions[0], ...h.extensions] }));
hello(
  'an extension nobody asked for',
  'unsupported_extension',
  '§4.2',
  'ERR_UNSUPPORTED_EXTENSION',
  withExtension({ type: 0x1234, data: new Uint8Array(0) }),
);
hello(
  'a PSK though none was offered',
  'unsupported_extension',
  '§4.2',
  'ERR_UNSUPPORTED_EXTENSION',
  withExtension(selectedPskExtension(0)),
);
hello('no key_share', 'missing_extension', '§9.2', 'ERR_MISSING_EXTENSION', without(E.key_share));
hello(
  'no supported_versions and only 1.3 on offer',
  'protocol_version',
  '§4.2.1',
  'ERR_NO_SHARED_VERSION',
  without(E.supported_versions),
);
hello(
  'a short supported_versions',
  'decode_error',
  '§4.2.1',
  'ERR_DECODE_ERROR',
  withExtension({ type: E.supported_versions, data: Uint8Array.of(3) }),
);
hello('an X25519 share of zeros', 'illegal_parameter', '§4.2.8', 'ERR_INVALID_PUBLIC_KEY', h => {
  const share = parseServerKeyShare(findExtension(h.extensions, E.key_share) as Uint8Array);
  return withExtension(serverKeyShareExtension({ ...share, keyExchange: new Uint8Array(32) }))(h);
});
hello('an X25519 share that is too long', 'illegal_parameter', '§4.2.8', 'ERR_INVALID_PUBLIC_KEY', h => {
  const share = parseServerKeyShare(findExtension(h.extensions, E.key_share) as Uint8Array);
  return withExtension(serverKeyShareExtension({ ...share, keyExchange: new Uint8Array(33) }))(h);
});

/** A HelloRetryRequest in the place of the ServerHello. */
const retryWith = (extensions: Extension[], more: Partial<ServerHello> = {}): PlainOptions =>
  editHello(h => ({ ...h, random: helloRetryRequestRandom, extensions, ...more }));
const versions = serverSupportedVersionsExtension(0x0304);
const illegalRetry = (name: string, options: PlainOptions) =>
  expect(`a HelloRetryRequest ${name}`, 'illegal_parameter', '§4.1.4', 'ERR_ILLEGAL_PARAMETER', options);
illegalRetry('that changes nothing', retryWith([versions]));
illegalRetry('for a group with a share', retryWith([versions, retryKeyShareExtension(0x1d)]));
illegalRetry('for a group that was not offered', retryWith([versions, retryKeyShareExtension(0x7a7a)]));
illegalRetry(
  'for another version',
  retryWith([serverSupportedVersionsExtension(0x0303), retryKeyShareExtension(0x18)]),
);
illegalRetry(
  'with another session ID',
  retryWith([versions, retryKeyShareExtension(0x18)], { legacySessionId: Uint8Array.of(1) }),
);
illegalRetry(
  'with a suite that was not offered',
  retryWith([versions, retryKeyShareExtension(0x18)], { cipherSuite: 0x1305 }),
);
expect(
  'a HelloRetryRequest without supported_versions',
  'missing_extension',
  '§4.1.4',
  'ERR_MISSING_EXTENSION',
  retryWith([retryKeyShareExtension(0x18)]),
);
expect(
  'a HelloRetryRequest with an empty cookie',
  'decode_error',
  '§4.2.2',
  'ERR_DECODE_ERROR',
  retryWith([versions, { type: E.cookie, data: Uint8Array.of(0, 0) }]),
);
expect(
  'a HelloRetryRequest with an extension nobody asked for',
  'unsupported_extension',
  '§4.2',
  'ERR_UNSUPPORTED_EXTENSION',
  retryWith([versions, retryKeyShareExtension(0x18), { type: 0x1234, data: new Uint8Array(0) }]),
);

test('refuses a second HelloRetryRequest (unexpected_message, §4.1.4)', () => {
  let again: Uint8Array | undefined;
  const { client } = plainHandshake({
    server: { groups: ['secp384r1'] },
    toClient: (bytes, i) => {
      again ??= bytes;
      return i === 1 ? again : bytes;
    },
  });
  assert.is(client.error?.code, 'ERR_UNEXPECTED_MESSAGE');
});

test('refuses a ServerHello with another suite than the HelloRetryRequest (illegal_parameter, §4.1.4)', () => {
  const { client } = plainHandshake({
    server: { groups: ['secp384r1'] },
    toClient: (bytes, i) =>
      i === 1 ? encodeServerHello({ ...parseServerHello(bytes.subarray(4)), cipherSuite: 0x1303 }) : bytes,
  });
  assert.is(client.error?.code, 'ERR_ILLEGAL_PARAMETER');
});

test('sends back the cookie of a HelloRetryRequest (§4.2.2)', () => {
  const cookie = Uint8Array.of(1, 2, 3);
  let echoed: Uint8Array | undefined;
  plainHandshake({
    ...retryWith([versions, cookieExtension(cookie)]),
    toServer: (bytes, i) => {
      if (i === 1) {
        const data = findExtension(parseClientHello(bytes.subarray(4)).extensions, E.cookie);
        echoed = data && parseCookie(data);
      }
      return bytes;
    },
  });
  assert.equal(echoed, cookie);
});

const encrypted = (
  name: string,
  alert: string,
  section: string,
  code: ErrorCode,
  extensions: Extension[],
  client: PlainOptions['client'] = {},
) =>
  expect(`EncryptedExtensions with ${name}`, alert, section, code, {
    client,
    ...change(8, () => encodeEncryptedExtensions({ extensions })),
  });
encrypted('an extension nobody asked for', 'unsupported_extension', '§4.3.1', 'ERR_UNSUPPORTED_EXTENSION', [
  emptyExtension(0x1234),
]);
encrypted('an extension of the ServerHello', 'illegal_parameter', '§4.3.1', 'ERR_ILLEGAL_PARAMETER', [
  retryKeyShareExtension(0x1d),
]);
encrypted('ALPN nobody asked for', 'unsupported_extension', '§4.3.1', 'ERR_UNSUPPORTED_EXTENSION', [
  alpnExtension([latin1('h2')]),
]);
encrypted(
  'a protocol that was not offered',
  'illegal_parameter',
  'RFC 7301 §3.2',
  'ERR_ILLEGAL_PARAMETER',
  [alpnExtension([latin1('h3')])],
  { alpn: ['h2'] },
);
encrypted(
  'two protocols',
  'decode_error',
  'RFC 7301 §3.1',
  'ERR_DECODE_ERROR',
  [alpnExtension([latin1('h2'), latin1('h2')])],
  { alpn: ['h2'] },
);
encrypted('content in server_name', 'decode_error', 'RFC 6066 §3', 'ERR_DECODE_ERROR', [
  { type: E.server_name, data: Uint8Array.of(0) },
]);
encrypted(
  'record_size_limit below 64',
  'illegal_parameter',
  'RFC 8449 §4',
  'ERR_ILLEGAL_PARAMETER',
  [makeExtension(E.record_size_limit, writer => writer.u16(63))],
  { recordSizeLimit: 512 },
);

const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
const order = (name: string, options: PlainOptions) =>
  expect(name, 'unexpected_message', '§4', 'ERR_UNEXPECTED_MESSAGE', options);
order(
  'no EncryptedExtensions',
  change(8, () => []),
);
order(
  'no Certificate',
  change(11, () => []),
);
order(
  'no CertificateVerify',
  change(15, () => []),
);
order(
  'a Finished in the place of the Certificate',
  change(11, () => encodeFinished(new Uint8Array(32))),
);
order(
  'two CertificateRequests',
  change(11, bytes => {
    const request = encodeCertificateRequest13({
      requestContext: new Uint8Array(0),
      extensions: [{ type: E.signature_algorithms, data: Uint8Array.of(0, 2, 4, 3) }],
    });
    return [request, request, bytes];
  }),
);
order(
  'a ticket in the handshake',
  change(11, () =>
    encodeNewSessionTicket13({
      ticketLifetime: 1,
      ticketAgeAdd: 0,
      ticketNonce: new Uint8Array(0),
      ticket: Uint8Array.of(1),
      extensions: [],
    }),
  ),
);
order(
  'a KeyUpdate in the handshake',
  change(20, () => encodeKeyUpdate(0)),
);
order(
  'a ClientHello from the server',
  change(2, () => encodeHandshake(1, () => {})),
);

expect(
  'an empty Certificate',
  'decode_error',
  '§4.4.2.4',
  'ERR_DECODE_ERROR',
  change(11, () => encodeCertificate13({ requestContext: new Uint8Array(0), entries: [] })),
);
expect(
  'a Certificate with a context',
  'illegal_parameter',
  '§4.4.2',
  'ERR_ILLEGAL_PARAMETER',
  change(11, bytes =>
    encodeCertificate13({ ...parseCertificate13(bytes.subarray(4)), requestContext: Uint8Array.of(1) }),
  ),
);
expect(
  'a CertificateRequest without signature_algorithms',
  'missing_extension',
  '§4.3.2',
  'ERR_MISSING_EXTENSION',
  change(11, () => encodeCertificateRequest13({ requestContext: new Uint8Array(0), extensions: [] })),
);
expect(
  'a CertificateRequest with a context',
  'illegal_parameter',
  '§4.3.2',
  'ERR_ILLEGAL_PARAMETER',
  change(11, () =>
    encodeCertificateRequest13({
      requestContext: Uint8Array.of(1),
      extensions: [{ type: E.signature_algorithms, data: Uint8Array.of(0, 2, 4, 3) }],
    }),
  ),
);
expect('a wrong signature', 'decrypt_error', '§4.4.3', 'ERR_INVALID_SIGNATURE', change(15, flip));
for (const [name, algorithm] of [
  ['of SHA-1', 0x0203],
  ['of PKCS#1', 0x0401],
  ['of another curve', 0x0503],
  ['of another key type', 0x0804],
] as const) {
  expect(
    `a signature scheme ${name}`,
    'illegal_parameter',
    '§4.4.3',
    'ERR_ILLEGAL_PARAMETER',
    change(15, bytes => encodeCertificateVerify({ algorithm, signature: bytes.subarray(8) })),
  );
}
expect('a wrong Finished', 'decrypt_error', '§4.4.4', 'ERR_BAD_FINISHED', change(20, flip));
expect(
  'a Finished that is too short',
  'decode_error',
  '§4.4.4',
  'ERR_DECODE_ERROR',
  change(20, bytes => encodeFinished(bytes.subarray(5))),
);
expect(
  'a changed certificate',
  'decrypt_error',
  '§4.4.3',
  'ERR_INVALID_SIGNATURE',
  change(8, () => encodeEncryptedExtensions({ extensions: [] })),
);

test.run();
