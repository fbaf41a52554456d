// What the rows of benchmarks say to the goals.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judge, judgeLatency, PROTOTYPE } from '../../bench/judge.ts';
import type { Row } from '../../bench/suite.ts';

/** A goal of bench/goals.ts with a must of 0.65. */
const GOAL = { group: 'server', name: 'HTTPS server, kept connections', bytes: 2 ** 20 };

function row(implementation: string, rate: number): Row {
  const common = { version: '1', runtime: 'Node 20.0.0', date: '2026-01-01T10:00' };
  return { ...GOAL, ...common, implementation, opsPerSecond: rate, rounds: [rate] };
}

function judged(castls: number, prototype?: number) {
  const rows = [row('castls', castls), row('node:tls', 100)];
  const [found] = judge(prototype === undefined ? rows : [...rows, row(PROTOTYPE, prototype)]);
  return [found.must, found.reached, found.prototype];
}

test('a goal is reached or missed', () => {
  assert.equal(judged(65), [0.65, true, null]);
  assert.equal(judged(64), [0.65, false, null]);
});

test('what a prototype reaches stays the must', () => {
  assert.equal(judged(60, 65), [0.65, false, null]);
  assert.equal(judged(60, 90), [0.65, false, null]);
});

test('what no prototype reaches becomes 85% of the prototype', () => {
  assert.equal(judged(51, 60), [0.51, true, 0.6]);
  assert.equal(judged(50, 60), [0.51, false, 0.6]);
});

test("p99 at half load is at most 1.2 times the peer's, whatever the prototype has", () => {
  const late = (p99: number): Row => ({ ...row('castls', 1), latency: { p50: 0.1, p99 } });
  const shown = (castls: number, prototype?: number) => {
    const found = judgeLatency(late(castls), late(1), prototype === undefined ? undefined : late(prototype));
    return [found?.most, found?.reached, found?.prototype];
  };
  assert.equal(shown(1.2), [1.2, true, null]);
  assert.equal(shown(1.21), [1.2, false, null]);
  assert.equal(shown(1.1, 1.3), [1.2, true, 1.3]);
  assert.equal(shown(1.3, 1.7), [1.2, false, 1.7]);
  assert.is(judgeLatency(row('castls', 1), late(1)), null);
});

test('without the peer nothing is judged', () => {
  assert.equal(judge([row('castls', 1), row(PROTOTYPE, 1)]), []);
});

test.run();
