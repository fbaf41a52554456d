// The list in workerd: a worker bundled with the conditions that wrangler sets, its .wasm files modules of the configuration.

import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../set_up.mjs';

const COMPATIBILITY_DATE = '2026-11-01';
const DEADLINE_MS = 240_000;

/** @param {string} binary @param {string} folder @param {any} setting @returns {Promise<import('./table.mjs').Result>} */
export async function runWorkerd(binary, folder, setting) {
  const outdir = join(folder, 'workerd');
  await bundleWorker(outdir, join(root, 'test/runtimes/hosts/workerd.ts'), folder);
  writeFileSync(join(outdir, 'config.capnp'), configOf(readdirSync(outdir)));
  const child = spawn(binary, ['serve', join(outdir, 'config.capnp'), '--control-fd=3', '--experimental'], {
    stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', text => (errors += text));
  try {
    const port = await portOf(child);
    const ask = async (/** @type {object} */ body) => {
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      if (!response.ok) throw new Error(`workerd answers ${response.status}: ${errors.slice(-1500)}`);
      return response.json();
    };
    return /** @type {import('./table.mjs').Result} */ (await ask(setting));
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

/** @param {string[]} files */
function configOf(files) {
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
      compatibilityDate = "${COMPATIBILITY_DATE}",
      compatibilityFlags = ["nodejs_compat"],
    )),
    (name = "internet", network = (allow = ["public", "private", "local"])),
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
