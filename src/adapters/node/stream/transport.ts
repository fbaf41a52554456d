// The byte stream under a TLS socket: a net.Socket or any Duplex, new or used. Moves bytes with backpressure both ways and
// says when it ends; knows nothing of TLS.

export type { Duplex } from 'node:stream';

import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Lingering } from '../../lingering.ts';
import { giveBack } from './buffers.ts';
import { hasKernelHandle, readDirectly } from './direct_reads.ts';
import { keepFor, type Listener } from './kept.ts';

export interface TransportEvents {
  onData(bytes: Uint8Array): void;
  /** The peer sends no more. */
  onEnd(): void;
  /** Writing may go on. */
  onDrain(): void;
  /** Nothing can be read or written any more. */
  onError(error: Error): void;
  onClose(): void;
  /** Of a socket that was connecting. */
  onConnect(): void;
}

/** How long a connection whose write failed waits for the peer's alert, in milliseconds. */
const LINGER = 1000;
/** What a net.Socket hands a chunk through on its way to the kernel: whoever has another one there may keep what it sees. */
const waysToWrite = ['write', '_write', '_writev', '_writeGeneric'] as const;
const own = (socket: Socket) => socket as unknown as Record<(typeof waysToWrite)[number], unknown>;
const plain = own(Socket.prototype);
/** Chunks are joined up to this length. */
const JOIN_LIMIT = 64 * 1024;

/** What a Readable keeps of its decoder and its failure: node's streams have no other way to take them back. */
interface ReadableInside {
  _readableState?: { decoder?: unknown; encoding?: BufferEncoding | null; errored?: Error | null };
}

export class Transport {
  readonly stream: Duplex;
  readonly #events: TransportEvents;
  readonly #listeners: readonly (readonly [string, Listener])[];
  #flowing = false;
  #closed = false;
  /** A write failed; what came before that is still read. */
  #writeError: Error | null = null;
  #reading: NodeJS.Timeout | undefined;
  /** What comes does not come as "data": asked for at the first read, when there is a connection. */
  #direct: boolean | null = null;
  /** Set once nobody wants what comes any more. */
  #lingering: Lingering | null = null;
  /** Lent buffers that the kernel has not taken yet, in the order of the writes; null for none of these. */
  readonly #lent: (Uint8Array | null)[] = [];
  readonly #onWritten = (error?: Error | null): void => {
    const lent = this.#lent.shift();
    if (error) this.#writeError ??= error;
    else if (lent) giveBack(lent);
  };

  /** Starts paused. */
  constructor(stream: Duplex, events: TransportEvents) {
    this.stream = stream;
    this.#events = events;
    const held = takeOver(stream);
    this.#listeners = [
      ['data', chunk => this.#onData(chunk as Uint8Array | string)],
      ['end', () => this.#onEnd()],
      ['drain', () => events.onDrain()],
      ['error', error => this.#onError(error as Error)],
      ['close', () => this.#onClose()],
      ['connect', () => events.onConnect()],
    ];
    for (const [name, listener] of this.#listeners) stream.on(name, listener);
    keepFor(stream, { listeners: () => this.#listeners, flowing: () => this.#flowing });
    this.#readBeforeWriteErrors();
    // What was over before it was given says so by no event any more.
    if (held.length > 0 || stream.destroyed || stream.readableEnded) {
      process.nextTick(() => {
        for (const chunk of held) events.onData(chunk);
        if (stream.readableEnded) events.onEnd();
        if (stream.destroyed) this.#onClose();
      });
    }
  }

  get closed(): boolean {
    return this.#closed || this.stream.closed;
  }

  /** Lets data come, or not. */
  flow(wanted: boolean): void {
    if (wanted === this.#flowing || this.closed) return;
    this.#flowing = wanted;
    if (wanted) {
      const { socket } = this;
      this.#direct ??= socket !== null && readDirectly(socket, bytes => this.#onData(bytes));
      this.stream.resume();
    } else this.stream.pause();
  }

  get flowing(): boolean {
    return this.#flowing;
  }

  /** The stream takes no more before onDrain, or at all. */
  get full(): boolean {
    return this.#writeError !== null || this.stream.writableNeedDrain;
  }

  /** The kernel takes what is written: who writes may lend memory for it. Not where somebody else sees the chunks. */
  get lends(): boolean {
    const { socket } = this;
    return socket !== null && hasKernelHandle(socket) && waysToWrite.every(name => own(socket)[name] === plain[name]);
  }

  /** In one write, unless there is much. @param lent the chunks are of `outputBuffers` or nobody else's */
  write(chunks: readonly Uint8Array[], lent = false): void {
    const { stream } = this;
    if (chunks.length === 0 || !stream.writable) return;
    if (chunks.length === 1) {
      this.#write(chunks[0], lent);
      return;
    }
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (length <= JOIN_LIMIT) {
      this.#write(Buffer.concat(chunks, length), false);
      if (lent) for (const chunk of chunks) giveBack(chunk);
      return;
    }
    stream.cork();
    for (const chunk of chunks) this.#write(chunk, lent);
    stream.uncork();
  }

  #write(chunk: Uint8Array, lent: boolean): void {
    this.#lent.push(lent ? chunk : null);
    this.stream.write(chunk, this.#onWritten);
  }

  /** Ends this side's direction when all is written. `callback` does not come where a write failed: `onError` does. */
  end(callback: () => void): void {
    const { stream } = this;
    if (stream.writableFinished || stream.destroyed) callback();
    else if (this.#writeError !== null) return;
    else if (stream.writableEnded) stream.once('finish', callback);
    else {
      stream.end((error?: Error | null) => {
        if (!error) callback();
      });
    }
  }

  /** Ends everything at once. `closed` comes when it is over, or at once for a stream that does not say so. */
  destroy(closed: () => void): void {
    const { stream } = this;
    if (this.closed || this.socket === null) process.nextTick(closed);
    else stream.once('close', closed);
    stream.destroy();
  }

  /** Ends what was written in order and then everything. What the peer still sends is dropped for a while: lingering.ts. */
  linger(): void {
    const { stream } = this;
    if (stream.destroyed) return;
    const lingering = new Lingering(() => stream.destroy());
    this.#lingering = lingering;
    stream.once('close', () => lingering.end());
    stream.once('end', () => lingering.end());
    stream.resume();
    if (stream.readableEnded) this.end(() => stream.destroy());
    else this.end(() => {});
  }

  /** The socket of the host, where it is one. */
  get socket(): Socket | null {
    return this.stream instanceof Socket ? this.stream : null;
  }

  #onData(chunk: Uint8Array | string): void {
    if (this.#lingering !== null) {
      this.#lingering.dropped(chunk.length);
      return;
    }
    this.#reading?.refresh();
    this.#events.onData(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  }

  #onEnd(): void {
    // Behind a write that failed no end is the peer's: the kernel told of the reset by the write, and reads end without one.
    if (this.#writeError === null) this.#events.onEnd();
    this.#giveUp();
  }

  #onError(error: Error): void {
    this.#events.onError(this.#writeError ?? error);
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#reading);
    this.#events.onClose();
  }

  /**
   * A peer that refuses us says why and closes; a write of ours then fails before the alert is read, and a stream whose
   * write failed destroys itself with all that waits in it. Such a destruction is put off until the peer's last byte.
   */
  #readBeforeWriteErrors(): void {
    const { stream } = this;
    const { destroy } = stream;
    stream.destroy = error => {
      const putOff = error != null && error === this.#writeError && !stream.readableEnded && !this.#closed;
      if (!putOff || this.#reading !== undefined) return destroy.call(stream, error);
      const inside = (stream as ReadableInside)._readableState;
      // A Readable that knows of a failure neither reads on nor ends.
      if (inside?.errored) inside.errored = null;
      const late = () => {
        if (this.#flowing) this.#giveUp();
        else this.#reading?.refresh();
      };
      this.#reading = setTimeout(late, LINGER).unref();
      if (this.#flowing) stream.resume();
      return stream;
    };
  }

  /** The write error takes effect. */
  #giveUp(): void {
    if (this.#writeError !== null && this.#reading !== undefined) this.stream.destroy(this.#writeError);
  }
}

const ofReading = ['data', 'readable'];
/** What a net.Socket under node's TLS tells nobody any more, as its handle is not its own. It says "close". */
const ofSockets = ['end', 'error', 'prefinish', 'finish', 'drain', 'pause', 'resume'];

/**
 * Makes a used stream one that hands over the peer's bytes, as they are, to nobody else: listeners of the plain text
 * before TLS go, an encoding is taken back, and the stream does not end by itself when the peer does.
 * @returns what it had read already
 */
function takeOver(stream: Duplex): Uint8Array[] {
  stream.unpipe();
  for (const event of stream instanceof Socket ? [...ofReading, ...ofSockets] : ofReading)
    stream.removeAllListeners(event);
  stream.pause();
  stream.allowHalfOpen = true;
  const inside = (stream as ReadableInside)._readableState;
  const encoding = stream.readableEncoding;
  const held: Uint8Array[] = [];
  if (encoding == null) return held;
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
    held.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
  }
  if (inside !== undefined) {
    inside.decoder = null;
    inside.encoding = null;
  }
  return held;
}
