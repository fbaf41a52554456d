// The budget of what a stranger may cause.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CostBudget, HANDSHAKE_UNITS, workUnits } from '../../src/base/cost.ts';
import { throwsCode } from '../wire/malformed.ts';

test('work is charged until the budget is used up, then refused with its code', () => {
  const budget = new CostBudget(2 * HANDSHAKE_UNITS, 'ERR_CERT_BUDGET');
  budget.charge(HANDSHAKE_UNITS, 'a signature');
  budget.charge(HANDSHAKE_UNITS, 'a signature');
  assert.is(budget.left, 0);
  throwsCode(() => budget.charge(1, 'a name'), 'ERR_CERT_BUDGET');
  assert.is(budget.spent, 2 * HANDSHAKE_UNITS + 1);
});

test('what is earned comes back, never more than all', () => {
  const budget = new CostBudget(100, 'ERR_TOO_MUCH_WORK');
  budget.charge(90, 'a message');
  budget.earn(30);
  assert.is(budget.left, 40);
  budget.earn(Number.POSITIVE_INFINITY);
  assert.is(budget.left, 100);
  assert.is(budget.spent, 90);
});

test('a share has a limit of its own, and the whole knows of its work', () => {
  const whole = new CostBudget(100, 'ERR_TOO_MUCH_WORK');
  const share = new CostBudget(1000, 'ERR_CERT_BUDGET', whole);
  share.charge(1000, 'a chain');
  throwsCode(() => share.charge(1, 'a name'), 'ERR_CERT_BUDGET');
  assert.is(whole.spent, 1001);
  assert.is(whole.left, 100);
});

test('work of this side’s own choice is known and uses nothing up', () => {
  const budget = new CostBudget(100, 'ERR_TOO_MUCH_WORK');
  budget.record(5000);
  assert.is(budget.spent, 5000);
  assert.is(budget.left, 100);
});

test('every kind of work has a price', () => {
  for (const [name, units] of Object.entries(workUnits)) assert.ok(Number.isInteger(units) && units > 0, name);
});

test.run();
