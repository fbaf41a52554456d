// A deadline and a circuit breaker around a store: whoever asks waits no longer than the deadline once, and not at all while
// the store is known to be gone. Nobody's handshake pays for finding out whether it is back: a probe does, in the background.

import type { Awaitable } from '../crypto/secret.ts';
import type { FleetListener, StoreOperation } from './events.ts';

/** Milliseconds. With what surrounds it, a handshake is to wait no longer than 50 in all. */
export const DEFAULT_DEADLINE = 40;
/** Questions under way: a store that answers within the deadline never has so many. */
const MAX_PENDING = 4096;
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 1000;
/** A probe is nobody's handshake: it may take its time. */
const PROBE_DEADLINE = 1000;

export interface GuardOptions {
  /** Milliseconds that a question may take. */
  readonly deadline: number;
  /** Asks the store for a sign of life. */
  readonly probe: () => Promise<unknown>;
  /** True if the store itself said no, as against one that is gone. */
  readonly isAnswer: (error: unknown) => boolean;
  readonly onEvent: FleetListener;
}

const LATE = Symbol('late');

export class Guard {
  readonly #options: GuardOptions;
  #open = false;
  #closed = false;
  #pending = 0;
  #probing: ReturnType<typeof setTimeout> | undefined;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** True while the store is not asked. */
  get open(): boolean {
    return this.#open;
  }

  /**
   * The answer of `job`, or `otherwise` where it fails, takes too long or is not even asked; in the last case at once.
   */
  ask<T>(operation: StoreOperation, job: () => Promise<T>, otherwise: T): Awaitable<T> {
    if (this.#open || this.#closed || this.#pending >= MAX_PENDING) {
      this.#options.onEvent({ kind: 'store', operation, outcome: 'skipped', milliseconds: 0 });
      return otherwise;
    }
    return this.#ask(operation, job, otherwise);
  }

  async #ask<T>(operation: StoreOperation, job: () => Promise<T>, otherwise: T): Promise<T> {
    const started = performance.now();
    const tell = (outcome: 'answered' | 'failed' | 'late') => {
      this.#options.onEvent({ kind: 'store', operation, outcome, milliseconds: performance.now() - started });
    };
    this.#pending++;
    try {
      const answer = await withDeadline(job, this.#options.deadline);
      if (answer !== LATE) {
        tell('answered');
        return answer;
      }
      tell('late');
      this.#break();
    } catch (error) {
      tell('failed');
      if (!this.#options.isAnswer(error)) this.#break();
    } finally {
      this.#pending--;
    }
    return otherwise;
  }

  /** Asks nothing any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#probing);
  }

  #break(): void {
    if (this.#open || this.#closed) return;
    this.#open = true;
    this.#options.onEvent({ kind: 'circuit', open: true });
    this.#probeAfter(0, FIRST_PAUSE);
  }

  #probeAfter(pause: number, next: number): void {
    this.#probing = setTimeout(() => void this.#probe(next), pause);
    unref(this.#probing);
  }

  async #probe(pause: number): Promise<void> {
    let alive = false;
    try {
      alive = (await withDeadline(this.#options.probe, PROBE_DEADLINE)) !== LATE;
    } catch {
      // Not yet.
    }
    if (this.#closed) return;
    if (!alive) {
      this.#probeAfter(pause, Math.min(2 * pause, LONGEST_PAUSE));
      return;
    }
    this.#open = false;
    this.#options.onEvent({ kind: 'circuit', open: false });
  }
}

/** What `job` comes to, or LATE. @param deadline milliseconds */
export async function withDeadline<T>(job: () => Promise<T>, deadline: number): Promise<T | typeof LATE> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<typeof LATE>(resolve => {
    // A process that was busy itself reads what came meanwhile before it calls the store late.
    timer = setTimeout(() => setImmediate(() => resolve(LATE)), deadline);
  });
  try {
    return await Promise.race([job(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The same, where late is an error. @throws the error of `job`, or one that says how long it was waited for */
export async function within<T>(job: () => Promise<T>, deadline: number): Promise<T> {
  const answer = await withDeadline(job, deadline);
  if (answer === LATE) throw new Error(`no answer within ${deadline} ms`);
  return answer as T;
}

/** Timers of a fleet keep no process alive. */
export function unref(timer: ReturnType<typeof setTimeout>): void {
  if (typeof timer === 'object') timer.unref();
}
