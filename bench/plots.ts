// The pictures of the report: throughput over size on log axes, and operations a second beside castls'.

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { ratioOf } from './statistics.ts';
import { type Row, rate } from './suite.ts';

function newDocument(): Document {
  return parseHTML('<!doctype html><html><body></body></html>').document as unknown as Document;
}

/** One colour per implementation in every picture. */
const palette: readonly (readonly [implementation: string, color: string])[] = [
  ['castls', '#0b57d0'],
  ['node:crypto', '#1a7f37'],
  ['WebCrypto', '#9a6700'],
  ['libsodium-wrappers', '#8250df'],
  ['@noble/ciphers', '#cf222e'],
  ['@noble/hashes', '#cf222e'],
  ['hash-wasm', '#0e7490'],
  ['node-forge', '#6e7781'],
];

const HEIGHT = 360;
const MARGINS = { marginTop: 20, marginRight: 160, marginBottom: 40, marginLeft: 60 };
/** Least distance of two names at the ends of curves, in pixels. */
const LINE = 13;

interface Point {
  readonly size: number;
  readonly speed: number;
  readonly implementation: string;
}

/** Throughput of one operation, a curve an implementation. */
export function throughputPlot(name: string, rows: readonly Row[]): string {
  const data = rows.map(
    (r): Point => ({ size: r.bytes, speed: (r.opsPerSecond * r.bytes) / 1e6, implementation: r.implementation }),
  );
  return draw({
    title: `${name}: throughput over size`,
    height: HEIGHT,
    ...MARGINS,
    x: {
      type: 'log',
      base: 2,
      label: 'bytes in one record or message',
      labelAnchor: 'center',
      ticks: [...new Set(data.map(d => d.size))],
      tickFormat: String,
    },
    y: { type: 'log', label: 'MB/s', grid: true, tickFormat: (v: number) => String(v) },
    color: { legend: false, domain: palette.map(p => p[0]), range: palette.map(p => p[1]) },
    marks: [
      Plot.lineY(data, {
        x: 'size',
        y: 'speed',
        stroke: 'implementation',
        strokeWidth: d => (d.implementation === 'castls' ? 3 : 1.5),
      }),
      Plot.dot(data, { x: 'size', y: 'speed', fill: 'implementation' }),
      ...names(data),
    ],
  });
}

/** The name of each curve at its end, moved down where the one above is too near. */
function names(data: readonly Point[]): Plot.Markish[] {
  const speeds = data.map(d => Math.log(d.speed));
  const [least, most] = [Math.min(...speeds), Math.max(...speeds)];
  const pixels = (HEIGHT - MARGINS.marginTop - MARGINS.marginBottom) / (most - least || 1);
  const longest = Math.max(...data.map(d => d.size));
  const ends = data.filter(d => d.size === longest).sort((a, b) => b.speed - a.speed);
  let lowest = Number.NEGATIVE_INFINITY;
  return ends.map(end => {
    const y = (most - Math.log(end.speed)) * pixels;
    lowest = Math.max(y, lowest + LINE);
    const place = { x: 'size', y: 'speed', text: 'implementation', fill: 'implementation' } as const;
    return Plot.text([end], { ...place, dx: 8, dy: lowest - y, textAnchor: 'start' });
  });
}

/** Operations a second: under each operation a line an implementation, at its speed relative to castls'. */
export function barPlot(rows: readonly Row[]): string {
  const data = rows.map(r => {
    const own = rows.find(o => o.name === r.name && o.implementation === 'castls');
    const exponent = own ? Math.log10(ratioOf(r, own)) : 0;
    return { ...r, line: `${r.name}\n${r.implementation}`, exponent, text: `${rate(r.opsPerSecond)}/s` };
  });
  const operations = [...new Set(data.map(d => d.name))];
  // The operation's name has a line of its own.
  const lines = operations.flatMap(name => [name, ...data.filter(d => d.name === name).map(d => d.line)]);
  const least = Math.min(0, ...data.map(d => d.exponent));
  const most = Math.max(0, ...data.map(d => d.exponent));
  return draw({
    marginLeft: 130,
    marginRight: 90, // for the rate behind the fastest
    marginBottom: 40,
    height: 70 + lines.length * 17,
    x: {
      label: 'speed relative to castls (log)',
      labelAnchor: 'center',
      grid: true,
      ticks: ratioTicks(least, most),
      tickFormat: (exponent: number) => `${Number((10 ** exponent).toPrecision(1))}x`,
    },
    y: { type: 'band', domain: lines },
    marks: [
      Plot.axisY({ label: null, ticks: data.map(d => d.line), tickFormat: line => line.split('\n')[1], tickSize: 0 }),
      Plot.ruleX([0], { stroke: '#999' }),
      Plot.ruleY(data, { x1: 0, x2: 'exponent', y: 'line', stroke: '#c4c9ce' }),
      Plot.dot(data, {
        x: 'exponent',
        y: 'line',
        fill: d => (d.implementation === 'castls' ? '#0b57d0' : '#80868b'),
        r: 5,
      }),
      Plot.text(data, { x: 'exponent', y: 'line', text: 'text', dx: 10, textAnchor: 'start', ...onWhite }),
      Plot.text(operations, { y: name => name, text: name => name, frameAnchor: 'left', dx: -120, fontWeight: 600 }),
    ],
  });
}

/** Text that a line runs through. */
const onWhite = { stroke: 'white', fill: 'black', strokeWidth: 4 } as const;

/** Powers of ten of 1, 2 and 5 times those between two: round ratios on an axis of exponents. */
function ratioTicks(least: number, most: number): number[] {
  const ticks: number[] = [];
  for (let exponent = Math.floor(least); exponent <= Math.ceil(most); exponent++) {
    for (const digit of [1, 2, 5]) {
      const tick = exponent + Math.log10(digit);
      if (tick >= least - 0.02 && tick <= most + 0.02) ticks.push(tick);
    }
  }
  return ticks;
}

function draw(options: Plot.PlotOptions): string {
  return (Plot.plot({ document: newDocument(), width: 1000, ...options }) as unknown as Element).outerHTML;
}
