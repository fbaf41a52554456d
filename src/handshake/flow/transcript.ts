// The transcript hash (RFC 9846 §4.4.1, RFC 5246 §7.4.9): every handshake message as the carrier enters it.
// Keeps the messages themselves until the hash is known, and longer where TLS 1.2 needs them.

import { concat } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { HashState, TranscriptHash } from '../../crypto/hash.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';

export class Transcript {
  #messages: Uint8Array[] | null = [];
  #hash: TranscriptHash | null = null;
  #state: HashState | null = null;

  /** Appends a message, header included. The bytes are read at once once the hash is known, else kept as they are. */
  add(message: Uint8Array): void {
    this.#state?.update(message);
    this.#messages?.push(message);
  }

  /** True once the hash is known. */
  get chosen(): boolean {
    return this.#state !== null;
  }

  /** Fixes the hash when the suite is known. @param keepMessages for the CertificateVerify of TLS 1.2 */
  choose(hash: TranscriptHash, keepMessages = false): void {
    if (this.#state !== null) throw new TlsError('ERR_INVALID_STATE', 'the transcript has its hash');
    this.#hash = hash;
    this.#state = hash.start();
    for (const message of this.#messages ?? []) this.#state.update(message);
    if (!keepMessages) this.#messages = null;
  }

  /** RFC 9846 §4.4.1: after a HelloRetryRequest the first ClientHello counts as a message_hash message. */
  foldFirstHello(): void {
    const { hash, state } = this.#chosen();
    const digest = state.digest();
    state.dispose();
    this.#state = hash.start();
    this.#state.update(Uint8Array.of(HandshakeType.message_hash, 0, 0, digest.length));
    this.#state.update(digest);
  }

  /** Hash of all messages so far. */
  digest(): Uint8Array {
    return this.#chosen().state.digest();
  }

  /** Hash of all messages so far and then `more`, which does not enter the transcript (PSK binders). */
  digestWith(more: Uint8Array): Uint8Array {
    const state = this.#chosen().state.clone();
    try {
      state.update(more);
      return state.digest();
    } finally {
      state.dispose();
    }
  }

  /** All messages so far in one piece. @throws ERR_INVALID_STATE once they are dropped */
  messages(): Uint8Array {
    if (this.#messages === null) throw new TlsError('ERR_INVALID_STATE', 'the messages are not kept');
    return concat(this.#messages);
  }

  /** Forgets the messages; the hash goes on. */
  dropMessages(): void {
    this.#messages = null;
  }

  /** A transcript of its own that goes on from here (post-handshake authentication, RFC 9846 §4.4). */
  fork(): Transcript {
    const { hash, state } = this.#chosen();
    const copy = new Transcript();
    copy.#messages = null;
    copy.#hash = hash;
    copy.#state = state.clone();
    return copy;
  }

  dispose(): void {
    this.#state?.dispose();
    this.#state = null;
    this.#messages = null;
  }

  #chosen(): { hash: TranscriptHash; state: HashState } {
    if (this.#hash === null || this.#state === null) {
      throw new TlsError('ERR_INVALID_STATE', 'the transcript has no hash yet');
    }
    return { hash: this.#hash, state: this.#state };
  }
}
