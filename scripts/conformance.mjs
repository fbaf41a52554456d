// Writes the tables of docs/conformance.md from what the last runs left: conformance.mjs [VECTORS_LOG]. "npm run bogo" leaves
// build/bogo/summary.json, "npm run tlsfuzzer" build/tlsfuzzer/results.json; VECTORS_LOG is what "npm run vectors" printed. A table without a run stays as it is.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bundle.mjs';

const page = join(root, 'docs/conformance.md');
let text = readFileSync(page, 'utf8');
const PROFILES = Object.keys(JSON.parse(readFileSync(join(root, 'test/tlsfuzzer/scripts.json'), 'utf8')).profiles).sort(
  (a, b) => b.length - a.length,
);
const commit = execFileSync('git', ['log', '-1', '--format=%h'], { cwd: root, encoding: 'utf8' }).trim();
const summary = join(root, 'build/bogo/summary.json');
if (existsSync(summary)) replace('bogo', bogo(JSON.parse(readFileSync(summary, 'utf8'))));
replace('bogo-disabled', disabled());
const fuzzed = join(root, 'build/tlsfuzzer/results.json');
if (existsSync(fuzzed)) replace('tlsfuzzer', tlsfuzzer(JSON.parse(readFileSync(fuzzed, 'utf8'))));
replace('tlsfuzzer-excluded', excluded());
const log = process.argv[2];
if (log !== undefined) replace('vectors', vectors(readFileSync(log, 'utf8')));
writeFileSync(page, text);

/** @param {string} name @param {string} content */
function replace(name, content) {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`docs/conformance.md has no place for ${name}`);
  text = `${text.slice(0, start + from.length)}\n${content}\n${text.slice(end)}`;
}

/** @param {{commit: string, date: string, areas: Record<string, Record<string, number>>, total: Record<string, number>, missing: string}} run */
function bogo({ commit: runner, date, areas, total, missing }) {
  const row = (/** @type {string} */ name, /** @type {Record<string, number>} */ { PASS, FAIL, SKIP }) =>
    `| ${name} | ${PASS} | ${FAIL} | ${SKIP} |`;
  const rows = Object.entries(areas).map(([name, counts]) => row(name, counts));
  const flags = missing
    .trim()
    .split('\n')
    .map(line => line.trim().replace(/^(\d+) (.*)$/, '`$2` $1'));
  return [
    `castls ${commit}, runner ${runner}, ${date}:`,
    '',
    '| area | passed | failed | unimplemented |',
    '| --- | ---: | ---: | ---: |',
    ...rows,
    row('**all**', total),
    '',
    `Unimplemented, by the flag that asks for what castls or its shim does not have: ${flags.join(', ')}.`,
  ].join('\n');
}

function disabled() {
  const { DisabledTests } = JSON.parse(readFileSync(join(root, 'test/bogo/config.json'), 'utf8'));
  /** @type {Map<string, string[]>} */
  const byReason = new Map();
  for (const [pattern, reason] of Object.entries(DisabledTests)) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), pattern]);
  }
  const rows = [...byReason].map(([reason, patterns]) => `| ${reason} | ${patterns.map(p => `\`${p}\``).join(' ')} |`);
  return ['| reason | tests |', '| --- | --- |', ...rows].join('\n');
}

/** @param {{commit: string, date: string, passed: number, failed: number, conversations: number, excluded: number, results: {label: string}[]}} run */
function tlsfuzzer({ commit: suite, date, passed, failed, conversations, excluded, results }) {
  /** @type {Map<string, number>} */
  const profiles = new Map();
  for (const { label } of results) {
    const name = PROFILES.find(profile => label.startsWith(`${profile} `)) ?? label;
    profiles.set(name, (profiles.get(name) ?? 0) + 1);
  }
  return [
    `castls ${commit}, tlsfuzzer ${suite}, ${date}: **${passed} of ${passed + failed} runs passed**, ${conversations.toLocaleString('en')} conversations, ${excluded} of them excluded below.`,
    '',
    '| server | runs |',
    '| --- | ---: |',
    ...[...profiles].map(([name, count]) => `| ${name} | ${count} |`),
  ].join('\n');
}

function excluded() {
  const { exclusions, absent } = JSON.parse(readFileSync(join(root, 'test/tlsfuzzer/scripts.json'), 'utf8'));
  /** @param {string} pattern */
  const code = pattern => `\`${pattern.replaceAll('|', '\\|')}\``;
  return [
    '| not run | reason |',
    '| --- | --- |',
    ...Object.entries(absent).map(([scripts, reason]) => `| ${scripts} | ${reason} |`),
    '',
    '| conversations | of | reason |',
    '| --- | --- | --- |',
    ...exclusions.map(
      (/** @type {{scripts: string, conversations: string, reason: string}} */ { scripts, conversations, reason }) =>
        `| ${code(conversations)} | ${scripts === '' ? 'all' : code(scripts)} | ${reason} |`,
    ),
  ].join('\n');
}

/** Sums by suite, which is the folder, and in x509/ the file. @param {string} log */
function vectors(log) {
  /** @type {Map<string, number[]>} */
  const suites = new Map();
  for (const [, path, ...counts] of log.matchAll(/^\w+ +(\S+): (\d+) passed, (\d+) failed, (\d+) skipped/gm)) {
    const [folder, file] = path.split('/');
    const suite = folder === 'x509' ? file.replace('.json', '') : folder;
    const sums = suites.get(suite) ?? [0, 0, 0];
    suites.set(
      suite,
      sums.map((sum, n) => sum + Number(counts[n])),
    );
  }
  const rows = [...suites].map(([suite, sums]) => `| ${suite} | ${sums.join(' | ')} |`);
  return [
    `castls ${commit}; which cases are skipped, and why, the command prints:`,
    '',
    '| suite | passed | failed | skipped |',
    '| --- | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
}
