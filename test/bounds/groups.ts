// The groups of Curve25519 and Curve448: every function on points takes carried coordinates to carried ones, so that any
// number of calls in any order stays within the bounds; and what is above them, from bytes to bytes.

import { CarriedElements } from './carried_elements.ts';
import { fieldOfPairs, limbsAt, putLimbs } from './fields.ts';
import type { Value } from './machine.ts';
import { type Address, Region } from './memory.ts';
import type { Program } from './program.ts';

export interface Curve {
  readonly name: '25519' | '448';
  readonly folder: string;
  /** Where the ladder is. */
  readonly ladder: string;
  readonly diffieHellman: string;
  readonly publicKey: string;
  /** Bounds of a prepared point's elements: what an addition takes of its second operand. */
  readonly prepared: readonly bigint[];
  /** Bytes of the element. */
  readonly size: number;
}

export const curves: readonly Curve[] = [
  {
    name: '25519',
    folder: 'assembly/ec/curve25519',
    ladder: 'ladder.ts',
    diffieHellman: 'x25519.ts',
    publicKey: 'ed25519.ts',
    prepared: [2n, 2n, 1n, 1n],
    size: 80,
  },
  {
    name: '448',
    folder: 'assembly/ec448',
    ladder: 'x448.ts',
    diffieHellman: 'x448.ts',
    publicKey: 'ed448.ts',
    prepared: [1n, 1n, 1n, 1n],
    size: 128,
  },
];

/** All functions of both edwards.ts: those that are exported, and what they call. */
export const covered = [
  ...['setIdentity', 'double', 'doubleTimes', 'addPrepared', 'prepare', 'encode', 'encodeMontgomery', 'decodeVartime'],
  ...['finish', 'rootOfQuotientVartime', 'isZeroVartime', 'wipeEdwards'],
];

export class Group {
  readonly elements: CarriedElements;
  private readonly curve: Curve;
  private readonly edwards: string;

  constructor(program: Program, curve: Curve) {
    this.curve = curve;
    this.edwards = `${curve.folder}/edwards.ts`;
    this.elements = new CarriedElements(program, curve.name, [this.edwards, `${curve.folder}/${curve.ladder}`]);
    const { machine } = this.elements;
    const table = `${curve.folder}/base_table.ts`;
    machine.intercept(table, 'select', ([row]) => this.anyEntry(table, machine.known(row)));
    machine.intercept(table, 'signedDigits', () => null);
    // Scalars are no elements: what becomes of them is bytes.
    machine.intercept(`${curve.folder}/scalar.ts`, 'reduceScalar', () => null);
  }

  /** Doubling, addition and what prepares for it keep the coordinates carried. */
  checkPoints(): void {
    const { machine } = this.elements;
    for (const extended of [true, false]) {
      const p = this.point();
      machine.call(this.edwards, 'double', [p, machine.boolean(extended)]);
      this.expectCarried(p, 4);
    }
    for (const affine of [true, false]) {
      for (const negative of [true, false]) {
        const p = this.point();
        // The Z of an affine entry is one and not stored.
        const q = this.point(this.curve.prepared.slice(0, affine ? 3 : 4));
        machine.call(this.edwards, 'addPrepared', [p, q, machine.boolean(affine), machine.boolean(negative)]);
        this.expectCarried(p, 4);
      }
    }
    const prepared = new Region().at();
    machine.call(this.edwards, 'prepare', [prepared, this.point()]);
    this.expect(prepared, this.curve.prepared);
    const identity = new Region().at();
    machine.call(this.edwards, 'setIdentity', [identity]);
    this.expectCarried(identity, 4);
  }

  /** Points from bytes and to bytes. */
  checkEncodings(): void {
    const { machine } = this.elements;
    for (const name of ['encode', 'encodeMontgomery'])
      machine.call(this.edwards, name, [new Region().at(), this.point()]);
    let decoded = 0;
    machine.everyWay(() => {
      const p = new Region().at();
      const found = machine.integer(machine.call(this.edwards, 'decodeVartime', [p, new Region().at()]));
      if (found.lo === 0n) return;
      decoded++;
      this.expectCarried(p, 4);
    });
    if (decoded === 0) throw new Error('no way through decodeVartime ends with a point');
  }

  /** The table of the base point, and a multiplication by it from end to end. */
  checkBaseTable(): void {
    const { machine } = this.elements;
    const path = `${this.curve.folder}/base_table.ts`;
    const p = new Region().at();
    machine.call(path, 'multiplyBase', [p, new Region().at()]);
    this.expectCarried(p, 4);
    for (const digit of [1, -1]) machine.call(path, 'addOddMultipleVartime', [p, machine.number(digit, 'i32')]);
    this.expectCarried(p, 4);
    // The odd multiples of a public key.
    const verify = `${this.curve.folder}/${this.curve.publicKey}`;
    this.put(machine.static(verify, 'point') as Address, [1n, 1n, 1n, 1n]);
    machine.call(verify, 'prepareMultiplesVartime', []);
    const multiples = machine.static(verify, 'multiples') as Address;
    for (let i = 0; i < 8; i++) this.expect(multiples.region.at(4 * i * this.curve.size), this.curve.prepared);
  }

  /** What select() may leave in `entry`: any entry of the row or the identity, or the negative of it. */
  private anyEntry(path: string, row: number): null {
    const { machine, field } = this.elements;
    const { integers } = machine;
    const entry = machine.static(path, 'entry') as Address;
    const size = machine.known(machine.static(path, 'ENTRY'));
    const comb = machine.static(path, 'comb') as Address;
    const count = machine.known(machine.static(path, 'GROUP'));
    for (let i = 0; i < 3 * field.weights.length; i++) {
      let limb = integers.between('i64', 0n, 1n);
      for (let j = 0; j < count; j++) {
        const stored = machine.memory.load(comb.region.at((row * count + j) * size + 4 * i), 'i32');
        limb = integers.join(limb, integers.convert(stored, 'i64'));
      }
      machine.memory.store(entry.region.at(8 * i), 'i64', limb);
    }
    // Negation: two elements change places (25519) and one changes its sign, or two change theirs (448).
    const element = (i: number) => entry.region.at(i * this.curve.size);
    const mask = integers.any('u32');
    if (this.curve.name === '25519') machine.call(field.path, 'conditionalSwap', [element(0), element(1), mask]);
    else machine.call(field.path, 'conditionalNegate', [element(0), element(0), mask]);
    machine.call(field.path, 'conditionalNegate', [element(2), element(2), mask]);
    return null;
  }

  /** The Montgomery ladder: a step keeps its pairs carried, and the whole of it goes from bytes to bytes. */
  checkLadder(): void {
    const { machine } = this.elements;
    const path = `${this.curve.folder}/${this.curve.ladder}`;
    if (this.curve.name === '25519') {
      for (const mask of [0n, 0xffffffffn]) {
        this.putPairs(path, ['two', 'three', 'constants']);
        machine.call(path, 'step', [machine.number(mask, 'u32')]);
        this.expectPairs(path, ['two', 'three']);
      }
      machine.intercept(path, 'step', () => {
        this.expectPairs(path, ['two', 'three', 'constants']);
        this.putPairs(path, ['two', 'three']);
        return null;
      });
    }
    const diffieHellman = `${this.curve.folder}/${this.curve.diffieHellman}`;
    const bytes = () => new Region().at();
    machine.call(diffieHellman, `x${this.curve.name}`, [bytes(), bytes(), bytes()]);
    // By the ladder, and by the comb: of another function, or of the same once there were many.
    if (this.curve.name === '25519') {
      machine.call(diffieHellman, 'x25519PublicKey', [bytes(), bytes()]);
      machine.call(`${this.curve.folder}/x25519_comb.ts`, 'x25519PublicKeyByComb', [bytes(), bytes()]);
      return;
    }
    for (const before of [0, 100]) {
      machine.setStatic(diffieHellman, 'publicKeys', machine.number(before, 'i32'));
      machine.call(diffieHellman, `x${this.curve.name}PublicKey`, [bytes(), bytes()]);
    }
  }

  private putPairs(path: string, names: readonly string[]): void {
    const { machine } = this.elements;
    const pairs = fieldOfPairs(machine.program);
    const least = pairs.carried.map(() => 0n);
    for (const name of names) putLimbs(machine, pairs, machine.static(path, name) as Address, least, pairs.carried);
  }

  private expectPairs(path: string, names: readonly string[]): void {
    const { machine } = this.elements;
    const pairs = fieldOfPairs(machine.program);
    for (const name of names) {
      for (const element of [0, 1]) {
        const limbs = limbsAt(machine, pairs, machine.static(path, name) as Address, element);
        const fits = limbs.every(({ lo, hi }, i) => lo >= 0n && hi <= pairs.carried[i]);
        if (!fits) throw machine.error(`${name} is not carried`);
      }
    }
  }

  /** A point in memory, with the bounds of each of its elements. */
  private point(bounds: readonly bigint[] = [1n, 1n, 1n, 1n]): Address {
    const at = new Region().at();
    this.put(at, bounds);
    return at;
  }

  private put({ region, offset }: Address, bounds: readonly bigint[]): void {
    bounds.forEach((bound, i) => this.elements.carried(region.at(offset + i * this.curve.size), 1000n * bound));
  }

  private expectCarried(at: Value, count: number): void {
    this.expect(
      at as Address,
      Array.from({ length: count }, () => 1n),
    );
  }

  private expect({ region, offset }: Address, bounds: readonly bigint[]): void {
    bounds.forEach((bound, i) => {
      const found = this.elements.factorAt(this.elements.field, region.at(offset + i * this.curve.size));
      if (found > 1000n * bound)
        throw this.elements.machine.error(`element ${i} is ${found} thousandths, not ${bound}`);
    });
  }
}
