// Elements of the P curves on the level of the point formulas: intervals of the limbs, which the sources compute, and an
// interval of the value, which follows from theirs: products are what kernels.test.ts shows of the generated code.

import { elementPath, type Field, factor, limbsAt, montgomeryField } from './fields.ts';
import { greatest, least, type Range } from './form.ts';
import type { Integer } from './integers.ts';
import { type ClassValue, type Intercept, Machine, type Value } from './machine.ts';
import type { Address } from './memory.ts';
import type { Program } from './program.ts';

export interface Element {
  readonly limbs: readonly Range[];
  readonly value: Range;
}

/** The tightest that a run came to its limits. */
export interface Tightest {
  /** Of two factors of a product, in millionths. */
  factors: { size: bigint; where: string };
  /** Of the values of two factors, over modulus^2, in thousandths. */
  values: { size: bigint; where: string };
  /** Of an i32 lane. */
  lane: { size: bigint; where: string };
}

export class Elements {
  readonly machine: Machine;
  readonly field: Field;
  readonly source: ClassValue;
  readonly size: number;
  readonly tightest: Tightest;
  /** Bounds that comments state and that were compared. */
  readonly compared = new Set<string>();
  private readonly R: bigint;
  /** What the top limb counts. */
  private readonly top: bigint;
  private readonly room: bigint;
  /** First limb of an element -> its value. A copy of the element has the same limb. */
  private readonly values = new WeakMap<Integer, Range>();

  constructor(program: Program, path: string, name: string) {
    this.machine = new Machine(program);
    this.field = montgomeryField(this.machine, path, name);
    this.source = this.machine.class(path, name);
    this.size = this.machine.known(this.machine.property(this.source, 'size'));
    this.R = 1n << BigInt(28 * this.field.weights.length);
    this.top = 1n << this.field.weights.at(-1)!;
    this.room = 1n << BigInt(program.claim(elementPath, /\|a \* b\| < 2\^(\d+) \* modulus\^2/));
    if (this.R < this.room * this.field.modulus) throw new Error(`${name}: R is smaller than element.ts says`);
    const nothing = () => ({ size: 0n, where: '' });
    this.tightest = { factors: nothing(), values: nothing(), lane: nothing() };
    const { machine } = this;
    machine.intercept(path, 'multiply', ([out, a, b]) => this.product(out, a, b));
    // Orders have no squares of their own.
    if (this.source.source.members.has('square'))
      machine.intercept(path, 'square', ([out, a]) => this.product(out, a, a));
    const linear = (of: string, value: (a: Range, b: Range, args: readonly Value[]) => Range) =>
      machine.intercept(elementPath, of, this.linear(value));
    linear('add', (a, b) => ({ lo: a.lo + b.lo, hi: a.hi + b.hi }));
    linear('subtract', (a, b) => ({ lo: a.lo - b.hi, hi: a.hi - b.lo }));
    linear('triple', a => ({ lo: 3n * a.lo, hi: 3n * a.hi }));
    linear('shift', (a, _, args) => {
      const n = BigInt(this.machine.known(args[2]));
      return { lo: a.lo << n, hi: a.hi << n };
    });
    linear('copy', a => a);
    linear('carry', a => a);
    machine.intercept(elementPath, 'negateIf', ([a]) => {
      const element = this.get(a as Address);
      this.put(a as Address, join(element, negative(element)));
      return null;
    });
    machine.intercept(elementPath, 'reduceOnce', ([a]) => this.reduceOnce(a as Address));
    this.machine.afterStatement = ({ comment }, args) => this.compare(comment, args);
  }

  /** Bounds of the machine's error, at the statement that runs. */
  private refuse(what: string): Error {
    return this.machine.error(what);
  }

  get(address: Address): Element {
    const limbs = limbsAt(this.machine, this.field, address);
    for (const { overflow } of limbs) if (overflow !== null) throw this.refuse(overflow);
    const first = address.region.get(address.offset)?.value;
    const known = first && this.values.get(first);
    if (known !== undefined) return { limbs, value: known };
    if (limbs.some(({ lo, hi }) => lo !== hi)) throw this.refuse('an element of which nothing is known');
    const value = limbs.reduce((sum, limb, i) => sum + (limb.lo << this.field.weights[i]), 0n);
    return { limbs, value: { lo: value, hi: value } };
  }

  put({ region, offset }: Address, element: Element): void {
    const { limbs, value } = element;
    const top = limbs.at(-1)!;
    const rest = this.topLimb(element);
    const exact = { lo: greatest([top.lo, rest.lo]), hi: least([top.hi, rest.hi]) };
    [...limbs.slice(0, -1), exact].forEach((limb, i) => {
      const stored = this.machine.integers.between('i32', limb.lo, limb.hi);
      region.set(offset + 4 * i, 4, stored);
      if (i === 0) this.values.set(stored, value);
      const size = greatest([-limb.lo, limb.hi]);
      if (size > this.tightest.lane.size) this.tightest.lane = { size, where: this.machine.place() };
    });
  }

  /** What the value leaves to the top limb: the others take at most their own bounds of it. */
  topLimb({ limbs, value }: Element): Range {
    let { lo, hi } = value;
    limbs.slice(0, -1).forEach((limb, i) => {
      lo -= limb.hi << this.field.weights[i];
      hi -= limb.lo << this.field.weights[i];
    });
    return { lo: -floor(-lo, this.top), hi: floor(hi, this.top) };
  }

  /** An integer with limbs in [0, 2^28). */
  integer(lo: bigint, hi: bigint): Element {
    const limbs = this.field.weights.map(() => ({ lo: 0n, hi: (1n << 28n) - 1n }));
    return { limbs, value: { lo, hi } };
  }

  /** An integer with limbs in [0, 2^28), but for a signed top one. */
  number(lo: bigint, hi: bigint): Element {
    const { limbs, value } = this.integer(lo, hi);
    return { limbs: [...limbs.slice(0, -1), { lo: floor(lo, this.top), hi: floor(hi, this.top) }], value };
  }

  /** An integer below the modulus, as from bytes that were checked. */
  canonical(): Element {
    return this.integer(0n, this.field.modulus - 1n);
  }

  private product(out: Value, a: Value, b: Value): null {
    const { limit, modulus } = this.field;
    const x = this.get(a as Address);
    const y = this.get(b as Address);
    const [m, n] = [this.factorOf(x), this.factorOf(y)];
    if (m * n > limit * 1_000_000n)
      throw this.refuse(`factors ${decimal(m)} * ${decimal(n)} of a product above ${limit}`);
    this.note('factors', m * n);
    const claim = /(?:^|: )(\d+) \* (\d+)$/.exec(this.machine.comment);
    if (claim !== null)
      this.stated(m <= 1000n * BigInt(claim[1]) && n <= 1000n * BigInt(claim[2]), `${decimal(m)} * ${decimal(n)}`);
    const ends = [x.value.lo * y.value.lo, x.value.lo * y.value.hi, x.value.hi * y.value.lo, x.value.hi * y.value.hi];
    const low = a === b ? greatest([0n, least([ends[0], ends[3]])]) : least(ends);
    const size = greatest(ends.map(end => (end < 0n ? -end : end)));
    if (size >= this.room * modulus ** 2n) throw this.refuse(`values of a product above ${this.room} modulus^2`);
    this.note('values', (size * 1000n) / modulus ** 2n);
    const value = { lo: -floor(-low, this.R), hi: floor(greatest(ends) + (this.R - 1n) * modulus, this.R) };
    if (value.lo <= -modulus || value.hi >= 2n * modulus) throw this.refuse('a product out of (-modulus, 2 modulus)');
    this.put(out as Address, this.number(value.lo, value.hi));
    return null;
  }

  private note(what: 'factors' | 'values', size: bigint): void {
    if (size > this.tightest[what].size) this.tightest[what] = { size, where: this.machine.place() };
  }

  factorOf(element: Element): bigint {
    return factor(this.field, element.limbs);
  }

  private linear(resultOf: (a: Range, b: Range, args: readonly Value[]) => Range): Intercept {
    return (args, original) => {
      // carry(a) changes its operand; the others have a result first.
      const [out, a, b] = args.length === 1 ? [args[0], args[0]] : args;
      const value = this.get(a as Address).value;
      const other = b?.kind === 'address' ? this.get(b).value : value;
      original();
      const limbs = limbsAt(this.machine, this.field, out as Address);
      for (const { overflow } of limbs) if (overflow !== null) throw this.refuse(overflow);
      this.put(out as Address, { limbs, value: resultOf(value, other, args) });
      return null;
    };
  }

  private reduceOnce(a: Address): null {
    const { limbs, value } = this.get(a);
    const digits = limbs.every(({ lo, hi }) => lo >= 0n && hi < 1n << 28n);
    const { modulus } = this.field;
    if (!digits || value.lo < 0n || value.hi >= 2n * modulus) throw this.refuse('a number out of [0, 2 modulus)');
    this.put(a, this.canonical());
    return null;
  }

  /** A comment states a bound of the result, in units of tight limbs: "X1 Z2: 2", "(-4, 1)", "8, as ...". */
  private compare(comment: string, args: readonly Value[]): void {
    const range = /^\((-?\d+), (\d+)\)$/.exec(comment);
    const bound = /(?:^|: )(\d+)(?:$|: |, )/.exec(comment);
    if ((range === null && bound === null) || args[0]?.kind !== 'address') return;
    const [lo, hi] = range ? [BigInt(range[1]), BigInt(range[2])] : [-BigInt(bound![1]), BigInt(bound![1])];
    const { limbs } = this.get(args[0]);
    const [unit] = this.field.carried;
    const fits = limbs.every(limb => limb.lo >= lo * unit && limb.hi <= hi * unit);
    this.stated(fits, `limbs are [${limbs.map(limb => `${limb.lo}..${limb.hi}`).join(', ')}]`);
  }

  private stated(holds: boolean, what: string): void {
    if (!holds) throw this.refuse(`the comment says "${this.machine.comment}", but ${what}`);
    this.compared.add(this.machine.place());
  }
}

export function negative({ limbs, value }: Element): Element {
  const turned = ({ lo, hi }: Range) => ({ lo: -hi, hi: -lo });
  return { limbs: limbs.map(turned), value: turned(value) };
}

function both(a: Range, b: Range): Range {
  return { lo: least([a.lo, b.lo]), hi: greatest([a.hi, b.hi]) };
}

/** All that either may be. */
export function join(a: Element, b: Element): Element {
  return { limbs: a.limbs.map((limb, i) => both(limb, b.limbs[i])), value: both(a.value, b.value) };
}

function floor(x: bigint, y: bigint): bigint {
  return x >= 0n ? x / y : -((-x + y - 1n) / y);
}

function decimal(thousandths: bigint): string {
  return (Number(thousandths) / 1000).toFixed(3);
}
