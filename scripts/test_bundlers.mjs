// npm run test:bundlers [-- NAME ...]: the package as npm would publish it through every bundler, each result run; and what
// package checkers and type checkers say of it. Ends with "N passed, N failed[, N skipped]".

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundlers } from './bundlers/bundlers.mjs';
import { checks } from './bundlers/checks.mjs';
import { next } from './bundlers/next.mjs';
import { installPacked } from './packed.mjs';
import { root } from './set_up.mjs';

const words = process.argv.slice(2);
const folder = join(root, 'test/bundlers');
const modules = join(folder, 'node_modules');
install();
spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
  cwd: root,
  stdio: 'inherit',
});

const installed = installPacked();
const total = { passed: 0, failed: 0 };
try {
  mkdirSync(join(installed.folder, 'src'));
  const app = join(installed.folder, 'src/app.mjs');
  copyFileSync(join(root, 'scripts/bundlers/app.mjs'), app);
  writeFileSync(join(installed.folder, 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n');
  const place = { folder: installed.folder, app, modules, castls: installed.castls };
  for (const { name, run } of [...bundlers, { name: 'next', run: next }, ...checks]) {
    if (words.length > 0 && !words.some(word => name.includes(word))) continue;
    const started = Date.now();
    let failure = null;
    try {
      failure = await run(place);
    } catch (error) {
      failure = `${error instanceof Error ? error.message : error}`;
    }
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${failure === null ? 'ok  ' : 'FAIL'} ${name} in ${seconds} s`);
    if (failure !== null) console.log(failure.slice(0, 3000).replace(/^/gm, '  '));
    total[failure === null ? 'passed' : 'failed']++;
  }
} finally {
  installed.remove();
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;

function install() {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  const stamp = join(modules, '.castls-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.log('installing the bundlers of test/bundlers/package-lock.json');
  // Not "ci": it misses optional packages of other platforms in a lock file without addresses.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm install ended with ${status}`);
  writeFileSync(stamp, lock);
}
