// Writes the generated parts of assembly/core/cipher: the tables and rounds of the vector-permute AES and the
// straight-line rounds of the bitsliced AES. Usage: generate_aes.mjs [--check] (a test runs the check).
//
// Vector permute after M. Hamburg, "Accelerating AES with Vector Permute Instructions" (CHES 2009), derived here from
// the field alone. GF(2^8) = GF(2^4)[z], z^2 + z + 1/a = 0, conjugate z' = z + 1. Write x = i*z + j*z' and k = i + j.
// With D = i*j + k^2/a the inverse is (j*z + i*z')/D, and io = 1/(1/i + a/k) + j, jo = 1/(1/j + a/k) + i fulfil
// 1/io = (k + a*i)/(a*D), 1/jo = (k + a*j)/(a*D): any linear map of 1/x is a sum of one 16-entry lookup in io and
// one in jo. Infinity is 0x80, whose lookup gives zero as 1/infinity should.

import { emit } from './generated_file.mjs';

// --- GF(2^8) and its subfield

/** @param {number} a @param {number} b */
function multiply(a, b) {
  let product = 0;
  for (; b > 0; b >>= 1, a = (a << 1) ^ (a & 0x80 ? 0x11b : 0)) if (b & 1) product ^= a;
  return product;
}

/** @param {number} a */
function invert(a) {
  let result = 1;
  for (let i = 0; i < 254; i++) result = multiply(result, a);
  return a === 0 ? 0 : result;
}

const bytes = [...Array(256).keys()];
const subfield = bytes.filter(x => power(x, 16) === x);

/** @param {number} x @param {number} n */
function power(x, n) {
  let result = 1;
  for (let i = 0; i < n; i++) result = multiply(result, x);
  return result;
}

// Basis 1, w, w^2, w^3 of GF(2^4); nibble -> element and back.
const w = subfield.find(x => x > 1 && multiply(x, multiply(x, multiply(x, x))) === (x ^ 1));
if (w === undefined) throw new Error('no root of w^4 = w + 1');
const basis = [1, w, multiply(w, w), multiply(w, multiply(w, w))];
const element = [...Array(16).keys()].map(n => basis.reduce((sum, b, bit) => (n & (1 << bit) ? sum ^ b : sum), 0));
/** @param {number} x */
const nibble = x => element.indexOf(x);

// The first a whose z lies outside the subfield.
const [a, z] = (() => {
  for (const candidate of subfield.filter(x => x > 1)) {
    const root = bytes.find(x => (multiply(x, x) ^ x) === invert(candidate) && !subfield.includes(x));
    if (root !== undefined) return [candidate, root];
  }
  throw new Error('no quadratic extension');
})();

// --- linear maps on bytes

/** Standard basis -> tower basis, i in the high nibble, k in the low one: x = k*z + j. @param {number} x */
function toTower(x) {
  for (let k = 0; k < 16; k++) {
    const j = x ^ multiply(element[k], z);
    if (subfield.includes(j)) return ((nibble(j) ^ k) << 4) | k;
  }
  throw new Error('not in the tower');
}

/** The linear part of the S-box's affine map (FIPS 197 §5.1.1). @param {number} x */
const affine = x => [1, 2, 3, 4].reduce((sum, n) => sum ^ (((x << n) | (x >> (8 - n))) & 0xff), x);
const affineInverse = bytes.map(y => bytes.find(x => affine(x) === y) ?? 0);
/** Into the basis of the inverse cipher: the inverse affine map, then the tower. @param {number} x */
const toInverseTower = x => toTower(affineInverse[x]);

const nibbles = [...Array(16).keys()];
/** @param {(x: number) => number} map */
const low = map => nibbles.map(n => map(n));
/** @param {(x: number) => number} map */
const high = map => nibbles.map(n => map(n << 4));

/** Lookup tables that give map(1/x) from io and jo. @param {(x: number) => number} map */
function fromInverse(map) {
  const onePlusA = a ^ 1;
  /** @param {number} u 1/io @param {number} v 1/jo */
  const inverse = (u, v) => {
    const p = multiply(u ^ multiply(onePlusA, v), invert(a));
    const q = multiply(multiply(onePlusA, u) ^ v, invert(a));
    return multiply(p, z) ^ multiply(q, z ^ 1);
  };
  return {
    u: nibbles.map(n => map(inverse(invert(element[n]), 0))),
    t: nibbles.map(n => map(inverse(0, invert(element[n])))),
  };
}

// --- permutations of the 16 bytes: out[p] = in[permutation[p]], p = 4 * column + row

const positions = [...Array(16).keys()];
const shiftRows = positions.map(p => (((p >> 2) + (p & 3)) % 4) * 4 + (p & 3));
/** @param {number} n */
const rotate = n => positions.map(p => (p & 12) | ((p + n) & 3));
/** The first applied to the result of the second, and so on. @param {number[][]} list */
const compose = (...list) => list.reduce((outer, inner) => outer.map(p => inner[p]));
/** @param {number} m */
const shiftRowsPower = m => compose(positions, ...Array(((m % 4) + 4) % 4).fill(shiftRows));
/** A permutation as it looks while `m` ShiftRows are still owed. @param {number[]} permutation @param {number} m */
const owed = (permutation, m) => compose(shiftRowsPower(-m), permutation, shiftRowsPower(m));

// --- the tables

/** @type {[string, number[]][]} */
const tables = [];
/** @param {string} name @param {number[]} values */
const table = (name, values) => tables.push([name, values]);
/** @param {string} name @param {(x: number) => number} map */
function pair(name, map) {
  const { u, t } = fromInverse(map);
  table(`${name}_U`, u);
  table(`${name}_T`, t);
}

table(
  'LOW_NIBBLES',
  positions.map(() => 0x0f),
);
table(
  'INVERSE',
  nibbles.map(n => (n === 0 ? 0x80 : nibble(invert(element[n])))),
);
table(
  'A_OVER',
  nibbles.map(n => (n === 0 ? 0x80 : nibble(multiply(a, invert(element[n]))))),
);
table('IN_LOW', low(toTower));
table('IN_HIGH', high(toTower));
pair('SUB1', x => toTower(affine(x)));
pair('SUB2', x => toTower(multiply(2, affine(x))));
pair('SUB_OUT', affine);
table('INVERSE_IN_LOW', low(toInverseTower));
table('INVERSE_IN_HIGH', high(toInverseTower));
for (const factor of [9, 13, 11, 14]) pair(`INVERSE_SUB${factor}`, x => toInverseTower(multiply(factor, x)));
pair('INVERSE_SUB_OUT', x => x);
for (let m = 0; m < 4; m++) table(`SHIFT_ROWS_${m}`, shiftRowsPower(m));
for (let m = 0; m < 4; m++) table(`ROTATE1_${m}`, owed(rotate(1), m));
for (let m = 0; m < 4; m++) table(`ROTATE3_${m}`, owed(rotate(3), m));

const tableFile = [
  '// Tables of the vector-permute AES, 16 bytes each: field lookups and byte permutations (see scripts/generate_aes.mjs).',
  'export const permuteTables = memory.data<u8>([',
  ...tables.map(
    ([name, values]) => `  ${values.map(v => `0x${v.toString(16).padStart(2, '0')}`).join(', ')}, // ${name}`,
  ),
  '], 16);',
  '',
  '/** Offsets into permuteTables. Tables numbered 0..3 are for that many ShiftRows still owed, modulo 4. */',
  ...tables.map(([name], at) => `export const ${name}: usize = ${16 * at};`),
];
emit('assembly/core/cipher/aes_permute_tables.ts', 'scripts/generate_aes.mjs', tableFile);

// --- the rounds, for several blocks side by side so that one's latency hides behind another's

/** @param {number} lanes @param {(lane: number) => string[]} body */
const each = (lanes, body) => {
  const parts = [...Array(lanes).keys()].map(body);
  return parts[0].flatMap((_, line) => parts.map(part => part[line]));
};

/** io and jo of every lane's state x. @param {number} lanes @param {string} indent */
const inversion = (lanes, indent) =>
  each(lanes, l => [
    `const i${l} = v128.and(i16x8.shr_u(x${l}, 4), low);`,
    `let k${l} = v128.and(x${l}, low);`,
    `const ak${l} = i8x16.swizzle(over, k${l});`,
    `k${l} = v128.xor(k${l}, i${l});`,
    `let io${l} = v128.xor(i8x16.swizzle(inverse, i${l}), ak${l});`,
    `let jo${l} = v128.xor(i8x16.swizzle(inverse, k${l}), ak${l});`,
    `io${l} = v128.xor(i8x16.swizzle(inverse, io${l}), k${l});`,
    `jo${l} = v128.xor(i8x16.swizzle(inverse, jo${l}), i${l});`,
  ]).map(line => indent + line);

/** @param {string} name @param {string} lane */
const lookup = (name, lane) => `v128.xor(i8x16.swizzle(${name}U, io${lane}), i8x16.swizzle(${name}T, jo${lane}))`;

/** @param {string} local @param {string} name */
const loadPair = (local, name) => [
  `  const ${local}U = load<v128>(permuteTables, ${name}_U);`,
  `  const ${local}T = load<v128>(permuteTables, ${name}_T);`,
];

/** @param {number} lanes */
function encryptFunction(lanes) {
  const head = signature('encrypt', lanes);
  return [
    `/** Encrypts ${blocks(lanes)} with \`rounds\` rounds under the round keys of expandEncrypt. */`,
    ...head.open,
    '  // CT begin: secret = round keys, blocks',
    '  const low = load<v128>(permuteTables, LOW_NIBBLES);',
    '  const inverse = load<v128>(permuteTables, INVERSE);',
    '  const over = load<v128>(permuteTables, A_OVER);',
    ...loadPair('one', 'SUB1'),
    ...loadPair('two', 'SUB2'),
    '  let key = load<v128>(keys);',
    ...each(lanes, l => [`  let x${l} = v128.xor(toBasis(${head.input(l)}, IN_LOW, IN_HIGH), key);`]),
    '  const last = keys + (<usize>rounds << 4);',
    '  let owed: usize = 16;',
    '  for (keys += 16; keys != last; keys += 16) {',
    '    const forward = load<v128>(permuteTables + owed, ROTATE1_0);',
    '    const backward = load<v128>(permuteTables + owed, ROTATE3_0);',
    '    owed = (owed + 16) & 48;',
    '    key = load<v128>(keys);',
    ...inversion(lanes, '    '),
    // MixColumns: b = 2a + rot1(a); result = b + rot1(b) + rot3(a).
    ...each(lanes, l => [
      `    let a${l} = ${lookup('one', `${l}`)};`,
      `    let b${l} = v128.xor(${lookup('two', `${l}`)}, i8x16.swizzle(a${l}, forward));`,
      `    a${l} = v128.xor(v128.xor(i8x16.swizzle(a${l}, backward), key), b${l});`,
      `    x${l} = v128.xor(a${l}, i8x16.swizzle(b${l}, forward));`,
    ]),
    '  }',
    '  key = load<v128>(last);',
    '  const order = load<v128>(permuteTables + owed, SHIFT_ROWS_0);',
    ...loadPair('out', 'SUB_OUT'),
    ...inversion(lanes, '  '),
    ...each(lanes, l => [`  x${l} = v128.xor(i8x16.swizzle(${lookup('out', `${l}`)}, order), key);`]),
    ...head.close,
  ];
}

/** @param {number} lanes */
function decryptFunction(lanes) {
  const head = signature('decrypt', lanes);
  const factors = [9, 13, 11, 14];
  return [
    `/** Decrypts ${blocks(lanes)} with \`rounds\` rounds under the round keys of expandDecrypt. */`,
    ...head.open,
    '  // CT begin: secret = round keys, blocks',
    '  const low = load<v128>(permuteTables, LOW_NIBBLES);',
    '  const inverse = load<v128>(permuteTables, INVERSE);',
    '  const over = load<v128>(permuteTables, A_OVER);',
    '  let key = load<v128>(keys);',
    ...each(lanes, l => [`  let x${l} = v128.xor(toBasis(${head.input(l)}, INVERSE_IN_LOW, INVERSE_IN_HIGH), key);`]),
    '  const last = keys + (<usize>rounds << 4);',
    '  let owed: usize = 48;',
    '  for (keys += 16; keys != last; keys += 16) {',
    '    const forward = load<v128>(permuteTables + owed, ROTATE1_0);',
    '    owed = (owed - 16) & 48;',
    '    key = load<v128>(keys);',
    ...inversion(lanes, '    '),
    // InvMixColumns by Horner's rule: 14y + rot1(11y + rot1(13y + rot1(9y))).
    ...each(lanes, l => [`    let y${l} = key;`]),
    ...factors.flatMap((factor, step) => [
      ...loadPair(`by${factor}`, `INVERSE_SUB${factor}`).map(line => `  ${line}`),
      ...each(lanes, l => [
        step === 0
          ? `    y${l} = ${lookup(`by${factor}`, `${l}`)};`
          : `    y${l} = v128.xor(i8x16.swizzle(y${l}, forward), ${lookup(`by${factor}`, `${l}`)});`,
      ]),
    ]),
    ...each(lanes, l => [`    x${l} = v128.xor(y${l}, key);`]),
    '  }',
    '  key = load<v128>(last);',
    '  const order = load<v128>(permuteTables + owed, SHIFT_ROWS_0);',
    ...loadPair('out', 'INVERSE_SUB_OUT'),
    ...inversion(lanes, '  '),
    ...each(lanes, l => [`  x${l} = v128.xor(i8x16.swizzle(${lookup('out', `${l}`)}, order), key);`]),
    ...head.close,
  ];
}

/** One block is a value; several are read from and written to `blocks`. @param {string} verb @param {number} lanes */
function signature(verb, lanes) {
  if (lanes === 1) {
    return {
      open: [`export function ${verb}1(keys: usize, rounds: u32, block: v128): v128 {`],
      input: () => 'block',
      close: ['  return x0;', '  // CT end', '}', ''],
    };
  }
  return {
    open: [`export function ${verb}${lanes}(keys: usize, rounds: u32, blocks: usize): void {`],
    input: (/** @type {number} */ l) => `load<v128>(blocks, ${16 * l})`,
    close: [...each(lanes, l => [`  store<v128>(blocks, x${l}, ${16 * l});`]), '  // CT end', '}', ''],
  };
}

/** @param {number} lanes */
function blocks(lanes) {
  return lanes === 1 ? 'one block' : `${lanes} blocks in place`;
}

const used = tables.map(([name]) => name).filter(name => !/_[123]$/.test(name));
const roundsFile = [
  '// Rounds of the vector-permute AES: every S-box is lookups of nibbles in registers (i8x16.swizzle), so that no address',
  '// depends on a secret. ShiftRows is owed to the end: the rotations of MixColumns are permuted instead.',
  `import {\n  permuteTables,\n${used.map(name => `  ${name},\n`).join('')}} from './aes_permute_tables';`,
  '',
  '/** A block in the basis of the given pair of tables. */',
  '// @ts-ignore: decorator',
  '@inline',
  'export function toBasis(block: v128, lowTable: usize, highTable: usize): v128 {',
  '  const mask = load<v128>(permuteTables, LOW_NIBBLES);',
  '  return v128.xor(',
  '    i8x16.swizzle(load<v128>(permuteTables + lowTable), v128.and(block, mask)),',
  '    i8x16.swizzle(load<v128>(permuteTables + highTable), v128.and(i16x8.shr_u(block, 4), mask)),',
  '  );',
  '}',
  '',
  '/** SubBytes of 16 bytes, standard basis in and out. */',
  'export function substitute(block: v128): v128 {',
  '  // CT begin: secret = block',
  '  const low = load<v128>(permuteTables, LOW_NIBBLES);',
  '  const inverse = load<v128>(permuteTables, INVERSE);',
  '  const over = load<v128>(permuteTables, A_OVER);',
  ...loadPair('out', 'SUB_OUT'),
  '  const x0 = toBasis(block, IN_LOW, IN_HIGH);',
  ...inversion(1, '  '),
  `  return v128.xor(${lookup('out', '0')}, i8x16.splat(0x63));`,
  '  // CT end',
  '}',
  '',
  ...[1, 2, 4].flatMap(encryptFunction),
  ...decryptFunction(4),
];
emit('assembly/core/cipher/aes_permute_rounds.ts', 'scripts/generate_aes.mjs', roundsFile);

// --- the bitsliced rounds

// S-box of J. Boyar and R. Peralta, "A new combinational logic minimization technique with applications to cryptology"
// (eprint 2009/191, figures 2 to 4): x0 and s0 are the most significant bits. Its four complements are left out: the
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

// MixColumns (§5.1.3): with u_r = a_r + a_(r+1), out_r = x * u_r + a_(r+1) + u_(r+2). From bit 7 down, in place: a plane
// is written when neither it nor the one above is needed any more. x * u adds bit 7 to bits 0, 1, 3 and 4.
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
emit('assembly/core/cipher/aes_bitsliced_rounds.ts', 'scripts/generate_aes.mjs', bitslicedFile);
