// Whether a ClientHello may offer early data: where the session allows it, and only where the server can end up with the
// suite and the protocol of that session (RFC 9846 §4.2.10).

import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import type { ClientSettings, EarlyOffer, PskOffer } from '../flow/roles.ts';

/** @param psks on offer, in their order: early data goes with the first */
export function earlyOffer(settings: ClientSettings, psks: readonly PskOffer[]): EarlyOffer | null {
  const [psk] = psks;
  if (!settings.earlyData || psk?.session == null || psk.session.maxEarlyData === 0) return null;
  const { session } = psk;
  const suite = settings.cipherSuites13.find(({ id }) => id === session.cipherSuite);
  const sameProtocol = session.alpn === null ? settings.alpn.length === 0 : settings.alpn.includes(session.alpn);
  if (suite === undefined || !sameProtocol || session.version !== ProtocolVersion['TLSv1.3']) return null;
  return { psk, suite };
}
