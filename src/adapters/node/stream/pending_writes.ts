// What a program writes until the connection has taken it: small chunks as one, a callback that comes when all was taken and
// the transport has room again.

import { TlsError } from '../../../base/errors.ts';
import {
  bytesOf,
  giveBackJoinBuffer,
  JOIN_LIMIT,
  joinInto,
  mostBytes,
  takeJoinBuffer,
  type WrittenItem,
} from './joined.ts';

export type WriteCallback = (error?: Error | null) => void;

/** Where the bytes of a stream `S` go; one object for all of them. */
export interface WriteSink<S> {
  /** A write came. */
  begin(stream: S): void;
  /** Data may be written now, and the transport has room. */
  ready(stream: S): boolean;
  /** Bytes of application data in one call at most; Infinity for any number. */
  limit(stream: S): number;
  /** @returns the bytes that were taken from the front */
  take(stream: S, bytes: Uint8Array): number;
  /** So many bytes were taken, and can be sent. */
  taken(stream: S, count: number): void;
  /** It takes no more for ever. */
  closed(stream: S): boolean;
}

const nothing: readonly Uint8Array[] = [];

export class PendingWrites<S> {
  readonly #stream: S;
  readonly #sink: WriteSink<S>;
  /** Of the write under way; null when all was taken. */
  #chunk: Uint8Array | null = null;
  #offset = 0;
  /** Chunks of the same write, of which those from `#next` on follow. */
  #chunks = nothing;
  #next = 0;
  /** Null without a write. */
  #callback: WriteCallback | null = null;
  #starting = false;

  constructor(stream: S, sink: WriteSink<S>) {
    this.#stream = stream;
    this.#sink = sink;
  }

  /** The write before has ended. */
  start(chunk: Uint8Array, callback: WriteCallback): void {
    this.#start(chunk, nothing, callback);
  }

  /** Several at once, which share records. */
  startMany(items: readonly WrittenItem[], callback: WriteCallback): void {
    if (mostBytes(items) > JOIN_LIMIT) {
      const chunks = items.map(bytesOf);
      this.#start(chunks[0], chunks, callback);
      return;
    }
    const buffer = takeJoinBuffer();
    const whole = joinInto(buffer, items);
    this.start(whole, callback);
    // What is not taken at once is kept apart: the buffer is for everybody.
    if (this.#chunk === whole) this.#chunk = new Uint8Array(whole);
    giveBackJoinBuffer(buffer, whole);
  }

  #start(chunk: Uint8Array, chunks: readonly Uint8Array[], callback: WriteCallback): void {
    this.#chunk = chunk;
    this.#offset = 0;
    this.#chunks = chunks;
    this.#next = 1;
    this.#callback = callback;
    this.#sink.begin(this.#stream);
    this.#starting = true;
    this.continue();
    this.#starting = false;
  }

  /** Goes on until all is taken or there is no room. */
  continue(): void {
    while (this.#callback !== null && this.#sink.ready(this.#stream)) {
      const chunk = this.#chunk;
      if (chunk === null) {
        this.#ended(this.#callback);
        continue;
      }
      const left = chunk.length - this.#offset;
      const most = left === 0 ? 0 : Math.min(left, this.#sink.limit(this.#stream));
      const part = most === chunk.length ? chunk : chunk.subarray(this.#offset, this.#offset + most);
      const accepted = most === 0 ? 0 : this.#sink.take(this.#stream, part);
      this.#advance(chunk, accepted);
      // Behind the count: what is sent may bring an answer within, and this is asked to go on.
      this.#sink.taken(this.#stream, accepted);
      if (left > 0 && accepted === 0) {
        this.#refused();
        return;
      }
    }
  }

  #advance(chunk: Uint8Array, accepted: number): void {
    this.#offset += accepted;
    if (this.#offset < chunk.length) return;
    this.#offset = 0;
    this.#chunk = this.#chunks[this.#next++] ?? null;
  }

  #ended(callback: WriteCallback): void {
    this.#forget();
    // As with a net.Socket a write ends later: what is written meanwhile counts, and goes as one.
    if (this.#starting) process.nextTick(callback);
    else callback();
  }

  #refused(): void {
    // A hook that writes finds the connection busy for a moment; everything else is the end.
    if (!this.#sink.closed(this.#stream)) {
      setImmediate(() => this.continue());
      return;
    }
    this.#fail(new TlsError('ERR_CONNECTION_CLOSED', 'the connection takes no more data'));
  }

  /** Nothing is written any more. */
  end(error: Error | null): void {
    this.#fail(error ?? new TlsError('ERR_CONNECTION_CLOSED', 'the socket was destroyed'));
  }

  #fail(error: Error): void {
    const callback = this.#callback;
    this.#forget();
    callback?.(error);
  }

  #forget(): void {
    this.#chunk = null;
    this.#chunks = nothing;
    this.#callback = null;
  }
}
