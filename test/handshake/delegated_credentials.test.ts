// Delegated credentials (RFC 9345): issued, shown by a server, judged by a client; what is refused with which alert.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/index.ts';
import { SignatureScheme } from '../../src/registry/signature_schemes.ts';
import * as x509 from '../../src/x509.ts';
import { codeOf } from '../support/code_of.ts';

const DAY = 86_400_000;
const now = Date.parse('2026-06-01T00:00:00Z');

const authorityKey = await x509.generatePrivateKey({ type: 'ec', curve: 'P-256' });
const authority = await x509.issueSelfSigned(
  { profile: 'ca', subject: 'CN=test authority', notBefore: now - DAY, notAfter: now + 90 * DAY },
  { key: authorityKey },
);
const serverKey = await x509.generatePrivateKey({ type: 'ec', curve: 'P-256' });
const issue = (content: object) =>
  x509.issueCertificate(
    {
      profile: 'server',
      subject: 'CN=localhost',
      altNames: ['localhost'],
      publicKey: serverKey.publicKey,
      notBefore: now - DAY,
      notAfter: now + 30 * DAY,
      ...content,
    } as x509.CertificateContent,
    { certificate: authority, key: authorityKey },
  );
const certificate = await issue({ delegationUsage: true });
const plain = await issue({});
const delegatedKey = await x509.generatePrivateKey({ type: 'ed25519' });
const by = { certificate, signer: x509.signerOf(serverKey) };
const content = { publicKey: delegatedKey.publicKey, notAfter: now + DAY, now };
const delegated = await x509.issueDelegatedCredential(content, by);
const verifier = castls.peerVerifier({ ca: authority.der });

const keyOf = (key: x509.PrivateKey) => ({ schemes: x509.signerOf(key).schemes, sign: x509.signerOf(key).sign });
const withDelegation = (encoded = delegated, cert = certificate, key = delegatedKey) =>
  castls.delegatedCredential({ cert: cert.der, delegated: encoded, key: keyOf(key) });
const ordinary = castls.credential({ cert: certificate.der, key: keyOf(serverKey) });

interface Ends {
  readonly client?: castls.ClientOptions;
  readonly server?: Partial<castls.ServerOptions>;
  readonly session?: castls.Session;
}

async function meet({ client: ofClient, server: ofServer, session }: Ends) {
  const clock = { now: () => now };
  const delegatedCredentials = castls.delegatedCredentials();
  const clientConfig = castls.clientConfig({ verifier, delegatedCredentials, ...clock, ...ofClient });
  const serverConfig = castls.serverConfig({ credentials: [withDelegation(), ordinary], ...clock, ...ofServer });
  const client = new castls.Connection(clientConfig.settings({ serverName: 'localhost', session }), clientConfig);
  const server = new castls.Connection(serverConfig.settings(), serverConfig);
  const sessions: castls.Session[] = [];
  for (let round = 0; round < 16; round++) {
    const [from, to] = round % 2 === 0 ? [client, server] : [server, client];
    for (const record of from.takeOutput()) to.receive(record);
    await new Promise(done => setImmediate(done));
    for (let next = to.nextEvent(); next !== null; next = to.nextEvent()) {
      if (next.kind === 'session') sessions.push(next.session);
    }
  }
  return { client, server, sessions, codes: [client, server].map(({ error }) => (error as castls.TlsError)?.code) };
}

test('a server proves itself by a delegated key, to a client that takes such keys (RFC 9345 §4.1.1)', async () => {
  const { client, server, codes } = await meet({});
  assert.equal(codes, [undefined, undefined]);
  assert.equal([client.info.delegatedCredential, client.info.signatureScheme], [true, 'ed25519']);
  assert.equal(client.info.peerCertificates[0], certificate.der);
  assert.is(server.info.signatureScheme, 'ed25519');
});

test('to all others it shows its own key: no support, other schemes, TLS 1.2, an ended credential', async () => {
  const p256 = [SignatureScheme.ecdsa_secp256r1_sha256];
  const others: Ends[] = [
    { client: { delegatedCredentials: undefined } },
    { client: { delegatedCredentials: castls.delegatedCredentials({ schemes: p256 }) } },
    { client: { maxVersion: 'TLSv1.2' } },
    { server: { now: () => now + 2 * DAY } },
  ];
  for (const ends of others) {
    const { client, codes } = await meet(ends);
    assert.equal([...codes, client.info.delegatedCredential], [undefined, undefined, false]);
    assert.is(client.info.signatureScheme, 'ecdsa_secp256r1_sha256');
  }
});

test('alone it serves nobody else (handshake_failure)', async () => {
  const server = { credentials: [withDelegation()] };
  for (const client of [{ delegatedCredentials: undefined }, { maxVersion: 'TLSv1.2' }] as const) {
    assert.equal((await meet({ client, server })).codes, ['ERR_ALERT_RECEIVED', 'ERR_NO_SHARED_SIGNATURE_SCHEME']);
  }
});

test('one that has ended is not shown, even where there is nothing else (handshake_failure)', async () => {
  const server = { credentials: [withDelegation()], now: () => now + 2 * DAY };
  assert.equal((await meet({ server })).codes, ['ERR_ALERT_RECEIVED', 'ERR_NO_SHARED_SIGNATURE_SCHEME']);
});

test('a session that began with one ends with it', async () => {
  const tickets = new castls.TicketKeys({ now: () => now });
  const { sessions } = await meet({ server: { tickets } });
  assert.is(sessions[0].authentication.until, now + DAY);
  const { client } = await meet({ server: { tickets }, session: sessions[0] });
  assert.is(client.info.resumed, true);
  const later = { client: { now: () => now + DAY + 1000 }, server: { tickets }, session: sessions[0] };
  assert.is((await meet(later)).client.info.resumed, false);
  tickets.dispose();
});

/** Fields of `delegated` changed before it is signed again, or not. */
async function forged(change: (key: Uint8Array) => void, signer: x509.PrivateKey | null, cert = certificate) {
  const key = delegated.slice(0, 4 + 2 + 3 + 44);
  change(key);
  const { delegationContent, encodeDelegatedCredential } = await import('../../src/x509/delegation.ts');
  const scheme = SignatureScheme.ecdsa_secp256r1_sha256;
  const toSign = delegationContent('server', cert.der, key, scheme);
  const signature =
    signer === null ? delegated.slice(key.length + 4) : await x509.signerOf(signer).sign(scheme, toSign);
  return encodeDelegatedCredential(key, scheme, signature);
}

const setTime = (seconds: number) => (key: Uint8Array) => new DataView(key.buffer).setUint32(0, seconds);
const refused: [string, () => Promise<Uint8Array>, x509.Certificate?][] = [
  ['that has ended', () => forged(setTime(86_399), serverKey)],
  ['of more than seven days (§4.1.3)', () => forged(setTime(8 * 86_400 + 1), serverKey)],
  [
    'whose signature is not by the certificate',
    () => forged(() => {}, delegatedKey === serverKey ? null : authorityKey),
  ],
  ['that was changed', () => forged(setTime(2 * 86_400 - 1), null)],
  ['of a certificate without DelegationUsage (§4.2)', () => forged(() => {}, serverKey, plain), plain],
  [
    'whose key is of another kind than its scheme',
    () => forged(key => new DataView(key.buffer).setUint16(4, 0x0403), serverKey),
  ],
  ['that was signed for another certificate', () => forged(() => {}, serverKey, plain)],
];
for (const [what, make, cert] of refused) {
  test(`a client refuses a delegated credential ${what} (illegal_parameter, §4.1.3)`, async () => {
    const encoded = await make();
    const { delegated: use, ...credential } = { ...ordinary, certificateChain: [(cert ?? certificate).der] };
    assert.is(use, undefined);
    const scheme = (encoded[4] << 8) | encoded[5];
    const signer = { schemes: [scheme], sign: () => new Uint8Array(64) };
    const algorithm = SignatureScheme.ecdsa_secp256r1_sha256;
    const shown = { ...credential, signer, delegated: { encoded, scheme, algorithm, until: now + DAY } };
    const { codes, client } = await meet({ server: { credentials: () => shown } });
    assert.is(codes[0], 'ERR_ILLEGAL_PARAMETER', client.error?.message);
    assert.is(codes[1], 'ERR_ALERT_RECEIVED');
  });
}

test('a client refuses what is signed by the key of the certificate behind a delegated credential', async () => {
  const { delegated: use } = withDelegation();
  const signer = { schemes: [SignatureScheme.ed25519], sign: () => new Uint8Array(64) };
  const { codes } = await meet({ server: { credentials: () => ({ ...ordinary, signer, delegated: use }) } });
  assert.is(codes[0], 'ERR_INVALID_SIGNATURE');
});

test('a client refuses a delegated key of a scheme that it did not offer (illegal_parameter, §4.1.1)', async () => {
  const { delegated: use, ...rest } = { ...withDelegation() };
  const hook = () => ({ ...rest, signer: keyOf(serverKey), delegated: { ...use!, scheme: 0x0403 } });
  const client = { delegatedCredentials: castls.delegatedCredentials({ schemes: [0x0403] }) };
  const wrong = await meet({ client, server: { credentials: hook } });
  assert.is(wrong.codes[0], 'ERR_ILLEGAL_PARAMETER');
});

test('issuing refuses what no client would take', async () => {
  const rsa = await x509.generatePrivateKey({ type: 'rsa', bits: 2048 });
  const bad: [object, object, string][] = [
    [{ notAfter: now + 8 * DAY }, {}, 'ERR_INVALID_ARGUMENT'],
    [{ notAfter: now - 1 }, {}, 'ERR_INVALID_ARGUMENT'],
    [{ now: now + 29 * DAY, notAfter: now + 31 * DAY }, {}, 'ERR_INVALID_ARGUMENT'],
    [{ publicKey: rsa.publicKey }, {}, 'ERR_UNSUPPORTED_ALGORITHM'],
    [{ scheme: SignatureScheme.ecdsa_secp256r1_sha256 }, {}, 'ERR_UNSUPPORTED_ALGORITHM'],
    [{ role: 'both' }, {}, 'ERR_INVALID_ARGUMENT'],
    [{ notAfterr: 1 }, {}, 'ERR_INVALID_ARGUMENT'],
    [{}, { certificate: plain }, 'ERR_INVALID_ARGUMENT'],
    [{}, { algorithm: SignatureScheme.rsa_pkcs1_sha256 }, 'ERR_UNSUPPORTED_ALGORITHM'],
    [{}, { signer: x509.signerOf(authorityKey), verifiers: x509.signatureVerifiers() }, 'ERR_INVALID_SIGNATURE'],
  ];
  for (const [wrong, who, code] of bad) {
    const failure = await x509.issueDelegatedCredential({ ...content, ...wrong } as never, { ...by, ...who }).then(
      () => undefined,
      error => error.code,
    );
    assert.is(failure, code, JSON.stringify(wrong));
  }
  assert.is(
    codeOf(() => castls.delegatedCredentials({ scheme: [1] } as never)),
    'ERR_INVALID_ARGUMENT',
  );
});

test('a credential whose key is another one, or whose bytes are none', () => {
  const make = (change: object) =>
    codeOf(() =>
      castls.delegatedCredential({
        cert: certificate.der,
        delegated,
        key: x509.writePrivateKey(delegatedKey),
        ...change,
      }),
    );
  assert.is(make({}), 'no error');
  assert.is(make({ key: x509.writePrivateKey(serverKey) }), 'ERR_INVALID_ARGUMENT');
  assert.is(make({ delegated: delegated.slice(0, 60) }), 'ERR_DECODE_ERROR');
});

test.run();
