// The report: a table of ratios for the terminal, and one self-contained HTML page with plots.

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { goals, mustOf } from './goals.ts';
import { ratioOf } from './measure.ts';
import type { Goal, Row } from './suite.ts';

/** castls against a goal's peer in one runtime. */
export interface Judged {
  readonly goal: Goal;
  readonly runtime: string;
  readonly ratio: number;
  readonly must: number;
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
      const must = mustOf(goal, runtime);
      return [{ goal, runtime, ratio, must, reached: ratio >= must }];
    }),
  );
}

function label(name: string, bytes: number): string {
  if (bytes === 0) return name;
  const unit = [2 ** 30, 2 ** 20, 2 ** 10].find(u => bytes >= u) ?? 1;
  const unitName = { [2 ** 30]: 'GiB', [2 ** 20]: 'MiB', [2 ** 10]: 'KiB', 1: 'B' }[unit];
  return `${name}, ${bytes / unit} ${unitName}`;
}

/** Every measurement with its ratio to castls, then the goals. Plain text. */
export function textReport(rows: readonly Row[]): string {
  const lines: string[] = [];
  for (const runtime of new Set(rows.map(r => r.runtime))) {
    lines.push(
      '',
      runtime,
      `${'operation'.padEnd(52)}${'implementation'.padEnd(24)}${'ops/s'.padStart(12)}  castls is`,
    );
    for (const row of rows.filter(r => r.runtime === runtime && !isMemory(r))) {
      const own = rows.find(
        r => r.runtime === runtime && r.name === row.name && r.bytes === row.bytes && r.implementation === 'castls',
      );
      const ratio = own && row !== own ? `${ratioOf(own, row).toFixed(2)}x` : '';
      const who = `${row.implementation} ${row.version}`.slice(0, 23);
      lines.push(
        `${label(row.name, row.bytes).padEnd(52)}${who.padEnd(24)}${format(row.opsPerSecond).padStart(12)}  ${ratio}`,
      );
    }
  }
  lines.push(...memoryLines(rows));
  const judged = judge(rows);
  if (judged.length > 0) lines.push('', 'goals (castls / peer)');
  for (const { goal, runtime, ratio, must, reached } of judged) {
    const aim = goal.aim === undefined ? '' : `, aim ${goal.aim}${ratio >= goal.aim ? ' reached' : ''}`;
    const state = must === 0 ? '    ' : reached ? 'ok  ' : 'MISS';
    const what = `${label(goal.name, goal.bytes)} / ${goal.against}`;
    lines.push(`${state} ${runtime.padEnd(14)}${what.padEnd(62)}${ratio.toFixed(2).padStart(8)}x  must ${must}${aim}`);
  }
  return lines.join('\n');
}

const isMemory = (row: Row): boolean => row.opsPerSecond === 0;

/** Memory per connection pair, and what castls takes of the peer's. */
function memoryLines(rows: readonly Row[]): string[] {
  const memory = rows.filter(isMemory);
  return memory.map(row => {
    const own = memory.find(r => r.runtime === row.runtime && r.name === row.name && r.implementation === 'castls');
    const ratio = own && own !== row ? `castls takes ${(own.bytes / row.bytes).toFixed(2)}x` : '';
    return `${row.runtime.padEnd(16)}${row.name.padEnd(48)}${row.implementation.padEnd(12)}${(row.bytes / 1024).toFixed(1).padStart(8)} KiB  ${ratio}`;
  });
}

function format(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

/** The goals as a Markdown table with a column per runtime, then memory: what stands in docs/performance.md. */
export function markdownReport(rows: readonly Row[], machine: string): string {
  const judged = judge(rows);
  const runtimes = [...new Set(rows.map(r => r.runtime))];
  const lines = [
    `Measured on ${machine}; castls divided by the peer, medians of the ratios of interleaved rounds.`,
    '',
  ];
  lines.push(`| operation | against | must | aim | ${runtimes.join(' | ')} |`);
  lines.push(`|---|---|---:|---:|${runtimes.map(() => '---:').join('|')}|`);
  for (const goal of goals) {
    const own = judged.filter(j => j.goal === goal);
    if (own.length === 0) continue;
    const must = [...new Set(own.map(j => j.must))].filter(m => m > 0).map(m => `${m}x`);
    const cells = runtimes.map(runtime => {
      const found = own.find(j => j.runtime === runtime);
      if (!found) return '';
      return found.reached ? `${found.ratio.toFixed(2)}x` : `**${found.ratio.toFixed(2)}x, missed**`;
    });
    const version = rows.find(r => r.implementation === goal.against && r.name === goal.name)?.version ?? '';
    const peer = /^\d/.test(version) ? `${goal.against} ${version}` : goal.against;
    lines.push(
      `| ${label(goal.name, goal.bytes)} | ${peer} | ${must.join(' / ')} | ${goal.aim ? `${goal.aim}x` : ''} | ${cells.join(' | ')} |`,
    );
  }
  const memory = rows.filter(isMemory);
  if (memory.length > 0) {
    lines.push('', '| resident memory | implementation | runtime | KiB |', '|---|---|---|---:|');
    for (const r of memory)
      lines.push(`| ${r.name} | ${r.implementation} | ${r.runtime} | ${(r.bytes / 1024).toFixed(1)} |`);
  }
  return `${lines.join('\n')}\n`;
}

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem;color:#1b1f24}
h1{font-size:1.6rem}h2{margin-top:2.5rem;font-size:1.2rem}table{border-collapse:collapse;width:100%;font-size:14px}
td,th{padding:.25rem .6rem;border-bottom:1px solid #e3e6ea;text-align:left}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.miss{color:#b3261e;font-weight:600}.ok{color:#1a7f37}figure{margin:1rem 0}small{color:#59636e}`;

/** One HTML page: throughput over record size on a log axis, bars for the rest, the goals. No script, no link. */
export function htmlReport(rows: readonly Row[], machine: string): string {
  const runtimes = [...new Set(rows.map(r => r.runtime))];
  const timed = rows.filter(row => !isMemory(row));
  const parts = runtimes.map(runtime =>
    runtimeSection(
      runtime,
      timed.filter(r => r.runtime === runtime),
    ),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>castls benchmarks</title><style>${style}</style>
<h1>castls benchmarks</h1><p><small>${escapeHtml(machine)}. Medians of interleaved rounds; every result was verified before it was timed.
These are ratios of one run on one machine: compare bars within a picture, not with other pages.</small></p>
${goalTable(judge(rows))}${memoryTable(rows)}${parts.join('\n')}</html>`;
}

function goalTable(judged: readonly Judged[]): string {
  if (judged.length === 0) return '';
  const body = judged.map(({ goal, runtime, ratio, must, reached }) => {
    const state = must === 0 ? '' : reached ? '<span class="ok">reached</span>' : '<span class="miss">missed</span>';
    const aim = goal.aim === undefined ? '' : `${goal.aim}x`;
    return `<tr><td>${escapeHtml(runtime)}<td>${escapeHtml(label(goal.name, goal.bytes))}<td>${escapeHtml(goal.against)}<td class="n">${ratio.toFixed(2)}x<td class="n">${must === 0 ? '' : `${must}x`}<td class="n">${aim}<td>${state}`;
  });
  return `<h2>Goals</h2><table><tr><th>runtime<th>operation<th>against<th class="n">castls<th class="n">must<th class="n">aim<th>${body.join('')}</table>`;
}

function memoryTable(rows: readonly Row[]): string {
  const memory = rows.filter(isMemory);
  if (memory.length === 0) return '';
  const body = memory.map(
    r =>
      `<tr><td>${escapeHtml(r.runtime)}<td>${escapeHtml(r.name)}<td>${escapeHtml(r.implementation)}<td class="n">${(r.bytes / 1024).toFixed(1)} KiB`,
  );
  return `<h2>Memory</h2><table><tr><th>runtime<th>what<th>implementation<th class="n">resident${body.join('')}</table>`;
}

function runtimeSection(runtime: string, rows: readonly Row[]): string {
  const sized = rows.filter(r => r.bytes > 0);
  const names = [...new Set(sized.map(r => r.name))];
  const curves = names.map(name =>
    figure(
      throughputPlot(
        name,
        sized.filter(r => r.name === name),
      ),
    ),
  );
  const rest = rows.filter(r => r.bytes === 0);
  const groups = [...new Set(rest.map(r => r.group))];
  const bars = groups.map(
    group => `<h3>${escapeHtml(group)}</h3>${figure(barPlot(rest.filter(r => r.group === group)))}`,
  );
  return `<h2>${escapeHtml(runtime)}</h2>${curves.join('')}${bars.join('')}`;
}

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

function throughputPlot(name: string, rows: readonly Row[]): Element {
  const data = rows.map(r => ({
    size: r.bytes,
    rate: (r.opsPerSecond * r.bytes) / 1e6,
    implementation: r.implementation,
  }));
  return Plot.plot({
    document: newDocument(),
    title: `${name}: throughput over size`,
    width: 1000,
    height: 360,
    marginLeft: 60,
    marginRight: 160,
    x: {
      type: 'log',
      base: 2,
      label: 'bytes in one record or message',
      ticks: [...new Set(data.map(d => d.size))],
      tickFormat: String,
    },
    y: { type: 'log', label: 'MB/s', grid: true, tickFormat: (v: number) => String(v) },
    color: { legend: false, domain: palette.map(p => p[0]), range: palette.map(p => p[1]) },
    marks: [
      Plot.lineY(data, {
        x: 'size',
        y: 'rate',
        stroke: 'implementation',
        strokeWidth: d => (d.implementation === 'castls' ? 3 : 1.5),
      }),
      Plot.dot(data, { x: 'size', y: 'rate', fill: 'implementation' }),
      Plot.text(
        data,
        Plot.selectLast({
          x: 'size',
          y: 'rate',
          z: 'implementation',
          text: 'implementation',
          fill: 'implementation',
          dx: 8,
          textAnchor: 'start',
        }),
      ),
    ],
  }) as unknown as Element;
}

/** Operations a second, each operation scaled to castls so that all fit one picture. */
function barPlot(rows: readonly Row[]): Element {
  const data = rows.map(r => {
    const own = rows.find(o => o.name === r.name && o.implementation === 'castls');
    const text = `${format(r.opsPerSecond)}/s`;
    return {
      name: r.name,
      implementation: r.implementation,
      relative: own ? ratioOf(r, own) : 1,
      text,
    };
  });
  return Plot.plot({
    document: newDocument(),
    width: 1000,
    marginLeft: 190,
    marginRight: 90,
    x: { type: 'log', label: 'speed relative to castls (log)', grid: true },
    y: { label: null },
    fy: { label: null, tickFormat: (text: string) => text },
    marginTop: 30,
    height: 40 + data.length * 24 + new Set(data.map(d => d.name)).size * 10,
    marks: [
      Plot.ruleX([1], { stroke: '#999' }),
      Plot.dot(data, {
        x: 'relative',
        y: 'implementation',
        fy: 'name',
        fill: d => (d.implementation === 'castls' ? '#0b57d0' : '#80868b'),
        r: 5,
      }),
      Plot.ruleY(data, { x1: 1, x2: 'relative', y: 'implementation', fy: 'name', stroke: '#c4c9ce' }),
      Plot.text(data, { x: 'relative', y: 'implementation', fy: 'name', text: 'text', dx: 10, textAnchor: 'start' }),
    ],
  }) as unknown as Element;
}

function figure(element: Element): string {
  const style = 'background:white';
  return `<figure style="${style}">${element.outerHTML}</figure>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
}
