// Bundles TypeScript files of this repository (tests, benchmarks, tools) for the Node that runs them.

import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Bundles `entries` (paths from the repository's root) into `outdir`; packages stay imports. In the output
 * import.meta.url is that of the source file, so that paths beside it hold.
 * @param {string[]} entries @param {string} outdir
 */
export async function bundle(entries, outdir) {
  await build({
    entryPoints: entries,
    absWorkingDir: root,
    outbase: root,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
    chunkNames: 'chunk-[hash]',
    outExtension: { '.js': '.mjs' },
    plugins: [testsRun, sourceUrl],
  });
  return entries.map(entry => join(outdir, entry.replace(/\.ts$/, '.mjs')));
}

/** A test file that another imports runs there, too: the package says of its files that importing them has no effect. */
const testsRun = {
  name: 'tests-run',
  /** @param {import('esbuild').PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: /\.test\.ts$/ }, ({ path, resolveDir }) => {
      return { path: resolve(resolveDir, path), sideEffects: true };
    });
  },
};

const sourceUrl = {
  name: 'source-url',
  /** @param {import('esbuild').PluginBuild} build */
  setup(build) {
    build.onLoad({ filter: /[\\/](test|bench|examples|src)[\\/].*\.ts$/ }, args => {
      const text = readFileSync(args.path, 'utf8');
      if (!text.includes('import.meta.url')) return null;
      const fromRoot = JSON.stringify(relative(root, args.path));
      const url = `new URL(${fromRoot}, ${JSON.stringify(new URL('..', import.meta.url).href)}).href`;
      return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' };
    });
  },
};
