// A TLS connection in the shape of Deno.TlsConn: read and write by buffers, or by streams; its handshake begins at once and
// is waited for by whatever comes first.

import { TlsError } from '../../base/errors.ts';
import type { ConnectionInfo } from '../../connection/info.ts';
import { type StartTlsOptions, startTls, type TlsStreams } from '../web/start_tls.ts';
import { type DenoAddr, type DenoConn, streamsOfConn } from './conn_streams.ts';

/** Deno.TlsHandshakeInfo, and what castls knows beside it. */
export interface TlsHandshakeInfo {
  /** null without ALPN. */
  readonly alpnProtocol: string | null;
  readonly info: ConnectionInfo;
}

export class TlsConn {
  readonly #conn: DenoConn;
  readonly #tls: TlsStreams;
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  #writer: WritableStreamDefaultWriter<Uint8Array> | null = null;
  /** What came and did not fit the buffer of the last read. */
  #rest: Uint8Array | null = null;
  #closed = false;

  /** Made by connectTls, startTls and the listener. Takes `conn` over. */
  constructor(conn: DenoConn, options: StartTlsOptions) {
    this.#conn = conn;
    this.#tls = startTls(streamsOfConn(conn), options);
  }

  get localAddr(): DenoAddr {
    return this.#conn.localAddr;
  }

  get remoteAddr(): DenoAddr {
    return this.#conn.remoteAddr;
  }

  /** What was negotiated and who the peer is; complete once `handshake` resolved. */
  get info(): ConnectionInfo {
    return this.#tls.connection.info;
  }

  /** Resolves when the handshake is over. @throws why it failed */
  async handshake(): Promise<TlsHandshakeInfo> {
    const info = await this.#tls.opened;
    return { alpnProtocol: info.alpn, info };
  }

  /** Resolves after an orderly end of both directions, rejects after any other. */
  get closed(): TlsStreams['closed'] {
    return this.#tls.closed;
  }

  /** Not beside `read`. */
  get readable(): ReadableStream<Uint8Array> {
    return this.#tls.readable;
  }

  /** Not beside `write`. */
  get writable(): WritableStream<Uint8Array> {
    return this.#tls.writable;
  }

  /** Fills `into` from its front. @returns the number of bytes; null when the peer sends no more */
  async read(into: Uint8Array): Promise<number | null> {
    this.#requireOpen();
    if (into.length === 0) return 0;
    let data = this.#rest;
    while (data === null || data.length === 0) {
      this.#reader ??= this.#tls.readable.getReader();
      const { done, value } = await this.#reader.read();
      if (done) return null;
      data = value;
    }
    const length = Math.min(into.length, data.length);
    into.set(data.subarray(0, length));
    this.#rest = length === data.length ? null : data.subarray(length);
    return length;
  }

  /** Resolves when all of `data` is on its way. @returns its length */
  async write(data: Uint8Array): Promise<number> {
    this.#requireOpen();
    this.#writer ??= this.#tls.writable.getWriter();
    await this.#writer.write(data);
    return data.length;
  }

  /** Ends this side's direction with close_notify; the peer may go on sending. */
  async closeWrite(): Promise<void> {
    this.#requireOpen();
    this.#writer ??= this.#tls.writable.getWriter();
    await this.#writer.close();
  }

  /** Ends both directions. What `write` resolved for has left; what comes is dropped. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#end().catch(() => {});
  }

  async #end(): Promise<void> {
    const writer = this.#writer ?? this.#tls.writable.getWriter();
    await writer.close().catch(() => {});
    if (this.#reader !== null) await this.#reader.cancel();
    else if (!this.#tls.readable.locked) await this.#tls.readable.cancel();
  }

  ref(): void {
    this.#conn.ref?.();
  }

  unref(): void {
    this.#conn.unref?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #requireOpen(): void {
    if (this.#closed) throw new TlsError('ERR_CONNECTION_CLOSED', 'the connection was closed here');
  }
}
