// A TLS socket in the shape of cloudflare:sockets, over a plain one. The socket below is always plain and half-closable; what
// it says of its own end is not waited for (cloudflare/workerd#5653).

import { TlsError } from '../../base/errors.ts';
import type { ConnectionInfo } from '../../connection/info.ts';
import { startTls, type StartTlsOptions as TlsOptions, type TlsStreams } from '../web/start_tls.ts';

/** What is used of a socket of cloudflare:sockets. */
export interface PlainSocket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly opened: Promise<SocketInfo>;
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export interface SocketInfo {
  readonly remoteAddress?: string;
  readonly localAddress?: string;
}

/** SocketInfo, and once TLS is there what was negotiated. */
export interface OpenedSocket extends SocketInfo {
  readonly alpn?: string | null;
  readonly info?: ConnectionInfo;
}

export type SecureTransport = 'on' | 'off' | 'starttls';

/** Options of `startTls` of a socket. */
export interface UpgradeOptions {
  /** The name to send and to verify, in the place of the host that was connected to. */
  readonly expectedServerHostname?: string;
}

/** A socket: plain until `startTls` with "starttls", encrypted from its first byte with "on". */
export class Socket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly opened: Promise<OpenedSocket>;
  /** Resolves after an orderly end of both directions, rejects after any other. Await it in a handler: the end of a request tears its sockets down. */
  readonly closed: Promise<unknown>;
  readonly secureTransport: SecureTransport;
  readonly #plain: PlainSocket;
  readonly #tls: TlsStreams | null;
  readonly #upgrade: ((options: UpgradeOptions) => TlsOptions) | null;
  #upgraded = false;

  /** @param upgrade the options of TLS; null for a socket that stays plain */
  constructor(
    plain: PlainSocket,
    secureTransport: SecureTransport,
    upgrade: ((options: UpgradeOptions) => TlsOptions) | null,
    options: UpgradeOptions = {},
  ) {
    this.#plain = plain;
    this.#upgrade = upgrade;
    this.secureTransport = secureTransport;
    this.#tls = secureTransport === 'on' && upgrade !== null ? startTls(plain, upgrade(options)) : null;
    if (this.#tls === null) {
      this.readable = plain.readable;
      this.writable = plain.writable;
      this.opened = plain.opened;
      this.closed = plain.closed;
    } else {
      const { readable, writable, opened, closed } = this.#tls;
      this.readable = readable;
      this.writable = writable;
      this.closed = closed;
      this.opened = Promise.all([plain.opened.catch(unreachable), opened]).then(([addresses, info]) => ({
        ...addresses,
        alpn: info.alpn,
        info,
      }));
      this.opened.catch(() => {});
    }
  }

  /** True after `startTls`. */
  get upgraded(): boolean {
    return this.#upgraded;
  }

  /** What was negotiated and who the peer is; null without TLS. */
  get info(): ConnectionInfo | null {
    return this.#tls?.connection.info ?? null;
  }

  /** Ends both directions. */
  async close(): Promise<void> {
    if (this.#tls === null) return this.#plain.close();
    await this.#tls.close();
    await this.#tls.readable.cancel().catch(() => {}); // locked: whoever reads goes on to the end
  }

  /**
   * The same connection with TLS; this socket is not to be used any more.
   * @throws ERR_INVALID_STATE unless the socket was connected with secureTransport "starttls", once
   */
  startTls(options: UpgradeOptions = {}): Socket {
    if (this.secureTransport !== 'starttls' || this.#upgrade === null || this.#upgraded)
      throw new TlsError(
        'ERR_INVALID_STATE',
        "startTls is for sockets that were connected with secureTransport 'starttls', once",
      );
    this.#upgraded = true;
    // What still holds a lock on the plain streams would share their bytes with the handshake.
    if (this.readable.locked || this.writable.locked)
      throw new TlsError('ERR_INVALID_STATE', 'startTls: release the reader and the writer of the plain socket first');
    return new Socket(this.#plain, 'on', this.#upgrade, options);
  }
}

/** @throws ERR_TARGET_UNREACHABLE */
function unreachable(cause: unknown): never {
  const words = cause instanceof Error ? cause.message : `${cause}`;
  throw new TlsError(
    'ERR_TARGET_UNREACHABLE',
    `connect: workerd reaches no such server: ${words} (its configuration says with "network" which addresses it connects ` +
      'to; on Cloudflare, their own addresses and port 25 are not among them)',
    { cause },
  );
}
