// What RFC 5280 §6.1 demands of one certificate by itself: dates, key, algorithm, critical extensions, the right to issue,
// its use. What certificates of a path demand of each other stands in path_validation.ts.

import type { CertificateStrength } from '../crypto/signature.ts';
import type { Certificate } from './certificate.ts';
import { type Fault, fault } from './certificate_error.ts';
import { timeText } from './certificate_text.ts';
import { namedExtension } from './extension_names.ts';
import { extensionOids as ids, keyUsages, purposes } from './extensions.ts';
import type { VerifierFeatures } from './features.ts';
import { algorithmFault, keyFault, usableKey } from './signature_check.ts';

/** Extensions whose meaning is processed here, in revocation, or is for the taking of others. */
const processed: ReadonlySet<string> = new Set([
  ids.authorityKeyIdentifier,
  ids.subjectKeyIdentifier,
  ids.keyUsage,
  ids.certificatePolicies,
  ids.policyMappings,
  ids.subjectAltName,
  ids.issuerAltName,
  ids.subjectDirectoryAttributes,
  ids.basicConstraints,
  ids.nameConstraints,
  ids.policyConstraints,
  ids.extendedKeyUsage,
  ids.crlDistributionPoints,
  ids.inhibitAnyPolicy,
  ids.freshestCrl,
  ids.authorityInfoAccess,
  ids.subjectInfoAccess,
  ids.tlsFeature,
  ids.ocspNoCheck,
  ids.signedCertificateTimestamps,
]);

/** What must hold for every certificate of a path by itself. */
export function certificateFault(certificate: Certificate, time: number, strength: CertificateStrength): Fault | null {
  const found = trustedFault(certificate, time, strength);
  return found ?? algorithmFault(certificate.signatureParameters, certificate.signatureAlgorithm.oid, strength);
}

/** The same for a certificate that is trusted as it is, whose signature says nothing. */
export function trustedFault(certificate: Certificate, time: number, strength: CertificateStrength): Fault | null {
  certificate.decodeExtensions();
  return dateFault(certificate, time) ?? usableKeyFault(certificate, strength) ?? unknownCriticalFault(certificate);
}

/** §6.1.3 (a)(2). Times count in whole seconds: a fraction has not reached the next one. */
export function dateFault(certificate: Certificate, time: number): Fault | null {
  const seconds = Math.floor(time / 1000) * 1000;
  const at = () => `the time of verification is ${timeText(seconds)}`;
  if (seconds < certificate.notBefore) {
    return fault(
      'ERR_CERT_NOT_YET_VALID',
      `it becomes valid at ${timeText(certificate.notBefore)}; ${at()}`,
      'RFC 5280 §4.1.2.5',
      'Check the clock of this machine, or wait.',
    );
  }
  if (seconds > certificate.notAfter) {
    return fault(
      'ERR_CERT_EXPIRED',
      `it expired at ${timeText(certificate.notAfter)}; ${at()}`,
      'RFC 5280 §4.1.2.5',
      'Renew the certificate, or check the clock of this machine.',
    );
  }
  return null;
}

export function usableKeyFault(certificate: Certificate, strength: CertificateStrength): Fault | null {
  const key = usableKey(() => certificate.publicKey);
  return 'code' in key ? key : keyFault(key, strength);
}

/** §6.1.4 (o), §6.1.5 (f). A precertificate (RFC 6962 §3.1) is refused by its critical poison. */
export function unknownCriticalFault(certificate: Certificate): Fault | null {
  for (const { oid, critical } of certificate.extensions.values()) {
    if (!critical || processed.has(oid)) continue;
    return fault(
      'ERR_CERT_UNKNOWN_CRITICAL_EXTENSION',
      `the critical extension ${namedExtension(oid)} is unknown to castls`,
      'RFC 5280 §4.2',
      'Use a certificate without it; its issuer demands that software which does not know the extension refuses.',
    );
  }
  return qualifierFault(certificate);
}

/** A path would need a feature that its verifier does not have: what is not read is not passed over. */
export function unreadFault(feature: keyof VerifierFeatures): Fault {
  return fault(
    'ERR_CERT_UNKNOWN_CRITICAL_EXTENSION',
    `the path is constrained by what this verifier does not process: it lacks the feature ${feature}`,
    'RFC 5280 §4.2',
    `Name ${feature} in the features of the verifier.`,
  );
}

/** The two that RFC 5280 §4.2.1.4 defines: id-qt-cps and id-qt-unotice. */
const knownQualifiers: ReadonlySet<string> = new Set(['1.3.6.1.5.5.7.2.1', '1.3.6.1.5.5.7.2.2']);

/** §4.2.1.4: critical policies are interpreted "including the optional qualifier", or the certificate is rejected. */
function qualifierFault(certificate: Certificate): Fault | null {
  if (certificate.extensions.get(ids.certificatePolicies)?.critical !== true) return null;
  for (const { qualifiers } of certificate.certificatePolicies ?? []) {
    const unknown = qualifiers.find(({ oid }) => !knownQualifiers.has(oid));
    if (unknown === undefined) continue;
    return fault(
      'ERR_CERT_UNKNOWN_CRITICAL_EXTENSION',
      `its critical certificatePolicies have the qualifier ${unknown.oid}, which is unknown to castls`,
      'RFC 5280 §4.2.1.4',
      'Have it issued again with policies that are not critical, or without this qualifier.',
    );
  }
  return null;
}

/** §6.1.4 (k), (n): may this certificate issue others? */
export function issuerFault(certificate: Certificate): Fault | null {
  if (certificate.basicConstraints?.ca !== true) {
    return constraintFault('it is no CA: cA is not asserted in basicConstraints', 'RFC 5280 §6.1.4 (k)');
  }
  if (certificate.keyUsage !== undefined && (certificate.keyUsage & keyUsages.keyCertSign) === 0) {
    return constraintFault('its key usage does not allow signing certificates', 'RFC 5280 §6.1.4 (n)');
  }
  return null;
}

export function constraintFault(problem: string, rule: string): Fault {
  return fault('ERR_CERT_CONSTRAINT', problem, rule, 'Use a chain issued by CAs with the right to issue it.');
}

/** §4.2.1.12. In CA certificates the extension limits what is below, as all browsers do (CABF BR §7.1.2.10.6). */
export function purposeFault(certificate: Certificate, purpose: string | undefined): Fault | null {
  const usages = certificate.extendedKeyUsage;
  if (purpose === undefined || usages === undefined || usages.includes(purpose) || usages.includes(purposes.any)) {
    return null;
  }
  const name = Object.entries(purposes).find(([, oid]) => oid === purpose)?.[0] ?? purpose;
  return fault(
    'ERR_CERT_PURPOSE',
    `its extendedKeyUsage does not allow ${name}`,
    'RFC 5280 §4.2.1.12',
    'Have a certificate issued for this use.',
  );
}

export function leafUsageFault(leaf: Certificate, wanted: number): Fault | null {
  if (wanted === 0 || leaf.keyUsage === undefined || (leaf.keyUsage & wanted) !== 0) return null;
  return fault(
    'ERR_CERT_PURPOSE',
    'its key usage allows none of what TLS does with the key',
    'RFC 5280 §4.2.1.3',
    'Have a certificate issued with the key usage digitalSignature.',
  );
}
