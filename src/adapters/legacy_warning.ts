// The warning that a version is spoken which is forbidden: the program that crosses the bridge should know it, and so should
// whoever reads its log.

import { ProtocolVersion } from '../registry/protocol_versions.ts';
import { warnOnce } from './warn_once.ts';

export interface LegacyWarning {
  readonly versions: readonly { readonly version: number; readonly name: string }[];
  readonly dangerouslySilent?: boolean;
  /** Default: process.emitWarning where there is one, else console.warn. */
  readonly onWarning?: (sentence: string) => void;
}

const warned = new Set<string>();

/** Once for each version in a program. */
export function warnOfVersions({ versions, dangerouslySilent, onWarning }: LegacyWarning): void {
  if (dangerouslySilent) return;
  for (const { name, version } of versions) {
    if (warned.has(name)) continue;
    warned.add(name);
    const forbidden = version === ProtocolVersion.SSLv3 ? 'RFC 7568' : 'RFC 8996';
    (onWarning ?? emitWarning)(
      `${name} is spoken, which ${forbidden} forbids: what it carries can be read and changed`,
    );
  }
}

function emitWarning(sentence: string): void {
  const { process } = globalThis as { process?: { emitWarning?: (text: string, type: string) => void } };
  if (typeof process?.emitWarning === 'function') process.emitWarning(sentence, 'CastlsLegacyWarning');
  else warnOnce(sentence);
}
