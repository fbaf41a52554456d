// The versions of a context: minVersion, maxVersion, secureProtocol and the bits of secureOptions, as a range without holes.

import { TlsError } from '../../../base/errors.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import { ProtocolVersion, type ProtocolVersionName } from '../../../registry/protocol_versions.ts';
import type { SecureContextOptions } from './context_options.ts';
import type { CipherList } from './names.ts';
import { olderRanges } from './older_ranges.ts';
import { profile } from './profile.ts';

interface Range {
  readonly least: ProtocolVersionName;
  readonly greatest: ProtocolVersionName;
  /** Which option has the last word. */
  readonly option: 'secureProtocol' | 'maxVersion';
}

const TLS12 = ProtocolVersion['TLSv1.2'];
const descending: readonly ProtocolVersionName[] = ['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1', 'SSLv3'];

/** What the options ask for, whether it is spoken or not. @throws ERR_UNSUPPORTED_OPTION, ERR_INVALID_ARGUMENT */
export function askedRange({ secureProtocol, minVersion, maxVersion }: SecureContextOptions): Range {
  if (secureProtocol == null || secureProtocol === '') {
    return { least: minVersion ?? 'TLSv1.2', greatest: maxVersion ?? 'TLSv1.3', option: 'maxVersion' };
  }
  const given = [minVersion, maxVersion].find(version => version != null);
  if (given !== undefined) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `secureProtocol ${secureProtocol} beside ${given} says it twice`);
  }
  const method = /^(TLS|SSLv23|TLSv1|TLSv1_1|TLSv1_2|SSLv3)(_client|_server)?_method$/.exec(secureProtocol)?.[1];
  // As node:tls: SSLv23_method has always meant what there was before TLS 1.3.
  const option = 'secureProtocol';
  if (method === 'TLS') return { least: 'TLSv1', greatest: 'TLSv1.3', option };
  if (method === 'SSLv23') return { least: 'TLSv1.2', greatest: 'TLSv1.2', option };
  if (method !== undefined) {
    const only = method.replace('_', '.') as ProtocolVersionName;
    return { least: only, greatest: only, option };
  }
  throw new TlsError('ERR_UNSUPPORTED_OPTION', `the option secureProtocol is not supported with ${secureProtocol}`);
}

/** What a context of nothing but versions before TLS 1.2 has in the place of other providers; null for any other context. */
export function olderProvider<P extends CryptoProvider>(provider: () => P, options: SecureContextOptions): P | null {
  const older = olderRanges();
  if (older === null || ProtocolVersion[askedRange(options).greatest] >= TLS12) return null;
  return older.providerOver(provider());
}

/** True if contexts of this range speak versions before TLS 1.2, as far as ciphers and bits leave them. */
export function reachesOlder({ least, greatest }: Range): boolean {
  return olderRanges()?.versions.some(name => isBetween(name, least, greatest)) ?? false;
}

/**
 * What is spoken of it: the greatest that is allowed, and what follows on it. As with OpenSSL, a hole made by bits ends it.
 * @throws ERR_UNSUPPORTED_OPTION where nothing is left but versions that nobody asked castls to speak; ERR_INVALID_ARGUMENT
 */
export function spokenRange(
  { option, least, greatest }: Range,
  refused: ReadonlySet<ProtocolVersionName>,
  ciphers: CipherList | undefined,
): { readonly minVersion: ProtocolVersionName; readonly maxVersion: ProtocolVersionName } {
  const older = olderRanges()?.versions ?? [];
  const known = descending.filter(name => ProtocolVersion[name] >= TLS12 || older.includes(name));
  const allowed = (name: ProtocolVersionName): boolean =>
    isBetween(name, least, greatest) &&
    !refused.has(name) &&
    (name === 'TLSv1.3' ? ciphers?.hasTls13 : ciphers?.hasTls12) !== false;
  const first = known.findIndex(allowed);
  if (first === -1) {
    if (ProtocolVersion[greatest] < TLS12 && !known.includes(greatest)) throw profile().olderRefusal(option, greatest);
    throw new TlsError(
      'ERR_INVALID_ARGUMENT',
      `ciphers and secureOptions leave no version from ${least} to ${greatest}`,
    );
  }
  const hole = known.findIndex((name, i) => i > first && !allowed(name));
  return { minVersion: known[(hole === -1 ? known.length : hole) - 1], maxVersion: known[first] };
}

function isBetween(name: ProtocolVersionName, least: ProtocolVersionName, greatest: ProtocolVersionName): boolean {
  const version = ProtocolVersion[name];
  return version >= ProtocolVersion[least] && version <= ProtocolVersion[greatest];
}
