// The comments in assembly/ say what the tracer sees. Each line on which a secret flows stands between "CT begin" and
// "CT end"; each such region handles a secret that a subject has; each "CT public" is on the list of public outcomes and
// is met; and no secret flows in a function whose name says "Vartime".

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { neverRun } from './never_run.ts';
import { publicOutcomes } from './public_outcomes.ts';
import { secretFlow, secretFunctions } from './secret_flow.ts';
import { keyOf, lineOf, SourceComments } from './source_comments.ts';

/** Functions in which a secret flows though their time depends on other operands, with the reason. */
const vartimeWithSecrets: Readonly<Record<string, string>> = {};

const comments = new SourceComments();
const flow = secretFlow(comments);

test('the sources have functions, regions and declarations', () => {
  assert.ok(comments.functions.length > 500);
  assert.ok([...comments.regions.values()].flat().length > 100);
  assert.ok(flow.lines.length > 3000);
});

test('each line on which a secret flows stands in a CT region', () => {
  const outside = flow.lines.filter(line => !comments.isInRegion(line) && !comments.isPublic(line));
  assert.equal(outside.map(line => `${keyOf(line)} in ${comments.functionAt(line)?.name}`).sort(), []);
});

test('each CT region handles a secret, itself or in what it calls', () => {
  const names = secretFunctions(flow, comments);
  const idle: string[] = [];
  for (const [file, regions] of comments.regions) {
    for (const region of regions) {
      const flows = flow.lines.some(l => l.file === file && l.line >= region.first && l.line <= region.last);
      if (flows || comments.callsIn(file, region).some(name => names.has(name))) continue;
      idle.push(`${file}:${region.first}`);
    }
  }
  assert.equal(idle, []);
});

test('each line of a CT region runs under the tracer, but for listed functions', () => {
  const idle = [...flow.run].filter(([key, ran]) => !ran && comments.isInRegion(lineOf(key)));
  const functions = idle.map(([key]) => {
    const { file } = lineOf(key);
    return `${file.replace('assembly/', '')} ${comments.functionAt(lineOf(key))?.name}`;
  });
  assert.equal([...new Set(functions)].sort(), Object.keys(neverRun).sort());
});

test('each declaration that something is public is on the list, and the list has no other', () => {
  const declared = new Set(comments.points.map(({ name, file }) => `${name}: ${file}`));
  const listed = Object.entries(publicOutcomes).flatMap(([name, files]) =>
    files.map(file => `${name}: assembly/${file}`),
  );
  assert.equal([...declared].sort(), listed.sort());
  const documentation = readFileSync(fileURLToPath(new URL('../../../docs/security.md', import.meta.url)), 'utf8');
  for (const name of Object.keys(publicOutcomes))
    assert.match(documentation, new RegExp(`^\\| .*\\b${name}\\b.* \\|`, 'm'));
});

test('each declaration makes something public', () => {
  assert.equal(
    comments.points
      .filter(point => !flow.declassified.has(keyOf(point)))
      .map(({ name, ...at }) => `${name}: ${keyOf(at)}`),
    [],
  );
});

test('no secret flows in a function whose time depends on its operands', () => {
  const vartime = flow.lines
    .flatMap(line => comments.functionAt(line)?.name ?? [])
    .filter(name => /vartime/i.test(name));
  assert.equal([...new Set(vartime)].sort(), Object.keys(vartimeWithSecrets).sort());
});

test.run();
