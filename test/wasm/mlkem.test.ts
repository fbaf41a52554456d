// ML-KEM: the slow twin, accumulated values of C2SP/CCTV's kind, keys and ciphertexts that are refused, implicit
// rejection, and the kernels at the edges of their ranges.

import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { MlkemExports } from '../../build/generated/abi.ts';
import { bytes as binary } from '../../build/generated/mlkem_wasm.ts';
import {
  type MlKemParameters,
  mlKem512,
  mlKem768,
  mlKem1024,
  mlKemEncapsulate,
  mlKemEncapsulateWith,
  mlKemFromExpanded,
  mlKemFromSeed,
  mlKemGenerate,
} from '../../src/wasm/mlkem.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex, unhex } from '../support/hex.ts';
import { randomFrom } from '../support/random.ts';
import { compress, decapsulateTwin, decompress, encapsulateTwin, keyPairTwin, nttTwin } from '../twins/mlkem.ts';
import { mod, packBits, unpackBits } from '../twins/ring.ts';

const core = testCore();
const Q = 3329;
const sets = [mlKem512, mlKem768, mlKem1024];

function reveal(secret: { dispose(): void } & Parameters<typeof core.dangerousReveal>[0]): string {
  const text = hex(core.dangerousReveal(secret));
  secret.dispose();
  return text;
}

function code(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'nothing was thrown';
}

/** The key of a seed in both of its forms, and the expanded bytes. */
function bothForms(set: MlKemParameters, seed: Uint8Array) {
  const secret = core.importSecret(seed);
  const fromSeed = mlKemFromSeed(core, set, secret);
  secret.dispose();
  const expandedBytes = keyPairTwin(set.k, seed.subarray(0, 32), seed.subarray(32)).dk;
  const expandedSecret = core.importSecret(expandedBytes);
  const fromExpanded = mlKemFromExpanded(core, set, expandedSecret);
  expandedSecret.dispose();
  return { fromSeed, fromExpanded, expandedBytes };
}

for (const set of sets) {
  test(`${set.name} agrees with its slow twin`, () => {
    const random = randomFrom(set.k);
    for (let round = 0; round < 3; round++) {
      const seed = random.bytes(64);
      const { fromSeed, fromExpanded, expandedBytes } = bothForms(set, seed);
      const { ek } = keyPairTwin(set.k, seed.subarray(0, 32), seed.subarray(32));
      assert.is(hex(fromSeed.encapsulationKey), hex(ek));
      assert.is(hex(fromExpanded.encapsulationKey), hex(ek));
      const m = random.bytes(32);
      const message = core.importSecret(m);
      const { ciphertext, sharedSecret } = mlKemEncapsulateWith(core, set, ek, message);
      message.dispose();
      const expected = encapsulateTwin(set.k, ek, m);
      assert.is(hex(ciphertext), hex(expected.c));
      assert.is(reveal(sharedSecret), hex(expected.shared));
      const changed = ciphertext.slice();
      changed[random.below(changed.length)] ^= 1 << random.below(8);
      for (const c of [ciphertext, changed, random.bytes(ciphertext.length)]) {
        const shared = hex(decapsulateTwin(set.k, expandedBytes, c));
        assert.is(reveal(fromSeed.decapsulate(c)), shared);
        assert.is(reveal(fromExpanded.decapsulate(c)), shared);
      }
      fromSeed.dispose();
      fromExpanded.dispose();
    }
  });

  test(`${set.name}: both sides agree, for many keys, and a changed ciphertext gives another secret`, () => {
    for (let round = 0; round < 50; round++) {
      const key = mlKemGenerate(core, set, hostRandom);
      const { ciphertext, sharedSecret } = mlKemEncapsulate(core, set, key.encapsulationKey, hostRandom);
      const shared = reveal(sharedSecret);
      assert.is(reveal(key.decapsulate(ciphertext)), shared);
      ciphertext[(round * 31) % ciphertext.length] ^= 1 << (round & 7);
      const rejected = reveal(key.decapsulate(ciphertext));
      assert.is.not(rejected, shared);
      assert.is(reveal(key.decapsulate(ciphertext)), rejected);
      key.dispose();
    }
  });

  test(`${set.name} refuses keys and ciphertexts of wrong length and modulus (FIPS 203 §7.2, §7.3)`, () => {
    const key = mlKemGenerate(core, set, hostRandom);
    const ek = key.encapsulationKey;
    for (const bytes of [ek.subarray(1), new Uint8Array([...ek, 0]), new Uint8Array(0)]) {
      assert.is(
        code(() => mlKemEncapsulate(core, set, bytes, hostRandom)),
        'ERR_INVALID_PUBLIC_KEY',
      );
    }
    // q in the first and in the last coefficient; q - 1 is fine.
    for (const [at, mask] of [
      [0, [0x01, 0x0d]],
      [384 * set.k - 2, [0x10, 0xd0]],
    ] as const) {
      const wrong = ek.slice();
      if (at === 0) [wrong[0], wrong[1]] = [mask[0], (wrong[1] & 0xf0) | mask[1]];
      else [wrong[at], wrong[at + 1]] = [(wrong[at] & 0x0f) | mask[0], mask[1]];
      assert.is(
        code(() => mlKemEncapsulate(core, set, wrong, hostRandom)),
        'ERR_INVALID_PUBLIC_KEY',
      );
      if (at === 0) wrong[0]--;
      else wrong[at] -= 0x10;
      mlKemEncapsulate(core, set, wrong, hostRandom).sharedSecret.dispose();
    }
    for (const length of [0, set.ciphertextLength - 1, set.ciphertextLength + 1]) {
      assert.is(
        code(() => key.decapsulate(new Uint8Array(length))),
        'ERR_INVALID_CIPHERTEXT',
      );
    }
    key.dispose();
    assert.is(
      code(() => key.decapsulate(new Uint8Array(set.ciphertextLength))),
      'ERR_STALE_HANDLE',
    );
  });

  test(`${set.name} refuses private keys of wrong length, and with a wrong hash`, () => {
    const { fromSeed, fromExpanded, expandedBytes } = bothForms(set, randomFrom(7).bytes(64));
    fromSeed.dispose();
    fromExpanded.dispose();
    const importing = (from: typeof mlKemFromSeed, bytes: Uint8Array) =>
      code(() => {
        const secret = core.importSecret(bytes);
        try {
          from(core, set, secret).dispose();
        } finally {
          secret.dispose();
        }
      });
    assert.is(importing(mlKemFromSeed, new Uint8Array(63)), 'ERR_INVALID_PRIVATE_KEY');
    assert.is(importing(mlKemFromExpanded, expandedBytes.subarray(1)), 'ERR_INVALID_PRIVATE_KEY');
    for (const at of [384 * set.k, 768 * set.k + 31, 768 * set.k + 32, 768 * set.k + 63]) {
      const wrong = expandedBytes.slice();
      wrong[at] ^= 0x80;
      assert.is(importing(mlKemFromExpanded, wrong), 'ERR_INVALID_PRIVATE_KEY');
    }
  });

  test(`${set.name} refuses private keys with a coefficient that is not below q, in either half`, () => {
    const { fromSeed, fromExpanded, expandedBytes } = bothForms(set, randomFrom(8).bytes(64));
    fromSeed.dispose();
    fromExpanded.dispose();
    const vector = 384 * set.k;
    for (const half of [0, vector]) {
      for (const n of [0, 1, 7, 8, 255, 256, 256 * set.k - 2, 256 * set.k - 1]) {
        for (const [value, expected] of [
          [Q - 1, 'nothing was thrown'],
          [Q, 'ERR_INVALID_PRIVATE_KEY'],
          [Q + 1, 'ERR_INVALID_PRIVATE_KEY'],
          [4095, 'ERR_INVALID_PRIVATE_KEY'],
        ] as const) {
          const dk = expandedBytes.slice();
          const at = half + 3 * (n >> 1);
          if (n % 2 === 0) [dk[at], dk[at + 1]] = [value & 0xff, (dk[at + 1] & 0xf0) | (value >> 8)];
          else [dk[at + 1], dk[at + 2]] = [(dk[at + 1] & 0x0f) | ((value & 15) << 4), value >> 4];
          // The hash is that of the changed public half: nothing else is wrong.
          dk.set(
            createHash('sha3-256')
              .update(dk.subarray(vector, 2 * vector + 32))
              .digest(),
            2 * vector + 32,
          );
          const secret = core.importSecret(dk);
          const before = core.liveSlots;
          assert.is(
            code(() => mlKemFromExpanded(core, set, secret).dispose()),
            expected,
            `${value} as coefficient ${n} from byte ${half}`,
          );
          assert.is(core.liveSlots, before);
          secret.dispose();
        }
      }
    }
  });
}

test('gives the values of FIPS 203 for an all-zero seed and message', () => {
  // From the twin, which the ACVP and Wycheproof files check in turn (test/vectors).
  const { ek } = keyPairTwin(3, new Uint8Array(32), new Uint8Array(32));
  const seed = core.importSecret(new Uint8Array(64));
  const key = mlKemFromSeed(core, mlKem768, seed);
  assert.is(hex(key.encapsulationKey), hex(ek));
  seed.dispose();
  key.dispose();
});

const kernels = () => core.family<MlkemExports>({ name: 'mlkem', binary });

/** Runs `use` on a polynomial at the start of the exchange area and gives back what stands there then. */
function onPoly(f: readonly number[], use: (at: number) => void): number[] {
  core.bytes.set(new Uint8Array(Int16Array.from(f).buffer), core.exchange);
  use(core.exchange);
  return [...new Int16Array(core.bytes.slice(core.exchange, core.exchange + 512).buffer)];
}

test('the transforms agree with their definition at the edges of their ranges', () => {
  const random = randomFrom(11);
  const inputs = [
    ...[0, 1, Q - 1, 3400, -3400].map(x => new Array<number>(256).fill(x)),
    Array.from({ length: 256 }, (_, i) => (i % 2 === 0 ? 3400 : -3400)),
    Array.from({ length: 256 }, (_, i) => (i < 128 ? 3400 : -3400)),
    ...Array.from({ length: 20 }, () => Array.from({ length: 256 }, () => random.below(6801) - 3400)),
  ];
  for (const f of inputs) {
    const image = onPoly(f, at => kernels().mlkemNtt(at));
    assert.ok(image.every(x => Math.abs(x) <= 18_600));
    const expected = nttTwin(f.map(x => mod(x, Q)));
    assert.equal(
      image.map(x => mod(x, Q)),
      expected,
    );
    // Back, from the largest representatives that the inverse takes.
    const wide = expected.map(x => (x > 2600 ? x - Q : x > 1664 && x % 2 === 0 ? x - Q : x));
    const back = onPoly(wide, at => kernels().mlkemInverseNtt(at));
    assert.ok(back.every(x => Math.abs(x) <= 2000));
    assert.equal(
      back.map(x => mod(x, Q)),
      f.map(x => mod(x * 65536, Q)),
    );
  }
});

test('compression is exact for every coefficient and width (FIPS 203 §4.2.1)', () => {
  for (const d of [1, 4, 5, 10, 11]) {
    const factor = Math.round((2 ** d * 2 ** 15) / Q);
    for (let start = -5400; start <= 5400; start += 256) {
      const f = Array.from({ length: 256 }, (_, i) => Math.min(start + i, 5400));
      onPoly(f, at => kernels().mlkemCompress(at, d, factor, at + 1024));
      const packed = core.bytes.slice(core.exchange + 1024, core.exchange + 1024 + 32 * d);
      const expected = f.map(x => compress(mod(x, Q), d));
      assert.equal(unpackBits(packed, d), expected);
    }
    for (let start = 0; start < 2 ** d; start += 256) {
      const values = Array.from({ length: 256 }, (_, i) => (start + i) % 2 ** d);
      core.bytes.set(packBits(values, d), core.exchange + 1024);
      const f = onPoly([], at => kernels().mlkemDecompress(at + 1024, d, at));
      assert.equal(
        f,
        values.map(y => decompress(y, d)),
      );
    }
  }
});

const accumulated: readonly [MlKemParameters, string][] = [
  [mlKem512, '845913ea5a308b803c764a9ed8e9d814ca1fd9c82ba43c7b1e64b79c7a6ec8e4'],
  [mlKem768, 'f7db260e1137a742e05fe0db9525012812b004d29040a5b606aad3d134b548d3'],
  [mlKem1024, '47ac888fe61544efc0518f46094b4f8a600965fc89822acb06dc7169d24f3543'],
];

for (const [set, expected] of accumulated) {
  test(`${set.name} gives the accumulated hash of 10,000 runs (C2SP/CCTV, with the draft's G(d))`, () => {
    const RUNS = 10_000;
    const { k, ciphertextLength, encapsulationKeyLength, decapsulationKeyLength } = set;
    const abi = kernels();
    const stream = createHash('shake128', { outputLength: RUNS * (96 + ciphertextLength) }).digest();
    const sink = createHash('shake128', { outputLength: 32 });
    const [seeds, m, hash, shared, received] = [0, 96, 128, 160, 192].map(at => core.exchange + at);
    const [ek, dk, ct] = [4096, 8192, 16384].map(at => core.exchange + at);
    const read = (at: number, length: number) => core.bytes.slice(at, at + length);
    let at = 0;
    const draw = (length: number) => stream.subarray(at, (at += length));
    for (let run = 0; run < RUNS; run++) {
      core.bytes.set(createHash('sha3-512').update(draw(32)).digest(), seeds);
      core.bytes.set(draw(64), seeds + 64); // z, then m
      abi.mlkemMatrixVartime(k, seeds);
      abi.mlkemKeyPair(k, seeds, seeds + 32, seeds + 64, ek, dk, hash);
      sink.update(read(ek, encapsulationKeyLength)).update(read(dk, decapsulationKeyLength));
      abi.mlkemEncapsulate(k, ek, m, ct, shared);
      sink.update(read(ct, ciphertextLength)).update(read(shared, 32));
      abi.mlkemDecapsulate(k, dk, ct, received);
      assert.is(hex(read(received, 32)), hex(read(shared, 32)));
      core.bytes.set(draw(ciphertextLength), ct);
      abi.mlkemDecapsulate(k, dk, ct, received);
      sink.update(read(received, 32));
    }
    assert.is(sink.digest('hex'), expected);
  });
}

test('leaves no secret in its scratch', () => {
  const abi = core.family<MlkemExports>({ name: 'mlkem', binary });
  const seed = randomFrom(99).bytes(64);
  core.bytes.set(seed, core.exchange);
  abi.mlkemGenerate(3, core.exchange, core.exchange + 1024, core.exchange + 4096, core.exchange + 64);
  const dk = core.bytes.slice(core.exchange + 4096, core.exchange + 4096 + mlKem768.decapsulationKeyLength);
  const ct = core.exchange + 8192;
  abi.mlkemEncapsulate(3, core.exchange + 1024, core.exchange, ct, core.exchange + 16384);
  abi.mlkemDecapsulate(3, core.exchange + 4096, ct, core.exchange + 16416);
  abi.mlkemDecapsulateWithSeed(3, core.exchange, ct, core.exchange + 16448);
  assert.is.not(abi.mlkemCheckKey(3, core.exchange + 4096), 0);
  const shared = core.bytes.slice(core.exchange + 16384, core.exchange + 16416);
  core.bytes.fill(0, core.exchange, core.exchange + 20000);
  const range = Buffer.from(core.bytes.slice(1920 * 1024, 2048 * 1024));
  // s^ as bytes and as 16-bit coefficients, the seed, z, the shared secret.
  const first = dk[0] | ((dk[1] & 0x0f) << 8);
  const second = (dk[1] >> 4) | (dk[2] << 4);
  const coefficients = Buffer.from(Uint16Array.of(first, second, dk[3] | ((dk[4] & 0x0f) << 8)).buffer);
  for (const piece of [dk.subarray(0, 16), seed.subarray(0, 16), seed.subarray(32, 48), shared, coefficients]) {
    assert.is(range.indexOf(piece), -1);
  }
});

test('refuses a stale or foreign seed before anything happens', () => {
  const seed = core.importSecret(unhex('00'.repeat(64)));
  seed.dispose();
  assert.is(
    code(() => mlKemFromSeed(core, mlKem768, seed)),
    'ERR_STALE_HANDLE',
  );
});

test.run();
