// The number-theoretic transform of FIPS 204 §7.5 (Algorithms 41 and 42) on 256 coefficients in i32 lanes, in place,
// in the standard's order. Constant-time by construction: fixed addresses, no branch but the loop counters.
// Three layers at a time on eight vectors: layers 1-3 on vectors 128 bytes apart, 4-6 on neighbours, then 7 and 8.

import { mulmod } from './arithmetic';
import { broadcast, inverseLayer7, inverseLayer8, inverseScale, layer7, layer8 } from './tables';

// CT begin: secret = coefficients

/** Forward transform. In: |f| <= q. Out: |f| <= 9.2 q: each of eight layers adds at most 1.01 q. */
export function ntt(f: usize): void {
  for (let at = f, end = f + 128; at < end; at += 16) {
    threeLayers(at, 128, broadcast + 32, broadcast + 64, broadcast + 128);
  }
  for (let i: usize = 0; i < 8; i++) {
    const at = f + (i << 7);
    threeLayers(at, 16, broadcast + ((8 + i) << 5), broadcast + ((16 + 2 * i) << 5), broadcast + ((32 + 4 * i) << 5));
    lastLayers(at, i << 7);
    lastLayers(at + 32, (i << 7) + 32);
    lastLayers(at + 64, (i << 7) + 64);
    lastLayers(at + 96, (i << 7) + 96);
  }
}

/** Three layers on the eight vectors `stride` apart; the factors of the first, second and third stand at a, b, c. */
// @ts-ignore: decorator
@inline
function threeLayers(at: usize, stride: usize, a: usize, b: usize, c: usize): void {
  let v0 = v128.load(at);
  let v1 = v128.load(at + stride);
  let v2 = v128.load(at + 2 * stride);
  let v3 = v128.load(at + 3 * stride);
  let v4 = v128.load(at + 4 * stride);
  let v5 = v128.load(at + 5 * stride);
  let v6 = v128.load(at + 6 * stride);
  let v7 = v128.load(at + 7 * stride);
  let z = v128.load(a);
  let zq = v128.load(a, 16);
  let t = mulmod(v4, z, zq);
  v4 = i32x4.sub(v0, t);
  v0 = i32x4.add(v0, t);
  t = mulmod(v5, z, zq);
  v5 = i32x4.sub(v1, t);
  v1 = i32x4.add(v1, t);
  t = mulmod(v6, z, zq);
  v6 = i32x4.sub(v2, t);
  v2 = i32x4.add(v2, t);
  t = mulmod(v7, z, zq);
  v7 = i32x4.sub(v3, t);
  v3 = i32x4.add(v3, t);

  z = v128.load(b);
  zq = v128.load(b, 16);
  t = mulmod(v2, z, zq);
  v2 = i32x4.sub(v0, t);
  v0 = i32x4.add(v0, t);
  t = mulmod(v3, z, zq);
  v3 = i32x4.sub(v1, t);
  v1 = i32x4.add(v1, t);
  z = v128.load(b, 32);
  zq = v128.load(b, 48);
  t = mulmod(v6, z, zq);
  v6 = i32x4.sub(v4, t);
  v4 = i32x4.add(v4, t);
  t = mulmod(v7, z, zq);
  v7 = i32x4.sub(v5, t);
  v5 = i32x4.add(v5, t);

  t = mulmod(v1, v128.load(c), v128.load(c, 16));
  v128.store(at, i32x4.add(v0, t));
  v128.store(at + stride, i32x4.sub(v0, t));
  t = mulmod(v3, v128.load(c, 32), v128.load(c, 48));
  v128.store(at + 2 * stride, i32x4.add(v2, t));
  v128.store(at + 3 * stride, i32x4.sub(v2, t));
  t = mulmod(v5, v128.load(c, 64), v128.load(c, 80));
  v128.store(at + 4 * stride, i32x4.add(v4, t));
  v128.store(at + 5 * stride, i32x4.sub(v4, t));
  t = mulmod(v7, v128.load(c, 96), v128.load(c, 112));
  v128.store(at + 6 * stride, i32x4.add(v6, t));
  v128.store(at + 7 * stride, i32x4.sub(v6, t));
}

/** Layers 7 and 8 of the eight coefficients at `at`; `entry` is their place in the tables. */
// @ts-ignore: decorator
@inline
function lastLayers(at: usize, entry: usize): void {
  const v0 = v128.load(at);
  const v1 = v128.load(at, 16);
  // Lanes d0..d3 of v0, e0..e3 of v1: a = d0 d1 e0 e1, b = d2 d3 e2 e3.
  let a = i64x2.shuffle(v0, v1, 0, 2);
  let b = i64x2.shuffle(v0, v1, 1, 3);
  let t = mulmod(b, v128.load(layer7 + entry), v128.load(layer7 + entry, 16));
  b = i32x4.sub(a, t);
  a = i32x4.add(a, t);
  // c = d0 e0 d2 e2, d = d1 e1 d3 e3.
  const c = i32x4.shuffle(a, b, 0, 2, 4, 6);
  const d = i32x4.shuffle(a, b, 1, 3, 5, 7);
  t = mulmod(d, v128.load(layer8 + entry), v128.load(layer8 + entry, 16));
  const low = i32x4.add(c, t);
  const high = i32x4.sub(c, t);
  a = i32x4.shuffle(low, high, 0, 4, 1, 5); // d0 d1 e0 e1
  b = i32x4.shuffle(low, high, 2, 6, 3, 7); // d2 d3 e2 e3
  v128.store(at, i64x2.shuffle(a, b, 0, 2));
  v128.store(at, i64x2.shuffle(a, b, 1, 3), 16);
}

/**
 * Inverse transform, times 2^32: it also undoes one Montgomery reduction. In: |f| <= 0.82 q. Out: -q/4..5q/4.
 * Sums double in each of eight layers, to 210 q; products start at 5q/4 and double seven times at most, to 160 q:
 * all below 2^31 = 256 q, so nothing is reduced on the way.
 */
export function inverseNtt(f: usize): void {
  for (let i: usize = 0; i < 8; i++) {
    const at = f + (i << 7);
    firstInverseLayers(at, i << 7);
    firstInverseLayers(at + 32, (i << 7) + 32);
    firstInverseLayers(at + 64, (i << 7) + 64);
    firstInverseLayers(at + 96, (i << 7) + 96);
    // Block b of the layer with k = 2^l..2^(l+1)-1 takes zetas[2^(l+1) - 1 - b].
    const c = broadcast + ((63 - 4 * i) << 5);
    const b = broadcast + ((31 - 2 * i) << 5);
    threeInverseLayers(at, 16, c, b, broadcast + ((15 - i) << 5), 0);
  }
  for (let at = f, end = f + 128; at < end; at += 16) {
    threeInverseLayers(at, 128, broadcast + 224, broadcast + 96, inverseScale + 32, inverseScale);
  }
}

/** Layers 8 and 7 backwards on the eight coefficients at `at`. */
// @ts-ignore: decorator
@inline
function firstInverseLayers(at: usize, entry: usize): void {
  const v0 = v128.load(at);
  const v1 = v128.load(at, 16);
  let a = i64x2.shuffle(v0, v1, 0, 2);
  let b = i64x2.shuffle(v0, v1, 1, 3);
  const c = i32x4.shuffle(a, b, 0, 2, 4, 6);
  const d = i32x4.shuffle(a, b, 1, 3, 5, 7);
  const low = i32x4.add(c, d);
  const high = mulmod(i32x4.sub(d, c), v128.load(inverseLayer8 + entry), v128.load(inverseLayer8 + entry, 16));
  a = i32x4.shuffle(low, high, 0, 4, 1, 5);
  b = i32x4.shuffle(low, high, 2, 6, 3, 7);
  const sum = i32x4.add(a, b);
  const t = mulmod(i32x4.sub(b, a), v128.load(inverseLayer7 + entry), v128.load(inverseLayer7 + entry, 16));
  v128.store(at, i64x2.shuffle(sum, t, 0, 2));
  v128.store(at, i64x2.shuffle(sum, t, 1, 3), 16);
}

/**
 * Three layers backwards on the eight vectors `stride` apart. The factors of the first stand downwards from c, of the
 * second downwards from b, of the third at a; the sums of the third are multiplied by the entry at `scale`, if any.
 */
// @ts-ignore: decorator
@inline
function threeInverseLayers(at: usize, stride: usize, c: usize, b: usize, a: usize, scale: usize): void {
  let v0 = v128.load(at);
  let v1 = v128.load(at + stride);
  let v2 = v128.load(at + 2 * stride);
  let v3 = v128.load(at + 3 * stride);
  let v4 = v128.load(at + 4 * stride);
  let v5 = v128.load(at + 5 * stride);
  let v6 = v128.load(at + 6 * stride);
  let v7 = v128.load(at + 7 * stride);
  let t = i32x4.sub(v1, v0);
  v0 = i32x4.add(v0, v1);
  v1 = mulmod(t, v128.load(c), v128.load(c, 16));
  t = i32x4.sub(v3, v2);
  v2 = i32x4.add(v2, v3);
  v3 = mulmod(t, v128.load(c - 32), v128.load(c - 32, 16));
  t = i32x4.sub(v5, v4);
  v4 = i32x4.add(v4, v5);
  v5 = mulmod(t, v128.load(c - 64), v128.load(c - 64, 16));
  t = i32x4.sub(v7, v6);
  v6 = i32x4.add(v6, v7);
  v7 = mulmod(t, v128.load(c - 96), v128.load(c - 96, 16));

  let z = v128.load(b);
  let zq = v128.load(b, 16);
  t = i32x4.sub(v2, v0);
  v0 = i32x4.add(v0, v2);
  v2 = mulmod(t, z, zq);
  t = i32x4.sub(v3, v1);
  v1 = i32x4.add(v1, v3);
  v3 = mulmod(t, z, zq);
  z = v128.load(b - 32);
  zq = v128.load(b - 32, 16);
  t = i32x4.sub(v6, v4);
  v4 = i32x4.add(v4, v6);
  v6 = mulmod(t, z, zq);
  t = i32x4.sub(v7, v5);
  v5 = i32x4.add(v5, v7);
  v7 = mulmod(t, z, zq);

  z = v128.load(a);
  zq = v128.load(a, 16);
  v128.store(at + 4 * stride, mulmod(i32x4.sub(v4, v0), z, zq));
  v128.store(at + 5 * stride, mulmod(i32x4.sub(v5, v1), z, zq));
  v128.store(at + 6 * stride, mulmod(i32x4.sub(v6, v2), z, zq));
  v128.store(at + 7 * stride, mulmod(i32x4.sub(v7, v3), z, zq));
  v0 = i32x4.add(v0, v4);
  v1 = i32x4.add(v1, v5);
  v2 = i32x4.add(v2, v6);
  v3 = i32x4.add(v3, v7);
  if (scale != 0) {
    z = v128.load(scale);
    zq = v128.load(scale, 16);
    v0 = mulmod(v0, z, zq);
    v1 = mulmod(v1, z, zq);
    v2 = mulmod(v2, z, zq);
    v3 = mulmod(v3, z, zq);
  }
  v128.store(at, v0);
  v128.store(at + stride, v1);
  v128.store(at + 2 * stride, v2);
  v128.store(at + 3 * stride, v3);
}
// CT end
