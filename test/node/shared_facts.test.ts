// What sockets hold of their peers and sessions is shared between them: who overwrites what a socket gives changes nothing for
// another, and a session is the same whenever it is asked for.

import { createHash, X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CompactSession } from '../../src/handshake/sessions/compact_session.ts';
import { dangerousSerializeSession } from '../../src/handshake/sessions/session.ts';
import { defaultProvider, parseSession } from '../../src/index.ts';
import { ca, cleanUp, client, event, keyPair, listen, own, within } from '../support/node_tls.ts';

test.after.each(cleanUp);

type Bytes = (Uint8Array | null | undefined)[];

interface Met {
  readonly sockets: readonly TLSSocket[];
  /** What events and hooks gave. */
  readonly given: Bytes;
}

const exits: Record<string, (met: Met) => Bytes> = {
  'events and hooks': ({ given }) => given,
  getPeerCertificate: ({ sockets }) => sockets.flatMap(socket => bytesOf(socket.getPeerCertificate(true))),
  getPeerX509Certificate: ({ sockets }) => sockets.map(socket => socket.getPeerX509Certificate()?.raw),
  getCertificate: ({ sockets }) =>
    sockets.flatMap(socket => bytesOf(socket.getCertificate() as DetailedPeerCertificate)),
  getX509Certificate: ({ sockets }) => sockets.map(socket => socket.getX509Certificate()?.raw),
  getSession: ({ sockets }) => sockets.map(socket => socket.getSession()),
  getTLSTicket: ({ sockets }) => sockets.map(socket => socket.getTLSTicket()),
  getFinished: ({ sockets }) => sockets.map(socket => socket.getFinished()),
  getPeerFinished: ({ sockets }) => sockets.map(socket => socket.getPeerFinished()),
};

const bytesOf = ({ raw, pubkey }: DetailedPeerCertificate): Bytes => [raw, pubkey];
const digest = (bytes: Uint8Array | null | undefined) =>
  bytes == null ? `${bytes}` : createHash('sha256').update(bytes).digest('hex').slice(0, 16);
const said = (met: Met) => {
  const { 'events and hooks': _given, ...asked } = exits;
  return Object.entries(asked).map(([name, all]) => [name, ...all(met).map(digest)]);
};

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  test(`${version}: who overwrites what a socket gives changes nothing for another`, async () => {
    const cert = { ...keyPair('server_rsa'), ca, requestCert: true, minVersion: version, maxVersion: version };
    const running = await listen(own, cert);
    running.server.on('OCSPRequest', (_certificate, _issuer, answer) => answer(null, Buffer.from([0x30, 3, 10, 1, 0])));
    const meet = async (): Promise<Met> => {
      const given: Bytes = [];
      const accepted = event<TLSSocket>(running.server, 'secureConnection');
      const socket = client(own, running.port, {
        ...keyPair('client_rsa'),
        ...{ requestOCSP: true },
        checkServerIdentity: (_host, shown) => {
          given.push(...bytesOf(shown as DetailedPeerCertificate));
          return undefined;
        },
      });
      socket.on('OCSPResponse', response => given.push(response));
      socket.on('session', session => given.push(session));
      const met = await within('a connection', accepted);
      // Behind the last ticket.
      met.write('x');
      await event(socket, 'data');
      return { sockets: [socket, met], given };
    };
    const [one, other] = [await meet(), await meet()];
    const [before, after] = [said(one), said(other)];
    assert.equal(one.sockets[0].getSession(), one.given.at(-1));
    for (const [exit, all] of Object.entries(exits)) {
      for (const bytes of all(one)) bytes?.fill(0xaa);
      assert.equal(said(other), after, `${exit}: another socket`);
      assert.equal(said(one), before, `${exit}: the same socket`);
    }
    const next = await meet();
    assert.equal(next.sockets[0].getPeerCertificate().fingerprint256, new X509Certificate(cert.cert).fingerprint256);
    assert.equal(digest(next.given.find(bytes => bytes?.length === 5)), digest(Buffer.from([0x30, 3, 10, 1, 0])));
  });
}

test('a session that is kept in parts comes out as it went in, and its bytes are wiped where they came from', () => {
  const provider = defaultProvider();
  const filled = (length: number, value: number) => new Uint8Array(length).fill(value);
  const plain = {
    role: 'client',
    version: 0x0304,
    cipherSuite: 0x1301,
    serverName: 'example.test',
    alpn: null,
    issuedAt: 1_800_000_000_000,
    lifetime: 300,
    ageAdd: 0xffffffff,
    maxEarlyData: 0,
    ticket: filled(200, 1),
    sessionId: new Uint8Array(0),
    extendedMasterSecret: false,
    peerCertificates: [] as Uint8Array[],
    peerOcspResponse: null as Uint8Array | null,
    peerTimestamps: [] as Uint8Array[],
    authentication: {
      proof: 'certificate',
      at: 1_800_000_000_000,
      until: Number.POSITIVE_INFINITY,
      pskIdentity: filled(3, 7),
      pskFingerprint: filled(32, 8),
      pskHint: new Uint8Array(0),
      own: new Uint8Array(0),
      request: filled(32, 9),
    },
    context: filled(32, 10),
    peer: null,
  } as const;
  const sessions = [
    plain,
    { ...plain, serverName: null, alpn: 'h2', ticket: new Uint8Array(0), sessionId: filled(32, 2) },
    { ...plain, peerCertificates: [filled(900, 3), filled(20_000, 4)] },
    { ...plain, peerCertificates: [filled(900, 3)], peerOcspResponse: filled(500, 5), peerTimestamps: [filled(99, 6)] },
    {
      ...plain,
      localCertificateType: 'RawPublicKey',
      peerCertificateType: 'RawPublicKey',
      peerCertificates: [filled(91, 3)],
    },
  ] as const;
  for (const session of sessions) {
    const secret = provider.importSecret(filled(32, 0x55));
    const bytes = dangerousSerializeSession({ ...session, secret } as never, provider);
    const whole = bytes.slice();
    const kept = new CompactSession(bytes);
    assert.equal(bytes, new Uint8Array(bytes.length));
    assert.equal(kept.bytes(), whole);
    kept.bytes().fill(0);
    assert.equal(kept.bytes(), whole);
    const parsed = parseSession(kept.bytes());
    assert.equal(parsed.peerCertificates, session.peerCertificates);
    parsed.secret.dispose();
    secret.dispose();
  }
  for (const bad of [new Uint8Array(0), filled(500, 0xff), Uint8Array.of(5, 1, 3, 4)]) {
    assert.throws(() => new CompactSession(bad));
  }
});

test.run();
