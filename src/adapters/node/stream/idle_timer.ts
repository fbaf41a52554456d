// "timeout" after a time without traffic, as net.Socket has it.

import { turnTime } from './turn.ts';

export class IdleTimer {
  readonly #stream: { emit(event: 'timeout'): unknown };
  #timer: NodeJS.Timeout | undefined;
  #time = 0;
  #watched = false;
  /** When there was traffic last. A timer that rings early is set anew: to put it off each time would cost each time. */
  #last = 0;

  constructor(stream: { emit(event: 'timeout'): unknown }) {
    this.#stream = stream;
  }

  /** @param milliseconds 0 for never */
  set(milliseconds: number): void {
    // HTTP sets and takes back one time for each request: the timer stays, and means nothing.
    this.#watched = milliseconds > 0;
    if (!this.#watched) return;
    this.#last = turnTime();
    if (milliseconds === this.#time && this.#timer !== undefined) return;
    this.#time = milliseconds;
    this.#arm(milliseconds);
  }

  #arm(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rang(), milliseconds).unref();
  }

  #rang(): void {
    this.#timer = undefined;
    if (!this.#watched) return;
    // Timers of the host ring up to a millisecond early.
    const left = this.#last + this.#time - performance.now();
    if (left > 1) this.#arm(Math.ceil(left));
    else this.#stream.emit('timeout');
  }

  /** There was traffic. */
  active(): void {
    if (!this.#watched) return;
    this.#last = turnTime();
    if (this.#timer === undefined) this.#arm(this.#time);
  }

  /** For good. */
  clear(): void {
    this.#watched = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
