// Changes of the formulas and of inversion that points.test.ts, groups.test.ts and inversion.test.ts must notice.

import { test } from 'uvu';
import { elementPath, montgomeryField, weierstrassCurves, weierstrassOrders } from './fields.ts';
import { curves, Group } from './groups.ts';
import { checkFactors, checkInvert, checkMatrix, checkNumbers, inversionPath } from './inversion.ts';
import { Machine } from './machine.ts';
import { type Check, fails, mutation } from './mutations.ts';
import { Points, pointPath } from './points.ts';
import { Program } from './program.ts';

const [p256] = weierstrassCurves;
const [, , order521] = weierstrassOrders;
const vartimePath = 'assembly/shared/weierstrass/vartime.ts';

const points: Check = program => void new Points(program, p256.path, p256.name);
const source = new Program().text(pointPath).split('\n');
source.forEach((line, i) => {
  if (!/^ {2,4}carry<F>\(\w+\);$/.test(line)) return;
  test(`point.ts:${i + 1}: no carry`, () => {
    const text = source.map((other, j) => (i === j ? '' : other)).join('\n');
    fails(points, new Program([{ path: pointPath, to: text }]), /(?:point|vartime)\.ts:\d+: /);
  });
});
mutation(
  'four times for three',
  pointPath,
  'triple<F>(alpha, alpha); // 3',
  'shift<F>(alpha, alpha, 2); // 4',
  points,
  /point\.ts:\d+: factors 4\.000 \* 2\.000 of a product above 6/,
);
mutation(
  'a comment that is wrong',
  pointPath,
  'triple<F>(alpha, alpha); // 3',
  'triple<F>(alpha, alpha); // 2',
  points,
  /the comment says "2"/,
);
mutation(
  'a comment about factors that is wrong',
  pointPath,
  'f.multiply(t1, t4, y); // 2 * 3',
  'f.multiply(t1, t4, y); // 2 * 2',
  points,
  /the comment says "2 \* 2"/,
);
mutation(
  'a temporary that is not written',
  pointPath,
  'f.multiply(t2, p + 2 * size, q + 2 * size); // Z1 Z2',
  '',
  points,
  /an element of which nothing is known/,
);
mutation(
  'a value that grows',
  pointPath,
  'f.multiply(z, y, z);\n    add<F>(z, z, z); // 2 Y Z: 2',
  'add<F>(z, z, z);',
  points,
  /factors [48]\.000 \* [48]\.000 of a product above 6/,
);
mutation(
  'too much to be tested for zero',
  vartimePath,
  'below 16 p in size',
  'below 8 p in size',
  points,
  /more than 8 p is tested for zero/,
);
mutation(
  'a smaller claim about values',
  elementPath,
  '|a * b| < 2^8 * modulus^2',
  '|a * b| < 2^7 * modulus^2',
  points,
  /values of a product above 128 modulus/,
);
for (const curve of curves) {
  const edwards = `${curve.folder}/edwards.ts`;
  const group =
    (check: 'checkPoints' | 'checkEncodings' | 'checkBaseTable' | 'checkLadder'): Check =>
    program =>
      new Group(program, curve)[check]();
  const name = `Curve${curve.name}`;
  const sum = curve.name === '25519' ? 'add(f, f, g); // 4' : 'subtract(f, f, c); // 4';
  mutation(
    `${name}: a factor more`,
    edwards,
    sum,
    `${sum.slice(0, -5)}\n  add(f, f, a);`,
    group('checkPoints'),
    /of a product above 12/,
  );
  mutation(
    `${name}: a comment that is wrong`,
    edwards,
    sum,
    `${sum.slice(0, -1)}3`,
    group('checkPoints'),
    /the comment says "3"/,
  );
  mutation(
    `${name}: a coordinate that is no product`,
    edwards,
    'multiply(p + Z, f, g);',
    'add(p + Z, f, g);',
    group('checkPoints'),
    /element 2 is/,
  );
  mutation(
    `${name}: a root of what is not carried`,
    edwards,
    `powerForRoot(${curve.name === '25519' ? 'e, d' : 'f, e'});`,
    `powerForRoot(${curve.name === '25519' ? 'e, b' : 'f, b'});`,
    group('checkEncodings'),
    /powerForRoot takes a carried element/,
  );
  mutation(
    `${name}: a table entry that was not written`,
    `${curve.folder}/base_table.ts`,
    curve.name === '25519' ? 'multiply(x, p + X, zInverse);' : 'multiply(entry + X, p + X, zInverse);',
    '',
    group('checkBaseTable'),
    /of a product above 12|lane64 overflow/,
  );
}
const [curve25519, curve448] = curves;
mutation(
  '25519: sums of sums',
  'assembly/ec/curve25519/pair.ts',
  'return i32x4.add(swapped(pair), i32x4.sub(v128.xor(pair, minus), minus));',
  'return i32x4.shl(i32x4.add(swapped(pair), i32x4.sub(v128.xor(pair, minus), minus)), 1);',
  program => new Group(program, curve25519).checkLadder(),
  /of a product above 12/,
);
mutation(
  '25519: an inverse of what is not carried',
  'assembly/ec/curve25519/edwards.ts',
  'multiplySmall(c, c, 1); // carries',
  '',
  program => new Group(program, curve25519).checkEncodings(),
  /invert takes a carried element/,
);
mutation(
  '25519: a pair that is not carried',
  'assembly/ec/curve25519/ladder.ts',
  'squarePairs(crossed, crossed); // (x_3, (DA - CB)^2)',
  '',
  program => new Group(program, curve25519).checkLadder(),
  /three is not carried/,
);
mutation(
  '448: sums of sums',
  'assembly/ec448/x448.ts',
  'add(a, x2, z2); // A',
  'add(a, x2, z2);\n  add(a, a, a);\n  add(a, a, a);',
  program => new Group(program, curve448).checkLadder(),
  /of a product above 12/,
);

// Inversion.

const inverted =
  (check: typeof checkFactors): Check =>
  program => {
    const machine = new Machine(program);
    check(program, montgomeryField(machine, p256.path, p256.name), machine.class(p256.path, p256.name));
  };
mutation(
  'M is not added to a negative e',
  inversionPath,
  'let timesD = (u & negativeD) + (v & negativeE);',
  'let timesD = u & negativeD;',
  inverted(checkFactors),
  /d is not as updateFactors says/,
);
mutation(
  'a positive multiple of M',
  inversionPath,
  'timesE -= (newE',
  'timesE += (newE',
  inverted(checkFactors),
  /e is not as updateFactors says/,
);
mutation(
  'a row of the matrix that is mixed up',
  inversionPath,
  'newG += q * fi + r * gi;',
  'newG += q * fi + u * gi;',
  inverted(checkNumbers),
  /g is not the row/,
);
mutation(
  'a step that makes the matrix three times as large',
  inversionPath,
  'u += q & swap;\n    v += r & swap;',
  'u -= q & swap;\n    v -= r & swap;',
  checkMatrix,
  /grows by more than two/,
);
mutation(
  'a matrix of 29 steps',
  inversionPath,
  'for (let i = 0; i < 28; i++) {',
  'for (let i = 0; i < 29; i++) {',
  checkMatrix,
  /steps of a matrix/,
);
mutation(
  'an inverse that may be negative',
  inversionPath,
  'add<M>(d, d, m.modulus);\n  add<M>(d, d, m.modulus); // in (0, 4 M)',
  'add<M>(d, d, m.modulus); // in (0, 4 M)',
  program => checkInvert(program, order521.path, order521.name),
  /hands on what it says it does not/,
);

test.run();
