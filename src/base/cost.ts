// What work costs, and how much of it a stranger may cause. Whatever is done on behalf of a peer that nobody has
// authenticated yet is charged to a CostBudget before it is done, in units of work and not in events: a thousand units are
// one full TLS 1.3 handshake at a server with a P-256 key. The table of docs/security.md is made of these numbers by
// scripts/cost.mjs, which also measures whether the time of a charged unit stays the same as inputs grow.

import { type ErrorCode, TlsError } from './errors.ts';

/** One full TLS 1.3 handshake at a server: X25519, a P-256 signature, the key schedule, records. */
export const HANDSHAKE_UNITS = 1000;

/**
 * Units of what a peer can cause, rounded up; taken with the WASM provider. What grows with a length has a price for each
 * KiB, or each item, beside it.
 */
export const workUnits = {
  /** Reading DER, comparing, hashing: for each KiB of input. */
  readKiB: 12,
  hashKiB: 12,
  /** One item of a list that is looked at: an extension, a certificate entry, a name. */
  item: 2,
  x25519: 120,
  p256Derive: 350,
  p256Sign: 150,
  p256Verify: 350,
  p384Verify: 1200,
  p521Verify: 2500,
  ed25519Verify: 300,
  ed448Verify: 1200,
  mlkem768Encapsulate: 120,
  mldsaVerify: 400,
  /** RSA public operations, by the square of the size: this for each 1024 bits, squared. */
  rsaVerify1024: 40,
  rsaSign2048: 3000,
} as const;

export class CostBudget {
  readonly #limit: number;
  readonly #code: ErrorCode;
  #spent = 0;

  /**
   * @param limit units
   * @param code of the error when it is used up
   */
  constructor(limit: number, code: ErrorCode) {
    this.#limit = limit;
    this.#code = code;
  }

  /** Units charged so far. */
  get spent(): number {
    return this.#spent;
  }

  get left(): number {
    return Math.max(0, this.#limit - this.#spent);
  }

  /**
   * Charges work that is about to be done.
   * @param what names it in the message
   * @throws the code of the budget when it is used up; what was charged stays charged
   */
  charge(units: number, what: string): void {
    this.#spent += units;
    if (this.#spent <= this.#limit) return;
    throw new TlsError(this.#code, `the peer causes more work than ${this.#limit} units: ${what}`);
  }
}
