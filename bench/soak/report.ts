// What a soak saw: plots for the terminal by asciichart, and a page with the same by Observable Plot.

import * as asciichart from 'asciichart';
import { type Moment, mean } from './judge.ts';

const series = [
  ['connections', 'open connections of the server'],
  ['handles', 'handles of the server'],
  ['slots', 'slots of the WASM memory in use'],
  ['resident', 'resident memory, MiB'],
  ['heap', 'JavaScript heap in use, MiB'],
  ['p50', 'latency of a small request, median, ms'],
  ['p99', 'latency of a small request, 99th percentile, ms'],
  ['loop', 'delay of the loop, 99th percentile, ms'],
] as const;

const WIDTH = 76;

/** Means of equal pieces, so that a long run fits in a line. */
function thinned(values: readonly number[]): number[] {
  if (values.length <= WIDTH) return [...values];
  return Array.from({ length: WIDTH }, (_, i) => {
    const piece = values.slice(Math.floor((i * values.length) / WIDTH), Math.floor(((i + 1) * values.length) / WIDTH));
    return mean(piece);
  });
}

export function terminalPlots(moments: readonly Moment[]): string {
  return series
    .map(([name, title]) => {
      const values = thinned(moments.map(moment => moment[name]));
      return `\n${title}\n${asciichart.plot(values, { height: 6 })}`;
    })
    .join('\n');
}

/** One page; no script, no link. */
export async function htmlPlots(moments: readonly Moment[]): Promise<string> {
  const Plot = await import('@observablehq/plot');
  const { parseHTML } = await import('linkedom');
  const { document } = parseHTML('<!doctype html><html></html>');
  const figures = series.map(([name, title]) => {
    const svg = Plot.plot({
      document: document as unknown as Document,
      width: 900,
      height: 180,
      x: { label: 'seconds' },
      y: { label: title, grid: true, zero: true },
      marks: [Plot.lineY(moments as Moment[], { x: 'second', y: name, z: null })],
    });
    return `<figure><figcaption>${title}</figcaption>${svg.outerHTML}</figure>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>castls soak</title><h1>castls soak</h1>${figures.join('\n')}</html>`;
}
