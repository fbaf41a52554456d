// Arithmetic modulo q = 2^23 - 2^13 + 1 on four coefficients at once (FIPS 204 §2.3), signed representatives in i32
// lanes. No division: Barrett multiplication by a known factor and Montgomery reduction of 64-bit sums.
// Everything here is constant-time by construction.

export const Q: i32 = 8380417;

/** Companion of a known factor b, |b| <= q / 2: round(b * 2^32 / q), which mulmod needs beside it. */
export function companion(b: i32): i32 {
  const doubled = ((<i64>b) << 33) + Q; // round(x) = floor(x + 1/2), doubled
  const divisor: i64 = 2 * <i64>Q;
  let quotient = doubled / divisor;
  if (quotient * divisor > doubled) quotient--;
  return <i32>quotient;
}

/** x * y mod q, in -q/2..q/2; for tables only, on public values. */
export function centredProduct(x: i32, y: i32): i32 {
  let r = <i32>((<i64>x * <i64>y) % <i64>Q);
  if (r > Q >> 1) r -= Q;
  if (r < -(Q >> 1)) r += Q;
  return r;
}

// CT begin: secret = the lanes

/**
 * a * b mod q for any a, with b and its companion bq known beforehand: a*b - q*floor(a*bq / 2^32), where both products
 * wrap modulo 2^32 while their difference fits. The result lies in -q/4..5q/4, in -0.01 q..1.01 q for |a| <= 10 q.
 */
// @ts-ignore: decorator
@inline
export function mulmod(a: v128, b: v128, bq: v128): v128 {
  const low = i64x2.extmul_low_i32x4_s(a, bq);
  const high = i64x2.extmul_high_i32x4_s(a, bq);
  const quotient = i32x4.shuffle(low, high, 1, 3, 5, 7);
  return i32x4.sub(i32x4.mul(a, b), i32x4.mul(quotient, i32x4.splat(8380417)));
}

/**
 * Montgomery reduction of four 64-bit sums (lanes 0, 1 in low; 2, 3 in high): c * 2^-32 mod q, |result| <=
 * |c| / 2^32 + q/2. 58728449 = q^-1 mod 2^32.
 */
// @ts-ignore: decorator
@inline
export function montgomery(low: v128, high: v128): v128 {
  const q = i32x4.splat(8380417);
  const t = i32x4.mul(i32x4.shuffle(low, high, 0, 2, 4, 6), i32x4.splat(58728449));
  const first = i64x2.sub(low, i64x2.extmul_low_i32x4_s(t, q));
  const second = i64x2.sub(high, i64x2.extmul_high_i32x4_s(t, q));
  return i32x4.shuffle(first, second, 1, 3, 5, 7);
}

/** The representative in 0..q-1 of a in -q..2q-1. */
// @ts-ignore: decorator
@inline
export function canonical(a: v128): v128 {
  const q = i32x4.splat(8380417);
  const positive = i32x4.add(a, v128.and(i32x4.shr_s(a, 31), q));
  const r = i32x4.sub(positive, q);
  return i32x4.add(r, v128.and(i32x4.shr_s(r, 31), q));
}

/** The representative in -(q-1)/2..(q-1)/2 of a in -q..2q-1. */
// @ts-ignore: decorator
@inline
export function centred(a: v128): v128 {
  const r = canonical(a);
  const above = i32x4.gt_s(r, i32x4.splat(4190208));
  return i32x4.sub(r, v128.and(above, i32x4.splat(8380417)));
}
// CT end
