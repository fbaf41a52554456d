// A Connection as a Duplex over a transport: bytes, backpressure, half-close, the end. What node:tls calls things stands
// in tls_socket.ts.

import { Socket } from 'node:net';
import { Duplex, type DuplexOptions } from 'node:stream';
import { TlsError } from '../../../base/errors.ts';
import type { Connection } from '../../../connection/connection.ts';
import type { ConnectionEvent } from '../../../connection/events.ts';
import { RecordHeaderError } from '../../../record/record_header_error.ts';
import type { OutputBuffers } from '../../../record/record_writer.ts';
import { adopting } from './adopt.ts';
import { outputBuffers } from './buffers.ts';
import { transportEnded } from './ended.ts';
import { handleOver } from './http2_sockets.ts';
import { IdleTimer } from './idle_timer.ts';
import { bytesOf, type WrittenItem } from './joined.ts';
import { OnRead, type OnReadOptions } from './on_read.ts';
import { PendingWrites, type WriteCallback, type WriteSink } from './pending_writes.ts';
import { RecordSizing } from './record_sizing.ts';
import { Transport, type TransportEvents } from './transport.ts';
import { atEndOfTurn, type Flushable } from './turn.ts';

/** When TLS begins over a stream that is connected: "next" lets listeners be set before. */
export type Beginning = 'now' | 'next' | 'with the first write';

type StreamOptions = DuplexOptions & { readonly onread?: OnReadOptions; readonly dynamicRecordSizing?: boolean };

export interface Started {
  readonly connection: Connection;
  /** Milliseconds; 0 for none. */
  readonly handshakeTimeout: number;
  /** Milliseconds that a peer may stay silent after our close_notify; 0 for ever. */
  readonly halfOpenTimeout: number;
}

/** Output of so many bytes does not wait for the end of the turn. */
const FLUSH_LIMIT = 32 * 1024;
const MAX_FRAGMENT = 16384;
/** Milliseconds that an end waits for a ticket. */
const LONGEST_JOB = 1000;
/** The longest time a timer of the host takes. */
const LONGEST = 2 ** 31 - 1;

/**
 * A Duplex that is an instance of net.Socket, as programs ask (`socket instanceof net.Socket`), and has no handle: what
 * net.Socket does with one is overridden here and in the classes above.
 */
const SocketShaped: typeof Duplex = adopting(Duplex, Object.create(Socket.prototype));

export abstract class TlsStream extends SocketShaped implements Flushable {
  /**
   * As a net.Socket without a connection of its own: whoever looks for a handle falls back to the stream. Over a stream that
   * is no net.Socket it says of what class node's wrapper would be.
   */
  _handle: ReturnType<typeof handleOver> | null = null;
  /** Bytes of application data so far. */
  bytesRead = 0;
  bytesWritten = 0;
  /** Bytes of application data in a record at most. */
  protected maxFragment = MAX_FRAGMENT;
  protected established = false;
  /** The peer gets no alert. */
  protected silent = false;
  /**
   * Castls: the peer's data ended without its close_notify, so that nobody can tell whether all came. Said when "end" is
   * emitted; with `requireCloseNotify` it is an error, unless this side ended first.
   */
  truncated = false;
  protected trace: ((direction: 'sent' | 'received', bytes: Uint8Array) => void) | null = null;
  #transport: Transport<TlsStream> | null = null;
  #connection: Connection | null = null;
  #wantRead = true;
  /** The records of data leave in buffers that are lent. */
  #lends = false;
  #pumping = false;
  #failed = false;
  /** Early data came, which may be answered though the handshake is not over. */
  #answersEarly = false;
  #ended = false;
  /** For the first write. */
  #waits = false;
  #flushing = false;
  #halfOpenTimeout = 0;
  #halfOpenTimer: NodeJS.Timeout | undefined;
  readonly #writes: PendingWrites<TlsStream>;
  readonly #onRead: OnRead | null;
  readonly #sizing: RecordSizing | null;
  #endsLater = false;
  /** Bytes of the last chunk of the peer's. */
  #lastRead = 0;
  #final: WriteCallback | null = null;
  #handshakeTimer: NodeJS.Timeout | undefined;
  /** Set while the end waits for a job. */
  #lastTimer: NodeJS.Timeout | undefined;
  readonly #idle: IdleTimer;

  // What parts of a stream call back, once for all streams: closures for each would be kept as long as a connection is.
  static readonly #sink: WriteSink<TlsStream> = {
    begin(stream) {
      stream.#idle.active();
      stream._start();
    },
    ready: stream => stream.#writable,
    limit(stream) {
      const most = stream.maxFragment < MAX_FRAGMENT ? stream.maxFragment : Number.POSITIVE_INFINITY;
      return stream.#sizing === null ? most : Math.min(most, stream.#sizing.limit);
    },
    take: (stream, bytes) => stream.#connection?.write(bytes) ?? 0,
    taken(stream, count) {
      stream.bytesWritten += count;
      if (count > 0) stream.#sizing?.written();
      stream.#flushSoon();
    },
    closed: stream => stream.#connection?.state === 'closed',
  };
  static readonly #transportEvents: TransportEvents<TlsStream> = {
    onData: (stream, bytes) => stream.#onData(bytes),
    onEnd: stream => stream.#onEnd(),
    onDrain: stream => stream.#onDrain(),
    onError: (stream, error) => stream.#onError(error),
    onClose: stream => stream.#onClose(),
    onConnect: stream => stream.#begin(),
  };

  constructor({ onread, dynamicRecordSizing, ...options }: StreamOptions) {
    super({ ...options, autoDestroy: true, emitClose: false, decodeStrings: false });
    this.#writes = new PendingWrites<TlsStream>(this, TlsStream.#sink);
    this.#idle = new IdleTimer(this);
    this.#sizing = dynamicRecordSizing === true ? new RecordSizing() : null;
    this.#onRead = onread === undefined ? null : new OnRead(onread, this);
  }

  protected get connection(): Connection | null {
    return this.#connection;
  }

  protected get transport(): Transport<TlsStream> | null {
    return this.#transport;
  }

  protected abstract readonly role: 'client' | 'server';
  /** Makes the Connection, when the transport is connected. */
  protected abstract start(onProgress: () => void, buffers: OutputBuffers | undefined): Started;
  /** Takes events other than data and the end. */
  protected abstract onEvent(event: ConnectionEvent): void;
  /** Makes the failure known and destroys the stream. */
  protected abstract report(error: Error): void;

  /** Begins when `stream` is connected. */
  protected useTransport(stream: Duplex, beginning: Beginning): void {
    this.#transport = new Transport<TlsStream>(stream, this, TlsStream.#transportEvents);
    const { socket } = this.#transport;
    if (socket === null) this._handle = handleOver(stream, () => this.writableLength);
    if (beginning === 'with the first write') this.#waits = true;
    else if (socket?.connecting) return;
    else if (beginning === 'next') process.nextTick(() => this.#begin());
    else this.#begin();
  }

  #begin(): void {
    if (this.destroyed || this.#connection !== null || this.#waits) return;
    try {
      this.#lends = this.#transport?.lends ?? false;
      const { connection, handshakeTimeout, halfOpenTimeout } = this.start(
        () => this.#pump(),
        this.#lends ? outputBuffers : undefined,
      );
      this.#connection = connection;
      this.#halfOpenTimeout = halfOpenTimeout;
      if (handshakeTimeout > 0 && handshakeTimeout < Number.POSITIVE_INFINITY) {
        const late = () => {
          connection.onTimeout(Number.POSITIVE_INFINITY);
          this.#pump();
        };
        this.#handshakeTimer = setTimeout(late, Math.min(handshakeTimeout, LONGEST)).unref();
      }
      this.#pump();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  #onData(bytes: Uint8Array): void {
    this.#lastRead = bytes.length;
    this.#idle.active();
    this.#halfOpenTimer?.refresh();
    const connection = this.#connection;
    if (connection === null) return;
    this.trace?.('received', bytes);
    connection.receive(bytes);
    this.#pump();
  }

  #onEnd(): void {
    if (this.#waits) {
      this.destroy();
      return;
    }
    if (this.destroyed) return;
    if (this.#connection === null) this.fail(transportEnded(this.role));
    else {
      this.#connection.endOfInput();
      this.#pump();
    }
  }

  /** What came whole is read first. */
  #onError(error: Error): void {
    if (this.#ended && !this.readableEnded && !this.destroyed) this.once('end', () => this.fail(error));
    else this.fail(error);
  }

  /** Without a transport nothing can be written, but what came is still there to be read. */
  #onClose(): void {
    this.#onEnd();
    if (this.destroyed || this.#failed) return;
    // What is gone without an end of the peer's leaves nothing to wait for.
    const cut = this.#transport?.stream.readableEnded === false && this.readableLength === 0;
    if (this.readableEnded || cut) this.destroy();
    else this.once('end', () => this.destroy());
  }

  #onDrain(): void {
    this.#flush();
    this.#writes.continue();
  }

  /** Output to the transport, events to whoever listens, until both are silent. */
  #pump(): void {
    const connection = this.#connection;
    if (connection === null || this.#pumping) return;
    this.#pumping = true;
    try {
      this.#takeEvents(connection);
    } finally {
      this.#pumping = false;
    }
    this.#flushSoon();
    this.#writes.continue();
    this.#updateFlow();
    if (this.#lastTimer !== undefined && !connection.outputComing) this.#finishNow();
  }

  #takeEvents(connection: Connection): void {
    let held: Uint8Array[] | null = null;
    for (let event = connection.nextEvent(); event !== null; event = connection.nextEvent()) {
      // One chunk a turn for who reads by "readable": since Node.js 26 `read()` gives a chunk, and "readable" comes once a turn.
      if (event.kind === 'data' && this.readableFlowing === false) {
        if (held === null) held = [event.data];
        else held.push(event.data);
        continue;
      }
      if (held !== null) this.#handle({ kind: 'data', data: whole(held) });
      held = null;
      this.#handle(event);
    }
    if (held !== null) this.#handle({ kind: 'data', data: whole(held) });
  }

  #flushSoon(): void {
    const pending = this.#connection?.pendingOutput ?? 0;
    if (pending >= FLUSH_LIMIT) this.#flush();
    else if (pending > 0 && !this.#flushing) {
      this.#flushing = true;
      atEndOfTurn(this);
    }
  }

  /** @internal */
  flushTurn(): void {
    this.#flushing = false;
    if (!this.destroyed) this.#flush();
  }

  /** What the transport does not take stays in the connection, which makes no more of it. @param all nothing stays */
  #flush(all = false): void {
    const connection = this.#connection;
    const transport = this.#transport;
    if (connection === null || transport === null || (transport.full && !all)) return;
    const output = connection.takeOutput();
    if (output.length === 0) return;
    if (this.trace !== null) for (const chunk of output) this.trace('sent', chunk);
    transport.write(output, this.#lends && transport.lends);
  }

  #updateFlow(): void {
    const connection = this.#connection;
    if (connection === null || this.destroyed) return;
    this.#transport?.flow(connection.wantsInput && (!this.established || this.#wantRead));
  }

  #handle(event: ConnectionEvent): void {
    switch (event.kind) {
      case 'data':
        this.bytesRead += event.data.length;
        if (!this.destroyed && !this.#deliver(event.data)) this.#wantRead = false;
        return;
      case 'end':
        this.truncated = !event.closeNotify;
        this.#endReading();
        return;
      case 'closed':
        this.#onClosed(event.error);
        return;
      case 'earlyData':
        this.#answersEarly = true;
        this.onEvent(event);
        return;
      case 'established':
        clearTimeout(this.#handshakeTimer);
        this.#handshakeTimer = undefined;
        this.established = true;
        this.onEvent(event);
        if (this.#final !== null) this.#finish(this.#final);
        return;
      default:
        this.onEvent(event);
    }
  }

  #onClosed(error: TlsError | null): void {
    if (this.established) {
      if (error !== null) this.fail(error);
      return;
    }
    const unfinished = () => new TlsError('ERR_CONNECTION_CLOSED', 'the connection was closed during the handshake');
    this.fail(error?.code === 'ERR_TRUNCATED' ? transportEnded(this.role, error) : (error ?? unfinished()));
  }

  #deliver(data: Uint8Array): boolean {
    if (this.#onRead !== null) return this.#onRead.take(data);
    // What push does where somebody listens and nothing waits, without its book-keeping and a tick for each.
    const chunk = asBuffer(data);
    const flows = this.readableFlowing && this.readableLength === 0 && this.readableEncoding === null;
    if (flows && this.readableDidRead && this.emit('data', chunk)) return true;
    return this.push(chunk);
  }

  /** With `onread` what is paused is not the stream, through which nothing goes. */
  override pause(): this {
    this.#onRead?.pause();
    return super.pause();
  }

  override resume(): this {
    if (this.#onRead?.resume()) {
      this.#wantRead = true;
      this.#updateFlow();
      if (this.#endsLater) this.#endReading();
    }
    return super.resume();
  }

  #endReading(): void {
    clearTimeout(this.#halfOpenTimer);
    if (this.destroyed || this.#ended) return;
    this.#endsLater = this.#onRead?.waiting ?? false;
    if (this.#endsLater) return;
    this.#ended = true;
    this.push(null);
    // As net.Socket: who has nothing left to read sees "end" without reading.
    this.read(0);
  }

  /** For calls of the Connection's that leave something to send. */
  protected flushOutput(): void {
    this.#pump();
  }

  /** All output to the transport, whether it has room or not. */
  protected flushAll(): void {
    this.#flush(true);
  }

  /** The first failure counts. */
  protected fail(error: Error): void {
    if (this.destroyed || this.#failed) return;
    this.#failed = true;
    this.report(error);
  }

  override _read(): void {
    if (this.#wantRead) return;
    this.#wantRead = true;
    this.#updateFlow();
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, callback: WriteCallback): void {
    this.#writes.start(bytesOf({ chunk, encoding }), callback);
  }

  override _writev(items: WrittenItem[], callback: WriteCallback): void {
    this.#writes.startMany(items, callback);
  }

  /** node's name: a client that waits for its first write waits no longer (mysql). */
  _start(): void {
    if (!this.#waits) return;
    this.#waits = false;
    if (!this.#transport?.socket?.connecting) this.#begin();
  }

  get #writable(): boolean {
    if (this.#connection === null || this.#transport === null || this.#transport.full) return false;
    return this.established || this.#answersEarly;
  }

  override _final(callback: WriteCallback): void {
    // What was written before the handshake is over goes first.
    if (this.established) this.#finish(callback);
    else if (this.#waits) {
      callback();
      this.destroy();
    } else this.#final = callback;
  }

  /** After what a job still makes: a ticket whose session is on its way into a store. */
  #finish(callback: WriteCallback): void {
    this.#final = callback;
    if (!this.#connection?.outputComing) this.#finishNow();
    else this.#lastTimer ??= setTimeout(() => this.#finishNow(), LONGEST_JOB).unref();
  }

  /** close_notify, then the end of the transport's direction. */
  #finishNow(): void {
    clearTimeout(this.#lastTimer);
    this.#lastTimer = undefined;
    const callback = this.#final;
    this.#final = null;
    if (callback === null) return;
    this.#connection?.close();
    this.#flush(true);
    this.#pump();
    if (this.#transport === null) callback();
    else {
      this.#transport.end(() => {
        this.#boundHalfOpen();
        callback();
      });
    }
  }

  /** All was said: a peer that has nothing to say, either, and does not go holds the socket for nothing. */
  #boundHalfOpen(): void {
    const connection = this.#connection;
    if (this.#ended || this.destroyed || connection === null || this.#halfOpenTimeout === 0) return;
    const silent = () => {
      // Not the peer's fault where nobody reads.
      if (this.#transport?.flowing === false) this.#halfOpenTimer?.refresh();
      else this.#onEnd();
    };
    this.#halfOpenTimer = setTimeout(silent, Math.min(this.#halfOpenTimeout, LONGEST)).unref();
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    clearTimeout(this.#handshakeTimer);
    this.#idle.clear();
    clearTimeout(this.#halfOpenTimer);
    clearTimeout(this.#lastTimer);
    this.#lastTimer = undefined;
    if (!this.silent && !this.#floods) this.#flush(true);
    this.#connection?.dispose();
    this.#writes.end(error);
    // "error" is queued here, so that "close" comes after it.
    callback(error);
    this.#closeTransport(() => this.emit('close', error !== null));
  }

  /** The peer sends much of another protocol: there is no alert for who reads none, and no waiting for the rest. */
  get #floods(): boolean {
    const error = this.#connection?.error;
    return error instanceof RecordHeaderError && error.first && error.isForeign && this.#lastRead > MAX_FRAGMENT;
  }

  #closeTransport(closed: () => void): void {
    const transport = this.#transport;
    if (transport === null || transport.closed) process.nextTick(closed);
    else if (this.#floods) transport.destroy(closed);
    else if (this.#connection?.error || (this.writableFinished && !this.readableEnded)) {
      transport.linger();
      process.nextTick(closed);
    } else transport.destroy(closed);
  }

  /** Emits "timeout" after a time without traffic, as net.Socket does. 0 for never. */
  protected setIdleTimeout(milliseconds: number): void {
    this.#idle.set(this.destroyed ? 0 : milliseconds);
  }
}

const whole = (chunks: readonly Uint8Array[]): Uint8Array => (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));

/** The same bytes as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  if (bytes instanceof Buffer) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
