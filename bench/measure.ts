// Times candidates with `benchmark`: rounds in which every candidate has its turn, those of one operation side by side, so
// that a drift of the machine's speed meets both sides of a ratio alike; the medians over the rounds count.

import Benchmark from 'benchmark';
import { median } from './statistics.ts';
import type { Candidate, Group, Row, RowOptions } from './suite.ts';

export interface MeasureOptions extends RowOptions {
  /** When the run began. */
  readonly date: string;
}

/** Checks and measures a group. A candidate whose check fails stops the run. */
export async function measure(group: Group, options: MeasureOptions): Promise<Row[]> {
  if (group.rows) return (await group.rows(options)).map(row => ({ ...row, date: options.date }));
  const candidates = byOperation(await group.candidates());
  for (const candidate of candidates) {
    try {
      await candidate.check();
    } catch (cause) {
      throw new Error(`${group.name}: ${candidate.implementation} fails the check of ${candidate.name}`, { cause });
    }
  }
  for (const { warmUp = 0, run } of candidates) for (let i = 0; i < warmUp; i++) await run();
  const results = candidates.map(() => [] as number[]);
  for (let round = 1; round <= options.rounds; round++) {
    for (const [i, candidate] of candidates.entries()) {
      const size = candidate.bytes > 0 ? ` ${candidate.bytes} B` : '';
      options.progress(
        `${group.name} round ${round}/${options.rounds}: ${candidate.name}${size} ${candidate.implementation}`,
      );
      results[i].push(await opsPerSecond(candidate, options.seconds));
    }
  }
  return candidates.map(({ name, implementation, version, bytes }, i) => ({
    group: group.name,
    name,
    implementation,
    version,
    runtime: options.runtime,
    bytes,
    opsPerSecond: median(results[i]),
    rounds: results[i],
    date: options.date,
  }));
}

/** In the order in which operations first occur, an operation's candidates one after the other. */
function byOperation(candidates: readonly Candidate[]): Candidate[] {
  const key = (c: Candidate) => `${c.name} ${c.bytes}`;
  const keys = [...new Set(candidates.map(key))];
  return keys.flatMap(operation => candidates.filter(c => key(c) === operation));
}

function opsPerSecond(candidate: Candidate, seconds: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const settings = { maxTime: seconds, minTime: seconds / 8, minSamples: 3 };
    const run = candidate.asynchronous
      ? {
          defer: true,
          fn: (deferred: Benchmark.Deferred) =>
            void (candidate.run() as Promise<unknown>).then(() => deferred.resolve(), reject),
        }
      : { fn: () => void candidate.run() };
    const bench = new Benchmark(candidate.name, { ...settings, ...run });
    bench.on('complete', () => resolve(bench.hz * (candidate.operations ?? 1)));
    bench.on('error', () => reject(bench.error));
    bench.run({ async: true });
  });
}
