// P-256 (secp256r1): what JavaScript may call. Pointers to big-endian strings; see shared/weierstrass/curve.ts.

import {
  checkScalar, decodePoint, diffieHellman, publicKey, reduceDigest, sign, verifyVartime
} from '../../shared/weierstrass/curve';
import { P256Field } from './field';
import { P256Order } from './order';

/** 1 if the 32-byte scalar is in 1..n-1. */
export function p256CheckScalar(scalar: usize): i32 {
  return checkScalar<P256Order>(scalar);
}

/** Writes the public key, 65 bytes. 0 for a scalar out of range. */
export function p256PublicKey(out: usize, scalar: usize): i32 {
  return publicKey<P256Field, P256Order>(out, scalar);
}

/** Writes the shared x coordinate, 32 bytes. 0 for a scalar out of range or a peer's point (65 bytes) off the curve. */
export function p256DiffieHellman(out: usize, scalar: usize, peer: usize): i32 {
  return diffieHellman<P256Field, P256Order>(out, scalar, peer);
}

/** Writes the digest modulo the order. Both have 32 bytes. */
export function p256ReduceDigest(out: usize, digest: usize): void {
  reduceDigest<P256Order>(out, digest);
}

/** Writes r and s, 64 bytes. 0 if another nonce is needed. */
export function p256Sign(out: usize, privateKey: usize, digest: usize, nonce: usize): i32 {
  // CT begin: secret = privateKey, nonce
  return sign<P256Field, P256Order>(out, privateKey, digest, nonce);
  // CT end
}

/** 1 if the signature (r and s, 64 bytes) is right, 0 if not, -1 for a public key off the curve. */
export function p256VerifyVartime(publicKey: usize, digest: usize, signature: usize): i32 {
  return verifyVartime<P256Field, P256Order>(publicKey, digest, signature);
}

/** Writes the point uncompressed, 65 bytes. 0 if the `length` bytes are no point of the curve. */
export function p256DecodePoint(out: usize, bytes: usize, length: i32): i32 {
  return decodePoint<P256Field>(out, bytes, length);
}
