// Builds everything under build/: the WASM binaries, the ESM bundles of src/*.ts entries, and the type declarations.
// Usage: build.mjs [--no-types]

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { families } from './memory_map.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);

execFileSync(process.execPath, ['scripts/build_wasm.mjs'], { stdio: 'inherit' });
const entries = readdirSync('src')
  .filter(file => file.endsWith('.ts'))
  .map(file => ({ in: `src/${file}`, out: file.replace('.ts', '') }));
if (existsSync('src/cli/castls.ts')) entries.push({ in: 'src/cli/castls.ts', out: 'castls' });
// What a program may do without: the binaries, the roles, the versions before TLS 1.3. As if they were entries, so that
// esbuild gives each a chunk of its own with all that nothing else needs. A bundler takes or leaves whole chunks by
// "sideEffects": false, but from a chunk in use not every statement that is not.
const optional = [
  ...['client', 'client12', 'server', 'server12'].map(name => `src/handshake/${name}.ts`),
  ...Object.keys(families).map(name => `build/generated/${name}_wasm.ts`),
].filter(file => existsSync(file));
const unused = 'build/dist/unused';
rmSync('build/dist', { recursive: true, force: true });
await build({
  entryPoints: [...entries, ...optional.map(file => ({ in: file, out: `unused/${basename(file, '.ts')}` }))],
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
rmSync(unused, { recursive: true });
if (!process.argv.includes('--no-types')) {
  mkdirSync('build/types', { recursive: true });
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  });
}
