// Raw public keys (RFC 7250) in both roles and versions, and the verifier that knows keys: what is negotiated, what is refused
// with which alert, what a session of it stands for.

import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/index.ts';
import { codeOf } from '../support/code_of.ts';
import { ca, keyPair } from '../support/node_tls.ts';

type Version = 'TLSv1.3' | 'TLSv1.2';

function spkiOf(name: string): Uint8Array {
  return new Uint8Array(createPublicKey(keyPair(name).key).export({ type: 'spki', format: 'der' }));
}

const serverSpki = spkiOf('server_p256');
const clientSpki = spkiOf('server_rsa');
const serverRaw = castls.rawPublicKey({ publicKey: serverSpki, key: keyPair('server_p256').key });
const clientRaw = castls.rawPublicKey({ publicKey: clientSpki, key: keyPair('server_rsa').key });
const serverChain = castls.credential(keyPair('server_p256'));
const knowsServer = castls.pinnedKeyVerifier({ keys: [serverSpki] });
const knowsClient = castls.pinnedKeyVerifier({ keys: [clientSpki] });

interface Ends {
  readonly client?: Partial<castls.ClientOptions>;
  readonly server?: Partial<castls.ServerOptions>;
  readonly session?: castls.Session;
}

interface Met {
  readonly client: castls.Connection;
  readonly server: castls.Connection;
  readonly sessions: readonly castls.Session[];
}

/** Both ends of one version, pumped until nothing moves. */
function meet(version: Version, { client: ofClient, server: ofServer, session }: Ends): Met {
  const versions = { minVersion: version, maxVersion: version };
  const clientConfig = castls.clientConfig({ ...versions, verifier: knowsServer, ...ofClient });
  const serverConfig = castls.serverConfig({ ...versions, credentials: [serverRaw], ...ofServer });
  const client = new castls.Connection(clientConfig.settings({ serverName: 'localhost', session }), clientConfig);
  const server = new castls.Connection(serverConfig.settings(), serverConfig);
  const sessions: castls.Session[] = [];
  for (let moved = true; moved; ) {
    moved = false;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ]) {
      for (const record of from.takeOutput()) {
        to.receive(record);
        moved = true;
      }
      for (let next = to.nextEvent(); next !== null; next = to.nextEvent()) {
        if (next.kind === 'session') sessions.push(next.session);
      }
    }
  }
  return { client, server, sessions };
}

function established(met: Met): Met {
  assert.is(met.client.error, null, `client: ${met.client.error?.message}`);
  assert.is(met.server.error, null, `server: ${met.server.error?.message}`);
  assert.equal([met.client.state, met.server.state], ['established', 'established']);
  return met;
}

const raw = ['RawPublicKey'] as const;

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  test(`${version}: a server shows its key, and the client knows it (RFC 7250 §4.2)`, () => {
    const { client, server } = established(meet(version, { client: { peerCertificateTypes: raw } }));
    assert.equal(client.info.peerRawPublicKey, serverSpki);
    assert.equal(client.info.peerCertificates, []);
    assert.equal([client.info.peer?.kind, client.info.peer?.certificates], ['raw-key', []]);
    assert.equal(server.info.localRawPublicKey, serverSpki);
    assert.is(server.info.localCertificate, null);
    assert.is(
      codeOf(() => client.channelBinding('tls-server-end-point')),
      'ERR_INVALID_STATE',
    );
  });

  test(`${version}: both sides show keys`, () => {
    const { client, server } = established(
      meet(version, {
        client: { peerCertificateTypes: raw, credential: clientRaw },
        server: { clientAuth: 'require', verifier: knowsClient, peerCertificateTypes: ['RawPublicKey', 'X509'] },
      }),
    );
    assert.equal(server.info.peerRawPublicKey, clientSpki);
    assert.is(server.info.peer?.kind, 'raw-key');
    assert.equal(client.info.localRawPublicKey, clientSpki);
  });

  test(`${version}: a server with both shows the first of its credentials that the client takes`, () => {
    const credentials = [serverChain, serverRaw];
    for (const [types, kind] of [
      [['RawPublicKey'], 'raw-key'],
      [['RawPublicKey', 'X509'], 'pinned-key'],
      [undefined, 'pinned-key'],
    ] as const) {
      const { client } = established(
        meet(version, { client: { ...(types && { peerCertificateTypes: types }) }, server: { credentials } }),
      );
      assert.is(client.info.peer?.kind, kind, String(types));
      assert.is(client.info.peerCertificates.length > 0, kind === 'pinned-key');
    }
  });

  test(`${version}: no type in common ends with unsupported_certificate (RFC 7250 §4.2)`, () => {
    for (const ends of [
      // The client takes keys, the server has a certificate; and the other way round.
      { client: { peerCertificateTypes: raw }, server: { credentials: [serverChain] } },
      { client: {}, server: {} },
      // The server wants to see a key, the client says nothing.
      {
        client: {},
        server: {
          credentials: [serverChain],
          clientAuth: 'request' as const,
          verifier: knowsClient,
          peerCertificateTypes: raw,
        },
      },
    ]) {
      const { client, server } = meet(version, ends);
      assert.is(server.error?.code, 'ERR_UNSUPPORTED_CERTIFICATE');
      assert.is(client.error?.code, 'ERR_ALERT_RECEIVED');
      assert.match(client.error?.message ?? '', /unsupported_certificate/);
    }
  });

  test(`${version}: a key that nobody knows is refused with unknown_ca`, () => {
    const { client, server } = meet(version, { client: { peerCertificateTypes: raw, verifier: knowsClient } });
    assert.is(client.error?.code, 'ERR_CERT_UNKNOWN_ISSUER');
    assert.match(server.error?.message ?? '', /unknown_ca/);
  });

  test(`${version}: a verifier of certificates knows no raw key; going on unverified carries why`, () => {
    const verifier = castls.peerVerifier({ ca });
    const refused = meet(version, { client: { peerCertificateTypes: raw, verifier } });
    assert.is(refused.client.error?.code, 'ERR_CERT_UNKNOWN_ISSUER');
    const { client } = established(
      meet(version, { client: { peerCertificateTypes: raw, verifier, dangerouslyContinueUnverified: true } }),
    );
    assert.equal([client.info.peer?.kind, client.info.peer?.certificates], ['unverified', []]);
    assert.is(client.info.peer?.failure?.code, 'ERR_CERT_UNKNOWN_ISSUER');
  });

  test(`${version}: whoever shows a key has to have it`, () => {
    const signer = { ...clientRaw.signer, schemes: serverRaw.signer.schemes, sign: () => new Uint8Array(70) };
    const { client } = meet(version, {
      client: { peerCertificateTypes: raw },
      server: { credentials: [{ ...serverRaw, signer }] },
    });
    assert.is(client.error?.code, 'ERR_INVALID_SIGNATURE');
  });

  test(`${version}: what is no SubjectPublicKeyInfo is a decode_error`, () => {
    const certificate = serverChain.certificateChain[0];
    const { client } = meet(version, {
      client: { peerCertificateTypes: raw },
      server: { credentials: [{ ...serverRaw, certificateChain: [certificate] }] },
    });
    assert.is(client.error?.code, 'ERR_DECODE_ERROR');
  });

  test(`${version}: a session of a raw key resumes only where a full handshake would end the same`, () => {
    const tickets = new castls.TicketKeys();
    const server = { tickets, credentials: [serverRaw, serverChain] };
    const client = { peerCertificateTypes: raw, verifier: knowsServer };
    const [session] = established(meet(version, { client, server })).sessions;
    assert.is(session.peerCertificateType, 'RawPublicKey');
    const again = (options: Partial<castls.ClientOptions>) =>
      established(meet(version, { client: { ...client, ...options }, server, session })).client.info;
    const resumed = again({});
    assert.equal([resumed.resumed, resumed.peer?.kind, resumed.peerRawPublicKey], [true, 'raw-key', serverSpki]);
    // Another verifier that knows the key, too, is asked with the key.
    const other = again({ verifier: castls.pinnedKeyVerifier({ keys: [clientSpki, serverSpki] }) });
    assert.equal([other.resumed, other.peer?.kind], [true, 'raw-key']);
    // Raw keys are not taken any more.
    assert.is(again({ peerCertificateTypes: ['X509'] }).resumed, false);
    // Nor is this one.
    const changed = meet(version, { client: { ...client, verifier: knowsClient }, server, session }).client;
    assert.is(changed.info.resumed, false);
    assert.is(changed.error?.code, 'ERR_CERT_UNKNOWN_ISSUER');
  });

  test(`${version}: a server resumes a client with a raw key only while it takes such keys`, () => {
    const tickets = new castls.TicketKeys();
    const client = { peerCertificateTypes: raw, credential: clientRaw };
    const server = { tickets, clientAuth: 'request' as const, verifier: knowsClient, peerCertificateTypes: raw };
    const [session] = established(meet(version, { client, server })).sessions;
    const resumed = established(meet(version, { client, server, session })).server.info;
    assert.equal([resumed.resumed, resumed.peer?.kind, resumed.peerRawPublicKey], [true, 'raw-key', clientSpki]);
    const other = { ...server, verifier: knowsServer };
    assert.is(meet(version, { client, server: other, session }).server.error?.code, 'ERR_CERT_UNKNOWN_ISSUER');
    const types = { ...server, peerCertificateTypes: ['X509'] as const };
    const refused = meet(version, { client, server: types, session });
    assert.is(refused.server.error?.code, 'ERR_UNSUPPORTED_CERTIFICATE');
  });
}

test('TLSv1.2: what a peer presented stays what it was, whatever becomes of the Buffer it came in', () => {
  const clientConfig = castls.clientConfig({ maxVersion: 'TLSv1.2', verifier: castls.peerVerifier({ ca }) });
  const serverConfig = castls.serverConfig({ credentials: [serverChain] });
  const client = new castls.Connection(clientConfig.settings({ serverName: 'localhost' }), clientConfig);
  const server = new castls.Connection(serverConfig.settings(), serverConfig);
  for (let turn = 0; turn < 6; turn++) {
    const [from, to] = turn % 2 === 0 ? [client, server] : [server, client];
    for (const record of from.takeOutput()) {
      const chunk = Buffer.from(record);
      to.receive(chunk);
      chunk.fill(0xff);
    }
  }
  assert.is(client.error, null);
  assert.is(client.state, 'established');
  assert.is(client.info.peerCertificates[0].constructor, Uint8Array);
  assert.equal(client.info.peerCertificates[0], serverChain.certificateChain[0]);
  for (const each of [client, server]) each.dispose();
});

test('a pinned key is a SubjectPublicKeyInfo in DER or PEM, or its SHA-256', () => {
  const { cert, key } = keyPair('server_p256');
  const digest = createHash('sha256').update(serverSpki).digest();
  const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string;
  const base64 = digest.toString('base64');
  const presented = { role: 'server', now: 0, certificates: [new Uint8Array(new X509Certificate(cert).raw)] } as const;
  for (const pin of [serverSpki, pem, new Uint8Array(digest), `sha256/${base64}`, `sha256//${base64}`]) {
    const verifier = castls.pinnedKeyVerifier({ keys: [clientSpki, pin] });
    assert.is((verifier.verify(presented) as castls.PeerIdentity).kind, 'pinned-key');
  }
  const other = castls.pinnedKeyVerifier({ keys: [clientSpki] });
  assert.is(
    codeOf(() => other.verify(presented)),
    'ERR_CERT_UNKNOWN_ISSUER',
  );
  const garbage = { ...presented, certificates: [new Uint8Array([0x30, 0x00])] };
  assert.is(
    codeOf(() => other.verify(garbage)),
    'ERR_CERT_MALFORMED',
  );
});

test('what is no key is refused when the verifier, the credential or the config is made', () => {
  const pins: unknown[] = [[], undefined, null, 'sha256/', ['sha256/AAAA'], ['x'], [7], [null], serverSpki];
  for (const keys of pins) {
    assert.is(
      codeOf(() => castls.pinnedKeyVerifier({ keys } as castls.PinnedKeyOptions)),
      'ERR_INVALID_ARGUMENT',
    );
  }
  const misspelt = { keys: [serverSpki], key: serverSpki } as castls.PinnedKeyOptions;
  assert.is(
    codeOf(() => castls.pinnedKeyVerifier(misspelt)),
    'ERR_INVALID_ARGUMENT',
  );
  assert.is(
    codeOf(() => castls.pinnedKeyVerifier({ keys: [new Uint8Array(31)] })),
    'ERR_MALFORMED_DER',
  );
  const { key } = keyPair('server_rsa');
  assert.is(
    codeOf(() => castls.rawPublicKey({ publicKey: serverSpki, key })),
    'ERR_INVALID_ARGUMENT',
  );
  for (const types of [[], ['X509', 'X509'], ['OpenPGP'], 'X509'] as unknown[]) {
    for (const option of ['peerCertificateTypes', 'certificateTypes']) {
      assert.is(
        codeOf(() => castls.clientConfig({ [option]: types } as castls.ClientOptions)),
        'ERR_INVALID_ARGUMENT',
        `${option}: ${JSON.stringify(types)}`,
      );
    }
  }
});

test.run();
