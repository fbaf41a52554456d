// Writes assembly/core/aead/ghash_product.ts: sixteen blocks times one constant, as straight-line code.
// Usage: generate_ghash.mjs [--check] (a test runs the check).

import { emit } from './generated_file.mjs';

// Sub-products of this size (in byte columns) go to scratch and come back from there: engines that sink pure
// operations towards their uses would otherwise keep more values alive than there are registers.
const STORED = Number(process.env.STORED ?? 4);

/** @type {string[]} */
const body = [];
let names = 0;
let leaves = 0;
let slots = 0;

/** @param {string} prefix @param {string} expression */
function local(prefix, expression) {
  const name = `${prefix}${names++}`;
  body.push(`  const ${name} = ${expression};`);
  return name;
}

/** @param {string} a @param {string} b */
const xor = (a, b) => `v128.xor(${a}, ${b})`;

/** A column as its two nibbles. @typedef {{low: string, high: string}} Column */

/** @param {Column[]} a @param {Column[]} b @returns {Column[]} */
const sum = (a, b) =>
  a.map((column, i) => ({ low: local('l', xor(column.low, b[i].low)), high: local('h', xor(column.high, b[i].high)) }));

/**
 * Toeplitz matrix times `columns`. The tables of its leaves follow each other in the order P0, P1, P2.
 * @param {Column[]} columns @returns {string[]}
 */
function product(columns) {
  const n = columns.length;
  if (n === 1) {
    const at = 32 * leaves++;
    return [
      local(
        'p',
        xor(
          `i8x16.swizzle(load<v128>(tables, ${at}), ${columns[0].low})`,
          `i8x16.swizzle(load<v128>(tables, ${at + 16}), ${columns[0].high})`,
        ),
      ),
    ];
  }
  const first = columns.slice(0, n / 2);
  const second = columns.slice(n / 2);
  const p0 = product(second);
  const p1 = product(first);
  const p2 = product(sum(first, second));
  const out = [...p0.map((p, i) => xor(p2[i], p)), ...p1.map((p, i) => xor(p2[i], p))];
  if (n !== STORED && n !== 8) return out.map(expression => local('q', expression));
  return out.map(expression => {
    const at = 16 * slots++;
    body.push(`  store<v128>(scratch, ${expression}, ${at});`);
    return `load<v128>(scratch, ${at})`;
  });
}

const columns = Array.from({ length: 16 }, (_, i) => ({
  low: `load<v128>(columns, ${32 * i})`,
  high: `load<v128>(columns, ${32 * i + 16})`,
}));
const out = product(columns);

emit('assembly/core/aead/ghash_product.ts', 'scripts/generate_ghash.mjs', [
  '// A Toeplitz matrix of 16 by 16 bytes over GF(2) times sixteen columns, by Karatsuba on blocks of the matrix: for',
  '// T = [T1 T0; T2 T1] and V = [V0; V1], P0 = (T0 + T1)V1, P1 = (T1 + T2)V0, P2 = T1(V0 + V1), T*V = [P2 + P0; P2 + P1].',
  '// The 81 leaves are lookups of nibbles in registers at fixed addresses (aead/ghash_tables.ts).',
  '',
  '/** Bytes of scratch that the product needs. */',
  `export const PRODUCT_SCRATCH: usize = ${16 * slots};`,
  '',
  '/**',
  ' * @param tables 81 pairs of 16-byte tables @param columns for each byte position of the 16 blocks a vector of low',
  ' * nibbles and one of high nibbles @param out 16 vectors @param scratch PRODUCT_SCRATCH bytes',
  ' */',
  'export function toeplitzProduct(tables: usize, columns: usize, out: usize, scratch: usize): void {',
  '  // CT begin: secret = tables, columns',
  ...body,
  ...out.map((name, i) => `  store<v128>(out, ${name}, ${16 * i});`),
  '  // CT end',
  '}',
]);
