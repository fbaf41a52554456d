// The client's side of 0-RTT (RFC 9846 §4.2.10, §4.5): whether early data may be offered, under which keys it goes, and
// what the server's answers make of it. What the server does not take is lost: nothing here sends it again.

import { TlsError } from '../../base/errors.ts';
import type { CipherSuite13 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { parseEmptyExtension } from '../../wire/extensions/negotiation.ts';
import { type Extension, findExtension } from '../../wire/extensions.ts';
import { encodeEndOfEarlyData } from '../../wire/session_messages.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientOffer, ClientSettings, EarlyOffer, PskOffer } from '../flow/roles.ts';
import { KeySchedule13 } from '../key_schedule/key_schedule13.ts';
import { Exporter13 } from './application_keys13.ts';

type Hs = Handshake<ClientSettings>;

/** Behind a ClientHello that offers early data: its keys take over, so that data can follow at once. @param hello encoded */
export function beginEarlyData(hs: Hs, early: EarlyOffer, hello: Uint8Array): void {
  const { carrier, negotiated } = hs;
  const { suite, psk } = early;
  const transcript = suite.keyDerivation.hash.digest(carrier.transcriptEntry(hello));
  const schedule = hs.owned.add(new KeySchedule13(suite.keyDerivation, psk.key));
  const secret = hs.owned.add(schedule.earlyTraffic(transcript));
  const exporter = hs.owned.add(schedule.earlyExporter(transcript));
  hs.logSecret('CLIENT_EARLY_TRAFFIC_SECRET', secret);
  hs.logSecret('EARLY_EXPORTER_SECRET', exporter);
  if (carrier.traits.middleboxCompatibility) carrier.records?.sendChangeCipherSpec();
  carrier.changeKeys('write', 'early', suite, secret);
  hs.owned.drop(secret);
  hs.owned.drop(schedule);
  const { earlyData } = negotiated;
  earlyData.exporter = new Exporter13(suite, hs.owned.release(exporter));
  earlyData.state = 'offered';
  earlyData.left = psk.session?.maxEarlyData ?? 0;
  earlyData.open = true;
  hs.events.onEarlyDataOffered();
}

/** A HelloRetryRequest refuses early data: the second ClientHello goes out in plaintext again (RFC 9846 §4.2.10). */
export function retryEndsEarlyData(hs: Hs, offer: ClientOffer): void {
  reject(hs);
  offer.early = null;
  hs.carrier.records?.dropProtection('write');
}

/**
 * The answer in EncryptedExtensions, whose ALPN is read already. Rejected, the write keys become those of the handshake.
 * @throws ERR_ILLEGAL_PARAMETER for early data that is taken under another PSK, suite or protocol than it was sent under
 */
export function readEarlyDataAnswer(
  hs: Hs,
  early: EarlyOffer,
  extensions: readonly Extension[],
  suite: CipherSuite13,
  psk: PskOffer | null,
  writeSecret: Secret,
): void {
  const answer = findExtension(extensions, ExtensionType.early_data);
  if (answer === undefined) {
    reject(hs);
    hs.carrier.changeKeys('write', 'handshake', suite, writeSecret);
    return;
  }
  parseEmptyExtension(answer, 'early_data');
  // RFC 9846 §4.2.10: the first PSK, and all that the session says of suite and protocol.
  if (psk === null) throw new TlsError('ERR_UNSUPPORTED_EXTENSION', 'early data accepted without a PSK');
  if (psk !== early.psk) throw new TlsError('ERR_ILLEGAL_PARAMETER', 'early data accepted under another PSK');
  if (suite !== early.suite) throw new TlsError('ERR_ILLEGAL_PARAMETER', 'early data accepted under another suite');
  if (hs.negotiated.alpn !== psk.session?.alpn) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'early data accepted under another protocol');
  }
  hs.negotiated.earlyData.state = 'accepted';
}

/** EndOfEarlyData, the last under the early keys (RFC 9846 §4.5). */
export function endEarlyData(hs: Hs, suite: CipherSuite13, writeSecret: Secret): void {
  const { earlyData } = hs.negotiated;
  if (earlyData.state !== 'accepted') return;
  earlyData.open = false;
  earlyData.left = 0;
  if (hs.carrier.traits.endOfEarlyData) hs.send(encodeEndOfEarlyData());
  hs.carrier.changeKeys('write', 'handshake', suite, writeSecret);
}

function reject({ negotiated: { earlyData } }: Hs): void {
  earlyData.state = 'rejected';
  earlyData.open = false;
  earlyData.left = 0;
}
