// A TLS 1.3 client that resumes, or whose key both sides knew from elsewhere: what the server selects (RFC 9846 §4.2.11), and
// what a session says of who authenticated to whom. What is offered stands in hello/psk13.ts.

import { TlsError } from '../../base/errors.ts';
import type { CipherSuite13 } from '../../crypto/record_protection.ts';
import { parseSelectedPsk } from '../../wire/extensions/pre_shared_key.ts';
import { byPsk, ownFingerprint } from '../authentication/fingerprints.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientSettings, PskOffer } from '../flow/roles.ts';
import { authenticated } from '../sessions/authentication.ts';

type Hs = Handshake<ClientSettings>;

/** The PSK that a ServerHello selects. @throws ERR_ILLEGAL_PARAMETER */
export function selectedPsk(offers: readonly PskOffer[], data: Uint8Array, suite: CipherSuite13): PskOffer {
  const psk = offers[parseSelectedPsk(data)];
  // RFC 9846 §4.2.11: an index out of range, or a PSK for another hash, is illegal.
  if (psk === undefined) throw new TlsError('ERR_ILLEGAL_PARAMETER', 'ServerHello selects a PSK that was not offered');
  if (psk.hash !== suite.keyDerivation.hash.name) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'ServerHello selects a PSK for another hash than its suite');
  }
  return psk;
}

/** With a PSK no certificate is sent: who the server is follows from the session. */
export function usePsk({ negotiated, settings }: Hs, psk: PskOffer): void {
  if (psk.session !== null) negotiated.resume(psk.session, psk.peer);
  else if (psk.external !== null) {
    negotiated.externalPsk = true;
    negotiated.authentication = byPsk(settings.provider, psk.external, settings.now());
  }
}

/** The server is who its certificate says. @param requested it asked for one of ours */
export function noteAuthentication({ negotiated, settings }: Hs, requested: boolean): void {
  negotiated.authentication = authenticated(settings.now(), {
    proof: 'certificate',
    until: Math.min(
      negotiated.peer?.validUntil ?? Number.POSITIVE_INFINITY,
      negotiated.delegatedUntil ?? Number.POSITIVE_INFINITY,
    ),
    own: requested ? ownFingerprint(settings) : undefined,
  });
}
