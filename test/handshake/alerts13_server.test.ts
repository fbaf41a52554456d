// What a TLS 1.3 server refuses, message by message, with the alert each error becomes.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { alertOfError } from '../../src/base/alert_of_error.ts';
import { type ErrorCode, TlsError } from '../../src/base/errors.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { alertName } from '../../src/registry/alerts.ts';
import { ExtensionType as E } from '../../src/registry/extension_types.ts';
import { encodeCertificate13, encodeCertificateVerify, parseCertificate13 } from '../../src/wire/certificate.ts';
import { type ClientHello, encodeClientHello, parseClientHello } from '../../src/wire/client_hello.ts';
import {
  clientKeyShareExtension,
  parseClientKeyShare,
  supportedGroupsExtension,
} from '../../src/wire/extensions/key_exchange.ts';
import { clientSupportedVersionsExtension, emptyExtension } from '../../src/wire/extensions/negotiation.ts';
import { offeredPsksExtension, parseOfferedPsks } from '../../src/wire/extensions/pre_shared_key.ts';
import type { Extension } from '../../src/wire/extensions.ts';
import { encodeHandshake } from '../../src/wire/handshake_message.ts';
import { encodeFinished } from '../../src/wire/session_messages.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { makePair, pump } from '../support/pair.ts';
import { credential, testVerifier } from '../support/pki.ts';
import { type Change, type PlainOptions, plainHandshake } from '../support/plain_pair.ts';

type Edit = (hello: ClientHello) => ClientHello | Uint8Array;

/** Changes the ClientHello with this index. */
function editHello(edit: Edit, at = 0): Change {
  return (bytes, index) => {
    if (index !== at) return bytes;
    const edited = edit(parseClientHello(bytes.subarray(4)));
    return edited instanceof Uint8Array ? edited : encodeClientHello(edited);
  };
}

const without =
  (...types: number[]): Edit =>
  hello => ({
    ...hello,
    extensions: hello.extensions.filter(extension => !types.includes(extension.type)),
  });

const replace =
  (type: number, data: (old: Uint8Array) => Uint8Array): Edit =>
  hello => ({
    ...hello,
    extensions: hello.extensions.map(each => (each.type === type ? { type, data: data(each.data) } : each)),
  });

const add =
  (extension: Extension): Edit =>
  hello => ({ ...hello, extensions: [...hello.extensions, extension] });

function expect(name: string, alert: string, section: string, code: ErrorCode, options: PlainOptions): void {
  test(`refuses ${name} (${alert}, ${section})`, () => {
    const { server } = plainHandshake(options);
    assert.is(server.error?.code, code, server.error?.message ?? 'no error');
    assert.is(alertName(alertOfError(code, '1.3') ?? -1), alert);
    assert.not(server.established);
  });
}

const illegal = (name: string, section: string, edit: Edit, options: PlainOptions = {}) =>
  expect(name, 'illegal_parameter', section, 'ERR_ILLEGAL_PARAMETER', { ...options, toServer: editHello(edit) });
const missing = (name: string, section: string, edit: Edit) =>
  expect(name, 'missing_extension', section, 'ERR_MISSING_EXTENSION', { toServer: editHello(edit) });
const malformed = (name: string, section: string, edit: Edit) =>
  expect(name, 'decode_error', section, 'ERR_DECODE_ERROR', { toServer: editHello(edit) });

illegal('a ClientHello with two compression methods', '§4.1.2', h => ({ ...h, legacyCompressionMethods: [0, 1] }));
illegal('a ClientHello without null compression', '§4.1.2', h => ({ ...h, legacyCompressionMethods: [1] }));
malformed('a ClientHello without compression methods', '§4.1.2', h => ({ ...h, legacyCompressionMethods: [] }));
malformed('a ClientHello without suites', '§4.1.2', h => ({ ...h, cipherSuites: [] }));
malformed('a session ID of 33 bytes', '§4.1.2', h => ({ ...h, legacySessionId: new Uint8Array(33) }));
malformed('bytes behind the extensions', '§4', h => {
  const message = encodeClientHello(h);
  return encodeHandshake(1, writer => writer.bytes(message.subarray(4)).u8(0));
});
missing('a ClientHello without key_share', '§9.2', without(E.key_share));
missing('a ClientHello without supported_groups', '§9.2', without(E.supported_groups));
missing('a ClientHello without both', '§9.2', without(E.supported_groups, E.key_share));
missing('a ClientHello without signature_algorithms', '§9.2', without(E.signature_algorithms));
illegal(
  'two shares of one group',
  '§4.2.8',
  replace(E.key_share, data => {
    const [share] = parseClientKeyShare(data);
    return clientKeyShareExtension([share, share]).data;
  }),
);
illegal(
  'an empty key share',
  '§4.2.8.2',
  replace(E.key_share, () => Uint8Array.of(0, 4, 0, 29, 0, 0)),
);
illegal(
  'a share of a group that is not supported',
  '§4.2.8',
  replace(E.supported_groups, () => supportedGroupsExtension([0x18]).data),
);
illegal('an extension that comes twice', '§4.2', hello => add(hello.extensions[0])(hello));
illegal('an extension of another message', '§4.2', add({ type: E.oid_filters, data: Uint8Array.of(0, 0) }));
malformed(
  'an empty list of server names',
  'RFC 6066 §3',
  replace(E.server_name, () => Uint8Array.of(0, 0)),
);
malformed(
  'an empty supported_groups',
  '§4.2.7',
  replace(E.supported_groups, () => Uint8Array.of(0, 0)),
);
malformed(
  'an empty signature_algorithms',
  '§4.2.3',
  replace(E.signature_algorithms, () => Uint8Array.of(0, 0)),
);
malformed(
  'an odd signature_algorithms',
  '§4.2.3',
  replace(E.signature_algorithms, () => Uint8Array.of(0, 3, 4, 3, 8)),
);
malformed(
  'an empty supported_versions',
  '§4.2.1',
  replace(E.supported_versions, () => Uint8Array.of(0)),
);
malformed(
  'a truncated key_share',
  '§4.2.8',
  replace(E.key_share, data => data.subarray(0, data.length - 1)),
);
malformed(
  'an empty psk_key_exchange_modes',
  '§4.2.9',
  replace(E.psk_key_exchange_modes, () => Uint8Array.of(0)),
);
malformed('content in post_handshake_auth', '§4.2.6', add({ type: E.post_handshake_auth, data: Uint8Array.of(0) }));
expect('versions it does not speak', 'protocol_version', '§4.2.1', 'ERR_NO_SHARED_VERSION', {
  toServer: editHello(replace(E.supported_versions, () => clientSupportedVersionsExtension([0x7f1c, 0x0302]).data)),
});
expect('a client without supported_versions', 'protocol_version', '§4.2.1', 'ERR_NO_SHARED_VERSION', {
  toServer: editHello(without(E.supported_versions)),
});
expect('suites it does not have', 'handshake_failure', '§4.1.1', 'ERR_NO_SHARED_CIPHER_SUITE', {
  toServer: editHello(h => ({ ...h, cipherSuites: [0x0a0a, 0xc02b, 0x1306] })),
});
expect('groups it does not have', 'handshake_failure', '§4.1.1', 'ERR_NO_SHARED_GROUP', {
  client: { groups: ['x448'] },
  server: { groups: ['x25519'] },
});
expect('signature schemes it cannot make', 'handshake_failure', '§4.4.2.2', 'ERR_NO_SHARED_SIGNATURE_SCHEME', {
  client: { signatureSchemes: [0x0808] },
});

const share = (change: (key: Uint8Array) => Uint8Array) =>
  replace(E.key_share, data => {
    const shares = parseClientKeyShare(data);
    return clientKeyShareExtension(shares.map(one => ({ ...one, keyExchange: change(one.keyExchange) }))).data;
  });
const badShare = (name: string, change: (key: Uint8Array) => Uint8Array, groups = ['x25519']) =>
  expect(name, 'illegal_parameter', '§4.2.8', 'ERR_INVALID_PUBLIC_KEY', {
    client: { groups },
    toServer: editHello(share(change)),
  });
badShare('an X25519 share of zeros', key => key.map(() => 0));
badShare('an X25519 share that is too short', key => key.subarray(1));
badShare('an X25519 share that is too long', key => Uint8Array.of(...key, 0));
badShare('a P-256 share off the curve', key => key.map((byte, i) => (i === 64 ? byte ^ 1 : byte)), ['secp256r1']);
badShare('a P-256 share in compressed form', key => Uint8Array.of(2, ...key.subarray(1, 33)), ['secp256r1']);

const retry: PlainOptions = { server: { groups: ['secp384r1'] } };
const second = (name: string, edit: Edit) =>
  expect(`a second ClientHello with ${name}`, 'illegal_parameter', '§4.1.2', 'ERR_ILLEGAL_PARAMETER', {
    ...retry,
    toServer: editHello(edit, 1),
  });
second('another random', h => ({ ...h, random: h.random.map(byte => byte ^ 1) }));
second('another session ID', h => ({ ...h, legacySessionId: new Uint8Array(32) }));
second('other suites', h => ({ ...h, cipherSuites: h.cipherSuites.slice(0, 1) }));
second('an extension more', add({ type: 0xfafa, data: new Uint8Array(0) }));
second('an extension less', without(E.server_name));
second(
  'an extension changed',
  replace(E.signature_algorithms, data => data.slice(0).map((byte, i) => (i === 3 ? 1 : byte))),
);
second('early_data', h => ({ ...h, extensions: [emptyExtension(E.early_data), ...h.extensions] }));
second(
  'the share of another group',
  replace(E.key_share, data => {
    const [first] = parseClientKeyShare(data);
    return clientKeyShareExtension([{ ...first, group: 0x17 }]).data;
  }),
);
second(
  'no share at all',
  replace(E.key_share, () => clientKeyShareExtension([]).data),
);
expect('a second ClientHello without key_share', 'missing_extension', '§9.2', 'ERR_MISSING_EXTENSION', {
  ...retry,
  toServer: editHello(without(E.key_share), 1),
});
expect('another message than the second ClientHello', 'unexpected_message', '§4.1.4', 'ERR_UNEXPECTED_MESSAGE', {
  ...retry,
  toServer: (bytes, i) => (i === 1 ? encodeFinished(new Uint8Array(32)) : bytes),
});

const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));

const cookie: PlainOptions = { server: { groups: ['secp384r1'], sendCookie: true } };
expect('a second ClientHello without the cookie', 'missing_extension', '§4.2.2', 'ERR_MISSING_EXTENSION', {
  ...cookie,
  toServer: editHello(without(E.cookie), 1),
});
expect('a second ClientHello with another cookie', 'illegal_parameter', '§4.2.2', 'ERR_ILLEGAL_PARAMETER', {
  ...cookie,
  toServer: editHello(replace(E.cookie, flip), 1),
});

const flight: PlainOptions = {
  client: { credential: credential('client_p256') },
  server: { clientAuth: 'require', verifier: testVerifier() },
};
const change = (type: number, edit: (bytes: Uint8Array) => Uint8Array | Uint8Array[]): PlainOptions => ({
  ...flight,
  toServer: bytes => (bytes[0] === type ? edit(bytes) : bytes),
});
expect('a wrong Finished', 'decrypt_error', '§4.4.4', 'ERR_BAD_FINISHED', change(20, flip));
expect(
  'a Finished that is too short',
  'decode_error',
  '§4.4.4',
  'ERR_DECODE_ERROR',
  change(20, bytes => encodeFinished(bytes.subarray(5))),
);
expect(
  'a Finished that is too long',
  'decode_error',
  '§4.4.4',
  'ERR_DECODE_ERROR',
  change(20, bytes => encodeFinished(Uint8Array.of(...bytes.subarray(4), 0))),
);
expect('a wrong signature', 'decrypt_error', '§4.4.3', 'ERR_INVALID_SIGNATURE', change(15, flip));
expect(
  'an empty signature',
  'decrypt_error',
  '§4.4.3',
  'ERR_INVALID_SIGNATURE',
  change(15, () => encodeCertificateVerify({ algorithm: 0x0403, signature: new Uint8Array(0) })),
);
for (const [name, algorithm] of [
  ['that was not offered', 0x0203],
  ['of PKCS#1', 0x0401],
  ['of another curve', 0x0503],
  ['of another key type', 0x0804],
  ['nobody knows', 0xfe99],
] as const) {
  expect(
    `a signature scheme ${name}`,
    'illegal_parameter',
    '§4.4.3',
    'ERR_ILLEGAL_PARAMETER',
    change(15, bytes => encodeCertificateVerify({ algorithm, signature: bytes.subarray(8) })),
  );
}
expect(
  'no CertificateVerify',
  'unexpected_message',
  '§4.4.3',
  'ERR_UNEXPECTED_MESSAGE',
  change(15, () => []),
);
expect(
  'no Certificate',
  'unexpected_message',
  '§4.4.2',
  'ERR_UNEXPECTED_MESSAGE',
  change(11, () => []),
);
expect(
  'two Certificates',
  'unexpected_message',
  '§4.4.2',
  'ERR_UNEXPECTED_MESSAGE',
  change(11, bytes => [bytes, bytes]),
);
expect(
  'a ClientHello in the flight',
  'unexpected_message',
  '§4.1.2',
  'ERR_UNEXPECTED_MESSAGE',
  change(20, () => encodeHandshake(1, () => {})),
);
expect(
  'a request context in the handshake',
  'illegal_parameter',
  '§4.4.2',
  'ERR_ILLEGAL_PARAMETER',
  change(11, bytes => {
    const { entries } = parseCertificate13(bytes.subarray(4));
    return encodeCertificate13({ requestContext: Uint8Array.of(1), entries });
  }),
);
expect(
  'a certificate of no bytes',
  'decode_error',
  '§4.4.2',
  'ERR_DECODE_ERROR',
  change(11, () =>
    encodeCertificate13({ requestContext: new Uint8Array(0), entries: [{ data: new Uint8Array(0), extensions: [] }] }),
  ),
);
expect(
  'an extension in the Certificate nobody asked for',
  'unsupported_extension',
  '§4.4.2',
  'ERR_UNSUPPORTED_EXTENSION',
  change(11, bytes => {
    const [entry] = parseCertificate13(bytes.subarray(4)).entries;
    const extensions = [{ type: E.status_request, data: Uint8Array.of(1, 0, 0, 1, 0) }];
    return encodeCertificate13({ requestContext: new Uint8Array(0), entries: [{ data: entry.data, extensions }] });
  }),
);
expect('an empty Certificate', 'certificate_required', '§4.4.2.4', 'ERR_CERTIFICATE_REQUIRED', {
  server: flight.server,
});
expect('an untrusted client', 'unknown_ca', '§4.4.2.4', 'ERR_CERT_NO_TRUST_ANCHORS', {
  ...flight,
  server: {
    clientAuth: 'require',
    verifier: {
      verify: () => {
        throw new TlsError('ERR_CERT_NO_TRUST_ANCHORS', 'nobody');
      },
    },
  },
});

test('refuses unknown groups, suites, versions and extensions in no way: GREASE (RFC 8701)', () => {
  const grease = (hello: ClientHello): ClientHello => ({
    ...hello,
    cipherSuites: [0x1a1a, ...hello.cipherSuites],
    extensions: [
      { type: 0x2a2a, data: new Uint8Array(0) },
      ...hello.extensions.map(({ type, data }) => {
        if (type === E.supported_groups)
          return { type, data: Uint8Array.of(0, data[1] + 2, 0x3a, 0x3a, ...data.subarray(2)) };
        if (type === E.supported_versions)
          return { type, data: Uint8Array.of(data[0] + 2, 0x4a, 0x4a, ...data.subarray(1)) };
        if (type === E.key_share) {
          const shares = [{ group: 0x3a3a, keyExchange: Uint8Array.of(0) }, ...parseClientKeyShare(data)];
          return clientKeyShareExtension(shares);
        }
        return { type, data };
      }),
      { type: 0x5a5a, data: Uint8Array.of(0) },
    ],
  });
  const { server } = plainHandshake({ toServer: editHello(grease) });
  // The client's Finished covers what it sent, not what came: all before it was accepted.
  assert.is(server.error, null);
  assert.is(server.carrier.epoch.write, 'application');
});

/** A ClientHello that offers a ticket, changed, against the server that gave it. */
function expectPsk(name: string, alert: string, section: string, code: ErrorCode, edit: Edit): void {
  test(`refuses ${name} (${alert}, ${section})`, () => {
    const serverProvider = nodeProvider();
    const tickets = new TicketKeys({ provider: serverProvider });
    const first = makePair({ serverProvider, server: { tickets } });
    pump(first);
    const event = first.clientEvents.find(each => each.kind === 'session');
    assert.ok(event?.kind === 'session');
    const { session } = event;
    const provider = first.clientProvider;
    const { server } = plainHandshake({
      client: { provider },
      server: { tickets, provider: serverProvider },
      target: { serverName: 'example.test', session },
      toServer: editHello(edit),
    });
    assert.is(server.error?.code, code, server.error?.message ?? 'no error');
    assert.is(alertName(alertOfError(code, '1.3') ?? -1), alert);
  });
}

const psks = (change: (psks: ReturnType<typeof parseOfferedPsks>) => ReturnType<typeof parseOfferedPsks>) =>
  replace(E.pre_shared_key, data => offeredPsksExtension(change(parseOfferedPsks(data))).data);
expectPsk(
  'a wrong binder',
  'decrypt_error',
  '§4.2.11',
  'ERR_BAD_BINDER',
  psks(({ identities, binders }) => ({ identities, binders: binders.map(flip) })),
);
expectPsk(
  'a binder of another length',
  'decrypt_error',
  '§4.2.11',
  'ERR_BAD_BINDER',
  psks(({ identities, binders }) => ({ identities, binders: binders.map(each => Uint8Array.of(...each, 0)) })),
);
expectPsk(
  'a binder that is too short',
  'decode_error',
  '§4.2.11',
  'ERR_DECODE_ERROR',
  psks(({ identities, binders }) => ({ identities, binders: binders.map(each => each.subarray(1)) })),
);
expectPsk(
  'more binders than identities',
  'illegal_parameter',
  '§4.2.11',
  'ERR_ILLEGAL_PARAMETER',
  psks(({ identities, binders }) => ({ identities, binders: [...binders, ...binders] })),
);
expectPsk(
  'more identities than binders',
  'illegal_parameter',
  '§4.2.11',
  'ERR_ILLEGAL_PARAMETER',
  psks(({ identities, binders }) => ({ identities: [...identities, ...identities], binders })),
);
expectPsk(
  'a PSK without psk_key_exchange_modes',
  'missing_extension',
  '§4.2.9',
  'ERR_MISSING_EXTENSION',
  without(E.psk_key_exchange_modes),
);
expectPsk('pre_shared_key that is not last', 'illegal_parameter', '§4.2.11', 'ERR_ILLEGAL_PARAMETER', hello => ({
  ...hello,
  extensions: [hello.extensions[hello.extensions.length - 1], ...hello.extensions.slice(0, -1)],
}));
expectPsk(
  'an empty list of identities',
  'decode_error',
  '§4.2.11',
  'ERR_DECODE_ERROR',
  psks(({ binders }) => ({ identities: [], binders })),
);

test.run();
