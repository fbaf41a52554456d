// Inversion modulo the primes and the orders of the P curves: what its comments say about sizes.

import { test } from 'uvu';
import { montgomeryField, weierstrassCurves, weierstrassOrders } from './fields.ts';
import { checkFactors, checkInvert, checkMatrix, checkNumbers } from './inversion.ts';
import { Machine } from './machine.ts';
import { Program } from './program.ts';

const program = new Program();

test('the rows of a matrix of 28 steps have sums of sizes up to 2^28', () => checkMatrix(program));

for (const { path, name } of [...weierstrassCurves, ...weierstrassOrders]) {
  const machine = new Machine(program);
  const field = montgomeryField(machine, path, name);
  const source = machine.class(path, name);
  test(`${name}: f and g keep their size`, () => checkNumbers(program, field, source));
  test(`${name}: d and e stay within (-2 M, M)`, () => checkFactors(program, field, source));
  test(`${name}: the result is entered from (0, 4 M)`, () => checkInvert(program, path, name));
}

test.run();
