// Distinguished names (RFC 5280 §4.1.2.4): attributes, the text of RFC 4514, and comparison as RFC 5280 §7.1 asks.

import { DerReader, malformed, tags } from '../asn1/der.ts';
import type { Leniency } from '../asn1/leniencies.ts';
import { readOid } from '../asn1/oid.ts';
import { decodeString, isString } from '../asn1/strings.ts';
import { textOf } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { attributeTypeOf, shortNames } from './name_types.ts';

/** One AttributeTypeAndValue. */
export interface NameAttribute {
  /** Dotted object identifier of the type. */
  readonly type: string;
  /** Text of a string value; undefined for other types. */
  readonly value: string | undefined;
  /** The value's own DER, header included. */
  readonly der: Uint8Array;
}

/** A Name (RDNSequence). Decoded when first asked; the getters throw ERR_MALFORMED_DER for a malformed one. */
export class Name {
  /** The whole Name with its header, as it came. */
  readonly der: Uint8Array;
  #rdns: readonly (readonly NameAttribute[])[] | undefined;
  /** Why it does not decode: found once, however often it is asked. */
  #failure: unknown;
  #text: string | undefined;
  #canonical: readonly string[] | undefined;
  #key: string | undefined;

  readonly #deviations: Set<Leniency> | undefined;

  /** @param deviations where the leniencies that reading it needs are noted; without it the name is read strictly */
  constructor(der: Uint8Array, deviations?: Set<Leniency>) {
    this.der = der;
    this.#deviations = deviations;
  }

  /** The RDNs in the order of the encoding, the most significant first. */
  get rdns(): readonly (readonly NameAttribute[])[] {
    if (this.#rdns !== undefined) return this.#rdns;
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return (this.#rdns = readRdns(this.der, this.#deviations));
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** False if an attribute holds octets that its string type cannot: it equals the same octets only. */
  get readable(): boolean {
    return this.rdns.every(rdn => rdn.every(({ value, der }) => value !== undefined || !isString(der[0])));
  }

  get empty(): boolean {
    return this.der.length === 2;
  }

  /**
   * Text of the last (most specific) attribute of a type: "CN", "commonName" or "2.5.4.3". Undefined if there is none, or
   * if its value is no string.
   * @throws ERR_INVALID_ARGUMENT for a name that no type has
   */
  attribute(type: string): string | undefined {
    return this.#ofType(type).at(-1)?.value;
  }

  /** Texts of all attributes of a type, the most significant first. @throws as `attribute` */
  attributes(type: string): string[] {
    return this.#ofType(type).flatMap(({ value }) => value ?? []);
  }

  #ofType(name: string): NameAttribute[] {
    const type = typeof name === 'string' ? attributeTypeOf(name) : undefined;
    if (type === undefined) {
      throw new TlsError(
        'ERR_INVALID_ARGUMENT',
        `"${textOf(name)}" is no attribute type; write it like "CN" or "2.5.4.3"`,
      );
    }
    return this.rdns.flatMap(rdn => rdn.filter(attribute => attribute.type === type));
  }

  /**
   * One comparable string for each RDN: types and prepared values (RFC 5280 §7.1), multi-valued RDNs sorted. Lengths stand
   * before what a stranger wrote, so that no value can look like two.
   */
  get canonical(): readonly string[] {
    return (this.#canonical ??= this.rdns.map(rdn => rdn.map(comparable).sort().join('')));
  }

  /** Equal for names that match, different for others. */
  get key(): string {
    return (this.#key ??= this.canonical.map(rdn => `${rdn.length}:${rdn}`).join(''));
  }

  /** RFC 5280 §7.1: case and insignificant space do not matter, nor does the string type. */
  equals(other: Name): boolean {
    return equalBytes(this.der, other.der) || this.key === other.key;
  }

  /** True if this name lies in the subtree of `base` (RFC 5280 §7.1: its first RDNs match those of `base`). */
  within(base: Name): boolean {
    const own = this.canonical;
    return base.canonical.length <= own.length && base.canonical.every((rdn, i) => rdn === own[i]);
  }

  /** RFC 4514 text: the most specific RDN first. */
  toString(): string {
    return (this.#text ??= this.rdns
      .map(rdn => rdn.map(attributeText).join('+'))
      .reverse()
      .join(','));
  }
}

function readRdns(bytes: Uint8Array, deviations?: Set<Leniency>): (readonly NameAttribute[])[] {
  const der = new DerReader(bytes, 0, bytes.length, deviations);
  const rdns: NameAttribute[][] = [];
  der.enter(tags.SEQUENCE);
  while (!der.done) {
    const rdnEnd = der.enter(tags.SET);
    rdns.push(der.list('attributes of an RDN', readAttribute));
    der.leave(rdnEnd);
  }
  if (der.at !== bytes.length) malformed(der.at, 'trailing bytes after a Name');
  return rdns;
}

function readAttribute(der: DerReader): NameAttribute {
  const outer = der.enter(tags.SEQUENCE);
  const type = readOid(der);
  const start = der.at;
  const tag = der.peek();
  let value: string | undefined;
  if (isString(tag)) {
    const end = der.header(tag);
    value = readValue(der, tag, end);
    der.at = end;
  } else {
    der.skipValue();
  }
  const attribute = { type, value, der: der.bytes.subarray(start, der.at) };
  der.leave(outer);
  return attribute;
}

/** undefined, in a lenient reader, for octets that the type cannot hold. */
function readValue(der: DerReader, tag: number, end: number): string | undefined {
  if (der.deviations === undefined) return decodeString(der.bytes, tag, der.at, end);
  try {
    return decodeString(der.bytes, tag, der.at, end);
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    der.deviate('odd-string', der.at, error.message);
    return undefined;
  }
}

function comparable({ type, value, der }: NameAttribute): string {
  const text = value === undefined ? `#${hex(der)}` : `=${prepare(value)}`;
  return `${type} ${text.length}${text}`;
}

/**
 * More marks upon one character than any script has (UAX #15 §13, the stream-safe format): putting them in order takes
 * engines quadratic time, 80 KB of them five seconds. Such a value is compared as it stands. The halfwidth voiced sound
 * marks are letters that become marks; no other characters do.
 */
const longMarks = /[\p{M}\uff9e\uff9f]{31}/u;

/** RFC 4518 in short: compatibility normal form, case folded, spaces trimmed and folded to one. */
function prepare(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is what is meant
  const plain = /^[\u0000-\u007f]*$/.test(value) || longMarks.test(value) ? value : value.normalize('NFKC');
  return plain.toLowerCase().trim().replace(/\s+/g, ' ');
}

function attributeText({ type, value, der }: NameAttribute): string {
  const name = shortNames[type];
  if (name !== undefined && value === undefined && isString(der[0])) return `${name}=${escapedOctets(der)}`;
  // RFC 4514 §2.4: a type without a short name, or a value that is no string, is written as hex of its BER.
  if (name === undefined || value === undefined) return `${name ?? type}=#${hex(der)}`;
  return `${name}=${escaped(value)}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are among what is escaped
const special = /^[ #]|[ ]$|["+,;<>\\]|[\u0000-\u001f\u007f-\u009f]/g;

/** RFC 4514 §2.4; control characters too, so that a name cannot write to a terminal. */
function escaped(value: string): string {
  return value.replace(special, char => {
    const code = char.charCodeAt(0);
    if (code >= 0x20 && code < 0x7f) return `\\${char}`;
    return code < 0x80 ? `\\${hexByte(code)}` : `\\c2\\${hexByte(code)}`;
  });
}

/** A string whose octets its type cannot hold: ASCII as it is, the rest as hex pairs, which stand for octets in RFC 4514. */
function escapedOctets(der: Uint8Array): string {
  const octets = new DerReader(der).content(der[0]);
  // Characters that no escape touches stand for the octets meanwhile.
  const PRIVATE = 0xe000;
  const text = Array.from(octets, octet => String.fromCharCode(octet < 0x80 ? octet : PRIVATE + octet)).join('');
  return escaped(text).replace(/[\ue080-\ue0ff]/g, c => `\\${hexByte(c.charCodeAt(0) - PRIVATE)}`);
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

let hexBytes: string[] | undefined;

/** Lower-case hex of bytes, with `separator` between them. */
export function hex(bytes: Uint8Array, separator = ''): string {
  hexBytes ??= Array.from({ length: 256 }, (_, byte) => hexByte(byte));
  const parts = new Array<string>(bytes.length);
  for (let i = 0; i < bytes.length; i++) parts[i] = hexBytes[bytes[i]];
  return parts.join(separator);
}

/** Compares public bytes; not constant time. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
