// npm run test:clones [-- NAME ...] [--cheap]: each command that CONTRIBUTING.md and README.md tell people to run, in its shortest
// form, in an empty clone of its own of what is committed. What a command leaves in files of the repository is a failure as well.
// Prints each as it ends, with its seconds. --cheap: two that install and two that build, each in a way of its own; CI runs these, and
// does by itself what the others do.
// Ends with "N passed, N failed".

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './set_up.mjs';

const PAGES = ['CONTRIBUTING.md', 'README.md'];
const DEADLINE_MS = 15 * 60_000;
/** How long a server may take to end when it is told to. */
const STOPPING_MS = 10_000;

/**
 * What makes a command short, and what is known of it.
 * @typedef {{ args?: string[], cheap?: boolean, until?: RegExp }} Form
 *   until: it serves; it works when what it prints matches and the address in the first group answers
 */
/** @type {Record<string, Form>} */
const forms = {
  test: { args: ['base/'] },
  t: { args: ['base/'] },
  lint: { cheap: true },
  format: { cheap: true },
  check: { args: ['types'] },
  'test:runtimes': { args: ['deno'] },
  'test:bundlers': { args: ['esbuild'] },
  'test:clones': { args: ['lint'] },
  bench: { args: ['--only', 'hashes', '--seconds', '0.05', '--rounds', '1'] },
  castls: { args: ['--help'], cheap: true },
  demo: { cheap: true },
  start: { args: ['--port', '0', '--https-port', '0'], until: /^ {2}(http:\S+)$/m },
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { cheap: { type: 'boolean' } } });
const chosen = commands().filter(
  name => (positionals.length === 0 || positionals.includes(name)) && (!values.cheap || forms[name]?.cheap),
);
const strangers = positionals.filter(name => !chosen.includes(name));
if (strangers.length > 0) {
  console.log(`not among the commands: ${strangers.join(', ')}. They are ${commands().join(', ')}`);
  process.exit(1);
}
if (git('status', '--porcelain').stdout !== '') console.log('what is not committed is not in the clones');

let failed = 0;
for (const name of chosen) {
  const args = forms[name]?.args ?? [];
  const started = Date.now();
  const failure = await inClone(name, ['run', name, ...(args.length > 0 ? ['--', ...args] : [])]);
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  console.log(`${failure === null ? 'ok  ' : 'FAIL'} npm run ${[name, ...args].join(' ')} (${seconds} s)`);
  if (failure === null) continue;
  failed++;
  console.log(failure.replace(/^/gm, '  '));
}
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** Scripts of package.json that the pages tell people to run. */
function commands() {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const text = PAGES.map(page => readFileSync(join(root, page), 'utf8')).join('\n');
  const named = [...text.matchAll(/npm (?:run (?:-s )?)?([\w:]+)/g)].map(([, name]) => name);
  return [...new Set(named)].filter(name => name in scripts);
}

/** Why a command fails in a clone; null if it does not. @param {string} name @param {string[]} args of npm */
async function inClone(name, args) {
  const folder = mkdtempSync(join(tmpdir(), 'castls-clone-'));
  try {
    const cloned = spawnSync('git', ['clone', '--quiet', root, folder], { encoding: 'utf8' });
    if (cloned.status !== 0) return `git clone: ${cloned.stderr}`;
    const until = forms[name]?.until;
    const failure = await npm(args, folder, until);
    if (failure !== null) return failure;
    const left = git('-C', folder, 'status', '--porcelain').stdout;
    return left === ''
      ? null
      : `it leaves changes in the clone:\n${left}${git('-C', folder, 'diff').stdout.slice(0, 2000)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string[]} args @param {string} cwd @param {RegExp} [until] @returns {Promise<string | null>} why it failed */
function npm(args, cwd, until) {
  return new Promise(resolve => {
    // A group of its own, so that what it started ends with it.
    const child = spawn('npm', args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: environment(), detached: true });
    const kill = (/** @type {NodeJS.Signals} */ signal) => {
      try {
        process.kill(-(/** @type {number} */ (child.pid)), signal);
      } catch {} // it has ended
    };
    let output = '';
    /** @type {Promise<string | null> | null} */
    let answer = null;
    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      kill('SIGKILL');
    }, DEADLINE_MS);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', text => {
        output += text;
        const [, url] = until?.exec(output) ?? [];
        if (url === undefined || answer !== null) return;
        answer = answerOf(url);
        answer.then(() => {
          kill('SIGTERM');
          setTimeout(kill, STOPPING_MS, 'SIGKILL').unref();
        });
      });
    child.on('error', error => resolve(error.message));
    child.on('close', async code => {
      clearTimeout(deadline);
      kill('SIGKILL');
      const told = `${late ? `nothing for ${DEADLINE_MS / 1000} s` : `it ended with ${code}`}:\n${output.slice(-3000)}`;
      if (answer !== null) resolve(await answer);
      else resolve(code === 0 && !late && until === undefined ? null : told);
    });
  });
}

/** Why an address does not answer with a page; null if it does. @param {string} url */
async function answerOf(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(STOPPING_MS) });
    const text = await response.text();
    return response.ok && text.includes('<') ? null : `${url} answers ${response.status}: ${text.slice(0, 500)}`;
  } catch (error) {
    return `${url}: ${error instanceof Error ? error.message : error}`;
  }
}

/** That of a person at a shell: nothing of the npm that runs this, nor of this checkout. Packages may come from npm's cache. */
function environment() {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|CASTLS_|INIT_CWD$|NODE_OPTIONS$|NODE_PATH$)/i.test(name),
  );
  const path = (process.env.PATH ?? '').split(delimiter).filter(place => !place.includes('node_modules'));
  return { ...Object.fromEntries(own), PATH: path.join(delimiter), npm_config_prefer_offline: 'true' };
}

/** @param {string[]} args */
function git(...args) {
  return spawnSync('git', args, { cwd: root, encoding: 'utf8' });
}
