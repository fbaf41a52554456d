// Each bundler with as little configuration as it takes, and its result run in Node.js: what wrangler makes is for workerd, which
// test:runtimes runs.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBinary } from '../runtimes/install.mjs';

/**
 * @typedef {{ folder: string, app: string, modules: string, castls: string }} Place folder has castls among its node_modules
 * @typedef {{ name: string, run(place: Place): Promise<string | null> }} Check the answer is what is wrong, or null
 */

const GOOD = /^established TLSv1\.3 X25519MLKEM768$/m;

/** @type {Check[]} */
export const bundlers = [
  {
    name: 'esbuild',
    async run({ folder, app, modules }) {
      const args = [app, '--bundle', '--format=esm', '--platform=browser', '--minify', '--outfile=out/esbuild.mjs'];
      return command(join(modules, '.bin/esbuild'), args, folder) ?? runs(folder, 'out/esbuild.mjs');
    },
  },
  {
    name: 'rollup',
    async run({ folder, app, modules }) {
      const config = join(folder, 'rollup.config.mjs');
      const plugin = join(modules, '@rollup/plugin-node-resolve/dist/es/index.js');
      writeFileSync(
        config,
        `import resolve from ${JSON.stringify(plugin)};
export default { input: ${JSON.stringify(app)}, output: { file: 'out/rollup.mjs', format: 'es' }, plugins: [resolve()] };\n`,
      );
      return (
        command(join(modules, '.bin/rollup'), ['-c', config, '--failAfterWarnings'], folder) ??
        runs(folder, 'out/rollup.mjs')
      );
    },
  },
  {
    name: 'vite',
    async run({ folder, app, modules }) {
      const config = join(folder, 'vite.config.mjs');
      writeFileSync(
        config,
        `export default { build: { outDir: 'out/vite', target: 'es2022', rollupOptions: {
  input: ${JSON.stringify(app)}, output: { entryFileNames: 'app.mjs', chunkFileNames: '[name].mjs' } } } };\n`,
      );
      return (
        command(join(modules, '.bin/vite'), ['build', '--config', config], folder) ?? runs(folder, 'out/vite/app.mjs')
      );
    },
  },
  {
    name: 'webpack',
    async run({ folder, app, modules }) {
      const script = join(folder, 'webpack.mjs');
      writeFileSync(
        script,
        `import webpack from ${JSON.stringify(join(modules, 'webpack/lib/index.js'))};
const output = { path: ${JSON.stringify(join(folder, 'out'))}, filename: 'webpack.mjs', module: true };
webpack({ mode: 'production', entry: ${JSON.stringify(app)}, output, experiments: { outputModule: true }, target: ['web', 'es2022'],
  performance: { hints: false } }, (error, stats) => {
  const problems = error ?? (stats.hasErrors() || stats.hasWarnings() ? stats.toString({ all: false, errors: true, warnings: true }) : null);
  if (problems) { console.error(problems); process.exit(1); }
});\n`,
      );
      return command(process.execPath, [script], folder) ?? runs(folder, 'out/webpack.mjs');
    },
  },
  {
    name: 'parcel',
    async run({ folder, app, modules }) {
      // Parcel reads no "exports" unless it is told to; "main" cures the root entry alone.
      writeFileSync(
        join(folder, 'package.json'),
        JSON.stringify({
          name: 'app',
          private: true,
          type: 'module',
          '@parcel/resolver-default': { packageExports: true },
          targets: {
            app: {
              distDir: 'out/parcel',
              context: 'browser',
              outputFormat: 'esmodule',
              isLibrary: false,
              includeNodeModules: true,
              scopeHoist: true,
            },
          },
        }),
      );
      const args = ['build', app, '--no-cache', '--no-source-maps'];
      const failure = command(join(modules, '.bin/parcel'), args, folder);
      if (failure !== null) return failure;
      const file = readdirSync(join(folder, 'out/parcel')).find(each => /\.m?js$/.test(each));
      return runs(folder, `out/parcel/${file}`);
    },
  },
  {
    name: 'bun build',
    async run({ folder, app, modules }) {
      const bun = join(modules, '@oven/bun-linux-x64/bin/bun');
      const args = ['build', app, '--target=browser', '--outfile=out/bun.mjs'];
      return command(bun, args, folder) ?? runs(folder, 'out/bun.mjs');
    },
  },
  {
    name: 'wrangler deploy --dry-run',
    async run({ folder, modules }) {
      const worker = join(folder, 'src/worker.mjs');
      writeFileSync(
        worker,
        `import { connect } from 'castls/workerd';
export default { fetch: () => new Response(connect('localhost:1').readable) };\n`,
      );
      writeFileSync(
        join(folder, 'wrangler.json'),
        JSON.stringify({ name: 'app', main: 'src/worker.mjs', compatibility_date: '2026-11-01', send_metrics: false }),
      );
      const node = nodeBinary('24');
      if (node === null) return 'wrangler needs Node.js 22, and there is none for this machine';
      const args = [join(modules, 'wrangler/bin/wrangler.js'), 'deploy', '--dry-run', '--outdir', 'out/wrangler'];
      const failure = command(node, args, folder, { WRANGLER_SEND_METRICS: 'false', CI: '1' });
      if (failure !== null) return failure;
      const wasm = readdirSync(join(folder, 'out/wrangler')).filter(file => file.endsWith('.wasm'));
      return wasm.length > 0 ? null : 'no .wasm module is in the upload: workerd could not compile the binaries';
    },
  },
];

/** Runs a program. @param {string} program @param {string[]} args @param {string} cwd @param {Record<string, string>} [env] */
export function command(program, args, cwd, env = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, ...env },
  });
  return status === 0 ? null : `${error ?? ''}${stdout}${stderr}`;
}

/** What a bundle prints. @param {string} folder @param {string} file */
function runs(folder, file) {
  if (!existsSync(join(folder, file))) return `there is no ${file}`;
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, file)], { encoding: 'utf8', timeout: 30_000 });
  return GOOD.test(stdout) ? null : `it prints ${stdout}${stderr}`;
}
