// Full TLS 1.1 handshakes, both ends in one thread over an in-memory pipe: TLS_RSA_WITH_AES_128_CBC_SHA, the suite that all have, an
// RSA certificate of 2,048 bits, no resumption, orderly close. castls and node:tls verify the chain, node-forge takes any.

import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';
import forge from 'node-forge';
import { Connection } from '../../src/connection/connection.ts';
import { credential, peerVerifier } from '../../src/index.ts';
import { aesCbc, legacyClientConfig, legacyServerConfig, tls11 } from '../../src/legacy.ts';
import { castls, native, peer } from '../core.ts';
import type { Candidate } from '../suite.ts';
import { duplexPair } from '../support/duplex_pair.ts';

const name = 'full TLS 1.1 handshake';
const host = 'example.test';
const suite = { name: 'TLS_RSA_WITH_AES_128_CBC_SHA', openssl: 'AES128-SHA' };

interface Files {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

function byCastls({ ca, cert, key }: Files): () => void {
  const only = { name: suite.name, has: (bulk: string, each: string) => aesCbc.has(bulk, each) && each === suite.name };
  const common = { versions: [tls11], ciphers: [only], dangerouslySilent: true };
  const client = legacyClientConfig({ ...common, verifier: peerVerifier({ ca }) });
  const server = legacyServerConfig({ ...common, credentials: [credential({ cert, key })] });
  return () => {
    const sides = [
      new Connection(client.settings({ serverName: host }), client),
      new Connection(server.settings(), server),
    ];
    const seen = { established: 0, closed: 0 };
    for (let moved = true; moved; ) {
      moved = false;
      for (const [i, side] of sides.entries()) {
        for (const bytes of side.takeOutput()) {
          moved = true;
          sides[1 - i].receive(bytes);
        }
        for (let event = side.nextEvent(); event; event = side.nextEvent()) {
          moved = true;
          if (event.kind === 'session') event.session.secret.dispose();
          else if (event.kind === 'established' && ++seen.established === 2) side.close();
          else if (event.kind === 'end') side.close();
          else if (event.kind === 'closed') {
            if (event.error) throw event.error;
            seen.closed++;
          }
        }
      }
    }
    if (seen.established !== 2 || seen.closed !== 2) throw new Error(`handshake: ${JSON.stringify(seen)}`);
    for (const side of sides) side.destroy();
  };
}

function byNode({ ca, cert, key }: Files): () => Promise<void> {
  const common = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: `${suite.openssl}:@SECLEVEL=0` } as const;
  const serverContext = tls.createSecureContext({ ...common, cert, key });
  const clientContext = tls.createSecureContext({ ...common, ca });
  return () =>
    new Promise((resolve, reject) => {
      const [left, right] = duplexPair();
      const server = new tls.TLSSocket(right, { isServer: true, secureContext: serverContext });
      const client = tls.connect({ socket: left, secureContext: clientContext, servername: host }, () => client.end());
      server.on('error', reject).on('end', () => server.end());
      server.resume();
      client.resume();
      client.on('error', reject).on('close', () => {
        server.destroy();
        if (client.authorized) resolve();
        else reject(new Error('not authorized'));
      });
    });
}

function byForge({ key }: Files): () => void {
  const cert = selfSigned(key);
  const cipherSuites = [forge.tls.CipherSuites.TLS_RSA_WITH_AES_128_CBC_SHA];
  return () => {
    const seen = { connected: 0, closed: 0 };
    const rest = {
      cipherSuites,
      verify: () => true as const,
      connected: (connection: forge.tls.Connection) => {
        if (++seen.connected === 2) connection.close();
      },
      dataReady: () => {},
      closed: () => seen.closed++,
      error: (_: forge.tls.Connection, error: forge.tls.TLSError) => {
        throw new Error(error.message);
      },
    };
    const server: forge.tls.Connection = forge.tls.createConnection({
      ...rest,
      server: true,
      getCertificate: () => cert,
      getPrivateKey: () => key,
      tlsDataReady: connection => client.process(connection.tlsData.getBytes()),
    });
    const client: forge.tls.Connection = forge.tls.createConnection({
      ...rest,
      server: false,
      virtualHost: host,
      tlsDataReady: connection => server.process(connection.tlsData.getBytes()),
    });
    client.handshake();
    if (seen.connected !== 2) throw new Error(`handshake: ${JSON.stringify(seen)}`);
  };
}

/** node-forge reads no certificate that an elliptic curve signed. */
function selfSigned(key: string): string {
  const { pki } = forge;
  const privateKey = pki.privateKeyFromPem(key);
  const made = pki.createCertificate();
  made.publicKey = pki.setRsaPublicKey(privateKey.n, privateKey.e);
  made.serialNumber = '01';
  made.validity.notAfter = new Date(Date.now() + 86_400_000);
  const subject = [{ name: 'commonName', value: host }];
  made.setSubject(subject);
  made.setIssuer(subject);
  made.sign(privateKey, forge.md.sha256.create());
  return pki.certificateToPem(made);
}

export function legacyHandshakes(): Candidate[] {
  const file = (which: string) => readFileSync(new URL(`../../test/fixtures/${which}`, import.meta.url), 'utf8');
  const files = { ca: file('ca.crt'), cert: file('server_rsa.crt'), key: file('server_rsa.key') };
  const [own, node, theirs] = [byCastls(files), byNode(files), byForge(files)];
  return [
    { name, ...castls, bytes: 0, check: own, run: own },
    { name, ...native, implementation: 'node:tls', bytes: 0, asynchronous: true, check: node, run: node },
    { name, ...peer('node-forge'), bytes: 0, check: theirs, run: theirs },
  ];
}
