// Node's own tests of tls and https over castls: test-tls-* and test-https-* of a checkout that lies beside the project, each in
// its own process with castls/register; with --https castls/https stands in the place of node's client of https as well. With
// --broken castls' connect and Server are broken on purpose: what passes then, too, asks for no connection.
// Usage: CASTLS_NODE_TESTS=folder [CASTLS_NODE=binary] node scripts/node_tests.mjs [--broken] [--https] [--native] [--json=file] [--from=file] [--table] [word...]

import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reasons } from './node_tests/reasons.mjs';
import { root } from './set_up.mjs';

const TIMEOUT = 20_000;
const AT_ONCE = Number(process.env['CASTLS_JOBS'] ?? 2);

const folder = process.env['CASTLS_NODE_TESTS'];
if (folder === undefined) {
  console.log('SKIP node_tests: CASTLS_NODE_TESTS names no checkout of the tests of Node.js');
  process.exit(0);
}
const node = process.env['CASTLS_NODE'] ?? process.execPath;
const args = process.argv.slice(2);
const words = args.filter(arg => !arg.startsWith('--'));
const json = args.find(arg => arg.startsWith('--json='))?.slice('--json='.length);
const preloads = [join(root, 'build/dist/register.js')];
if (args.includes('--https')) preloads.push(join(root, 'scripts/node_tests/own_https.mjs'));
if (args.includes('--broken')) preloads.push(join(root, 'scripts/node_tests/broken.mjs'));
if (args.includes('--native')) preloads.length = 0;

const parallel = join(folder, 'test/parallel');
const names = readdirSync(parallel)
  .filter(name => /^test-(tls|https)-.*\.m?js$/.test(name))
  .filter(name => words.length === 0 || words.some(word => name.includes(word)))
  .sort();

// Trust that the host brings along is none that the tests know of. TLS 1.0 and 1.1 are there because the tests name them.
const {
  NODE_EXTRA_CA_CERTS: _,
  SSL_CERT_FILE: __,
  SSL_CERT_DIR: ___,
  NODE_USE_SYSTEM_CA: ____,
  ...given
} = process.env;
const environment = { ...given, CASTLS_LEGACY: 'tls1.0,tls1.1' };

/** @typedef {{ name: string, outcome: 'pass' | 'fail' | 'skip', why: string }} Result */
/** @type {Result[]} */
const results = [];
const earlier = args.find(arg => arg.startsWith('--from='))?.slice('--from='.length);
if (earlier !== undefined) results.push(...JSON.parse(readFileSync(earlier, 'utf8')));
const queue = earlier === undefined ? [...names] : [];
await Promise.all(Array.from({ length: AT_ONCE }, worker));
report();

async function worker() {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) results.push(await run(name));
}

/** @param {string} name @returns {Promise<Result>} */
function run(name) {
  const file = join(parallel, name);
  const flags = /^\/\/ Flags:(.*)$/m.exec(readFileSync(file, 'utf8'))?.[1].trim().split(/\s+/) ?? [];
  const imports = preloads.flatMap(each => ['--import', pathToFileURL(each).href]);
  const child = spawn(node, [...flags, ...imports, file], {
    cwd: parallel,
    env: {
      ...environment,
      NODE_OPTIONS: imports.length === 0 ? '' : `--import=${pathToFileURL(preloads[0]).href}`,
      TEST_THREAD_ID: name,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', text => (output += text));
  child.stderr.on('data', text => (output += text));
  return new Promise(resolve => {
    const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const skipped = /^1\.\.0 # Skipped: (.*)$/m.exec(output);
      if (code === 0 && skipped !== null) resolve({ name, outcome: 'skip', why: skipped[1] });
      else if (code === 0) resolve({ name, outcome: 'pass', why: '' });
      else
        resolve({
          name,
          outcome: 'fail',
          why: signal === null ? lastError(output) : `no end after ${TIMEOUT / 1000} s`,
        });
    });
  });
}

/** @param {string} output */
function lastError(output) {
  const lines = output.split('\n');
  const error = lines.findIndex(line => /^(\w*Error\b.*|Mismatched .*|\[?\w*Error \[.*)/.test(line));
  return lines
    .slice(Math.max(0, error), Math.max(0, error) + 6)
    .join(' ')
    .replaceAll(root, '')
    .slice(0, 500);
}

function report() {
  results.sort((a, b) => a.name.localeCompare(b.name));
  for (const { name, outcome, why } of results) if (outcome !== 'pass') console.log(`${outcome} ${name}: ${why}`);
  const version = execFileSync(node, ['-v'], { encoding: 'utf8' }).trim();
  for (const kind of ['tls', 'https']) {
    const those = results.filter(({ name }) => name.startsWith(`test-${kind}-`));
    const count = /** @param {string} outcome */ outcome => those.filter(each => each.outcome === outcome).length;
    console.log(
      `${version} ${kind}: ${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped of ${those.length}`,
    );
  }
  if (json !== undefined) writeFileSync(json, JSON.stringify(results, null, 1));
  if (args.includes('--table') && words.length === 0) writeTable(version);
}

/** Writes what does not pass, and why, to docs/node.md between its marks. @param {string} version */
function writeTable(version) {
  const file = join(root, 'docs/node.md');
  const counts = ['tls', 'https'].map(kind => {
    const those = results.filter(({ name }) => name.startsWith(`test-${kind}-`));
    const passed = those.filter(({ outcome }) => outcome === 'pass').length;
    const skipped = those.filter(({ outcome }) => outcome === 'skip').length;
    return `| ${kind} | ${those.length} | ${passed} | ${those.length - passed - skipped} | ${skipped} |`;
  });
  const failed = results.filter(({ outcome }) => outcome === 'fail');
  /** @type {Map<string, string[]>} */
  const byReason = new Map();
  for (const { name } of failed) {
    const why = reasons.find(([pattern]) => pattern.test(name))?.[1] ?? 'open';
    byReason.set(why, [...(byReason.get(why) ?? []), name.replace(/^test-|\.m?js$/g, '')]);
  }
  const rows = [...byReason]
    .sort()
    .map(([why, names]) => `| ${why} | ${names.map(name => `\`${name}\``).join(', ')} |`);
  const text = [
    `Under castls/register, Node.js ${version}:`,
    '',
    '| tests | | pass | fail | skip themselves |',
    '|---|---|---|---|---|',
    ...counts,
    '',
    '| why not | |',
    '|---|---|',
    ...rows,
  ].join('\n');
  const marks = /(<!-- node_tests -->\n)[\s\S]*?(<!-- \/node_tests -->)/;
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(marks, (_, begin, end) => `${begin}\n${text}\n\n${end}`),
  );
}
