// Node's own tests of tls and https over castls: test-tls-* and test-https-* of a checkout that lies beside the project, each in
// its own process. What passes natively has to pass, or to have its reason in node_tests/reasons.mjs; ends with one line
// "N passed, N failed, N skipped", of which the skipped are those with a reason and those that do not pass on node's own TLS either.
//
// Usage: CASTLS_NODE_TESTS=folder [CASTLS_NODE=binary] node scripts/node_tests.mjs [--mode=MODE,... | --all] [word...]
//        node scripts/node_tests.mjs --write
//
// Modes: register (castls/register), https (castls/https in the place of node's https.js, too), native (node's own TLS), broken
// (castls' connect and Server break on purpose: what passes then makes no connection). --all runs the four. A run without words leaves
// build/node_tests/VERSION.MODE.json; --write makes the tables of docs/node.md of what lies there.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { whyNot } from './node_tests/reasons.mjs';
import { folder as results, writeTables } from './node_tests/results.mjs';
import { namesIn, runnerOf } from './node_tests/run.mjs';
import { root } from './set_up.mjs';

const args = process.argv.slice(2);
if (args.includes('--write')) {
  const open = writeTables();
  for (const each of open) console.log(`no reason: ${each}`);
  process.exit(open.length === 0 ? 0 : 1);
}
const suite = process.env['CASTLS_NODE_TESTS'] ?? '';
if (suite === '') {
  console.log('SKIP node_tests: CASTLS_NODE_TESTS names no checkout of the tests of Node.js');
  console.log('0 passed, 0 failed, 1 skipped');
  process.exit(0);
}
const binary = process.env['CASTLS_NODE'] ?? process.execPath;
const versions = JSON.parse(execFileSync(binary, ['-p', 'JSON.stringify(process.versions)'], { encoding: 'utf8' }));
const words = args.filter(arg => !arg.startsWith('--'));
const mode = args.find(arg => arg.startsWith('--mode='))?.slice('--mode='.length) ?? 'register';
const modes = args.includes('--all') ? ['native', 'register', 'https', 'broken'] : mode.split(',');
const run = runnerOf(suite, binary, versions.node);
/** What passes on node's own TLS, of a run in this call. @type {import('./node_tests/run.mjs').Outcome[] | null} */
let natively = null;
const total = { passed: 0, failed: 0, skipped: 0 };

for (const each of modes) {
  const names = namesIn(suite).filter(name => words.length === 0 || words.some(word => name.includes(word)));
  const outcomes = await run(each, each === 'https' ? names.filter(name => name.startsWith('test-https-')) : names);
  if (each === 'native') natively = outcomes;
  if (words.length === 0) save(each, outcomes);
  await judge(each, outcomes);
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** @param {string} each @param {import('./node_tests/run.mjs').Outcome[]} outcomes */
function save(each, outcomes) {
  mkdirSync(results, { recursive: true });
  const git = (/** @type {string} */ cwd) => {
    try {
      return execFileSync('git', ['log', '-1', '--format=%H %s'], { cwd, encoding: 'utf8', stdio: 'pipe' }).trim();
    } catch {
      return '';
    }
  };
  const about = {
    node: versions.node,
    openssl: versions.openssl,
    mode: each,
    castls: git(root).slice(0, 7),
    suite: git(suite),
    date: new Date().toISOString().slice(0, 10),
  };
  writeFileSync(join(results, `${versions.node}.${each}.json`), JSON.stringify({ ...about, outcomes }, null, 1));
}

/** Counts, and tells what is not as it has to be. @param {string} each @param {import('./node_tests/run.mjs').Outcome[]} outcomes */
async function judge(each, outcomes) {
  const passed = outcomes.filter(({ outcome }) => outcome === 'pass');
  const others = outcomes.filter(({ outcome }) => outcome !== 'pass');
  if (each === 'native' || each === 'broken') {
    console.log(`Node.js ${versions.node}, ${each}: ${passed.length} of ${outcomes.length} pass`);
    // Most tests connect; without castls they cannot.
    const falls = each === 'native' || passed.length < outcomes.length / 4 || words.length > 0;
    if (!falls) console.log('FAIL broken: tests pass without the connections they ask for');
    total[falls ? 'passed' : 'failed']++;
    return;
  }
  const open = others.filter(({ name, outcome }) => outcome === 'fail' && whyNot(name) === undefined);
  const judged = open.map(({ name }) => name);
  const alone = judged.length === 0 ? [] : (natively ?? (await run('native', judged)));
  const failed = open.filter(({ name }) => alone.some(other => other.name === name && other.outcome === 'pass'));
  for (const { name, outcome, why } of others) {
    const says = failed.some(other => other.name === name) ? 'FAIL' : outcome === 'skip' ? 'skip' : 'not ';
    console.log(`${says} ${name}: ${(says === 'not ' && whyNot(name)) || why}`);
  }
  console.log(`Node.js ${versions.node}, ${each}: ${passed.length} of ${outcomes.length} pass, ${failed.length} fail`);
  total.passed += passed.length;
  total.failed += failed.length;
  total.skipped += others.length - failed.length;
}
