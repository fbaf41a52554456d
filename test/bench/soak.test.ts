// What a soak complains of.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { complaints, type Moment } from '../../bench/soak/judge.ts';
import type { Sample } from '../../bench/soak/server.ts';

const rest: Sample = {
  handles: 0,
  connections: 0,
  resident: 80,
  heap: 15,
  slots: 2,
  abandoned: 0,
  loop: 1,
  requests: 1,
  failures: 0,
};

/** A minute of the soak, in which `change` says what a second has. */
function minute(change: (second: number) => Partial<Moment>): Moment[] {
  return Array.from({ length: 60 }, (_, second) => ({ ...rest, second, p50: 1, p99: 2, ...change(second) }));
}

test('a soak that levels off and leaves nothing is well', () => {
  const flat = minute(second => ({ slots: 20 + (second % 7), resident: 100 + Math.min(second, 20) }));
  assert.equal(complaints(flat, rest, rest, []), []);
  assert.equal(complaints(flat, rest, { ...rest, handles: 0, slots: 1 }, []), []);
});

test('what is left, grows or failed is said', () => {
  const flat = minute(() => ({}));
  const left = { ...rest, handles: 1, connections: 2, slots: 5, abandoned: 1 };
  assert.is(complaints(flat, rest, left, []).length, 4);
  for (const name of ['slots', 'resident'] as const) {
    const growing = minute(second => ({ [name]: 100 + 10 * second }));
    assert.match(complaints(growing, rest, rest, [])[0], new RegExp(`^${name} grew`));
  }
  assert.match(complaints(flat, rest, rest, ['an upload: no answer'])[0], /an upload: no answer/);
});

test.run();
