// The point formulas of the P curves: whatever is called in whatever order, limbs stay in their lanes, products within
// their factors, values within what leave() and isZeroVartime() take; and the comments say the same.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { weierstrassCurves, weierstrassOrders } from './fields.ts';
import { covered, Points, pointPath } from './points.ts';
import { Program } from './program.ts';
import { ScalarMultiplication } from './scalar_multiplication.ts';

const program = new Program();

/** Places of comments that state a bound of a result or of the factors of a product. */
function stated(path: string): string[] {
  const lines = program.text(path).split('\n');
  const places = lines.map((line, i) =>
    /; \/\/ (?:.*: )?(?:\d+(?: \* \d+)?(?:$|: |, )|\(-?\d+, \d+\)$)/.test(line) ? `${path}:${i + 1}` : '',
  );
  return places.filter(place => place !== '');
}

for (const [i, curve] of weierstrassCurves.entries()) {
  test(`${curve.name}: points have bounds that every function keeps`, () => {
    const points = new Points(program, curve.path, curve.name);
    const { tightest, compared } = points.elements;
    assert.ok(tightest.factors.size <= 6_000_000n);
    assert.ok(tightest.values.size < 256_000n);
    assert.ok(tightest.lane.size < 1n << 31n);
    assert.ok(points.largestZeroTest < 16_000n);
    const comments = [...stated(pointPath), ...stated('assembly/shared/weierstrass/vartime.ts')];
    assert.ok(comments.length > 30);
    assert.equal([...comments.filter(place => !compared.has(place))], [], 'comments that nothing was compared with');
  });

  test(`${curve.name}: a multiplication stays within the same bounds from end to end`, () => {
    const multiplication = new ScalarMultiplication(program, curve, weierstrassOrders[i]);
    multiplication.checkPoint();
    multiplication.checkGenerator();
  });
}

test('every function of point.ts is run', () => {
  const names = [...program.module(pointPath).functions.keys()];
  const inner = ['cross', 'finish', 'wipePoints'];
  assert.equal(names.filter(name => !inner.includes(name)).sort(), [...covered].sort());
});

test.run();
