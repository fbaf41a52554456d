// The ClientHello of SSL 2.0's form, by which clients of old ask for SSL 3.0 and TLS 1.0 as well (RFC 5246 §E.2, RFC 6101 §E).
// Reads it as the ClientHello it stands for; SSL 2.0 itself is not spoken (RFC 6176).

import { TlsError } from '../base/errors.ts';
import { CompressionMethod } from '../registry/compression_methods.ts';
import { HandshakeType } from '../registry/handshake_types.ts';
import { encodeClientHello } from './client_hello.ts';
import type { HandshakeMessage } from './handshake_message.ts';
import { Reader } from './reader.ts';

const LENGTH_FIELD = 2;
const RANDOM_LENGTH = 32;
/** Suites, session ID and challenge of any client there was fit in this. */
const LONGEST = 4096;

/** Whole length of what begins with these five bytes, if that is such a ClientHello; else null. @throws ERR_MESSAGE_TOO_LARGE */
export function sslv2HelloLength(type: number, version: number, length: number): number | null {
  // A length of 15 bits with the highest bit set; msg_type 1; a version 3.x.
  if ((type & 0x80) === 0 || (version & 0xff) !== HandshakeType.client_hello || length >> 8 !== 3) return null;
  const whole = LENGTH_FIELD + (((type & 0x7f) << 8) | (version >> 8));
  if (whole > LONGEST) throw new TlsError('ERR_MESSAGE_TOO_LARGE', `a ClientHello of SSL 2.0's form of ${whole} bytes`);
  return whole;
}

/**
 * The message: `raw` is what enters the transcript (RFC 5246 §E.2: from msg_type on), `body` a ClientHello of today's form.
 * @param bytes whole, with the length @throws ERR_DECODE_ERROR
 */
export function parseSslv2Hello(bytes: Uint8Array): HandshakeMessage {
  const raw = bytes.slice(LENGTH_FIELD);
  const reader = new Reader(raw, "ClientHello of SSL 2.0's form");
  reader.u8();
  const legacyVersion = reader.u16();
  const [specs, session, challenge] = [reader.u16(), reader.u16(), reader.u16()];
  if (specs % 3 !== 0 || challenge < 16) throw reader.error('lengths');
  const cipherSuites: number[] = [];
  for (let i = 0; i < specs; i += 3) {
    // Those that begin otherwise are of SSL 2.0.
    const first = reader.u8();
    const suite = reader.u16();
    if (first === 0) cipherSuites.push(suite);
  }
  reader.bytes(session);
  const random = new Uint8Array(RANDOM_LENGTH);
  // RFC 5246 §E.2 wants 32 bytes, RFC 2246 §E.1 had 16 to 32; of longer ones OpenSSL and BoringSSL take the beginning.
  const used = reader.bytes(challenge).subarray(0, RANDOM_LENGTH);
  random.set(used, RANDOM_LENGTH - used.length);
  reader.end();
  if (cipherSuites.length === 0) throw new TlsError('ERR_NO_SHARED_CIPHER_SUITE', 'a client of SSL 2.0 alone');
  const message = encodeClientHello({
    legacyVersion,
    random,
    legacySessionId: new Uint8Array(0),
    cipherSuites,
    legacyCompressionMethods: [CompressionMethod.null],
    extensions: [],
  });
  return { type: HandshakeType.client_hello, raw, body: message.subarray(4) };
}
