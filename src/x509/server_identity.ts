// Is this the server that was asked for? RFC 9525: dNSName and iPAddress of subjectAltName only, never the common name;
// a wildcard is the whole left-most label and stands for exactly one label.

import { TlsError } from '../base/errors.ts';
import type { Certificate } from './certificate.ts';
import { type Fault, fault } from './certificate_error.ts';
import { generalNameText } from './general_name.ts';
import { equalBytes } from './name.ts';

/** What the client asked for. */
export type ReferenceIdentity =
  | { readonly type: 'dns'; readonly name: string }
  | { readonly type: 'ip'; readonly address: Uint8Array };

/**
 * A DNS name (A-labels; one trailing dot is dropped) or an IP address in text form, IPv6 with or without brackets.
 * @throws ERR_INVALID_ARGUMENT for what is neither
 */
export function referenceIdentity(serverName: string): ReferenceIdentity {
  const address = parseIp(serverName.replace(/^\[(.*)\]$/, '$1'));
  if (address !== undefined) return { type: 'ip', address };
  const name = lowerAscii(serverName.replace(/\.$/, ''));
  if (!isDnsName(name, { underscores: true })) {
    throw new TlsError(
      'ERR_INVALID_ARGUMENT',
      `serverName is neither an IP address nor a DNS name in ASCII (internationalised names as xn--...)`,
    );
  }
  return { type: 'dns', name };
}

/** Null if a name of the certificate matches, else what is wrong. */
export function identityFault(certificate: Certificate, reference: ReferenceIdentity): Fault | null {
  const names = certificate.subjectAltName ?? [];
  for (const name of names) {
    if (reference.type === 'ip') {
      if (name.type === 'ip' && equalBytes(name.value, reference.address)) return null;
    } else if (name.type === 'dns' && matchesDns(lowerAscii(name.value), reference.name)) return null;
  }
  const listed = names.filter(n => n.type === 'dns' || n.type === 'ip').slice(0, 20);
  const has = listed.length > 0 ? `it is for ${listed.map(generalNameText).join(', ')}` : 'it names no server';
  const wanted = reference.type === 'ip' ? generalNameText({ type: 'ip', value: reference.address }) : reference.name;
  return fault(
    'ERR_CERT_NAME_MISMATCH',
    `the certificate is not for ${wanted}; ${has}`,
    'RFC 9525 §6',
    'Connect by a name that the certificate has, or issue a certificate whose subjectAltName holds this name.',
  );
}

/** RFC 9525 §6.3. Both in lower case, `reference` a DNS name. */
export function matchesDns(presented: string, reference: string): boolean {
  if (!presented.startsWith('*.')) return presented === reference && isDnsName(reference, { underscores: true });
  const rest = presented.slice(1);
  // A wildcard directly below a top-level domain or the root stands for nobody's own names (CABF BR §3.2.2.6).
  if (!rest.includes('.', 1)) return false;
  const dot = reference.indexOf('.');
  return dot > 0 && reference.slice(dot) === rest;
}

/** Lower case of ASCII alone: there are other characters whose lower case is ASCII (U+212A, the Kelvin sign). */
export function lowerAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, letters => letters.toLowerCase()) : text;
}

/**
 * Preferred name syntax of RFC 1034 §3.5 as RFC 1123 §2.1 relaxed it: letters, digits, hyphens; labels of 1-63 and names
 * of 1-253 characters; no trailing dot. The last label is not all digits, or the name would be an address.
 */
export function isDnsName(name: string, allow: { wildcard?: boolean; underscores?: boolean } = {}): boolean {
  const start = allow.wildcard && name.startsWith('*.') ? 2 : 0;
  if (name.length <= start || name.length > 253) return false;
  let labelStart = start;
  let digitsOnly = true;
  // One pass, no pieces: a certificate may have tens of thousands of names.
  for (let i = start; i <= name.length; i++) {
    const code = i < name.length ? name.charCodeAt(i) : DOT;
    if (code === DOT) {
      if (i === labelStart || i - labelStart > 63 || name.charCodeAt(i - 1) === HYPHEN) return false;
      if (i === name.length) return !digitsOnly;
      labelStart = i + 1;
      digitsOnly = true;
      continue;
    }
    const digit = code >= 0x30 && code <= 0x39;
    if (digit) continue;
    digitsOnly = false;
    const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    if (!letter && !(code === HYPHEN && i > labelStart) && !(code === UNDERSCORE && allow.underscores)) return false;
  }
  return false;
}

const [DOT, HYPHEN, UNDERSCORE] = [0x2e, 0x2d, 0x5f];

/** The octets of an IPv4 (dotted quad) or IPv6 (RFC 4291 §2.2) address, or undefined for other text. */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(half => (half === '' ? [] : half.split(':')));
  const groups = [...head, ...(tail ?? [])];
  const last = groups[groups.length - 1];
  const embedded = last?.includes('.') ? parseIpv4(last) : undefined;
  if (last?.includes('.') && (embedded === undefined || (tail !== undefined && tail.length === 0))) return undefined;
  const hexGroups = embedded === undefined ? groups : groups.slice(0, -1);
  if (!hexGroups.every(group => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const count = hexGroups.length + (embedded === undefined ? 0 : 2);
  if (tail === undefined ? count !== 8 : count > 7) return undefined;

  const address = new Uint8Array(16);
  const write = (parts: readonly string[], at: number) => {
    for (const part of parts) {
      if (part.includes('.')) address.set(embedded!, at);
      else address.set([Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 0xff], at);
      at += part.includes('.') ? 4 : 2;
    }
  };
  write(head, 0);
  if (tail !== undefined) {
    write(tail, 16 - tail.reduce((sum, part) => sum + (part.includes('.') ? 4 : 2), 0));
  }
  return address;
}
