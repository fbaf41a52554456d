// npm run check: everything CI runs. Types, lint, the binaries once more from their sources, the tests exactly as "npm test"
// runs them, the package's types, the commands in empty clones, the external vectors and BoringSSL's test runner where they are.
// Prints what failed and ends with one line "N passed, N failed[, N skipped]".
// Usage: npm run check [-- WORD ...]     only steps whose name contains a word

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, setUp } from './set_up.mjs';

setUp();
const total = { passed: 0, failed: 0, skipped: 0 };
const vectors = join(root, '../shared/vectors');
const words = process.argv.slice(2);

await step('types', 'npx', ['tsc', '-p', 'tsconfig.json']);
await step('declarations of the package', 'npx', ['tsc', '-p', 'tsconfig.types.json']);
await step('lint and format', process.execPath, ['scripts/lint.mjs']);
await step('binaries: compiled again, hashed, validated', process.execPath, ['scripts/binaries.mjs']);
await counted('npm test', 'npm', ['test']);
await counted('runtimes', process.execPath, ['scripts/test_runtimes.mjs']);
await counted('bundlers', process.execPath, ['scripts/test_bundlers.mjs']);
await counted('explorer', process.execPath, ['scripts/test_explorer.mjs']);
await counted('empty clones', process.execPath, ['scripts/test_clones.mjs', '--cheap']);
if (existsSync(vectors)) {
  await counted('vectors', process.execPath, ['scripts/vectors.mjs', vectors]);
  await counted('vectors on other builds of the core', process.execPath, [
    'scripts/vectors.mjs',
    vectors,
    '--variants',
  ]);
} else if (wanted('vectors')) {
  console.log('SKIPPED vectors: no ../shared/vectors beside this clone');
  total.skipped++;
}
// Suites of others, which are not part of this repository: their folders are told by the environment.
await outside('bogo', 'CASTLS_BOGO_RUNNER', "BoringSSL's test runner", folder => ['scripts/bogo.mjs', folder]);
await outside('tlsfuzzer', 'CASTLS_TLSFUZZER', 'tlsfuzzer', folder => ['scripts/tlsfuzzer.mjs', folder]);
await outside('node tests', 'CASTLS_NODE_TESTS', 'the tests of Node.js', () => ['scripts/node_tests.mjs']);
await step('soak of 30 s', process.execPath, ['scripts/soak.mjs', '--seconds', '30']);
if (total.passed + total.failed + total.skipped === 0) {
  console.log(`no step is named ${words.join(' ')}`);
  total.failed++;
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** @param {string} name of a step */
function wanted(name) {
  return words.length === 0 || words.some(word => name.includes(word));
}

/** @param {string} name @param {string} variable @param {string} what @param {(folder: string) => string[]} args */
async function outside(name, variable, what, args) {
  if (!wanted(name)) return;
  const folder = process.env[variable];
  if (folder) {
    await counted(name, process.execPath, args(folder));
    return;
  }
  console.log(`SKIPPED ${name}: ${variable} does not say where ${what} lies`);
  total.skipped++;
}

/** A step that passes or fails as a whole. @param {string} name @param {string} command @param {string[]} args */
async function step(name, command, args) {
  if (!wanted(name)) return;
  const { code, minutes } = await execute(command, args);
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${minutes} min)`);
  if (code === 0) total.passed++;
  else total.failed++;
}

/** A step that prints the counts of its own. @param {string} name @param {string} command @param {string[]} args */
async function counted(name, command, args) {
  if (!wanted(name)) return;
  const { code, output, minutes } = await execute(command, args);
  const counts = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1);
  if (!counts) {
    total.failed++;
    console.log(`FAIL ${name}: it printed no counts`);
    return;
  }
  total.passed += Number(counts[1]);
  total.failed += Number(counts[2]);
  total.skipped += Number(counts[3] ?? 0);
  if (code !== 0 && Number(counts[2]) === 0) total.failed++;
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${minutes} min)`);
}

/** @param {string} command @param {string[]} args @returns {Promise<{code: number, output: string, minutes: string}>} */
function execute(command, args) {
  const started = Date.now();
  const minutes = () => ((Date.now() - started) / 60_000).toFixed(1);
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      output += text;
      process.stdout.write(text);
    });
    child.on('close', code => resolve({ code: code ?? 1, output, minutes: minutes() }));
    child.on('error', error => resolve({ code: 1, output: String(error), minutes: minutes() }));
  });
}
