// A TlsStream with what net.Socket has besides: its own TCP connection, addresses, timeouts, and the small print.

import { type AddressInfo, createConnection, type NetConnectOpts, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TlsError } from '../../../base/errors.ts';
import { type StartTlsProtocol, startTlsOver } from '../stream/starttls.ts';
import { TlsStream } from '../stream/tls_stream.ts';
import type { ConnectOptions } from './connect_arguments.ts';

/** Events of the TCP connection that its TLS socket repeats, as tls.TLSSocket is a net.Socket. */
const repeated = [
  'lookup',
  'connect',
  'ready',
  'connectionAttempt',
  'connectionAttemptFailed',
  'connectionAttemptTimeout',
];

interface PeerName {
  readonly address?: string;
  readonly family?: string;
  readonly port?: number;
}

export abstract class SocketStream extends TlsStream {
  timeout = 0;
  /** What net.Socket remembers of its peer; http2-wrapper sets it where a proxy stands between. */
  _peername: PeerName | undefined;
  #tcp: Socket | null = null;
  #noDelay: boolean | undefined;
  /** While a protocol begins in the clear. */
  #plain: { readonly stream: Duplex; readonly abort: AbortController } | null = null;

  protected openTcp(options: ConnectOptions, starttls: StartTlsProtocol | undefined, host: string): void {
    if (this.destroyed) return;
    if (this.#tcp !== null || this.transport !== null) {
      throw new TlsError('ERR_INVALID_STATE', 'the socket is connected already');
    }
    const {
      timeout: _,
      signal: __,
      highWaterMark: ___,
      onread: ____,
      ...rest
    } = options as ConnectOptions & Record<string, unknown>;
    // Half-close is TLS's business.
    const noDelay = this.#noDelay ?? rest['noDelay'] ?? true;
    const tcp = createConnection({ ...rest, noDelay, allowHalfOpen: true } as NetConnectOpts);
    this.#tcp = tcp;
    const repeaters = repeated.map(event => [event, (...values: unknown[]) => this.emit(event, ...values)] as const);
    for (const [event, repeat] of repeaters) tcp.on(event, repeat);
    // None of them comes again, and all would be kept as long as the connection.
    tcp.once('ready', () => {
      for (const [event, repeat] of repeaters) tcp.removeListener(event, repeat);
    });
    if (starttls === undefined) this.useTransport(tcp, 'next');
    else {
      tcp.on('error', error => this.fail(error));
      tcp.once('connect', () => this.startInTheClear(tcp, starttls, host));
    }
  }

  /** The plain beginning of a protocol, then TLS. */
  protected startInTheClear(stream: Duplex, starttls: StartTlsProtocol, host: string): void {
    const abort = new AbortController();
    this.#plain = { stream, abort };
    startTlsOver(stream, starttls, host, abort.signal).then(
      () => {
        this.#plain = null;
        if (this.destroyed) stream.destroy();
        else this.useTransport(stream, 'now');
      },
      error => {
        stream.destroy();
        this.fail(error);
      },
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.transport === null) this.#tcp?.destroy();
    this.#plain?.abort.abort();
    this.#plain?.stream.destroy();
    super._destroy(error, callback);
  }

  #socket(): Socket | null {
    return this.transport?.socket ?? this.#tcp;
  }

  get connecting(): boolean {
    return this.#socket()?.connecting ?? this.transport === null;
  }

  get pending(): boolean {
    return this.connecting;
  }

  get readyState(): string {
    if (this.connecting) return 'opening';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get bufferSize(): number | undefined {
    return this.destroyed ? undefined : this.writableLength;
  }

  /** Of the host's socket; -1 without one. */
  protected get descriptor(): number {
    return (this.#socket() as { readonly _handle?: { readonly fd?: number } | null } | null)?._handle?.fd ?? -1;
  }

  address(): AddressInfo | object {
    return this.#socket()?.address() ?? {};
  }

  #peer(): PeerName {
    if (this._peername !== undefined) return this._peername;
    const { remoteAddress: address, remoteFamily: family, remotePort: port } = this.#socket() ?? {};
    return { address, family, port };
  }

  get remoteAddress(): string | undefined {
    return this.#peer().address;
  }

  get remoteFamily(): string | undefined {
    return this.#peer().family;
  }

  get remotePort(): number | undefined {
    return this.#peer().port;
  }

  get localAddress(): string | undefined {
    return this.#socket()?.localAddress;
  }

  get localFamily(): string | undefined {
    return this.#socket()?.localFamily;
  }

  get localPort(): number | undefined {
    return this.#socket()?.localPort;
  }

  setKeepAlive(enable?: boolean, initialDelay?: number): this {
    this.#socket()?.setKeepAlive(enable, initialDelay);
    return this;
  }

  setNoDelay(noDelay = true): this {
    this.#noDelay = noDelay;
    this.#socket()?.setNoDelay(noDelay);
    return this;
  }

  setTimeout(milliseconds: number, callback?: () => void): this {
    this.timeout = milliseconds;
    this.setIdleTimeout(milliseconds);
    if (callback !== undefined) {
      if (milliseconds > 0) this.once('timeout', callback);
      else this.removeListener('timeout', callback);
    }
    return this;
  }

  ref(): this {
    this.#socket()?.ref();
    return this;
  }

  unref(): this {
    this.#socket()?.unref();
    return this;
  }

  /** Ends, and destroys when all is written. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  resetAndDestroy(): this {
    this.#socket()?.resetAndDestroy();
    return this.destroy();
  }
}
