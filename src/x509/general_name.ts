// GeneralName (RFC 5280 §4.2.1.6), read as it stands; whether a DNS name or an address is well-formed is for those who
// match it, because an unrelated odd name must not take a certificate down.

import { contextTag, DerReader, tags } from '../asn1/der.ts';
import { readOid } from '../asn1/oid.ts';
import { isString, readIa5, readString } from '../asn1/strings.ts';
import { latin1 } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import { hex, Name } from './name.ts';

export type GeneralName =
  | { readonly type: 'other'; readonly oid: string; readonly value: Uint8Array }
  | { readonly type: 'email'; readonly value: string }
  | { readonly type: 'dns'; readonly value: string }
  | { readonly type: 'x400'; readonly value: Uint8Array }
  | { readonly type: 'directory'; readonly name: Name }
  | { readonly type: 'edi-party'; readonly value: Uint8Array }
  | { readonly type: 'uri'; readonly value: string }
  /** 4 or 16 octets in a name; 8 or 32 (address and mask) in a name constraint. Other lengths match nothing. */
  | { readonly type: 'ip'; readonly value: Uint8Array }
  | { readonly type: 'registered-id'; readonly oid: string };

/** The otherName kinds with a text of their own: type-id, the prefix in text, and what the value says (undefined if it is odd). */
export const otherNameTypes = {
  /** userPrincipalName of Windows, a UTF8String: who logs on with a smart card. */
  upn: { oid: '1.3.6.1.4.1.311.20.2.3', prefix: 'UPN', read: stringValue },
  /** RFC 9598 §3, a UTF8String: a mailbox whose local part is not ASCII. */
  smtpUtf8Mailbox: { oid: '1.3.6.1.5.5.7.8.9', prefix: 'SmtpUTF8Mailbox', read: stringValue },
  /** RFC 4985 §2, an IA5String: "_service.name". */
  srv: { oid: '1.3.6.1.5.5.7.8.7', prefix: 'SRV', read: stringValue },
  /** RFC 6120 §13.7.1.4, a UTF8String: a Jabber identifier. */
  xmppAddr: { oid: '1.3.6.1.5.5.7.8.5', prefix: 'XMPP', read: stringValue },
} as const;

/** Text of the DER of a character string; undefined for all else. */
function stringValue(der: Uint8Array): string | undefined {
  if (!isString(der[0])) return undefined;
  try {
    const reader = new DerReader(der);
    const text = readString(reader);
    reader.finish();
    return text;
  } catch (error) {
    if (error instanceof TlsError) return undefined;
    throw error;
  }
}

/** Reads one GeneralName. @throws ERR_MALFORMED_DER */
export function readGeneralName(der: DerReader): GeneralName {
  switch (der.peek()) {
    case contextTag(0, true): {
      const outer = der.enter(contextTag(0, true));
      const oid = readOid(der);
      const inner = der.enter(contextTag(0, true));
      const value = der.anyElement();
      der.leave(inner);
      der.leave(outer);
      return { type: 'other', oid, value };
    }
    case contextTag(1, false):
      return { type: 'email', value: readIa5(der, contextTag(1, false)) };
    case contextTag(2, false):
      return { type: 'dns', value: readIa5(der, contextTag(2, false)) };
    case contextTag(3, true):
      return { type: 'x400', value: der.anyElement() };
    case contextTag(4, true): {
      // Name is a CHOICE, so the tag is explicit.
      const outer = der.enter(contextTag(4, true));
      const name = new Name(der.element(tags.SEQUENCE), der.deviations);
      der.leave(outer);
      return { type: 'directory', name };
    }
    case contextTag(5, true):
      return { type: 'edi-party', value: der.anyElement() };
    case contextTag(6, false):
      return { type: 'uri', value: readIa5(der, contextTag(6, false)) };
    case contextTag(7, false):
      return { type: 'ip', value: der.content(contextTag(7, false)) };
    default:
      return { type: 'registered-id', oid: readOid(der, contextTag(8, false)) };
  }
}

/** GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName, under `tag`. */
export function readGeneralNames(der: DerReader, tag: number = tags.SEQUENCE): GeneralName[] {
  const outer = der.enter(tag);
  const names = der.list('names', readGeneralName);
  der.leave(outer);
  return names;
}

/** Text such as "DNS:example.com", "IP:192.0.2.1" or "UPN:user@corp.example"; `alternativeName` reads it back. */
export function generalNameText(name: GeneralName): string {
  switch (name.type) {
    case 'email':
      return `email:${ia5Text(name.value)}`;
    case 'dns':
      return `DNS:${ia5Text(name.value)}`;
    case 'uri':
      return `URI:${ia5Text(name.value)}`;
    case 'ip':
      return `IP:${ipText(name.value)}`;
    case 'directory':
      return `dirName:${name.name}`;
    case 'registered-id':
      return `registeredID:${name.oid}`;
    case 'other': {
      const known = Object.values(otherNameTypes).find(({ oid }) => oid === name.oid);
      const text = known?.read(name.value);
      return text === undefined ? `otherName:${name.oid}:#${hex(name.value)}` : `${known!.prefix}:${printable(text)}`;
    }
    case 'x400':
      return `X400:#${hex(name.value)}`;
    case 'edi-party':
      return `EdiParty:#${hex(name.value)}`;
  }
}

/** For names of IA5String: what is no ASCII was read octet by octet, and may have been meant as UTF-8. */
function ia5Text(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is what is meant
  if (/^[\u0000-\u007f]*$/.test(value)) return printable(value);
  try {
    return printable(new TextDecoder('utf-8', { fatal: true }).decode(latin1(value)));
  } catch {
    return printable(value);
  }
}

/** Control characters as \xx, so that a certificate cannot write to a terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, c => `\\${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Dotted quad, RFC 5952 text, address/mask of a constraint, or hex for what is no address. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 8) return `${ipText(bytes.subarray(0, 4))}/${ipText(bytes.subarray(4))}`;
  if (bytes.length === 32) return `${ipText(bytes.subarray(0, 16))}/${ipText(bytes.subarray(16))}`;
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return `#${hex(bytes)}`;
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i] << 8) | bytes[2 * i + 1]);
  // RFC 5952 §4.2: the longest run of two or more zero groups, the first of equals, becomes "::".
  let best = 0;
  let bestAt = -1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > best && length > 1) [best, bestAt] = [length, i];
  }
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map(g => g.toString(16))
      .join(':');
  return bestAt < 0 ? text(0, 8) : `${text(0, bestAt)}::${text(bestAt + best, 8)}`;
}
