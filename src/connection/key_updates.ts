// When keys change on an established TLS 1.3 connection (RFC 9846 §4.6.3, §5.5): answering the peer, at most once a
// flight, and changing the own keys before they wear out. How it is done stands in handshake/post_handshake13.ts.

import { TlsError } from '../base/errors.ts';

/** Records left under a key when this side changes it, beside those of the data at hand: handshake messages, alerts. */
const KEY_RESERVE = 80;

/** Records left under the peer's key when it is asked for another: it may have sent many before it reads that. */
const PEER_KEY_RESERVE = 2 ** 20;

export class KeyUpdates {
  readonly #max: number;
  /** KeyUpdates of the peer since its last data. */
  #received = 0;
  /** A KeyUpdate of ours waits in the output: further requests are answered by it. */
  #queued = false;
  /** The peer was asked for new keys and has not changed them yet. */
  #requested = false;

  /** @param max KeyUpdates a peer may send before application data comes between */
  constructor(max: number) {
    this.#max = max;
  }

  /** The peer changed its keys. @returns true if it is to be answered @throws ERR_TOO_MANY_KEY_UPDATES */
  received(requested: boolean): boolean {
    this.#requested = false;
    if (++this.#received > this.#max) {
      throw new TlsError('ERR_TOO_MANY_KEY_UPDATES', 'too many KeyUpdates without data between them');
    }
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
   * @param remaining records left under the peer's key
   * @param canRequest false where there is no KeyUpdate, or nothing may be sent any more
   * @returns true if the peer is to be asked for another key now
   */
  dataCame(remaining: number, canRequest: boolean): boolean {
    this.#received = 0;
    return remaining < PEER_KEY_RESERVE && canRequest && this.request();
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
