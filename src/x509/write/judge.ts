// A certificate that was just issued, looked at as a verifier would before anybody gets it: it is decoded, its form is that
// of RFC 5280 §4, and its issuer may say what it says.

import type { Certificate } from '../certificate.ts';
import type { Fault } from '../certificate_error.ts';
import { keyUsages, purposes } from '../extensions.ts';
import { constrainedNames, nameConstraintFault } from '../name_constraints.ts';
import { conformanceFault } from '../profile_rfc5280.ts';
import { keyFault } from '../signature_check.ts';
import { refuse } from './content.ts';
import { alternativeName, nameSubtree } from './general_name.ts';

/**
 * @param issuer undefined for a certificate signed by its own key
 * @throws ERR_INVALID_ARGUMENT with what a verifier would say, ERR_CERT_MALFORMED for an extension that cannot be read
 */
export function judge(certificate: Certificate, issuer: Certificate | undefined): void {
  certificate.decodeExtensions();
  const role = certificate.basicConstraints?.ca === true ? 'intermediate' : 'leaf';
  refuseFault(conformanceFault(certificate, role) ?? keyFault(certificate.publicKey));
  for (const name of certificate.subjectAltName ?? []) alternativeName(name);
  const constraints = certificate.nameConstraints;
  for (const name of [...(constraints?.permitted ?? []), ...(constraints?.excluded ?? [])]) nameSubtree(name);
  if (issuer !== undefined) judgeIssuer(certificate, issuer);
}

/** Before anything is signed. @throws ERR_INVALID_ARGUMENT if `ca` may not issue certificates at all */
export function requireAuthority(ca: Certificate): void {
  const named = `"${ca.subject}"`;
  if (ca.subject.empty) refuse('an issuer without a name (RFC 5280 §4.1.2.4)');
  if (ca.basicConstraints?.ca !== true) refuse(`${named} is no CA (RFC 5280 §4.2.1.9)`);
  if (ca.keyUsage !== undefined && (ca.keyUsage & keyUsages.keyCertSign) === 0) {
    refuse(`the key of ${named} may not sign certificates (RFC 5280 §4.2.1.3)`);
  }
}

function judgeIssuer(certificate: Certificate, ca: Certificate): void {
  const named = `"${ca.subject}"`;
  if (certificate.basicConstraints?.ca === true) {
    const most = ca.basicConstraints?.pathLength;
    if (most === 0) refuse(`${named} may have no CA below it: its path length is 0 (RFC 5280 §4.2.1.9)`);
    const length = certificate.basicConstraints.pathLength;
    if (most !== undefined && length !== undefined && length > most - 1) {
      refuse(`a path length over ${most - 1} below ${named}`);
    }
  }
  // RFC 5280 §6.1.3 (a)(2) asks for validity of the whole path at one moment, so nothing should outlive its issuer.
  if (certificate.notAfter > ca.notAfter) refuse(`the certificate would outlive its issuer ${named}`);
  judgePurposes(certificate, ca);
  if (ca.nameConstraints !== undefined) {
    refuseFault(nameConstraintFault(constrainedNames(certificate), ca.nameConstraints));
  }
}

/** In a CA certificate the extension limits what is below, as browsers nest it (CABF BR §7.1.2.10.6). */
function judgePurposes(certificate: Certificate, ca: Certificate): void {
  const allowed = ca.extendedKeyUsage;
  if (allowed === undefined || allowed.includes(purposes.any)) return;
  const wrong = certificate.extendedKeyUsage?.find(oid => !allowed.includes(oid));
  if (wrong === undefined) return;
  const name = Object.entries(purposes).find(([, oid]) => oid === wrong)?.[0] ?? wrong;
  refuse(`"${ca.subject}" may issue nothing for ${name}: its own extended key usage does not have it`);
}

function refuseFault(fault: Fault | null): void {
  if (fault !== null) refuse(`${fault.problem} (${fault.rule})`);
}
