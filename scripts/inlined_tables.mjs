// For builds that carry less: numbers of registries in the place of their names, as a `const enum` would have it. A table that
// nobody looks anything up in is then nobody's, and bundlers leave it out.

import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parse } from 'acorn';
import { full } from 'acorn-walk';
import { build } from 'esbuild';
import { root } from './set_up.mjs';

/** Modules below src/ whose exported tables are replaced: those of values that the RFCs give. */
const modules = [
  ...readdirSync(join(root, 'src/registry')).map(file => `registry/${file}`),
  ...['asn1/der.ts', 'x509/extensions.ts', 'x509/algorithm.ts'],
  ...['base/cost.ts', 'crypto/finite_field_policy.ts', 'wasm/record_protection.ts'],
];

/** @typedef {Map<string, Record<string, number | string>>} Tables by the name of their export */

/** @returns {Promise<Map<string, Tables>>} by the path of the module below src/ */
export async function tablesOfValues() {
  /** @type {Map<string, Tables>} */
  const found = new Map();
  for (const module of modules) {
    const { outputFiles } = await build({
      entryPoints: [join(root, 'src', module)],
      bundle: true,
      format: 'esm',
      write: false,
      logLevel: 'error',
    });
    const code = Buffer.from(outputFiles[0].contents).toString('base64');
    const exported = await import(`data:text/javascript;base64,${code}`);
    found.set(module, new Map(Object.entries(exported).filter(([, value]) => isTable(value))));
  }
  return found;
}

/** @param {any} value */
function isTable(value) {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every(each => typeof each === 'number' || typeof each === 'string');
}

/**
 * @param {string} code JavaScript @param {string} path of its module @param {Map<string, Tables>} tables
 * @returns {string} with values in the place of `Table.name`
 */
export function inlined(code, path, tables) {
  const module = parse(code, { ecmaVersion: 'latest', sourceType: 'module' });
  /** @type {Tables} */
  const known = new Map(tables.get(relative(join(root, 'src'), path).replaceAll('\\', '/')));
  for (const statement of module.body) {
    if (statement.type !== 'ImportDeclaration' || typeof statement.source.value !== 'string') continue;
    const from = relative(join(root, 'src'), join(dirname(path), statement.source.value)).replaceAll('\\', '/');
    for (const specifier of statement.specifiers) {
      if (specifier.type !== 'ImportSpecifier' || specifier.imported.type !== 'Identifier') continue;
      const table = tables.get(from)?.get(specifier.imported.name);
      if (table !== undefined) known.set(specifier.local.name, table);
    }
  }
  if (known.size === 0) return code;
  /** @type {{ start: number, end: number, value: string }[]} */
  const places = [];
  full(module, (/** @type {any} */ node) => {
    if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return;
    const name = node.computed ? node.property.value : node.property.name;
    const table = known.get(node.object.name);
    if (table === undefined || typeof name !== 'string' || !Object.hasOwn(table, name)) return;
    places.push({ start: node.start, end: node.end, value: JSON.stringify(table[name]) });
  });
  let result = code;
  for (const { start, end, value } of places.sort((a, b) => b.start - a.start))
    result = result.slice(0, start) + value + result.slice(end);
  return result;
}
