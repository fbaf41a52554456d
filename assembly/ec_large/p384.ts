// P-384 (secp384r1): what JavaScript may call. Pointers to big-endian strings; see shared/weierstrass/curve.ts.

import {
  checkScalar, decodePoint, diffieHellman, publicKey, reduceDigest, sign, verifyVartime
} from '../shared/weierstrass/curve';
import { P384Field } from './p384_field';
import { P384Order } from './p384_order';

/** 1 if the 48-byte scalar is in 1..n-1. */
export function p384CheckScalar(scalar: usize): i32 {
  return checkScalar<P384Order>(scalar);
}

/** Writes the public key, 97 bytes. 0 for a scalar out of range. */
export function p384PublicKey(out: usize, scalar: usize): i32 {
  return publicKey<P384Field, P384Order>(out, scalar);
}

/** Writes the shared x coordinate, 48 bytes. 0 for a scalar out of range or a peer's point (97 bytes) off the curve. */
export function p384DiffieHellman(out: usize, scalar: usize, peer: usize): i32 {
  return diffieHellman<P384Field, P384Order>(out, scalar, peer);
}

/** Writes the digest modulo the order. Both have 48 bytes. */
export function p384ReduceDigest(out: usize, digest: usize): void {
  reduceDigest<P384Order>(out, digest);
}

/** Writes r and s, 96 bytes. 0 if another nonce is needed. */
export function p384Sign(out: usize, privateKey: usize, digest: usize, nonce: usize): i32 {
  // CT begin: secret = privateKey, nonce
  return sign<P384Field, P384Order>(out, privateKey, digest, nonce);
  // CT end
}

/** 1 if the signature (r and s, 96 bytes) is right, 0 if not, -1 for a public key off the curve. */
export function p384VerifyVartime(publicKey: usize, digest: usize, signature: usize): i32 {
  return verifyVartime<P384Field, P384Order>(publicKey, digest, signature);
}

/** Writes the point uncompressed, 97 bytes. 0 if the `length` bytes are no point of the curve. */
export function p384DecodePoint(out: usize, bytes: usize, length: i32): i32 {
  return decodePoint<P384Field>(out, bytes, length);
}
