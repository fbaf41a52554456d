// Measures the groups asked for on the Node that runs this, or renders the report of what was measured.
//   main measure --out FILE [--only WORD] [--rounds N] [--seconds S]
//   main report --in FILE... --html FILE --json FILE

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { groups } from './groups/index.ts';
import { measure } from './measure.ts';
import { htmlReport, markdownReport, textReport } from './report.ts';
import type { Row } from './suite.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '0.25' },
    html: { type: 'string' },
    markdown: { type: 'string' },
    json: { type: 'string' },
  },
});

const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}`;

if (positionals[0] === 'measure') await runMeasure();
else runReport(positionals.slice(1));

async function runMeasure(): Promise<void> {
  const runtime = `Node ${process.versions.node}`;
  const wanted = groups.filter(g => values.only === undefined || g.name.includes(values.only));
  if (wanted.length === 0)
    throw new Error(`no group is named like ${values.only}: ${groups.map(g => g.name).join(', ')}`);
  const rows: Row[] = [];
  for (const group of wanted) {
    const options = { rounds: Number(values.rounds), seconds: Number(values.seconds), runtime, progress };
    rows.push(...(await measure(group, options)));
  }
  progress('');
  writeFileSync(values.out ?? 'results.json', JSON.stringify(rows));
  process.exit(0); // peers may hold handles of their own
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}

function runReport(inputs: readonly string[]): void {
  const rows: Row[] = inputs.flatMap(file => JSON.parse(readFileSync(file, 'utf8')) as Row[]);
  console.log(machine);
  console.log(textReport(rows));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 1)}\n`);
  if (values.markdown) writeFileSync(values.markdown, markdownReport(rows, machine));
  if (values.html) writeFileSync(values.html, htmlReport(rows, machine));
}
