// ASN.1 character strings (X.680 §41) to JavaScript strings.

import { type DerReader, malformed, tags } from './der.ts';

/** Characters decoded in one call. */
const PIECE = 4096;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** True for the string types that `readString` decodes. */
export function isString(tag: number): boolean {
  switch (tag) {
    case tags.UTF8_STRING:
    case tags.PRINTABLE_STRING:
    case tags.IA5_STRING:
    case tags.TELETEX_STRING:
    case tags.BMP_STRING:
    case tags.UNIVERSAL_STRING:
    case tags.NUMERIC_STRING:
    case tags.VISIBLE_STRING:
      return true;
    default:
      return false;
  }
}

/**
 * Reads a character string of any type. TeletexString is read as Latin-1, as everyone does; PrintableString may hold any
 * ASCII, because issuers put "*" and "@" there. @throws ERR_MALFORMED_DER for bytes that the type cannot hold
 */
export function readString(der: DerReader): string {
  const tag = der.peek();
  if (!isString(tag)) malformed(der.at, 'a character string is missing');
  const end = der.header(tag);
  const start = der.at;
  der.at = end;
  return decodeString(der.bytes, tag, start, end);
}

/**
 * IA5String content of a name under an implicit tag: ASCII. A lenient reader gives other octets as characters of Latin-1,
 * none of which becomes ASCII by any change of case, so that they match nothing.
 */
export function readIa5(der: DerReader, tag: number): string {
  const end = der.header(tag);
  const start = der.at;
  der.at = end;
  if (!isAscii(der.bytes, start, end)) der.deviate('non-ascii-name', start, 'a string with bytes outside ASCII');
  return latin1(der.bytes, start, end);
}

/** The text of string content of type `tag` at `start`..`end`. */
export function decodeString(bytes: Uint8Array, tag: number, start: number, end: number): string {
  switch (tag) {
    case tags.UTF8_STRING: {
      if (isAscii(bytes, start, end)) return latin1(bytes, start, end);
      try {
        return utf8.decode(bytes.subarray(start, end));
      } catch {
        return malformed(start, 'a UTF8String that is not UTF-8');
      }
    }
    case tags.TELETEX_STRING:
      return latin1(bytes, start, end);
    case tags.BMP_STRING:
      return wide(bytes, start, end, 2);
    case tags.UNIVERSAL_STRING:
      return wide(bytes, start, end, 4);
    default:
      return ascii(bytes, start, end);
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] >= 0x80) return false;
  return true;
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  if (!isAscii(bytes, start, end)) malformed(start, 'a string with bytes outside ASCII');
  return latin1(bytes, start, end);
}

/** In pieces, because arguments have an end; not one character after the other, because each would cost a rope node. */
function latin1(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= PIECE) return String.fromCharCode(...bytes.subarray(start, end));
  let text = '';
  for (let i = start; i < end; i += PIECE) text += String.fromCharCode(...bytes.subarray(i, Math.min(end, i + PIECE)));
  return text;
}

function wide(bytes: Uint8Array, start: number, end: number, width: number): string {
  if ((end - start) % width !== 0) malformed(start, `a string that is no multiple of ${width} octets`);
  let text = '';
  let points: number[] = [];
  for (let i = start; i < end; i += width) {
    let point = 0;
    for (let j = 0; j < width; j++) point = point * 256 + bytes[i + j];
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) malformed(i, 'a character that does not exist');
    points.push(point);
    if (points.length < PIECE) continue;
    text += String.fromCodePoint(...points);
    points = [];
  }
  return text + String.fromCodePoint(...points);
}
