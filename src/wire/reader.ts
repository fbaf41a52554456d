// Reads the presentation language of RFC 9846 §3 from bytes that a peer sent. Every read is checked against the end;
// running over it, or leaving bytes behind, is ERR_DECODE_ERROR. Results are views into the input, never copies.

import { TlsError } from '../base/errors.ts';

export class Reader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at: number;
  readonly #end: number;

  /** @param what name of the structure, for error messages */
  constructor(bytes: Uint8Array, what: string, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#what = what;
    this.#at = start;
    this.#end = end;
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  /** Offset of the next byte in the array this reader was made over. */
  get offset(): number {
    return this.#at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)];
  }

  u16(): number {
    const at = this.#take(2);
    return (this.#bytes[at] << 8) | this.#bytes[at + 1];
  }

  u24(): number {
    const at = this.#take(3);
    return (this.#bytes[at] << 16) | (this.#bytes[at + 1] << 8) | this.#bytes[at + 2];
  }

  u32(): number {
    return this.u8() * 0x1000000 + this.u24();
  }

  /** The next `length` bytes, as a view. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** opaque<minimum..maximum> with a length of `prefix` bytes. */
  vector(prefix: 1 | 2 | 3, minimum = 0, maximum = 0xffffff): Uint8Array {
    return this.bytes(this.#length(prefix, minimum, maximum));
  }

  /** A reader over the content of a vector. The caller ends it with `end()`. */
  nested(prefix: 1 | 2 | 3, minimum = 0, maximum = 0xffffff): Reader {
    const length = this.#length(prefix, minimum, maximum);
    const start = this.#take(length);
    return new Reader(this.#bytes, this.#what, start, start + length);
  }

  /** A vector of one-byte values. */
  list8(prefix: 1 | 2, minimum = 0): number[] {
    return Array.from(this.vector(prefix, minimum));
  }

  /** A vector of two-byte values; an odd length is an error. */
  list16(prefix: 1 | 2, minimum = 0): number[] {
    const length = this.#length(prefix, minimum, 0xffffff);
    const at = this.#take(length);
    if (length % 2 !== 0) throw this.error('truncated');
    const values: number[] = new Array(length / 2);
    for (let i = 0; i < values.length; i++) values[i] = (this.#bytes[at + 2 * i] << 8) | this.#bytes[at + 2 * i + 1];
    return values;
  }

  /** @throws ERR_DECODE_ERROR if bytes are left */
  end(): void {
    if (this.#at !== this.#end) throw this.error(`${this.remaining} trailing bytes`);
  }

  /** An ERR_DECODE_ERROR that names the structure, for rules the caller checks itself. */
  error(detail: string): TlsError {
    return new TlsError('ERR_DECODE_ERROR', `${this.#what}: ${detail}`);
  }

  #length(prefix: 1 | 2 | 3, minimum: number, maximum: number): number {
    const length = prefix === 1 ? this.u8() : prefix === 2 ? this.u16() : this.u24();
    if (length < minimum || length > maximum) throw this.error(`vector of ${length} bytes`);
    return length;
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw this.error('truncated');
    this.#at = at + length;
    return at;
  }
}
