// BER (X.690 §8) to DER, for the containers that are written as streams: PKCS#12 and PKCS#7. Indefinite and non-minimal
// lengths become minimal ones, octet strings in pieces one. What stands inside of an octet string, certificates and what a MAC
// covers, stays as it is.

import { concat } from '../base/bytes.ts';
import { MAX_DEPTH, malformed, tags } from './der.ts';

/** OCTET STRING in pieces (§8.7.3). */
const PIECES = tags.OCTET_STRING | 0x20;

/**
 * The first element of `bytes` with the form of DER. @param bytes an element, with nothing behind it
 * @throws ERR_MALFORMED_DER
 */
export function derOfBer(bytes: Uint8Array): Uint8Array {
  const reader = { bytes, at: 0 };
  const parts: Uint8Array[] = [];
  convert(reader, bytes.length, 0, parts);
  if (reader.at !== bytes.length) malformed(reader.at, 'trailing bytes');
  return concat(parts);
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

/** Converts one element; its parts go to the end of `out`. Returns their length. */
function convert(reader: Reader, end: number, depth: number, out: Uint8Array[]): number {
  const { bytes } = reader;
  const start = reader.at;
  const tag = bytes[start];
  if (start >= end) malformed(start, 'an element is missing');
  if ((tag & 0x1f) === 0x1f) malformed(start, 'a tag number over 30');
  reader.at++;
  const length = readLength(reader, end);
  if ((tag & 0x20) === 0) {
    if (length === undefined) malformed(start, 'an indefinite length of a primitive element');
    const content = bytes.subarray(reader.at, reader.at + length);
    reader.at += length;
    const header = headerOf(tag, length);
    out.push(header, content);
    return header.length + length;
  }
  if (depth === MAX_DEPTH) malformed(start, `nesting deeper than ${MAX_DEPTH}`);
  const inner: Uint8Array[] = [];
  const contentEnd = length === undefined ? end : reader.at + length;
  let content = 0;
  while (length === undefined ? !takeEndOfContents(reader, end) : reader.at < contentEnd) {
    content += convert(reader, contentEnd, depth + 1, inner);
  }
  if (tag === PIECES) return joinPieces(start, inner, out);
  const header = headerOf(tag, content);
  out.push(header);
  for (const part of inner) out.push(part);
  return header.length + content;
}

/** §8.7.3: the pieces are octet strings, which have been joined themselves; each has two parts, header and content. */
function joinPieces(at: number, pieces: readonly Uint8Array[], out: Uint8Array[]): number {
  const contents = pieces.filter((_, i) => i % 2 === 1);
  if (pieces.some((part, i) => i % 2 === 0 && part[0] !== tags.OCTET_STRING))
    malformed(at, 'an OCTET STRING of other pieces');
  const content = concat(contents);
  const header = headerOf(tags.OCTET_STRING, content.length);
  out.push(header, content);
  return header.length + content.length;
}

function takeEndOfContents(reader: Reader, end: number): boolean {
  const { bytes, at } = reader;
  if (at + 2 > end) malformed(at, 'the end-of-contents octets are missing');
  if (bytes[at] !== 0 || bytes[at + 1] !== 0) return false;
  reader.at += 2;
  return true;
}

/** undefined for the indefinite form. */
function readLength(reader: Reader, end: number): number | undefined {
  const { bytes } = reader;
  if (reader.at >= end) malformed(reader.at, 'the length is missing');
  const first = bytes[reader.at++];
  if (first === 0x80) return undefined;
  let length = first;
  if (first > 0x80) {
    const octets = first & 0x7f;
    if (octets > 8 || reader.at + octets > end) malformed(reader.at, 'a length that is cut off, or of too many octets');
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + bytes[reader.at++];
  }
  if (length > end - reader.at) malformed(reader.at, 'an element longer than what holds it');
  return length;
}

function headerOf(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(tag, 0x80 | octets.length, ...octets);
}
