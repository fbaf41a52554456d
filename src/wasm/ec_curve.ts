// One NIST curve over a core: checks, key pairs, Diffie-Hellman. Lengths are checked here, values in the binary. Verifying stands in
// ec_verifying_curve.ts. Private scalars are Secrets; everything else is public bytes. TLS groups stand in ec_group.ts, signature
// keys in ecdsa.ts, and each curve's binding to its binary in p256.ts, p384.ts and p521.ts.

import { TlsError } from '../base/errors.ts';
import { randomBytes } from '../crypto/random.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import {
  AREA_LENGTH,
  EcVerifyingCurve,
  type EcVerifyingFunctions,
  type EcVerifyingParameters,
  POINT,
  RESULT,
} from './ec_verifying_curve.ts';
import { disposingOnError } from './secrets.ts';

/** What a binary exports for one curve (assembly/shared/weierstrass/curve.ts). Arguments are addresses. */
export interface EcFunctions extends EcVerifyingFunctions {
  checkScalar(scalar: number): number;
  publicKey(out: number, scalar: number): number;
  diffieHellman(out: number, scalar: number, peer: number): number;
  reduceDigest(out: number, digest: number): void;
  sign(out: number, privateKey: number, digest: number, nonce: number): number;
  decodePoint(out: number, bytes: number, length: number): number;
}

/** A curve with its TLS group. */
export interface EcCurveParameters extends EcVerifyingParameters<EcFunctions> {
  /** Value and name in the IANA TLS Supported Groups registry. */
  readonly groupId: number;
  readonly groupName: string;
}

/** Tries before a random source counts as broken: each fails with a probability below 2^-31. */
const MAX_TRIES = 32;

/** A NIST curve over the memory of a core. Public points are bytes, private scalars secrets that stay the caller's. */
export class EcCurve extends EcVerifyingCurve<EcFunctions, EcCurveParameters> {
  /**
   * A point in uncompressed form from its uncompressed or compressed one (SEC 1 §2.3.4). Infinity is refused.
   * @throws ERR_INVALID_PUBLIC_KEY unless it is canonical and on the curve
   */
  decodePoint(bytes: Uint8Array): Uint8Array {
    const { core } = this;
    bytes = core.input(bytes, 'the point');
    if (bytes.length !== this.pointLength && bytes.length !== 1 + this.length) throw this.invalidPoint();
    const { decodePoint } = this.functions;
    return core.withExchange(AREA_LENGTH, at => {
      core.bytes.set(bytes, at + POINT);
      if (decodePoint(at + RESULT, at + POINT, bytes.length) !== 1) throw this.invalidPoint();
      return core.bytes.slice(at + RESULT, at + RESULT + this.pointLength);
    });
  }

  /** A scalar in 1..n-1, uniform: strings of `bits` random bits until one is in range (FIPS 186-5 §A.2.2). The caller owns it. */
  generateScalar(random: RandomSource): Secret {
    const { core, length } = this;
    const { checkScalar } = this.functions; // before there is a scalar to lose
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const bytes = randomBytes(random, length);
      try {
        bytes[0] &= 0xff >>> (8 * length - this.parameters.bits);
        const scalar = core.importSecret(bytes);
        if (checkScalar(scalar.pointer()) === 1) return scalar;
        scalar.dispose();
      } finally {
        bytes.fill(0);
      }
    }
    throw new TlsError('ERR_INVALID_STATE', 'the random source gives no usable scalar');
  }

  /** True if the secret has the right length and is in 1..n-1. */
  isScalar(scalar: Secret): boolean {
    const pointer = this.core.pointerOf(scalar);
    return scalar.length === this.length && this.functions.checkScalar(pointer) === 1;
  }

  /** The public point of a private scalar. @throws ERR_INVALID_PRIVATE_KEY */
  publicKey(scalar: Secret): Uint8Array {
    const { core } = this;
    const pointer = this.#scalarPointer(scalar);
    const { publicKey } = this.functions;
    return core.withExchange(AREA_LENGTH, at => {
      if (publicKey(at + RESULT, pointer) !== 1) throw this.#invalidScalar();
      return core.bytes.slice(at + RESULT, at + RESULT + this.pointLength);
    });
  }

  /**
   * The x coordinate of scalar * peer (RFC 9846 §7.4.2, SEC 1 §3.3.1); the caller owns it.
   * @param peer uncompressed point
   * @throws ERR_INVALID_PUBLIC_KEY, ERR_INVALID_PRIVATE_KEY
   */
  sharedSecret(scalar: Secret, peer: Uint8Array): Secret {
    const { core } = this;
    const pointer = this.#scalarPointer(scalar);
    peer = core.input(peer, 'the public key');
    if (peer.length !== this.pointLength) throw this.invalidPoint();
    if (!this.isScalar(scalar)) throw this.#invalidScalar();
    const { diffieHellman } = this.functions;
    const shared = core.createSecret(this.length);
    return disposingOnError(shared, () => {
      const valid = core.withExchange(AREA_LENGTH, at => {
        core.bytes.set(peer, at + POINT);
        return diffieHellman(shared.pointer(), pointer, at + POINT) === 1;
      });
      if (valid) return shared;
      throw this.invalidPoint();
    });
  }

  #scalarPointer(scalar: Secret): number {
    const pointer = this.core.pointerOf(scalar);
    if (scalar.length !== this.length) throw this.#invalidScalar();
    return pointer;
  }

  #invalidScalar(): TlsError {
    return new TlsError('ERR_INVALID_PRIVATE_KEY', `the private key is no scalar of ${this.parameters.name}`);
  }
}
