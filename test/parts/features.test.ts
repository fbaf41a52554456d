// What a client names of features, and what it is without: for each, what goes over the wire, what a server's messages lead to,
// and what the options say that need it.

import { X509Certificate } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bareClientConfig } from '../../src/connection/config.ts';
import * as castls from '../../src/index.ts';
import * as parts from '../../src/parts.ts';
import { ca, keyPair } from '../support/node_tls.ts';
import { drain, move } from '../support/pair.ts';

const { clientCertificates, compressedCertificates, earlyData, exporters, resumption } = parts;
const provider = parts.wasmProvider({
  groups: [parts.x25519],
  signatureVerifiers: [parts.ecdsaP256Verifier],
  privateKeyImporters: [parts.p256Keys],
});
const verifier = parts.peerVerifier({ provider, ca, features: [parts.pem] });
const credentials = [castls.credential(keyPair('server_p256'))];
const ofClient = castls.credential(keyPair('server_p256'));

interface Pair {
  readonly client: parts.Connection;
  readonly server: parts.Connection;
  readonly events: parts.ConnectionEvent[];
  /** Moves bytes until both are silent. */
  settle(): void;
}

function pair(
  options: Partial<parts.ClientOptions>,
  serverOptions: Partial<castls.ServerOptions> = {},
  target: parts.ClientTarget = {},
): Pair {
  const config = parts.clientConfig({ provider, verifier, ...options });
  const own = castls.serverConfig({ credentials, ...serverOptions });
  const client = new parts.Connection(config.settings({ serverName: 'localhost', ...target }), config);
  const server = new parts.Connection(own.settings(), own);
  const events: parts.ConnectionEvent[] = [];
  const settle = () => {
    while (move(client, server) + move(server, client) > 0) {
      drain(client, events);
      drain(server, []);
    }
  };
  settle();
  return { client, server, events, settle };
}

function done({ client, server }: Pair): void {
  for (const each of [client, server]) each.dispose();
}

const invalid = (name: string, feature: string) => (error: { code: string; message: string }) =>
  error.code === 'ERR_INVALID_ARGUMENT' && error.message.includes(`${name} needs a feature of the config: ${feature}`);

const psk = { identity: Uint8Array.of(1), key: provider.importSecret(new Uint8Array(32)), hash: 'sha256' } as const;
const needs: [string, string, Partial<parts.ClientOptions>][] = [
  ['credential', 'clientCertificates', { credential: ofClient }],
  ['certificateTypes', 'clientCertificates', { certificateTypes: ['X509'] }],
  ['postHandshakeAuth', 'clientCertificates', { postHandshakeAuth: true }],
  ['externalPsk', 'resumption', { externalPsk: psk }],
  ['ticketRequest', 'resumption', { ticketRequest: { newSessions: 1, resumptions: 1 } }],
  [
    'certificateCompression',
    'compressedCertificates',
    { certificateCompression: [{ id: 1, decompress: body => body }] },
  ],
];
for (const [name, feature, options] of needs) {
  test(`${name} without ${feature} is refused (ERR_INVALID_ARGUMENT), with it taken`, () => {
    assert.throws(() => parts.clientConfig({ provider, verifier, ...options }), invalid(name, feature));
    const features = [clientCertificates, compressedCertificates, resumption];
    assert.ok(parts.clientConfig({ provider, verifier, ...options, features }));
  });
}

test('session and earlyData of a target need their features', () => {
  const config = parts.clientConfig({ provider, verifier });
  assert.throws(() => config.settings({ earlyData: true }), invalid('earlyData', 'earlyData'));
  const first = pair({ features: [resumption] }, { tickets: new castls.TicketKeys() });
  const session = first.events.flatMap(event => (event.kind === 'session' ? [event.session] : []))[0];
  assert.throws(() => config.settings({ session }), invalid('session', 'resumption'));
  done(first);
});

test('without resumption no tickets are asked for, and none is given (RFC 9846 §4.2.9)', () => {
  const tickets = new castls.TicketKeys();
  const without = pair({}, { tickets });
  assert.is(without.client.state, 'established');
  assert.not(without.events.some(({ kind }) => kind === 'session'));
  const beside = pair({ features: [resumption] }, { tickets });
  assert.ok(beside.events.some(({ kind }) => kind === 'session'));
  for (const each of [without, beside]) done(each);
  tickets.dispose();
});

test('without clientCertificates a CertificateRequest is answered by an empty Certificate (RFC 9846 §4.4.2)', () => {
  const asked = { verifier: castls.peerVerifier({ ca }), clientAuth: 'request' } as const;
  const optional = pair({}, asked);
  assert.equal([optional.client.state, optional.server.state], ['established', 'established']);
  assert.is(optional.server.info.peer, null);
  const required = pair({}, { ...asked, clientAuth: 'require' });
  assert.is(required.server.error?.code, 'ERR_CERTIFICATE_REQUIRED');
  assert.is(required.client.error?.alert, 116);
  for (const each of [optional, required]) done(each);
});

test('with clientCertificates a certificate is shown', () => {
  const verifier = castls.peerVerifier({ ca, dangerousAnyServerName: true });
  const shown = pair(
    { credential: ofClient, features: [clientCertificates] },
    { verifier, clientAuth: 'request', dangerouslyContinueUnverified: true },
  );
  assert.equal([shown.client.error, shown.server.error], [null, null]);
  assert.is(shown.server.info.peerCertificates.length, 1);
  done(shown);
});

test('without clientCertificates authentication after the handshake is not offered (RFC 9846 §4.2.6)', () => {
  const { client, server } = pair({}, { verifier: castls.peerVerifier({ ca }), clientAuth: 'none' });
  assert.throws(
    () => server.requestClientCertificate(),
    (error: { code: string }) => error.code === 'ERR_INVALID_STATE',
  );
  for (const each of [client, server]) each.dispose();
});

test('without exporters nothing is exported (ERR_INVALID_STATE), with them the same as at the server', () => {
  const without = pair({});
  const state = (error: { code: string }) => error.code === 'ERR_INVALID_STATE';
  assert.throws(() => without.client.exportKeyingMaterial(32, 'EXPORTER-test'), state);
  assert.throws(() => without.client.channelBinding('tls-exporter'), state);
  const beside = pair({ features: [exporters] });
  assert.equal(beside.client.channelBinding('tls-exporter'), beside.server.channelBinding('tls-exporter'));
  for (const each of [without, beside]) done(each);
});

test('KeyUpdate in both directions needs no feature (RFC 9846 §4.6.3)', () => {
  const both = pair({});
  both.server.updateKeys(true);
  both.settle();
  both.client.updateKeys(true);
  both.settle();
  const bytes = new TextEncoder().encode('after');
  assert.is(both.server.write(bytes), bytes.length);
  both.settle();
  assert.equal([both.client.error, both.server.error], [null, null]);
  assert.ok(both.events.some(event => event.kind === 'data' && event.data.length === bytes.length));
  done(both);
});

test('early data goes where both of its features are', () => {
  const tickets = new castls.TicketKeys();
  const register = new castls.MemorySingleUseRegister();
  const features = [resumption, earlyData];
  const first = pair({ features }, { tickets, earlyData: { register } });
  const session = first.events.flatMap(event => (event.kind === 'session' ? [event.session] : []))[0];
  const second = pair({ features }, { tickets, earlyData: { register } }, { session, earlyData: true });
  assert.ok(second.client.info.resumed);
  assert.is(second.client.info.earlyData, 'accepted');
  for (const each of [first, second]) done(each);
  tickets.dispose();
});

test('clientConfig of castls has all features, unless it says which', () => {
  const all = castls.clientConfig({ verifier: castls.peerVerifier({ ca }) }).settings({}).features;
  assert.equal(Object.keys(all).sort(), [
    'clientCertificates',
    'compressedCertificates',
    'earlyData',
    'exporters',
    'resumption',
  ]);
  assert.equal(Object.keys(bareClientConfig({ provider, verifier, features: [exporters] }).settings({}).features), [
    'exporters',
  ]);
});

test('PEM needs its feature: certificates to trust, pinned keys', () => {
  const refused = (error: { code: string; message: string }) =>
    error.code === 'ERR_INVALID_ARGUMENT' && error.message.includes('PEM needs a feature of the verifier: pem');
  for (const given of [ca, [ca], new TextEncoder().encode(ca)])
    assert.throws(() => parts.peerVerifier({ provider, ca: given }), refused);
  const certificate = new X509Certificate(ca);
  const der = new Uint8Array(certificate.raw);
  for (const given of [der, [der]]) done(pair({ verifier: parts.peerVerifier({ provider, ca: given }) }));
  const key = certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  assert.throws(() => parts.pinnedKeyVerifier({ provider, keys: [key] }), refused);
  assert.ok(parts.pinnedKeyVerifier({ provider, keys: [key], features: [parts.pem] }));
  const spki = new Uint8Array(certificate.publicKey.export({ type: 'spki', format: 'der' }));
  assert.ok(parts.pinnedKeyVerifier({ provider, keys: [spki] }));
});

test('policies need certificatePolicies', () => {
  const policies = { requireExplicitPolicy: true };
  const options = { provider, ca: new Uint8Array(new X509Certificate(ca).raw), policies };
  assert.throws(() => parts.peerVerifier(options), /policies needs a feature of the verifier: certificatePolicies/);
  assert.ok(parts.peerVerifier({ ...options, features: [parts.certificatePolicies] }));
});

test.run();
