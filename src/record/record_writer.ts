// The record layer's sending half (RFC 9846 §5, RFC 5246 §6): messages, alerts and data in, a list of chunks of records
// out. Handshake messages that follow one another share records. Nothing here decides what to send.

import { concat } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import type { RecordProtection } from '../crypto/record_protection.ts';
import { ContentType } from '../registry/content_types.ts';
import { MAX_CIPHERTEXT_12, MAX_PLAINTEXT, RECORD_HEADER_LENGTH } from './limits.ts';

/** Lends memory for records: what is taken leaves with `takeOutput`, and whoever sent it may lend it again. */
export interface OutputBuffers {
  /** A buffer of at least `length` bytes, or of at least a record's where that is less. */
  take(length: number): Uint8Array;
}

/** Zero bytes to add to a record. @param length of its content @param most that it takes */
type RecordPadding = (length: number, most: number) => number;

type SealsInto = RecordProtection & Required<Pick<RecordProtection, 'sealInto'>>;

/** The longest record there is: header and fragment (RFC 5246 §6.2.3). */
const LONGEST_RECORD = RECORD_HEADER_LENGTH + MAX_CIPHERTEXT_12;

export class RecordWriter {
  readonly #buffers: OutputBuffers | null;
  /** What records are sealed into, up to `#lentEnd`; null while nothing waits in it. */
  #lent: Uint8Array | null = null;
  #lentEnd = 0;
  #protection: RecordProtection | null = null;
  #version: number;
  readonly #most: number;
  #maxPlaintext: number;
  /** Bytes of a record without protection. */
  #maxUnprotected: number;
  #padding: RecordPadding | null = null;
  /** Handshake messages that wait for company. */
  #messages: Uint8Array[] = [];
  #messagesLength = 0;
  #output: Uint8Array[] = [];
  #outputLength = 0;

  /**
   * @param version legacy_record_version of the first records: 0x0301 for a ClientHello, else 0x0303 (RFC 9846 §5.1)
   * @param buffers memory for application data's records; null for some of their own
   * @param most plaintext bytes of any record, whatever the peer takes
   */
  constructor(version: number, buffers: OutputBuffers | null = null, most: number = MAX_PLAINTEXT) {
    this.#version = version;
    this.#buffers = buffers;
    this.#most = most;
    this.#maxPlaintext = most;
    this.#maxUnprotected = most;
  }

  /** Bytes that wait to be taken; handshake messages not yet in records are counted without their headers. */
  get pending(): number {
    return this.#outputLength + this.#messagesLength;
  }

  /** Records that may still be sealed under the present keys. */
  get remaining(): number {
    return this.#protection?.remaining ?? Number.POSITIVE_INFINITY;
  }

  /** Records that a write of so many bytes of data takes. @param padding zero bytes that each of them has */
  recordsFor(length: number, padding = 0): number {
    const most = this.#maxPlaintext - padding;
    return this.#protection?.recordsFor?.(length, most) ?? Math.max(1, Math.ceil(length / most));
  }

  /** legacy_record_version of plaintext records from now on; protected ones have what their suite says. */
  useRecordVersion(version: number): void {
    this.#flushMessages();
    this.#version = version;
  }

  /** @param maxPlaintext bytes of content the peer takes in a protected record, 63-16,384 (RFC 8449 §4) */
  limit(maxPlaintext: number): void {
    this.#flushMessages();
    this.#maxPlaintext = Math.min(maxPlaintext, this.#most);
  }

  /** The same for records without protection (RFC 6066 §4: handshake messages are cut, too). */
  limitUnprotected(maxPlaintext: number): void {
    this.#flushMessages();
    this.#maxUnprotected = Math.min(maxPlaintext, this.#most);
  }

  /** How long records of application data become from now on (TLS 1.3); null for no longer than they are. */
  pad(padding: RecordPadding | null): void {
    this.#padding = padding;
  }

  /** From now on records are sealed by `protection`, which the writer owns. What was written before is under the old keys. */
  changeProtection(protection: RecordProtection): void {
    this.#flushMessages();
    this.#protection?.dispose();
    this.#protection = protection;
  }

  /** From now on records are in plaintext again. */
  dropProtection(): void {
    this.#flushMessages();
    this.#protection?.dispose();
    this.#protection = null;
  }

  /** @param message with its header; belongs to the writer until it is taken */
  writeHandshake(message: Uint8Array): void {
    this.#messages.push(message);
    this.#messagesLength += message.length;
  }

  writeAlert(level: number, description: number): void {
    this.#flushMessages();
    this.#write(ContentType.alert, Uint8Array.of(level, description));
  }

  /** Always in plaintext: TLS 1.2 sends it before its keys, TLS 1.3 for middleboxes only (RFC 9846 §5). */
  writeChangeCipherSpec(): void {
    this.#flushMessages();
    this.#writePlaintext(ContentType.change_cipher_spec, Uint8Array.of(1));
  }

  /**
   * @param data read at once, stays the caller's; empty data makes an empty record
   * @param padding zero bytes to add to each record (TLS 1.3)
   * @throws ERR_INVALID_STATE without keys; ERR_SEQUENCE_EXHAUSTED before anything is sealed
   */
  writeData(data: Uint8Array, padding = 0): void {
    if (this.#protection === null) throw new TlsError('ERR_INVALID_STATE', 'application data without keys');
    this.#flushMessages();
    if (this.#padding !== null) this.#writePadded(this.#padding, data);
    else this.#write(ContentType.application_data, data, padding);
  }

  /** All records that were written, in order; the caller's. */
  takeOutput(): Uint8Array[] {
    this.#flushMessages();
    this.#closeLent();
    const output = this.#output;
    this.#output = [];
    this.#outputLength = 0;
    return output;
  }

  /** Wipes the keys. What is in records can still be taken. */
  dispose(): void {
    this.#messages = [];
    this.#messagesLength = 0;
    this.#protection?.dispose();
    this.#protection = null;
  }

  #flushMessages(): void {
    if (this.#messages.length === 0) return;
    const content = this.#messages.length === 1 ? this.#messages[0] : concat(this.#messages);
    this.#messages = [];
    this.#messagesLength = 0;
    this.#write(ContentType.handshake, content);
  }

  #write(type: number, content: Uint8Array, padding = 0): void {
    const protection = this.#protection;
    const buffers = this.#buffers;
    if (protection === null) this.#writePlaintext(type, content);
    else if (buffers !== null && protection.sealInto !== undefined) {
      this.#writeInto(buffers, protection as SealsInto, type, content, padding);
    } else this.#queue(protection.sealNext(type, content, this.#maxPlaintext - padding, padding));
  }

  /** A record a fragment: each has a padding of its own. @throws ERR_HOOK_FAILED */
  #writePadded(padding: RecordPadding, data: Uint8Array): void {
    for (let from = 0; from < data.length || from === 0; from += this.#maxPlaintext) {
      const fragment = data.subarray(from, from + this.#maxPlaintext);
      const most = this.#maxPlaintext - fragment.length;
      const zeros = padding(fragment.length, most);
      if (!Number.isInteger(zeros) || zeros < 0) throw new TlsError('ERR_HOOK_FAILED', 'padding is a number of bytes');
      this.#write(ContentType.application_data, fragment, Math.min(zeros, most));
    }
  }

  /** Small writes of a turn share a buffer; long ones fill as many as it takes. */
  #writeInto(buffers: OutputBuffers, protection: SealsInto, type: number, data: Uint8Array, padding: number): void {
    const maxFragment = this.#maxPlaintext - padding;
    const perRecord = protection.overhead + padding;
    if (protection.remaining < this.recordsFor(data.length, padding)) {
      throw new TlsError('ERR_SEQUENCE_EXHAUSTED', 'these keys may protect no further records (RFC 9846 §5.5)');
    }
    let from = 0;
    do {
      const left = data.length - from;
      const length = left + Math.max(1, Math.ceil(left / maxFragment)) * perRecord;
      const lent = this.#lentFor(buffers, length, LONGEST_RECORD);
      const room = lent.length - this.#lentEnd;
      const fits = length <= room ? left : Math.floor(room / (maxFragment + perRecord)) * maxFragment;
      const part = fits === data.length ? data : data.subarray(from, from + fits);
      const written = protection.sealInto(lent, this.#lentEnd, type, part, maxFragment, padding);
      this.#lentEnd += written;
      this.#outputLength += written;
      from += fits;
    } while (from < data.length);
  }

  /** Where `length` bytes go, behind what is there; `enough` of them where not all have room. */
  #lentFor(buffers: OutputBuffers, length: number, enough: number): Uint8Array {
    const room = this.#lent === null ? 0 : this.#lent.length - this.#lentEnd;
    if (room < Math.min(length, enough)) {
      this.#closeLent();
      this.#lent = buffers.take(length);
    }
    return this.#lent as Uint8Array;
  }

  #closeLent(): void {
    if (this.#lent === null) return;
    this.#add(this.#lent.subarray(0, this.#lentEnd));
    this.#lent = null;
    this.#lentEnd = 0;
  }

  /** The first makes an array of its length: one that grows would take room for 16 more. */
  #add(records: Uint8Array): void {
    if (this.#output.length === 0) this.#output = [records];
    else this.#output.push(records);
  }

  #queue(records: Uint8Array): void {
    this.#closeLent();
    this.#add(records);
    this.#outputLength += records.length;
  }

  /** Records without protection: record_size_limit is for protected ones (RFC 8449 §4). */
  #writePlaintext(type: number, content: Uint8Array): void {
    const most = this.#maxUnprotected;
    const length = Math.ceil(content.length / most) * RECORD_HEADER_LENGTH + content.length;
    const lent =
      this.#buffers !== null && length <= LONGEST_RECORD ? this.#lentFor(this.#buffers, length, length) : null;
    const records = lent ?? new Uint8Array(length);
    let at = lent === null ? 0 : this.#lentEnd;
    for (let from = 0; from < content.length; from += most) {
      const fragment = content.length <= most ? content : content.subarray(from, from + most);
      records[at] = type;
      records[at + 1] = this.#version >> 8;
      records[at + 2] = this.#version;
      records[at + 3] = fragment.length >> 8;
      records[at + 4] = fragment.length;
      records.set(fragment, at + RECORD_HEADER_LENGTH);
      at += RECORD_HEADER_LENGTH + fragment.length;
    }
    if (lent === null) this.#queue(records);
    else {
      this.#lentEnd = at;
      this.#outputLength += length;
    }
  }
}
