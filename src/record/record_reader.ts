// The record layer's receiving half (RFC 9846 §5, RFC 5246 §6): chunks in, what the records hold out. It decides which
// content type may stand where, drops what middlebox compatibility wants dropped, and counts floods. Keys, versions and
// the meaning of messages come from outside; nothing here sends.

import { type CostBudget, workUnits } from '../base/cost.ts';
import { TlsError } from '../base/errors.ts';
import type { PlaintextMemory, RecordFailure, RecordProtection } from '../crypto/record_protection.ts';
import { ContentType } from '../registry/content_types.ts';
import { ProtocolVersion, versionName } from '../registry/protocol_versions.ts';
import type { HandshakeMessage } from '../wire/handshake_message.ts';
import { type Alert, alertEffect, parseAlert } from './alert.ts';
import { HandshakeAssembler, type MessageCaps } from './handshake_assembler.ts';
import { InputBuffer, type RecordHeader } from './input_buffer.ts';
import {
  MAX_CIPHERTEXT_12,
  MAX_CIPHERTEXT_13,
  MAX_COMPATIBILITY_CCS,
  MAX_EMPTY_RECORDS,
  MAX_PLAINTEXT,
  MAX_WARNING_ALERTS,
  RECORD_HEADER_LENGTH,
} from './limits.ts';
import { type MessageLimits, messageCap } from './message_caps.ts';
import { RecordHeaderError } from './record_header_error.ts';

/** What comes out, in the order of the records. */
export type Incoming =
  | { readonly kind: 'message'; readonly message: HandshakeMessage }
  /** Content of one or more application data records, in the receiver's memory or a buffer it owns. Never empty. */
  | { readonly kind: 'data'; readonly data: Uint8Array }
  /** A ChangeCipherSpec where it counts, that is in TLS 1.2 and below. */
  | { readonly kind: 'change_cipher_spec' }
  /** An alert that is not ignored: close_notify, or a fatal one. */
  | { readonly kind: 'alert'; readonly alert: Alert; readonly effect: 'closes' | 'fatal' }
  /** A warning of TLS 1.2 and below, or user_canceled: for information. */
  | { readonly kind: 'warning'; readonly alert: Alert };

/** What a ChangeCipherSpec record is at the moment. */
export type ChangeCipherSpecMeaning =
  /** Not legal: before the first ClientHello and after the peer's Finished. */
  | 'forbidden'
  /** TLS 1.3 middlebox compatibility: dropped (RFC 9846 §5). */
  | 'ignored'
  /** TLS 1.2: changes the keys. */
  | 'message';

/** What a record that does not open means. */
type OpenFailurePolicy =
  | { readonly kind: 'fatal' }
  /** Rejected early data: records are skipped until one opens, at most so many bytes (RFC 9846 §4.2.10). */
  | { readonly kind: 'skip'; bytesLeft: number }
  /** Datagrams: ignored. */
  | { readonly kind: 'drop' };

const FATAL: OpenFailurePolicy = { kind: 'fatal' };
/** The type of no record. */
const NONE = -1;

interface Parked {
  readonly type: number;
  readonly content: Uint8Array;
}

/** Reads what may stand in the place of the first record: a ClientHello of SSL 2.0's form. */
export interface ForeignHello {
  /** Its whole length by the five bytes of a header; null if they are a record's. */
  length(type: number, version: number, length: number): number | null;
  parse(bytes: Uint8Array): HandshakeMessage;
}

export class RecordReader implements MessageCaps {
  readonly #input = new InputBuffer();
  readonly #assembler = new HandshakeAssembler(this);
  readonly #limits: MessageLimits;
  readonly #owner: object | null;
  readonly #admit: ((owner: never, type: number) => void) | null;
  readonly #work: CostBudget | null;
  readonly #memory: PlaintextMemory | undefined;
  #protection: RecordProtection | null = null;
  #version: number | null = null;
  #maxPlaintext = MAX_PLAINTEXT;
  /** Bytes of a record without protection. */
  #maxUnprotected = MAX_PLAINTEXT;
  #changeCipherSpec: ChangeCipherSpecMeaning = 'forbidden';
  #dataAllowed = false;
  #policy: OpenFailurePolicy = FATAL;
  /** A record that was opened behind application data and is not handed on yet. */
  #parked: Parked | null = null;
  /** False until a record opened: until then a TLS 1.3 peer may not have keys yet. */
  #opened = false;
  #foreignHello: ForeignHello | null = null;
  #emptyRecords = 0;
  #warnings = 0;
  #compatibilityCcs = 0;

  /**
   * @param admit throws for a HandshakeType that may not come now; asked with `owner` when the header of a message is there. One
   * function for all owners, because a reader lives as long as its connection
   * @param work is charged for records that bring no data
   * @param memory for application data
   */
  constructor(
    limits: MessageLimits,
    work: CostBudget | null = null,
    owner: object | null = null,
    admit: ((owner: never, type: number) => void) | null = null,
    memory?: PlaintextMemory,
  ) {
    this.#limits = limits;
    this.#work = work;
    this.#owner = owner;
    this.#admit = admit;
    this.#memory = memory;
  }

  /** For the assembler. */
  cap(type: number): number {
    this.#admit?.(this.#owner as never, type);
    return messageCap(type, this.#limits);
  }

  /** Bytes that wait to be read. */
  get buffered(): number {
    return this.#input.length;
  }

  /** True if the peer stopped inside a record or a handshake message. */
  get insideRecord(): boolean {
    return this.#input.length > 0 || !this.#assembler.empty;
  }

  /** Records that may still be opened under the present keys. */
  get remaining(): number {
    return this.#protection?.remaining ?? Number.POSITIVE_INFINITY;
  }

  /** Takes a chunk of any length; call `next` until it gives null, then `retain`. @throws ERR_TOO_MUCH_INPUT */
  push(chunk: Uint8Array): void {
    this.#input.push(chunk);
  }

  /** Copies what waits, so that the chunk's buffer is the caller's again. */
  retain(): void {
    this.#input.retain();
  }

  /** The first bytes may be this instead of a record. */
  expectForeignHello(hello: ForeignHello): void {
    this.#foreignHello = hello;
  }

  /** The version both sides agreed on: what headers may say and how long records may be. */
  useVersion(version: number): void {
    this.#version = version;
  }

  /** What a ChangeCipherSpec is from now on; where it is dropped, MAX_COMPATIBILITY_CCS more of them are. */
  expectChangeCipherSpec(meaning: ChangeCipherSpecMeaning): void {
    this.#changeCipherSpec = meaning;
    this.#compatibilityCcs = 0;
  }

  /** Whether application data may come now: early data or after the handshake. */
  allowApplicationData(allowed: boolean): void {
    this.#dataAllowed = allowed;
  }

  /** @param maxPlaintext 64-16,384 bytes of content; the inner content type of TLS 1.3 is not counted (RFC 8449 §4) */
  limit(maxPlaintext: number): void {
    this.#maxPlaintext = maxPlaintext;
  }

  /** The same for records without protection (RFC 6066 §4: handshake messages are cut, too). */
  limitUnprotected(maxPlaintext: number): void {
    this.#maxUnprotected = maxPlaintext;
  }

  /** Early data that was rejected is skipped, `maxBytes` of records at most, until a record opens. */
  skipUnopened(maxBytes: number): void {
    this.#policy = { kind: 'skip', bytesLeft: maxBytes };
    this.#compatibilityCcs--;
  }

  /** Records that do not open are dropped without a word: for datagrams. */
  dropUnopened(): void {
    this.#policy = { kind: 'drop' };
  }

  /**
   * From now on records are opened by `protection`, which the reader owns.
   * @throws ERR_KEY_CHANGE_INSIDE_MESSAGE if bytes of a handshake message came under the old keys (RFC 9846 §5.1)
   */
  changeProtection(protection: RecordProtection): void {
    if (!this.#assembler.empty || this.#parked !== null) {
      throw new TlsError('ERR_KEY_CHANGE_INSIDE_MESSAGE', 'handshake bytes wait while the read keys change');
    }
    this.#protection?.dispose();
    this.#protection = protection;
  }

  /** The next thing the records hold, or null until more bytes come. Throws for everything a peer must not send. */
  next(): Incoming | null {
    for (;;) {
      const message = this.#assembler.next();
      if (message !== null) return { kind: 'message', message };
      const incoming = this.#parked === null ? this.#nextRecords() : this.#unpark(this.#parked);
      if (incoming !== 'nothing') return incoming;
    }
  }

  /** Wipes the keys and drops what waits. */
  dispose(): void {
    this.#protection?.dispose();
    this.#protection = null;
    this.#input.clear();
    this.#assembler.clear();
    this.#parked = null;
  }

  #unpark({ type, content }: Parked): Incoming | 'nothing' {
    this.#parked = null;
    return this.#accept(type, content, true);
  }

  /** Reads one plaintext record, or opens all that are there. Null: more bytes are needed. */
  #nextRecords(): Incoming | null | 'nothing' {
    const header = this.#input.header();
    if (header === null) return null;
    const foreign = this.#foreignHello;
    const length = foreign?.length(header.type, header.version, header.length) ?? null;
    if (foreign !== null && length !== null) {
      const bytes = this.#input.first(length);
      if (bytes === null) return null;
      const message = foreign.parse(bytes);
      this.#input.consume(length);
      this.#foreignHello = null;
      return { kind: 'message', message };
    }
    this.#foreignHello = null;
    this.#checkHeader(header);
    if (this.#isProtected(header)) return this.#open(header, this.#protection as RecordProtection);
    const record = this.#input.records(header, NONE);
    if (record === null) return null;
    // The chunk belongs to the caller, the messages to the transcript: hence the copy.
    const content = record.slice(RECORD_HEADER_LENGTH);
    this.#input.consume(record.length);
    if (header.type === ContentType.application_data) return this.#skip(record.length, 'ERR_UNEXPECTED_MESSAGE');
    return this.#accept(header.type, content, false);
  }

  #isProtected({ type, length }: RecordHeader): boolean {
    if (this.#protection === null) return false;
    if (!this.#is13()) return true;
    if (type === ContentType.application_data) return true;
    // RFC 9846 §5: the compatibility ChangeCipherSpec is never protected. A client that could not use the ServerHello
    // has no keys for its alert (RFC 9846 §6): a plaintext alert counts until the first record opens.
    if (type === ContentType.change_cipher_spec) return false;
    if (type === ContentType.alert && length === 2 && !this.#opened) return false;
    throw new TlsError('ERR_UNEXPECTED_MESSAGE', `plaintext record of type ${type} under protection`);
  }

  #checkHeader(header: RecordHeader): void {
    const { type, version, length } = header;
    const first = this.#version === null;
    const overlong = length > this.#maxLength(type);
    // As OpenSSL, whose peers compare: once TLS is spoken the length is judged first.
    if (overlong && !first) throw tooLong(header, first);
    if (type < ContentType.change_cipher_spec || type > ContentType.application_data) {
      throw new RecordHeaderError('ERR_UNEXPECTED_MESSAGE', this.#foreignText(type, first), header, first);
    }
    // RFC 9846 §5.1: legacy_record_version is ignored; TLS 1.2 (RFC 5246 §E.1) accepts {3, x} until a version is agreed
    // on, and then that one, but for the alert of a peer that does not agree. Other major versions are not TLS.
    const any = this.#version === null || this.#is13() || type === ContentType.alert;
    if (any ? version >> 8 !== 3 : version !== this.#version) {
      throw new RecordHeaderError('ERR_BAD_RECORD_VERSION', `record of version ${versionName(version)}`, header, first);
    }
    if (overlong) throw tooLong(header, first);
  }

  #foreignText(type: number, first: boolean): string {
    const text = first ? this.#input.text() : null;
    return text === null ? `record of content type ${type}` : `the peer does not speak TLS: it says "${text}"`;
  }

  #maxLength(type: number): number {
    if (this.#protection !== null && !this.#is13()) return MAX_CIPHERTEXT_12;
    return type === ContentType.application_data ? MAX_CIPHERTEXT_13 : this.#maxUnprotected;
  }

  #is13(): boolean {
    return this.#version !== null && this.#version >= ProtocolVersion['TLSv1.3'];
  }

  #open(header: RecordHeader, protection: RecordProtection): Incoming | null | 'nothing' {
    const records = this.#input.records(header, this.#is13() ? ContentType.application_data : null);
    if (records === null) return null;
    const opened = protection.openNext(records, this.#maxPlaintext, this.#memory);
    if (opened.consumed === 0) return this.#failed(records, opened.failure ?? 'ERR_UNEXPECTED_MESSAGE');
    this.#input.consume(opened.consumed);
    this.#opened = true;
    if (this.#policy.kind === 'skip') this.#policy = FATAL;

    const { plaintext, types, lengths } = opened;
    const last = types.length - 1;
    let dataLength = plaintext.length;
    if (types[last] !== ContentType.application_data) {
      dataLength -= lengths[last];
      this.#parked = { type: types[last], content: plaintext.subarray(dataLength) };
    }
    const data = dataLength === plaintext.length ? plaintext : plaintext.subarray(0, dataLength);
    return this.#acceptData(data, types, lengths);
  }

  /** The record at the front did not open: what that means is policy. */
  #failed(records: Uint8Array, failure: RecordFailure): 'nothing' {
    const length = RECORD_HEADER_LENGTH + ((records[3] << 8) | records[4]);
    this.#input.consume(length);
    if (failure === 'ERR_DECRYPTION_FAILED') return this.#skip(length, failure);
    throw new TlsError(failure, 'a record could not be opened');
  }

  /** Skips or drops an unreadable record where the policy says so. */
  #skip(length: number, failure: RecordFailure): 'nothing' {
    // Known and not charged: the policy says how many bytes it may be.
    this.#work?.record(workUnits.record + (length * workUnits.hashKiB) / 1024);
    if (this.#policy.kind === 'drop') return 'nothing';
    if (this.#policy.kind === 'skip') {
      this.#policy.bytesLeft -= length;
      if (this.#policy.bytesLeft >= 0) return 'nothing';
    }
    throw new TlsError(
      failure,
      failure === 'ERR_DECRYPTION_FAILED' ? 'a record could not be opened' : 'plaintext data',
    );
  }

  #acceptData(data: Uint8Array, types: readonly number[], lengths: readonly number[]): Incoming | 'nothing' {
    for (let i = 0; i < types.length; i++) {
      if (types[i] !== ContentType.application_data) break;
      this.#requireNoPartialMessage('application data');
      if (!this.#dataAllowed) throw new TlsError('ERR_UNEXPECTED_MESSAGE', 'application data during the handshake');
      if (lengths[i] > 0) this.#warnings = 0;
      this.#emptyRecords = lengths[i] === 0 ? this.#emptyRecords + 1 : 0;
      if (this.#emptyRecords > MAX_EMPTY_RECORDS) throw new TlsError('ERR_TOO_MANY_RECORDS', 'too many empty records');
    }
    return data.length > 0 ? { kind: 'data', data } : 'nothing';
  }

  /** A record that is no application data, opened or in plaintext. */
  #accept(type: number, content: Uint8Array, wasProtected: boolean): Incoming | 'nothing' {
    this.#work?.charge(workUnits.record, 'records');
    // RFC 9846 §5.1: fragments of length zero are for application data only.
    if (content.length === 0) throw new TlsError('ERR_UNEXPECTED_MESSAGE', `empty record of type ${type}`);
    switch (type) {
      case ContentType.handshake:
        if (this.#protection === null && this.#policy.kind === 'skip') this.#policy = FATAL;
        this.#warnings = 0;
        this.#emptyRecords = 0;
        this.#assembler.push(content);
        return 'nothing';
      case ContentType.alert:
        return this.#acceptAlert(content);
      case ContentType.change_cipher_spec:
        return this.#acceptChangeCipherSpec(content, wasProtected);
      default:
        throw new TlsError('ERR_UNEXPECTED_MESSAGE', `record of content type ${type}`);
    }
  }

  #acceptAlert(content: Uint8Array): Incoming | 'nothing' {
    const family = this.#is13() ? '1.3' : '1.2';
    const alert = parseAlert(content, family);
    const effect = alertEffect(alert, family);
    // RFC 9846 §5.1: no record of another type inside a handshake message. A fatal alert ends all anyway.
    if (effect !== 'fatal') this.#requireNoPartialMessage('an alert');
    if (effect !== 'ignored') return { kind: 'alert', alert, effect };
    if (++this.#warnings > MAX_WARNING_ALERTS) throw new TlsError('ERR_TOO_MANY_WARNINGS', 'too many warning alerts');
    return { kind: 'warning', alert };
  }

  #acceptChangeCipherSpec(content: Uint8Array, wasProtected: boolean): Incoming | 'nothing' {
    this.#requireNoPartialMessage('change_cipher_spec');
    const wellFormed = content.length === 1 && content[0] === 1;
    // RFC 9846 §5: a protected one, another value, or one at another time MUST end in unexpected_message.
    if (!wellFormed || wasProtected || this.#changeCipherSpec === 'forbidden') {
      throw new TlsError('ERR_UNEXPECTED_MESSAGE', 'change_cipher_spec that must not stand here');
    }
    if (this.#changeCipherSpec === 'message') return { kind: 'change_cipher_spec' };
    if (++this.#compatibilityCcs > MAX_COMPATIBILITY_CCS) {
      throw new TlsError('ERR_UNEXPECTED_MESSAGE', 'one change_cipher_spec too many');
    }
    return 'nothing';
  }

  #requireNoPartialMessage(what: string): void {
    if (!this.#assembler.empty) throw new TlsError('ERR_UNEXPECTED_MESSAGE', `${what} inside a handshake message`);
  }
}

function tooLong(header: RecordHeader, first: boolean): RecordHeaderError {
  return new RecordHeaderError('ERR_RECORD_OVERFLOW', `record of ${header.length} bytes`, header, first);
}
