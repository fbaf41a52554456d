// The nine runtimes: how each is found, what is bundled for it, and how the list runs in it.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../set_up.mjs';
import { runPage } from './browsers.mjs';
import { modules, nodeBinary } from './install.mjs';
import { lackingArguments, lackOutcome, lacksOfHosts } from './lacks.mjs';
import { refusedOutcomes } from './refused.mjs';
import { outcomeOf, snippetFile } from './snippets.mjs';
import { runWorkerd } from './workerd.mjs';

const DEADLINE_MS = 240_000;

/**
 * @typedef {import('./table.mjs').Result} Result
 * @typedef {{ name: string, missing(): string | null,
 *   run(folder: string, setting: object, file: string): Promise<Result> }} Runtime folder has castls among its node_modules
 */

/** @type {Runtime[]} */
export const runtimes = [
  ...['20', '22', '24', '26'].map(major => ({
    name: `node ${major}`,
    missing: () => (nodeBinary(major) === null ? `there is no Node.js ${major} for this machine` : null),
    run: async (/** @type {string} */ folder, /** @type {any} */ setting, /** @type {string} */ file) => {
      const path = /** @type {string} */ (nodeBinary(major));
      const result = resultOf(await output(path, [await forFiles(folder, 'node'), file], folder));
      return { ...result, outcomes: [...result.outcomes, ...(await lacks('node', path, [], folder, setting))] };
    },
  })),
  fromModules(
    'deno',
    ['@deno/linux-x64-glibc/deno', '@deno/linux-arm64-glibc/deno'],
    ['run', '--node-modules-dir=manual'],
    ['-A'],
  ),
  fromModules('bun', ['@oven/bun-linux-x64/bin/bun', '@oven/bun-linux-aarch64/bin/bun'], ['run']),
  {
    name: 'workerd',
    missing: () => absent('@cloudflare/workerd-linux-64/bin/workerd'),
    run: (folder, setting) => runWorkerd(join(modules, '@cloudflare/workerd-linux-64/bin/workerd'), folder, setting),
  },
  browser('chromium', 'chrome', ['chromium', 'chromium-browser', 'google-chrome']),
  browser('firefox', 'firefox', ['firefox-esr', 'firefox']),
];

/**
 * @param {string} name @param {string[]} paths in node_modules, one a machine @param {string[]} args
 * @param {string[]} rights further arguments, which a row of lacks has others for @returns {Runtime}
 */
function fromModules(name, paths, args, rights = []) {
  // When it is asked for: on a fresh clone they are installed after this file is read.
  const binary = () => paths.map(path => join(modules, path)).find(path => existsSync(path));
  return {
    name,
    missing: () => (binary() === undefined ? `its npm package has no binary for this machine` : null),
    run: async (folder, setting, file) => {
      const path = /** @type {string} */ (binary());
      const all = [...args, ...rights];
      const result = resultOf(await output(path, [...all, await forFiles(folder, name), file], folder));
      const snippet = await outcomeOf(() => output(path, [...all, snippetFile(name, folder, setting)], folder));
      const lacking = await lacks(name, path, args, folder, setting, rights);
      const refused = setting.only === '' ? await refusedOutcomes(path, await refusing(all, folder, setting)) : [];
      return { ...result, outcomes: [...result.outcomes, snippet, ...lacking, ...refused] };
    },
  };
}

/**
 * @param {string} name @param {string} path of the runtime @param {string[]} args @param {string} folder @param {any} setting
 * @param {string[]} [rights] for rows without flags
 */
async function lacks(name, path, args, folder, setting, rights = []) {
  /** @type {import('./table.mjs').Outcome[]} */
  const outcomes = [];
  if (setting.only !== '') return outcomes;
  const file = await forFiles(folder, 'lacking');
  for (const row of lacksOfHosts[name]) {
    const flags = row.flags ?? rights;
    const program = [...args, ...flags, file, ...lackingArguments(row.attempt, setting)];
    outcomes.push(await lackOutcome(row, () => output(path, program, folder)));
  }
  return outcomes;
}

/** The arguments of a server that refuses. @param {string[]} args @param {string} folder @param {any} setting */
async function refusing(args, folder, { fixtures }) {
  const identity = JSON.stringify({ cert: fixtures.serverCert, key: fixtures.serverKey });
  return [...args, await forFiles(folder, 'refusing'), identity];
}

/** @param {string} name @param {'chrome' | 'firefox'} kind @param {string[]} programs @returns {Runtime} */
function browser(name, kind, programs) {
  const found = programs
    .map(program => spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim())
    .find(path => path !== '');
  return {
    name,
    missing: () => (found === undefined ? 'it is not installed' : null),
    run: (folder, setting) => runPage(kind, /** @type {string} */ (found), folder, setting),
  };
}

/** @param {string} path */
function absent(path) {
  return existsSync(join(modules, path)) ? null : 'its npm package has no binary for this machine';
}

/** The host's file, with castls left to the runtime's own resolution. @param {string} folder @param {string} name */
async function forFiles(folder, name) {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(root, `test/runtimes/hosts/${name}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    external: ['castls', 'castls/*', 'node:*'],
    tsconfigRaw: {},
    logLevel: 'warning',
  });
  return outfile;
}

/** The result that a program prints as its last line. @param {string} output @returns {Result} */
function resultOf(output) {
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

/** What a program prints. @param {string} path @param {string[]} args @param {string} cwd @returns {Promise<string>} */
function output(path, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', more => (text += more));
    child.stderr.setEncoding('utf8').on('data', more => (errors += more));
    const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
    child.on('error', reject);
    child.on('close', code => {
      clearTimeout(timer);
      if (code === 0) resolve(text);
      else reject(new Error(`it ended with ${code}: ${(errors || text).slice(-2000)}`));
    });
  });
}
