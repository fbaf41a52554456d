// ClientHello (RFC 9846 §4.1.2, RFC 5246 §7.4.1.2). Syntax only: what the values mean is the handshake's business.

import { TlsError } from '../base/errors.ts';
import { CompressionMethod } from '../registry/compression_methods.ts';
import { ExtensionType } from '../registry/extension_types.ts';
import { HandshakeType } from '../registry/handshake_types.ts';
import { ProtocolVersion } from '../registry/protocol_versions.ts';
import { type Extension, parseExtensions, writeExtensions } from './extensions.ts';
import { encodeHandshake } from './handshake_message.ts';
import { Reader } from './reader.ts';

export interface ClientHello {
  readonly legacyVersion: number;
  /** 32 bytes. */
  readonly random: Uint8Array;
  /** 0-32 bytes. */
  readonly legacySessionId: Uint8Array;
  readonly cipherSuites: readonly number[];
  readonly legacyCompressionMethods: readonly number[];
  /** Empty if the message has no block (TLS 1.2 and below). */
  readonly extensions: readonly Extension[];
}

/** The message with its header. A block without extensions is left out, as TLS 1.2 allows. */
export function encodeClientHello(message: ClientHello): Uint8Array {
  return encodeHandshake(HandshakeType.client_hello, writer => {
    writer.u16(message.legacyVersion).bytes(message.random).vector(1, message.legacySessionId);
    writer.list16(2, message.cipherSuites).list8(1, message.legacyCompressionMethods);
    if (message.extensions.length > 0) writeExtensions(writer, message.extensions);
  });
}

/**
 * @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for a repeated extension, a pre_shared_key that is not the last one,
 * or compression methods without null
 */
export function parseClientHello(body: Uint8Array): ClientHello {
  const reader = new Reader(body, 'ClientHello');
  const legacyVersion = reader.u16();
  const random = reader.bytes(32);
  const legacySessionId = reader.vector(1, 0, 32);
  const cipherSuites = reader.list16(2, 2);
  const legacyCompressionMethods = reader.list8(1, 1);
  const extensions = legacyVersion > ProtocolVersion.SSLv3 ? readExtensions(reader) : behindSsl3(reader);
  // RFC 5246 §7.4.1.2: the vector MUST contain the null method.
  if (!legacyCompressionMethods.includes(CompressionMethod.null)) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'ClientHello does not offer null compression');
  }
  // RFC 9846 §4.2.11: pre_shared_key MUST be the last extension.
  const psk = extensions.findIndex(extension => extension.type === ExtensionType.pre_shared_key);
  if (psk >= 0 && psk !== extensions.length - 1) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'pre_shared_key is not the last extension');
  }
  return { legacyVersion, random, legacySessionId, cipherSuites, legacyCompressionMethods, extensions };
}

function readExtensions(reader: Reader): readonly Extension[] {
  const extensions = reader.remaining > 0 ? parseExtensions(reader) : [];
  reader.end();
  return extensions;
}

/**
 * RFC 6101 §5.6.1.2: what stands behind the compression methods is passed over, whatever it is; but for the one extension that
 * servers of SSL 3.0 answer (RFC 5746 §3.6).
 */
function behindSsl3(reader: Reader): readonly Extension[] {
  try {
    return readExtensions(reader).filter(({ type }) => type === ExtensionType.renegotiation_info);
  } catch {
    return [];
  }
}
