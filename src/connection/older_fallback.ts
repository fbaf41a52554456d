// Servers of old that do not answer a ClientHello of a version they have not heard of: one version at a time, the highest
// first, each retry with TLS_FALLBACK_SCSV (RFC 7507 §4). Only where a caller asks for it: whoever can break connections pushes
// the version down.

import { TlsError } from '../base/errors.ts';
import type { OlderVersion } from './older_config.ts';

/** How a server ends that is intolerant of a version, rather than of a certificate or a user. */
const intolerance: ReadonlySet<string> = new Set([
  'ERR_ALERT_RECEIVED',
  'ERR_TRUNCATED',
  'ERR_NO_SHARED_VERSION',
  'ERR_DECODE_ERROR',
  'ERR_HANDSHAKE_TIMEOUT',
  'ECONNRESET',
]);

/**
 * Calls `attempt` for each version until one does not end the way intolerant servers do.
 * @param attempt connects with this version alone; `fallback` goes to the config of every attempt but the first
 * @throws what the last attempt threw; what an attempt threw for any other reason; ERR_INVALID_ARGUMENT without versions
 */
export async function fallBack<T>(
  versions: readonly OlderVersion[],
  attempt: (version: OlderVersion, fallback: boolean) => Promise<T>,
): Promise<T> {
  const sorted = [...new Set(versions)].sort((a, b) => b.version - a.version);
  let last: unknown = new TlsError('ERR_INVALID_ARGUMENT', 'there is no version to try');
  for (const [index, version] of sorted.entries()) {
    try {
      return await attempt(version, index > 0);
    } catch (error) {
      last = error;
      if (!intolerance.has(codeOf(error))) throw error;
    }
  }
  throw last;
}

function codeOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (cause instanceof TlsError) return cause.code;
  return typeof code === 'string' ? code : '';
}
