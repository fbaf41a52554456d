// Drawing random bytes: the one file that calls a random source (test/crypto/random.test.ts reads the others). A source may
// be the caller's own, and one that does nothing gives keys of zeros without anybody noticing: so what can be seen of a lie
// is refused here, for keys, hellos, IVs, tickets, salts, nonces and blinding alike. It is no test of randomness.

import { isObject, requireFunction, textOf } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { RandomSource } from './secret.ts';

/** Most bytes that a source is asked for at once (Web Cryptography §10.1.1). */
const LONGEST_CALL = 65536;
/** From here on, bytes that are all the same are no chance: 2^-120. */
const LEAST_JUDGED = 16;
/** What a shorter draw is cut from. */
const SHORT_DRAW = 32;

/**
 * Fills `target` from `random`. Never call a source in any other way, and take no pointer before: a source is the caller's
 * code, which may use and dispose of keys.
 * @throws ERR_INVALID_ARGUMENT for what is no function; ERR_INVALID_STATE for a source that throws (its error is the cause,
 * its words are in the message; a TlsError passes as it is), that returns anything - asynchronous ones do - or whose bytes
 * are all the same. `target` is zeros then
 */
export function fillRandom(random: RandomSource, target: Uint8Array): void {
  requireFunction(random, 'the random source');
  try {
    for (let at = 0; at < target.length; at += LONGEST_CALL) drawPiece(random, target.subarray(at, at + LONGEST_CALL));
  } catch (error) {
    target.fill(0);
    throw error;
  }
}

/** `length` bytes of `random`, which the caller wipes. @throws as `fillRandom` */
export function randomBytes(random: RandomSource, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (length < LEAST_JUDGED || length > LONGEST_CALL) {
    fillRandom(random, bytes);
    return bytes;
  }
  requireFunction(random, 'the random source');
  try {
    draw(random, bytes);
  } catch (error) {
    if (bytes.length > 0) bytes.fill(0);
    throw error;
  }
  return bytes;
}

/** The source never sees the caller's array, which is a part of another one perhaps. */
function drawPiece(random: RandomSource, piece: Uint8Array): void {
  const drawn = new Uint8Array(piece.length < LEAST_JUDGED ? SHORT_DRAW : piece.length);
  try {
    draw(random, drawn);
    piece.set(drawn.subarray(0, piece.length));
  } finally {
    if (drawn.length > 0) drawn.fill(0);
  }
}

function draw(random: RandomSource, target: Uint8Array): void {
  const { length } = target;
  const returned = callSource(random, target);
  if (returned !== undefined) {
    const promise = isObject(returned) && typeof (returned as PromiseLike<unknown>).then === 'function';
    // Its rejection would end the process: the error below says what is wrong.
    if (promise) Promise.resolve(returned).catch(() => {});
    if (promise) throw broken('returns a promise: it has to be synchronous');
    throw broken(`returns ${textOf(returned)}: it fills its argument, no more`);
  }
  if (target.length !== length) throw broken('took the buffer away that it was to fill');
  const [first] = target;
  if (target.every(byte => byte === first)) throw broken(`gives ${length} bytes that are all the same`);
}

function callSource(random: RandomSource, target: Uint8Array): unknown {
  try {
    return random(target);
  } catch (cause) {
    if (cause instanceof TlsError) throw cause;
    throw new TlsError('ERR_INVALID_STATE', `the random source failed: ${wordsOf(cause)}`, { cause });
  }
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : textOf(cause);
}

function broken(how: string): TlsError {
  return new TlsError('ERR_INVALID_STATE', `the random source ${how}`);
}
