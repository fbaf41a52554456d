// Writes assembly/core/aead/ghash_product.ts: sixteen blocks times one constant, as straight-line code.
// Usage: generate/ghash.mjs [--check] (a test runs the check).

import { emitLines } from './emit.mjs';

// Sub-products of these sizes (in byte columns) go to scratch and come back from there: engines that sink pure
// operations towards their uses would otherwise keep more values alive than there are registers. Measured on Node 20:
// 1900 MB/s with 2 and 8, 1600 with 4 and 8, 820 with none.
const STORED = [2, 8];

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
const xor = (a, b) => `v128.xor(${a},${b.startsWith('\n') ? '' : ' '}${b})`;

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
          `\n    i8x16.swizzle(load<v128>(tables, ${at}), ${columns[0].low})`,
          `\n    i8x16.swizzle(load<v128>(tables, ${at + 16}), ${columns[0].high})\n  `,
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
  if (!STORED.includes(n)) return out.map(expression => local('q', expression));
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

emitLines('assembly/core/aead/ghash_product.ts', 'scripts/generate/ghash.mjs', [
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

// One block times one constant: diagonal d = -15..15 of the matrix is one table, looked up for all sixteen bytes of the
// block at once; what it gives belongs d bytes further on. Sums of four go through memory for the reason above
// (580 MB/s; 390 with single ones, 450 with all in registers).
const GROUP = 4;
const diagonals = Array.from({ length: 31 }, (_, i) => i - 15);
const diagonalLines = diagonals.flatMap((d, i) => {
  const at = 32 * i;
  const order = Array.from({ length: 16 }, (_, p) => (d > 0 ? 16 - d + p : p - d)).join(', ');
  const moved = [`v128.shuffle<u8>(t, zero, ${order})`, 't', `v128.shuffle<u8>(zero, t, ${order})`][Math.sign(d) + 1];
  const lines = [
    `  ${i === 0 ? 'let ' : ''}t = v128.xor(`,
    `    i8x16.swizzle(load<v128>(tables, ${at}), low),`,
    `    i8x16.swizzle(load<v128>(tables, ${at + 16}), high),`,
    '  );',
    `  ${i === 0 ? 'let ' : ''}sum = ${i % GROUP === 0 ? moved : `v128.xor(sum, ${moved})`};`,
  ];
  if (i % GROUP === GROUP - 1) lines.push(`  store<v128>(scratch, sum, ${16 * Math.floor(i / GROUP)});`);
  return lines;
});
const sums = Array.from({ length: Math.floor(diagonals.length / GROUP) }, (_, i) => 16 * i);

emitLines('assembly/core/aead/ghash_block.ts', 'scripts/generate/ghash.mjs', [
  '// A Toeplitz matrix of 16 by 16 bytes over GF(2) times one block, diagonal by diagonal.',
  '',
  '/** Bytes of scratch that toeplitzBlock needs. */',
  `export const BLOCK_SCRATCH: usize = ${16 * sums.length};`,
  '',
  '/**',
  ' * @param tables pairs of 16-byte tables for diagonals -15..15, row less column (aead/ghash_tables.ts)',
  ' * @param scratch BLOCK_SCRATCH bytes',
  ' */',
  'export function toeplitzBlock(block: v128, tables: usize, scratch: usize): v128 {',
  '  // CT begin: secret = block, tables',
  '  const zero = i32x4.splat(0);',
  '  const low = v128.and(block, i8x16.splat(0x0f));',
  '  const high = v128.and(i16x8.shr_u(block, 4), i8x16.splat(0x0f));',
  ...diagonalLines,
  ...sums.map(at => `  sum = v128.xor(sum, load<v128>(scratch, ${at}));`),
  '  return sum;',
  '  // CT end',
  '}',
]);
