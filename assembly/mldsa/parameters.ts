// The parameter sets of FIPS 204 Table 1 by their number: 44, 65, 87. Public values.

/** Rows of the matrix. */
export function rows(set: i32): i32 {
  return set == 44 ? 4 : set == 65 ? 6 : 8;
}

/** Columns of the matrix. */
export function columns(set: i32): i32 {
  return set == 44 ? 4 : set == 65 ? 5 : 7;
}

/** Range of the secret coefficients. */
export function eta(set: i32): i32 {
  return set == 65 ? 4 : 2;
}

/** Number of non-zero coefficients of the challenge. */
export function tau(set: i32): i32 {
  return set == 44 ? 39 : set == 65 ? 49 : 60;
}

/** tau * eta. */
export function beta(set: i32): i32 {
  return tau(set) * eta(set);
}

/** Bits of a coefficient of the mask; gamma1 = 2^(bits - 1). */
export function maskBits(set: i32): i32 {
  return set == 44 ? 18 : 20;
}

/** Half of the rounding step: (q-1)/88 or (q-1)/32. */
export function gamma2(set: i32): i32 {
  return set == 44 ? 95232 : 261888;
}

/** Most hints of a signature. */
export function omega(set: i32): i32 {
  return set == 44 ? 80 : set == 65 ? 55 : 75;
}

/** Bytes of c~: lambda / 4. */
export function challengeLength(set: i32): usize {
  return set == 44 ? 32 : set == 65 ? 48 : 64;
}

/** Bytes of one encoded polynomial of the secret vectors. */
export function secretPolyLength(set: i32): usize {
  return set == 65 ? 128 : 96;
}

/** Bytes of one encoded polynomial of w1. */
export function highPolyLength(set: i32): usize {
  return set == 44 ? 192 : 128;
}

/** Bytes of a public key. */
export function publicKeyLength(set: i32): usize {
  return 32 + 320 * <usize>rows(set);
}
