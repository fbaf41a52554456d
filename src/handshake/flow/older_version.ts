// The versions before TLS 1.3 as settings name them: each brings its own flow, so that a bundle carries those it speaks.

import { TlsError } from '../../base/errors.ts';

/** The entry of a version that was negotiated, and so is one of the settings'. */
export function olderVersion<V extends { readonly version: number }>(older: readonly V[], version: number): V {
  const found = older.find(candidate => candidate.version === version);
  if (found === undefined) throw new TlsError('ERR_INTERNAL', `no flow for version 0x${version.toString(16)}`);
  return found;
}
