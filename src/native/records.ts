// Record protection of AES-GCM and ChaCha20-Poly1305 by node:crypto (RFC 9846 §5.2, RFC 5288, RFC 7905). Sequence numbers and
// limits are counted here; the keys are KeyObjects of OpenSSL's.

import {
  type CipherGCM,
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type DecipherGCM,
  type KeyObject,
} from 'node:crypto';
import { requireBytes, requireInteger } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { RecordLimit } from '../crypto/record_limits.ts';
import type { OpenedRecords, RecordFailure, RecordProtection } from '../crypto/record_protection.ts';
import { ContentType } from '../registry/content_types.ts';

const HEADER = 5;
const TAG = 16;
const EXPLICIT_NONCE = 8;
const LARGEST_FRAGMENT = 16384;
const MOST_13 = LARGEST_FRAGMENT + 256;
const MOST_12 = LARGEST_FRAGMENT + 2048;

/** How nonces and records are made of the sequence number: as TLS 1.3 does, or TLS 1.2 with GCM or with ChaCha20. */
export type NativeFormat = '1.3' | '1.2 explicit' | '1.2 implicit';

export interface NativeCipher {
  /** OpenSSL's name. */
  readonly name: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305';
  readonly keyLength: number;
  readonly limit: RecordLimit;
}

interface Opened {
  readonly type: number;
  readonly content: Uint8Array;
}

/** The keys of one direction of one epoch. */
export class NativeRecordProtection implements RecordProtection {
  readonly overhead: number;
  readonly #cipher: NativeCipher;
  readonly #format: NativeFormat;
  readonly #limit: number;
  #key: KeyObject | null;
  readonly #iv: Uint8Array;
  /** Scratch: the nonce of the record at hand, and what is authenticated beside it. */
  readonly #nonce = new Uint8Array(12);
  readonly #additional: Uint8Array;
  #sequence = 0;
  #forgeries = 0;

  /** @param key stays the caller's to wipe, as does @param iv: 12 bytes, or 4 where the nonce is explicit */
  constructor(cipher: NativeCipher, format: NativeFormat, key: Uint8Array, iv: Uint8Array) {
    this.#cipher = cipher;
    this.#format = format;
    const { low, high } = cipher.limit.records;
    this.#limit = high * 2 ** 32 + low;
    this.#key = createSecretKey(key);
    this.#iv = iv.slice();
    this.#additional = new Uint8Array(format === '1.3' ? HEADER : 13);
    this.overhead = HEADER + this.#explicit + (format === '1.3' ? 1 : 0) + TAG;
  }

  get #explicit(): number {
    return this.#format === '1.2 explicit' ? EXPLICIT_NONCE : 0;
  }

  get sequence(): number {
    this.#alive();
    return this.#sequence;
  }

  get remaining(): number {
    this.#alive();
    return Math.max(0, this.#limit - this.#sequence);
  }

  /** As `remaining`; but numbers count no further than 2^53. */
  get #left(): number {
    return Math.min(this.remaining, Number.MAX_SAFE_INTEGER - this.#sequence);
  }

  sealNext(type: number, content: Uint8Array, maxFragment: number, padding = 0): Uint8Array {
    const records = this.#check(type, content, maxFragment, padding);
    const out = new Uint8Array(content.length + records * (this.overhead + padding));
    this.#sealAll(out, 0, type, content, maxFragment, padding, records);
    return out;
  }

  sealInto(
    target: Uint8Array,
    at: number,
    type: number,
    content: Uint8Array,
    maxFragment: number,
    padding = 0,
  ): number {
    const records = this.#check(type, content, maxFragment, padding);
    requireBytes(target, 'the target');
    const length = content.length + records * (this.overhead + padding);
    requireInteger(at, 0, target.length - length, 'the place in the target');
    this.#sealAll(target, at, type, content, maxFragment, padding, records);
    return length;
  }

  /** @returns how many records it takes */
  #check(type: number, content: Uint8Array, maxFragment: number, padding: number): number {
    this.#alive();
    requireInteger(type, 0, 255, 'a content type');
    requireBytes(content, 'the content');
    if (!(Number.isInteger(maxFragment) && maxFragment >= 1 && maxFragment <= LARGEST_FRAGMENT)) {
      throw new TlsError('ERR_RECORD_OVERFLOW', 'a fragment holds 1 to 2^14 bytes (RFC 9846 §5.1)');
    }
    if (padding !== 0 && this.#format !== '1.3') {
      throw new TlsError('ERR_INVALID_ARGUMENT', 'only TLS 1.3 records take padding');
    }
    if (!(Number.isInteger(padding) && padding >= 0 && maxFragment + padding <= LARGEST_FRAGMENT)) {
      throw new TlsError(
        'ERR_RECORD_OVERFLOW',
        'content, type and padding hold at most 2^14 + 1 bytes (RFC 9846 §5.2)',
      );
    }
    return Math.max(1, Math.ceil(content.length / maxFragment));
  }

  #sealAll(
    target: Uint8Array,
    at: number,
    type: number,
    content: Uint8Array,
    maxFragment: number,
    padding: number,
    records: number,
  ): void {
    if (this.#left < records) throw exhausted();
    for (let i = 0; i < records; i++) {
      const part = records === 1 ? content : content.subarray(i * maxFragment, (i + 1) * maxFragment);
      at = this.#seal(this.#sequence++, type, part, padding, target, at);
    }
  }

  /** @returns where the record ends */
  #seal(
    sequence: number,
    type: number,
    content: Uint8Array,
    padding: number,
    target: Uint8Array,
    start: number,
  ): number {
    const in13 = this.#format === '1.3';
    const trailer = in13 ? 1 + padding : 0;
    const length = this.#explicit + content.length + trailer + TAG;
    target.set([in13 ? ContentType.application_data : type, 3, 3, length >> 8, length & 0xff], start);
    let at = start + HEADER;
    if (this.#explicit > 0) {
      writeSequence(target, at, sequence);
      at += EXPLICIT_NONCE;
    }
    this.#setNonce(sequence, target, start + HEADER);
    this.#setAdditional(sequence, target, start, content.length);
    const cipher = createCipheriv(this.#cipher.name as CipherGCMTypes, this.#key as KeyObject, this.#nonce, {
      authTagLength: TAG,
    }) as CipherGCM;
    cipher.setAAD(this.#additional);
    if (content.length > 0) {
      target.set(cipher.update(content), at);
      at += content.length;
    }
    if (in13) {
      // RFC 9846 §5.2: the type, then zeros.
      const end = new Uint8Array(trailer);
      end[0] = type;
      target.set(cipher.update(end), at);
      at += trailer;
    }
    cipher.final();
    target.set(cipher.getAuthTag(), at);
    return at + TAG;
  }

  openNext(records: Uint8Array, maxPlaintext: number): OpenedRecords {
    this.#alive();
    requireBytes(records, 'the records');
    checkLimit(maxPlaintext);
    const contents: Uint8Array[] = [];
    const types: number[] = [];
    let consumed = 0;
    let failure: RecordFailure | null = null;
    while (records.length - consumed >= HEADER) {
      const size = (records[consumed + 3] << 8) | records[consumed + 4];
      if (size > (this.#format === '1.3' ? MOST_13 : MOST_12)) failure = 'ERR_RECORD_OVERFLOW';
      else if (records.length - consumed < HEADER + size) break;
      else if (this.#left === 0) failure = 'ERR_SEQUENCE_EXHAUSTED';
      if (failure !== null) break;
      const opened = this.#open(this.#sequence, records.subarray(consumed, consumed + HEADER + size), maxPlaintext);
      if (typeof opened === 'string') {
        failure = opened;
        break;
      }
      this.#sequence++;
      consumed += HEADER + size;
      contents.push(opened.content);
      types.push(opened.type);
      if (opened.type !== ContentType.application_data) break; // its content may change the keys
    }
    return { plaintext: joined(contents), types, lengths: contents.map(part => part.length), consumed, failure };
  }

  /** One whole record, or why it is none. */
  #open(sequence: number, record: Uint8Array, maxPlaintext: number): Opened | RecordFailure {
    const in13 = this.#format === '1.3';
    const start = HEADER + this.#explicit;
    const length = record.length - start - TAG;
    if (length < 0) return 'ERR_DECRYPTION_FAILED';
    this.#setNonce(sequence, record, HEADER);
    this.#setAdditional(sequence, record, 0, length);
    const inner = this.#decrypt(record.subarray(start, start + length), record.subarray(start + length));
    if (inner === null) return 'ERR_DECRYPTION_FAILED';
    let end = inner.length;
    let type = record[0];
    if (in13) {
      // RFC 9846 §5.4: the last byte that is not zero is the type. What is padding is no secret once it is opened.
      if (inner.length > maxPlaintext + 1) return 'ERR_RECORD_OVERFLOW';
      do end--;
      while (end >= 0 && inner[end] === 0);
      if (end < 0) return 'ERR_UNEXPECTED_MESSAGE';
      type = inner[end];
    } else if (end > maxPlaintext) return 'ERR_RECORD_OVERFLOW';
    // RFC 9846 §5.1: fragments of length zero are for application data only.
    if (end === 0 && type !== ContentType.application_data) return 'ERR_UNEXPECTED_MESSAGE';
    return { type, content: inner.subarray(0, end) };
  }

  #decrypt(body: Uint8Array, tag: Uint8Array): Uint8Array | null {
    const decipher = createDecipheriv(this.#cipher.name as CipherGCMTypes, this.#key as KeyObject, this.#nonce, {
      authTagLength: TAG,
    }) as DecipherGCM;
    decipher.setAuthTag(tag);
    decipher.setAAD(this.#additional);
    const plaintext = decipher.update(body);
    try {
      decipher.final();
    } catch {
      plaintext.fill(0); // nobody sees what was not authenticated
      return null;
    }
    return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length);
  }

  dangerousSealAt(sequence: number, type: number, content: Uint8Array): Uint8Array {
    this.#check(type, content, Math.max(1, content.length), 0);
    requireSequence(sequence);
    if (sequence >= this.#limit) throw exhausted();
    const out = new Uint8Array(content.length + this.overhead);
    this.#seal(sequence, type, content, 0, out, 0);
    return out;
  }

  openAt(sequence: number, record: Uint8Array, maxPlaintext: number): OpenedRecords {
    this.#alive();
    requireBytes(record, 'the record');
    checkLimit(maxPlaintext);
    requireSequence(sequence);
    if (this.#forgeries >= this.#cipher.limit.forgeries) throw exhausted();
    const none = { plaintext: new Uint8Array(0), types: [], lengths: [], consumed: 0 };
    if (record.length < HEADER) return { ...none, failure: null };
    const size = (record[3] << 8) | record[4];
    if (size > (this.#format === '1.3' ? MOST_13 : MOST_12)) return { ...none, failure: 'ERR_RECORD_OVERFLOW' };
    if (record.length < HEADER + size) return { ...none, failure: null };
    const opened = this.#open(sequence, record.subarray(0, HEADER + size), maxPlaintext);
    if (typeof opened === 'string') {
      if (opened === 'ERR_DECRYPTION_FAILED') this.#forgeries++;
      return { ...none, failure: opened };
    }
    const { type, content } = opened;
    return { plaintext: content, types: [type], lengths: [content.length], consumed: HEADER + size, failure: null };
  }

  dispose(): void {
    this.#key = null;
    this.#iv.fill(0);
    this.#nonce.fill(0);
  }

  #alive(): void {
    if (this.#key === null) throw new TlsError('ERR_STALE_HANDLE', 'this was disposed of');
  }

  /** @param explicit where the record has its nonce, if it has one (RFC 5288 §3) */
  #setNonce(sequence: number, record: Uint8Array, explicit: number): void {
    const nonce = this.#nonce;
    nonce.set(this.#iv);
    if (this.#explicit > 0) {
      nonce.set(record.subarray(explicit, explicit + EXPLICIT_NONCE), 4);
      return;
    }
    const high = Math.floor(sequence / 2 ** 32);
    for (let i = 0; i < 4; i++) {
      nonce[4 + i] ^= high >>> (24 - 8 * i);
      nonce[8 + i] ^= sequence >>> (24 - 8 * i);
    }
  }

  /** RFC 9846 §5.2: the header. RFC 5246 §6.2.3.3: sequence number, type, version and length of the content. */
  #setAdditional(sequence: number, record: Uint8Array, header: number, length: number): void {
    const additional = this.#additional;
    if (this.#format === '1.3') {
      additional.set(record.subarray(header, header + HEADER));
      return;
    }
    writeSequence(additional, 0, sequence);
    additional.set([record[header], record[header + 1], record[header + 2], length >> 8, length & 0xff], 8);
  }
}

function writeSequence(target: Uint8Array, at: number, sequence: number): void {
  const high = Math.floor(sequence / 2 ** 32);
  for (let i = 0; i < 4; i++) {
    target[at + i] = high >>> (24 - 8 * i);
    target[at + 4 + i] = sequence >>> (24 - 8 * i);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
    part.fill(0);
  }
  return out;
}

function checkLimit(maxPlaintext: number): void {
  requireInteger(maxPlaintext, 1, LARGEST_FRAGMENT, 'the limit of plaintext');
}

function requireSequence(sequence: number): void {
  requireInteger(sequence, 0, Number.MAX_SAFE_INTEGER, 'a sequence number');
}

function exhausted(): TlsError {
  return new TlsError('ERR_SEQUENCE_EXHAUSTED', 'these keys may protect no further records (RFC 9846 §5.5)');
}
