// ServerHello and HelloRetryRequest (RFC 9846 §4.1.3, §4.1.4; RFC 5246 §7.4.1.3), and EncryptedExtensions (§4.3.1).

import { HandshakeType } from '../registry/handshake_types.ts';
import { type Extension, parseExtensions, writeExtensions } from './extensions.ts';
import { encodeHandshake } from './handshake_message.ts';
import { Reader } from './reader.ts';

export interface ServerHello {
  readonly legacyVersion: number;
  /** 32 bytes; `helloRetryRequestRandom` makes it a HelloRetryRequest. */
  readonly random: Uint8Array;
  /** 0-32 bytes: the echo (1.3) or the session's name (1.2). */
  readonly legacySessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly legacyCompressionMethod: number;
  /** Empty if the message has no block (TLS 1.2 and below). */
  readonly extensions: readonly Extension[];
}

/** SHA-256 of "HelloRetryRequest" (RFC 9846 §4.1.3). */
export const helloRetryRequestRandom: Uint8Array = Uint8Array.of(
  ...[0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91],
  ...[0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c],
);

export function isHelloRetryRequest(message: ServerHello): boolean {
  return message.random.every((byte, i) => byte === helloRetryRequestRandom[i]);
}

/** The message with its header. A block without extensions is left out, as TLS 1.2 allows. */
export function encodeServerHello(message: ServerHello): Uint8Array {
  return encodeHandshake(HandshakeType.server_hello, writer => {
    writer.u16(message.legacyVersion).bytes(message.random).vector(1, message.legacySessionId);
    writer.u16(message.cipherSuite).u8(message.legacyCompressionMethod);
    if (message.extensions.length > 0) writeExtensions(writer, message.extensions);
  });
}

/** @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for a repeated extension */
export function parseServerHello(body: Uint8Array): ServerHello {
  const reader = new Reader(body, 'ServerHello');
  const legacyVersion = reader.u16();
  const random = reader.bytes(32);
  const legacySessionId = reader.vector(1, 0, 32);
  const cipherSuite = reader.u16();
  const legacyCompressionMethod = reader.u8();
  const extensions = reader.remaining > 0 ? parseExtensions(reader) : [];
  reader.end();
  return { legacyVersion, random, legacySessionId, cipherSuite, legacyCompressionMethod, extensions };
}

export interface EncryptedExtensions {
  readonly extensions: readonly Extension[];
}

export function encodeEncryptedExtensions(message: EncryptedExtensions): Uint8Array {
  return encodeHandshake(HandshakeType.encrypted_extensions, writer => writeExtensions(writer, message.extensions));
}

/** @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for a repeated extension */
export function parseEncryptedExtensions(body: Uint8Array): EncryptedExtensions {
  const reader = new Reader(body, 'EncryptedExtensions');
  const extensions = parseExtensions(reader);
  reader.end();
  return { extensions };
}
