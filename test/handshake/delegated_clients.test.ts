// Delegated credentials of clients (RFC 9345 §4.1.2): a server asks for them, a client proves itself by one; what is refused
// with which alert, and what either side gets that did not ask for any.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/index.ts';
import { ExtensionType } from '../../src/registry/extension_types.ts';
import { HandshakeType } from '../../src/registry/handshake_types.ts';
import { SignatureScheme } from '../../src/registry/signature_schemes.ts';
import { encodeCertificate13, parseCertificate13 } from '../../src/wire/certificate.ts';
import * as x509 from '../../src/x509.ts';
import { credential as testCredential, testVerifier } from '../support/pki.ts';
import { plainHandshake } from '../support/plain_pair.ts';

const DAY = 86_400_000;
const now = Date.parse('2026-06-01T00:00:00Z');

const authorityKey = await x509.generatePrivateKey({ type: 'ec', curve: 'P-256' });
const times = { notBefore: now - DAY, notAfter: now + 30 * DAY };
const authority = await x509.issueSelfSigned(
  { profile: 'ca', subject: 'CN=test authority', ...times },
  { key: authorityKey },
);
const ownKey = await x509.generatePrivateKey({ type: 'ec', curve: 'P-256' });
const issue = (content: object) =>
  x509.issueCertificate(
    { subject: 'CN=localhost', publicKey: ownKey.publicKey, ...times, ...content } as x509.CertificateContent,
    { certificate: authority, key: authorityKey },
  );
const serverCertificate = await issue({ profile: 'server', altNames: ['localhost'], delegationUsage: true });
const clientCertificate = await issue({ profile: 'client', delegationUsage: true });
const delegatedKey = await x509.generatePrivateKey({ type: 'ed25519' });
const delegate = (role: 'client' | 'server', certificate: x509.Certificate, until = now + DAY) =>
  x509.issueDelegatedCredential(
    { publicKey: delegatedKey.publicKey, notAfter: until, role, now },
    { certificate, signer: x509.signerOf(ownKey) },
  );
const ofClient = await delegate('client', clientCertificate);

const keyOf = (key: x509.PrivateKey) => ({ schemes: x509.signerOf(key).schemes, sign: x509.signerOf(key).sign });
const clientDelegation = (encoded = ofClient) =>
  castls.delegatedCredential({ cert: clientCertificate.der, delegated: encoded, key: keyOf(delegatedKey) });
const ordinary = castls.credential({ cert: clientCertificate.der, key: keyOf(ownKey) });
const verifier = castls.peerVerifier({ ca: authority.der });
const taking = castls.delegatedCredentials();

interface Ends {
  readonly client?: Partial<castls.ClientOptions>;
  readonly server?: Partial<castls.ServerOptions>;
  readonly session?: castls.Session;
  readonly after?: (client: castls.Connection, server: castls.Connection) => void;
}

async function meet({ client: clientOptions, server: serverOptions, session, after }: Ends) {
  const clock = { now: () => now };
  const clientConfig = castls.clientConfig({
    verifier,
    credential: [clientDelegation(), ordinary],
    ...clock,
    ...clientOptions,
  });
  const serverConfig = castls.serverConfig({
    credentials: [castls.credential({ cert: serverCertificate.der, key: keyOf(ownKey) })],
    clientAuth: 'require',
    verifier,
    delegatedCredentials: taking,
    ...clock,
    ...serverOptions,
  });
  const client = new castls.Connection(clientConfig.settings({ serverName: 'localhost', session }), clientConfig);
  const server = new castls.Connection(serverConfig.settings(), serverConfig);
  const sessions: castls.Session[] = [];
  for (let round = 0; round < 24; round++) {
    const [from, to] = round % 2 === 0 ? [client, server] : [server, client];
    for (const record of from.takeOutput()) to.receive(record);
    await new Promise(done => setImmediate(done));
    for (let next = to.nextEvent(); next !== null; next = to.nextEvent()) {
      if (next.kind === 'session') sessions.push(next.session);
    }
    if (round === 11) after?.(client, server);
  }
  return { client, server, sessions, codes: [client, server].map(({ error }) => (error as castls.TlsError)?.code) };
}

test('a client proves itself by a delegated key, to a server that takes such keys (§4.1.2)', async () => {
  const { client, server, codes } = await meet({});
  assert.equal(codes, [undefined, undefined]);
  assert.equal([server.info.delegatedCredential, server.info.clientSignatureScheme], [true, 'ed25519']);
  assert.equal(server.info.peerCertificates[0], clientCertificate.der);
  assert.is(server.info.peer?.kind, 'verified-chain');
  assert.equal([client.info.delegatedCredential, client.info.clientSignatureScheme], [false, 'ed25519']);
});

test('to all others it shows its own key: no support, other schemes, TLS 1.2, an ended credential', async () => {
  const p256 = [SignatureScheme.ecdsa_secp256r1_sha256];
  const others: Ends[] = [
    { server: { delegatedCredentials: undefined } },
    { server: { delegatedCredentials: castls.delegatedCredentials({ schemes: p256 }) } },
    { client: { maxVersion: 'TLSv1.2' } },
    { client: { now: () => now + 2 * DAY } },
  ];
  for (const [index, ends] of others.entries()) {
    const { server, codes } = await meet(ends);
    assert.equal([...codes, server.info.delegatedCredential], [undefined, undefined, false], `${index}`);
    assert.is(server.info.clientSignatureScheme, 'ecdsa_secp256r1_sha256');
  }
});

test('alone it proves nothing to others: an empty Certificate (certificate_required)', async () => {
  const client = { credential: clientDelegation() };
  const ended = { credential: clientDelegation(), now: () => now + 2 * DAY };
  for (const ends of [{ client, server: { delegatedCredentials: undefined } }, { client: ended }]) {
    assert.is((await meet(ends)).codes[1], 'ERR_CERTIFICATE_REQUIRED');
  }
});

test('after the handshake, too (RFC 9846 §4.6.2)', async () => {
  const { server, codes } = await meet({
    client: { postHandshakeAuth: true },
    server: { clientAuth: 'none' },
    after: (_, asks) => asks.requestClientCertificate({ require: true }),
  });
  assert.equal(codes, [undefined, undefined]);
  assert.equal([server.info.delegatedCredential, server.info.clientSignatureScheme], [true, 'ed25519']);
});

test('a session that began with one ends with it', async () => {
  const tickets = new castls.TicketKeys({ now: () => now });
  const server = { tickets };
  const { sessions } = await meet({ server });
  const resumed = await meet({ server, session: sessions[0] });
  assert.is(resumed.server.info.resumed, true);
  const clock = { now: () => now + DAY + 1000 };
  const later = await meet({ client: clock, server: { ...server, ...clock }, session: sessions[0] });
  assert.equal([...later.codes, later.server.info.resumed], [undefined, undefined, false]);
  tickets.dispose();
});

/** What the client shows whatever it is asked for. */
function shown(encoded: Uint8Array, change: Partial<castls.Credential> = {}): Partial<castls.ClientOptions> {
  const scheme = (encoded[4] << 8) | encoded[5];
  const algorithm = SignatureScheme.ecdsa_secp256r1_sha256;
  const delegated = { encoded, scheme, algorithm, until: now + DAY };
  return { credential: () => ({ ...ordinary, signer: keyOf(delegatedKey), delegated, ...change }) };
}

test('a server refuses what was delegated to a server, and what was changed (illegal_parameter, §4.1.3)', async () => {
  const changed = ofClient.slice();
  changed[3] ^= 1;
  for (const encoded of [await delegate('server', clientCertificate), changed]) {
    const { codes, server } = await meet({ client: shown(encoded) });
    assert.equal(codes, ['ERR_ALERT_RECEIVED', 'ERR_ILLEGAL_PARAMETER'], server.error?.message);
  }
});

test('a server refuses one that has ended by its clock (illegal_parameter, §4.1.3)', async () => {
  const { codes } = await meet({ client: shown(ofClient), server: { now: () => now + 2 * DAY } });
  assert.equal(codes, ['ERR_ALERT_RECEIVED', 'ERR_ILLEGAL_PARAMETER']);
});

test('a server refuses one that cannot be read (decode_error)', async () => {
  const short = ofClient.subarray(0, ofClient.length - 1);
  assert.equal((await meet({ client: shown(short) })).codes, ['ERR_ALERT_RECEIVED', 'ERR_DECODE_ERROR']);
});

test('one that was not asked for is an unexpected_message, at a server (§4.1.2) as at a client (§4.1.1)', () => {
  const added = (message: Uint8Array): Uint8Array => {
    if (message[0] !== HandshakeType.certificate) return message;
    const { requestContext, entries } = parseCertificate13(message.subarray(4));
    const extensions = [{ type: ExtensionType.delegated_credential, data: ofClient }];
    return encodeCertificate13({ requestContext, entries: [{ ...entries[0], extensions }, ...entries.slice(1)] });
  };
  const client = { credential: testCredential('client_p256') };
  const server = { clientAuth: 'require', verifier: testVerifier() } as const;
  const atServer = plainHandshake({ client, server, toServer: added });
  const atClient = plainHandshake({ toClient: added });
  for (const { error } of [atServer.server, atClient.client]) {
    assert.is(error?.code, 'ERR_UNEXPECTED_MESSAGE');
    assert.match(error?.message ?? '', /not asked for/);
  }
});

test.run();
