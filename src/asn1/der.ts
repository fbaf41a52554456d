// Reads DER (ITU-T X.690 §8, §10, §11) as a cursor over the original bytes: no tree, no recursion, no copies.
// DER only: indefinite and non-minimal lengths, BOOLEAN values but 00 and FF and padded INTEGERs are refused. What it reads
// beyond that is named (leniencies.ts), and only where whoever reads asks for it. It writes nothing and knows no certificate.

import { TlsError } from '../base/errors.ts';
import type { Leniency } from './leniencies.ts';

/** Identifier octets that X.509 and PKCS use (X.680 §8.6), the constructed bit included. */
export const tags = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OBJECT_IDENTIFIER: 0x06,
  ENUMERATED: 0x0a,
  UTF8_STRING: 0x0c,
  NUMERIC_STRING: 0x12,
  PRINTABLE_STRING: 0x13,
  TELETEX_STRING: 0x14,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  VISIBLE_STRING: 0x1a,
  UNIVERSAL_STRING: 0x1c,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

/** Identifier octet of the context-specific tag `[number]`. */
export function contextTag(number: number, constructed: boolean): number {
  return (constructed ? 0xa0 : 0x80) | number;
}

/** Nesting that `skipValue` follows: no structure of X.509, PKCS#8, PKCS#12 or OCSP is half as deep. */
export const MAX_DEPTH = 32;

/** @throws ERR_MALFORMED_DER always */
export function malformed(at: number, why: string): never {
  throw new TlsError('ERR_MALFORMED_DER', `malformed DER at offset ${at}: ${why}`);
}

/**
 * A cursor over a window of `bytes`. `enter` narrows the window to the content of a constructed element, `leave` demands
 * that all of it was read and widens it again; the caller's code is the only nesting there is.
 */
export class DerReader {
  readonly bytes: Uint8Array;
  /** Offset of the next element. */
  at: number;
  /** End of the window. */
  end: number;
  /** Collects what was read although DER or the structure forbids it; undefined for a strict reader. */
  readonly deviations: Set<Leniency> | undefined;

  /**
   * Reads `bytes` from `at` to `end` without copying; they must not change while the reader is in use.
   * @param deviations where the leniencies that were needed are noted; without it there are none
   */
  constructor(bytes: Uint8Array, at = 0, end = bytes.length, deviations?: Set<Leniency>) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.deviations = deviations;
  }

  /** Another reader, over `bytes`, that is as lenient as this one. */
  over(bytes: Uint8Array): DerReader {
    return new DerReader(bytes, 0, bytes.length, this.deviations);
  }

  /** Notes a leniency that is needed here. @throws ERR_MALFORMED_DER in a strict reader */
  deviate(leniency: Leniency, at: number, why: string): void {
    if (this.deviations === undefined) malformed(at, why);
    this.deviations.add(leniency);
  }

  /**
   * Reads the elements of a list that DER or the structure wants to have at least one, up to the end of the window.
   * @param what for the message of a strict reader: "extensions"
   */
  list<T>(what: string, read: (der: DerReader) => T): T[] {
    if (this.done) this.deviate('empty-list', this.at, `an empty list of ${what}`);
    const found: T[] = [];
    while (!this.done) found.push(read(this));
    return found;
  }

  get done(): boolean {
    return this.at === this.end;
  }

  /** Identifier octet of the next element, or -1 at the end of the window. */
  peek(): number {
    return this.at < this.end ? this.bytes[this.at] : -1;
  }

  /**
   * Reads identifier and length; `at` moves to the content. Returns the end of the content.
   * @param tag the identifier octet that must stand there @throws ERR_MALFORMED_DER
   */
  header(tag: number): number {
    const start = this.at;
    if (start >= this.end) malformed(start, `the element ${name(tag)} is missing`);
    if (this.bytes[start] !== tag) malformed(start, `${name(this.bytes[start])} where ${name(tag)} must stand`);
    return this.#length(start + 1);
  }

  /** Reads the header of any element. */
  anyHeader(): number {
    const start = this.at;
    if (start >= this.end) malformed(start, 'an element is missing');
    const tag = this.bytes[start];
    if (tag === 0) malformed(start, 'end-of-contents octets, which DER does not have');
    return this.#length((tag & 0x1f) === 0x1f ? this.#longTag(start + 1) : start + 1);
  }

  /** X.690 §8.1.2.4: a tag number over 30, in as few octets as can be; nothing that is understood here has one. */
  #longTag(start: number): number {
    const { bytes, end } = this;
    let at = start;
    while (at < end && at - start < 4 && bytes[at] >= 0x80) at++;
    if (at >= end || bytes[at] >= 0x80) malformed(start, 'a tag number that is cut off, or impossibly large');
    if (bytes[start] === 0x80 || (at === start && bytes[at] < 31)) malformed(start, 'a tag number with a shorter form');
    return at + 1;
  }

  #length(position: number): number {
    const { bytes, end } = this;
    if (position >= end) malformed(position, 'the length is missing');
    let length = bytes[position++];
    if (length >= 0x80) {
      // X.690 §10.1: definite form, in as few octets as can be. Four octets are more than any input has.
      const octets = length & 0x7f;
      if (octets === 0) malformed(position - 1, 'an indefinite length');
      if (octets > 4) malformed(position - 1, 'a length of more than four octets');
      if (position + octets > end) malformed(position, 'the length is cut off');
      length = bytes[position++];
      if (length === 0) malformed(position - 1, 'a length with leading zeros');
      for (let i = 1; i < octets; i++) length = length * 256 + bytes[position++];
      if (length < 0x80) malformed(position - 1, 'a long-form length where the short form fits');
    }
    if (length > end - position) malformed(position, 'an element longer than what holds it');
    this.at = position;
    return position + length;
  }

  /** Enters a constructed element; returns what `leave` needs. */
  enter(tag: number): number {
    const outer = this.end;
    this.end = this.header(tag);
    return outer;
  }

  /** Leaves the element that `enter` entered. @throws ERR_MALFORMED_DER if something in it was not read */
  leave(outer: number): void {
    if (this.at !== this.end) malformed(this.at, 'more elements than the structure has');
    this.end = outer;
  }

  /** Skips the next element, which must have `tag`, without looking into it. */
  skip(tag: number): void {
    this.at = this.header(tag);
  }

  /** Skips the next element whatever it is, checking that everything inside is well-formed DER. Iterative. */
  skipValue(): void {
    const ends: number[] = [];
    const outer = this.end;
    do {
      const constructed = (this.peek() & 0x20) !== 0;
      const contentEnd = this.anyHeader();
      if (constructed) {
        if (ends.length === MAX_DEPTH) malformed(this.at, `nesting deeper than ${MAX_DEPTH}`);
        ends.push(this.end);
        this.end = contentEnd;
      } else {
        this.at = contentEnd;
      }
      while (ends.length > 0 && this.at === this.end) this.end = ends.pop() as number;
    } while (ends.length > 0);
    this.end = outer;
  }

  /** Demands that nothing follows. */
  finish(): void {
    if (this.at !== this.end) malformed(this.at, 'trailing bytes');
  }

  /** Content of the next element, which must have `tag`, as a view. */
  content(tag: number): Uint8Array {
    const end = this.header(tag);
    const view = this.bytes.subarray(this.at, end);
    this.at = end;
    return view;
  }

  /** The next element with its header, as a view; must have `tag`. The inside is not checked. */
  element(tag: number): Uint8Array {
    const start = this.at;
    this.at = this.header(tag);
    return this.bytes.subarray(start, this.at);
  }

  /** Any next element with its header, as a view; the inside is checked to be well-formed. */
  anyElement(): Uint8Array {
    const start = this.at;
    this.skipValue();
    return this.bytes.subarray(start, this.at);
  }

  boolean(tag: number = tags.BOOLEAN): boolean {
    const end = this.header(tag);
    const value = this.bytes[this.at];
    if (end - this.at !== 1 || (value !== 0 && value !== 0xff)) malformed(this.at, 'a BOOLEAN that is not 00 or FF');
    this.at = end;
    return value === 0xff;
  }

  /** An optional BOOLEAN DEFAULT FALSE; X.690 §11.5: the default is not encoded. */
  defaultFalse(tag: number = tags.BOOLEAN): boolean {
    if (this.peek() !== tag) return false;
    if (this.boolean(tag)) return true;
    this.deviate('encoded-default', this.at - 1, 'an encoded default value (FALSE)');
    return false;
  }

  /** Content octets of an INTEGER (two's complement, minimal), as a view. */
  integer(tag: number = tags.INTEGER): Uint8Array {
    const end = this.header(tag);
    const { bytes, at } = this;
    if (end === at) malformed(at, 'an empty INTEGER');
    // X.690 §8.3.2: the first nine bits are not all equal.
    if (end - at > 1 && ((bytes[at] === 0 && bytes[at + 1] < 0x80) || (bytes[at] === 0xff && bytes[at + 1] >= 0x80))) {
      malformed(at, 'an INTEGER with needless leading octets');
    }
    this.at = end;
    return bytes.subarray(at, end);
  }

  /** A non-negative INTEGER as big-endian bytes without leading zeros (empty for zero), as a view. */
  unsigned(tag: number = tags.INTEGER): Uint8Array {
    const value = this.integer(tag);
    if (value[0] >= 0x80) malformed(this.at - value.length, 'a negative INTEGER');
    return value[0] === 0 ? value.subarray(1) : value;
  }

  /** An INTEGER or ENUMERATED from 0 to `max` (at most 2^31 - 1). */
  small(max: number, tag: number = tags.INTEGER): number {
    const bytes = this.unsigned(tag);
    let value = 0;
    if (bytes.length > 4) malformed(this.at, `a number over ${max}`);
    for (const byte of bytes) value = value * 256 + byte;
    if (value > max) malformed(this.at, `a number over ${max}`);
    return value;
  }

  null(): void {
    const end = this.header(tags.NULL);
    if (end !== this.at) malformed(this.at, 'a NULL with content');
  }

  /** BIT STRING of whole octets, as a view. */
  bitStringOctets(tag: number = tags.BIT_STRING): Uint8Array {
    const end = this.header(tag);
    const at = this.at;
    if (end === at) malformed(at, 'an empty BIT STRING');
    if (this.bytes[at] !== 0) malformed(at, 'a BIT STRING that is not whole octets');
    this.at = end;
    return this.bytes.subarray(at + 1, end);
  }

  /**
   * Named bits: bit i of the result is bit i of the string; at most 31. Trailing zero bits, which X.690 §11.2.2 forbids,
   * are read: roots that everybody trusts have them in their key usage, and they change no meaning.
   */
  namedBits(tag: number = tags.BIT_STRING): number {
    const end = this.header(tag);
    const { bytes, at } = this;
    const unused = bytes[at];
    if (end === at || unused > 7 || (end === at + 1 && unused !== 0)) malformed(at, 'a BIT STRING without its bits');
    let bits = 0;
    for (let i = at + 1, bit = 0; i < end; i++) {
      for (let mask = 0x80; mask !== 0; mask >>= 1, bit++) if ((bytes[i] & mask) !== 0 && bit < 31) bits |= 1 << bit;
    }
    if (end > at + 1 && (bytes[end - 1] & ((1 << unused) - 1)) !== 0)
      malformed(end - 1, 'unused bits that are not zero');
    this.at = end;
    return bits;
  }
}

/**
 * True for the octets of a file that are one DER structure, with nothing but line ends behind it: text may begin with "0",
 * too. What begins as DER and is no PEM either is DER to its reader, whose error says what is wrong.
 */
export function isDer(bytes: Uint8Array): boolean {
  if (bytes[0] !== tags.SEQUENCE) return false;
  const end = elementEnd(bytes);
  return end === undefined ? !hasBoundary(bytes) : isLineEnds(bytes, end) || !hasBoundary(bytes);
}

/** DER without the line ends that editors put behind it. @param bytes for which isDer is true */
export function trimmedDer(bytes: Uint8Array): Uint8Array {
  const end = elementEnd(bytes);
  return end !== undefined && isLineEnds(bytes, end) ? bytes.subarray(0, end) : bytes;
}

/** End of the element that stands first, if it has a definite length within the bytes. */
function elementEnd(bytes: Uint8Array): number | undefined {
  try {
    return new DerReader(bytes).anyHeader();
  } catch {
    return undefined;
  }
}

function isLineEnds(bytes: Uint8Array, from: number): boolean {
  for (let i = from; i < bytes.length; i++) if (bytes[i] !== 0x0a && bytes[i] !== 0x0d) return false;
  return true;
}

/** "-----BEGIN " somewhere. */
function hasBoundary(bytes: Uint8Array): boolean {
  const text = '-----BEGIN ';
  const matches = (at: number) => [...text].every((character, i) => bytes[at + i] === character.charCodeAt(0));
  for (let at = bytes.indexOf(0x2d); at >= 0; at = bytes.indexOf(0x2d, at + 1)) if (matches(at)) return true;
  return false;
}

function name(tag: number): string {
  const found = Object.entries(tags).find(([, value]) => value === tag);
  if (found !== undefined) return found[0].replaceAll('_', ' ');
  return (tag & 0xc0) === 0x80 ? `[${tag & 0x1f}]` : `tag 0x${tag.toString(16).padStart(2, '0')}`;
}
