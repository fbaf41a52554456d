// External vectors: sums by suite from what "npm run vectors" printed, the reasons of what is skipped, and a digest of each suite's
// files, because they carry neither commit nor date.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { number, table } from './table.mjs';

/**
 * @typedef {{name: string, folder: string, files: number, digest: string, passed: number, failed: number, skipped: number, reasons: Record<string, number>}} VectorSuite
 * @typedef {{castls: string, date: string, suites: VectorSuite[]}} VectorRun
 */

const NAMES = /** @type {Record<string, string>} */ ({
  wycheproof: 'Wycheproof',
  acvp: 'NIST ACVP',
  'x509/limbo': 'x509-limbo',
  'x509/pkits': 'NIST PKITS',
  rfc: 'RFC 6979, 8032, 8448, 9180',
  hpke: 'HPKE of Go',
  cctv: 'C2SP CCTV',
});

/** @param {string} log @param {string} directory */
export function vectorRun(log, directory) {
  /** @type {Map<string, VectorSuite>} */
  const suites = new Map();
  /** @type {VectorSuite | undefined} */
  let suite;
  for (const line of log.split('\n')) {
    const file = /^\w+ +(\S+): (\d+) passed, (\d+) failed, (\d+) skipped/.exec(line);
    const part = /^ +of it (.+): (\d+) passed, (\d+) failed, (\d+) skipped/.exec(line);
    const skip = /^ +skipped (\d+): (.*)/.exec(line);
    if (file) suite = add(suites, suiteOf(file[1]), directory, file.slice(2).map(Number));
    else if (part && suite) add(suites, part[1], directory, part.slice(2).map(Number), suite);
    else if (skip && suite) suite.reasons[skip[2]] = (suite.reasons[skip[2]] ?? 0) + Number(skip[1]);
  }
  const date = new Date().toISOString().slice(0, 10);
  return { date, suites: [...suites.values()] };
}

/** x509/ has a suite in each of its folders and files. @param {string} path */
function suiteOf(path) {
  const [folder, file] = path.split('/');
  return folder === 'x509' ? `x509/${file.replace('.json', '')}` : folder;
}

/** Adds counts to a suite; those of a part are taken from the suite it is in. @param {Map<string, VectorSuite>} suites @param {string} key @param {string} directory @param {number[]} counts @param {VectorSuite} [whole] */
function add(suites, key, directory, [passed, failed, skipped], whole) {
  const suite = suites.get(key) ?? {
    name: NAMES[key] ?? key,
    folder: whole?.folder ?? key,
    ...digestOf(directory, whole?.folder ?? key),
    passed: 0,
    failed: 0,
    skipped: 0,
    reasons: {},
  };
  suites.set(key, suite);
  for (const [each, sign] of whole
    ? /** @type {const} */ ([
        [suite, 1],
        [whole, -1],
      ])
    : /** @type {const} */ ([[suite, 1]])) {
    each.passed += sign * passed;
    each.failed += sign * failed;
    each.skipped += sign * skipped;
  }
  return suite;
}

/** SHA-256 over the names and digests of the files, in order; 16 digits of it. @param {string} directory @param {string} folder */
function digestOf(directory, folder) {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(join(directory, '/').length))
    .filter(path => path === `${folder}.json` || path.startsWith(`${folder}/`))
    .sort();
  const all = createHash('sha256');
  for (const path of files)
    all.update(
      `${path} ${createHash('sha256')
        .update(readFileSync(join(directory, path)))
        .digest('hex')}\n`,
    );
  return { files: files.length, digest: all.digest('hex').slice(0, 16) };
}

/** @param {VectorRun} run */
export function vectors({ castls, date, suites }) {
  return [
    `castls ${castls} on ${date}:`,
    '',
    table(
      ['suite', 'files:', 'SHA-256 of the files', 'passed:', 'failed:', 'skipped:'],
      suites.map(({ name, files, digest, passed, failed, skipped }) => [name, files, digest, passed, failed, skipped]),
    ),
  ].join('\n');
}

/** Reasons of the form "WHAT: WHY" that share their WHY are one row. @param {VectorRun} run */
export function skipped({ suites }) {
  /** @type {Map<string, {count: number, suite: string, what: Set<string>}>} */
  const byWhy = new Map();
  for (const { name, reasons } of suites) {
    for (const [reason, count] of Object.entries(reasons)) {
      const [, what, why] = /^([^:]+): (.*)$/.exec(reason) ?? [undefined, '', reason];
      const key = `${name}|${why}`;
      const row = byWhy.get(key) ?? { count: 0, suite: name, what: new Set() };
      row.count += count;
      if (what !== '') row.what.add(what);
      byWhy.set(key, row);
    }
  }
  const rows = [...byWhy].sort(([, a], [, b]) => b.count - a.count);
  const total = rows.reduce((all, [, { count }]) => all + count, 0);
  return [
    `Skipped, ${number(total)} in all:`,
    '',
    table(
      ['cases:', 'suite', 'what', 'why'],
      rows.map(([key, { count, suite, what }]) => [
        count,
        suite,
        [...what].sort().join(', '),
        key.slice(key.indexOf('|') + 1),
      ]),
    ),
  ].join('\n');
}
