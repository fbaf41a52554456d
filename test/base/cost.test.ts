// The budget of what a stranger may cause.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CostBudget, HANDSHAKE_UNITS, workUnits } from '../../src/base/cost.ts';

test('work is charged until the budget is used up, then refused with its code', () => {
  const budget = new CostBudget(2 * HANDSHAKE_UNITS, 'ERR_CERT_BUDGET');
  budget.charge(HANDSHAKE_UNITS, 'a signature');
  budget.charge(HANDSHAKE_UNITS, 'a signature');
  assert.is(budget.left, 0);
  assert.throws(
    () => budget.charge(1, 'a name'),
    (error: { code?: string; message: string }) => error.code === 'ERR_CERT_BUDGET' && error.message.includes('a name'),
  );
  assert.is(budget.spent, 2 * HANDSHAKE_UNITS + 1);
});

test('every kind of work has a price', () => {
  for (const [name, units] of Object.entries(workUnits)) assert.ok(Number.isInteger(units) && units > 0, name);
});

test.run();
