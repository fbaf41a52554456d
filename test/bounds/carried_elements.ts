// Elements of the fields of Curve25519 and Curve448 on the level of the formulas: additions run as the sources are, a
// product takes operands within the limit and gives a carried element, which is what kernels.test.ts shows of it.

import {
  curve448Path,
  curve25519Path,
  type Field,
  factor,
  field448,
  field25519,
  fieldOfPairs,
  limbsAt,
  negated,
  pairPath,
  putLimbs,
  times,
} from './fields.ts';
import { greatest, type Range } from './form.ts';
import { type Intercept, Machine, type Value } from './machine.ts';
import type { Address } from './memory.ts';
import type { Program } from './program.ts';

const maskPath = 'assembly/shared/ct.ts';

export class CarriedElements {
  readonly machine: Machine;
  readonly field: Field;
  /** Comments with bounds that were compared, by place. */
  readonly compared = new Set<string>();
  /** The largest product of factors, in millionths, and where. */
  largest = { size: 0n, where: '' };
  /** The files whose comments state factors; elsewhere a number may be an exponent. */
  private readonly formulas: readonly string[];

  /** @param formulas the files whose comments are compared */
  constructor(program: Program, curve: '25519' | '448', formulas: readonly string[]) {
    this.machine = new Machine(program);
    this.formulas = formulas;
    this.field = curve === '25519' ? field25519(program) : field448(program);
    const path = curve === '25519' ? curve25519Path : curve448Path;
    this.products(this.field, path, 'multiply', 'square', negated(this.field.carried));
    if (curve === '25519') {
      const pairs = fieldOfPairs(program);
      this.products(
        pairs,
        pairPath,
        'multiplyPairs',
        'squarePairs',
        pairs.carried.map(() => 0n),
      );
    }
    const small = /\|small\| < 2\^(\d+), bound of f below 2\^(\d+)/.exec(program.text(path))!;
    this.intercept(path, 'multiplySmall', ([out, f, by]) => {
      const { lo, hi } = this.machine.integer(by);
      const most = 1n << BigInt(small[1]);
      if (lo <= -most || hi >= most) throw this.machine.error('a factor that is not small');
      if (this.factorAt(this.field, f) > 1000n << BigInt(small[2]))
        throw this.machine.error('an operand that is too large');
      this.carried(out);
      return null;
    });
    const bytesLimit = 1n << BigInt(/Any \|h_i\| < 2\^(\d+)\./.exec(program.text(path))![1]);
    this.intercept(path, 'toBytes', ([bytes, f]) => {
      for (const { lo, hi } of limbsAt(this.machine, this.field, f as Address)) {
        if (lo <= -bytesLimit || hi >= bytesLimit) throw this.machine.error('a limb too large for bytes');
      }
      const { region, offset } = bytes as Address;
      region.forget(offset, curve === '25519' ? 32 : 56);
      return null;
    });
    // "z carried", say both.
    for (const name of ['invert', 'powerForRoot']) {
      this.intercept(path, name, ([, z], original) => {
        if (this.factorAt(this.field, z) > 1000n) throw this.machine.error(`${name} takes a carried element`);
        return original();
      });
    }
    this.choices(path);
    this.machine.afterStatement = ({ comment }, args) => this.compare(comment, args);
  }

  private intercept(path: string, name: string, body: Intercept): void {
    this.machine.intercept(path, name, body);
  }

  private products(field: Field, path: string, multiply: string, square: string, least: readonly bigint[]): void {
    const product = (out: Value, f: Value, g: Value) => {
      const [a, b] = [this.factorAt(field, f), this.factorAt(field, g)];
      const { machine } = this;
      if (a * b > field.limit * 1_000_000n)
        throw machine.error(`factors ${a} * ${b} thousandths of a product above ${field.limit}`);
      if (a * b > this.largest.size) this.largest = { size: a * b, where: machine.place() };
      const claim = this.claims() ? /bounds (\d+) \* (\d+)$/.exec(machine.comment) : null;
      if (claim !== null) this.stated(a <= 1000n * BigInt(claim[1]) && b <= 1000n * BigInt(claim[2]));
      putLimbs(machine, field, out as Address, least, field.carried);
      return null;
    };
    this.intercept(path, multiply, ([out, f, g]) => product(out, f, g));
    this.intercept(path, square, ([out, f]) => product(out, f, f));
  }

  /** What depends on masks: either is possible, and both are kept. */
  private choices(path: string): void {
    const { integers } = this.machine;
    for (const name of ['nonZero32', 'zero32', 'equal32']) this.intercept(maskPath, name, () => integers.any('u32'));
    this.intercept(path, 'conditionalSwap', ([f, g]) => {
      const x = limbsAt(this.machine, this.field, f as Address);
      const y = limbsAt(this.machine, this.field, g as Address);
      const joined = x.map((limb, i) => integers.join(limb, y[i]));
      this.put(f, joined);
      this.put(g, joined);
      return null;
    });
    this.intercept(path, 'conditionalNegate', ([out, f]) => {
      const limbs = limbsAt(this.machine, this.field, f as Address);
      this.put(
        out,
        limbs.map(limb => integers.join(limb, integers.negate(limb))),
      );
      return null;
    });
  }

  put(at: Value, limbs: readonly Range[], field = this.field): void {
    putLimbs(
      this.machine,
      field,
      at as Address,
      limbs.map(limb => limb.lo),
      limbs.map(limb => limb.hi),
    );
  }

  /** Any element within so many times the carried bound. */
  carried(at: Value, thousandths = 1000n): void {
    const most = times(this.field.carried, thousandths);
    putLimbs(this.machine, this.field, at as Address, negated(most), most);
  }

  /** How often the carried bound the element is, in thousandths; the larger one of a pair. */
  factorAt(field: Field, at: Value): bigint {
    const list = Array.from({ length: field.elements }, (_, i) =>
      factor(field, limbsAt(this.machine, field, at as Address, i)),
    );
    return greatest(list);
  }

  private claims(): boolean {
    return this.formulas.some(path => this.machine.place().startsWith(`${path}:`));
  }

  /** "2", "u = y^2 - 1, bound 2": of the result. */
  private compare(comment: string, args: readonly Value[]): void {
    const bound = this.claims() ? /(?:^|bound )(\d+)$/.exec(comment) : null;
    if (bound !== null && args[0]?.kind === 'address')
      this.stated(this.factorAt(this.field, args[0]) <= 1000n * BigInt(bound[1]));
  }

  private stated(holds: boolean): void {
    if (!holds) throw this.machine.error(`the comment says "${this.machine.comment}", which is not so`);
    this.compared.add(this.machine.place());
  }
}
