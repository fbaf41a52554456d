// The representations of field elements: limbs, their weights, and the bounds that the sources claim. The claims are read
// from the comments at the head of the files, so that these cannot say something else than what is checked.

import { greatest, magnitude, type Range } from './form.ts';
import type { Integer, IntegerType } from './integers.ts';
import type { Machine } from './machine.ts';
import type { Address } from './memory.ts';
import type { Program } from './program.ts';

export interface Field {
  readonly path: string;
  readonly modulus: bigint;
  /** Limb i counts 2^weights[i]. */
  readonly weights: readonly bigint[];
  /** Bytes from limb to limb, and how a limb is stored. */
  readonly stride: number;
  readonly type: IntegerType;
  /** Elements that lie interleaved, 4 bytes apart. */
  readonly elements: 1 | 2;
  /** "Carried", or "tight": the largest size of each limb. */
  readonly carried: readonly bigint[];
  /** Factors of that bound whose product multiplication takes. */
  readonly limit: bigint;
}

export const curve25519Path = 'assembly/ec/curve25519/field.ts';
export const pairPath = 'assembly/ec/curve25519/pair_products.ts';
export const curve448Path = 'assembly/ec448/field.ts';
export const elementPath = 'assembly/shared/weierstrass/element.ts';

const weights25519 = Array.from({ length: 10 }, (_, i) => BigInt(Math.ceil(25.5 * i)));

export function field25519(program: Program): Field {
  const says = (pattern: RegExp) => BigInt(program.claim(curve25519Path, pattern));
  const even = 1n << says(/\|h_i\| <= 2\^(\d+) \(even i\)/);
  const odd = 1n << says(/or 2\^(\d+) \(odd i\)/);
  const more = 1n << says(/plus 2\^(\d+) in limb 1:/);
  return {
    path: curve25519Path,
    modulus: 2n ** 255n - 19n,
    weights: weights25519,
    stride: 8,
    type: 'i64',
    elements: 1,
    carried: weights25519.map((_, i) => (i % 2 === 0 ? even : odd) + (i === 1 ? more : 0n)),
    limit: says(/as long as a \* b <= (\d+)/),
  };
}

/** One half of a pair. Carried limbs are not negative here. */
export function fieldOfPairs(program: Program): Field {
  const description = 'assembly/ec/curve25519/pair.ts';
  const says = (pattern: RegExp) => BigInt(program.claim(description, pattern));
  const even = 1n << says(/0 <= limb < 2\^(\d+) \(even\)/);
  const odd = 1n << says(/or 2\^(\d+) \(odd\)/);
  const more = 1n << says(/plus 2\^(\d+) in limb 1:/);
  return {
    ...field25519(program),
    path: pairPath,
    type: 'i32',
    elements: 2,
    carried: weights25519.map((_, i) => (i % 2 === 0 ? even : odd) + (i === 1 ? more : 0n) - 1n),
    limit: BigInt(/factors a \* b <= (\d+)\./.exec(program.text(pairPath))?.[1] ?? 0),
  };
}

export function field448(program: Program): Field {
  const says = (pattern: RegExp) => BigInt(program.claim(curve448Path, pattern));
  const most = 1n << says(/\|h_i\| <= 2\^(\d+), plus/);
  const more = 1n << says(/plus 2\^(\d+) in limbs 1 and 9:/);
  const weights = Array.from({ length: 16 }, (_, i) => BigInt(28 * i));
  return {
    path: curve448Path,
    modulus: 2n ** 448n - 2n ** 224n - 1n,
    weights,
    stride: 8,
    type: 'i64',
    elements: 1,
    carried: weights.map((_, i) => most + (i === 1 || i === 9 ? more : 0n)),
    limit: says(/as long as a \* b <= (\d+)/),
  };
}

export const weierstrassCurves = [
  { path: 'assembly/ec/p256/field.ts', name: 'P256Field', kernel: 'p256' },
  { path: 'assembly/ec_large/p384_field.ts', name: 'P384Field', kernel: 'p384' },
  { path: 'assembly/ec_large/p521_field.ts', name: 'P521Field', kernel: 'p521' },
] as const;

export const weierstrassOrders = [
  { path: 'assembly/ec/p256/order.ts', name: 'P256Order' },
  { path: 'assembly/ec_large/p384_order.ts', name: 'P384Order' },
  { path: 'assembly/ec_large/p521_order.ts', name: 'P521Order' },
] as const;

/** A generated class of a field or an order. The bound of one is that of a tight limb. */
export function montgomeryField(machine: Machine, path: string, name: string): Field {
  const { program } = machine;
  const source = machine.class(path, name);
  const limbs = machine.known(machine.property(source, 'limbs'));
  const width = BigInt(program.claim(elementPath, /"tight" is within \[-\d+, 2\^(\d+) \+ \d+\)/));
  const tight = (1n << width) + BigInt(program.claim(elementPath, /"tight" is within \[-\d+, 2\^\d+ \+ (\d+)\)/));
  const modulus = machine.property(source, 'modulus') as Address;
  const weights = Array.from({ length: limbs }, (_, i) => width * BigInt(i));
  const field: Field = {
    path,
    modulus: 0n,
    weights,
    stride: 4,
    type: 'i32',
    elements: 1,
    carried: weights.map(() => tight),
    limit: BigInt(program.claim(elementPath, /needs a \* b <= (\d+)/)),
  };
  const value = limbsAt(machine, field, modulus).reduce((sum, limb, i) => sum + (limb.lo << weights[i]), 0n);
  return { ...field, modulus: value };
}

/** The limbs of an element in memory; `element` is that of a pair. */
export function limbsAt(machine: Machine, field: Field, { region, offset }: Address, element = 0): Integer[] {
  const { weights, stride, type } = field;
  return weights.map((_, i) => machine.memory.load(region.at(offset + stride * i + 4 * element), type));
}

/** Stores limbs within [lo, hi] of each, of both elements of a pair; symbols if they have a name ("f0", "f0'"). */
export function putLimbs(
  machine: Machine,
  { stride, type, elements }: Field,
  { region, offset }: Address,
  lo: readonly bigint[],
  hi: readonly bigint[],
  name?: string,
): void {
  for (let element = 0; element < elements; element++) {
    hi.forEach((most, i) => {
      const symbol = name === undefined ? undefined : symbolOf(name, i, element);
      const limb = machine.integers.between(type, lo[i], most, symbol);
      machine.memory.store(region.at(offset + stride * i + 4 * element), type, limb);
    });
  }
}

/** Limb i of an operand, as a symbol. */
export function symbolOf(name: string, i: number, element = 0): string {
  return `${name}${i}${"'".repeat(element)}`;
}

/** A factor of the carried bound, in thousandths, so that the square of one whose square is the limit can be had. */
export function times(carried: readonly bigint[], thousandths: bigint): bigint[] {
  return carried.map(limb => (limb * thousandths) / 1000n);
}

export function negated(list: readonly bigint[]): bigint[] {
  return list.map(x => -x);
}

/** In thousandths, rounded up: how often the carried bound the largest limb is. */
export function factor({ carried }: Field, limbs: readonly Range[]): bigint {
  const factors = limbs.map((limb, i) => (1000n * magnitude(limb) + carried[i] - 1n) / carried[i]);
  return greatest(factors);
}
