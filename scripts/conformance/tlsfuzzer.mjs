// tlsfuzzer: runs by the profile of the server, and what test/tlsfuzzer/scripts.json excludes.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../set_up.mjs';
import { code, number, table } from './table.mjs';

const { profiles, exclusions, absent } = JSON.parse(readFileSync(join(root, 'test/tlsfuzzer/scripts.json'), 'utf8'));

/** What docs/conformance.json keeps of a run. @param {{commit: string, date: string, passed: number, failed: number, conversations: number, excluded: number, results: {label: string, passed: boolean}[]}} run */
export function fuzzed({ commit, date, passed, failed, conversations, excluded, results }) {
  const names = Object.keys(profiles).sort((a, b) => b.length - a.length);
  /** @type {Record<string, number>} */
  const runs = {};
  for (const { label } of results) {
    const name = names.find(profile => label.startsWith(`${profile} `)) ?? label;
    runs[name] = (runs[name] ?? 0) + 1;
  }
  const failures = results.filter(one => !one.passed).map(({ label }) => label);
  return { commit, date, passed, failed, conversations, excluded, runs, failures };
}

/** @param {{castls: string} & ReturnType<typeof fuzzed>} run */
export function tlsfuzzer({ castls, commit, date, passed, failed, conversations, excluded, runs, failures }) {
  return [
    `castls ${castls}, tlsfuzzer ${commit}, ${date}: **${passed} of ${passed + failed} runs passed**, ${number(conversations)} conversations, ${excluded} of them excluded below.${failures.length > 0 ? ` Not passed: ${failures.map(code).join(', ')}.` : ''}`,
    '',
    table(['server', 'runs:'], Object.entries(runs)),
  ].join('\n');
}

export function excluded() {
  return [
    table(['not run', 'reason'], Object.entries(absent)),
    '',
    table(
      ['conversations', 'of', 'reason'],
      exclusions.map((/** @type {{scripts: string, conversations: string, reason: string}} */ one) => [
        code(one.conversations),
        one.scripts === '' ? 'all' : code(one.scripts),
        one.reason,
      ]),
    ),
  ].join('\n');
}
