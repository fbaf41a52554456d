// What TLS 1.2 clients and servers refuse, message by message, with the alert each error becomes.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { alertOfError } from '../../src/base/alert_of_error.ts';
import type { ErrorCode } from '../../src/base/errors.ts';
import { alertName } from '../../src/registry/alerts.ts';
import { ExtensionType as E } from '../../src/registry/extension_types.ts';
import { HandshakeType as H } from '../../src/registry/handshake_types.ts';
import { encodeCertificateVerify, parseCertificateVerify } from '../../src/wire/certificate.ts';
import { type ClientHello, encodeClientHello, parseClientHello } from '../../src/wire/client_hello.ts';
import type { Extension } from '../../src/wire/extensions.ts';
import { encodeHandshake } from '../../src/wire/handshake_message.ts';
import { encodeServerHello, parseServerHello, type ServerHello } from '../../src/wire/server_hello.ts';
import { encodeHelloRequest } from '../../src/wire/session_messages.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { credential, testVerifier } from '../support/pki.ts';
import { CCS, type Change, type TamperedOptions, tamperedHandshake } from '../support/tampered_pair.ts';

const all12 = nodeProvider().cipherSuites12.map(suite => suite.name);
const mutual: TamperedOptions = {
  client: { credential: credential('client_p256') },
  server: { clientAuth: 'require', verifier: testVerifier() },
};

/** Changes messages of one type only. */
const only =
  (type: number, change: Change): Change =>
  message =>
    message[0] === type && message.length > 2 ? change(message) : message;
// What follows a ChangeCipherSpec that was only left out is ciphertext, which reads as a message of a random type.
const onCcs =
  (change: Change): Change =>
  message =>
    message.length === 2 ? change(message) : message;
const body = (message: Uint8Array) => message.subarray(4);
const rebuilt = (type: number, content: Uint8Array) => encodeHandshake(type, writer => writer.bytes(content));
/** Changes one byte of the body; `at` counts from the end if negative. */
const flip = (type: number, at: number) =>
  only(type, message => {
    const changed = message.slice();
    changed[at < 0 ? message.length + at : 4 + at] ^= 1;
    return changed;
  });
const pad = (type: number) => only(type, message => rebuilt(type, Uint8Array.of(...body(message), 0)));
const cut = (type: number) => only(type, message => rebuilt(type, body(message).slice(0, -1)));
const drop = (type: number) => only(type, () => []);
const twice = (type: number) => only(type, message => [message, message]);
const before = (type: number, extra: Uint8Array) => only(type, message => [extra, message]);

const serverHello = (edit: (hello: ServerHello) => Partial<ServerHello>) =>
  only(H.server_hello, message => {
    const hello = parseServerHello(body(message));
    return encodeServerHello({ ...hello, ...edit(hello) });
  });
const clientHello = (edit: (hello: ClientHello) => Partial<ClientHello>) =>
  only(H.client_hello, message => {
    const hello = parseClientHello(body(message));
    return encodeClientHello({ ...hello, ...edit(hello) });
  });
const put = (hello: { extensions: readonly Extension[] }, type: number, ...data: number[]) => ({
  extensions: [...hello.extensions.filter(each => each.type !== type), { type, data: Uint8Array.from(data) }],
});
const without = (hello: { extensions: readonly Extension[] }, type: number) => ({
  extensions: hello.extensions.filter(each => each.type !== type),
});

function refuses(
  role: 'client' | 'server',
  name: string,
  code: ErrorCode,
  alert: string,
  section: string,
  change: Change,
  options: TamperedOptions = {},
): void {
  test(`a ${role} refuses ${name} (${alert}, ${section})`, () => {
    const way = role === 'client' ? { toClient: change } : { toServer: change };
    const pair = tamperedHandshake({ ...options, ...way });
    assert.is(pair[role].error?.code, code, pair[role].error?.message ?? 'no error');
    assert.is(alertName(alertOfError(code, '1.2') ?? -1), alert);
    const peer = role === 'client' ? pair.server : pair.client;
    assert.is(peer.error?.code, 'ERR_ALERT_RECEIVED', peer.error?.message ?? 'no error');
    assert.is(peer.error?.alert, alertOfError(code, '1.2'));
    assert.is(pair.clientProvider.ledger.alive.size, 0);
    assert.is(pair.serverProvider.ledger.alive.size, 0);
  });
}

const client = (...rest: [string, ErrorCode, string, string, Change, TamperedOptions?]) => refuses('client', ...rest);
const server = (...rest: [string, ErrorCode, string, string, Change, TamperedOptions?]) => refuses('server', ...rest);
const ILLEGAL = ['ERR_ILLEGAL_PARAMETER', 'illegal_parameter'] as const;
const DECODE = ['ERR_DECODE_ERROR', 'decode_error'] as const;
const UNEXPECTED = ['ERR_UNEXPECTED_MESSAGE', 'unexpected_message'] as const;

// ServerHello
client(
  'a suite that was not offered',
  ...ILLEGAL,
  'RFC 5246 §7.4.1.3',
  serverHello(() => ({ cipherSuite: 0x002f })),
);
client(
  'a suite of TLS 1.3',
  ...ILLEGAL,
  'RFC 9846 §4.1.3',
  serverHello(() => ({ cipherSuite: 0x1301 })),
);
client(
  'compression',
  ...ILLEGAL,
  'RFC 5246 §7.4.1.3',
  serverHello(() => ({ legacyCompressionMethod: 1 })),
);
client(
  'TLS 1.1',
  'ERR_NO_SHARED_VERSION',
  'protocol_version',
  'RFC 5246 §E.1',
  serverHello(() => ({ legacyVersion: 0x0302 })),
);
client(
  'an extension that was not offered',
  'ERR_UNSUPPORTED_EXTENSION',
  'unsupported_extension',
  'RFC 5246 §7.4.1.4',
  serverHello(hello => put(hello, E.heartbeat, 1)),
);
client(
  'extended_master_secret with content',
  ...DECODE,
  'RFC 7627 §5.1',
  serverHello(hello => put(hello, E.extended_master_secret, 0)),
);
client(
  'encrypt_then_mac with an AEAD suite',
  ...ILLEGAL,
  'RFC 7366 §3',
  serverHello(hello => put(hello, E.encrypt_then_mac)),
  { client: { cipherSuites: all12 } },
);
client(
  'renegotiation_info with content',
  'ERR_BAD_RENEGOTIATION_INFO',
  'handshake_failure',
  'RFC 5746 §3.4',
  serverHello(hello => put(hello, E.renegotiation_info, 1, 0)),
);
client(
  'point formats without uncompressed',
  ...ILLEGAL,
  'RFC 8422 §5.1.2',
  serverHello(hello => put(hello, E.ec_point_formats, 1, 1)),
);
client(
  'a protocol that was not offered',
  ...ILLEGAL,
  'RFC 7301 §3.2',
  serverHello(hello => put(hello, E.application_layer_protocol_negotiation, 0, 3, 2, 0x68, 0x33)),
  { client: { alpn: ['h2'] } },
);
client(
  'signature_algorithms in a ServerHello',
  ...ILLEGAL,
  'RFC 9846 §4.2',
  serverHello(hello => put(hello, E.signature_algorithms, 0, 2, 4, 3)),
);
test('a client refuses the echo of a session ID that names no session (illegal_parameter, RFC 9846 §D.4)', () => {
  let legacySessionId = new Uint8Array(0);
  const pair = tamperedHandshake({
    client: { maxVersion: 'TLSv1.3' },
    server: { maxVersion: 'TLSv1.2' },
    toServer: clientHello(hello => {
      legacySessionId = hello.legacySessionId.slice();
      return {};
    }),
    toClient: serverHello(() => ({ legacySessionId })),
  });
  assert.is(legacySessionId.length, 32);
  assert.is(pair.client.error?.code, 'ERR_ILLEGAL_PARAMETER');
});
client(
  'the downgrade sentinel',
  'ERR_DOWNGRADE_DETECTED',
  'illegal_parameter',
  'RFC 9846 §4.1.3',
  serverHello(hello => ({ random: Uint8Array.of(...hello.random.subarray(0, 24), ...Buffer.from('DOWNGRD\x01')) })),
  { client: { maxVersion: 'TLSv1.3' }, server: { maxVersion: 'TLSv1.2' } },
);

// Certificate, ServerKeyExchange, ServerHelloDone
const emptyList = rebuilt(H.certificate, Uint8Array.of(0, 0, 0));
client(
  'an empty Certificate',
  ...DECODE,
  'RFC 5246 §7.4.2',
  only(H.certificate, () => emptyList),
);
client('a padded Certificate', ...DECODE, 'RFC 5246 §7.4.2', pad(H.certificate));
client('no Certificate', ...UNEXPECTED, 'RFC 5246 §7.3', drop(H.certificate));
const status = rebuilt(H.certificate_status, Uint8Array.of(1, 0, 0, 1, 0));
client(
  'a CertificateStatus that was not promised',
  ...UNEXPECTED,
  'RFC 6066 §8',
  before(H.server_key_exchange, status),
);
client('no ServerKeyExchange', ...UNEXPECTED, 'RFC 5246 §7.4.3', drop(H.server_key_exchange));
client('two ServerKeyExchanges', ...UNEXPECTED, 'RFC 5246 §7.3', twice(H.server_key_exchange));
client('an explicit curve', ...ILLEGAL, 'RFC 8422 §5.4', flip(H.server_key_exchange, 0));
client('a group that was not offered', ...ILLEGAL, 'RFC 8422 §5.4', flip(H.server_key_exchange, 1));
client('a padded ServerKeyExchange', ...DECODE, 'RFC 5246 §7.4.3', pad(H.server_key_exchange));
client('a cut ServerKeyExchange', ...DECODE, 'RFC 5246 §7.4.3', cut(H.server_key_exchange));
client(
  'another key than the one that was signed',
  'ERR_INVALID_SIGNATURE',
  'decrypt_error',
  'RFC 5246 §7.4.3',
  flip(H.server_key_exchange, 10),
);
client(
  'a wrong signature',
  'ERR_INVALID_SIGNATURE',
  'decrypt_error',
  'RFC 5246 §7.4.3',
  flip(H.server_key_exchange, -1),
);
client(
  'a signature scheme that was not offered',
  ...ILLEGAL,
  'RFC 5246 §7.4.1.4.1',
  only(H.server_key_exchange, message => {
    const changed = message.slice();
    const at = 4 + 1 + 2 + 1 + 32;
    changed.set([0x02, 0x03], at); // ecdsa_sha1
    return changed;
  }),
);
client(
  'a ServerHelloDone with content',
  'ERR_MESSAGE_TOO_LARGE',
  'decode_error',
  'RFC 5246 §7.4.5',
  pad(H.server_hello_done),
);
client('a ChangeCipherSpec before the ServerHello is over', ...UNEXPECTED, 'RFC 5246 §7.1', before(H.certificate, CCS));
client('a second ServerHello', ...UNEXPECTED, 'RFC 5246 §7.3', twice(H.server_hello));
client('a message of TLS 1.3', ...UNEXPECTED, 'RFC 5246 §7.3', before(H.certificate, rebuilt(8, Uint8Array.of(0, 0))));
client(
  'no ChangeCipherSpec',
  ...UNEXPECTED,
  'RFC 5246 §7.1',
  onCcs(() => rebuilt(H.finished, new Uint8Array(12))),
);

test('a client ignores HelloRequests during the handshake (RFC 5246 §7.4.1.1)', () => {
  const pair = tamperedHandshake({
    toClient: message => (message.length === 2 ? message : [message, encodeHelloRequest(), encodeHelloRequest()]),
  });
  assert.is(pair.client.error, null);
  assert.is(pair.client.state, 'established');
});

// ClientHello
server(
  'a fallback that is none (RFC 7507)',
  'ERR_INAPPROPRIATE_FALLBACK',
  'inappropriate_fallback',
  '§3',
  clientHello(hello => ({ cipherSuites: [...hello.cipherSuites, 0x5600] })),
);
server(
  'suites with nothing in common',
  'ERR_NO_SHARED_CIPHER_SUITE',
  'handshake_failure',
  'RFC 5246 §7.4.1.3',
  clientHello(() => ({ cipherSuites: [0x0a0a, 0x002f] })),
);
server(
  'groups with nothing in common',
  'ERR_NO_SHARED_GROUP',
  'handshake_failure',
  'RFC 8422 §5.1',
  clientHello(hello => put(hello, E.supported_groups, 0, 2, 0x0a, 0x0a)),
);
server(
  'schemes with nothing in common',
  'ERR_NO_SHARED_SIGNATURE_SCHEME',
  'handshake_failure',
  'RFC 5246 §7.4.1.4.1',
  clientHello(hello => put(hello, E.signature_algorithms, 0, 2, 8, 4)),
);
server(
  'no signature_algorithms, which means SHA-1',
  'ERR_NO_SHARED_SIGNATURE_SCHEME',
  'handshake_failure',
  'RFC 5246 §7.4.1.4.1',
  clientHello(hello => without(hello, E.signature_algorithms)),
);
server(
  'renegotiation_info with content',
  'ERR_BAD_RENEGOTIATION_INFO',
  'handshake_failure',
  'RFC 5746 §3.6',
  clientHello(hello => put(hello, E.renegotiation_info, 1, 0)),
);
server(
  'point formats without uncompressed',
  ...ILLEGAL,
  'RFC 8422 §5.1.2',
  clientHello(hello => put(hello, E.ec_point_formats, 1, 1)),
);
server(
  'extended_master_secret with content',
  ...DECODE,
  'RFC 7627 §5.1',
  clientHello(hello => put(hello, E.extended_master_secret, 0)),
);
server(
  'a version that is not spoken',
  'ERR_NO_SHARED_VERSION',
  'protocol_version',
  'RFC 5246 §E.1',
  clientHello(() => ({ legacyVersion: 0x0302 })),
);
server('a ChangeCipherSpec before the ClientHello', ...UNEXPECTED, 'RFC 5246 §7.1', before(H.client_hello, CCS));

test('a server picks P-256 for a client that names no groups (RFC 8422 §4)', () => {
  const seen: number[] = [];
  tamperedHandshake({
    toServer: clientHello(hello => without(hello, E.supported_groups)),
    toClient: only(H.server_key_exchange, message => {
      seen.push((message[5] << 8) | message[6]);
      return message;
    }),
  });
  assert.equal(seen, [0x0017]);
});

// The client's flight
server('two ClientHellos', ...UNEXPECTED, 'RFC 5246 §7.3', twice(H.client_hello));
server('no ClientKeyExchange', ...UNEXPECTED, 'RFC 5246 §7.3', drop(H.client_key_exchange));
server('two ClientKeyExchanges', ...UNEXPECTED, 'RFC 5246 §7.3', twice(H.client_key_exchange));
server('a padded ClientKeyExchange', ...DECODE, 'RFC 8422 §5.7', pad(H.client_key_exchange));
server('a cut ClientKeyExchange', ...DECODE, 'RFC 8422 §5.7', cut(H.client_key_exchange));
server(
  'a share of a wrong length',
  'ERR_INVALID_PUBLIC_KEY',
  'illegal_parameter',
  'RFC 8422 §5.11',
  only(H.client_key_exchange, () => rebuilt(H.client_key_exchange, Uint8Array.of(3, 1, 2, 3))),
);
server(
  'a share that gives zero',
  'ERR_INVALID_PUBLIC_KEY',
  'illegal_parameter',
  'RFC 8422 §5.11',
  only(H.client_key_exchange, () => rebuilt(H.client_key_exchange, Uint8Array.of(32, ...new Uint8Array(32)))),
);
server('an early ChangeCipherSpec', ...UNEXPECTED, 'RFC 5246 §7.1', before(H.client_key_exchange, CCS));
server(
  'no ChangeCipherSpec',
  ...UNEXPECTED,
  'RFC 5246 §7.1',
  onCcs(() => rebuilt(H.finished, new Uint8Array(12))),
);
server(
  'another client random in the keys',
  'ERR_DECRYPTION_FAILED',
  'bad_record_mac',
  'RFC 5246 §7.4.9',
  flip(H.client_key_exchange, 5),
);
server('no Certificate where one was asked for', ...UNEXPECTED, 'RFC 5246 §7.4.6', drop(H.certificate), mutual);
server('no CertificateVerify', ...UNEXPECTED, 'RFC 5246 §7.4.8', drop(H.certificate_verify), mutual);
server('a padded CertificateVerify', ...DECODE, 'RFC 5246 §7.4.8', pad(H.certificate_verify), mutual);
server(
  'a wrong signature of the client',
  'ERR_INVALID_SIGNATURE',
  'decrypt_error',
  'RFC 5246 §7.4.8',
  flip(H.certificate_verify, -1),
  mutual,
);
server(
  'a scheme that was not asked for',
  ...ILLEGAL,
  'RFC 5246 §7.4.8',
  only(H.certificate_verify, message => {
    const { signature } = parseCertificateVerify(body(message));
    return encodeCertificateVerify({ algorithm: 0x0203, signature });
  }),
  mutual,
);
server(
  'a CertificateVerify without a certificate',
  ...UNEXPECTED,
  'RFC 5246 §7.4.8',
  only(H.client_key_exchange, message => [
    message,
    encodeCertificateVerify({ algorithm: 0x0403, signature: new Uint8Array(8) }),
  ]),
);

test.run();
