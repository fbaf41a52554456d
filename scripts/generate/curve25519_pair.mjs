// Writes the multiplication and squaring of pairs of elements of 2^255 - 19 as straight-line SIMD code: one element in
// each half of a v128 (pair.ts says how).
// Usage: node scripts/generate/curve25519_pair.mjs [--check]   Writes assembly/ec/curve25519/pair_products.ts.

import { emitLines } from './emit.mjs';

const limbs = Array.from({ length: 10 }, (_, i) => i);
const bits = k => 26 - (k % 2);

/** @typedef {{ term: string, weight: number }[]} Products the sum of term * 2^weight */

/**
 * Lines that leave column k in h: products of limbs i and j with i + j = k, and 19 times those with i + j = k + 10. Odd
 * limbs stand half a bit above 25.5 i: a product of two of them counts twice.
 * @param {number} k @param {(total: number) => Products} products
 */
function column(k, products) {
  const zero = `v128.load(ZERO, ${k === 0 ? 0 : k % 2 === 0 ? 16 : 32})`;
  const lines = [`// Column ${k}`, `h = ${k === 0 ? zero : `i64x2.add(i64x2.shr_u(h, ${bits(k - 1)}), ${zero})`};`];
  const above = weighted('t', products(k + 10));
  if (above.length > 0) lines.push(...above, 'h = i64x2.add(h, times19(t));');
  lines.push(...weighted('t', products(k)), 'h = i64x2.add(h, t);');
  lines.push(`const r${k} = v128.and(h, v128.load(MASKS, ${k % 2 === 0 ? 0 : 16}));`);
  return lines;
}

/** Lines that leave a sum of products in `name`: the heaviest first, doubled until the next weight. @param {string} name @param {Products} list */
function weighted(name, list) {
  const sorted = [...list].sort((a, b) => b.weight - a.weight);
  return sorted.flatMap(({ term, weight }, i) => {
    const next = sorted[i + 1]?.weight ?? 0;
    const doublings = Array.from({ length: weight - next }, () => `${name} = twice(${name});`);
    return [`${name} = ${i === 0 ? term : `i64x2.add(${name}, ${term})`};`, ...doublings];
  });
}

/** @param {number} i @param {number} j */
const bothOdd = (i, j) => i & j & 1;

/** @param {number} total */
const products = total =>
  limbs
    .filter(i => limbs.includes(total - i))
    .map(i => ({ term: times(`f${i}`, `g${total - i}`), weight: bothOdd(i, total - i) }));

/** @param {number} total */
const squares = total =>
  limbs
    .filter(i => limbs.includes(total - i) && 2 * i <= total)
    .map(i => ({ term: times(`f${i}`, `f${total - i}`), weight: bothOdd(i, total - i) + (2 * i < total ? 1 : 0) }));

/** @param {string} x @param {string} y */
const times = (x, y) => `times(${x}, ${y})`;

/** @param {string} name */
const loads = name => limbs.map(i => `const ${name}${i} = v128.load64_zero(${name}, ${8 * i});`);

/** @param {(total: number) => Products} list */
function body(list) {
  return [
    'let h: v128, t: v128;',
    ...limbs.flatMap(k => column(k, list)),
    '// The carry out of limb 9 counts 2^255 = 19.',
    'h = i64x2.add(r0, times19(i64x2.shr_u(h, 25)));',
    'const s0 = v128.and(h, v128.load(MASKS));',
    'const s1 = i64x2.add(r1, i64x2.shr_u(h, 26));',
    ...[0, 2, 4, 6, 8].map(k => {
      const [x, y] = k === 0 ? ['s0', 's1'] : [`r${k}`, `r${k + 1}`];
      return `v128.store(out, v128.shuffle<i32>(${x}, ${y}, 0, 2, 4, 6), ${8 * k});`;
    }),
  ].map(line => `  ${line}`);
}

emitLines('assembly/ec/curve25519/pair_products.ts', 'scripts/generate/curve25519_pair.mjs', [
  '// Products of pairs of elements modulo 2^255 - 19, two at once; representation and bounds: pair.ts.',
  '',
  '// 2^37 p, limb by limb: added to the columns it changes nothing modulo p and leaves none of them negative, so that',
  '// carries are unsigned shifts. Columns are below 2^62.6 (even) and 2^61.9 (odd) in size before: factors a * b <= 12.',
  'const ZERO = memory.data<u64>([',
  '  0x7ffffda000000000, 0x7ffffda000000000, 0x7fffffe000000000, 0x7fffffe000000000,',
  '  0x3fffffe000000000, 0x3fffffe000000000,',
  '], 16);',
  '// From memory, as V8 rebuilds a constant at each use. Additions, as shifts compete with the unpacking of operands.',
  'const MASKS = memory.data<u64>([0x3ffffff, 0x3ffffff, 0x1ffffff, 0x1ffffff], 16);',
  '',
  '// @ts-ignore: decorator',
  '@inline',
  'function times(x: v128, y: v128): v128 {',
  '  return i64x2.extmul_low_i32x4_s(x, y);',
  '}',
  '',
  '// CT begin: secret = the limbs',
  '',
  '// @ts-ignore: decorator',
  '@inline',
  'function twice(x: v128): v128 {',
  '  return i64x2.add(x, x);',
  '}',
  '',
  '// @ts-ignore: decorator',
  '@inline',
  'function times19(x: v128): v128 {',
  '  return i64x2.add(i64x2.add(x, twice(x)), i64x2.shl(x, 4));',
  '}',
  '// CT end',
  '',
  '/** out = f * g, carried. Bounds a * b <= 12. May overlap. */',
  'export function multiplyPairs(out: usize, f: usize, g: usize): void {',
  '  // CT begin: secret = the limbs',
  ...[...loads('f'), ...loads('g')].map(line => `  ${line}`),
  ...body(products),
  '  // CT end',
  '}',
  '',
  '/** out = f^2, carried. Bound a * a <= 12. May overlap. */',
  'export function squarePairs(out: usize, f: usize): void {',
  '  // CT begin: secret = the limbs',
  ...loads('f').map(line => `  ${line}`),
  ...body(squares),
  '  // CT end',
  '}',
]);
