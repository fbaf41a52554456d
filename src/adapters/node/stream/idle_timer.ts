// "timeout" after a time without traffic, as net.Socket has it.

export class IdleTimer {
  readonly #onTimeout: () => void;
  #timer: NodeJS.Timeout | undefined;
  #time = 0;
  #watched = false;

  constructor(onTimeout: () => void) {
    this.#onTimeout = onTimeout;
  }

  /** @param milliseconds 0 for never */
  set(milliseconds: number): void {
    // HTTP sets and takes back one time for each request: the timer stays, and means nothing.
    this.#watched = milliseconds > 0;
    if (!this.#watched) return;
    if (milliseconds === this.#time && this.#timer !== undefined) {
      this.#timer.refresh();
      return;
    }
    this.clear();
    this.#time = milliseconds;
    const silent = () => {
      if (this.#watched) this.#onTimeout();
      else this.#timer = undefined;
    };
    this.#timer = setTimeout(silent, milliseconds).unref();
  }

  /** There was traffic. */
  active(): void {
    if (this.#watched) this.#timer?.refresh();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
