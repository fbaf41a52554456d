// The dangerous switch: go on with a peer that nobody vouches for, and let the identity carry why. Possession of the
// key in the certificate is checked all the same.

import { TlsError } from '../base/errors.ts';
import {
  dangerousUnverifiedPeer,
  type PeerIdentity,
  type PeerVerifier,
  type PresentedPeer,
} from '../crypto/peer_verifier.ts';
import type { PublicKey } from '../crypto/signature.ts';
import { spkiOfCertificate } from '../x509/certificate_pieces.ts';
import { parsePublicKey } from '../x509/public_key.ts';

/** A verifier that turns every ERR_CERT_* of `verifier` into an UnverifiedPeer. @param verifier null refuses everybody */
export function dangerouslyAcceptAnyPeer(verifier: PeerVerifier | null): PeerVerifier {
  const judge = verifier ?? nobody;
  return {
    verify(peer, signal) {
      try {
        const identity = judge.verify(peer, signal);
        return identity instanceof Promise ? identity.catch(error => unverified(peer, error)) : identity;
      } catch (error) {
        return unverified(peer, error);
      }
    },
  };
}

/** No trust, no acceptance. */
export const nobody: PeerVerifier = {
  verify(): never {
    throw new TlsError('ERR_CERT_NO_TRUST_ANCHORS', 'the config has no verifier');
  },
};

function publicKeyOf({ certificateType, certificates }: PresentedPeer): PublicKey {
  return parsePublicKey(certificateType === 'RawPublicKey' ? certificates[0] : spkiOfCertificate(certificates[0]));
}

function unverified(peer: PresentedPeer, failure: unknown): PeerIdentity {
  if (!(failure instanceof TlsError) || !failure.code.startsWith('ERR_CERT_')) throw failure;
  let publicKey: PublicKey;
  try {
    publicKey = publicKeyOf(peer);
  } catch {
    throw failure; // nobody can prove possession of a key that cannot be read
  }
  return dangerousUnverifiedPeer(publicKey, peer.certificateType === 'RawPublicKey' ? [] : peer.certificates, failure);
}
