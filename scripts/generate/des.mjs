// Writes what of DES (FIPS 46-3) is wiring: assembly/legacy/des_planes.ts, a round on bit planes with the S-boxes as circuits, and
// assembly/legacy/des_lanes.ts, the permutations of one block in a vector. All of it follows from the tables as they are printed.
// Usage: generate/des.mjs [--check] (a test runs the check).

import { emitLines } from './emit.mjs';

/** @param {number} from @param {number} step @param {number} count */
const range = (from, step, count) => Array.from({ length: count }, (_, i) => from + step * i);
const IP = [58, 60, 62, 64, 57, 59, 61, 63].flatMap(start => range(start, -8, 8));
const P = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
/** The bit of R, from zero, that is bit j of what box i sees. @param {number} box @param {number} j */
const expanded = (box, j) => (4 * box + j + 31) % 32;
/** S1 to S8: four rows of sixteen values, in hexadecimal. */
const S = [
  'e4d12fb83a6c5907 0f74e2d1a6cb9538 41e8d62bfc973a50 fc8249175b3ea06d',
  'f18e6b34972dc05a 3d47f28ec01a69b5 0e7ba4d158c6932f d8a13f42b67c05e9',
  'a09e63f51dc7b428 d709346a285ecbf1 d6498f30b12c5ae7 1ad069874fe3b52c',
  '7de3069a1285bc4f d8b56f03472c1ae9 a690cb7df13e5284 3f06a1d8945bc72e',
  '2c417ab6853fd0e9 eb2c47d150fa3986 421bad78f9c5630e b8c71e2d6f09a453',
  'c1af92680d34e75b af427c9561de0b38 9ef528c3704a1db6 432c95fabe17608d',
  '4b2ef08d3c975a61 d0b7491ae35c2f86 14bdc37eaf680592 6bd814a7950fe23c',
  'd2846fb1a93e50c7 1fd8a374c56b0e92 7b419ce206adf358 21e74a8dfc90356b',
].map(rows => rows.split(' '));

/** Bit `out` of a box for the six bits of `six`, the first of which is the most significant. @param {string[]} rows @param {number} six @param {number} out */
function boxBit(rows, six, out) {
  const row = ((six >> 4) & 2) | (six & 1);
  return (Number.parseInt(rows[row][(six >> 1) & 15], 16) >> (3 - out)) & 1;
}

/** @param {string} table */
const complement = table => [...table].map(bit => (bit === '0' ? '1' : '0')).join('');
/** What a gate costs: a choice is made of three instructions where there is none for it. */
const cost = { and: 1, or: 1, xor: 1, andnot: 1, not: 1, bitselect: 2 };

/**
 * A circuit for four functions of six variables: a decision diagram whose equal parts are one, with the gates that a choice comes
 * down to where its branches are constant or complements.
 */
class Circuit {
  /** @type {string[]} */
  lines = [];
  cost = 0;
  /** Values by their truth table over the variables that are left. @type {Map<string, string>} */
  #known = new Map();
  #order;

  /** @param {readonly number[]} order of the variables, the first is decided on last @param {string} prefix */
  constructor(order, prefix) {
    this.#order = order;
    this.prefix = prefix;
  }

  /** @param {keyof typeof cost} gate @param {string[]} operands */
  #gate(gate, ...operands) {
    const name = `${this.prefix}${this.lines.length}`;
    this.lines.push(`  const ${name} = v128.${gate}(${operands.join(', ')});`);
    this.cost += cost[gate];
    return name;
  }

  /** The value of a function that is not constant. @param {string} table over order[level...], the first the most significant @returns {string} */
  value(table, level = 0) {
    const half = table.length / 2;
    const [low, high] = [table.slice(0, half), table.slice(half)];
    if (low === high) return this.value(low, level + 1);
    const key = `${level} ${table}`;
    let known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, (known = this.#make(low, high, level)));
    return known;
  }

  /** @param {string} low @param {string} high @param {number} level */
  #make(low, high, level) {
    const variable = `x${this.#order[level]}`;
    const zero = '0'.repeat(low.length);
    const one = '1'.repeat(low.length);
    if (low === zero && high === one) return variable;
    const opposite = this.#known.get(`${level} ${complement(low + high)}`);
    if (opposite !== undefined || (low === one && high === zero)) return this.#gate('not', opposite ?? variable);
    const of = (/** @type {string} */ table) => this.value(table, level + 1);
    if (low === zero) return this.#gate('and', variable, of(high));
    if (high === zero) return this.#gate('andnot', of(low), variable);
    if (high === one) return this.#gate('or', variable, of(low));
    if (low === one) return this.#gate('not', this.#gate('andnot', variable, of(high)));
    if (high === complement(low)) return this.#gate('xor', variable, of(low));
    return this.#gate('bitselect', of(high), of(low), variable);
  }
}

/** @template T @param {readonly T[]} items @returns {T[][]} */
const permutations = items =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, i) => permutations(items.filter((_, other) => other !== i)).map(rest => [item, ...rest]));

/** The cheapest diagram of a box, over all orders of its variables. @param {string[]} rows @param {string} prefix */
function boxCircuit(rows, prefix) {
  /** @type {{ circuit: Circuit, outputs: string[] } | undefined} */
  let best;
  for (const order of permutations([0, 1, 2, 3, 4, 5])) {
    const circuit = new Circuit(order, prefix);
    const outputs = [0, 1, 2, 3].map(out => {
      const table = range(0, 1, 64).map(index => {
        // Bit k of the index, from the top, is variable order[k], which is bit order[k] of the six.
        const six = order.reduce((sum, variable, k) => sum | (((index >> (5 - k)) & 1) << (5 - variable)), 0);
        return boxBit(rows, six, out);
      });
      return circuit.value(table.join(''));
    });
    if (best === undefined || circuit.cost < best.circuit.cost) best = { circuit, outputs };
  }
  return /** @type {NonNullable<typeof best>} */ (best);
}

const planesFile = [
  '// A round of DES on 128 blocks at once: 64 vectors, one for each bit of a block, with the S-boxes as circuits.',
  '',
  ...S.flatMap((rows, box) => {
    const { circuit, outputs } = boxCircuit(rows, 't');
    return [
      `/** S${box + 1} and what it goes to: l ^= P(S(E(r) ^ key)) for four planes. @param key six octets, all ones or zero */`,
      '// @ts-ignore: decorator',
      '@inline',
      `function box${box + 1}(l: usize, r: usize, key: usize): void {`,
      '  // CT begin: secret = planes, key',
      ...range(0, 1, 6).map(j => {
        const plane = `load<v128>(r, ${16 * expanded(box, j)})`;
        return `  const x${j} = v128.xor(${plane}, i8x16.splat(load<i8>(key, ${6 * box + j})));`;
      }),
      ...circuit.lines,
      ...outputs.map((value, out) => {
        const at = 16 * P.indexOf(4 * box + out + 1);
        return `  store<v128>(l, v128.xor(load<v128>(l, ${at}), ${value}), ${at});`;
      }),
      '  // CT end',
      '}',
      '',
    ];
  }),
  '/** l ^= f(r, key), each half 32 planes of 16 bytes. @param key 48 octets, one for each bit: all ones or zero */',
  'export function desRound(l: usize, r: usize, key: usize): void {',
  ...S.map((_, box) => `  box${box + 1}(l, r, key);`),
  '}',
  '',
  '// Bit n of a block, from zero and from the most significant, stands in plane PLANE_OF[n]: IP as an index.',
  'export const PLANE_OF = memory.data<u8>([',
  ...range(0, 16, 4).map(
    start =>
      `  ${range(start + 1, 1, 16)
        .map(n => IP.indexOf(n))
        .join(', ')},`,
  ),
  ']);',
];

// One block: eight lanes of four bits for each half, as the S-boxes give them, so that P is a part of the next E.

/** Where bit m of a half stands: [lane, mask]. @param {number} m from zero */
const homeOf = m => {
  const from = P[m] - 1;
  return [from >> 2, 8 >> (from & 3)];
};
/** Orders for a swizzle, masks, weights of the bits that are picked: 48 octets. @param {number[][]} wires lane, mask, weight for each of 16 lanes */
const pick = wires => [0, 1, 2].map(i => `  ${wires.map(wire => wire[i]).join(', ')},`);
/** @param {string} name @param {string} doc @param {string[][]} picks */
const table = (name, doc, picks) => [
  `// ${doc}`,
  `export const ${name} = memory.data<u8>([`,
  ...picks.flat(),
  '], 16);',
  '',
];

const eight = range(0, 1, 8);
const entering = range(0, 1, 4).map(b =>
  pick(
    range(0, 1, 16).map(lane => {
      const m = P.indexOf(4 * (lane & 7) + b + 1); // of the half
      const n = IP[m + (lane < 8 ? 0 : 32)] - 1;
      return [n >> 3, 0x80 >> (n & 7), 8 >> b];
    }),
  ),
);
/** The bits of a column, then those of the row: what each of the six weighs. */
const weights = [32, 8, 4, 2, 1, 16];
const expanding = range(0, 1, 3).map(j =>
  pick([j, j + 3].flatMap(bit => eight.map(box => [...homeOf(expanded(box, bit)), weights[bit]]))),
);
const INVERSE = range(1, 1, 64).map(n => IP.indexOf(n));
const leaving = range(0, 1, 4).map(t =>
  pick(
    [t, t + 4].flatMap(bit =>
      eight.map(octet => {
        const at = INVERSE[8 * octet + bit];
        const [lane, mask] = homeOf(at & 31);
        return [lane + (at < 32 ? 0 : 8), mask, 0x80 >> bit];
      }),
    ),
  ),
);

const lanesFile = [
  '// The permutations of DES on one block in a vector, as three times 16 octets for each step: from which lane, which bit, and what it',
  '// weighs where it goes. A half is eight lanes of four bits, lane i what S-box i gave to it: P is then a part of E, and what a round',
  '// gives is added without any.',
  '',
  ...table(
    'ENTER',
    'IP of the eight octets in the low lanes: L in lanes 0 to 7, R in lanes 8 to 15. Four steps.',
    entering,
  ),
  ...table(
    'EXPAND',
    'E: the six bits of each box, three in lanes 0 to 7, three in lanes 8 to 15: four of the column, then row 2 and row 1. Three steps.',
    expanding,
  ),
  ...table(
    'LEAVE',
    'The inverse of IP on halves in lanes 0 to 7 and 8 to 15: four bits of each octet in either half. Four steps.',
    leaving,
  ),
];

emitLines('assembly/legacy/des_planes.ts', 'scripts/generate/des.mjs', planesFile);
emitLines('assembly/legacy/des_lanes.ts', 'scripts/generate/des.mjs', lanesFile);
