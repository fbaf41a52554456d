// Memory that connections over the sockets of this process lend each other: one buffer that all of them read into, and
// those that records leave in. A buffer is lent again when the kernel has its bytes.

import type { OutputBuffers } from '../../../record/record_writer.ts';

/** Answers of some KiB: so much stays with a peer that does not read. */
const SMALL = 4096;
/** Four records of full length. More would not stay in a processor's cache between sealing and sending. */
const LARGE = 4 * (16384 + 1024);
/** Buffers of each length that wait to be lent. */
const KEPT = 32;
/** What one read takes: 16 records, which one call opens. */
const READ = 16 * 16384 + 16 * 22;

const small: Uint8Array[] = [];
const large: Uint8Array[] = [];
let read: Uint8Array | undefined;

export const outputBuffers: OutputBuffers = {
  take(length) {
    const [free, size] = length <= SMALL ? [small, SMALL] : [large, LARGE];
    return free.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
  },
};

/** `chunk` is, or is a view of, what `outputBuffers` lent, and nobody looks at it any more. */
export function giveBack(chunk: Uint8Array): void {
  const { buffer } = chunk;
  const free = buffer.byteLength === SMALL ? small : buffer.byteLength === LARGE ? large : null;
  if (free !== null && free.length < KEPT) free.push(new Uint8Array(buffer));
}

/** What is as long has memory of its own. */
const POOLED = 4096;

/** Memory for what was read: short pieces are Buffers of node's pool, one object each, and not two with memory that is freed by itself. */
export function dataMemory(length: number): Uint8Array | undefined {
  return length < POOLED ? Buffer.allocUnsafe(length) : undefined;
}

/** The buffer of all reads: what is in it is good until the reading function returns. */
export function readBuffer(): Uint8Array {
  return (read ??= new Uint8Array(Buffer.allocUnsafeSlow(READ).buffer));
}
