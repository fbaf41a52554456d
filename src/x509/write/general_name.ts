// Alternative names (RFC 5280 §4.2.1.6) and the subtrees of name constraints (§4.2.1.10), from text and to DER.

import { DerReader } from '../../asn1/der.ts';
import * as asn1 from '../../asn1/writer.ts';
import { textOf } from '../../base/arguments.ts';
import { TlsError } from '../../base/errors.ts';
import { type GeneralName, otherNameTypes } from '../general_name.ts';
import { splitMailbox } from '../mailbox.ts';
import { isDnsName, parseIp } from '../server_identity.ts';
import { isAddressRange } from '../subtrees.ts';
import { writeName } from './name.ts';

/** Prefixes in lower case, and what they stand for. */
const prefixes: Readonly<Record<string, string>> = {
  dns: 'dns',
  ip: 'ip',
  'ip address': 'ip',
  email: 'email',
  mail: 'email',
  rfc822: 'email',
  uri: 'uri',
  url: 'uri',
  dirname: 'directory',
  directory: 'directory',
  rid: 'registered-id',
  registeredid: 'registered-id',
  othername: 'other',
  upn: 'upn',
  smtputf8mailbox: 'smtpUtf8Mailbox',
  srv: 'srv',
  xmpp: 'xmppAddr',
};

/**
 * An alternative name from text: `DNS:example.com`, `IP:192.0.2.1`, `email:a@example.com`, `URI:https://example.com/`,
 * `dirName:CN=a,O=b`, `RID:1.2.3`, `UPN:user@corp.example` (Windows), `SmtpUTF8Mailbox:jos\u00e9@example.com` (RFC 9598),
 * `SRV:_imap.example.com` (RFC 4985), `XMPP:a@example.com` (RFC 6120), `otherName:1.2.3;UTF8:text` with any of OpenSSL's
 * string types, `otherName:1.2.3:#0c01..` with the DER of the value; or without a prefix what the text looks like. A
 * GeneralName is checked and returned.
 * @throws ERR_INVALID_ARGUMENT for what is no such name
 */
export function alternativeName(name: string | GeneralName): GeneralName {
  if (typeof name !== 'string') return checked(name, name);
  const { kind, value } = splitPrefix(name);
  return checked(nameOf(kind ?? guess(value), value, name), name);
}

/**
 * The base of a subtree from text, such as `DNS:example.com` (it and all below), `IP:10.0.0.0/8`, `email:example.com` (the
 * mailboxes of a host), `email:.example.com` (those of the hosts below), `URI:example.com`, `dirName:O=Example`; without a
 * prefix what the text looks like. A GeneralName is checked and returned.
 * @throws ERR_INVALID_ARGUMENT for what is no subtree
 */
export function nameSubtree(name: string | GeneralName): GeneralName {
  if (typeof name !== 'string') return checkedSubtree(name, name);
  const { kind, value } = splitPrefix(name);
  const type = kind ?? guessSubtree(value);
  switch (type) {
    case 'ip':
      return { type: 'ip', value: addressRange(value, name) };
    case 'dns':
    case 'uri':
    case 'email':
      return checkedSubtree({ type, value: value.toLowerCase() }, name);
    default:
      return checkedSubtree(nameOf(type, value, name), name);
  }
}

function splitPrefix(text: string): { kind: string | undefined; value: string } {
  const colon = text.indexOf(':');
  const key = colon > 0 && colon < 20 ? text.slice(0, colon).toLowerCase() : '';
  const kind = Object.hasOwn(prefixes, key) ? prefixes[key] : undefined;
  return kind === undefined ? { kind, value: text } : { kind, value: text.slice(colon + 1) };
}

function guess(value: string): string {
  if (parseIp(value) !== undefined) return 'ip';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return 'uri';
  if (!value.includes('@')) return 'dns';
  // RFC 9598 §3: only mailboxes that rfc822Name has no characters for.
  return isAscii(value) ? 'email' : 'smtpUtf8Mailbox';
}

function guessSubtree(value: string): string {
  if (/[/:]/.test(value) || parseIp(value) !== undefined) return 'ip';
  return value.includes('@') ? 'email' : value.includes('=') ? 'directory' : 'dns';
}

function nameOf(kind: string, value: string, text: string): GeneralName {
  switch (kind) {
    case 'ip': {
      const address = parseIp(value);
      if (address === undefined) throw wrong(text, 'not an IP address');
      return { type: 'ip', value: address };
    }
    case 'email':
    case 'uri':
      return { type: kind, value };
    case 'directory':
      return { type: 'directory', name: writeName(value) };
    case 'registered-id':
      return { type: 'registered-id', oid: value };
    case 'upn':
    case 'xmppAddr':
    case 'smtpUtf8Mailbox':
      if (value === '') throw wrong(text, 'nothing behind the colon');
      return { type: 'other', oid: otherNameTypes[kind].oid, value: asn1.utf8String(value) };
    case 'srv':
      return { type: 'other', oid: otherNameTypes.srv.oid, value: asn1.ia5String(value) };
    case 'other':
      return otherName(value, text);
    default:
      return { type: 'dns', value: value.toLowerCase() };
  }
}

/** OpenSSL's `OID;TYPE:value`, or `OID:#hex` with the DER of the value. */
function otherName(value: string, text: string): GeneralName {
  const [, oid, type, content] = /^([0-9.]+)(?:;([A-Za-z0-9]+):|:#)(.*)$/s.exec(value) ?? [];
  if (oid === undefined) throw wrong(text, 'write it like "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:user@example.com"');
  if (type === undefined) return { type: 'other', oid, value: hexBytes(content, text) };
  return { type: 'other', oid, value: stringOf(type.toUpperCase(), content, text) };
}

function stringOf(type: string, content: string, text: string): Uint8Array {
  switch (type) {
    case 'UTF8':
    case 'UTF8STRING':
      return asn1.utf8String(content);
    case 'IA5':
    case 'IA5STRING':
      return asn1.ia5String(content);
    case 'PRINTABLE':
    case 'PRINTABLESTRING':
      return asn1.printableString(content);
    case 'BMP':
    case 'BMPSTRING':
      return asn1.element(0x1e, asn1.bmpOctets(content));
    case 'OCT':
    case 'OCTETSTRING':
      return asn1.octetString(new TextEncoder().encode(content));
    case 'DER':
      return hexBytes(content, text);
    default:
      throw wrong(text, `the string type ${type} is none of UTF8, IA5, PRINTABLE, BMP, OCT, DER (hex)`);
  }
}

function hexBytes(digits: string, text: string): Uint8Array {
  if (digits.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(digits)) throw wrong(text, 'not hex');
  return Uint8Array.from(digits.match(/../g)!, pair => Number.parseInt(pair, 16));
}

/** @param given what the caller wrote, for the error */
function checked(name: GeneralName, given: string | GeneralName): GeneralName {
  switch (name?.type) {
    case 'ip':
      if (name.value.length === 4 || name.value.length === 16) return name;
      throw wrong(given, 'an address has 4 or 16 octets');
    case 'email':
      if (isAscii(name.value) && splitMailbox(name.value) !== undefined) return name;
      throw wrong(given, 'not a mailbox in ASCII (any other goes as "SmtpUTF8Mailbox:...")');
    case 'uri':
      // RFC 5280 §4.2.1.6: absolute, with a scheme and something behind it.
      if (/^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(name.value)) return name;
      throw wrong(given, 'not an absolute URI in ASCII');
    case 'dns':
      if (isDnsName(name.value, { wildcard: true, underscores: true })) return name;
      throw wrong(given, 'not a DNS name in ASCII (an internationalized name goes as "xn--...")');
    case 'directory':
      if (!name.name.empty) return name;
      throw wrong(given, 'a directory name without attributes');
    case 'registered-id':
      asn1.objectIdentifier(name.oid);
      return name;
    case 'other':
      return checkedOther(name, given);
    case 'x400':
    case 'edi-party':
      return checkedElement(name, name.value, given);
    default:
      throw wrong(given, 'neither text nor a GeneralName');
  }
}

function checkedOther(name: Extract<GeneralName, { type: 'other' }>, given: string | GeneralName): GeneralName {
  checkedElement(name, name.value, given);
  asn1.objectIdentifier(name.oid);
  if (name.oid !== otherNameTypes.smtpUtf8Mailbox.oid) return name;
  const text = otherNameTypes.smtpUtf8Mailbox.read(name.value);
  const [, local, host] = /^(.+)@([^@]+)$/su.exec(text ?? '') ?? [];
  // RFC 9598 §3: no byte order mark, a domain in LDH labels, and rfc822Name for a local part in ASCII.
  if (local === undefined || local.startsWith('\ufeff') || !isDnsName(host)) {
    throw wrong(given, 'not a mailbox with a domain in ASCII (an internationalized domain goes as "xn--...")');
  }
  if (isAscii(local)) throw wrong(given, 'a mailbox in ASCII is an "email:" name (RFC 9598 §3)');
  return name;
}

function checkedElement(name: GeneralName, der: Uint8Array, given: string | GeneralName): GeneralName {
  try {
    const reader = new DerReader(der);
    reader.anyElement();
    reader.finish();
    return name;
  } catch {
    throw wrong(given, 'its value is not the DER of one element');
  }
}

function checkedSubtree(name: GeneralName, given: string | GeneralName): GeneralName {
  switch (name?.type) {
    case 'ip':
      if (isAddressRange(name.value)) return name;
      throw wrong(given, 'an address and a mask of leading ones', 'subtree');
    case 'dns':
    case 'uri':
    case 'email': {
      const { type, value } = name;
      if (type === 'email' && value.includes('@') ? splitMailbox(value) !== undefined : isHostTree(value)) return name;
      throw wrong(given, 'a host or domain in ASCII, without a wildcard', 'subtree');
    }
    case 'directory':
      return name;
    default:
      return checked(name, given);
  }
}

/** Nothing (everything), a host, or "." and a domain. */
function isHostTree(value: string): boolean {
  return value === '' || isDnsName(value.startsWith('.') ? value.slice(1) : value, { underscores: true });
}

/** "10.0.0.0/8", "2001:db8::/32", "10.0.0.0/255.0.0.0", or one address. */
function addressRange(value: string, text: string): Uint8Array {
  const [base, suffix, more] = value.split('/');
  const address = parseIp(base);
  if (address === undefined || more !== undefined) throw wrong(text, 'write it like "IP:10.0.0.0/8"', 'subtree');
  const bits = suffix === undefined ? 8 * address.length : /^\d{1,3}$/.test(suffix) ? Number(suffix) : undefined;
  const mask = bits === undefined ? parseIp(suffix) : prefixMask(bits, address.length);
  if (mask?.length !== address.length) throw wrong(text, `"${suffix}" is no mask for this address`, 'subtree');
  const range = new Uint8Array(2 * address.length);
  // What the mask hides is written as zeros, as everybody does.
  for (let i = 0; i < address.length; i++) range[i] = address[i] & mask[i];
  range.set(mask, address.length);
  if (!isAddressRange(range)) throw wrong(text, 'the ones of the mask do not lead', 'subtree');
  return range;
}

function prefixMask(bits: number, octets: number): Uint8Array | undefined {
  if (bits > 8 * octets) return undefined;
  return Uint8Array.from({ length: octets }, (_, i) => 0xff00 >> Math.max(0, Math.min(8, bits - 8 * i)));
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is what is meant
  return /^[\u0000-\u007f]*$/.test(text);
}

function wrong(given: unknown, why: string, what = 'alternative name'): TlsError {
  const shown = typeof given === 'object' && given !== null && 'value' in given ? given.value : given;
  return new TlsError('ERR_INVALID_ARGUMENT', `"${textOf(shown)}" is no ${what}: ${why}`);
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
