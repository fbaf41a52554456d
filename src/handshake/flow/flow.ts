// The linear handshake: generator functions that wait for exactly two things, a message and the result of a job.
// They wait through Flow.read and Flow.settle and nowhere else. Knows nothing of records, alerts or versions.

import { TlsError } from '../../base/errors.ts';
import type { LoopPace, Pace } from '../../base/pace.ts';
import type { Awaitable } from '../../crypto/secret.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';

/** What a flow waits for. */
export type Wait = 'message' | 'job';

/** A part of a handshake. Parts call each other with `yield*`. */
export type Steps<T> = Generator<Wait, T, void>;

/** Where the messages come from: a Carrier. Null when the next one is not complete yet. */
export interface MessageSource {
  nextMessage(): HandshakeMessage | null;
}

type Outcome = { readonly value: unknown; discard(): void } | { readonly error: unknown };

const none: readonly number[] = [];

/** Runs one linear handshake after the other. */
export class Flow {
  readonly #source: MessageSource;
  readonly #owner: object;
  readonly #onProgress: (owner: never) => void;
  readonly #pace: LoopPace | null;
  #steps: Steps<void> | null = null;
  #wait: Wait | null = null;
  /** HandshakeTypes of the message that is waited for. */
  #expected: readonly number[] = none;
  #outcome: Outcome | null = null;
  #running = false;
  #destroyed = false;
  #controller: AbortController | null = null;

  /**
   * @param onProgress called with `owner` when a job that answered later is done; never from inside `resume`. One function for
   * all owners, because a flow lives as long as its connection
   * @param pace how long jobs may hold the loop; null for as long as they take
   */
  constructor(source: MessageSource, owner: object, onProgress: (owner: never) => void, pace: LoopPace | null = null) {
    this.#owner = owner;
    this.#source = source;
    this.#onProgress = onProgress;
    this.#pace = pace;
  }

  /** What the flow waits for; null when none runs, or when it is running right now. */
  get waitsFor(): Wait | null {
    return this.#wait;
  }

  /** True while the code of the flow is on the stack, hooks it calls included. */
  get running(): boolean {
    return this.#running;
  }

  get idle(): boolean {
    return this.#steps === null;
  }

  /** Begins a flow; `resume` runs it. @throws ERR_INVALID_STATE while another one is under way */
  start(steps: Steps<void>): void {
    if (this.#steps !== null || this.#destroyed) throw new TlsError('ERR_INVALID_STATE', 'a flow is under way');
    this.#steps = steps;
  }

  /** Runs until the flow ends or lacks what it waits for. Whatever the flow throws comes out here and ends it. */
  resume(): void {
    if (this.#steps === null || this.#running) return;
    if (this.#wait === 'job' && this.#outcome === null) return;
    const steps = this.#steps;
    this.#running = true;
    this.#wait = null;
    this.#pace?.begin();
    let over = true;
    try {
      const { done, value } = steps.next();
      if (!done) {
        this.#wait = value;
        over = false;
      }
    } finally {
      this.#running = false;
      if (over || this.#destroyed) {
        this.#steps = null;
        this.#wait = null;
        this.#controller = null;
        this.#expected = none;
        if (!over) steps.return();
      }
    }
  }

  /** The next handshake message. @param types the HandshakeTypes that may stand here @throws ERR_UNEXPECTED_MESSAGE */
  *read(...types: number[]): Steps<HandshakeMessage> {
    let message = this.#source.nextMessage();
    while (message === null) {
      this.#expected = types;
      yield 'message';
      message = this.#source.nextMessage();
    }
    if (!types.includes(message.type)) throw unexpected(message.type, types);
    return message;
  }

  /**
   * For those who see the header of a message before the rest of it.
   * @throws ERR_UNEXPECTED_MESSAGE if a message is waited for, and it is none of this type
   */
  admit(type: number): void {
    if (this.#wait === 'message' && !this.#expected.includes(type)) throw unexpected(type, this.#expected);
  }

  /**
   * The result of a job, which runs in this call: for `yield*` at once. That waits only if the job answers with a Promise, or
   * if it lasted longer than the pace allows. A result that comes after `destroy` is dropped.
   * @param job gets a signal that `destroy` aborts, and the pace where there is one
   * @param discard wipes a result that nobody takes; by default the secrets in it
   */
  settle<T>(job: (signal: AbortSignal, pace?: Pace) => Awaitable<T>, discard: (late: T) => void = disposeOf): Steps<T> {
    this.#controller ??= new AbortController();
    const { signal } = this.#controller;
    const result = job(signal, this.#pace?.forJob(signal));
    if (isPromise(result)) {
      // A foreign thenable may call back at once; a Promise never does.
      Promise.resolve(result).then(
        value => this.#finish({ value, discard: () => discard(value) }),
        error => this.#finish({ error }),
      );
    } else if (this.#pace?.due) {
      const ready: Outcome = { value: result, discard: () => discard(result) };
      this.#outcome = ready;
      this.#pace.later(() => this.#outcome === ready && this.#onProgress(this.#owner as never));
    } else return stepsOver(result);
    return this.#awaited();
  }

  *#awaited<T>(): Steps<T> {
    yield 'job';
    const outcome = this.#outcome as Outcome;
    this.#outcome = null;
    if ('error' in outcome) throw outcome.error;
    return outcome.value as T;
  }

  /** Ends the flow: every `finally` on the way runs, the signal of a pending job aborts, its late result is dropped. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    const pending = this.#wait === 'job' && this.#outcome === null;
    const outcome = this.#outcome;
    this.#outcome = null;
    if (outcome !== null && 'value' in outcome) outcome.discard();
    if (!this.#running && this.#steps !== null) {
      const steps = this.#steps;
      this.#steps = null;
      this.#wait = null;
      steps.return();
    }
    if (pending) this.#controller?.abort();
  }

  #finish(outcome: Outcome): void {
    if (this.#destroyed) {
      if ('value' in outcome) outcome.discard();
      return;
    }
    this.#outcome = outcome;
    this.#onProgress(this.#owner as never);
  }
}

/** Steps that are over before they begin: most jobs answer at once, and have no use for a generator. */
class StepsOver<T> {
  readonly #result: IteratorReturnResult<T>;

  constructor(value: T) {
    this.#result = { done: true, value };
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorReturnResult<T> {
    return this.#result;
  }
}

/** Whether `yield*` of it would not wait. */
export function isOver(steps: Steps<unknown>): boolean {
  return (steps as unknown) instanceof StepsOver;
}

function stepsOver<T>(value: T): Steps<T> {
  return new StepsOver(value) as unknown as Steps<T>;
}

function unexpected(type: number, expected: readonly number[]): TlsError {
  return new TlsError('ERR_UNEXPECTED_MESSAGE', `handshake message ${type} where ${expected.join(' or ')} belongs`);
}

function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof (value as Promise<T> | null)?.then === 'function';
}

/** Disposes of a secret, a key exchange, or an object whose members are such. */
function disposeOf(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if ('dispose' in value && typeof value.dispose === 'function') {
    value.dispose();
    return;
  }
  for (const member of Object.values(value)) {
    if (typeof member?.dispose === 'function') member.dispose();
  }
}
