// When keys change on an established TLS 1.3 connection (RFC 9846 §4.6.3, §5.5): answering the peer before the next data,
// and changing the own keys before they wear out. How it is done stands in handshake/tls13/post_handshake13.ts.

import { TlsError } from '../base/errors.ts';

/** Records left under a key when this side changes it, beside those of the data at hand: handshake messages, alerts. */
const KEY_RESERVE = 80;

/** Records left under the peer's key when it is asked for another: it may have sent many before it reads that. */
const PEER_KEY_RESERVE = 2 ** 20;

export class KeyUpdates {
  readonly #max: number;
  /** KeyUpdates the peer may still send: at most `max`. It earns more (allowance.ts). */
  #left: number;
  /** The peer wants new keys of this side. */
  #due = false;
  /** The peer was asked for new keys and has not changed them yet. */
  #requested = false;

  /** @param max KeyUpdates a peer may send at once */
  constructor(max: number) {
    this.#max = max;
    this.#left = max;
  }

  /** The peer changed its keys. @param requested it wants this side to do the same @throws ERR_TOO_MANY_KEY_UPDATES */
  received(requested: boolean): void {
    this.#requested = false;
    if (this.#left < 1) throw new TlsError('ERR_TOO_MANY_KEY_UPDATES', 'too many KeyUpdates for so little data');
    this.#left--;
    this.#due ||= requested;
  }

  /** The peer may send so many more. */
  earn(count: number): void {
    this.#left = Math.min(this.#max, this.#left + count);
  }

  /**
   * RFC 9846 §4.6.3: requests are answered before the next application data, however many came until then.
   * @param remaining records left under the own write key
   * @param records how many are to be sealed
   * @returns true if the own keys change now
   */
  beforeData(remaining: number, records: number): boolean {
    return this.#due || remaining < KEY_RESERVE + records;
  }

  /** The peer waits for new keys of this side. */
  get due(): boolean {
    return this.#due;
  }

  /** This side changed its keys: that answers the peer. */
  sent(): void {
    this.#due = false;
  }

  /** RFC 9846 §4.6.3: after a request no other one until the peer's KeyUpdate. @returns true if this one may be made */
  request(): boolean {
    if (this.#requested) return false;
    this.#requested = true;
    return true;
  }

  /**
   * The limit of a key binds both sides (RFC 9846 §5.5): a peer that is slow to change its key is asked to.
   * @param remaining records left under the peer's key
   * @returns true if it is to be asked now
   */
  peerWearsOut(remaining: number): boolean {
    return remaining < PEER_KEY_RESERVE && this.request();
  }
}
