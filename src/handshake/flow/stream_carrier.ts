// The Carrier of TLS over a byte stream: RecordReader and RecordWriter seen as one.

import type { CipherSuite13, RecordProtection } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { RecordReader } from '../../record/record_reader.ts';
import type { RecordWriter } from '../../record/record_writer.ts';
import { AlertLevel } from '../../registry/alerts.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import {
  type Carrier,
  type CarrierTraits,
  changeCipherSpecMessage,
  type Direction,
  type Epoch,
  type RecordControl,
  type RecordPadding,
} from './carrier.ts';

const TLS12 = ProtocolVersion['TLSv1.2'];
const TLS13 = ProtocolVersion['TLSv1.3'];
const nothing = new Uint8Array(0);

const traits: CarrierTraits = { middleboxCompatibility: true, endOfEarlyData: true, keyUpdate: true };

export class StreamCarrier implements Carrier, RecordControl {
  readonly traits = traits;
  readonly records: RecordControl = this;
  readonly #role: 'client' | 'server';
  readonly #reader: RecordReader;
  readonly #writer: RecordWriter;
  #message: HandshakeMessage | null = null;
  #versioned = false;
  #ended = false;

  constructor(role: 'client' | 'server', reader: RecordReader, writer: RecordWriter) {
    this.#role = role;
    this.#reader = reader;
    this.#writer = writer;
  }

  /** True while a message that was delivered is not read. */
  get holdsMessage(): boolean {
    return this.#message !== null;
  }

  /** Hands over the next message of the reader; the one before has been read. */
  deliver(message: HandshakeMessage): void {
    this.#message = message;
  }

  /** A ChangeCipherSpec that counts, as the pseudo message `changeCipherSpecMessage`. */
  deliverChangeCipherSpec(): void {
    this.#message = { type: changeCipherSpecMessage, raw: nothing, body: nothing };
  }

  nextMessage(): HandshakeMessage | null {
    const message = this.#message;
    this.#message = null;
    return message;
  }

  transcriptEntry(message: Uint8Array): Uint8Array {
    return message;
  }

  /** close_notify was sent: no message may follow it (RFC 9846 §6.1), whatever flow is under way. */
  endOfOutput(): void {
    this.#ended = true;
  }

  send(message: Uint8Array): void {
    if (this.#ended) return;
    this.#writer.writeHandshake(message);
    if (this.#versioned || this.#role === 'server') return;
    // RFC 9846 §5.1: only the first ClientHello has 0x0301. From here on a ChangeCipherSpec may come (§5).
    this.#versioned = true;
    this.#writer.useRecordVersion(TLS12);
    this.#reader.expectChangeCipherSpec('ignored');
  }

  sendWarning(description: number): void {
    if (!this.#ended) this.#writer.writeAlert(AlertLevel.warning, description);
  }

  useRecordVersion(version: number): void {
    this.#versioned = true;
    this.#writer.useRecordVersion(version);
  }

  sendChangeCipherSpec(): void {
    this.#writer.writeChangeCipherSpec();
  }

  changeKeys(direction: Direction, epoch: Epoch, suite: CipherSuite13, secret: Secret): void {
    // RFC 9846 §5: no ChangeCipherSpec after the peer's Finished.
    if (direction === 'read' && epoch === 'application') this.#reader.expectChangeCipherSpec('forbidden');
    this.changeProtection(direction, suite.protect(secret));
    // Early data is the only data before the end of the handshake.
    if (direction === 'read' && epoch !== 'application') this.#reader.allowApplicationData(epoch === 'early');
  }

  changeProtection(direction: Direction, protection: RecordProtection): void {
    try {
      if (direction === 'read') this.#reader.changeProtection(protection);
      else this.#writer.changeProtection(protection);
    } catch (error) {
      protection.dispose();
      throw error;
    }
  }

  dropProtection(): void {
    this.#writer.dropProtection();
  }

  useVersion(version: number): void {
    this.#versioned = true;
    this.#reader.useVersion(version);
    this.#writer.useRecordVersion(Math.min(version, TLS12));
    this.#reader.expectChangeCipherSpec(version >= TLS13 ? 'ignored' : 'message');
  }

  limitRecords(direction: Direction, maxPlaintext: number): void {
    if (direction === 'read') this.#reader.limit(maxPlaintext);
    else this.#writer.limit(maxPlaintext);
  }

  limitFragments(maxPlaintext: number): void {
    this.#reader.limit(maxPlaintext);
    this.#reader.limitUnprotected(maxPlaintext);
    this.#writer.limit(maxPlaintext);
    this.#writer.limitUnprotected(maxPlaintext);
  }

  padRecords(padding: RecordPadding | null): void {
    this.#writer.pad(padding);
  }

  skipEarlyData(maxBytes: number): void {
    this.#reader.skipUnopened(maxBytes);
  }
}
