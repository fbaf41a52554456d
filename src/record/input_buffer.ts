// Bytes from the transport, cut at record boundaries. Records that lie whole in a chunk are handed on as views of it;
// only what a chunk leaves incomplete is copied. Knows record headers, not what they mean.

import { TlsError } from '../base/errors.ts';
import { MAX_BUFFERED_INPUT, MAX_CIPHERTEXT_12, MAX_CIPHERTEXT_13, RECORD_HEADER_LENGTH } from './limits.ts';

/** Records handed on in one piece. When only the first of them is taken, the others are looked at again. */
const MAX_JOINED = 64;
/**
 * Bytes of them, but for a record that is longer alone: four of full length. What they hold is a buffer of its own, and allocators map and
 * unmap pages for longer ones, each of which costs a fault; a processor's cache has let go of their front before who reads comes to it.
 */
const MAX_JOINED_BYTES = 4 * (RECORD_HEADER_LENGTH + MAX_CIPHERTEXT_13);

const none = new Uint8Array(0);

/** The header of the next record. */
export interface RecordHeader {
  readonly type: number;
  readonly version: number;
  /** Bytes of content that follow the header. */
  readonly length: number;
}

export class InputBuffer {
  /** Bytes of earlier chunks, in a buffer of our own. They come before `#chunk`. */
  #held: Uint8Array = none;
  #heldStart = 0;
  #heldEnd = 0;
  /** What is left of the present chunk; the caller's buffer, so it is empty after `retain`. */
  #chunk: Uint8Array = none;

  /** Bytes that wait. */
  get length(): number {
    return this.#heldEnd - this.#heldStart + this.#chunk.length;
  }

  /**
   * Takes a chunk, which may be read in place until `retain`.
   * @throws ERR_TOO_MUCH_INPUT if more than MAX_BUFFERED_INPUT bytes wait already
   */
  push(chunk: Uint8Array): void {
    this.retain();
    if (this.length > MAX_BUFFERED_INPUT) {
      throw new TlsError('ERR_TOO_MUCH_INPUT', `${this.length} bytes wait to be read`);
    }
    // `slice` of a Buffer is a view: what is kept of a message would change with the transport's memory.
    const isPlain = chunk.constructor === Uint8Array;
    this.#chunk = isPlain ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
  }

  /** Copies what is left of the chunk: afterwards its buffer belongs to the caller again. */
  retain(): void {
    if (this.#chunk.length > 0) this.#hold(this.#chunk.length);
    // Even an empty view would keep the transport's buffer alive, for as long as the connection idles.
    this.#chunk = none;
  }

  /** The beginning of what waits, if it reads like a line of text: up to 64 characters. */
  text(): string | null {
    if (this.#heldEnd > this.#heldStart) this.#holdUpTo(Math.min(64, this.length));
    const line = /^[\x20-\x7e]{4,}/.exec(String.fromCharCode(...this.#front().subarray(0, 64)));
    return line === null ? null : line[0].trim();
  }

  /** Header of the next record, or null while it is not complete. */
  header(): RecordHeader | null {
    if (this.length < RECORD_HEADER_LENGTH) return null;
    if (this.#heldEnd > this.#heldStart) this.#holdUpTo(RECORD_HEADER_LENGTH);
    const bytes = this.#front();
    return { type: bytes[0], version: (bytes[1] << 8) | bytes[2], length: (bytes[3] << 8) | bytes[4] };
  }

  /**
   * The complete records at the front, headers included, as a view that is good until `consume`; null if not even the
   * first is complete. Stops before a record that is not to be handed on with the first.
   * @param header of the first
   * @param joins the only type of what may stand behind it; null for any, -1 for none
   */
  records(header: RecordHeader, joins: number | null): Uint8Array | null {
    const first = RECORD_HEADER_LENGTH + header.length;
    if (this.length < first) return null;
    if (this.#heldEnd > this.#heldStart) this.#holdUpTo(first);
    const bytes = this.#front();
    let end = first;
    for (let n = 1; n < MAX_JOINED && end + RECORD_HEADER_LENGTH <= bytes.length; n++) {
      const length = (bytes[end + 3] << 8) | bytes[end + 4];
      const behind = end + RECORD_HEADER_LENGTH + length;
      if (behind > Math.min(bytes.length, MAX_JOINED_BYTES) || (joins !== null && joins !== bytes[end])) break;
      end = behind;
    }
    return end === bytes.length ? bytes : bytes.subarray(0, end);
  }

  /** The first `length` bytes as a view that is good until `consume`; null while they are not there. */
  first(length: number): Uint8Array | null {
    if (this.length < length) return null;
    if (this.#heldEnd > this.#heldStart) this.#holdUpTo(length);
    return this.#front().subarray(0, length);
  }

  /** Drops `length` bytes from the front. */
  consume(length: number): void {
    if (this.#heldEnd > this.#heldStart) {
      this.#heldStart += length;
      if (this.#heldStart === this.#heldEnd) this.#release();
    } else {
      this.#chunk = rest(this.#chunk, length);
    }
  }

  clear(): void {
    this.#release();
    this.#chunk = none;
  }

  #front(): Uint8Array {
    return this.#heldEnd > this.#heldStart ? this.#held.subarray(this.#heldStart, this.#heldEnd) : this.#chunk;
  }

  /** Moves bytes of the chunk behind the held ones until `length` are held; there are that many. */
  #holdUpTo(length: number): void {
    const missing = length - (this.#heldEnd - this.#heldStart);
    if (missing > 0) this.#hold(missing);
  }

  #hold(length: number): void {
    const waiting = this.#heldEnd - this.#heldStart;
    if (this.#heldEnd + length > this.#held.length) {
      const target = waiting + length > this.#held.length ? new Uint8Array(roomFor(waiting + length)) : this.#held;
      target.set(this.#held.subarray(this.#heldStart, this.#heldEnd));
      this.#held = target;
      this.#heldStart = 0;
      this.#heldEnd = waiting;
    }
    this.#held.set(this.#chunk.subarray(0, length), this.#heldEnd);
    this.#heldEnd += length;
    this.#chunk = rest(this.#chunk, length);
  }

  /** A buffer that is empty is given back: an idle connection costs none. */
  #release(): void {
    this.#held = none;
    this.#heldStart = 0;
    this.#heldEnd = 0;
  }
}

/** What follows `length` bytes. An empty view would keep the chunk's buffer alive. */
function rest(chunk: Uint8Array, length: number): Uint8Array {
  return length === chunk.length ? none : chunk.subarray(length);
}

/** Little for a peer that sent little; then room for a whole record, so that one-byte chunks are copied a few times. */
function roomFor(length: number): number {
  if (length <= 1024) return 1024;
  return Math.max(RECORD_HEADER_LENGTH + MAX_CIPHERTEXT_12, 2 ** Math.ceil(Math.log2(length)));
}
