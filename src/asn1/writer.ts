// Writes DER with asn1js, which only this file imports. Every builder gives the bytes of one element; contents that may be
// secret never pass through asn1js, which would leave copies behind: element.ts puts them together.

import * as asn1 from 'asn1js';
import { TlsError } from '../base/errors.ts';
import { contextTag, tags } from './der.ts';
import { element, unsignedOctets } from './element.ts';

export { element, unsignedOctets };

/** As `element`, for contents that hold secrets: wipes them. */
export function wipingElement(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const der = element(tag, ...contents);
  for (const content of contents) content.fill(0);
  return der;
}

export const sequence = (...contents: readonly Uint8Array[]): Uint8Array => element(tags.SEQUENCE, ...contents);

/** SET OF: in the order of the encodings (X.690 §11.6). */
export function setOf(...contents: readonly Uint8Array[]): Uint8Array {
  return element(tags.SET, ...[...contents].sort(compareEncodings));
}

/** Shorter encodings count as padded with zeros; a zero octet never makes the difference between two elements. */
function compareEncodings(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

export const octetString = (content: Uint8Array): Uint8Array => element(tags.OCTET_STRING, content);

/** `[number]` EXPLICIT, or IMPLICIT of a constructed type: `contents` are elements. */
export function tagged(number: number, ...contents: readonly Uint8Array[]): Uint8Array {
  return element(contextTag(number, true), ...contents);
}

/** `[number]` IMPLICIT of a primitive type: `content` is without a header. */
export function taggedPrimitive(number: number, content: Uint8Array): Uint8Array {
  return element(contextTag(number, false), content);
}

/** A number of JavaScript, or a non-negative INTEGER from big-endian bytes with or without leading zeros. */
export function integer(value: number | bigint | Uint8Array, tag: number = tags.INTEGER): Uint8Array {
  if (value instanceof Uint8Array) return element(tag, unsignedOctets(value));
  const written = new Uint8Array(asn1.Integer.fromBigInt(BigInt(value)).toBER());
  written[0] = tag;
  return written;
}

export function enumerated(value: number): Uint8Array {
  return integer(value, tags.ENUMERATED);
}

export function boolean(value: boolean): Uint8Array {
  return new Uint8Array(new asn1.Boolean({ value }).toBER());
}

export function nullElement(): Uint8Array {
  return new Uint8Array(new asn1.Null().toBER());
}

/** @throws ERR_INVALID_ARGUMENT for text that is no dotted identifier */
export function objectIdentifier(oid: string): Uint8Array {
  if (!/^[0-2](\.(0|[1-9][0-9]*))+$/.test(oid) || /^[01]\.([4-9][0-9]|[0-9]{3,})(\.|$)/.test(oid)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `not an object identifier: ${oid}`);
  }
  return new Uint8Array(new asn1.ObjectIdentifier({ value: oid }).toBER());
}

/** BIT STRING of whole octets. */
export const bitString = (octets: Uint8Array): Uint8Array => element(tags.BIT_STRING, Uint8Array.of(0), octets);

/** Named bits (X.690 §11.2.2: without trailing zeros): bit i of `bits` is bit i of the string. */
export function namedBits(bits: number, tag: number = tags.BIT_STRING): Uint8Array {
  if (bits === 0) return element(tag, Uint8Array.of(0));
  const last = 31 - Math.clz32(bits);
  const octets = new Uint8Array((last >> 3) + 1);
  for (let bit = 0; bit <= last; bit++) if (((bits >>> bit) & 1) === 1) octets[bit >> 3] |= 0x80 >> (bit & 7);
  return element(tag, Uint8Array.of(7 - (last & 7)), octets);
}

const utf8 = new TextEncoder();

export const utf8String = (text: string): Uint8Array => element(tags.UTF8_STRING, utf8.encode(text));

/** @throws ERR_INVALID_ARGUMENT for characters that PrintableString has not (X.680 §41.4) */
export function printableString(text: string): Uint8Array {
  if (!/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `not a PrintableString: ${JSON.stringify(text)}`);
  }
  return element(tags.PRINTABLE_STRING, utf8.encode(text));
}

/** @throws ERR_INVALID_ARGUMENT for text that is not ASCII */
export function ia5String(text: string, tag: number = tags.IA5_STRING): Uint8Array {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is what is meant
  if (!/^[\u0000-\u007f]*$/.test(text)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `not ASCII, as IA5String has to be: ${JSON.stringify(text)}`);
  }
  return element(tag, utf8.encode(text));
}

/** BMPString content: UTF-16, big-endian. */
export function bmpOctets(text: string): Uint8Array {
  const octets = new Uint8Array(2 * text.length);
  for (let i = 0; i < text.length; i++) octets.set([text.charCodeAt(i) >> 8, text.charCodeAt(i) & 0xff], 2 * i);
  return octets;
}

/**
 * Time as RFC 5280 §4.1.2.5 has it: UTCTime from 1950 through 2049, else GeneralizedTime, to the second.
 * @param time milliseconds since the epoch @throws ERR_INVALID_ARGUMENT outside of the years 0 to 9999
 */
export function time(time: number): Uint8Array {
  const digits = timeDigits(time);
  const year = Number(digits.slice(0, 4));
  return year >= 1950 && year < 2050 ? element(tags.UTC_TIME, utf8.encode(digits.slice(2))) : generalizedTime(time);
}

/** GeneralizedTime, to the second. */
export function generalizedTime(time: number): Uint8Array {
  return element(tags.GENERALIZED_TIME, utf8.encode(timeDigits(time)));
}

function timeDigits(time: number): string {
  const date = new Date(time);
  if (!(time >= YEAR_0 && time < YEAR_10000)) throw new TlsError('ERR_INVALID_ARGUMENT', `not a usable time: ${time}`);
  return `${date.toISOString().replace(/[-:T]|\.\d+/g, '')}`;
}

const YEAR_0 = -62_167_219_200_000;
const YEAR_10000 = 253_402_300_800_000;
