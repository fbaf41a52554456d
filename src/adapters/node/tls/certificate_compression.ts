// certificateCompression of node:tls (RFC 8879): zlib, brotli and zstd by node:zlib, as far as this Node.js has them.

import { TlsError } from '../../../base/errors.ts';
import type { CertificateCompression } from '../../../handshake/flow/settings.ts';
import { CertificateCompressionAlgorithm } from '../../../registry/certificate_compression.ts';
import { nodeZlib } from '../stream/of_node.ts';

/** CertificateCompressionAlgorithm by the names of node:tls. */
export type CompressionName = keyof typeof CertificateCompressionAlgorithm;

interface Codec {
  compress(body: Uint8Array): Uint8Array;
  decompress(compressed: Uint8Array, maxOutputLength: number): Uint8Array;
}

/** What stands in node:zlib since Node.js 22.15. */
interface Zstd {
  zstdCompressSync?(body: Uint8Array): Uint8Array;
  zstdDecompressSync?(compressed: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
}

/** Above it a chain takes milliseconds, and hardly gets shorter. */
const BROTLI_QUALITY = 5;

function codecs(): Partial<Record<CompressionName, Codec>> {
  const zlib = nodeZlib();
  const { BROTLI_PARAM_QUALITY } = zlib.constants;
  const { zstdCompressSync, zstdDecompressSync } = zlib as Zstd;
  return {
    zlib: {
      compress: body => zlib.deflateSync(body, { level: 9 }),
      decompress: (compressed, maxOutputLength) => zlib.inflateSync(compressed, { maxOutputLength }),
    },
    brotli: {
      compress: body => zlib.brotliCompressSync(body, { params: { [BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
      decompress: (compressed, maxOutputLength) => zlib.brotliDecompressSync(compressed, { maxOutputLength }),
    },
    ...(zstdCompressSync &&
      zstdDecompressSync && {
        zstd: {
          compress: body => zstdCompressSync(body),
          decompress: (compressed, maxOutputLength) => zstdDecompressSync(compressed, { maxOutputLength }),
        },
      }),
  };
}

/** The names that `certificateCompression` may have here, as node's function of this name tells them. */
export function getCertificateCompressionAlgorithms(): CompressionName[] {
  return Object.keys(codecs()) as CompressionName[];
}

/** @throws ERR_UNSUPPORTED_ALGORITHM for zstd where node:zlib has none */
export function compressionsOf(names: readonly CompressionName[] | undefined): CertificateCompression[] | undefined {
  if (names === undefined) return;
  const known = codecs();
  return names.map(name => {
    const codec = known[name];
    if (codec !== undefined) return compressionBy(CertificateCompressionAlgorithm[name], codec);
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `certificateCompression: this Node.js has no ${name}`);
  });
}

/** Messages that were compressed: a server has few, and shows them again and again. */
const KEPT = 8;

function compressionBy(id: number, codec: Codec): CertificateCompression {
  const kept = new Map<string, Uint8Array>();
  return {
    id,
    compress(body) {
      const key = Buffer.from(body).toString('latin1');
      const known = kept.get(key);
      if (known !== undefined) return known;
      const made = new Uint8Array(codec.compress(body));
      const [oldest] = kept.keys();
      if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest);
      kept.set(key, made);
      return made;
    },
    // node:zlib stops where more comes out.
    decompress: (compressed, length) => new Uint8Array(codec.decompress(compressed, Math.max(1, length))),
  };
}
