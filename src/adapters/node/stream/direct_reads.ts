// Reads of a socket of the host into one buffer, handed over as they come: what net.Socket's option `onread` does, for sockets that
// are there already, as a server's are. It saves a buffer of 64 KiB, an event and a queue for each read. node has no public
// way to it after a socket was made; a node that does it in another way is read from by events.

import type { Socket } from 'node:net';
import { readBuffer } from './buffers.ts';

interface Handle {
  useUserBuffer?(buffer: Uint8Array): void;
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

/** A TCP connection or a local one of the kernel: no stream of JavaScript, and no TLS of node's. */
export function hasKernelHandle(socket: Socket): boolean {
  const name = (socket as unknown as Inside)._handle?.constructor.name;
  return name === 'TCP' || name === 'Pipe';
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
