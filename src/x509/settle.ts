// Verification is linear generator code that yields only when a result is a Promise: with verifiers that answer at once
// it runs to its end without one.

import type { Pace } from '../base/pace.ts';
import type { Awaitable } from '../crypto/secret.ts';

/** A computation that may have to wait for a Promise, and that says with null where it could give way to other work. */
export type Waiting<T> = Generator<Promise<unknown> | null, T, unknown>;

/** The value of `result`, waiting for it only if it is a Promise. */
export function* settle<T>(result: Awaitable<T>): Waiting<T> {
  return isPromise(result) ? ((yield result) as T) : result;
}

/** Promises of another realm, and whatever else can be awaited, too. */
export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function';
}

/**
 * Runs `flow`; the result is a Promise only if something in it was, or if `pace` had it give way. An aborted `signal` ends
 * it at its next wait.
 */
export function run<T>(flow: Waiting<T>, signal?: AbortSignal, pace?: Pace): Awaitable<T> {
  let step = flow.next();
  while (!step.done) {
    const pending = step.value ?? (pace?.due ? pace.turn() : null);
    if (pending !== null) return resume(flow, pending, signal, pace);
    step = flow.next();
  }
  return step.value;
}

async function resume<T>(
  flow: Waiting<T>,
  first: Promise<unknown>,
  signal: AbortSignal | undefined,
  pace: Pace | undefined,
): Promise<T> {
  let pending: Promise<unknown> | null = first;
  for (;;) {
    let step: IteratorResult<Promise<unknown> | null, T>;
    try {
      const value: unknown = pending === null ? undefined : await pending;
      if (pending !== null) signal?.throwIfAborted();
      step = flow.next(value);
    } catch (error) {
      step = flow.throw(error);
    }
    if (step.done) return step.value;
    pending = step.value ?? (pace?.due ? pace.turn() : null);
  }
}
