// Measures the groups asked for on the Node that runs this, or merges what was measured and renders the report.
//   main measure --out FILE --date DATE [--only WORD] [--row WORD] [--rounds N] [--seconds S]
//   main report FILE... --json FILE --html FILE --markdown FILE

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { groups } from './groups/index.ts';
import { measure } from './measure.ts';
import { mergeRows } from './merge.ts';
import { htmlReport, markdownReport, textReport } from './report.ts';
import type { Row } from './suite.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    date: { type: 'string', default: new Date().toISOString() },
    only: { type: 'string' },
    row: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '0.25' },
    html: { type: 'string' },
    markdown: { type: 'string' },
    json: { type: 'string' },
  },
});

const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores`;

if (positionals[0] === 'measure') await runMeasure();
else runReport(positionals.slice(1));

async function runMeasure(): Promise<void> {
  const runtime = `Node ${process.versions.node}`;
  const wanted = groups.filter(g => values.only === undefined || g.name.includes(values.only));
  if (wanted.length === 0)
    throw new Error(`no group is named like ${values.only}: ${groups.map(g => g.name).join(', ')}`);
  const rows: Row[] = [];
  const common = { rounds: Number(values.rounds), seconds: Number(values.seconds), row: values.row, runtime, progress };
  for (const group of wanted) rows.push(...(await measure(group, { ...common, date: values.date.slice(0, 16) })));
  if (rows.length === 0)
    throw new Error(`no row of ${wanted.map(({ name }) => name).join(', ')} is named like ${values.row}`);
  progress('');
  writeFileSync(values.out ?? 'results.json', JSON.stringify(rows));
  process.exit(0); // peers may hold handles of their own
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}

/** The table is about the rows of this run; the pages are about all rows there are. */
function runReport(inputs: readonly string[]): void {
  const measured = inputs.flatMap(readRows);
  const older = values.json !== undefined && existsSync(values.json) ? readRows(values.json) : [];
  const all = inOrder(mergeRows(older, measured, values.row !== undefined));
  console.log(machine);
  console.log(textReport(measured));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(all, null, 1)}\n`);
  if (values.markdown) writeFileSync(values.markdown, markdownReport(all, machine));
  if (values.html) writeFileSync(values.html, htmlReport(all, machine));
}

/** By version of Node, then as the groups stand in their list. */
function inOrder(rows: readonly Row[]): Row[] {
  const place = (row: Row) => groups.findIndex(group => group.name === row.group);
  const numeric = { numeric: true } as const;
  return [...rows].sort((a, b) => a.runtime.localeCompare(b.runtime, 'en', numeric) || place(a) - place(b));
}

function readRows(file: string): Row[] {
  return JSON.parse(readFileSync(file, 'utf8')) as Row[];
}
