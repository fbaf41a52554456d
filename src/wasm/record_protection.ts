// RecordProtection in the WASM core: a context in an arena slot, records sealed and opened many per call.

import { requireInteger } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { OLDER } from '../base/variant.ts';
import { randomBytes } from '../crypto/random.ts';
import type { RecordLimit } from '../crypto/record_limits.ts';
import type { OpenedRecords, PlaintextMemory, RecordFailure, RecordProtection } from '../crypto/record_protection.ts';
import { ContentType } from '../registry/content_types.ts';
import { EXCHANGE_LENGTH, Slot, type WasmCore } from './core.ts';
import { refuse } from './missing_exports.ts';

// The layout of assembly/core/record/context.ts.
const CONTEXT_LENGTH = 120;
const LARGEST_FRAGMENT = 16384;
const IV_LENGTH = 16;
/** Bytes that are copied one by one: for so few a view costs more. */
const SHORT = 128;

/** Numbers that the core knows (assembly/core/record: context.ts, record_mac.ts). */
export const recordCipher = { aesGcm: 0, aesCcm: 1, chacha20Poly1305: 2, aesCbc: 3 } as const;
export const recordFormat = { tls13: 0, tls12Explicit: 1, tls12Implicit: 2, tls12Cbc: 3, tls12CbcEtm: 4 } as const;
export const recordMacHash = { sha1: 1, sha256: 2, sha384: 3 } as const;

/** What a record context is made of, keys aside. Lengths in bytes. */
export interface RecordParameters {
  readonly cipher: number;
  readonly format: number;
  readonly keyLength: number;
  readonly ivLength: number;
  readonly tagLength: number;
  readonly macHash?: number;
  readonly macLength?: number;
  readonly limit: RecordLimit;
}

/** Addresses of the keys to copy; they stay the caller's. */
export interface RecordKeys {
  readonly key: number;
  readonly iv: number;
  readonly macKey: number;
}

const failures: Record<number, RecordFailure> = {
  [-1]: 'ERR_DECRYPTION_FAILED',
  [-2]: 'ERR_RECORD_OVERFLOW',
  [-3]: 'ERR_UNEXPECTED_MESSAGE',
  [-4]: 'ERR_SEQUENCE_EXHAUSTED',
};

/**
 * The keys of one direction of one epoch in a slot of the core, 120 bytes: raw keys, sequence number and limit. What is
 * expanded from them lives in the core's cache while the context is busy. Arguments are checked once a call, records in
 * the core.
 */
export class WasmRecordProtection implements RecordProtection {
  readonly overhead: number;
  readonly #slot: Slot;
  readonly #core: WasmCore;
  readonly #parameters: RecordParameters;
  #forgeries = 0;
  /** What `remaining` says, kept here as long as records come and go: the core is asked once. */
  #remaining: number | null = null;

  /** @throws ERR_OUT_OF_MEMORY */
  constructor(core: WasmCore, parameters: RecordParameters, keys: RecordKeys) {
    const context = core.allocate(CONTEXT_LENGTH);
    const { cipher, format, keyLength, ivLength, tagLength, macHash = 0, macLength = 0, limit } = parameters;
    const { low, high } = limit.records;
    core.abi.recordInit(context, cipher, format, keyLength, tagLength, macHash, macLength, low, high);
    core.abi.recordSetKeys(context, keys.key, keys.iv, ivLength, keys.macKey);
    this.overhead = core.abi.recordOverhead(context);
    this.#slot = new Slot(core, context);
    this.#core = core;
    this.#parameters = parameters;
  }

  get sequence(): number {
    const context = this.#slot.pointer();
    return this.#half(context, 1) * 2 ** 32 + this.#half(context, 0);
  }

  get remaining(): number {
    if (this.#remaining === null) {
      const context = this.#slot.pointer();
      // Half by half: each difference is exact, and so is their sum where it is below 2^53, however large the numbers are.
      const { low, high } = this.#parameters.limit.records;
      this.#remaining = Math.max(0, (high - this.#half(context, 1)) * 2 ** 32 + (low - this.#half(context, 0)));
    }
    return this.#remaining;
  }

  #half(context: number, half: 0 | 1): number {
    return this.#core.abi.recordSequence(context, half) >>> 0;
  }

  sealNext(type: number, content: Uint8Array, maxFragment: number, padding = 0): Uint8Array {
    const records = this.#recordsOf(type, content, maxFragment, padding);
    const out = new Uint8Array(content.length + records * (this.overhead + padding));
    const length = this.sealInto(out, 0, type, content, maxFragment, padding);
    return length === out.length ? out : out.slice(0, length);
  }

  sealInto(
    target: Uint8Array,
    at: number,
    type: number,
    content: Uint8Array,
    maxFragment: number,
    padding = 0,
  ): number {
    const records = this.#recordsOf(type, content, maxFragment, padding);
    this.#core.requireInput(target, 'the target');
    const perRecord = this.overhead + padding;
    const batch = Math.floor((EXCHANGE_LENGTH - IV_LENGTH) / (maxFragment + perRecord + IV_LENGTH));
    requireInteger(at, 0, target.length - content.length - records * perRecord, 'the place in the target');
    if (records > batch && this.remaining < records) throw exhausted();
    let end = at;
    for (let from = 0, left = records; left > 0; left -= batch, from += batch * maxFragment) {
      const count = Math.min(left, batch);
      const part = count === records ? content : content.subarray(from, from + count * maxFragment);
      const length = this.#sealBatch(type, part, count, maxFragment, padding);
      const { exchange, bytes } = this.#core;
      target.set(bytes.subarray(exchange, exchange + length), end);
      end += length;
    }
    return end - at;
  }

  /**
   * Seals what fits in the exchange area: content moves in behind the room for the overheads, records come out.
   * @returns the bytes of them at the start of the exchange area, where nothing of the content is left
   */
  #sealBatch(type: number, content: Uint8Array, records: number, maxFragment: number, padding: number): number {
    const fresh = OLDER ? freshIvs(this.#core, this.#parameters, records) : null;
    const { abi, exchange, bytes } = this.#core;
    const context = this.#slot.pointer();
    const ivs = fresh === null ? 0 : placeIvs(this.#core, fresh);
    const input = exchange + records * (this.overhead + padding);
    bytes.set(content, input);
    const length = abi.recordSeal(context, type, input, content.length, maxFragment, padding, ivs, exchange);
    // Records stand where the content was; what is behind the last of them is content. Without a record all is.
    bytes.fill(0, exchange + length, Math.max(exchange + length, input + content.length));
    if (fresh !== null) bytes.fill(0, ivs, exchange + EXCHANGE_LENGTH);
    if (length === 0) throw exhausted();
    if (this.#remaining !== null) this.#remaining -= records;
    return length;
  }

  openNext(records: Uint8Array, maxPlaintext: number, memory?: PlaintextMemory): OpenedRecords {
    const context = this.#slot.pointer();
    this.#core.requireInput(records, 'the records');
    checkLimit(maxPlaintext);
    const { abi, exchange } = this.#core;
    const length = Math.min(records.length, EXCHANGE_LENGTH);
    this.#core.bytes.set(length < records.length ? records.subarray(0, length) : records, exchange);
    try {
      const opened = this.#collect(abi.recordOpen(context, exchange, length, maxPlaintext), memory);
      if (this.#remaining !== null) this.#remaining -= opened.types.length;
      return opened;
    } finally {
      this.#core.wipeExchange(length);
    }
  }

  dangerousSealAt(sequence: number, type: number, content: Uint8Array): Uint8Array {
    if (!OLDER) return refuse();
    this.#checkContent(type, content);
    this.#checkFragment(Math.max(1, content.length), 0);
    const [low, high] = halves(sequence);
    const fresh = freshIvs(this.#core, this.#parameters, 1);
    const { abi, exchange, bytes } = this.#core;
    const context = this.#slot.pointer();
    const ivs = fresh === null ? 0 : placeIvs(this.#core, fresh);
    const input = exchange + this.overhead;
    bytes.set(content, input);
    const length = abi.recordSealAt(context, low, high, type, input, content.length, ivs, exchange);
    const out = bytes.slice(exchange, exchange + length);
    this.#core.wipeExchange(Math.max(length, input - exchange + content.length));
    if (fresh !== null) bytes.fill(0, ivs, exchange + EXCHANGE_LENGTH);
    if (length === 0) throw exhausted();
    return out;
  }

  openAt(sequence: number, record: Uint8Array, maxPlaintext: number): OpenedRecords {
    if (!OLDER) return refuse();
    const context = this.#slot.pointer();
    this.#core.requireInput(record, 'the record');
    checkLimit(maxPlaintext);
    const [low, high] = halves(sequence);
    if (this.#forgeries >= this.#parameters.limit.forgeries) throw exhausted();
    const { abi, exchange, bytes } = this.#core;
    const length = Math.min(record.length, EXCHANGE_LENGTH);
    bytes.set(record.subarray(0, length), exchange);
    const opened = this.#collect(abi.recordOpenAt(context, low, high, exchange, length, maxPlaintext));
    this.#core.wipeExchange(length);
    if (opened.failure === 'ERR_DECRYPTION_FAILED') this.#forgeries++;
    return opened;
  }

  /** Takes results and plaintext out of the core; who calls it wipes what the call left in the exchange area. */
  #collect(plaintextLength: number, memory?: PlaintextMemory): OpenedRecords {
    const { abi, exchange, bytes } = this.#core;
    const count = abi.recordCount();
    const types: number[] = new Array(count);
    const lengths: number[] = new Array(count);
    let at = abi.recordResults();
    for (let i = 0; i < count; i++, at += 4) {
      types[i] = bytes[at + 3];
      lengths[i] = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
    }
    // What is no application data stands last.
    const isData = types[count - 1] === ContentType.application_data;
    const plaintext = copied(bytes, exchange, plaintextLength, isData && memory?.(plaintextLength));
    const outcome = abi.recordFailure();
    return { plaintext, types, lengths, consumed: abi.recordConsumed(), failure: outcome ? failures[outcome] : null };
  }

  /** How many records it takes, after all checks. */
  #recordsOf(type: number, content: Uint8Array, maxFragment: number, padding: number): number {
    this.#checkContent(type, content);
    this.#checkFragment(maxFragment, padding);
    return Math.max(1, Math.ceil(content.length / maxFragment));
  }

  #checkContent(type: number, content: Uint8Array): void {
    requireInteger(type, 0, 255, 'a content type');
    this.#core.requireInput(content, 'the content');
  }

  #checkFragment(maxFragment: number, padding: number): void {
    if (!(Number.isInteger(maxFragment) && maxFragment >= 1 && maxFragment <= LARGEST_FRAGMENT)) {
      throw new TlsError('ERR_RECORD_OVERFLOW', 'a fragment holds 1 to 2^14 bytes (RFC 9846 §5.1)');
    }
    if (padding === 0) return;
    if (this.#parameters.format !== recordFormat.tls13) {
      throw new TlsError('ERR_INVALID_ARGUMENT', 'only TLS 1.3 records take padding');
    }
    if (!(Number.isInteger(padding) && padding >= 0 && maxFragment + padding <= LARGEST_FRAGMENT)) {
      throw new TlsError(
        'ERR_RECORD_OVERFLOW',
        'content, type and padding hold at most 2^14 + 1 bytes (RFC 9846 §5.2)',
      );
    }
  }

  /** Puts the sequence number where it never was before. Dangerous: going back repeats nonces. For tests. @internal */
  dangerousSetSequence(sequence: number): void {
    const [low, high] = halves(sequence);
    this.#remaining = null;
    this.#core.abi.recordSetSequence(this.#slot.pointer(), low, high);
  }

  dispose(): void {
    if (this.#slot.disposed) return;
    this.#core.abi.aesCacheDrop(this.#core.abi.recordCacheId(this.#slot.pointer()));
    this.#slot.dispose();
  }
}

/** CBC needs an unpredictable IV per record (RFC 5246 §6.2.3.2). Drawn before any pointer is taken. */
function freshIvs({ random }: WasmCore, { cipher }: RecordParameters, records: number): Uint8Array | null {
  return cipher === recordCipher.aesCbc ? randomBytes(random, records * IV_LENGTH) : null;
}

/** Address of the IVs at the end of the exchange area. */
function placeIvs(core: WasmCore, ivs: Uint8Array): number {
  const at = core.exchange + EXCHANGE_LENGTH - ivs.length;
  core.bytes.set(ivs, at);
  ivs.fill(0);
  return at;
}

/** A copy of bytes of the core, in `target` where there is one. */
function copied(bytes: Uint8Array, at: number, length: number, target?: Uint8Array | false): Uint8Array {
  if (!target) return bytes.slice(at, at + length);
  if (!(target instanceof Uint8Array) || target.length !== length) {
    throw new TlsError('ERR_HOOK_FAILED', 'memory for plaintext is no Uint8Array of the length asked for');
  }
  if (length > SHORT) target.set(bytes.subarray(at, at + length));
  else for (let i = 0; i < length; i++) target[i] = bytes[at + i];
  return target;
}

function checkLimit(maxPlaintext: number): void {
  requireInteger(maxPlaintext, 1, LARGEST_FRAGMENT, 'the limit of plaintext');
}

function halves(sequence: number): [low: number, high: number] {
  if (!Number.isSafeInteger(sequence) || sequence < 0) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'a sequence number is an integer from 0 to 2^53 - 1');
  }
  return [sequence >>> 0, Math.floor(sequence / 2 ** 32)];
}

function exhausted(): TlsError {
  return new TlsError('ERR_SEQUENCE_EXHAUSTED', 'these keys may protect no further records (RFC 9846 §5.5)');
}
