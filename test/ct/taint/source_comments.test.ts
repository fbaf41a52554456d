// The comments in assembly/ that the tracer reads: their form, and what a slip in one of them does.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SourceComments } from './source_comments.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../../..');

function read(text: string): SourceComments {
  const folder = `build/comments-${process.pid}`;
  try {
    mkdirSync(join(root, folder, 'assembly'), { recursive: true });
    writeFileSync(join(root, folder, 'assembly/x.ts'), text);
    return new SourceComments(folder);
  } finally {
    rmSync(join(root, folder), { recursive: true, force: true });
  }
}

const good = `
/** Doubles. */
export function f<N>(a: usize): u32 {
  // CT begin: secret = a
  const b = g(a);
  // CT public (parity): a reason
  // that goes on.
  if (b & 1) return 0;
  return h<N>(b); // CT public (rest): another
  // CT end
}

class C {
  static g(a: usize): u32 {
    return a;
  }
}
`;

test('finds regions, declarations with the code below or before them, functions and methods', () => {
  const comments = read(good);
  const file = 'assembly/x.ts';
  assert.equal(comments.regions.get(file), [{ first: 4, last: 10 }]);
  assert.equal(
    comments.points.map(({ name, line }) => [name, line]),
    [
      ['parity', 8],
      ['rest', 9],
    ],
  );
  assert.is(comments.isPublic({ file, line: 8 }), true);
  assert.is(comments.isPublic({ file, line: 7 }), false);
  assert.is(comments.isInRegion({ file, line: 3 }), false);
  assert.is(comments.functionAt({ file, line: 5 })?.name, 'f');
  assert.is(comments.functionAt({ file, line: 15 })?.name, 'g');
  assert.equal(comments.callsIn(file, { first: 4, last: 10 }), ['g', 'h']);
});

const slips: readonly [string, string, string, RegExp][] = [
  ['a declaration without a reason', 'a reason', '', /x\.ts:6: not of the form/],
  ['a declaration without a name', ' (parity)', '', /x\.ts:6: not of the form/],
  ['a region without an end', '  // CT end\n', '', /x\.ts:4: CT begin without an end/],
  ['an end without a region', '  // CT begin: secret = a\n', '', /do not alternate/],
  ['a region that does not say what is secret', ': secret = a', '', /what is secret/],
];

for (const [what, from, to, reason] of slips) {
  test(`refuses ${what}`, () => {
    assert.throws(() => read(good.replace(from, to)), reason);
  });
}

test.run();
