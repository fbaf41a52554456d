// How much work one verification may cost, whatever the peer sends: units of src/base/cost.ts, and beside them counts that
// other verifiers have, too. What is charged is charged before it is done.

import { workUnits } from '../base/cost.ts';
import type { PublicKey, SignatureParameters } from '../crypto/signature.ts';
import { CertificateError, fault } from './certificate_error.ts';
import { modulusBits } from './public_key.ts';

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

  constructor(limits: BudgetLimits = {}) {
    this.#left = { ...defaultBudget };
    for (const [unit, limit] of Object.entries(limits)) {
      if (limit !== undefined) this.#left[unit as keyof BudgetLimits] = limit;
    }
  }

  /** Takes `count` of something. @throws CertificateError ERR_CERT_BUDGET */
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

function signatureUnits(key: PublicKey): number {
  switch (key.type) {
    case 'rsa': {
      const size = modulusBits(key.modulus) / 1024;
      // One multiplication or two for each bit of the exponent; the price is that of 65537, which has 17.
      const exponent = Math.max(1, (16 * key.exponent.length) / 18);
      return Math.ceil(workUnits.rsaVerify1024 * size * size * exponent);
    }
    case 'ec':
      return { 'P-256': workUnits.p256Verify, 'P-384': workUnits.p384Verify, 'P-521': workUnits.p521Verify }[key.curve];
    case 'ed25519':
      return workUnits.ed25519Verify;
    case 'ed448':
      return workUnits.ed448Verify;
    case 'mldsa':
      return workUnits.mldsaVerify;
    default:
      return workUnits.item;
  }
}
