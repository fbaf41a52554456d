// How much work one verification may cost, whatever the peer sends.

import { CertificateError, fault } from './certificate_error.ts';

/** Limits of one verification. What is absent has its default. */
export interface BudgetLimits {
  /** Signatures verified, those of CRLs, OCSP responses and SCTs included. */
  readonly signatures?: number;
  /** Complete paths validated. */
  readonly paths?: number;
  /** Issuers considered. */
  readonly steps?: number;
  /** Comparisons of a name with a name constraint. */
  readonly comparisons?: number;
}

/**
 * 100 signatures are what Go's crypto/x509 (maxChainSignatureChecks) and rustls-webpki allow, 250,000 comparisons what
 * rustls-webpki allows. An honest chain takes three signatures and one or two paths.
 */
export const defaultBudget: Required<BudgetLimits> = {
  signatures: 100,
  paths: 100,
  steps: 50_000,
  comparisons: 250_000,
};

/** What is left of the limits. */
export class Budget {
  readonly #left: Record<keyof BudgetLimits, number>;

  constructor(limits: BudgetLimits = {}) {
    this.#left = { ...defaultBudget, ...limits };
  }

  /** Takes `count` units. @throws CertificateError ERR_CERT_BUDGET */
  take(unit: keyof BudgetLimits, count = 1): void {
    if ((this.#left[unit] -= count) >= 0) return;
    throw new CertificateError(
      fault(
        'ERR_CERT_BUDGET',
        `no acceptable path within the budget of ${unit}`,
        'a limit of castls against hostile chains',
        'Send only the certificates of one chain, or raise the budget.',
      ),
      -1,
    );
  }
}
