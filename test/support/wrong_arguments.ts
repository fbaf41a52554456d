// Calls with wrong values in the place of every argument: what comes out is a TlsError with a stable code, never another
// exception, never a result, and no slot of the core is left behind.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import type { Secret } from '../../src/crypto/secret.ts';
import { WasmCore } from '../../src/wasm/core.ts';
import { hostRandom } from './core.ts';
import { wrongValues } from './wrong_values.ts';

/** The core that the calls run on: one of its own, so that slots can be counted. */
export const core = new WasmCore(hostRandom);
export const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(5);
export const secret = (length: number): Secret => core.importSecret(bytes(length));
const stale = secret(32);
stale.dispose();
const foreign = new WasmCore(hostRandom).importSecret(bytes(32));

/** What an argument is, and so which of the wrong values are none in its place. */
export type Kind = 'bytes' | 'secret' | 'integer' | 'name' | 'text' | 'flag' | 'function' | 'object' | 'options';
const fine: Record<Kind, (name: string) => boolean> = {
  bytes: () => false,
  secret: () => false,
  integer: () => false,
  name: () => false,
  text: name => /^'/.test(name),
  flag: name => name === 'true',
  function: name => name === 'a function',
  object: () => false,
  // Whatever has properties has none of the wrong ones.
  options: name => !/^(null|true|NaN|-1|1.5|Infinity|2\^53|5n|'|a symbol|a function)/.test(name),
};

/** An argument: its kind, a right value, and whether it may be left out. */
export interface Argument {
  readonly kind: Kind;
  readonly value: unknown;
  readonly optional?: boolean;
}
export const arg = (kind: Kind, value: unknown): Argument => ({ kind, value });
export const maybe = (kind: Kind, value: unknown): Argument => ({ kind, value, optional: true });

interface Call {
  readonly run: (...given: never[]) => unknown;
  readonly given: readonly Argument[];
}
const calls: Record<string, Call> = {};
/** Registers a call with right arguments. @param run gets one of them replaced at a time */
export function call(name: string, run: (...given: never[]) => unknown, ...given: Argument[]): void {
  calls[name] = { run, given };
}

/** An object with one property replaced by each wrong value. `optional` ones may be undefined. */
export function objectCalls(
  name: string,
  run: (given: never) => unknown,
  given: object,
  kinds: Record<string, Kind>,
  ...optional: string[]
): void {
  call(name, run, arg('object', given));
  for (const [property, kind] of Object.entries(kinds)) {
    const value = given[property as never];
    call(`${name}, ${property}`, changed => run({ ...given, [property]: changed } as never), {
      kind,
      value,
      optional: optional.includes(property),
    });
  }
}

/** Values of the right kind that may be wrong all the same: they may give a result, or a TlsError. */
function doubtful({ kind, value }: Argument): [string, unknown][] {
  if (kind === 'bytes') {
    const { length } = value as Uint8Array;
    return [0, 1, length - 1, length + 1, 400_000].map(each => [`${each} bytes`, bytes(Math.max(0, each))]);
  }
  if (kind === 'integer')
    return [0, 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER].map(each => [`${each}`, each]);
  if (kind === 'secret') return [0, 1, 31, 33, 100_000].map(each => [`a secret of ${each}`, secret(each)]);
  return [];
}

async function outcome(name: string, run: (...given: never[]) => unknown, given: unknown[]): Promise<string> {
  // What earlier calls forgot may be collected meanwhile.
  const slots = () => core.liveSlots + core.abandonedSlots;
  const live = slots();
  let result: unknown;
  let code = 'a result';
  try {
    result = await run(...(given as never[]));
  } catch (error) {
    if (!(error instanceof TlsError)) {
      throw new Error(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
    }
    ({ code } = error);
  }
  for (const made of [
    result,
    (result as { sharedSecret?: Secret })?.sharedSecret,
    (result as { premaster?: Secret })?.premaster,
  ]) {
    if (typeof made === 'object' && made !== null && 'dispose' in made) (made as Secret).dispose();
  }
  assert.is(slots(), live, `slots left by ${name}`);
  return code;
}

/** Makes a test of every call there is, and runs them. */
export function testCalls(): void {
  for (const [name, { run, given }] of Object.entries(calls)) {
    test(`${name}: right arguments give a result, wrong ones a TlsError`, async () => {
      const right = given.map(({ value }) => value);
      assert.is(await outcome(name, run, right), 'a result');
      for (const [at, argument] of given.entries()) {
        const attempt = (wrong: unknown, text: string) =>
          outcome(`${name}, argument ${at}: ${text}`, run, right.with(at, wrong));
        for (const [text, wrong] of wrongValues()) {
          if (fine[argument.kind](text) || (wrong === undefined && argument.optional)) continue;
          if (wrong === null && name.startsWith('extract')) continue;
          assert.is.not(await attempt(wrong, text), 'a result', `${name}, argument ${at} is ${text}`);
        }
        for (const [text, value] of doubtful(argument)) {
          await attempt(value, text);
          if (argument.kind === 'secret') (value as Secret).dispose();
        }
        if (argument.kind === 'secret') {
          assert.is(await attempt(stale, 'a stale secret'), 'ERR_STALE_HANDLE');
          assert.is(await attempt(foreign, 'a foreign secret'), 'ERR_FOREIGN_HANDLE');
        }
      }
      assert.is(await outcome(name, run, right), 'a result');
    });
  }
  test.run();
}
