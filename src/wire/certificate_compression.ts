// compress_certificate and CompressedCertificate (RFC 8879 §3, §4).

import { TlsError } from '../base/errors.ts';
import { ExtensionType } from '../registry/extension_types.ts';
import { HandshakeType } from '../registry/handshake_types.ts';
import { type Extension, makeExtension } from './extensions.ts';
import { encodeHandshake } from './handshake_message.ts';
import { Reader } from './reader.ts';

/** @param algorithms CertificateCompressionAlgorithm values that this side can undo, 1-127 */
export function compressCertificateExtension(algorithms: readonly number[]): Extension {
  return makeExtension(ExtensionType.compress_certificate, writer =>
    writer.nested(1, () => {
      for (const algorithm of algorithms) writer.u16(algorithm);
    }),
  );
}

/** @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for an algorithm that comes twice */
export function parseCompressCertificate(data: Uint8Array): number[] {
  const reader = new Reader(data, 'compress_certificate');
  const list = reader.nested(1);
  reader.end();
  const algorithms: number[] = [];
  while (list.remaining > 0) algorithms.push(list.u16());
  if (algorithms.length === 0) throw new TlsError('ERR_DECODE_ERROR', 'compress_certificate: an empty list');
  if (new Set(algorithms).size < algorithms.length) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'compress_certificate: an algorithm comes twice');
  }
  return algorithms;
}

export interface CompressedCertificate {
  readonly algorithm: number;
  /** Bytes of the body of the Certificate message, below 2^24. */
  readonly uncompressedLength: number;
  /** 1 byte and more. */
  readonly compressed: Uint8Array;
}

export function encodeCompressedCertificate(message: CompressedCertificate): Uint8Array {
  return encodeHandshake(HandshakeType.compressed_certificate, writer => {
    writer.u16(message.algorithm).u24(message.uncompressedLength).vector(3, message.compressed);
  });
}

/** @throws ERR_DECODE_ERROR */
export function parseCompressedCertificate(body: Uint8Array): CompressedCertificate {
  const reader = new Reader(body, 'CompressedCertificate');
  const algorithm = reader.u16();
  const uncompressedLength = reader.u24();
  const compressed = reader.vector(3, 1);
  reader.end();
  return { algorithm, uncompressedLength, compressed };
}
