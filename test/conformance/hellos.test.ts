// ClientHellos at the edges of what the syntax allows: a server takes them, or refuses them with the right alert, in
// little time.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ExtensionType as E } from '../../src/registry/extension_types.ts';
import { HandshakeType } from '../../src/registry/handshake_types.ts';
import { clientKeyShareExtension, supportedGroupsExtension } from '../../src/wire/extensions/key_exchange.ts';
import { recordSizeLimitExtension, signatureAlgorithmsExtension } from '../../src/wire/extensions/negotiation.ts';
import { makeExtension } from '../../src/wire/extensions.ts';
import { ask, helloFor, recordsWith, unassignedTypes, unknownExtension, X25519_SHARE } from '../support/raw_client.ts';

const versions = ['1.3', '1.2'] as const;
const taken = (bytes: Uint8Array): void => {
  const { alert, first, server } = ask(bytes);
  assert.is(server.error, null, `${server.error?.message}`);
  assert.is(alert, null);
  assert.is(first, HandshakeType.server_hello);
  server.destroy();
};
const refused = (bytes: Uint8Array, alert: string): void => {
  const answer = ask(bytes);
  assert.is(answer.alert, alert, `${answer.server.error?.message}`);
  assert.is(answer.first, null);
  assert.is(answer.server.state, 'closed');
};

for (const version of versions) {
  test(`TLS ${version}: 4,000 unknown extensions are ignored (RFC 9846 §4.2)`, () => {
    const more = unassignedTypes(4000).map(type => unknownExtension(type, new Uint8Array(type % 9)));
    taken(recordsWith(22, helloFor(version, more)));
  });

  test(`TLS ${version}: all 16,000 unknown extensions that fit`, () => {
    taken(
      recordsWith(
        22,
        helloFor(
          version,
          unassignedTypes(16_000).map(type => unknownExtension(type)),
        ),
      ),
    );
  });

  test(`TLS ${version}: the longest ClientHello there is, in records of any size (§4.1.2)`, () => {
    const cipherSuites = [0x1301, 0xc02b, ...new Array(32_765).fill(0xfefe)];
    const base = { cipherSuites, legacySessionId: new Uint8Array(32) };
    const methods = version === '1.2' ? { legacyCompressionMethods: new Array(255).fill(0) } : {};
    const short = helloFor(version, [unknownExtension(0xfe00)], { ...base, ...methods });
    const missing = 4 + 2 + 32 + 33 + 65_536 + (version === '1.2' ? 256 : 2) + 65_537 - short.length;
    const hello = helloFor(version, [unknownExtension(0xfe00, new Uint8Array(missing))], { ...base, ...methods });
    if (version === '1.2') assert.is(hello.length - 4, 131_396);
    for (const size of [16384, 1000, 37]) taken(recordsWith(22, hello, size));
  });

  test(`TLS ${version}: a ClientHello in records of one byte (§5.1)`, () => {
    taken(recordsWith(22, helloFor(version), 1));
  });

  test(`TLS ${version}: an empty record inside the ClientHello (unexpected_message, §5.1)`, () => {
    const hello = helloFor(version);
    const bytes = [hello.subarray(0, 10), new Uint8Array(0), hello.subarray(10)].map(part => recordsWith(22, part));
    refused(Uint8Array.from(bytes.flatMap(part => [...part])), 'unexpected_message');
  });

  test(`TLS ${version}: a server name of 65,000 bytes does no harm`, () => {
    const name = makeExtension(E.server_name, writer =>
      writer.nested(2, () => writer.u8(0).vector(2, new Uint8Array(65_000).fill(0x61))),
    );
    taken(recordsWith(22, helloFor(version, [name])));
  });

  test(`TLS ${version}: beside record_size_limit max_fragment_length is not looked at (RFC 8449 §5)`, () => {
    const fragment = { type: E.max_fragment_length, data: Uint8Array.of(99) };
    taken(recordsWith(22, helloFor(version, [fragment, recordSizeLimitExtension(64)])));
    refused(recordsWith(22, helloFor(version, [fragment])), 'illegal_parameter');
  });

  test(`TLS ${version}: record_size_limit of 63 (illegal_parameter), of 65,535 (RFC 8449 §4)`, () => {
    refused(recordsWith(22, helloFor(version, [recordSizeLimitExtension(63)])), 'illegal_parameter');
    taken(recordsWith(22, helloFor(version, [recordSizeLimitExtension(65_535)])));
  });

  test(`TLS ${version}: 32,000 signature schemes, of which the last fits`, () => {
    const schemes = Array.from({ length: 32_000 }, (_, i) => (i === 31_999 ? 0x0403 : 0xfe00 + (i % 200)));
    taken(recordsWith(22, helloFor(version, [signatureAlgorithmsExtension(schemes)])));
  });
}

test('TLS 1.2 ignores what only TLS 1.3 understands (RFC 5246 §7.4.1.4)', () => {
  const types = [E.key_share, E.cookie, E.psk_key_exchange_modes, E.early_data, E.post_handshake_auth, E.oid_filters];
  for (const type of [...types, E.certificate_authorities, E.pre_shared_key]) {
    taken(recordsWith(22, helloFor('1.2', [{ type, data: Uint8Array.of(1, 2, 3) }])));
  }
});

test('thousands of groups and key shares cost next to nothing', () => {
  const groups = Array.from({ length: 16_000 }, (_, i) => 0x4000 + i);
  const shares = groups.slice(-5000).map(group => ({ group, keyExchange: Uint8Array.of(1) }));
  const more = [
    supportedGroupsExtension([...groups, 29]),
    clientKeyShareExtension([...shares, { group: 29, keyExchange: X25519_SHARE }]),
  ];
  const bytes = recordsWith(22, helloFor('1.3', more));
  taken(bytes);
  const started = performance.now();
  for (let i = 0; i < 5; i++) taken(bytes);
  assert.ok(performance.now() - started < 1000, 'five of them take less than a second');
});

test('bytes that are no TLS get an alert or none, and no answer else', () => {
  const cases: [string, Uint8Array, string | null][] = [
    ['HTTP', new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'), 'unexpected_message'],
    ['SSH', new TextEncoder().encode('SSH-2.0-OpenSSH_9.6\r\n'), 'unexpected_message'],
    ['SSL 2.0', Uint8Array.of(0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10), 'unexpected_message'],
    ['a record of SSL 2.0 version', Uint8Array.of(22, 2, 0, 0, 1, 1), 'protocol_version'],
    ['a ServerHello', recordsWith(22, Uint8Array.of(2, 0, 0, 1, 0)), 'unexpected_message'],
    ['a HelloRequest', recordsWith(22, Uint8Array.of(0, 0, 0, 0)), 'unexpected_message'],
    ['ChangeCipherSpec', recordsWith(20, Uint8Array.of(1)), 'unexpected_message'],
    ['data', recordsWith(23, Uint8Array.of(1)), 'unexpected_message'],
    ['a heartbeat', recordsWith(24, Uint8Array.of(1, 0, 5, 1, 2)), 'unexpected_message'],
    ['a fatal alert', recordsWith(21, Uint8Array.of(2, 40)), null],
    ['close_notify', recordsWith(21, Uint8Array.of(1, 0)), null],
    ['half an alert', recordsWith(21, Uint8Array.of(2)), 'decode_error'],
    ['a record over 2^14 bytes', Uint8Array.of(22, 3, 1, 0x40, 1), 'record_overflow'],
  ];
  for (const [name, bytes, alert] of cases) {
    const answer = ask(bytes);
    assert.is(answer.alert, alert, name);
    assert.is(answer.server.state, 'closed', name);
  }
});

test('versions: what legacy_version may say (RFC 9846 §4.2.1, §D.5; RFC 5246 §E.1)', () => {
  for (const legacyVersion of [0x0000, 0x0002, 0x0200, 0x0300]) {
    for (const version of versions)
      refused(recordsWith(22, helloFor(version, [], { legacyVersion })), 'protocol_version');
  }
  for (const legacyVersion of [0x0301, 0x0302]) {
    refused(recordsWith(22, helloFor('1.2', [], { legacyVersion })), 'protocol_version');
    taken(recordsWith(22, helloFor('1.3', [], { legacyVersion })));
  }
  for (const legacyVersion of [0x0304, 0x03ff, 0x0400, 0xfeff]) {
    for (const version of versions) taken(recordsWith(22, helloFor(version, [], { legacyVersion })));
  }
});

test.run();
