// Extensions of certificates (RFC 5280 §4.2; RFC 6960 §4.2.2.2.1, RFC 6962 §3.3, RFC 7633): one reader each, from the
// content of extnValue to a typed value. They check the encoding; what a value means for a path stands elsewhere.

import { contextTag, DerReader, malformed, tags } from '../asn1/der.ts';
import { readOid } from '../asn1/oid.ts';
import { readString } from '../asn1/strings.ts';
import { readDistributionPoints } from './distribution_point.ts';
import { type GeneralName, readGeneralName, readGeneralNames } from './general_name.ts';

export { readDistributionPoints };

/** An extension as it stands in the certificate. */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** Content of extnValue: the DER of the extension's own type. */
  readonly value: Uint8Array;
}

/** Identifiers of the extensions castls knows. */
export const extensionOids = {
  subjectDirectoryAttributes: '2.5.29.9',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  freshestCrl: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  subjectInfoAccess: '1.3.6.1.5.5.7.1.11',
  acmeIdentifier: '1.3.6.1.5.5.7.1.31',
  tlsFeature: '1.3.6.1.5.5.7.1.24',
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
  signedCertificateTimestamps: '1.3.6.1.4.1.11129.2.4.2',
  precertificatePoison: '1.3.6.1.4.1.11129.2.4.3',
} as const;

export const ANY_POLICY = '2.5.29.32.0';

/** Extended key usages (RFC 5280 §4.2.1.12, RFC 6960 §4.2.2.2, RFC 9336, RFC 4556 §3.2.4, Microsoft's and Adobe's). */
export const purposes = {
  any: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  ipsecIKE: '1.3.6.1.5.5.7.3.17',
  documentSigning: '1.3.6.1.5.5.7.3.36',
  pkinitClientAuth: '1.3.6.1.5.2.3.4',
  pkinitKdc: '1.3.6.1.5.2.3.5',
  smartCardLogon: '1.3.6.1.4.1.311.20.2.2',
  microsoftDocumentSigning: '1.3.6.1.4.1.311.10.3.12',
  adobeAuthenticDocuments: '1.2.840.113583.1.1.5',
} as const;

/** Bits of KeyUsage (RFC 5280 §4.2.1.3). */
export const keyUsages = {
  digitalSignature: 1 << 0,
  nonRepudiation: 1 << 1,
  keyEncipherment: 1 << 2,
  dataEncipherment: 1 << 3,
  keyAgreement: 1 << 4,
  keyCertSign: 1 << 5,
  cRLSign: 1 << 6,
  encipherOnly: 1 << 7,
  decipherOnly: 1 << 8,
} as const;

/**
 * Reads Extensions; no extension may stand twice (RFC 5280 §4.2). The map keeps their order.
 * @param repeated takes what is wrong with one that does, of which the map has the first; without it that is an error
 */
export function readExtensions(
  der: DerReader,
  repeated: (oid: string, at: number, why: string) => void = (_, at, why) => malformed(at, why),
): Map<string, Extension> {
  const found = new Map<string, Extension>();
  const outer = der.enter(tags.SEQUENCE);
  for (const extension of der.list('extensions', readExtension)) {
    const { oid } = extension;
    if (found.has(oid)) repeated(oid, der.at, `the extension ${oid} stands there twice (RFC 5280 §4.2)`);
    else found.set(oid, extension);
  }
  der.leave(outer);
  return found;
}

function readExtension(der: DerReader): Extension {
  const inner = der.enter(tags.SEQUENCE);
  const oid = readOid(der);
  const critical = der.defaultFalse();
  const value = der.content(tags.OCTET_STRING);
  der.leave(inner);
  return { oid, critical, value };
}

export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength: number | undefined;
}

/** RFC 5280 §4.2.1.9. */
export function readBasicConstraints(der: DerReader): BasicConstraints {
  const outer = der.enter(tags.SEQUENCE);
  const ca = der.defaultFalse();
  const pathLength = der.done ? undefined : der.small(0x7fffffff);
  der.leave(outer);
  return { ca, pathLength };
}

/** RFC 5280 §4.2.1.3, as bits of `keyUsages`. */
export function readKeyUsage(der: DerReader): number {
  return der.namedBits();
}

/** RFC 5280 §4.2.1.12: SEQUENCE SIZE (1..MAX) OF KeyPurposeId. */
export function readExtendedKeyUsage(der: DerReader): readonly string[] {
  const outer = der.enter(tags.SEQUENCE);
  const found = der.list('key purposes', readOid);
  der.leave(outer);
  return found;
}

export function readAltNames(der: DerReader): readonly GeneralName[] {
  return readGeneralNames(der);
}

export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** RFC 5280 §4.2.1.10; `minimum` is 0 and `maximum` absent, other values are refused. */
export function readNameConstraints(der: DerReader): NameConstraints {
  const outer = der.enter(tags.SEQUENCE);
  const permitted = readSubtrees(der, contextTag(0, true));
  const excluded = readSubtrees(der, contextTag(1, true));
  der.leave(outer);
  if (permitted === undefined && excluded === undefined) malformed(der.at, 'name constraints without any (§4.2.1.10)');
  return { permitted: permitted ?? [], excluded: excluded ?? [] };
}

function readSubtrees(der: DerReader, tag: number): GeneralName[] | undefined {
  if (der.peek() !== tag) return undefined;
  const outer = der.enter(tag);
  // Nothing permitted, or no constraint? An empty list is read in no way.
  if (der.done) malformed(der.at, 'an empty list of subtrees (RFC 5280 §4.2.1.10)');
  const bases = der.list('subtrees', readSubtree);
  der.leave(outer);
  return bases;
}

function readSubtree(der: DerReader): GeneralName {
  const inner = der.enter(tags.SEQUENCE);
  const base = readGeneralName(der);
  // minimum [0] BaseDistance DEFAULT 0
  if (der.peek() === contextTag(0, false)) {
    if (der.small(0x7fffffff, contextTag(0, false)) !== 0) {
      malformed(der.at, 'a minimum over 0 in a GeneralSubtree (RFC 5280 §4.2.1.10)');
    }
    der.deviate('encoded-default', der.at, 'minimum 0 in a GeneralSubtree (RFC 5280 §4.2.1.10)');
  }
  if (!der.done) malformed(der.at, 'a maximum in a GeneralSubtree (RFC 5280 §4.2.1.10)');
  der.leave(inner);
  return base;
}

export interface PolicyInformation {
  readonly oid: string;
  readonly qualifiers: readonly { readonly oid: string; readonly value: Uint8Array }[];
}

/** RFC 5280 §4.2.1.4; no policy may stand twice, see `hasRepeatedPolicy`. */
export function readPolicies(der: DerReader): readonly PolicyInformation[] {
  const outer = der.enter(tags.SEQUENCE);
  const found = der.list('policies', readPolicy);
  const seen = new Set<string>();
  for (const { oid } of found) {
    if (seen.has(oid)) der.deviate('repeated-policy', der.at, `the policy ${oid} twice (RFC 5280 §4.2.1.4)`);
    seen.add(oid);
  }
  der.leave(outer);
  return found;
}

/** Where policies decide, such a certificate has none: it is not known what its issuer meant. */
export function hasRepeatedPolicy(policies: readonly PolicyInformation[]): boolean {
  return new Set(policies.map(({ oid }) => oid)).size !== policies.length;
}

function readPolicy(der: DerReader): PolicyInformation {
  const outer = der.enter(tags.SEQUENCE);
  const oid = readOid(der);
  let qualifiers: PolicyInformation['qualifiers'] = [];
  if (!der.done) {
    const list = der.enter(tags.SEQUENCE);
    qualifiers = der.list('policy qualifiers', readQualifier);
    der.leave(list);
  }
  der.leave(outer);
  return { oid, qualifiers };
}

function readQualifier(der: DerReader): { oid: string; value: Uint8Array } {
  const inner = der.enter(tags.SEQUENCE);
  const qualifier = { oid: readOid(der), value: der.anyElement() };
  der.leave(inner);
  return qualifier;
}

export interface PolicyMapping {
  readonly issuerDomain: string;
  readonly subjectDomain: string;
}

/** RFC 5280 §4.2.1.5. */
export function readPolicyMappings(der: DerReader): readonly PolicyMapping[] {
  const outer = der.enter(tags.SEQUENCE);
  const found = der.list('policy mappings', readPolicyMapping);
  der.leave(outer);
  return found;
}

function readPolicyMapping(der: DerReader): PolicyMapping {
  const inner = der.enter(tags.SEQUENCE);
  const mapping = { issuerDomain: readOid(der), subjectDomain: readOid(der) };
  der.leave(inner);
  return mapping;
}

export interface PolicyConstraints {
  readonly requireExplicitPolicy: number | undefined;
  readonly inhibitPolicyMapping: number | undefined;
}

/** RFC 5280 §4.2.1.11: not an empty sequence. */
export function readPolicyConstraints(der: DerReader): PolicyConstraints {
  const outer = der.enter(tags.SEQUENCE);
  if (der.done) malformed(der.at, 'policy constraints without any (RFC 5280 §4.2.1.11)');
  const optional = (tag: number) => (der.peek() === tag ? der.small(0x7fffffff, tag) : undefined);
  const requireExplicitPolicy = optional(contextTag(0, false));
  const inhibitPolicyMapping = optional(contextTag(1, false));
  der.leave(outer);
  return { requireExplicitPolicy, inhibitPolicyMapping };
}

/** RFC 5280 §4.2.1.14. */
export function readInhibitAnyPolicy(der: DerReader): number {
  return der.small(0x7fffffff);
}

export interface AuthorityKeyIdentifier {
  readonly keyIdentifier: Uint8Array | undefined;
  readonly issuer: readonly GeneralName[] | undefined;
  readonly serialNumber: Uint8Array | undefined;
}

/** RFC 5280 §4.2.1.1: issuer and serial number both or neither. */
export function readAuthorityKeyIdentifier(der: DerReader): AuthorityKeyIdentifier {
  const outer = der.enter(tags.SEQUENCE);
  const keyIdentifier = der.peek() === contextTag(0, false) ? der.content(contextTag(0, false)) : undefined;
  const issuer = der.peek() === contextTag(1, true) ? readGeneralNames(der, contextTag(1, true)) : undefined;
  const serialNumber = der.peek() === contextTag(2, false) ? der.integer(contextTag(2, false)) : undefined;
  der.leave(outer);
  return { keyIdentifier, issuer, serialNumber };
}

/** RFC 5280 §4.2.1.2. */
export function readSubjectKeyIdentifier(der: DerReader): Uint8Array {
  return der.content(tags.OCTET_STRING);
}

export interface AccessDescription {
  /** 1.3.6.1.5.5.7.48.1 is OCSP, 1.3.6.1.5.5.7.48.2 caIssuers. */
  readonly method: string;
  readonly location: GeneralName;
}

/** RFC 5280 §4.2.2.1 and §4.2.2.2. */
export function readInfoAccess(der: DerReader): readonly AccessDescription[] {
  const outer = der.enter(tags.SEQUENCE);
  const found = der.list('access descriptions', readAccessDescription);
  der.leave(outer);
  return found;
}

function readAccessDescription(der: DerReader): AccessDescription {
  const inner = der.enter(tags.SEQUENCE);
  const description = { method: readOid(der), location: readGeneralName(der) };
  der.leave(inner);
  return description;
}

/** RFC 7633 §4: TLS extension numbers, such as 5 (status_request, "must-staple"). */
export function readTlsFeature(der: DerReader): readonly number[] {
  const outer = der.enter(tags.SEQUENCE);
  const found: number[] = [];
  while (!der.done) found.push(der.small(0xffff));
  der.leave(outer);
  return found;
}

/** RFC 6962 §3.3: the octets of a SignedCertificateTimestampList inside an OCTET STRING. */
export function readTimestampList(der: DerReader): Uint8Array {
  return der.content(tags.OCTET_STRING);
}

/** RFC 5280 §4.2.1.8: attributes, whose values stay DER. */
export function readDirectoryAttributes(der: DerReader): readonly { type: string; values: readonly Uint8Array[] }[] {
  const outer = der.enter(tags.SEQUENCE);
  const found = der.list('attributes', readAttribute);
  der.leave(outer);
  return found;
}

function readAttribute(der: DerReader): { type: string; values: readonly Uint8Array[] } {
  const inner = der.enter(tags.SEQUENCE);
  const type = readOid(der);
  const set = der.enter(tags.SET);
  const values = der.list('values', each => each.anyElement());
  der.leave(set);
  der.leave(inner);
  return { type, values };
}

/** Text of a CPS qualifier or of the explicit text of a user notice (RFC 5280 §4.2.1.4), if it has one. */
export function policyQualifierText(qualifier: {
  readonly oid: string;
  readonly value: Uint8Array;
}): string | undefined {
  const der = new DerReader(qualifier.value);
  if (qualifier.oid === '1.3.6.1.5.5.7.2.1') return readString(der);
  if (qualifier.oid !== '1.3.6.1.5.5.7.2.2') return undefined;
  der.enter(tags.SEQUENCE);
  if (der.peek() === tags.SEQUENCE) der.skip(tags.SEQUENCE);
  return der.done ? undefined : readString(der);
}
