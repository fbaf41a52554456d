// One uvu test per subject of a file.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { heapBase } from '../../build/generated/abi.ts';
import type { Subject } from './subject.ts';
import { subjects } from './subjects/index.ts';
import { compareTraces } from './trace.ts';

/** Registers the trace check of every subject of a family and runs it; of those in `elsewhere` another file does it. */
export function checkFamily(family: string, elsewhere: readonly Subject[] = []): void {
  checkSubjects(subjects.filter(s => s.family === family && !elsewhere.includes(s)));
}

/** Registers the trace check of every one of `own` and runs it. */
export function checkSubjects(own: readonly Subject[]): void {
  test('there are subjects', () => {
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
