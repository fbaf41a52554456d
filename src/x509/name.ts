// Distinguished names (RFC 5280 §4.1.2.4): attributes, the text of RFC 4514, and comparison as RFC 5280 §7.1 asks.

import { DerReader, malformed, tags } from '../asn1/der.ts';
import { readOid } from '../asn1/oid.ts';
import { decodeString, isString } from '../asn1/strings.ts';

/** One AttributeTypeAndValue. */
export interface NameAttribute {
  /** Dotted object identifier of the type. */
  readonly type: string;
  /** Text of a string value; undefined for other types. */
  readonly value: string | undefined;
  /** The value's own DER, header included. */
  readonly der: Uint8Array;
}

/** Short names that RFC 4514 §3 fixes, and the ones everybody knows besides. */
export const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.15': 'businessCategory',
  '2.5.4.17': 'postalCode',
  '2.5.4.42': 'GN',
  '2.5.4.43': 'initials',
  '2.5.4.44': 'generationQualifier',
  '2.5.4.46': 'dnQualifier',
  '2.5.4.65': 'pseudonym',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

/** A Name (RDNSequence). Decoded when first asked; the getters throw ERR_MALFORMED_DER for a malformed one. */
export class Name {
  /** The whole Name with its header, as it came. */
  readonly der: Uint8Array;
  #rdns: readonly (readonly NameAttribute[])[] | undefined;
  #canonical: readonly string[] | undefined;
  #key: string | undefined;

  constructor(der: Uint8Array) {
    this.der = der;
  }

  /** The RDNs in the order of the encoding, the most significant first. */
  get rdns(): readonly (readonly NameAttribute[])[] {
    return (this.#rdns ??= readRdns(this.der));
  }

  get empty(): boolean {
    return this.der.length === 2;
  }

  /** Text of the last (most specific) attribute of a type, such as "2.5.4.3" (commonName). */
  attribute(type: string): string | undefined {
    let found: string | undefined;
    for (const rdn of this.rdns) for (const attribute of rdn) if (attribute.type === type) found = attribute.value;
    return found;
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
    return this.rdns
      .map(rdn => rdn.map(attributeText).join('+'))
      .reverse()
      .join(',');
  }
}

function readRdns(bytes: Uint8Array): (readonly NameAttribute[])[] {
  const der = new DerReader(bytes);
  const rdns: NameAttribute[][] = [];
  der.enter(tags.SEQUENCE);
  while (!der.done) {
    const rdnEnd = der.enter(tags.SET);
    const attributes: NameAttribute[] = [];
    do attributes.push(readAttribute(der));
    while (!der.done);
    der.leave(rdnEnd);
    rdns.push(attributes);
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
    value = decodeString(der.bytes, tag, der.at, end);
    der.at = end;
  } else {
    der.skipValue();
  }
  const attribute = { type, value, der: der.bytes.subarray(start, der.at) };
  der.leave(outer);
  return attribute;
}

function comparable({ type, value, der }: NameAttribute): string {
  const text = value === undefined ? `#${hex(der)}` : `=${prepare(value)}`;
  return `${type} ${text.length}${text}`;
}

/** RFC 4518 in short: compatibility normal form, case folded, spaces trimmed and folded to one. */
function prepare(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is what is meant
  const plain = /^[\u0000-\u007f]*$/.test(value) ? value : value.normalize('NFKC');
  return plain.toLowerCase().trim().replace(/\s+/g, ' ');
}

function attributeText({ type, value, der }: NameAttribute): string {
  const name = shortNames[type];
  // RFC 4514 §2.4: a type without a short name, or a value that is no string, is written as hex of its BER.
  if (name === undefined || value === undefined) return `${name ?? type}=#${hex(der)}`;
  return `${name}=${escaped(value)}`;
}

/** RFC 4514 §2.4; control characters too, so that a name cannot write to a terminal. */
function escaped(value: string): string {
  let text = '';
  for (let i = 0; i < value.length; i++) {
    const char = value[i];
    const code = value.charCodeAt(i);
    const edge = (char === ' ' && (i === 0 || i === value.length - 1)) || (char === '#' && i === 0);
    if (edge || '"+,;<>\\'.includes(char)) text += `\\${char}`;
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
      text += code < 0x80 ? `\\${hexByte(code)}` : `\\c2\\${hexByte(code)}`;
    } else text += char;
  }
  return text;
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** Lower-case hex of bytes, with `separator` between them. */
export function hex(bytes: Uint8Array, separator = ''): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += (i > 0 ? separator : '') + hexByte(bytes[i]);
  return text;
}

/** Compares public bytes; not constant time. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
