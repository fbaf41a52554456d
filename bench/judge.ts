// What the rows say to the goals.

import { goals, mustOf } from './goals.ts';
import { ratioOf } from './statistics.ts';
import type { Goal, Row } from './suite.ts';

/** Who the rows of bench/prototypes are by: the least that there could be of castls in the place. */
export const PROTOTYPE = 'castls prototype';
/** A must that even the prototype misses becomes this part of what the prototype reached. */
const PART_OF_PROTOTYPE = 0.85;

/** What p99 may be at half load, divided by node's. */
const MOST_P99 = 1.2;

/** p99 at half load, divided by the peer's. */
export interface JudgedLatency {
  readonly ratio: number;
  readonly most: number;
  /** The prototype's, to be shown: it differs too much from run to run to move the must. */
  readonly prototype: number | null;
  readonly reached: boolean;
}

/** Null without latencies. */
export function judgeLatency(castls: Row, peer: Row, prototype?: Row): JudgedLatency | null {
  const against = peer.latency?.p99;
  if (castls.latency === undefined || against === undefined) return null;
  const ratio = castls.latency.p99 / against;
  const least = prototype?.latency?.p99;
  return {
    ratio,
    most: MOST_P99,
    prototype: least === undefined ? null : least / against,
    reached: ratio <= MOST_P99,
  };
}

/** castls against a goal's peer in one runtime. */
export interface Judged {
  readonly goal: Goal;
  readonly runtime: string;
  readonly ratio: number;
  readonly must: number;
  /** What the prototype did that did not reach the goal's must either; `must` is then a part of it. */
  readonly prototype: number | null;
  readonly reached: boolean;
}

/** The goals that the rows can answer. */
export function judge(rows: readonly Row[]): Judged[] {
  const find = (runtime: string, goal: Goal, implementation: string) =>
    rows.find(
      r =>
        r.runtime === runtime && r.name === goal.name && r.bytes === goal.bytes && r.implementation === implementation,
    );
  return [...new Set(rows.map(r => r.runtime))].flatMap(runtime =>
    goals.flatMap(goal => {
      const own = find(runtime, goal, 'castls');
      const other = find(runtime, goal, goal.against);
      if (!own || !other) return [];
      const ratio = ratioOf(own, other);
      const least = find(runtime, goal, PROTOTYPE);
      const best = least ? ratioOf(least, other) : Number.POSITIVE_INFINITY;
      const wanted = mustOf(goal, runtime);
      const must = best < wanted ? Math.round(best * PART_OF_PROTOTYPE * 100) / 100 : wanted;
      return [{ goal, runtime, ratio, must, prototype: best < wanted ? best : null, reached: ratio >= must }];
    }),
  );
}
