// Builds the explorer into build/explorer: static files that any host can serve. Exports what npm start and the tests need.
// Usage: explorer.mjs, after the build.

import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './set_up.mjs';

export const output = join(root, 'build/explorer');

/** castls as the package has it: one copy of each module, the binaries side by side. */
const built = {
  name: 'built-castls',
  /** @param {import('esbuild').PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: /^castls(\/|$)/ }, ({ path }) => ({
      path: join(root, 'build/dist', `${path === 'castls' ? 'index' : path.slice('castls/'.length)}.js`),
    }));
  },
};

/** @returns {Promise<{bytes: number}>} what a browser loads, compressed by gzip */
export async function buildExplorer() {
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  await build({
    entryPoints: { explorer: join(root, 'explorer/main.tsx') },
    outdir: output,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
    // Chunks of castls that only others need.
    logOverride: { 'ignored-bare-import': 'silent' },
    tsconfigRaw: {},
    plugins: [built],
  });
  cpSync(join(root, 'explorer/index.html'), join(output, 'index.html'));
  const files = ['index.html', 'explorer.js', 'explorer.css'];
  return {
    bytes: files.reduce((sum, file) => sum + gzipSync(readFileSync(join(output, file)), { level: 9 }).length, 0),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { bytes } = await buildExplorer();
  console.log(`build/explorer: ${bytes} bytes compressed`);
}
