// Full TLS 1.3 handshakes, both ends in one thread over an in-memory pipe: x25519, TLS_AES_128_GCM_SHA256, one P-256
// chain of three verified, two tickets, no resumption, orderly close.

import { createPrivateKey } from 'node:crypto';
import * as tls from 'node:tls';
import { clientConfig, serverConfig } from '../../src/connection/config.ts';
import { Connection } from '../../src/connection/connection.ts';
import { rememberSignatures } from '../../src/crypto/remembered_verifier.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { SignatureScheme } from '../../src/registry/signature_schemes.ts';
import { fullProvider } from '../../src/wasm/default_provider.ts';
import { p256Keys } from '../../src/wasm/p256.ts';
import { createPeerVerifier, parseCertificate, trustAnchor } from '../../src/x509/index.ts';
import { castls, core, random } from '../core.ts';
import type { Candidate, Group } from '../suite.ts';
import { type IssuedChain, issueChain, pem } from '../support/chain.ts';
import { duplexPair } from '../support/duplex_pair.ts';

const name = 'full TLS 1.3 handshake';
const suite = 'TLS_AES_128_GCM_SHA256';
const ticketCount = 2;
/** As many as a server of the group "server" has made before it is measured. */
const warmUp = 4000;

/** One handshake between two sans-I/O connections; throws if it does not get through. */
function ownHandshake(chain: IssuedChain): () => void {
  const provider = fullProvider(core());
  const scalar = core().importSecret(chain.privateScalar);
  const key = p256Keys(core()).import({ type: 'ec', curve: 'P-256', scalar });
  const parameters = { type: 'ecdsa', hash: 'sha256' } as const;
  const signer = {
    schemes: [SignatureScheme.ecdsa_secp256r1_sha256],
    sign: (_scheme: number, message: Uint8Array) => key.sign(parameters, message, random),
  };
  const common = { provider, minVersion: 'TLSv1.3', cipherSuites: [suite], groups: ['x25519'] } as const;
  const tickets = new TicketKeys({ provider });
  const credentials = [{ certificateChain: [chain.leaf, chain.intermediate], signer }];
  const server = serverConfig({ ...common, credentials, tickets, ticketCount });
  const anchors = [trustAnchor(parseCertificate(chain.root))];
  // As peerVerifier of `castls` and the contexts of castls/node have it.
  const verifier = createPeerVerifier({ anchors, verifiers: rememberSignatures(provider.signatureVerifiers) });
  const client = clientConfig({ ...common, verifier });
  return () => {
    const sides = [
      new Connection(client.settings({ serverName: chain.host }), client),
      new Connection(server.settings(), server),
    ];
    const seen = { established: 0, sessions: 0, ended: 0 };
    for (let moved = true; moved; ) {
      moved = false;
      for (const [i, side] of sides.entries()) {
        for (const bytes of side.takeOutput()) {
          moved = true;
          sides[1 - i].receive(bytes);
        }
        for (let event = side.nextEvent(); event; event = side.nextEvent()) {
          if (event.kind === 'established') seen.established++;
          else if (event.kind === 'session' && event.session) {
            seen.sessions++;
            event.session.secret.dispose();
            if (seen.sessions === ticketCount) side.close();
          } else if (event.kind === 'end') {
            seen.ended++;
            side.close();
          } else if (event.kind === 'closed' && event.error) throw event.error;
          moved = true;
        }
      }
    }
    if (seen.established !== 2 || seen.sessions !== ticketCount) throw new Error(`handshake: ${JSON.stringify(seen)}`);
    for (const side of sides) side.destroy();
  };
}

function nativeHandshake(chain: IssuedChain): () => Promise<void> {
  const key = createPrivateKey({ key: chain.privateKeyJwk as never, format: 'jwk' }).export({
    format: 'pem',
    type: 'pkcs8',
  });
  const cert = pem(chain.leaf) + pem(chain.intermediate);
  const common = { minVersion: 'TLSv1.3', ciphers: suite, ecdhCurve: 'X25519' } as const;
  const serverContext = tls.createSecureContext({ ...common, key, cert });
  const clientContext = tls.createSecureContext({ ...common, ca: pem(chain.root) });
  return () =>
    new Promise((resolve, reject) => {
      const [left, right] = duplexPair();
      const server = new tls.TLSSocket(right, { isServer: true, secureContext: serverContext });
      const client = tls.connect({ socket: left, secureContext: clientContext, servername: chain.host });
      let sessions = 0;
      client.on('session', () => {
        if (++sessions === ticketCount) client.end();
      });
      server.on('end', () => server.end());
      server.resume();
      client.resume();
      client.on('close', () => {
        server.destroy();
        if (client.authorized && sessions === ticketCount) resolve();
        else reject(new Error(`authorized ${client.authorized}, ${sessions} sessions`));
      });
      client.on('error', reject);
      server.on('error', reject);
    });
}

export const handshakesGroup: Group = {
  name: 'handshakes',
  async candidates() {
    const chain = await issueChain(1);
    const own = ownHandshake(chain);
    const native = nativeHandshake(chain);
    const rows: Candidate[] = [
      { name, ...castls, bytes: 0, warmUp, check: own, run: own },
      {
        name,
        implementation: 'node:tls',
        version: `OpenSSL ${process.versions.openssl}`,
        bytes: 0,
        warmUp,
        asynchronous: true,
        check: native,
        run: native,
      },
    ];
    return rows;
  },
};
