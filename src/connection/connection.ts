// A TLS connection without I/O: bytes and calls in, bytes and events out. Whoever drives it moves the bytes and keeps
// the time. Clock and randomness come from the config, so that a connection can be replayed byte for byte.
//
//   bytes came        receive(bytes), then flush
//   transport ended   endOfInput(), then flush
//   onProgress        flush
//   timer rang        onTimeout(now), then flush
//   flush             send takeOutput(); handle nextEvent() until null; send takeOutput() again; arm nextTimeout()
//   to write          write(data), flush; what was not accepted once the transport drained
//   to stop reading   stop calling receive: nothing is read ahead

import { alertOfError } from '../base/alert_of_error.ts';
import { TlsError } from '../base/errors.ts';
import { Queue } from '../base/queue.ts';
import { OLDER } from '../base/variant.ts';
import { changeCipherSpecMessage } from '../handshake/flow/carrier.ts';
import type { ChannelBindingType, Exporters } from '../handshake/flow/exporters.ts';
import { Flow } from '../handshake/flow/flow.ts';
import { Handshake, type HandshakeEvents } from '../handshake/flow/handshake.ts';
import { Negotiated } from '../handshake/flow/negotiated.ts';
import type { ClientSettings, ServerSettings } from '../handshake/flow/roles.ts';
import { StreamCarrier } from '../handshake/flow/stream_carrier.ts';
import { disposeSession, type Session } from '../handshake/sessions/session.ts';
import { sendKeyUpdate } from '../handshake/tls13/post_handshake13.ts';
import { MAX_PLAINTEXT } from '../record/limits.ts';
import { type Incoming, RecordReader } from '../record/record_reader.ts';
import { RecordWriter } from '../record/record_writer.ts';
import { AlertDescription, AlertLevel } from '../registry/alerts.ts';
import { familyOf, ProtocolVersion, type VersionFamily } from '../registry/protocol_versions.ts';
import type { HandshakeMessage } from '../wire/handshake_message.ts';
import { Allowance } from './allowance.ts';
import { Closing, truncated } from './closing.ts';
import { mayAnswer, takeEarlyInput, takeEarlyOutput } from './early_data.ts';
import type { ConnectionEvent } from './events.ts';
import { Exclusive } from './exclusive.ts';
import { ConnectionInfo } from './info.ts';
import type { ConnectionOptions } from './options.ts';
import { type CertificateDemand, PostHandshake } from './post_handshake.ts';

/** Bytes of output that may wait before `write` takes no more; one call goes beyond by a record at most. */
const MAX_PENDING_OUTPUT = 256 * 1024;

/** A record with a KeyUpdate: header, message, type, tag. */
const KEY_UPDATE_RECORD = 5 + 5 + 1 + 16;

type State = 'handshake' | 'established' | 'closed';

export class Connection {
  #settings: ClientSettings | ServerSettings;
  readonly #reader: RecordReader;
  readonly #writer: RecordWriter;
  readonly #carrier: StreamCarrier;
  readonly #flow: Flow;
  readonly #negotiated: Negotiated;
  readonly #allowance: Allowance;
  readonly #closing: Closing;
  readonly #postHandshake = new PostHandshake();
  readonly #events = new Queue<ConnectionEvent>();
  readonly #deadline: number;
  readonly #onProgress: () => void;
  readonly #exclusive = new Exclusive<Connection>(this, Connection.#faulted);
  #state: State = 'handshake';
  #error: TlsError | null = null;

  /** A client sends its ClientHello at once: call `takeOutput`. */
  constructor(settings: ClientSettings | ServerSettings, options: ConnectionOptions) {
    this.#settings = settings;
    this.#onProgress = options.onProgress ?? (() => {});
    this.#deadline = settings.now() + options.handshakeTimeout;
    this.#closing = new Closing(options.allowTruncation ?? false);
    this.#allowance = new Allowance(settings);
    this.#reader = new RecordReader(
      settings.limits,
      this.#allowance.work,
      this,
      Connection.#admitted,
      options.dataMemory,
    );
    if (settings.role === 'server' && settings.foreignHello) this.#reader.expectForeignHello(settings.foreignHello);
    const recordVersion = settings.role === 'client' ? ProtocolVersion.TLSv1 : ProtocolVersion['TLSv1.2'];
    this.#writer = new RecordWriter(recordVersion, options.buffers, settings.maxSendFragment);
    this.#carrier = new StreamCarrier(settings.role, this.#reader, this.#writer);
    this.#negotiated = new Negotiated(settings.role, this.#allowance.work);
    this.#flow = new Flow(this.#carrier, this, Connection.#progressed, settings.pace);
    // The same twice, but for the types. The flow comes with the settings, so that a client's bundle has no server.
    this.#flow.start(
      settings.role === 'client'
        ? settings.handshake(this.#handshake(settings))
        : settings.handshake(this.#handshake(settings)),
    );
    this.#exclusive.run(() => this.#flow.resume());
  }

  /** What was negotiated and who the peer is. */
  get info(): ConnectionInfo {
    return new ConnectionInfo(this.#negotiated);
  }

  get state(): State {
    return this.#state;
  }

  /** Why the connection failed; null while it did not. */
  get error(): TlsError | null {
    return this.#error;
  }

  /** False while received bytes only wait for a job: stop reading until `onProgress`. What comes is kept up to a cap. */
  get wantsInput(): boolean {
    return this.#state !== 'closed' && !this.#paused();
  }

  /**
   * Takes bytes from the transport; they are the caller's again when it returns. What the peer does wrong ends in a
   * `closed` event, never in an exception.
   */
  receive(bytes: Uint8Array): void {
    if (this.#state === 'closed' || this.#closing.readClosed || bytes.length === 0) return;
    if (this.#exclusive.busy) {
      const copy = new Uint8Array(bytes);
      this.#exclusive.defer(() => this.receive(copy));
      return;
    }
    this.#exclusive.run(Connection.#received, bytes);
  }

  /**
   * The transport brings no more. Without a close_notify before it the connection fails with ERR_TRUNCATED, unless this
   * side has closed (then the peer may just leave) or `allowTruncation` is set. This side's direction stays as it is.
   */
  endOfInput(): void {
    this.#closing.inputEnded = true;
    this.#exclusive.defer(() => this.#endInput());
  }

  /** Records to send, in order; the caller's. Also after `closed`: an alert may be among them. */
  takeOutput(): Uint8Array[] {
    // One answer for all KeyUpdates that asked for one since: a peer that does not read has nothing made for it.
    if (this.#answerDue) this.#exclusive.run(() => this.#sendKeyUpdate(false));
    return this.#writer.takeOutput();
  }

  /** True while a job is under way that output will come of after the handshake, such as a ticket. */
  get outputComing(): boolean {
    return this.#state === 'established' && this.#flow.waitsFor === 'job';
  }

  /** Bytes that wait for `takeOutput`. */
  get pendingOutput(): number {
    return this.#writer.pending + (this.#answerDue ? KEY_UPDATE_RECORD : 0);
  }

  get #answerDue(): boolean {
    const { due } = this.#allowance.keyUpdates;
    return due && this.#state === 'established' && !this.#exclusive.busy && this.#canUpdateKeys();
  }

  /**
   * Seals application data.
   * @returns the bytes accepted from the front of `data`: 0 before `established`, after `close`, and while too much
   * output waits
   */
  write(data: Uint8Array): number {
    const writable = this.#state === 'established' || mayAnswer(this.#negotiated, this.#state);
    if (!writable || this.#closing.writeClosed || this.#exclusive.busy) return 0;
    const room = MAX_PENDING_OUTPUT - this.#writer.pending;
    if (room <= 0) return 0;
    // What would be less than a record goes with the rest, and not by a write of its own.
    const accepted = data.length <= room + MAX_PLAINTEXT ? data.length : room;
    if (accepted === 0) return 0;
    this.#exclusive.run(Connection.#written, accepted === data.length ? data : data.subarray(0, accepted));
    return this.#error === null ? accepted : 0;
  }

  /**
   * Seals early data (client), under keys without forward secrecy, for a server that may get it more than once. Only where
   * the target says `earlyData`; until the server has answered, which `info.earlyData` then tells.
   * @returns the bytes accepted from the front of `data`: at most what the session allows in all
   */
  writeEarlyData(data: Uint8Array): number {
    if (this.#state !== 'handshake' || this.#closing.writeClosed || this.#exclusive.busy) return 0;
    const accepted = takeEarlyOutput(this.#negotiated, data.length, MAX_PENDING_OUTPUT - this.#writer.pending);
    if (accepted === 0) return 0;
    this.#exclusive.run(() => this.#writer.writeData(data.subarray(0, accepted)));
    return this.#error === null ? accepted : 0;
  }

  /** The next event, in order; null if there is none. */
  nextEvent(): ConnectionEvent | null {
    return this.#events.shift() ?? null;
  }

  /** When to call `onTimeout`, milliseconds since the epoch; null for never. */
  nextTimeout(): number | null {
    return this.#state === 'handshake' ? this.#deadline : null;
  }

  /** @param now milliseconds since the epoch */
  onTimeout(now: number): void {
    const late = () => this.#state === 'handshake' && now >= this.#deadline;
    const error = () => new TlsError('ERR_HANDSHAKE_TIMEOUT', 'the handshake took too long');
    this.#exclusive.defer(() => late() && this.#fail(error()));
  }

  /**
   * Ends this side's direction with close_notify; the peer may go on sending, in every version. During a handshake it
   * ends both directions (RFC 9846 §6.1).
   */
  close(): void {
    this.#exclusive.defer(() => {
      if (this.#state === 'closed' || this.#closing.writeClosed) return;
      this.#closing.writeClosed = true;
      if (this.#state === 'handshake') this.#alert(AlertLevel.warning, AlertDescription.user_canceled);
      this.#alert(AlertLevel.warning, AlertDescription.close_notify);
      this.#carrier.endOfOutput();
      if (this.#closing.readClosed || this.#state === 'handshake') this.#end(null);
    });
  }

  /** Ends everything at once, without an alert: for a transport that broke. @param error null for no fault */
  destroy(error: TlsError | null = null): void {
    this.#exclusive.defer(() => this.#end(error));
  }

  /** Goes on with new write keys (RFC 9846 §4.6.3). @param requestPeer asks the peer to do the same */
  updateKeys(requestPeer = false): void {
    this.#requireOpen13('updateKeys');
    const request = requestPeer && this.#allowance.keyUpdates.request();
    this.#exclusive.run(() => this.#sendKeyUpdate(request));
  }

  /**
   * Asks the client for its certificate (RFC 9846 §4.6.2); `clientAuthenticated` or an error follows.
   * @throws ERR_INVALID_STATE at a client, before `established`, below TLS 1.3, for a client that did not offer it,
   * while another request waits
   */
  requestClientCertificate(options: CertificateDemand = {}): void {
    this.#requireOpen13('requestClientCertificate');
    this.#postHandshake.requestCertificate(this.#handshake(this.#settings), options);
  }

  /**
   * Keying material for another protocol (RFC 5705, RFC 9846 §7.5).
   * @param context null for none: TLS 1.2 tells it apart from an empty one
   * @param length in bytes
   */
  exportKeyingMaterial(length: number, label: string, context: Uint8Array | null = null): Uint8Array {
    this.#requireEstablished('exportKeyingMaterial');
    return this.#exporters.exportKeyingMaterial(this.#negotiated, this.#settings.provider, length, label, context);
  }

  /** As `exportKeyingMaterial`, from the early exporter: the same for every replay of the ClientHello (RFC 9846 §7.5). */
  exportEarlyKeyingMaterial(length: number, label: string, context: Uint8Array | null = null): Uint8Array {
    return this.#exporters.exportEarlyKeyingMaterial(this.#negotiated, this.#settings.provider, length, label, context);
  }

  /** Ties an authentication above TLS to this connection (RFC 9266, RFC 5929). @see channelBinding for what it throws */
  channelBinding(type: ChannelBindingType): Uint8Array {
    this.#requireEstablished('channelBinding');
    return this.#exporters.channelBinding(type, this.#negotiated, this.#settings.provider);
  }

  /** A session in its serialised form. It holds the secret in the clear: seal it or keep it safe. */
  dangerousExportSession(session: Session): Uint8Array {
    const { serializeSession, provider } = this.#settings;
    if (serializeSession === null) throw new TlsError('ERR_INVALID_STATE', 'the config has no part resumption');
    return serializeSession(session, provider);
  }

  get #exporters(): Exporters {
    const { exporters } = this.#settings;
    if (exporters === null) throw new TlsError('ERR_INVALID_STATE', 'the config has no part exporters');
    return exporters;
  }

  #handshake<S extends ClientSettings | ServerSettings>(settings: S): Handshake<S> {
    return new Handshake<S>(this.#flow, this.#carrier, settings, this.#negotiated, this.#handshakeEvents());
  }

  #handshakeEvents(): HandshakeEvents {
    return {
      onEstablished: () => {
        this.#state = 'established';
        this.#allowance.established();
        this.#settings.share?.(this.#negotiated);
        this.#reader.allowApplicationData(true);
        this.#events.push({ kind: 'established' });
      },
      onEarlyDataOffered: () => this.#events.push({ kind: 'earlyDataOffered', limit: this.#negotiated.earlyData.left }),
      onSession: session => this.#events.push({ kind: 'session', session }),
      onSettings: settings => {
        this.#settings = settings as ServerSettings;
      },
      onPostHandshakeAuth: () => {
        this.#postHandshake.answered();
        this.#events.push({ kind: 'clientAuthenticated' });
      },
    };
  }

  /** Received bytes wait: a job is under way, and what comes next may depend on it. */
  #paused(): boolean {
    return this.#flow.waitsFor === 'job' && (this.#state === 'handshake' || this.#carrier.holdsMessage);
  }

  /** Reads what is there, one thing after the other, until bytes lack or a job has to be waited for. */
  #process(): void {
    while (this.#state !== 'closed' && !this.#closing.readClosed && !this.#paused()) {
      // A message that came while a flow waited for a job, and that the flow had no use for.
      const held = this.#flow.idle ? this.#carrier.nextMessage() : null;
      if (held !== null) {
        this.#takeMessage(held);
        continue;
      }
      const incoming = this.#reader.next();
      if (incoming === null) return;
      this.#take(incoming);
    }
  }

  #take(incoming: Incoming): void {
    switch (incoming.kind) {
      case 'data':
        if (this.#state === 'handshake') {
          takeEarlyInput(this.#negotiated, incoming.data.length);
          this.#events.push({ kind: 'earlyData', data: incoming.data });
          return;
        }
        this.#events.push(incoming);
        this.#allowance.dataCame(incoming.data.length);
        if (this.#canUpdateKeys() && this.#allowance.keyUpdates.peerWearsOut(this.#reader.remaining))
          this.#sendKeyUpdate(true);
        return;
      case 'message':
        this.#takeMessage(incoming.message);
        return;
      case 'change_cipher_spec':
        this.#carrier.deliverChangeCipherSpec();
        this.#continueFlow(changeCipherSpecMessage);
        return;
      case 'warning':
        this.#events.push({ kind: 'warning', description: incoming.alert.description });
        return;
      case 'alert':
        this.#takeAlert(incoming.effect, incoming.alert.description);
    }
  }

  /** RFC 9846 §4: a message that may not come is unexpected, whatever its length says. */
  #admit(type: number): void {
    if (this.#flow.waitsFor === 'message') this.#flow.admit(type);
    else if (this.#state === 'established') this.#postHandshake.admit(this.#negotiated, type, !this.#flow.idle);
  }

  #takeMessage(message: HandshakeMessage): void {
    this.#allowance.message(message, this.#state === 'established');
    if (!this.#flow.idle) {
      this.#carrier.deliver(message);
      this.#continueFlow(message.type);
      return;
    }
    if (OLDER && this.#family() !== '1.3') {
      this.#postHandshake.message12(this.#settings.role, message);
      if (!this.#closing.writeClosed) this.#alert(AlertLevel.warning, AlertDescription.no_renegotiation_RESERVED);
      return;
    }
    const steps = this.#postHandshake.message13(this.#handshake(this.#settings), message, requested =>
      this.#allowance.keyUpdates.received(requested),
    );
    if (steps === null) return;
    this.#flow.start(steps);
    this.#flow.resume();
  }

  #continueFlow(type: number): void {
    if (this.#flow.idle) throw new TlsError('ERR_UNEXPECTED_MESSAGE', `message ${type} after the handshake`);
    if (this.#flow.waitsFor === 'message') this.#flow.resume();
  }

  #takeAlert(effect: 'closes' | 'fatal', description: number): void {
    this.#closing.alertReceived(effect, description, this.#state === 'established');
    this.#readingEnded();
  }

  #readingEnded(): void {
    this.#events.push({ kind: 'end', closeNotify: this.#closing.closeNotify });
    if (this.#closing.writeClosed) this.#end(null);
  }

  /** TLS 1.2 has no new keys: it ends with its record sequence. */
  #canUpdateKeys(): boolean {
    return this.#family() === '1.3' && !this.#closing.writeClosed;
  }

  #sendKeyUpdate(request: boolean): void {
    this.#allowance.keyUpdates.sent();
    sendKeyUpdate(this.#handshake(this.#settings), request);
  }

  #jobDone(): void {
    if (this.#state === 'closed') return;
    this.#exclusive.run(() => {
      this.#flow.resume();
      this.#process();
    });
    if (this.#closing.inputEnded) this.#endInput();
    this.#onProgress();
  }

  #endInput(): void {
    // What waits for a job may hold a close_notify.
    if (this.#state === 'closed' || this.#paused()) return;
    const established = this.#state === 'established';
    const meaning = this.#closing.endOfInput(established, this.#reader.insideRecord);
    if (meaning === 'unannounced') this.#readingEnded();
    else if (meaning === 'truncated') this.#fail(truncated(established));
  }

  // What the parts of a connection call: one function for all connections, where a closure each would stay for as long as they do.

  static #faulted(connection: Connection, error: TlsError): void {
    connection.#fail(error);
  }

  static #progressed(connection: Connection): void {
    connection.#jobDone();
  }

  static #admitted(connection: Connection, type: number): void {
    connection.#admit(type);
  }

  static #received(connection: Connection, bytes: Uint8Array): void {
    connection.#reader.push(bytes);
    connection.#process();
    connection.#reader.retain();
  }

  static #written(connection: Connection, data: Uint8Array): void {
    const writer = connection.#writer;
    const { keyUpdates } = connection.#allowance;
    const change = keyUpdates.beforeData(writer.remaining, writer.recordsFor(data.length));
    if (change && connection.#canUpdateKeys()) connection.#sendKeyUpdate(false);
    writer.writeData(data);
  }

  /** The one place where an error becomes an alert and the connection ends. */
  #fail(error: TlsError): void {
    if (this.#state === 'closed') return;
    const alert = alertOfError(error.code, this.#family());
    if (alert !== null && !this.#closing.writeClosed) this.#alert(AlertLevel.fatal, alert);
    this.#end(error);
  }

  #alert(level: number, description: number): void {
    try {
      this.#writer.writeAlert(level, description);
    } catch {} // the keys are worn out, or what failed is the core: the end comes either way
  }

  #end(error: TlsError | null): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#error = error;
    this.#closing.over();
    this.#flow.destroy();
    this.#postHandshake.dispose();
    this.#negotiated.dispose();
    this.#reader.dispose();
    this.#writer.dispose();
    this.#events.push({ kind: 'closed', error, closeNotify: this.#closing.closeNotify });
  }

  /** Sessions in events that nobody took are wiped. Call it when the connection is given up with events left. */
  dispose(): void {
    this.destroy();
    for (let event = this.nextEvent(); event !== null; event = this.nextEvent()) {
      if (event.kind === 'session') disposeSession(event.session);
    }
  }

  /** Until a version is agreed on, the highest that is spoken here. */
  #family(): VersionFamily {
    if (!OLDER) return '1.3';
    return familyOf(this.#negotiated.version ?? this.#settings.versions[0]);
  }

  /** RFC 9846 §7.5: nothing is exported before the handshake is over and the peer is who it is. */
  #requireEstablished(what: string): void {
    if (this.#state !== 'established')
      throw new TlsError('ERR_INVALID_STATE', `${what} is for established connections`);
  }

  #requireOpen13(what: string): void {
    this.#requireEstablished(what);
    if (this.#closing.writeClosed || this.#exclusive.busy || this.#family() !== '1.3') {
      throw new TlsError('ERR_INVALID_STATE', `${what} is for open TLS 1.3 connections`);
    }
  }
}
