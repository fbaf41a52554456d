// What carries handshake messages: TLS records, QUIC CRYPTO frames, DTLS records. The handshake knows epochs and
// messages; a Carrier knows how they travel.

import type { CipherSuite13, RecordProtection } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { MessageSource } from './flow.ts';

/** Keys by the name of their traffic secrets; `initial` is without any. */
export type Epoch = 'initial' | 'early' | 'handshake' | 'application';

export type Direction = 'read' | 'write';

/** Where carriers differ in the messages themselves. */
export interface CarrierTraits {
  /** ChangeCipherSpec and a legacy_session_id for middleboxes (RFC 9846 §D.4); QUIC forbids both (RFC 9001 §8.4). */
  readonly middleboxCompatibility: boolean;
  /** 0-RTT ends with EndOfEarlyData (RFC 9846 §4.5); not in QUIC (RFC 9001 §8.3). */
  readonly endOfEarlyData: boolean;
  /** Keys change by KeyUpdate messages; not in QUIC (RFC 9001 §6). */
  readonly keyUpdate: boolean;
}

/**
 * Type of the pseudo message that stands for a ChangeCipherSpec record, which TLS 1.2 reads like a handshake message.
 * Outside the range of HandshakeType; its body is empty.
 */
export const changeCipherSpecMessage = 0x114;

export interface Carrier extends MessageSource {
  readonly traits: CarrierTraits;
  /** What a carrier with records lets the handshake say of them; null without records, where only TLS 1.3 runs. */
  readonly records: RecordControl | null;
  /** The bytes that enter the transcript for a message, header included (DTLS 1.2 adds to them, RFC 6347 §4.2.6). */
  transcriptEntry(message: Uint8Array): Uint8Array;
  /** Sends a complete handshake message under the present write keys. */
  send(message: Uint8Array): void;
  /**
   * From now on this direction uses keys of this traffic secret.
   * @param secret stays the caller's
   * @throws ERR_KEY_CHANGE_INSIDE_MESSAGE if bytes of a handshake message wait under the old read keys
   */
  changeKeys(direction: Direction, epoch: Epoch, suite: CipherSuite13, secret: Secret): void;
}

/** Zero bytes to add to a record. @param length of its content @param most that it takes */
export type RecordPadding = (length: number, most: number) => number;

/** The records under the messages. */
export interface RecordControl {
  /** Sends a warning alert, behind what was sent before. @param description AlertDescription */
  sendWarning(description: number): void;
  /** Sends a ChangeCipherSpec: a dummy in 1.3, the real one in 1.2. */
  sendChangeCipherSpec(): void;
  /**
   * From now on this direction uses `protection`, which the carrier owns.
   * @throws ERR_KEY_CHANGE_INSIDE_MESSAGE as `changeKeys`
   */
  changeProtection(direction: Direction, protection: RecordProtection): void;
  /** Back to records without protection: a ClientHello behind early data that was refused (RFC 9846 §4.2.10). */
  dropProtection(direction: 'write'): void;
  /** The version in the headers of plaintext records until one is agreed on. */
  useRecordVersion(version: number): void;
  /** Both sides agreed on a version: `version` fixes record headers and what a ChangeCipherSpec means. */
  useVersion(version: number): void;
  /** Most plaintext bytes of a protected record (record_size_limit), the 1.3 content type not counted. */
  limitRecords(direction: Direction, maxPlaintext: number): void;
  /** Most plaintext bytes of all records from now on, those without protection among them (max_fragment_length, RFC 6066 §4). */
  limitFragments(maxPlaintext: number): void;
  /** TLS 1.3: how long records of application data become, from now on (RFC 9846 §5.4); null for no longer than they are. */
  padRecords(padding: RecordPadding | null): void;
  /** The client's 0-RTT data will not be read: skip what does not open, up to `maxBytes` (RFC 9846 §4.2.10). */
  skipEarlyData(maxBytes: number): void;
}
