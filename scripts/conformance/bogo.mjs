// BoringSSL's test runner: what castls' shim and those of others do on the same tests, by area, and what castls' config disables.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../set_up.mjs';
import { code, number, table } from './table.mjs';

/**
 * @typedef {{PASS: number, FAIL: number, SKIP: number, DISABLED: number}} Counts
 * @typedef {{castls: string, name: string, commit: string, date: string, areas: Record<string, Counts>, total: Counts, missing: string, disabled: Record<string, number>}} Run
 */

/** @param {{bogo: Run, others?: Record<string, Run>}} data */
export function bogo({ bogo: run, others = {} }) {
  const peers = Object.values(others).filter(({ commit }) => commit === run.commit);
  const row = (/** @type {string} */ name, /** @type {(run: Run) => Counts | undefined} */ of) => [
    name,
    sum(of(run)),
    ...Object.values(of(run) ?? NONE),
    ...peers.map(peer => {
      const { PASS, FAIL, SKIP, DISABLED } = of(peer) ?? NONE;
      return [PASS, FAIL, SKIP + DISABLED].map(number).join(' / ');
    }),
  ];
  const areas = [...new Set([run, ...peers].flatMap(({ areas }) => Object.keys(areas)))].sort();
  const flags = run.missing.trim().split('\n').filter(Boolean);
  return [
    `castls ${run.castls} on ${run.date}, ${peers.map(({ name, date }) => `${name} on ${date}`).join(', ')}; the runner is commit ${run.commit.replace(' ', ' of ')}. Its tests of DTLS and QUIC are left out.`,
    '',
    table(
      [
        ...['area', 'tests:', 'castls passed:', 'failed:', 'unimplemented:', 'disabled:'],
        ...peers.map(({ name }) => `${name}: passed / failed / not run:`),
      ],
      [...areas.map(area => row(area, ({ areas }) => areas[area])), row('**all**', ({ total }) => total)],
    ),
    '',
    `Unimplemented, by the flag that asks for what castls or its shim does not have: ${flags.map(line => line.trim().replace(/^(\d+) (.*)$/, '`$2` $1')).join(', ') || 'none'}.`,
  ].join('\n');
}

const NONE = { PASS: 0, FAIL: 0, SKIP: 0, DISABLED: 0 };

/** @param {Counts} [counts] */
function sum(counts = NONE) {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}

/** @param {Run} run */
export function disabled({ disabled: counts }) {
  const { DisabledTests } = JSON.parse(readFileSync(join(root, 'test/bogo/config.json'), 'utf8'));
  /** @type {Map<string, {tests: number, patterns: string[]}>} */
  const byReason = new Map();
  for (const [pattern, reason] of Object.entries(DisabledTests)) {
    const { tests, patterns } = byReason.get(reason) ?? { tests: 0, patterns: [] };
    byReason.set(reason, { tests: tests + (counts[pattern] ?? 0), patterns: [...patterns, pattern] });
  }
  return table(
    ['reason', 'tests:', 'patterns'],
    [...byReason]
      .sort(([, a], [, b]) => b.tests - a.tests)
      .map(([reason, { tests, patterns }]) => [reason, tests, patterns.map(code).join(' ')]),
  );
}
