// Runs tests of Node's, each in a process of its own, and says how each ended.

import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../set_up.mjs';
import { folder as results } from './results.mjs';

const TIMEOUT = 20_000;
const AT_ONCE = Number(process.env['CASTLS_JOBS'] ?? 2);

/** @typedef {{ name: string, outcome: 'pass' | 'fail' | 'skip', why: string }} Outcome */

const part = (/** @type {string} */ name) => join(root, 'scripts/node_tests', name);
const register = join(root, 'build/dist/register.js');

/** What is loaded before a test. @type {Readonly<Record<string, readonly string[]>>} */
const preloads = {
  native: [part('helpers.mjs')],
  register: [part('helpers.mjs'), register, part('witness.mjs')],
  https: [part('helpers.mjs'), register, part('own_https.mjs'), part('witness.mjs')],
  broken: [part('helpers.mjs'), register, part('broken.mjs')],
};

/** @param {string} suite */
export function namesIn(suite) {
  return readdirSync(join(suite, 'test/parallel'))
    .filter(name => /^test-(tls|https)-.*\.m?js$/.test(name))
    .sort();
}

/** @param {string} suite @param {string} given the binary of node @param {string} version */
export function runnerOf(suite, given, version) {
  const parallel = join(suite, 'test/parallel');
  const node = besideOpenssl(given, version);
  const witnessed = join(results, 'witness');
  mkdirSync(witnessed, { recursive: true });

  // Trust that the host brings along is none that the tests know of. TLS 1.0 and 1.1 are there because the tests name them.
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(NODE_|SSL_CERT_|CASTLS)/.test(name)),
  );

  /** @param {string} mode @param {string} name @returns {Promise<Outcome>} */
  function run(mode, name) {
    const file = join(parallel, name);
    const flags = /^\/\/ Flags:(.*)$/m.exec(readFileSync(file, 'utf8'))?.[1].trim().split(/\s+/) ?? [];
    const imports = preloads[mode].map(each => `--import=${pathToFileURL(each).href}`);
    const witness = join(witnessed, `${name}.txt`);
    rmSync(witness, { force: true });
    const child = spawn(node, [...flags, ...imports, file], {
      cwd: parallel,
      env: {
        ...environment,
        CASTLS_LEGACY: 'tls1.0,tls1.1',
        CASTLS_WITNESS: witness,
        NODE_OPTIONS: imports.join(' '),
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
        const others = existsSync(witness) ? readFileSync(witness, 'utf8').trim() : '';
        rmSync(witness, { force: true });
        if (code === 0 && skipped !== null) resolve({ name, outcome: 'skip', why: skipped[1] });
        else if (code === 0 && others !== '') resolve({ name, outcome: 'fail', why: `not by castls: ${others}` });
        else if (code === 0) resolve({ name, outcome: 'pass', why: '' });
        else {
          const why = signal === null ? lastError(output) : `no end after ${TIMEOUT / 1000} s`;
          resolve({ name, outcome: 'fail', why: why.replaceAll(root, '').replaceAll(suite, '') });
        }
      });
    });
  }

  /** @param {string} mode @param {readonly string[]} names @returns {Promise<Outcome[]>} */
  return async function all(mode, names) {
    if (preloads[mode] === undefined) throw new Error(`no mode "${mode}": ${Object.keys(preloads).join(', ')}`);
    /** @type {Outcome[]} */
    const outcomes = [];
    const queue = [...names];
    const worker = async () => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) outcomes.push(await run(mode, name));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return outcomes.sort((a, b) => a.name.localeCompare(b.name));
  };
}

/** Tests look for the command openssl-cli beside node, and skip themselves without it. @param {string} given @param {string} version */
function besideOpenssl(given, version) {
  const openssl = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map(each => join(each, 'openssl'))
    .find(existsSync);
  const binary = realpathSync(resolved(given));
  if (openssl === undefined) return binary;
  const folder = join(results, `node-${version}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [node, beside] = [join(folder, 'node'), join(folder, 'openssl-cli')];
  try {
    linkSync(binary, node);
  } catch {
    copyFileSync(binary, node);
  }
  symlinkSync(openssl, beside);
  return node;
}

/** @param {string} command */
function resolved(command) {
  return spawnSync(command, ['-p', 'process.execPath'], { encoding: 'utf8' }).stdout.trim();
}

/** @param {string} output */
function lastError(output) {
  const lines = output.split('\n');
  const error = lines.findIndex(line => /^(\w*Error\b.*|Mismatched .*|\[?\w*Error \[.*)/.test(line));
  return lines
    .slice(Math.max(0, error), Math.max(0, error) + 6)
    .join(' ')
    .slice(0, 500);
}
