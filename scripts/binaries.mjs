// Vouches for the shipped binaries: a second compilation, from a copy of the sources in another place with nothing built before,
// gives them byte for byte; their SHA-256 stands in docs/binaries.md; the bundles carry them; Binaryen's validator passes them.
// A part of npm run check. Usage: binaries.mjs [NAME ...]   Exit 1 and a line for each that fails.

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import binaryen from 'binaryen';
import { binariesPage } from './binaries_page.mjs';
import { streamsOf } from './binary_streams.mjs';
import { toText } from './binary_text.mjs';
import { compile } from './compile_wasm.mjs';
import { families, variants } from './memory_map.mjs';
import { root } from './set_up.mjs';
import { builds } from './variants.mjs';

const { SIMD128, BulkMemory, BulkMemoryOpt, MutableGlobals, SignExt, NontrappingFPToInt } = binaryen.Features;
const FEATURES = SIMD128 | BulkMemory | BulkMemoryOpt | MutableGlobals | SignExt | NontrappingFPToInt;

const sources = mkdtempSync(join(tmpdir(), 'castls-sources-'));
let failed = 0;
try {
  cpSync(join(root, 'assembly'), join(sources, 'assembly'), { recursive: true });
  cpSync(join(root, 'asconfig.json'), join(sources, 'asconfig.json'));
  const bundles = ['dist', ...Object.keys(builds)].flatMap(folder =>
    readdirSync(join(root, 'build', folder), { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.js'))
      .map(file => readFileSync(join(root, 'build', folder, file), 'utf8')),
  );
  const names = process.argv.slice(2);
  const queue = Object.entries({ ...families, ...variants })
    .filter(([name, { entry }]) => existsSync(join(root, entry)) && (names.length === 0 || names.includes(name)))
    .map(([name]) => name);
  const worker = async () => {
    for (let name = queue.shift(); name; name = queue.shift()) await vouch(name, bundles);
  };
  await Promise.all([worker(), worker()]);
} finally {
  rmSync(sources, { recursive: true, force: true });
}
if (readFileSync(join(root, 'docs/binaries.md'), 'utf8') !== binariesPage()) {
  fault('docs/binaries.md is not current: npm run docs');
}
process.exitCode = failed > 0 ? 1 : 0;

/** @param {string} name @param {string[]} bundles */
async function vouch(name, bundles) {
  const shipped = readFileSync(join(root, `build/wasm/${name}.wasm`));
  const again = await compile(sources, name, 'release', join(sources, `${name}.wasm`));
  if (!shipped.equals(again)) fault(`${name}: a second compilation gives other bytes`);
  if (!valid(shipped)) fault(`${name}: Binaryen does not validate it`);
  // Whole in builds for everybody, taken apart in those that carry less; the builds of the core for these are in no other.
  for (const text of [
    ...(name in variants ? [] : [toText(shipped)]),
    ...(name === 'core' ? [] : [toText(streamsOf(shipped))]),
  ])
    if (!bundles.some(bundle => bundle.includes(text))) fault(`${name}: no bundle carries these bytes`);
  console.log(`${createHash('sha256').update(shipped).digest('hex')}  ${name}.wasm`);
}

/** @param {Buffer} bytes */
function valid(bytes) {
  let module;
  try {
    module = binaryen.readBinary(bytes);
    module.setFeatures(FEATURES);
    return module.validate() === 1;
  } catch {
    return false; // no WebAssembly at all
  } finally {
    module?.dispose();
  }
}

/** @param {string} what */
function fault(what) {
  console.error(what);
  failed++;
}
