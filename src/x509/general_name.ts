// GeneralName (RFC 5280 §4.2.1.6), read as it stands; whether a DNS name or an address is well-formed is for those who
// match it, because an unrelated odd name must not take a certificate down.

import { contextTag, type DerReader, tags } from '../asn1/der.ts';
import { readOid } from '../asn1/oid.ts';
import { readIa5 } from '../asn1/strings.ts';
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
      const name = new Name(der.element(tags.SEQUENCE));
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
  const names: GeneralName[] = [];
  do names.push(readGeneralName(der));
  while (!der.done);
  der.leave(outer);
  return names;
}

/** Text such as "DNS:example.com" or "IP:192.0.2.1". */
export function generalNameText(name: GeneralName): string {
  switch (name.type) {
    case 'email':
      return `email:${printable(name.value)}`;
    case 'dns':
      return `DNS:${printable(name.value)}`;
    case 'uri':
      return `URI:${printable(name.value)}`;
    case 'ip':
      return `IP:${ipText(name.value)}`;
    case 'directory':
      return `dirName:${name.name}`;
    case 'registered-id':
      return `registeredID:${name.oid}`;
    case 'other':
      return `otherName:${name.oid}:#${hex(name.value)}`;
    case 'x400':
      return `X400:#${hex(name.value)}`;
    case 'edi-party':
      return `EdiParty:#${hex(name.value)}`;
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
