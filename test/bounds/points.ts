// All that can become of points of a P curve: the least intervals that every function of point.ts, and what of
// multiply.ts, vartime.ts and curve.ts calls them, leads back into, in any order and number of calls.

import { elementPath } from './fields.ts';
import { greatest, type Range } from './form.ts';
import { type Integer, isConstant } from './integers.ts';
import type { Value } from './machine.ts';
import { type Address, Region } from './memory.ts';
import { type Element, Elements, join, negative } from './montgomery_elements.ts';
import type { Program } from './program.ts';
import { BoundsError } from './syntax.ts';

const folder = 'assembly/shared/weierstrass';
export const pointPath = `${folder}/point.ts`;
const vartimePath = `${folder}/vartime.ts`;
const multiplyPath = `${folder}/multiply.ts`;
const curvePath = `${folder}/curve.ts`;
const inversionPath = `${folder}/inversion.ts`;

/** The functions of point.ts that the rules below run: all it exports, but for the one that wipes. */
export const covered = [
  'addComplete',
  'addMixed',
  'addAffine',
  'finishJacobian',
  'doubleJacobian',
  'toJacobian',
  'toHomogeneous',
  'fromAffine',
];

/**
 * Kinds of points. `first`: an entry of the comb, perhaps negated, as a Jacobian point (multiplyGenerator), to which the
 * next is added. `summed`: the Jacobian ones of vartime.ts, whose operands may be negated sums.
 */
export type Kind = 'affine' | 'homogeneous' | 'first' | 'jacobian' | 'summed';
type Point = readonly Element[];

/** More rounds than this without a fixpoint: there is none. */
const ROUNDS = 40;

export class Points {
  readonly elements: Elements;
  readonly rounds: number;
  private readonly known = new Map<Kind, Point>();
  private grown = false;
  /** What isZeroVartime may be asked about, in units of the modulus, and the largest that is, in thousandths. */
  readonly zeroLimit: bigint;
  largestZeroTest = 0n;

  /** Runs the rules to the fixpoint. @throws if there is none or a bound does not hold on the way. */
  constructor(program: Program, path: string, name: string) {
    this.elements = new Elements(program, path, name);
    const claim = /below (\d+) p in size, is zero modulo p/.exec(program.text(vartimePath));
    this.zeroLimit = BigInt(claim?.[1] ?? 0);
    this.interceptInputs();
    let rounds = 0;
    do {
      if (rounds++ === ROUNDS)
        throw new BoundsError(pointPath, 1, `${name}: points have no bounds: ${this.describe()}`);
      this.grown = false;
      for (const rule of this.rules()) rule();
    } while (this.grown);
    this.rounds = rounds;
  }

  /** Values of the coordinates over the modulus. */
  describe(): string {
    const number = (x: bigint) => (Number((x * 1000n) / this.elements.field.modulus) / 1000).toFixed(2);
    const list = [...this.known].map(
      ([kind, point]) => `${kind} ${point.map(({ value }) => `[${number(value.lo)}, ${number(value.hi)}]`).join(' ')}`,
    );
    return list.join('; ');
  }

  private interceptInputs(): void {
    const { machine, field } = this.elements;
    const { integers } = machine;
    // Strings of bytes: any integer that the check below the modulus lets pass.
    machine.intercept(elementPath, 'fromBytes', ([out]) => this.put(out, this.elements.canonical()));
    // Zeros that wiping leaves are nothing to count on: a temporary that is read before it is written stays an error.
    machine.intercept(pointPath, 'wipePoints', () => null);
    machine.intercept(elementPath, 'belowModulus', () => integers.constant('u32', 0xffffffffn));
    machine.intercept(elementPath, 'nonZero', () => integers.any('u32'));
    machine.intercept(elementPath, 'toBytes', ([, a]) => {
      const { limbs, value } = this.elements.get(a as Address);
      const digits = limbs.every(({ lo, hi }) => lo >= 0n && hi < 1n << 28n);
      if (!digits || value.lo < 0n || value.hi >= field.modulus) throw machine.error('bytes of what is not reduced');
      return null;
    });
    // What inversion.ts hands to enter() (inversion.test.ts); it takes what leave() takes: anything above -R.
    machine.intercept(inversionPath, 'invert', ([out]) => {
      const limbs = field.weights.map(() => ({ lo: -(1n << 28n), hi: 3n << 28n }));
      this.put(out, { limbs, value: { lo: 0n, hi: 4n * field.modulus } });
      return machine.call(elementPath, 'enter', [out, out], [this.elements.source]);
    });
    machine.intercept(vartimePath, 'isZeroVartime', ([a]) => {
      const { value } = this.elements.get(a as Address);
      const size = greatest([-value.lo, value.hi]);
      if (size >= this.zeroLimit * field.modulus)
        throw machine.error(`more than ${this.zeroLimit} p is tested for zero`);
      this.largestZeroTest = greatest([this.largestZeroTest, (size * 1000n) / field.modulus]);
      return machine.boolean(null);
    });
  }

  private put(out: Value, element: Element): null {
    this.elements.put(out as Address, element);
    return null;
  }

  /** Each is skipped while there is no point of a kind it needs. */
  private *rules(): Generator<() => void> {
    const { size } = this.elements;
    const run = (path: string, name: string, ...args: Value[]) => this.run(path, name, args);
    const room = () => new Region().at();
    yield () => this.affineInputs();
    for (const kind of ['homogeneous', 'first', 'jacobian', 'summed'] as const) {
      yield () =>
        this.apply(
          ['affine'],
          kind,
          ([p]) => this.into(room(), out => run(pointPath, 'fromAffine', out, p)),
          kind === 'first',
        );
    }
    for (const apart of [true, false]) {
      // The result beside the operands, and in the place of the first.
      yield () =>
        this.apply(['homogeneous', 'homogeneous'], 'homogeneous', ([p, q]) =>
          this.into(apart ? room() : p, out => run(pointPath, 'addComplete', out, p, q)),
        );
      yield () =>
        this.apply(['homogeneous', 'affine'], 'homogeneous', ([p, q]) =>
          this.into(apart ? room() : p, out => run(pointPath, 'addMixed', out, p, q)),
        );
    }
    yield () => this.apply(['homogeneous'], 'jacobian', ([p]) => this.into(p, () => run(pointPath, 'toJacobian', p)));
    yield () =>
      this.apply(['jacobian'], 'homogeneous', ([p]) => this.into(p, () => run(pointPath, 'toHomogeneous', p)));
    for (const kind of ['jacobian', 'first'] as const) {
      yield () =>
        this.apply([kind, 'affine'], 'jacobian', ([p, q]) => this.into(p, () => run(pointPath, 'addAffine', p, q)));
    }
    for (const kind of ['jacobian', 'summed'] as const) {
      const once = this.elements.machine.number(1, 'i32');
      yield () => this.apply([kind], kind, ([p]) => this.into(p, () => run(pointPath, 'doubleJacobian', p, once)));
    }
    yield () => this.addDigits('affine', 2 * size);
    yield () => this.addDigits('summed', 3 * size);
    yield () => this.normalized();
    yield () => this.results();
  }

  /** A function whose second operand may have a negated y; `sign`: the first one may, too. */
  private apply(kinds: Kind[], result: Kind, body: (operands: Address[]) => Address, sign = false): void {
    const operands = kinds.map((kind, i) => this.operand(kind, i > 0 || sign));
    if (operands.includes(null)) return;
    this.grow(result, this.read(body(operands as Address[]), 3));
  }

  private into(out: Address, body: (out: Address) => void): Address {
    body(out);
    return out;
  }

  /** A point of a kind in memory; y may be negated (negateIf). */
  private operand(kind: Kind, signs = false): Address | null {
    const point = this.known.get(kind);
    if (point === undefined) return null;
    const at = new Region().at();
    this.write(at, signs ? point.map((element, i) => (i === 1 ? join(element, negative(element)) : element)) : point);
    return at;
  }

  private write(at: Address, point: Point): void {
    point.forEach((element, i) => this.elements.put(at.region.at(at.offset + i * this.elements.size), element));
  }

  private read({ region, offset }: Address, count: number): Point {
    return Array.from({ length: count }, (_, i) => this.elements.get(region.at(offset + i * this.elements.size)));
  }

  /**
   * Adds a point to what is known of its kind. Values are rounded outwards, and top limbs may be what the values allow, so
   * that the fixpoint comes soon.
   */
  private grow(kind: Kind, point: Point): void {
    const before = this.known.get(kind);
    const grid = this.elements.field.modulus >> 9n;
    const after = point.map((element, i) => {
      const wider = rounded(before === undefined ? element : join(before[i], element), grid);
      return { ...wider, limbs: [...wider.limbs.slice(0, -1), this.elements.topLimb(wider)] };
    });
    if (before !== undefined && after.every((element, i) => contains(before[i], element))) return;
    this.grown = true;
    this.known.set(kind, after);
  }

  private run(path: string, name: string, args: readonly Value[]): Value | null {
    return this.elements.machine.call(path, name, args, [this.elements.source]);
  }

  /** Points that come from outside, and the generator. */
  private affineInputs(): void {
    const { machine, source } = this.elements;
    const generator = machine.property(source, 'generator') as Address;
    this.grow('affine', this.read(generator, 2));
    const bytes = new Region();
    machine.memory.store(bytes.at(), 'u8', machine.number(4, 'u8'));
    const out = new Region().at();
    this.run(curvePath, 'readPoint', [out, bytes.at()]);
    this.grow('affine', this.read(out, 2));
    // A compressed point, whose y is a root.
    machine.everyWay(() => {
      const compressed = new Region();
      machine.memory.store(compressed.at(), 'u8', machine.number(2, 'u8'));
      const length = machine.number(1 + machine.known(machine.property(source, 'bytes')), 'i32');
      this.run(curvePath, 'decodePoint', [new Region().at(), compressed.at(), length]);
    });
  }

  /** vartime.ts: p += digit * q, with all that branches there. */
  private addDigits(kind: Kind, stride: number): void {
    const { machine } = this.elements;
    for (const finite of [true, false]) {
      for (const digit of [1, -1]) {
        machine.everyWay(() => {
          const out = finite ? this.operand('summed') : new Region().at();
          const table = this.operand(kind);
          if (out === null || table === null) return;
          const numbers: Integer[] = [machine.number(stride), machine.number(digit, 'i32')];
          const affine = machine.boolean(kind === 'affine');
          const sum = this.run(vartimePath, 'addDigit', [out, machine.boolean(finite), table, ...numbers, affine]);
          if (isConstant(machine.integer(sum)) && machine.integer(sum).lo === 1n)
            this.grow('summed', this.read(out, 3));
        });
      }
    }
  }

  /** multiply.ts: homogeneous points become affine, several with one inversion. */
  private normalized(): void {
    const { machine, size } = this.elements;
    const point = this.known.get('homogeneous');
    if (point === undefined) return;
    const points = new Region().at();
    const denominators = machine.static(multiplyPath, 'denominators') as Address;
    for (let i = 0; i < 3; i++) {
      this.write(points.region.at(2 * i * size), point.slice(0, 2));
      this.write(denominators.region.at(i * size), point.slice(2));
    }
    this.run(multiplyPath, 'normalize', [points, machine.number(3)]);
    for (let i = 0; i < 3; i++) this.grow('affine', this.read(points.region.at(2 * i * size), 2));
    // The same, of multiples of the generator.
    this.run(multiplyPath, 'fillMultiples', [points, machine.number(3)]);
    for (let i = 0; i < 3; i++) this.grow('affine', this.read(points.region.at(2 * i * size), 2));
  }

  /** What becomes of the last point: bytes of its coordinates, or their comparison with r. */
  private results(): void {
    const { machine, size } = this.elements;
    const point = this.operand('homogeneous', true);
    if (point !== null) {
      this.run(multiplyPath, 'toAffine', [point]);
      this.run(curvePath, 'writePoint', [new Region().at(), point]);
    }
    const sum = this.operand('summed');
    if (sum === null) return;
    const z = sum.region.at(2 * size);
    machine.method(this.elements.source, 'square', [z, z]);
    const r = new Region().at();
    this.elements.put(r, this.elements.canonical());
    this.run(curvePath, 'isQuotient', [sum, r]);
  }
}

function inside(a: Range, b: Range): boolean {
  return a.lo <= b.lo && b.hi <= a.hi;
}

function contains(a: Element, b: Element): boolean {
  return a.limbs.every((limb, i) => inside(limb, b.limbs[i])) && inside(a.value, b.value);
}

/** The value to multiples of the grid, outwards. */
function rounded({ limbs, value }: Element, grid: bigint): Element {
  const down = (x: bigint) => (x >= 0n ? x / grid : -((-x + grid - 1n) / grid)) * grid;
  return { limbs, value: { lo: down(value.lo), hi: -down(-value.hi) } };
}
