// The end of a connection that failed while its peer still sends. The alert and the end of this side's direction are out;
// what comes is read and dropped for a while, because a host that closes a socket with unread data resets the connection,
// and a peer that is reset may lose the alert with whatever else it has not read. Bounded in time and bytes.

/** Milliseconds without anything from the peer. */
const QUIET = 1000;
/** Milliseconds in all. */
const LONGEST = 10_000;
/** Bytes dropped. */
const MOST = 64 * 1024 * 1024;

/** Times for tests; a peer that goes on is cut off by the first that is over. */
export interface LingeringLimits {
  readonly quiet?: number;
  readonly longest?: number;
  readonly most?: number;
}

export class Lingering {
  readonly #over: () => void;
  readonly #quiet: number;
  readonly #most: number;
  readonly #until: number;
  #heard: number;
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  /** @param over called once, when there is nothing to wait for any more */
  constructor(over: () => void, { quiet = QUIET, longest = LONGEST, most = MOST }: LingeringLimits = {}) {
    this.#over = over;
    this.#quiet = quiet;
    this.#most = most;
    this.#heard = performance.now();
    this.#until = this.#heard + longest;
    this.#wait();
  }

  /** So many bytes came, and were dropped. */
  dropped(bytes: number): void {
    this.#heard = performance.now();
    this.#bytes += bytes;
    if (this.#bytes > this.#most || this.#heard >= this.#until) this.end();
  }

  /** The peer has ended, too, or is gone. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#over();
  }

  #wait(): void {
    const left = Math.min(this.#heard + this.#quiet, this.#until) - performance.now();
    if (left <= 0) this.end();
    else {
      this.#timer = setTimeout(() => this.#wait(), left);
      // Hosts without it have numbers for timers: what waits for nothing else ends there with the timer.
      (this.#timer as { unref?: () => void }).unref?.();
    }
  }
}
