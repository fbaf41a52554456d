// X25519 (RFC 7748 §5), constant time in the scalar: the Montgomery ladder on u-coordinates, for shared secrets and
// public keys. Who makes many public keys takes x25519_comb.ts.

import { wipe, zero32 } from '../../shared/ct';
import { clamp } from './clamp';
import { FE, fromBytes, invert, multiply, setSmall, toBytes } from './field';
import { ladder } from './ladder';

const scratch = memory.data(4 * 80 + 32, 16);
const x1 = scratch;
const x2 = scratch + FE;
const z2 = scratch + 2 * FE;
const a = scratch + 3 * FE;
const k = scratch + 4 * FE;
const SCRATCH: usize = 4 * FE + 32;

/**
 * Writes the shared secret of a private scalar and a peer's u-coordinate, 32 bytes each, to `out`. The top bit of u is
 * ignored and non-canonical values are accepted (RFC 7748 §5).
 * Returns 1, or 0 if the result is all zero: u has small order (RFC 7748 §6.1), and RFC 9846 §7.4.2 refuses it.
 */
export function x25519(out: usize, scalar: usize, u: usize): i32 {
  // CT begin: secret = scalar
  fromBytes(x1, u);
  clamp(k, scalar);
  ladder(x2, z2, x1, k);
  invert(a, z2);
  multiply(x2, x2, a);
  toBytes(out, x2);
  wipe(scratch, SCRATCH);
  return 1 & ~isZero(out);
  // CT end
}

/** Writes the public key of a private scalar, 32 bytes each, to `out`. */
export function x25519PublicKey(out: usize, scalar: usize): void {
  // CT begin: secret = scalar
  clamp(k, scalar);
  setSmall(x1, 9);
  ladder(x2, z2, x1, k);
  invert(a, z2);
  multiply(x2, x2, a);
  toBytes(out, x2);
  wipe(scratch, SCRATCH);
  // CT end
}

// CT begin: secret = result

/** All ones if the 32 bytes are zero. */
function isZero(bytes: usize): u32 {
  const any = load<u64>(bytes, 0) | load<u64>(bytes, 8) | load<u64>(bytes, 16) | load<u64>(bytes, 24);
  return zero32(<u32>any | <u32>(any >> 32));
}
// CT end
