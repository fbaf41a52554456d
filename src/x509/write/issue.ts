// A small certification authority (RFC 5280 §4): self-signed roots, intermediates and leaves with profiles that verifiers
// accept. The clock and the random source are arguments; keys are any Signer.

import * as asn1 from '../../asn1/writer.ts';
import { TlsError } from '../../base/errors.ts';
import type { HashAlgorithm } from '../../crypto/hash.ts';
import type { RandomSource } from '../../crypto/secret.ts';
import type { PublicKey } from '../../crypto/signature.ts';
import { type Certificate, parseCertificate } from '../certificate.ts';
import { keyUsages, type NameConstraints, purposes } from '../extensions.ts';
import type { GeneralName } from '../general_name.ts';
import type { Name } from '../name.ts';
import { constrainedNames, nameConstraintFault } from '../name_constraints.ts';
import { writePublicKey } from './algorithm.ts';
import * as write from './extensions.ts';
import { alternativeName } from './general_name.ts';
import { writeName } from './name.ts';
import { type SigningOptions, signed, signingAlgorithm } from './signed.ts';

/** What a certificate is for; decides on basicConstraints, keyUsage and extendedKeyUsage. */
export type IssueProfile = 'server' | 'client' | 'server-client' | 'ca' | 'ocsp-signing';

/** A CA: its certificate and who signs with its key. */
export interface Issuer {
  readonly certificate: Certificate;
  readonly options: SigningOptions;
}

/** What every new certificate says. Times are milliseconds since the epoch, cut to seconds. */
export interface CertificateContent {
  readonly profile: IssueProfile;
  /** RFC 4514 text or a Name; empty if alternative names say it all. */
  readonly subject: string | Name;
  /** The subject's key. */
  readonly publicKey: PublicKey;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Alternative names, also as text (see `alternativeName`). */
  readonly altNames?: readonly (string | GeneralName)[];
  /** With profile "ca": most intermediates below. */
  readonly pathLength?: number;
  /** With profile "ca". */
  readonly nameConstraints?: NameConstraints;
  /** The server must staple OCSP responses (RFC 7633). */
  readonly mustStaple?: boolean;
  /** Where CRLs, OCSP answers and the issuer's certificate are (URIs). */
  readonly crlUris?: readonly string[];
  readonly ocspUris?: readonly string[];
  readonly issuerUris?: readonly string[];
  /** Identifiers of certificate policies. */
  readonly policies?: readonly string[];
  /** Positive, at most 20 octets, big-endian. Default: 20 random octets. */
  readonly serialNumber?: Uint8Array;
  /** More extensions, each the DER of an Extension. */
  readonly extensions?: readonly Uint8Array[];
}

/** What issuing needs besides the content and a key. */
export interface IssueTools {
  readonly random: RandomSource;
  /** SHA-256, for key identifiers (RFC 7093). */
  readonly sha256: HashAlgorithm;
}

/**
 * A certificate signed by the key it is for.
 * @throws ERR_INVALID_ARGUMENT for content that no verifier would accept, ERR_INVALID_SIGNATURE for a signer of another key
 */
export async function issueSelfSigned(
  content: CertificateContent,
  options: SigningOptions,
  tools: IssueTools,
): Promise<Certificate> {
  const subject = writeName(content.subject);
  const der = await issue(content, subject, subject, content.publicKey, undefined, options, tools);
  return parseCertificate(der);
}

/**
 * A certificate issued by a CA.
 * @throws ERR_INVALID_ARGUMENT if the CA may not issue it: no CA, path length, dates, name constraints; the rest as
 *   `issueSelfSigned`
 */
export async function issueCertificate(
  content: CertificateContent,
  issuer: Issuer,
  tools: IssueTools,
): Promise<Certificate> {
  const ca = issuer.certificate;
  checkIssuer(content, ca);
  const subject = writeName(content.subject);
  const authority = ca.subjectKeyIdentifier ?? write.keyIdentifierOf(ca.spki, tools.sha256);
  const der = await issue(content, subject, ca.subject, ca.publicKey, authority, issuer.options, tools);
  const certificate = parseCertificate(der);
  if (ca.nameConstraints !== undefined) {
    const wrong = nameConstraintFault(constrainedNames(certificate), ca.nameConstraints, () => {});
    if (wrong !== null) refuse(`${wrong.problem} (${wrong.rule})`);
  }
  return certificate;
}

function checkIssuer(content: CertificateContent, ca: Certificate): void {
  if (ca.basicConstraints?.ca !== true) refuse(`"${ca.subject}" is no CA (RFC 5280 §4.2.1.9)`);
  if (ca.keyUsage !== undefined && (ca.keyUsage & keyUsages.keyCertSign) === 0) {
    refuse(`the key of "${ca.subject}" may not sign certificates (RFC 5280 §4.2.1.3)`);
  }
  if (content.profile === 'ca') {
    const most = ca.basicConstraints.pathLength;
    if (most === 0) refuse(`"${ca.subject}" may have no CA below it: its path length is 0 (RFC 5280 §4.2.1.9)`);
    if (most !== undefined && (content.pathLength ?? most - 1) > most - 1) {
      refuse(`a path length over ${most - 1} below "${ca.subject}"`);
    }
  }
  // RFC 5280 §6.1.3 (a)(2) asks for validity of the whole path at one moment, so nothing should outlive its issuer.
  // Both in the whole seconds that certificates have.
  if (Math.floor(content.notAfter / 1000) * 1000 > ca.notAfter)
    refuse(`the certificate would outlive its issuer "${ca.subject}"`);
}

async function issue(
  content: CertificateContent,
  subject: Name,
  issuer: Name,
  issuerKey: PublicKey,
  authority: Uint8Array | undefined,
  options: SigningOptions,
  tools: IssueTools,
): Promise<Uint8Array> {
  checkContent(content, issuer);
  const spki = writePublicKey(content.publicKey);
  const algorithm = signingAlgorithm(options);
  const tbs = asn1.sequence(
    asn1.tagged(0, asn1.integer(2)),
    asn1.integer(content.serialNumber ?? randomSerial(tools.random)),
    algorithm.identifier,
    issuer.der,
    asn1.sequence(asn1.time(content.notBefore), asn1.time(content.notAfter)),
    subject.der,
    spki,
    asn1.tagged(3, asn1.sequence(...extensionsOf(content, subject, spki, authority, tools.sha256))),
  );
  return signed(tbs, algorithm, options, issuerKey);
}

function checkContent(content: CertificateContent, issuer: Name): void {
  const { serialNumber, pathLength, altNames = [] } = content;
  if (issuer.empty) refuse('an issuer without a name (RFC 5280 §4.1.2.4)');
  if (!(content.notBefore <= content.notAfter)) refuse('notAfter lies before notBefore');
  if (serialNumber !== undefined) {
    // RFC 5280 §4.1.2.2: positive, no more than 20 octets of the INTEGER.
    const octets = asn1.unsignedOctets(serialNumber);
    if (octets.length > 20 || octets.every(octet => octet === 0)) refuse('a serial number of 0 or over 20 octets');
  }
  if (content.profile === 'ca') {
    if (pathLength !== undefined && !(Number.isInteger(pathLength) && pathLength >= 0))
      refuse('a negative path length');
    if (writeName(content.subject).empty) refuse('a CA without a name (RFC 5280 §4.1.2.6)');
    return;
  }
  if (pathLength !== undefined || content.nameConstraints !== undefined) {
    refuse('a path length and name constraints are for CAs (RFC 5280 §4.2.1.9, §4.2.1.10)');
  }
  if (content.profile.startsWith('server') && altNames.length === 0) {
    refuse('a server certificate needs an alternative name: clients do not look at the subject (RFC 9525 §6.2)');
  }
  if (writeName(content.subject).empty && altNames.length === 0) refuse('a certificate that names nobody');
}

const OCSP = '1.3.6.1.5.5.7.48.1';
const CA_ISSUERS = '1.3.6.1.5.5.7.48.2';

function extensionsOf(
  content: CertificateContent,
  subject: Name,
  spki: Uint8Array,
  authority: Uint8Array | undefined,
  sha256: HashAlgorithm,
): Uint8Array[] {
  const { profile, nameConstraints, crlUris = [], policies = [] } = content;
  const ca = profile === 'ca';
  const names = (content.altNames ?? []).map(alternativeName);
  const access = [
    ...(content.ocspUris ?? []).map(value => ({ method: OCSP, location: { type: 'uri', value } as const })),
    ...(content.issuerUris ?? []).map(value => ({ method: CA_ISSUERS, location: { type: 'uri', value } as const })),
  ];
  const own = write.keyIdentifierOf(spki, sha256);
  const list = [
    write.basicConstraints(ca, content.pathLength),
    write.keyUsage(keyUsageOf(profile, content.publicKey)),
    ...(ca ? [] : [write.extendedKeyUsage(purposesOf[profile])]),
    write.subjectKeyIdentifier(own),
  ];
  if (authority !== undefined) list.push(write.authorityKeyIdentifier(authority));
  if (names.length > 0) list.push(write.subjectAltName(names, subject.empty));
  if (nameConstraints !== undefined) list.push(write.nameConstraints(nameConstraints));
  if (policies.length > 0) list.push(write.certificatePolicies(policies));
  if (crlUris.length > 0) list.push(write.crlDistributionPoints(crlUris));
  if (access.length > 0) list.push(write.authorityInfoAccess(access));
  if (content.mustStaple) list.push(write.mustStaple());
  if (profile === 'ocsp-signing') list.push(write.ocspNoCheck());
  return [...list, ...(content.extensions ?? [])];
}

const purposesOf: Readonly<Record<Exclude<IssueProfile, 'ca'>, readonly string[]>> = {
  server: [purposes.serverAuth],
  client: [purposes.clientAuth],
  'server-client': [purposes.serverAuth, purposes.clientAuth],
  'ocsp-signing': [purposes.ocspSigning],
};

/** RFC 5280 §4.2.1.3: what the key can do and the profile needs; RSA servers also transport keys (RFC 5246 §7.4.2). */
function keyUsageOf(profile: IssueProfile, key: PublicKey): number {
  if (profile === 'ca') return keyUsages.digitalSignature | keyUsages.keyCertSign | keyUsages.cRLSign;
  const agrees = key.type === 'x25519' || key.type === 'x448';
  if (agrees) return keyUsages.keyAgreement;
  const transports = key.type === 'rsa' && key.pss === undefined && profile.startsWith('server');
  return keyUsages.digitalSignature | (transports ? keyUsages.keyEncipherment : 0);
}

/** 20 octets that make a positive INTEGER of just that length: 158 random bits (CABF BR §7.1 asks for 64). */
export function randomSerial(random: RandomSource): Uint8Array {
  const serial = new Uint8Array(20);
  random(serial);
  serial[0] = (serial[0] & 0x7f) | 0x40;
  return serial;
}

function refuse(why: string): never {
  throw new TlsError('ERR_INVALID_ARGUMENT', `not issued: ${why}`);
}
