// Reads of a socket of the host into one buffer, handed over as they come: what net.Socket's option `onread` does, for sockets that
// are there already, as a server's are. It saves a buffer of 64 KiB, an event and a queue for each read. node has no public
// way to it after a socket was made; a node that does it in another way is read from by events.

import type { Socket } from 'node:net';
import { readBuffer } from './buffers.ts';

interface Handle {
  useUserBuffer?(buffer: Uint8Array): void;
  /** What node calls for each read and for the end of reads. */
  onread?: unknown;
  readonly bytesRead?: number;
}

type Inside = Record<symbol, unknown> & { readonly _handle?: Handle | null };

/** Where net.Socket keeps what `onread` says; null where it does not. */
interface Places {
  readonly buffer: symbol;
  readonly callback: symbol;
  readonly generator: symbol;
}

let places: Places | null | undefined;

function placesIn(socket: Socket): Places | null {
  const symbols = Object.getOwnPropertySymbols(socket);
  const named = (name: string): symbol | undefined => symbols.find(({ description }) => description === name);
  const [buffer, callback, generator] = ['kBuffer', 'kBufferCb', 'kBufferGen'].map(named);
  return buffer && callback && generator ? { buffer, callback, generator } : null;
}

/** The class of the last kernel handle that was seen: its name is not compared for each. */
let kernelClass: unknown;

/** A TCP connection or a local one of the kernel: no stream of JavaScript, and no TLS of node's. */
export function hasKernelHandle(socket: Socket): boolean {
  const Class = (socket as unknown as Inside)._handle?.constructor;
  if (Class === undefined || Class === kernelClass) return Class !== undefined;
  const known = Class.name === 'TCP' || Class.name === 'Pipe';
  if (known) kernelClass = Class;
  return known;
}

/**
 * From now on `onRead` gets what comes, called on the socket with a length and the buffer whose front is good until it returns
 * true; what was read before comes as "data" still.
 * @returns false where it cannot be done: all comes as "data"
 */
export function readDirectly(
  socket: Socket,
  onRead: (this: Socket, length: number, read: Uint8Array) => boolean,
): boolean {
  if (!hasKernelHandle(socket)) return false;
  places ??= placesIn(socket);
  if (places === null) return false;
  const { buffer, callback, generator } = places;
  const inside = socket as unknown as Inside;
  // Something else is there where the socket was made with `onread`.
  if (inside[buffer] !== null || inside[generator] !== null) return false;
  if (typeof inside._handle?.useUserBuffer !== 'function') return false;
  const target = readBuffer();
  inside._handle.useUserBuffer(target);
  inside[buffer] = target;
  inside[callback] = onRead;
  return true;
}

/**
 * After `readDirectly`, for whoever reads no more: what comes is counted and dropped, and the end of it told, be it the peer's
 * or a reset's. node would make an error of a reset, with its stack, which is dear and which nobody hears of.
 * @param ended not called for what ends by an error of a write
 * @returns false where it cannot be done
 */
export function dropReads(socket: Socket, dropped: (bytes: number) => void, ended: () => void): boolean {
  const handle = (socket as unknown as Inside)._handle;
  if (typeof handle?.onread !== 'function' || typeof handle.bytesRead !== 'number') return false;
  let seen = handle.bytesRead;
  handle.onread = () => {
    const { bytesRead = seen } = handle;
    if (bytesRead === seen) ended();
    else dropped(bytesRead - seen);
    seen = bytesRead;
  };
  return true;
}
