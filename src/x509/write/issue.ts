// A small certification authority (RFC 5280 §4): self-signed roots, intermediates and end entities that verifiers accept.
// The clock and the random source are arguments; keys are any Signer. What a certificate may say stands in content.ts, what
// profiles add in profiles.ts, and every certificate is judged (judge.ts) before it is handed out.

import * as asn1 from '../../asn1/writer.ts';
import type { HashAlgorithm } from '../../crypto/hash.ts';
import { randomBytes } from '../../crypto/random.ts';
import type { RandomSource } from '../../crypto/secret.ts';
import type { PublicKey } from '../../crypto/signature.ts';
import { type Certificate, readCertificate } from '../certificate.ts';
import { extensionOids as ids } from '../extensions.ts';
import type { Name } from '../name.ts';
import { writePublicKey } from './algorithm.ts';
import { type CertificateContent, type ReadContent, readContent, refuse } from './content.ts';
import * as write from './extensions.ts';
import { alternativeName } from './general_name.ts';
import { judge, requireAuthority } from './judge.ts';
import { issueProfiles } from './profiles.ts';
import { type SigningOptions, signed, signingAlgorithm } from './signed.ts';

export type { CertificateContent } from './content.ts';
export type { IssueProfile } from './profiles.ts';

/** A CA: its certificate and who signs with its key. */
export interface Issuer {
  readonly certificate: Certificate;
  readonly options: SigningOptions;
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
  const read = readContent('issueSelfSigned', content);
  if (read.subject.empty) refuse('an issuer without a name (RFC 5280 §4.1.2.4)');
  const der = await issue(read, read.subject, read.publicKey, undefined, options, tools);
  const certificate = readCertificate(der, 'strict');
  judge(certificate, undefined);
  return certificate;
}

/**
 * A certificate issued by a CA.
 * @throws ERR_INVALID_ARGUMENT if the CA may not issue it: no CA, path length, dates, purposes, name constraints; the rest
 *   as `issueSelfSigned`
 */
export async function issueCertificate(
  content: CertificateContent,
  issuer: Issuer,
  tools: IssueTools,
): Promise<Certificate> {
  const ca = issuer.certificate;
  const read = readContent('issueCertificate', content);
  requireAuthority(ca);
  const authority = ca.subjectKeyIdentifier ?? write.keyIdentifierOf(ca.spki, tools.sha256);
  const der = await issue(read, ca.subject, ca.publicKey, authority, issuer.options, tools);
  const certificate = readCertificate(der, 'strict');
  judge(certificate, ca);
  return certificate;
}

async function issue(
  content: ReadContent,
  issuer: Name,
  issuerKey: PublicKey,
  authority: Uint8Array | undefined,
  options: SigningOptions,
  tools: IssueTools,
): Promise<Uint8Array> {
  const spki = writePublicKey(content.publicKey);
  const algorithm = signingAlgorithm(options);
  const tbs = asn1.sequence(
    asn1.tagged(0, asn1.integer(2)),
    asn1.integer(content.given.serialNumber ?? randomSerial(tools.random)),
    algorithm.identifier,
    issuer.der,
    asn1.sequence(asn1.time(content.notBefore), asn1.time(content.notAfter)),
    content.subject.der,
    spki,
    asn1.tagged(3, asn1.sequence(...extensionsOf(content, spki, authority, tools.sha256))),
  );
  return signed(tbs, algorithm, options, issuerKey);
}

const OCSP = '1.3.6.1.5.5.7.48.1';
const CA_ISSUERS = '1.3.6.1.5.5.7.48.2';

/** DER of all extensions. What the caller gave stands where castls would have written its own. */
function extensionsOf(
  content: ReadContent,
  spki: Uint8Array,
  authority: Uint8Array | undefined,
  sha256: HashAlgorithm,
): Uint8Array[] {
  const found = new Map<string, Uint8Array>();
  for (const der of ownExtensions(content, spki, authority, sha256)) found.set(write.extensionFrom(der).oid, der);
  const given = new Set<string>();
  for (const { oid, der } of (content.given.extensions ?? []).map(write.extensionFrom)) {
    if (given.has(oid)) refuse(`the extension ${oid} twice (RFC 5280 §4.2)`);
    given.add(oid);
    found.set(oid, der);
  }
  return [...found.values()];
}

function ownExtensions(
  content: ReadContent,
  spki: Uint8Array,
  authority: Uint8Array | undefined,
  sha256: HashAlgorithm,
): Uint8Array[] {
  const { given, profile, subject, altNames, keyUsage, purposes, constraints } = content;
  const rules = issueProfiles[profile];
  const access = [
    ...(given.ocspUris ?? []).map(value => ({ method: OCSP, location: { type: 'uri', value } as const })),
    ...(given.issuerUris ?? []).map(value => ({ method: CA_ISSUERS, location: { type: 'uri', value } as const })),
  ];
  const list = [write.basicConstraints(profile === 'ca', given.pathLength)];
  const some = <T>(values: readonly T[] | undefined, writer: (values: readonly T[]) => Uint8Array) => {
    if (values !== undefined && values.length > 0) list.push(writer(values));
  };
  if (keyUsage !== 0) list.push(write.keyUsage(keyUsage));
  some(purposes, oids => write.extendedKeyUsage(oids, rules.purposesCritical));
  list.push(write.subjectKeyIdentifier(write.keyIdentifierOf(spki, sha256)));
  if (authority !== undefined) list.push(write.authorityKeyIdentifier(authority));
  some(altNames, names => write.subjectAltName(names, subject.empty));
  some(given.issuerAltNames, names => write.issuerAltName(names.map(alternativeName)));
  if (constraints !== undefined) list.push(write.nameConstraints(constraints));
  some(given.policies, write.certificatePolicies);
  some(given.policyMappings, write.policyMappings);
  if (given.policyConstraints !== undefined) list.push(write.policyConstraints(given.policyConstraints));
  if (given.inhibitAnyPolicy !== undefined) list.push(write.inhibitAnyPolicy(given.inhibitAnyPolicy));
  some(given.crlUris, uris => write.crlDistributionPoints(uris));
  some(given.deltaCrlUris, uris => write.crlDistributionPoints(uris, ids.freshestCrl));
  some(access, write.authorityInfoAccess);
  some(given.subjectInfoAccess, write.subjectInfoAccess);
  if (given.mustStaple) list.push(write.mustStaple());
  if (given.delegationUsage) list.push(write.delegationUsage());
  const { acmeIdentifier: acme } = given;
  if (acme !== undefined)
    list.push(write.acmeIdentifier(typeof acme === 'string' ? sha256.digest(authorization(acme)) : acme));
  return [...list, ...(rules.more?.() ?? [])];
}

/** RFC 8555 §8.1: the token and the thumbprint of the account's key, both in base64url. */
function authorization(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/.test(text))
    refuse('a key authorization is "token.thumbprint" (RFC 8555 §8.1)');
  return new TextEncoder().encode(text);
}

/** 20 octets that make a positive INTEGER of just that length: 158 random bits (CABF BR §7.1 asks for 64). */
export function randomSerial(random: RandomSource): Uint8Array {
  const serial = randomBytes(random, 20);
  serial[0] = (serial[0] & 0x7f) | 0x40;
  return serial;
}
