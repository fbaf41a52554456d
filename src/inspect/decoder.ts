// Both directions of a connection as a bystander sees them: bytes and key log lines in, records out, opened where their
// secret is known. Follows the keys as the peers change them (RFC 9846 §7, RFC 5246 §6.3), takes no part and never throws
// over what came.

import { concat, copyOfBytes, toHex } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import type { OlderCryptography } from '../crypto/older_cryptography.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { CipherSuite12, CipherSuite13, RecordProtection } from '../crypto/record_protection.ts';
import type { Secret } from '../crypto/secret.ts';
import { ContentType } from '../registry/content_types.ts';
import { ExtensionType } from '../registry/extension_types.ts';
import { HandshakeType } from '../registry/handshake_types.ts';
import { ProtocolVersion } from '../registry/protocol_versions.ts';
import { parseClientHello } from '../wire/client_hello.ts';
import { hasExtension } from '../wire/extensions.ts';
import { isHelloRetryRequest, parseServerHello } from '../wire/server_hello.ts';
import { KeyLog } from './key_log.ts';
import { HandshakeInspector } from './messages.ts';
import { RECORD_HEADER } from './records.ts';

export type Sender = 'client' | 'server';
/** Keys by the name of their traffic secrets; TLS 1.2 and before have `application` alone. */
export type RecordEpoch = 'early' | 'handshake' | 'application';

/** One record. */
export interface DecodedRecord {
  /** As given with its last byte. */
  readonly time: number;
  readonly from: Sender;
  /** ContentType in its header, legacy_record_version, and the length behind the header. */
  readonly type: number;
  readonly version: number;
  readonly length: number;
  /** With its header; null where a trace leaves it out. */
  readonly bytes: Uint8Array | null;
  /** Null in the clear. */
  readonly protection: {
    readonly epoch: RecordEpoch;
    /** KeyUpdates before. */
    readonly generation: number;
    readonly sequence: number;
  } | null;
  /** ContentType of what is inside; null if it was not opened. */
  readonly innerType: number | null;
  /** What is inside; null if it was not opened, or is left out of a trace. */
  readonly content: Uint8Array | null;
  readonly contentLength: number | null;
  /** Why it did not open. */
  readonly failure?: string;
}

const TLS13 = ProtocolVersion['TLSv1.3'];
const MAX_PLAINTEXT = 16384;
/** Bytes that may wait for the rest of a record or for a secret. */
const MAX_WAITING = 64 * 1024 * 1024;
/** Longest handshake message that is put together: Certificate messages have no other bound than three bytes of length. */
const MAX_MESSAGE = 256 * 1024;

interface Direction {
  readonly from: Sender;
  /** Chunks with their times, not yet records. */
  pending: Uint8Array;
  /** Records that wait for a secret, or for the other direction. */
  epoch: RecordEpoch | null;
  generation: number;
  protection: RecordProtection | null;
  secret: Secret | null;
  /** Handshake bytes that are no whole message yet. */
  handshake: Uint8Array;
  /** Set when nobody can follow any more. */
  lost: string | null;
}

interface Waiting {
  readonly record: Uint8Array;
  readonly from: Sender;
  readonly time: number;
}

/** What opens records. */
export interface DecoderOptions {
  readonly provider: CryptoProvider;
  /** For SSL 3.0 to TLS 1.1; without it their records stay closed. */
  readonly older?: OlderCryptography;
  /** Secrets; more may come by `secret`. Without any, all stays closed that is encrypted. */
  readonly keyLog?: KeyLog;
}

export class ConnectionDecoder {
  readonly #provider: CryptoProvider;
  readonly #older: OlderCryptography | undefined;
  readonly #keyLog: KeyLog;
  readonly #sides: Readonly<Record<Sender, Direction>> = { client: direction('client'), server: direction('server') };
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  readonly #inspector = new HandshakeInspector();
  #clientRandom = '';
  #serverRandom: Uint8Array = new Uint8Array(32);
  #earlyOffered = false;
  #encryptThenMac = false;
  #problem: string | undefined;

  constructor({ provider, older, keyLog }: DecoderOptions) {
    this.#provider = provider;
    this.#older = older;
    this.#keyLog = keyLog ?? new KeyLog();
  }

  /** Random of the ClientHello in hex, which names the connection in key logs; empty before it came. */
  get clientRandom(): string {
    return this.#clientRandom;
  }

  /** ProtocolVersion and cipher suite, once the ServerHello chose them. */
  get context(): { readonly version?: number; readonly cipherSuite?: number } {
    return this.#inspector.context;
  }

  /** Why what comes is no TLS, if it is none. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** A line of a key log. */
  secret(line: string): void {
    this.#keyLog.add(line);
  }

  /** Bytes of one direction, in order. @param time in whatever unit records are to have */
  push(from: Sender, bytes: Uint8Array, time: number): void {
    const side = this.#sides[from];
    if (this.#problem !== undefined) return;
    side.pending = side.pending.length === 0 ? copyOfBytes(bytes) : concat([side.pending, bytes]);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > MAX_WAITING) {
      this.#problem = `more than ${MAX_WAITING} bytes wait`;
      return;
    }
    let at = 0;
    while (side.pending.length - at >= RECORD_HEADER) {
      const header = side.pending.subarray(at);
      if (header[0] < 0x14 || header[0] > 0x18 || header[1] !== 3) {
        this.#problem = `the ${from} does not speak TLS: a record of type ${header[0]}`;
        break;
      }
      const length = RECORD_HEADER + ((header[3] << 8) | header[4]);
      if (header.length < length) break;
      this.#waiting.push({ record: header.slice(0, length), from, time });
      at += length;
    }
    side.pending = side.pending.slice(at);
  }

  /**
   * Records that can be told: all up to the first that is encrypted under a secret that has not come yet.
   * @param last no more secrets come: those records stay closed
   */
  take(last = false): DecodedRecord[] {
    const records: DecodedRecord[] = [];
    let taken = 0;
    for (const { record, from, time } of this.#waiting) {
      const side = this.#sides[from];
      if (!last && this.#lacksSecret(side, record)) break;
      records.push(this.#decode(side, record, time));
      this.#waitingBytes -= record.length;
      taken++;
    }
    this.#waiting = this.#waiting.slice(taken);
    return records;
  }

  /** Bytes that are no whole record. */
  remaining(from: Sender): Uint8Array {
    return this.#sides[from].pending;
  }

  /** Wipes the keys. */
  dispose(): void {
    for (const side of Object.values(this.#sides)) dropKeys(side);
  }

  #is13(): boolean {
    return (this.#inspector.context.version ?? 0) >= TLS13;
  }

  #isProtected(side: Direction, record: Uint8Array): boolean {
    if (side.epoch === null) return false;
    if (!this.#is13() && side.epoch !== 'early') return true;
    return record[0] === ContentType.application_data;
  }

  #lacksSecret(side: Direction, record: Uint8Array): boolean {
    // The client may send under handshake keys what a bystander sees before the ServerHello is looked at.
    if (!this.#isProtected(side, record) || side.protection !== null || side.lost !== null) return false;
    return this.#findSecret(side) === undefined;
  }

  #findSecret({ from, epoch }: Direction): Uint8Array | undefined {
    if (!this.#is13() && epoch !== 'early') return this.#keyLog.find('CLIENT_RANDOM', this.#clientRandom);
    const who = from.toUpperCase();
    const label = {
      early: 'CLIENT_EARLY_TRAFFIC_SECRET',
      handshake: `${who}_HANDSHAKE_TRAFFIC_SECRET`,
      application: `${who}_TRAFFIC_SECRET_0`,
    }[epoch ?? 'application'];
    return this.#keyLog.find(label, this.#clientRandom);
  }

  #decode(side: Direction, bytes: Uint8Array, time: number): DecodedRecord {
    const header = {
      time,
      from: side.from,
      type: bytes[0],
      version: (bytes[1] << 8) | bytes[2],
      length: bytes.length - RECORD_HEADER,
      bytes,
    };
    if (this.#isProtected(side, bytes)) return { ...header, ...this.#open(side, bytes) };
    const content = bytes.subarray(RECORD_HEADER);
    const record = { ...header, protection: null, innerType: bytes[0], content, contentLength: content.length };
    if (bytes[0] === ContentType.application_data && side.epoch === null)
      return { ...record, innerType: null, content: null, contentLength: null, failure: 'its keys are not known' };
    if (bytes[0] === ContentType.change_cipher_spec && !this.#is13() && this.#inspector.context.version !== undefined)
      this.#enter(side, 'application');
    if (bytes[0] === ContentType.handshake) this.#takeHandshake(side, content);
    return record;
  }

  #open(
    side: Direction,
    bytes: Uint8Array,
  ): Omit<DecodedRecord, 'time' | 'from' | 'type' | 'version' | 'length' | 'bytes'> {
    let opened = this.#tryOpen(side, bytes);
    // RFC 9846 §4.2.10: early data that is refused ends without a word.
    if (opened === null && side.epoch === 'early' && side.lost === null) {
      this.#enter(side, 'handshake');
      opened = this.#tryOpen(side, bytes);
    }
    const epoch = side.epoch ?? 'application';
    const { generation } = side;
    if (opened === null) {
      const failure = side.lost ?? 'it does not open: it was changed, or these are not its keys';
      return {
        protection: { epoch, generation, sequence: side.protection?.sequence ?? 0 },
        innerType: null,
        content: null,
        contentLength: null,
        failure,
      };
    }
    const { type, content, sequence } = opened;
    if (type === ContentType.handshake) this.#takeHandshake(side, content);
    return { protection: { epoch, generation, sequence }, innerType: type, content, contentLength: content.length };
  }

  #tryOpen(side: Direction, bytes: Uint8Array): { type: number; content: Uint8Array; sequence: number } | null {
    try {
      side.protection ??= this.#protectionOf(side);
      const { sequence } = side.protection;
      const { plaintext, types, consumed } = side.protection.openNext(bytes, MAX_PLAINTEXT);
      return consumed === 0 ? null : { type: types[0], content: plaintext, sequence };
    } catch (error) {
      side.lost ??= error instanceof Error ? error.message : String(error);
      return null;
    }
  }

  /** @throws ERR_INVALID_STATE where the secret or the suite is not known */
  #protectionOf(side: Direction): RecordProtection {
    const bytes = this.#findSecret(side);
    if (bytes === undefined) throw new TlsError('ERR_INVALID_STATE', 'its secret is not known');
    if (!this.#is13() && side.epoch !== 'early') return this.#protection12(side, bytes);
    side.secret?.dispose();
    side.secret = this.#provider.importSecret(bytes);
    return this.#suite13(side.secret.length).protect(side.secret);
  }

  #suite13(secretLength: number): CipherSuite13 {
    const { cipherSuite } = this.#inspector.context;
    const suites = this.#provider.cipherSuites13;
    // Early data comes before a suite is chosen: that of the session, of which the length of its secret tells something.
    const suite =
      suites.find(({ id }) => id === cipherSuite) ??
      suites.find(({ keyDerivation }) => keyDerivation.hash.outputLength === secretLength);
    if (suite === undefined) throw new TlsError('ERR_INVALID_STATE', 'castls does not have its cipher suite');
    return suite;
  }

  #protection12(side: Direction, masterBytes: Uint8Array): RecordProtection {
    const suite = this.#suite12();
    const master = this.#provider.importSecret(masterBytes);
    try {
      const seed = concat([this.#serverRandom, fromHexOf(this.#clientRandom)]);
      const keyBlock = suite.keyDerivation.prf12(master, 'key expansion', seed, suite.keyBlockLength);
      try {
        return suite.protect(keyBlock, side.from, this.#encryptThenMac && suite.mode === 'cbc');
      } finally {
        keyBlock.dispose();
      }
    } finally {
      master.dispose();
    }
  }

  #suite12(): CipherSuite12 {
    const { cipherSuite, version = 0 } = this.#inspector.context;
    const suites =
      version >= ProtocolVersion['TLSv1.2']
        ? this.#provider.cipherSuites12
        : (this.#older?.cipherSuites(version) ?? []);
    const suite = suites.find(({ id }) => id === cipherSuite);
    if (suite === undefined) throw new TlsError('ERR_INVALID_STATE', 'castls does not have its cipher suite');
    return suite;
  }

  #enter(side: Direction, epoch: RecordEpoch): void {
    dropKeys(side);
    side.epoch = epoch;
    side.generation = 0;
    side.lost = null;
  }

  #takeHandshake(side: Direction, content: Uint8Array): void {
    let bytes = side.handshake.length === 0 ? content : concat([side.handshake, content]);
    while (bytes.length >= 4) {
      const length = 4 + ((bytes[1] << 16) | (bytes[2] << 8) | bytes[3]);
      if (length > MAX_MESSAGE) bytes = new Uint8Array(0);
      if (bytes.length < length) break;
      this.#takeMessage(side, bytes.subarray(0, length));
      bytes = bytes.subarray(length);
    }
    side.handshake = copyOfBytes(bytes);
  }

  #takeMessage(side: Direction, message: Uint8Array): void {
    const body = message.subarray(4);
    try {
      if (message[0] === HandshakeType.client_hello) this.#noteClientHello(side, body);
      else if (message[0] === HandshakeType.server_hello) this.#noteServerHello(message);
      else if (!this.#is13()) return;
      else if (message[0] === HandshakeType.end_of_early_data) this.#enter(side, 'handshake');
      else if (message[0] === HandshakeType.finished && side.epoch === 'handshake') this.#enter(side, 'application');
      else if (message[0] === HandshakeType.key_update && side.epoch === 'application') this.#update(side);
    } catch (error) {
      side.lost ??= error instanceof Error ? error.message : String(error);
    }
  }

  #noteClientHello(side: Direction, body: Uint8Array): void {
    const hello = parseClientHello(body);
    this.#clientRandom = toHex(hello.random);
    this.#earlyOffered = hasExtension(hello.extensions, ExtensionType.early_data);
    if (this.#earlyOffered) this.#enter(side, 'early');
    else if (side.epoch === 'early') side.epoch = null;
  }

  #noteServerHello(message: Uint8Array): void {
    this.#inspector.note(message);
    const hello = parseServerHello(message.subarray(4));
    if (isHelloRetryRequest(hello)) return;
    this.#serverRandom = hello.random.slice();
    this.#encryptThenMac = hasExtension(hello.extensions, ExtensionType.encrypt_then_mac);
    const { client, server } = this.#sides;
    if (!this.#is13()) {
      if (client.epoch === 'early') client.epoch = null;
      return;
    }
    this.#enter(server, 'handshake');
    if (client.epoch === null) this.#enter(client, 'handshake');
  }

  /** RFC 9846 §7.2. */
  #update(side: Direction): void {
    const { secret } = side;
    if (secret === null) return;
    const { keyDerivation, protect } = this.#bound13(secret.length);
    const next = keyDerivation.expandLabel(secret, 'traffic upd', new Uint8Array(0), secret.length);
    dropKeys(side);
    side.secret = next;
    side.protection = protect(next);
    side.generation++;
  }

  #bound13(secretLength: number): Pick<CipherSuite13, 'keyDerivation' | 'protect'> {
    const suite = this.#suite13(secretLength);
    return { keyDerivation: suite.keyDerivation, protect: secret => suite.protect(secret) };
  }
}

function direction(from: Sender): Direction {
  const nothing = new Uint8Array(0);
  return {
    from,
    pending: nothing,
    epoch: null,
    generation: 0,
    protection: null,
    secret: null,
    handshake: nothing,
    lost: null,
  };
}

function dropKeys(side: Direction): void {
  side.protection?.dispose();
  side.secret?.dispose();
  side.protection = null;
  side.secret = null;
}

function fromHexOf(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
}
