// multiplyPoint and multiplyGenerator of the P curves, run from end to end with scalars that may be anything: beside the
// rules of points.ts this shows that the callers in multiply.ts keep to them, signs of operands included.

import type { Value } from './machine.ts';
import { type Address, Region } from './memory.ts';
import { type Element, Elements, join } from './montgomery_elements.ts';
import type { Program } from './program.ts';

const multiplyPath = 'assembly/shared/weierstrass/multiply.ts';
const scalarPath = 'assembly/shared/weierstrass/scalar.ts';
const inversionPath = 'assembly/shared/weierstrass/inversion.ts';

export class ScalarMultiplication {
  readonly elements: Elements;
  private readonly order: Value;

  /** @param order the class of the group order */
  constructor(program: Program, field: { path: string; name: string }, order: { path: string; name: string }) {
    this.elements = new Elements(program, field.path, field.name);
    const { machine } = this.elements;
    const { integers } = machine;
    this.order = machine.class(order.path, order.name);
    machine.intercept(scalarPath, 'recode', () => integers.any('u32'));
    machine.intercept(scalarPath, 'digit', () => integers.any('u32'));
    machine.intercept(scalarPath, 'digitSign', () => integers.any('u32'));
    machine.intercept(scalarPath, 'select', ([out, table, , width, words]) => this.select(out, table, width, words));
    // What an inversion gives is a product (inversion.test.ts).
    machine.intercept(inversionPath, 'invert', ([out]) => this.put(out, this.product()));
    // The real one takes a while; it makes affine points (points.ts).
    machine.intercept(multiplyPath, 'fillComb', () => this.fillComb());
  }

  private put(out: Value, element: Element): null {
    this.elements.put(out as Address, element);
    return null;
  }

  /** Any product there is: its value is within (-p, 2p) whatever the operands (element.ts). */
  private product(): Element {
    const { modulus } = this.elements.field;
    return this.elements.number(1n - modulus, 2n * modulus - 1n);
  }

  private fillComb(): null {
    const { machine, source, size } = this.elements;
    const { region } = machine.property(source, 'comb') as Address;
    const bits = machine.known(machine.property(source, 'bits'));
    const [width, apart, row] = ['WIDTH', 'APART', 'ENTRIES'].map(name =>
      machine.known(machine.static(multiplyPath, name)),
    );
    const digits = Math.floor((bits - 1) / width);
    const entries = row * Math.ceil(digits / apart) + 2 ** ((bits - 1) % width);
    for (let i = 0; i < 2 * entries; i++) this.put(region.at(i * size), this.product());
    return null;
  }

  /** Any entry of a table. */
  private select(out: Value, table: Value, width: Value, words: Value): null {
    const { machine, size } = this.elements;
    const to = out as Address;
    const from = table as Address;
    const stride = 16 * machine.known(words);
    for (let at = 0; at < stride; at += size) {
      const list = Array.from({ length: 1 << (machine.known(width) - 1) }, (_, i) =>
        this.elements.get(from.region.at(from.offset + i * stride + at)),
      );
      this.put(to.region.at(to.offset + at), list.reduce(join));
    }
    return null;
  }

  /** A scalar times an affine point. */
  checkPoint(): void {
    const point = new Region().at();
    this.put(point, this.product());
    this.put(point.region.at(this.elements.size), this.product());
    this.run('multiplyPoint', [new Region().at(), point, new Region().at()]);
  }

  /** A scalar times the generator, by the comb and, in the first uses, without. */
  checkGenerator(): void {
    const { machine } = this.elements;
    const { region } = machine.property(this.elements.source, 'generatorUses') as Address;
    for (const uses of [0, 3]) {
      machine.memory.store(region.at(), 'u32', machine.number(uses, 'u32'));
      const comb = machine.property(this.elements.source, 'comb') as Address;
      machine.memory.store(comb, 'u32', machine.number(0, 'u32'));
      this.run('multiplyGenerator', [new Region().at(), new Region().at()]);
    }
  }

  private run(name: string, args: readonly Value[]): void {
    const { machine, source } = this.elements;
    const [out] = args;
    const order = this.order;
    if (order.kind !== 'class') throw new Error('the order is no class');
    machine.call(multiplyPath, name, args, [source, order]);
    machine.call(multiplyPath, 'toAffine', [out], [source]);
    machine.call('assembly/shared/weierstrass/curve.ts', 'writePoint', [new Region().at(), out], [source]);
  }
}
