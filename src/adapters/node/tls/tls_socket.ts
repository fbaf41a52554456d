// TLSSocket: the methods, properties and events of node:tls over a TlsStream.

import type { X509Certificate } from 'node:crypto';
import { addAbortSignal, type Duplex } from 'node:stream';
import type { CipherNameAndProtocol, DetailedPeerCertificate, PeerCertificate } from 'node:tls';
import { copyOfBytes } from '../../../base/bytes.ts';
import { TlsError } from '../../../base/errors.ts';
import { Connection } from '../../../connection/connection.ts';
import type { ConnectionEvent } from '../../../connection/events.ts';
import type { ConnectionInfo } from '../../../connection/info.ts';
import type { ChannelBindingType } from '../../../connection/keying_material.ts';
import type { EarlyDataState } from '../../../handshake/flow/early_data.ts';
import { isIpAddress } from '../../../handshake/hello/client_hello.ts';
import { CompactSession } from '../../../handshake/sessions/compact_session.ts';
import { disposeSession, type Session } from '../../../handshake/sessions/session.ts';
import type { OutputBuffers } from '../../../record/record_writer.ts';
import { dataMemory } from '../stream/buffers.ts';
import { showThroughWrappers } from '../stream/http2_sockets.ts';
import { onReadOf } from '../stream/on_read.ts';
import { asBuffer, type Started } from '../stream/tls_stream.ts';
import {
  bytesOf,
  requireBytes,
  requireFunction,
  requireInteger,
  requireObject,
  requireText,
} from './argument_errors.ts';
import { type ConnectOptions, normalizeConnect } from './connect_arguments.ts';
import { refuseIgnored, refuseUnsupported } from './context_options.ts';
import { type TraceOptions, traceOptions } from './json_trace.ts';
import { asNodeError, authorizationErrorOf, type FailureContext } from './node_errors.ts';
import { checkedOptions } from './option_tables.ts';
import type { TLSSocketOptions } from './options.ts';
import { legacyCertificate, readX509, x509Certificate } from './peer_certificate.ts';
import { profile } from './profile.ts';
import { SecureContext } from './secure_context.ts';
import type { ServerOwner } from './server_peer.ts';
import { newContext } from './shared_context.ts';
import * as facts from './socket_facts.ts';
import { SocketHandshake, type SocketMaker } from './socket_handshake.ts';
import { SocketStream } from './socket_stream.ts';
import { recordTracer } from './trace.ts';

/** Milliseconds. */
const HALF_OPEN_TIMEOUT = 30_000;

/** A TLS socket over `stream`; `options.secureContext` or `options.provider` says whose cryptography it uses. */
export class TlsSocketBase extends SocketStream {
  readonly encrypted = true;
  authorized = false;
  authorizationError: string | null = null;
  /** False without ALPN; null before the handshake is over. */
  alpnProtocol: string | false | null = null;
  servername: string | false | null = null;
  readonly #options: TLSSocketOptions;
  readonly #handshake: SocketHandshake;
  readonly #server: ServerOwner | undefined;
  /** Neither connect nor a server made it. */
  readonly #byHand: boolean;
  #sentEarly = false;
  #target: ConnectOptions;
  #info: ConnectionInfo | null = null;
  #session: CompactSession | undefined;
  /** A session came that "session" did not tell of yet. */
  #untold = false;

  /** @param stream null for one that `useTransport` brings later */
  constructor(stream: Duplex | null, given: TLSSocketOptions, maker: SocketMaker = {}) {
    // The sockets of a server get its options, which it has checked, beside its context.
    // Those of connect and of a server were checked there.
    const made = maker.server !== undefined || maker.names !== undefined;
    const options = made ? given : checkedOptions('TLSSocket', given);
    super({
      // As node:tls: with a stream that is given, it is the stream's own business.
      allowHalfOpen: (stream === null || made ? options : stream).allowHalfOpen ?? false,
      highWaterMark: options.highWaterMark,
      onread: onReadOf(options),
      dynamicRecordSizing: options.dynamicRecordSizing,
    });
    refuseUnsupported(options);
    if (maker.server === undefined) refuseIgnored('TLSSocket', options);
    this.#options = options;
    this.#server = maker.server;
    this.#byHand = !made;
    this.#target = options;
    this.#handshake = new SocketHandshake(this, options, maker);
    if (options.enableTrace || profile().tracesAll()) this.enableTrace();
    if (options.trace !== undefined) this.traceTo(options.trace.write, options.trace);
    if (Array.isArray(options.ALPNProtocols) && options.ALPNProtocols.includes('h2')) showThroughWrappers(isOurs);
    // One that is aborted already destroys the socket at once.
    if (options.signal !== undefined) addAbortSignal(options.signal, this);
    if (stream === null) return;
    if (this.destroyed) {
      stream.destroy();
      return;
    }
    // Whoever makes a socket sets listeners next; a server's sockets have theirs.
    const patient = !made && !this.#handshake.isServer && profile().clientsWait;
    const beginning = maker.server === undefined ? 'next' : 'now';
    if (options.starttls === undefined) this.useTransport(stream, patient ? 'with the first write' : beginning);
    else this.startInTheClear(stream, options.starttls, this.#handshake.names.host ?? '');
  }

  /** Opens a TCP or local connection, as net.Socket does, and begins TLS on it. The socket was made without a stream. */
  connect(...given: readonly unknown[]): this {
    const { options, callback } = normalizeConnect(given);
    this.#handshake.nameHost(options.host ?? (options.path === undefined ? 'localhost' : undefined));
    this.#target = options;
    if (callback !== undefined) this.once('connect', callback);
    this.openTcp(options as ConnectOptions, this.#options.starttls, this.#handshake.names.host ?? '');
    return this;
  }

  protected override start(onProgress: () => void, buffers: OutputBuffers | undefined): Started {
    const { settings, handshakeTimeout } = this.#handshake.settings(this.transport?.stream);
    const { halfOpenTimeout = HALF_OPEN_TIMEOUT, requireCloseNotify = false } = this.#options;
    const connection = new Connection(settings, {
      handshakeTimeout: handshakeTimeout || Number.POSITIVE_INFINITY,
      onProgress,
      buffers,
      dataMemory,
      allowTruncation: !requireCloseNotify,
    });
    this.#info = connection.info;
    return { connection, handshakeTimeout, halfOpenTimeout };
  }

  protected override get role(): 'client' | 'server' {
    return this.#handshake.isServer ? 'server' : 'client';
  }

  protected override onEvent(event: ConnectionEvent): void {
    if (event.kind === 'established') this.#onEstablished();
    else if (event.kind === 'session') this.#onSession(event.session);
    else if (event.kind === 'earlyDataOffered') this.#sendEarlyData(event.limit);
    else if (event.kind === 'earlyData') this.#onEarlyData(event.data);
    else if (event.kind === 'clientAuthenticated') {
      this.#judgePeer();
      this.emit('clientAuthenticated');
    }
  }

  /** Castls: "accepted" or "rejected" once "secureConnect" is emitted; "none" if no early data was sent, or none came. */
  get earlyData(): EarlyDataState {
    const state = this.#info?.earlyData ?? 'none';
    return this.#handshake.isServer || this.#sentEarly ? state : 'none';
  }

  /** All or nothing: whoever reads a part would have to guess at the rest. */
  #sendEarlyData(limit: number): void {
    const { earlyData: view } = this.#options;
    if (view == null || view.byteLength > limit) return;
    const earlyData = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let at = 0, accepted = -1; at < earlyData.length && accepted !== 0; at += accepted) {
      accepted = this.connection?.writeEarlyData(earlyData.subarray(at)) ?? 0;
      this.#sentEarly ||= accepted > 0;
      // The connection holds only so much; the transport may hold what is in the caller's memory anyway.
      this.flushAll();
    }
  }

  #onEarlyData(data: Uint8Array): void {
    const chunk = asBuffer(data);
    this.emit('earlyData', chunk);
    this.#server?.emit('earlyData', chunk, this);
  }

  #onEstablished(): void {
    const info = this.#info as ConnectionInfo;
    this.#handshake.release();
    this.#handshake.trace?.established(info);
    this.#judgePeer();
    // As node:tls: without a new ticket the session is still the one that was resumed.
    if (info.resumed && !this.#handshake.isServer && this.#handshake.resume !== undefined)
      this.#session ??= new CompactSession(copyOfBytes(this.#handshake.resume));
    this.alpnProtocol = info.alpn ?? false;
    if (info.alpn === 'h2') showThroughWrappers(isOurs);
    const { isServer, names } = this.#handshake;
    const sent = isIpAddress(names.serverName) ? false : names.serverName;
    this.servername = (isServer ? info.serverName : sent) || false;
    profile().established(this, this.role);
    this.emit('secure');
    if (this.#handshake.isServer) {
      const fleet = this.#server?.fleet;
      if (fleet?.onHandshake) {
        const { protocolVersion: protocol, resumed, earlyData, earlyDataRefusal } = info;
        fleet.onHandshake({ protocol, resumed, earlyData, earlyDataRefusal });
      }
      this.#server?.emit('secureConnection', this);
      return;
    }
    if (this.#options.requestOCSP) {
      const response = info.peerOcspResponse;
      this.emit('OCSPResponse', response === null ? null : Buffer.from(response));
    }
    this.emit('secureConnect');
    if (this.#untold) this.#tellSession();
  }

  #judgePeer(): void {
    const { peer, externalPsk } = this.#info as ConnectionInfo;
    const failure = peer?.failure;
    this.authorized = failure === undefined && (peer !== null || externalPsk);
    if (failure !== undefined) this.authorizationError = authorizationErrorOf(failure, this.#failureContext());
    else this.authorizationError = this.authorized || !this.#handshake.asked ? null : 'UNABLE_TO_GET_ISSUER_CERT';
  }

  #tellSession(): void {
    this.#untold = false;
    this.emit('session', this.getSession());
  }

  #onSession(session: Session): void {
    const bytes = (this.connection as Connection).dangerousExportSession(session);
    disposeSession(session);
    this.#session = new CompactSession(bytes);
    // As node:tls: after "secureConnect", though a ticket of TLS 1.2 comes before the end of the handshake.
    if (!this.established) this.#untold = true;
    else if (!this.destroyed) this.#tellSession();
  }

  /** Before the handshake is over a server reports failures itself, as node:tls does. */
  protected override report(error: Error): void {
    const shown = this.#shown(error);
    const server = this.#server;
    if (this.established) {
      this.destroy(shown);
      return;
    }
    this.silent = this.#handshake.isServer && facts.isHookFailure(error) && !profile().tellsOfHooks;
    const heard = this.emit('_tlsError', shown);
    server?.emit('tlsClientError', shown, this);
    // As in node, sockets that are made by hand tell of their handshake those who listen, and end no program; who listens for
    // the internal event alone (mysql) gets no other.
    const told = server !== undefined || ((this.#byHand || heard) && this.listenerCount('error') === 0);
    this.destroy(told ? undefined : shown);
  }

  /** As programs for node:tls know it. */
  #shown(error: Error): Error {
    const shown = asNodeError(facts.unwrapHookError(error), this.#failureContext());
    if (!this.#handshake.isServer && !this.established) facts.sayTarget(shown, this.#target);
    return shown;
  }

  #failureContext(): FailureContext {
    return {
      chain: this.#info?.peerCertificates ?? [],
      intermediates: this.#handshake.context.trusted().intermediates,
      partial: this.#handshake.context.allowsPartialChains,
      host: this.#handshake.names.host,
      bare: this.#handshake.isServer && this.#handshake.context.credentials.length === 0,
      older: this.#handshake.isServer && /^(?:SSLv3|TLSv1|TLSv1\.1)$/.test(this.#info?.protocolVersion ?? ''),
      certificate: () => legacyCertificate(this.#peerChain(), true),
    };
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    super._destroy(error, callback);
    this.#handshake.trace?.closed(error ?? this.connection?.error ?? null);
    this.#handshake.dispose();
  }

  #requireConnection(): Connection {
    if (this.connection !== null && this.established) return this.connection;
    const message = 'TLS socket connection must be securely established';
    throw Object.assign(new Error(message), { code: 'ERR_TLS_INVALID_STATE' });
  }

  // What was negotiated

  getProtocol(): string | null {
    return this.destroyed ? null : (this.#info?.protocolVersion ?? null);
  }

  getCipher(): CipherNameAndProtocol {
    return facts.cipherOf(this.#info) as CipherNameAndProtocol;
  }

  /** Key exchange of a client's connection; null at a server, as in node:tls. */
  getEphemeralKeyInfo(): ReturnType<typeof facts.ephemeralKeyOf> | null {
    return this.#handshake.isServer ? null : facts.ephemeralKeyOf(this.#info);
  }

  getSharedSigalgs(): string[] {
    return this.#handshake.sharedSchemes;
  }

  /** The handshake is not over; nobody documents it, programs ask it. */
  get secureConnecting(): boolean {
    return !this.established;
  }

  get _secureEstablished(): boolean {
    return this.established;
  }

  /** Of the object behind node's socket what programs ask: its descriptor, and why the peer's certificate is not taken. */
  get ssl(): { readonly fd: number; verifyError(): Error | null } | null {
    if (this.destroyed) return null;
    return {
      fd: this.descriptor,
      verifyError: () => {
        const { failure } = this.#info?.peer ?? {};
        // OpenSSL's verdict, which is on the chain alone.
        const isOfChain = failure !== undefined && failure.code !== 'ERR_CERT_NAME_MISMATCH';
        return isOfChain ? this.#shown(failure) : null;
      },
    };
  }

  /** Castls: everything the connection tells of itself. */
  get info(): ConnectionInfo | null {
    return this.#info;
  }

  isSessionReused(): boolean {
    return this.#info?.resumed ?? false;
  }

  // Certificates

  getPeerCertificate(detailed: true): DetailedPeerCertificate;
  getPeerCertificate(detailed?: false): PeerCertificate;
  getPeerCertificate(detailed = false): PeerCertificate | DetailedPeerCertificate {
    return legacyCertificate(this.#peerChain(), detailed) as PeerCertificate;
  }

  getPeerX509Certificate(): X509Certificate | undefined {
    return x509Certificate(this.#peerChain());
  }

  /** The chain that was verified; as presented if it was not. */
  #peerChain(): readonly Uint8Array[] {
    const { peer, peerCertificates } = this.#info ?? {};
    return peer != null && peer.certificates.length > 0 ? peer.certificates : (peerCertificates ?? []);
  }

  getCertificate(): PeerCertificate | object | null {
    const own = this.#info?.localCertificate;
    return own == null ? {} : legacyCertificate([own], false);
  }

  getX509Certificate(): X509Certificate | undefined {
    const own = this.#info?.localCertificate;
    return own == null ? undefined : readX509(own);
  }

  // Sessions

  /**
   * The latest session, serialised; it holds secrets. Undefined before the handshake is over; in TLS 1.3, where tickets come
   * later, then first something that resumes nothing, as in node:tls. A copy, which is the caller's to wipe.
   */
  getSession(): Buffer | undefined {
    if (this.#session !== undefined) return asBuffer(this.#session.bytes());
    return this.established ? this.getFinished() : undefined;
  }

  /** Session to resume; before the handshake begins. */
  setSession(session: Uint8Array | string | undefined): void {
    this.#handshake.resume = typeof session === 'string' ? Buffer.from(session, 'latin1') : session;
  }

  /** The ticket of the latest session, a copy; undefined without one. */
  getTLSTicket(): Buffer | undefined {
    return this.#session && facts.ticketOf(this.#session.bytes(), this.#handshake.context.provider);
  }

  // Secrets of the connection

  exportKeyingMaterial(length: number, label: string, context?: ArrayBufferView): Buffer {
    requireInteger('length', length, 1, 2 ** 32 - 1);
    requireText('label', label);
    if (context !== undefined) requireBytes('context', context);
    const connection = this.#requireConnection();
    return asBuffer(connection.exportKeyingMaterial(length, label, context === undefined ? null : bytesOf(context)));
  }

  /** Castls: RFC 9266, RFC 5929. */
  channelBinding(type: ChannelBindingType): Buffer {
    return asBuffer(this.#requireConnection().channelBinding(type));
  }

  getFinished(): Buffer | undefined {
    return facts.finishedOf(this.#info?.localFinished);
  }

  getPeerFinished(): Buffer | undefined {
    return facts.finishedOf(this.#info?.peerFinished);
  }

  // Ways to change the connection

  /** TLS 1.3 has no renegotiation and castls refuses that of TLS 1.2. */
  renegotiate(options: object, callback?: (error: Error | null) => void): boolean {
    requireObject('options', options);
    if (callback !== undefined) requireFunction('callback', callback);
    if (callback !== undefined) process.nextTick(callback, facts.renegotiationRefused(this.getProtocol()));
    return false;
  }

  /** It is off in any case. */
  disableRenegotiation(): void {}

  /** Castls: new keys (RFC 9846 §4.6.3). */
  updateKeys(requestPeer = false): void {
    this.#requireConnection().updateKeys(requestPeer);
    this.flushOutput();
  }

  /**
   * Castls: ask a client that offered it (`postHandshakeAuth`) for its certificate now; "clientAuthenticated" follows.
   * @param options `require`: a client that shows none is refused. Default: unless `rejectUnauthorized` is false
   */
  requestClientCertificate(options: { readonly require?: boolean } = {}): void {
    this.#requireConnection().requestClientCertificate({ require: this.#handshake.rejects, ...options });
    this.#handshake.asked = true;
    this.flushOutput();
  }

  /** @param size 512-16,384 bytes of data in a record @returns false for other sizes */
  setMaxSendFragment(size: number): boolean {
    requireInteger('size', size, -(2 ** 31), 2 ** 31 - 1);
    if (size < 512 || size > 16384) return false;
    this.maxFragment = size;
    return true;
  }

  /** SNI of a client; before the handshake begins. */
  setServername(name: string): void {
    requireText('name', name);
    if (this.#handshake.isServer) {
      throw Object.assign(new Error('Cannot issue SNI from a TLS server-side socket'), {
        code: 'ERR_TLS_SNI_FROM_SERVER',
      });
    }
    this.#handshake.names = { host: this.#handshake.names.host ?? name, serverName: name };
  }

  /** Certificate of a server; from inside SNICallback or ALPNCallback. */
  setKeyCert(context: SecureContext | object): void {
    this.#handshake.override =
      context instanceof SecureContext ? context : newContext({ ...this.#options, ...context });
  }

  /** What old programs call to let go of the object behind node's socket. */
  _destroySSL(): void {
    this.destroy();
  }

  /** Writes a line for each record to stderr. */
  enableTrace(): void {
    this.traceTo(line => process.stderr.write(`${line}\n`));
  }

  /**
   * Castls: as enableTrace, to a function; with the format "json" what the explorer opens (docs/explorer.md).
   * @throws ERR_INVALID_STATE for "json" after the handshake began: what was encrypted before could not be told
   */
  traceTo(write: (line: string) => void, options: TraceOptions = {}): void {
    const checked = traceOptions({ ...options, write });
    if (checked.format === 'text') this.trace = recordTracer(checked.write);
    else if (this.connection === null) this.trace = this.#handshake.traceTo(checked);
    else throw new TlsError('ERR_INVALID_STATE', 'traceTo: the handshake has begun');
  }
}

const isOurs = (stream: unknown): boolean => stream instanceof TlsSocketBase;
