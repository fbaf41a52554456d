// RecordProtection of SSL 3.0, TLS 1.0 and TLS 1.1 (RFC 6101 §5.2.3, RFC 2246 §6.2.3, RFC 4346 §6.2.3): MAC and padding by the
// legacy family, the cipher by the core (AES) or the family (triple DES, RC4). What differs between the versions is data.

import type { LegacyExports } from '../../build/generated/abi.ts';
import { requireInteger } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { randomBytes } from '../crypto/random.ts';
import type { OpenedRecords, RecordFailure, RecordProtection } from '../crypto/record_protection.ts';
import { ContentType } from '../registry/content_types.ts';
import { ProtocolVersion } from '../registry/protocol_versions.ts';
import { Slot, type WasmCore } from './core.ts';
import { legacyFamily } from './legacy_family.ts';

const HEADER = 5;
const LARGEST_FRAGMENT = 16384;
const MAX_CIPHERTEXT = LARGEST_FRAGMENT + 2048; // RFC 2246 §6.2.3
const WIDEST_BLOCK = 16;
/** MAC, and the most padding that is added. */
const MOST_ADDED = 20 + WIDEST_BLOCK;
// The layout of the slot: MAC key, cipher key, chaining value, then the schedule or the state of the cipher.
const KEY = 32;
const CHAIN = 64;
const CIPHER_STATE = 80;
/** Asks the core for an expanded AES key that is used once. */
const ONE_USE = 0;
// Bits of a kind in assembly/legacy/older_mac.ts.
const KIND_SHA1 = 1;
const KIND_SSL3 = 2;

export interface OlderRecordParameters {
  /** ProtocolVersion. */
  readonly version: number;
  readonly cipher: 'aes' | '3des' | 'rc4';
  readonly mac: 'md5' | 'sha1';
  /** Lengths in bytes; the block is 0 for a stream cipher. */
  readonly keyLength: number;
  readonly macLength: number;
  readonly block: number;
  /** Records under one key. */
  readonly limit: number;
}

/** Addresses of the keys to copy; they stay the caller's. */
export interface OlderRecordKeys {
  readonly key: number;
  /** For CBC with implicit IVs, `block` bytes; else unused. */
  readonly iv: number;
  readonly macKey: number;
}

/** True where records begin with an IV of their own (RFC 4346 §6.2.3.2). */
export function hasExplicitIv({ version, block }: Pick<OlderRecordParameters, 'version' | 'block'>): boolean {
  return block > 0 && version >= ProtocolVersion['TLSv1.1'];
}

export class OlderRecordProtection implements RecordProtection {
  readonly overhead: number;
  readonly #core: WasmCore;
  readonly #abi: LegacyExports;
  readonly #slot: Slot;
  readonly #parameters: OlderRecordParameters;
  readonly #kind: number;
  readonly #ivLength: number;
  #sequence = 0;

  /** @throws ERR_OUT_OF_MEMORY */
  constructor(core: WasmCore, parameters: OlderRecordParameters, keys: OlderRecordKeys) {
    const { version, cipher, mac, keyLength, macLength, block } = parameters;
    this.#core = core;
    this.#abi = core.family<LegacyExports>(legacyFamily);
    this.#parameters = parameters;
    this.#kind = (mac === 'sha1' ? KIND_SHA1 : 0) | (version === ProtocolVersion.SSLv3 ? KIND_SSL3 : 0);
    this.#ivLength = hasExplicitIv(parameters) ? block : 0;
    this.overhead = HEADER + this.#ivLength + macLength + block;
    const stateLength = { aes: 0, '3des': this.#abi.tripleDesScheduleLength(), rc4: this.#abi.rc4StateLength() };
    this.#slot = new Slot(core, core.allocate(CIPHER_STATE + stateLength[cipher]));
    const at = this.#slot.pointer();
    const { bytes } = core;
    bytes.copyWithin(at, keys.macKey, keys.macKey + macLength);
    bytes.copyWithin(at + KEY, keys.key, keys.key + keyLength);
    if (block > 0 && this.#ivLength === 0) bytes.copyWithin(at + CHAIN, keys.iv, keys.iv + block);
    if (cipher === '3des') this.#abi.tripleDesExpand(at + KEY, at + CIPHER_STATE);
    if (cipher === 'rc4') this.#abi.rc4Init(at + KEY, keyLength, at + CIPHER_STATE);
  }

  get sequence(): number {
    this.#slot.pointer();
    return this.#sequence;
  }

  get remaining(): number {
    return Math.max(0, this.#parameters.limit - this.sequence);
  }

  recordsFor(length: number, maxFragment: number): number {
    if (!this.#splits) return Math.max(1, Math.ceil(length / maxFragment));
    const rest = length % (1 + maxFragment);
    return Math.max(1, 2 * Math.floor(length / (1 + maxFragment)) + Math.min(rest, 2));
  }

  sealNext(type: number, content: Uint8Array, maxFragment: number, padding = 0): Uint8Array {
    requireInteger(type, 0, 255, 'a content type');
    this.#core.requireInput(content, 'the content');
    if (!(Number.isInteger(maxFragment) && maxFragment >= 1 && maxFragment <= LARGEST_FRAGMENT)) {
      throw new TlsError('ERR_RECORD_OVERFLOW', 'a fragment holds 1 to 2^14 bytes (RFC 2246 §6.2.1)');
    }
    if (padding !== 0) throw new TlsError('ERR_INVALID_ARGUMENT', 'only TLS 1.3 records take padding');
    const fragments = this.#cut(type, content, maxFragment);
    if (this.remaining < fragments.length) throw exhausted();
    const records = fragments.map(fragment => this.#seal(type, fragment));
    return joined(records);
  }

  get #splits(): boolean {
    return this.#parameters.block > 0 && this.#ivLength === 0;
  }

  /**
   * Fragments of the content. Where the IV of a record is the end of the one before, an attacker who chooses data knows it
   * (BEAST): before each record of data goes one of a byte, and the IV is then the end of a MAC that nobody foretells.
   */
  #cut(type: number, content: Uint8Array, maxFragment: number): Uint8Array[] {
    const predictable = this.#splits && type === ContentType.application_data;
    const fragments: Uint8Array[] = [];
    for (let at = 0; at < content.length || fragments.length === 0; ) {
      const alone = predictable && fragments.length % 2 === 0;
      const end = Math.min(content.length, at + (alone ? 1 : maxFragment));
      fragments.push(content.subarray(at, end));
      at = end;
    }
    return fragments;
  }

  #seal(type: number, content: Uint8Array): Uint8Array {
    const { block, version } = this.#parameters;
    const iv = this.#ivLength > 0 ? randomBytes(this.#core.random, this.#ivLength) : null;
    const context = this.#slot.pointer();
    const used = HEADER + this.#ivLength + content.length + MOST_ADDED;
    return this.#core.withExchange(used, exchange => {
      const { bytes } = this.#core;
      const data = exchange + HEADER + this.#ivLength;
      bytes.set(content, data);
      if (iv !== null) {
        bytes.set(iv, exchange + HEADER);
        bytes.set(iv, context + CHAIN);
      }
      const [low, high] = halves(this.#sequence++);
      const { length } = content;
      const padded = this.#abi.olderSeal(this.#kind, context, low, high, type, version, data, length, block);
      this.#cipher(context, data, padded, true);
      const size = this.#ivLength + padded;
      bytes.set([type, version >> 8, version & 0xff, size >> 8, size & 0xff], exchange);
      return bytes.slice(exchange, exchange + HEADER + size);
    });
  }

  /** Encrypts or decrypts whole blocks, or any bytes with RC4, in place; the chaining value goes on in the slot. */
  #cipher(context: number, data: number, length: number, encrypt: boolean): void {
    const { cipher, keyLength } = this.#parameters;
    const state = context + CIPHER_STATE;
    if (cipher === 'rc4') this.#abi.rc4Apply(state, data, length);
    else if (cipher === '3des') {
      if (encrypt) this.#abi.tripleDesCbcEncrypt(state, context + CHAIN, data, length);
      else this.#abi.tripleDesCbcDecrypt(state, context + CHAIN, data, length);
    } else {
      const { abi } = this.#core;
      if (encrypt) abi.aesCbcEncryptBlocks(context + KEY, keyLength, ONE_USE, context + CHAIN, data, length);
      else abi.aesCbcDecryptBlocks(context + KEY, keyLength, ONE_USE, context + CHAIN, data, length);
    }
  }

  openNext(records: Uint8Array, maxPlaintext: number): OpenedRecords {
    this.#slot.pointer();
    this.#core.requireInput(records, 'the records');
    requireInteger(maxPlaintext, 1, LARGEST_FRAGMENT, 'the limit of plaintext');
    const parts: Uint8Array[] = [];
    const types: number[] = [];
    let consumed = 0;
    let failure: RecordFailure | null = null;
    while (records.length - consumed >= HEADER) {
      const size = (records[consumed + 3] << 8) | records[consumed + 4];
      if (size > MAX_CIPHERTEXT) failure = 'ERR_RECORD_OVERFLOW';
      else if (this.remaining === 0) failure = 'ERR_SEQUENCE_EXHAUSTED';
      if (failure !== null || records.length - consumed < HEADER + size) break;
      const type = records[consumed];
      const body = records.subarray(consumed + HEADER, consumed + HEADER + size);
      const opened = this.#open(type, body, maxPlaintext);
      if (typeof opened === 'string') {
        failure = opened;
        break;
      }
      parts.push(opened);
      types.push(type);
      consumed += HEADER + size;
      if (type !== ContentType.application_data) break; // its content may change the keys
    }
    const lengths = parts.map(part => part.length);
    return { plaintext: joined(parts), types, lengths, consumed, failure };
  }

  /** The content of one record, or why there is none. */
  #open(type: number, body: Uint8Array, maxPlaintext: number): Uint8Array | RecordFailure {
    const { block } = this.#parameters;
    // IV and whole blocks: public.
    const length = body.length - this.#ivLength;
    if (length <= 0 || (block > 0 && length % block !== 0)) return 'ERR_DECRYPTION_FAILED';
    const context = this.#slot.pointer();
    return this.#core.withExchange(body.length, exchange => {
      const { bytes } = this.#core;
      bytes.set(body, exchange);
      if (this.#ivLength > 0) bytes.copyWithin(context + CHAIN, exchange, exchange + this.#ivLength);
      const data = exchange + this.#ivLength;
      this.#cipher(context, data, length, false);
      const content = this.#judge(context, type, data, length);
      if (content < 0) return 'ERR_DECRYPTION_FAILED';
      if (content > maxPlaintext) return 'ERR_RECORD_OVERFLOW';
      if (content === 0 && type !== ContentType.application_data) return 'ERR_UNEXPECTED_MESSAGE';
      this.#sequence++;
      return bytes.slice(data, data + content);
    });
  }

  #judge(context: number, type: number, data: number, length: number): number {
    const { block, version } = this.#parameters;
    const [low, high] = halves(this.#sequence);
    return block > 0
      ? this.#abi.olderJudgeBlocks(this.#kind, context, low, high, type, version, data, length, block)
      : this.#abi.olderJudgeStream(this.#kind, context, low, high, type, version, data, length);
  }

  dangerousSealAt(): Uint8Array {
    throw outOfOrder();
  }

  openAt(): OpenedRecords {
    throw outOfOrder();
  }

  dispose(): void {
    this.#slot.dispose();
  }
}

function halves(sequence: number): [low: number, high: number] {
  return [sequence >>> 0, Math.floor(sequence / 2 ** 32)];
}

function exhausted(): TlsError {
  return new TlsError('ERR_SEQUENCE_EXHAUSTED', 'these keys may protect no further records');
}

function outOfOrder(): TlsError {
  return new TlsError('ERR_INVALID_STATE', 'records before TLS 1.2 have one order');
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
    part.fill(0);
  }
  return out;
}
