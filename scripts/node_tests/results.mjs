// What runs of Node's tests left in build/node_tests, and the tables of it.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../set_up.mjs';
import { whyNot } from './reasons.mjs';

export const folder = join(root, 'build/node_tests');

/** @typedef {{ node: string, openssl: string, mode: string, castls: string, suite: string, date: string, outcomes: import('./run.mjs').Outcome[] }} Run */
/** @typedef {{ node: string, runs: Record<string, Run> }} Version */

/** Versions with their runs, the oldest first. @returns {Version[]} */
export function versionsRun() {
  /** @type {Map<string, Version>} */
  const versions = new Map();
  for (const file of existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.json')) : []) {
    const run = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const version = versions.get(run.node) ?? { node: run.node, runs: {} };
    version.runs[run.mode] = run;
    versions.set(run.node, version);
  }
  return [...versions.values()]
    .filter(({ runs }) => runs['native'] !== undefined && runs['register'] !== undefined)
    .sort((a, b) => Number.parseInt(a.node, 10) - Number.parseInt(b.node, 10));
}

/** @param {Run | undefined} run */
const passedOf = run => (run?.outcomes ?? []).filter(({ outcome }) => outcome === 'pass').map(({ name }) => name);

/** What passes natively and in `mode`, and what passes natively alone. @param {Version} version @param {string} mode @param {string} kind */
function compared({ runs }, mode, kind) {
  const native = passedOf(runs['native']).filter(name => name.startsWith(`test-${kind}-`));
  const passed = new Set(passedOf(runs[mode]));
  return { native, both: native.filter(name => passed.has(name)), missing: native.filter(name => !passed.has(name)) };
}

/** What passes natively, and over castls, of both kinds. */
export function totals() {
  return versionsRun().map(version => {
    const [tls, https] = ['tls', 'https'].map(kind => compared(version, 'register', kind));
    const { node } = version;
    return { node, native: tls.native.length + https.native.length, both: tls.both.length + https.both.length };
  });
}

/** The tests, and when they ran last. */
export function suiteOf() {
  const runs = versionsRun().map(({ runs }) => runs['register']);
  const [commit, ...subject] = runs[0].suite.split(' ');
  const date =
    runs
      .map(run => run.date)
      .sort()
      .at(-1) ?? '';
  return { commit, subject: subject.join(' ').replace(/ \(#\d+\)$/, ''), date };
}

/** A row for each version. */
export function countsTable() {
  const versions = versionsRun();
  const rows = versions.map(version => {
    const [tls, https, own] = [
      compared(version, 'register', 'tls'),
      compared(version, 'register', 'https'),
      compared(version, 'https', 'https'),
    ];
    const { openssl } = version.runs['native'];
    const { castls } = version.runs['register'];
    const second = version.runs['https'] === undefined ? '' : own.both.length;
    const broken = new Set(passedOf(version.runs['broken']));
    const without = [...tls.both, ...https.both].filter(name => broken.has(name)).length;
    const counts = [
      tls.native.length,
      `**${tls.both.length}**`,
      https.native.length,
      `**${https.both.length}**`,
      second,
    ];
    return `| ${version.node} | ${openssl} | ${castls} | ${counts.join(' | ')} | ${version.runs['broken'] === undefined ? '' : without} |`;
  });
  const { commit, subject, date } = suiteOf();
  return [
    `Tests of the commit ${commit.slice(0, 12)} ("${subject}"), ${date}:`,
    '',
    '| Node.js | OpenSSL | castls | tls: natively | of these over castls | https: natively | of these over castls | with castls/https, too | of these without a connection |',
    '|---|---|---|---:|---:|---:|---:|---:|---:|',
    ...rows,
  ].join('\n');
}

/** Tests that pass natively and not over castls, by their reasons. */
function missingTable() {
  const versions = versionsRun();
  /** @type {Map<string, string[]>} */
  const where = new Map();
  for (const version of versions) {
    const names = ['register', 'https'].flatMap(mode =>
      (version.runs[mode] === undefined ? [] : mode === 'https' ? ['https'] : ['tls', 'https']).flatMap(
        kind => compared(version, mode, kind).missing,
      ),
    );
    for (const name of new Set(names)) where.set(name, [...(where.get(name) ?? []), version.node]);
  }
  /** @type {Map<string, string[]>} */
  const byReason = new Map();
  /** @type {string[]} */
  const open = [];
  for (const [name, nodes] of [...where].sort(([a], [b]) => a.localeCompare(b))) {
    const natively = versions.filter(({ runs }) => passedOf(runs['native']).includes(name));
    const only = natively.length === nodes.length ? '' : ` (${nodes.map(node => node.split('.')[0]).join(', ')})`;
    const why = whyNot(name) ?? 'open';
    if (why === 'open') open.push(`${name} on ${nodes.join(', ')}`);
    byReason.set(why, [...(byReason.get(why) ?? []), `\`${name.replace(/^test-|\.m?js$/g, '')}\`${only}`]);
  }
  const rows = [...byReason].map(([why, names]) => `| ${names.join(', ')} | ${why} |`);
  return { open, text: ['| tests | why not |', '|---|---|', ...rows].join('\n') };
}

/** Writes docs/node.md between its marks. @returns what has no reason */
export function writeTables() {
  const file = join(root, 'docs/node.md');
  const { open, text } = missingTable();
  const marks = /(<!-- node_tests -->\n)[\s\S]*?(<!-- \/node_tests -->)/;
  const page = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    page.replace(marks, (_, begin, end) => `${begin}${countsTable()}\n\n${text}\n${end}`),
  );
  return open;
}
