// Runs the tests: every test/**/*.test.ts, or those whose path contains one of the given words, each file in a process
// of its own with a deadline. Ends with "N passed, N failed[, N skipped]"; exit 1 on any failure.
// Usage: test.mjs [WORD ...] [--jobs N]

import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bundle, root } from './bundle.mjs';

const DEADLINE_MS = 300_000;
const args = process.argv.slice(2);
const jobsAt = args.indexOf('--jobs');
const jobs = jobsAt >= 0 ? Number(args.splice(jobsAt, 2)[1]) : 2;
const words = args.filter(a => !a.startsWith('--'));

const entries = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.ts') && !/(^|[\\/])node_modules[\\/]/.test(file))
  .map(file => join('test', file))
  .filter(file => words.length === 0 || words.some(word => file.includes(word)))
  .sort();
if (entries.length === 0) {
  console.log('0 passed, 1 failed');
  console.log(`no test file matches ${words.join(' ')}`);
  process.exit(1);
}

const outdir = join(root, 'build', `test-${process.pid}`);
mkdirSync(outdir, { recursive: true });
const total = { passed: 0, failed: 0, skipped: 0 };
try {
  const files = await bundle(entries, outdir);
  const queue = files.map((file, i) => ({ file, name: entries[i] }));
  await Promise.all(Array.from({ length: jobs }, () => worker(queue)));
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed > 0 ? 1 : 0);

/** @param {{file: string, name: string}[]} queue */
async function worker(queue) {
  for (let job = queue.shift(); job; job = queue.shift()) await runFile(job);
}

/** @param {{file: string, name: string}} job */
function runFile({ file, name }) {
  return new Promise(resolve => {
    const started = Date.now();
    const child = spawn(process.execPath, ['--enable-source-maps', file], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CASTLS_TEST: '1' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, DEADLINE_MS);
    child.on('close', code => {
      clearTimeout(timer);
      const counts = tally(output);
      total.skipped += counts.skipped;
      total.passed += counts.passed;
      const broken = late || (code !== 0 && counts.failed === 0) || counts.total === 0;
      total.failed += broken ? counts.failed + 1 : counts.failed;
      const bad = broken || counts.failed > 0;
      const time = `${((Date.now() - started) / 1000).toFixed(1)} s`;
      console.log(
        `${bad ? 'FAIL' : 'ok  '} ${relative(root, join(root, name))}: ${counts.passed}/${counts.total} in ${time}`,
      );
      if (late) console.log(`  ended by its deadline of ${DEADLINE_MS / 1000} s`);
      if (bad) console.log(output.replace(/^/gm, '  '));
      else for (const line of output.match(/^.*\bSKIP(PED)?\b.*$/gm) ?? []) console.log(`  ${line.trim()}`);
      resolve(undefined);
    });
  });
}

/** uvu prints one summary per exec(): "Total: N", "Passed: N", "Skipped: N". @param {string} output */
function tally(output) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours
  const plain = output.replace(/\u001b\[\d+m/g, '');
  const sum = (/** @type {RegExp} */ pattern) => [...plain.matchAll(pattern)].reduce((n, m) => n + Number(m[1]), 0);
  const all = sum(/^\s*Total:\s+(\d+)/gm);
  const passed = sum(/^\s*Passed:\s+(\d+)/gm);
  const skipped = sum(/^\s*Skipped:\s+(\d+)/gm);
  return { total: all + skipped, passed, skipped, failed: all - passed };
}
