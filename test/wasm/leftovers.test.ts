// Nothing of a secret stays: every operation runs on two cores, with two secrets and equal public inputs. Afterwards the
// exchange area is zeros, all of WASM memory is equal on both, and so are the arrays that castls made in JavaScript and did
// not hand out.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { MldsaExports, MlkemExports } from '../../build/generated/abi.ts';
import { bytes as mldsa } from '../../build/generated/mldsa_wasm.ts';
import { bytes as mlkem } from '../../build/generated/mlkem_wasm.ts';
import { EXCHANGE_LENGTH, type Family, WasmCore } from '../../src/wasm/core.ts';
import { makeRun, type Operation, operations, type Run, slowOperations } from '../support/core_operations.ts';
import { rsaParts } from '../support/rsa_parts.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const map = join(root, 'scripts', 'memory_map.mjs');
/** Not called by castls: for tests of kernels and traces, or while a core is made. */
const uncalled = new Set([
  ...Object.keys((await import(map)).families).map(name => `${name}.staticsEnd`),
  ...['exchangePointer', 'arenaInit', 'recordSetSequence', 'judgeMacThenEncrypt'].map(name => `core.${name}`),
  // aesCacheDropKey: for what a garbage collector found (wiping.test.ts)
  ...['gcmSealGeneral', 'gcmOpenGeneral', 'ccmSealGeneral', 'ccmOpenGeneral', 'hashFinal', 'aesCacheDropKey'].map(
    name => `core.${name}`,
  ),
  ...[
    'ExpandSeed',
    'KeyPair',
    'MatrixVartime',
    'DecapsulateWithSigma',
    'Compress',
    'Decompress',
    'InverseNtt',
    'Ntt',
  ].map(name => `mlkem.mlkem${name}`),
  ...['ExpandSeed', 'KeyPair', 'MatrixVartime', 'Decompose', 'InverseNtt', 'Ntt', 'Power2Round', 'UseHint'].map(
    name => `mldsa.mldsa${name}`,
  ),
  ...['mldsa.rejectionMarker', 'legacy.md5Digest', 'legacy.md5Final'],
]);
for (const key of [0, 1]) rsaParts(key);

/** Arrays that were made while `recording`. */
let recording = false;
let recorded: Uint8Array[] = [];
const PlainUint8Array = Uint8Array;
globalThis.Uint8Array = class RecordedUint8Array extends PlainUint8Array {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the constructors of Uint8Array take
  constructor(...given: any[]) {
    super(...(given as [number]));
    if (recording) recorded.push(this);
  }
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Function.prototype[Symbol.hasInstance].call(PlainUint8Array, value);
  }
} as typeof Uint8Array;

/** What the test itself makes. */
function unrecorded<T>(run: () => T): T {
  const before = recording;
  recording = false;
  try {
    return run();
  } finally {
    recording = before;
  }
}

/** Functions of the binaries that were called: "binary.name". */
const called = new Set<string>();

function counted<T extends object>(binary: string, exports: T): T {
  return new Proxy(exports, {
    get(target, name) {
      if (typeof name === 'string') called.add(`${binary}.${name}`);
      return Reflect.get(target, name);
    },
  });
}

class CountingCore extends WasmCore {
  override family<T>(family: Family): T {
    return counted(family.name, super.family<object>(family)) as T;
  }
}

interface Side {
  readonly core: WasmCore;
  readonly run: () => Run & { end(): void };
}

/** A core whose secrets, and whose own random bytes, grow from `seed`. */
function makeSide(seed: number): Side {
  let current: Run | undefined;
  const core = new CountingCore(target => current!.random(target));
  Object.defineProperty(core, 'abi', { value: counted('core', core.abi) });
  return {
    core,
    run() {
      const made = makeRun(core, seed);
      current = {
        ...made,
        secret: length => unrecorded(() => made.secret(length)),
        random: target => unrecorded(() => made.random(target)),
      };
      return current as Run & { end(): void };
    },
  };
}

/** Contents in hex of the arrays that an operation made, but for zeros and for what it handed out. */
interface Leavings {
  readonly all: Set<string>;
  /** Without what is made of public results. */
  readonly secret: Set<string>;
}

async function leavings(side: Side, operation: Operation): Promise<Leavings> {
  const run = side.run();
  recorded = [];
  recording = true;
  const results = await operation(run);
  run.end();
  recording = false;
  const memory = side.core.bytes.buffer;
  const handedOut = new Set(results.map(result => result.buffer));
  const texts = results.filter(r => r.length >= 8).map(result => Buffer.from(result).toString('hex'));
  texts.sort((a, b) => b.length - a.length);
  const left: Leavings = { all: new Set(), secret: new Set() };
  for (const array of recorded) {
    if (array.length === 0 || array.buffer === memory || handedOut.has(array.buffer)) continue;
    if (array.every(byte => byte === 0)) continue;
    const content = Buffer.from(array).toString('hex');
    const rest = texts.reduce((text, known) => text.split(known).join(' '), content);
    left.all.add(rest);
    if (!texts.some(text => text.includes(content))) left.secret.add(rest);
  }
  return left;
}

const sides = [makeSide(1), makeSide(2)];
const { families } = await import(map);

/**
 * What ML-KEM and ML-DSA keep of the last public key on purpose: the matrix of its rho, which the next call may need.
 * Found by running what makes it, and nothing else, on two of them.
 */
const kept: readonly (readonly [from: number, to: number])[] = (() => {
  const [a, b] = [3, 4].map(seed => {
    const core = new WasmCore(() => {});
    core.bytes.fill(seed, core.exchange, core.exchange + 32);
    core.family<MlkemExports>({ name: 'mlkem', binary: mlkem }).mlkemMatrixVartime(4, core.exchange);
    core.family<MldsaExports>({ name: 'mldsa', binary: mldsa }).mldsaMatrixVartime(87, core.exchange);
    core.wipeExchange(32);
    return Buffer.from(core.bytes);
  });
  const ranges: [number, number][] = [];
  for (let at = 0; at < a.length; at++) {
    if (a[at] === b[at]) continue;
    const last = ranges.at(-1);
    if (last !== undefined && at - last[1] < 64) last[1] = at + 1;
    else ranges.push([at, at + 1]);
  }
  return ranges;
})();

test('what is kept of a public key is its matrix and its rho', () => {
  const lengths = kept.map(([from, to]) => to - from);
  // A last byte may be equal on both by chance.
  for (const [i, length] of [16 * 512 + 32, 56 * 1024 + 32].entries()) {
    assert.ok(lengths[i] <= length && lengths[i] > length - 8, `${lengths[i]} of ${length}`);
  }
  assert.is(lengths.length, 2);
});

/** Bytes that are equal between two places that count as two. */
const GAP = 32;

/** The first places that differ, by binary. */
function differences(): string[] {
  const [a, b] = sides.map(({ core }) => Buffer.from(core.bytes));
  assert.is(a.length, b.length, 'both memories grew alike');
  for (const [from, to] of kept) for (const memory of [a, b]) memory.fill(0, from, to);
  if (a.equals(b)) return [];
  const found: string[] = [];
  for (let at = 0; at < a.length && found.length < 8; at++) {
    if (a[at] === b[at]) continue;
    let end = at;
    while (!a.subarray(end, end + GAP).equals(b.subarray(end, end + GAP))) end++;
    const range = Object.entries(families as Record<string, { base: number; size: number }>).find(
      ([, { base, size }]) => at >= base && at < base + size,
    );
    found.push(`${range === undefined ? `arena ${at}` : `${range[0]} + ${at - range[1].base}`}, ${end - at} bytes`);
    at = end;
  }
  return found;
}

/** After a failure the next operation starts equal again. */
function level(): void {
  const [a, b] = sides.map(({ core }) => core.bytes);
  b.set(a);
}

for (const [name, operation] of Object.entries({ ...operations, ...slowOperations })) {
  test(`${name}: leaves nothing of its secrets, in WASM memory or in JavaScript`, async () => {
    const [first, second] = [await leavings(sides[0], operation), await leavings(sides[1], operation)];
    try {
      for (const { core } of sides) {
        const area = core.bytes.subarray(core.exchange, core.exchange + EXCHANGE_LENGTH);
        assert.is(
          area.findIndex(byte => byte !== 0),
          -1,
          'the exchange area is zeros',
        );
        assert.is(core.liveSlots, 0, 'slots');
      }
      assert.equal(differences(), [], 'WASM memory');
      const own = [...first.secret].filter(content => !second.all.has(content));
      assert.equal(
        own.map(content => `${content.length / 2} bytes: ${content.slice(0, 64)}`),
        [],
        'arrays in JavaScript',
      );
    } finally {
      level();
    }
  });
}

test('the operations call every function of the binaries, but for kernels that tests alone call', () => {
  const left: string[] = [];
  for (const name of Object.keys(families)) {
    const module = new WebAssembly.Module(readFileSync(join(root, `build/wasm/${name}.wasm`)));
    for (const exported of WebAssembly.Module.exports(module)) {
      const function_ = `${name}.${exported.name}`;
      if (exported.kind === 'function' && !called.has(function_)) left.push(function_);
    }
  }
  assert.equal(left.sort(), [...uncalled].sort());
});

test('the comparison finds a secret in an array, in the exchange area and in a table', async () => {
  const leak = async (operation: Operation) => {
    const [first, second] = [await leavings(sides[0], operation), await leavings(sides[1], operation)];
    const found = {
      arrays: [...first.secret].some(content => !second.all.has(content)),
      memory: differences().length > 0,
    };
    level();
    for (const { core } of sides) core.wipeExchange(EXCHANGE_LENGTH);
    return found;
  };
  assert.equal(await leak(({ secret }) => [new Uint8Array(secret(9))]), { arrays: false, memory: false });
  assert.equal(await leak(({ secret }) => (new Uint8Array(secret(9)).length > 0 ? [] : [])), {
    arrays: true,
    memory: false,
  });
  const write =
    (at: (core: WasmCore) => number): Operation =>
    ({ core, secret }) => {
      core.bytes.set(secret(9), at(core));
      return [];
    };
  assert.equal(await leak(write(core => core.exchange + 5)), { arrays: false, memory: true });
  assert.equal(await leak(write(core => core.bytes.length - 70_000)), { arrays: false, memory: true });
});

test.run();
