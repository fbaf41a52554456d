// The byte stream under a TLS socket: a net.Socket or any Duplex, new or used. Moves bytes with backpressure both ways and
// says when it ends; knows nothing of TLS.

export type { Duplex } from 'node:stream';

import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Queue } from '../../../base/queue.ts';
import { Lingering } from '../../lingering.ts';
import { giveBack } from './buffers.ts';
import { dropReads, hasKernelHandle, readDirectly } from './direct_reads.ts';
import { watchWrites, writeDirectly, writesDirectly } from './direct_writes.ts';
import { type Keeper, keeperOfStream, keepFor, type Listener, letGo } from './kept.ts';
import { beforeRead } from './turn.ts';

/** What a transport tells its user `U`; one object for all of them. */
export interface TransportEvents<U> {
  onData(user: U, bytes: Uint8Array): void;
  /** The peer sends no more. */
  onEnd(user: U): void;
  /** Writing may go on. */
  onDrain(user: U): void;
  /** Nothing can be read or written any more. */
  onError(user: U, error: Error): void;
  onClose(user: U): void;
  /** Of a socket that was connecting. */
  onConnect(user: U): void;
}

/** How long a connection whose write failed waits for the peer's alert, in milliseconds. */
const LINGER = 1000;
/** What a net.Socket hands a chunk through on its way to the kernel: whoever has another one there may keep what it sees. */
const own = (socket: Socket) => socket as unknown as Record<'write' | '_write' | '_writev' | '_writeGeneric', unknown>;
const plain = own(Socket.prototype);

function writesAsNode(socket: Socket): boolean {
  const { write, _write, _writev, _writeGeneric } = own(socket);
  if (write !== plain.write || _write !== plain._write) return false;
  return _writev === plain._writev && _writeGeneric === plain._writeGeneric;
}
/** Chunks are joined up to this length. */
const JOIN_LIMIT = 64 * 1024;

/** What a Readable keeps of its decoder and its failure: node's streams have no other way to take them back. */
interface ReadableInside {
  _readableState?: { decoder?: unknown; encoding?: BufferEncoding | null; errored?: Error | null };
}

type AnyTransport = Transport<unknown>;

const transportOf = (stream: Duplex): AnyTransport => keeperOfStream<AnyTransport>(stream);

/** The listeners of every transport: `this` is its stream. */
const listeners: readonly (readonly [string, Listener])[] = [
  [
    'data',
    function (chunk: Uint8Array | string) {
      transportOf(this).dataCame(chunk);
    },
  ],
  [
    'end',
    function () {
      transportOf(this).ended();
    },
  ],
  [
    'drain',
    function () {
      transportOf(this).drained();
    },
  ],
  [
    'error',
    function (error: Error) {
      transportOf(this).failed(error);
    },
  ],
  [
    'close',
    function () {
      transportOf(this).streamClosed();
    },
  ],
  [
    'connect',
    function () {
      transportOf(this).connected();
    },
  ],
];
/** Of a stream that is no socket on its way to its peer: listeners that wait for nothing are kept as long as the connection. */
const connectedListeners = listeners.filter(([name]) => name !== 'connect');

export class Transport<U> implements Keeper {
  readonly stream: Duplex;
  readonly #events: TransportEvents<U>;
  readonly #user: U;
  readonly #connects: boolean;
  #flowing = false;
  #closed = false;
  /** A write failed; what came before that is still read. */
  #writeError: Error | null = null;
  #reading: NodeJS.Timeout | undefined;
  /** What comes does not come as "data": asked for at the first read, when there is a connection. */
  #direct: boolean | null = null;
  /** Whoever lingers was told that no more comes, which the stream does not know. */
  #readsOver = false;
  /** Set once nobody wants what comes any more. */
  #lingering: Lingering | null = null;
  /** Bytes past the stream's queue that the kernel has not taken. */
  #waiting = 0;
  #needsDrain = false;
  /** Lent buffers that the kernel has not taken yet, in the order of the writes; null for none of these. */
  readonly #lent = new Queue<Uint8Array | null>();
  readonly #onWritten = (error?: Error | null): void => {
    const lent = this.#lent.shift();
    if (error) this.#writeError ??= error;
    else if (lent) giveBack(lent);
  };

  /** Starts paused. As with node, who takes a stream last has it: to the one before it is closed. */
  constructor(stream: Duplex, user: U, events: TransportEvents<U>) {
    (transportOf(stream) as AnyTransport | undefined)?.replaced();
    this.stream = stream;
    this.#user = user;
    this.#events = events;
    const held = takeOver(stream);
    this.#connects = stream instanceof Socket && stream.connecting;
    for (const [name, listener] of this.listeners) stream.on(name, listener);
    keepFor(stream, this);
    // What was over before it was given says so by no event any more.
    if (held.length > 0 || stream.destroyed || stream.readableEnded) {
      process.nextTick(() => {
        for (const chunk of held) events.onData(user, chunk);
        if (stream.readableEnded) events.onEnd(user);
        if (stream.destroyed) this.streamClosed();
      });
    }
  }

  /** @internal */
  replaced(): void {
    const { stream } = this;
    letGo(stream);
    for (const [name, listener] of this.listeners) stream.removeListener(name, listener);
    process.nextTick(() => this.streamClosed());
  }

  /** @internal */
  get listeners(): typeof listeners {
    return this.#connects ? listeners : connectedListeners;
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
      this.#direct ??= socket !== null && readDirectly(socket, takeDirectly);
      this.stream.resume();
    } else this.stream.pause();
  }

  get flowing(): boolean {
    return this.#flowing;
  }

  /** The stream takes no more before onDrain, or at all. */
  get full(): boolean {
    return this.#writeError !== null || this.#needsDrain || this.stream.writableNeedDrain;
  }

  /** The kernel takes what is written: who writes may lend memory for it. Not where somebody else sees the chunks. */
  get lends(): boolean {
    const { socket } = this;
    return socket !== null && hasKernelHandle(socket) && writesAsNode(socket);
  }

  /** In one write, unless there is much. @param lent the chunks are of `outputBuffers` or nobody else's */
  write(chunks: readonly Uint8Array[], lent = false): void {
    const { stream } = this;
    if (chunks.length === 0 || !stream.writable || this.#closed) return;
    if (chunks.length === 1) {
      this.#write(chunks[0], lent);
      return;
    }
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (length <= JOIN_LIMIT) {
      this.#write(Buffer.concat(chunks, length), false, lent);
      if (lent) for (const chunk of chunks) giveBack(chunk);
      return;
    }
    stream.cork();
    for (const chunk of chunks) this.#write(chunk, lent, false);
    stream.uncork();
  }

  #write(chunk: Uint8Array, lent: boolean, directly = lent): void {
    if (directly) {
      const socket = this.stream as Socket;
      if (writesDirectly(socket)) {
        this.#waiting += chunk.length;
        if (writeDirectly(socket, chunk, this, lent ? lentWritten : written)) {
          this.#waiting -= chunk.length;
          if (lent) giveBack(chunk);
        } else if (this.#waiting >= socket.writableHighWaterMark) this.#needsDrain = true;
        return;
      }
      watchWrites(socket);
    }
    this.#lent.push(lent ? chunk : null);
    this.stream.write(chunk, this.#onWritten);
  }

  /** @internal */
  directlyWritten(chunk: Uint8Array, error: Error | null): void {
    const { stream } = this;
    this.#waiting -= chunk.length;
    if (error !== null) {
      // What a destroyed socket takes back is no failure of its own.
      if (stream.destroyed) return;
      this.#writeError ??= error;
      process.nextTick(() => stream.destroy(error));
    } else if (this.#waiting === 0 && this.#needsDrain) {
      this.#needsDrain = false;
      if (!this.#closed && !stream.writableNeedDrain) this.drained();
    }
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
    // A peer that has ended may still read: the alert that waits for a slow stream is written before everything ends.
    let open = 2;
    const directionEnded = () => {
      if (--open === 0) lingering.end();
    };
    if (stream.readableEnded) directionEnded();
    else if (!this.#dropReads(lingering, directionEnded)) stream.once('end', directionEnded);
    stream.resume();
    this.end(directionEnded);
  }

  /** @returns false where node has to be asked for the end */
  #dropReads(lingering: Lingering, ended: () => void): boolean {
    const { socket } = this;
    if (socket === null || this.#direct !== true || !this.#flowing) return false;
    const over = () => {
      this.#readsOver = true;
      this.#giveUp();
      ended();
    };
    return dropReads(socket, bytes => lingering.dropped(bytes), over);
  }

  /** The socket of the host, where it is one. */
  get socket(): Socket | null {
    return this.stream instanceof Socket ? this.stream : null;
  }

  /** @internal */
  dataCame(chunk: Uint8Array | string): void {
    if (this.#lingering !== null) {
      this.#lingering.dropped(chunk.length);
      return;
    }
    this.#reading?.refresh();
    this.#events.onData(this.#user, typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  }

  /** @internal */
  ended(): void {
    // Behind a write that failed no end is the peer's: the kernel told of the reset by the write, and reads end without one.
    if (this.#writeError === null) this.#events.onEnd(this.#user);
    this.#giveUp();
  }

  /** @internal */
  drained(): void {
    this.#events.onDrain(this.#user);
  }

  /** @internal */
  failed(error: Error): void {
    this.#events.onError(this.#user, this.#writeError ?? error);
  }

  /** @internal */
  streamClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#reading);
    this.#events.onClose(this.#user);
  }

  /** @internal */
  connected(): void {
    this.#events.onConnect(this.#user);
  }

  /**
   * A peer that refuses us says why and closes; a write of ours then fails before the alert is read, and a stream whose
   * write failed destroys itself with all that waits in it. Such a destruction is put off until the peer's last byte.
   * @internal
   */
  destroyStream(destroy: Duplex['destroy'], error: Error | undefined): Duplex {
    const { stream } = this;
    const over = stream.readableEnded || this.#readsOver;
    const putOff = error != null && error === this.#writeError && !over && !this.#closed;
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
  }

  /** The write error takes effect. */
  #giveUp(): void {
    if (this.#writeError !== null && this.#reading !== undefined) this.stream.destroy(this.#writeError);
  }
}

const written = (transport: Transport<unknown>, chunk: Uint8Array, error: Error | null): void =>
  transport.directlyWritten(chunk, error);

function lentWritten(transport: Transport<unknown>, chunk: Uint8Array, error: Error | null): void {
  if (error === null) giveBack(chunk);
  transport.directlyWritten(chunk, error);
}

/** What net.Socket calls for each read; `this` is the socket. */
function takeDirectly(this: Socket, length: number, read: Uint8Array): boolean {
  beforeRead();
  transportOf(this).dataCame(read.subarray(0, length));
  return true;
}

const ofReading = ['data', 'readable'];
/** What a net.Socket under node's TLS tells nobody any more, as its handle is not its own. It says "close". */
const ofSockets = ['end', 'error', 'prefinish', 'finish', 'drain', 'pause', 'resume'];
const ofAll = [...ofReading, ...ofSockets];

/**
 * Makes a used stream one that hands over the peer's bytes, as they are, to nobody else: listeners of the plain text
 * before TLS go, an encoding is taken back, and the stream does not end by itself when the peer does.
 * @returns what it had read already
 */
function takeOver(stream: Duplex): Uint8Array[] {
  stream.unpipe();
  for (const event of stream instanceof Socket ? ofAll : ofReading) {
    // One by one: V8 makes a slow and large dictionary of an object whose property goes, as removeAllListeners has it.
    for (const listener of stream.rawListeners(event)) stream.removeListener(event, listener as Listener);
  }
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
