// The three made-up ways to compress certificates that the runner has, too.

import { randomBytes } from 'node:crypto';
import type { CertificateCompression } from '../../../src/index.ts';
import type { Flags } from './flags.ts';

const MARK = Uint8Array.of(1, 2, 3, 4);

const methods: readonly CertificateCompression[] = [
  // Grows: four bytes before it.
  {
    id: 0xff02,
    compress: body => Buffer.concat([MARK, body]),
    decompress(compressed, length) {
      if (length !== compressed.length - 4 || MARK.some((byte, i) => compressed[i] !== byte))
        throw new Error('malformed');
      return compressed.slice(4);
    },
  },
  // Shrinks: without the two zero bytes that every Certificate message begins with.
  {
    id: 0xff01,
    compress: body => (body[0] === 0 && body[1] === 0 ? body.slice(2) : null),
    decompress(compressed, length) {
      if (length !== compressed.length + 2) throw new Error('malformed');
      return Buffer.concat([new Uint8Array(2), compressed]);
    },
  },
  // Never twice the same: a random byte before it.
  {
    id: 0xff03,
    compress: body => Buffer.concat([randomBytes(1), body]),
    decompress(compressed, length) {
      if (length + 1 !== compressed.length) throw new Error('malformed');
      return compressed.slice(1);
    },
  },
];

export function compressionOf(flags: Flags): readonly CertificateCompression[] {
  const one = flags['install-one-cert-compression-alg'];
  return flags['install-cert-compression-algs'] ? methods : methods.filter(({ id }) => id === one);
}
