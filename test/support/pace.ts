// Paces for tests: one that is always due and whose turns a test gives, so that nothing hangs on a clock.

import type { LoopPace, Pace } from '../../src/base/pace.ts';

/** A pace whose slices are over as soon as they begin. */
export class StrictPace implements LoopPace {
  readonly due = true;
  /** Turns that were waited for. */
  turns = 0;
  readonly #waiting: (() => void)[] = [];

  begin(): void {}

  later(go: () => void): void {
    this.turns++;
    this.#waiting.push(go);
  }

  /** Jobs run to their end: what waits is the flow, between two of them. */
  forJob(): Pace | undefined {
    return undefined;
  }

  /** Gives turns until nobody waits. @returns false if nobody did */
  run(): boolean {
    let ran = false;
    for (let go = this.#waiting.shift(); go !== undefined; go = this.#waiting.shift()) {
      ran = true;
      go();
    }
    return ran;
  }
}

/** A pace that is always due, for flows and for their jobs, with the loop's own turns. */
export class SlicedPace implements LoopPace {
  readonly due = true;
  /** Turns between two jobs, and within one. */
  turns = 0;
  jobTurns = 0;

  begin(): void {}

  later(go: () => void): void {
    this.turns++;
    setImmediate(go);
  }

  forJob(signal: AbortSignal): Pace {
    return new JobPace(async () => {
      this.jobTurns++;
      await new Promise(done => setImmediate(done));
      signal.throwIfAborted();
    });
  }
}

/** The pace of all connections of `pair.ts` and `plain_pair.ts`, where a test sets one. */
export const everyPair: { pace: StrictPace | null } = { pace: null };

/** A pace for jobs that is always due, and counts. */
export class JobPace implements Pace {
  readonly due = true;
  turns = 0;
  readonly #turn: () => Promise<void>;

  /** @param turn another turn of the loop, if nothing else is said */
  constructor(turn: () => Promise<void> = () => new Promise(done => setImmediate(done))) {
    this.#turn = turn;
  }

  turn(): Promise<void> {
    this.turns++;
    return this.#turn();
  }
}
