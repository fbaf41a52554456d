// Profiles: what may be demanded of issuers beyond what path validation (RFC 5280 §6) needs. None is the default, because
// private CAs break such rules without harm. A profile is an object, so that only who names it carries it.

import type { Certificate } from './certificate.ts';
import { type Fault, fault } from './certificate_error.ts';
import type { Crl } from './crl.ts';

/** Where a certificate stands in its path. */
export type Role = 'leaf' | 'intermediate' | 'anchor';

/** Rules for issuers: `rfc5280Profile`, `webPkiProfile`. */
export interface Profile {
  readonly name: string;
  /** The first rule that the certificate breaks, or null. */
  certificateFault(certificate: Certificate, role: Role): Fault | null;
  /** Why a CRL does not conform, or undefined. */
  crlFault(crl: Crl): string | undefined;
}

/** A rule of a profile that is broken. */
export function broken(problem: string, rule: string): Fault {
  return fault('ERR_CERT_PROFILE', problem, rule, 'Have the CA issue a conforming certificate, or demand no profile.');
}

export function isCa(certificate: Certificate): boolean {
  return certificate.basicConstraints?.ca === true;
}
