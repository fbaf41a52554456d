// Writes the tables and the rounds of the vector-permute AES, assembly/core/cipher/aes_permute_{tables,rounds}.ts.
// Usage: generate/aes_permute.mjs [--check] (a test runs the check).
//
// After M. Hamburg, "Accelerating AES with Vector Permute Instructions" (CHES 2009), derived here from
// the field alone. GF(2^8) = GF(2^4)[z], z^2 + z + 1/a = 0, conjugate z' = z + 1. Write x = i*z + j*z' and k = i + j.
// With D = i*j + k^2/a the inverse is (j*z + i*z')/D, and io = 1/(1/i + a/k) + j, jo = 1/(1/j + a/k) + i fulfil
// 1/io = (k + a*i)/(a*D), 1/jo = (k + a*j)/(a*D): any linear map of 1/x is a sum of one 16-entry lookup in io and
// one in jo. Infinity is 0x80, whose lookup gives zero as 1/infinity should.

import { emitLines } from './emit.mjs';

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
  '// Tables of the vector-permute AES, 16 bytes each: field lookups and byte permutations.',
  'export const permuteTables = memory.data<u8>([',
  ...tables.map(
    ([name, values]) => `  ${values.map(v => `0x${v.toString(16).padStart(2, '0')}`).join(', ')}, // ${name}`,
  ),
  '], 16);',
  '',
  '/** Offsets into permuteTables. Tables numbered 0..3 are for that many ShiftRows still owed, modulo 4. */',
  ...tables.map(([name], at) => `export const ${name}: usize = ${16 * at};`),
];
emitLines('assembly/core/cipher/aes_permute_tables.ts', 'scripts/generate/aes_permute.mjs', tableFile);

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
  '  // CT begin: secret = block',
  '  const mask = load<v128>(permuteTables, LOW_NIBBLES);',
  '  return v128.xor(',
  '    i8x16.swizzle(load<v128>(permuteTables + lowTable), v128.and(block, mask)),',
  '    i8x16.swizzle(load<v128>(permuteTables + highTable), v128.and(i16x8.shr_u(block, 4), mask)),',
  '  );',
  '  // CT end',
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
emitLines('assembly/core/cipher/aes_permute_rounds.ts', 'scripts/generate/aes_permute.mjs', roundsFile);
