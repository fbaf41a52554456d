// Builds everything under build/: the WASM binaries, the ESM bundles of src/*.ts entries - twice: dist/ holds the binaries as
// text, for every host that compiles from bytes; workerd/ imports the .wasm files, because workerd compiles nothing inside
// a request -, what carries less (variants.mjs), and the type declarations.
// Usage: build.mjs [--no-types]

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transformSync } from 'esbuild';
import { minify } from 'terser';
import { buildDist } from './dist.mjs';
import { inlined, tablesOfValues } from './inlined_tables.mjs';
import { internalNames } from './internal_names.mjs';
import { families } from './memory_map.mjs';
import { builds, entriesOfBuilds } from './variants.mjs';
import { withoutTexts } from './without_texts.mjs';

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

await buildVariants();

if (!process.argv.includes('--no-types')) {
  mkdirSync('build/types', { recursive: true });
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  });
}

/** What carries less, a file for each of src/: bundlers leave out whole files more readily than what is in one. */
async function buildVariants() {
  const { files, names } = await internalNames(entriesOfBuilds.map(name => `src/${name}.ts`));
  const tables = await tablesOfValues();
  const { heapBase } = await import('./memory_map.mjs');
  for (const [name, variant] of Object.entries(builds)) {
    const outdir = `build/${name}`;
    await bundle(outdir, files, {
      plugins: [lessOf(variant, tables)],
      mangleProps: names,
      outbase: 'src',
      entryNames: '[dir]/[name]',
    });
    await minifyFurther(outdir);
    writeFileSync(`${outdir}/abi.js`, `export const heapBase=${heapBase};\n`);
    // One after the other, for compressors: the core's and those of dist.
    const core = `export*from'../dist/binaries.js';\nexport const core='${textOf(variant.core)}';\n`;
    writeFileSync(`${outdir}/binaries.js`, core);
    for (const family of present)
      writeFileSync(`${outdir}/${family}_wasm.js`, `export{${family} as bytes}from'./binaries.js';\n`);
    textsFirst(`${outdir}/parts.js`);
  }
}

/**
 * What esbuild does not see: variables that are used once, what a statement before decides. Whole functions stay as they are,
 * for a page's bundler to leave out, and names, for it to choose. @param {string} folder
 */
async function minifyFurther(folder) {
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(each => each.endsWith('.js'))) {
    const path = join(folder, file);
    const { code } = await minify(readFileSync(path, 'utf8'), {
      module: true,
      ecma: 2020,
      mangle: false,
      compress: { ecma: 2020, passes: 2, inline: 1, reduce_funcs: false, sequences: false },
    });
    writeFileSync(path, code ?? '');
  }
}

/** A build that carries less, file by file. @param {import('./variants.mjs').Variant} variant @param {Awaited<ReturnType<typeof tablesOfValues>>} tables @returns {import('esbuild').Plugin} */
function lessOf({ texts }, tables) {
  return {
    name: 'less',
    setup(build) {
      build.onResolve({ filter: /^\.\.?\// }, ({ path, kind, resolveDir }) => {
        if (kind === 'entry-point') return null;
        const generated = /\/generated\/(\w+)\.ts$/.exec(path)?.[1];
        const up = relative(resolveDir, 'src').replaceAll('\\', '/') || '.';
        const beside = generated === undefined ? path.replace(/\.ts$/, '.js') : `${up}/${generated}.js`;
        return { path: beside, external: true, sideEffects: false };
      });
      build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
        // Decided here, so that what hangs on it is gone before a page's bundler looks at what is used.
        const source = readFileSync(path, 'utf8')
          .replace(/import \{ OLDER \} from '[^']*';/, '')
          .replace(/(?<!const )\bOLDER\b/g, 'false');
        const options = /** @type {const} */ ({
          loader: 'ts',
          target: 'es2022',
          sourcemap: 'inline',
          sourcefile: path,
        });
        const { code } = transformSync(source, { ...options, minifySyntax: true });
        const values = inlined(code, path, tables);
        return { contents: texts ? values : withoutTexts(values), loader: 'ts' };
      });
    },
  };
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

/** @param {string} outdir @param {string[]} entryPoints @param {import('esbuild').BuildOptions} more */
async function bundle(outdir, entryPoints, more = {}) {
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
    ...more,
  });
}
