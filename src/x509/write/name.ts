// Distinguished names from text (RFC 4514) to DER (RFC 5280 §4.1.2.4), and alternative names from text.

import * as asn1 from '../../asn1/writer.ts';
import { TlsError } from '../../base/errors.ts';
import type { GeneralName } from '../general_name.ts';
import { Name, shortNames } from '../name.ts';
import { isDnsName, parseIp } from '../server_identity.ts';

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

/**
 * A Name from the text of RFC 4514, such as "CN=example.com,O=Example Ltd,C=DE" (the most specific attribute first), or
 * the Name itself. The empty text is the empty Name.
 * @throws ERR_INVALID_ARGUMENT naming what is wrong with the text
 */
export function writeName(name: string | Name): Name {
  if (typeof name !== 'string') return name;
  const rdns = name.trim() === '' ? [] : split(name, ',').map(rdn => split(rdn, '+').map(writeAttribute));
  return new Name(asn1.sequence(...rdns.reverse().map(attributes => asn1.setOf(...attributes))));
}

/** Cuts at separators that are not escaped or quoted. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [''];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '\\') parts[parts.length - 1] += char + (text[++i] ?? '');
    else if (char === separator && !quoted) parts.push('');
    else {
      if (char === '"') quoted = !quoted;
      parts[parts.length - 1] += char;
    }
  }
  return parts;
}

function writeAttribute(text: string): Uint8Array {
  const at = text.indexOf('=');
  if (at < 1) bad(`"${text.trim()}" has no "="; write it like "CN=example.com,O=Example"`);
  const key = text.slice(0, at).trim();
  const known = Object.entries(shortNames).find(([, name]) => name.toLowerCase() === key.toLowerCase());
  const oid = known?.[0] ?? key;
  if (known === undefined && !/^[0-9.]+$/.test(key))
    bad(`the attribute "${key}" is unknown; use its object identifier`);
  const value = unescapeValue(text.slice(at + 1));
  if (value === '') bad(`the attribute "${key}" is empty`);
  return asn1.sequence(asn1.objectIdentifier(oid), writeValue(known?.[1] ?? oid, value));
}

/** RFC 5280 appendix A: PrintableString for C, serialNumber and dnQualifier, IA5String for DC and emailAddress. */
function writeValue(type: string, value: string): Uint8Array {
  if ([...value].length > (upperBounds[type] ?? 32768)) bad(`${type} is over ${upperBounds[type]} characters`);
  if (type === 'C' && !/^[A-Z]{2}$/.test(value)) bad(`C is two capital letters (ISO 3166), not "${value}"`);
  if (type === 'C' || type === 'serialNumber' || type === 'dnQualifier') return asn1.printableString(value);
  if (type === 'DC' || type === 'emailAddress') return asn1.ia5String(value);
  return asn1.utf8String(value);
}

/** RFC 4514 §3: backslash and a special character or two hex digits of UTF-8; RFC 2253's quotes are read, too. */
function unescapeValue(raw: string): string {
  const text = raw.replace(/^ +/, '').replace(/(\\.)| +$/gs, (_, escaped?: string) => escaped ?? '');
  const quoted = /^"(.*)"$/s.exec(text)?.[1] ?? text;
  const bytes: number[] = [];
  const utf8 = new TextEncoder();
  for (let i = 0; i < quoted.length; i++) {
    const char = quoted[i];
    if (char !== '\\') {
      const point = String.fromCodePoint(quoted.codePointAt(i)!);
      i += point.length - 1;
      bytes.push(...utf8.encode(point));
    } else if (/^[0-9a-f]{2}$/i.test(quoted.slice(i + 1, i + 3))) {
      bytes.push(Number.parseInt(quoted.slice(i + 1, i + 3), 16));
      i += 2;
    } else bytes.push(...utf8.encode(quoted[++i] ?? bad('a backslash at the end')));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
  } catch {
    return bad('escapes that are not UTF-8');
  }
}

function bad(why: string): never {
  throw new TlsError('ERR_INVALID_ARGUMENT', `not a distinguished name: ${why}`);
}

/**
 * An alternative name from text: "DNS:example.com", "IP:192.0.2.1", "email:a@example.com", "URI:https://example.com/", or
 * without a prefix what the text looks like.
 * @throws ERR_INVALID_ARGUMENT for text that is no such name
 */
export function alternativeName(text: string | GeneralName): GeneralName {
  if (typeof text !== 'string') return text;
  const [, prefix, rest] = /^(DNS|IP|email|URI):(.*)$/is.exec(text) ?? [];
  const value = rest ?? text;
  const kind = prefix?.toLowerCase() ?? guess(value);
  const wrong = (why: string) => new TlsError('ERR_INVALID_ARGUMENT', `"${text}" is no alternative name: ${why}`);
  switch (kind) {
    case 'ip': {
      const address = parseIp(value);
      if (address === undefined) throw wrong('not an IP address');
      return { type: 'ip', value: address };
    }
    case 'email':
      if (!/^[\x21-\x3f\x41-\x7e]+@[a-z0-9.-]+$/i.test(value)) throw wrong('not a mailbox in ASCII');
      return { type: 'email', value };
    case 'uri':
      // RFC 5280 §4.2.1.6: absolute, with a scheme and something behind it.
      if (!/^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(value)) throw wrong('not an absolute URI in ASCII');
      return { type: 'uri', value };
    default: {
      const name = value.toLowerCase();
      if (!isDnsName(name, { wildcard: true, underscores: true })) {
        throw wrong('not a DNS name in ASCII (an internationalized name goes as "xn--...")');
      }
      return { type: 'dns', value: name };
    }
  }
}

function guess(value: string): string {
  if (parseIp(value) !== undefined) return 'ip';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return 'uri';
  return value.includes('@') ? 'email' : 'dns';
}

/** DER of a GeneralName (RFC 5280 §4.2.1.6). */
export function writeGeneralName(name: GeneralName): Uint8Array {
  switch (name.type) {
    case 'other':
      return asn1.tagged(0, asn1.objectIdentifier(name.oid), asn1.tagged(0, name.value));
    case 'email':
      return asn1.ia5String(name.value, 0x81);
    case 'dns':
      return asn1.ia5String(name.value, 0x82);
    case 'directory':
      return asn1.tagged(4, name.name.der);
    case 'uri':
      return asn1.ia5String(name.value, 0x86);
    case 'ip':
      return asn1.taggedPrimitive(7, name.value);
    case 'registered-id': {
      const oid = asn1.objectIdentifier(name.oid);
      oid[0] = 0x88;
      return oid;
    }
    default:
      // Read as whole elements.
      return name.value;
  }
}
