// The formulas of edwards25519, edwards448 and the two ladders: factors of all products within 12, coordinates carried
// after every function, and the comments say the same.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { covered, curves, Group } from './groups.ts';
import { Program } from './program.ts';

const program = new Program();

function stated(path: string): string[] {
  const lines = program.text(path).split('\n');
  return lines.flatMap((line, i) => (/; \/\/ (?:.*bounds? )?\d+(?: \* \d+)?$/.test(line) ? [`${path}:${i + 1}`] : []));
}

for (const curve of curves) {
  const shared = new Group(program, curve);
  test(`Curve${curve.name}: every function keeps coordinates carried`, () => {
    const group = new Group(program, curve);
    group.checkPoints();
    group.checkEncodings();
    const { compared, largest, field } = group.elements;
    assert.ok(largest.size <= 1_000_000n * field.limit);
    const comments = stated(`${curve.folder}/edwards.ts`);
    assert.ok(comments.length > 8);
    assert.equal([...comments.filter(place => !compared.has(place))], [], 'comments that nothing was compared with');
  });
  // The table that the last of the public keys makes serves the next test.
  test(`Curve${curve.name}: the ladder from bytes to bytes`, () => shared.checkLadder());
  test(`Curve${curve.name}: multiples of the base point from end to end`, () => shared.checkBaseTable());
  test(`Curve${curve.name}: every function of edwards.ts is run`, () => {
    const names = [...program.module(`${curve.folder}/edwards.ts`).functions.keys()];
    assert.equal(names.sort(), [...covered].sort());
  });
}

test.run();
