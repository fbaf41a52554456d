// One uvu test per subject: no secret reaches what an observer of timing could see.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Subject } from '../subject.ts';
import { SourceComments } from './source_comments.ts';
import { shipped, TracedBinary } from './traced_binary.ts';
import { sampleOf } from './tracer.ts';

const comments = new SourceComments();

/** Registers the taint check of `subjects`, each on the binary of its family, as it is shipped. */
export function checkTaint(subjects: readonly Subject[]): void {
  const binaries = new Map<string, TracedBinary>();
  const binaryOf = (family: string): TracedBinary => {
    const known = binaries.get(family) ?? new TracedBinary(shipped(family, comments));
    binaries.set(family, known);
    return known;
  };
  for (const subject of subjects) {
    test(`${subject.family}: no secret of "${subject.name}" decides what shows`, () => {
      assert.equal(binaryOf(subject.family).trace(subject, sampleOf(subject)).leaks, []);
    });
  }
}
