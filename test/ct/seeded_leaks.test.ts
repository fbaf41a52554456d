// The trace check itself: a seeded leak of each kind must make it fail. The leaks are compiled as the product is.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { heapBase } from '../../build/generated/abi.ts';
import { compileLeaks, leakKinds, leakSubject } from './leaks.ts';
import { compareTraces } from './trace.ts';

const binary = compileLeaks();
const kinds = leakKinds(binary);

test('every kind of leak is among the seeded ones', () => {
  assert.is(kinds.length, 25);
});

for (const kind of kinds.filter(k => k !== 'none')) {
  test(`a seeded leak is found: ${kind}`, async () => {
    assert.type(await compareTraces(leakSubject(kind), heapBase, binary), 'string');
  });
}

test('mask arithmetic leaves no trace of the secret', async () => {
  assert.is(await compareTraces(leakSubject('none'), heapBase, binary), null);
});

test.run();
