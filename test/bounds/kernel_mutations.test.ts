// Changes of the products of the fields, and of what else is done limb by limb, that kernels.test.ts must notice.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  curve448Path,
  curve25519Path,
  elementPath,
  field448,
  field25519,
  fieldOfPairs,
  montgomeryField,
  negated,
  pairPath,
  weierstrassCurves,
  weierstrassOrders,
} from './fields.ts';
import { checkMontgomery, checkMultiplySmall, checkProduct, checkProductInLoop } from './kernels.ts';
import { checkElementFile, checkFieldFile, checkQuickZeroTest, checkToBytes } from './linear.ts';
import { Machine } from './machine.ts';
import { type Check, fails, mutation } from './mutations.ts';
import { Program } from './program.ts';

const [p256, p384, p521] = weierstrassCurves;
const [, , order521] = weierstrassOrders;

type Curve = (typeof weierstrassCurves)[number];
const kernel =
  (curve: Curve, name: 'Multiply' | 'Square'): Check =>
  program =>
    checkMontgomery(
      program,
      montgomeryField(new Machine(program), curve.path, curve.name),
      curve.kernel + name,
      name === 'Multiply' ? 2 : 1,
    );

const P256 = (name: 'Multiply' | 'Square') => kernel(p256, name);
mutation(
  'a wider mask',
  p256.path,
  'const MASK: i64 = 0xfffffff;',
  'const MASK: i64 = 0x1fffffff;',
  P256('Multiply'),
  /limb 0 is in/,
);
mutation(
  'a narrower mask',
  p256.path,
  'const MASK: i64 = 0xfffffff;',
  'const MASK: i64 = 0x7ffffff;',
  P256('Multiply'),
  /not the product/,
);
mutation(
  'a wrong sign in the reduction',
  p256.path,
  '- m0 + (m2 << 24) + (m5 << 12);\n  const m8 = t & MASK;\n  t >>= 28;\n  t += i64x2.extract_lane(pair, 1) + (m0 << 4) - m1 + (m3 << 24) + (m6 << 12);\n  const m9 = t & MASK;\n  t >>= 28;\n  pair = i64x2.extmul_low_i32x4_s(v128.load32_splat(a, 4), v128.load32_zero(b, 36));',
  '+ m0;\n  const m8 = t & MASK;\n  t >>= 28;\n  t += i64x2.extract_lane(pair, 1) + (m0 << 4) - m1 + (m3 << 24) + (m6 << 12);\n  const m9 = t & MASK;\n  t >>= 28;\n  pair = i64x2.extmul_low_i32x4_s(v128.load32_splat(a, 4), v128.load32_zero(b, 36));',
  P256('Multiply'),
  /not the product/,
);
mutation(
  'a top limb that is cut off',
  p384.path,
  'function p384Multiply(out: usize, a: usize, b: usize): void {',
  'function p384Multiply(out: usize, a: usize, b: usize): void {\n  store<i32>(out, <i32>(<i64>load<i32>(a) << 12));',
  kernel(p384, 'Multiply'),
  /p384_field\.ts:\d+: i32 overflow/,
);
mutation(
  'a square that is doubled twice',
  p521.path,
  'const second = i32x4(0, -1, 0, 0);',
  'const second = i32x4(-1, -1, 0, 0);',
  kernel(p521, 'Square'),
  /not the product/,
);
mutation(
  'operands whose bounds multiply to 7',
  elementPath,
  'needs a * b <= 6',
  'needs a * b <= 7',
  kernel(p521, 'Multiply'),
  /p521_field\.ts:\d+: lane64 overflow|i64 overflow/,
);

test('limbs of 29 bits', async () => {
  const changes: [string, string][] = [
    ['const WIDTH = 28;', 'const WIDTH = 29;'],
    ["'  t >>= 28;'", "'  t >>= 29;'"],
    ["'const MASK: i64 = 0xfffffff;'", "'const MASK: i64 = 0x1fffffff;'"],
  ];
  let generator = new Program()
    .text('scripts/generate/weierstrass.mjs')
    .replace(/^const root = .*$/m, "const root = '';");
  for (const [from, to] of changes) {
    assert.is(generator.split(from).length, 2, from);
    generator = generator.replace(from, to);
  }
  const { generate } = await import(`data:text/javascript,${encodeURIComponent(generator)}`);
  const files = generate() as { file: string; text: string }[];
  const { text } = files.find(({ file }) => file === p521.path)!;
  const wider = { path: elementPath, from: '"tight" is within [-8, 2^28 + 8)', to: '"tight" is within [-8, 2^29 + 8)' };
  fails(
    kernel(p521, 'Multiply'),
    new Program([{ path: p521.path, to: text }, wider]),
    /p521_field\.ts:\d+: .*overflow/,
  );
});

const elementFile: Check = program => {
  const machine = new Machine(program);
  checkElementFile(program, montgomeryField(machine, p256.path, p256.name), machine.class(p256.path, p256.name));
};
mutation(
  'a carry without its last word',
  elementPath,
  'return v128.and(x, i32x4(0xfffffff, -1, 0, 0));',
  'return v128.and(x, i32x4(0xfffffff, 0xfffffff, 0, 0));',
  elementFile,
  /changes the value/,
);
mutation(
  'a carry into the wrong limb',
  elementPath,
  'v128.shuffle<i32>(before, above, 3, 4, 5, 6)',
  'v128.shuffle<i32>(before, above, 2, 4, 5, 6)',
  elementFile,
  /changes the value/,
);
mutation(
  'three times that are four',
  elementPath,
  'i32x4.add(x, i32x4.shl(x, 1))',
  'i32x4.shl(x, 2)',
  elementFile,
  /triple: limb 0/,
);
mutation(
  'a product in a loop that carries too much',
  elementPath,
  'store<i32>(t + j - 4, <i32>sum & LIMB);\n      sum >>= 28;',
  'store<i32>(t + j - 4, <i32>sum & LIMB);\n      sum >>= 27;',
  program => {
    const machine = new Machine(program);
    checkProductInLoop(
      program,
      montgomeryField(machine, order521.path, order521.name),
      machine.class(order521.path, order521.name),
    );
  },
  /element\.ts:\d+: i32 overflow/,
);

const multiply25519: Check = program =>
  checkProduct(program, field25519(program), 'multiply', 2, negated(field25519(program).carried));
mutation(
  'a limit that is too high (25519)',
  curve25519Path,
  'as long as a * b <= 12',
  'as long as a * b <= 17',
  multiply25519,
  /curve25519\/field\.ts:\d+: i64 overflow/,
);
mutation(
  'a limb of 27 bits (25519)',
  curve25519Path,
  'const MASK26: i64 = 0x3ffffff;',
  'const MASK26: i64 = 0x7ffffff;',
  multiply25519,
  /limb \d is in/,
);
mutation(
  '18 for 19',
  curve25519Path,
  'const h = h0 + 19 * carry;',
  'const h = h0 + 18 * carry;',
  multiply25519,
  /not the product/,
);
mutation(
  'a smaller bound of the carry',
  curve25519Path,
  '|carry| < 2^38.',
  '|carry| < 2^32.',
  multiply25519,
  /a carry larger than it says/,
);
mutation(
  'a product that is doubled no more',
  curve25519Path,
  '19 * ((f8 * f9) << 1);',
  '19 * (f8 * f9);',
  program => checkProduct(program, field25519(program), 'square', 1, negated(field25519(program).carried)),
  /not the product/,
);
mutation(
  'a small factor that is not',
  curve25519Path,
  '|small| < 2^20, bound of f below 2^8',
  '|small| < 2^30, bound of f below 2^8',
  program => checkMultiplySmall(program, field25519(program)),
  /overflow|a carry larger/,
);
mutation(
  'bytes of too many bits',
  curve25519Path,
  'store<i64>(out, w1 >> 38, 32);',
  'store<i64>(out, w1 >> 36, 32);',
  program => checkFieldFile(program, field25519(program)),
  /fromBytes: limb 4/,
);
mutation(
  'bytes of limbs that are too large',
  curve25519Path,
  'Any |h_i| < 2^62.',
  'Any |h_i| < 2^64.',
  program => checkToBytes(program, field25519(program)),
  /i64 overflow/,
);

const multiply448: Check = program =>
  checkProduct(program, field448(program), 'multiply', 2, negated(field448(program).carried));
mutation(
  'a limit that is too high (448)',
  curve448Path,
  'as long as a * b <= 12',
  'as long as a * b <= 14',
  multiply448,
  /ec448\/field\.ts:\d+: i64 overflow/,
);
mutation(
  'carries that round down (448)',
  curve448Path,
  'const HALF: i64 = 1 << 27;',
  'const HALF: i64 = 0;',
  multiply448,
  /limb 0 is in/,
);
mutation(
  'a carry that is folded once only',
  curve448Path,
  'const upper = h8 + carryLow + carryUpper;',
  'const upper = h8 + carryLow;',
  multiply448,
  /not the product/,
);

const pairs: Check = program =>
  checkProduct(
    program,
    fieldOfPairs(program),
    'multiplyPairs',
    2,
    fieldOfPairs(program).carried.map(() => 0n),
  );
const bias =
  '0x7ffffda000000000, 0x7ffffda000000000, 0x7fffffe000000000, 0x7fffffe000000000,\n  0x3fffffe000000000, 0x3fffffe000000000,';
mutation('no bias', pairPath, bias, '0, 0, 0, 0,\n  0, 0,', pairs, /an unsigned shift of what may be negative/);
mutation(
  'half the bias',
  pairPath,
  bias,
  '0x3ffffed000000000, 0x3ffffed000000000, 0x3ffffff000000000, 0x3ffffff000000000,\n  0x1ffffff000000000, 0x1ffffff000000000,',
  pairs,
  /pair_products\.ts:\d+: lane64 overflow.*\[-2\^60/,
);
mutation(
  'a bias that is no multiple of p',
  pairPath,
  '  0x7ffffda000000000, 0x7ffffda000000000,',
  '  0x7ffffdb000000000, 0x7ffffdb000000000,',
  pairs,
  /not the product: the term of one/,
);
mutation(
  'operands beyond the limit (pairs)',
  pairPath,
  'factors a * b <= 12.',
  'factors a * b <= 17.',
  pairs,
  /lane64 overflow|may be negative/,
);

mutation(
  'a quick test for zero that fails some',
  'assembly/shared/weierstrass/vartime.ts',
  '+ 16) & 0xfffffff) > 32',
  '+ 8) & 0xfffffff) > 16',
  program => checkQuickZeroTest(program, new Machine(program).class(p256.path, p256.name), 16),
  /p is zero/,
);

test.run();
