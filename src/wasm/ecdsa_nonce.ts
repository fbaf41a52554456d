// Nonces for ECDSA by RFC 6979: HMAC_DRBG over the private key and the digest, hedged with fresh randomness as §3.6
// allows. K, V and the nonces never leave the memory of the core.

import type { WasmCore } from './core.ts';
import type { EcCurve } from './ec_curve.ts';
import type { HashParameters } from './hash.ts';

/** Fresh bytes that hedge a nonce. */
export const HEDGE_LENGTH = 32;

// One slot of the arena: K and V (64 bytes each), a separator, the digest, the candidate (two digests at most for
// P-521), the hedge, the running HMAC.
const K = 0;
const V = 64;
const SEPARATOR = 128;
const DIGEST = 144;
const CANDIDATE = 224;
const HEDGE = 384;
const HMAC = 416;

/**
 * The nonces of one signature (RFC 6979 §3.2): the HMAC_DRBG in a slot of the arena, seeded with the private key, the digest
 * and the hedge. Whoever makes one disposes of it. The trace check covers the binary's functions; what branches here is
 * whether a candidate was rejected (docs/security.md).
 */
export class NonceGenerator {
  readonly #core: WasmCore;
  readonly #curve: EcCurve;
  readonly #hash: HashParameters;
  readonly #slot: number;

  /**
   * @param hash of the message (RFC 6979 §3.6 lets the DRBG use another, interoperable vectors do not)
   * @param privateKey address of the scalar, as long as the curve's field @param digest of the message, public
   * @param hedge HEDGE_LENGTH fresh bytes, or none; stays the caller's to wipe
   * @throws ERR_OUT_OF_MEMORY
   */
  constructor(curve: EcCurve, hash: HashParameters, privateKey: number, digest: Uint8Array, hedge?: Uint8Array) {
    this.#core = curve.core;
    this.#curve = curve;
    this.#hash = hash;
    this.#slot = this.#core.allocate(HMAC + this.#core.abi.hmacStateLength());
    const { bytes } = this.#core;
    curve.writeDigest(digest, this.#slot + DIGEST);
    if (hedge !== undefined) bytes.set(hedge, this.#slot + HEDGE);
    // RFC 6979 §3.2, steps b to g.
    bytes.fill(1, this.#slot + V, this.#slot + V + hash.outputLength);
    for (const separator of [0, 1]) {
      this.#begin();
      this.#authenticate(V, hash.outputLength);
      this.#separate(separator);
      this.#authenticateAt(privateKey, curve.length);
      this.#reducedDigest();
      if (hedge !== undefined) this.#authenticate(HEDGE, HEDGE_LENGTH);
      this.#end(K);
      this.#renewV();
    }
  }

  /** Address of the integer digest, as the signature needs it. */
  get digest(): number {
    return this.#slot + DIGEST;
  }

  /** Address of the next candidate: its leftmost bits are the nonce (§3.2, step h.2). Valid until the next call. */
  next(): number {
    const { outputLength } = this.#hash;
    for (let at = 0; at < this.#curve.length; at += outputLength) {
      this.#renewV();
      this.#core.bytes.copyWithin(this.#slot + CANDIDATE + at, this.#slot + V, this.#slot + V + outputLength);
    }
    return this.#slot + CANDIDATE;
  }

  /** The candidate was no nonce (§3.2, step h.3). */
  reject(): void {
    this.#begin();
    this.#authenticate(V, this.#hash.outputLength);
    this.#separate(0);
    this.#end(K);
    this.#renewV();
  }

  /** Wipes and frees everything. */
  dispose(): void {
    this.#core.free(this.#slot);
  }

  #renewV(): void {
    this.#begin();
    this.#authenticate(V, this.#hash.outputLength);
    this.#end(V);
  }

  #begin(): void {
    this.#core.abi.hmacInit(this.#hash.number, this.#slot + HMAC, this.#slot + K, this.#hash.outputLength);
  }

  #authenticate(offset: number, length: number): void {
    this.#authenticateAt(this.#slot + offset, length);
  }

  #authenticateAt(address: number, length: number): void {
    this.#core.abi.hmacUpdate(this.#hash.number, this.#slot + HMAC, address, length);
  }

  #separate(value: number): void {
    this.#core.bytes[this.#slot + SEPARATOR] = value;
    this.#authenticate(SEPARATOR, 1);
  }

  /** bits2octets (§2.3.4). */
  #reducedDigest(): void {
    this.#curve.functions.reduceDigest(this.#slot + CANDIDATE, this.#slot + DIGEST);
    this.#authenticate(CANDIDATE, this.#curve.length);
  }

  #end(offset: number): void {
    this.#core.abi.hmacFinal(this.#hash.number, this.#slot + HMAC, this.#slot + offset);
  }
}
