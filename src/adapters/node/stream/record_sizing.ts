// How long records of data become (`dynamicRecordSizing`): short ones while few segments are under way, so that the peer opens what
// has come instead of waiting for the rest of a record; then full ones, which cost least.

import { turnTime } from './turn.ts';

/**
 * Bytes of data whose record a TCP segment carries whole: of a path of 1,492 bytes (PPPoE, RFC 2516 §7) the headers of IPv6 and of TCP with
 * timestamps leave 1,420, and a record with an AEAD is 29 bytes longer than its data at most.
 */
const SHORT = 1370;
/** Segments that a sender may have under way at the beginning (RFC 6928 §2). */
const INITIAL_WINDOW = 10;
/**
 * Milliseconds of silence after which TCP begins anew: when nothing was sent for a retransmission timeout (RFC 5681 §4.1), which is a
 * second at least (RFC 6298 §2.4).
 */
const IDLE = 1000;

export class RecordSizing {
  #left = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** Bytes that are written in one call at most, so that they are one short record; Infinity for any number. */
  get limit(): number {
    const now = turnTime();
    if (now - this.#last >= IDLE) this.#left = INITIAL_WINDOW;
    this.#last = now;
    return this.#left > 0 ? SHORT : Number.POSITIVE_INFINITY;
  }

  /** What `limit` allowed was written. */
  written(): void {
    if (this.#left > 0) this.#left--;
  }
}
