// ML-DSA: the slow twin, accumulated values (C2SP/CCTV), keys and signatures that are refused, and the kernels over their
// whole ranges.

import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { MldsaExports } from '../../build/generated/abi.ts';
import { bytes as binary } from '../../build/generated/mldsa_wasm.ts';
import type { MlDsaName, PublicKey } from '../../src/crypto/signature.ts';
import {
  type MlDsaPrivateKey,
  mlDsaImporter,
  mlDsaMessage,
  mlDsaParameters,
  mlDsaVerifier,
  mlDsaVerifyInternal,
} from '../../src/wasm/mldsa.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex } from '../support/hex.ts';
import { randomFrom } from '../support/random.ts';
import {
  decomposeTwin,
  keyPairTwin,
  muTwin,
  type ParameterSet,
  signTwin,
  useHintTwin,
  verifyTwin,
} from '../twins/mldsa.ts';
import { evaluate, mod } from '../twins/ring.ts';

const core = testCore();
const verifier = mlDsaVerifier(core);
const importer = mlDsaImporter(core);
const names = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const;
const NOTHING = new Uint8Array(0);
const abi = () => core.family<MldsaExports>({ name: 'mldsa', binary });

function importKey(parameterSet: MlDsaName, parts: { seed?: Uint8Array; expanded?: Uint8Array }): MlDsaPrivateKey {
  const seed = parts.seed && core.importSecret(parts.seed);
  const expanded = parts.expanded && core.importSecret(parts.expanded);
  try {
    return importer.import({ type: 'mldsa', parameterSet, seed, expanded }) as MlDsaPrivateKey;
  } finally {
    seed?.dispose();
    expanded?.dispose();
  }
}

function verifies(key: PublicKey & { type: 'mldsa' }, message: Uint8Array, signature: Uint8Array, context = NOTHING) {
  return verifier.verify(key, { type: 'mldsa', parameterSet: key.parameterSet, context }, message, signature);
}

function code(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'nothing was thrown';
}

for (const name of names) {
  const { set, privateKeyLength, publicKeyLength, signatureLength } = mlDsaParameters[name];

  test(`${name} agrees with its slow twin`, () => {
    const random = randomFrom(set);
    const seed = random.bytes(32);
    const { pk, sk } = keyPairTwin(set, seed);
    const key = importKey(name, { seed });
    const expanded = importKey(name, { expanded: sk });
    assert.is(hex(key.publicKey.key), hex(pk));
    assert.is(hex(expanded.publicKey.key), hex(pk));
    const message = random.bytes(100);
    const mu = muTwin(sk.subarray(64, 128), message);
    const rnd = random.bytes(32);
    const hedge = core.importSecret(rnd);
    const { signature } = signTwin(set, sk, mu, rnd);
    assert.is(hex(key.signInternal(mlDsaMessage(NOTHING, message), hedge)), hex(signature));
    assert.is(hex(expanded.signInternal({ mu }, hedge)), hex(signature));
    hedge.dispose();
    assert.ok(verifyTwin(set, pk, mu, signature));
    assert.ok(verifies(key.publicKey, message, signature));
    key.dispose();
    expanded.dispose();
  });

  test(`${name} signs hedged with fresh randomness, and deterministically on request`, () => {
    const key = importer.generate({ type: 'mldsa', parameterSet: name }, hostRandom) as MlDsaPrivateKey;
    const parameters = { type: 'mldsa', parameterSet: name, context: Uint8Array.of(1, 2, 3) } as const;
    const message = new TextEncoder().encode('a message');
    const hedged = [key.sign(parameters, message, hostRandom), key.sign(parameters, message, hostRandom)];
    assert.is.not(hex(hedged[0]), hex(hedged[1]));
    const deterministic = key.signDeterministic(parameters.context, message);
    assert.is(hex(key.signDeterministic(parameters.context, message)), hex(deterministic));
    for (const signature of [...hedged, deterministic]) {
      assert.is(signature.length, signatureLength);
      assert.ok(verifies(key.publicKey, message, signature, parameters.context));
      assert.not.ok(verifies(key.publicKey, message, signature));
      assert.not.ok(verifies(key.publicKey, new TextEncoder().encode('another'), signature, parameters.context));
    }
    key.dispose();
    assert.is(
      code(() => key.signDeterministic(NOTHING, message)),
      'ERR_STALE_HANDLE',
    );
  });

  test(`${name} refuses every changed byte of a signature, and wrong lengths`, () => {
    const key = importKey(name, { seed: new Uint8Array(32).fill(5) });
    const message = Uint8Array.of(9);
    const signature = key.signDeterministic(NOTHING, message);
    for (let at = 0; at < signature.length; at += 41) {
      const changed = signature.slice();
      changed[at] ^= 1 << (at & 7);
      assert.not.ok(verifies(key.publicKey, message, changed), `byte ${at}`);
    }
    for (const bytes of [NOTHING, signature.subarray(1), new Uint8Array([...signature, 0])]) {
      assert.not.ok(verifies(key.publicKey, message, bytes));
    }
    const shorter = { ...key.publicKey, key: key.publicKey.key.subarray(1) };
    assert.is(
      code(() => verifies(shorter, message, signature)),
      'ERR_INVALID_PUBLIC_KEY',
    );
    assert.not.ok(verifies(key.publicKey, message, signature, new Uint8Array(256)));
    assert.is(
      code(() => key.signDeterministic(new Uint8Array(256), message)),
      'ERR_BAD_LENGTH',
    );
    key.dispose();
  });

  test(`${name} refuses hints in another order, repeated, or beyond the last (FIPS 204 Algorithm 21)`, () => {
    const key = importKey(name, { seed: new Uint8Array(32).fill(6) });
    const signature = key.signDeterministic(NOTHING, NOTHING);
    const k = { 44: 4, 65: 6, 87: 8 }[set];
    const omega = { 44: 80, 65: 55, 87: 75 }[set];
    const at = signature.length - k - omega;
    const count = signature[signature.length - 1];
    assert.ok(verifies(key.publicKey, NOTHING, signature));
    const change = (edit: (hints: Uint8Array) => void) => {
      const changed = signature.slice();
      edit(changed.subarray(at));
      return verifies(key.publicKey, NOTHING, changed);
    };
    const first = signature[at + omega]; // hints of the first polynomial
    if (first >= 2) {
      assert.not.ok(change(h => h.copyWithin(1, 0, 1)));
      assert.not.ok(change(h => ([h[0], h[1]] = [h[1], h[0]])));
    }
    assert.not.ok(change(h => (h[count] = 1)));
    assert.not.ok(change(h => (h[omega] = omega + 1)));
    assert.not.ok(change(h => (h[omega + k - 1] = 0)));
    key.dispose();
  });

  test(`${name} refuses private keys that do not hang together`, () => {
    const seed = randomFrom(3).bytes(32);
    const { sk } = keyPairTwin(set, seed);
    const importing = (parts: { seed?: Uint8Array; expanded?: Uint8Array }) =>
      code(() => importKey(name, parts).dispose());
    assert.is(importing({}), 'ERR_INVALID_PRIVATE_KEY');
    assert.is(importing({ seed: new Uint8Array(31) }), 'ERR_INVALID_PRIVATE_KEY');
    assert.is(importing({ expanded: sk.subarray(1) }), 'ERR_INVALID_PRIVATE_KEY');
    importKey(name, { seed, expanded: sk }).dispose();
    assert.is(importing({ seed: new Uint8Array(32), expanded: sk }), 'ERR_INVALID_PRIVATE_KEY');
    // rho, tr, s1, s2, t0: all are bound to the public key; K is not.
    const secretLength = set === 65 ? 128 : 96;
    const l = { 44: 4, 65: 5, 87: 7 }[set];
    for (const at of [0, 64, 127, 128, 128 + l * secretLength, privateKeyLength - 1]) {
      const wrong = sk.slice();
      wrong[at] ^= 1;
      assert.is(importing({ expanded: wrong }), 'ERR_INVALID_PRIVATE_KEY', `byte ${at}`);
    }
    const outOfRange = sk.slice();
    outOfRange[128] = 0xff;
    assert.is(importing({ expanded: outOfRange }), 'ERR_INVALID_PRIVATE_KEY');
  });

  test(`${name} exports its seed if it has one, else the expanded key`, () => {
    const seed = randomFrom(4).bytes(32);
    const { sk } = keyPairTwin(set, seed);
    const [fromSeed, fromExpanded] = [importKey(name, { seed }), importKey(name, { expanded: sk })];
    const [a, b] = [fromSeed.dangerousExport(), fromExpanded.dangerousExport()];
    assert.is(hex(core.dangerousReveal(a.seed!)), hex(seed));
    assert.is(hex(core.dangerousReveal(b.expanded!)), hex(sk));
    for (const owned of [a.seed, b.expanded, fromSeed, fromExpanded]) owned!.dispose();
  });

  test(`${name} gives the accumulated hash of 100 keys and signatures (C2SP/CCTV)`, () => {
    const expected = {
      44: 'd51148e1f9f4fa1a723a6cf42e25f2a99eb5c1b378b3d2dbbd561b1203beeae4',
      65: '8358a1843220194417cadbc2651295cd8fc65125b5a5c1a239a16dc8b57ca199',
      87: '8c3ad714777622b8f21ce31bb35f71394f23bc0fcf3c78ace5d608990f3b061b',
    }[set];
    const seeds = createHash('shake128', { outputLength: 3200 }).digest();
    const sink = createHash('shake128', { outputLength: 32 });
    for (let n = 0; n < 100; n++) {
      const key = importKey(name, { seed: new Uint8Array(seeds.subarray(32 * n, 32 * n + 32)) });
      const signature = key.signDeterministic(NOTHING, NOTHING);
      assert.ok(verifies(key.publicKey, NOTHING, signature));
      sink.update(key.publicKey.key).update(signature);
      key.dispose();
    }
    assert.is(sink.digest('hex'), expected);
  });

  test(`${name} takes long messages in pieces`, () => {
    const key = importKey(name, { seed: new Uint8Array(32).fill(1) });
    const message = randomFrom(1).bytes(700_001);
    const signature = key.signDeterministic(NOTHING, message);
    const parameters = mlDsaParameters[name];
    const pieces = [Uint8Array.of(0, 0), message.subarray(0, 333_333), message.subarray(333_333)];
    assert.ok(mlDsaVerifyInternal(core, parameters, key.publicKey.key, pieces, signature));
    assert.is(key.publicKey.key.length, publicKeyLength);
    key.dispose();
  });
}

const Q = 8380417;

function writePoly(at: number, f: readonly number[]): void {
  core.bytes.set(new Uint8Array(Int32Array.from(f).buffer), at);
}

function readPoly(at: number): number[] {
  return [...new Int32Array(core.bytes.slice(at, at + 1024).buffer)];
}

test('the transforms agree with their definition at the edges of their ranges', () => {
  const reversed = (i: number) => Number.parseInt([...i.toString(2).padStart(8, '0')].reverse().join(''), 2);
  const power = (e: number): number => {
    let r = 1;
    for (let i = 0; i < e; i++) r = (r * 1753) % Q;
    return r;
  };
  const points = Array.from({ length: 256 }, (_, i) => power(2 * reversed(i) + 1));
  const random = randomFrom(12);
  const inputs = [
    ...[0, 1, Q, -Q].map(x => new Array<number>(256).fill(x)),
    Array.from({ length: 256 }, (_, i) => (i % 2 === 0 ? Q : -Q)),
    Array.from({ length: 256 }, (_, i) => (i < 128 ? Q : -Q)),
    ...Array.from({ length: 20 }, () => Array.from({ length: 256 }, () => random.below(2 * Q + 1) - Q)),
  ];
  for (const f of inputs) {
    writePoly(core.exchange, f);
    abi().mldsaNtt(core.exchange);
    const image = readPoly(core.exchange);
    assert.ok(image.every(x => Math.abs(x) <= 9.2 * Q));
    const canonical = f.map(x => mod(x, Q));
    const expected = evaluate(canonical, points, Q);
    assert.equal(
      image.map(x => mod(x, Q)),
      expected,
    );
    const wide = expected.map(x => (x > 0.8 * Q ? x - Q : x));
    writePoly(core.exchange, wide);
    abi().mldsaInverseNtt(core.exchange);
    const back = readPoly(core.exchange);
    assert.ok(back.every(x => x >= -Q / 4 && x <= (5 * Q) / 4));
    assert.equal(
      back.map(x => BigInt(mod(x, Q))),
      canonical.map(x => (BigInt(x) << 32n) % BigInt(Q)),
    );
  }
});

test('rounding and hints are exact for every residue (FIPS 204 §7.4)', () => {
  const [f, high, low] = [core.exchange, core.exchange + 1024, core.exchange + 2048];
  const { mldsaDecompose, mldsaPower2Round } = abi();
  let wrong = 0;
  const runs = Math.ceil(Q / 256);
  for (const set of [44, 65] as const) {
    const step = set === 44 ? (Q - 1) / 44 : (Q - 1) / 16;
    for (let run = 0; run < runs; run++) {
      const words = new Int32Array(core.bytes.buffer, f, 256);
      for (let i = 0; i < 256; i++) words[i] = Math.min(256 * run + i, Q - 1);
      mldsaDecompose(f, set, high, low);
      const [h, l] = [new Int32Array(core.bytes.buffer, high, 256), new Int32Array(core.bytes.buffer, low, 256)];
      for (let i = 0; i < 256; i++) {
        // decomposeTwin, inlined for speed.
        const r = words[i];
        let r0 = r % step;
        if (r0 > step / 2) r0 -= step;
        const last = r - r0 === Q - 1;
        if (h[i] !== (last ? 0 : (r - r0) / step) || l[i] !== (last ? r0 - 1 : r0)) wrong++;
      }
      if (set === 44) {
        mldsaPower2Round(f, low);
        for (let i = 0; i < 256; i++) {
          const r = Math.min(256 * run + i, Q - 1);
          if (words[i] * 8192 + l[i] !== r || l[i] <= -4096 || l[i] > 4096) wrong++;
        }
      }
    }
  }
  assert.is(wrong, 0);
});

test('a hint moves the high bits by one, around the edges of every interval', () => {
  const hintAt = core.exchange + 1024;
  for (const set of [44, 65, 87] as ParameterSet[]) {
    const step = set === 44 ? (Q - 1) / 44 : (Q - 1) / 16;
    const edges = new Set<number>();
    for (let r = 0; r <= Q; r += step / 2) for (let d = -2; d <= 2; d++) edges.add(mod(r + d, Q));
    for (const hint of [0, 1]) {
      const all = [...edges];
      while (all.length > 0) {
        const f = all.splice(0, 256);
        while (f.length < 256) f.push(0);
        writePoly(core.exchange, f);
        writePoly(hintAt, new Array(256).fill(hint));
        abi().mldsaUseHint(core.exchange, set, hintAt);
        assert.equal(
          readPoly(core.exchange),
          f.map(r => useHintTwin(hint, r, set)),
        );
      }
    }
    assert.equal(decomposeTwin(Q - 1, set), { high: 0, low: -1 });
  }
});

test('leaves no secret in its scratch', () => {
  const seed = randomFrom(77).bytes(32);
  const { sk } = keyPairTwin(65, seed);
  const key = importKey('ML-DSA-65', { seed });
  key.signDeterministic(NOTHING, Uint8Array.of(1, 2, 3));
  key.dispose();
  importKey('ML-DSA-65', { expanded: sk }).dispose();
  const range = Buffer.from(core.bytes.slice(2048 * 1024, 2560 * 1024));
  // The seed, K, s1 and t0 as bytes, and the first coefficients of s1 as 32-bit words.
  const s1 = Int32Array.from([...sk.subarray(128, 136)].flatMap(b => [4 - (b & 15), 4 - (b >> 4)]));
  const pieces = [seed.subarray(0, 16), sk.subarray(32, 48), sk.subarray(128, 144), sk.subarray(sk.length - 400)];
  for (const piece of [...pieces, new Uint8Array(s1.buffer)]) assert.is(range.indexOf(piece), -1);
});

test.run();
