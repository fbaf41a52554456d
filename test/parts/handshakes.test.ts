// castls/parts at work: each part alone against everything, older versions by name, cores of one's own.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/index.ts';
import * as parts from '../../src/parts.ts';
import { webCryptoProvider } from '../../src/webcrypto.ts';
import * as x509 from '../../src/x509.ts';
import { ca, keyPair } from '../support/node_tls.ts';
import { drain, move } from '../support/pair.ts';

type Outcome = {
  readonly client: parts.Connection;
  readonly server: parts.Connection;
  readonly sessions: parts.Session[];
};

/** A handshake that succeeds. */
function shake(client: parts.ClientConfig, server: parts.ServerConfig, target: parts.ClientTarget = {}): Outcome {
  const outcome = attempt(client, server, target);
  assert.is(outcome.client.error ?? outcome.server.error, null);
  assert.is(outcome.client.state, 'established');
  return outcome;
}

/** Moves bytes until both are silent. */
function attempt(client: parts.ClientConfig, server: parts.ServerConfig, target: parts.ClientTarget = {}): Outcome {
  const ends = {
    client: new parts.Connection(client.settings({ serverName: 'localhost', ...target }), client),
    server: new parts.Connection(server.settings(), server),
  };
  const seen: parts.ConnectionEvent[] = [];
  while (move(ends.client, ends.server) + move(ends.server, ends.client) > 0) {
    drain(ends.client, seen);
    drain(ends.server, []);
  }
  const sessions = seen.flatMap(event => (event.kind === 'session' ? [event.session] : []));
  return { ...ends, sessions };
}

function dispose({ client, server, sessions }: Outcome): void {
  for (const each of [client, server]) each.dispose();
  for (const each of sessions) parts.disposeSession(each);
}

const { ecdsaP256Verifier, p256Keys, rsaVerifier, x25519 } = parts;
const credentials = [castls.credential(keyPair('server_p256'))];

const groups = {
  ...{ x25519, x448: parts.x448, secp256r1: parts.secp256r1, secp384r1: parts.secp384r1 },
  ...{ secp521r1: parts.secp521r1, X25519MLKEM768: parts.x25519MlKem768 },
  ...{ SecP256r1MLKEM768: parts.secp256r1MlKem768, SecP384r1MLKEM1024: parts.secp384r1MlKem1024 },
  ...{ ffdhe2048: parts.ffdhe2048, ffdhe3072: parts.ffdhe3072, ffdhe4096: parts.ffdhe4096 },
  ...{ ffdhe6144: parts.ffdhe6144, ffdhe8192: parts.ffdhe8192 },
};
for (const [name, group] of Object.entries(groups)) {
  test(`the group ${name} alone`, () => {
    const provider = parts.wasmProvider({ groups: [group], signatureVerifiers: [ecdsaP256Verifier] });
    const named = { groups: [name], dangerousLargeFiniteFields: true };
    const config = parts.clientConfig({
      provider,
      verifier: parts.peerVerifier({ provider, ca, features: [parts.pem] }),
      ...named,
    });
    const finiteField = name.startsWith('ffdhe');
    const outcome = shake(config, castls.serverConfig({ credentials, ...(finiteField ? named : {}) }));
    assert.equal([outcome.client.info.protocolVersion, outcome.client.info.group?.name], ['TLSv1.3', name]);
    assert.not(outcome.client.info.helloRetried);
    dispose(outcome);
  });
}

type Keys = [
  Parameters<typeof x509.generatePrivateKey>[0],
  parts.Part<parts.SignatureVerifier>,
  parts.Part<parts.PrivateKeyImporter>,
];

const keys: Record<string, Keys> = {
  ecdsa_secp256r1_sha256: [{ type: 'ec', curve: 'P-256' }, ecdsaP256Verifier, p256Keys],
  ecdsa_secp384r1_sha384: [{ type: 'ec', curve: 'P-384' }, parts.ecdsaP384Verifier, parts.p384Keys],
  ecdsa_secp521r1_sha512: [{ type: 'ec', curve: 'P-521' }, parts.ecdsaP521Verifier, parts.p521Keys],
  ed25519: [{ type: 'ed25519' }, parts.ed25519Verifier, parts.ed25519Keys],
  ed448: [{ type: 'ed448' }, parts.ed448Verifier, parts.ed448Keys],
  rsa_pss_rsae_sha256: [{ type: 'rsa', bits: 2048 }, rsaVerifier, parts.rsaKeys],
  mldsa65: [{ type: 'mldsa', parameterSet: 'ML-DSA-65' }, parts.mlDsaVerifier, parts.mlDsaKeys],
};
for (const [scheme, [parameters, verifier, importer]] of Object.entries(keys)) {
  test(`signatures of ${scheme}: a verifier at the client, an importer at the server, nothing else`, async () => {
    const { trust, cert, key } = await serverIdentity(parameters);
    const forServer = parts.wasmProvider({ groups: [x25519], privateKeyImporters: [importer] });
    const own = parts.credential({ provider: forServer, cert, key });
    const forClient = parts.wasmProvider({ groups: [x25519], signatureVerifiers: [verifier] });
    const outcome = shake(
      parts.clientConfig({
        provider: forClient,
        verifier: parts.peerVerifier({ provider: forClient, ca: trust, features: [parts.pem] }),
      }),
      parts.serverConfig({ provider: forServer, credentials: [own] }),
    );
    assert.is(outcome.client.info.signatureScheme, scheme);
    dispose(outcome);
  });
}

/** A CA and a server with keys of one kind. */
async function serverIdentity(parameters: Keys[0]): Promise<{ trust: string; cert: string; key: string }> {
  const dates = { notBefore: Date.now() - 86_400_000, notAfter: Date.now() + 86_400_000 };
  const caKey = await x509.generatePrivateKey(parameters);
  const content = { ...dates, profile: 'ca', subject: 'CN=CA', publicKey: caKey.publicKey } as const;
  const root = await x509.issueSelfSigned(content, { signer: x509.signerOf(caKey) });
  const key = await x509.generatePrivateKey(parameters);
  const leaf = await x509.issueCertificate(
    { ...dates, profile: 'server', subject: '', altNames: ['localhost'], publicKey: key.publicKey },
    { certificate: root, signer: x509.signerOf(caKey) },
  );
  const written = x509.formatPem('PRIVATE KEY', x509.writePrivateKey(key));
  for (const each of [caKey, key]) each.dispose();
  return {
    trust: x509.formatPem('CERTIFICATE', root.der),
    cert: x509.formatPem('CERTIFICATE', leaf.der),
    key: written,
  };
}

const { cipherSuites12, tls12Client, tls12Server } = parts;

test('TLS 1.2 at the client, where both the suites and the version are named', () => {
  const signatureVerifiers = [ecdsaP256Verifier, rsaVerifier];
  const provider = parts.wasmProvider({ cipherSuites12, groups: [x25519, parts.secp256r1], signatureVerifiers });
  const verifier = parts.peerVerifier({ provider, ca, features: [parts.pem] });
  const config = parts.clientConfig({ provider, verifier, olderVersions: [tls12Client] });
  const both = shake(config, castls.serverConfig({ credentials }));
  assert.is(both.client.info.protocolVersion, 'TLSv1.3');
  const older = shake(config, castls.serverConfig({ credentials, maxVersion: 'TLSv1.2' }));
  assert.equal([older.client.info.protocolVersion, older.client.info.group?.name], ['TLSv1.2', 'x25519']);
  for (const each of [both, older]) dispose(each);
});

test('TLS 1.2 at the server', () => {
  const provider = parts.wasmProvider({ cipherSuites12, groups: [x25519], privateKeyImporters: [p256Keys] });
  const own = [parts.credential({ provider, ...keyPair('server_p256') })];
  const config = parts.serverConfig({ provider, credentials: own, olderVersions: [tls12Server] });
  const client = castls.clientConfig({ verifier: castls.peerVerifier({ ca }), maxVersion: 'TLSv1.2' });
  const outcome = shake(client, config);
  assert.is(outcome.server.info.protocolVersion, 'TLSv1.2');
  dispose(outcome);
});

test('a server of TLS 1.3 alone refuses clients of TLS 1.2', () => {
  const provider = parts.wasmProvider({ groups: [x25519], privateKeyImporters: [p256Keys] });
  const config = parts.serverConfig({ provider, credentials });
  const client = castls.clientConfig({ verifier: castls.peerVerifier({ ca }), maxVersion: 'TLSv1.2' });
  const outcome = attempt(client, config);
  assert.is(outcome.server.error?.code, 'ERR_NO_SHARED_VERSION');
  assert.is(outcome.client.error?.alert, 70); // protocol_version
  dispose(outcome);
});

test('key exchange of TLS 1.2 by RSA and by DHE is there where its part is', () => {
  const { finiteFieldDh, rsaKeyTransport } = parts;
  const rsa = [castls.credential(keyPair('server_rsa'))];
  const signatureVerifiers = [rsaVerifier, ecdsaP256Verifier]; // of the server, and of the CA
  const older = { olderVersions: [tls12Client], maxVersion: 'TLSv1.2' } as const;
  const config = (extra: Partial<parts.WasmProviderParts>, suite: string) => {
    const provider = parts.wasmProvider({
      cipherSuites12,
      groups: [x25519],
      signatureVerifiers,
      ...extra,
    });
    return parts.clientConfig({
      provider,
      verifier: parts.peerVerifier({ provider, ca, features: [parts.pem] }),
      cipherSuites: [suite],
      ...older,
    });
  };
  const suites = { 'AES128-GCM-SHA256': { rsaKeyTransport }, 'DHE-RSA-AES128-GCM-SHA256': { finiteFieldDh } };
  for (const [suite, extra] of Object.entries(suites)) {
    assert.throws(() => config({}, suite), /no cipher suite can be used in TLSv1\.2/);
    const outcome = shake(
      config(extra, suite),
      castls.serverConfig({ credentials: rsa, cipherSuites: [suite], groups: ['x25519', 'ffdhe2048'] }),
    );
    assert.is(outcome.client.info.protocolVersion, 'TLSv1.2');
    dispose(outcome);
  }
});

test('a client with a PSK and no verifier at all (RFC 9846 §2.2)', () => {
  const provider = parts.wasmProvider({ groups: [x25519] });
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
  const psk = () => ({ identity: Uint8Array.of(7), key: provider.importSecret(bytes), hash: 'sha256' }) as const;
  const [ours, theirs] = [psk(), psk()];
  const server = castls.serverConfig({ credentials, findExternalPsk: () => theirs });
  const outcome = shake(parts.clientConfig({ provider, externalPsk: ours, features: [parts.resumption] }), server);
  assert.ok(outcome.client.info.externalPsk);
  dispose(outcome);
  for (const { key } of [ours, theirs]) key.dispose();
});

test('tickets: a session is resumed, also after it was written down', () => {
  const provider = parts.wasmProvider({
    groups: [x25519],
    signatureVerifiers: [ecdsaP256Verifier],
    privateKeyImporters: [p256Keys],
  });
  const tickets = new parts.TicketKeys({ provider });
  const own = [parts.credential({ provider, ...keyPair('server_p256') })];
  const server = parts.serverConfig({ provider, credentials: own, tickets });
  const verifier = parts.peerVerifier({ provider, ca, features: [parts.pem] });
  const client = parts.clientConfig({ provider, verifier, features: [parts.resumption] });
  const first = shake(client, server);
  assert.ok(first.sessions.length > 0);
  const session = parts.parseSession(first.client.dangerousExportSession(first.sessions[0]), provider);
  const second = shake(client, server, { session });
  assert.ok(second.client.info.resumed);
  for (const each of [first, second]) dispose(each);
  parts.disposeSession(session);
  tickets.dispose();
});

test("the host's WebCrypto over no part at all", async () => {
  const provider = webCryptoProvider(parts.wasmProvider({}));
  const config = parts.clientConfig({
    provider,
    verifier: parts.peerVerifier({ provider, ca, features: [parts.pem] }),
  });
  const client = new parts.Connection(config.settings({ serverName: 'localhost' }), config);
  const own = castls.serverConfig({ credentials });
  const server = new parts.Connection(own.settings(), own);
  for (let round = 0; round < 1000 && client.state === 'handshake'; round++) {
    move(client, server);
    move(server, client);
    await new Promise(done => setTimeout(done, 5)); // the host answers from its threads
  }
  assert.is(client.error, null);
  assert.is(client.state, 'established');
  for (const each of [client, server]) each.dispose();
});

test('castls and castls/parts share a core, and so their secrets, unless a part has a core of its own', () => {
  const shared = parts.wasmProvider({});
  const secret = shared.importSecret(Uint8Array.of(1, 2, 3));
  assert.equal([...castls.defaultProvider().dangerousReveal(secret)], [1, 2, 3]);
  const core = parts.wasmCore();
  const apart = parts.wasmProvider({ groups: [x25519], signatureVerifiers: [ecdsaP256Verifier] }, core);
  assert.throws(
    () => apart.dangerousReveal(secret),
    (error: { code: string }) => error.code === 'ERR_FOREIGN_HANDLE',
  );
  secret.dispose();
  const before = core.liveSlots;
  const config = parts.clientConfig({
    provider: apart,
    verifier: parts.peerVerifier({ provider: apart, ca, features: [parts.pem] }),
  });
  const outcome = shake(config, castls.serverConfig({ credentials }));
  assert.ok(core.liveSlots > before);
  dispose(outcome);
  assert.is(core.liveSlots, before);
  assert.is(core.abandonedSlots, 0);
});

test('a core takes its random source and its limit', () => {
  let asked = 0;
  const random = (target: Uint8Array) => {
    asked += target.length;
    target.fill(7);
  };
  const provider = parts.wasmProvider({}, parts.wasmCore({ random, maximumBytes: 4 * 1024 * 1024 }));
  provider.random(new Uint8Array(5));
  assert.is(asked, 5);
  assert.throws(
    () => {
      for (;;) provider.importSecret(new Uint8Array(1024 * 1024));
    },
    (error: { code: string }) => error.code === 'ERR_OUT_OF_MEMORY',
  );
});

test('a key that no importer takes is refused', () => {
  const provider = parts.wasmProvider({ privateKeyImporters: [p256Keys] });
  assert.throws(
    () => parts.credential({ provider, ...keyPair('server_rsa') }),
    (error: { code: string }) => error.code === 'ERR_UNSUPPORTED_ALGORITHM',
  );
});

test.run();
