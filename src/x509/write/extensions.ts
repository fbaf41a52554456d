// Writes extensions of certificates, CRLs and OCSP responses (RFC 5280 §4.2, §5.2, §5.3; RFC 6960 §4.4; RFC 7633, RFC 8737).

import { contextTag, DerReader, tags } from '../../asn1/der.ts';
import * as asn1 from '../../asn1/writer.ts';
import { isObject, requireBytes } from '../../base/arguments.ts';
import { TlsError } from '../../base/errors.ts';
import type { HashAlgorithm } from '../../crypto/hash.ts';
import { DELEGATION_USAGE } from '../delegation.ts';
import {
  type AccessDescription,
  extensionOids as ids,
  type NameConstraints,
  type PolicyConstraints,
  type PolicyMapping,
  readExtensions,
} from '../extensions.ts';
import type { GeneralName } from '../general_name.ts';
import { alternativeName, writeGeneralName } from './general_name.ts';

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

/** RFC 5280 §4.2.1.12. @param critical RFC 3161 §2.3 demands it of time stamping */
export function extendedKeyUsage(oids: readonly string[], critical = false): Uint8Array {
  return writeExtension(ids.extendedKeyUsage, asn1.sequence(...oids.map(asn1.objectIdentifier)), critical);
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

export function issuerAltName(names: readonly GeneralName[]): Uint8Array {
  return writeExtension(ids.issuerAltName, asn1.sequence(...names.map(writeGeneralName)));
}

/** One distribution point for each URI. @param oid crlDistributionPoints, or freshestCrl (§4.2.1.15) */
export function crlDistributionPoints(uris: readonly string[], oid: string = ids.crlDistributionPoints): Uint8Array {
  const point = (uri: string) =>
    asn1.sequence(asn1.tagged(0, asn1.tagged(0, writeGeneralName(alternativeName({ type: 'uri', value: uri })))));
  return writeExtension(oid, asn1.sequence(...uris.map(point)));
}

export function authorityInfoAccess(descriptions: readonly AccessDescription[]): Uint8Array {
  return writeExtension(ids.authorityInfoAccess, infoAccess(descriptions));
}

export function subjectInfoAccess(descriptions: readonly AccessDescription[]): Uint8Array {
  return writeExtension(ids.subjectInfoAccess, infoAccess(descriptions));
}

function infoAccess(descriptions: readonly AccessDescription[]): Uint8Array {
  const each = ({ method, location }: AccessDescription) =>
    asn1.sequence(asn1.objectIdentifier(method), writeGeneralName(alternativeName(location)));
  return asn1.sequence(...descriptions.map(each));
}

/** A certificate policy (§4.2.1.4) with its qualifiers: where the practice statement is, and a notice for people. */
export interface PolicyContent {
  readonly oid: string;
  /** URI of the certification practice statement. */
  readonly cps?: string;
  /** explicitText of a user notice: at most 200 characters. */
  readonly notice?: string;
}

const CPS = '1.3.6.1.5.5.7.2.1';
const USER_NOTICE = '1.3.6.1.5.5.7.2.2';

export function certificatePolicies(policies: readonly (string | PolicyContent)[]): Uint8Array {
  return writeExtension(ids.certificatePolicies, asn1.sequence(...policies.map(policyInformation)));
}

function policyInformation(policy: string | PolicyContent): Uint8Array {
  const { oid, cps, notice } = typeof policy === 'string' ? { oid: policy } : policy;
  const qualifiers: Uint8Array[] = [];
  if (cps !== undefined) qualifiers.push(asn1.sequence(asn1.objectIdentifier(CPS), asn1.ia5String(cps)));
  if (notice !== undefined) {
    if (notice === '' || [...notice].length > 200) {
      throw new TlsError('ERR_INVALID_ARGUMENT', 'a policy notice has 1 to 200 characters (RFC 5280 §4.2.1.4)');
    }
    qualifiers.push(asn1.sequence(asn1.objectIdentifier(USER_NOTICE), asn1.sequence(asn1.utf8String(notice))));
  }
  const more = qualifiers.length > 0 ? [asn1.sequence(...qualifiers)] : [];
  return asn1.sequence(asn1.objectIdentifier(oid), ...more);
}

/** §4.2.1.5: should be critical. */
export function policyMappings(mappings: readonly PolicyMapping[]): Uint8Array {
  const pair = ({ issuerDomain, subjectDomain }: PolicyMapping) =>
    asn1.sequence(asn1.objectIdentifier(issuerDomain), asn1.objectIdentifier(subjectDomain));
  return writeExtension(ids.policyMappings, asn1.sequence(...mappings.map(pair)), true);
}

/** §4.2.1.11: critical, and never empty. */
export function policyConstraints(constraints: Partial<PolicyConstraints>): Uint8Array {
  const { requireExplicitPolicy, inhibitPolicyMapping } = constraints;
  const parts = [requireExplicitPolicy, inhibitPolicyMapping].flatMap((skip, number) =>
    skip === undefined ? [] : [asn1.integer(skip, contextTag(number, false))],
  );
  return writeExtension(ids.policyConstraints, asn1.sequence(...parts), true);
}

/** §4.2.1.14: critical. */
export function inhibitAnyPolicy(skip: number): Uint8Array {
  return writeExtension(ids.inhibitAnyPolicy, asn1.integer(skip), true);
}

/** RFC 7633 §6: the TLS feature status_request (5), "must-staple". */
export function mustStaple(): Uint8Array {
  return writeExtension(ids.tlsFeature, asn1.sequence(asn1.integer(5)));
}

/** RFC 9345 §4.2: NULL, not critical. */
export function delegationUsage(): Uint8Array {
  return writeExtension(DELEGATION_USAGE, asn1.nullElement());
}

/** RFC 6960 §4.2.2.2.1: relying parties need not ask whether the responder itself was revoked. */
export function ocspNoCheck(): Uint8Array {
  return writeExtension(ids.ocspNoCheck, asn1.nullElement());
}

/**
 * RFC 8737 §3: the critical id-pe-acmeIdentifier of the certificate that answers a tls-alpn-01 challenge.
 * @param digest 32 bytes: SHA-256 of the key authorization
 */
export function acmeIdentifier(digest: Uint8Array): Uint8Array {
  if (digest.length !== 32) throw new TlsError('ERR_INVALID_ARGUMENT', 'an acmeIdentifier has 32 octets (RFC 8737 §3)');
  return writeExtension(ids.acmeIdentifier, asn1.octetString(digest), true);
}

/** An extension that a caller asks for: the DER of an Extension, or its parts. */
export type ExtensionInput =
  | Uint8Array
  | {
      readonly oid: string;
      readonly critical?: boolean /** DER of the extension's own type. */;
      readonly value: Uint8Array;
    };

/** DER of the Extension and its identifier. @throws ERR_INVALID_ARGUMENT for what is none */
export function extensionFrom(input: ExtensionInput): { readonly oid: string; readonly der: Uint8Array } {
  if (isObject(input) && 'oid' in input) {
    const { oid, critical = false, value } = input;
    requireBytes(value, `the value of the extension ${oid}`);
    if (!isDer(value))
      throw new TlsError('ERR_INVALID_ARGUMENT', `the value of the extension ${oid} is not the DER of one element`);
    return { oid, der: writeExtension(oid, value, critical) };
  }
  requireBytes(input, 'an extension');
  try {
    const [extension, ...more] = readExtensions(new DerReader(asn1.sequence(input))).values();
    if (more.length === 0 && isDer(extension.value)) return { oid: extension.oid, der: input };
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
  }
  throw new TlsError('ERR_INVALID_ARGUMENT', 'an extension is the DER of an Extension, or { oid, critical, value }');
}

function isDer(bytes: Uint8Array): boolean {
  try {
    const reader = new DerReader(bytes);
    reader.anyElement();
    reader.finish();
    return true;
  } catch {
    return false;
  }
}
