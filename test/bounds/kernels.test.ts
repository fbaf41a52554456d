// The products of the fields, and what else is done limb by limb, at the bounds that their files state. Also that the
// machine which shows it computes what the code computes, and that what it does not know fails with file and line.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Field,
  field448,
  field25519,
  fieldOfPairs,
  limbsAt,
  montgomeryField,
  negated,
  pairPath,
  putLimbs,
  weierstrassCurves,
  weierstrassOrders,
} from './fields.ts';
import { inversionPath } from './inversion.ts';
import { checkMontgomery, checkMultiplySmall, checkProduct, checkProductInLoop, type Margins } from './kernels.ts';
import { checkElementFile, checkFieldFile, checkQuickZeroTest, checkToBytes } from './linear.ts';
import { Machine } from './machine.ts';
import { type Address, Region } from './memory.ts';
import { parseModule } from './parser.ts';
import { Program } from './program.ts';

const program = new Program();

/** The largest intermediate is below what a comment says. */
function below({ signed }: Margins, most: number): void {
  assert.ok(Number(signed.size) < most, `${signed.where}: ${Math.log2(Number(signed.size))}`);
}

for (const { path, name, kernel } of weierstrassCurves) {
  const machine = new Machine(program);
  const field = montgomeryField(machine, path, name);
  const source = machine.class(path, name);
  test(`${name}: products fit i64 and are Montgomery products`, () => {
    // "a column of 19 products (P-521) and the reduction's terms stay below": 19 * 6.5 * 2^56.
    const claim = /stay below (\d+) \* ([\d.]+) \* 2\^56 < 2\^63/.exec(
      program.module('assembly/shared/weierstrass/element.ts').header,
    );
    assert.ok(claim);
    for (const margins of [
      checkMontgomery(program, field, `${kernel}Multiply`, 2),
      checkMontgomery(program, field, `${kernel}Square`, 1),
    ]) {
      below(margins, Number(claim[1]) * Number(claim[2]) * 2 ** 56);
    }
  });
  test(`${name}: the generated file states the limit of element.ts`, () => {
    assert.is(program.claim(path, /is at most (\d+) \* \(2\^28 \+ 8\)\^2\. After/), String(field.limit));
    assert.is(field.carried[0], 2n ** 28n + 8n);
  });
  test(`${name}: sums, multiples, signs and carries of element.ts are what they say`, () => {
    checkElementFile(program, field, source);
  });
  test(`${name}: the quick test for zero lets multiples of p up to 16 pass`, () => {
    checkQuickZeroTest(program, source, 16);
  });
}

for (const { path, name } of weierstrassOrders) {
  const machine = new Machine(program);
  test(`${name}: products in a loop fit i64`, () => {
    checkProductInLoop(program, montgomeryField(machine, path, name), machine.class(path, name));
  });
}

const columns: [string, Field, number][] = [
  // "below a * b * 2^59", and "38 * a * b * 2^54 < a * b * 2^59.3".
  ['Curve25519', field25519(program), 2 ** 59],
  ['Curve448', field448(program), 2 ** 59.3],
];
for (const [name, field, column] of columns) {
  test(`${name}: products fit i64 and are carried`, () => {
    const most = Number(field.limit) * column;
    below(checkProduct(program, field, 'multiply', 2, negated(field.carried)), most);
    below(checkProduct(program, field, 'square', 1, negated(field.carried)), most);
    below(checkMultiplySmall(program, field), 2 ** 56);
  });
  test(`${name}: sums, signs, swaps and bytes`, () => {
    checkFieldFile(program, field);
    checkToBytes(program, field);
  });
}

test('pairs of Curve25519: biased columns fit u64 and products are carried', () => {
  const field = fieldOfPairs(program);
  const least = field.carried.map(() => 0n);
  const claim = /Columns are below 2\^([\d.]+) \(even\)/.exec(program.text(pairPath));
  assert.ok(claim);
  for (const margins of [
    checkProduct(program, field, 'multiplyPairs', 2, least),
    checkProduct(program, field, 'squarePairs', 1, least),
  ]) {
    assert.ok(Number(margins.unsigned.size) < 2 ** 63 + 2 ** Number(claim[1]));
    assert.ok(margins.unsigned.size < 1n << 64n);
  }
});

/** Limbs of the residue, any that fit: from a fixed sequence. */
function someLimbs(field: Field, seed: bigint): bigint[] {
  return field.carried.map(
    (most, i) => ((seed * 6364136223846793005n + BigInt(i) * 1442695040888963407n) % (2n * most)) - most,
  );
}

function put(machine: Machine, field: Field, limbs: readonly bigint[]): Address {
  const at = new Region().at();
  putLimbs(machine, field, at, limbs, limbs);
  return at;
}

function valueOfLimbs(field: Field, limbs: readonly { lo: bigint }[]): bigint {
  return limbs.reduce((sum, { lo }, i) => sum + (lo << field.weights[i]), 0n);
}

test('the machine computes products of numbers as the code does', () => {
  for (let seed = 1n; seed < 20n; seed++) {
    for (const { path, name, kernel } of weierstrassCurves) {
      const machine = new Machine(program);
      const field = montgomeryField(machine, path, name);
      const [a, b] = [someLimbs(field, seed), someLimbs(field, -seed)];
      const out = new Region().at();
      machine.call(path, `${kernel}Multiply`, [out, put(machine, field, a), put(machine, field, b)]);
      const product = valueOfLimbs(field, limbsAt(machine, field, out)) << BigInt(28 * field.weights.length);
      const factors = [a, b].map(limbs =>
        valueOfLimbs(
          field,
          limbs.map(lo => ({ lo })),
        ),
      );
      assert.equal((product - factors[0] * factors[1]) % field.modulus, 0n);
    }
    for (const field of [field25519(program), field448(program)]) {
      const machine = new Machine(program);
      const f = someLimbs(field, seed);
      const out = new Region().at();
      machine.call(field.path, 'square', [out, put(machine, field, f)]);
      const root = valueOfLimbs(
        field,
        f.map(lo => ({ lo })),
      );
      assert.equal((valueOfLimbs(field, limbsAt(machine, field, out)) - root * root) % field.modulus, 0n);
    }
  }
});

test('the machine inverts numbers as the code does', () => {
  for (const { path, name } of [...weierstrassCurves, ...weierstrassOrders]) {
    const machine = new Machine(program);
    const field = montgomeryField(machine, path, name);
    const a = put(
      machine,
      field,
      someLimbs(field, 7n).map(limb => (limb < 0n ? -limb : limb) % (1n << 20n)),
    );
    const value = valueOfLimbs(field, limbsAt(machine, field, a));
    machine.call(inversionPath, 'invert', [a, a], [machine.class(path, name)]);
    const R = 1n << BigInt(28 * field.weights.length);
    assert.equal((value * valueOfLimbs(field, limbsAt(machine, field, a)) - R * R) % field.modulus, 0n, name);
  }
});

const unknown: [string, string, RegExp][] = [
  ['a construct', 'function f(a: i32): void {\n  switch (a) {}\n}', /^x\.ts:2: cannot parse/],
  ['an expression without effect', 'function f(a: i32): void {\n  a + 1;\n}', /^x\.ts:2: a statement without effect/],
  ['a character', 'const a = 1;\nconst b = `1`;', /^x\.ts:2: unknown character/],
  ['an import of a package', "import { a } from 'a';", /^x\.ts:1: cannot parse/],
];
for (const [what, text, message] of unknown) {
  test(`${what} that the parser does not know fails with file and line`, () => {
    assert.throws(
      () => parseModule('x.ts', text),
      (error: Error) => message.test(error.message),
    );
  });
}

test('a function that the machine does not know fails with file and line', () => {
  const path = 'x.ts';
  const text = 'export function f(a: usize): void {\n  v128.store(a, i8x16.popcnt(v128.load(a)));\n}';
  const machine = new Machine(new Program([{ path, to: text }]));
  assert.throws(
    () => machine.call(path, 'f', [new Region().at()]),
    (error: Error) => error.message === 'x.ts:2: unknown function i8x16.popcnt',
  );
});

test.run();
