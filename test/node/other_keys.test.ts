// Keys beside those of certificates in castls/node: raw public keys (RFC 7250), pinned keys, delegated credentials (RFC 9345).

import { createPublicKey } from 'node:crypto';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as https from '../../src/https.ts';
import * as castls from '../../src/node.ts';
import * as x509 from '../../src/x509.ts';
import { codeOf } from '../support/code_of.ts';
import { ca, cleanUp, client, event, keyPair, listen, own } from '../support/node_tls.ts';

test.after.each(cleanUp);

const keyOf = (name: string) => keyPair(name).key;
const publicOf = (name: string) => createPublicKey(keyOf(name)).export({ type: 'spki', format: 'pem' }) as string;
const derOf = (name: string) => new Uint8Array(createPublicKey(keyOf(name)).export({ type: 'spki', format: 'der' }));
const infoOf = (socket: unknown) => (socket as castls.TLSSocket).info!;

/** Both ends of a connection that is up. */
async function meet(ofServer: object, mine: object) {
  const { port, server: listener } = await listen(own, ofServer as TlsOptions, socket => socket.resume());
  const socket = client(own, port, mine as ConnectionOptions);
  const [server] = await Promise.all([
    event<typeof socket>(listener, 'secureConnection'),
    event(socket, 'secureConnect'),
  ]);
  return { client: socket, server };
}

async function failure(server: object, mine: object): Promise<string> {
  const { port } = await listen(own, server as TlsOptions, socket => socket.resume());
  const error = await event<NodeJS.ErrnoException>(client(own, port, mine as ConnectionOptions), 'error');
  return (error.cause as NodeJS.ErrnoException)?.code ?? error.code ?? '';
}

const raw = { peerCertificateTypes: ['RawPublicKey'] };

for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
  test(`${maxVersion}: a raw public key on each side, each known to the other`, async () => {
    const server = {
      rawPublicKey: { key: keyOf('server_p256') },
      ...raw,
      pinnedKeys: [derOf('client_rsa')],
      requestCert: true,
      maxVersion,
    };
    const mine = { rawPublicKey: [{ publicKey: publicOf('client_rsa'), key: keyOf('client_rsa') }], ...raw };
    const ends = await meet(server, { ...mine, pinnedKeys: [publicOf('server_p256')], ca: undefined });
    for (const [end, peer] of [
      [ends.client, 'server_p256'],
      [ends.server, 'client_rsa'],
    ] as const) {
      assert.is(end.authorized, true);
      assert.equal(infoOf(end).peerRawPublicKey, derOf(peer));
      assert.is(infoOf(end).peer?.kind, 'raw-key');
      // As node:tls has it for a peer without a certificate.
      assert.equal(end.getPeerCertificate(), {});
      assert.is(end.getPeerX509Certificate(), undefined);
      assert.equal(end.getCertificate(), {});
      assert.is(end.getX509Certificate(), undefined);
    }
  });
}

test('a server has certificates and raw keys: each client gets what it takes', async () => {
  const server = { ...keyPair('server_p256'), rawPublicKey: { key: keyOf('server_ed25519') } };
  const usual = await meet(server, {});
  assert.is(infoOf(usual.client).peerRawPublicKey, null);
  const pinned = { ca: undefined, pinnedKeys: [publicOf('server_ed25519')], ...raw };
  assert.equal(infoOf((await meet(server, pinned)).client).peerRawPublicKey, derOf('server_ed25519'));
});

test('a pinned key is known in a certificate, too, and nothing else of that one is looked at', async () => {
  const server = keyPair('server_p256');
  const mine = { ca: undefined, pinnedKeys: [publicOf('server_p256')], servername: 'another.test' };
  assert.is(infoOf((await meet(server, mine)).client).peer?.kind, 'pinned-key');
  const other = { ca: undefined, pinnedKeys: [publicOf('server_rsa')], servername: 'localhost' };
  assert.is(await failure(server, other), 'ERR_CERT_UNKNOWN_ISSUER');
});

test('a key that nobody pinned is refused, raw or not; with rejectUnauthorized: false it is not authorized', async () => {
  // Without the certificate that servers of these tests have.
  const server = { cert: undefined, key: undefined, rawPublicKey: { key: keyOf('server_p256') } };
  assert.is(
    await failure(server, { ...raw, ca: undefined, pinnedKeys: [publicOf('server_rsa')] }),
    'ERR_CERT_UNKNOWN_ISSUER',
  );
  assert.ok((await failure(server, raw)).startsWith('ERR_CERT_'));
  const { client: socket } = await meet(server, { ...raw, rejectUnauthorized: false });
  assert.is(socket.authorized, false);
  // Who takes certificates alone gets none.
  assert.is(await failure(server, {}), 'ERR_ALERT_RECEIVED');
});

test('checkServerIdentity is about names, which a raw key has none of', async () => {
  let asked = 0;
  const checkServerIdentity = () => {
    asked++;
    return undefined;
  };
  const server = { ...keyPair('server_p256'), rawPublicKey: { key: keyOf('server_p256') } };
  const mine = { ca: undefined, pinnedKeys: [publicOf('server_p256')], checkServerIdentity };
  await meet(server, { ...mine, ...raw });
  assert.is(asked, 0);
  await meet(server, mine);
  assert.is(asked, 1);
});

test('options are checked', () => {
  const signer = { schemes: [0x0403], sign: () => new Uint8Array(1) };
  const key = keyOf('server_p256');
  const bad: object[] = [
    { peerCertificateTypes: ['OpenPGP'] },
    { pinnedKeys: publicOf('server_p256') },
    { pinnedKeys: [] },
    { pinnedKeys: ['sha256/short'] },
    { pinnedKeys: [publicOf('server_p256')], ca },
    { rawPublicKey: key },
    { rawPublicKey: { key: signer } },
    { rawPublicKey: { key, publicKey: publicOf('server_rsa') } },
    { delegatedCredential: { key } },
    { acceptDelegatedCredentials: 'yes' },
  ];
  for (const options of bad) {
    const code = codeOf(() => castls.createSecureContext(options as never));
    assert.is(code, 'ERR_INVALID_ARGUMENT', JSON.stringify(options).slice(0, 80));
  }
});

test('an agent keeps connections under other keys apart', () => {
  const agent = new https.Agent();
  const names = [
    {},
    { pinnedKeys: [publicOf('server_p256')] },
    { pinnedKeys: [publicOf('server_rsa')] },
    { pinnedKeys: [derOf('server_rsa')] },
    { peerCertificateTypes: ['RawPublicKey'] },
    { rawPublicKey: { key: keyOf('server_p256') } },
    { rawPublicKey: { key: keyOf('server_rsa') } },
    { acceptDelegatedCredentials: true },
  ].map(options => agent.getName({ host: 'localhost', port: 443, ...options } as never));
  assert.is(new Set(names).size, names.length);
});

const DAY = 86_400_000;

test('delegated credentials, of a server and of a client, beside the certificates that delegate', async () => {
  const now = Date.now();
  const authorityKey = await x509.generatePrivateKey({ type: 'ec', curve: 'P-256' });
  const dates = { notBefore: now - DAY, notAfter: now + 30 * DAY };
  const authority = await x509.issueSelfSigned(
    { profile: 'ca', subject: 'CN=delegating authority', ...dates },
    { key: authorityKey },
  );
  const delegatedKey = await x509.generatePrivateKey({ type: 'ed25519' });
  const make = async (role: 'server' | 'client') => {
    const key = await x509.generatePrivateKey({ type: 'ec', curve: 'P-256' });
    const certificate = await x509.issueCertificate(
      {
        profile: role,
        subject: 'CN=localhost',
        altNames: ['localhost'],
        publicKey: key.publicKey,
        delegationUsage: true,
        ...dates,
      },
      { certificate: authority, key: authorityKey },
    );
    const delegated = await x509.issueDelegatedCredential(
      { publicKey: delegatedKey.publicKey, notAfter: now + DAY, role },
      { certificate, signer: x509.signerOf(key) },
    );
    const cert = certificate.der;
    const delegatedCredential = { cert, delegated, key: x509.writePrivateKey(delegatedKey) };
    return { cert, key: x509.writePrivateKey(key), delegatedCredential };
  };
  const [server, mine] = [await make('server'), await make('client')];
  for (const acceptDelegatedCredentials of [true, false]) {
    const ends = await meet(
      { ...server, requestCert: true, ca: authority.der, acceptDelegatedCredentials },
      { ...mine, ca: authority.der, servername: 'localhost', acceptDelegatedCredentials },
    );
    for (const end of [ends.client, ends.server]) {
      assert.equal([infoOf(end).delegatedCredential, end.authorized], [acceptDelegatedCredentials, true]);
    }
  }
});

test.run();
