// What src/x509.ts publishes for reading and verifying. Writing (CSR, CA, PKCS#8, PKCS#12) stands beside it.

export { type Leniency, type LeniencyEntry, leniencies } from '../asn1/leniencies.ts';
export {
  formatPem,
  type PemBlock,
  type PemFault,
  type PlacedPemBlock,
  parsePem,
  pemText,
  readPem,
} from '../asn1/pem.ts';
export type { AlgorithmIdentifier } from './algorithm.ts';
export { type BudgetLimits, defaultBudget } from './budget.ts';
export { Certificate, parseCertificate, type Reading, readCertificate } from './certificate.ts';
export { CertificateError } from './certificate_error.ts';
export {
  Crl,
  type IssuingDistributionPoint,
  type ListedCertificate,
  parseCrl,
  type RevokedEntry,
  revocationReasons,
} from './crl.ts';
export { describeCertificate, describeCrl, describeOcspResponse, describeRequest, reasonText } from './describe.ts';
export { keyUsageText, purposeText } from './describe_extension.ts';
export type { DistributionPoint, DistributionPointName } from './distribution_point.ts';
export { extensionName } from './extension_names.ts';
export {
  type AccessDescription,
  ANY_POLICY,
  type AuthorityKeyIdentifier,
  type BasicConstraints,
  type Extension,
  extensionOids,
  keyUsages,
  type NameConstraints,
  type PolicyConstraints,
  type PolicyInformation,
  type PolicyMapping,
  policyQualifierText,
  purposes,
} from './extensions.ts';
export { type GeneralName, generalNameText } from './general_name.ts';
export { Name, type NameAttribute } from './name.ts';
export {
  type BasicOcspResponse,
  type OcspResponse,
  ocspResponseStatuses,
  parseOcspResponse,
  type SingleResponse,
} from './ocsp.ts';
export type { CheckContext, PathCheck, StapledStatus } from './path_builder.ts';
export type { PolicyOptions } from './policy.ts';
export type { Profile } from './profile.ts';
export { rfc5280Profile } from './profile_rfc5280.ts';
export { webPkiProfile } from './profile_web_pki.ts';
export { parsePublicKey } from './public_key.ts';
export { type RevocationOptions, revocation } from './revocation.ts';
export { parseTimestamp, parseTimestampList, type SignedTimestamp } from './timestamps.ts';
export { type TransparencyLog, type TransparencyOptions, transparency } from './transparency.ts';
export { type AnchorConstraints, TrustAnchor, trustAnchor, trustAnchorOf } from './trust_anchor.ts';
export {
  type OddCertificate,
  oddCertificateText,
  parseTrustList,
  placeText,
  type TrustList,
  type TrustListPlace,
} from './trust_list.ts';
export {
  type ChainOptions,
  createPeerVerifier,
  type PeerVerifierOptions,
  type VerifiedChain,
  type VerifyOptions,
  verifyCertificateChain,
} from './verify.ts';
export {
  type DelegatedCredentialContent,
  type Delegator,
  issueDelegatedCredential,
} from './write/delegated_credential.ts';
