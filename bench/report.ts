// The report: a table of ratios for the terminal, and one self-contained HTML page with plots.

import { goals, mustOf } from './goals.ts';
import { type Judged, judge } from './judge.ts';
import { runLines } from './merge.ts';
import { barPlot, throughputPlot } from './plots.ts';
import { serverTable } from './server_table.ts';
import { ratioOf } from './statistics.ts';
import { type Row, rate } from './suite.ts';

function label(name: string, bytes: number): string {
  if (bytes === 0) return name;
  const unit = [2 ** 30, 2 ** 20, 2 ** 10].find(u => bytes >= u) ?? 1;
  const unitName = { [2 ** 30]: 'GiB', [2 ** 20]: 'MiB', [2 ** 10]: 'KiB', 1: 'B' }[unit];
  return `${name}, ${bytes / unit} ${unitName}`;
}

/** Every measurement with its ratio to castls, then the goals. Plain text. */
export function textReport(rows: readonly Row[]): string {
  const lines: string[] = [...runLines(rows)];
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
        `${label(row.name, row.bytes).padEnd(52)}${who.padEnd(24)}${rate(row.opsPerSecond).padStart(12)}  ${ratio}`,
      );
    }
  }
  lines.push(...memoryLines(rows));
  const judged = judge(rows);
  if (judged.length > 0) lines.push('', 'goals (castls / peer)');
  for (const { goal, runtime, ratio, must, prototype: best, reached } of judged) {
    const aim = goal.aim === undefined ? '' : `, aim ${goal.aim}${ratio >= goal.aim ? ' reached' : ''}`;
    const state = must === 0 ? '    ' : reached ? 'ok  ' : 'MISS';
    const what = `${label(goal.name, goal.bytes)} / ${goal.against}`;
    lines.push(
      `${state} ${runtime.padEnd(14)}${what.padEnd(62)}${ratio.toFixed(2).padStart(8)}x  must ${must}${best === null ? '' : ` (the prototype ${best.toFixed(2)})`}${aim}`,
    );
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

/** The goals as a Markdown table with a column per runtime, then memory: what stands in docs/performance.md. */
export function markdownReport(rows: readonly Row[], machine: string): string {
  const judged = judge(rows);
  const runtimes = [...new Set(rows.map(r => r.runtime))];
  const lines = [
    `Measured on ${machine}; castls divided by the peer, medians of the ratios of interleaved rounds.`,
    ...takenText(rows),
    '',
  ];
  lines.push(`| operation | against | must | aim | ${runtimes.join(' | ')} |`);
  lines.push(`|---|---|---:|---:|${runtimes.map(() => '---:').join('|')}|`);
  for (const goal of goals) {
    const own = judged.filter(j => j.goal === goal);
    if (own.length === 0) continue;
    const must = [...new Set(own.map(j => mustOf(goal, j.runtime)))].filter(m => m > 0).map(m => `${m}x`);
    const cells = runtimes.map(runtime => {
      const found = own.find(j => j.runtime === runtime);
      if (!found) return '';
      const ratio = found.reached ? `${found.ratio.toFixed(2)}x` : `**${found.ratio.toFixed(2)}x, missed**`;
      return found.prototype === null ? ratio : `${ratio} (prototype ${found.prototype.toFixed(2)}x)`;
    });
    const version = rows.find(r => r.implementation === goal.against && r.name === goal.name)?.version ?? '';
    const peer = /^\d/.test(version) ? `${goal.against} ${version}` : goal.against;
    lines.push(
      `| ${label(goal.name, goal.bytes)} | ${peer} | ${must.join(' / ')} | ${goal.aim ? `${goal.aim}x` : ''} | ${cells.join(' | ')} |`,
    );
  }
  lines.push(...serverTable(rows));
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
These are ratios on one machine: compare bars within a picture, not with other pages.</small></p>
${takenHtml(rows)}
${goalTable(judge(rows))}${memoryTable(rows)}${parts.join('\n')}</html>`;
}

/** When the rows were taken: a line a run. Those of one picture or goal are always of one run. */
function takenText(rows: readonly Row[]): string[] {
  const runs = runLines(rows);
  return runs.length === 1
    ? [`Taken ${runs[0]}.`]
    : ['Rows were taken at different times:', '', ...runs.map(run => `- ${run}`)];
}

function takenHtml(rows: readonly Row[]): string {
  const runs = runLines(rows).map(escapeHtml);
  if (runs.length === 1) return `<p><small>Taken ${runs[0]}.</small></p>`;
  return `<p><small>Rows were taken at different times; those of one picture or goal belong to one run.</small></p>
<ul>${runs.map(run => `<li><small>${run}</small>`).join('')}</ul>`;
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

/** Group by group: curves for what was measured over sizes, bars for the rest. */
function runtimeSection(runtime: string, rows: readonly Row[]): string {
  const groups = [...new Set(rows.map(r => r.group))];
  return `<h2>${escapeHtml(runtime)}</h2>${groups.map(group => groupSection(group, rows)).join('')}`;
}

function groupSection(group: string, rows: readonly Row[]): string {
  const own = rows.filter(r => r.group === group);
  const sized = own.filter(r => r.bytes > 0);
  const names = [...new Set(sized.map(r => r.name))];
  const curves = names.map(name =>
    figure(
      throughputPlot(
        name,
        sized.filter(r => r.name === name),
      ),
    ),
  );
  const rest = own.filter(r => r.bytes === 0);
  const bars = rest.length > 0 ? figure(barPlot(rest)) : '';
  return `<h3>${escapeHtml(group)}</h3>${curves.join('')}${bars}`;
}

function figure(svg: string): string {
  return `<figure style="background:white">${svg}</figure>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
}
