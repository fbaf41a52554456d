// The clock of the fleet: that of its Redis, as this process knows it. Between two answers it goes on with the monotonic clock
// of the process, so that a step of the wall clock here changes nothing.

/** Milliseconds. Clocks may differ by minutes; by more, one of them means something else. */
const MOST_DIFFERENCE = 900_000;
/** A step of the other clock, beyond what the way there and back explains. Milliseconds. */
const STEP = 20;
/** Milliseconds after which a newer answer is better, though it took longer: clocks drift. */
const OLD = 30_000;

interface Sample {
  /** Time there, at `at` of the monotonic clock here. */
  readonly time: number;
  readonly at: number;
  /** Milliseconds there and back. */
  readonly way: number;
}

export class FleetClock {
  #sample: Sample | null = null;

  /** Milliseconds since the epoch: there, as far as is known, else here. */
  now(): number {
    const sample = this.#sample;
    return sample === null ? Date.now() : Math.round(sample.time + performance.now() - sample.at);
  }

  /**
   * An answer with the time there.
   * @param time milliseconds since the epoch
   * @param asked when the question left, by performance.now()
   * @returns the difference from the clock here if it is too large to be believed, else null
   */
  observe(time: number, asked: number): number | null {
    const at = performance.now();
    const way = at - asked;
    const difference = time + way / 2 - Date.now();
    if (Math.abs(difference) > MOST_DIFFERENCE) {
      this.#sample = null;
      return Math.round(difference);
    }
    const sample = { time: time + way / 2, at, way };
    const before = this.#sample;
    const stepped =
      before !== null && Math.abs(sample.time - (before.time + at - before.at)) > (way + before.way) / 2 + STEP;
    if (before === null || stepped || way <= before.way || at - before.at > OLD) this.#sample = sample;
    return null;
  }

  /** False before the first answer that was believed. */
  get known(): boolean {
    return this.#sample !== null;
  }
}
