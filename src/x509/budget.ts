// How much work one verification may cost, whatever the peer sends: units of src/base/cost.ts, and beside them counts that
// other verifiers have, too. What is charged is charged before it is done.

import { CostBudget, type WorkMeter, workUnits } from '../base/cost.ts';
import type { PublicKey, SignatureParameters } from '../crypto/signature.ts';
import { signatureUnits } from '../crypto/signature_units.ts';
import { CertificateError, fault } from './certificate_error.ts';

/** Limits of one verification. What is absent has its default. */
export interface BudgetLimits {
  /** All of it, in units of which 1000 are a full handshake with P-256. */
  readonly work?: number;
  /** Signatures verified, those of CRLs, OCSP responses and SCTs included. */
  readonly signatures?: number;
  /** Complete paths validated. */
  readonly paths?: number;
  /** Issuers considered. */
  readonly steps?: number;
  /** Names looked up in name constraints. */
  readonly comparisons?: number;
}

/**
 * 100 signatures are what Go's crypto/x509 (maxChainSignatureChecks) and rustls-webpki allow, 250,000 comparisons what
 * rustls-webpki allows. The work is some 20 ms, with code that runs for the first time three times that. An honest chain
 * takes three signatures, one or two paths and some 1,500 units; ten intermediates with RSA of 8192 bits 26,000.
 */
export const defaultBudget: Required<BudgetLimits> = {
  work: 60_000,
  signatures: 100,
  paths: 100,
  steps: 20_000,
  comparisons: 250_000,
};

/** What is left of the limits. */
export class Budget {
  readonly #left: Record<keyof BudgetLimits, number>;
  readonly #work: CostBudget;

  /** @param whole the budget of the connection that the verification is for */
  constructor(limits: BudgetLimits = {}, whole: WorkMeter | null = null) {
    this.#left = { ...defaultBudget };
    for (const [unit, limit] of Object.entries(limits)) {
      if (limit !== undefined) this.#left[unit as keyof BudgetLimits] = limit;
    }
    this.#work = new CostBudget(this.#left.work, 'ERR_CERT_BUDGET', whole);
  }

  /** Takes `count` of something. @throws CertificateError ERR_CERT_BUDGET */
  take(unit: keyof BudgetLimits, count = 1): void {
    if (unit === 'work' ? this.#work.take(count) : (this.#left[unit] -= count) >= 0) return;
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

  /** Looks at `count` items of a list. */
  takeItems(count: number): void {
    this.take('work', count * workUnits.item);
  }

  /** Decodes so many bytes of DER. */
  takeReading(bytes: number): void {
    // A short element costs as much as a long one: the price is that of the dearest kind, lists of small items.
    this.take('work', workUnits.item + Math.ceil(bytes / 8));
  }

  /** Verifies a signature: its arithmetic and hashing the message. */
  takeSignature(key: PublicKey, parameters: SignatureParameters | undefined, messageLength: number): void {
    this.take('signatures');
    const arithmetic = parameters === undefined ? workUnits.item : signatureUnits(key);
    this.take('work', arithmetic + Math.ceil((messageLength * workUnits.hashKiB) / 1024));
  }
}
