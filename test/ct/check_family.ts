// One uvu test per subject of the given families.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { heapBase } from '../../build/generated/abi.ts';
import { subjects } from './subjects/index.ts';
import { compareTraces } from './trace.ts';

/** Registers the trace check of every subject of `families` and runs it. */
export function checkFamilies(...families: string[]): void {
  const own = subjects.filter(s => families.includes(s.family));
  test(`there are subjects for ${families.join(', ')}`, () => {
    assert.ok(own.length > 0);
  });
  for (const subject of own) {
    test(`${subject.family}: ${subject.name} leaves the same trace for ${subject.secrets} secrets`, async () => {
      assert.ok(subject.secrets >= 32);
      assert.is(await compareTraces(subject, heapBase), null);
    });
  }
  test.run();
}
