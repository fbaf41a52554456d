// Wrong arguments, in the codes and words of node: what methods of node:tls check before they do anything.

import { inspect } from 'node:util';

/** A wrong argument, in node's words. */
export function nodeArgumentError(code: string, message: string): TypeError {
  return Object.assign(new TypeError(message), { code });
}

/** ERR_INVALID_ARG_TYPE. @param expected as node has it: "of type string", "an instance of Buffer" */
export function wrongType(name: string, expected: string, value: unknown): TypeError {
  const kind = name.includes('.') ? 'property' : 'argument';
  return nodeArgumentError('ERR_INVALID_ARG_TYPE', `The "${name}" ${kind} must be ${expected}.${received(value)}`);
}

export function outOfRange(name: string, expected: string, value: unknown): RangeError {
  const message = `The value of "${name}" is out of range. It must be ${expected}. Received ${shownNumber(value)}`;
  return Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' });
}

/** node groups the digits of large integers. */
function shownNumber(value: unknown): string {
  const isLarge = typeof value === 'number' && Number.isInteger(value) && Math.abs(value) > 2 ** 32;
  return isLarge ? String(value).replace(/\B(?=(\d{3})+$)/g, '_') : inspect(value);
}

/** @throws ERR_INVALID_ARG_TYPE */
export function requireText(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw wrongType(name, 'of type string', value);
}

/** @throws ERR_INVALID_ARG_TYPE */
export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw wrongType(name, 'of type function', value);
}

/** @throws ERR_INVALID_ARG_TYPE */
export function requireObject(name: string, value: unknown): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrongType(name, 'of type object', value);
}

/** @throws ERR_INVALID_ARG_TYPE */
export function requireBytes(name: string, value: unknown): asserts value is ArrayBufferView {
  if (!ArrayBuffer.isView(value)) throw wrongType(name, 'an instance of Buffer, TypedArray, or DataView', value);
}

/** @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE */
export function requireInteger(name: string, value: unknown, least: number, greatest: number): asserts value is number {
  if (typeof value !== 'number') throw wrongType(name, 'of type number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < least || value > greatest) throw outOfRange(name, `>= ${least} && <= ${greatest}`, value);
}

/** The bytes of a view, as they are. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** How node says what it got instead. */
function received(value: unknown): string {
  if (value === null || value === undefined) return ` Received ${value}`;
  if (typeof value === 'function') return ` Received function ${value.name}`;
  if (typeof value === 'object') {
    const name = value.constructor?.name;
    return name ? ` Received an instance of ${name}` : ` Received ${inspect(value, { depth: -1 })}`;
  }
  const text = inspect(value, { colors: false });
  return ` Received type ${typeof value} (${text.length > 28 ? `${text.slice(0, 25)}...` : text})`;
}
