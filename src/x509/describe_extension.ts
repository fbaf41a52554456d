// One extension of a certificate, request, CRL or OCSP answer as text for people, without interpretation.

import { DerReader } from '../asn1/der.ts';
import { isString, readString } from '../asn1/strings.ts';
import { readGeneralizedTime } from '../asn1/time.ts';
import { attempt, timeText } from './certificate_text.ts';
import { type IssuingDistributionPoint, readIssuingDistributionPoint } from './crl.ts';
import type { DistributionPoint, DistributionPointName } from './distribution_point.ts';
import { accessMethodName, extensionName } from './extension_names.ts';
import * as read from './extensions.ts';
import { type Extension, extensionOids as ids, keyUsages, policyQualifierText, purposes } from './extensions.ts';
import { type GeneralName, generalNameText, printable } from './general_name.ts';
import { hex } from './name.ts';

/** "name (critical): what it says", or in the place of that why it cannot be read. */
export function extensionLine(extension: Extension): string {
  const text = attempt(() => extensionText(extension));
  return `${extensionName(extension.oid) ?? extension.oid}${extension.critical ? ' (critical)' : ''}: ${text}`;
}

/** @throws ERR_MALFORMED_DER for a known extension that cannot be read */
export function extensionText({ oid, value }: Extension): string {
  const describe = describers.get(oid);
  if (describe === undefined) return unknownText(value);
  // To show is not to judge: what can be read is shown, and `deviations` says what is odd about it.
  const der = new DerReader(value, 0, value.length, new Set());
  const text = describe(der);
  der.finish();
  return text;
}

/** A value that is one string is shown as that, too. */
function unknownText(value: Uint8Array): string {
  if (!isString(value[0])) return `#${hex(value)}`;
  return attempt(() => `${JSON.stringify(printable(readString(new DerReader(value))))} (#${hex(value)})`);
}

const namesText = (names: readonly GeneralName[]): string => names.map(generalNameText).join(', ') || 'empty';

type Describe = (der: DerReader) => string;

const describers: ReadonlyMap<string, Describe> = /* @__PURE__ */ new Map<string, Describe>([
  [ids.basicConstraints, der => basicConstraintsText(read.readBasicConstraints(der))],
  [ids.keyUsage, der => keyUsageText(read.readKeyUsage(der))],
  [ids.extendedKeyUsage, der => read.readExtendedKeyUsage(der).map(purposeText).join(', ') || 'empty'],
  [ids.subjectAltName, der => namesText(read.readAltNames(der))],
  [ids.issuerAltName, der => namesText(read.readAltNames(der))],
  [ids.certificateIssuer, der => namesText(read.readAltNames(der))],
  [ids.subjectKeyIdentifier, der => hex(read.readSubjectKeyIdentifier(der))],
  [ids.authorityKeyIdentifier, der => authorityText(read.readAuthorityKeyIdentifier(der))],
  [ids.nameConstraints, der => constraintsText(read.readNameConstraints(der))],
  [ids.certificatePolicies, der => read.readPolicies(der).map(policyText).join(', ')],
  [ids.policyMappings, der => mappingsText(read.readPolicyMappings(der))],
  [ids.policyConstraints, der => policyConstraintsText(read.readPolicyConstraints(der))],
  [ids.inhibitAnyPolicy, der => `${read.readInhibitAnyPolicy(der)}`],
  [ids.authorityInfoAccess, der => accessText(read.readInfoAccess(der))],
  [ids.subjectInfoAccess, der => accessText(read.readInfoAccess(der))],
  [ids.crlDistributionPoints, der => pointsText(read.readDistributionPoints(der))],
  [ids.freshestCrl, der => pointsText(read.readDistributionPoints(der))],
  [ids.tlsFeature, der => featuresText(read.readTlsFeature(der))],
  [ids.signedCertificateTimestamps, der => `${read.readTimestampList(der).length} bytes of timestamps`],
  [ids.subjectDirectoryAttributes, der => attributesText(read.readDirectoryAttributes(der))],
  [ids.crlNumber, der => hex(der.integer())],
  [ids.deltaCrlIndicator, der => `against the list ${hex(der.integer())}`],
  [ids.invalidityDate, der => timeText(readGeneralizedTime(der))],
  [ids.issuingDistributionPoint, der => scopeText(readIssuingDistributionPoint(der))],
  [ids.acmeIdentifier, der => hex(read.readSubjectKeyIdentifier(der))],
]);

function basicConstraintsText({ ca, pathLength }: read.BasicConstraints): string {
  return `CA ${ca}${pathLength === undefined ? '' : `, path length ${pathLength}`}`;
}

export function keyUsageText(bits: number): string {
  const names = Object.entries(keyUsages).flatMap(([name, bit]) => ((bits & bit) !== 0 ? [name] : []));
  return names.join(', ') || 'none';
}

/** The name of an extended key usage, or its identifier. */
export function purposeText(oid: string): string {
  return Object.entries(purposes).find(([, each]) => each === oid)?.[0] ?? oid;
}

function authorityText({ keyIdentifier, issuer, serialNumber }: read.AuthorityKeyIdentifier): string {
  const parts = [
    keyIdentifier && hex(keyIdentifier),
    issuer && namesText(issuer),
    serialNumber && `serial ${hex(serialNumber)}`,
  ];
  return parts.filter(Boolean).join('; ') || 'empty';
}

function constraintsText({ permitted, excluded }: read.NameConstraints): string {
  return [
    ...permitted.map(name => `permitted ${generalNameText(name)}`),
    ...excluded.map(name => `excluded ${generalNameText(name)}`),
  ].join(', ');
}

function policyText({ oid, qualifiers }: read.PolicyInformation): string {
  const texts = qualifiers.flatMap(qualifier => attempt(() => policyQualifierText(qualifier) ?? ''));
  const shown = texts.filter(text => text !== '').map(text => JSON.stringify(printable(text)));
  return shown.length === 0 ? oid : `${oid} (${shown.join(', ')})`;
}

function mappingsText(mappings: readonly read.PolicyMapping[]): string {
  return mappings.map(m => `${m.issuerDomain} = ${m.subjectDomain}`).join(', ');
}

function policyConstraintsText({ requireExplicitPolicy, inhibitPolicyMapping }: read.PolicyConstraints): string {
  return `require explicit policy ${requireExplicitPolicy ?? '-'}, inhibit mapping ${inhibitPolicyMapping ?? '-'}`;
}

function accessText(descriptions: readonly read.AccessDescription[]): string {
  return descriptions.map(a => `${accessMethodName(a.method)} ${generalNameText(a.location)}`).join(', ');
}

function attributesText(attributes: ReturnType<typeof read.readDirectoryAttributes>): string {
  return attributes.map(({ type, values }) => `${type} ${values.map(value => `#${hex(value)}`).join(' ')}`).join(', ');
}

function featuresText(features: readonly number[]): string {
  return features.map(feature => (feature === 5 ? 'status_request (must-staple)' : `${feature}`)).join(', ');
}

function pointsText(points: readonly DistributionPoint[]): string {
  return points
    .map(({ name, crlIssuer }) => {
      const where = pointNameText(name);
      return crlIssuer === undefined ? where : `${where} by ${crlIssuer.map(generalNameText).join(' ')}`;
    })
    .join(', ');
}

function pointNameText(name: DistributionPointName | undefined): string {
  if (name === undefined) return '-';
  return name.type === 'full' ? name.names.map(generalNameText).join(' ') : `relative #${hex(name.rdn)}`;
}

/** What a list is about, where it is not about everything that its issuer issued. */
function scopeText(scope: IssuingDistributionPoint): string {
  const parts = [
    scope.name && pointNameText(scope.name),
    scope.onlyUserCertificates && 'only user certificates',
    scope.onlyAuthorityCertificates && 'only CA certificates',
    scope.onlyAttributeCertificates && 'only attribute certificates',
    scope.onlySomeReasons !== undefined && `only some reasons (${scope.onlySomeReasons.toString(2)})`,
    scope.indirect && 'indirect',
  ];
  return parts.filter(Boolean).join(', ') || 'everything';
}
