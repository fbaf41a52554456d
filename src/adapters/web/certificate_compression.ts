// Certificates compressed (RFC 8879) by the host's CompressionStream and DecompressionStream: zlib (RFC 1950), which Node.js,
// Deno, Bun, workerd and browsers have, brotli and zstd, which some have.

import type { CertificateCompression } from '../../handshake/flow/settings.ts';
import { CertificateCompressionAlgorithm } from '../../registry/certificate_compression.ts';

/** zlib: for `certificateCompression` of a config. What it undoes stops at the length that the peer told. */
export const zlibCertificateCompression: CertificateCompression = {
  id: 1, // CertificateCompressionAlgorithm.zlib: a constant of properties is one that no bundler leaves out
  compress: body => through(new CompressionStream('deflate'), body, Number.POSITIVE_INFINITY),
  decompress: (compressed, length) => through(new DecompressionStream('deflate'), compressed, length),
};

/** All that this host can do: brotli, zstd, zlib, as far as its streams have them. For `certificateCompression` of a config. */
export function hostCertificateCompression(): CertificateCompression[] {
  const others = (['brotli', 'zstd'] as const).filter(name => has(name as CompressionFormat));
  return [...others.map(name => byStreams(name)), ...(has('deflate') ? [zlibCertificateCompression] : [])];
}

function byStreams(name: 'brotli' | 'zstd'): CertificateCompression {
  const format = name as CompressionFormat;
  return {
    id: CertificateCompressionAlgorithm[name],
    compress: body => through(new CompressionStream(format), body, Number.POSITIVE_INFINITY),
    decompress: (compressed, length) => through(new DecompressionStream(format), compressed, length),
  };
}

/** A format that is not known throws where a stream is made. */
function has(format: CompressionFormat): boolean {
  try {
    return new CompressionStream(format) !== null && new DecompressionStream(format) !== null;
  } catch {
    return false;
  }
}

/** @param most bytes that may come out; one more ends it */
async function through(
  stream: { readonly readable: ReadableStream; readonly writable: WritableStream },
  input: Uint8Array,
  most: number,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  // Its failures are the reader's, too.
  writer.write(input).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    chunks.push(value);
    length += value.length;
    if (length <= most) continue;
    await reader.cancel().catch(() => {});
    throw new RangeError(`more than ${most} bytes come out`);
  }
  const output = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    output.set(chunk, at);
    at += chunk.length;
  }
  return output;
}
