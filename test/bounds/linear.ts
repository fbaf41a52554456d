// What is not a product: sums, differences, small multiples, signs, carries, bytes. Each limb of the result is, as a
// form, what its name says.

import assert from 'node:assert/strict';
import { elementPath, type Field, limbsAt, negated, putLimbs, times } from './fields.ts';
import { combine } from './form.ts';
import { valueForm, within } from './kernels.ts';
import { type ClassValue, Machine, type Value } from './machine.ts';
import { type Address, Region } from './memory.ts';
import type { Program } from './program.ts';

type Call = (machine: Machine, out: Address, f: Address, g: Address) => void;
/** Limb i of the result is the sum of these multiples of limb i of the operands. */
type Multiples = Readonly<Record<'f' | 'g', bigint>>;

/** Runs a call on symbols and compares `results` of its arguments: out, f, g. */
function compare(
  machine: Machine,
  field: Field,
  call: Call,
  results: readonly (Multiples | null)[],
  name: string,
): void {
  const places = [new Region().at(), new Region().at(), new Region().at()] as const;
  const most = times(field.carried, 500n);
  putLimbs(machine, field, places[1], negated(most), most, 'f');
  putLimbs(machine, field, places[2], negated(most), most, 'g');
  call(machine, ...places);
  results.forEach((expected, j) => {
    if (expected === null) return;
    limbsAt(machine, field, places[j]).forEach((limb, i) => {
      assert.equal(limb.overflow, null, `${name}: limb ${i}`);
      const terms = new Map(Object.entries(expected).map(([symbol, by]) => [`${symbol}${i}`, by]));
      const rest = combine(machine.integers.formOf(limb), { terms, shift: 0n }, -1n);
      assert.deepEqual(
        [...rest.terms].filter(([, value]) => value !== 0n),
        [],
        `${name}: limb ${i}`,
      );
    });
  });
}

const f = { f: 1n, g: 0n };
const g = { f: 0n, g: 1n };

/** element.ts, for one of the generated classes. */
export function checkElementFile(program: Program, field: Field, source: ClassValue): void {
  const check = (
    name: string,
    args: (f: Address, g: Address, machine: Machine) => readonly Value[],
    expected: Multiples,
    at = 0,
  ) => {
    const call: Call = (machine, out, x, y) => {
      const list = args(x, y, machine);
      machine.call(elementPath, name, at === 0 ? [out, ...list] : list, [source]);
    };
    compare(new Machine(program, true), field, call, at === 0 ? [expected] : [null, expected], name);
  };
  check('add', (x, y) => [x, y], { f: 1n, g: 1n });
  check('subtract', (x, y) => [x, y], { f: 1n, g: -1n });
  check('triple', x => [x], { f: 3n, g: 0n });
  check('copy', x => [x], f);
  for (const n of [1, 2, 3])
    check('shift', (x, _, machine) => [x, machine.number(n, 'i32')], { f: 1n << BigInt(n), g: 0n });
  check('negateIf', (x, _, machine) => [x, machine.number(0, 'u32')], f, 1);
  check('negateIf', (x, _, machine) => [x, machine.number(0xffffffff, 'u32')], { f: -1n, g: 0n }, 1);
  checkCarry(program, field, source);
}

/** carry: tight limbs of the same value, from any that fit their lanes. */
function checkCarry(program: Program, field: Field, source: ClassValue): void {
  const machine = new Machine(program, true);
  const a = new Region().at();
  const last = field.weights.length - 1;
  // The top limb keeps all its bits and takes what comes from below.
  const most = field.weights.map((_, i) => (1n << 31n) - (i === last ? 9n : 1n));
  putLimbs(machine, field, a, negated(most), most, 'f');
  machine.call(elementPath, 'carry', [a], [source]);
  const below = -BigInt(program.claim(elementPath, /"tight" is within \[-(\d+), /));
  const limbs = limbsAt(machine, field, a);
  within(
    limbs.slice(0, last),
    most.map(() => below),
    most.map(() => field.carried[0] - 1n),
    'carry',
  );
  assert.equal(limbs[last].overflow, null);
  const terms = new Map(field.weights.map((w, i) => [`f${i}`, 1n << w]));
  const rest = combine(valueForm(machine, field, limbs), { terms, shift: 0n }, -1n);
  assert.deepEqual([...rest.terms], [], 'carry changes the value');
}

/** The same of the fields of Curve25519 and Curve448, and that what is read from bytes is carried. */
export function checkFieldFile(program: Program, field: Field): void {
  const check = (name: string, args: Call, results: readonly (Multiples | null)[]) =>
    compare(new Machine(program, true), field, args, results, name);
  const call = (machine: Machine, name: string, ...args: Value[]) => machine.call(field.path, name, args);
  check('add', (m, out, x, y) => call(m, 'add', out, x, y), [{ f: 1n, g: 1n }]);
  check('subtract', (m, out, x, y) => call(m, 'subtract', out, x, y), [{ f: 1n, g: -1n }]);
  check('copy', (m, out, x) => call(m, 'copy', out, x), [f]);
  const mask = (m: Machine, set: boolean) => m.number(set ? 0xffffffff : 0, 'u32');
  for (const set of [false, true]) {
    const negation = { f: set ? -1n : 1n, g: 0n };
    check('conditionalNegate', (m, out, x) => call(m, 'conditionalNegate', out, x, mask(m, set)), [negation]);
    const swapped = set ? [null, g, f] : [null, f, g];
    check('conditionalSwap', (m, _, x, y) => call(m, 'conditionalSwap', x, y, mask(m, set)), swapped);
  }
  const machine = new Machine(program, true);
  const out = new Region().at();
  call(machine, 'fromBytes', out, new Region().at());
  within(limbsAt(machine, field, out), negated(field.carried), field.carried, 'fromBytes');
}

/** toBytes takes limbs of any size below what it says: no sum overflows. Not that the bytes are right. */
export function checkToBytes(program: Program, field: Field): void {
  const claim = /Any \|h_i\| < 2\^(\d+)\./.exec(program.text(field.path));
  assert.ok(claim, 'toBytes states its bound');
  const machine = new Machine(program);
  const most = field.weights.map(() => (1n << BigInt(claim[1])) - 1n);
  const at = new Region().at();
  putLimbs(machine, field, at, negated(most), most);
  machine.call(field.path, 'toBytes', [new Region().at(), at]);
}

/**
 * isZeroVartime(a), for a = k * p with |k| up to its limit: the quick look at the lowest limb lets all of them pass, in
 * whichever way the limbs hold the value.
 */
export function checkQuickZeroTest(program: Program, source: ClassValue, limit: number): void {
  const path = 'assembly/shared/weierstrass/vartime.ts';
  const machine = new Machine(program);
  const modulus = machine.memory.load(machine.property(source, 'modulus') as Address, 'u32').lo;
  machine.intercept(elementPath, 'isZero', () => machine.number(0xffffffff, 'u32'));
  for (let k = -limit; k <= limit; k++) {
    const low = (BigInt(k) * modulus) & 0xfffffffn;
    // A limb is low modulo 2^28 and anything above.
    for (const above of [-8n, -1n, 0n, 7n]) {
      const a = new Region().at();
      machine.memory.store(a, 'i32', machine.number(low + (above << 28n), 'i32'));
      const zero = machine.integer(machine.call(path, 'isZeroVartime', [a], [source]));
      assert.equal(zero.lo, 1n, `${k} p is zero`);
    }
  }
}
