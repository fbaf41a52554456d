// A TLS socket in the shape of Bun's, over a plain socket of Bun: handlers instead of streams, writes that may be short. end()
// sends close_notify and goes on reading, where Bun's own drops what the peer still sends.

import { TlsError } from '../../base/errors.ts';
import type { ClientConfig, ServerConfig } from '../../connection/config.ts';
import { Connection } from '../../connection/connection.ts';
import type { ConnectionInfo } from '../../connection/info.ts';
import { disposeSession, type Session } from '../../handshake/sessions/session.ts';
import { Lingering } from '../lingering.ts';

/** Bun's SocketHandler. What is absent is not called. */
export interface SocketHandlers<Data> {
  readonly open?: (socket: BunTlsSocket<Data>) => void;
  /** `data` is the handler's. */
  readonly data?: (socket: BunTlsSocket<Data>, data: Uint8Array) => void;
  /** What a short write left may go on. */
  readonly drain?: (socket: BunTlsSocket<Data>) => void;
  /** The peer sends no more; this side may. */
  readonly end?: (socket: BunTlsSocket<Data>) => void;
  /** Both directions are over. */
  readonly close?: (socket: BunTlsSocket<Data>, error?: Error) => void;
  readonly error?: (socket: BunTlsSocket<Data>, error: Error) => void;
  readonly handshake?: (socket: BunTlsSocket<Data>, success: boolean, error: Error | null) => void;
  readonly connectError?: (socket: BunTlsSocket<Data>, error: Error) => void;
  readonly timeout?: (socket: BunTlsSocket<Data>) => void;
}

/** What is used of a plain socket of Bun. */
export interface PlainSocket {
  /** May be short; -1 when it is closed. */
  write(data: Uint8Array): number;
  /** Without an argument: ends this side's direction. */
  shutdown(): void;
  terminate(): void;
  timeout(seconds: number): void;
  setNoDelay(on?: boolean): boolean;
  setKeepAlive(on?: boolean, delay?: number): boolean;
  ref(): void;
  unref(): void;
  pause(): void;
  resume(): void;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

export interface SocketTls {
  readonly config: ClientConfig | ServerConfig;
  readonly serverName?: string;
  readonly session?: Session;
  readonly onSession?: (session: Session) => void;
}

/** Ciphertext that may wait for the plain socket before `write` takes no more. */
const MAX_WAITING = 256 * 1024;

export class BunTlsSocket<Data = undefined> {
  data: Data;
  readonly #plain: PlainSocket;
  readonly #handlers: SocketHandlers<Data>;
  readonly #connection: Connection;
  readonly #onSession: SocketTls['onSession'];
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** A write was short: `drain` is called when there is room. */
  #short = false;
  #established = false;
  #writeEnded = false;
  #over = false;
  /** The plain socket is closed. */
  #gone = false;
  /** After a failure: what the peer still sends is dropped for a while. */
  #lingering: Lingering | null = null;

  /** Made by connect and listen, when the plain socket is open. */
  constructor(plain: PlainSocket, handlers: SocketHandlers<Data>, data: Data, tls: SocketTls) {
    this.#plain = plain;
    this.#handlers = handlers;
    this.data = data;
    this.#onSession = tls.onSession;
    const { config, serverName, session } = tls;
    this.#connection = new Connection(config.settings({ serverName, session }), {
      handshakeTimeout: config.handshakeTimeout,
      onProgress: () => this.#pump(),
    });
    this.#timer = setTimeout(() => {
      this.#connection.onTimeout(Number.POSITIVE_INFINITY);
      this.#pump();
    }, config.handshakeTimeout);
    this.#pump();
  }

  /**
   * Takes as many bytes from the front of `data` as there is room for: the rest after `drain`.
   * @returns the number of bytes taken; -1 when this side has ended
   */
  write(data: Uint8Array | string, offset = 0, length?: number): number {
    if (this.#over || this.#writeEnded) return -1;
    const all = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const bytes = all.subarray(offset, length === undefined ? undefined : offset + length);
    let taken = 0;
    while (taken < bytes.length && this.#waitingBytes < MAX_WAITING) {
      const accepted = this.#connection.write(bytes.subarray(taken));
      if (accepted === 0) break;
      taken += accepted;
      this.#flush();
    }
    this.#short = taken < bytes.length;
    this.#pump();
    return taken;
  }

  /** Writes `data`, as far as there is room, and ends this side's direction with close_notify. The peer may go on. */
  end(data?: Uint8Array | string): number {
    const taken = data === undefined ? 0 : this.write(data);
    this.shutdown();
    return taken;
  }

  /** Ends this side's direction with close_notify. */
  shutdown(): void {
    if (this.#writeEnded || this.#over) return;
    this.#writeEnded = true;
    this.#connection.close();
    this.#pump();
  }

  /** Ends both directions at once, without a close_notify. */
  terminate(): void {
    if (this.#over) return;
    this.#connection.destroy();
    this.#finish(null);
    this.#plain.terminate();
  }

  /** Sends what waits, as far as the plain socket takes it. */
  flush(): void {
    this.#flush();
  }

  get info(): ConnectionInfo {
    return this.#connection.info;
  }

  /** False before the handshake is over. */
  get alpnProtocol(): string | false | null {
    return this.#established ? this.#connection.info.alpn : false;
  }

  /** The peer proved who it is. */
  get authorized(): boolean {
    return (
      this.#established && this.#connection.info.peer?.kind !== 'unverified' && this.#connection.info.peer !== null
    );
  }

  get readyState(): 'open' | 'closing' | 'closed' {
    return this.#over ? 'closed' : this.#writeEnded ? 'closing' : 'open';
  }

  get remoteAddress(): string {
    return this.#plain.remoteAddress;
  }

  get remotePort(): number {
    return this.#plain.remotePort;
  }

  get localAddress(): string {
    return this.#plain.localAddress;
  }

  get localPort(): number {
    return this.#plain.localPort;
  }

  timeout(seconds: number): void {
    this.#plain.timeout(seconds);
  }

  setNoDelay(on = true): boolean {
    return this.#plain.setNoDelay(on);
  }

  setKeepAlive(on = true, delay?: number): boolean {
    return this.#plain.setKeepAlive(on, delay);
  }

  ref(): void {
    this.#plain.ref();
  }

  unref(): void {
    this.#plain.unref();
  }

  pause(): void {
    this.#plain.pause();
  }

  resume(): void {
    this.#plain.resume();
  }

  [Symbol.dispose](): void {
    this.terminate();
  }

  // --- The plain socket's handlers

  /** @internal */
  received(bytes: Uint8Array): void {
    this.#lingering?.dropped(bytes.length);
    this.#connection.receive(bytes);
    this.#pump();
  }

  /** @internal */
  drained(): void {
    this.#flush();
    this.#pump();
    if (this.#short && this.#waitingBytes === 0 && !this.#over) {
      this.#short = false;
      this.#handlers.drain?.(this);
    }
  }

  /** @internal The peer's direction of the plain socket is over. */
  ended(): void {
    this.#connection.endOfInput();
    this.#pump();
  }

  /** @internal The plain socket is closed. */
  gone(error?: Error): void {
    this.#gone = true;
    this.#lingering?.end();
    if (error !== undefined) this.#connection.destroy(asTlsError(error));
    else this.#connection.endOfInput();
    this.#pump();
    this.#finish(this.#connection.error);
  }

  /** @internal */
  idle(): void {
    this.#handlers.timeout?.(this);
  }

  #pump(): void {
    this.#flush();
    for (let event = this.#connection.nextEvent(); event !== null; event = this.#connection.nextEvent()) {
      if (event.kind === 'data') this.#handlers.data?.(this, event.data);
      else if (event.kind === 'established') this.#open();
      else if (event.kind === 'session') this.#keep(event.session);
      else if (event.kind === 'end') this.#handlers.end?.(this);
      else if (event.kind === 'closed') this.#finish(event.error);
    }
    this.#flush();
  }

  #flush(): void {
    for (const chunk of this.#connection.takeOutput()) {
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.length;
    }
    while (this.#waiting.length > 0) {
      const [chunk] = this.#waiting;
      const written = Math.max(0, this.#plain.write(chunk));
      this.#waitingBytes -= written;
      if (written < chunk.length) {
        this.#waiting[0] = chunk.subarray(written);
        return;
      }
      this.#waiting.shift();
    }
    if (this.#writeEnded || this.#over) this.#plain.shutdown();
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#established = true;
    this.#handlers.handshake?.(this, true, this.#connection.info.peer?.failure ?? null);
  }

  #keep(session: Session): void {
    if (this.#onSession === undefined) disposeSession(session);
    else this.#onSession(session);
  }

  #finish(error: TlsError | null): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#flush();
    if (error !== null) {
      if (!this.#established) this.#handlers.handshake?.(this, false, error);
      this.#handlers.error?.(this, error);
    }
    this.#handlers.close?.(this, error ?? undefined);
    this.#connection.dispose();
    if (error === null || this.#gone) return;
    this.#lingering = new Lingering(() => {
      if (!this.#gone) this.#plain.terminate();
    });
  }
}

function asTlsError(error: Error): TlsError {
  return error instanceof TlsError
    ? error
    : new TlsError('ERR_CONNECTION_CLOSED', 'the transport broke', { cause: error });
}
