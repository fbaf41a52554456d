// Distinguished names from text to DER (RFC 5280 §4.1.2.4): RFC 4514 with what its predecessors RFC 2253 and RFC 1779 had
// besides, and the forms that OpenSSL prints. One pass over the text, whatever is in it.

import { DerReader } from '../../asn1/der.ts';
import * as asn1 from '../../asn1/writer.ts';
import { requireString } from '../../base/arguments.ts';
import { TlsError } from '../../base/errors.ts';
import { Name } from '../name.ts';
import { attributeTypeOf, shortNames } from '../name_types.ts';

/** RFC 5280 appendix A.1: upper bounds in characters. */
const upperBounds: Readonly<Record<string, number>> = {
  CN: 64,
  serialNumber: 64,
  L: 128,
  ST: 128,
  O: 64,
  OU: 64,
  title: 64,
  emailAddress: 255,
};

/** A name is a line of text, not a document. */
const MAX_CHARACTERS = 65_536;

/**
 * A Name from text, or the Name itself. The empty text is the empty Name. What is read:
 *
 * - RFC 4514, the most specific attribute first: `CN=example.com,O=Example\, Ltd,C=DE`; "+" joins attributes of one RDN, ";"
 *   separates as "," does, a value in quotes needs no escapes, `#` and hex is the DER of a value.
 * - OpenSSL's `/C=DE/O=Example/CN=example.com`, the most significant attribute first; "/" and "+" in values are escaped.
 * - OpenSSL's one-line form `C = DE, O = Example, CN = example.com`, in the same order as that. What tells it apart is a space
 *   on both sides of every "=", which RFC 4514 does not have.
 *
 * Types are `CN`, `commonName`, `2.5.4.3` or `OID.2.5.4.3`, in any case.
 * @throws ERR_INVALID_ARGUMENT naming what is wrong with the text
 */
export function writeName(name: string | Name): Name {
  if (name instanceof Name) return name;
  requireString(name, 'a distinguished name');
  if (name.length > MAX_CHARACTERS) bad(`over ${MAX_CHARACTERS} characters`);
  // TextEncoder would write U+FFFD for half a pair.
  if (/\p{Surrogate}/u.test(name)) bad('half of a surrogate pair');
  if (name.trim() === '') return new Name(asn1.sequence());
  const parser = new NameParser(name);
  const rdns = parser.rdns().map(attributes => asn1.setOf(...attributes));
  return new Name(asn1.sequence(...(parser.significantFirst ? rdns : rdns.reverse())));
}

const utf8 = new TextEncoder();
const SPECIAL_ENDS = { slash: '/', comma: ',;' } as const;

class NameParser {
  readonly #text: string;
  readonly #slashes: boolean;
  readonly #ends: string;
  #at = 0;
  /** True while every "=" had a space on both sides. */
  #spaced = true;

  constructor(text: string) {
    this.#text = text;
    this.#slashes = text.startsWith('/');
    this.#ends = this.#slashes ? SPECIAL_ENDS.slash : SPECIAL_ENDS.comma;
    if (this.#slashes) this.#at = 1;
  }

  /** After `rdns`: whether they stand in the order of the encoding. */
  get significantFirst(): boolean {
    return this.#slashes || this.#spaced;
  }

  /** DER of the attributes of each RDN, in the order of the text. */
  rdns(): Uint8Array[][] {
    const found: Uint8Array[][] = [];
    let separator = ',';
    do {
      const attributes: Uint8Array[] = [];
      do {
        attributes.push(this.#attribute());
        separator = this.#text[this.#at++] ?? '';
      } while (separator === '+');
      found.push(attributes);
    } while (separator !== '');
    return found;
  }

  #attribute(): Uint8Array {
    const equals = this.#text.indexOf('=', this.#at);
    const key = equals < 0 ? '' : this.#text.slice(this.#at, equals).trim();
    if (key === '' || /[,;+"\\]/.test(key)) {
      const rest = this.#text.slice(this.#at, this.#at + 40);
      bad(
        rest.trim() === ''
          ? 'it ends with a separator'
          : `"${rest}" does not begin with a type and "="; write it like "CN=example.com,O=Example"`,
      );
    }
    const type = attributeTypeOf(key);
    if (type === undefined) bad(`the attribute "${key}" is unknown; use its object identifier`);
    if (this.#text[equals - 1] !== ' ' || this.#text[equals + 1] !== ' ') this.#spaced = false;
    this.#at = equals + 1;
    return asn1.sequence(asn1.objectIdentifier(type), this.#value(type, key));
  }

  /** DER of the value; ends at a separator or at the end. */
  #value(type: string, key: string): Uint8Array {
    this.#skipSpaces();
    const first = this.#text[this.#at];
    // In OpenSSL's slash form quotes and "#" are characters like any others.
    if (first === '#' && !this.#slashes) return this.#hexValue();
    const value = first === '"' && !this.#slashes ? this.#quoted() : this.#plain();
    if (value === '') bad(`the attribute "${key}" is empty`);
    if (value.includes('\0')) bad(`the attribute "${key}" has a NUL`);
    return writeValue(shortNames[type] ?? type, value);
  }

  /** RFC 4514 §2.4: "#" and the hex of the value's encoding. */
  #hexValue(): Uint8Array {
    const start = this.#at + 1;
    while (this.#at < this.#text.length && !this.#isEnd()) this.#at++;
    const digits = this.#text.slice(start, this.#at).trim();
    if (digits.length < 4 || digits.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(digits)) {
      bad('"#" without the hex of a value\'s DER behind it; a "#" that is text is written "\\#"');
    }
    const der = new Uint8Array(digits.length / 2);
    for (let i = 0; i < der.length; i++) der[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
    try {
      const reader = new DerReader(der);
      reader.anyElement();
      reader.finish();
    } catch {
      bad('the hex behind "#" is not the DER of one value');
    }
    return der;
  }

  #quoted(): string {
    this.#at++;
    const value = this.#characters(char => char === '"');
    if (this.#text[this.#at] !== '"') bad('a quote without its end');
    this.#at++;
    this.#skipSpaces();
    if (this.#at < this.#text.length && !this.#isEnd()) bad('text behind the quote that ends a value');
    return value;
  }

  #plain(): string {
    const value = this.#characters(() => this.#isEnd());
    if (this.#text[this.#at] === '"') bad('a quote inside of a value; write it as \\"');
    return value;
  }

  /** Text up to where `ends`, without escapes and, unless quoted, without the spaces before the end. */
  #characters(ends: (char: string) => boolean): string {
    const quoted = this.#text[this.#at - 1] === '"' && !this.#slashes;
    const parts: Uint8Array[] = [];
    let from = this.#at;
    /** Where the run of spaces begins that a separator would cut off. */
    let spacesFrom = -1;
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at];
      if (ends(char) || (char === '"' && !this.#slashes)) break;
      if (char !== ' ') spacesFrom = -1;
      else if (spacesFrom < 0) spacesFrom = this.#at;
      if (char !== '\\') continue;
      parts.push(utf8.encode(this.#text.slice(from, this.#at)), this.#escape());
      from = this.#at + 1;
    }
    const end = spacesFrom >= 0 && !quoted ? Math.max(spacesFrom, from) : this.#at;
    parts.push(utf8.encode(this.#text.slice(from, end)));
    return textOf(parts);
  }

  /** Octets of the escape at the cursor (RFC 4514 §3: a character, or two hex digits of UTF-8), which stays on its last character. */
  #escape(): Uint8Array {
    const pair = this.#text.slice(this.#at + 1, this.#at + 3);
    if (/^[0-9a-f]{2}$/i.test(pair)) {
      this.#at += 2;
      return Uint8Array.of(Number.parseInt(pair, 16));
    }
    const point = this.#text.codePointAt(this.#at + 1);
    if (point === undefined) bad('a backslash at the end');
    const char = String.fromCodePoint(point);
    this.#at += char.length;
    return utf8.encode(char);
  }

  #isEnd(): boolean {
    const char = this.#text[this.#at];
    return char === '+' || this.#ends.includes(char);
  }

  #skipSpaces(): void {
    while (this.#text[this.#at] === ' ') this.#at++;
  }
}

function textOf(parts: readonly Uint8Array[]): string {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bad('escapes that are not UTF-8');
  }
}

/** RFC 5280 appendix A: PrintableString for C, serialNumber and dnQualifier, IA5String for DC and emailAddress. */
function writeValue(type: string, value: string): Uint8Array {
  if ([...value].length > (upperBounds[type] ?? 32768)) bad(`${type} is over ${upperBounds[type] ?? 32768} characters`);
  if ((type === 'C' || type === 'jurisdictionC') && !/^[A-Z]{2}$/.test(value)) {
    bad(`${type} is two capital letters (ISO 3166), not "${value}"`);
  }
  switch (type) {
    case 'C':
    case 'jurisdictionC':
    case 'serialNumber':
    case 'dnQualifier':
    case 'telephoneNumber':
      return asn1.printableString(value);
    case 'DC':
    case 'emailAddress':
      return asn1.ia5String(value);
    default:
      return asn1.utf8String(value);
  }
}

function bad(why: string): never {
  throw new TlsError('ERR_INVALID_ARGUMENT', `not a distinguished name: ${why}`);
}
