// startTls: TLS over a pair of Web Streams, in the shape of the WinterTC Sockets API. Nothing but Web standards.

import { concat } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import { callable, flag, integer, objectWith, readOptions, required, text, withDefault } from '../../base/options.ts';
import type { ClientConfig, ServerConfig } from '../../connection/config.ts';
import { Connection } from '../../connection/connection.ts';
import { withoutEarlyData } from '../../connection/early_data.ts';
import type { ConnectionInfo } from '../../connection/info.ts';
import { disposeSession, type Session } from '../../handshake/sessions/session.ts';
import { Lingering } from '../lingering.ts';
import { type Addresses, addressesOf, type ByteSink, type ByteSource, type ByteStreams } from './byte_streams.ts';
import { ReadableEnd } from './readable_end.ts';

export interface StartTlsOptions {
  /** Made by `clientConfig` or `serverConfig`: it decides the role. */
  readonly config: ClientConfig | ServerConfig;
  /** Client: DNS name or IP address, sent as SNI and verified. */
  readonly serverName?: string | undefined;
  /** Client: session to resume; stays the caller's. */
  readonly session?: Session | undefined;
  /** Client: gets sessions to resume later, and owns them. Without it they are wiped. */
  readonly onSession?: ((session: Session) => void) | undefined;
  /**
   * Server: gets early data of a config that takes some (`earlyData`), apart from `readable`: it may be a replay. Without
   * it none is taken.
   */
  readonly onEarlyData?: ((data: Uint8Array) => void) | undefined;
  /** An end of the peer's without close_notify is an end (`closeNotify: false`), not ERR_TRUNCATED. Default false. */
  readonly allowTruncation?: boolean | undefined;
  /**
   * Milliseconds that a peer may stay silent after this side has ended, before the streams are closed as if the peer had
   * ended. Default 30,000; 0 for ever.
   */
  readonly halfOpenTimeout?: number | undefined;
}

/** How it ended. */
export interface TlsClosed {
  /** The peer said that it sent all (close_notify). False: it left after our own end without a word, or we left first. */
  readonly closeNotify: boolean;
}

/** TLS over byte streams. */
export interface TlsStreams {
  /** What the peer sends, as a byte stream. Errors if it is cut off, when what came is read: no truncation goes unseen. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Closing it ends this side's direction alone; aborting it breaks the connection off. */
  readonly writable: WritableStream<Uint8Array>;
  /** Resolves when the handshake is over. */
  readonly opened: Promise<ConnectionInfo & Addresses>;
  /**
   * Resolves when both directions have ended, or this side gave up both; rejects after any other end.
   */
  readonly closed: Promise<TlsClosed>;
  readonly connection: Connection;
  /**
   * Ends this side's direction when all that was written before has left; what the peer still sends can be read. During
   * the handshake it ends both directions, and `opened` rejects.
   * @param reason why, for whoever waits for `opened`
   * @returns when the streams below took all
   */
  close(reason?: unknown): Promise<void>;
  /** Ends both directions: what was written leaves, what comes is dropped. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How long a failing connection waits for its alert to leave, or for the peer's after a write failed, in milliseconds. */
const LINGER = 1000;
/** Bytes that the sink has not written yet before it gets no more of what the protocol says by itself. */
const MAX_UNSENT = 256 * 1024;
/** The longest time a timer of a host takes. */
const LONGEST = 2 ** 31 - 1;

const table = {
  config: required(objectWith<ClientConfig | ServerConfig>('made by clientConfig or serverConfig', 'settings')),
  serverName: text,
  session: objectWith<Session>('a session'),
  onSession: callable<(session: Session) => void>(),
  onEarlyData: callable<(data: Uint8Array) => void>(),
  allowTruncation: withDefault(flag, false),
  halfOpenTimeout: withDefault(integer(0, LONGEST), 30_000),
} as const;

/**
 * Begins a handshake over `streams`, which belong to the result from now on.
 * @throws ERR_INVALID_ARGUMENT for options that it does not know, or of another kind
 */
export function startTls(streams: ByteStreams, options: StartTlsOptions): TlsStreams {
  return new TlsOverStreams(streams, options);
}

class TlsOverStreams implements TlsStreams {
  readonly writable: WritableStream<Uint8Array>;
  readonly opened: Promise<ConnectionInfo & Addresses>;
  readonly closed: Promise<TlsClosed>;
  readonly connection: Connection;
  readonly #readable: ReadableEnd;
  readonly #source: ByteSource;
  readonly #sink: ByteSink;
  readonly #addresses: Promise<Addresses>;
  readonly #onSession: StartTlsOptions['onSession'];
  readonly #onEarlyData: StartTlsOptions['onEarlyData'];
  readonly #halfOpenTimeout: number;
  readonly #handshake = deferred<void>();
  readonly #closed = deferred<TlsClosed>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #established = false;
  #over = false;
  /** Chunks that `writable` took, and those that were sealed. */
  #taken = 0;
  #written = 0;
  /** After close(): the last chunk that still leaves. */
  #last = Number.POSITIVE_INFINITY;
  #lastWrite: Promise<void> = Promise.resolve();
  #sinkClosed: Promise<void> | null = null;
  /** Set by the end of everything: resolves when all has left, or cannot. */
  #left: Promise<void> | null = null;
  #unsent = 0;
  #closeNotify = false;
  /** When the peer was heard last, in a half-open connection: milliseconds. */
  #heard = 0;
  /** A write below failed: what the peer said before that is read first. */
  #sinkError: { readonly error: unknown } | null = null;
  /** The end of the source has not come. */
  #reading = true;
  /** After a failure: what the peer still sends is dropped for a while. */
  #lingering: Lingering | null = null;
  #wake: () => void = () => {};
  #drained: () => void = () => {};

  constructor(streams: ByteStreams, options: StartTlsOptions) {
    const read = readOptions('startTls', table, options);
    const { config, serverName, session, onSession, onEarlyData, allowTruncation, halfOpenTimeout } = read;
    this.#onSession = onSession;
    this.#onEarlyData = onEarlyData;
    this.#halfOpenTimeout = halfOpenTimeout;
    this.closed = this.#closed.promise;
    this.#addresses = addressesOf(streams);
    this.opened = this.#handshake.promise.then(async () => Object.assign(this.connection.info, await this.#addresses));
    // Whoever does not look at a promise is not told by a crash.
    this.opened.catch(() => {});
    this.closed.catch(() => {});
    const settings = config.settings({ serverName, session });
    this.connection = new Connection(onEarlyData === undefined ? withoutEarlyData(settings) : settings, {
      handshakeTimeout: config.handshakeTimeout,
      onProgress: () => this.#pump(),
      allowTruncation,
    });
    this.#source = streams.readable.getReader();
    this.#sink = streams.writable.getWriter();
    this.#sink.closed.catch(() => {});
    this.#sink.ready.catch(() => {});
    this.#readable = new ReadableEnd(
      () => this.#wake(),
      () => this.#readingGivenUp(),
    );
    this.writable = new WritableStream<Uint8Array>(
      {
        write: chunk => this.#write(chunk),
        close: () => this.#endWriting(),
        abort: reason => {
          this.#finish(reason ?? new TlsError('ERR_CONNECTION_CLOSED', 'broken off by this side'), 'aborted');
        },
      },
      // Counts what was taken, so that close() knows what has to leave.
      {
        highWaterMark: 1,
        size: () => {
          this.#taken++;
          return 1;
        },
      },
    );
    this.#bound(config.handshakeTimeout, () => {
      this.connection.onTimeout(Number.POSITIVE_INFINITY);
      this.#pump();
    });
    this.#pump();
    this.#readAll()
      .catch(error => {
        this.#reading = false;
        this.#finish(this.#sinkError?.error ?? error, 'failed');
      })
      .finally(() => {
        this.#reading = false;
        this.#lingering?.end();
      });
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#readable.stream;
  }

  async close(reason?: unknown): Promise<void> {
    if (!this.#established && !this.#over) {
      this.connection.close();
      this.#finish(reason ?? new TlsError('ERR_CONNECTION_CLOSED', 'closed by this side'), 'closed');
    }
    this.#last = Math.min(this.#last, this.#taken);
    while (this.#written < this.#last && !this.#over) await new Promise<void>(resolve => (this.#drained = resolve));
    if (this.#over) await this.#left;
    else await this.#endWriting();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = this.close();
    if (this.#readable.open) {
      this.#readable.fail(new TlsError('ERR_CONNECTION_CLOSED', 'closed by this side'), true);
      this.#readingGivenUp();
    }
    await closing;
    await this.closed.catch(() => {});
  }

  /** Takes bytes from below as long as somebody wants data. */
  async #readAll(): Promise<void> {
    for (;;) {
      if (!this.#over && !this.#wantsMore()) {
        await new Promise<void>(resolve => (this.#wake = resolve));
        continue;
      }
      const { done, value } = await this.#source.read();
      if (this.#over) {
        // Some sinks (Duplex.toWeb) are closed when the source has ended, too.
        if (done) return;
        this.#lingering?.dropped(value?.length ?? 0);
        continue;
      }
      if (this.#heard > 0) this.#heard = Date.now();
      if (done) this.connection.endOfInput();
      else if (value !== undefined) this.connection.receive(value);
      this.#pump();
      if (!done) continue;
      if (this.#sinkError !== null) this.#finish(this.#sinkError.error, 'failed');
      return;
    }
  }

  #wantsMore(): boolean {
    if (!this.connection.wantsInput) return false;
    return !this.#established || !this.#readable.open || this.#readable.wantsMore;
  }

  #pump(): void {
    for (let event = this.connection.nextEvent(); event !== null; event = this.connection.nextEvent()) {
      if (event.kind === 'data') this.#readable.push(event.data);
      else if (event.kind === 'earlyData') this.#onEarlyData?.(event.data);
      else if (event.kind === 'established') this.#open();
      else if (event.kind === 'session') this.#keep(event.session);
      else if (event.kind === 'end') this.#readable.end();
      else if (event.kind === 'closed') {
        this.#closeNotify = event.closeNotify;
        this.#finish(event.error, event.error === null ? 'orderly' : 'failed');
      }
    }
    this.#flush(false);
    this.#wake();
  }

  /** In one write. What the sink has no room for stays in the connection, which makes no more of it. */
  #flush(all: boolean): void {
    if (this.#sinkError !== null || (this.#unsent > MAX_UNSENT && !all)) return;
    const output = this.connection.takeOutput();
    if (output.length === 0) return;
    const chunk = output.length === 1 ? output[0] : concat(output);
    this.#unsent += chunk.length;
    this.#lastWrite = this.#sink.write(chunk).then(
      () => {
        this.#unsent -= chunk.length;
        if (!this.#over && this.connection.pendingOutput > 0) this.#flush(false);
      },
      error => this.#sinkFailed(error),
    );
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#established = true;
    this.#handshake.resolve();
  }

  #keep(session: Session): void {
    if (this.#onSession === undefined) disposeSession(session);
    else this.#onSession(session);
  }

  async #write(chunk: Uint8Array): Promise<void> {
    const data = bytesOf(chunk);
    try {
      await this.#handshake.promise;
      if (this.#written >= this.#last) throw new TlsError('ERR_CONNECTION_CLOSED', 'this side has closed');
      for (let at = 0; at < data.length; ) {
        const accepted = this.connection.write(data.subarray(at));
        if (accepted === 0) {
          if (this.#over || this.connection.state !== 'established')
            throw this.connection.error ?? new TlsError('ERR_CONNECTION_CLOSED', 'the connection is closed');
          // From inside a hook nothing is taken for a moment.
          await new Promise<void>(resolve => setTimeout(resolve, 0));
          continue;
        }
        at += accepted;
        this.#flush(true);
        await this.#sink.ready;
      }
    } finally {
      this.#written++;
      this.#drained();
    }
  }

  /** close_notify, then the end of the direction below. */
  async #endWriting(): Promise<void> {
    await this.#handshake.promise;
    if (!this.#over) {
      this.connection.close();
      this.#flush(true);
      this.#sinkClosed ??= settled(this.#sink.close());
      this.#pump();
    }
    await (this.#left ?? this.#lastWrite);
    if (this.#over) return;
    if (this.#readable.open) this.#boundHalfOpen();
    else this.#finish(null, 'orderly');
  }

  /** What comes from now on is dropped; when this side has said all, too, it is over. */
  #readingGivenUp(): void {
    this.#wake();
    if (this.#sinkClosed !== null) this.#finish(null, 'orderly');
  }

  /** A peer that has nothing to say, either, and does not go holds the streams for nothing. */
  #boundHalfOpen(): void {
    const limit = this.#halfOpenTimeout;
    if (limit === 0) return;
    this.#heard = Date.now();
    const check = () => {
      const left = this.#heard + limit - Date.now();
      // Not the peer's fault where nobody reads.
      if (left > 0 || !this.#wantsMore()) this.#bound(left > 0 ? left : limit, check, true);
      else {
        this.connection.endOfInput();
        this.#pump();
      }
    };
    this.#bound(limit, check, true);
  }

  /** The peer may have said why before it left. */
  #sinkFailed(error: unknown): void {
    if (this.#over || this.#sinkError !== null) return;
    this.#sinkError = { error };
    const check = () => {
      if (this.#wantsMore()) this.#finish(error, 'failed');
      else this.#bound(LINGER, check);
    };
    this.#bound(LINGER, check);
    this.#wake();
  }

  #bound(milliseconds: number, late: () => void, unref = false): void {
    clearTimeout(this.#timer);
    if (milliseconds <= 0 || milliseconds === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(late, Math.min(milliseconds, LONGEST));
    if (unref) (this.#timer as { unref?: () => void }).unref?.();
  }

  /**
   * The one end of everything: what is there leaves, the sink is closed, and only then the source is cancelled, which may
   * end the connection below.
   */
  #finish(reason: unknown, how: 'orderly' | 'failed' | 'closed' | 'aborted'): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    if (how !== 'aborted') this.#flush(true);
    this.connection.dispose();
    if (how === 'orderly') this.#readable.end();
    else {
      this.#readable.fail(reason, how !== 'failed');
      this.#handshake.reject(reason);
    }
    const left =
      how === 'aborted' ? settled(this.#sink.abort(reason)) : (this.#sinkClosed ?? settled(this.#sink.close()));
    this.#left = atMost(how === 'orderly' ? this.#halfOpenTimeout : LINGER, left);
    this.#left.then(() => {
      const cancel = () => void this.#source.cancel(how === 'orderly' ? undefined : reason).catch(() => {});
      if (how === 'failed' && this.#reading) this.#lingering = new Lingering(cancel);
      else cancel();
      if (how === 'orderly' || how === 'closed') this.#closed.resolve({ closeNotify: this.#closeNotify });
      else this.#closed.reject(reason);
    });
    this.#wake();
    this.#drained();
  }
}

/** What a writer of any kind of bytes gave. @throws ERR_INVALID_ARGUMENT for anything else */
function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new TlsError('ERR_INVALID_ARGUMENT', 'what is written is a Uint8Array');
}

function settled(promise: Promise<unknown>): Promise<void> {
  return promise.then(
    () => {},
    () => {},
  );
}

/** @param milliseconds 0 for no bound */
function atMost(milliseconds: number, promise: Promise<void>): Promise<void> {
  if (milliseconds === 0) return promise;
  return new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds);
    promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
