// Arithmetic modulo q = 3329 on eight coefficients at once (FIPS 203 §2.3), signed representatives in i16 lanes.
// No division: Barrett multiplication by a known factor (Becker, Hwang, Kannwischer, Yang, Yang, "Neon NTT", §2.4)
// and Montgomery reduction of 32-bit sums. Everything here is constant-time by construction.

export const Q: i32 = 3329;

/** Companion of a known factor b, |b| <= q / 2: round(b * 2^15 / q), which mulmod needs beside it. */
export function companion(b: i32): i32 {
  const scaled = (b << 16) + Q; // round(x) = floor(x + 1/2), doubled
  const doubled = 2 * Q;
  return scaled >= 0 ? scaled / doubled : -((-scaled + doubled - 1) / doubled);
}

/** x * y mod q, in -q/2..q/2; for tables only, on public values. */
export function centredProduct(x: i32, y: i32): i32 {
  let r = (x * y) % Q;
  if (r > Q >> 1) r -= Q;
  if (r < -(Q >> 1)) r += Q;
  return r;
}

// CT begin: secret = the lanes

/**
 * a * b mod q for any a, with b and its companion bq known beforehand: a*b - q*round(a*bq / 2^15), both products of
 * which wrap modulo 2^16 while their difference fits: |result| <= q * (1/2 + |a| / 2^16) < q.
 */
// @ts-ignore: decorator
@inline
export function mulmod(a: v128, b: v128, bq: v128): v128 {
  return i16x8.sub(i16x8.mul(a, b), i16x8.mul(i16x8.q15mulr_sat_s(a, bq), i16x8.splat(3329)));
}

/** a mod q with |result| <= q/2 + |a| / 62 (10 is the companion of 1, short of 2^15/q by 0.157). */
// @ts-ignore: decorator
@inline
export function reduce(a: v128): v128 {
  return i16x8.sub(a, i16x8.mul(i16x8.q15mulr_sat_s(a, i16x8.splat(10)), i16x8.splat(3329)));
}

/** The representative in 0..q-1 of |a| <= 9 * q. */
// @ts-ignore: decorator
@inline
export function canonical(a: v128): v128 {
  // reduce leaves at most q/2 + 484 < q; then add q where negative.
  const r = reduce(a);
  return i16x8.add(r, v128.and(i16x8.shr_s(r, 15), i16x8.splat(3329)));
}
// CT end

/**
 * Montgomery reduction of four 32-bit values: c * 2^-16 mod q stands in the high half of each lane, the low half is
 * zero. |high half| <= |c| / 2^16 + q/2. 62209 = q^-1 mod 2^16, in the low half of each lane only.
 */
// @ts-ignore: decorator
@inline
export function montgomery(c: v128): v128 {
  const t = i16x8.mul(c, i32x4.splat(62209));
  return i32x4.sub(c, i32x4.dot_i16x8_s(t, i32x4.splat(3329)));
}
