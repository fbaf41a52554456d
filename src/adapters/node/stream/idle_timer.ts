// "timeout" after a time without traffic, as net.Socket has it.

export class IdleTimer {
  readonly #stream: { emit(event: 'timeout'): unknown };
  #timer: NodeJS.Timeout | undefined;
  #time = 0;
  #watched = false;

  constructor(stream: { emit(event: 'timeout'): unknown }) {
    this.#stream = stream;
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
      if (this.#watched) this.#stream.emit('timeout');
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
