// Builds everything under build/: the WASM binaries, the ESM bundles of src/*.ts entries, and the type declarations.
// Usage: build.mjs [--no-types]

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);

execFileSync(process.execPath, ['scripts/build_wasm.mjs'], { stdio: 'inherit' });
const entries = readdirSync('src')
  .filter(file => file.endsWith('.ts'))
  .map(file => `src/${file}`);
if (existsSync('src/cli/castls.ts')) entries.push('src/cli/castls.ts');
rmSync('build/dist', { recursive: true, force: true });
if (entries.length > 0) {
  await build({
    entryPoints: entries,
    entryNames: '[name]',
    chunkNames: 'chunk-[hash]',
    outdir: 'build/dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    packages: 'external',
    external: ['node:*', 'cloudflare:*'],
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
  });
}
if (!process.argv.includes('--no-types')) {
  mkdirSync('build/types', { recursive: true });
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  });
}
