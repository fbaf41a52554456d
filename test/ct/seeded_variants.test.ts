// The list of subjects itself: a leak that one variant of a function has, and no other, must make the check fail. Compiles
// the core with such leaks in it.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { heapBase } from '../../build/generated/abi.ts';
import { compileMutant, mutations } from './mutants.ts';
import type { Subject } from './subject.ts';
import { subjects } from './subjects/index.ts';
import { compareTraces } from './trace.ts';

const binary = compileMutant(mutations);

function named(pattern: RegExp): Subject[] {
  const found = subjects.filter(s => s.family === 'core' && pattern.test(s.name));
  assert.ok(found.length > 0, `no subject is named like ${pattern}`);
  // A family of its own: instrumented modules are kept by that name.
  return found.map(subject => ({ ...subject, family: 'core with leaks' }));
}

for (const { what, seen, unseen } of mutations) {
  test(`a seeded leak of one variant is found: ${what}`, async () => {
    for (const subject of named(seen)) {
      assert.type(await compareTraces(subject, heapBase, binary), 'string', `${subject.name} does not see it`);
    }
    for (const subject of named(unseen)) {
      assert.is(await compareTraces(subject, heapBase, binary), null, `${subject.name} sees another leak`);
    }
  });
}

test.run();
