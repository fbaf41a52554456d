// The answer to max_fragment_length at a client, in both versions (RFC 6066 §4).

import { TlsError } from '../../base/errors.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { parseMaxFragmentLength } from '../../wire/extensions/negotiation.ts';
import { type Extension, findExtension, hasExtension } from '../../wire/extensions.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientSettings } from '../flow/roles.ts';

/** @throws ERR_ILLEGAL_PARAMETER for another length than that on offer, or beside record_size_limit (RFC 8449 §5) */
export function readMaxFragmentLength(
  { settings, carrier }: Handshake<ClientSettings>,
  extensions: readonly Extension[],
): void {
  const data = findExtension(extensions, ExtensionType.max_fragment_length);
  if (data === undefined) return;
  const length = parseMaxFragmentLength(data);
  if (length !== settings.maxFragmentLength || hasExtension(extensions, ExtensionType.record_size_limit)) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', `the server answers max_fragment_length with ${length} bytes`);
  }
  carrier.records?.limitFragments(length);
}
