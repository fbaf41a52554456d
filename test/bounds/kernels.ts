// The straight-line products of the fields, run on operands at the bounds that their files state: nothing overflows,
// nothing is cut off, the result is within its bound and, as an identity of polynomials, it is the product.

import assert from 'node:assert/strict';
import {
  curve25519Path,
  elementPath,
  type Field,
  limbsAt,
  negated,
  pairPath,
  putLimbs,
  symbolOf,
  times,
} from './fields.ts';
import { combine, constantForm, type Form, monomial, scale } from './form.ts';
import type { Integer, Largest } from './integers.ts';
import { type ClassValue, Machine } from './machine.ts';
import { Region } from './memory.ts';
import type { Program } from './program.ts';

/** What the largest intermediate values were. */
export interface Margins {
  readonly signed: Largest;
  readonly unsigned: Largest;
}

/** How a product is run: factors of its operands, in thousandths, none of the second for a square. */
interface Run {
  readonly a: bigint;
  readonly b: bigint | null;
  /** In whose place the result is: in one of its own, or an operand's. */
  readonly place: 'out' | 'f' | 'g';
}

/**
 * All ways to share the limit among two operands are alike, as only products of them occur: a few. The first share in all
 * places, as the result may lie in that of an operand.
 */
function runs(limit: bigint, operands: 1 | 2): Run[] {
  if (operands === 1) {
    // Rounded up, so that any operand whose square is within the limit is covered.
    const a = BigInt(Math.ceil(Math.sqrt(Number(limit) * 1e6)));
    return (['out', 'f'] as const).map(place => ({ a, b: null, place }));
  }
  const [first, ...more] = [1n, 2n, 3n, limit].map(
    a => ({ a: a * 1000n, b: (limit * 1000n) / a, place: 'out' }) as const,
  );
  return [first, { ...first, place: 'f' }, { ...first, place: 'g' }, ...more];
}

/** Runs a product of two elements, each limb within its factor of the carried bound. The results: two of a pair. */
function runProduct(machine: Machine, field: Field, name: string, { a, b, place }: Run): Integer[][] {
  const at = { out: new Region().at(), f: new Region().at(), g: new Region().at() };
  const put = (symbol: 'f' | 'g', share: bigint) => {
    const most = times(field.carried, share);
    putLimbs(machine, field, at[symbol], negated(most), most, symbol);
  };
  put('f', a);
  if (b !== null) put('g', b);
  machine.call(field.path, name, [at[place], at.f, ...(b === null ? [] : [at.g])]);
  return Array.from({ length: field.elements }, (_, element) => limbsAt(machine, field, at[place], element));
}

/** A product of the fields of Curve25519 and Curve448, with operands at the limit. `least` is that of a carried limb. */
export function checkProduct(
  program: Program,
  field: Field,
  name: string,
  operands: 1 | 2,
  least: readonly bigint[],
): Margins {
  let margins: Margins | null = null;
  for (const run of runs(field.limit, operands)) {
    const machine = new Machine(program, true);
    watchFolding(machine, field);
    runProduct(machine, field, name, run).forEach((out, element) => {
      within(out, least, field.carried, name);
      congruent(machine, field, out, productForm(field, 'f', operands === 1 ? 'f' : 'g', element), name);
    });
    assert.equal(machine.integers.overflows, 0, `${name}: no product may overflow`);
    margins = machine.integers.largest;
  }
  return margins!;
}

/** The carries out of the top that the last step takes, as its comment says. */
function watchFolding(machine: Machine, { path }: Field): void {
  const claim = /\|carr(?:y|ies)\| < 2\^(\d+)/.exec(machine.program.text(path));
  const [name, first] = path === curve25519Path ? (['foldCarry', 3] as const) : (['foldCarries', 5] as const);
  if (path === pairPath) return;
  machine.intercept(path, name, (args, original) => {
    for (const carry of args.slice(first)) {
      const { lo, hi } = machine.integer(carry);
      const most = 1n << BigInt(claim?.[1] ?? 0);
      if (lo <= -most || hi >= most) throw machine.error(`${name}: a carry larger than it says`);
    }
    return original();
  });
}

/** f * small. Returns the largest intermediate. */
export function checkMultiplySmall(program: Program, field: Field): Margins {
  const text = program.text(field.path);
  const claim = /\|small\| < 2\^(\d+), bound of f below 2\^(\d+)/.exec(text);
  assert.ok(claim, 'multiplySmall states its bounds');
  const machine = new Machine(program, true);
  watchFolding(machine, field);
  const [out, f] = [new Region().at(), new Region().at()];
  const most = times(field.carried, 1000n << BigInt(claim[2]));
  putLimbs(machine, field, f, negated(most), most, 'f');
  const small = (1n << BigInt(claim[1])) - 1n;
  machine.call(field.path, 'multiplySmall', [out, f, machine.integers.between('i64', -small, small, 'small')]);
  const limbs = limbsAt(machine, field, out);
  within(limbs, negated(field.carried), field.carried, 'multiplySmall');
  const expected = new Map(field.weights.map((w, i) => [`f${i}*small`, 1n << w]));
  congruent(machine, field, limbs, { terms: expected, shift: 0n }, 'multiplySmall');
  return machine.integers.largest;
}

/** Sum of f_i * g_j * 2^(weights), as a form. */
function productForm({ weights }: Field, f: string, g: string, element = 0): Form {
  const terms = new Map<string, bigint>();
  weights.forEach((v, i) => {
    weights.forEach((w, j) => {
      const key = monomial(symbolOf(f, i, element), symbolOf(g, j, element))!;
      terms.set(key, (terms.get(key) ?? 0n) + (1n << (v + w)));
    });
  });
  return { terms, shift: 0n };
}

/** The value of an element, as a form. */
export function valueForm(machine: Machine, { weights }: Field, limbs: readonly Integer[]): Form {
  return limbs.reduce(
    (sum, limb, i) => combine(sum, scale(machine.integers.formOf(limb), weights[i]), 1n),
    constantForm(0n),
  );
}

/** Both forms are equal modulo the modulus for all values of the symbols: a power of two below does not matter. */
function congruent(machine: Machine, field: Field, limbs: readonly Integer[], expected: Form, name: string): void {
  const difference = combine(valueForm(machine, field, limbs), expected, -1n);
  for (const [key, value] of difference.terms) {
    assert.equal(value % field.modulus, 0n, `${name} is not the product: the term of ${key || 'one'} is wrong`);
  }
}

export function within(limbs: readonly Integer[], lo: readonly bigint[], hi: readonly bigint[], name: string): void {
  limbs.forEach((limb, i) => {
    const fits = limb.overflow === null && limb.lo >= lo[i] && limb.hi <= hi[i];
    assert.ok(fits, `${name}: limb ${i} is in [${limb.lo}, ${limb.hi}], not in [${lo[i]}, ${hi[i]}]`);
  });
}

/**
 * A Montgomery product, generated: limbs in [0, 2^28) but for a top one within i32, and the identity
 * result * R = a * b + m * modulus with 0 <= m < R, from which the bounds of its value follow.
 */
export function checkMontgomery(program: Program, field: Field, name: string, operands: 1 | 2): Margins {
  const R = 28n * BigInt(field.weights.length);
  let margins: Margins | null = null;
  for (const run of runs(field.limit, operands)) {
    const machine = new Machine(program, true);
    const [out] = runProduct(machine, field, name, run);
    montgomeryLimbs(out, name);
    assert.equal(machine.integers.overflows, 0, `${name}: no product may overflow`);
    const product = productForm(field, 'f', operands === 1 ? 'f' : 'g');
    multipleBelowR(machine, field, combine(scale(valueForm(machine, field, out), R), product, -1n), name);
    margins = machine.integers.largest;
  }
  return margins!;
}

function montgomeryLimbs(out: readonly Integer[], name: string): void {
  const top = 1n << 31n;
  within(
    out,
    out.map((_, i) => (i < out.length - 1 ? 0n : -top)),
    out.map((_, i) => (i < out.length - 1 ? (1n << 28n) - 1n : top - 1n)),
    name,
  );
}

/** The form is m * modulus, m the sum of symbols in [0, 2^28) times 2^(28 k), k below the number of limbs. */
function multipleBelowR(machine: Machine, { modulus, weights }: Field, rest: Form, name: string): void {
  const multiples = [...rest.terms].map(([key, value]) => {
    const { lo, hi } = machine.integers.symbols!.range(key);
    const digit = lo === 0n && hi === (1n << 28n) - 1n && value % modulus === 0n;
    assert.ok(digit, `${name} is not the product: the term of ${key || 'one'} is wrong`);
    return value / modulus;
  });
  const wanted = weights.map(w => 1n << (w + rest.shift));
  assert.deepEqual(
    multiples.sort((x, y) => (x < y ? -1 : 1)),
    wanted,
    `${name}: m is no number below R`,
  );
}

/** The product in a loop, of the integers modulo an order: no i64 overflows but in what only finds the low limb. */
export function checkProductInLoop(program: Program, field: Field, order: ClassValue): Margins {
  let margins: Margins | null = null;
  for (const { a, b } of runs(field.limit, 2)) {
    const machine = new Machine(program);
    const [out, f, g] = [new Region().at(), new Region().at(), new Region().at()];
    for (const [at, share] of [
      [f, a],
      [g, b!],
    ] as const) {
      const most = times(field.carried, share);
      putLimbs(machine, field, at, negated(most), most);
    }
    machine.call(elementPath, 'multiplyInLoop', [out, f, g], [order]);
    montgomeryLimbs(limbsAt(machine, field, out), 'multiplyInLoop');
    margins = machine.integers.largest;
  }
  return margins!;
}
