// Writes the presentation language of RFC 9846 §3. What does not fit its field is a fault of ours, not of the peer:
// ERR_INVALID_ARGUMENT.

import { TlsError } from '../base/errors.ts';

const INITIAL_CAPACITY = 256;
/** The longest buffer that is kept for the next writer. */
const LARGEST_SPARE = 16384;
const none = new Uint8Array(0);
/** Of a writer that is done, wiped: a handshake writes a dozen messages, and engines make each buffer outside of their heap. */
let spare: Uint8Array | null = null;
/** What an integer of so many bytes is below. */
const bounds = [0, 0x100, 0x1_0000, 0x100_0000, 0x1_0000_0000] as const;

export class Writer {
  #bytes: Uint8Array;
  #at = 0;

  constructor(capacity: number = INITIAL_CAPACITY) {
    if (spare !== null && spare.length >= capacity) {
      this.#bytes = spare;
      spare = null;
    } else this.#bytes = new Uint8Array(capacity);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  u8(value: number): this {
    return this.#integer(value, 1);
  }

  u16(value: number): this {
    return this.#integer(value, 2);
  }

  u24(value: number): this {
    return this.#integer(value, 3);
  }

  u32(value: number): this {
    return this.#integer(value, 4);
  }

  /** Copies `data` as it is. */
  bytes(data: Uint8Array): this {
    const at = this.#reserve(data.length);
    this.#bytes.set(data, at);
    return this;
  }

  /** opaque<..> with a length of `prefix` bytes. */
  vector(prefix: 1 | 2 | 3, data: Uint8Array): this {
    return this.#integer(data.length, prefix).bytes(data);
  }

  /** Whatever `content` writes, behind its length in `prefix` bytes. */
  nested(prefix: 1 | 2 | 3, content: (writer: this) => void): this {
    const start = this.#reserve(prefix) + prefix;
    content(this);
    const end = this.#at;
    this.#at = start - prefix;
    this.#integer(end - start, prefix);
    this.#at = end;
    return this;
  }

  list8(prefix: 1 | 2, values: Iterable<number>): this {
    return this.nested(prefix, () => {
      for (const value of values) this.u8(value);
    });
  }

  list16(prefix: 1 | 2, values: Iterable<number>): this {
    return this.nested(prefix, () => {
      for (const value of values) this.u16(value);
    });
  }

  /** What was written, as a buffer of its own length. The writer is done, and empty. */
  finish(): Uint8Array {
    const bytes = this.#bytes;
    const written = bytes.slice(0, this.#at);
    // Sessions have secrets in them.
    bytes.fill(0, 0, this.#at);
    this.#bytes = none;
    this.#at = 0;
    if (bytes.length <= LARGEST_SPARE) spare = bytes;
    return written;
  }

  #integer(value: number, size: 1 | 2 | 3 | 4): this {
    if (!(value >= 0 && value < bounds[size]) || !Number.isInteger(value)) {
      throw new TlsError('ERR_INVALID_ARGUMENT', `${value} does not fit ${size} bytes`);
    }
    let at = this.#reserve(size) + size;
    for (let i = 0, rest = value; i < size; i++, rest >>>= 8) this.#bytes[--at] = rest;
    return this;
  }

  /** Makes room for `length` bytes and returns where they start. */
  #reserve(length: number): number {
    const at = this.#at;
    const needed = at + length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes.fill(0, 0, at);
      this.#bytes = grown;
    }
    this.#at = needed;
    return at;
  }
}
