// Inversion by division steps (assembly/shared/weierstrass/inversion.ts): the rows of a matrix of 28 steps have sums of
// sizes up to 2^28; then f and g stay within the modulus, d and e within (-2 M, M), and what is handed to enter() is
// within (0, 4 M). That so many steps suffice is theorem 11.2 of the paper and not shown here.

import assert from 'node:assert/strict';
import { elementPath, type Field, limbsAt, putLimbs, symbolOf } from './fields.ts';
import { combine, type Form, greatest, scale } from './form.ts';
import type { Integer } from './integers.ts';
import { valueForm, within } from './kernels.ts';
import { type ClassValue, Machine } from './machine.ts';
import { type Address, Region } from './memory.ts';
import { Elements } from './montgomery_elements.ts';
import type { Program } from './program.ts';

export const inversionPath = 'assembly/shared/weierstrass/inversion.ts';

/** Steps of a matrix, which is a power of two times as large. */
const STEPS = 28n;

/** One step on a matrix of symbols, for each sign of delta and each parity of g. */
export function checkMatrix(program: Program): void {
  const most = 1n << STEPS;
  for (const delta of [1n, -1n]) {
    for (const g of [0n, 1n]) {
      const machine = new Machine(program, true);
      const { integers } = machine;
      const before = new Map<string, Integer>(
        ['u', 'v', 'q', 'r'].map(x => [x, integers.between('i32', -most / 2n, most / 2n, x)]),
      );
      before.set(
        'negatedDelta',
        delta > 0n ? integers.between('i32', -1000n, -1n) : integers.between('i32', 0n, 1000n),
      );
      before.set('f', integers.constant('i32', 1n)).set('g', integers.constant('i32', g));
      const after = machine.loopBody(inversionPath, 'divide28', before);
      const form = (name: string) => integers.formOf(after.get(name)!);
      // (u, v) becomes a (u, v) + b (q, r), |a| + |b| <= 2; so does (q, r): each step doubles the sums at most.
      combination(form('u'), form('v'), 'first row');
      combination(form('q'), form('r'), 'second row');
    }
  }
  const [start, steps] = matrixStart(program);
  assert.deepEqual(start, { u: 1n, v: 0n, q: 0n, r: 1n }, 'the matrix starts as the identity');
  assert.equal(steps, STEPS, 'steps of a matrix');
}

/** x = a u + b q and y = a v + b r with |a| + |b| <= 2. */
function combination(x: Form, y: Form, name: string): void {
  const of = ({ terms }: Form, key: string) => terms.get(key) ?? 0n;
  assert.ok(x.shift === 0n && y.shift === 0n, name);
  const [a, b] = [of(x, 'u'), of(x, 'q')];
  assert.deepEqual([a, b], [of(y, 'v'), of(y, 'r')], `${name}: both columns change alike`);
  for (const form of [x, y])
    for (const key of form.terms.keys()) assert.ok('uvqr'.includes(key) && key !== '', `${name}: ${key}`);
  assert.equal([...x.terms.keys()].filter(key => key === 'v' || key === 'r').length, 0, name);
  assert.equal([...y.terms.keys()].filter(key => key === 'u' || key === 'q').length, 0, name);
  const size = (n: bigint) => (n < 0n ? -n : n);
  assert.ok(size(a) + size(b) <= 2n, `${name} grows by more than two`);
}

/** What divide28 starts from, and how often it repeats its loop. */
function matrixStart(program: Program): [Record<string, bigint>, bigint] {
  const machine = new Machine(program);
  const number = (x: bigint) => machine.integers.constant('i32', x);
  const start: Record<string, bigint> = {};
  let steps = 0n;
  machine.watchLoop = variables => {
    if (steps++ === 0n) for (const name of ['u', 'v', 'q', 'r']) start[name] = variables.get(name)!.lo;
  };
  machine.call(inversionPath, 'divide28', [number(-1n), number(1n), number(0n)]);
  return [start, steps];
}

/** The sizes of a matrix are at most these, each of its four numbers a symbol. */
function matrix(machine: Machine): Integer[] {
  const most = 1n << STEPS;
  return ['u', 'v', 'q', 'r'].map(name => machine.integers.between('i64', -most, most, name));
}

/** The numbers f, g, d and e of a run, in the statics of the file. */
function place(machine: Machine, name: string): Address {
  return machine.static(inversionPath, name) as Address;
}

/** Limbs in [0, 2^28) and a top one within its ends. */
function putNumber(machine: Machine, field: Field, name: string, top: { lo: bigint; hi: bigint }): void {
  const last = field.weights.length - 1;
  const lo = field.weights.map((_, i) => (i < last ? 0n : top.lo));
  const hi = field.weights.map((_, i) => (i < last ? (1n << 28n) - 1n : top.hi));
  putLimbs(machine, field, place(machine, name), lo, hi, name);
}

/** The limbs of a number after an update: in [0, 2^28), the top one in a lane, and nothing overflowed. */
function numberAfter(machine: Machine, field: Field, name: string): Form {
  const limbs = limbsAt(machine, field, place(machine, name));
  within(
    limbs.slice(0, -1),
    limbs.map(() => 0n),
    limbs.map(() => (1n << 28n) - 1n),
    name,
  );
  assert.equal(limbs.at(-1)!.overflow, null, name);
  return valueForm(machine, field, limbs);
}

/** a * x + b * y, x and y numbers of symbols. */
function rowTimes(field: Field, [a, b]: readonly string[], [x, y]: readonly string[]): Form {
  const terms = new Map<string, bigint>();
  for (const [factor, number] of [
    [a, x],
    [b, y],
  ]) {
    field.weights.forEach((w, i) => {
      const key = [factor, symbolOf(number, i)].sort().join('*');
      terms.set(key, 1n << w);
    });
  }
  return { terms, shift: 0n };
}

/** f' = (u f + v g - rest) / 2^28, 0 <= rest < 2^28, and so for g': both stay within [-M - 1, M]. */
export function checkNumbers(program: Program, field: Field, source: ClassValue): void {
  const machine = new Machine(program, true);
  const top = field.modulus >> field.weights.at(-1)!;
  // One more than |f| <= M, as a proof that the division is exact is not made here, and it rounds down.
  for (const name of ['f', 'g']) putNumber(machine, field, name, { lo: -top - 2n, hi: top + 1n });
  machine.call(inversionPath, 'updateNumbers', matrix(machine), [source]);
  for (const [name, row] of [
    ['f', 'uv'],
    ['g', 'qr'],
  ]) {
    const rest = combine(scale(numberAfter(machine, field, name), STEPS), rowTimes(field, [...row], ['f', 'g']), -1n);
    assert.ok(remainder(machine, rest), `${name} is not the row times (f, g)`);
  }
}

/** A form that is minus a symbol in [0, 2^28): what a shift cut off. */
function remainder(machine: Machine, { terms, shift }: Form): boolean {
  const [[key, by] = ['', 0n], ...more] = terms;
  if (more.length > 0) return false;
  const { lo, hi } = machine.integers.symbols!.range(key);
  return lo === 0n && hi === (1n << STEPS) - 1n && by === -(1n << shift);
}

/** d and e: for all signs, within (-2 M, M) before and after, whatever the matrix within its sums. */
export function checkFactors(program: Program, field: Field, source: ClassValue): void {
  const { modulus: M } = field;
  const top = (2n * M) >> field.weights.at(-1)!;
  for (const d of [false, true]) {
    for (const e of [false, true]) {
      const machine = new Machine(program, true);
      const ends = (negative: boolean) => (negative ? { lo: -top - 1n, hi: -1n } : { lo: 0n, hi: top });
      putNumber(machine, field, 'd', ends(d));
      putNumber(machine, field, 'e', ends(e));
      machine.call(inversionPath, 'updateFactors', matrix(machine), [source]);
      for (const [name, row] of [
        ['d', 'uv'],
        ['e', 'qr'],
      ]) {
        const expected = rowTimes(field, [...row], ['d', 'e']);
        let rest = combine(scale(numberAfter(machine, field, name), STEPS), expected, -1n);
        // M is added to what is negative: then both are in (-M, M), and the row times them below 2^28 (M - 1) in size.
        const added = [d, e].flatMap((negative, i) => (negative ? ([[row[i], M]] as const) : []));
        rest = combine(rest, { terms: new Map(added), shift: 0n }, -1n);
        // Left is a multiple of M in (-2^28, 0], and what the shift cut off.
        const { lo, hi } = boundsOf(machine, rest, M, `${name} is not as updateFactors says`);
        const size = (1n << STEPS) * (M - 1n);
        assert.ok((lo - size) >> STEPS > -2n * M, `${name} falls to -2 M`);
        assert.ok((hi + size) >> STEPS < M, `${name} grows to M`);
      }
    }
  }
}

function boundsOf(machine: Machine, rest: Form, M: bigint, name: string): { lo: bigint; hi: bigint } {
  const factors = [...rest.terms.values()].map(by => by / (1n << rest.shift)).sort((a, b) => (a < b ? -1 : 1));
  assert.deepEqual(factors, [-M, -1n], name);
  return machine.integers.symbols!.bounds(rest);
}

/** The whole of invert(), for fields and orders: its end hands a bounded product to enter(). Returns that product's value. */
export function checkInvert(program: Program, path: string, name: string): void {
  const elements = new Elements(program, path, name);
  const { machine, field, source } = elements;
  const { modulus } = field;
  const at = (number: string) => place(machine, number);
  machine.intercept(inversionPath, 'divide28', () => machine.integers.any('i32'));
  machine.intercept(inversionPath, 'updateNumbers', () => {
    for (const number of ['f', 'g']) elements.put(at(number), elements.number(-modulus - 1n, modulus));
    return null;
  });
  machine.intercept(inversionPath, 'updateFactors', () => {
    for (const number of ['d', 'e']) elements.put(at(number), elements.number(1n - 2n * modulus, modulus - 1n));
    return null;
  });
  let entered = 0;
  machine.intercept(elementPath, 'enter', ([, a], original) => {
    const { limbs, value } = elements.get(a as Address);
    const most = greatest(limbs.flatMap(({ lo, hi }) => [-lo, hi]));
    assert.ok(
      value.lo > 0n && value.hi < 4n * modulus && most < 3n << 28n,
      `${name}: invert hands on what it says it does not`,
    );
    entered++;
    return original();
  });
  elements.put(at('f'), elements.canonical());
  const a = new Region().at();
  // Anything that leave() takes: above -R, and below modulus * R.
  elements.put(a, elements.number(-modulus, 16n * modulus));
  machine.call(inversionPath, 'invert', [a, a], [source]);
  assert.equal(entered, 1);
}
