// What a verifier can do beside the path validation that every one does: parts that bring their code, so that a page carries
// none that it does not name. What is absent is not passed over: a path that would need it is refused.

import { TlsError } from '../base/errors.ts';
import type { Budget } from './budget.ts';
import type { Certificate } from './certificate.ts';
import type { Fault } from './certificate_error.ts';
import type { NameConstraints } from './extensions.ts';
import type { ConstrainedName } from './name_constraints.ts';
import type { PolicyOptions } from './policy.ts';

/** Name constraints (RFC 5280 §4.2.1.10). */
export interface NameConstraintsFeature {
  /** The names of a certificate that constraints apply to. */
  names(certificate: Certificate): readonly ConstrainedName[];
  /** Null if they satisfy them. */
  fault(names: readonly ConstrainedName[], constraints: NameConstraints): Fault | null;
}

/** Certificate policies (RFC 5280 §6.1, RFC 9618): see policyFault. */
export type CertificatePoliciesFeature = (
  path: readonly Certificate[],
  options: PolicyOptions,
  anchor: Certificate | undefined,
  budget: Budget,
) => { readonly fault: Fault; readonly at: number } | null;

/** PEM (RFC 7468) beside DER. */
export interface PemFeature {
  /** Certificates to trust. */
  certificates(input: unknown): readonly Certificate[];
  /** DER SubjectPublicKeyInfo of each "PUBLIC KEY". */
  publicKeys(text: string): readonly Uint8Array[];
}

export interface VerifierFeatures {
  readonly nameConstraints?: NameConstraintsFeature;
  readonly certificatePolicies?: CertificatePoliciesFeature;
  readonly pem?: PemFeature;
}

/** @throws ERR_INVALID_ARGUMENT without it */
export function requirePem(pem: PemFeature | undefined): PemFeature {
  if (pem !== undefined) return pem;
  throw new TlsError('ERR_INVALID_ARGUMENT', 'PEM needs a feature of the verifier: pem; without it give DER');
}
