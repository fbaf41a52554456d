// What the peer of a connection may cause: its budget of work (base/cost.ts) and its KeyUpdates. The handshake has it all;
// after that it begins again, and data and time pay back what was used.

import { type CostBudget, workUnits } from '../base/cost.ts';
import type { HandshakeSettings } from '../handshake/flow/settings.ts';
import { connectionBudget, messageUnits } from '../handshake/flow/work.ts';
import type { HandshakeMessage } from '../wire/handshake_message.ts';
import { KeyUpdates } from './key_updates.ts';

/** Bytes of data that are worth a KeyUpdate of the peer: opening a full record costs about as much. */
const BYTES_FOR_ONE = 16_384;
/** Milliseconds that are worth one: keys that change by the clock need no data. */
const TIME_FOR_ONE = 60_000;
/** Bytes of a KeyUpdate with its header. */
const LENGTH_OF_ONE = 5;
/** What a KeyUpdate costs, and so what is paid back for one. */
const UNITS_OF_ONE = workUnits.record + messageUnits(LENGTH_OF_ONE) + workUnits.keyUpdate;

export class Allowance {
  readonly work: CostBudget;
  readonly keyUpdates: KeyUpdates;
  readonly #now: () => number;
  #since: number;
  /** Bytes of data that count for the next one. */
  #bytes = 0;

  constructor(settings: HandshakeSettings) {
    this.work = connectionBudget(settings);
    this.keyUpdates = new KeyUpdates(settings.limits.maxKeyUpdates);
    this.#now = settings.now;
    this.#since = settings.now();
  }

  /** The handshake is over: all of it is there again. */
  established(): void {
    this.work.earn(Number.POSITIVE_INFINITY);
    this.#since = this.#now();
  }

  /** A handshake message is to be read. @param established after the handshake @throws ERR_TOO_MUCH_WORK */
  message({ raw, type }: HandshakeMessage, established: boolean): void {
    if (established) this.#payForTime();
    this.work.charge(messageUnits(raw.length), `handshake message ${type}`);
  }

  /** The peer sent so many bytes of data. */
  dataCame(length: number): void {
    this.#bytes += length;
    if (this.#bytes < BYTES_FOR_ONE) return;
    const earned = Math.floor(this.#bytes / BYTES_FOR_ONE);
    this.#bytes -= earned * BYTES_FOR_ONE;
    this.#pay(earned);
  }

  #payForTime(): void {
    const now = this.#now();
    const earned = Math.floor((now - this.#since) / TIME_FOR_ONE);
    if (earned <= 0) return;
    this.#since += earned * TIME_FOR_ONE;
    this.#pay(earned);
  }

  #pay(times: number): void {
    this.keyUpdates.earn(times);
    this.work.earn(times * UNITS_OF_ONE);
  }
}
