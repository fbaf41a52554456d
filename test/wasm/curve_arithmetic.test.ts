// The field and scalar arithmetic below X25519, Ed25519, X448 and Ed448, against BigInt at the bounds that the sources
// claim. These functions are no exports of the binaries, so the test compiles them on their own.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fromLittleEndian, toLittleEndian } from '../twins/montgomery.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

interface Subject {
  readonly folder: string;
  readonly prime: bigint;
  readonly order: bigint;
  readonly limbs: number;
  /** Bit at which limb i stands. */
  weight(i: number): number;
  /** Largest size of limb i of a carried element, as the header of field.ts says. */
  bound(i: number): number;
  /** Bytes of an encoded element, and of a digest that is reduced to a scalar. */
  readonly length: number;
  readonly digestLength: number;
}

const subjects: readonly Subject[] = [
  {
    folder: 'ec/curve25519',
    prime: 2n ** 255n - 19n,
    order: 2n ** 252n + 27742317777372353535851937790883648493n,
    limbs: 10,
    weight: i => Math.ceil(25.5 * i),
    bound: i => 2 ** (26 - (i & 1)) + (i === 1 ? 2 ** 17 : 0),
    length: 32,
    digestLength: 64,
  },
  {
    folder: 'ec448',
    prime: 2n ** 448n - 2n ** 224n - 1n,
    order: 2n ** 446n - 13818066809895115352007386748515426880336692474882178609894547503885n,
    limbs: 16,
    weight: i => 28 * i,
    bound: i => 2 ** 27 + (i % 8 === 1 ? 2 ** 9 : 0),
    length: 56,
    digestLength: 114,
  },
];

interface Exports {
  multiply(out: number, f: number, g: number): void;
  square(out: number, f: number): void;
  small(out: number, f: number, n: number): void;
  invert(out: number, f: number): void;
  toBytes(bytes: number, f: number): void;
  fromBytes(out: number, bytes: number): void;
  reduceDigest(out: number, digest: number): void;
  multiplyAddScalar(out: number, a: number, b: number, c: number): void;
  /** Of ec/curve25519 alone, as the ladder needs it. */
  multiplyPairs(out: number, f: number, g: number): void;
  squarePairs(out: number, f: number): void;
}

function compile({ folder, digestLength }: Subject, memory: WebAssembly.Memory): Exports {
  const outdir = join(root, 'build', `arithmetic-${process.pid}`);
  mkdirSync(outdir, { recursive: true });
  const length = digestLength === 64 ? '' : `, ${digestLength}`;
  try {
    writeFileSync(
      join(outdir, 'entry.ts'),
      `import { multiplySmall } from '../../assembly/${folder}/field';
       import { reduceScalar } from '../../assembly/${folder}/scalar';
       export { multiply, square, invert, toBytes, fromBytes } from '../../assembly/${folder}/field';
       export { multiplyAddScalar } from '../../assembly/${folder}/scalar';
       ${folder === 'ec/curve25519' ? "export { multiplyPairs, squarePairs } from '../../assembly/ec/curve25519/pair_products';" : ''}
       export function small(out: usize, f: usize, n: i32): void { multiplySmall(out, f, n); }
       export function reduceDigest(out: usize, digest: usize): void { reduceScalar(out, digest${length}); }`,
    );
    const asc = join(root, 'node_modules/assemblyscript/bin/asc.js');
    const args = ['--config', 'asconfig.json', '--target', 'release', '--memoryBase', '1024'];
    const wasm = join(outdir, 'entry.wasm');
    execFileSync(process.execPath, [asc, join('build', `arithmetic-${process.pid}`, 'entry.ts'), ...args, '-o', wasm], {
      cwd: root,
    });
    const module = new WebAssembly.Module(readFileSync(wasm));
    return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

const F = 0x10000;
const G = 0x10400;
const OUT = 0x10800;
const BYTES = 0x10c00;

/** Ways to choose the sign and size of a limb within its bound. */
const shapes: readonly ((bound: number) => number)[] = [
  bound => bound,
  bound => -bound,
  bound => (Math.random() < 0.5 ? bound : -bound),
  bound => [bound, -bound, 0][Math.floor(Math.random() * 3)],
  bound => Math.floor((2 * Math.random() - 1) * bound),
];

for (const subject of subjects) {
  const { folder, prime, order, limbs, length, digestLength } = subject;
  const memory = new WebAssembly.Memory({ initial: 4 });
  const bytes = new Uint8Array(memory.buffer);
  const words = new BigInt64Array(memory.buffer);
  const modulo = (x: bigint, m: bigint) => ((x % m) + m) % m;
  let abi: Exports;

  const elementAt = (at: number) => {
    let sum = 0n;
    for (let i = 0; i < limbs; i++) sum += words[at / 8 + i] << BigInt(subject.weight(i));
    return modulo(sum, prime);
  };
  const fill = (at: number, factor: number) => {
    const shape = shapes[Math.floor(Math.random() * shapes.length)];
    for (let i = 0; i < limbs; i++) words[at / 8 + i] = BigInt(shape(Math.floor(subject.bound(i) * factor)));
    return elementAt(at);
  };
  const checkCarried = (expected: bigint, what: string) => {
    assert.is(elementAt(OUT), modulo(expected, prime), what);
    for (let i = 0; i < limbs; i++) assert.ok(Math.abs(Number(words[OUT / 8 + i])) <= subject.bound(i), `${what} ${i}`);
  };

  test.before(() => {
    abi ??= compile(subject, memory);
  });

  test(`${folder}: products are right and carried up to the bounds of field.ts`, () => {
    const factors = [1, 2, 3, 4, 6, 12];
    for (let i = 0; i < 3000; i++) {
      const a = factors[i % factors.length];
      const [f, g] = [fill(F, a), fill(G, 12 / a)];
      abi.multiply(OUT, F, G);
      checkCarried(f * g, `multiply ${a}`);
      const s = fill(F, 3.46);
      abi.square(OUT, F);
      checkCarried(s * s, 'square');
      const t = fill(F, 200);
      abi.small(OUT, F, 121665);
      checkCarried(t * 121665n, 'multiplySmall');
      abi.toBytes(BYTES, F);
      assert.is(fromLittleEndian(bytes.subarray(BYTES, BYTES + length)), t, 'toBytes');
    }
  });

  test(`${folder}: encodings are canonical at the edges of the field`, () => {
    for (let k = -20n; k <= 20n; k++) {
      for (let multiple = -1n; multiple <= 2n; multiple++) {
        let rest = k + multiple * prime;
        for (let i = 0; i < limbs - 1; i++) {
          const bits = BigInt(subject.weight(i + 1) - subject.weight(i));
          words[F / 8 + i] = BigInt.asUintN(Number(bits), rest);
          rest >>= bits;
        }
        words[F / 8 + limbs - 1] = rest;
        abi.toBytes(BYTES, F);
        const encoded = bytes.slice(BYTES, BYTES + length);
        assert.equal(encoded, toLittleEndian(modulo(k, prime), length), `${k} + ${multiple} p`);
        abi.fromBytes(F, BYTES);
        assert.is(elementAt(F), modulo(k, prime));
      }
    }
  });

  test(`${folder}: inverses, and 0 for 0`, () => {
    for (let i = 0; i < 50; i++) {
      const f = fill(F, 1);
      abi.invert(OUT, F);
      assert.is((elementAt(OUT) * f) % prime, f === 0n ? 0n : 1n);
    }
    words.fill(0n, F / 8, F / 8 + limbs);
    abi.invert(OUT, F);
    assert.is(elementAt(OUT), 0n);
  });

  test(`${folder}: scalars are reduced, near multiples of the order too`, () => {
    for (let i = 0; i < 3000; i++) {
      const digest = scalarNear(order, digestLength);
      bytes.set(toLittleEndian(digest, digestLength), F);
      abi.reduceDigest(BYTES, F);
      assert.is(fromLittleEndian(bytes.subarray(BYTES, BYTES + length)), digest % order);
      const [a, b, c] = [scalarNear(order, length), scalarNear(order, length), scalarNear(order, length)];
      [a, b, c].forEach((x, j) => {
        bytes.set(toLittleEndian(x, length), F + 64 * j);
      });
      abi.multiplyAddScalar(BYTES, F, F + 64, F + 128);
      assert.is(fromLittleEndian(bytes.subarray(BYTES, BYTES + length)), (a * b + c) % order);
    }
  });
}

test('ec/curve25519: products of pairs are right and carried up to the bounds of pair.ts', () => {
  const { bound, weight, prime, limbs } = subjects[0];
  const memory = new WebAssembly.Memory({ initial: 4 });
  const lanes = new Int32Array(memory.buffer);
  const abi = compile(subjects[0], memory);
  const modulo = (x: bigint) => ((x % prime) + prime) % prime;
  const elementAt = (at: number, which: number) => {
    let sum = 0n;
    for (let i = 0; i < limbs; i++) sum += BigInt(lanes[at / 4 + 2 * i + which]) << BigInt(weight(i));
    return modulo(sum);
  };
  const fill = (at: number, factor: number) => {
    const [first, second] = [0, 1].map(() => shapes[Math.floor(Math.random() * shapes.length)]);
    for (let i = 0; i < limbs; i++) {
      lanes[at / 4 + 2 * i] = first(Math.floor(bound(i) * factor));
      lanes[at / 4 + 2 * i + 1] = second(Math.floor(bound(i) * factor));
    }
    return [elementAt(at, 0), elementAt(at, 1)];
  };
  const check = (at: number, expected: bigint[], what: string) => {
    for (const which of [0, 1]) {
      assert.is(elementAt(at, which), modulo(expected[which]), what);
      for (let i = 0; i < limbs; i++) {
        const limb = lanes[at / 4 + 2 * i + which];
        assert.ok(limb >= 0 && limb <= bound(i), `${what}: limb ${i} is ${limb}`);
      }
    }
  };
  const factors = [1, 2, 3, 4, 6, 12];
  for (let i = 0; i < 3000; i++) {
    const a = factors[i % factors.length];
    const [f, g] = [fill(F, a), fill(G, 12 / a)];
    abi.multiplyPairs(OUT, F, G);
    check(
      OUT,
      f.map((x, j) => x * g[j]),
      `multiplyPairs ${a}`,
    );
    const s = fill(F, 3.46);
    abi.squarePairs(F, F);
    check(
      F,
      s.map(x => x * x),
      'squarePairs, in place',
    );
  }
});

test('ec/curve25519: pair_products.ts is what its generator writes', () => {
  const script = join(root, 'scripts/generate/curve25519_pair.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check']);
  assert.is(status, 0, String(stderr));
});

/** A number of `length` bytes: random, at either end, or beside a multiple of the order. */
function scalarNear(order: bigint, length: number): bigint {
  const top = 2n ** BigInt(8 * length) - 1n;
  const random = fromLittleEndian(crypto.getRandomValues(new Uint8Array(length)));
  const small = random & 15n;
  const kinds = [random, small, top - small, top >> (random % BigInt(8 * length))];
  const multiple = order * (random % (top / order + 1n)) + small - 8n;
  kinds.push(multiple < 0n || multiple > top ? order : multiple);
  return kinds[Number((random >> 8n) % BigInt(kinds.length))];
}

test.run();
