// Node's own tests, of what scripts/node_tests.mjs left in build/node_tests.

import { countsTable, suiteOf, totals } from '../node_tests/results.mjs';

/** What docs/conformance.json keeps; null without a run. */
export function nodeRun() {
  const versions = totals();
  if (versions.length === 0) return null;
  const { commit, subject, date } = suiteOf();
  const passed = versions.map(({ node, native, both }) => `${node}: ${both} of ${native}`).join('; ');
  return {
    version: `${commit.slice(0, 7)} (${subject})`,
    castls: `of the tests that pass on node's own TLS pass under castls/register, on Node.js ${passed}`,
    date,
    command: '`node scripts/node_tests.mjs --all`',
    table: countsTable(),
  };
}
