// The handshake header (RFC 9846 §4): one byte of type, three of length. Bodies have a codec per message beside this file.

import { Writer } from './writer.ts';

/** Length of the header in bytes. */
export const HANDSHAKE_HEADER_LENGTH = 4;

/** A handshake message as the record layer reassembled it. */
export interface HandshakeMessage {
  /** HandshakeType; any value. */
  readonly type: number;
  /** Header and body, as they enter the transcript. */
  readonly raw: Uint8Array;
  /** A view of `raw` behind the header. */
  readonly body: Uint8Array;
}

/** A complete message: header and whatever `body` writes. */
export function encodeHandshake(type: number, body: (writer: Writer) => void): Uint8Array {
  return new Writer().u8(type).nested(3, body).finish();
}

/** Splits complete bytes of one message. `raw` is at least 4 bytes long and its length field is true. */
export function handshakeMessage(raw: Uint8Array): HandshakeMessage {
  return { type: raw[0], raw, body: raw.subarray(HANDSHAKE_HEADER_LENGTH) };
}
