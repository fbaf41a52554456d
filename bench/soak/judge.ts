// What is wrong with how a soak went.

import type { Sample } from './server.ts';

/** A sample with the second it was taken in and the latency of the probe: medians and 99th percentiles in milliseconds. */
export interface Moment extends Sample {
  readonly second: number;
  readonly p50: number;
  readonly p99: number;
}

/** What is wrong with how it went and what was left; nothing if all is well. */
export function complaints(
  moments: readonly Moment[],
  before: Sample,
  after: Sample,
  unhappy: readonly string[],
): string[] {
  const wrong = unhappy.slice(0, 5).map(text => `a good client failed: ${text}`);
  if (after.connections > 0) wrong.push(`${after.connections} connections are left`);
  if (after.handles > 0) wrong.push(`${after.handles} handles are left`);
  if (after.slots > before.slots) wrong.push(`${after.slots - before.slots} slots of the WASM memory are left`);
  if (after.abandoned > 0) wrong.push(`${after.abandoned} slots had to be freed by the collector`);
  // Memory settles in the first half; what grows on after it is a leak.
  const quarter = Math.floor(moments.length / 4);
  const [third, last] = [moments.slice(2 * quarter, 3 * quarter), moments.slice(3 * quarter)];
  if (quarter >= 10) {
    for (const name of ['slots', 'resident'] as const) {
      const [was, is] = [third, last].map(part => mean(part.map(moment => moment[name])));
      if (is > 1.25 * was + 20)
        wrong.push(`${name} grew from ${was.toFixed(0)} to ${is.toFixed(0)} in the last quarter`);
    }
  }
  return wrong;
}

/** The mean of some values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
