// The sentinels against downgrades (RFC 9846 §4.1.3): a server that could have spoken a higher version says so in the last eight
// bytes of its random, which every key exchange but RSA's authenticates.

import { TlsError } from '../../base/errors.ts';
import { ProtocolVersion, versionName } from '../../registry/protocol_versions.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientSettings, ServerSettings } from '../flow/roles.ts';

const TLS12 = ProtocolVersion['TLSv1.2'];
/** "DOWNGRD"; a byte behind it says to what: 1 for TLS 1.2, 0 for versions before it. */
const mark = [0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44];
const AT = 24;
const TO_TLS12 = 1;
const BELOW_TLS12 = 0;

/** The random of a ServerHello of TLS 1.2 or before, whose version is chosen. */
export function markedRandom(hs: Handshake<ServerSettings>): Uint8Array {
  const random = hs.random(32);
  const [highest] = hs.settings.versions;
  const { version } = hs.negotiated;
  if (version === null || highest < TLS12 || highest <= version) return random;
  random.set([...mark, version < TLS12 ? BELOW_TLS12 : TO_TLS12], AT);
  return random;
}

/** @param version that the ServerHello chose, before TLS 1.3 @throws ERR_DOWNGRADE_DETECTED */
export function refuseDowngrade({ versions }: ClientSettings, version: number, random: Uint8Array): void {
  const [highest] = versions;
  if (highest < TLS12 || highest <= version) return;
  const tail = random.subarray(AT);
  if (mark.every((byte, i) => tail[i] === byte) && (tail[7] === BELOW_TLS12 || tail[7] === TO_TLS12)) {
    throw new TlsError('ERR_DOWNGRADE_DETECTED', `the server could have spoken better than ${versionName(version)}`);
  }
}
