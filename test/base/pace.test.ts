// The pace of a loop: slices that all connections of a process share, and one of those that wait in each turn.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loopPace, nextTurn } from '../../src/base/pace.ts';

const soon = () => new Promise(done => setImmediate(done));

/** Holds the loop until `due` says so: for as long as a slice lasts. */
function work(pace: { readonly due: boolean }): void {
  while (!pace.due);
}

test('a slice that was begun is due when its time is over, and begins anew in another turn of the loop', async () => {
  const pace = loopPace(3);
  pace.begin();
  work(pace);
  pace.begin();
  assert.ok(pace.due, 'the second connection of a turn has what the first left');
  await new Promise<void>(done => pace.later(done));
  assert.not(loopPace(1000).due);
});

test('another pace sees the same slice', async () => {
  await soon();
  await soon();
  const [short, long] = [loopPace(2), loopPace(100_000)];
  long.begin();
  work(short);
  assert.not(long.due);
});

test('of those that wait one goes on in each turn, in their order, and the loop runs between', async () => {
  const pace = loopPace(1);
  const order: string[] = [];
  for (const name of ['a', 'b', 'c']) pace.later(() => order.push(name));
  for (let i = 0; i < 10; i++) {
    await soon();
    order.push('-');
  }
  assert.equal(
    order.filter(each => each !== '-'),
    ['a', 'b', 'c'],
  );
  assert.not.match(order.join(''), /[abc]{2}/);
});

test('what a waiter throws is not lost, and the next one goes on all the same', async () => {
  const pace = loopPace(1);
  const thrown = new Promise<unknown>(done => process.once('uncaughtException', done));
  let second = false;
  pace.later(() => {
    throw new Error('the first');
  });
  pace.later(() => {
    second = true;
  });
  assert.is(((await thrown) as Error).message, 'the first');
  for (let i = 0; i < 5 && !second; i++) await soon();
  assert.ok(second);
});

test('a job whose signal aborted gets the reason at its next turn', async () => {
  const controller = new AbortController();
  const pace = loopPace(1).forJob(controller.signal);
  await pace?.turn();
  controller.abort(new Error('over'));
  let error: unknown;
  await pace?.turn().catch(reason => {
    error = reason;
  });
  assert.is((error as Error).message, 'over');
});

test('hosts without setImmediate take a MessageChannel, those without either a timer', async () => {
  const { setImmediate: immediate, MessageChannel: channel } = globalThis;
  const host = globalThis as { setImmediate?: unknown; MessageChannel?: unknown };
  try {
    host.setImmediate = undefined;
    await nextTurn();
    await new Promise<void>(done => loopPace(1).later(done));
    host.MessageChannel = undefined;
    await nextTurn();
  } finally {
    host.setImmediate = immediate;
    host.MessageChannel = channel;
  }
});

test.run();
