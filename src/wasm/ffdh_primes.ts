// The primes of the named finite-field groups, from the formulas that define them (RFC 7919 appendix A, RFC 3526).
// p = 2^b - 2^(b-64) + (floor(2^(b-130) c) + X) 2^64 - 1 with c = e (RFC 7919) or pi (RFC 3526).

/** X by bits of the prime. */
const ffdheOffsets: Record<number, number> = {
  2048: 560316,
  3072: 2625351,
  4096: 5736041,
  6144: 15705020,
  8192: 10965728,
};
const modpOffsets: Record<number, number> = {
  2048: 124476,
  3072: 1690314,
  4096: 240904,
  6144: 929484,
  8192: 4743158,
};

const GUARD_BITS = 64n;

/** Big-endian prime of ffdhe2048 to ffdhe8192 (RFC 7919); `bits` as in the name. */
export function ffdhePrime(bits: number): Uint8Array {
  return prime(bits, euler, ffdheOffsets[bits]);
}

/** Big-endian prime of the MODP group of `bits` bits: groups 14 to 18 of RFC 3526. */
export function modpPrime(bits: number): Uint8Array {
  return prime(bits, pi, modpOffsets[bits]);
}

function prime(bits: number, constant: (bits: bigint) => bigint, offset: number): Uint8Array {
  const b = BigInt(bits);
  const value = (1n << b) - (1n << (b - 64n)) + ((constant(b - 130n) + BigInt(offset)) << 64n) - 1n;
  const digits = value.toString(16);
  return Uint8Array.from({ length: bits / 8 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

/** floor(2^bits e): the sum of 1/k!. */
function euler(bits: bigint): bigint {
  let term = 1n << (bits + GUARD_BITS);
  let sum = 0n;
  for (let k = 1n; term > 0n; k++) {
    sum += term;
    term /= k;
  }
  return sum >> GUARD_BITS;
}

/** floor(2^bits pi) by Machin's formula: 16 arctan(1/5) - 4 arctan(1/239). */
function pi(bits: bigint): bigint {
  const scale = bits + GUARD_BITS;
  return (16n * arctanOfInverse(5n, scale) - 4n * arctanOfInverse(239n, scale)) >> GUARD_BITS;
}

function arctanOfInverse(x: bigint, scale: bigint): bigint {
  let power = (1n << scale) / x;
  let sum = 0n;
  for (let k = 1n; power > 0n; k += 2n) {
    sum += (k & 2n) === 0n ? power / k : -(power / k);
    power /= x * x;
  }
  return sum;
}
