// Checks of what a caller hands in: JavaScript can pass anything, whatever TypeScript made of it. What does not fit is one
// typed error, never a TypeError from the depth and never a silent conversion.

import { type ErrorCode, TlsError } from './errors.ts';

/**
 * Passes Uint8Arrays, of any realm and any subclass, whose buffer is attached. @param what names the argument
 * @throws ERR_INVALID_ARGUMENT
 */
export function requireBytes(value: unknown, what: string): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array) && !isForeignBytes(value)) throw invalid(what, 'is no Uint8Array');
  // A detached view says that it is empty; so does one that is.
  if (value.length === 0 && isDetached(value.buffer)) throw invalid(what, 'is a view of a detached buffer');
}

/**
 * The bytes of what `requireBytes` passes, that no other thread can change: a copy of what lies in a SharedArrayBuffer, the
 * same array otherwise. For whoever judges bytes and then uses them. @throws ERR_INVALID_ARGUMENT
 */
export function unsharedBytes(value: unknown, what: string): Uint8Array {
  requireBytes(value, what);
  return isShared(value.buffer) ? new Uint8Array(value) : value;
}

/** True for a SharedArrayBuffer, of any realm. Pages without isolation have no such name. */
export function isShared(buffer: ArrayBufferLike): boolean {
  return !(buffer instanceof ArrayBuffer) && Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';
}

/** A Uint8Array of another realm: a vm context, a frame. */
function isForeignBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === 'Uint8Array';
}

function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength !== 0) return false;
  const { detached } = buffer as { detached?: boolean };
  if (detached !== undefined) return detached;
  // Node 20 has no such property: no view can be made of a detached buffer.
  try {
    return new Uint8Array(buffer).length !== 0;
  } catch {
    return true;
  }
}

/** Passes integers from `least` to `most`. @throws `code`, ERR_INVALID_ARGUMENT if nothing else is said */
export function requireInteger(
  value: unknown,
  least: number,
  most: number,
  what: string,
  code: ErrorCode = 'ERR_INVALID_ARGUMENT',
): asserts value is number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw new TlsError(code, `${what} is an integer from ${least} to ${most}`);
}

/** Passes strings. @throws ERR_INVALID_ARGUMENT */
export function requireString(value: unknown, what: string): asserts value is string {
  if (typeof value !== 'string') throw invalid(what, 'is no string');
}

/** Passes true and false. @throws ERR_INVALID_ARGUMENT */
export function requireBoolean(value: unknown, what: string): asserts value is boolean {
  if (typeof value !== 'boolean') throw invalid(what, 'is neither true nor false');
}

/** Passes functions. @throws ERR_INVALID_ARGUMENT */
export function requireFunction(value: unknown, what: string): asserts value is (...given: never) => unknown {
  if (typeof value !== 'function') throw invalid(what, 'is no function');
}

/** A name for people in messages: what a caller handed in may be anything. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : typeof value;
}

/** True for objects, whose properties can be read. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Passes objects. @throws ERR_INVALID_ARGUMENT */
export function requireObject(value: unknown, what: string): asserts value is object {
  if (!isObject(value)) throw invalid(what, 'is no object');
}

/** The entry `name` of a table; undefined for names that only Object.prototype knows, and for what is no name. */
export function entryOf<T>(table: Readonly<Record<string, T>>, name: unknown): T | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
}

function invalid(what: string, why: string): TlsError {
  return new TlsError('ERR_INVALID_ARGUMENT', `${what} ${why}`);
}
