// CRL distribution points (RFC 5280 §4.2.1.13) and DistributionPointName, which certificates and CRLs share.

import { contextTag, type DerReader, tags } from '../asn1/der.ts';
import { type GeneralName, readGeneralNames } from './general_name.ts';
import { Name } from './name.ts';

/** Where a CRL stands. Either form names the point; both sides of a comparison may use either. */
export type DistributionPointName =
  | { readonly type: 'full'; readonly names: readonly GeneralName[] }
  /** Content of the RelativeDistinguishedName to append to the CRL issuer's name. */
  | { readonly type: 'relative'; readonly rdn: Uint8Array };

export interface DistributionPoint {
  readonly name: DistributionPointName | undefined;
  /** ReasonFlags as bits (bit 1 keyCompromise ... bit 8 aACompromise); undefined stands for all. */
  readonly reasons: number | undefined;
  readonly crlIssuer: readonly GeneralName[] | undefined;
}

/** SEQUENCE SIZE (1..MAX) OF DistributionPoint. */
export function readDistributionPoints(der: DerReader): readonly DistributionPoint[] {
  const outer = der.enter(tags.SEQUENCE);
  const found = der.list('distribution points', readDistributionPoint);
  der.leave(outer);
  return found;
}

function readDistributionPoint(der: DerReader): DistributionPoint {
  const outer = der.enter(tags.SEQUENCE);
  const name = readDistributionPointName(der);
  const reasons = der.peek() === contextTag(1, false) ? der.namedBits(contextTag(1, false)) : undefined;
  const crlIssuer = der.peek() === contextTag(2, true) ? readGeneralNames(der, contextTag(2, true)) : undefined;
  der.leave(outer);
  if (name === undefined && crlIssuer === undefined)
    der.deviate('empty-list', der.at, 'a distribution point that names nothing');
  return { name, reasons, crlIssuer };
}

/** `distributionPoint [0] DistributionPointName OPTIONAL`; the tag is explicit because the type is a CHOICE. */
export function readDistributionPointName(der: DerReader): DistributionPointName | undefined {
  if (der.peek() !== contextTag(0, true)) return undefined;
  const outer = der.enter(contextTag(0, true));
  const name: DistributionPointName =
    der.peek() === contextTag(1, true)
      ? { type: 'relative', rdn: der.content(contextTag(1, true)) }
      : { type: 'full', names: readGeneralNames(der, contextTag(0, true)) };
  der.leave(outer);
  return name;
}

/** The names of a point, a relative one completed by the name of the CRL issuer. */
export function fullNames(point: DistributionPointName, issuer: Name): readonly GeneralName[] {
  if (point.type === 'full') return point.names;
  const rdns = issuer.der.subarray(headerLength(issuer.der));
  const set = concat(header(tags.SET, point.rdn.length), point.rdn);
  return [{ type: 'directory', name: new Name(concat(header(tags.SEQUENCE, rdns.length + set.length), rdns, set)) }];
}

function headerLength(element: Uint8Array): number {
  return element[1] < 0x80 ? 2 : 2 + (element[1] & 0x7f);
}

/** DER header for `length` bytes of content. */
export function header(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(tag, 0x80 | octets.length, ...octets);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
