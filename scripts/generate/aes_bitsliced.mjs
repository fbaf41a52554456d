// Writes the straight-line rounds of the bitsliced AES, assembly/core/cipher/aes_bitsliced_rounds.ts.
// Usage: generate/aes_bitsliced.mjs [--check] (a test runs the check).

import { emitLines } from './emit.mjs';

// S-box of J. Boyar and R. Peralta, "A new combinational logic minimization technique with applications to cryptology"
// (eprint 2009/191): x0 and s0 are the most significant bits. Its four complements are left out: the
// round keys carry their 0x63 (aes_bitsliced.ts).
const sboxCircuit = `
  y14=x3^x5 y13=x0^x6 y9=x0^x3 y8=x0^x5 t0=x1^x2 y1=t0^x7 y4=y1^x3 y12=y13^y14 y2=y1^x0 y5=y1^x6 y3=y5^y8
  t1=x4^y12 y15=t1^x5 y20=t1^x1 y6=y15^x7 y10=y15^t0 y11=y20^y9 y7=x7^y11 y17=y10^y11 y19=y10^y8 y16=t0^y11
  y21=y13^y16 y18=x0^y16
  t2=y12&y15 t3=y3&y6 t4=t3^t2 t5=y4&x7 t6=t5^t2 t7=y13&y16 t8=y5&y1 t9=t8^t7 t10=y2&y7 t11=t10^t7 t12=y9&y11
  t13=y14&y17 t14=t13^t12 t15=y8&y10 t16=t15^t12 t17=t4^t14 t18=t6^t16 t19=t9^t14 t20=t11^t16 t21=t17^y20
  t22=t18^y19 t23=t19^y21 t24=t20^y18
  t25=t21^t22 t26=t21&t23 t27=t24^t26 t28=t25&t27 t29=t28^t22 t30=t23^t24 t31=t22^t26 t32=t31&t30 t33=t32^t24
  t34=t23^t33 t35=t27^t33 t36=t24&t35 t37=t36^t34 t38=t27^t36 t39=t29&t38 t40=t25^t39
  t41=t40^t37 t42=t29^t33 t43=t29^t40 t44=t33^t37 t45=t42^t41
  z0=t44&y15 z1=t37&y6 z2=t33&x7 z3=t43&y16 z4=t40&y1 z5=t29&y7 z6=t42&y11 z7=t45&y17 z8=t41&y10 z9=t44&y12
  z10=t37&y3 z11=t33&y4 z12=t43&y13 z13=t40&y5 z14=t29&y2 z15=t42&y9 z16=t45&y14 z17=t41&y8
  t46=z15^z16 t47=z10^z11 t48=z5^z13 t49=z9^z10 t50=z2^z12 t51=z2^z5 t52=z7^z8 t53=z0^z3 t54=z6^z7 t55=z16^z17
  t56=z12^t48 t57=t50^t53 t58=z4^t46 t59=z3^t54 t60=t46^t57 t61=z14^t57 t62=t52^t58 t63=t49^t58 t64=z4^t59
  t65=t61^t62 t66=z1^t63 s0=t59^t63 s6=t56^t62 s7=t48^t60 t67=t64^t65 s3=t53^t66 s4=t51^t66 s5=t47^t65
  s1=t64^s3 s2=t55^t67`
  .trim()
  .split(/\s+/);

const sboxLines = sboxCircuit.map(gate => {
  const [, out, left, operator, right] = /^(\w+)=(\w+)([&^])(\w+)$/.exec(gate) ?? [];
  return `    const ${out} = v128.${operator === '&' ? 'and' : 'xor'}(${left}, ${right});`;
});
const bits = [0, 1, 2, 3, 4, 5, 6, 7];
const rows = [0, 1, 2, 3];
/** Address of a plane. @param {number} row @param {number} bit 0 is the least significant */
const plane = (row, bit) => 128 * row + 16 * bit;
/** ShiftRows turns row r by r columns, a lane each (FIPS 197 §5.1.2). @param {number} row @param {string} value */
const shifted = (row, value) =>
  row === 0 ? value : `v128.shuffle<u32>(${value}, ${value}, ${rows.map(column => (column + row) % 4).join(', ')})`;

// MixColumns (§5.1.3): with u_r = a_r + a_(r+1), out_r = x * u_r + a_(r+1) + u_(r+2). From bit 7 down, so that it
// works in place: a plane is written when neither it nor the one above is needed any more. x * u adds bit 7 to bits 0, 1, 3 and 4.
const mixLines = [...bits].reverse().flatMap(bit => {
  const lines = [];
  /** @param {number} b */
  const loadPlanes = b => rows.map(r => `  const a${r}_${b} = ${shifted(r, `load<v128>(from, ${plane(r, b)})`)};`);
  /** @param {number} b */
  const sums = b => rows.map(r => `  const u${r}_${b} = v128.xor(a${r}_${b}, a${(r + 1) % 4}_${b});`);
  if (bit === 7) lines.push(...loadPlanes(7), ...sums(7));
  if (bit > 0) lines.push(...loadPlanes(bit - 1), ...sums(bit - 1));
  for (const r of rows) {
    let value = `v128.xor(v128.xor(a${(r + 1) % 4}_${bit}, u${(r + 2) % 4}_${bit}), load<v128>(key, ${plane(r, bit)}))`;
    if (bit > 0) value = `v128.xor(${value}, u${r}_${bit - 1})`;
    if ([0, 1, 3, 4].includes(bit)) value = `v128.xor(${value}, u${r}_7)`;
    lines.push(`  store<v128>(to, ${value}, ${plane(r, bit)});`);
  }
  return lines;
});

// Eight bit planes -> eight vectors of whole bytes, by exchanging bits between vectors at distances 1, 2 and 4.
const gatherLines = [
  [1, 'ones'],
  [2, 'twos'],
  [4, 'fours'],
].flatMap(([n, mask]) =>
  bits
    .filter(bit => (bit & Number(n)) === 0)
    .flatMap(bit => {
      const other = bit + Number(n);
      const t = `t${n}_${bit}`;
      return [
        `    const ${t} = v128.and(v128.xor(i32x4.shr_u(a${bit}, ${n}), a${other}), ${mask});`,
        `    a${bit} = v128.xor(a${bit}, i32x4.shl(${t}, ${n}));`,
        `    a${other} = v128.xor(a${other}, ${t});`,
      ];
    }),
);

const unpackLow8 = '0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23';
const unpackHigh8 = '8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31';
/** @param {string} name @param {string} type @param {string} a @param {string} b @param {string} order */
const shuffle = (name, type, a, b, order) => `    const ${name} = v128.shuffle<${type}>(${a}, ${b}, ${order});`;
const low16 = '0, 8, 1, 9, 2, 10, 3, 11';
const high16 = '4, 12, 5, 13, 6, 14, 7, 15';
// Rows -> columns within a block: bytes, then pairs, then the 4 by 4 lanes.
const writeLines = [
  ...rows.map(r => `    const r${r} = load<v128>(at, ${128 * r});`),
  shuffle('e0', 'u8', 'r0', 'r1', unpackLow8),
  shuffle('e1', 'u8', 'r0', 'r1', unpackHigh8),
  shuffle('f0', 'u8', 'r2', 'r3', unpackLow8),
  shuffle('f1', 'u8', 'r2', 'r3', unpackHigh8),
  shuffle('c0', 'u16', 'e0', 'f0', low16),
  shuffle('c1', 'u16', 'e0', 'f0', high16),
  shuffle('c2', 'u16', 'e1', 'f1', low16),
  shuffle('c3', 'u16', 'e1', 'f1', high16),
  shuffle('g0', 'u32', 'c0', 'c1', '0, 4, 1, 5'),
  shuffle('g1', 'u32', 'c0', 'c1', '2, 6, 3, 7'),
  shuffle('h0', 'u32', 'c2', 'c3', '0, 4, 1, 5'),
  shuffle('h1', 'u32', 'c2', 'c3', '2, 6, 3, 7'),
  shuffle('b0', 'u64', 'g0', 'h0', '0, 2'),
  shuffle('b1', 'u64', 'g0', 'h0', '1, 3'),
  shuffle('b2', 'u64', 'g1', 'h1', '0, 2'),
  shuffle('b3', 'u64', 'g1', 'h1', '1, 3'),
  ...rows.map(m => `    store<v128>(data, v128.xor(load<v128>(data, ${128 * m}), b${m}), ${128 * m});`),
];

const bitslicedFile = [
  '// Rounds of the bitsliced AES: 32 blocks in 32 vectors, one for each bit of each row of the state (FIPS 197 §3.4).',
  '//',
  '//   plane [row][bit] at 128 * row + 16 * bit;  a 32-bit lane is a column;  bit k of a lane belongs to block k',
  '',
  '/** SubBytes of as many rows, but for the constant 0x63. `from` and `to` may be the same planes. */',
  'export function substituteRows(from: usize, to: usize, rows: usize): void {',
  '  // CT begin: secret = planes',
  '  for (const end = to + (rows << 7); to != end; to += 128, from += 128) {',
  ...bits.map(bit => `    const x${7 - bit} = load<v128>(from, ${16 * bit});`),
  ...sboxLines,
  ...bits.map(bit => `    store<v128>(to, s${7 - bit}, ${16 * bit});`),
  '  }',
  '  // CT end',
  '}',
  '',
  '/** ShiftRows, MixColumns and AddRoundKey. `from` and `to` may be the same planes. */',
  'export function mixPlanes(from: usize, to: usize, key: usize): void {',
  '  // CT begin: secret = planes, key',
  ...mixLines,
  '  // CT end',
  '}',
  '',
  '// Row r turned by r columns, as orders for swizzles.',
  'const rowTurns = memory.data<u8>([',
  ...rows.map(r => `  ${rows.flatMap(c => rows.map(i => 4 * ((c + r) % 4) + i)).join(', ')},`),
  '], 16);',
  '',
  '/**',
  ' * ShiftRows and the last AddRoundKey, and the bits of each byte brought together, in place: afterwards byte m of',
  ' * column c in plane [row][j] is that of block 8 * m + j.',
  ' */',
  'export function gatherPlanes(planes: usize, key: usize): void {',
  '  // CT begin: secret = planes, key',
  '  const ones = i8x16.splat(0x55);',
  '  const twos = i8x16.splat(0x33);',
  '  const fours = i8x16.splat(0x0f);',
  '  for (let row: usize = 0; row < 64; row += 16) {',
  '    const turn = load<v128>(rowTurns + row);',
  ...bits.map(
    bit =>
      `    let a${bit} = v128.xor(i8x16.swizzle(load<v128>(planes, ${16 * bit}), turn), load<v128>(key, ${16 * bit}));`,
  ),
  ...gatherLines,
  ...bits.map(bit => `    store<v128>(planes, a${bit}, ${16 * bit});`),
  '    planes += 128;',
  '    key += 128;',
  '  }',
  '  // CT end',
  '}',
  '',
  '/** Xors the 32 blocks of gatherPlanes into 512 bytes of data. */',
  'export function xorBlocks(planes: usize, data: usize): void {',
  '  // CT begin: secret = planes, data',
  '  for (let at = planes, end = planes + 128; at != end; at += 16, data += 16) {',
  ...writeLines,
  '  }',
  '  // CT end',
  '}',
];
emitLines('assembly/core/cipher/aes_bitsliced_rounds.ts', 'scripts/generate/aes_bitsliced.mjs', bitslicedFile);
