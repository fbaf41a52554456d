// Taint check of all binaries but the core: curves, RSA, lattices, and whatever scripts/memory_map.mjs lists besides.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { publicFunctions } from '../public_functions.ts';
import { binaryNames, subjectsOf } from './binaries.ts';
import { checkTaint } from './check_taint.ts';
import { everySubject } from './every_subject.ts';

/** Binaries that see no secret: all of their exports are on the list of public functions. */
const withoutSecrets: readonly string[] = ['rsa', 'p256_verify'];

test('every binary is traced', () => {
  assert.equal(
    binaryNames.filter(name => subjectsOf(name, everySubject).length === 0),
    withoutSecrets,
  );
  for (const name of withoutSecrets) assert.ok(publicFunctions[name], `${name} has no reasons`);
});

for (const name of binaryNames) if (name !== 'core') checkTaint(subjectsOf(name, everySubject));

test.run();
