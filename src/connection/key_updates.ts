// When keys change on an established TLS 1.3 connection (RFC 9846 §4.6.3, §5.5): answering the peer, at most once a
// flight, and changing the own keys before they wear out. How it is done stands in handshake/post_handshake13.ts.

import { TlsError } from '../base/errors.ts';

/** Records left under a key when this side changes it, beside those of the data at hand: handshake messages, alerts. */
const KEY_RESERVE = 80;

/** Records left under the peer's key when it is asked for another: it may have sent many before it reads that. */
const PEER_KEY_RESERVE = 2 ** 20;

/** Bytes of data that are worth a KeyUpdate of the peer: opening a full record costs about as much. */
const BYTES_FOR_ONE = 16_384;
/** Milliseconds that are worth one: keys that change by the clock need no data. */
const TIME_FOR_ONE = 60_000;

export class KeyUpdates {
  readonly #max: number;
  readonly #now: () => number;
  /** KeyUpdates the peer may still send: at most `max`. Data and time bring more. */
  #left: number;
  #since: number;
  /** Bytes of data that count for the next one. */
  #bytes = 0;
  /** A KeyUpdate of ours waits in the output: further requests are answered by it. */
  #queued = false;
  /** The peer was asked for new keys and has not changed them yet. */
  #requested = false;

  /**
   * @param max KeyUpdates a peer may send at once
   * @param now milliseconds since the epoch
   */
  constructor(max: number, now: () => number) {
    this.#max = max;
    this.#now = now;
    this.#left = max;
    this.#since = now();
  }

  /** The peer changed its keys. @returns true if it is to be answered @throws ERR_TOO_MANY_KEY_UPDATES */
  received(requested: boolean): boolean {
    this.#requested = false;
    this.#earnByTime();
    if (this.#left < 1) throw new TlsError('ERR_TOO_MANY_KEY_UPDATES', 'too many KeyUpdates for so little data');
    this.#left--;
    if (!requested || this.#queued) return false;
    this.#queued = true;
    return true;
  }

  /** RFC 9846 §4.6.3: after a request no other one until the peer's KeyUpdate. @returns true if this one may be made */
  request(): boolean {
    if (this.#requested) return false;
    this.#requested = true;
    return true;
  }

  /**
   * The peer sent data: its KeyUpdates were worth something. The limit of a key binds both sides (RFC 9846 §5.5): a peer
   * that is slow to change its key is asked to.
   * @param length bytes of it
   * @param remaining records left under the peer's key
   * @param canRequest false where there is no KeyUpdate, or nothing may be sent any more
   * @returns true if the peer is to be asked for another key now
   */
  dataCame(length: number, remaining: number, canRequest: boolean): boolean {
    this.#bytes += length;
    const earned = Math.floor(this.#bytes / BYTES_FOR_ONE);
    this.#bytes -= earned * BYTES_FOR_ONE;
    this.#left = Math.min(this.#max, this.#left + earned);
    return remaining < PEER_KEY_RESERVE && canRequest && this.request();
  }

  #earnByTime(): void {
    const now = this.#now();
    const earned = Math.floor((now - this.#since) / TIME_FOR_ONE);
    if (earned <= 0) return;
    this.#since += earned * TIME_FOR_ONE;
    this.#left = Math.min(this.#max, this.#left + earned);
  }

  /** The output was taken: the next request gets an answer of its own. */
  outputTaken(): void {
    this.#queued = false;
  }

  /** True if a write key with so many records left has to be changed before so many are sealed. */
  static wornOut(remaining: number, records: number): boolean {
    return remaining < KEY_RESERVE + records;
  }
}
