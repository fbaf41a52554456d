// Every command of CONTRIBUTING.md and README.md does its own set-up: what it imports before the packages are installed is
// Node's own or beside it. npm run test:clones runs each in an empty clone.

import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from './support/examples.ts';

const scripts: Record<string, string> = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;
const pages = ['CONTRIBUTING.md', 'README.md'].map(page => readFileSync(join(root, page), 'utf8')).join('\n');
/** Names of scripts that the pages tell people to run. */
const named = [...new Set([...pages.matchAll(/npm (?:run (?:-s )?)?([\w:]+)/g)].map(([, name]) => name))].filter(
  name => name in scripts,
);

/** Packages that a script imports before anything of it runs. */
function packagesOf(script: string, seen = new Set<string>()): string[] {
  if (seen.has(script)) return [];
  seen.add(script);
  const text = readFileSync(join(root, script), 'utf8');
  return [...text.matchAll(/^(?:import|export)\b[^'"`;]*?(?:from )?'([^']+)';$/gm)].flatMap(([, specifier]) => {
    if (specifier.startsWith('node:')) return [];
    if (specifier.startsWith('.')) return packagesOf(normalize(join(dirname(script), specifier)), seen);
    return [`${script} imports ${specifier}`];
  });
}

test('there are commands to test', () => {
  for (const name of ['test', 't', 'build', 'lint', 'format', 'types', 'check', 'docs', 'bench', 'demo'])
    assert.ok(named.includes(name), `${name} is in the pages: ${named.join(', ')}`);
});

for (const name of named) {
  test(`npm run ${name} imports no package before its set-up`, () => {
    const [, script] = /^node (scripts\/\w+\.mjs)/.exec(scripts[name]) ?? [];
    assert.ok(script, `${scripts[name]} is a script of this repository`);
    assert.equal(packagesOf(script), []);
  });
}

test('the check finds an import that is too early', () => {
  assert.equal(packagesOf('scripts/bundle.mjs'), ['scripts/bundle.mjs imports esbuild']);
});

test.run();
