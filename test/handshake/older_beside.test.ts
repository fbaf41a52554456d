// TLS 1.0 and 1.1 behind the hellos of newer versions: what is chosen, whose sessions are offered and taken, and what guards
// against a push down.

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clientsBeside, serversBeside } from '../../src/connection/older_beside.ts';
import { ServerSessionCache } from '../../src/handshake/sessions/session_cache.ts';
import {
  type ClientHelloInfo,
  type ClientOptions,
  type ClientTarget,
  Connection,
  clientConfig,
  credential,
  defaultProvider,
  peerVerifier,
  type ServerOptions,
  type Session,
  serverConfig,
  TicketKeys,
  tls12Client,
  tls12Server,
} from '../../src/index.ts';
import { legacyClientConfig, legacyServerConfig, tls10, tls11 } from '../../src/legacy.ts';
import { ExtensionType } from '../../src/registry/extension_types.ts';
import { ProtocolVersion, type ProtocolVersionName } from '../../src/registry/protocol_versions.ts';
import { defaultCore } from '../../src/wasm/default_core.ts';
import { wasmOlderCryptography } from '../../src/wasm/older_cryptography.ts';
import { encodeClientHello, parseClientHello } from '../../src/wire/client_hello.ts';
import { certificateAuthoritiesExtension } from '../../src/wire/extensions/authentication.ts';
import { clientSupportedVersionsExtension } from '../../src/wire/extensions/negotiation.ts';
import { encodeServerHello, parseServerHello, type ServerHello } from '../../src/wire/server_hello.ts';
import { concatAll, drain, type Pair, pump } from '../support/pair.ts';

const file = (name: string) => readFileSync(`test/fixtures/${name}`);
const rsa = credential({ cert: file('server_rsa.crt'), key: file('server_rsa.key') });
const verifier = peerVerifier({ ca: file('ca.crt') });
const provider = defaultProvider();
const cryptography = wasmOlderCryptography(defaultCore());
const cipherSuites = [...provider.cipherSuites13, ...provider.cipherSuites12]
  .map(({ name }) => name)
  .filter(name => !name.includes('PSK') && (!name.includes('DHE_RSA') || name.includes('ECDHE')));
const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
type Version = (typeof versions)[number];

function clientOf(minVersion: Version, maxVersion: Version, options: Partial<ClientOptions> = {}) {
  const older = [tls11, tls10].filter(({ name }) => name === minVersion || name === maxVersion || name === 'TLSv1.1');
  if (maxVersion === 'TLSv1' || maxVersion === 'TLSv1.1') {
    const named = older.filter(({ version }) => inRange(version, minVersion, maxVersion));
    return legacyClientConfig({ versions: named, verifier, dangerouslySilent: true });
  }
  const olderVersions = [tls12Client, ...clientsBeside(older, cryptography)];
  return clientConfig({ provider, verifier, cipherSuites, minVersion, maxVersion, olderVersions, ...options });
}

function serverOf(minVersion: Version, maxVersion: Version, options: Partial<ServerOptions> = {}) {
  const credentials = [rsa];
  if (maxVersion === 'TLSv1' || maxVersion === 'TLSv1.1') {
    const named = [tls11, tls10].filter(({ version }) => inRange(version, minVersion, maxVersion));
    const { tickets, sessionIds } = options;
    return legacyServerConfig({ versions: named, credentials, dangerouslySilent: true, tickets, sessionIds });
  }
  const olderVersions = [tls12Server, ...serversBeside([tls11, tls10], cryptography)];
  return serverConfig({ provider, credentials, cipherSuites, minVersion, maxVersion, olderVersions, ...options });
}

function inRange(version: number, least: ProtocolVersionName, greatest: ProtocolVersionName): boolean {
  return version >= ProtocolVersion[least] && version <= ProtocolVersion[greatest];
}

function pairOf(
  client: ReturnType<typeof clientConfig>,
  server: ReturnType<typeof serverConfig>,
  target: ClientTarget = {},
): Pair {
  const connect = (settings: ConstructorParameters<typeof Connection>[0]) =>
    new Connection(settings, { handshakeTimeout: 10_000 });
  return {
    client: connect(client.settings({ serverName: 'example.test', ...target })),
    server: connect(server.settings()),
    clientEvents: [],
    serverEvents: [],
  } as unknown as Pair;
}

const sessionOf = (pair: Pair): Session =>
  pair.clientEvents.flatMap(event => (event.kind === 'session' ? [event.session] : []))[0];

function spoken(pair: Pair): string {
  pump(pair);
  return pair.client.error?.code ?? pair.server.error?.code ?? String(pair.client.info.protocolVersion);
}

const keys = new TicketKeys();
const ids = () => new ServerSessionCache({ keys, random: provider.random });

for (const version of ['TLSv1', 'TLSv1.1'] as const) {
  for (const [kind, kept] of [
    ['a ticket', { tickets: keys }],
    ['an ID', { sessionIds: ids() }],
  ] as const) {
    test(`${version}: a session by ${kind} is offered by whatever client speaks the version, and resumed in it`, () => {
      const first = pairOf(clientOf('TLSv1', 'TLSv1.3'), serverOf(version, version, kept));
      assert.is(spoken(first), version);
      const session = sessionOf(first);
      for (const greatest of ['TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
        const again = pairOf(clientOf('TLSv1', greatest), serverOf(version, version, kept), { session });
        assert.is(spoken(again), version);
        assert.is(again.client.info.resumed, true, greatest);
        assert.is(again.server.info.resumed, true, greatest);
      }
    });

    test(`${version}: a session by ${kind} crosses to no other version, in either direction`, () => {
      const first = pairOf(clientOf('TLSv1', 'TLSv1.3'), serverOf(version, version, kept));
      assert.is(spoken(first), version);
      const session = sessionOf(first);
      for (const other of versions.filter(each => each !== version)) {
        const newer = pairOf(clientOf('TLSv1', 'TLSv1.3'), serverOf(other, other, kept), { session });
        assert.is(spoken(newer), other);
        assert.is(newer.client.info.resumed, false, other);
        if (other === 'TLSv1.3') continue;
        const back = pairOf(clientOf('TLSv1', 'TLSv1.3'), serverOf(version, version, kept), {
          session: sessionOf(newer),
        });
        assert.is(spoken(back), version);
        assert.is(back.client.info.resumed, false, `${other} and back`);
      }
    });
  }
}

/** The handshake until the ServerHello, which is changed on its way: its record holds it alone, or with what follows. */
function withServerHello(pair: Pair, change: (hello: ServerHello) => Partial<ServerHello>): void {
  pair.server.receive(concatAll(pair.client.takeOutput()));
  const output = concatAll(pair.server.takeOutput());
  const length = (output[6] << 16) | (output[7] << 8) | output[8];
  const hello = parseServerHello(output.subarray(9, 9 + length));
  const message = encodeServerHello({ ...hello, ...change(hello) });
  const changed = Uint8Array.of(0x16, output[1], output[2], message.length >> 8, message.length & 0xff, ...message);
  pair.client.receive(changed);
  drain(pair.client, pair.clientEvents);
}

test('a server that resumes a session in another version is refused (illegal_parameter, RFC 5246 §7.2.2)', () => {
  const first = pairOf(clientOf('TLSv1', 'TLSv1.3'), serverOf('TLSv1', 'TLSv1', { tickets: keys }));
  assert.is(spoken(first), 'TLSv1');
  const session = sessionOf(first);
  for (const other of ['TLSv1.1', 'TLSv1.2'] as const) {
    const server = serverOf(other, other, { tickets: keys, cipherSuites: [first.client.info.cipherSuite?.name ?? ''] });
    const pair = pairOf(clientOf('TLSv1', 'TLSv1.2'), server, { session });
    const hello = concatAll(pair.client.takeOutput());
    const at = 5 + 4 + 2 + 32;
    const echo = hello.slice(at + 1, at + 1 + hello[at]);
    pair.server.receive(hello);
    assert.is(echo.length, 32);
    withServerHello(pair, () => ({ legacySessionId: echo }));
    assert.is(pair.client.error?.code, 'ERR_ILLEGAL_PARAMETER');
    assert.match(pair.client.error?.message ?? '', /another version/);
  }
});

test('the highest version of both is spoken, in every pair of ranges', () => {
  for (const greatest of versions) {
    for (const other of versions) {
      const pair = pairOf(clientOf('TLSv1', greatest), serverOf('TLSv1', other));
      const both = ProtocolVersion[greatest] < ProtocolVersion[other] ? greatest : other;
      assert.is(spoken(pair), both, `${greatest} and ${other}`);
    }
  }
});

test('the random of a server says from where it came down: to TLS 1.2, or below (RFC 9846 §4.1.3)', () => {
  for (const own of versions) {
    for (const theirs of versions) {
      const pair = pairOf(clientOf('TLSv1', theirs), serverOf('TLSv1', own));
      let tail = '';
      withServerHello(pair, ({ random }) => {
        tail = Buffer.from(random.subarray(24)).toString('latin1');
        return {};
      });
      const lower =
        ProtocolVersion[theirs] < ProtocolVersion[own] && ProtocolVersion[own] >= ProtocolVersion['TLSv1.2'];
      const mark = !lower ? '' : theirs === 'TLSv1.2' ? 'DOWNGRD\x01' : 'DOWNGRD\x00';
      assert.is(tail === mark, lower, `${own} with ${theirs}: ${tail}`);
      if (!lower) assert.not.match(tail, /^DOWNGRD/);
    }
  }
});

test('a client that is pushed down reads it in the random (illegal_parameter, RFC 9846 §4.1.3)', () => {
  for (const greatest of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const chosen of ['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const) {
      for (const end of [0, 1, 2]) {
        const pair = pairOf(clientOf('TLSv1', greatest), serverOf(chosen, chosen));
        withServerHello(pair, ({ random }) => ({
          random: Uint8Array.of(...random.subarray(0, 24), ...Buffer.from('DOWNGRD'), end),
        }));
        const pushed = end < 2 && chosen !== greatest;
        assert.is(
          pair.client.error?.code ?? 'none',
          pushed ? 'ERR_DOWNGRADE_DETECTED' : 'none',
          `${greatest} ${chosen}`,
        );
      }
    }
  }
});

test('encrypt_then_mac is not offered where it would be for versions before TLS 1.2, too (RFC 7366)', () => {
  for (const [least, offered] of [
    ['TLSv1.1', false],
    ['TLSv1.2', true],
  ] as const) {
    const client = new Connection(clientOf(least, 'TLSv1.3').settings({}), { handshakeTimeout: 1000 });
    const hello = Buffer.from(concatAll(client.takeOutput())).toString('hex');
    assert.is(hello.includes('00160000'), offered);
    client.destroy();
  }
});

test('a server of any version hears which authorities a client trusts (RFC 9846 §4.2.4)', () => {
  const name = Uint8Array.of(0x30, 0x00);
  for (const version of versions) {
    const heard: (readonly Uint8Array[])[] = [];
    const hook = (info: ClientHelloInfo) => {
      heard.push(info.certificateAuthorities);
      return rsa;
    };
    const client = new Connection(clientOf('TLSv1', 'TLSv1.3').settings({}), { handshakeTimeout: 1000 });
    const hello = parseClientHello(concatAll(client.takeOutput()).subarray(9));
    const selected = hello.extensions.map(each =>
      each.type === ExtensionType.supported_versions
        ? clientSupportedVersionsExtension([ProtocolVersion[version]])
        : each,
    );
    const message = encodeClientHello({ ...hello, extensions: [...selected, certificateAuthoritiesExtension([name])] });
    const server = new Connection(serverOf('TLSv1', 'TLSv1.3', { credentials: hook }).settings(), {
      handshakeTimeout: 1000,
    });
    server.receive(Uint8Array.of(0x16, 3, 1, message.length >> 8, message.length & 0xff, ...message));
    assert.is(server.error, null, server.error?.message);
    assert.equal(heard, [[name]], version);
    client.destroy();
    server.destroy();
  }
});

test.run();
