// The number-theoretic transform of FIPS 203 §4.3 (Algorithms 9 and 10) on 256 coefficients in i16 lanes, in place,
// in the standard's order. Constant-time by construction: fixed addresses, no branch but the loop counters.

import { mulmod, reduce } from './arithmetic';
import { broadcast, inverseLayer6, inverseLayer7, inverseScale, layer6, layer7 } from './tables';

// CT begin: secret = coefficients

/**
 * Forward transform. In: |f| <= 3400. Out: |f| <= 18,600, not reduced: a product |t| of mulmod is at most
 * q/2 + 0.0508 |a|, so seven layers of a + t, a - t take 3400 to 5237, 7168, 9197, 11329, 13569, 15923, 18397.
 */
export function ntt(f: usize): void {
  // Layers 1-3 (distances 128, 64, 32) on the eight vectors 64 bytes apart.
  for (let at = f, end = f + 64; at < end; at += 16) {
    let v0 = v128.load(at, 0);
    let v1 = v128.load(at, 64);
    let v2 = v128.load(at, 128);
    let v3 = v128.load(at, 192);
    let v4 = v128.load(at, 256);
    let v5 = v128.load(at, 320);
    let v6 = v128.load(at, 384);
    let v7 = v128.load(at, 448);
    let z = v128.load(broadcast, 32);
    let zq = v128.load(broadcast, 48);
    let t = mulmod(v4, z, zq);
    v4 = i16x8.sub(v0, t);
    v0 = i16x8.add(v0, t);
    t = mulmod(v5, z, zq);
    v5 = i16x8.sub(v1, t);
    v1 = i16x8.add(v1, t);
    t = mulmod(v6, z, zq);
    v6 = i16x8.sub(v2, t);
    v2 = i16x8.add(v2, t);
    t = mulmod(v7, z, zq);
    v7 = i16x8.sub(v3, t);
    v3 = i16x8.add(v3, t);

    z = v128.load(broadcast, 64);
    zq = v128.load(broadcast, 80);
    t = mulmod(v2, z, zq);
    v2 = i16x8.sub(v0, t);
    v0 = i16x8.add(v0, t);
    t = mulmod(v3, z, zq);
    v3 = i16x8.sub(v1, t);
    v1 = i16x8.add(v1, t);
    z = v128.load(broadcast, 96);
    zq = v128.load(broadcast, 112);
    t = mulmod(v6, z, zq);
    v6 = i16x8.sub(v4, t);
    v4 = i16x8.add(v4, t);
    t = mulmod(v7, z, zq);
    v7 = i16x8.sub(v5, t);
    v5 = i16x8.add(v5, t);

    t = mulmod(v1, v128.load(broadcast, 128), v128.load(broadcast, 144));
    v128.store(at, i16x8.sub(v0, t), 64);
    v128.store(at, i16x8.add(v0, t), 0);
    t = mulmod(v3, v128.load(broadcast, 160), v128.load(broadcast, 176));
    v128.store(at, i16x8.sub(v2, t), 192);
    v128.store(at, i16x8.add(v2, t), 128);
    t = mulmod(v5, v128.load(broadcast, 192), v128.load(broadcast, 208));
    v128.store(at, i16x8.sub(v4, t), 320);
    v128.store(at, i16x8.add(v4, t), 256);
    t = mulmod(v7, v128.load(broadcast, 224), v128.load(broadcast, 240));
    v128.store(at, i16x8.sub(v6, t), 448);
    v128.store(at, i16x8.add(v6, t), 384);
  }
  // Layers 4-7 (distances 16, 8, 4, 2) on four neighbouring vectors.
  for (let i: usize = 0; i < 8; i++) {
    const at = f + (i << 6);
    const z4 = broadcast + ((8 + i) << 5);
    const z5 = broadcast + ((16 + 2 * i) << 5);
    let v0 = v128.load(at, 0);
    let v1 = v128.load(at, 16);
    let v2 = v128.load(at, 32);
    let v3 = v128.load(at, 48);
    const z = v128.load(z4);
    const zq = v128.load(z4, 16);
    let t = mulmod(v2, z, zq);
    v2 = i16x8.sub(v0, t);
    v0 = i16x8.add(v0, t);
    t = mulmod(v3, z, zq);
    v3 = i16x8.sub(v1, t);
    v1 = i16x8.add(v1, t);
    t = mulmod(v1, v128.load(z5), v128.load(z5, 16));
    v1 = i16x8.sub(v0, t);
    v0 = i16x8.add(v0, t);
    t = mulmod(v3, v128.load(z5, 32), v128.load(z5, 48));
    v3 = i16x8.sub(v2, t);
    v2 = i16x8.add(v2, t);
    lastLayers(at, v0, v1, i << 6);
    lastLayers(at + 32, v2, v3, (i << 6) + 32);
  }
}

/** Layers 6 and 7 of the sixteen coefficients in v0 and v1, stored at `at`; `entry` is their place in the tables. */
// @ts-ignore: decorator
@inline
function lastLayers(at: usize, v0: v128, v1: v128, entry: usize): void {
  // Dwords d0..d3 of v0, e0..e3 of v1: a = d0 d1 e0 e1, b = d2 d3 e2 e3.
  let a = i64x2.shuffle(v0, v1, 0, 2);
  let b = i64x2.shuffle(v0, v1, 1, 3);
  let t = mulmod(b, v128.load(layer6 + entry), v128.load(layer6 + entry, 16));
  b = i16x8.sub(a, t);
  a = i16x8.add(a, t);
  // c = d0 e0 d2 e2, d = d1 e1 d3 e3.
  const c = i32x4.shuffle(a, b, 0, 2, 4, 6);
  const d = i32x4.shuffle(a, b, 1, 3, 5, 7);
  t = mulmod(d, v128.load(layer7 + entry), v128.load(layer7 + entry, 16));
  const low = i16x8.add(c, t);
  const high = i16x8.sub(c, t);
  a = i32x4.shuffle(low, high, 0, 4, 1, 5); // d0 d1 e0 e1
  b = i32x4.shuffle(low, high, 2, 6, 3, 7); // d2 d3 e2 e3
  v128.store(at, i64x2.shuffle(a, b, 0, 2));
  v128.store(at, i64x2.shuffle(a, b, 1, 3), 16);
}

/**
 * Inverse transform, times 2^16: it also undoes one Montgomery reduction. In: |f| <= 2600. Out: |f| <= 2000.
 * Sums double from layer to layer (2600, 5200, 10400, 20800), so they are reduced after the third (to 2010, products
 * to 2730) and after the sixth (21840: to 2020 and 2780); the last layer multiplies everything.
 */
export function inverseNtt(f: usize): void {
  for (let i: usize = 0; i < 8; i++) {
    const at = f + (i << 6);
    firstInverseLayers(at, i << 6);
    firstInverseLayers(at + 32, (i << 6) + 32);
    // Block b of the layer with k = 2^l..2^(l+1)-1 takes zetas[2^(l+1) - 1 - b].
    const z5 = broadcast + ((31 - 2 * i) << 5);
    const z4 = broadcast + ((15 - i) << 5);
    let v0 = v128.load(at, 0);
    let v1 = v128.load(at, 16);
    let v2 = v128.load(at, 32);
    let v3 = v128.load(at, 48);
    let t = i16x8.sub(v1, v0);
    v0 = reduce(i16x8.add(v0, v1));
    v1 = mulmod(t, v128.load(z5), v128.load(z5, 16));
    t = i16x8.sub(v3, v2);
    v2 = reduce(i16x8.add(v2, v3));
    v3 = mulmod(t, v128.load(z5 - 32), v128.load(z5 - 32, 16));
    const z = v128.load(z4);
    const zq = v128.load(z4, 16);
    v128.store(at, i16x8.add(v0, v2), 0);
    v128.store(at, i16x8.add(v1, v3), 16);
    v128.store(at, mulmod(i16x8.sub(v2, v0), z, zq), 32);
    v128.store(at, mulmod(i16x8.sub(v3, v1), z, zq), 48);
  }
  for (let at = f, end = f + 64; at < end; at += 16) {
    let v0 = v128.load(at, 0);
    let v1 = v128.load(at, 64);
    let v2 = v128.load(at, 128);
    let v3 = v128.load(at, 192);
    let v4 = v128.load(at, 256);
    let v5 = v128.load(at, 320);
    let v6 = v128.load(at, 384);
    let v7 = v128.load(at, 448);
    let t = i16x8.sub(v1, v0);
    v0 = i16x8.add(v0, v1);
    v1 = mulmod(t, v128.load(broadcast, 224), v128.load(broadcast, 240));
    t = i16x8.sub(v3, v2);
    v2 = i16x8.add(v2, v3);
    v3 = mulmod(t, v128.load(broadcast, 192), v128.load(broadcast, 208));
    t = i16x8.sub(v5, v4);
    v4 = i16x8.add(v4, v5);
    v5 = mulmod(t, v128.load(broadcast, 160), v128.load(broadcast, 176));
    t = i16x8.sub(v7, v6);
    v6 = i16x8.add(v6, v7);
    v7 = mulmod(t, v128.load(broadcast, 128), v128.load(broadcast, 144));

    let z = v128.load(broadcast, 96);
    let zq = v128.load(broadcast, 112);
    t = i16x8.sub(v2, v0);
    v0 = reduce(i16x8.add(v0, v2));
    v2 = mulmod(t, z, zq);
    t = i16x8.sub(v3, v1);
    v1 = reduce(i16x8.add(v1, v3));
    v3 = mulmod(t, z, zq);
    z = v128.load(broadcast, 64);
    zq = v128.load(broadcast, 80);
    t = i16x8.sub(v6, v4);
    v4 = reduce(i16x8.add(v4, v6));
    v6 = mulmod(t, z, zq);
    t = i16x8.sub(v7, v5);
    v5 = reduce(i16x8.add(v5, v7));
    v7 = mulmod(t, z, zq);

    z = v128.load(inverseScale);
    zq = v128.load(inverseScale, 16);
    v128.store(at, mulmod(i16x8.add(v0, v4), z, zq), 0);
    v128.store(at, mulmod(i16x8.add(v1, v5), z, zq), 64);
    v128.store(at, mulmod(i16x8.add(v2, v6), z, zq), 128);
    v128.store(at, mulmod(i16x8.add(v3, v7), z, zq), 192);
    z = v128.load(inverseScale, 32);
    zq = v128.load(inverseScale, 48);
    v128.store(at, mulmod(i16x8.sub(v4, v0), z, zq), 256);
    v128.store(at, mulmod(i16x8.sub(v5, v1), z, zq), 320);
    v128.store(at, mulmod(i16x8.sub(v6, v2), z, zq), 384);
    v128.store(at, mulmod(i16x8.sub(v7, v3), z, zq), 448);
  }
}

/** Layers 7 and 6 backwards on the sixteen coefficients at `at`. */
// @ts-ignore: decorator
@inline
function firstInverseLayers(at: usize, entry: usize): void {
  const v0 = v128.load(at);
  const v1 = v128.load(at, 16);
  let a = i64x2.shuffle(v0, v1, 0, 2);
  let b = i64x2.shuffle(v0, v1, 1, 3);
  const c = i32x4.shuffle(a, b, 0, 2, 4, 6);
  const d = i32x4.shuffle(a, b, 1, 3, 5, 7);
  const low = i16x8.add(c, d);
  const high = mulmod(i16x8.sub(d, c), v128.load(inverseLayer7 + entry), v128.load(inverseLayer7 + entry, 16));
  a = i32x4.shuffle(low, high, 0, 4, 1, 5);
  b = i32x4.shuffle(low, high, 2, 6, 3, 7);
  const sum = i16x8.add(a, b);
  const t = mulmod(i16x8.sub(b, a), v128.load(inverseLayer6 + entry), v128.load(inverseLayer6 + entry, 16));
  v128.store(at, i64x2.shuffle(sum, t, 0, 2));
  v128.store(at, i64x2.shuffle(sum, t, 1, 3), 16);
}
// CT end
