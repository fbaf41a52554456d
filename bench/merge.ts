// Rows of several runs in one list: a run of some groups, or on some versions of Node, replaces its rows and leaves the
// others, which say when they were taken.

import type { Row } from './suite.ts';

/** What a row is about. Where bytes are the result, they are no part of that. */
function keyOf(row: Row): string {
  const size = row.opsPerSecond === 0 ? '' : row.bytes;
  return JSON.stringify([row.group, row.name, row.implementation, row.runtime, size]);
}

/** Measured together, so that what a group does not measure any more goes with its old rows. */
function placeOf(row: Row): string {
  return JSON.stringify([row.group, row.runtime]);
}

/**
 * `older` with the rows that `newer` has anew, in the order of `older`, then what is new.
 * @param partial the run left out rows of its groups
 */
export function mergeRows(older: readonly Row[], newer: readonly Row[], partial = false): Row[] {
  const replacements = new Map(newer.map(row => [keyOf(row), row]));
  const measured = new Set(newer.map(placeOf));
  const kept: Row[] = [];
  for (const row of older) {
    const replacement = replacements.get(keyOf(row));
    if (replacement !== undefined) kept.push(replacement);
    else if (partial || !measured.has(placeOf(row))) kept.push(row);
    replacements.delete(keyOf(row));
  }
  return [...kept, ...newer.filter(row => replacements.has(keyOf(row)))];
}

/** A run, and which groups on which runtimes have rows of it. */
export interface Run {
  /** ISO 8601 to the minute; '' for rows from before they had dates. */
  readonly date: string;
  readonly what: readonly string[];
}

/** The runs that the rows come from, the newest first. */
export function runsOf(rows: readonly Row[]): Run[] {
  const dates = [...new Set(rows.map(row => row.date ?? ''))].sort().reverse();
  return dates.map(date => {
    const own = rows.filter(row => (row.date ?? '') === date);
    const runtimes = [...new Set(own.map(row => row.runtime))];
    return {
      date,
      what: runtimes.map(runtime => {
        const groups = new Set(own.filter(row => row.runtime === runtime).map(row => row.group));
        return `${runtime}: ${[...groups].join(', ')}`;
      }),
    };
  });
}

/** One line a run: "2026-11-25 17:40 UTC: Node 20.20.2: records, hashes". */
export function runLines(rows: readonly Row[]): string[] {
  return runsOf(rows).map(
    ({ date, what }) => `${date === '' ? 'undated' : `${date.replace('T', ' ')} UTC`}: ${what.join('; ')}`,
  );
}
