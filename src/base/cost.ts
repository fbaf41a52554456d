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
  /** A handshake message, beside its KiB: lists are filled with the shortest items. */
  message: 10,
  messageKiB: 150,
  /** A record that carries no data. */
  record: 1,
  /** Hashing, opening, decompressing: for each KiB of output. */
  hashKiB: 12,
  /** One item of a list that is looked at: an extension, a certificate entry, a name. */
  item: 2,
  /** New keys of one direction, beside the message that changes them. */
  keyUpdate: 20,
  /** Asking a hook: a ticket that is tried, a lookup in a store, a choice of the caller's. */
  hook: 40,
  /** A key exchange, both halves. */
  x25519: 200,
  x448: 900,
  p256: 350,
  p384: 800,
  p521: 1600,
  mlkem768: 150,
  mlkem1024: 200,
  /** Finite fields, both halves, grow with the size to the power of 2.1: this for 1024 bits. */
  finiteField1024: 800,
  p256Sign: 150,
  p256Verify: 350,
  p384Verify: 1200,
  p521Verify: 2500,
  ed25519Verify: 300,
  ed448Verify: 1200,
  mldsaVerify: 400,
  /** RSA public operations, by the square of the size: this for each 1024 bits, squared. */
  rsaVerify1024: 40,
  rsaSign2048: 3000,
} as const;

/** Hears of work. */
export interface WorkMeter {
  record(units: number): void;
}

/** What a peer may cause. A connection has one; what has a limit of its own, such as a verification, is a `share` of it. */
export class CostBudget implements WorkMeter {
  readonly #limit: number;
  readonly #code: ErrorCode;
  readonly #whole: WorkMeter | null;
  #spent = 0;
  #left: number;

  /**
   * @param limit units
   * @param code of the error when it is used up
   * @param whole hears of all that is charged here: the budget this one is a share of
   */
  constructor(limit: number, code: ErrorCode, whole: WorkMeter | null = null) {
    this.#limit = limit;
    this.#left = limit;
    this.#code = code;
    this.#whole = whole;
  }

  /** All units charged so far, those of shares and of `record` among them. */
  get spent(): number {
    return this.#spent;
  }

  get left(): number {
    return Math.max(0, this.#left);
  }

  /**
   * Charges work that is about to be done.
   * @param what names it in the message
   * @throws the code of the budget when it is used up; what was charged stays charged
   */
  charge(units: number, what: string): void {
    if (!this.take(units))
      throw new TlsError(this.#code, `the peer causes too much work (${this.#limit} units): ${what}`);
  }

  /** As `charge`. @returns false when it is used up */
  take(units: number): boolean {
    this.record(units);
    this.#left -= units;
    return this.#left >= 0;
  }

  /** Work whose size this side chose, such as its own RSA key's signature, and whose number something else bounds. */
  record(units: number): void {
    this.#spent += units;
    this.#whole?.record(units);
  }

  /** Pays back what was charged, by something that is worth it: never more than all. */
  earn(units: number): void {
    this.#left = Math.min(this.#limit, this.#left + units);
  }
}
