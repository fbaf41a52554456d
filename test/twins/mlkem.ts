// Slow twin of ML-KEM: FIPS 203 written down on arrays of numbers, with products by hand (twins/ring.ts).

import {
  add,
  bitReverse,
  concat,
  evaluate,
  innerProduct,
  interpolate,
  mod,
  type Poly,
  packBits,
  power,
  sha3,
  subtract,
  unpackBits,
  xof,
} from './ring.ts';

const Q = 3329;
const gammas = Array.from({ length: 128 }, (_, i) => power(17, 2 * bitReverse(i, 7) + 1, Q));

/** §4.3: f mod X^2 - gamma_i for each i, which are the even and the odd half of f at gamma_i. */
export function nttTwin(f: Poly): Poly {
  const [even, odd] = [0, 1].map(half =>
    evaluate(
      f.filter((_, i) => i % 2 === half),
      gammas,
      Q,
    ),
  );
  return even.flatMap((x, i) => [x, odd[i]]);
}

function inverseNtt(f: Poly): Poly {
  const [even, odd] = [0, 1].map(half =>
    interpolate(
      f.filter((_, i) => i % 2 === half),
      gammas,
      Q,
    ),
  );
  return even.flatMap((x, i) => [x, odd[i]]);
}

export function compress(x: number, d: number): number {
  return mod(Math.floor((2 ** d * 2 * x + Q) / (2 * Q)), 2 ** d);
}

export function decompress(y: number, d: number): number {
  return Math.floor((2 * Q * y + 2 ** d) / 2 ** (d + 1));
}

/** Algorithm 7. */
function sampleNtt(seed: Uint8Array): Poly {
  const out: Poly = [];
  for (const value of unpackBits(xof('shake128', 3 * 700, seed), 12)) if (value < Q) out.push(value);
  return out.slice(0, 256);
}

/** Algorithm 8. */
function sampleBinomial(seed: Uint8Array, nonce: number, eta: number): Poly {
  const bits = unpackBits(xof('shake256', 64 * eta, seed, Uint8Array.of(nonce)), 1);
  const count = (from: number) => bits.slice(from, from + eta).reduce((a, b) => a + b, 0);
  return Array.from({ length: 256 }, (_, i) => mod(count(2 * i * eta) - count(2 * i * eta + eta), Q));
}

/** Row i, column j, out of the NTT domain. */
function matrix(rho: Uint8Array, k: number): Poly[][] {
  const range = Array.from({ length: k }, (_, i) => i);
  return range.map(i => range.map(j => inverseNtt(sampleNtt(concat(rho, Uint8Array.of(j, i))))));
}

const eta1 = (k: number) => (k === 2 ? 3 : 2);
const bitsOf = (k: number) => (k === 4 ? { du: 11, dv: 5 } : { du: 10, dv: 4 });

/** Algorithm 16: ek and dk of d and z. */
export function keyPairTwin(k: number, d: Uint8Array, z: Uint8Array): { ek: Uint8Array; dk: Uint8Array } {
  const seeds = sha3(512, d, Uint8Array.of(k));
  const [rho, sigma] = [seeds.subarray(0, 32), seeds.subarray(32)];
  const s = Array.from({ length: k }, (_, i) => sampleBinomial(sigma, i, eta1(k)));
  const e = Array.from({ length: k }, (_, i) => sampleBinomial(sigma, k + i, eta1(k)));
  const t = matrix(rho, k).map((row, i) => add(innerProduct(row, s, Q), e[i], Q));
  const encode = (vector: Poly[]) => concat(...vector.map(f => packBits(nttTwin(f), 12)));
  const ek = concat(encode(t), rho);
  return { ek, dk: concat(encode(s), ek, sha3(256, ek), z) };
}

function decodeVector(bytes: Uint8Array, k: number): Poly[] {
  return Array.from({ length: k }, (_, i) => inverseNtt(unpackBits(bytes.subarray(384 * i, 384 * i + 384), 12)));
}

/** Algorithm 14. */
function encrypt(k: number, ek: Uint8Array, m: Uint8Array, r: Uint8Array): Uint8Array {
  const { du, dv } = bitsOf(k);
  const t = decodeVector(ek, k);
  const a = matrix(ek.subarray(384 * k), k);
  const y = Array.from({ length: k }, (_, i) => sampleBinomial(r, i, eta1(k)));
  const u = y.map((_, i) => {
    const column = a.map(row => row[i]);
    return add(innerProduct(column, y, Q), sampleBinomial(r, k + i, 2), Q);
  });
  const message = unpackBits(m, 1).map(bit => decompress(bit, 1));
  const v = add(add(innerProduct(t, y, Q), sampleBinomial(r, 2 * k, 2), Q), message, Q);
  const encode = (f: Poly, d: number) =>
    packBits(
      f.map(x => compress(x, d)),
      d,
    );
  return concat(...u.map(f => encode(f, du)), encode(v, dv));
}

/** Algorithm 17. */
export function encapsulateTwin(k: number, ek: Uint8Array, m: Uint8Array): { c: Uint8Array; shared: Uint8Array } {
  const seeds = sha3(512, m, sha3(256, ek));
  return { c: encrypt(k, ek, m, seeds.subarray(32)), shared: seeds.subarray(0, 32) };
}

/** Algorithm 18. */
export function decapsulateTwin(k: number, dk: Uint8Array, c: Uint8Array): Uint8Array {
  const { du, dv } = bitsOf(k);
  const ek = dk.subarray(384 * k, 768 * k + 32);
  const [hash, z] = [dk.subarray(768 * k + 32, 768 * k + 64), dk.subarray(768 * k + 64)];
  const decode = (bytes: Uint8Array, d: number) => unpackBits(bytes, d).map(y => decompress(y, d));
  const u = Array.from({ length: k }, (_, i) => decode(c.subarray(32 * du * i, 32 * du * (i + 1)), du));
  const w = subtract(decode(c.subarray(32 * du * k), dv), innerProduct(decodeVector(dk, k), u, Q), Q);
  const m = packBits(
    w.map(x => compress(x, 1)),
    1,
  );
  const seeds = sha3(512, m, hash);
  const same = Buffer.compare(encrypt(k, ek, m, seeds.subarray(32)), c) === 0;
  return same ? seeds.subarray(0, 32) : xof('shake256', 32, z, c);
}
