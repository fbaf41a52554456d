// Verification is linear generator code that yields only when a result is a Promise: with verifiers that answer at once
// it runs to its end without one.

import type { Awaitable } from '../crypto/secret.ts';

/** A computation that may have to wait. */
export type Waiting<T> = Generator<Promise<unknown>, T, unknown>;

/** The value of `result`, waiting for it only if it is a Promise. */
export function* settle<T>(result: Awaitable<T>): Waiting<T> {
  return isPromise(result) ? ((yield result) as T) : result;
}

/** Promises of another realm, and whatever else can be awaited, too. */
export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function';
}

/** Runs `flow`; the result is a Promise only if something in it was. An aborted `signal` ends it at its next wait. */
export function run<T>(flow: Waiting<T>, signal?: AbortSignal): Awaitable<T> {
  const step = flow.next();
  return step.done ? step.value : resume(flow, step.value, signal);
}

async function resume<T>(flow: Waiting<T>, first: Promise<unknown>, signal: AbortSignal | undefined): Promise<T> {
  let pending = first;
  for (;;) {
    let step: IteratorResult<Promise<unknown>, T>;
    try {
      const value = await pending;
      signal?.throwIfAborted();
      step = flow.next(value);
    } catch (error) {
      step = flow.throw(error);
    }
    if (step.done) return step.value;
    pending = step.value;
  }
}
