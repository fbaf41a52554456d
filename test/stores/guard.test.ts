// The deadline and the circuit breaker around a store, and the store of a program's processes and threads.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FleetEvent } from '../../src/stores/events.ts';
import { Guard } from '../../src/stores/guard.ts';
import { pause, within } from '../support/node_tls.ts';

const never = () => new Promise<string>(() => {});

function guarded(probe: () => Promise<unknown>, deadline = 30) {
  const events: FleetEvent[] = [];
  const isAnswer = (error: unknown) => error instanceof RangeError;
  return { events, guard: new Guard({ deadline, probe, isAnswer, onEvent: each => events.push(each) }) };
}

test('an answer in time is given; a late one is not waited for, and then nobody is asked until a probe is answered', async () => {
  let alive = false;
  const { events, guard } = guarded(async () => (alive ? 'PONG' : await never()));
  assert.is(await guard.ask('get', async () => 'answer', 'none'), 'answer');
  assert.is(await within('the deadline', guard.ask('get', never, 'none') as Promise<string>), 'none');
  assert.ok(guard.open);
  let asked = 0;
  // At once, not in a later turn: it costs a handshake nothing.
  assert.is(
    guard.ask('get', async () => `${asked++}`, 'none'),
    'none',
  );
  assert.is(asked, 0);
  alive = true;
  for (let i = 0; guard.open; i++) {
    assert.ok(i < 300, 'it is asked again');
    await pause(10);
  }
  assert.is(await guard.ask('get', async () => 'again', 'none'), 'again');
  const outcomes = events.map(each =>
    each.kind === 'store' ? each.outcome : each.kind === 'circuit' ? each.open : '',
  );
  assert.equal(outcomes, ['answered', 'late', true, 'skipped', false, 'answered']);
  guard.close();
});

test('what a store refuses is no sign that it is gone; what fails on the way is', async () => {
  const { guard } = guarded(async () => {
    throw new Error('not yet');
  });
  const refuse = async () => {
    throw new RangeError('full');
  };
  assert.is(await guard.ask('set', refuse, false), false);
  assert.not.ok(guard.open);
  const fail = async () => {
    throw new Error('connection reset');
  };
  assert.is(await guard.ask('set', fail, false), false);
  assert.ok(guard.open);
  guard.close();
  assert.is(
    guard.ask('set', async () => true, false),
    false,
  );
});

test('many that wait when a store hangs are let go together, and those after them at once', async () => {
  const { guard } = guarded(never, 50);
  const waiting = Array.from({ length: 500 }, () => guard.ask('claim', never, 'none'));
  assert.equal(new Set(await within('all of them', Promise.all(waiting))), new Set(['none']));
  assert.is(guard.ask('claim', never, 'none'), 'none');
  guard.close();
});

test('a process that was busy reads what came before it calls the store late', async () => {
  const { guard } = guarded(never, 20);
  const answer = guard.ask(
    'get',
    () => new Promise<string>(resolve => setTimeout(() => setImmediate(resolve, 'there'), 1)),
    'none',
  );
  const busy = Date.now() + 60;
  while (Date.now() < busy);
  assert.is(await answer, 'there');
  guard.close();
});

test.run();
