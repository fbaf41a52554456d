// Object identifiers (X.690 §8.19) as dotted text.

import { type DerReader, malformed, tags } from './der.ts';

/** Octets of the longest identifier that is read; the longest in use has about 20. */
const MAX_OCTETS = 64;

/** Identifiers seen before, by a hash of their octets: a certificate has some twenty, nearly always the same. */
const SEEN_SLOTS = 512;
const seen: ({ readonly octets: Uint8Array; readonly text: string } | undefined)[] = new Array(SEEN_SLOTS);

/** Reads an OBJECT IDENTIFIER. @throws ERR_MALFORMED_DER for padded, cut-off or overlong arcs */
export function readOid(der: DerReader, tag: number = tags.OBJECT_IDENTIFIER): string {
  const end = der.header(tag);
  const start = der.at;
  der.at = end;
  const { bytes } = der;
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  const slot = (hash >>> 7) % SEEN_SLOTS;
  const known = seen[slot];
  if (known !== undefined && isAt(known.octets, bytes, start, end)) return known.text;
  const text = decode(bytes, start, end);
  // A fixed number of slots: a stranger's identifiers can displace others, but the table does not grow.
  seen[slot] = { octets: bytes.slice(start, end), text };
  return text;
}

function isAt(octets: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (octets.length !== end - start) return false;
  for (let i = 0; i < octets.length; i++) if (octets[i] !== bytes[start + i]) return false;
  return true;
}

function decode(bytes: Uint8Array, start: number, end: number): string {
  if (end === start || end - start > MAX_OCTETS) malformed(start, 'an OBJECT IDENTIFIER of impossible length');
  if (bytes[end - 1] >= 0x80) malformed(end - 1, 'an OBJECT IDENTIFIER that is cut off');
  let text = '';
  let arc = 0;
  let arcStart = start;
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (i === arcStart && byte === 0x80) malformed(i, 'an OBJECT IDENTIFIER arc with leading zeros');
    arc = arc * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    // Arcs over 2^53 (UUIDs under 2.25) keep their digits as BigInt.
    const exact = i - arcStart < 7 ? arc : bigArc(bytes, arcStart, i);
    if (text !== '') text += `.${exact}`;
    else if (exact < 80) text = `${exact < 40 ? 0 : 1}.${Number(exact) % 40}`;
    else text = typeof exact === 'bigint' ? `2.${exact - 80n}` : `2.${exact - 80}`;
    arc = 0;
    arcStart = i + 1;
  }
  return text;
}

function bigArc(bytes: Uint8Array, from: number, to: number): bigint {
  let arc = 0n;
  for (let i = from; i <= to; i++) arc = arc * 128n + BigInt(bytes[i] & 0x7f);
  return arc;
}
