// TLS 1.2 handshakes between two connections in memory: suites, certificates, client certificates, resumption.

import { createDiffieHellmanGroup, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PresentedPeer } from '../../src/crypto/peer_verifier.ts';
import type { Credential } from '../../src/handshake/flow/settings.ts';
import type { Session } from '../../src/handshake/sessions/session.ts';
import type { SessionIdStore } from '../../src/handshake/sessions/stores.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { nodeDecrypter } from '../support/node/key_exchange12.ts';
import { type NodeProvider, nodeProvider } from '../support/node_provider.ts';
import { dataOf, drain, kinds, makePair, type Pair, type PairOptions, pump, pumpLater } from '../support/pair.ts';
import { type CredentialName, credential, testVerifier } from '../support/pki.ts';
import { throwsCode } from '../wire/malformed.ts';

const text = (value: string) => new TextEncoder().encode(value);
const tls12 = { maxVersion: 'TLSv1.2' } as const;

function pair12(options: PairOptions): Pair {
  return makePair({ ...options, client: { ...tls12, ...options.client } });
}

function rsaCredential(provider: NodeProvider): Credential {
  const key = createPrivateKey(readFileSync('test/fixtures/server_rsa.key', 'utf8'));
  return credential('server_rsa', { decrypter: nodeDecrypter(provider.ledger, key) });
}

/** Runs the handshake, sends data both ways, closes, and looks for leaks. */
function checkPair(pair: Pair): void {
  pump(pair);
  assert.is(pair.client.error, null, `${pair.client.error?.stack}`);
  assert.is(pair.server.error, null, `${pair.server.error?.stack}`);
  assert.is(pair.client.info.protocolVersion, 'TLSv1.2');
  assert.is(pair.server.info.protocolVersion, 'TLSv1.2');
  const big = new Uint8Array(50_000).map((_, i) => i * 7);
  assert.is(pair.client.write(big), big.length);
  assert.is(pair.server.write(text('world')), 5);
  pump(pair);
  assert.equal(dataOf(pair.serverEvents), big);
  assert.equal(dataOf(pair.clientEvents), text('world'));
  const label = 'EXPORTER-test';
  assert.equal(
    pair.client.exportKeyingMaterial(32, label, text('x')),
    pair.server.exportKeyingMaterial(32, label, text('x')),
  );
}

function closePair(pair: Pair, kept: readonly Session[] = []): void {
  pair.client.close();
  pair.server.close();
  pump(pair);
  assert.is(kinds(pair.clientEvents).at(-1), 'closed');
  assert.is(kinds(pair.serverEvents).at(-1), 'closed');
  const sessions = new Set<unknown>(kept.map(session => session.secret));
  for (const event of pair.clientEvents) {
    if (event.kind === 'session' && !sessions.has(event.session.secret)) event.session.secret.dispose();
  }
  for (const provider of [pair.clientProvider, pair.serverProvider]) {
    assert.equal([...provider.ledger.alive].filter(item => !sessions.has(item)).length, 0);
  }
}

const suites: [string, CredentialName][] = [
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'server_p256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'server_p384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'server_ed25519'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'server_rsa'],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'server_rsa'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'server_rsa'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM', 'server_p256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8', 'server_p256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 'server_p256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384', 'server_p256'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'server_rsa'],
  ['TLS_DHE_RSA_WITH_AES_128_GCM_SHA256', 'server_rsa'],
  ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'server_rsa'],
  ['TLS_RSA_WITH_AES_128_CBC_SHA', 'server_rsa'],
];

for (const [suite, name] of suites) {
  test(`${suite} with ${name} (RFC 5246 §7.3)`, () => {
    const serverProvider = nodeProvider();
    const own = name === 'server_rsa' ? rsaCredential(serverProvider) : credential(name);
    const pair = pair12({
      serverProvider,
      client: { cipherSuites: [suite] },
      server: {
        credentials: [own],
        cipherSuites: [suite],
        groups: suite.includes('_DHE_') ? ['ffdhe2048'] : undefined,
      },
    });
    checkPair(pair);
    assert.is(pair.client.info.cipherSuite?.name, suite);
    assert.is(pair.client.info.peer?.kind, 'verified-chain');
    closePair(pair);
  });
}

for (const group of ['x25519', 'secp256r1', 'secp384r1', 'secp521r1', 'x448']) {
  test(`ECDHE on ${group} (RFC 8422 §5.4)`, () => {
    const pair = pair12({ client: { groups: [group] } });
    checkPair(pair);
    assert.is(pair.server.info.group?.name, group);
    closePair(pair);
  });
}

/** A server that sends a group of 1,024 bits, as those do whose administrators never changed it. */
function pairOf1024(dangerousMinimumDheBits?: number): Pair {
  const provider = nodeProvider();
  const small = { prime: new Uint8Array(createDiffieHellmanGroup('modp2').getPrime()), generator: Uint8Array.of(2) };
  const dhe = { cipherSuites: ['TLS_DHE_RSA_WITH_AES_128_GCM_SHA256'] };
  return pair12({
    serverProvider: {
      ...provider,
      groups: provider.groups.map(group =>
        group.finiteField === undefined ? group : { ...group, finiteField: small },
      ),
      finiteFieldDh: {
        group: (prime, generator) => provider.finiteFieldDh!.group(prime, generator, { dangerousMinimumBits: 1024 }),
      },
    },
    client: { ...dhe, dangerousMinimumDheBits },
    server: { ...dhe, groups: ['ffdhe2048'], credentials: [credential('server_rsa')] },
  });
}

test('a DHE group of 1,024 bits is weak (insufficient_security, RFC 9325 §4.1)', () => {
  for (const minimum of [undefined, 1025, 2048]) {
    const pair = pairOf1024(minimum);
    pump(pair);
    assert.is(pair.client.error?.code, 'ERR_WEAK_KEY');
    assert.is(pair.server.error?.alert, 71);
  }
});

test('dangerousMinimumDheBits takes a DHE group of 1,024 bits', () => {
  const pair = pairOf1024(1024);
  checkPair(pair);
  closePair(pair);
});

test("suites go by IANA's and by OpenSSL's name; a name nobody knows is refused", () => {
  const pair = pair12({ client: { cipherSuites: ['ECDHE-ECDSA-AES256-GCM-SHA384'] } });
  checkPair(pair);
  assert.is(pair.server.info.cipherSuite?.name, 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384');
  closePair(pair);
  throwsCode(() => pair12({ client: { cipherSuites: ['ECDHE-ECDSA-AES512'] } }), 'ERR_UNSUPPORTED_ALGORITHM');
});

test('a TLS 1.3 server and a TLS 1.2 client agree on 1.2; the sentinel is for 1.3 clients (RFC 9846 §4.1.3)', () => {
  const pair = pair12({});
  checkPair(pair);
  closePair(pair);
});

test('a TLS 1.3 client takes a TLS 1.2 server', () => {
  const pair = makePair({ server: tls12 });
  checkPair(pair);
  closePair(pair);
});

test('ALPN, SNI and a staple are agreed on (RFC 7301, RFC 6066)', () => {
  const own = credential('server_p256', { ocspResponse: text('staple'), signedCertificateTimestamps: [text('sct')] });
  const seen: PresentedPeer[] = [];
  const pair = pair12({
    client: { alpn: ['h2', 'http/1.1'], verifier: testVerifier({ seen }) },
    server: { alpn: ['http/1.1'], credentials: [own] },
  });
  checkPair(pair);
  assert.is(pair.client.info.alpn, 'http/1.1');
  assert.is(pair.server.info.alpn, 'http/1.1');
  assert.is(pair.server.info.serverName, 'example.test');
  assert.equal(seen[0].ocspResponse, text('staple'));
  assert.equal(seen[0].signedCertificateTimestamps, [text('sct')]);
  closePair(pair);
});

test('no protocol in common (no_application_protocol, RFC 7301 §3.2)', () => {
  const pair = pair12({ client: { alpn: ['h2'] }, server: { alpn: ['http/1.1'] } });
  pump(pair);
  assert.is(pair.server.error?.code, 'ERR_NO_APPLICATION_PROTOCOL');
  assert.is(pair.client.error?.code, 'ERR_ALERT_RECEIVED');
});

for (const name of ['client_p256', 'client_rsa'] as const) {
  test(`client certificate ${name} (RFC 5246 §7.4.8)`, () => {
    const pair = pair12({
      client: { credential: credential(name) },
      server: { clientAuth: 'require', verifier: testVerifier() },
    });
    checkPair(pair);
    assert.is(pair.server.info.peer?.kind, 'verified-chain');
    closePair(pair);
  });
}

test('a client without a certificate (handshake_failure where it is required, RFC 5246 §7.4.6)', () => {
  const asked = pair12({ server: { clientAuth: 'request', verifier: testVerifier() } });
  checkPair(asked);
  assert.is(asked.server.info.peer, null);
  closePair(asked);
  const required = pair12({ server: { clientAuth: 'require', verifier: testVerifier() } });
  pump(required);
  assert.is(required.server.error?.code, 'ERR_CERTIFICATE_REQUIRED');
  assert.is(required.client.error?.code, 'ERR_ALERT_RECEIVED');
  assert.is((required.client.error as { alert?: number } | null)?.alert, 40);
});

test('signatures and verdicts that come later', async () => {
  const pair = pair12({
    client: { credential: credential('client_p256', { later: true }), verifier: testVerifier({ later: true }) },
    server: {
      credentials: [credential('server_rsa', { later: true })],
      clientAuth: 'require',
      verifier: testVerifier({ later: true }),
    },
  });
  await pumpLater(pair);
  checkPair(pair);
  closePair(pair);
});

function sessionOf(pair: Pair): Session {
  drain(pair.client, pair.clientEvents);
  const event = pair.clientEvents.find(candidate => candidate.kind === 'session');
  assert.ok(event && event.kind === 'session', 'a session');
  return event.session;
}

function resumptionPair(first: Pair, options: PairOptions, session: Session): Pair {
  const { clientProvider, serverProvider } = first;
  return pair12({ ...options, clientProvider, serverProvider, target: { serverName: 'example.test', session } });
}

test('a ticket resumes, also with a client certificate (RFC 5077)', () => {
  const serverProvider = nodeProvider();
  const options: PairOptions = {
    serverProvider,
    client: { credential: credential('client_p256') },
    server: { tickets: new TicketKeys({ provider: serverProvider }), clientAuth: 'require', verifier: testVerifier() },
  };
  const first = pair12(options);
  checkPair(first);
  const session = sessionOf(first);
  assert.ok(session.ticket.length > 0);
  const second = resumptionPair(first, options, session);
  checkPair(second);
  assert.ok(second.client.info.resumed);
  assert.ok(second.server.info.resumed);
  assert.is(second.server.info.peer?.kind, 'verified-chain');
  assert.is(second.client.info.peer?.kind, 'verified-chain');
  session.secret.dispose();
});

function memoryStore(): SessionIdStore & { readonly states: Map<string, Uint8Array> } {
  const states = new Map<string, Uint8Array>();
  const name = (id: Uint8Array) => Buffer.from(id).toString('hex');
  return {
    states,
    lifetime: 300,
    store: (id, state) => void states.set(name(id), state.slice()),
    load: id => states.get(name(id))?.slice() ?? null,
  };
}

test('a session ID resumes, an unknown one does not (RFC 5246 §7.4.1.2)', () => {
  const sessionIds = memoryStore();
  const options: PairOptions = { server: { sessionIds } };
  const first = pair12(options);
  checkPair(first);
  const session = sessionOf(first);
  assert.is(session.sessionId.length, 32);
  const second = resumptionPair(first, options, session);
  checkPair(second);
  assert.ok(second.client.info.resumed && second.server.info.resumed);
  sessionIds.states.clear();
  const third = resumptionPair(first, options, session);
  checkPair(third);
  assert.not.ok(third.client.info.resumed);
});

test('a session of another name is not resumed (RFC 6066 §3)', () => {
  const serverProvider = nodeProvider();
  const options: PairOptions = { serverProvider, server: { tickets: new TicketKeys({ provider: serverProvider }) } };
  const first = pair12(options);
  checkPair(first);
  const session = { ...sessionOf(first), serverName: 'localhost' };
  const second = pair12({
    ...options,
    clientProvider: first.clientProvider,
    target: { serverName: 'localhost', session },
  });
  pump(second);
  assert.is(second.server.error?.code ?? null, null);
  assert.not.ok(second.client.info.resumed);
});

test('messages in pieces of one byte', () => {
  const pair = pair12({
    client: { credential: credential('client_p256') },
    server: { clientAuth: 'require', verifier: testVerifier() },
  });
  for (let silent = 0; silent < 2; ) {
    let moved = 0;
    for (const [from, to] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
    ]) {
      for (const chunk of from.takeOutput()) {
        for (const byte of chunk) to.receive(Uint8Array.of(byte));
        moved += chunk.length;
      }
    }
    silent = moved === 0 ? silent + 1 : 0;
  }
  checkPair(pair);
  closePair(pair);
});

test('record_size_limit holds in both directions (RFC 8449)', () => {
  const pair = pair12({ client: { recordSizeLimit: 512 }, server: { recordSizeLimit: 1024 } });
  pump(pair);
  pair.client.write(new Uint8Array(3000));
  const sent = pair.client.takeOutput();
  assert.is(Buffer.concat(sent).readUInt16BE(3), 1024 + 24);
  for (const chunk of sent) pair.server.receive(chunk);
  pair.server.write(new Uint8Array(3000));
  const back = pair.server.takeOutput();
  assert.is(Buffer.concat(back).readUInt16BE(3), 512 + 24);
  for (const chunk of back) pair.client.receive(chunk);
  drain(pair.client, pair.clientEvents);
  drain(pair.server, pair.serverEvents);
  assert.is(dataOf(pair.clientEvents).length, 3000);
  assert.is(dataOf(pair.serverEvents).length, 3000);
});

test('destroyed at any step, nothing stays (every byte of the flights)', () => {
  const whole = pair12({});
  const flights: Uint8Array[] = [];
  for (let i = 0; i < 4; i++) {
    for (const [from, to] of [
      [whole.client, whole.server],
      [whole.server, whole.client],
    ]) {
      for (const chunk of from.takeOutput()) {
        flights.push(chunk);
        to.receive(chunk);
      }
    }
  }
  for (let cut = 0; cut < flights.length; cut++) {
    const pair = pair12({});
    for (let i = 0; i < cut; i++) {
      for (const [from, to] of [
        [pair.client, pair.server],
        [pair.server, pair.client],
      ]) {
        const chunk = from.takeOutput()[0];
        if (chunk) to.receive(chunk);
      }
    }
    pair.client.destroy();
    pair.server.destroy();
    for (const event of [pair.client.nextEvent(), pair.client.nextEvent()]) {
      if (event?.kind === 'session') event.session.secret.dispose();
    }
    assert.is(pair.clientProvider.ledger.alive.size, 0);
    assert.is(pair.serverProvider.ledger.alive.size, 0);
  }
});

test.run();
