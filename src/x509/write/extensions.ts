// Writes extensions of certificates, CRLs and OCSP responses (RFC 5280 §4.2, §5.2, §5.3; RFC 6960 §4.4; RFC 7633).

import { DerReader, tags } from '../../asn1/der.ts';
import * as asn1 from '../../asn1/writer.ts';
import type { HashAlgorithm } from '../../crypto/hash.ts';
import { type AccessDescription, extensionOids as ids, type NameConstraints } from '../extensions.ts';
import type { GeneralName } from '../general_name.ts';
import { writeGeneralName } from './general_name.ts';

/** DER of an Extension around the DER of its value. */
export function writeExtension(oid: string, value: Uint8Array, critical = false): Uint8Array {
  // X.690 §11.5: the default FALSE is not encoded.
  return asn1.sequence(asn1.objectIdentifier(oid), ...(critical ? [asn1.boolean(true)] : []), asn1.octetString(value));
}

export function basicConstraints(ca: boolean, pathLength?: number): Uint8Array {
  const content = ca ? [asn1.boolean(true)] : [];
  if (pathLength !== undefined) content.push(asn1.integer(pathLength));
  return writeExtension(ids.basicConstraints, asn1.sequence(...content), true);
}

/** @param bits of `keyUsages` */
export function keyUsage(bits: number): Uint8Array {
  return writeExtension(ids.keyUsage, asn1.namedBits(bits), true);
}

export function extendedKeyUsage(oids: readonly string[]): Uint8Array {
  return writeExtension(ids.extendedKeyUsage, asn1.sequence(...oids.map(asn1.objectIdentifier)));
}

/** Critical if nothing else names the subject (§4.2.1.6). */
export function subjectAltName(names: readonly GeneralName[], critical: boolean): Uint8Array {
  return writeExtension(ids.subjectAltName, asn1.sequence(...names.map(writeGeneralName)), critical);
}

/** §4.2.1.2 by RFC 7093 §2 (1): the leftmost 160 bits of the SHA-256 of the key's BIT STRING. */
export function keyIdentifierOf(spki: Uint8Array, sha256: HashAlgorithm): Uint8Array {
  return sha256.digest(keyBits(spki)).slice(0, 20);
}

/** Octets of subjectPublicKey. */
export function keyBits(spki: Uint8Array): Uint8Array {
  const der = new DerReader(spki);
  der.enter(tags.SEQUENCE);
  der.skip(tags.SEQUENCE);
  return der.bitStringOctets();
}

export function subjectKeyIdentifier(identifier: Uint8Array): Uint8Array {
  return writeExtension(ids.subjectKeyIdentifier, asn1.octetString(identifier));
}

export function authorityKeyIdentifier(identifier: Uint8Array): Uint8Array {
  return writeExtension(ids.authorityKeyIdentifier, asn1.sequence(asn1.taggedPrimitive(0, identifier)));
}

export function nameConstraints({ permitted, excluded }: NameConstraints): Uint8Array {
  const subtrees = (number: number, names: readonly GeneralName[]) =>
    names.length === 0 ? [] : [asn1.tagged(number, ...names.map(name => asn1.sequence(writeGeneralName(name))))];
  return writeExtension(ids.nameConstraints, asn1.sequence(...subtrees(0, permitted), ...subtrees(1, excluded)), true);
}

/** One distribution point for each URI. */
export function crlDistributionPoints(uris: readonly string[]): Uint8Array {
  const point = (uri: string) =>
    asn1.sequence(asn1.tagged(0, asn1.tagged(0, writeGeneralName({ type: 'uri', value: uri }))));
  return writeExtension(ids.crlDistributionPoints, asn1.sequence(...uris.map(point)));
}

export function authorityInfoAccess(descriptions: readonly AccessDescription[]): Uint8Array {
  const each = ({ method, location }: AccessDescription) =>
    asn1.sequence(asn1.objectIdentifier(method), writeGeneralName(location));
  return writeExtension(ids.authorityInfoAccess, asn1.sequence(...descriptions.map(each)));
}

export function certificatePolicies(oids: readonly string[]): Uint8Array {
  const policies = oids.map(oid => asn1.sequence(asn1.objectIdentifier(oid)));
  return writeExtension(ids.certificatePolicies, asn1.sequence(...policies));
}

/** RFC 7633 §6: the TLS feature status_request (5), "must-staple". */
export function mustStaple(): Uint8Array {
  return writeExtension(ids.tlsFeature, asn1.sequence(asn1.integer(5)));
}

/** RFC 6960 §4.2.2.2.1: relying parties need not ask whether the responder itself was revoked. */
export function ocspNoCheck(): Uint8Array {
  return writeExtension(ids.ocspNoCheck, asn1.nullElement());
}
