// A cell of the table of ends, and what its two sides see.

import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';

export interface Cell {
  readonly version: 'TLSv1.3' | 'TLSv1.2';
  readonly role: 'client' | 'server';
  readonly transport: 'net.Socket' | 'Duplex' | 'Web Streams';
  readonly allowHalfOpen: boolean;
  readonly first: 'tested' | 'peer';
  /** How the peer leaves. "notify" alone: its FIN comes when it has seen ours. */
  readonly how: 'notify+FIN' | 'notify' | 'FIN' | 'RST';
  /** Each side sends while the other one does; else the second to end has nothing to say. */
  readonly inFlight: boolean;
  readonly slowWriter: boolean;
  readonly slowReader: boolean;
  /** Bytes each side sends. */
  readonly length: number;
}

export interface Outcome {
  /** What the tested end saw, in order; without what depends on timing. */
  readonly events: readonly string[];
  /** Digest and length of what arrived. */
  readonly atTested: string;
  readonly atPeer: string;
  /** Bytes that the tested end took to send. */
  readonly accepted: number;
  /** The peer's view of the tested end: close_notify, FIN or both. */
  readonly left: string;
}

/** Drops one byte on the way, to see that somebody notices. */
export type Plant = 'none' | 'to tested' | 'to peer';

export const deadline = 8000;

/** A slow reader rests after each chunk, or after some of many. */
export const rests = ({ slowReader, length }: Cell, chunks: number): boolean =>
  slowReader && (length < 1024 * 1024 || chunks % 16 === 0);

export function nameOfCell(cell: Cell): string {
  const { version, role, transport, allowHalfOpen, first, how, inFlight, slowWriter, slowReader } = cell;
  const words = [version, role, transport, allowHalfOpen ? 'allowHalfOpen' : '', `${first} first`, how];
  words.push(inFlight ? 'data in flight' : '', slowWriter ? 'slow writer' : '', slowReader ? 'slow reader' : '');
  return words.filter(word => word !== '').join(', ');
}

export const dataOf = (length: number, seed: number): Buffer => {
  const data = Buffer.alloc(length);
  for (let i = 0; i < length; i++) data[i] = (i * 31 + (i >> 8) * 7 + seed) & 0xff;
  return data;
};

export function digest(chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  let length = 0;
  for (const chunk of chunks) {
    hash.update(chunk);
    length += chunk.length;
  }
  return `${length} ${hash.digest('hex').slice(0, 8)}`;
}

export async function listening(server: import('node:net').Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export function once<T = unknown>(emitter: NodeJS.EventEmitter, name: string): Promise<T> {
  return new Promise(resolve => emitter.once(name, resolve));
}

export function defer(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve!: () => void;
  const promise = new Promise<void>(done => (resolve = done));
  return { promise, resolve };
}
