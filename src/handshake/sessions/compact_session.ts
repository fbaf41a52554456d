// A serialised session as a connection keeps it for who may ask for it: what it says of the peer - certificates, OCSPResponse,
// timestamps, most of its bytes - is shared with all sessions that say the same.

import { concat } from '../../base/bytes.ts';
import { sharedBytes } from '../../base/shared_bytes.ts';
import { peerFactsOf } from './session.ts';

export class CompactSession {
  /** Before and behind what is shared. It holds the secret. */
  readonly #own: Uint8Array;
  readonly #at: number;
  readonly #peer: Uint8Array;

  /** @param bytes of `dangerousSerializeSession`; wiped @throws ERR_DECODE_ERROR for anything else */
  constructor(bytes: Uint8Array) {
    const { start, end } = peerFactsOf(bytes);
    this.#at = start;
    this.#peer = sharedBytes(bytes.subarray(start, end));
    this.#own = concat([bytes.subarray(0, start), bytes.subarray(end)]);
    bytes.fill(0);
  }

  /** All of it, the caller's to wipe. */
  bytes(): Uint8Array {
    return concat([this.#own.subarray(0, this.#at), this.#peer, this.#own.subarray(this.#at)]);
  }
}
