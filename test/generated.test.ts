// Sources of assembly/ that scripts write are what those scripts write: whoever edits one by hand is told here.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from './support/examples.ts';

const folder = join(root, 'scripts/generate');
const scripts = readdirSync(folder).filter(name => name.endsWith('.mjs'));

test('there are scripts', () => {
  assert.ok(scripts.length >= 7);
});

for (const script of scripts) {
  test(`${script}: what it writes is what stands there`, () => {
    const { status, stderr } = spawnSync(process.execPath, [join(folder, script), '--check'], { encoding: 'utf8' });
    assert.is(status, 0, stderr);
  });
}

test.run();
