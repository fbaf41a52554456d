// P-521 (secp521r1): what JavaScript may call. Pointers to big-endian strings; see shared/weierstrass/curve.ts.

import {
  checkScalar, decodePoint, diffieHellman, publicKey, reduceDigest, sign, verifyVartime
} from '../shared/weierstrass/curve';
import { P521Field } from './p521_field';
import { P521Order } from './p521_order';

/** 1 if the 66-byte scalar is in 1..n-1. */
export function p521CheckScalar(scalar: usize): i32 {
  return checkScalar<P521Order>(scalar);
}

/** Writes the public key, 133 bytes. 0 for a scalar out of range. */
export function p521PublicKey(out: usize, scalar: usize): i32 {
  return publicKey<P521Field, P521Order>(out, scalar);
}

/** Writes the shared x coordinate, 66 bytes. 0 for a scalar out of range or a peer's point (133 bytes) off the curve. */
export function p521DiffieHellman(out: usize, scalar: usize, peer: usize): i32 {
  return diffieHellman<P521Field, P521Order>(out, scalar, peer);
}

/** Writes the digest modulo the order. Both have 66 bytes. */
export function p521ReduceDigest(out: usize, digest: usize): void {
  reduceDigest<P521Order>(out, digest);
}

/** Writes r and s, 132 bytes. 0 if another nonce is needed. */
export function p521Sign(out: usize, privateKey: usize, digest: usize, nonce: usize): i32 {
  // CT begin: secret = privateKey, nonce
  return sign<P521Field, P521Order>(out, privateKey, digest, nonce);
  // CT end
}

/** 1 if the signature (r and s, 132 bytes) is right, 0 if not, -1 for a public key off the curve. */
export function p521VerifyVartime(publicKey: usize, digest: usize, signature: usize): i32 {
  return verifyVartime<P521Field, P521Order>(publicKey, digest, signature);
}

/** Writes the point uncompressed, 133 bytes. 0 if the `length` bytes are no point of the curve. */
export function p521DecodePoint(out: usize, bytes: usize, length: i32): i32 {
  return decodePoint<P521Field>(out, bytes, length);
}
