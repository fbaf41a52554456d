// Who the peer is and whether it has the key, for every version: the verifier is asked, a signature is checked.

import { TlsError } from '../../base/errors.ts';
import { type PeerIdentity, type PresentedPeer, requireMinted } from '../../crypto/peer_verifier.ts';
import type { PublicKey, SignatureParameters } from '../../crypto/signature.ts';
import { signatureUnits } from '../../crypto/signature_units.ts';
import { parsePublicKey } from '../../x509/public_key.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';

/** What the key of a peer's certificate does in the handshake. */
export type KeyUse = NonNullable<PresentedPeer['keyUse']>;

/** Asks the verifier who the peer is. @throws ERR_CERT_*; ERR_UNSUPPORTED_CERTIFICATE for a type that is not taken */
export function* verifyPeer(
  hs: Handshake,
  peer: Omit<PresentedPeer, 'now' | 'work' | 'pace'> & { readonly keyUse: KeyUse },
): Steps<PeerIdentity> {
  const { work } = hs;
  const { verifier, now } = hs.settings;
  const { certificateType = 'X509' } = peer;
  if (!hs.settings.peerCertificateTypes.includes(certificateType)) {
    throw new TlsError('ERR_UNSUPPORTED_CERTIFICATE', `the peer presents ${certificateType}, which is not taken here`);
  }
  if (certificateType === 'RawPublicKey') checkRawPublicKey(peer.certificates[0]);
  if (verifier === null) throw new TlsError('ERR_INVALID_STATE', 'there is no verifier for the peer');
  const identity = yield* hs.ask('verifier', (signal, pace) =>
    verifier.verify({ ...peer, now: now(), work, pace }, signal),
  );
  return requireMinted(identity);
}

/** RFC 7250 §3: one SubjectPublicKeyInfo. @throws ERR_DECODE_ERROR, ERR_UNSUPPORTED_CERTIFICATE, ERR_INVALID_PUBLIC_KEY */
function checkRawPublicKey(spki: Uint8Array): void {
  try {
    parsePublicKey(spki);
  } catch (cause) {
    if (!(cause instanceof TlsError)) throw cause;
    if (cause.code === 'ERR_MALFORMED_DER') throw new TlsError('ERR_DECODE_ERROR', 'not a raw public key', { cause });
    if (cause.code !== 'ERR_UNSUPPORTED_ALGORITHM') throw cause;
    throw new TlsError('ERR_UNSUPPORTED_CERTIFICATE', 'a raw public key of an unsupported algorithm', { cause });
  }
}

/** @throws ERR_INVALID_SIGNATURE; ERR_UNSUPPORTED_CERTIFICATE if no verifier of the provider handles the key */
export function* requireSignature(
  hs: Handshake,
  key: PublicKey,
  parameters: SignatureParameters,
  content: Uint8Array,
  signature: Uint8Array,
): Steps<void> {
  const verifier = hs.settings.provider.signatureVerifiers.find(candidate => candidate.handles(key, parameters));
  if (verifier === undefined) throw new TlsError('ERR_UNSUPPORTED_CERTIFICATE', `no verifier for ${key.type} keys`);
  hs.work.charge(signatureUnits(key), 'a signature');
  const valid = yield* hs.flow.settle(() => verifier.verify(key, parameters, content, signature));
  if (!valid) throw new TlsError('ERR_INVALID_SIGNATURE', 'the peer does not prove possession of its key');
}
