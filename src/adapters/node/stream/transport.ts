// The byte stream under a TLS socket: a net.Socket or any Duplex. Moves bytes with backpressure both ways and says when
// it ends; knows nothing of TLS.

export type { Duplex } from 'node:stream';

import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface TransportEvents {
  onData(bytes: Uint8Array): void;
  /** The peer sends no more. */
  onEnd(): void;
  /** Writing may go on. */
  onDrain(): void;
  onError(error: Error): void;
  onClose(): void;
}

/** How long a broken connection waits for its alert to get through, in milliseconds. */
const LINGER = 1000;

export class Transport {
  readonly stream: Duplex;
  readonly #listeners: readonly (readonly [string, (...args: never[]) => void])[];
  #flowing = false;
  #closed = false;

  /** Starts paused. */
  constructor(stream: Duplex, events: TransportEvents) {
    this.stream = stream;
    this.#listeners = [
      ['data', (chunk: Uint8Array | string) => events.onData(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)],
      ['end', () => events.onEnd()],
      ['drain', () => events.onDrain()],
      ['error', (error: Error) => events.onError(error)],
      [
        'close',
        () => {
          this.#closed = true;
          events.onClose();
        },
      ],
    ];
    stream.pause();
    for (const [name, listener] of this.#listeners) stream.on(name, listener as (...args: unknown[]) => void);
  }

  get closed(): boolean {
    return this.#closed || this.stream.closed;
  }

  /** Lets data come, or not. */
  flow(wanted: boolean): void {
    if (wanted === this.#flowing || this.closed) return;
    this.#flowing = wanted;
    if (wanted) this.stream.resume();
    else this.stream.pause();
  }

  /** @returns false if the caller should wait for onDrain */
  write(chunks: readonly Uint8Array[]): boolean {
    const { stream } = this;
    if (chunks.length === 0) return !stream.writableNeedDrain;
    if (!stream.writable) return true;
    if (chunks.length === 1) return stream.write(chunks[0]);
    let free = true;
    stream.cork();
    for (const chunk of chunks) free = stream.write(chunk);
    stream.uncork();
    return free && !stream.writableNeedDrain;
  }

  /** Ends this side's direction when all is written. */
  end(callback: () => void): void {
    const { stream } = this;
    if (stream.writableFinished || stream.destroyed) callback();
    else if (stream.writableEnded) stream.once('finish', callback);
    else stream.end(callback);
  }

  /** Ends everything at once. */
  destroy(): void {
    this.stream.destroy();
  }

  /**
   * Ends what was written in order and then everything. What the peer still sends is dropped for a moment: to close a
   * socket with unread data resets the connection, and the peer might never read the alert.
   */
  linger(): void {
    const { stream } = this;
    if (stream.destroyed) return;
    const timer = setTimeout(() => stream.destroy(), LINGER);
    timer.unref();
    stream.once('close', () => clearTimeout(timer));
    stream.once('end', () => stream.destroy());
    stream.removeListener('data', this.#listeners[0][1] as (...args: unknown[]) => void);
    stream.resume();
    if (stream.readableEnded) this.end(() => stream.destroy());
    else this.end(() => {});
  }

  /** The socket of the host, where it is one. */
  get socket(): Socket | null {
    return this.stream instanceof Socket ? this.stream : null;
  }
}
