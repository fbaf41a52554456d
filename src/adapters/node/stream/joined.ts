// Small writes as one, so that they share a record.

/** What a Writable hands on that decodes no texts. */
export interface WrittenItem {
  readonly chunk: Buffer | string;
  readonly encoding: BufferEncoding;
}

/** Small writes are joined up to this length. */
export const JOIN_LIMIT = 64 * 1024;

/** Taken away while it is in use. */
let joined: Buffer | undefined;

/** Bytes of the items at most, without encoding them. */
export function mostBytes(items: readonly WrittenItem[]): number {
  let most = 0;
  // A unit of UTF-16 is 3 bytes of UTF-8 at most.
  for (const { chunk, encoding } of items) {
    most += typeof chunk !== 'string' || encoding === 'latin1' ? chunk.length : 3 * chunk.length;
  }
  return most;
}

export function bytesOf({ chunk, encoding }: WrittenItem): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}

/** A buffer of JOIN_LIMIT bytes to join items in, for one at a time: a transport in this process may bring an answer, and the answer to that, within. */
export function takeJoinBuffer(): Buffer {
  const buffer = joined ?? Buffer.allocUnsafeSlow(JOIN_LIMIT);
  joined = undefined;
  return buffer;
}

/** @param used its front, which is wiped */
export function giveBackJoinBuffer(buffer: Buffer, used: Uint8Array): void {
  used.fill(0);
  joined = buffer;
}

/** Joins items of JOIN_LIMIT bytes at most. @returns the front of `buffer` */
export function joinInto(buffer: Buffer, items: readonly WrittenItem[]): Uint8Array {
  let end = 0;
  for (const { chunk, encoding } of items) {
    if (typeof chunk === 'string') end += buffer.write(chunk, end, encoding);
    else {
      buffer.set(chunk, end);
      end += chunk.length;
    }
  }
  return new Uint8Array(buffer.buffer, 0, end);
}
