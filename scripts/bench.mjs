// npm run bench [-- --only WORD] [--row WORD] [--node 24,26] [--rounds N] [--seconds S]
// Measures castls against its peers on this Node and on others (whose binaries the npm package `node` carries), prints
// the table of this run, and brings build/bench/results.json and build/bench/report.html up to date: rows that a partial
// run does not take stay, with the date of the run that took them. "client page" (clients in a browser) and "cold start" are rows of
// scripts of their own, which print their tables.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './bundle.mjs';
import { root, run } from './set_up.mjs';

const USAGE = `npm run bench [-- OPTIONS]
  --only WORD     groups whose names have it; "client page" and "cold start"
  --row WORD      of the group "server" the rows whose names have it
  --node 24,26    on the newest Node.js of these majors, too
  --rounds N      turns of each; 5
  --seconds S     of each turn; 0.25, for servers four times as many`;

const values = options();

function options() {
  const string = /** @type {const} */ ({ type: 'string' });
  try {
    const { values: given } = parseArgs({
      options: { only: string, row: string, node: string, rounds: string, seconds: string, help: { type: 'boolean' } },
    });
    if (given.help) {
      console.log(USAGE);
      process.exit();
    }
    const refused =
      (given.node !== undefined && !/^\d+(,\d+)*$/.test(given.node)) ||
      (given.rounds !== undefined && !/^[1-9]\d*$/.test(given.rounds)) ||
      (given.seconds !== undefined && !(Number(given.seconds) > 0));
    if (refused) throw new Error('--node takes majors, --rounds and --seconds take numbers above 0');
    return given;
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const peers = join(root, 'bench');
if (!existsSync(join(peers, 'node_modules/.package-lock.json'))) {
  console.log('installing the peers of bench/package-lock.json');
  install(['ci', '--ignore-scripts'], peers);
}
/** Rows that are no loops in this process. */
const programs = { 'client page': 'page_peers.mjs', 'cold start': 'cold_start.mjs' };
const program = programs[/** @type {keyof typeof programs} */ (values.only)];
if (program !== undefined) {
  run('node', [join(root, 'scripts', program), ...(values.rounds ? ['--runs', values.rounds] : [])]);
  process.exit();
}
const output = join(root, 'build/bench');
mkdirSync(output, { recursive: true });
// Below bench/node_modules, so that the peers are found from there.
const bundled = join(peers, 'node_modules/.castls');
rmSync(bundled, { recursive: true, force: true });
const [main] = await bundle(['bench/main.ts', 'bench/prototypes/server.ts'], bundled);

const results = [];
const date = new Date().toISOString();
// The Node that runs this is measured anyway.
const own = process.versions.node.split('.')[0];
const others = [...new Set(values.node?.split(','))].filter(major => major !== own);
for (const major of [null, ...others]) {
  const file = join(output, `results-${major ?? 'this'}.json`);
  const passed = /** @type {const} */ (['only', 'row', 'rounds', 'seconds']).flatMap(name =>
    values[name] ? [`--${name}`, values[name]] : [],
  );
  const binary = major === null ? process.execPath : nodeBinary(major);
  const { status } = spawnSync(
    binary,
    ['--enable-source-maps', main, 'measure', '--out', file, '--date', date, ...passed],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  if (status !== 0) process.exit(status ?? 1);
  results.push(file);
}
const html = join(output, 'report.html');
run('node', [
  main,
  'report',
  ...results,
  '--json',
  join(output, 'results.json'),
  '--html',
  html,
  '--markdown',
  join(output, 'results.md'),
  ...(values.row ? ['--row', values.row] : []),
]);
for (const file of results) rmSync(file);
console.log('\nbuild/bench/results.json, build/bench/report.html');

/** The newest Node of a major version, from the registry package that holds this platform's binary. @param {string} major */
function nodeBinary(major) {
  const folder = join(output, `node-${major}`);
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const binary = join(folder, 'node_modules', name, 'bin/node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    console.log(`installing ${name}@${major}`);
    install(['install', '--prefix', folder, '--no-save', '--ignore-scripts', `${name}@${major}`], folder);
  }
  const version = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
  console.log(`Node ${version}`);
  return binary;
}

/** @param {string[]} args @param {string} cwd */
function install(args, cwd) {
  const { status } = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status}`);
}
