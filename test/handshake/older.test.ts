// SSL 3.0, TLS 1.0 and TLS 1.1 between two connections in memory: every suite, client certificates, resumption by ID and by
// ticket, and what keeps them apart from everything newer.

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConnectionEvent } from '../../src/connection/events.ts';
import { clientsBeside } from '../../src/connection/older_beside.ts';
import { ServerSessionCache } from '../../src/handshake/sessions/session_cache.ts';
import {
  type ClientConfig,
  type ClientTarget,
  Connection,
  clientConfig,
  clientHelloShape,
  credential,
  defaultProvider,
  delegatedCredentials,
  peerVerifier,
  type ServerConfig,
  type Session,
  serverConfig,
  TicketKeys,
  tls12Client,
} from '../../src/index.ts';
import {
  aesCbc,
  dangerouslyFallBack,
  type LegacyCipher,
  type LegacyClientOptions,
  type LegacyServerOptions,
  type LegacyVersion,
  legacyClientConfig,
  legacyServerConfig,
  rc4,
  ssl30,
  tls10,
  tls11,
  tripleDes,
} from '../../src/legacy.ts';
import { OlderCipherSuite } from '../../src/registry/older_cipher_suites.ts';
import { defaultCore } from '../../src/wasm/default_core.ts';
import { wasmOlderCryptography } from '../../src/wasm/older_cryptography.ts';
import { dataOf, kinds, type Pair, pump } from '../support/pair.ts';

const file = (name: string) => readFileSync(`test/fixtures/${name}`);
const both = (name: string) => credential({ cert: file(`${name}.crt`), key: file(`${name}.key`) });
const rsa = both('server_rsa');
const p256 = both('server_p256');
const verifier = peerVerifier({ ca: file('ca.crt') });
const dangerouslySilent = true;
const ciphers = [aesCbc, tripleDes, rc4];
const versions = [ssl30, tls10, tls11];
const text = (value: string) => new TextEncoder().encode(value);

function pairOf(client: ClientConfig, server: ServerConfig, target: ClientTarget = {}): Pair {
  const connect = (settings: ConstructorParameters<typeof Connection>[0]) =>
    new Connection(settings, { handshakeTimeout: 10_000 });
  return {
    client: connect(client.settings({ serverName: 'example.test', ...target })),
    server: connect(server.settings()),
    clientEvents: [] as ConnectionEvent[],
    serverEvents: [] as ConnectionEvent[],
  } as unknown as Pair;
}

function legacyPair(
  version: LegacyVersion,
  options: { client?: Partial<LegacyClientOptions>; server?: Partial<LegacyServerOptions>; target?: ClientTarget } = {},
): Pair {
  const common = { versions: [version], ciphers, dangerouslySilent };
  return pairOf(
    legacyClientConfig({ ...common, verifier, ...options.client }),
    legacyServerConfig({ ...common, credentials: [p256, rsa], ...options.server }),
    options.target,
  );
}

function checkPair(pair: Pair, version: LegacyVersion): void {
  pump(pair);
  assert.is(pair.client.error, null, `${pair.client.error?.stack}`);
  assert.is(pair.server.error, null, `${pair.server.error?.stack}`);
  assert.is(pair.client.info.protocolVersion, version.name);
  assert.is(pair.server.info.protocolVersion, version.name);
  const big = new Uint8Array(50_000).map((_, i) => i * 7);
  assert.is(pair.client.write(big), big.length);
  assert.is(pair.server.write(text('world')), 5);
  pump(pair);
  assert.equal(dataOf(pair.serverEvents), big);
  assert.equal(dataOf(pair.clientEvents), text('world'));
  pair.client.close();
  pair.server.close();
  pump(pair);
  assert.is(kinds(pair.clientEvents).at(-1), 'closed');
  assert.is(kinds(pair.serverEvents).at(-1), 'closed');
}

const sessionsOf = (pair: Pair): Session[] =>
  pair.clientEvents.flatMap(event => (event.kind === 'session' ? [event.session] : []));

const cryptography = wasmOlderCryptography(defaultCore());

for (const version of versions) {
  for (const suite of cryptography.cipherSuites(version.version)) {
    test(`${version.name}: ${suite.name}, data both ways, an orderly close`, () => {
      const only = { name: suite.name, has: (bulk: string) => suite.name.endsWith(`_WITH_${bulk}`) };
      const groups = suite.keyExchange === 'dhe' ? ['ffdhe2048'] : ['x25519', 'secp256r1'];
      const kind = suite.authentication === 'rsa' ? rsa : p256;
      // RSA key exchange comes last wherever there is another.
      const credentials = [suite.keyExchange === 'rsa' ? kind : { ...kind, decrypter: undefined }];
      const provider = defaultProvider();
      const server = { ciphers: [only], groups, credentials, preferServerOrder: true };
      const exchange =
        suite.keyExchange === 'rsa'
          ? { ...provider, finiteFieldDh: undefined, groups: provider.groups.filter(({ name }) => name === 'x448') }
          : provider;
      const pair = legacyPair(version, {
        client: { provider: exchange, ...(suite.keyExchange !== 'rsa' && { groups: ['x25519', 'secp256r1'] }) },
        server: suite.keyExchange === 'rsa' ? { ...server, groups: ['secp521r1'] } : server,
      });
      pump(pair);
      assert.is(pair.client.info.cipherSuite?.name, suite.name);
      checkPair(pair, version);
    });
  }

  test(`${version.name}: a client certificate is asked for and shown`, () => {
    for (const own of version === ssl30 ? [both('client_rsa')] : [both('client_rsa'), both('client_p256')]) {
      const pair = legacyPair(version, {
        client: { credential: own },
        server: { clientAuth: 'require', verifier },
      });
      checkPair(pair, version);
      assert.equal(pair.server.info.peerCertificates[0], own.certificateChain[0]);
    }
  });

  test(`${version.name}: a client without a certificate goes on where it may, and ends where it must`, () => {
    checkPair(legacyPair(version, { server: { clientAuth: 'request', verifier } }), version);
    const pair = legacyPair(version, { server: { clientAuth: 'require', verifier } });
    pump(pair);
    assert.is(pair.server.error?.code, 'ERR_CERTIFICATE_REQUIRED');
    assert.is(pair.client.error?.code, 'ERR_ALERT_RECEIVED');
  });

  for (const kind of version === ssl30 ? (['id'] as const) : (['id', 'ticket'] as const)) {
    test(`${version.name}: resumption by ${kind}, not by another version, not by newer ones`, () => {
      const keys = new TicketKeys();
      const store =
        kind === 'ticket'
          ? { tickets: keys }
          : { sessionIds: new ServerSessionCache({ keys, random: defaultProvider().random }) };
      const config = (of: LegacyVersion) =>
        legacyServerConfig({ versions: [of], ciphers, dangerouslySilent, credentials: [rsa], ...store });
      const client = (of: readonly LegacyVersion[]) =>
        legacyClientConfig({ versions: of, ciphers, dangerouslySilent, verifier });
      const server = config(version);
      const first = pairOf(client([version]), server);
      checkPair(first, version);
      const [session] = sessionsOf(first);
      assert.ok(session, 'a session');
      const again = pairOf(client([version]), server, { session });
      checkPair(again, version);
      assert.ok(again.client.info.resumed && again.server.info.resumed);
      for (const other of versions.filter(candidate => candidate !== version)) {
        const crossed = pairOf(client(versions), config(other), { session });
        checkPair(crossed, other);
        assert.not(crossed.client.info.resumed || crossed.server.info.resumed);
      }
      const newer = pairOf(clientConfig({ verifier }), serverConfig({ credentials: [p256], ...store }), { session });
      pump(newer);
      assert.is(newer.client.info.protocolVersion, 'TLSv1.3');
      assert.not(newer.client.info.resumed);
      session.secret.dispose();
    });
  }
}

test('the highest version of both is spoken, in every pair of lists', () => {
  for (const [mine, theirs, common] of [
    [versions, versions, tls11],
    [[tls10, ssl30], versions, tls10],
    [versions, [ssl30], ssl30],
    [versions, [ssl30, tls10], tls10],
  ] as const) {
    const config = { ciphers, dangerouslySilent };
    const pair = pairOf(
      legacyClientConfig({ ...config, verifier, versions: mine }),
      legacyServerConfig({ ...config, credentials: [rsa], versions: theirs }),
    );
    checkPair(pair, common);
  }
});

test('a newer client and a legacy server have nothing in common, nor the other way round (protocol_version)', () => {
  const server = legacyServerConfig({ versions, ciphers, dangerouslySilent, credentials: [rsa] });
  const modern = pairOf(clientConfig({ verifier }), server);
  pump(modern);
  assert.is(modern.server.error?.code, 'ERR_NO_SHARED_VERSION');
  assert.is(modern.client.error?.code, 'ERR_ALERT_RECEIVED');
  const client = legacyClientConfig({ versions, ciphers, dangerouslySilent, verifier });
  const old = pairOf(client, serverConfig({ credentials: [rsa] }));
  pump(old);
  assert.is(old.server.error?.code, 'ERR_NO_SHARED_VERSION');
});

test('TLS_FALLBACK_SCSV: a client that fell back is refused where it need not have (inappropriate_fallback, RFC 7507 §3)', () => {
  const server = legacyServerConfig({ versions, ciphers, dangerouslySilent, credentials: [rsa] });
  const client = (of: LegacyVersion) =>
    legacyClientConfig({ versions: [of], ciphers, dangerouslySilent, verifier, fallback: true });
  const refused = pairOf(client(tls10), server);
  pump(refused);
  assert.is(refused.server.error?.code, 'ERR_INAPPROPRIATE_FALLBACK');
  checkPair(pairOf(client(tls11), server), tls11);
  // A server of newer versions hears of it, too.
  const newer = pairOf(client(tls11), serverConfig({ credentials: [rsa] }));
  pump(newer);
  assert.is(newer.client.state, 'closed');
});

test('the fallback dance: a version at a time, the signaling suite from the second on, and other errors end it', async () => {
  const tried: [string, boolean][] = [];
  const intolerant = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  const result = await dangerouslyFallBack([ssl30, tls11, tls10], async (version, fallback) => {
    tried.push([version.name, fallback]);
    if (version !== ssl30) throw intolerant;
    return 'across';
  });
  assert.is(result, 'across');
  assert.equal(tried, [
    ['TLSv1.1', false],
    ['TLSv1', true],
    ['SSLv3', true],
  ]);
  for (const code of ['ERR_CERT_EXPIRED', 'ENOTFOUND']) {
    let attempts = 0;
    const refused = await dangerouslyFallBack([tls10, ssl30], async () => {
      attempts++;
      throw Object.assign(new Error('no'), { code });
    }).catch(error => error);
    assert.equal([refused.code, attempts], [code, 1]);
  }
});

test("a ClientHello of SSL 2.0's form is answered by a server that asks for it, and by no other (RFC 5246 §E.2)", () => {
  const challenge = new Uint8Array(16).fill(7);
  const specs = [0x01, 0x00, 0x80, 0x00, 0x00, 0x2f];
  const body = Uint8Array.of(1, 3, 0, 0, specs.length, 0, 0, 0, challenge.length, ...specs, ...challenge);
  const hello = Uint8Array.of(0x80, body.length, ...body);
  const common = { versions, ciphers, dangerouslySilent, credentials: [rsa] };
  for (const pieces of [[hello], [...hello].map(byte => Uint8Array.of(byte))]) {
    const server = new Connection(legacyServerConfig({ ...common, sslv2Hello: true }).settings(), {
      handshakeTimeout: 10_000,
    });
    for (const piece of pieces) server.receive(piece);
    assert.is(server.error, null);
    const answer = Buffer.concat(server.takeOutput());
    assert.equal([...answer.subarray(0, 3), answer[5]], [22, 3, 0, 2]);
    assert.is(server.info.cipherSuite?.name, 'TLS_RSA_WITH_AES_128_CBC_SHA');
    server.dispose();
  }
  const refuses = new Connection(legacyServerConfig(common).settings(), { handshakeTimeout: 10_000 });
  refuses.receive(hello);
  assert.ok(refuses.error);
});

test('options of newer versions, misspelt ones and values that make no sense are refused by name', () => {
  const client = { versions, verifier, dangerouslySilent };
  const server = { versions, credentials: [rsa], dangerouslySilent };
  for (const [make, options] of [
    [legacyClientConfig, { ...client, minVersion: 'TLSv1.3' }],
    [legacyClientConfig, { ...client, cipherSuites: ['TLS_RSA_WITH_AES_128_CBC_SHA'] }],
    [legacyClientConfig, { ...client, keyShares: ['x25519'] }],
    [legacyClientConfig, { ...client, recordPadding: 256 }],
    [legacyClientConfig, { ...client, maxFragmentLength: 512 }],
    [legacyClientConfig, { ...client, ticketRequest: { newSessions: 1, resumptions: 1 } }],
    [legacyClientConfig, { ...client, clientHello: clientHelloShape({ grease: true }) }],
    [legacyClientConfig, { ...client, delegatedCredentials: delegatedCredentials() }],
    [legacyClientConfig, { ...client, falback: true }],
    [legacyClientConfig, { ...client, fallback: 'yes' }],
    [legacyClientConfig, { ...client, versions: [] }],
    [legacyClientConfig, { ...client, versions: ['TLSv1'] }],
    [legacyClientConfig, { ...client, versions: null }],
    [legacyClientConfig, { ...client, ciphers: [] }],
    [legacyServerConfig, { ...server, earlyData: {} }],
    [legacyServerConfig, { ...server, recordPadding: 256 }],
    [legacyServerConfig, { ...server, sslv2hello: true }],
    [legacyServerConfig, { ...server, sslv2Hello: 1 }],
  ] as const) {
    assert.throws(
      () => (make as (options: object) => unknown)(options),
      (error: { code: string }) => error.code === 'ERR_INVALID_ARGUMENT',
      JSON.stringify(Object.entries(options).at(-1)),
    );
  }
});

test('a list of ciphers that leaves no suite is refused, a version without one is not spoken', () => {
  const none = { name: 'none', has: () => false };
  const make = (ciphers: readonly LegacyCipher[], of: readonly LegacyVersion[]) =>
    legacyClientConfig({ versions: of, ciphers, dangerouslySilent, verifier });
  assert.throws(() => make([none], versions), /no cipher suite of TLSv1\.1, TLSv1, SSLv3/);
  const ecdhe = { name: 'ECDHE', has: (_: string, suite: string) => suite.startsWith('TLS_ECDHE_RSA_WITH_AES_128') };
  assert.throws(() => make([ecdhe], [ssl30]), /no cipher suite of SSLv3/);
  assert.equal([...make([ecdhe], [ssl30, tls10]).settings({}).versions], [tls10.version]);
});

test('certificate timestamps reach who asks for them, at a server of TLS 1.0 and 1.1, too (RFC 6962 §3.3.1)', () => {
  const signedCertificateTimestamps = [text('timestamp')];
  const own = { ...rsa, signedCertificateTimestamps };
  const suites = ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA'];
  for (const version of [tls10, tls11]) {
    for (const wanted of [true, false]) {
      const seen: unknown[] = [];
      const pair = pairOf(
        clientConfig({
          cipherSuites: suites,
          minVersion: 'TLSv1',
          maxVersion: 'TLSv1.2',
          olderVersions: [tls12Client, ...clientsBeside([version], cryptography)],
          requestCertificateTimestamps: wanted,
          verifier: {
            verify(peer, signal) {
              seen.push(peer.signedCertificateTimestamps);
              return verifier.verify(peer, signal);
            },
          },
        }),
        legacyServerConfig({ versions: [version], dangerouslySilent, credentials: [own] }),
      );
      pump(pair);
      assert.is(pair.client.info.protocolVersion, version.name);
      assert.equal(seen, [wanted ? signedCertificateTimestamps : undefined]);
    }
  }
});

test('keys that sign nothing before TLS 1.2 are refused (unsupported_certificate, RFC 2246 §7.2.2)', () => {
  const { certificateChain } = both('server_ed25519');
  // The chain of one key with the signatures of another: what a client judges first is the kind.
  const pair = legacyPair(tls11, { server: { credentials: [{ ...p256, certificateChain }] } });
  pump(pair);
  assert.is(pair.client.error?.code, 'ERR_UNSUPPORTED_CERTIFICATE');
  assert.is(pair.server.error?.alert, 43);
});

test('without tickets a client resumes by ID (sessionTickets, RFC 5077 §3.1)', () => {
  const keys = new TicketKeys();
  const store = { tickets: keys, sessionIds: new ServerSessionCache({ keys, random: defaultProvider().random }) };
  for (const sessionTickets of [true, false]) {
    const options = { client: { sessionTickets }, server: store };
    const first = legacyPair(tls10, options);
    pump(first);
    const [session] = sessionsOf(first);
    assert.is(session.ticket.length > 0, sessionTickets);
    const again = legacyPair(tls10, { ...options, target: { session } });
    pump(again);
    assert.ok(again.server.info.resumed);
    // A session by ticket is none where none are offered.
    const other = legacyPair(tls10, { ...options, client: { sessionTickets: false }, target: { session } });
    pump(other);
    assert.is(other.server.info.resumed, !sessionTickets);
  }
});

test('what stands behind a ClientHello of SSL 3.0 is passed over, whatever it is (RFC 6101 §5.6.1.2)', () => {
  const suites = [0, 4, 0x00, 0x2f, 0x00, 0xff];
  for (const tail of [
    [],
    [0],
    [0, 0],
    [0, 4, 0, 0, 0, 0],
    [0, 7, 0, 0, 0, 2, 0, 0, 9],
    [0xff, 0xff, 1],
    [0, 5, 0xff, 1, 0, 1, 0],
  ]) {
    const body = Uint8Array.of(3, 0, ...new Uint8Array(32).fill(5), 0, ...suites, 1, 0, ...tail);
    const message = Uint8Array.of(1, 0, body.length >> 8, body.length & 0xff, ...body);
    const config = legacyServerConfig({ versions, ciphers, dangerouslySilent, credentials: [rsa] });
    const server = new Connection(config.settings(), { handshakeTimeout: 10_000 });
    server.receive(Uint8Array.of(22, 3, 0, message.length >> 8, message.length & 0xff, ...message));
    assert.is(server.error, null, `${tail}: ${server.error?.message}`);
    assert.is(server.info.protocolVersion, 'SSLv3');
    server.destroy();
  }
});

test('no export suites, no anonymous ones, no NULL, no single DES', () => {
  for (const name of Object.keys(OlderCipherSuite)) assert.not.match(name, /EXPORT|anon|NULL|_DES_/);
});

test('a warning names the RFC, once for each version', () => {
  const said: string[] = [];
  const options = { versions, verifier, onWarning: (sentence: string) => said.push(sentence) };
  legacyClientConfig(options);
  legacyClientConfig(options);
  assert.is(said.length, 3);
  assert.match(said.join(), /SSLv3.*RFC 7568/);
  assert.match(said.join(), /TLSv1\.1.*RFC 8996/);
});

test.run();
