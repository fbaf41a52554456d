// Which certificates may delegate, and until when what they delegated is good (RFC 9345 §4.1.3, §4.2).

import { isNull } from './algorithm.ts';
import type { Certificate } from './certificate.ts';
import { keyUsages } from './extensions.ts';

/** The DelegationUsage extension: NULL. */
export const DELEGATION_USAGE = '1.3.6.1.4.1.44363.44';

/** RFC 9345 §4.1.3: without an application profile no credential is good for longer, from now on. Milliseconds. */
export const LONGEST_DELEGATION = 7 * 86_400_000;

/** Undefined for a certificate that may delegate, else why not. */
export function notDelegating(certificate: Certificate): string | undefined {
  const usage = certificate.extensions.get(DELEGATION_USAGE);
  if (usage === undefined) return 'the certificate has no DelegationUsage (RFC 9345 §4.2)';
  if (!isNull(usage.value)) return 'DelegationUsage is not NULL (RFC 9345 §4.2)';
  const { keyUsage } = certificate;
  const signs = keyUsage !== undefined && (keyUsage & keyUsages.digitalSignature) !== 0;
  return signs ? undefined : 'the certificate lacks the key usage digitalSignature (RFC 9345 §4.2)';
}

/** When a delegated credential ends, milliseconds since the epoch. @param validTime seconds from notBefore */
export function endOfDelegation(certificate: Certificate, validTime: number): number {
  return certificate.notBefore + validTime * 1000;
}
