// Benchmark rows of several runs in one list.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mergeRows, runLines } from '../../bench/merge.ts';
import type { Row } from '../../bench/suite.ts';

const EARLIER = '2026-01-01T10:00';
const LATER = '2026-01-02T10:00';

function row(group: string, name: string, date: string, more: Partial<Row> = {}): Row {
  const common = {
    implementation: 'castls',
    version: '1',
    runtime: 'Node 20.0.0',
    bytes: 0,
    opsPerSecond: 1,
    rounds: [1],
  };
  return { group, name, date, ...common, ...more };
}

const summary = (rows: readonly Row[]) => rows.map(r => `${r.group} ${r.name} ${r.runtime} ${r.bytes} ${r.date}`);

test('a partial run replaces its rows and leaves the others in their places', () => {
  const older = [
    row('records', 'a', EARLIER, { bytes: 64 }),
    row('hashes', 'b', EARLIER),
    row('records', 'c', EARLIER),
  ];
  const newer = [row('records', 'a', LATER, { bytes: 64 }), row('records', 'c', LATER)];
  assert.equal(summary(mergeRows(older, newer)), [
    `records a Node 20.0.0 64 ${LATER}`,
    `hashes b Node 20.0.0 0 ${EARLIER}`,
    `records c Node 20.0.0 0 ${LATER}`,
  ]);
});

test('sizes, implementations and runtimes are rows of their own', () => {
  const older = [
    row('records', 'a', EARLIER, { bytes: 64 }),
    row('records', 'a', EARLIER, { bytes: 64, runtime: 'Node 24.0.0' }),
  ];
  const newer = [
    row('records', 'a', LATER, { bytes: 64 }),
    row('records', 'a', LATER, { bytes: 64, implementation: 'x' }),
  ];
  const merged = mergeRows(older, newer);
  assert.equal(summary(merged), [
    `records a Node 20.0.0 64 ${LATER}`,
    `records a Node 24.0.0 64 ${EARLIER}`,
    `records a Node 20.0.0 64 ${LATER}`,
  ]);
});

test('what a group does not measure any more goes, on the runtime that was measured', () => {
  const older = [row('records', 'gone', EARLIER), row('records', 'gone', EARLIER, { runtime: 'Node 24.0.0' })];
  const merged = mergeRows(older, [row('records', 'a', LATER)]);
  assert.equal(summary(merged), [`records gone Node 24.0.0 0 ${EARLIER}`, `records a Node 20.0.0 0 ${LATER}`]);
});

test('memory is the result of its row, not what tells it apart', () => {
  const older = [row('memory', 'idle', EARLIER, { bytes: 1000, opsPerSecond: 0 })];
  const merged = mergeRows(older, [row('memory', 'idle', LATER, { bytes: 2000, opsPerSecond: 0 })]);
  assert.equal(summary(merged), [`memory idle Node 20.0.0 2000 ${LATER}`]);
});

test('the report says which run took what, rows from before there were dates included', () => {
  const undated = { ...row('x509', 'd', ''), date: undefined } as unknown as Row;
  const rows = [
    row('records', 'a', EARLIER),
    row('hashes', 'b', LATER),
    row('hashes', 'b', LATER, { runtime: 'Node 24.0.0' }),
    undated,
  ];
  assert.equal(runLines(rows), [
    '2026-01-02 10:00 UTC: Node 20.0.0: hashes; Node 24.0.0: hashes',
    '2026-01-01 10:00 UTC: Node 20.0.0: records',
    'undated: Node 20.0.0: x509',
  ]);
});

test.run();
