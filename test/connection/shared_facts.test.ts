// Connections share what they hold of their peers. Every way on which such bytes leave to a caller is in the table below: who
// overwrites what comes out changes nothing for another connection, for one to come, nor what the connection says next time.

import { createHash, createPublicKey } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withBytes } from '../../src/base/bytes.ts';
import { shareFacts } from '../../src/handshake/sessions/shared_facts.ts';
import * as castls from '../../src/index.ts';
import { aesCbc, legacyClientConfig, legacyServerConfig, tls10 } from '../../src/legacy.ts';
import * as parts from '../../src/parts.ts';
import { ca, keyPair } from '../support/node_tls.ts';
import { type Pair, pump } from '../support/pair.ts';

const filled = (length: number, value: number) => new Uint8Array(length).fill(value);
const stapled = {
  ocspResponse: Uint8Array.of(0x30, 3, 10, 1, 0),
  signedCertificateTimestamps: [filled(50, 1), filled(60, 2)],
};
const chains = {
  client: castls.credential(keyPair('client_rsa')),
  server: { ...castls.credential(keyPair('server_rsa')), ...stapled },
};
const spkiOf = (name: string) =>
  new Uint8Array(createPublicKey(keyPair(name).key).export({ type: 'spki', format: 'der' }));
const rawOf = (name: string) => castls.rawPublicKey({ publicKey: spkiOf(name), key: keyPair(name).key });
const rawKeys = { client: rawOf('client_p256'), server: rawOf('server_rsa') };
const trusting = castls.peerVerifier({ ca });
const pinning = (...names: string[]) => castls.pinnedKeyVerifier({ keys: names.map(spkiOf) });

interface Verifiers {
  readonly client: castls.PeerVerifier;
  readonly server: castls.PeerVerifier;
}

interface Kind {
  readonly verifier: castls.PeerVerifier;
  /** Made once: connections of a kind share their configs. */
  readonly configs: (verifiers: Verifiers) => [castls.ClientConfig, castls.ServerConfig];
  readonly resumed?: boolean;
  /** Its identities share nothing, and hand out what they have. */
  readonly alone?: boolean;
}

function newer(version: 'TLSv1.3' | 'TLSv1.2', { client, server } = chains, more = {}): Kind['configs'] {
  const common = { minVersion: version, maxVersion: version, ...more } as const;
  return verifiers => [
    castls.clientConfig({ ...common, verifier: verifiers.client, credential: client }),
    castls.serverConfig({
      ...common,
      verifier: verifiers.server,
      clientAuth: 'require',
      credentials: [server],
      tickets: new castls.TicketKeys(),
    }),
  ];
}

const older: Kind['configs'] = verifiers => {
  const common = { versions: [tls10], ciphers: [aesCbc], dangerouslySilent: true };
  return [
    legacyClientConfig({ ...common, verifier: verifiers.client, credential: chains.client }),
    legacyServerConfig({
      ...common,
      verifier: verifiers.server,
      clientAuth: 'require',
      credentials: [chains.server],
      tickets: new castls.TicketKeys(),
    }),
  ];
};

const wrongKey = pinning('server_ed25519');
const kinds: Record<string, Kind> = {
  'TLS 1.3': { verifier: trusting, configs: newer('TLSv1.3') },
  'TLS 1.2': { verifier: trusting, configs: newer('TLSv1.2') },
  'TLS 1.0': { verifier: trusting, configs: older },
  'TLS 1.3, resumed': { verifier: trusting, configs: newer('TLSv1.3'), resumed: true },
  'TLS 1.2, resumed': { verifier: trusting, configs: newer('TLSv1.2'), resumed: true },
  'TLS 1.3, pinned keys': { verifier: pinning('client_rsa', 'server_rsa'), configs: newer('TLSv1.3') },
  'TLS 1.3, raw keys': {
    verifier: pinning('client_p256', 'server_rsa'),
    configs: newer('TLSv1.3', rawKeys as typeof chains, { peerCertificateTypes: ['RawPublicKey'] }),
  },
  'TLS 1.3, of castls/parts': {
    verifier: parts.peerVerifier({ provider: castls.defaultProvider(), ca, features: [parts.pem] }),
    configs: newer('TLSv1.3'),
    alone: true,
  },
  'TLS 1.3, unverified': {
    verifier: wrongKey,
    configs: newer('TLSv1.3', chains, { dangerouslyContinueUnverified: true }),
    alone: true,
  },
};

interface Met extends Pair {
  /** What the verifiers of both ends were told, and said. */
  readonly told: castls.PresentedPeer[];
  readonly said: castls.PeerIdentity[];
}

/** Connects ends that share their configs with all that it connected before. */
function meeting({ verifier, configs, resumed }: Kind): () => Met {
  let met: Met;
  const heard: castls.PeerVerifier = {
    verify(peer) {
      met.told.push(peer);
      const { ocspResponse, signedCertificateTimestamps, ...others } = peer;
      const identity = verifier.verify(others) as castls.PeerIdentity;
      met.said.push(identity);
      return identity;
    },
  };
  const [clientConfig, serverConfig] = configs({ client: heard, server: heard });
  const meet = (session?: castls.Session) => {
    met = { told: [], said: [], clientEvents: [], serverEvents: [] } as unknown as Met;
    const client = new castls.Connection(clientConfig.settings({ serverName: 'example.test', session }), clientConfig);
    const server = new castls.Connection(serverConfig.settings(), serverConfig);
    Object.assign(met, { client, server });
    pump(met);
    assert.is(client.error, null, client.error?.stack);
    assert.is(server.error, null, server.error?.stack);
    assert.is(server.info.resumed, session !== undefined);
    return met;
  };
  return () => meet(resumed ? sessionsOf(meet())[0] : undefined);
}

const sessionsOf = ({ clientEvents }: Pair): castls.Session[] =>
  clientEvents.flatMap(event => (event.kind === 'session' ? [event.session] : []));

/** All byte strings in a value. */
function bytesIn(value: unknown): Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  const found: Uint8Array[] = [];
  if (typeof value === 'object' && value !== null) {
    withBytes(value, bytes => {
      found.push(bytes);
      return bytes;
    });
  }
  return found;
}

const infoOf = ({ client, server }: Met) => [client.info, server.info];
const peersOf = (met: Met) => infoOf(met).map(({ peer }) => peer);

/** What a caller can get hold of. `kept`: it is his, and may well differ from what came out another time. */
const exits: Record<string, { readonly all: (met: Met) => unknown; readonly kept?: boolean }> = {
  'info.peerCertificates': { all: met => infoOf(met).map(info => info.peerCertificates) },
  'info.peerRawPublicKey': { all: met => infoOf(met).map(info => info.peerRawPublicKey) },
  'info.peerOcspResponse': { all: met => infoOf(met).map(info => info.peerOcspResponse) },
  'info.localCertificate': { all: met => infoOf(met).map(info => info.localCertificate) },
  'info.localRawPublicKey': { all: met => infoOf(met).map(info => info.localRawPublicKey) },
  'info.localFinished': { all: met => infoOf(met).map(info => info.localFinished) },
  'info.peerFinished': { all: met => infoOf(met).map(info => info.peerFinished) },
  'info.peer.certificates': { all: met => peersOf(met).map(peer => peer?.certificates) },
  'info.peer.publicKey': { all: met => peersOf(met).map(peer => peer?.publicKey) },
  'info.peer, spread': { all: met => peersOf(met).map(peer => ({ ...peer, failure: undefined })) },
  'what a verifier is told': { all: met => met.told.map(({ work, pace, ...peer }) => peer), kept: true },
  'what a verifier says': { all: met => met.said.map(({ certificates, publicKey }) => [certificates, publicKey]) },
  'session.peerCertificates': { all: met => sessionsOf(met).map(session => session.peerCertificates), kept: true },
  'session.peerOcspResponse': { all: met => sessionsOf(met).map(session => session.peerOcspResponse), kept: true },
  'session.peerTimestamps': { all: met => sessionsOf(met).map(session => session.peerTimestamps), kept: true },
  'session.peer': {
    all: met => sessionsOf(met).map(({ peer }) => [peer?.certificates, peer?.publicKey]),
  },
};

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** Digests of what comes out of all exits; of one connection all that it says itself. */
function said(met: Met, own = false): Record<string, string[]> {
  const shown = Object.entries(exits).filter(([, { kept }]) => !own || !kept);
  return Object.fromEntries(shown.map(([name, { all }]) => [name, bytesIn(all(met)).map(digest)]));
}

/** What no other connection has. */
const ofItsOwn = ['info.localFinished', 'info.peerFinished'];

for (const [name, kind] of Object.entries(kinds)) {
  test(`${name}: who overwrites what comes out changes nothing but that`, () => {
    const meet = meeting(kind);
    const [one, other] = [meet(), meet()];
    const [before, after] = [said(one, true), said(other)];
    assert.ok(before['info.peer.publicKey'].length >= 2);
    for (const [exit, { all }] of Object.entries(exits)) {
      for (const bytes of bytesIn(all(one))) bytes.fill(0xaa);
      assert.equal(said(other), after, `${exit}: another connection`);
      if (!kind.alone) assert.equal(said(one, true), before, `${exit}: the same connection`);
    }
    const next = said(meet());
    for (const own of ofItsOwn) delete next[own];
    for (const own of ofItsOwn) delete after[own];
    assert.equal(next, after, 'a connection to come');
  });
}

test('the table leaves out nothing that has bytes', () => {
  const seen = new Set<string>();
  for (const kind of Object.values(kinds)) {
    for (const [exit, found] of Object.entries(said(meeting(kind)()))) if (found.length > 0) seen.add(exit);
  }
  assert.equal([...seen].sort(), Object.keys(exits).sort());
  const { client } = meeting(kinds['TLS 1.3'])();
  const getters = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(client.info));
  for (const [name, { get }] of Object.entries(getters)) {
    const value = get?.call(client.info);
    if (name !== 'peer' && bytesIn(value).length > 0) assert.ok(`info.${name}` in exits, name);
  }
});

test('facts with the same bytes hold the same arrays, and those of two connections in which nobody had a part', () => {
  const facts = () => ({
    peerCertificates: [filled(700, 3), filled(600, 4)],
    peerOcspResponse: filled(500, 5),
    peerTimestamps: [filled(100, 6)],
  });
  const [one, other] = [facts(), facts()];
  const { peerCertificates: before } = one;
  shareFacts(one);
  shareFacts(other);
  for (const i of [0, 1]) assert.is(one.peerCertificates[i], other.peerCertificates[i]);
  assert.is.not(one.peerCertificates[0], before[0]);
  assert.is(one.peerOcspResponse, other.peerOcspResponse);
  assert.is(one.peerTimestamps[0], other.peerTimestamps[0]);
  assert.equal(one, facts());
});

test('an identity has its properties, whoever shows, spreads or freezes it', () => {
  const { client } = meeting(kinds['TLS 1.3'])();
  const peer = client.info.peer as castls.PeerIdentity;
  assert.equal(Object.keys(peer).sort(), ['certificates', 'kind', 'publicKey', 'validUntil']);
  assert.ok(Object.isFrozen(peer));
  assert.is.not(peer.certificates, peer.certificates);
  assert.equal(peer.certificates, { ...peer }.certificates);
  assert.is(peer.publicKey.type, 'rsa');
  assert.is(client.info.peer, peer);
});

test.run();
