// Of several rounds one figure.

import type { Row } from './suite.ts';

/** How many times as fast as `other` a row is: the median of the ratios of their rounds, if they were interleaved. */
export function ratioOf(row: Row, other: Row): number {
  if (row.date !== other.date || row.rounds.length !== other.rounds.length)
    return row.opsPerSecond / other.opsPerSecond;
  return median(row.rounds.map((rate, round) => rate / other.rounds[round]));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
