// Whom a resumed connection trusts: a session stands in for a full handshake only where that would end the same way, for
// both versions and both roles (RFC 9846 §4.2.11, §4.6.1; RFC 5077, RFC 5246 §7.4.1.2).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import { type ServerOptions, serverConfig } from '../../src/connection/config.ts';
import { type PeerVerifier, type PresentedPeer, verifiedChain } from '../../src/crypto/peer_verifier.ts';
import type { Credential, ExternalPsk } from '../../src/handshake/flow/settings.ts';
import { dangerousSerializeSession, parseSession, type Session } from '../../src/handshake/sessions/session.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { type NodeProvider, nodeProvider } from '../support/node_provider.ts';
import { makePair, type Pair, type PairOptions, pump } from '../support/pair.ts';
import { certificateDer, credential, testVerifier } from '../support/pki.ts';

const DAY = 86_400_000;
const START = 1_800_000_000_000;

type Version = 'TLSv1.3' | 'TLSv1.2';

class World {
  now = START;
  readonly clientProvider: NodeProvider = nodeProvider();
  readonly serverProvider: NodeProvider = nodeProvider();
  readonly version: Version;
  readonly tickets: TicketKeys;

  constructor(version: Version) {
    this.version = version;
    const now = () => this.now;
    this.tickets = new TicketKeys({ provider: this.serverProvider, now, lifetime: 604_800, rotation: 86_400 });
  }

  connect(options: PairOptions = {}, session?: Session): Pair {
    const now = () => this.now;
    const pair = makePair({
      clientProvider: this.clientProvider,
      serverProvider: this.serverProvider,
      client: { now, verifier, maxVersion: this.version, ...options.client },
      server: { now, tickets: this.tickets, maxVersion: this.version, ...options.server },
      target: { serverName: 'example.test', session },
    });
    pump(pair);
    return pair;
  }

  /** The session of a first connection. */
  session(options: PairOptions = {}): Session {
    const pair = this.connect(options);
    assert.is(pair.client.error, null, `${pair.client.error?.message}`);
    return sessionOf(pair) as Session;
  }

  /** As a store keeps it. */
  stored(session: Session): Session {
    return parseSession(dangerousSerializeSession(session, this.clientProvider), this.clientProvider);
  }
}

const verifier = testVerifier();

function sessionOf(pair: Pair): Session | null {
  const event = pair.clientEvents.find(candidate => candidate.kind === 'session');
  return event?.kind === 'session' ? event.session : null;
}

/** Established on both sides. @returns true if the session was resumed */
function resumed(pair: Pair): boolean {
  assert.is(pair.client.error, null, `client: ${pair.client.error?.message}`);
  assert.is(pair.server.error, null, `server: ${pair.server.error?.message}`);
  assert.is(pair.client.info.resumed, pair.server.info.resumed);
  return pair.client.info.resumed;
}

/** The same verifier, whose chains end then. */
function ending({ verify }: PeerVerifier, validUntil: number): PeerVerifier {
  return {
    verify: peer => {
      const identity = verify(peer) as Awaited<ReturnType<typeof verify>>;
      return verifiedChain(identity.publicKey, identity.certificates, validUntil);
    },
  };
}

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  test(`${version}: resumptions do not prolong an authentication: seven days in all (§4.6.1)`, () => {
    const here = new World(version);
    let session = here.session();
    for (let day = 0; day < 6; day++) {
      here.now += DAY;
      const pair = here.connect({}, session);
      assert.ok(resumed(pair), `day ${day + 1}`);
      session = sessionOf(pair) as Session;
    }
    here.now = START + 7 * DAY - 1000;
    assert.ok(resumed(here.connect({}, session)), 'a second before the end');
    here.now = START + 7 * DAY;
    assert.not.ok(resumed(here.connect({}, session)), 'a week after the full handshake');
    assert.not.ok(resumed(here.connect({}, { ...session, issuedAt: here.now, lifetime: 604_800 })), 'a new ticket');
  });

  test(`${version}: no session outlives the chain of its server, in memory or stored`, () => {
    const end = START + DAY;
    const options: PairOptions = { client: { verifier: ending(verifier, end) } };
    const here = new World(version);
    const session = here.session(options);
    here.now = end - 2000;
    for (const each of [session, here.stored(session)]) assert.ok(resumed(here.connect(options, each)));
    here.now = end;
    for (const each of [session, here.stored(session)]) assert.not.ok(resumed(here.connect(options, each)));
  });

  test(`${version}: no session outlives the chain of its client`, () => {
    const end = START + DAY;
    const options: PairOptions = {
      client: { credential: credential('client_p256') },
      server: { clientAuth: 'require', verifier: ending(verifier, end) },
    };
    const here = new World(version);
    const session = here.session(options);
    here.now = end - 2000;
    assert.ok(resumed(here.connect(options, session)));
    here.now = end;
    assert.not.ok(resumed(here.connect(options, { ...session, lifetime: 604_800 })));
  });

  test(`${version}: a session that rests on a certificate of ours is offered only where that would be shown again`, () => {
    const here = new World(version);
    const server: PairOptions['server'] = { clientAuth: 'request', verifier };
    const one = credential('client_p256');
    const other = credential('client_rsa');
    const session = here.session({ server, client: { credential: one } });
    for (const each of [session, here.stored(session)]) {
      assert.ok(resumed(here.connect({ server, client: { credential: one } }, each)), 'the same');
      assert.ok(resumed(here.connect({ server, client: { credential: [one] } }, each)), 'the same in a list');
      const rest: [string, PairOptions['client']][] = [
        ['none', {}],
        ['another', { credential: other }],
        ['another before it', { credential: [other, one] }],
        ['a hook', { credential: () => one }],
      ];
      for (const [name, client] of rest) assert.not.ok(resumed(here.connect({ server, client }, each)), name);
    }
    const declined = here.session({ server });
    assert.ok(resumed(here.connect({ server }, declined)));
    assert.not.ok(
      resumed(here.connect({ server, client: { credential: one } }, declined)),
      'a certificate to show now',
    );
    const hook = () => one;
    const chosen = here.session({ server, client: { credential: hook } });
    assert.ok(resumed(here.connect({ server, client: { credential: hook } }, chosen)), 'the same hook');
  });

  test(`${version}: where no certificate of ours was asked for, none decides`, () => {
    const here = new World(version);
    const session = here.session();
    assert.ok(resumed(here.connect({ client: { credential: credential('client_p256') } }, session)));
  });

  test(`${version}: a server takes a session of nobody only while it would ask the same`, () => {
    const here = new World(version);
    const name = certificateDer('ca').subarray(0, 8);
    const asks: PairOptions = { server: { clientAuth: 'request', verifier, certificateAuthorities: [name] } };
    const unasked = here.session();
    assert.not.ok(resumed(here.connect(asks, unasked)), 'it asks now');
    const declined = here.session(asks);
    assert.ok(resumed(here.connect(asks, declined)));
    const other: PairOptions = { server: { clientAuth: 'request', verifier, certificateAuthorities: [] } };
    assert.not.ok(resumed(here.connect(other, declined)), 'it asks for others');
    assert.ok(resumed(here.connect({}, declined)), 'it asks no more');
  });

  test(`${version}: a session is not taken by a server with another certificate`, () => {
    const here = new World(version);
    const session = here.session();
    const other: PairOptions = { server: { credentials: [credential('server_rsa')] } };
    assert.not.ok(resumed(here.connect(other, session)));
    const both: PairOptions = { server: { credentials: [credential('server_rsa'), credential('server_p256')] } };
    assert.ok(resumed(here.connect(both, session)));
  });

  test(`${version}: staple and timestamps are there when a stored session is judged`, () => {
    const here = new World(version);
    const stapled: Credential = {
      ...credential('server_p256'),
      ocspResponse: Uint8Array.of(1, 2, 3),
      signedCertificateTimestamps: [Uint8Array.of(4, 5)],
    };
    const server: PairOptions['server'] = { credentials: [stapled] };
    const session = here.session({ server });
    const seen: PresentedPeer[] = [];
    const pair = here.connect({ server, client: { verifier: testVerifier({ seen }) } }, here.stored(session));
    assert.ok(resumed(pair));
    assert.is(seen.length, 1);
    assert.equal(seen[0].ocspResponse, Uint8Array.of(1, 2, 3));
    assert.equal(seen[0].signedCertificateTimestamps, [Uint8Array.of(4, 5)]);
    assert.equal(pair.client.info.peerOcspResponse, Uint8Array.of(1, 2, 3));
  });

  test(`${version}: a session whose server today's verifier refuses means a full handshake, not an error`, () => {
    const here = new World(version);
    const session = here.stored(here.session());
    let calls = 0;
    const once: PeerVerifier = {
      verify: peer => {
        if (++calls === 1) throw new Error('not this one');
        return verifier.verify(peer);
      },
    };
    assert.not.ok(resumed(here.connect({ client: { verifier: once } }, session)));
    assert.is(calls, 2);
  });

  test(`${version}: a session of another provider means a full handshake`, () => {
    const here = new World(version);
    const session = here.session();
    const pair = makePair({
      serverProvider: here.serverProvider,
      client: { now: () => here.now, maxVersion: version },
      server: { now: () => here.now, tickets: here.tickets },
      target: { serverName: 'example.test', session },
    });
    pump(pair);
    assert.not.ok(resumed(pair));
  });
}

const psk = (provider: NodeProvider, fill: number): ExternalPsk => ({
  identity: new TextEncoder().encode('lamp 7'),
  key: provider.importSecret(new Uint8Array(32).fill(fill)),
  hash: 'sha256',
});

test('a session that an external PSK began is offered and taken only by those who have it', () => {
  const here = new World('TLSv1.3');
  const known = psk(here.serverProvider, 7);
  const server: PairOptions['server'] = { findExternalPsk: () => known };
  const client: PairOptions['client'] = { externalPsk: psk(here.clientProvider, 7) };
  const first = here.connect({ server, client });
  assert.ok(first.client.info.externalPsk);
  const session = sessionOf(first) as Session;
  for (const each of [session, here.stored(session)]) {
    const again = here.connect({ server, client }, each);
    assert.ok(resumed(again));
    assert.ok(again.client.info.externalPsk && again.server.info.externalPsk);
    assert.is(again.client.info.peer, null);
    const verifying = here.connect({ server }, each);
    assert.not.ok(resumed(verifying), 'a client that verifies certificates');
    assert.is(verifying.client.info.peer?.kind, 'verified-chain');
    assert.not.ok(resumed(here.connect({ client, server: {} }, each)), 'a server that has forgotten it');
  }
  const changed = psk(here.serverProvider, 8);
  const pair = here.connect({ client, server: { findExternalPsk: () => changed } }, session);
  assert.is(pair.server.error?.code, 'ERR_BAD_BINDER', 'of the external PSK: the session was not taken');
});

test('the suite follows from the PSK on offer (§4.2.11)', () => {
  const here = new World('TLSv1.3');
  const known = psk(here.serverProvider, 7);
  const suites = ['TLS_AES_256_GCM_SHA384', 'TLS_AES_128_GCM_SHA256'];
  for (const cipherSuites of [suites, [...suites].reverse()]) {
    for (const credentials of [[], [credential('server_p256')]]) {
      const pair = here.connect({
        server: { findExternalPsk: () => known, cipherSuites, credentials },
        client: { externalPsk: psk(here.clientProvider, 7) },
      });
      assert.is(pair.server.error, null, `${pair.server.error?.message}`);
      assert.ok(pair.client.info.externalPsk);
      assert.is(pair.client.info.cipherSuite?.name, 'TLS_AES_128_GCM_SHA256');
    }
  }
  const retried = here.connect({
    server: { findExternalPsk: () => known, cipherSuites: suites, groups: ['secp521r1'] },
    client: { externalPsk: psk(here.clientProvider, 7) },
  });
  assert.ok(retried.client.info.externalPsk && retried.client.info.helloRetried, 'with a HelloRetryRequest, too');
});

test('a server that knows PSKs alone tells a client with others (unknown_psk_identity, §6.2)', () => {
  const here = new World('TLSv1.3');
  const pair = here.connect({
    server: { findExternalPsk: () => null, credentials: [] },
    client: { externalPsk: psk(here.clientProvider, 7) },
  });
  assert.is(pair.server.error?.code, 'ERR_UNKNOWN_PSK_IDENTITY');
  assert.is(pair.client.error?.alert, 115);
});

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  test(`${version}: another config for a name decides about trust, certificates and sessions`, () => {
    const here = new World(version);
    const refusing: PeerVerifier = {
      verify: () => {
        throw new TlsError('ERR_CERT_UNKNOWN_ISSUER', 'not here');
      },
    };
    const other = (options: Partial<ServerOptions>) =>
      serverConfig({
        provider: here.serverProvider,
        credentials: [credential('server_p256')],
        tickets: here.tickets,
        now: () => here.now,
        ...options,
      });
    const own: PairOptions['server'] = { clientAuth: 'request', verifier };
    const client: PairOptions['client'] = { credential: credential('client_p256') };
    const session = here.session({ server: own, client });
    const same = other({ clientAuth: 'request', verifier });
    assert.ok(resumed(here.connect({ client, server: { ...own, selectConfig: () => same } }, session)));
    const strict = other({ clientAuth: 'require', verifier: refusing });
    for (const selectConfig of [() => strict, () => null]) {
      for (const each of [undefined, session]) {
        const pair = here.connect({ client, server: { ...own, selectConfig } }, each);
        const wanted = selectConfig() === null ? undefined : 'ERR_CERT_UNKNOWN_ISSUER';
        assert.is(pair.server.error?.code, wanted);
      }
    }
    const rsa = other({ credentials: [credential('server_rsa')], alpn: ['x'] });
    const seen: (string | null)[] = [];
    const chosen = here.connect({
      client: { alpn: ['x'] },
      server: {
        selectConfig: hello => {
          seen.push(hello.serverName);
          return rsa;
        },
      },
    });
    assert.equal(seen, ['example.test']);
    assert.is(chosen.client.info.alpn, 'x');
    assert.match(`${chosen.client.info.signatureScheme}`, /^rsa_/);
    const failing = here.connect({
      server: {
        selectConfig: () => {
          throw new Error('no such tenant');
        },
      },
    });
    assert.is(failing.server.error?.code, 'ERR_HOOK_FAILED');
  });

  test(`${version}: a config of a name that does not speak the client's version is no common version`, () => {
    const here = new World(version);
    const range = version === 'TLSv1.3' ? ({ maxVersion: 'TLSv1.2' } as const) : ({ minVersion: 'TLSv1.3' } as const);
    const config = serverConfig({ provider: here.serverProvider, credentials: [credential('server_p256')], ...range });
    const pair = here.connect({ client: { minVersion: version }, server: { selectConfig: () => config } });
    assert.is(pair.server.error?.code, 'ERR_NO_SHARED_VERSION');
  });
}

test('ticket keys that were given stay until they are replaced', () => {
  let now = START;
  const provider = nodeProvider();
  const shared = new Uint8Array(48).fill(7);
  const state = Uint8Array.of(1, 2, 3);
  const fleet = [1, 2].map(() => new TicketKeys({ provider, now: () => now }));
  for (const keys of fleet) keys.replace([shared]);
  const early = fleet[0].seal(state) as Uint8Array;
  now += 100 * DAY;
  assert.equal(fleet[1].open(fleet[0].seal(state) as Uint8Array), state);
  assert.equal(fleet[1].open(early), state);
  fleet[1].replace([new Uint8Array(48).fill(8), shared]);
  assert.equal(fleet[1].open(early), state);
  fleet[1].dispose();
  assert.is(fleet[1].open(early), null);
});

test.run();
