// Slow twin of ML-DSA: FIPS 204 written down on arrays of numbers, with products by hand (twins/ring.ts).

import {
  add,
  bitReverse,
  centre,
  concat,
  innerProduct,
  interpolate,
  mod,
  multiply,
  type Poly,
  packBits,
  power,
  subtract,
  unpackBits,
  xof,
  zeroPoly,
} from './ring.ts';

const Q = 8380417;
const points = Array.from({ length: 256 }, (_, i) => power(1753, 2 * bitReverse(i, 8) + 1, Q));

/** FIPS 204 Table 1. */
const sets = {
  44: { k: 4, l: 4, eta: 2, tau: 39, gamma1: 2 ** 17, gamma2: (Q - 1) / 88, omega: 80, challenge: 32 },
  65: { k: 6, l: 5, eta: 4, tau: 49, gamma1: 2 ** 19, gamma2: (Q - 1) / 32, omega: 55, challenge: 48 },
  87: { k: 8, l: 7, eta: 2, tau: 60, gamma1: 2 ** 19, gamma2: (Q - 1) / 32, omega: 75, challenge: 64 },
} as const;
export type ParameterSet = keyof typeof sets;

const h = (length: number, ...parts: readonly Uint8Array[]) => xof('shake256', length, ...parts);
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Algorithm 30. */
function rejNtt(seed: Uint8Array): Poly {
  return unpackBits(xof('shake128', 3 * 400, seed), 24)
    .map(x => x & 0x7fffff)
    .filter(x => x < Q)
    .slice(0, 256);
}

/** Algorithm 32, out of the NTT domain. */
function matrix(rho: Uint8Array, set: ParameterSet): Poly[][] {
  const { k, l } = sets[set];
  return range(k).map(i => range(l).map(j => interpolate(rejNtt(concat(rho, Uint8Array.of(j, i))), points, Q)));
}

/** Algorithm 31. */
function rejBounded(seed: Uint8Array, n: number, eta: number): Poly {
  return unpackBits(h(800, seed, Uint8Array.of(n, 0)), 4)
    .filter(z => z < (eta === 2 ? 15 : 9))
    .map(z => (eta === 2 ? 2 - (z % 5) : 4 - z))
    .slice(0, 256);
}

/** Algorithm 29. */
function sampleInBall(seed: Uint8Array, tau: number): Poly {
  const stream = h(1000, seed);
  const signs = unpackBits(stream.subarray(0, 8), 1);
  const c = zeroPoly();
  let at = 8;
  for (let i = 256 - tau; i < 256; i++) {
    while (stream[at] > i) at++;
    const j = stream[at++];
    c[i] = c[j];
    c[j] = signs[i + tau - 256] === 1 ? -1 : 1;
  }
  return c;
}

/** Algorithm 36. */
export function decomposeTwin(r: number, set: ParameterSet): { high: number; low: number } {
  const step = 2 * sets[set].gamma2;
  const low = centre(r, step);
  return mod(r, Q) - low === Q - 1 ? { high: 0, low: low - 1 } : { high: (mod(r, Q) - low) / step, low };
}

/** Algorithm 40. */
export function useHintTwin(hint: number, r: number, set: ParameterSet): number {
  const m = (Q - 1) / (2 * sets[set].gamma2);
  const { high, low } = decomposeTwin(r, set);
  return hint === 0 ? high : mod(low > 0 ? high + 1 : high - 1, m);
}

const largest = (vector: readonly Poly[]) => Math.max(...vector.flat().map(x => Math.abs(centre(x, Q))));
const secretBits = (eta: number) => (eta === 2 ? 3 : 4);
const maskBits = (gamma1: number) => 1 + Math.log2(gamma1);
const packHigh = (w1: readonly Poly[], set: ParameterSet) => concat(...w1.map(f => packBits(f, set === 44 ? 6 : 4)));
const highBits = (w: readonly Poly[], set: ParameterSet) => w.map(f => f.map(x => decomposeTwin(x, set).high));

/** Algorithm 6: pk and sk of a seed. */
export function keyPairTwin(set: ParameterSet, seed: Uint8Array): { pk: Uint8Array; sk: Uint8Array } {
  const { k, l, eta } = sets[set];
  const expanded = h(128, seed, Uint8Array.of(k, l));
  const [rho, rhoPrime, key] = [expanded.subarray(0, 32), expanded.subarray(32, 96), expanded.subarray(96)];
  const s1 = range(l).map(n => rejBounded(rhoPrime, n, eta));
  const s2 = range(k).map(n => rejBounded(rhoPrime, l + n, eta));
  const t = matrix(rho, set).map((row, i) => add(innerProduct(row, s1, Q), s2[i], Q));
  const t0 = t.map(f => f.map(x => centre(x, 2 ** 13) || 0)).map(f => f.map(x => (x === -4096 ? 4096 : x)));
  const t1 = t.map((f, i) => f.map((x, j) => (x - t0[i][j]) / 2 ** 13));
  const pk = concat(rho, ...t1.map(f => packBits(f, 10)));
  const secrets = [...s1, ...s2].map(f =>
    packBits(
      f.map(x => eta - x),
      secretBits(eta),
    ),
  );
  const low = t0.map(f =>
    packBits(
      f.map(x => 4096 - x),
      13,
    ),
  );
  return { pk, sk: concat(rho, key, h(64, pk), ...secrets, ...low) };
}

/** mu for the message of pure ML-DSA with an empty context. */
export function muTwin(tr: Uint8Array, message: Uint8Array): Uint8Array {
  return h(64, tr, Uint8Array.of(0, 0), message);
}

/** Algorithm 7: the signature of mu, and how many passes it took. */
export function signTwin(
  set: ParameterSet,
  sk: Uint8Array,
  mu: Uint8Array,
  rnd: Uint8Array,
): { signature: Uint8Array; passes: number } {
  const { k, l, eta, tau, gamma1, gamma2, omega, challenge } = sets[set];
  const length = 32 * secretBits(eta);
  const secret = (n: number) =>
    unpackBits(sk.subarray(128 + n * length, 128 + (n + 1) * length), secretBits(eta)).map(x => eta - x);
  const [s1, s2] = [range(l).map(secret), range(k).map(n => secret(l + n))];
  const lowAt = 128 + (k + l) * length;
  const t0 = range(k).map(n => unpackBits(sk.subarray(lowAt + 416 * n, lowAt + 416 * (n + 1)), 13).map(x => 4096 - x));
  const a = matrix(sk.subarray(0, 32), set);
  const seed = h(64, sk.subarray(32, 64), rnd, mu);
  const bits = maskBits(gamma1);
  for (let passes = 0; ; passes++) {
    const y = range(l).map(n => {
      const nonce = passes * l + n;
      return unpackBits(h(32 * bits, seed, Uint8Array.of(nonce & 255, nonce >> 8)), bits).map(x => gamma1 - x);
    });
    const w = a.map(row => innerProduct(row, y, Q));
    const hash = h(challenge, mu, packHigh(highBits(w, set), set));
    const c = sampleInBall(hash, tau);
    const z = y.map((f, n) => add(f, multiply(c, s1[n], Q), Q));
    const r = w.map((f, n) => subtract(f, multiply(c, s2[n], Q), Q));
    const r0 = r.map(f => f.map(x => decomposeTwin(x, set).low));
    if (largest(z) >= gamma1 - tau * eta || largest(r0) >= gamma2 - tau * eta) continue;
    const ct0 = t0.map(f => multiply(c, f, Q));
    const hints = r.map((f, n) => {
      const moved = add(f, ct0[n], Q);
      return f.map((x, i) => (decomposeTwin(x, set).high === decomposeTwin(moved[i], set).high ? 0 : 1));
    });
    if (largest(ct0) >= gamma2 || hints.flat().reduce((sum: number, x) => sum + x, 0) > omega) continue;
    const zBytes = z.map(f =>
      packBits(
        f.map(x => gamma1 - centre(x, Q)),
        bits,
      ),
    );
    return { signature: concat(hash, ...zBytes, packHints(hints, omega)), passes: passes + 1 };
  }
}

/** Algorithm 20. */
function packHints(hints: readonly number[][], omega: number): Uint8Array {
  const out = new Uint8Array(omega + hints.length);
  let index = 0;
  hints.forEach((f, i) => {
    for (const [j, hint] of f.entries()) if (hint === 1) out[index++] = j;
    out[omega + i] = index;
  });
  return out;
}

/** Algorithm 8 for a well-formed signature: what c~ has to be. */
export function verifyTwin(set: ParameterSet, pk: Uint8Array, mu: Uint8Array, signature: Uint8Array): boolean {
  const { k, l, eta, tau, gamma1, omega, challenge } = sets[set];
  const bits = maskBits(gamma1);
  const hash = signature.subarray(0, challenge);
  const z = range(l).map(n =>
    unpackBits(signature.subarray(challenge + 32 * bits * n, challenge + 32 * bits * (n + 1)), bits).map(
      x => gamma1 - x,
    ),
  );
  const packed = signature.subarray(challenge + 32 * bits * l);
  const hints = range(k).map(n => {
    const f = zeroPoly();
    for (const j of packed.subarray(n === 0 ? 0 : packed[omega + n - 1], packed[omega + n])) f[j] = 1;
    return f;
  });
  const c = sampleInBall(hash, tau);
  const w1 = matrix(pk.subarray(0, 32), set).map((row, n) => {
    const t1 = unpackBits(pk.subarray(32 + 320 * n, 352 + 320 * n), 10).map(x => x * 2 ** 13);
    const w = subtract(innerProduct(row, z, Q), multiply(c, t1, Q), Q);
    return w.map((x, i) => useHintTwin(hints[n][i], x, set));
  });
  return largest(z) < gamma1 - tau * eta && Buffer.compare(h(challenge, mu, packHigh(w1, set)), hash) === 0;
}
