// Helpers for codecs: what every strict parser refuses.

import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';

/** Asserts that `run` throws a TlsError with this code. */
export function throwsCode(run: () => unknown, code: string, message = ''): void {
  try {
    run();
  } catch (error) {
    assert.instance(error, TlsError, `${message}: ${error}`);
    assert.is((error as TlsError).code, code, `${message}: ${(error as Error).message}`);
    return;
  }
  assert.unreachable(`${message}: nothing was thrown, ${code} expected`);
}

/** Every shorter input and one longer one is ERR_DECODE_ERROR, except the lengths in `legal`. */
export function refusesOtherLengths(
  bytes: Uint8Array,
  parse: (bytes: Uint8Array) => unknown,
  legal: readonly number[] = [],
): void {
  for (let length = 0; length < bytes.length; length++) {
    if (legal.includes(length)) continue;
    throwsCode(() => parse(bytes.subarray(0, length)), 'ERR_DECODE_ERROR', `cut to ${length} of ${bytes.length}`);
  }
  if (!legal.includes(bytes.length + 1)) {
    throwsCode(() => parse(Uint8Array.of(...bytes, 0)), 'ERR_DECODE_ERROR', 'one byte more');
  }
}

/** A buffer of `length` bytes that count from `from`. */
export function bytes(length: number, from = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => from + i);
}
