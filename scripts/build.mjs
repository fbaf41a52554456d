// Builds everything under build/: the WASM binaries, the ESM bundles of src/*.ts entries - twice: dist/ holds the binaries as
// text, for every host that compiles from bytes; workerd/ imports the .wasm files, because workerd compiles nothing inside
// a request -, what carries less (lesser_builds.mjs), and the type declarations.
// Usage: build.mjs [--no-types]

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildDist } from './dist.mjs';
import { buildVariants } from './lesser_builds.mjs';
import { families } from './memory_map.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);

/** Entries that make no sense in workerd: they name another host. */
const OF_OTHER_HOSTS =
  /^(deno|bun|browser|native|https|redis|fleet|register|register_all|legacy_register|legacy_for_node)\.ts$/;

/** Imports of build/generated/NAME_wasm.ts become imports of a module beside the bundles. */
const binariesBeside = {
  name: 'binaries-beside',
  /** @param {import('esbuild').PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: /\/generated\/\w+_wasm\.ts$/ }, ({ path }) => {
      const name = /(\w+)_wasm\.ts$/.exec(path)?.[1];
      return { path: `./${name}_wasm.js`, external: true, sideEffects: false };
    });
  },
};

execFileSync(process.execPath, ['scripts/build_wasm.mjs'], { stdio: 'inherit' });
const entries = readdirSync('src').filter(file => file.endsWith('.ts'));
const command = existsSync('src/cli/castls.ts') ? ['src/cli/castls.ts'] : [];

const present = Object.keys(families).filter(name => existsSync(`build/wasm/${name}.wasm`));

// The texts stand side by side in one module: compressors then see one alphabet at a time, which is 0.5 to 2.6 KB of a page.
// A page's bundler leaves out those that nothing names, and puts the rest before all code, which the entries of pages ask for.
await buildDist('build/dist', [...entries.map(file => `src/${file}`), ...command]);
writeFileSync('build/dist/binaries.js', present.map(name => `export const ${name}='${textOf(name)}';\n`).join(''));
for (const name of ['index', 'parts']) textsFirst(`build/dist/${name}.js`);

const forWorkerd = entries.filter(file => !OF_OTHER_HOSTS.test(file)).map(file => `src/${file}`);
await bundle('build/workerd', forWorkerd);
for (const name of present) {
  writeFileSync(`build/workerd/${name}_wasm.js`, `export{default as bytes}from'../wasm/${name}.wasm';\n`);
}

await buildVariants(present);

if (!process.argv.includes('--no-types')) {
  mkdirSync('build/types', { recursive: true });
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  });
}

/**
 * Has a bundler put the texts that it needs before the rest of a page: between two pieces of code they cost gzip a kilobyte.
 * @param {string} entry a file beside binaries.js
 */
function textsFirst(entry) {
  writeFileSync(entry, `import'./binaries.js';\n${readFileSync(entry, 'utf8')}`);
}

/** The binary as text, without the quotes. @param {string} name */
function textOf(name) {
  return /'([^']+)'/.exec(readFileSync(`build/generated/${name}_wasm.ts`, 'utf8'))?.[1];
}

/** @param {string} outdir @param {string[]} entryPoints */
async function bundle(outdir, entryPoints) {
  rmSync(outdir, { recursive: true, force: true });
  await build({
    entryPoints,
    entryNames: '[name]',
    chunkNames: 'chunk-[hash]',
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    packages: 'external',
    external: ['node:*', 'cloudflare:*'],
    // Names stay, as in dist.mjs.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [binariesBeside],
  });
}
