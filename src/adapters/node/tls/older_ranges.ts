// Versions before TLS 1.2 in the place where node:tls has them, at the lower end of a range. Nothing is there unless castls/register
// or castls/legacy/register was told to: what speaks them is in their bundles alone.

import type { Legacy } from '../../../connection/older_config.ts';
import type { CipherSuite12 } from '../../../crypto/record_protection.ts';
import type { ProtocolVersionName } from '../../../registry/protocol_versions.ts';

/** Makes configs as clientConfig and serverConfig do, of ranges that may reach down to `versions`. */
export interface OlderRanges extends Legacy {
  readonly versions: readonly ProtocolVersionName[];
  /** All suites of these versions. */
  readonly cipherSuites: readonly CipherSuite12[];
}

let current: OlderRanges | null = null;

export function olderRanges(): OlderRanges | null {
  return current;
}

/** For the whole process, from now on. */
export function speakOlder(wanted: OlderRanges): void {
  current = wanted;
}
