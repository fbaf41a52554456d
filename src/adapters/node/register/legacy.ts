// CASTLS_LEGACY: versions before TLS 1.2 for programs that name them. Their code stands beside the bundle of castls/register,
// and is loaded only where the variable is set.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { TlsError } from '../../../base/errors.ts';
import { olderRanges } from '../tls/older_ranges.ts';

/** @param url of the entry, beside which the code lies @throws ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED_OPTION */
export function loadLegacy(url: string): void {
  const setting = process.env['CASTLS_LEGACY'];
  if (!setting || olderRanges() !== null) return;
  const file = new URL('./legacy_for_node.js', url);
  const { speakLegacy } = required(file) as { speakLegacy: (setting: string) => void };
  speakLegacy(setting);
}

/** A program waits for no promise before it begins. */
function required(file: URL): unknown {
  try {
    return createRequire(file)(fileURLToPath(file));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_REQUIRE_ESM') throw error;
    throw new TlsError(
      'ERR_UNSUPPORTED_OPTION',
      `CASTLS_LEGACY wants a Node.js that can require ES modules, 20.19 or 22.12 and later: with ${process.version} it is node --import castls/legacy/register`,
      { cause: error },
    );
  }
}
