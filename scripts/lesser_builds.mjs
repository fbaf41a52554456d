// The builds of variants.mjs: castls/parts and castls/webcrypto with less in them. Everything here is decided before a
// page's bundler looks at what is used, and leaves the names of variables and the borders of functions to it.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build, transformSync } from 'esbuild';
import { minify } from 'terser';
import { streamsOf } from './binary_streams.mjs';
import { toText } from './binary_text.mjs';
import { inlined, tablesOfValues } from './inlined_tables.mjs';
import { internalNames } from './internal_names.mjs';
import { heapBase } from './memory_map.mjs';
import { annotated } from './pure_calls.mjs';
import { root } from './set_up.mjs';
import { unusedNames, withoutMembers } from './unused_members.mjs';
import { builds, entriesOfBuilds } from './variants.mjs';
import { withoutTexts } from './without_texts.mjs';

/**
 * Writes build/NAME/ for each of them, a file for each of src/: bundlers leave out whole files more readily than what is in one.
 * @param {string[]} families whose binaries there are
 */
export async function buildVariants(families) {
  const { files, names } = await internalNames(entriesOfBuilds.map(name => `src/${name}.ts`));
  const tables = await tablesOfValues();
  for (const [name, variant] of Object.entries(builds)) {
    const outdir = `build/${name}`;
    const internal = await writeModules(outdir, files, names, lessOf(variant, tables));
    await minifyFurther(outdir, internal);
    writeFileSync(`${outdir}/abi.js`, `export const heapBase=${heapBase};\n`);
    // One after the other, for compressors: the core's and those that the builds share.
    const core = `export*from'../tls13/families.js';\nexport const core='${apart(variant.core)}';\n`;
    writeFileSync(`${outdir}/binaries.js`, core);
    for (const family of families)
      writeFileSync(`${outdir}/${family}_wasm.js`, `export{${family} as bytes}from'./binaries.js';\n`);
    const entry = `${outdir}/parts.js`;
    writeFileSync(entry, `import'./binaries.js';\n${readFileSync(entry, 'utf8')}`);
  }
  const shared = families.filter(family => family !== 'core');
  writeFileSync('build/tls13/families.js', shared.map(name => `export const ${name}='${apart(name)}';\n`).join(''));
}

/** The text that builds which carry less have of a binary. @param {string} name */
export function apart(name) {
  return toText(streamsOf(readFileSync(join(root, `build/wasm/${name}.wasm`))));
}

/**
 * @param {string} outdir @param {string[]} entryPoints @param {RegExp} mangleProps
 * @param {import('esbuild').Plugin} plugin @returns {Promise<Set<string>>} the short names of properties
 */
async function writeModules(outdir, entryPoints, mangleProps, plugin) {
  rmSync(outdir, { recursive: true, force: true });
  const { mangleCache = {} } = await build({
    entryPoints,
    entryNames: '[dir]/[name]',
    outbase: 'src',
    outdir,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    packages: 'external',
    mangleProps,
    mangleCache: {},
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [plugin],
  });
  return new Set(Object.values(mangleCache).map(String));
}

/**
 * What esbuild does not see: variables that are used once, what a statement before decides, members that nobody names. Whole
 * functions stay as they are, for a page's bundler to leave out, and names, for it to choose.
 * @param {string} folder @param {Set<string>} internal
 */
async function minifyFurther(folder, internal) {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.js'))
    .map(file => join(folder, file));
  let modules = paths.map(path => readFileSync(path, 'utf8'));
  // What only unused members name is named by nobody the next time.
  for (let before = 0, length = lengthOf(modules); length !== before; length = lengthOf(modules)) {
    before = length;
    const unused = unusedNames(modules, internal);
    modules = modules.map(code => withoutMembers(code, unused));
  }
  for (const [i, path] of paths.entries()) {
    const { code } = await minify(modules[i], {
      module: true,
      ecma: 2020,
      mangle: false,
      compress: { ecma: 2020, passes: 2, inline: 1, reduce_funcs: false, sequences: false },
    });
    writeFileSync(path, annotated(code ?? ''));
  }
}

/** @param {string[]} modules */
function lengthOf(modules) {
  return modules.reduce((sum, { length }) => sum + length, 0);
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
          .replace(/import \{ (?:OLDER|APART) \} from '[^']*';/, '')
          .replace(/(?<!const )\bOLDER\b/g, 'false')
          .replace(/(?<!const )\bAPART\b/g, 'true')
          // What an error that is in no table of base/alert_of_error.ts has.
          .replace(/^ {2}ERR_\w+: A\.internal_error,$/gm, '');
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
