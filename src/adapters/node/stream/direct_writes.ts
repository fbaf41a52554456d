// Writes to the kernel's handle of a socket, past the queue of its stream: what net.Socket does in the end, without an entry, a
// callback and a tick for each. node has no public way to it, and two inside (24.22.3 and 26.12.1 have another than 20.20.2, 22.23.3 and
// 25.9.0); which one it is shows a write of node's own. Where it is neither, or the handle is no native one, writes go through the stream.

import type { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { hasKernelHandle } from './direct_reads.ts';

/** What stands for a write of which the kernel has not taken all. */
interface WriteRequest {
  handle?: Handle;
  oncomplete?: (this: WriteRequest, status: number) => void;
  /** Of a request that the handle made: set where the write ended before `oncomplete` was there. */
  writeStatus?: number | null;
  /** Ours. */
  chunk?: Uint8Array;
  done?: Done;
  user?: unknown;
}

/** Tells `user` that the kernel has taken `chunk`, or never will. */
// biome-ignore lint/suspicious/noExplicitAny: of whatever class the user is
type Done = (user: any, chunk: Uint8Array, error: Error | null) => void;

interface Handle {
  /** @returns 0, a negative error number of the system's or, where requests are made by the handle, one for what is under way */
  writeBuffer(request: WriteRequest | null, chunk: Uint8Array): number | WriteRequest;
  /** Bytes that wait for the kernel. */
  readonly writeQueueSize: number;
}

type Inside = Socket & { readonly _handle?: Handle | null; _unrefTimer?(): void };

/** Who makes the requests: the handle, or whoever writes, by this class. Undefined until a write was seen, null for another way. */
let requests: 'of the handle' | (new () => WriteRequest) | null | undefined;

/** Looks at the next write of node's on `socket`. */
export function watchWrites(socket: Socket): void {
  const handle = (socket as Inside)._handle;
  if (requests !== undefined || !handle || !hasKernelHandle(socket)) return;
  const { writeBuffer } = handle;
  const native = typeof writeBuffer === 'function' && /\[native code\]/.test(String(writeBuffer));
  if (!native || typeof handle.writeQueueSize !== 'number') {
    requests = null;
    return;
  }
  handle.writeBuffer = (request, chunk) => {
    delete (handle as Partial<Handle>).writeBuffer;
    if (request === null) requests = 'of the handle';
    else if (request?.constructor?.name === 'WriteWrap') requests = request.constructor as new () => WriteRequest;
    else requests = null;
    return handle.writeBuffer(request, chunk);
  };
}

/** Whether `writeDirectly` can: a write of node's was seen, and nothing waits in the stream of the socket. */
export function writesDirectly(socket: Socket): boolean {
  if (requests === undefined || requests === null) return false;
  const handle = (socket as Inside)._handle;
  if (handle == null || socket.writableEnded || socket.destroyed) return false;
  return socket.writableLength === 0 && socket.writableCorked === 0;
}

/**
 * Hands `chunk` to the kernel. Only where `writesDirectly` says so.
 * @param done called later, where the kernel did not take all at once @returns whether it did
 */
export function writeDirectly<U>(
  socket: Socket,
  chunk: Uint8Array,
  user: U,
  done: (user: U, chunk: Uint8Array, error: Error | null) => void,
): boolean {
  const inside = socket as Inside;
  const handle = inside._handle as Handle;
  inside._unrefTimer?.();
  const own = requests === 'of the handle' ? null : new (requests as new () => WriteRequest)();
  if (own !== null) prepare(own, handle, chunk, user, done);
  const result = handle.writeBuffer(own, chunk);
  if (typeof result === 'number' && result !== 0) {
    done(user, chunk, failure(result));
    return false;
  }
  const request = own ?? (result as 0 | WriteRequest);
  if (request === 0) return true;
  if (own === null) prepare(request, handle, chunk, user, done);
  const status = request.writeStatus;
  if (status != null) {
    request.writeStatus = null;
    completed.call(request, status);
    return false;
  }
  if (handle.writeQueueSize > 0) return false;
  // All is with the kernel, though a request that was queued for a moment may say so later.
  request.done = undefined;
  return true;
}

function prepare(request: WriteRequest, handle: Handle, chunk: Uint8Array, user: unknown, done: Done): void {
  request.handle = handle;
  request.oncomplete = completed;
  request.chunk = chunk;
  request.user = user;
  request.done = done;
}

function completed(this: WriteRequest, status: number): void {
  const { done, user, chunk } = this;
  done?.(user, chunk as Uint8Array, status < 0 ? failure(status) : null);
}

/** As node's. */
function failure(status: number): Error {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(`write ${code}`), { errno: status, code, syscall: 'write' });
}
