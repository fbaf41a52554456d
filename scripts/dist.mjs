// build/dist/: the entries of src/ as ESM in few files. What is shared stands in one file per floor of those that are always
// loaded together - a module costs Node.js half a millisecond to find, read and link, before it is parsed -; what no
// entry of a group needs keeps a file of its own. rollup, because it lets the build say which file a module goes to;
// esbuild strips types and white space, terser shortens the names of variables within functions.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build, transform } from 'esbuild';
import { rollup } from 'rollup';
import { annotated } from './pure_calls.mjs';
import { root } from './set_up.mjs';
import { withShortLocals } from './short_locals.mjs';

const BINARIES = 'castls:binaries';

/**
 * Writes the bundles of `entryPoints`, by the names of their files. They import the texts of the binaries from ./binaries.js.
 * @param {string} outdir @param {string[]} entryPoints
 */
export async function buildDist(outdir, entryPoints) {
  rmSync(outdir, { recursive: true, force: true });
  const loadedByNode = await modulesOf('src/node.ts');
  const bundle = await rollup({
    input: entryPoints,
    external: id => /^(node|cloudflare):/.test(id) || (/^[^./]/.test(id) && id !== BINARIES),
    plugins: [sources],
    treeshake: { moduleSideEffects: id => id !== BINARIES },
    onwarn: warning => {
      throw new Error(warning.message);
    },
  });
  await bundle.write({
    dir: outdir,
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunk-[name].js',
    paths: { [BINARIES]: './binaries.js' },
    // A file that is imported by another is loaded all the same.
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    manualChunks: id => groupOf(relative(root, id).replaceAll('\\', '/'), loadedByNode),
    plugins: [withoutSpace],
  });
  await bundle.close();
}

/** The file that a module goes to, where one is named: groups of floors, so that no two files import each other. @param {string} file @param {Set<string>} loadedByNode */
function groupOf(file, loadedByNode) {
  if (!loadedByNode.has(file) || /^src\/\w+\.ts$/.test(file)) return;
  if (file.startsWith('src/adapters/node/')) return 'node';
  if (file.startsWith('src/inspect/')) return 'inspect';
  return /^src\/(record|handshake|connection|adapters)\//.test(file) ? 'tls' : 'base';
}

/** @param {string} entry @returns {Promise<Set<string>>} */
async function modulesOf(entry) {
  const { metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    packages: 'external',
    external: ['node:*', 'cloudflare:*'],
    metafile: true,
    write: false,
    outdir: '/',
  });
  return new Set(Object.keys(metafile.inputs));
}

/** TypeScript, and the binaries by name from one module with all texts. @type {import('rollup').Plugin} */
const sources = {
  name: 'sources',
  resolveId(source, importer) {
    if (source === BINARIES) return { id: BINARIES, external: true, moduleSideEffects: false };
    if (importer === undefined) return resolve(root, source);
    if (!source.startsWith('.')) return null;
    const binary = /\/generated\/(\w+)_wasm\.ts$/.exec(source)?.[1];
    if (binary !== undefined) return `\0binary:${binary}`;
    const file = join(
      dirname(importer),
      source.replace(/^\.\/adapters\/workerd\/host\.ts$/, './adapters/workerd/elsewhere.ts'),
    );
    if (!existsSync(file)) throw new Error(`${importer} imports ${source}, which is not there`);
    return file;
  },
  async load(id) {
    const binary = /^\0binary:(\w+)$/.exec(id)?.[1];
    if (binary !== undefined) return `export { ${binary} as bytes } from '${BINARIES}';`;
    const { code } = await transform(readFileSync(id, 'utf8'), { loader: 'ts', target: 'es2022', sourcefile: id });
    return { code, map: null };
  },
};

/** Names of functions, classes, properties and what is at the top stay: stack traces and util.inspect show them. @type {import('rollup').OutputPlugin} */
const withoutSpace = {
  name: 'without-space',
  async renderChunk(code, { name }) {
    const options = /** @type {const} */ ({ target: 'es2022', legalComments: 'none' });
    const { code: small } = await transform(code, { minifyWhitespace: true, minifySyntax: true, ...options });
    const short = await withShortLocals(small);
    return /register/.test(name) ? short : annotated(short);
  },
};
