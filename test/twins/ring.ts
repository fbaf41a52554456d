// What the twins of ML-KEM and ML-DSA share: polynomials modulo X^256 + 1 as arrays of numbers, multiplied by hand, and
// the number-theoretic transform by its definition: evaluation at the odd powers of a root of unity. No fast transform.

import { createHash } from 'node:crypto';

export type Poly = number[];

export const zeroPoly = (): Poly => new Array(256).fill(0);

export const mod = (x: number, m: number): number => ((x % m) + m) % m;

/** x mod± m: in -m/2..m/2 (FIPS 204 §2.3). */
export function centre(x: number, m: number): number {
  const r = mod(x, m);
  return r > Math.floor(m / 2) ? r - m : r;
}

export function add(a: Poly, b: Poly, q: number): Poly {
  return a.map((x, i) => mod(x + b[i], q));
}

export function subtract(a: Poly, b: Poly, q: number): Poly {
  return a.map((x, i) => mod(x - b[i], q));
}

/** Schoolbook product modulo X^256 + 1 and q. */
export function multiply(a: Poly, b: Poly, q: number): Poly {
  const out = zeroPoly();
  for (let i = 0; i < 256; i++) {
    if (a[i] === 0) continue;
    for (let j = 0; j < 256; j++) {
      const product = (a[i] * b[j]) % q;
      const at = (i + j) % 256;
      out[at] += i + j < 256 ? product : -product;
    }
  }
  return out.map(x => mod(x, q));
}

/** sum of a[j] * b[j]. */
export function innerProduct(a: readonly Poly[], b: readonly Poly[], q: number): Poly {
  return a.reduce((sum, poly, j) => add(sum, multiply(poly, b[j], q), q), zeroPoly());
}

export function power(base: number, exponent: number, q: number): number {
  let result = 1;
  for (let i = 0; i < exponent; i++) result = (result * base) % q;
  return result;
}

export function bitReverse(x: number, bits: number): number {
  return Number.parseInt([...x.toString(2).padStart(bits, '0')].reverse().join(''), 2);
}

/** Values of the polynomial `f` at `points`. */
export function evaluate(f: readonly number[], points: readonly number[], q: number): number[] {
  return points.map(x => f.reduceRight((sum, c) => (sum * x + c) % q, 0));
}

/** The polynomial with these values at `points`, which are the n roots of X^n + 1: f_i = 1/n sum values_j points_j^-i. */
export function interpolate(values: readonly number[], points: readonly number[], q: number): number[] {
  const n = values.length;
  const inverse = (x: number) => Number(modularInverse(BigInt(x), BigInt(q)));
  const inverses = points.map(inverse);
  const scale = inverse(n);
  const powers = new Array(n).fill(1);
  return Array.from({ length: n }, () => {
    let sum = 0;
    for (let j = 0; j < n; j++) {
      sum = (sum + values[j] * powers[j]) % q;
      powers[j] = (powers[j] * inverses[j]) % q;
    }
    return (sum * scale) % q;
  });
}

function modularInverse(x: bigint, q: bigint): bigint {
  let [a, b, u, v] = [x, q, 1n, 0n];
  while (a !== 1n) {
    const quotient = b / a;
    [b, a, v, u] = [a, b % a, u, v - quotient * u];
  }
  return ((u % q) + q) % q;
}

export function xof(name: 'shake128' | 'shake256', length: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash(name, { outputLength: length });
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

export function sha3(bits: 256 | 512, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash(`sha3-${bits}`);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** Values of d bits each, little-endian, to bytes and back. */
export function packBits(values: readonly number[], d: number): Uint8Array {
  const out = new Uint8Array((values.length * d) / 8);
  values.forEach((value, i) => {
    for (let b = 0; b < d; b++) if ((value >> b) & 1) out[(i * d + b) >> 3] |= 1 << ((i * d + b) & 7);
  });
  return out;
}

export function unpackBits(bytes: Uint8Array, d: number): number[] {
  return Array.from({ length: (bytes.length * 8) / d }, (_, i) => {
    let value = 0;
    for (let b = 0; b < d; b++) value |= ((bytes[(i * d + b) >> 3] >> ((i * d + b) & 7)) & 1) << b;
    return value;
  });
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
