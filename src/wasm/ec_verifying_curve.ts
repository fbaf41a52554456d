// What verifies ECDSA on digests over one NIST curve (FIPS 186-5 §6.4.2). Lengths are checked here, values in the binary. All of it
// is public.

import { TlsError } from '../base/errors.ts';
import type { EcCurveName } from '../crypto/signature.ts';
import type { WasmCore } from './core.ts';

/** What a binary exports to verify by one curve (assembly/shared/weierstrass/curve.ts). Arguments are addresses. */
export interface EcVerifyingFunctions {
  verifyVartime(publicKey: number, digest: number, signature: number): number;
}

/** A curve as p256.ts and its neighbours describe it. */
export interface EcVerifyingParameters<Functions extends EcVerifyingFunctions = EcVerifyingFunctions> {
  readonly name: EcCurveName;
  /** Bits of the field, and of the order. */
  readonly bits: number;
  functions(core: WasmCore): Functions;
}

// The exchange area of a call. The longest are those of P-521: a point of 133 bytes, a signature of 132.
export const POINT = 0;
const DIGEST = 144;
const SIGNATURE = 224;
export const RESULT = 368;
export const AREA_LENGTH = 512;

/** What of a NIST curve over the memory of a core verifies signatures: a page that does nothing else carries nothing else. */
export class EcVerifyingCurve<
  Functions extends EcVerifyingFunctions = EcVerifyingFunctions,
  Parameters extends EcVerifyingParameters<Functions> = EcVerifyingParameters<Functions>,
> {
  readonly core: WasmCore;
  readonly parameters: Parameters;
  /** Bytes of a scalar, a coordinate and a shared secret. */
  readonly length: number;
  #functions: Functions | undefined;

  constructor(core: WasmCore, parameters: Parameters) {
    this.core = core;
    this.parameters = parameters;
    this.length = (parameters.bits + 7) >> 3;
  }

  /** Bytes of a point: uncompressed (SEC 1 §2.3.3). */
  get pointLength(): number {
    return 1 + 2 * this.length;
  }

  /** The binary's functions for this curve; the binary is instantiated at the first use. */
  get functions(): Functions {
    this.#functions ??= this.parameters.functions(this.core);
    return this.#functions;
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
    if (point.length !== this.pointLength) throw this.invalidPoint();
    if (signature.length !== 2 * this.length) return false;
    const { verifyVartime } = this.functions;
    const status = core.withExchange(AREA_LENGTH, at => {
      core.bytes.set(point, at + POINT);
      this.writeDigest(digest, at + DIGEST);
      core.bytes.set(signature, at + SIGNATURE);
      return verifyVartime(at + POINT, at + DIGEST, at + SIGNATURE);
    });
    if (status < 0) throw this.invalidPoint();
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

  protected invalidPoint(): TlsError {
    return new TlsError('ERR_INVALID_PUBLIC_KEY', `the public key is no point of ${this.parameters.name}`);
  }
}
