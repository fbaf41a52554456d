// startTls: TLS over a pair of Web Streams, in the shape of the WinterTC Sockets API. Nothing but Web standards.

import { TlsError } from '../../base/errors.ts';
import type { ClientConfig, ServerConfig } from '../../connection/config.ts';
import { Connection } from '../../connection/connection.ts';
import type { ConnectionInfo } from '../../connection/info.ts';
import { disposeSession, type Session } from '../../handshake/sessions/session.ts';

/** A byte stream both ways: a socket of the WinterTC API, a WebTransport stream, a pipe in memory. */
export interface ByteStreams {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

export interface StartTlsOptions {
  /** Made by `clientConfig` or `serverConfig`: it decides the role. */
  readonly config: ClientConfig | ServerConfig;
  /** Client: DNS name or IP address, sent as SNI and verified. */
  readonly serverName?: string;
  /** Client: session to resume; stays the caller's. */
  readonly session?: Session;
  /** Client: gets sessions to resume later, and owns them. Without it they are wiped. */
  readonly onSession?: (session: Session) => void;
}

/** TLS over byte streams. */
export interface TlsStreams {
  /** What the peer sends. Errors if the stream is cut off: no truncation goes unseen. */
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** Resolves when the handshake is over. */
  readonly opened: Promise<ConnectionInfo>;
  /** Resolves after an orderly end of both directions, rejects after any other. */
  readonly closed: Promise<void>;
  readonly connection: Connection;
  /** Ends this side's direction, and the streams below when the peer has ended its own. */
  close(): Promise<void>;
}

/** Begins a handshake over `streams`, which belong to the result from now on. */
export function startTls(streams: ByteStreams, options: StartTlsOptions): TlsStreams {
  return new TlsOverStreams(streams, options);
}

class TlsOverStreams implements TlsStreams {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly opened: Promise<ConnectionInfo>;
  readonly closed: Promise<void>;
  readonly connection: Connection;
  readonly #source: ReadableStreamDefaultReader<Uint8Array>;
  readonly #sink: WritableStreamDefaultWriter<Uint8Array>;
  readonly #onSession: StartTlsOptions['onSession'];
  readonly #opened = deferred<ConnectionInfo>();
  readonly #closed = deferred<void>();
  readonly #timer: ReturnType<typeof setTimeout>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #established = false;
  #readableOpen = true;
  #wake: () => void = () => {};

  constructor({ readable, writable }: ByteStreams, options: StartTlsOptions) {
    this.opened = this.#opened.promise;
    this.closed = this.#closed.promise;
    // Whoever does not look at a promise is not told by a crash.
    this.opened.catch(() => {});
    this.closed.catch(() => {});
    this.#source = readable.getReader();
    this.#sink = writable.getWriter();
    this.#sink.closed.catch(() => {});
    this.#onSession = options.onSession;
    this.readable = new ReadableStream<Uint8Array>({
      start: controller => {
        this.#controller = controller;
      },
      pull: () => this.#wake(),
      // What comes from now on is dropped; writing goes on.
      cancel: () => {
        this.#readableOpen = false;
        this.#wake();
      },
    });
    this.writable = new WritableStream<Uint8Array>({
      write: chunk => this.#write(chunk),
      close: () => this.close(),
      abort: () => this.#end(null),
    });
    const { config, serverName, session } = options;
    this.connection = new Connection(config.settings({ serverName, session }), {
      handshakeTimeout: config.handshakeTimeout,
      onProgress: () => this.#pump(),
    });
    this.#timer = setTimeout(() => {
      this.connection.onTimeout(Number.POSITIVE_INFINITY);
      this.#pump();
    }, config.handshakeTimeout);
    this.#pump();
    this.#readAll().catch(error => this.#end(error));
  }

  async close(): Promise<void> {
    await this.opened;
    this.connection.close();
    this.#pump();
    await this.#sink.close().catch(() => {});
  }

  /** Takes bytes from below as long as somebody wants data. */
  async #readAll(): Promise<void> {
    while (this.connection.state !== 'closed') {
      if (!this.#wantsMore()) {
        await new Promise<void>(resolve => (this.#wake = resolve));
        continue;
      }
      const { done, value } = await this.#source.read();
      if (done) this.connection.endOfInput();
      else this.connection.receive(value);
      this.#pump();
      if (done) return;
    }
  }

  #wantsMore(): boolean {
    if (!this.connection.wantsInput) return false;
    return !this.#established || !this.#readableOpen || (this.#controller.desiredSize ?? 1) > 0;
  }

  #pump(): void {
    this.#flush();
    for (let event = this.connection.nextEvent(); event !== null; event = this.connection.nextEvent()) {
      if (event.kind === 'data' && this.#readableOpen) this.#controller.enqueue(event.data);
      else if (event.kind === 'established') this.#open();
      else if (event.kind === 'session') this.#keep(event.session);
      else if (event.kind === 'end') this.#endReadable();
      else if (event.kind === 'closed') this.#end(event.error);
    }
    this.#flush();
    this.#wake();
  }

  #flush(): void {
    for (const chunk of this.connection.takeOutput()) this.#sink.write(chunk).catch(error => this.#end(error));
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#established = true;
    this.#opened.resolve(this.connection.info);
  }

  #keep(session: Session): void {
    if (this.#onSession === undefined) disposeSession(session);
    else this.#onSession(session);
  }

  #endReadable(): void {
    if (!this.#readableOpen) return;
    this.#readableOpen = false;
    this.#controller.close();
  }

  async #write(chunk: Uint8Array): Promise<void> {
    await this.opened;
    for (let at = 0; at < chunk.length; ) {
      const accepted = this.connection.write(chunk.subarray(at));
      if (accepted === 0)
        throw this.connection.error ?? new TlsError('ERR_CONNECTION_CLOSED', 'the connection is closed');
      at += accepted;
      this.#flush();
      await this.#sink.ready;
    }
  }

  /** The one end of everything. @param error what broke; null for an orderly end or for one the user wants */
  #end(error: unknown): void {
    clearTimeout(this.#timer);
    const orderly = error === null && this.connection.state === 'closed';
    this.connection.dispose();
    this.#wake();
    const failure = error ?? (this.#established ? null : new TlsError('ERR_CONNECTION_CLOSED', 'closed by this side'));
    if (failure === null) this.#endReadable();
    else {
      if (this.#readableOpen) this.#controller.error(failure);
      this.#readableOpen = false;
      this.#opened.reject(failure);
    }
    this.#source.cancel().catch(() => {});
    const ended = orderly || error instanceof TlsError ? this.#sink.close() : this.#sink.abort(failure);
    ended
      .catch(() => {})
      .then(() => {
        if (failure === null) this.#closed.resolve();
        else this.#closed.reject(failure);
      });
  }
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
