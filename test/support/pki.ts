// The test certificates as castls wants them: credentials over node:crypto keys, and a verifier that trusts the test CA.

import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { TlsError } from '../../src/base/errors.ts';
import { type PeerVerifier, type PresentedPeer, verifiedChain } from '../../src/crypto/peer_verifier.ts';
import type { Credential } from '../../src/handshake/flow/settings.ts';
import { nodeSigner, publicKeyOf } from './node/signatures.ts';

export type CredentialName =
  | 'server_p256'
  | 'server_p384'
  | 'server_rsa'
  | 'server_ed25519'
  | 'client_p256'
  | 'client_rsa';

const fixture = (name: string): string => readFileSync(join('test/fixtures', name), 'utf8');

export function certificateDer(name: CredentialName | 'ca'): Uint8Array {
  return new Uint8Array(new X509Certificate(fixture(`${name}.crt`)).raw);
}

/** @param later signs in a later task, as a KMS would */
export function credential(name: CredentialName, options: { later?: boolean } & Partial<Credential> = {}): Credential {
  const { later, ...rest } = options;
  const key = createPrivateKey(fixture(`${name}.key`));
  return { certificateChain: [certificateDer(name)], signer: nodeSigner(key, later), ...rest };
}

/** Trusts what the test CA signed for the name. `seen` gets what was presented. */
export function testVerifier(options: { later?: boolean; seen?: PresentedPeer[] } = {}): PeerVerifier {
  const ca = new X509Certificate(fixture('ca.crt'));
  return {
    verify(peer) {
      options.seen?.push(peer);
      const judge = () => {
        const leaf = new X509Certificate(peer.certificates[0]);
        if (!leaf.verify(createPublicKey(ca.publicKey.export({ format: 'pem', type: 'spki' })))) {
          throw new TlsError('ERR_CERT_UNKNOWN_ISSUER', 'not signed by the test CA');
        }
        const name = peer.serverName;
        if (name !== undefined && !(isIP(name) ? leaf.checkIP(name) : leaf.checkHost(name))) {
          throw new TlsError('ERR_CERT_NAME_MISMATCH', `not for ${name}`);
        }
        return verifiedChain(publicKeyOf(leaf.publicKey), [...peer.certificates, new Uint8Array(ca.raw)]);
      };
      return options.later ? new Promise(done => setImmediate(() => done(judge()))) : judge();
    },
  };
}
