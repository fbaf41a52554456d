// One NIST curve over a core: checks, key pairs, Diffie-Hellman and ECDSA on digests. Lengths are checked here, values in
// the binary. Private scalars are Secrets; everything else is public bytes. TLS groups stand in ec_group.ts, signature
// keys in ecdsa.ts, and each curve's binding to its binary in p256.ts, p384.ts and p521.ts.

import { TlsError } from '../base/errors.ts';
import { randomBytes } from '../crypto/random.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import type { EcCurveName } from '../crypto/signature.ts';
import type { WasmCore } from './core.ts';
import { disposingOnError } from './secrets.ts';

/** What a binary exports for one curve (assembly/shared/weierstrass/curve.ts). Arguments are addresses. */
export interface EcFunctions {
  checkScalar(scalar: number): number;
  publicKey(out: number, scalar: number): number;
  diffieHellman(out: number, scalar: number, peer: number): number;
  reduceDigest(out: number, digest: number): void;
  sign(out: number, privateKey: number, digest: number, nonce: number): number;
  verifyVartime(publicKey: number, digest: number, signature: number): number;
  decodePoint(out: number, bytes: number, length: number): number;
}

/** A curve as p256.ts and its neighbours describe it. */
export interface EcCurveParameters {
  readonly name: EcCurveName;
  /** Value and name in the IANA TLS Supported Groups registry. */
  readonly groupId: number;
  readonly groupName: string;
  /** Bits of the field, and of the order. */
  readonly bits: number;
  functions(core: WasmCore): EcFunctions;
}

// The exchange area of a call. The longest are those of P-521: a point of 133 bytes, a signature of 132.
const POINT = 0;
const DIGEST = 144;
const SIGNATURE = 224;
const RESULT = 368;
const AREA_LENGTH = 512;

/** Tries before a random source counts as broken: each fails with a probability below 2^-31. */
const MAX_TRIES = 32;

/** A NIST curve over the memory of a core. Public points are bytes, private scalars secrets that stay the caller's. */
export class EcCurve {
  readonly core: WasmCore;
  readonly parameters: EcCurveParameters;
  /** Bytes of a scalar, a coordinate and a shared secret. */
  readonly length: number;
  #functions: EcFunctions | undefined;

  constructor(core: WasmCore, parameters: EcCurveParameters) {
    this.core = core;
    this.parameters = parameters;
    this.length = (parameters.bits + 7) >> 3;
  }

  /** Bytes of a point: uncompressed (SEC 1 §2.3.3). */
  get pointLength(): number {
    return 1 + 2 * this.length;
  }

  /** The binary's functions for this curve; the binary is instantiated at the first use. */
  get functions(): EcFunctions {
    this.#functions ??= this.parameters.functions(this.core);
    return this.#functions;
  }

  /**
   * A point in uncompressed form from its uncompressed or compressed one (SEC 1 §2.3.4). Infinity is refused.
   * @throws ERR_INVALID_PUBLIC_KEY unless it is canonical and on the curve
   */
  decodePoint(bytes: Uint8Array): Uint8Array {
    const { core } = this;
    bytes = core.input(bytes, 'the point');
    if (bytes.length !== this.pointLength && bytes.length !== 1 + this.length) throw this.#invalidPoint();
    const { decodePoint } = this.functions;
    return core.withExchange(AREA_LENGTH, at => {
      core.bytes.set(bytes, at + POINT);
      if (decodePoint(at + RESULT, at + POINT, bytes.length) !== 1) throw this.#invalidPoint();
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
    if (peer.length !== this.pointLength) throw this.#invalidPoint();
    if (!this.isScalar(scalar)) throw this.#invalidScalar();
    const { diffieHellman } = this.functions;
    const shared = core.createSecret(this.length);
    return disposingOnError(shared, () => {
      const valid = core.withExchange(AREA_LENGTH, at => {
        core.bytes.set(peer, at + POINT);
        return diffieHellman(shared.pointer(), pointer, at + POINT) === 1;
      });
      if (valid) return shared;
      throw this.#invalidPoint();
    });
  }

  /**
   * True if r || s, each of `length` bytes, is a signature of the digest (FIPS 186-5 §6.4.2). Variable time.
   * @param point uncompressed
   * @throws ERR_INVALID_PUBLIC_KEY
   */
  verifyDigest(point: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
    const { core } = this;
    point = core.input(point, 'the public key');
    digest = core.input(digest, 'the digest');
    signature = core.input(signature, 'the signature');
    if (point.length !== this.pointLength) throw this.#invalidPoint();
    if (signature.length !== 2 * this.length) return false;
    const { verifyVartime } = this.functions;
    const status = core.withExchange(AREA_LENGTH, at => {
      core.bytes.set(point, at + POINT);
      this.writeDigest(digest, at + DIGEST);
      core.bytes.set(signature, at + SIGNATURE);
      return verifyVartime(at + POINT, at + DIGEST, at + SIGNATURE);
    });
    if (status < 0) throw this.#invalidPoint();
    return status === 1;
  }

  /**
   * Writes the leftmost bits of a digest as an integer of `length` bytes (FIPS 186-5 §6.4.1, step 2). P-521's order is
   * longer than every digest, the others' lengths are whole bytes: no shift is needed.
   */
  writeDigest(digest: Uint8Array, address: number): void {
    const used = digest.subarray(0, this.length);
    const { bytes } = this.core;
    bytes.fill(0, address, address + this.length - used.length);
    bytes.set(used, address + this.length - used.length);
  }

  #scalarPointer(scalar: Secret): number {
    const pointer = this.core.pointerOf(scalar);
    if (scalar.length !== this.length) throw this.#invalidScalar();
    return pointer;
  }

  #invalidPoint(): TlsError {
    return new TlsError('ERR_INVALID_PUBLIC_KEY', `the public key is no point of ${this.parameters.name}`);
  }

  #invalidScalar(): TlsError {
    return new TlsError('ERR_INVALID_PRIVATE_KEY', `the private key is no scalar of ${this.parameters.name}`);
  }
}
