// Whether a session may stand in for a full handshake of today, for both versions and both roles: only where that would
// end the same way. Trust, the credentials of either side and PSKs may have changed since.

import { equalVartime, toHex } from '../../base/bytes.ts';
import type { PeerIdentity } from '../../crypto/peer_verifier.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import type { Secret } from '../../crypto/secret.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import { type ClientSettings, type ServerSettings, sessionTime } from '../flow/roles.ts';
import { isFresh, type Session } from '../sessions/session.ts';
import { ownFingerprint, pskFingerprint } from './fingerprints.ts';
import { type KeyUse, verifyPeer } from './peer.ts';

/** Who the peer of a session is: null for a PSK or nobody. Undefined: make a full handshake. */
type SessionPeer = PeerIdentity | null | undefined;

/** The client's side of it: whether to offer a session, and who its server is. @param keyUse of the full handshake */
export function* serverOfSession(hs: Handshake<ClientSettings>, session: Session, keyUse: KeyUse): Steps<SessionPeer> {
  const { settings } = hs;
  const { authentication } = session;
  if (session.role !== 'client' || !isFresh(session, settings.now())) return undefined;
  if (!usable(settings.provider, session.secret)) return undefined;
  // RFC 9846 §4.6.1: only with the server name of the original session.
  if (session.serverName !== settings.serverName) return undefined;
  if (!equalVartime(session.context, settings.sessionContext)) return undefined;
  const { own, proof } = authentication;
  if (own.length > 0 && !equalVartime(own, ownFingerprint(settings))) return undefined;
  if (proof === 'psk') return (yield* knowsPsk(hs, session)) ? null : undefined;
  if (proof !== 'certificate' || session.peerCertificates.length === 0) return undefined;
  if (!settings.peerCertificateTypes.includes(session.peerCertificateType ?? 'X509')) return undefined;
  if (session.peer !== null) return session.peer;
  return yield* verifyAgain(hs, session, keyUse);
}

function* knowsPsk(hs: Handshake<ClientSettings>, { version, authentication }: Session): Steps<boolean> {
  const { provider, externalPsks, psk12 } = hs.settings;
  if (version !== ProtocolVersion['TLSv1.3']) return psk12 ? yield* psk12.knows(hs, authentication) : false;
  return externalPsks.some(psk => equalVartime(pskFingerprint(provider, psk), authentication.pskFingerprint));
}

/** The server's side of it: whether to take a session, and who its client is. */
export function* clientOfSession(hs: Handshake<ServerSettings>, session: Session): Steps<SessionPeer> {
  const { settings } = hs;
  const { authentication } = session;
  if (session.role !== 'server' || !isFresh(session, sessionTime(settings))) return undefined;
  if (!equalVartime(session.context, settings.sessionContext)) return undefined;
  const { own, proof, request } = authentication;
  const { ownFingerprints, clientAuth } = settings;
  if (own.length > 0 && ownFingerprints !== null && !ownFingerprints.has(toHex(own))) return undefined;
  if (proof === 'psk') return (yield* stillHasPsk(hs, session)) ? null : undefined;
  if (proof === 'certificate') {
    return clientAuth === 'none' ? undefined : yield* verifyAgain(hs, session, 'signature');
  }
  if (clientAuth === 'none') return null;
  // A client that had nothing to show is asked again if the question is another one now.
  return clientAuth === 'request' && equalVartime(request, settings.requestFingerprint) ? null : undefined;
}

function* stillHasPsk(hs: Handshake<ServerSettings>, { version, authentication }: Session): Steps<boolean> {
  const { findExternalPsk, psk12, clientAuth, provider } = hs.settings;
  if (clientAuth === 'require') return false;
  if (version !== ProtocolVersion['TLSv1.3']) return psk12 ? yield* psk12.knows(hs, authentication) : false;
  if (findExternalPsk === null) return false;
  const { pskIdentity } = authentication;
  const psk = yield* hs.ask('PSK', signal => findExternalPsk(pskIdentity.slice(), signal));
  return psk !== null && equalVartime(pskFingerprint(provider, psk), authentication.pskFingerprint);
}

/** The judgement of today's verifier on what the peer showed then. */
function* verifyAgain(hs: Handshake, session: Session, keyUse: KeyUse): Steps<SessionPeer> {
  const { verifier } = hs.settings;
  if (verifier === null) return undefined;
  const server = hs.settings.role === 'client';
  try {
    return yield* verifyPeer(hs, {
      role: server ? 'server' : 'client',
      certificateType: session.peerCertificateType,
      certificates: session.peerCertificates,
      serverName: server ? (session.serverName ?? undefined) : undefined,
      ocspResponse: session.peerOcspResponse ?? undefined,
      signedCertificateTimestamps: session.peerTimestamps.length === 0 ? undefined : session.peerTimestamps,
      keyUse,
    });
  } catch {
    return undefined;
  }
}

/** False for a secret that was disposed of, or is another provider's. */
function usable(provider: CryptoProvider, secret: Secret): boolean {
  if (secret.disposed) return false;
  try {
    provider.keyDerivation('sha256').hmac(secret, new Uint8Array(0));
    return true;
  } catch {
    return false;
  }
}
