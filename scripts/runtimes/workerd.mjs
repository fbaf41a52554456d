// The list in workerd: a worker bundled with the conditions that wrangler sets, its .wasm files modules of the configuration.

import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../set_up.mjs';
import { lackOutcome, lacksOfWorkerd, WITHOUT_NETWORK } from './lacks.mjs';
import { outcomeOf, snippetFile } from './snippets.mjs';

const COMPATIBILITY_DATE = '2026-11-01';
const DEADLINE_MS = 240_000;

/** @param {string} binary @param {string} folder @param {any} setting @returns {Promise<import('./table.mjs').Result>} */
export async function runWorkerd(binary, folder, setting) {
  const list = join(root, 'test/runtimes/hosts/workerd.ts');
  const result = await ask(binary, folder, list, [], JSON.stringify(setting));
  const snippet = await outcomeOf(() => {
    const file = snippetFile('workerd', folder, setting);
    return ask(binary, folder, file, [['CA', setting.fixtures.ca]]);
  });
  const { name, outcomes } = JSON.parse(result);
  return { name, outcomes: [...outcomes, snippet, ...(await lacks(binary, folder, setting))] };
}

/** @param {string} binary @param {string} folder @param {any} setting */
async function lacks(binary, folder, setting) {
  const file = join(root, 'test/runtimes/hosts/lacking_workerd.ts');
  const { ca, rsaCert, rsaKey } = setting.fixtures;
  /** @type {[string, string][]} */
  const bindings = [
    ['CA', ca],
    ['CERT', rsaCert],
    ['KEY', rsaKey],
    ['PORT', `${setting.servers.echo}`],
  ];
  const outcomes = [];
  if (setting.only !== '') return outcomes;
  for (const row of lacksOfWorkerd)
    outcomes.push(await lackOutcome(row, () => ask(binary, folder, file, bindings, row.attempt)));
  const { attempt } = WITHOUT_NETWORK;
  outcomes.push(await lackOutcome(WITHOUT_NETWORK, () => ask(binary, folder, file, bindings, attempt, ['public'])));
  return outcomes;
}

/**
 * The answer of a worker to one request.
 * @param {string} binary @param {string} folder @param {string} entry @param {[string, string][]} bindings @param {string} [body]
 * @param {string[]} [networks] that it may connect to
 */
async function ask(binary, folder, entry, bindings, body, networks = ['public', 'private', 'local']) {
  const outdir = join(folder, `workerd-${basename(entry).replace(/\W/g, '_')}`);
  await bundleWorker(outdir, entry, folder);
  writeFileSync(join(outdir, 'config.capnp'), configOf(readdirSync(outdir), bindings, networks));
  const child = spawn(binary, ['serve', join(outdir, 'config.capnp'), '--control-fd=3', '--experimental'], {
    stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', text => (errors += text));
  try {
    const url = `http://127.0.0.1:${await portOf(child)}/`;
    const method = body === undefined ? 'GET' : 'POST';
    const response = await fetch(url, { method, body, signal: AbortSignal.timeout(DEADLINE_MS) });
    const text = await response.text();
    if (!response.ok) throw new Error(`workerd answers ${response.status}: ${text} ${errors.slice(-1500)}`);
    return text;
  } finally {
    child.kill('SIGKILL');
  }
}

/** @param {string} outdir @param {string} entry @param {string} folder has castls among its node_modules */
export async function bundleWorker(outdir, entry, folder) {
  await build({
    entryPoints: { worker: entry },
    outdir,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['module', 'main'],
    external: ['cloudflare:*', 'node:*'],
    nodePaths: [join(folder, 'node_modules')],
    loader: { '.wasm': 'copy' },
    assetNames: '[name]-[hash]',
    tsconfigRaw: {},
    logLevel: 'warning',
  });
}

/** @param {string[]} files @param {[string, string][]} bindings @param {string[]} networks */
function configOf(files, bindings, networks) {
  const texts = bindings.map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`);
  const wasm = files.filter(file => file.endsWith('.wasm'));
  const modules = [
    '(name = "worker", esModule = embed "worker.js")',
    ...wasm.map(file => `(name = "./${file}", wasm = embed "${file}")`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [${modules.join(', ')}],
      bindings = [${texts.join(', ')}],
      compatibilityDate = "${COMPATIBILITY_DATE}",
      compatibilityFlags = ["nodejs_compat"],
    )),
    (name = "internet", network = (allow = ${JSON.stringify(networks)})),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
}

/** The port that workerd says it listens on. @param {import('node:child_process').ChildProcess} child @returns {Promise<number>} */
function portOf(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    const control = /** @type {import('node:stream').Readable} */ (child.stdio[3]);
    control.setEncoding('utf8').on('data', (/** @type {string} */ more) => {
      text += more;
      const port = /"event":"listen".*?"port":(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.on('close', code => reject(new Error(`workerd ended with ${code}`)));
    setTimeout(() => reject(new Error('workerd says no port')), 20_000).unref();
  });
}
