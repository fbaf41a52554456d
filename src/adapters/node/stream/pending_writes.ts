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

interface PendingWrite {
  readonly chunks: Uint8Array[];
  readonly callback: WriteCallback;
  index: number;
  offset: number;
}

export class PendingWrites<S> {
  readonly #stream: S;
  readonly #sink: WriteSink<S>;
  #write: PendingWrite | null = null;
  #starting = false;

  constructor(stream: S, sink: WriteSink<S>) {
    this.#stream = stream;
    this.#sink = sink;
  }

  /** The write before has ended. */
  start(chunks: Uint8Array[], callback: WriteCallback): void {
    this.#write = { chunks, callback, index: 0, offset: 0 };
    this.#sink.begin(this.#stream);
    this.#starting = true;
    this.continue();
    this.#starting = false;
  }

  /** Several at once, which share records. */
  startMany(items: readonly WrittenItem[], callback: WriteCallback): void {
    if (mostBytes(items) > JOIN_LIMIT) {
      this.start(items.map(bytesOf), callback);
      return;
    }
    const buffer = takeJoinBuffer();
    const whole = joinInto(buffer, items);
    this.start([whole], callback);
    const rest = this.#write;
    // What is not taken at once is kept apart: the buffer is for everybody.
    if (rest !== null && rest.chunks[rest.index] === whole) rest.chunks[rest.index] = new Uint8Array(whole);
    giveBackJoinBuffer(buffer, whole);
  }

  /** Goes on until all is taken or there is no room. */
  continue(): void {
    for (let write = this.#write; write !== null && this.#sink.ready(this.#stream); write = this.#write) {
      if (write.index === write.chunks.length) {
        this.#write = null;
        // As with a net.Socket a write ends later: what is written meanwhile counts, and goes as one.
        if (this.#starting) process.nextTick(write.callback);
        else write.callback();
        continue;
      }
      const chunk = write.chunks[write.index];
      const left = chunk.length - write.offset;
      const most = left === 0 ? 0 : Math.min(left, this.#sink.limit(this.#stream));
      const part = most === chunk.length ? chunk : chunk.subarray(write.offset, write.offset + most);
      const accepted = most === 0 ? 0 : this.#sink.take(this.#stream, part);
      write.offset += accepted;
      // Behind the count: what is sent may bring an answer within, and a further write.
      this.#sink.taken(this.#stream, accepted);
      if (write.offset >= chunk.length) {
        write.index++;
        write.offset = 0;
      } else if (accepted === 0) {
        this.#refused(write);
        return;
      }
    }
  }

  #refused({ callback }: PendingWrite): void {
    // A hook that writes finds the connection busy for a moment; everything else is the end.
    if (!this.#sink.closed(this.#stream)) {
      setImmediate(() => this.continue());
      return;
    }
    this.#write = null;
    callback(new TlsError('ERR_CONNECTION_CLOSED', 'the connection takes no more data'));
  }

  /** Nothing is written any more. */
  end(error: Error | null): void {
    const write = this.#write;
    this.#write = null;
    write?.callback(error ?? new TlsError('ERR_CONNECTION_CLOSED', 'the socket was destroyed'));
  }
}
