// Taint check of all binaries but the core: curves, RSA, lattices, and whatever scripts/memory_map.mjs lists besides.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { publicFunctions } from '../public_functions.ts';
import { binaryNames } from './binaries.ts';
import { checkTaint } from './check_taint.ts';
import { everySubject } from './every_subject.ts';

/** Binaries that see no secret: all of their exports are on the list of public functions. */
const withoutSecrets: readonly string[] = ['rsa'];

test('every binary is traced', () => {
  const traced = new Set(everySubject.map(({ family }) => family));
  assert.equal(
    binaryNames.filter(name => !traced.has(name)),
    withoutSecrets,
  );
  for (const name of withoutSecrets) assert.ok(publicFunctions[name], `${name} has no reasons`);
});

checkTaint(everySubject.filter(({ family }) => family !== 'core'));

test.run();
