// What pages carry: bundles the pages of pages.mjs as a user would, from the built package, minified for browsers, and
// prints their bytes and their binaries; what each feature adds to one, and each part to a page that has none. Prints the Markdown of
// docs/performance.md. Fails if a page has more than pages.mjs allows.
// Usage: page_bytes.mjs [--write] (after a build)   --write puts it there

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';
import { streamsOf } from './binary_streams.mjs';
import { toText } from './binary_text.mjs';
import { families, variants } from './memory_map.mjs';
import { features, pages, pageWithFeatures, parts } from './pages.mjs';
import { root } from './set_up.mjs';

/** @typedef {{ code: string, bytes: number, gzipped: number, brotli: number, binaries: string[] }} Bundle */

/**
 * Bundles a page. @param {string} source @param {string} folder has castls among its node_modules
 * @param {string[]} conditions of exports @param {boolean} terser it minifies what esbuild has @returns {Promise<Bundle>}
 */
export async function bundlePage(source, folder, conditions = [], terser = false) {
  const result = await build({
    stdin: { contents: source, resolveDir: folder, loader: 'js' },
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    target: 'es2022',
    conditions,
    write: false,
    logLevel: 'error',
  });
  const [{ text: bundled }] = result.outputFiles;
  const text = terser ? await minifiedByTerser(bundled) : bundled;
  const contents = Buffer.from(text);
  const gzipped = gzipSync(contents, { level: 9 }).length;
  const brotli = brotliCompressSync(contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  return { code: text, bytes: contents.length, gzipped, brotli, binaries: binariesIn(text) };
}

/** @param {string} code @returns {Promise<string>} */
async function minifiedByTerser(code) {
  const { code: shorter = code } = await minify(code, { module: true, ecma: 2020, compress: { passes: 3 } });
  return shorter;
}

/** Names of the binaries whose text is in `code`, whole, sorted. @param {string} code @returns {string[]} */
export function binariesIn(code) {
  return Object.keys({ ...families, ...variants })
    .filter(name => textsOf(name).some(text => code.includes(text)))
    .sort();
}

/** As builds that carry all have it, and those that carry less. @param {string} name @returns {string[]} */
function textsOf(name) {
  const binary = readFileSync(join(root, `build/wasm/${name}.wasm`));
  return [toText(binary), toText(streamsOf(binary))];
}

/** @param {number} count */
const grouped = count => count.toLocaleString('en');

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'castls-pages-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules/castls'), 'junction');
    const tables = [
      ...(await pageRows(folder)),
      ...['', ...(await featureRows(folder))],
      ...['', ...(await partRows(folder))],
    ].join('\n');
    if (process.argv.includes('--write')) writeTables(tables);
    else console.log(tables);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string} tables */
function writeTables(tables) {
  const file = join(root, 'docs/performance.md');
  const [begin, end] = ['<!-- pages: begin -->', '<!-- pages: end -->'];
  const [before, rest] = readFileSync(file, 'utf8').split(begin);
  writeFileSync(file, `${before}${begin}\n${tables}\n${end}${rest.split(end)[1]}`);
}

/** @param {string} folder */
async function pageRows(folder) {
  const rows = ['| page | | binaries | bytes, minified | brotli 11 | gzip -9 |', '|---|---|---|---:|---:|---:|'];
  for (const { name, what, source, conditions, terser, most } of pages) {
    const { bytes, gzipped, brotli, binaries } = await bundlePage(source, folder, conditions, terser);
    const numbers = [bytes, brotli, gzipped].map(grouped).join(' | ');
    rows.push(`| ${name} | ${what} | ${binaries.join(', ')} | ${numbers} |`);
    if (gzipped <= most[0] && brotli <= most[1]) continue;
    console.error(`${name}: gzip ${gzipped} of ${most[0]}, brotli ${brotli} of ${most[1]}`);
    process.exitCode = 1;
  }
  return rows;
}

/** What each feature adds to the smallest client of castls-tls13. @param {string} folder */
async function featureRows(folder) {
  const bundled = (/** @type {string[]} */ names) => bundlePage(pageWithFeatures(names), folder, ['castls-tls13']);
  const rows = ['| feature | beside | bytes, minified | brotli 11 | gzip -9 |', '|---|---|---:|---:|---:|'];
  for (const [name, beside] of Object.entries(features)) {
    const [without, page] = [await bundled(beside), await bundled([...beside, name])];
    const numbers = [page.bytes - without.bytes, page.brotli - without.brotli, page.gzipped - without.gzipped];
    const others = beside.map(other => `\`${other}\``).join(', ');
    rows.push(`| \`${name}\` | ${others} | ${numbers.map(grouped).join(' | ')} |`);
  }
  return rows;
}

/** @param {string} folder */
async function partRows(folder) {
  const page = (/** @type {string} */ list, /** @type {string[]} */ names) => `
import { clientConfig, Connection, ${['wasmProvider', ...names].join(', ')} } from 'castls/parts';
globalThis.connect = verifier => {
  const config = clientConfig({ provider: wasmProvider({ ${list}: [${names.join(', ')}] }), verifier });
  return new Connection(config.settings({}), config);
};`;
  const bare = await bundlePage(page('groups', []), folder);
  const rows = ['| part | binaries | bytes, minified | gzip -9 |', '|---|---|---:|---:|'];
  for (const [list, names] of Object.entries(parts)) {
    for (const name of names) {
      const { bytes, gzipped, binaries } = await bundlePage(page(list, [name]), folder);
      const added = binaries.filter(binary => !bare.binaries.includes(binary)).join(', ');
      const [minified, zipped] = [grouped(bytes - bare.bytes), grouped(gzipped - bare.gzipped)];
      rows.push(`| \`${name}\` | ${added} | ${minified} | ${zipped} |`);
    }
  }
  return rows;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
