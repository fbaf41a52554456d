// Negotiation of groups and shares: supported_groups (RFC 9846 §4.2.7), key_share in its three shapes (§4.2.8) and
// ec_point_formats (RFC 8422 §5.1.2).

import { TlsError } from '../../base/errors.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { type Extension, makeExtension } from '../extensions.ts';
import { Reader } from '../reader.ts';
import type { Writer } from '../writer.ts';

export interface KeyShareEntry {
  /** NamedGroup; any value. */
  readonly group: number;
  /** 1-65,535 bytes. */
  readonly keyExchange: Uint8Array;
}

export function supportedGroupsExtension(groups: readonly number[]): Extension {
  return makeExtension(ExtensionType.supported_groups, writer => writer.list16(2, groups));
}

/** @throws ERR_DECODE_ERROR */
export function parseSupportedGroups(data: Uint8Array): number[] {
  const reader = new Reader(data, 'supported_groups');
  const groups = reader.list16(2, 2);
  reader.end();
  return groups;
}

/** key_share of a ClientHello; an empty list asks for a HelloRetryRequest. */
export function clientKeyShareExtension(shares: readonly KeyShareEntry[]): Extension {
  return makeExtension(ExtensionType.key_share, writer => {
    writer.nested(2, () => {
      for (const share of shares) writeEntry(writer, share);
    });
  });
}

/** @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for two shares of one group, or an empty share */
export function parseClientKeyShare(data: Uint8Array): KeyShareEntry[] {
  const reader = new Reader(data, 'key_share');
  const list = reader.nested(2);
  reader.end();
  const shares: KeyShareEntry[] = [];
  const seen = new Set<number>();
  while (list.remaining > 0) {
    const share = readEntry(list);
    // RFC 9846 §4.2.8: clients MUST NOT offer multiple KeyShareEntry values for the same group.
    if (seen.has(share.group)) throw new TlsError('ERR_ILLEGAL_PARAMETER', 'key_share: two shares of one group');
    seen.add(share.group);
    shares.push(share);
  }
  return shares;
}

/** key_share of a ServerHello. */
export function serverKeyShareExtension(share: KeyShareEntry): Extension {
  return makeExtension(ExtensionType.key_share, writer => writeEntry(writer, share));
}

/** @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for an empty share */
export function parseServerKeyShare(data: Uint8Array): KeyShareEntry {
  const reader = new Reader(data, 'key_share');
  const share = readEntry(reader);
  reader.end();
  return share;
}

/** key_share of a HelloRetryRequest: the group the server wants. */
export function retryKeyShareExtension(group: number): Extension {
  return makeExtension(ExtensionType.key_share, writer => writer.u16(group));
}

/** @throws ERR_DECODE_ERROR */
export function parseRetryKeyShare(data: Uint8Array): number {
  const reader = new Reader(data, 'key_share');
  const group = reader.u16();
  reader.end();
  return group;
}

export function ecPointFormatsExtension(formats: readonly number[]): Extension {
  return makeExtension(ExtensionType.ec_point_formats, writer => writer.list8(1, formats));
}

/** @throws ERR_DECODE_ERROR */
export function parseEcPointFormats(data: Uint8Array): number[] {
  const reader = new Reader(data, 'ec_point_formats');
  const formats = reader.list8(1, 1);
  reader.end();
  return formats;
}

function writeEntry(writer: Writer, share: KeyShareEntry): void {
  writer.u16(share.group).vector(2, share.keyExchange);
}

function readEntry(reader: Reader): KeyShareEntry {
  const group = reader.u16();
  const keyExchange = reader.vector(2);
  // RFC 9846 §4.2.8.1, §4.2.8.2: a share of a wrong length is a wrong value, also when it is empty.
  if (keyExchange.length === 0) throw new TlsError('ERR_ILLEGAL_PARAMETER', 'key_share: an empty share');
  return { group, keyExchange };
}
