// The PSK suites of TLS 1.2 (RFC 4279, RFC 5489) in both roles: what is negotiated, what goes over the wire, what a session
// of it stands for, what is refused with which alert.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/index.ts';
import * as parts from '../../src/parts.ts';
import { opensslName } from '../../src/registry/cipher_suites.ts';
import { PskCipherSuite12 } from '../../src/registry/psk_cipher_suites.ts';
import { codeOf } from '../support/code_of.ts';
import { ca, keyPair } from '../support/node_tls.ts';

const provider = castls.defaultProvider();
const text = (words: string) => new TextEncoder().encode(words);
const secret = (byte: number, length = 32) => provider.importSecret(new Uint8Array(length).fill(byte));
const key = secret(7);
const wrong = secret(8);
const me = { identity: text('me'), key };
const find = (identity: Uint8Array) => (new TextDecoder().decode(identity) === 'me' ? key : null);
const chain = castls.credential(keyPair('server_p256'));

interface Ends {
  readonly client?: Partial<castls.ClientOptions>;
  readonly server?: Partial<castls.ServerOptions>;
  readonly session?: castls.Session;
  /** What the server's flight becomes on its way. */
  readonly change?: (bytes: Uint8Array) => Uint8Array;
}

function meet({ client: ofClient, server: ofServer, session, change = bytes => bytes }: Ends) {
  const range = { maxVersion: 'TLSv1.2' } as const;
  const clientConfig = castls.clientConfig({ ...range, psk12: castls.psk12Client(me), ...ofClient });
  const serverConfig = castls.serverConfig({
    ...range,
    credentials: [],
    psk12: castls.psk12Server({ find }),
    ...ofServer,
  });
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
        to.receive(from === server ? change(record) : record);
        moved = true;
      }
      for (let next = to.nextEvent(); next !== null; next = to.nextEvent()) {
        if (next.kind === 'session') sessions.push(next.session);
      }
    }
  }
  return { client, server, sessions };
}

type Met = ReturnType<typeof meet>;

function established(met: Met): Met {
  assert.is(met.client.error, null, `client: ${met.client.error?.message}`);
  assert.is(met.server.error, null, `server: ${met.server.error?.message}`);
  assert.equal([met.client.state, met.server.state], ['established', 'established']);
  return met;
}

function codes({ client, server }: Met) {
  return [client.error, server.error].map(error => (error as castls.TlsError | null)?.code);
}

for (const name of Object.keys(PskCipherSuite12)) {
  test(`${name} protects a connection`, () => {
    const suites = { cipherSuites: [opensslName(name)], groups: ['secp256r1', 'x25519', 'ffdhe2048'] };
    const { client, server } = established(meet({ client: suites, server: suites }));
    for (const { info } of [client, server]) {
      assert.equal([info.cipherSuite?.name, info.externalPsk, info.peer], [name, true, null]);
      assert.equal([info.peerCertificates, info.externalPskIdentity], [[], text('me')]);
    }
    client.write(text('ping'));
    for (const record of client.takeOutput()) server.receive(record);
    const event = server.nextEvent();
    assert.equal(event?.kind === 'data' && event.data, text('ping'));
  });
}

test('forward secrecy is the default: ECDHE with AEAD, before certificates', () => {
  const { client } = established(meet({ server: { credentials: [chain] } }));
  assert.is(client.info.cipherSuite?.name, 'TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256');
});

test('a PSK without (EC)DHE is used where it is named', () => {
  const plain = { cipherSuites: ['PSK-AES128-GCM-SHA256'] };
  assert.equal(codes(meet({ client: plain })), ['ERR_ALERT_RECEIVED', 'ERR_NO_SHARED_CIPHER_SUITE']);
  established(meet({ client: plain, server: plain }));
});

for (const [what, keys] of [
  ['of one byte', 1],
  ['of 256 bytes', 256],
] as const) {
  test(`a key ${what}`, () => {
    const long = secret(1, keys);
    const plain = { cipherSuites: ['PSK-AES128-CBC-SHA'] };
    const psk12 = castls.psk12Client({ identity: text('me'), key: long });
    established(
      meet({ client: { ...plain, psk12 }, server: { ...plain, psk12: castls.psk12Server({ find: () => long }) } }),
    );
    long.dispose();
  });
}

for (const suite of ['PSK-AES128-GCM-SHA256', 'ECDHE-PSK-AES128-GCM-SHA256']) {
  test(`${suite}: the client is told the hint and chooses by it; without one it is told null (RFC 4279 §5.2)`, () => {
    const suites = { cipherSuites: [suite] };
    for (const identityHint of [undefined, text('which')]) {
      const hints: (Uint8Array | null)[] = [];
      const psk12 = castls.psk12Client(hint => {
        hints.push(hint);
        return me;
      });
      const server = { ...suites, psk12: castls.psk12Server({ find, identityHint }) };
      established(meet({ client: { ...suites, psk12 }, server }));
      assert.equal(hints, [identityHint ?? null]);
    }
  });
}

test('an identity that nobody knows: unknown_psk_identity (RFC 4279 §2)', () => {
  const { client, server } = meet({ client: { psk12: castls.psk12Client({ identity: text('you'), key }) } });
  assert.is((server.error as castls.TlsError).code, 'ERR_UNKNOWN_PSK_IDENTITY');
  assert.match(client.error?.message ?? '', /unknown_psk_identity/);
});

test('a wrong key: the Finished cannot be opened (bad_record_mac)', () => {
  const { server } = meet({ client: { psk12: castls.psk12Client({ identity: text('me'), key: wrong }) } });
  assert.is((server.error as castls.TlsError).code, 'ERR_DECRYPTION_FAILED');
});

test('a client that has no key for this server ends the handshake', () => {
  assert.equal(codes(meet({ client: { psk12: castls.psk12Client(() => null) } })), [
    'ERR_UNKNOWN_PSK_IDENTITY',
    'ERR_ALERT_RECEIVED',
  ]);
});

test('hooks may answer later, what they give is checked, what they throw ends the handshake', async () => {
  for (const bad of [
    () => ({ identity: 'me', key }),
    () => ({ identity: text('me') }),
    () => Promise.reject(new Error('x')),
  ]) {
    const { client } = meet({ client: { psk12: castls.psk12Client(bad as never) } });
    await new Promise(done => setTimeout(done, 1));
    assert.is((client.error as castls.TlsError | null)?.code, 'ERR_HOOK_FAILED');
  }
});

test('a server with certificates and PSKs serves clients of either kind', () => {
  const both = { credentials: [chain], psk12: castls.psk12Server({ find }) };
  const verifier = castls.peerVerifier({ ca });
  const withCertificate = established(meet({ client: { psk12: undefined, verifier }, server: both }));
  assert.is(withCertificate.client.info.externalPsk, false);
  assert.is(established(meet({ server: both })).server.info.localCertificate, null);
});

test('a client with a verifier and a PSK takes certificates, too; without a verifier it does not offer to', () => {
  const server = { psk12: undefined, credentials: [chain] };
  const verifier = castls.peerVerifier({ ca });
  assert.ok(established(meet({ client: { verifier }, server })).client.info.peer);
  assert.equal(codes(meet({ server })), ['ERR_ALERT_RECEIVED', 'ERR_NO_SHARED_CIPHER_SUITE']);
});

test('without a verifier and with a key for TLS 1.2 alone nothing else is on offer', () => {
  const config = castls.clientConfig({ psk12: castls.psk12Client(me) });
  assert.equal(config.settings({}).versions, [0x0303]);
  assert.equal(config.settings({}).signatureSchemes, []);
});

test('a client that has to show a certificate is not known by a PSK', () => {
  const server = { clientAuth: 'require', verifier: castls.peerVerifier({ ca }), credentials: [chain] } as const;
  const verifier = castls.peerVerifier({ ca });
  assert.equal(codes(meet({ client: { verifier }, server })), ['ERR_ALERT_RECEIVED', 'ERR_CERTIFICATE_REQUIRED']);
});

test('where certificates are requested only, a PSK does without (RFC 4279 §2)', () => {
  const server = { clientAuth: 'request', verifier: castls.peerVerifier({ ca }), credentials: [chain] } as const;
  established(meet({ server }));
});

test('a session of a PSK is resumed as long as both sides would use that PSK again', () => {
  const tickets = new castls.TicketKeys();
  const first = established(meet({ server: { tickets } }));
  const [session] = first.sessions;
  const again = established(meet({ server: { tickets }, session }));
  assert.equal(
    [again.client.info.resumed, again.server.info.resumed, again.client.info.externalPsk],
    [true, true, true],
  );
  const other = castls.psk12Client({ identity: text('me'), key: secret(7) });
  assert.ok(established(meet({ client: { psk12: other }, server: { tickets }, session })).client.info.resumed);
  const gone = castls.psk12Server({ find: identity => (identity.length === 2 ? secret(7) : null) });
  assert.ok(established(meet({ server: { tickets, psk12: gone }, session })).client.info.resumed);
  const changed = castls.psk12Client({ identity: text('them'), key });
  const full = meet({
    client: { psk12: changed },
    server: { tickets, psk12: castls.psk12Server({ find: () => key }) },
    session,
  });
  assert.is(established(full).client.info.resumed, false);
  const forgotten = meet({ server: { tickets, psk12: castls.psk12Server({ find: () => wrong }) }, session });
  assert.is((forgotten.server.error as castls.TlsError).code, 'ERR_DECRYPTION_FAILED');
  tickets.dispose();
});

test('a hook that chooses by the hint is asked with that of the session before it is resumed', () => {
  const tickets = new castls.TicketKeys();
  const hints: string[] = [];
  const psk12 = castls.psk12Client(hint => {
    hints.push(new TextDecoder().decode(hint ?? text('none')));
    return me;
  });
  const server = { tickets, psk12: castls.psk12Server({ find, identityHint: text('which') }) };
  const [session] = established(meet({ client: { psk12 }, server })).sessions;
  const stored = castls.parseSession(
    new castls.Connection(castls.clientConfig({ psk12 }).settings({}), { handshakeTimeout: 1 }).dangerousExportSession(
      session,
    ),
  );
  assert.ok(established(meet({ client: { psk12 }, server, session: stored })).client.info.resumed);
  assert.equal(hints, ['which', 'which']);
  tickets.dispose();
});

test('options are checked: a suite without the key, a hint that is none, misspelt names', () => {
  const cipherSuites = ['PSK-AES128-GCM-SHA256'];
  assert.is(
    codeOf(() => castls.clientConfig({ cipherSuites, maxVersion: 'TLSv1.2' })),
    'ERR_INVALID_ARGUMENT',
  );
  for (const options of [
    {},
    { find: 1 },
    { find, identityHint: 'x' },
    { find, identityHint: new Uint8Array(0) },
    { find, hint: text('x') },
  ]) {
    assert.is(
      codeOf(() => castls.psk12Server(options as never)),
      'ERR_INVALID_ARGUMENT',
      JSON.stringify(options),
    );
  }
  for (const psk12 of [null, {}, me]) {
    assert.is(
      codeOf(() => castls.clientConfig({ psk12 } as never)),
      'ERR_INVALID_ARGUMENT',
    );
  }
});

test('from parts: a client of PSK suites alone, without groups, verifiers or TLS 1.3', () => {
  const provider = parts.wasmProvider({ cipherSuites12: parts.pskCipherSuites12 });
  const cipherSuites = ['TLS_PSK_WITH_AES_128_GCM_SHA256'];
  const config = parts.clientConfig({
    provider,
    cipherSuites,
    olderVersions: [parts.tls12Client],
    psk12: parts.psk12Client(me),
  });
  const server = castls.serverConfig({ cipherSuites, credentials: [], psk12: castls.psk12Server({ find }) });
  const ends = [new parts.Connection(config.settings({}), config), new castls.Connection(server.settings(), server)];
  for (let round = 0; round < 6; round++) {
    for (const record of ends[round % 2].takeOutput()) ends[1 - (round % 2)].receive(record);
  }
  assert.equal(
    ends.map(({ state, error }) => [state, error]),
    [
      ['established', null],
      ['established', null],
    ],
  );
});

test.run();
