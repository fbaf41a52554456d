// The tracer itself: every planted leak must be found, at its line - those of the trace check's own lists, and those that
// the trace check does not see. A clean function is silent.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileLeaks, leakKinds, leakSubject } from '../leaks.ts';
import { compileMutant, mutations, type Planted } from '../mutants.ts';
import type { Subject } from '../subject.ts';
import { everySubject } from './every_subject.ts';
import { rareLeaks } from './rare_leaks.ts';
import { isLeak } from './sites.ts';
import { keyOf, SourceComments } from './source_comments.ts';
import { SourceMap } from './source_map.ts';
import { TracedBinary } from './traced_binary.ts';
import { sampleOf, Tracer } from './tracer.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../../..');

const leaks = compileLeaks();
const leakTracer = new Tracer(leaks);

for (const kind of leakKinds(leaks)) {
  const isClean = kind === 'none';
  test(isClean ? 'mask arithmetic is silent' : `a seeded leak is found: ${kind}`, () => {
    const sites = leakTracer.trace(leakSubject(kind), [7]).filter(isLeak);
    assert.is(sites.length > 0, !isClean);
    for (const site of sites) assert.is(leakTracer.names.get(site.function), kind);
  });
}

/** A binary with all leaks of a list, and the line of each. */
function plant(list: readonly Planted[], family: string): { traced: TracedBinary; lines: Map<Planted, string> } {
  const lines = new Map<Planted, string>();
  const read: { map?: SourceMap; comments?: SourceComments } = {};
  const binary = compileMutant(list, family, folder => {
    read.map = new SourceMap(readFileSync(join(root, folder, 'mutant.wasm.map'), 'utf8'), `${folder}/`);
    read.comments = new SourceComments(folder);
    for (const planted of list) lines.set(planted, lineOf(planted, folder));
  });
  return { traced: new TracedBinary({ binary, map: read.map!, comments: read.comments! }), lines };
}

function lineOf({ file, leak, what }: Planted, folder: string): string {
  const text = readFileSync(join(root, folder, 'assembly', file), 'utf8').split('\n');
  const at = text.indexOf(leak);
  if (at < 0 || text.indexOf(leak, at + 1) >= 0) throw new Error(`${what}: its line is not the only one of its kind`);
  return keyOf({ file: join('assembly', file), line: at + 1 });
}

function named(family: string, pattern: RegExp): Subject[] {
  const found = everySubject.filter(s => s.family === family && pattern.test(s.name));
  assert.ok(found.length > 0, `no subject is named like ${pattern}`);
  return found;
}

// Which variants a leak is narrow to is no matter here: the compiler may test for secret and variant at once.
const variantLeaks = mutations.map(mutation => ({ ...mutation, family: 'core' }));

for (const family of new Set(rareLeaks.map(leak => leak.family))) {
  const planted = [...rareLeaks, ...variantLeaks].filter(leak => leak.family === family);
  const { traced, lines } = plant(planted, family);
  const seesIn = (leak: Planted, subject: Subject): boolean =>
    traced.trace(subject, sampleOf(subject)).leakLines.includes(lines.get(leak)!);

  for (const leak of planted) {
    test(`a planted leak is found: ${leak.what}`, () => {
      for (const subject of named(family, leak.seen)) {
        assert.ok(seesIn(leak, subject), `${subject.name} does not see it`);
      }
    });
  }
}

test.run();
