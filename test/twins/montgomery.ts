// Slow twin of X25519 and X448: RFC 7748 §5 written down with BigInt, for comparison in tests.

interface Curve {
  readonly prime: bigint;
  readonly bits: number;
  readonly a24: bigint;
  clamp(scalar: Uint8Array): void;
}

const curve25519: Curve = {
  prime: 2n ** 255n - 19n,
  bits: 255,
  a24: 121665n,
  clamp(scalar) {
    scalar[0] &= 248;
    scalar[31] = (scalar[31] & 127) | 64;
  },
};

const curve448: Curve = {
  prime: 2n ** 448n - 2n ** 224n - 1n,
  bits: 448,
  a24: 39081n,
  clamp(scalar) {
    scalar[0] &= 252;
    scalar[55] |= 128;
  },
};

/** X25519(scalar, u), 32 bytes each. */
export function x25519Twin(scalar: Uint8Array, u: Uint8Array): Uint8Array {
  return montgomery(curve25519, scalar, u);
}

/** X448(scalar, u), 56 bytes each. */
export function x448Twin(scalar: Uint8Array, u: Uint8Array): Uint8Array {
  return montgomery(curve448, scalar, u);
}

function montgomery(curve: Curve, scalar: Uint8Array, u: Uint8Array): Uint8Array {
  const { prime: p, bits, a24 } = curve;
  const mod = (x: bigint) => ((x % p) + p) % p;
  const clamped = scalar.slice();
  curve.clamp(clamped);
  const k = fromLittleEndian(clamped);
  const x1 = mod(fromLittleEndian(u) % 2n ** BigInt(bits));
  let [x2, z2, x3, z3] = [1n, 0n, x1, 1n];
  for (let t = bits - 1; t >= 0; t--) {
    const bit = (k >> BigInt(t)) & 1n;
    if (bit === 1n) [x2, z2, x3, z3] = [x3, z3, x2, z2];
    const [aa, bb] = [mod((x2 + z2) ** 2n), mod((x2 - z2) ** 2n)];
    const [da, cb] = [mod((x3 - z3) * (x2 + z2)), mod((x3 + z3) * (x2 - z2))];
    const e = aa - bb;
    [x3, z3] = [mod((da + cb) ** 2n), mod(x1 * mod((da - cb) ** 2n))];
    [x2, z2] = [mod(aa * bb), mod(e * (aa + a24 * e))];
    if (bit === 1n) [x2, z2, x3, z3] = [x3, z3, x2, z2];
  }
  return toLittleEndian(mod(x2 * power(z2, p - 2n, p)), u.length);
}

/** base^exponent mod m. */
export function power(base: bigint, exponent: bigint, m: bigint): bigint {
  let result = 1n;
  for (let b = ((base % m) + m) % m; exponent > 0n; exponent >>= 1n, b = (b * b) % m) {
    if (exponent & 1n) result = (result * b) % m;
  }
  return result;
}

export function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`);
}

export function toLittleEndian(x: bigint, length: number): Uint8Array {
  return new Uint8Array(Buffer.from(x.toString(16).padStart(2 * length, '0'), 'hex').reverse());
}
