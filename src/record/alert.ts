// The alert protocol: two bytes, and what they mean in each version (RFC 9846 §6, RFC 5246 §7.2). Says nothing about
// which alert to send: that is base/alert_of_error.ts.

import { TlsError } from '../base/errors.ts';
import { AlertDescription, AlertLevel } from '../registry/alerts.ts';
import type { VersionFamily } from '../registry/protocol_versions.ts';

export interface Alert {
  readonly level: number;
  readonly description: number;
}

/**
 * What an alert does: `closes` the peer's direction, is `ignored` (but counted), or is `fatal`.
 */
export type AlertEffect = 'closes' | 'ignored' | 'fatal';

/**
 * Reads the content of an alert record.
 * @throws ERR_DECODE_ERROR unless it is one whole alert (RFC 9846 §5.1: alerts are not cut, one a record)
 * @throws ERR_ILLEGAL_PARAMETER for a level that is none; TLS 1.3 has no use for levels
 */
export function parseAlert(content: Uint8Array, family: VersionFamily): Alert {
  if (content.length !== 2) throw new TlsError('ERR_DECODE_ERROR', `an alert of ${content.length} bytes`);
  const [level, description] = content;
  const known = level === AlertLevel.warning || level === AlertLevel.fatal;
  // A close_notify ends the peer's direction, whatever level it claims.
  if (family !== '1.3' && !known && description !== AlertDescription.close_notify) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', `alert level ${level}`);
  }
  return { level, description };
}

/** RFC 9846 §6: all alerts but two are fatal whatever their level; before, the level says it. */
export function alertEffect(alert: Alert, family: VersionFamily): AlertEffect {
  if (alert.description === AlertDescription.close_notify) return 'closes';
  if (family === '1.3') return alert.description === AlertDescription.user_canceled ? 'ignored' : 'fatal';
  return alert.level === AlertLevel.warning ? 'ignored' : 'fatal';
}
